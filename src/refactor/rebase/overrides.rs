//! Build arguments that Compose and bake files set over the defaults of Dockerfiles.
//!
//! Each file is planned alone. A Dockerfile whose default moves while another file goes on setting the old
//! value would be built on the old base, with the package names of the new one.

use std::collections::{HashMap, HashSet};

use super::handwritten::Outcome;
use super::mentions::{Argument, arguments};
use super::{Language, SourceFile};
use crate::diagnostic::{Diagnostic, Span};
use crate::dockerfile::{Dockerfile, Edit, Keyword, apply};

/// A value that a Compose or bake file sets, after the moves.
struct Override {
    /// The file and the line, for people.
    place: String,
    value: Option<String>,
    moves: bool,
}

/// Leaves every Dockerfile that changes the default of a build argument which another file sets, unless that
/// value moves too. Arguments are told apart by their names alone: which Dockerfile a build reads is often
/// known to the engine only.
pub(super) fn hold(files: &[SourceFile], outcomes: &mut [Outcome]) {
    let mut overrides: HashMap<String, Vec<Override>> = HashMap::new();
    for (file, outcome) in files.iter().zip(&*outcomes) {
        for (name, found) in set(file, outcome) {
            overrides.entry(name).or_default().push(found);
        }
    }
    if overrides.is_empty() {
        return;
    }
    let dockerfiles = files.iter().zip(outcomes).filter(|(file, _)| file.language == Language::Dockerfile);
    for (file, outcome) in dockerfiles.filter(|(_, outcome)| !outcome.edits.is_empty()) {
        let held = defaults(&file.text, &outcome.edits).into_iter().flat_map(|(name, span, after)| {
            let others = overrides.get(&name).into_iter().flatten();
            let stay = others.filter(move |other| !other.moves && other.value.as_ref() != Some(&after));
            stay.map(move |other| {
                let message = format!("`{name}` is set at {} as well, which does not move", other.place);
                Diagnostic::new(span.clone(), message)
                    .hint("move both by hand, or let the build argument have its default there")
            })
        });
        let held: Vec<_> = held.collect();
        outcome.meant |= !held.is_empty();
        outcome.unsure.extend(held);
    }
}

/// The arguments that a file sets: a value moves if the file's own edits change it.
fn set(file: &SourceFile, outcome: &Outcome) -> Vec<(String, Override)> {
    let before = arguments(&file.text, file.language);
    let moves = outcome.unsure.is_empty() && !outcome.edits.is_empty() && !before.is_empty();
    let after = match apply(&file.text, &outcome.edits) {
        Ok(text) if moves => arguments(&text, file.language),
        _ => before.clone(),
    };
    let value = |(before, after): (Argument, Argument)| {
        let line = file.text[..before.at].matches('\n').count() + 1;
        let moves = after.value.is_some() && before.value != after.value;
        (before.name, Override { place: format!("{}:{line}", file.path), value: after.value, moves })
    };
    before.into_iter().zip(after).map(value).collect()
}

/// The arguments whose defaults the edits change: the name, the place, and the default afterwards.
fn defaults(text: &str, edits: &[Edit]) -> Vec<(String, Span, String)> {
    let Ok(new) = apply(text, edits) else { return Vec::new() };
    let (old, new) = (Dockerfile::read(text), Dockerfile::read(&new));
    let before = pairs(&old);
    let after = pairs(&new);
    let mut seen = HashSet::new();
    let changed = before.into_iter().zip(after).filter(|(before, after)| before.2 != after.2);
    let changed = changed.map(|(before, after)| (before.0, before.1, after.2));
    changed.filter(|(name, _, _)| seen.insert(name.clone())).collect()
}

/// The build arguments with a default, in their order.
fn pairs(file: &Dockerfile<'_>) -> Vec<(String, Span, String)> {
    let arguments = file.instructions.iter().filter(|instruction| instruction.keyword == Keyword::Arg);
    let pairs = arguments.flat_map(|argument| &argument.pairs);
    let with_default = pairs.filter_map(|pair| {
        let value = pair.value.as_ref()?;
        let plain = value.value.trim_matches(['"', '\'']);
        Some((pair.name.value.to_string(), pair.name.span.clone(), plain.to_owned()))
    });
    with_default.collect()
}
