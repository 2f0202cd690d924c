//! Where descriptions lie: above and below.

use std::path::{Path, PathBuf};

use ignore::WalkBuilder;

use crate::file_path;
use crate::sync::SyncError;
use crate::sync::ignores::Refused;
use crate::sync::walk::stopped;

/// The description in the nearest directory above, as a path from here.
pub(super) fn above(path: &Path) -> Option<PathBuf> {
    const HIGHEST: usize = 8;
    let is_plain = path.parent().is_some_and(|parent| parent.as_os_str().is_empty());
    let up = (1..=HIGHEST).map(|steps| PathBuf::from("../".repeat(steps)).join(path));
    if is_plain { up.into_iter().find(|path| path.is_file()) } else { None }
}

/// Those of the directories below, not far away; what cannot be looked into is passed over.
pub(super) fn nested(path: &Path) -> Vec<PathBuf> {
    const DEEPEST: usize = 4;
    below(path, Some(DEEPEST)).0
}

/// The description of a path, if it is there, and all below its directory.
///
/// # Errors
/// Directories that cannot be looked into, and files that say what git ignores and cannot be read.
pub(super) fn all(path: &Path) -> Result<Vec<PathBuf>, Vec<SyncError>> {
    if !file_path::directory(path).is_dir() {
        return Ok(Vec::new());
    }
    let (mut found, errors) = below(path, None);
    if !errors.is_empty() {
        return Err(errors);
    }
    if path.is_file() {
        found.insert(0, path.to_owned());
    }
    Ok(found)
}

/// The files of the same name in directories below, and what could not be looked at. What git ignores, hidden directories
/// and links are passed over.
fn below(path: &Path, deepest: Option<usize>) -> (Vec<PathBuf>, Vec<SyncError>) {
    let Some(name) = path.file_name() else { return Default::default() };
    let directory = file_path::directory(path);
    let refused = Refused::above(directory);
    if !refused.is_empty() {
        return (Vec::new(), refused.errors());
    }
    let mut walk = WalkBuilder::new(directory);
    let passes = refused.clone();
    walk.require_git(false).max_depth(deepest).filter_entry(move |entry| passes.may_pass(entry));
    let (mut found, mut errors) = (Vec::new(), Vec::new());
    for entry in walk.build() {
        match entry {
            Ok(entry) => {
                let is_file = entry.file_type().is_some_and(|kind| kind.is_file());
                if is_file && entry.depth() > 1 && entry.file_name() == name {
                    found.push(entry.path().strip_prefix(".").unwrap_or(entry.path()).to_owned());
                }
            }
            Err(error) => errors.push(stopped(directory, &error)),
        }
    }
    errors.extend(refused.errors());
    found.sort_unstable();
    errors.sort_by_cached_key(ToString::to_string);
    (found, errors)
}
