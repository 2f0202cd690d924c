//! Changing many files so that all of them change or none.
//!
//! A write-ahead journal makes it so. It holds every new content, and is written and synced before the
//! first file is touched, so a run that is killed leaves one of two things behind:
//!
//! - a journal that is cut off: no file was touched, and the next run drops it;
//! - a whole journal: the next run carries out what is missing.
//!
//! The journal lies in the user's state directory, where nobody else can write: whatever lies in the
//! tree, a repository of strangers included, has no part in what a recovery does. A recovery does no
//! more than a run could: it replaces a file that holds what the journal recorded, makes or removes
//! generated files, follows no link, and keeps out of git's directory.
//!
//! A failure that the run lives to see (a full disk, a directory without permission) is undone at
//! once. A file that somebody else changed in between is never overwritten.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Seek};
use std::path::{Component, Path, PathBuf};

use super::SyncError;
use super::header;
use super::journal::{self, Change, hash_of};
use super::output::Output;
use super::plan::text_of;
use super::state::StateDirectory;
use super::writer::{Waiting, Writer};
use crate::reserved::reserved_part;

/// What a journal was called while it lay in the tree.
const IN_TREE: &str = ".dockwright-journal";

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
    /// It was whole, and what was missing is done.
    Completed(Vec<Repaired>),
}

/// A file that was not yet as the interrupted run wanted it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repaired {
    /// Where it is.
    pub path: PathBuf,
    /// Whether it was removed; it was written otherwise.
    pub removed: bool,
}

/// The sole right to change files below a directory, for as long as it lives.
///
/// It is a lock on the journal, against other runs of the same user, and where the system has it one on
/// the directory, against those of others. The system takes both back when the process ends, however
/// it ends.
#[derive(Debug)]
pub struct Exclusive {
    output: Output,
    path: PathBuf,
    journal: File,
    _tree: Option<File>,
}

/// Whether a run was killed below `root`, and has not been completed.
pub fn is_pending(state: &StateDirectory, root: &Path) -> Result<bool, SyncError> {
    let path = state.journal(root).map_err(|cause| SyncError::Read { path: root.to_owned(), cause })?;
    let journal = state.open(&path, false)?;
    Ok(journal.is_some_and(|journal| journal.metadata().is_ok_and(|found| found.len() > 0)))
}

/// A file in the tree that looks like a journal. It is not read.
pub fn journal_in_tree(root: &Path) -> Option<PathBuf> {
    let path = root.join(IN_TREE);
    fs::symlink_metadata(&path).is_ok().then_some(path)
}

impl Exclusive {
    /// Takes the right to change files below `root`, and completes what a killed run left.
    pub fn begin(state: &StateDirectory, root: &Path) -> Result<(Self, Recovery), SyncError> {
        let busy = || SyncError::Busy { path: root.to_owned() };
        let output = Output::named(root)?;
        let tree = File::open(root).ok();
        if let Some(Err(TryLockError::WouldBlock)) = tree.as_ref().map(File::try_lock) {
            return Err(busy());
        }
        let path = state.journal(root).map_err(|cause| SyncError::Read { path: root.to_owned(), cause })?;
        let journal = state.open(&path, true)?.ok_or_else(busy)?;
        match journal.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(busy()),
            Err(TryLockError::Error(cause)) => return Err(SyncError::State { path, cause }),
        }
        // The run that held the lock may have removed the file that was opened.
        if !same_file(&journal, &path) {
            return Err(busy());
        }
        let mut exclusive = Self { output, path, journal, _tree: tree };
        let recovery = exclusive.recover()?;
        Ok((exclusive, recovery))
    }

    /// Changes all files, or none.
    pub fn commit(mut self, changes: &[FileChange]) -> Result<(), SyncError> {
        let mut wanted = Vec::with_capacity(changes.len());
        for FileChange { path, old, new } in changes {
            let path = text(path).map_err(|cause| SyncError::Write { path: path.clone(), cause })?;
            wanted.push(Change { path, old: old.as_deref().map(hash_of), new: new.as_deref() });
        }
        let mut writer = Writer::new(&self.output, changes.len())?;
        for (change, FileChange { old, .. }) in wanted.iter().zip(changes) {
            let now = now(&mut writer, &change.path)?;
            if now != *old {
                return Err(SyncError::Changed { path: writer.shown(&change.path) });
            }
            if !is_allowed(change, now.as_deref()) {
                return Err(refusal(&writer, change));
            }
        }
        let mut staged = Vec::with_capacity(changes.len());
        for (change, new) in wanted.iter().zip(writer.stage(wanted.iter().map(|change| change.new).collect()))
        {
            staged.push(new.map_err(|cause| SyncError::Write { path: writer.shown(&change.path), cause })?);
        }
        writer.sync()?;
        let state = |cause| SyncError::State { path: self.path.clone(), cause };
        write_journal(&mut self.journal, &wanted).map_err(state)?;
        for (done, change) in wanted.iter().enumerate() {
            let old = changes[done].old.as_deref();
            if let Err(error) = put(&mut writer, change, staged[done].as_ref(), old) {
                for (undone, before) in wanted[..done].iter().zip(changes).rev() {
                    let back = Change { new: before.old.as_deref(), ..undone.clone() };
                    put(&mut writer, &back, back.new.map(Waiting::Alone).as_ref(), undone.new)?;
                }
                self.journal.set_len(0).map_err(state)?;
                return Err(error);
            }
        }
        writer.sync()?;
        self.journal.set_len(0).map_err(state)
    }

    /// Carries out a whole journal, or drops one that was cut off.
    fn recover(&mut self) -> Result<Recovery, SyncError> {
        let mut content = Vec::new();
        self.journal
            .read_to_end(&mut content)
            .map_err(|cause| SyncError::Read { path: self.path.clone(), cause })?;
        if !journal::is_one(&content) {
            return Err(SyncError::NotAJournal { path: self.path.clone() });
        }
        let settle =
            || self.journal.set_len(0).map_err(|cause| SyncError::State { path: self.path.clone(), cause });
        let Some(changes) = journal::read(&content) else {
            settle()?;
            return Ok(if content.is_empty() { Recovery::Nothing } else { Recovery::Dropped });
        };
        let mut writer = Writer::new(&self.output, changes.len())?;
        let stopped = |path| SyncError::Interrupted { path, journal: self.path.clone() };
        let mut todo = Vec::new();
        for change in changes {
            let now = now(&mut writer, &change.path).map_err(|error| match error {
                SyncError::Link { path } => stopped(path),
                error => error,
            })?;
            if now.as_deref() == change.new {
                continue;
            }
            // A file that lost its content with the power is empty.
            let is_lost = now.as_ref().is_some_and(Vec::is_empty);
            let is_as_recorded = is_lost || now.as_deref().map(hash_of) == change.old;
            if !is_as_recorded || !is_allowed(&change, now.as_deref()) {
                return Err(stopped(writer.shown(&change.path)));
            }
            todo.push((change, now));
        }
        let mut repaired = Vec::new();
        for (change, now) in &todo {
            put(&mut writer, change, change.new.map(Waiting::Alone).as_ref(), now.as_deref())?;
            let path = writer.shown(&change.path);
            repaired.push(Repaired { path, removed: change.new.is_none() });
        }
        writer.sync()?;
        settle()?;
        Ok(Recovery::Completed(repaired))
    }
}

