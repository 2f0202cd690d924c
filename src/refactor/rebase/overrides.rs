//! Build arguments that Compose and bake files set over the defaults of Dockerfiles.
//!
//! Each file is planned alone. A Dockerfile whose default moves while another file goes on setting the old
//! value would be built on the old base, with the package names of the new one.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::builds::Builds;
use super::handwritten::Outcome;
use super::mentions::{Argument, built};
use super::{Language, SourceFile};
use crate::diagnostic::{Diagnostic, Span};
use crate::dockerfile::{Dockerfile, Edit, Keyword, apply};

/// A value that a Compose or bake file sets, after the moves.
struct Override {
    /// The file
    file: usize,
    /// The file and the line, for people
    place: String,
    before: Option<String>,
    value: Option<String>,
    moves: bool,
    /// Where it can be changed
    editable: Option<Span>,
    /// The Dockerfiles that it is for; `None` if it may be any
    concerned: Option<BTreeSet<usize>>,
}

/// Settles every default of a build argument that a Dockerfile changes and another file sets. The value there moves
/// as well, if it is the old default; otherwise the Dockerfile is left.
pub(super) fn settle(files: &[SourceFile], builds: &Builds<'_>, outcomes: &mut [Outcome]) {
    let mut overrides: HashMap<String, Vec<Override>> = HashMap::new();
    for (index, outcome) in outcomes.iter().enumerate() {
        for (name, found) in set(index, files, builds, outcome) {
            overrides.entry(name).or_default().push(found);
        }
    }
    if overrides.is_empty() {
        return;
    }
    let changed: Vec<Vec<Default>> = files
        .iter()
        .zip(&*outcomes)
        .map(|(file, outcome)| match file.language {
            Language::Dockerfile if !outcome.edits.is_empty() => defaults(&file.text, &outcome.edits),
            _ => Vec::new(),
        })
        .collect();
    for (name, others) in &mut overrides {
        follow(name, others, files, &changed, outcomes);
    }
    for (index, defaults) in changed.into_iter().enumerate() {
        for (name, span, _, after) in defaults {
            let others = overrides.get(&name).into_iter().flatten();
            let here = others.filter(|other| other.concerned.as_ref().is_none_or(|all| all.contains(&index)));
            let stay: Vec<_> =
                here.filter(|other| !other.moves && other.value.as_ref() != Some(&after)).collect();
            outcomes[index].meant |= !stay.is_empty();
            outcomes[index].unsure.extend(stay.into_iter().map(|other| {
                let message = format!("`{name}` is also set at {}, which does not move", other.place);
                Diagnostic::new(span.clone(), message)
                    .hint("change both by hand, or remove the build argument there")
            }));
        }
    }
}

/// Changes the values of a name together with the defaults that they are set over. Several that are written in one
/// place, as the default of a variable, change together or not at all.
fn follow(
    name: &str,
    others: &mut [Override],
    files: &[SourceFile],
    changed: &[Vec<Default>],
    outcomes: &mut [Outcome],
) {
    let mut places: BTreeMap<(usize, usize), BTreeSet<Option<String>>> = BTreeMap::new();
    let place =
        |other: &Override| Some((other.file, other.editable.as_ref()?.start)).filter(|_| !other.moves);
    for other in others.iter() {
        if let Some(place) = place(other) {
            places.entry(place).or_default().insert(after(name, other, files, changed, outcomes));
        }
    }
    for other in others.iter_mut() {
        let agreed =
            place(other).and_then(|place| match places.get(&place)?.iter().collect::<Vec<_>>()[..] {
                [Some(after)] => Some(after.clone()),
                _ => None,
            });
        let own = &mut outcomes[other.file];
        let (Some(after), Some(place), true) = (agreed, &other.editable, own.unsure.is_empty()) else {
            continue;
        };
        own.edits.push(Edit::new(place.clone(), after.clone()));
        own.edits.sort_by_key(|edit| (edit.span.start, edit.span.end));
        own.edits.dedup();
        own.meant = true;
        (other.moves, other.value) = (true, Some(after));
    }
}

