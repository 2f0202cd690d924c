//! Wanted against found: what differs, what to do about it, and doing it.
//!
//! `read` looks at the tree, `plan` compares (it is pure), `diff` shows a difference and
//! `apply` writes. Nothing else in dockwright writes files.
//!
//! What a reader of the tree may count on:
//!
//! - A file is replaced whole or not at all: the new text goes to a temporary file beside it, is
//!   synced, and takes the old one's name. Permissions and, where allowed, the owner stay.
//! - A file that need not change is not touched.
//! - Nothing is written outside the output directory, and nothing at all if a wanted path leads out
//!   of it, is a directory or cannot be read.
//! - A file without our header is never touched unless forced, nor is the rest of its service: an
//!   allow-list of ours beside a Dockerfile of somebody else would break its build.
//! - A run that was killed may leave a temporary file `.dockwright-XXXXXX.tmp`. It is hidden, is
//!   taken for nothing else, and a later run over the whole fleet removes it.

mod apply;
pub mod diff;
mod error;
pub mod header;
mod locate;
pub mod pins;
mod plan;
mod read;
mod single;
mod temporary;
pub mod transaction;
pub mod walk;

pub use apply::{Applied, apply};
pub use error::SyncError;
pub use header::CommentStyle;
pub use plan::{Action, Plan, PlannedFile, Reason, State, plan};
pub use read::{Found, read};
pub use single::replace;

use crate::path::RelativePath;

/// A file that should be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WantedFile {
    /// Where, below the output directory.
    pub path: RelativePath,
    /// What it holds, without our header.
    pub body: String,
    /// How its language writes a comment.
    pub comment: CommentStyle,
    /// The entry that it comes from: `services.toml [services.redis]`.
    pub entry: String,
    /// The service that it belongs to; `None` for a file of the whole fleet. The files of one
    /// service are written together, and the first of them is its Dockerfile.
    pub unit: Option<String>,
}

/// How far a run goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Options {
    /// Overwrite files that are not ours, and remove orphans that were edited.
    pub force: bool,
    /// Write only services whose Dockerfile is not there.
    pub missing_only: bool,
    /// All files of the fleet are wanted, so any other file of ours is an orphan.
    pub full: bool,
}
