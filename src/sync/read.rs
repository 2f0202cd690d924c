//! Looking at the tree: the wanted paths, and other files of ours.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use ignore::{DirEntry, WalkBuilder};

use super::header::BODY;
use super::locate::{Locator, Place};
use super::{Options, SyncError, WantedFile, temporary};
use crate::parallel;
use crate::path::{RelativePath, is_dockerfile};

/// A file larger than this is not read: the Compose file of the largest fleet is half of it.
const LIMIT: u64 = 256 << 20;

/// How much of an unknown file is read to see whether it may be ours.
const HEAD: u64 = 1024;

/// What was found on disk.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Found {
    /// What each wanted path holds, if it is there, and other files that may be ours.
    pub files: BTreeMap<RelativePath, Vec<u8>>,
    /// Temporary files of other runs.
    pub(super) leftovers: Vec<PathBuf>,
}

/// Reads what is at the wanted paths, and for a full run whatever else may be ours.
///
/// Every path that cannot be written to is reported, and then nothing may be written at all.
pub fn read(root: &Path, wanted: &[WantedFile], options: Options) -> Result<Found, Vec<SyncError>> {
    let mut locator = Locator::new(root).map_err(|error| vec![error])?;
    let real = locator.root().to_owned();
    // The two meet different files, so one need not wait for the other.
    let (found, candidates) =
        parallel::both(|| read_all(&mut locator, wanted), || options.full.then(|| discover(&real, wanted)));
    let (mut found, targets) = found?;
    if let Some(candidates) = candidates {
        candidates.sort_out(&real, &targets, &mut found);
    }
    Ok(found)
}

type Targets<'w> = HashMap<OsString, &'w RelativePath>;

/// Reads what is at the wanted paths.
fn read_all<'w>(
    locator: &mut Locator<'_>,
    wanted: &'w [WantedFile],
) -> Result<(Found, Targets<'w>), Vec<SyncError>> {
    // Directories are shared, so they are followed one after the other, and files by all processors.
    let candidates = wanted.iter().map(|file| (&file.path, locator.candidate(&file.path))).collect();
    let locator = &*locator;
    let places = parallel::map(candidates, |(path, candidate)| {
        (path, candidate.and_then(|candidate| read_wanted(locator, path, candidate)))
    });

    let mut found = Found::default();
    let mut errors = Vec::new();
    let mut targets = HashMap::with_capacity(wanted.len());
    for (path, place) in places {
        match place.and_then(|(target, content)| match targets.insert(target.into_os_string(), path) {
            Some(other) => Err(SyncError::SameFile { path: path.clone(), other: other.clone() }),
            None => Ok(content),
        }) {
            Ok(Some(content)) => drop(found.files.insert(path.clone(), content)),
            Ok(None) => {}
            Err(error) => errors.push(error),
        }
    }
    errors.extend(
        wanted
            .iter()
            .filter(|file| locator.is_directory_of_another(&file.path))
            .map(|file| SyncError::FileAndDirectory { path: file.path.clone() }),
    );
    if errors.is_empty() { Ok((found, targets)) } else { Err(errors) }
}

/// The file that a wanted path means, and what it holds; `None` if nothing is there.
fn read_wanted(
    locator: &Locator<'_>,
    path: &RelativePath,
    candidate: PathBuf,
) -> Result<(PathBuf, Option<Vec<u8>>), SyncError> {
    if let Some(content) = read_plain(&candidate) {
        return Ok((candidate, Some(content)));
    }
    let place = locator.follow_file(candidate, path)?;
    let content = read_place(&place, || locator.shown(path))?;
    Ok((place.target, content))
}

/// What is in a file that is neither a link nor too large. Most are, and asking for no more than that
/// is half the work; `None` says nothing but that a closer look is needed.
#[cfg(unix)]
fn read_plain(path: &Path) -> Option<Vec<u8>> {
    use rustix::fs::OFlags;
    use std::os::unix::fs::OpenOptionsExt;

    // NONBLOCK: a pipe of this name would be waited for.
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
    let file = File::options().read(true).custom_flags(flags).open(path).ok()?;
    let metadata = file.metadata().ok()?;
    if !metadata.is_file() || metadata.len() > LIMIT {
        return None;
    }
    let mut content = Vec::with_capacity(usize::try_from(metadata.len()).ok()? + 1);
    file.take(LIMIT).read_to_end(&mut content).ok()?;
    Some(content)
}

#[cfg(not(unix))]
fn read_plain(_: &Path) -> Option<Vec<u8>> {
    None
}

/// What is at a place; `None` if nothing is.
pub(super) fn read_place(place: &Place, shown: impl Fn() -> PathBuf) -> Result<Option<Vec<u8>>, SyncError> {
    let Some(metadata) = &place.metadata else { return Ok(None) };
    if metadata.len() > LIMIT {
        return Err(SyncError::TooLarge { path: shown(), size: metadata.len(), limit: LIMIT });
    }
    fs::read(&place.target).map(Some).map_err(|cause| SyncError::Read { path: shown(), cause })
}

