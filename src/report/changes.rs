//! What `gen` did or would do, file by file. Paths are shown as they are found from where the program runs.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::path::Path;

use anstyle::{AnsiColor, Style};
use serde::Serialize;

use super::fleet_options::FleetOptions;
use super::markup::property;
use super::mistakes::Problem;
use crate::file_path::{shown, shown_in};
use crate::sync::{Action, Plan, PlannedFile, Reason, State};

const GOOD: Style = AnsiColor::Green.on_default();
const WARNING: Style = AnsiColor::Yellow.on_default();

/// Where a run generates.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The output directory.
    pub root: &'a Path,
    /// How another command finds it.
    pub fleet_options: &'a FleetOptions,
}

/// Whether a file differs and was left alone.
pub fn is_left(file: &PlannedFile) -> bool {
    matches!(file.action, Action::Leave(_))
}

/// After writing: a line for each change, a line for each file left alone, and a summary.
pub fn written(
    out: &mut dyn Write,
    plan: &Plan,
    place: Place<'_>,
    changed: &[&PlannedFile],
) -> io::Result<()> {
    for file in changed {
        let verb = verb(&file.action);
        writeln!(out, "{GOOD}{verb:<9}{GOOD:#} {}{}", path(place.root, file), because(file.state))?;
    }
    let left = left_alone(out, plan, place)?;
    let in_sync = plan.files.iter().filter(|file| file.state == State::InSync).count();
    let mut parts = vec![format!("{} changed", changed.len()), format!("{in_sync} in sync")];
    if left > 0 {
        parts.push(format!("{left} left alone"));
    }
    writeln!(out, "{}: {}", total(plan), parts.join(", "))
}

/// A line for each file that differs and is left alone, and what to do. Returns how many there are.
pub fn left_alone(out: &mut dyn Write, plan: &Plan, place: Place<'_>) -> io::Result<usize> {
    let left: Vec<_> = plan.differences().filter(|file| is_left(file)).collect();
    for file in &left {
        writeln!(
            out,
            "{WARNING}left     {WARNING:#} {} ({})",
            path(place.root, file),
            reason(place.root, file)
        )?;
    }
    hints(out, left.iter().copied(), place.fleet_options)?;
    Ok(left.len())
}

fn path(root: &Path, file: &PlannedFile) -> String {
    shown_in(root, file.path.as_str())
}

fn verb(action: &Action) -> &'static str {
    match action {
        Action::Create => "created",
        Action::Replace => "updated",
        Action::Remove => "removed",
        Action::Keep | Action::Leave(_) => "kept",
    }
}

fn because(state: State) -> &'static str {
    match state {
        State::Edited | State::StaleAndEdited => " (edited by hand)",
        State::NotOurs => " (not written by dockwright)",
        State::Orphaned | State::OrphanedAndEdited => " (no longer described)",
        State::PinDrift => " (its pins were edited)",
        State::LineEnds => " (its lines ended in CRLF)",
        State::InSync | State::Missing | State::Stale => "",
    }
}

fn reason(root: &Path, file: &PlannedFile) -> String {
    match &file.action {
        Action::Leave(Reason::Beside(other)) => {
            format!("belongs to {}, which is not ours", shown_in(root, other.as_str()))
        }
        Action::Leave(Reason::EditedOrphan) if file.state == State::Orphaned => {
            "orphaned, next to a Dockerfile that was edited by hand".to_owned()
        }
        _ => file.state.word().to_owned(),
    }
}

/// Without writing: a line for each difference, what to do, and a summary.
pub fn differences(out: &mut dyn Write, plan: &Plan, place: Place<'_>) -> io::Result<()> {
    let differing: Vec<_> = plan.differences().collect();
    let width = differing.iter().map(|file| file.state.word().len()).max().unwrap_or_default();
    for file in &differing {
        writeln!(out, "{WARNING}{:<width$}{WARNING:#} {}", file.state.word(), path(place.root, file))?;
    }
    hints(out, differing.iter().copied(), place.fleet_options)?;
    if differing.is_empty() {
        writeln!(out, "{}: all in sync", total(plan))
    } else {
        writeln!(out, "{}: {} not in sync", total(plan), differing.len())
    }
}

/// `2 services, 15 files`.
pub(super) fn total(plan: &Plan) -> String {
    let services: BTreeSet<_> = plan.files.iter().filter_map(|file| file.unit.as_ref()).collect();
    let files = plan.files.len();
    let s = |n: usize| if n == 1 { "" } else { "s" };
    format!("{} service{}, {files} file{}", services.len(), s(services.len()), s(files))
}

