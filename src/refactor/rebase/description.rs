//! Moving the bases of services.toml.
//!
//! The file is edited by the spans that the parser gives for each value, so comments, order, layout,
//! quotes and line ends stay: nothing but the value itself is written anew.

mod strings;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::built::older_library;
use super::handwritten::Outcome;
use super::moves::{Fate, Movement, Mover};
use super::rule::{Place, Role};
use super::shift::Shift;
use crate::bases::{Change, Shell};
use crate::diagnostic::{Diagnostic, Span};
use crate::dockerfile::Edit;
use crate::fleet::Fleet;
use crate::fleet::model::{Base, Health, Probe};
use crate::fleet::words::{Line, Name};
use crate::shell;
use strings::words;

/// An image of a base that moves.
#[derive(Debug)]
pub(super) struct Placed {
    pub(super) base: String,
    pub(super) role: Role,
    pub(super) movement: Arc<Movement>,
}

/// Plans the move of the bases of a description that was read as `fleet`.
pub(super) fn plan(text: &str, fleet: &Fleet, mover: &Mover<'_, '_>) -> (Outcome, Vec<Placed>) {
    let mut outcome = Outcome::default();
    let mut placed = Vec::new();
    let (document, _) = DeTable::parse_recoverable(text);
    let mut shifts: BTreeMap<String, Shift> = BTreeMap::new();
    let written = table(document.get_ref(), "bases");
    built_in(text, document.get_ref(), fleet, mover, &mut shifts, &mut outcome, &mut placed);
    for (name, base) in written.into_iter().flat_map(|bases| bases.iter()) {
        let Some(base) = fleet
            .bases
            .iter()
            .find(|(known, _)| known.as_str() == name.get_ref())
            .zip(base.get_ref().as_table())
        else {
            continue;
        };
        let ((known, images), written) = base;
        moved_by_others(images, &name.span(), mover, &mut outcome);
        let Some((new_build, new_run)) = pair(known, images, mover, &name.span(), &mut outcome) else {
            continue;
        };
        for (role, movement) in [(Role::Build, &new_build), (Role::Run, &new_run)] {
            let (key, Some(movement)) = (role.to_string(), movement) else { continue };
            placed.push(Placed { base: known.to_string(), role, movement: Arc::clone(movement) });
            outcome.faults.extend(movement.leads_nowhere(mover.rule.catalogue, &name.span()));
            if let Some((place, _)) = written.get(key.as_str()).and_then(|value| string(text, value)) {
                outcome.edits.push(Edit::new(place, movement.to.to_string()));
                outcome.moves.push(Arc::clone(movement));
            } else {
                let message =
                    format!("`{}` is written in a way that cannot be changed safely", movement.from);
                let hint = format!("change it to `{}` by hand", movement.to);
                outcome.unsure.push(Diagnostic::new(name.span(), message).hint(hint));
            }
        }
        if let Some(run) = &new_run {
            outcome.faults.extend(needed(name.get_ref(), run, fleet, &name.span()));
            shifts.insert(name.get_ref().to_string(), shift(run, new_build.as_deref()));
        }
    }
    tools(text, document.get_ref(), fleet, mover, &mut outcome);
    if !shifts.is_empty() {
        words(text, document.get_ref(), fleet, &shifts, &mut outcome);
    }
    outcome.edits.sort_by_key(|edit| (edit.span.start, edit.span.end));
    outcome.edits.dedup();
    outcome.notes.sort_by_key(|note| note.span.start);
    outcome.notes.dedup();
    (outcome, placed)
}

/// Lists the images of a base that stand on the release that moves without naming it.
fn moved_by_others(base: &Base, place: &Span, mover: &Mover<'_, '_>, outcome: &mut Outcome) {
    for image in [&base.build, &base.run] {
        if let Some(message) = mover.rule.moved_by_others(image) {
            let hint = "name another tag by hand if that is too late";
            outcome.notes.push(Diagnostic::new(place.clone(), message).hint(hint));
        }
    }
}

