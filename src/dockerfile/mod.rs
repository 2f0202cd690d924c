//! Reading any Dockerfile as `BuildKit` does, without losing a byte.
//!
//! [`Dockerfile::read`] never fails. It returns all instructions with the spans of their flags and
//! words, and reports everything that `BuildKit` would reject, continuing after each error. [`Stages`]
//! resolves the bases of stages and the configuration of their images; [`apply`] edits spans and
//! leaves every other byte unchanged.
//!
//! ```
//! use dockwright::dockerfile::{Dockerfile, Edit, Stages, apply};
//!
//! let text = "ARG RELEASE=13\nFROM debian:${RELEASE}-slim AS build\nUSER 65532\n";
//! let file = Dockerfile::read(text);
//! assert!(file.problems.is_empty());
//!
//! let stages = Stages::of(&file);
//! let default = stages.stages[0].arguments[0].default.clone().unwrap();
//! let edited = apply(text, &[Edit::new(default, "14")]).unwrap();
//! assert!(edited.starts_with("ARG RELEASE=14\n"));
//! ```
//!
//! Why not the crate `dockerfile-parser`: its owners deprecated it on 2026-07-23, and it rejects
//! 41 % of 1,693 Dockerfiles that `BuildKit` accepts.
//!
//! The grammar is that of the newest frontend; where older ones that are still in use differ (a
//! blank between `<<` and the name of a here-document), a warning says so.

mod check;
mod config;
mod duration;
mod edit;
mod expand;
mod heredoc;
mod instruction;
mod keyword;
mod line;
mod parse;
mod pattern;
mod platform;
mod read;
mod stages;
mod views;
mod words;

pub use config::{CommandLine, Health, ImageConfig, StageConfig};
pub(crate) use duration::parse as duration;
pub use edit::{Edit, EditError, apply};
pub(crate) use expand::expand_body;
pub use expand::{ExpandError, Expansion, Variable, expand, expand_words};
pub use instruction::{Directive, Dockerfile, Flag, Form, Heredoc, Instruction, Pair, Word};
pub use keyword::Keyword;
pub(crate) use stages::PLATFORM as PLATFORM_ARGUMENTS;
pub use stages::{ArgumentUse, Base, Stage, Stages};
pub use views::{Command, Copy, From, Healthcheck, Mount, Run, Timing};
