//! The files that a walk reads before it looks at anything else in a directory: what git and `.ignore` leave out.
//!
//! The crate `ignore` opens them by their names alone, so that a pipe of such a name would be waited for, and a device or
//! a giant read to its end.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::SyncError;
use crate::file;

/// No ignore file is as large.
const LIMIT: u64 = 16 << 20;

/// How much `.git` and `commondir` hold, which name a directory.
const NAME: u64 = 64 << 10;

/// What a walk must not read, as far as it has come.
#[derive(Debug, Clone, Default)]
pub struct Refused(Arc<Mutex<Vec<SyncError>>>);

impl Refused {
    /// Looks at the directory that a walk begins in, and at those above it.
    pub fn above(root: &Path) -> Self {
        let refused = Self::default();
        let root = std::path::absolute(root).unwrap_or_else(|_| root.to_owned());
        for directory in root.ancestors() {
            refused.may_enter(directory);
        }
        refused
    }

    /// Whether there is nothing to refuse yet.
    pub fn is_empty(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    /// Whether a walk may enter a directory; if not, the reason is kept.
    pub fn may_enter(&self, directory: &Path) -> bool {
        let Err(error) = look(directory) else { return true };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(error);
        false
    }

    /// The same for an entry of a walk, which may be a file.
    pub fn may_pass(&self, entry: &ignore::DirEntry) -> bool {
        let is_directory = entry.file_type().is_some_and(|kind| kind.is_dir());
        entry.depth() == 0 || !is_directory || self.may_enter(entry.path())
    }

    /// All reasons.
    pub fn errors(&self) -> Vec<SyncError> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Looks at the ignore files of a directory.
fn look(directory: &Path) -> Result<(), SyncError> {
    for name in [".gitignore", ".ignore"] {
        is_plain(&directory.join(name), LIMIT)?;
    }
    let git = directory.join(".git");
    let Ok(metadata) = fs::metadata(&git) else { return Ok(()) };
    if metadata.is_dir() {
        return is_plain(&git.join("info/exclude"), LIMIT);
    }
    // A work tree whose repository lies elsewhere.
    let Some(elsewhere) =
        first_line(&git)?.and_then(|line| Some(PathBuf::from(line.strip_prefix("gitdir: ")?)))
    else {
        return Ok(());
    };
    match first_line(&elsewhere.join("commondir"))? {
        Some(common) => is_plain(&elsewhere.join(common).join("info/exclude"), LIMIT),
        None => Ok(()),
    }
}

/// The first line of a small file, if there is one.
fn first_line(path: &Path) -> Result<Option<String>, SyncError> {
    is_plain(path, NAME)?;
    let Ok(content) = file::read(path, NAME) else { return Ok(None) };
    Ok(String::from_utf8_lossy(&content).lines().next().map(str::to_owned))
}

/// Whether a path is a regular file of bounded size, or nothing.
fn is_plain(path: &Path, limit: u64) -> Result<(), SyncError> {
    // In a directory that is closed to this user the walk stops by itself.
    let Ok(metadata) = fs::metadata(path) else { return Ok(()) };
    if metadata.is_dir() {
        // The crate reads no directory either.
        return Ok(());
    }
    if !metadata.is_file() {
        return Err(SyncError::NotRegular { path: path.to_owned() });
    }
    if metadata.len() > limit {
        return Err(SyncError::TooLarge { path: path.to_owned(), size: metadata.len(), limit });
    }
    Ok(())
}