/// Moves the images of tools. One that is built in gets an entry at the end of the file.
fn tools(text: &str, document: &DeTable<'_>, fleet: &Fleet, mover: &Mover<'_, '_>, outcome: &mut Outcome) {
    let image = &fleet.tools.uv;
    let tools = document.get("tools");
    let place = tools.map_or(0..0, Spanned::span);
    let movement = match mover.fate(image) {
        Fate::Stays => return,
        Fate::Moves(movement) => movement,
        Fate::Unsure(reason) => {
            outcome.meant = true;
            let message = format!("cannot determine a replacement for `{image}`: {reason}");
            outcome.unsure.push(Diagnostic::new(place, message).hint("name its new image by hand"));
            return;
        }
    };
    let written = tools.and_then(|tools| tools.get_ref().as_table()?.get("uv"));
    let edit = match (written, tools) {
        (Some(written), _) => {
            string(text, written).map(|(place, _)| Edit::new(place, movement.to.to_string()))
        }
        (None, Some(_)) => None,
        (None, None) => {
            let line_end = if text.ends_with('\n') { "" } else { "\n" };
            Some(Edit::new(
                text.len()..text.len(),
                format!("{line_end}\n[tools]\nuv = \"{}\"\n", movement.to),
            ))
        }
    };
    if let Some(edit) = edit {
        outcome.edits.push(edit);
        outcome.moves.push(movement);
    } else {
        outcome.meant = true;
        let message = format!("`{image}` is written in a way that cannot be changed safely");
        let hint = format!("write uv = \"{}\" in [tools] by hand", movement.to);
        outcome.unsure.push(Diagnostic::new(place, message).hint(hint));
    }
}

/// What moves with the run image of a base, for the words of its services.
fn shift(run: &Movement, build: Option<&Movement>) -> Shift {
    let mut shift = run.shift.clone();
    shift.debian = shift.debian.or_else(|| build.and_then(|build| build.shift.debian.clone()));
    shift
}

/// Moves the built-in bases that are in use: each gets an entry at the end of the file, which takes its place.
fn built_in(
    text: &str,
    document: &DeTable<'_>,
    fleet: &Fleet,
    mover: &Mover<'_, '_>,
    shifts: &mut BTreeMap<String, Shift>,
    outcome: &mut Outcome,
    placed: &mut Vec<Placed>,
) {
    let bases = document.get("bases");
    let is_written = |name: &str| {
        bases.and_then(|bases| bases.get_ref().as_table()).is_some_and(|bases| bases.contains_key(name))
    };
    let mut entries = String::new();
    for (name, base) in fleet.bases.iter().filter(|(name, _)| !is_written(name.as_str())) {
        let place = &base.span;
        moved_by_others(base, place, mover, outcome);
        let Some((build, run)) = pair(name, base, mover, place, outcome) else { continue };
        let moved = [(Role::Build, &build), (Role::Run, &run)];
        let moved = moved.into_iter().filter_map(|(role, movement)| Some((role, movement.as_ref()?)));
        for (role, movement) in moved.clone() {
            placed.push(Placed { base: name.to_string(), role, movement: Arc::clone(movement) });
            outcome.faults.extend(movement.leads_nowhere(mover.rule.catalogue, place));
            outcome.moves.push(Arc::clone(movement));
        }
        if moved.count() == 0 {
            continue;
        }
        let build_after = build.as_ref().map_or(&base.build, |movement| &movement.to);
        let run_after = run.as_ref().map_or(&base.run, |movement| &movement.to);
        let _ = write!(entries, "\n[bases.{name}]\nbuild = \"{build_after}\"\nrun   = \"{run_after}\"\n");
        if let Some(run) = &run {
            outcome.faults.extend(needed(name.as_str(), run, fleet, place));
            shifts.insert(name.to_string(), shift(run, build.as_deref()));
        }
    }
    if entries.is_empty() {
        return;
    }
    // A table in braces takes no entries from elsewhere.
    let in_braces =
        bases.is_some_and(|bases| text.get(bases.span()).is_some_and(|text| text.starts_with('{')));
    if in_braces {
        let message = "built-in bases move, but entries cannot be added to `bases = { … }`";
        let hint = format!("write [bases] on its own line, and add{}", entries.replace('\n', " "));
        outcome.unsure.push(Diagnostic::new(0..0, message).hint(hint.trim_end()));
        outcome.meant = true;
        return;
    }
    let line_end = if text.ends_with('\n') { "" } else { "\n" };
    outcome.edits.push(Edit::new(text.len()..text.len(), format!("{line_end}{entries}")));
}

/// What the services on a base need and its new run image lacks. What a kind needs (an interpreter) is
/// checked when the result is read as a description.
fn needed(base: &str, run: &Movement, fleet: &Fleet, place: &Span) -> Vec<Diagnostic> {
    let services: Vec<_> =
        fleet.services.iter().filter(|service| service.base_name.as_str() == base).collect();
    let (Some(new), false) = (&run.new, services.is_empty()) else { return Vec::new() };
    let mut faults = Vec::new();
    let platforms = fleet.platforms.iter().map(ToString::to_string);
    for platform in
        platforms.filter(|platform| !new.platforms.is_empty() && !new.platforms.contains(platform))
    {
        let message = format!("`{}` is not published for {platform}, a platform of the fleet", run.to);
        let hint = format!("it is published for {}", new.platforms.join(", "));
        faults.push(Diagnostic::new(place.clone(), message).hint(hint));
    }
    for change in &run.changes {
        let Change::ShellLost(_) = change else { continue };
        let starts_one = services.iter().find(|service| {
            let health = match &service.health {
                Health::Check { probe: Probe::Exec(command), .. } => command.first(),
                _ => None,
            };
            let command = service.kind.program().entrypoint(service);
            let started = command.first().map(String::as_str);
            health.map(Line::as_str).into_iter().chain(started).any(shell::is_shell)
        });
        if let Some(service) = starts_one {
            let message = format!("`{}` starts a shell, but `{}` has none", service.name.value, run.to);
            faults.push(Diagnostic::new(place.clone(), message).hint("start the program itself"));
        }
    }
    faults
}

