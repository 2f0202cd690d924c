//! The way to a real engine: `docker buildx bake` builds, this room asks for it and follows it.
//!
//! [`docker`] finds the client, buildx and a builder, and [`images`] asks which images there are; [`bake`] is the
//! call; [`process`] runs it so that nothing is left behind. What it says on the way is JSON in between lines of
//! text, which [`stream`] takes apart; [`progress`] knows from that where each service is, and [`failure`] why
//! one of them failed; `activity` which package a step is at. [`job`] makes as many calls as a build takes, and
//! `verdict` says whose failure one was. Only `docker`, `images` and `process` run anything.

mod activity;
pub mod bake;
pub mod docker;
pub mod failure;
pub mod images;
pub mod job;
pub mod process;
pub mod progress;
pub mod step;
pub mod stream;
mod verdict;
