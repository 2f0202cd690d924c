//! Files that name the version of an interpreter for the tools of a directory: `.python-version`, `.nvmrc`.
//!
//! They are listed only. uv reads `.python-version` in the image as well, and installs that version there; but what
//! works on a developer's machine and what a lock file allows is decided with it.

use super::handwritten::Outcome;
use super::{Language, SourceFile};
use crate::diagnostic::{Diagnostic, Span};

/// Lists the version of an interpreter that a Dockerfile of the same directory, or below it, moves away from.
pub(super) fn look(files: &[SourceFile], outcomes: &mut [Outcome]) {
    let mut found: Vec<(usize, Diagnostic)> = Vec::new();
    for (index, file) in files.iter().enumerate().filter(|(_, file)| file.language == Language::Version) {
        let directory = parent(&file.path);
        let below = files.iter().zip(&*outcomes).filter(|(other, outcome)| {
            other.language == Language::Dockerfile
                && outcome.unsure.is_empty()
                && (directory.is_empty()
                    || format!("{}/", parent(&other.path)).starts_with(&format!("{directory}/")))
        });
        let moved = below.flat_map(|(other, outcome)| {
            outcome.moves.iter().map(|movement| (other.path.as_str(), movement))
        });
        let note = moved.into_iter().find_map(|(path, movement)| {
            let (old, new) = movement.versions()?;
            let language = movement.language()?;
            let place = named(file, &language, &old)?;
            let message = format!(
                "`{}` is the {language} of the tools in this directory, and {path} moves to {new}",
                &file.text[place.clone()]
            );
            let hint = if language == "python" && is_read_by_uv(file, files) {
                "change it as well, with requires-python and the lock file: uv installs this version in the image too"
            } else {
                "change it as well"
            };
            Some(Diagnostic::new(place, message).hint(hint))
        });
        found.extend(note.map(|note| (index, note)));
    }
    for (index, note) in found {
        outcomes[index].notes.push(note);
    }
}

/// Whether uv reads a file in the image: `.python-version`, where a Dockerfile of the directory, or below it, uses uv.
fn is_read_by_uv(file: &SourceFile, files: &[SourceFile]) -> bool {
    let directory = parent(&file.path);
    let is_below = |path: &str| directory.is_empty() || path.starts_with(&format!("{directory}/"));
    let uses_uv = |other: &SourceFile| {
        let mut words = other.text.split(|c: char| c.is_whitespace() || "/:=;&|\"'".contains(c));
        other.language == Language::Dockerfile && is_below(&other.path) && words.any(|word| word == "uv")
    };
    file.path.ends_with(".python-version") && files.iter().any(uses_uv)
}

fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(directory, _)| directory)
}

/// Where a file names a version of a language, down to its patch.
fn named(file: &SourceFile, language: &str, version: &str) -> Option<Span> {
    let name = file.path.rsplit('/').next().unwrap_or_default();
    let prefixes: &[&str] = match (name, language) {
        (".python-version", "python") => &[""],
        (".nvmrc" | ".node-version", "node") => &["v", ""],
        (".tool-versions", "python") => &["python "],
        (".tool-versions", "node") => &["nodejs ", "node "],
        ("runtime.txt", "python") => &["python-"],
        _ => return None,
    };
    let mut at = 0;
    for line in file.text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let text = line.trim_end();
        let Some(rest) = prefixes.iter().find_map(|prefix| text.strip_prefix(prefix)) else { continue };
        let is_it = rest.strip_prefix(version).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
        if is_it {
            let end = start + text.len();
            return Some(end - rest.len()..end);
        }
    }
    None
}
