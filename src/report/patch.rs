//! The diff of a file, or one line where a diff would tell its reader nothing.

use super::visible;
use crate::outputs;
use crate::sync::diff::{DiffStyles, styled, unified};
use crate::sync::{PlannedFile, State};

/// The difference of the file at `path`. A line that stands for it begins with `#`, which `git apply` passes over.
pub fn patch(file: &PlannedFile, path: &str, styles: Option<&DiffStyles>) -> String {
    match (instead(file), styles) {
        (Some(line), _) => format!("# {}: {line}\n", visible(path)),
        (None, Some(styles)) => styled(file, path, styles),
        (None, None) => unified(file, path),
    }
}

fn instead(file: &PlannedFile) -> Option<String> {
    let is_helper = is_helper(file);
    Some(match file.state {
        State::LineEnds => line_endings(file.old.as_deref().unwrap_or_default()),
        State::Missing if is_helper => {
            let lines = file.new.as_deref().unwrap_or_default().lines().count();
            format!("a new build helper of {lines} lines")
        }
        State::Stale if is_helper => "a build helper of another version of dockwright".to_owned(),
        State::Orphaned if is_helper => "a build helper that no service uses any more".to_owned(),
        _ => return None,
    })
}

/// Whether a file is one of those that Dockerfiles share: the same in every fleet.
pub(super) fn is_helper(file: &PlannedFile) -> bool {
    let directory = file.path.as_str().split_once('/').map(|(directory, _)| directory);
    file.unit.is_none() && directory == Some(outputs::SHARED)
}

fn line_endings(old: &[u8]) -> String {
    let lines: Vec<_> = old.split(|byte| *byte == b'\n').collect();
    let crlf = lines.iter().filter(|line| line.ends_with(b"\r")).count();
    format!("only line endings differ: {crlf} of {} lines end in CRLF, all should end in LF", lines.len() - 1)
}
