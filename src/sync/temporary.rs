//! Temporary files: how they are called, and what becomes of those that a killed run left.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::Path;
use std::time::Duration;

use tempfile::NamedTempFile;

const START: &str = ".dockwright-";
const END: &str = ".tmp";

/// After this time nobody is still writing a file of a few kilobytes.
const ABANDONED: Duration = Duration::from_secs(60);

/// A new temporary file in a directory, with the permissions that any new file gets there.
pub(super) fn beside(directory: &Path) -> io::Result<NamedTempFile<File>> {
    tempfile::Builder::new()
        .prefix(START)
        .suffix(END)
        .make_in(directory, |path| OpenOptions::new().write(true).create_new(true).open(path))
}

/// Whether a file is a temporary one of dockwright's.
pub(super) fn is_one(name: &OsStr) -> bool {
    let name = name.as_encoded_bytes();
    name.starts_with(START.as_bytes()) && name.ends_with(END.as_bytes())
}

/// Removes what a killed run left behind, unless it is so young that a run may be writing it.
pub(super) fn remove_if_abandoned(path: &Path) {
    let age = fs::symlink_metadata(path).and_then(|metadata| metadata.modified()).map(|time| time.elapsed());
    if matches!(age, Ok(Ok(age)) if age > ABANDONED) {
        let _ = fs::remove_file(path);
    }
}