fn hints<'a>(
    out: &mut dyn Write,
    files: impl Iterator<Item = &'a PlannedFile>,
    fleet_options: &FleetOptions,
) -> io::Result<()> {
    remedies(files, fleet_options)
        .into_iter()
        .try_for_each(|(state, remedy)| writeln!(out, "hint: {state}: {remedy}"))
}

/// What to do, once for each state.
pub(super) fn remedies<'a>(
    files: impl Iterator<Item = &'a PlannedFile>,
    fleet_options: &FleetOptions,
) -> Vec<(&'static str, Cow<'static, str>)> {
    let follows_another = |file: &&PlannedFile| match file.action {
        Action::Leave(Reason::Beside(_)) => true,
        Action::Leave(Reason::EditedOrphan) => file.state == State::Orphaned,
        _ => false,
    };
    let mut said = BTreeSet::new();
    let files = files.filter(|file| !follows_another(file));
    let remedies =
        files.filter_map(|file| Some((file.state.word(), fleet_options.put_into(file.state.remedy()?))));
    remedies.filter(|(state, _)| said.insert(*state)).collect()
}

#[derive(Serialize)]
struct Report<'a> {
    /// How many files are in each state.
    states: BTreeMap<&'static str, usize>,
    differences: usize,
    changed: usize,
    /// What could not be written.
    errors: &'a [Problem],
    /// What may fail a build.
    warnings: &'a [Problem],
    files: Vec<Entry<'a>>,
}

#[derive(Serialize)]
struct Entry<'a> {
    path: String,
    service: Option<&'a str>,
    state: &'static str,
    action: &'static str,
    message: &'static str,
    remedy: Option<Cow<'static, str>>,
}

/// For programs: every file with its state; `action` is what was done, or `none`.
pub fn json(
    out: &mut dyn Write,
    plan: &Plan,
    place: Place<'_>,
    changed: &[&PlannedFile],
    errors: &[Problem],
    warnings: &[Problem],
) -> io::Result<()> {
    let mut states = BTreeMap::new();
    for file in &plan.files {
        *states.entry(file.state.word()).or_default() += 1;
    }
    // In the order of the plan, so that one look at the next of them is enough.
    let mut done = changed.iter().peekable();
    let files: Vec<_> = plan
        .files
        .iter()
        .map(|file| Entry {
            path: path(place.root, file),
            service: file.unit.as_deref(),
            state: file.state.word(),
            action: done.next_if(|done| std::ptr::eq(**done, file)).map_or("none", |_| verb(&file.action)),
            message: file.state.explanation(),
            remedy: file.state.remedy().map(|remedy| place.fleet_options.put_into(remedy)),
        })
        .collect();
    let differences = plan.differences().count();
    let report = Report { states, differences, changed: changed.len(), errors, warnings, files };
    serde_json::to_writer_pretty(&mut *out, &report)?;
    writeln!(out)
}

/// For a GitHub workflow: an annotation on each file that differs.
pub fn github(out: &mut dyn Write, plan: &Plan, place: Place<'_>) -> io::Result<()> {
    for file in plan.differences() {
        let remedy = place.fleet_options.put_into(file.state.remedy().unwrap_or_default());
        writeln!(
            out,
            "::error file={},line={},title={}::{}; {remedy}",
            property(&path(place.root, file)),
            first_difference(file),
            property(file.state.word()),
            file.state.explanation(),
        )?;
    }
    Ok(())
}

/// The first line of a file that is not as it should be.
fn first_difference(file: &PlannedFile) -> usize {
    let (Some(old), Some(new)) = (&file.old, &file.new) else { return 1 };
    // The header says what it was written from, which is never what somebody changed.
    let header = |line: &&[u8]| line.starts_with(b"# dockwright:") || line.starts_with(b"// dockwright:");
    let mut old = old.split(|byte| *byte == b'\n').enumerate();
    let mut new = new.as_bytes().split(|byte| *byte == b'\n');
    let first = old.find(|(_, line)| new.next().is_none_or(|wanted| *line != wanted && !header(line)));
    first.map_or(1, |(index, _)| index + 1)
}

/// A line about a lock that does not go with the description.
pub fn wrong_lock(
    out: &mut dyn Write,
    path: &Path,
    fleet_options: &FleetOptions,
    annotated: bool,
) -> io::Result<()> {
    let path = shown(path).to_string();
    let message = fleet_options
        .put_into("it does not match the images of services.toml; run `dockwright lock --update`");
    if annotated {
        return writeln!(out, "::error file={},line=1,title=not in sync::{message}", property(&path));
    }
    writeln!(out, "{path}: not in sync")
}