/// Files that may be ours, going by their names.
#[derive(Default)]
struct Candidates {
    files: Vec<PathBuf>,
    leftovers: Vec<PathBuf>,
    /// Directories with a description of their own.
    other_fleets: Vec<PathBuf>,
}

impl Candidates {
    /// Adds those that are ours and not wanted to what was found.
    fn sort_out(self, root: &Path, wanted: &Targets<'_>, found: &mut Found) {
        let others = self.other_fleets;
        let is_of_this_fleet = |file: &PathBuf| !others.iter().any(|other| file.starts_with(other));
        found.leftovers = self.leftovers.into_iter().filter(is_of_this_fleet).collect();
        let unwanted = self.files.into_iter().filter(|file| !wanted.contains_key(file.as_os_str()));
        for file in unwanted.filter(is_of_this_fleet) {
            let Some(path) = relative(&file, root) else { continue };
            if let Some(content) = read_if_ours(&file) {
                found.files.insert(path, content);
            }
        }
    }
}

/// Walks the tree for files that may be ours.
///
/// Hidden directories, what `.gitignore` files name, and the trees of other fleets are passed over,
/// and so is whatever cannot be read: a file is removed only for what it certainly is.
fn discover(root: &Path, wanted: &[WantedFile]) -> Candidates {
    let mut candidates = Candidates::default();
    if holds_nothing_else(root, wanted) {
        return candidates;
    }
    let walk = WalkBuilder::new(root)
        .standard_filters(false)
        .parents(true)
        .git_ignore(true)
        .require_git(false)
        .filter_entry(|entry| entry.depth() == 0 || !is_hidden_directory(entry))
        .build();
    for entry in walk.flatten() {
        if entry.file_name() == "services.toml" && entry.depth() > 1 {
            candidates.other_fleets.extend(entry.path().parent().map(Path::to_owned));
            continue;
        }
        if !entry.file_type().is_some_and(|kind| kind.is_file()) {
            continue;
        }
        if temporary::is_one(entry.file_name()) {
            candidates.leftovers.push(entry.into_path());
        } else if has_name_of_ours(entry.path()) {
            candidates.files.push(entry.into_path());
        }
    }
    candidates
}

/// Whether wanted files and their directories are all there is, as in most output directories. To see that is
/// half as much work as to ask for every name whether some `.gitignore` has it.
fn holds_nothing_else(root: &Path, wanted: &[WantedFile]) -> bool {
    let mut known = HashSet::with_capacity(wanted.len() * 2);
    for file in wanted {
        let mut path = Some(file.path.as_str());
        while let Some(name) = path.filter(|path| known.insert(*path)) {
            path = name.rsplit_once('/').map(|(parent, _)| parent);
        }
    }
    let mut directories = vec![String::new()];
    while let Some(directory) = directories.pop() {
        let Ok(entries) = fs::read_dir(root.join(&directory)) else { return false };
        for entry in entries {
            let Ok(entry) = entry else { return false };
            let (Ok(name), Ok(kind)) = (entry.file_name().into_string(), entry.file_type()) else {
                return false;
            };
            let path = if directory.is_empty() { name } else { format!("{directory}/{name}") };
            if !known.contains(path.as_str()) {
                return false;
            }
            if kind.is_dir() {
                directories.push(path);
            }
        }
    }
    true
}

fn is_hidden_directory(entry: &DirEntry) -> bool {
    let is_directory = entry.file_type().is_some_and(|kind| kind.is_dir());
    is_directory && entry.file_name().as_encoded_bytes().starts_with(b".")
}

fn relative(path: &Path, root: &Path) -> Option<RelativePath> {
    let parts: Option<Vec<&str>> = path.strip_prefix(root).ok()?.iter().map(|part| part.to_str()).collect();
    parts?.join("/").parse().ok()
}

/// Whether dockwright might have written a file of this name.
fn has_name_of_ours(path: &Path) -> bool {
    let Some(name) = path.file_name().and_then(OsStr::to_str) else { return false };
    is_dockerfile(name)
        || name.ends_with(".dockerignore")
        || matches!(name, "docker-bake.hcl" | "compose.yaml")
        || path.parent().and_then(Path::file_name).is_some_and(|parent| parent == "dockwright")
}

fn read_if_ours(path: &Path) -> Option<Vec<u8>> {
    let mut file = File::open(path).ok()?;
    let mut content = Vec::new();
    file.by_ref().take(HEAD).read_to_end(&mut content).ok()?;
    if !content.windows(BODY.len()).any(|bytes| bytes == BODY.as_bytes()) {
        return None;
    }
    file.take(LIMIT).read_to_end(&mut content).ok()?;
    Some(content)
}
