//! The directory that files are generated into, and the way to each directory below it.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, OnceLock};

use super::SyncError;
use super::directory::{Directory, Entry};
use crate::path::DirectoryPath;
use crate::reserved::{folded, reserved_part};

/// A directory that files are generated into. It is opened once, and everything in it is reached
/// from there without following links.
#[derive(Debug)]
pub struct Output {
    shown: PathBuf,
    real: PathBuf,
    base: Arc<Directory>,
    /// The way from `base`.
    below: Vec<String>,
    root: OnceLock<Arc<Directory>>,
    /// Files in it that are never generated, folded.
    taken: Vec<String>,
}

impl Output {
    /// The directory that a person named, with links as that person has them. It need not be there yet.
    pub fn named(path: &Path) -> Result<Self, SyncError> {
        let read = |cause| SyncError::Read { path: path.to_owned(), cause };
        let mut there = std::path::absolute(path).map_err(read)?;
        let mut below = Vec::new();
        let real = loop {
            match crate::file_path::real(&there) {
                Ok(real) => break real,
                Err(cause) if cause.kind() == io::ErrorKind::NotFound => {
                    if there.is_symlink() {
                        return Err(SyncError::Dangling { path: path.to_owned() });
                    }
                    let Some(Component::Normal(name)) = there.components().next_back() else {
                        return Err(read(cause));
                    };
                    below.push(
                        name.to_str().ok_or_else(|| read(io::ErrorKind::InvalidFilename.into()))?.to_owned(),
                    );
                    there.pop();
                }
                Err(cause) if cause.kind() == io::ErrorKind::NotADirectory => {
                    return Err(SyncError::NotADirectory { path: path.to_owned() });
                }
                Err(cause) => return Err(read(cause)),
            }
        };
        below.reverse();
        Self::open(path.to_owned(), real, below)
    }

    /// A directory below another, as a description names it: no link leads there.
    pub fn below(base: &Path, directory: &DirectoryPath) -> Result<Self, SyncError> {
        if let Some(part) = reserved_part(directory.as_str()) {
            return Err(SyncError::Reserved { path: base.join(directory.as_str()), part: part.to_owned() });
        }
        let base = if base.as_os_str().is_empty() { Path::new(".") } else { base };
        let real =
            crate::file_path::real(base).map_err(|cause| SyncError::Read { path: base.to_owned(), cause })?;
        let below = match directory.as_str() {
            "." => Vec::new(),
            path => path.split('/').map(str::to_owned).collect(),
        };
        let shown = if base == Path::new(".") { Path::new("") } else { base };
        Self::open(shown.join(directory.as_str()), real, below)
    }

    fn open(shown: PathBuf, real: PathBuf, below: Vec<String>) -> Result<Self, SyncError> {
        let base = Directory::open(&real).map_err(|cause| match cause.kind() {
            io::ErrorKind::NotADirectory => SyncError::NotADirectory { path: shown.clone() },
            _ => SyncError::Read { path: shown.clone(), cause },
        })?;
        let real = below.iter().fold(real, |path, name| path.join(name));
        Ok(Self { shown, real, base: Arc::new(base), below, root: OnceLock::new(), taken: Vec::new() })
    }

