//! Changing many files so that all of them change or none.
//!
//! A write-ahead journal makes it so. It lies in the directory of the operation, as
//! `.dockwright-journal`, and holds every new content. It is written and synced before the first file
//! is touched, so a run that is killed leaves one of two things behind:
//!
//! - a journal that is cut off: no file was touched, and the next run drops it;
//! - a whole journal: the next run carries out what is missing.
//!
//! The journal goes when all files are renamed into place. Files are not synced one by one, which takes
//! ten times as long as to write them: after a loss of power, file systems that keep the order of
//! renames show either the journal, or all of the files.
//!
//! A failure that the run lives to see (a full disk, a directory without permission) is undone at
//! once. A file that somebody else changed in between is never overwritten.

use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, BufReader, BufWriter, Read, Seek, Write};
use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::SyncError;
use super::apply::{replace, sync_directory};
use super::locate::Place;

/// The name of the journal.
const JOURNAL: &str = ".dockwright-journal";

/// The first line of a journal.
const MAGIC: &[u8] = b"dockwright journal 1\n";

/// The line before the checksum.
const END: &[u8] = b"end\n";

/// One file of a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileChange {
    /// Where it is, below the directory of the operation, with every link followed.
    pub path: PathBuf,
    /// What it holds; `None` if it is not there.
    pub old: Option<Vec<u8>>,
    /// What it shall hold; `None` if it shall go.
    pub new: Option<Vec<u8>>,
}

/// What became of the journal of an earlier run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recovery {
    /// There is none.
    Nothing,
    /// It was cut off before any file was touched, and is dropped.
    Dropped,
    /// It was whole, and what was missing is done: so many files.
    Completed(usize),
}

/// The sole right to change files below a directory, for as long as it lives.
///
/// It is a lock on the journal, which the system takes back when the process ends, however it ends.
#[derive(Debug)]
pub struct Exclusive {
    root: PathBuf,
    journal: File,
}

/// An entry of the journal; the new content follows it.
#[derive(Serialize, Deserialize)]
struct Entry {
    path: String,
    /// The hash of the old content; none if there was no file.
    old: Option<String>,
    /// The length of the new content; none if the file goes.
    new: Option<u64>,
}

/// Whether a run was killed below `root`, and has not been completed.
pub fn is_pending(root: &Path) -> bool {
    fs::symlink_metadata(root.join(JOURNAL)).is_ok_and(|metadata| metadata.is_file() && metadata.len() > 0)
}

impl Exclusive {
    /// Takes the right to change files below `root`, and completes what a killed run left.
    pub fn begin(root: &Path) -> Result<(Self, Recovery), SyncError> {
        let path = root.join(JOURNAL);
        let error = |cause| SyncError::Write { path: path.clone(), cause };
        // What is not a regular file is none of ours, and to open a pipe would wait for ever.
        let found = path.symlink_metadata().ok();
        if found.as_ref().is_some_and(|found| !found.is_file()) {
            return Err(SyncError::NotAJournal { path });
        }
        let journal = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(error)?;
        match journal.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(SyncError::Busy { path }),
            Err(TryLockError::Error(cause)) => return Err(error(cause)),
        }
        // The run that held the lock may have removed the file that was opened.
        if !same_file(&journal, &path) {
            return Err(SyncError::Busy { path });
        }
        let mut exclusive = Self { root: root.to_owned(), journal };
        let recovery = if found.is_some() { exclusive.recover()? } else { Recovery::Nothing };
        Ok((exclusive, recovery))
    }

    /// Changes all files, or none.
    pub fn commit(mut self, changes: &[FileChange]) -> Result<(), SyncError> {
        for change in changes {
            if self.now(&change.path)? != change.old {
                return Err(SyncError::Changed { path: self.root.join(&change.path) });
            }
        }
        self.write_journal(changes)
            .map_err(|cause| SyncError::Write { path: self.root.join(JOURNAL), cause })?;
        for (done, change) in changes.iter().enumerate() {
            if let Err(error) = self.put(&change.path, change.new.as_deref()) {
                for undone in changes[..done].iter().rev() {
                    self.put(&undone.path, undone.old.as_deref())?;
                }
                self.settle()?;
                return Err(error);
            }
        }
        self.settle()
    }

    /// Writes everything that shall be done, and makes it durable.
    fn write_journal(&mut self, changes: &[FileChange]) -> io::Result<()> {
        self.journal.set_len(0)?;
        self.journal.rewind()?;
        let mut out =
            Hashing { inner: BufWriter::with_capacity(1 << 20, &self.journal), hash: Sha256::new() };
        out.write_all(MAGIC)?;
        for change in changes {
            let path = change.path.to_str().ok_or(io::ErrorKind::InvalidFilename)?.to_owned();
            let old = change.old.as_deref().map(hash_of);
            let entry = Entry { path, old, new: change.new.as_ref().map(|new| new.len() as u64) };
            serde_json::to_writer(&mut out, &entry)?;
            out.write_all(b"\n")?;
            out.write_all(change.new.as_deref().unwrap_or_default())?;
        }
        out.write_all(END)?;
        let hash = hex(&out.hash.finalize());
        out.inner.write_all(hash.as_bytes())?;
        out.inner.flush()?;
        drop(out.inner);
        self.journal.sync_all()?;
        sync_directory(&self.root);
        Ok(())
    }

    /// Carries out a whole journal, or drops one that was cut off.
    fn recover(&mut self) -> Result<Recovery, SyncError> {
        let path = self.root.join(JOURNAL);
        let mut content = Vec::new();
        BufReader::new(&self.journal)
            .read_to_end(&mut content)
            .map_err(|cause| SyncError::Read { path: path.clone(), cause })?;
        if !is_journal(&content) {
            return Err(SyncError::NotAJournal { path });
        }
        let Some(entries) = entries(&content) else {
            self.journal.set_len(0).map_err(|cause| SyncError::Write { path, cause })?;
            return Ok(if content.is_empty() { Recovery::Nothing } else { Recovery::Dropped });
        };
        let mut todo = Vec::new();
        for (entry, new) in &entries {
            self.refuse_links(Path::new(&entry.path))?;
            let now = self.now(Path::new(&entry.path))?;
            if now.as_deref() == *new {
                continue;
            }
            // A file that lost its content with the power is empty.
            let is_lost = now.as_ref().is_some_and(Vec::is_empty);
            if !is_lost && now.as_deref().map(hash_of) != entry.old {
                return Err(SyncError::Interrupted { path: self.root.join(&entry.path), journal: path });
            }
            todo.push((entry, *new));
        }
        for (entry, new) in &todo {
            self.put(Path::new(&entry.path), *new)?;
        }
        self.settle()?;
        Ok(Recovery::Completed(todo.len()))
    }

    /// Links were followed before a journal was written: one that is there now was put there since, and may
    /// lead anywhere.
    fn refuse_links(&self, path: &Path) -> Result<(), SyncError> {
        let mut at = self.root.clone();
        for part in path {
            at.push(part);
            if fs::symlink_metadata(&at).is_ok_and(|metadata| metadata.is_symlink()) {
                return Err(SyncError::Interrupted { path: at, journal: self.root.join(JOURNAL) });
            }
        }
        Ok(())
    }

    /// What a file holds; `None` if it is not there.
    fn now(&self, path: &Path) -> Result<Option<Vec<u8>>, SyncError> {
        match fs::read(self.root.join(path)) {
            Ok(content) => Ok(Some(content)),
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(cause) => Err(SyncError::Read { path: self.root.join(path), cause }),
        }
    }

    fn put(&self, path: &Path, content: Option<&[u8]>) -> Result<(), SyncError> {
        let target = self.root.join(path);
        let Some(content) = content else {
            return match fs::remove_file(&target) {
                Err(cause) if cause.kind() != io::ErrorKind::NotFound => {
                    Err(SyncError::Remove { path: target, cause })
                }
                _ => Ok(()),
            };
        };
        let place = Place { metadata: fs::metadata(&target).ok(), target };
        let directory = place.target.parent().unwrap_or(&self.root);
        replace(&place, directory, content, false)
            .map_err(|cause| SyncError::Write { path: place.target.clone(), cause })
    }

    /// Everything is in place: the journal may go.
    fn settle(&self) -> Result<(), SyncError> {
        self.journal.set_len(0).map_err(|cause| SyncError::Write { path: self.root.join(JOURNAL), cause })
    }
}

