//! The names of generated files that belong to no service alone.

/// Builds the fleet: the bake file.
pub const BAKE: &str = "docker-bake.hcl";

/// Runs the fleet: the Compose file. A build does not need it.
pub const COMPOSE: &str = "compose.yaml";

/// The names under which Compose looks for its file, the one that it prefers first.
pub(crate) const COMPOSE_NAMES: [&str; 4] =
    [COMPOSE, "compose.yml", "docker-compose.yml", "docker-compose.yaml"];

/// The directory of the files that Dockerfiles share.
pub(crate) const SHARED: &str = "dockwright";
