//! dockwright generates hardened, distroless Dockerfiles for a fleet of services, and keeps them in sync.
//!
//! One `services.toml` says what each service is. The way of the data:
//!
//! 1. [`fleet`] reads the description, checks it and resolves it;
//! 2. [`kinds`] says what each kind of service starts and how it is built, and [`render`] turns the fleet into the files that should be there;
//! 3. [`sync`] holds them against the files on disk and writes what differs.
//!
//! [`context`] says what of all that is not in the tree of the sources.
//!
//! [`detect`] proposes services for a source tree that nobody has described.
//!
//! Beside it, [`dockerfile`] reads any Dockerfile as `BuildKit` does, without losing a byte, and
//! [`bases`] knows the base images. [`lock`] holds what their tags stood for when [`registry`], the
//! only room that asks the network, last resolved them; [`engine`] hands the generated files to
//! Docker. Everything else up to `sync` is pure: it performs no input or output, prints nothing, and
//! gives the same bytes for the same input.

pub mod bases;
mod child;
pub mod cli;
pub mod context;
pub mod date;
pub mod detect;
pub mod diagnostic;
pub mod dockerfile;
pub mod engine;
mod file;
mod file_path;
pub mod fleet;
pub mod image;
pub mod kinds;
pub mod lock;
mod parallel;
pub mod path;
pub mod refactor;
pub mod registry;
pub mod render;
pub mod report;
mod reserved;
pub mod sync;
