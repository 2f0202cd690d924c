//! A directory is its path.

use std::ffi::OsString;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use super::Entry;

/// A directory by its path.
#[derive(Debug)]
pub(in crate::sync) struct Directory(PathBuf);

impl Directory {
    /// Whether [`Self::sync_all`] takes only what was flushed.
    pub(in crate::sync) const FLUSHES: bool = true;

    /// The directory at a path that a person named: links are followed.
    pub(in crate::sync) fn open(path: &Path) -> io::Result<Self> {
        let real = crate::file_path::real(path)?;
        if real.is_dir() { Ok(Self(real)) } else { Err(io::ErrorKind::NotADirectory.into()) }
    }

    /// A directory in this one.
    pub(in crate::sync) fn child(&self, name: &str) -> io::Result<Self> {
        let path = self.0.join(name);
        let is_directory = fs::symlink_metadata(&path)?.is_dir();
        if is_directory { Ok(Self(path)) } else { Err(io::ErrorKind::NotADirectory.into()) }
    }

    /// Makes a directory.
    pub(in crate::sync) fn make(&self, name: &str) -> io::Result<()> {
        fs::create_dir(self.0.join(name))
    }

    /// Makes a directory; who may read it is inherited.
    pub(in crate::sync) fn make_private(&self, name: &str) -> io::Result<()> {
        self.make(name)
    }

    /// What a name stands for.
    pub(in crate::sync) fn read(&self, name: &str) -> io::Result<Entry> {
        let path = self.0.join(name);
        let metadata = match fs::symlink_metadata(&path) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Entry::Missing),
            Err(error) => return Err(error),
        };
        if metadata.is_symlink() {
            let target = fs::read_link(&path)?;
            return Ok(Entry::Link(target.to_string_lossy().into_owned().into_bytes()));
        }
        if metadata.is_dir() {
            return Ok(Entry::Directory);
        }
        Entry::of(File::open(&path)?)
    }

    /// Whether a name stands for a symbolic link or a junction.
    pub(in crate::sync) fn is_link(&self, name: &str) -> bool {
        fs::symlink_metadata(self.0.join(name)).is_ok_and(|found| found.is_symlink())
    }

    /// Makes a file where nothing is.
    pub(in crate::sync) fn create(&self, name: &str, _private: bool) -> io::Result<File> {
        OpenOptions::new().read(true).write(true).create_new(true).open(self.0.join(name))
    }

    /// Opens a regular file.
    pub(in crate::sync) fn open_file(&self, name: &str) -> io::Result<File> {
        let path = self.0.join(name);
        if !fs::symlink_metadata(&path)?.is_file() {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        OpenOptions::new().read(true).write(true).open(path)
    }

    /// Gives a file the permissions of another.
    pub(in crate::sync) fn take_after(&self, name: &str, other: &Metadata) -> io::Result<()> {
        fs::set_permissions(self.0.join(name), other.permissions())
    }

    /// Moves a file to a name in another directory, in the place of what is there.
    pub(in crate::sync) fn rename(&self, name: &str, to: &Self, new: &str) -> io::Result<()> {
        fs::rename(self.0.join(name), to.0.join(new))
    }

    /// The same, if nothing is there.
    pub(in crate::sync) fn rename_new(&self, name: &str, to: &Self, new: &str) -> io::Result<()> {
        if fs::symlink_metadata(to.0.join(new)).is_ok() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        self.rename(name, to, new)
    }

    /// Removes a file.
    pub(in crate::sync) fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.0.join(name))
    }

    /// Removes an empty directory.
    pub(in crate::sync) fn remove_directory(&self, name: &str) -> io::Result<()> {
        fs::remove_dir(self.0.join(name))
    }

    /// The names in it.
    pub(in crate::sync) fn names(&self) -> io::Result<Vec<OsString>> {
        fs::read_dir(&self.0)?.map(|entry| Ok(entry?.file_name())).collect()
    }

    /// When it was changed last.
    pub(in crate::sync) fn metadata(&self) -> io::Result<Metadata> {
        fs::metadata(&self.0)
    }

    /// Names are durable with their files.
    #[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "as on Unix")]
    pub(in crate::sync) fn sync(&self) -> io::Result<()> {
        Ok(())
    }

    /// Makes a file durable.
    pub(in crate::sync) fn flush(file: &File) -> io::Result<()> {
        file.sync_all()
    }

    /// Names are durable with their files.
    #[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "as on Unix")]
    pub(in crate::sync) fn flush_names(&self) -> io::Result<()> {
        Ok(())
    }

    /// What was flushed is durable already.
    #[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "as on Unix")]
    pub(in crate::sync) fn sync_all(&self) -> io::Result<()> {
        Ok(())
    }
}