type Pair = (Option<Arc<Movement>>, Option<Arc<Movement>>);

/// How the two images of a base move. If one moves, the other has to match it.
fn pair(
    name: &Name,
    base: &Base,
    mover: &Mover<'_, '_>,
    place: &Span,
    outcome: &mut Outcome,
) -> Option<Pair> {
    let fate = |role, image| mover.fate_in(Place { base: name.as_str(), role }, image);
    let (build, run) = (&base.build, &base.run);
    let (build_fate, run_fate) = (fate(Role::Build, build), fate(Role::Run, run));
    let mut leaders = Vec::new();
    for (image, fate) in [(run, &run_fate), (build, &build_fate)] {
        match fate {
            Fate::Moves(movement) => leaders.push(Arc::clone(movement)),
            Fate::Unsure(reason) => {
                outcome.meant = true;
                let message = format!("cannot determine a replacement for `{image}`: {reason}");
                let diagnostic = Diagnostic::new(place.clone(), message).hint("name its new base by hand");
                outcome.unsure.push(diagnostic);
            }
            Fate::Stays => {}
        }
    }
    if leaders.is_empty() {
        return None;
    }
    let follow = |image, fate| mover.companion_of(image, fate, &leaders).map(|to| mover.movement(image, &to));
    let (new_build, new_run) = (follow(build, &build_fate), follow(run, &run_fate));
    let mut fits = true;
    for (role, movement) in [(Role::Build, &new_build), (Role::Run, &new_run)] {
        let Some(movement) = movement else { continue };
        if let Some(fault) = misplaced(name, base, role, movement, place) {
            outcome.faults.push(fault);
            fits = false;
        }
    }
    let build_after = new_build.as_ref().map_or(build, |movement| &movement.to);
    let run_after = new_run.as_ref().map_or(run, |movement| &movement.to);
    if fits
        && let (Some(builder), Some(runtime)) = (mover.base(build_after), mover.base(run_after))
        && let Some((have, need)) = older_library(&runtime, &builder)
    {
        let message = format!("`{build_after}` builds for {need}, but `{run_after}` has {have}");
        let hint = "programs built for a newer C library do not start: name another build image";
        outcome.faults.push(Diagnostic::new(place.clone(), message).hint(hint));
    }
    Some((new_build, new_run))
}

/// An image that cannot be what the one before it is there for: nothing is built without a shell, and no service has
/// to run with one.
fn misplaced(name: &Name, base: &Base, role: Role, movement: &Movement, place: &Span) -> Option<Diagnostic> {
    let (from, to) = (&movement.from, &movement.to);
    let new = movement.new.as_ref()?;
    let (why, other) = match role {
        Role::Build if new.shell == Some(Shell::None) => ("no shell".to_owned(), Role::Run),
        Role::Run if base.allow_shell.is_none() => (new.tools()?, Role::Build),
        _ => return None,
    };
    let message = format!("`{to}` has {why}, and `{from}` is the {role} image of the base `{name}`");
    let hint = format!("`dockwright rebase {name} {to}` moves the {other} image of the base");
    Some(Diagnostic::new(place.clone(), message).hint(hint))
}

fn table<'d, 'i>(document: &'d DeTable<'i>, key: &str) -> Option<&'d DeTable<'i>> {
    document.get(key)?.get_ref().as_table()
}

/// A string, and where it stands between its quotes; `None` if escapes make the two differ.
fn string<'t>(text: &'t str, value: &Spanned<DeValue<'_>>) -> Option<(Span, &'t str)> {
    let content = value.get_ref().as_str()?;
    let span = value.span();
    let written = text.get(span.clone())?;
    let quotes = ["\"\"\"", "'''", "\"", "'"].into_iter().find(|quotes| written.starts_with(quotes))?.len();
    let place = span.start + quotes..span.end.checked_sub(quotes)?;
    (text.get(place.clone())? == content).then(|| (place.clone(), &text[place]))
}