impl Drop for Exclusive {
    /// A journal without content is of no use to anybody.
    fn drop(&mut self) {
        let is_done = self.journal.metadata().is_ok_and(|metadata| metadata.len() == 0);
        if is_done {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Writes everything that shall be done, and makes it durable.
fn write_journal(journal: &mut File, changes: &[Change<'_>]) -> io::Result<()> {
    journal.set_len(0)?;
    journal.rewind()?;
    journal::write(&*journal, changes)?;
    journal.sync_all()
}

/// What a file holds; `None` if it is not there. Links were followed before a path was recorded: one
/// that is there now was put there since.
fn now(writer: &mut Writer<'_>, path: &str) -> Result<Option<Vec<u8>>, SyncError> {
    match writer.look(path)? {
        Some(held) if held.metadata.is_none() => Err(SyncError::Link { path: writer.shown(path) }),
        held => Ok(held.map(|held| held.content)),
    }
}

/// Brings one file from `old` to what is wanted.
fn put(
    writer: &mut Writer<'_>,
    change: &Change<'_>,
    new: Option<&Waiting<'_>>,
    old: Option<&[u8]>,
) -> Result<(), SyncError> {
    let held = writer.look(&change.path)?;
    if held.as_ref().map(|held| &held.content[..]) != old {
        return Err(SyncError::Changed { path: writer.shown(&change.path) });
    }
    match new {
        Some(new) => writer.put(&change.path, new, held.as_ref()),
        None => writer.remove(&change.path),
    }
}

/// Whether a run may do this: it keeps out of git's directory, and the only files that it makes or
/// removes are generated ones.
fn is_allowed(change: &Change<'_>, now: Option<&[u8]>) -> bool {
    let is_generated = |content: &[u8]| header::inspect(&text_of(content)).is_some();
    let is_inside = Path::new(&change.path).components().all(|part| matches!(part, Component::Normal(_)));
    let is_free = is_inside && reserved_part(&change.path).is_none();
    is_free
        && match (now, change.new) {
            (None, Some(new)) => is_generated(new),
            (Some(now), None) => is_generated(now),
            (Some(_), Some(new)) => std::str::from_utf8(new).is_ok(),
            (None, None) => true,
        }
}

fn refusal(writer: &Writer<'_>, change: &Change<'_>) -> SyncError {
    let path = writer.shown(&change.path);
    match reserved_part(&change.path) {
        Some(part) => SyncError::Reserved { path, part: part.to_owned() },
        None => SyncError::Write { path, cause: io::ErrorKind::InvalidFilename.into() },
    }
}

/// A path as a journal writes it.
fn text(path: &Path) -> io::Result<String> {
    let parts = path.components().map(|part| match part {
        Component::Normal(part) => part.to_str(),
        _ => None,
    });
    let parts: Option<Vec<_>> = parts.collect();
    parts.map(|parts| parts.join("/")).ok_or_else(|| io::ErrorKind::InvalidFilename.into())
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
