//! Finding and reading the files that a bulk change may concern.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use ignore::{WalkBuilder, WalkState};

use super::SyncError;
use super::ignores::Refused;
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

/// The files of a tree.
#[derive(Debug)]
pub struct Found {
    /// Those that were read, by path.
    pub files: Vec<TextFile>,
    /// Those that hold no text, or cannot be read and are not needed.
    pub unread: Vec<PathBuf>,
    /// Links that lead out of the paths: what lies there is not shown to whoever reads the output.
    pub outside: Vec<PathBuf>,
    /// What is wrong with others whose names are needed, and with directories that cannot be looked into.
    pub failed: Vec<SyncError>,
}

/// The files at and below `paths` whose names are wanted, by path, each of them once.
///
/// What `.gitignore` and `.ignore` files name is passed over below a directory, and so are hidden
/// directories; a file that is given by name is read whatever it is called. Links to files below the
/// paths are followed, links to directories and to other files are not.
///
/// What is found below a directory and holds no text is passed over, and so is what cannot be read for another reason
/// if its name is not needed.
///
/// # Errors
/// What is wrong with the paths themselves, and with files that say what is passed over.
pub fn read_all(
    paths: &[PathBuf],
    is_wanted: impl Fn(&str) -> bool + Sync,
    is_needed: impl Fn(&str) -> bool,
) -> Result<Found, Vec<SyncError>> {
    let mut found = Vec::new();
    let mut given = Vec::new();
    let (mut errors, mut failed) = (Vec::new(), Vec::new());
    let mut roots = Vec::new();
    for path in paths {
        match real(path) {
            Ok(real) if real.is_dir() => match walk(&real, &is_wanted) {
                Ok((below, more)) => {
                    found.extend(below);
                    failed.extend(more);
                    roots.push(real);
                }
                Err(more) => errors.extend(more),
            },
            Ok(real) => given.push(real),
            Err(error) => errors.push(error),
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    let is_inside =
        |path: &Path| roots.iter().any(|root| path.starts_with(root)) || given.iter().any(|one| one == path);
    let (found, outside): (Vec<_>, Vec<_>) = found.into_iter().partition(|(_, path)| is_inside(path));
    let outside = outside.into_iter().map(|(link, _)| link).collect();
    let mut found: Vec<PathBuf> = found.into_iter().map(|(_, path)| path).collect();
    found.extend(given.iter().cloned());
    found.sort_unstable();
    found.dedup();
    let (mut files, mut unread) = (Vec::new(), Vec::new());
    for (path, result) in found.iter().zip(parallel::map(found.iter().collect(), |path| read(path))) {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        match result {
            Ok(file) => files.push(file),
            Err(error) if given.contains(path) => errors.push(error),
            // `dockerfile.zip` only begins like one.
            Err(SyncError::Binary { path }) if name.contains('.') => unread.push(path),
            Err(_) if !is_needed(&name) => unread.push(path.clone()),
            Err(error) => failed.push(error),
        }
    }
    failed.sort_by_cached_key(ToString::to_string);
    failed.dedup_by_key(|error| error.to_string());
    if errors.is_empty() { Ok(Found { files, unread, outside, failed }) } else { Err(errors) }
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

/// The wanted files below a directory, where each is found and where it lies with every link followed; and what could
/// not be looked at.
type Walked = (Vec<(PathBuf, PathBuf)>, Vec<SyncError>);

fn walk(root: &Path, is_wanted: &(impl Fn(&str) -> bool + Sync)) -> Result<Walked, Vec<SyncError>> {
    let (send, receive) = std::sync::mpsc::channel();
    let refused = Refused::above(root);
    if !refused.is_empty() {
        return Err(refused.errors());
    }
    let mut builder = WalkBuilder::new(root);
    let passes = refused.clone();
    builder.hidden(false).require_git(false);
    builder.filter_entry(move |entry| is_looked_at(entry) && passes.may_pass(entry));
    builder.build_parallel().run(|| {
        let send = send.clone();
        Box::new(move |entry| {
            // Nobody stops listening before the walk is over.
            let _ = match entry {
                Ok(entry) => match wanted(&entry, is_wanted) {
                    Some(found) => send.send(found),
                    None => Ok(()),
                },
                Err(error) => send.send(Err(stopped(root, &error))),
            };
            WalkState::Continue
        })
    });
    drop(send);
    let (found, errors): (Vec<_>, Vec<_>) = receive.into_iter().partition(Result::is_ok);
    let mut refused = refused.errors();
    if !refused.is_empty() {
        refused.sort_by_cached_key(ToString::to_string);
        return Err(refused);
    }
    let (found, errors) = (found.into_iter(), errors.into_iter());
    Ok((found.filter_map(Result::ok).collect(), errors.filter_map(Result::err).collect()))
}

/// Hidden files and directories that name images or versions: of CI, of development containers, of Compose, of tools.
const HIDDEN: [&str; 14] = [
    ".circleci",
    ".devcontainer",
    ".devcontainer.json",
    ".drone.yml",
    ".env",
    ".github",
    ".gitlab",
    ".gitlab-ci.yml",
    ".node-version",
    ".nvmrc",
    ".python-version",
    ".tool-versions",
    ".woodpecker",
    ".woodpecker.yml",
];

fn is_looked_at(entry: &ignore::DirEntry) -> bool {
    let name = entry.file_name().to_string_lossy();
    entry.depth() == 0 || !name.starts_with('.') || name.starts_with(".env.") || HIDDEN.contains(&&*name)
}

/// The file that an entry of the walk stands for, if its name is wanted.
fn wanted(
    entry: &ignore::DirEntry,
    is_wanted: &impl Fn(&str) -> bool,
) -> Option<Result<(PathBuf, PathBuf), SyncError>> {
    let name = entry.file_name().to_str()?;
    let kind = entry.file_type()?;
    if kind.is_dir() || !is_wanted(name) {
        return None;
    }
    let path = entry.path().to_owned();
    if kind.is_symlink() {
        let real = real(entry.path());
        return Some(real.map(|real| (path, real)))
            .filter(|found| !found.as_ref().is_ok_and(|(_, real)| real.is_dir()));
    }
    kind.is_file().then(|| Ok((path.clone(), path)))
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
    // Somebody may put a pipe there meanwhile.
    let content = crate::file::read(path, LIMIT).map_err(error)?;
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

/// Why a walk below `root` could not look at something, with its place.
pub fn stopped(root: &Path, error: &ignore::Error) -> SyncError {
    let path = place(error).unwrap_or(root).to_owned();
    // What the system said is there as a kind only, behind the words of the crate.
    match error.io_error().map(io::Error::kind) {
        Some(kind @ (io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied)) => {
            SyncError::Read { path, cause: kind.into() }
        }
        _ => SyncError::Walk { path, cause: error.to_string() },
    }
}

fn place(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => place(err),
        _ => None,
    }
}
