//! The names of generated files that belong to no service alone.

/// Builds the fleet: the bake file.
pub const BAKE: &str = "docker-bake.hcl";

/// Runs the fleet: the Compose file. A build does not need it.
pub const COMPOSE: &str = "compose.yaml";

/// The directory of the files that Dockerfiles share.
pub(crate) const SHARED: &str = "dockwright";