impl Drop for Exclusive {
    /// A journal without content is of no use to anybody.
    fn drop(&mut self) {
        let is_done = self.journal.metadata().is_ok_and(|metadata| metadata.len() == 0);
        if is_done {
            let _ = fs::remove_file(self.root.join(JOURNAL));
        }
    }
}

/// A writer that hashes what goes through it.
struct Hashing<W> {
    inner: W,
    hash: Sha256,
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.inner.write(bytes)?;
        self.hash.update(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

type Entries<'j> = Vec<(Entry, Option<&'j [u8]>)>;

/// The entries of a journal with their new content; `None` if it is not whole.
fn entries(journal: &[u8]) -> Option<Entries<'_>> {
    let (body, hash) = journal.split_at_checked(journal.len().checked_sub(64)?)?;
    if hash != hash_of(body).as_bytes() {
        return None;
    }
    let mut rest = body.strip_prefix(MAGIC)?;
    let mut entries = Vec::new();
    while rest != END {
        let line = rest.iter().position(|byte| *byte == b'\n')?;
        let entry: Entry = serde_json::from_slice(&rest[..line]).ok()?;
        // A journal changes nothing outside of its own directory.
        let is_inside = Path::new(&entry.path).components().all(|part| matches!(part, Component::Normal(_)));
        let length = usize::try_from(entry.new.unwrap_or_default()).ok()?;
        let (new, behind) = rest[line + 1..].split_at_checked(length)?;
        let new = entry.new.map(|_| new);
        entries.push(is_inside.then_some((entry, new))?);
        rest = behind;
    }
    Some(entries)
}

/// Whether this may have been written by `write_journal`, whole or in part: blocks that the power took are zeros.
fn is_journal(content: &[u8]) -> bool {
    let start = &content[..content.len().min(MAGIC.len())];
    MAGIC.starts_with(start) || content.iter().all(|byte| *byte == 0)
}

fn hash_of(content: &[u8]) -> String {
    hex(&Sha256::digest(content))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Whether an open file is the one that a path leads to now.
#[cfg(unix)]
fn same_file(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let identity = |metadata: fs::Metadata| (metadata.dev(), metadata.ino());
    let (open, there) = (file.metadata().map(identity), fs::symlink_metadata(path).map(identity));
    matches!((open, there), (Ok(open), Ok(there)) if open == there)
}

/// Elsewhere an open file cannot be removed.
#[cfg(not(unix))]
fn same_file(_: &File, _: &Path) -> bool {
    true
}