/// What a value becomes: the defaults of all Dockerfiles that it is for move from it to one and the same.
fn after(
    name: &str,
    other: &Override,
    files: &[SourceFile],
    changed: &[Vec<Default>],
    outcomes: &[Outcome],
) -> Option<String> {
    let before = other.before.as_ref()?;
    let concerned = (0..files.len()).filter(|index| {
        files[*index].language == Language::Dockerfile
            && other.concerned.as_ref().is_none_or(|all| all.contains(index))
            && pairs(&Dockerfile::read(&files[*index].text)).iter().any(|pair| pair.0 == name)
    });
    let mut targets = BTreeSet::new();
    for index in concerned {
        let own = changed[index].iter().find(|default| default.0 == name && default.2 == *before);
        let own = own.filter(|_| outcomes[index].unsure.is_empty() && outcomes[index].faults.is_empty())?;
        targets.insert(own.3.clone());
    }
    targets.pop_first().filter(|_| targets.is_empty())
}

/// The arguments that a file sets: a value moves if the file's own edits change it.
fn set(
    index: usize,
    files: &[SourceFile],
    builds: &Builds<'_>,
    outcome: &Outcome,
) -> Vec<(String, Override)> {
    let file = &files[index];
    let before = builds.in_file(index).arguments.clone();
    let moves = outcome.unsure.is_empty() && !outcome.edits.is_empty() && !before.is_empty();
    let after = match apply(&file.text, &outcome.edits) {
        Ok(text) if moves => built(&text, file.language).arguments,
        _ => before.clone(),
    };
    let value = |(before, after): (Argument, Argument)| {
        let line = file.text[..before.at].matches('\n').count() + 1;
        let moves = after.value.is_some() && before.value != after.value;
        let concerned = builds.concerned(index, before.of.as_deref());
        let place = format!("{}:{line}", file.path);
        let (editable, value) = (before.place, after.value);
        (
            before.name,
            Override { file: index, place, before: before.value, value, moves, editable, concerned },
        )
    };
    let directory = |path: &str| path.rsplit_once('/').map_or(0, |(directory, _)| directory.len() + 1);
    let own = &file.path[..directory(&file.path)];
    // Of `.env`, only what a Compose file beside it passes on.
    let is_passed = |name: &str| {
        let mut beside = files.iter().filter(|other| {
            other.language == Language::Compose && &other.path[..directory(&other.path)] == own
        });
        file.language != Language::Environment || beside.any(|other| other.text.contains(name))
    };
    let pairs = before.into_iter().zip(after).filter(|(before, _)| is_passed(&before.name));
    pairs.map(value).collect()
}

/// A default that changes: its name, its place, before and after.
pub(super) type Default = (String, Span, String, String);

/// The arguments whose defaults the edits change.
pub(super) fn defaults(text: &str, edits: &[Edit]) -> Vec<Default> {
    let Ok(new) = apply(text, edits) else { return Vec::new() };
    let (old, new) = (Dockerfile::read(text), Dockerfile::read(&new));
    let before = pairs(&old);
    let after = pairs(&new);
    let mut seen = HashSet::new();
    let changed = before.into_iter().zip(after).filter(|(before, after)| before.2 != after.2);
    let changed = changed.map(|(before, after)| (before.0, before.1, before.2, after.2));
    changed.filter(|(name, ..)| seen.insert(name.clone())).collect()
}

/// The build arguments with a default, in their order.
pub(super) fn pairs(file: &Dockerfile<'_>) -> Vec<(String, Span, String)> {
    let arguments = file.instructions.iter().filter(|instruction| instruction.keyword == Keyword::Arg);
    let pairs = arguments.flat_map(|argument| &argument.pairs);
    let with_default = pairs.filter_map(|pair| {
        let value = pair.value.as_ref()?;
        let plain = value.value.trim_matches(['"', '\'']);
        Some((pair.name.value.to_string(), pair.name.span.clone(), plain.to_owned()))
    });
    with_default.collect()
}
