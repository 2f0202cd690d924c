//! Wanted against found: what differs, what to do about it, and doing it.
//!
//! `read` looks at the tree, `plan` compares (it is pure), `diff` shows a difference and
//! `apply` writes. Nothing else in dockwright writes files.
//!
//! What a reader of the tree may count on:
//!
//! - A file is replaced whole or not at all: all new texts are written and made durable before the first
//!   one takes its place. Permissions and, where allowed, the owner stay.
//! - A file that need not change is not touched.
//! - Nothing is written outside the output directory, also when somebody swaps directories for links
//!   meanwhile, and nothing at all if a directory of a wanted path is a link, a file or cannot be read.
//! - A link in the place of a wanted file is not ours. `--force` replaces the link, not what it leads to.
//! - A file without our header is never touched unless forced, nor is the rest of its service: an
//!   allow-list of ours beside a Dockerfile of somebody else would break its build.
//! - A run that was killed may leave a hidden directory `.dockwright-*.tmp` with what was not in its
//!   place yet, which only its owner can look into. The next run that writes to the same directory
//!   removes it.

mod apply;
pub mod diff;
mod directory;
mod error;
pub mod header;
pub mod ignores;
mod journal;
mod output;
pub mod pins;
mod plan;
mod read;
mod single;
mod staging;
mod state;
pub mod transaction;
pub mod walk;
mod writer;

pub use apply::{Applied, apply};
pub use error::SyncError;
pub use header::CommentStyle;
pub use output::Output;
pub use plan::{Action, Plan, PlannedFile, Reason, State, plan};
pub use read::{Found, read};
pub use single::replace;
pub use state::StateDirectory;

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
