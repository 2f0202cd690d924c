//! Writing the files of a run: first all of them beside the tree, then each to its place.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use super::SyncError;
use super::directory::Directory;
use super::output::{Held, Output, split};
use super::staging::{Durability, Staged, Staging, There, put_alone, sweep};
use crate::parallel;

/// Changes files below an output directory.
pub(super) struct Writer<'o> {
    output: &'o Output,
    /// `None` where the topmost directory cannot be written to. Those below it may be.
    staging: Option<Staging>,
    durability: Durability,
    /// The directory that the last file was in: the next is often in it as well.
    at: Option<(String, Arc<Directory>)>,
}

/// A new content on its way.
pub(super) enum Waiting<'c> {
    /// It is written already.
    Staged(Staged),
    /// It is written beside its place.
    Alone(&'c [u8]),
}

impl<'o> Writer<'o> {
    /// Prepares to write so many files, and removes what killed runs left.
    pub(super) fn new(output: &'o Output, count: usize) -> Result<Self, SyncError> {
        let make = count > 0;
        let write = |cause| SyncError::Write { path: output.shown(""), cause };
        let staging = match output.root(make)? {
            Some(root) if make => match Staging::new(root) {
                Err(cause) if cause.kind() == io::ErrorKind::PermissionDenied => None,
                made => Some(made.map_err(write)?),
            },
            Some(root) => {
                sweep(&root);
                None
            }
            None => None,
        };
        Ok(Self { output, staging, durability: Durability::of(count), at: None })
    }

    /// Writes the new contents on all processors. What fails is that file's; nothing is in its place yet.
    pub(super) fn stage<'c>(&self, contents: Vec<Option<&'c [u8]>>) -> Vec<io::Result<Option<Waiting<'c>>>> {
        parallel::map(contents, |content| match (content, &self.staging) {
            (None, _) => Ok(None),
            (Some(content), None) => Ok(Some(Waiting::Alone(content))),
            (Some(content), Some(staging)) => {
                staging.add(content, self.durability).map(|staged| Some(Waiting::Staged(staged)))
            }
        })
    }

    /// Makes what was done so far durable.
    pub(super) fn sync(&mut self) -> Result<(), SyncError> {
        self.leave()?;
        let Some(root) = self.output.root(false)? else { return Ok(()) };
        self.durability.rest(&root).map_err(|cause| SyncError::Write { path: self.output.shown(""), cause })
    }

    /// What is at a path now.
    pub(super) fn look(&mut self, path: &str) -> Result<Option<Held>, SyncError> {
        match self.directory(path, false)? {
            Some(directory) => self.output.look(&directory, path),
            None => Ok(None),
        }
    }

    /// Puts a new content where `there` was seen.
    pub(super) fn put(
        &mut self,
        path: &str,
        new: &Waiting<'_>,
        there: Option<&Held>,
    ) -> Result<(), SyncError> {
        let write = |cause| SyncError::Write { path: self.output.shown(path), cause };
        let directory = match self.directory(path, true) {
            Ok(directory) => directory.ok_or_else(|| write(io::ErrorKind::NotFound.into()))?,
            // It is the file that is missed.
            Err(SyncError::Write { cause, .. }) => {
                return Err(SyncError::Write { path: self.output.shown(path), cause });
            }
            Err(error) => return Err(error),
        };
        let there = match there {
            None => There::Nothing,
            Some(Held { metadata: Some(old), .. }) => There::File(old),
            Some(Held { metadata: None, .. }) => There::Link,
        };
        let name = split(path).1;
        let done = match (new, &self.staging) {
            (Waiting::Staged(staged), Some(staging)) => staging.put(staged, &directory, name, &there),
            (Waiting::Alone(content), _) => put_alone(content, &directory, name, &there),
            (Waiting::Staged(_), None) => Err(io::ErrorKind::NotFound.into()),
        };
        done.map_err(|cause| match cause.kind() {
            io::ErrorKind::AlreadyExists => SyncError::Changed { path: self.output.shown(path) },
            _ => SyncError::Write { path: self.output.shown(path), cause },
        })
    }

    /// Removes a file, and the directories that it leaves empty.
    pub(super) fn remove(&mut self, path: &str) -> Result<(), SyncError> {
        let failed = |cause| SyncError::Remove { path: self.output.shown(path), cause };
        let Some(directory) = self.directory(path, false)? else { return Ok(()) };
        directory.remove(split(path).1).map_err(failed)?;
        drop(directory);
        let mut emptied = split(path).0;
        while !emptied.is_empty() {
            let Some(above) = self.directory(emptied, false)? else { break };
            // It fails for the first directory that still holds something.
            if above.remove_directory(split(emptied).1).is_err() {
                break;
            }
            emptied = split(emptied).0;
        }
        Ok(())
    }

    /// The directory that a path lies in.
    fn directory(&mut self, path: &str, make: bool) -> Result<Option<Arc<Directory>>, SyncError> {
        let parent = split(path).0;
        if let Some((_, directory)) = self.at.as_ref().filter(|(at, _)| at == parent) {
            return Ok(Some(directory.clone()));
        }
        self.leave()?;
        let found = self.output.directory(parent, make)?;
        self.at = found.clone().map(|directory| (parent.to_owned(), directory));
        Ok(found)
    }

    /// Makes the names of the directory durable that is left, and its own name above.
    fn leave(&mut self) -> Result<(), SyncError> {
        let Some((path, directory)) = self.at.take() else { return Ok(()) };
        if self.durability == Durability::Together && !Directory::FLUSHES {
            return Ok(());
        }
        let write = |cause| SyncError::Write { path: self.output.shown(&path), cause };
        self.durability.names(&directory).map_err(write)?;
        if path.is_empty() {
            return Ok(());
        }
        match self.output.directory(split(&path).0, false) {
            Ok(Some(above)) => self.durability.names(&above).map_err(write),
            _ => Ok(()),
        }
    }

    /// A path as a user knows it.
    pub(super) fn shown(&self, path: &str) -> PathBuf {
        self.output.shown(path)
    }
}