    /// The same, but these files are never generated, whatever a path says.
    #[must_use]
    pub fn keeping<'p>(mut self, files: impl IntoIterator<Item = &'p Path>) -> Self {
        for file in files {
            let parent = file.parent().filter(|parent| !parent.as_os_str().is_empty());
            let parent = crate::file_path::real(parent.unwrap_or(Path::new(".")));
            let Some((parent, name)) = parent.ok().zip(file.file_name()) else { continue };
            let Ok(below) = parent.join(name).strip_prefix(&self.real).map(Path::to_owned) else { continue };
            let parts: Vec<_> = below.iter().map(|part| part.to_string_lossy()).collect();
            self.taken.push(folded(&parts.join("/")).into_owned());
        }
        self
    }

    /// Whether a path is that of a file which is never generated.
    pub(super) fn is_taken(&self, folded: &str) -> bool {
        self.taken.iter().any(|taken| taken == folded)
    }

    /// Where it is, with every link followed.
    pub fn real(&self) -> &Path {
        &self.real
    }

    /// A path in it, as a user knows it.
    pub(super) fn shown(&self, path: &str) -> PathBuf {
        if path.is_empty() { self.shown.clone() } else { self.shown.join(path) }
    }

    /// The directory itself; `None` if it is not there, and is not to be made.
    pub(super) fn root(&self, make: bool) -> Result<Option<Arc<Directory>>, SyncError> {
        if let Some(root) = self.root.get() {
            return Ok(Some(root.clone()));
        }
        let mut at = self.base.clone();
        for name in &self.below {
            match step(&at, name, make, || self.shown.clone())? {
                Some(next) => at = Arc::new(next),
                None => return Ok(None),
            }
        }
        Ok(Some(self.root.get_or_init(|| at).clone()))
    }

    /// The directory at a path below it; `None` if it is not there, and is not to be made.
    pub(super) fn directory(&self, path: &str, make: bool) -> Result<Option<Arc<Directory>>, SyncError> {
        let Some(mut at) = self.root(make)? else { return Ok(None) };
        let mut end = 0;
        for name in path.split('/').filter(|name| !name.is_empty()) {
            end += name.len();
            match step(&at, name, make, || self.shown(&path[..end]))? {
                Some(next) => at = Arc::new(next),
                None => return Ok(None),
            }
            end += 1;
        }
        Ok(Some(at))
    }

    /// What is in a file of a directory that is at hand; a link is what it says.
    pub(super) fn look(&self, directory: &Directory, path: &str) -> Result<Option<Held>, SyncError> {
        let shown = || self.shown(path);
        let entry =
            directory.read(split(path).1).map_err(|cause| SyncError::Read { path: shown(), cause })?;
        match entry {
            Entry::Missing => Ok(None),
            Entry::File { content, metadata } => Ok(Some(Held { content, metadata: Some(metadata) })),
            Entry::Link(content) => Ok(Some(Held { content, metadata: None })),
            Entry::Directory => Err(SyncError::Directory { path: shown() }),
            Entry::Other => Err(SyncError::NotRegular { path: shown() }),
            Entry::TooLarge(size) => {
                Err(SyncError::TooLarge { path: shown(), size, limit: super::directory::LIMIT })
            }
        }
    }
}

/// What is at a path.
#[derive(Debug)]
pub(super) struct Held {
    /// The bytes of a file, or where a link leads.
    pub(super) content: Vec<u8>,
    /// `None` for a link.
    pub(super) metadata: Option<fs::Metadata>,
}

/// The directory of a path, which is empty for the topmost one, and the name in it.
pub(super) fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

/// Opens the directory of a name, or makes it.
fn step(
    from: &Directory,
    name: &str,
    make: bool,
    shown: impl Fn() -> PathBuf,
) -> Result<Option<Directory>, SyncError> {
    let is_missing = |cause: &io::Error| cause.kind() == io::ErrorKind::NotFound;
    let mut found = from.child(name);
    if make && found.as_ref().is_err_and(is_missing) {
        match from.make(name) {
            Err(cause) if cause.kind() != io::ErrorKind::AlreadyExists => {
                return Err(SyncError::Write { path: shown(), cause });
            }
            _ => found = from.child(name),
        }
    }
    match found {
        Ok(directory) => Ok(Some(directory)),
        Err(cause) if is_missing(&cause) && !make => Ok(None),
        Err(_) if from.is_link(name) => Err(SyncError::Link { path: shown() }),
        Err(cause) if cause.kind() == io::ErrorKind::NotADirectory => {
            Err(SyncError::NotADirectory { path: shown() })
        }
        Err(cause) => Err(SyncError::Read { path: shown(), cause }),
    }
}
