//! From a wanted path to the one file on disk that it means, never outside the output directory.

use std::collections::HashMap;
use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use super::SyncError;
use crate::path::RelativePath;

/// Where a wanted file is, or would be, with every symbolic link followed.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) target: PathBuf,
    /// `None` if nothing is there.
    pub(super) metadata: Option<Metadata>,
}

/// Follows wanted paths below one directory. Directories are looked at once each.
pub(super) struct Locator<'a> {
    shown: &'a Path,
    root: PathBuf,
    directories: HashMap<RelativePath, PathBuf>,
}

impl<'a> Locator<'a> {
    pub(super) fn new(root: &'a Path) -> Result<Self, SyncError> {
        let error = |cause| SyncError::Read { path: root.to_owned(), cause };
        let real = match fs::canonicalize(root) {
            Ok(real) if real.is_dir() => real,
            Ok(_) => return Err(SyncError::NotADirectory { path: root.to_owned() }),
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => {
                if root.is_symlink() {
                    return Err(SyncError::Dangling { path: root.to_owned() });
                }
                std::path::absolute(root).map_err(error)?
            }
            Err(cause) if cause.kind() == io::ErrorKind::NotADirectory => {
                return Err(SyncError::NotADirectory { path: root.to_owned() });
            }
            Err(cause) => return Err(error(cause)),
        };
        Ok(Self { shown: root, root: real, directories: HashMap::new() })
    }

    /// The output directory, with every symbolic link followed.
    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// The path as a user knows it.
    pub(super) fn shown(&self, path: &RelativePath) -> PathBuf {
        self.shown.join(path.as_str())
    }

    /// Whether a wanted file lies below this path.
    pub(super) fn is_directory_of_another(&self, path: &RelativePath) -> bool {
        self.directories.contains_key(path)
    }

    /// The file that a path means.
    pub(super) fn locate(&mut self, path: &RelativePath) -> Result<Place, SyncError> {
        let candidate = self.candidate(path)?;
        self.follow_file(candidate, path)
    }

    /// Where a path leads if its last part is no link: its directories are followed already.
    pub(super) fn candidate(&mut self, path: &RelativePath) -> Result<PathBuf, SyncError> {
        Ok(self.directory(path.parent().as_ref())?.join(path.file_name()))
    }

    /// The file that the candidate for a path is or leads to.
    pub(super) fn follow_file(&self, candidate: PathBuf, path: &RelativePath) -> Result<Place, SyncError> {
        let (target, metadata) = self.follow(candidate, path)?;
        match &metadata {
            Some(found) if found.is_dir() => Err(SyncError::Directory { path: self.shown(path) }),
            Some(found) if !found.is_file() => Err(SyncError::NotRegular { path: self.shown(path) }),
            _ => Ok(Place { target, metadata }),
        }
    }

    fn directory(&mut self, path: Option<&RelativePath>) -> Result<PathBuf, SyncError> {
        let Some(path) = path else { return Ok(self.root.clone()) };
        if let Some(known) = self.directories.get(path) {
            return Ok(known.clone());
        }
        let candidate = self.directory(path.parent().as_ref())?.join(path.file_name());
        let (target, metadata) = self.follow(candidate, path)?;
        if metadata.is_some_and(|found| !found.is_dir()) {
            return Err(SyncError::NotADirectory { path: self.shown(path) });
        }
        self.directories.insert(path.clone(), target.clone());
        Ok(target)
    }

    /// What a path is, and what it leads to if it is a symbolic link.
    fn follow(
        &self,
        candidate: PathBuf,
        path: &RelativePath,
    ) -> Result<(PathBuf, Option<Metadata>), SyncError> {
        let error = |cause| SyncError::Read { path: self.shown(path), cause };
        let metadata = match fs::symlink_metadata(&candidate) {
            Ok(metadata) => metadata,
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok((candidate, None)),
            Err(cause) => return Err(error(cause)),
        };
        if !metadata.is_symlink() {
            return Ok((candidate, Some(metadata)));
        }
        let target = match fs::canonicalize(&candidate) {
            Ok(target) => target,
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => {
                return Err(SyncError::Dangling { path: self.shown(path) });
            }
            Err(cause) => return Err(error(cause)),
        };
        if !target.starts_with(&self.root) {
            return Err(SyncError::LeadsOut { path: self.shown(path), target });
        }
        let metadata = fs::metadata(&target).map_err(error)?;
        Ok((target, Some(metadata)))
    }
}
