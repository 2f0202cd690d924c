//! New files before they take their place: a hidden directory that only its owner can look into.
//!
//! `.dockwright-PROCESS-TIME.tmp` lies in the directory that a run writes to, so that a file moves
//! from it by a rename. A lock in it says that its run is alive; the system takes the lock back when
//! the process ends, however it ends, and the next run that writes to the same directory removes what
//! has no owner any more.

use std::ffi::OsStr;
use std::fs::{File, Metadata, TryLockError};
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::directory::{Directory, Entry};

const START: &str = ".dockwright-";
const END: &str = ".tmp";

/// The file that is locked while the run lives.
const LOCK: &str = "lock";

/// The file that shows which mode new files get here.
const SAMPLE: &str = "sample";

/// Where the system knows no locks, nobody still writes after this time.
const ABANDONED: Duration = Duration::from_secs(60);

/// How files are made durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Durability {
    /// One by one, which leaves the files of other programs alone.
    Each,
    /// All at once, which is faster for many: the system is asked to write out the whole file system.
    Together,
}

impl Durability {
    /// Which of the two is faster for so many files.
    pub(super) fn of(count: usize) -> Self {
        if count > 16 { Self::Together } else { Self::Each }
    }

    /// Makes the names in a directory durable, now or with the rest.
    pub(super) fn names(self, directory: &Directory) -> io::Result<()> {
        match self {
            Self::Each => directory.sync(),
            Self::Together => directory.flush_names(),
        }
    }

    /// Makes everything durable that is not yet.
    pub(super) fn rest(self, directory: &Directory) -> io::Result<()> {
        match self {
            Self::Each => Ok(()),
            Self::Together => directory.sync_all(),
        }
    }
}

/// The files of a run before they take their places. It removes what is left in it when it is dropped.
#[derive(Debug)]
pub(super) struct Staging {
    parent: Arc<Directory>,
    name: String,
    directory: Directory,
    /// Open, so locked, until the end.
    lock: Option<File>,
    /// What a new file looks like here.
    sample: Metadata,
    count: AtomicUsize,
}

/// A file that waits to take its place.
#[derive(Debug)]
pub(super) struct Staged(String);

impl Staging {
    /// Begins one in a directory, and removes those that nobody owns any more.
    pub(super) fn new(parent: Arc<Directory>) -> io::Result<Self> {
        sweep(&parent);
        let mut time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
        loop {
            time += 1;
            let name = format!("{START}{}-{time:x}{END}", std::process::id());
            match parent.make_private(&name) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                made => made?,
            }
            match Self::begin(&parent, &name) {
                Ok((directory, lock, sample)) => {
                    let count = AtomicUsize::new(0);
                    return Ok(Self { parent, name, directory, lock: Some(lock), sample, count });
                }
                // Another run took the empty directory for an abandoned one.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => {
                    let _ = parent.child(&name).map(|directory| clear(&directory, None));
                    let _ = parent.remove_directory(&name);
                    return Err(error);
                }
            }
        }
    }

    fn begin(parent: &Directory, name: &str) -> io::Result<(Directory, File, Metadata)> {
        let directory = parent.child(name)?;
        let lock = directory.create(LOCK, true)?;
        if let Err(TryLockError::WouldBlock) = lock.try_lock() {
            return Err(io::ErrorKind::NotFound.into());
        }
        // It fails if the directory was removed before it was locked.
        directory.open_file(LOCK)?;
        let sample = directory.create(SAMPLE, false)?.metadata()?;
        directory.remove(SAMPLE)?;
        Ok((directory, lock, sample))
    }

    /// Writes a file, for its owner alone to read.
    pub(super) fn add(&self, content: &[u8], durability: Durability) -> io::Result<Staged> {
        let name = self.count.fetch_add(1, Ordering::Relaxed).to_string();
        let mut file = self.directory.create(&name, true)?;
        let written = file.write_all(content).and_then(|()| match durability {
            Durability::Each => file.sync_all(),
            Durability::Together => Directory::flush(&file),
        });
        if let Err(error) = written {
            drop(file);
            let _ = self.directory.remove(&name);
            return Err(error);
        }
        Ok(Staged(name))
    }

    /// Moves a file to its place, in the place of what is there. It looks like `old` then, or like any
    /// new file; where nothing was, it fails if something is now.
    pub(super) fn put(
        &self,
        staged: &Staged,
        directory: &Arc<Directory>,
        name: &str,
        there: &There<'_>,
    ) -> io::Result<()> {
        let like = match there {
            There::File(old) => old,
            There::Nothing | There::Link => &self.sample,
        };
        self.directory.take_after(&staged.0, like)?;
        let moved = match there {
            There::Nothing => self.directory.rename_new(&staged.0, directory, name),
            There::File(_) | There::Link => self.directory.rename(&staged.0, directory, name),
        };
        match moved {
            // Another file system is mounted in the tree.
            Err(error) if error.kind() == io::ErrorKind::CrossesDevices => {
                let Entry::File { content, .. } = self.directory.read(&staged.0)? else { return Err(error) };
                put_alone(&content, directory, name, there)
            }
            moved => moved,
        }
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        clear(&self.directory, self.lock.take());
        let _ = self.parent.remove_directory(&self.name);
    }
}

/// What a file is put in the place of.
#[derive(Debug, Clone, Copy)]
pub(super) enum There<'m> {
    /// Nothing.
    Nothing,
    /// A file, whose mode and owner stay.
    File(&'m Metadata),
    /// A link, which goes.
    Link,
}

/// Writes one file by way of a directory of its own beside it.
pub(super) fn put_alone(
    content: &[u8],
    directory: &Arc<Directory>,
    name: &str,
    there: &There<'_>,
) -> io::Result<()> {
    let staging = Staging::new(directory.clone())?;
    let staged = staging.add(content, Durability::Each)?;
    staging.put(&staged, directory, name, there)
}

/// Removes what killed runs left in a directory.
pub(super) fn sweep(parent: &Directory) {
    for name in parent.names().unwrap_or_default() {
        if let Some(name) = name.to_str().filter(|name| is_one(OsStr::new(name))) {
            let _ = remove_if_abandoned(parent, name);
        }
    }
}

/// Whether this is the name of such a directory.
fn is_one(name: &OsStr) -> bool {
    let name = name.as_encoded_bytes();
    name.starts_with(START.as_bytes()) && name.ends_with(END.as_bytes())
}

fn remove_if_abandoned(parent: &Directory, name: &str) -> io::Result<()> {
    let directory = parent.child(name)?;
    match directory.open_file(LOCK) {
        Ok(lock) => {
            match lock.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Ok(()),
                Err(TryLockError::Error(error)) => {
                    let age = directory.metadata()?.modified()?.elapsed().unwrap_or_default();
                    if age < ABANDONED {
                        return Err(error);
                    }
                }
            }
            clear(&directory, Some(lock));
        }
        // It is being made or removed by somebody else, or was about to be: it goes if it is empty.
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    parent.remove_directory(name)
}

/// Removes the files that a run makes, the lock last. Anything else was put there by somebody else, and stays.
fn clear(directory: &Directory, lock: Option<File>) {
    let names = directory.names().unwrap_or_default();
    let is_ours = |name: &&str| *name == SAMPLE || name.bytes().all(|byte| byte.is_ascii_digit());
    for name in names.iter().filter_map(|name| name.to_str()).filter(is_ours) {
        let _ = directory.remove(name);
    }
    drop(lock);
    let _ = directory.remove(LOCK);
}
