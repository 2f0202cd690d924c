//! A directory is a file descriptor.

use std::ffi::OsString;
use std::fs::{File, Metadata};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::fs::{AtFlags, Dir, FileType, Gid, Mode, OFlags, Uid};
use rustix::io::Errno;

use super::Entry;

/// An open directory.
#[derive(Debug)]
pub(in crate::sync) struct Directory(OwnedFd);

const DIRECTORY: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

impl Directory {
    /// Whether [`Self::sync_all`] takes only what was flushed.
    pub(in crate::sync) const FLUSHES: bool = !cfg!(target_os = "linux");

    /// Opens the directory at a path that a person named: links are followed.
    pub(in crate::sync) fn open(path: &Path) -> io::Result<Self> {
        Ok(Self(rustix::fs::open(path, DIRECTORY, Mode::empty())?))
    }

    /// Opens a directory in this one.
    pub(in crate::sync) fn child(&self, name: &str) -> io::Result<Self> {
        Ok(Self(rustix::fs::openat(&self.0, name, DIRECTORY | OFlags::NOFOLLOW, Mode::empty())?))
    }

    /// Makes a directory, with the permissions that any new directory gets here.
    pub(in crate::sync) fn make(&self, name: &str) -> io::Result<()> {
        Ok(rustix::fs::mkdirat(&self.0, name, Mode::from_raw_mode(0o777))?)
    }

    /// Makes a directory that is its owner's alone.
    pub(in crate::sync) fn make_private(&self, name: &str) -> io::Result<()> {
        Ok(rustix::fs::mkdirat(&self.0, name, Mode::RWXU)?)
    }

    /// What a name stands for.
    pub(in crate::sync) fn read(&self, name: &str) -> io::Result<Entry> {
        // NONBLOCK: a pipe of this name would be waited for.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        match rustix::fs::openat(&self.0, name, flags, Mode::empty()) {
            Ok(file) => Entry::of(file.into()),
            Err(Errno::NOENT) => Ok(Entry::Missing),
            // A socket cannot be opened.
            Err(Errno::NXIO) => Ok(Entry::Other),
            Err(error) if self.is_link(name) => match rustix::fs::readlinkat(&self.0, name, Vec::new()) {
                Ok(target) => Ok(Entry::Link(target.into_bytes())),
                Err(_) => Err(error.into()),
            },
            Err(error) => Err(error.into()),
        }
    }

    /// Whether a name stands for a symbolic link.
    pub(in crate::sync) fn is_link(&self, name: &str) -> bool {
        self.kind(name) == Some(FileType::Symlink)
    }

    fn kind(&self, name: &str) -> Option<FileType> {
        let found = rustix::fs::statat(&self.0, name, AtFlags::SYMLINK_NOFOLLOW).ok()?;
        Some(FileType::from_raw_mode(found.st_mode))
    }

    /// Makes a file where nothing is; for its owner alone, or with the permissions that any new file gets here.
    pub(in crate::sync) fn create(&self, name: &str, private: bool) -> io::Result<File> {
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mode = if private { 0o600 } else { 0o666 };
        Ok(rustix::fs::openat(&self.0, name, flags, Mode::from_raw_mode(mode))?.into())
    }

    /// Opens a regular file.
    pub(in crate::sync) fn open_file(&self, name: &str) -> io::Result<File> {
        let flags = OFlags::RDWR | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file: File = rustix::fs::openat(&self.0, name, flags, Mode::empty())?.into();
        if file.metadata()?.is_file() { Ok(file) } else { Err(io::ErrorKind::InvalidInput.into()) }
    }

    /// Gives a file the owner, where we may, and the mode of another.
    pub(in crate::sync) fn take_after(&self, name: &str, other: &Metadata) -> io::Result<()> {
        let now = rustix::fs::statat(&self.0, name, AtFlags::SYMLINK_NOFOLLOW)?;
        if (now.st_uid, now.st_gid) != (other.uid(), other.gid()) {
            let (owner, group) = (Uid::from_raw(other.uid()), Gid::from_raw(other.gid()));
            let _ = rustix::fs::chownat(&self.0, name, Some(owner), Some(group), AtFlags::SYMLINK_NOFOLLOW);
        }
        // macOS has 16 bits for a mode.
        #[allow(clippy::useless_conversion, clippy::cast_possible_truncation)]
        let mode = Mode::from_raw_mode((other.mode() & 0o7777) as rustix::fs::RawMode);
        Ok(rustix::fs::chmodat(&self.0, name, mode, AtFlags::empty())?)
    }

    /// Moves a file to a name in another directory, in the place of what is there.
    pub(in crate::sync) fn rename(&self, name: &str, to: &Self, new: &str) -> io::Result<()> {
        Ok(rustix::fs::renameat(&self.0, name, &to.0, new)?)
    }

    /// The same, if nothing is there.
    pub(in crate::sync) fn rename_new(&self, name: &str, to: &Self, new: &str) -> io::Result<()> {
        #[cfg(any(target_os = "linux", target_vendor = "apple"))]
        match rustix::fs::renameat_with(&self.0, name, &to.0, new, rustix::fs::RenameFlags::NOREPLACE) {
            // This file system does not know how.
            Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {}
            result => return Ok(result?),
        }
        if self.kind(new).is_some() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        self.rename(name, to, new)
    }

    /// Removes a file.
    pub(in crate::sync) fn remove(&self, name: &str) -> io::Result<()> {
        Ok(rustix::fs::unlinkat(&self.0, name, AtFlags::empty())?)
    }

    /// Removes an empty directory.
    pub(in crate::sync) fn remove_directory(&self, name: &str) -> io::Result<()> {
        Ok(rustix::fs::unlinkat(&self.0, name, AtFlags::REMOVEDIR)?)
    }

    /// The names in it.
    pub(in crate::sync) fn names(&self) -> io::Result<Vec<OsString>> {
        let entries = Dir::read_from(&self.0)?.collect::<Result<Vec<_>, _>>()?;
        Ok(entries.iter().map(|entry| OsString::from_vec(entry.file_name().to_bytes().to_vec())).collect())
    }

    /// When it was changed last.
    pub(in crate::sync) fn metadata(&self) -> io::Result<Metadata> {
        File::from(self.0.try_clone()?).metadata()
    }

    /// Makes its names durable.
    pub(in crate::sync) fn sync(&self) -> io::Result<()> {
        Ok(rustix::fs::fsync(&self.0)?)
    }

    /// Prepares a file for [`Self::sync_all`]; on Linux that needs nothing.
    pub(in crate::sync) fn flush(file: &File) -> io::Result<()> {
        if Self::FLUSHES { Ok(rustix::fs::fsync(file)?) } else { Ok(()) }
    }

    /// The same for the names in this directory.
    pub(in crate::sync) fn flush_names(&self) -> io::Result<()> {
        if Self::FLUSHES { self.sync() } else { Ok(()) }
    }

    /// Makes everything that was flushed on its file system durable.
    pub(in crate::sync) fn sync_all(&self) -> io::Result<()> {
        #[cfg(target_os = "linux")]
        let done = rustix::fs::syncfs(&self.0);
        #[cfg(target_vendor = "apple")]
        let done = rustix::fs::fcntl_fullfsync(&self.0);
        #[cfg(not(any(target_os = "linux", target_vendor = "apple")))]
        let done = rustix::fs::fsync(&self.0);
        Ok(done?)
    }
}
