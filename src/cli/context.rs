//! The build context on disk, as the checks see it.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::context::{Lies, Tree};
use crate::file;

/// No file that a check reads is as large.
const LIMIT: u64 = 4 << 20;

/// A directory with the sources.
pub(super) struct Sources(PathBuf);

impl Sources {
    pub(super) fn in_directory(root: &Path) -> Self {
        Self(root.to_owned())
    }
}

impl Tree for Sources {
    fn find(&self, path: &str) -> Option<Lies> {
        let metadata = fs::metadata(self.0.join(path)).ok()?;
        Some(if metadata.is_dir() { Lies::Directory } else { Lies::File })
    }

    fn is_closed(&self, path: &str) -> bool {
        fs::metadata(self.0.join(path)).is_err_and(|error| error.kind() == ErrorKind::PermissionDenied)
    }

    fn names(&self, directory: &str) -> Vec<String> {
        let entries = fs::read_dir(self.0.join(directory)).into_iter().flatten().flatten();
        let mut names: Vec<_> = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
        names.sort_unstable();
        names
    }

    fn text(&self, path: &str) -> Option<String> {
        String::from_utf8(file::read(&self.0.join(path), LIMIT).ok()?).ok()
    }
}
