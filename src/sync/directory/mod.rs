//! An open directory: names in it are looked up without following links.
//!
//! Whoever can write to a tree can put a link in the place of a directory at any moment, so a check
//! of a path says nothing about the next use of the same path. A [`Directory`] is opened once, each
//! directory below it is opened from it by one name, and a link is an error. On Unix that is what
//! `openat2` calls `RESOLVE_BENEATH` and `RESOLVE_NO_SYMLINKS`, on every kernel. On other systems a
//! directory is its path, and each name is looked at just before it is used.

#[cfg(not(unix))]
mod portable;
#[cfg(unix)]
mod unix;

use std::fs::Metadata;
use std::io::{self, Read};

#[cfg(not(unix))]
pub(super) use portable::Directory;
#[cfg(unix)]
pub(super) use unix::Directory;

/// A file larger than this is not read: the Compose file of the largest fleet is half of it.
pub(super) const LIMIT: u64 = 256 << 20;

/// What a name in a directory stands for.
#[derive(Debug)]
pub(super) enum Entry {
    /// Nothing.
    Missing,
    /// A regular file.
    File {
        /// What it holds.
        content: Vec<u8>,
        /// Its mode and owner.
        metadata: Metadata,
    },
    /// A symbolic link, and where it leads, which is its content as far as git is concerned.
    Link(Vec<u8>),
    /// A directory.
    Directory,
    /// A device, a pipe or a socket.
    Other,
    /// A file that is too large to be read.
    TooLarge(u64),
}

impl Entry {
    /// What an open file is.
    fn of(file: std::fs::File) -> io::Result<Self> {
        let metadata = file.metadata()?;
        if metadata.is_dir() {
            return Ok(Self::Directory);
        }
        if !metadata.is_file() {
            return Ok(Self::Other);
        }
        if metadata.len() > LIMIT {
            return Ok(Self::TooLarge(metadata.len()));
        }
        let mut content = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or_default() + 1);
        file.take(LIMIT).read_to_end(&mut content)?;
        Ok(Self::File { content, metadata })
    }
}
