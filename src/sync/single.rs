//! Writing one file that is not generated: services.lock, services.toml.

use std::path::Path;

use super::output::Output;
use super::{Action, Plan, PlannedFile, State, SyncError, apply};
use crate::path::RelativePath;

/// Puts `new` where `old` was read, whole or not at all; `false` if it is there already.
///
/// A file that is no longer what was read is left alone and reported, and so is a link.
pub fn replace(path: &Path, old: Option<&[u8]>, new: &str) -> Result<bool, Vec<SyncError>> {
    let name: Result<RelativePath, _> =
        path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default().parse();
    let name = name.map_err(|error| {
        let cause = std::io::Error::new(std::io::ErrorKind::InvalidFilename, error);
        vec![SyncError::Write { path: path.to_owned(), cause }]
    })?;
    if path.is_symlink() {
        return Err(vec![SyncError::Link { path: path.to_owned() }]);
    }
    let mut plan = Plan::default();
    plan.files.push(PlannedFile {
        is_crlf: false,
        path: name,
        unit: None,
        entry: String::new(),
        state: if old.is_some() { State::Stale } else { State::Missing },
        action: if old.is_some() { Action::Replace } else { Action::Create },
        old: old.map(<[u8]>::to_vec),
        new: Some(new.to_owned()),
    });
    let root = path.parent().filter(|parent| *parent != Path::new("")).unwrap_or(Path::new("."));
    let output = Output::named(root).map_err(|error| vec![error])?;
    let applied = apply(&output, &plan);
    if applied.errors.is_empty() { Ok(!applied.changed.is_empty()) } else { Err(applied.errors) }
}
