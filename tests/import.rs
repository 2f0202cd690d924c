//! Imports, from Dockerfile to entry and back.

#[path = "import/checks.rs"]
mod checks;
#[path = "import/commands.rs"]
mod commands;
#[path = "import/golden.rs"]
mod golden;
#[path = "import/lost.rs"]
mod lost;
#[path = "import/program.rs"]
mod program;
#[path = "import/properties.rs"]
mod properties;
#[path = "import/public.rs"]
mod public;
#[path = "import/round_trip.rs"]
mod round_trip;
