//! Reading the tree: the paths of generated files, and other files with our header.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use ignore::{DirEntry, WalkBuilder};

use super::directory::LIMIT;
use super::header::BODY;
use super::ignores::Refused;
use super::output::{Output, split};
use super::{Options, SyncError, WantedFile};
use crate::outputs;
use crate::parallel;
use crate::path::{RelativePath, is_dockerfile};
use crate::reserved::{folded, reserved_part};

/// How much of an unknown file is read to see whether it may be ours.
const HEAD: u64 = 1024;

/// What was found on disk.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Found {
    /// What each wanted path holds, if it is there, and other files that may be ours.
    pub files: BTreeMap<RelativePath, Vec<u8>>,
    /// Dockerfiles, bake and Compose files of somebody else, at other paths.
    pub strays: Vec<RelativePath>,
}

/// Reads the files at the generated paths, and for a full run all other files with our header.
///
/// Every path that cannot be written to is reported, and then nothing may be written at all.
pub fn read(output: &Output, wanted: &[WantedFile], options: Options) -> Result<Found, Vec<SyncError>> {
    let mut errors = refused_paths(output, wanted);
    // What lies behind a link is not walked through.
    if let Err(error) = output.root(false) {
        errors.push(error);
        return Err(errors);
    }
    // The two meet different files, so one need not wait for the other.
    let (found, candidates) =
        parallel::both(|| read_all(output, wanted), || options.full.then(|| discover(output.real(), wanted)));
    let mut found = match found {
        Ok(found) if errors.is_empty() => found,
        Ok(_) => return Err(errors),
        Err(more) => {
            errors.extend(more);
            return Err(errors);
        }
    };
    if let Some(candidates) = candidates {
        candidates.sort_out(output.real(), wanted, &mut found);
    }
    Ok(found)
}

/// What is wrong with the wanted paths, whatever is at them.
fn refused_paths(output: &Output, wanted: &[WantedFile]) -> Vec<SyncError> {
    let mut errors = Vec::new();
    let mut files = HashMap::with_capacity(wanted.len());
    let mut directories = HashSet::with_capacity(wanted.len());
    for WantedFile { path, .. } in wanted {
        let folded = folded(path.as_str());
        if let Some(part) = reserved_part(path.as_str()) {
            errors.push(SyncError::Reserved { path: output.shown(path.as_str()), part: part.to_owned() });
        } else if output.is_taken(&folded) {
            errors.push(SyncError::Taken { path: output.shown(path.as_str()) });
        }
        let mut parent = split(&folded).0;
        while !parent.is_empty() && !directories.contains(parent) {
            directories.insert(parent.to_owned());
            parent = split(parent).0;
        }
        if let Some(other) = files.insert(folded, path) {
            errors.push(SyncError::SameFile { path: path.clone(), other: other.clone() });
        }
    }
    let both = files.iter().filter(|(folded, _)| directories.contains(&***folded)).map(|(_, path)| *path);
    let mut both: Vec<_> = both.collect();
    both.sort_unstable();
    errors.extend(both.into_iter().map(|path| SyncError::FileAndDirectory { path: path.clone() }));
    errors
}

/// Reads what is at the wanted paths, a directory at a time.
fn read_all(output: &Output, wanted: &[WantedFile]) -> Result<Found, Vec<SyncError>> {
    let parent = |file: &WantedFile| split(file.path.as_str()).0.len();
    let same = |a: &WantedFile, b: &WantedFile| {
        parent(a) == parent(b) && a.path.as_str()[..parent(a)] == b.path.as_str()[..parent(a)]
    };
    let mut found = Found::default();
    let mut errors = Vec::new();
    for group in parallel::map(wanted.chunk_by(same).collect(), |group| read_directory(output, group)) {
        match group {
            Ok(files) => found.files.extend(files),
            Err(more) => errors.extend(more),
        }
    }
    // A link on the way is on the way to many.
    errors.dedup_by_key(|error| error.to_string());
    if errors.is_empty() { Ok(found) } else { Err(errors) }
}

/// Reads what is at wanted paths in one directory.
fn read_directory(
    output: &Output,
    wanted: &[WantedFile],
) -> Result<Vec<(RelativePath, Vec<u8>)>, Vec<SyncError>> {
    let parent = wanted.first().map_or("", |file| split(file.path.as_str()).0);
    let directory = match output.directory(parent, false) {
        Ok(Some(directory)) => directory,
        Ok(None) => return Ok(Vec::new()),
        Err(error) => return Err(vec![error]),
    };
    let mut found = Vec::with_capacity(wanted.len());
    let mut errors = Vec::new();
    for file in wanted {
        match output.look(&directory, file.path.as_str()) {
            Ok(Some(held)) => found.push((file.path.clone(), held.content)),
            Ok(None) => {}
            Err(error) => errors.push(error),
        }
    }
    if errors.is_empty() { Ok(found) } else { Err(errors) }
}

/// Files that may be ours, going by their names.
#[derive(Default)]
struct Candidates {
    files: Vec<PathBuf>,
    /// Directories with a description of their own.
    other_fleets: Vec<PathBuf>,
}

impl Candidates {
    /// Adds those that are ours and not wanted to what was found.
    fn sort_out(self, root: &Path, wanted: &[WantedFile], found: &mut Found) {
        if self.files.is_empty() {
            return;
        }
        // A name in other letters may be a wanted one here.
        let wanted: HashSet<_> = wanted.iter().map(|file| folded(file.path.as_str())).collect();
        let others = self.other_fleets;
        for file in self.files {
            let Some(path) = relative(&file, root) else { continue };
            let is_of_another = others.iter().any(|other| file.starts_with(other));
            if is_of_another
                || wanted.contains(&folded(path.as_str()))
                || reserved_part(path.as_str()).is_some()
            {
                continue;
            }
            match read_if_ours(&file) {
                Some(content) => drop(found.files.insert(path, content)),
                None if is_built_from(path.file_name()) => found.strays.push(path),
                None => {}
            }
        }
        found.strays.sort_unstable();
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
    let refused = Refused::above(root);
    if !refused.is_empty() {
        return candidates;
    }
    let walk = WalkBuilder::new(root)
        .standard_filters(false)
        .parents(true)
        .git_ignore(true)
        .require_git(false)
        .filter_entry(move |entry| {
            (entry.depth() == 0 || !is_hidden_directory(entry)) && refused.may_pass(entry)
        })
        .build();
    for entry in walk.flatten() {
        if entry.file_name() == "services.toml" && entry.depth() > 1 {
            candidates.other_fleets.extend(entry.path().parent().map(Path::to_owned));
            continue;
        }
        if !entry.file_type().is_some_and(|kind| kind.is_file()) {
            continue;
        }
        if has_name_of_ours(entry.path()) {
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
    is_built_from(name)
        || name.ends_with(".dockerignore")
        || path.ancestors().skip(1).take(2).filter_map(Path::file_name).any(|above| above == outputs::SHARED)
}

/// Whether an engine builds or runs what a file of this name says.
fn is_built_from(name: &str) -> bool {
    is_dockerfile(name) && !name.ends_with(".dockerignore")
        || [outputs::BAKE, outputs::COMPOSE].contains(&name)
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
