//! dockwright generates hardened, distroless Dockerfiles for a fleet of services, and keeps them in sync.
//!
//! One `services.toml` describes the fleet. The data flow:
//!
//! 1. [`fleet`] parses, checks and resolves services.toml;
//! 2. [`render`] turns the fleet into files, with the templates and properties of each kind of service in [`kinds`];
//! 3. [`sync`] compares them with the files on disk and writes those that differ.
//!
//! | module | purpose |
//! |---|---|
//! | [`context`] | checks that paths and entry points of services exist in the source tree |
//! | [`detect`] | detects services in a source tree, for `init` |
//! | [`dockerfile`] | reads any Dockerfile as `BuildKit` does, without losing a byte |
//! | [`refactor`] | base moves and imports, as edits of spans |
//! | [`bases`] | the catalogue of base images |
//! | [`registry`], [`lock`] | resolving tags to digests, and the file that pins them |
//! | [`engine`] | runs buildx and reads its output |
//!
//! Only `sync` writes files, only `registry` uses the network, and only `cli` and `report` print. Everything else is pure:
//! the same input gives the same bytes.

pub mod bases;
mod child;
pub mod cli;
pub mod context;
pub mod date;
pub mod detect;
pub mod diagnostic;
pub mod dockerfile;
pub mod engine;
mod excluded;
mod file;
mod file_path;
pub mod fleet;
pub mod image;
pub mod kinds;
pub mod lock;
mod outputs;
mod parallel;
pub mod path;
pub mod refactor;
pub mod registry;
pub mod render;
pub mod report;
mod reserved;
mod shell;
pub mod sync;
mod yaml;
