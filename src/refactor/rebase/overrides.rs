//! Build arguments that a bake or Compose file sets: the default that a Dockerfile gives them counts for nothing there.
//!
//! A Dockerfile whose default moves would be built on the old base, with the package names of the new one. So it is left
//! unless what sets the argument moves as well. Arguments are told apart by their names alone, over all files: which file
//! builds which Dockerfile may depend on variables.

use super::handwritten::Outcome;
use super::{Language, SourceFile};
use crate::diagnostic::Diagnostic;
use crate::dockerfile::Edit;

/// Leaves the Dockerfiles whose moved build arguments are set elsewhere, to something that does not move.
pub(super) fn leave(files: &[SourceFile], outcomes: &mut [Outcome]) {
    let mut left = Vec::new();
    for (at, (file, outcome)) in files.iter().zip(outcomes.iter()).enumerate() {
        if file.language != Language::Dockerfile {
            continue;
        }
        for edit in &outcome.edits {
            let place = files.iter().zip(outcomes.iter()).find_map(|(other, planned)| {
                let name = argument(&file.text, edit)?;
                Some((name, other, setting(other, planned, name, &edit.replacement)?))
            });
            if let Some((name, other, line)) = place {
                let message =
                    format!("`{name}` is set at {}:{line} as well, which does not move", other.path);
                let hint = "move both by hand, or let the build argument have its default there";
                left.push((at, Diagnostic::new(edit.span.clone(), message).hint(hint)));
                break;
            }
        }
    }
    for (at, why) in left {
        outcomes[at].unsure.push(why);
    }
}

/// The build argument whose default an edit changes.
fn argument<'t>(text: &'t str, edit: &Edit) -> Option<&'t str> {
    let start = text[..edit.span.start].rfind('\n').map_or(0, |newline| newline + 1);
    let before = &text[start..edit.span.start];
    let declared = before.trim_start();
    let keyword = declared.get(..4).filter(|word| word.eq_ignore_ascii_case("ARG "))?;
    let pair = declared[keyword.len()..].split_whitespace().next_back()?;
    pair.split_once('=').map(|(name, _)| name)
}

/// The line of a bake or Compose file that sets an argument to something else than the new text, and does not move.
fn setting(file: &SourceFile, planned: &Outcome, name: &str, new: &str) -> Option<usize> {
    if file.language == Language::Dockerfile {
        return None;
    }
    let mut start = 0;
    for (number, line) in file.text.split_inclusive('\n').enumerate() {
        let end = start + line.len();
        let moves = planned.unsure.is_empty()
            && planned.edits.iter().any(|edit| start <= edit.span.start && edit.span.start < end);
        if sets(line, name) && !moves && !line.contains(new) {
            return Some(number + 1);
        }
        start = end;
    }
    None
}

/// Whether a line gives a value to a name: `NAME = "…"`, `NAME: …`, `- NAME=…`.
fn sets(line: &str, name: &str) -> bool {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    line.match_indices(name).any(|(at, _)| {
        let (before, after) = (&line[..at], &line[at + name.len()..]);
        let begins = !before.ends_with(is_word) && !before.trim_start().starts_with(['#', '/']);
        let after = after.strip_prefix(['"', '\'']).unwrap_or(after).trim_start();
        begins && after.starts_with([':', '=']) && !after.starts_with("==")
    })
}
