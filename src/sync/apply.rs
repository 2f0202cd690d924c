//! Carrying out a plan: each file whole or not at all.

use std::collections::BTreeSet;
use std::fs::{self, File, Metadata};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::locate::{Locator, Place};
use super::read::read_place;
use super::temporary;
use super::{Action, Plan, PlannedFile, SyncError};

/// What came of a plan.
#[derive(Debug)]
pub struct Applied<'a> {
    /// The files that were written or removed, in the plan's order.
    pub changed: Vec<&'a PlannedFile>,
    /// What went wrong. The files concerned are as they were.
    pub errors: Vec<SyncError>,
}

/// Writes and removes what the plan says, below `root`.
///
/// A file that is no longer what was read is left alone and reported. A failure stops nothing but
/// its own file, unless no other write can do better (a full or read-only disk). Directories that
/// lose their last file go as well, up to the output directory.
pub fn apply<'a>(root: &Path, plan: &'a Plan) -> Applied<'a> {
    let mut applied = Applied { changed: Vec::new(), errors: Vec::new() };
    let mut locator = match Locator::new(root) {
        Ok(locator) => locator,
        Err(error) => return Applied { errors: vec![error], ..applied },
    };
    let mut directories = BTreeSet::new();
    for file in plan.changes() {
        match change(&mut locator, file) {
            Ok(Some(directory)) => {
                applied.changed.push(file);
                directories.insert(directory);
            }
            Ok(None) => {}
            Err(error) => {
                let hopeless = error.is_hopeless();
                applied.errors.push(error);
                if hopeless {
                    break;
                }
            }
        }
    }
    for directory in directories {
        sync_directory(&directory);
    }
    for path in &plan.leftovers {
        temporary::remove_if_abandoned(path);
    }
    applied
}

/// Carries out one change; the directory it happened in, or `None` if it was there already.
fn change(locator: &mut Locator<'_>, file: &PlannedFile) -> Result<Option<PathBuf>, SyncError> {
    let place = locator.locate(&file.path)?;
    let shown = || locator.shown(&file.path);
    let now = read_place(&place, shown)?;
    // Another run may have done the same already.
    if now.as_deref() == file.new.as_ref().map(String::as_bytes) {
        return Ok(None);
    }
    if now != file.old {
        return Err(SyncError::Changed { path: shown() });
    }
    let directory = place.target.parent().unwrap_or(locator.root()).to_owned();
    if file.action == Action::Remove {
        remove(&place.target, locator.root()).map_err(|cause| SyncError::Remove { path: shown(), cause })?;
    } else {
        let text = file.new.as_deref().unwrap_or_default().as_bytes();
        replace(&place, &directory, text, true).map_err(|cause| SyncError::Write { path: shown(), cause })?;
    }
    Ok(Some(directory))
}

/// Puts `content` where `place` is: temporary file beside it, sync (unless it is done for many files
/// at once), rename.
///
/// The crate `tempfile` on its own would create the file for its owner only and lose the old one's
/// mode, so both are set here. Links are followed already: a rename would replace them.
pub(super) fn replace(place: &Place, directory: &Path, content: &[u8], sync: bool) -> io::Result<()> {
    if place.metadata.is_none() {
        fs::create_dir_all(directory)?;
    }
    let mut temporary = temporary::beside(directory)?;
    let file = temporary.as_file_mut();
    file.write_all(content)?;
    if let Some(old) = &place.metadata {
        keep_owner(file, old);
        file.set_permissions(old.permissions())?;
    }
    if sync {
        file.sync_all()?;
    }
    temporary.persist(&place.target).map_err(|error| error.error)?;
    Ok(())
}

/// Gives the new file the old one's owner where we may; elsewhere it is ours.
#[cfg(unix)]
fn keep_owner(file: &File, old: &Metadata) {
    use std::os::unix::fs::{MetadataExt, fchown};
    let same = file.metadata().is_ok_and(|new| (new.uid(), new.gid()) == (old.uid(), old.gid()));
    if !same {
        let _ = fchown(file, Some(old.uid()), Some(old.gid()));
    }
}

#[cfg(not(unix))]
fn keep_owner(_: &File, _: &Metadata) {}

fn remove(target: &Path, root: &Path) -> io::Result<()> {
    fs::remove_file(target)?;
    let emptied = target.ancestors().skip(1).take_while(|directory| *directory != root);
    for directory in emptied {
        // It fails for the first directory that still holds something.
        if fs::remove_dir(directory).is_err() {
            break;
        }
    }
    Ok(())
}

/// Makes renames durable. A file system that cannot do it keeps the old or the new file whole.
pub(super) fn sync_directory(directory: &Path) {
    if cfg!(unix) {
        let _ = File::open(directory).and_then(|directory| directory.sync_all());
    }
}
