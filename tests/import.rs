//! Imports, from Dockerfile to entry and back.

#[path = "import/carried.rs"]
mod carried;
#[path = "import/checks.rs"]
mod checks;
#[path = "import/commands.rs"]
mod commands;
#[path = "import/context.rs"]
mod context;
#[path = "import/golden.rs"]
mod golden;
#[path = "import/insertion.rs"]
mod insertion;
#[path = "import/lost.rs"]
mod lost;
#[path = "import/names.rs"]
mod names;
#[path = "import/properties.rs"]
mod properties;
#[path = "import/public.rs"]
mod public;
#[path = "import/refused.rs"]
mod refused;
#[path = "import/round_trip.rs"]
mod round_trip;
#[path = "import/tree.rs"]
mod tree;
