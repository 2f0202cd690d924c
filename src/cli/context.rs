//! The build context on disk, as the checks see it.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use crate::context::{Lies, Tree};
use crate::{file, file_path};

/// No file that a check reads is as large.
const LIMIT: u64 = 4 << 20;

/// A directory whose files are looked at. As for an engine, what a link leads to outside of it is not there.
pub(super) struct Sources(PathBuf);

impl Sources {
    pub(super) fn in_directory(root: &Path) -> Self {
        let root = if root.as_os_str().is_empty() { Path::new(".") } else { root };
        Self(file_path::real(root).unwrap_or_else(|_| root.to_owned()))
    }

    /// Where a path lies, with every link followed.
    fn real(&self, path: &str) -> io::Result<PathBuf> {
        file_path::real_within(&self.0, path)
    }

    /// Whether something is a directory, if it is there.
    pub(super) fn is_directory(&self, path: &str) -> Option<bool> {
        Some(fs::metadata(self.real(path).ok()?).ok()?.is_dir())
    }

    /// The text of a regular file of at most `limit` bytes.
    pub(super) fn text(&self, path: &str, limit: u64) -> Option<String> {
        String::from_utf8(file::read(&self.real(path).ok()?, limit).ok()?).ok()
    }

    /// The names in a directory, sorted.
    pub(super) fn names(&self, directory: &str) -> Vec<String> {
        let entries = self.real(directory).and_then(fs::read_dir).into_iter().flatten().flatten();
        let mut names: Vec<_> = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
        names.sort_unstable();
        names
    }
}

impl Tree for Sources {
    fn find(&self, path: &str) -> Option<Lies> {
        Some(if self.is_directory(path)? { Lies::Directory } else { Lies::File })
    }

    fn is_closed(&self, path: &str) -> bool {
        let metadata = self.real(path).and_then(fs::metadata);
        metadata.is_err_and(|error| error.kind() == ErrorKind::PermissionDenied)
    }

    fn names(&self, directory: &str) -> Vec<String> {
        self.names(directory)
    }

    fn text(&self, path: &str) -> Option<String> {
        self.text(path, LIMIT)
    }
}
