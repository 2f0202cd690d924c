//! What the files around a Dockerfile say that moves: build arguments on command lines, scripts that it copies.
//!
//! `--build-arg NAME=value` moves with the default that it is set over, if every Dockerfile agrees. The rest is listed
//! only: what else a script does with it is its own affair.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::handwritten::Outcome;
use super::moves::Movement;
use super::overrides::{Default, defaults, pairs};
use super::shift::{Findings, Shift};
use super::{Language, SourceFile};
use crate::diagnostic::{Diagnostic, Span};
use crate::dockerfile::{Dockerfile, Edit, Instruction, Keyword, Stages};

/// Lists what scripts and other YAML set over defaults that change, and the old version of Python in scripts that a
/// Dockerfile copies.
pub(super) fn look(files: &[SourceFile], outcomes: &mut [Outcome]) {
    follow(files, outcomes);
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

/// A build argument whose default moves in every Dockerfile that has it, and the moves that change it.
struct Agreed {
    name: String,
    before: String,
    after: String,
    moves: Vec<Arc<Movement>>,
}

/// Changes what command lines set over the defaults that move.
fn follow(files: &[SourceFile], outcomes: &mut [Outcome]) {
    let all = agreed(files, outcomes);
    for (file, outcome) in files.iter().zip(outcomes) {
        let is_read = matches!(file.language, Language::Script | Language::Yaml);
        if !is_read || !outcome.unsure.is_empty() || !outcome.faults.is_empty() {
            continue;
        }
        for Agreed { name, before, after, moves } in &all {
            let places: Vec<Span> = set(&file.text, name, before)
                .filter(|(at, _)| is_passed(&file.text, *at, name, file.language))
                .map(|(_, place)| place)
                .filter(|place| !is_edited(outcome, place))
                .collect();
            if places.is_empty() {
                continue;
            }
            outcome.meant = true;
            outcome.edits.extend(places.into_iter().map(|place| Edit::new(place, after.clone())));
            outcome.edits.sort_by_key(|edit| (edit.span.start, edit.span.end));
            outcome.moves.extend(moves.iter().cloned());
        }
    }
}

fn agreed(files: &[SourceFile], outcomes: &[Outcome]) -> Vec<Agreed> {
    let mut all: Vec<Agreed> = Vec::new();
    let mut left: BTreeSet<String> = BTreeSet::new();
    for (file, outcome) in
        files.iter().zip(outcomes).filter(|(file, _)| file.language == Language::Dockerfile)
    {
        let stays = !outcome.unsure.is_empty() || !outcome.faults.is_empty();
        let changed = if stays { Vec::new() } else { defaults(&file.text, &outcome.edits) };
        let read = Dockerfile::read(&file.text);
        let own = pairs(&read).into_iter().map(|(name, ..)| name);
        left.extend(own.filter(|name| !changed.iter().any(|(other, ..)| other == name)));
        let first = read.instructions.iter().take_while(|one| one.keyword != Keyword::From);
        let bare = first.flat_map(|one| &one.pairs).filter(|pair| pair.value.is_none());
        left.extend(bare.map(|pair| pair.name.value.to_string()));
        for (name, _, before, after) in changed {
            let moves = outcome.moves.iter().filter(|movement| movement.to.to_string().contains(&after));
            let moves: Vec<_> = moves.cloned().collect();
            match all.iter_mut().find(|other| other.name == name) {
                None => all.push(Agreed { name, before, after, moves }),
                Some(other) if (&other.before, &other.after) == (&before, &after) => {}
                Some(_) => drop(left.insert(name)),
            }
        }
    }
    all.retain(|one| !left.contains(&one.name));
    all
}

/// Whether a value of `name` at a place reaches a build, and nothing else: it is behind `--build-arg`, in the
/// `build-args` of an action, or the value of a variable that is only passed on as that argument.
fn is_passed(text: &str, at: usize, name: &str, language: Language) -> bool {
    let before = text[..at].trim_end_matches(['"', '\'']);
    if before.ends_with("--build-arg ") || before.ends_with("--build-arg=") {
        return true;
    }
    let line = before.rsplit('\n').next().unwrap_or_default();
    if language == Language::Yaml {
        let depth = |line: &str| line.len() - line.trim_start().len();
        let own = depth(text[at - line.len()..].lines().next().unwrap_or_default());
        let mut above = before[..before.len() - line.len()].lines().rev();
        let key = above.find(|line| !line.trim().is_empty() && depth(line) < own);
        return line.trim().is_empty() && key.is_some_and(|key| key.trim_start().starts_with("build-args:"));
    }
    let is_variable = matches!(line.trim(), "" | "export" | "override") && !line.starts_with([' ', '\t']);
    let uses = [format!("$({name})"), format!("${{{name}}}"), format!("${name}")];
    let count = |wanted: &dyn Fn(&str) -> String| {
        uses.iter().map(|used| text.matches(&wanted(used)).count()).sum::<usize>()
    };
    let passed = count(&|used| format!("--build-arg {name}={used}"))
        + count(&|used| format!("--build-arg {name}=\"{used}\""))
        + count(&|used| format!("--build-arg \"{name}={used}\""));
    is_variable && passed > 0 && passed == count(&str::to_owned)
}

fn is_edited(outcome: &Outcome, place: &Span) -> bool {
    outcome.edits.iter().any(|edit| edit.span.start <= place.start && place.end <= edit.span.end)
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
    let all =
        read.flat_map(|(index, file)| set(&file.text, name, before).map(move |(_, place)| (index, place)));
    let left = all.filter(|(index, place)| !is_edited(&outcomes[*index], place));
    left.map(|(index, place)| {
        let message =
            format!("`{name}` is set to `{before}` here, and its default in {path} moves to `{after}`");
        (index, Diagnostic::new(place, message).hint("change it as well, if it is for that build"))
    })
    .collect()
}

/// Where a text gives `value` to `name`: the places of the name and of the value.
fn set<'t>(text: &'t str, name: &'t str, value: &'t str) -> impl Iterator<Item = (usize, Span)> + 't {
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
            .then(|| (at, start..start + value.len()))
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
