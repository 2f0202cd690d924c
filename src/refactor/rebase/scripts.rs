//! What the files around a Dockerfile say that moves: build arguments on command lines, scripts that it copies.
//!
//! Both are listed only: what else a script does with them is its own affair.

use std::collections::BTreeSet;

use super::handwritten::Outcome;
use super::overrides::{Default, defaults};
use super::shift::{Findings, Shift};
use super::{Language, SourceFile};
use crate::diagnostic::{Diagnostic, Span};
use crate::dockerfile::{Dockerfile, Instruction, Stages};

/// Lists what scripts and other YAML set over defaults that change, and the old version of Python in scripts that a
/// Dockerfile copies.
pub(super) fn look(files: &[SourceFile], outcomes: &mut [Outcome]) {
    let mut found: Vec<(usize, Diagnostic)> = Vec::new();
    let mut names = BTreeSet::new();
    for (index, file) in files.iter().enumerate() {
        let outcome = &outcomes[index];
        if file.language != Language::Dockerfile || outcome.edits.is_empty() || !outcome.unsure.is_empty() {
            continue;
        }
        for (name, _, before, after) in defaults(&file.text, &outcome.edits) {
            if names.insert((name.clone(), before.clone())) {
                found.extend(set_elsewhere(files, outcomes, &file.path, &(name, 0..0, before, after)));
            }
        }
        for movement in &outcome.moves {
            if movement.shift.python.is_some() {
                found.extend(copied(files, file, &movement.shift));
            }
        }
    }
    for (index, note) in found {
        let notes = &mut outcomes[index].notes;
        if !notes.iter().any(|other| other.span == note.span) {
            notes.push(note);
            notes.sort_by_key(|note| note.span.start);
        }
    }
}

/// `--build-arg NAME=before`, `NAME ?= before`, `NAME: before`, where it stays.
fn set_elsewhere(
    files: &[SourceFile],
    outcomes: &[Outcome],
    path: &str,
    (name, _, before, after): &Default,
) -> Vec<(usize, Diagnostic)> {
    let is_read = |language| matches!(language, Language::Script | Language::Yaml);
    let read = files.iter().enumerate().filter(|(_, file)| is_read(file.language));
    let all = read.flat_map(|(index, file)| set(&file.text, name, before).map(move |place| (index, place)));
    let is_moved = |(index, place): &(usize, Span)| {
        outcomes[*index].edits.iter().any(|edit| edit.span.start <= place.start && place.end <= edit.span.end)
    };
    let left = all.filter(|found| !is_moved(found));
    left.map(|(index, place)| {
        let message =
            format!("`{name}` is set to `{before}` here, and its default in {path} moves to `{after}`");
        (index, Diagnostic::new(place, message).hint("change it as well, if it is for that build"))
    })
    .collect()
}

/// Where a text gives `value` to `name`.
fn set<'t>(text: &'t str, name: &'t str, value: &'t str) -> impl Iterator<Item = Span> + 't {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let named = text.match_indices(name).filter(move |(at, _)| !text[..*at].ends_with(is_part));
    named.filter_map(move |(at, _)| {
        let blank = [' ', '\t'];
        let behind = text[at + name.len()..].trim_start_matches(blank).trim_start_matches(['?', ':']);
        let sign = text[..text.len() - behind.len()].ends_with(':');
        let behind = behind.strip_prefix('=').or(sign.then_some(behind))?;
        let behind = behind.trim_start_matches(blank).trim_start_matches(['"', '\'']);
        let rest = behind.strip_prefix(value)?;
        let start = text.len() - behind.len();
        (!rest.starts_with(|c| is_part(c) || matches!(c, '/' | ':' | '@')))
            .then(|| start..start + value.len())
    })
}

/// Where scripts that a Dockerfile copies name its old version of Python.
fn copied(files: &[SourceFile], dockerfile: &SourceFile, shift: &Shift) -> Vec<(usize, Diagnostic)> {
    let file = Dockerfile::read(&dockerfile.text);
    let stages = Stages::of(&file);
    let instructions = stages.stages.iter().flat_map(|stage| stages.instructions(stage));
    let copies = instructions.filter_map(Instruction::as_copy).filter(|copy| copy.from.is_none());
    let sources: BTreeSet<String> = copies
        .flat_map(|copy| {
            copy.sources.into_iter().map(|source| source.value.trim_start_matches("./").to_owned())
        })
        .collect();
    let directory = dockerfile.path.rsplit_once('/').map_or("", |(directory, _)| directory);
    let is_copied = |path: &str| {
        let beside = path.strip_prefix(directory).map(|rest| rest.trim_start_matches('/'));
        sources.iter().any(|source| match source.as_str() {
            // The whole context, which is the directory of the Dockerfile as a rule.
            "" | "." => beside.is_some_and(|rest| directory.is_empty() || rest.len() < path.len()),
            source => path == source || path.strip_suffix(source).is_some_and(|rest| rest.ends_with('/')),
        })
    };
    let scripts = files
        .iter()
        .enumerate()
        .filter(|(_, file)| file.language == Language::Script && is_copied(&file.path));
    scripts
        .flat_map(|(index, script)| {
            let mut inside = Findings::default();
            shift.scan(&script.text, &(0..script.text.len()), &mut inside);
            inside.edits.into_iter().map(move |edit| {
                let name = &script.text[edit.span.clone()];
                let message = format!(
                    "{} copies this file, and its Python is {} instead of {name} afterwards",
                    dockerfile.path, edit.replacement
                );
                (index, Diagnostic::new(edit.span, message).hint("use the version of the new base"))
            })
        })
        .collect()
}
