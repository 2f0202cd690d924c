//! The user's own directory for what must outlive a run.

use std::fs::{self, DirBuilder, File, Metadata, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::SyncError;
use super::journal::hex;

/// The directory of dockwright's journals: nobody but the user can write there, so what lies in it may be believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateDirectory(PathBuf);

impl StateDirectory {
    /// The user's: below `$XDG_STATE_HOME`, or where the system keeps such files. It need not be there yet.
    pub fn of_the_user() -> Result<Self, SyncError> {
        // As the XDG specification has it, a relative path is none.
        let named = std::env::var_os("XDG_STATE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
        let above = named.or_else(of_the_system).ok_or(SyncError::NoHome)?;
        Ok(Self::at(above.join("dockwright")))
    }

    /// One that is named.
    pub fn at(path: PathBuf) -> Self {
        Self(path)
    }

    /// Where the journal of runs below a directory lies. Its name stands for the path, with every link
    /// followed, and for the device, so that a disk mounted later has another one.
    pub(super) fn journal(&self, root: &Path) -> io::Result<PathBuf> {
        let real = crate::file_path::real(root)?;
        let mut hash = Sha256::new();
        hash.update(device(&fs::metadata(&real)?).to_le_bytes());
        hash.update(real.as_os_str().as_encoded_bytes());
        Ok(self.0.join(format!("{}.journal", &hex(&hash.finalize())[..32])))
    }

    /// Opens a journal of the user's own, for reading only if it is there already.
    pub(super) fn open(&self, path: &Path, make: bool) -> Result<Option<File>, SyncError> {
        let failed = |cause| SyncError::State { path: self.0.clone(), cause };
        if make {
            private(DirBuilder::new().recursive(true)).create(&self.0).map_err(failed)?;
        }
        let directory = match fs::symlink_metadata(&self.0) {
            Err(cause) if !make && cause.kind() == io::ErrorKind::NotFound => return Ok(None),
            found => found.map_err(failed)?,
        };
        if !directory.is_dir() || !is_own(&directory) {
            return Err(SyncError::NotOwn { path: self.0.clone() });
        }
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(make).truncate(false);
        // What is no file is none of ours, and to open a pipe would wait for ever.
        if fs::symlink_metadata(path).is_ok_and(|found| !found.is_file()) {
            return Err(SyncError::NotOwn { path: path.to_owned() });
        }
        let journal = match private_file(&mut options).open(path) {
            Err(cause) if !make && cause.kind() == io::ErrorKind::NotFound => return Ok(None),
            opened => opened.map_err(failed)?,
        };
        let found = journal.metadata().map_err(failed)?;
        if found.is_file() && is_own(&found) {
            Ok(Some(journal))
        } else {
            Err(SyncError::NotOwn { path: path.to_owned() })
        }
    }
}

#[cfg(not(any(windows, target_vendor = "apple")))]
fn of_the_system() -> Option<PathBuf> {
    home().map(|home| home.join(".local/state"))
}

#[cfg(target_vendor = "apple")]
fn of_the_system() -> Option<PathBuf> {
    home().map(|home| home.join("Library/Application Support"))
}

#[cfg(windows)]
fn of_the_system() -> Option<PathBuf> {
    std::env::var_os("LOCALAPPDATA").map(PathBuf::from).filter(|path| path.is_absolute())
}

/// `$HOME`, or the home that the system has for the user.
#[cfg(not(windows))]
fn home() -> Option<PathBuf> {
    std::env::home_dir().filter(|home| home.is_absolute())
}

#[cfg(unix)]
fn device(metadata: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::dev(metadata)
}

#[cfg(not(unix))]
fn device(_: &Metadata) -> u64 {
    0
}

/// Whether something belongs to this user, and nobody else can write to it.
#[cfg(unix)]
fn is_own(metadata: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    metadata.uid() == rustix::process::geteuid().as_raw() && metadata.mode() & 0o022 == 0
}

/// The profile of a user is that user's.
#[cfg(not(unix))]
fn is_own(_: &Metadata) -> bool {
    true
}

#[cfg(unix)]
fn private(builder: &mut DirBuilder) -> &mut DirBuilder {
    std::os::unix::fs::DirBuilderExt::mode(builder, 0o700)
}

#[cfg(not(unix))]
fn private(builder: &mut DirBuilder) -> &mut DirBuilder {
    builder
}

#[cfg(unix)]
fn private_file(options: &mut OpenOptions) -> &mut OpenOptions {
    use rustix::fs::OFlags;
    use std::os::unix::fs::OpenOptionsExt;
    options.mode(0o600).custom_flags((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed())
}

#[cfg(not(unix))]
fn private_file(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}
