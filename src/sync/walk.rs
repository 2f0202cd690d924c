//! Finding and reading the files that a bulk change may concern.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use ignore::{WalkBuilder, WalkState};

use super::SyncError;
use crate::file_path;
use crate::parallel;

/// A file larger than this is not read: no Dockerfile is a hundredth of it.
const LIMIT: u64 = 16 << 20;

/// A file that was found and read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextFile {
    /// Where it is, with every link followed.
    pub path: PathBuf,
    /// What it holds.
    pub text: String,
}

/// The files at and below `paths` whose names are wanted, by path, each of them once.
///
/// What `.gitignore` and `.ignore` files name is passed over below a directory, and so are hidden
/// directories; a file that is given by name is read whatever it is called. Links to files are
/// followed, links to directories are not.
pub fn read_all(
    paths: &[PathBuf],
    is_wanted: impl Fn(&str) -> bool + Sync,
) -> Result<Vec<TextFile>, Vec<SyncError>> {
    let mut found = Vec::new();
    let mut errors = Vec::new();
    for path in paths {
        match real(path) {
            Ok(real) if real.is_dir() => match walk(&real, &is_wanted) {
                Ok(below) => found.extend(below),
                Err(more) => errors.extend(more),
            },
            Ok(real) => found.push(real),
            Err(error) => errors.push(error),
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    found.sort();
    found.dedup();
    read_in_parallel(found)
}

/// A path with every link followed.
pub fn real(path: &Path) -> Result<PathBuf, SyncError> {
    file_path::real(path).map_err(|cause| {
        if cause.kind() == io::ErrorKind::NotFound && path.is_symlink() {
            return SyncError::Dangling { path: path.to_owned() };
        }
        SyncError::Read { path: path.to_owned(), cause }
    })
}

fn walk(root: &Path, is_wanted: &(impl Fn(&str) -> bool + Sync)) -> Result<Vec<PathBuf>, Vec<SyncError>> {
    let (send, receive) = std::sync::mpsc::channel();
    WalkBuilder::new(root).hidden(true).require_git(false).build_parallel().run(|| {
        let send = send.clone();
        Box::new(move |entry| {
            // Nobody stops listening before the walk is over.
            let _ = match entry {
                Ok(entry) => match wanted(&entry, is_wanted) {
                    Some(found) => send.send(found),
                    None => Ok(()),
                },
                Err(error) => {
                    send.send(Err(SyncError::Walk { path: root.to_owned(), cause: error.to_string() }))
                }
            };
            WalkState::Continue
        })
    });
    drop(send);
    let (found, errors): (Vec<_>, Vec<_>) = receive.into_iter().partition(Result::is_ok);
    if errors.is_empty() {
        Ok(found.into_iter().filter_map(Result::ok).collect())
    } else {
        Err(errors.into_iter().filter_map(Result::err).collect())
    }
}

/// The file that an entry of the walk stands for, if its name is wanted.
fn wanted(entry: &ignore::DirEntry, is_wanted: &impl Fn(&str) -> bool) -> Option<Result<PathBuf, SyncError>> {
    let name = entry.file_name().to_str()?;
    let kind = entry.file_type()?;
    if kind.is_dir() || !is_wanted(name) {
        return None;
    }
    if kind.is_symlink() {
        return Some(real(entry.path())).filter(|real| !real.as_ref().is_ok_and(|path| path.is_dir()));
    }
    kind.is_file().then(|| Ok(entry.path().to_owned()))
}

fn read_in_parallel(paths: Vec<PathBuf>) -> Result<Vec<TextFile>, Vec<SyncError>> {
    let results = parallel::map(paths, |path| read(&path));
    let (files, errors): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
    if errors.is_empty() {
        Ok(files.into_iter().filter_map(Result::ok).collect())
    } else {
        Err(errors.into_iter().filter_map(Result::err).collect())
    }
}

fn read(path: &Path) -> Result<TextFile, SyncError> {
    let error = |cause| SyncError::Read { path: path.to_owned(), cause };
    let metadata = fs::metadata(path).map_err(error)?;
    if !metadata.is_file() {
        return Err(SyncError::NotRegular { path: path.to_owned() });
    }
    if metadata.len() > LIMIT {
        return Err(SyncError::TooLarge { path: path.to_owned(), size: metadata.len(), limit: LIMIT });
    }
    let content = fs::read(path).map_err(error)?;
    if content.contains(&0) {
        return Err(SyncError::Binary { path: path.to_owned() });
    }
    let text = String::from_utf8(content).map_err(|error| {
        let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
        SyncError::NotUtf8 {
            path: path.to_owned(),
            line: before.split(|byte| *byte == b'\n').count(),
            column: String::from_utf8_lossy(&before[line_start..]).chars().count() + 1,
        }
    })?;
    Ok(TextFile { path: path.to_owned(), text })
}
