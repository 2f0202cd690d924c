//! The images and the Compose project on a real Docker Engine: built, started and looked at from outside.
//!
//! `tests/engine/run` brings an engine up and runs them; without `DOCKWRIGHT_ENGINE=1` each of them says that it
//! is skipped. They look into containers through /proc, so they run as root, on the engine's machine.

#![expect(clippy::print_stderr, reason = "a skipped test says so")]

#[path = "engine/accepted.rs"]
mod accepted;
#[path = "engine/build.rs"]
mod build;
#[path = "engine/changes.rs"]
mod changes;
#[path = "engine/compiled.rs"]
mod compiled;
#[path = "engine/content.rs"]
mod content;
#[path = "engine/docker.rs"]
mod docker;
#[path = "engine/elf.rs"]
mod elf;
#[path = "engine/files.rs"]
mod files;
#[path = "engine/five.rs"]
mod five;
#[path = "engine/fleet.rs"]
mod fleet;
#[path = "engine/foreign.rs"]
mod foreign;
#[path = "engine/go.rs"]
mod go;
#[path = "engine/gradle.rs"]
mod gradle;
#[path = "engine/grpc.rs"]
mod grpc;
#[path = "engine/layers.rs"]
mod layers;
#[path = "engine/libraries.rs"]
mod libraries;
#[path = "engine/maven.rs"]
mod maven;
#[path = "engine/moved.rs"]
mod moved;
#[path = "engine/node.rs"]
mod node;
#[path = "engine/platforms.rs"]
mod platforms;
#[path = "engine/process.rs"]
mod process;
#[path = "engine/project.rs"]
mod project;
#[path = "engine/python.rs"]
mod python;
#[path = "engine/running.rs"]
mod running;
#[path = "engine/rust.rs"]
mod rust;
#[path = "engine/sources.rs"]
mod sources;
#[path = "engine/startup.rs"]
mod startup;
#[path = "engine/table.rs"]
mod table;
#[path = "engine/web.rs"]
mod web;
