//! The plan of a move to other bases, for people.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

use anstyle::{AnsiColor, Effects, Style};

use super::place;
use crate::bases::Change;
use crate::date::Date;
use crate::diagnostic::Diagnostic;
use crate::refactor::rebase::{Move, RebasePlan};
use crate::sync::transaction::Repaired;

const TITLE: Style = Style::new().effects(Effects::BOLD);
const WARNING: Style = AnsiColor::Yellow.on_default();

/// More names than this are counted, not listed.
const MOST: usize = 8;

/// What moves, why, what else changes, and what has to be looked at. `texts` are the files by path.
pub fn plan(
    out: &mut dyn Write,
    plan: &RebasePlan,
    texts: &BTreeMap<&str, &str>,
    today: Date,
) -> io::Result<()> {
    for moved in &plan.moves {
        one(out, moved, today)?;
    }
    let notes = |notes: fn(&crate::refactor::rebase::FilePlan) -> &Vec<Diagnostic>| {
        plan.files.iter().flat_map(move |file| notes(file).iter().map(|note| (file.path.as_str(), note)))
    };
    list(out, "Look at", notes(|file| &file.notes), texts)?;
    list(out, "Left as they are", notes(|file| &file.unsure), texts)?;
    list(out, "Left, because they are broken", notes(|file| &file.faults), texts)
}

/// What was done to complete an interrupted run; `shown` is a path as people know it.
pub fn completed(
    err: &mut dyn Write,
    repaired: &[Repaired],
    shown: impl Fn(&Path) -> String,
) -> io::Result<()> {
    let count = super::counted(repaired.len(), "file");
    writeln!(err, "An interrupted run is completed: {count} changed")?;
    for Repaired { path, removed } in repaired.iter().take(MOST) {
        let verb = if *removed { "removed" } else { "written" };
        writeln!(err, "  {verb}  {}", shown(path))?;
    }
    match repaired.len().checked_sub(MOST) {
        Some(more @ 1..) => writeln!(err, "  and {} more", super::counted(more, "file")),
        _ => Ok(()),
    }
}

/// Warns of files that say they are generated, but not by the description at hand.
pub fn passed_over(err: &mut dyn Write, paths: &[String]) -> io::Result<()> {
    for path in paths.iter().take(MOST) {
        let message = format!("`{path}` is passed over: it has the header of a generated file");
        super::warning_line(err, &message)?;
    }
    match paths.len().checked_sub(MOST) {
        Some(more @ 1..) => {
            let more = super::counted(more, "more file");
            super::warning_line(err, &format!("{more} passed over: they have the header of a generated file"))
        }
        _ => Ok(()),
    }
}

fn one(out: &mut dyn Write, moved: &Move, today: Date) -> io::Result<()> {
    writeln!(out, "{TITLE}{} -> {}{TITLE:#}", moved.from, moved.to)?;
    if let Some(end) = &moved.eol {
        if end.is_past(today) {
            writeln!(out, "  why       past its end of life since {} ({})", end.date, end.of)?;
        } else {
            writeln!(out, "  until     {} ({})", end.date, end.of)?;
        }
    }
    for change in &moved.changes {
        if let Some(text) = describe(change) {
            writeln!(out, "  changes   {text}")?;
        }
    }
    if !moved.services.is_empty() {
        writeln!(out, "  services  {}", names(moved.services.iter()))?;
    }
    writeln!(out, "  files     {}", names(moved.files.iter()))
}

fn names<'n>(names: impl ExactSizeIterator<Item = &'n String>) -> String {
    let count = names.len();
    let shown: Vec<&str> = names.take(MOST).map(String::as_str).collect();
    match count.checked_sub(MOST) {
        Some(more @ 1..) => format!("{} and {more} more", shown.join(", ")),
        _ => shown.join(", "),
    }
}

/// A change in a line; what only matters to whoever takes it over is among the notes.
pub(super) fn describe(change: &Change) -> Option<String> {
    Some(match change {
        Change::Release { from, to } => format!("{from} to {to}"),
        Change::Interpreter { from, to } => {
            let version = |version: &Option<String>| version.clone().unwrap_or_else(|| "?".to_owned());
            let moved = match (&from.home, &to.home) {
                (Some(old), Some(new)) if old != new => Some((old, new)),
                _ => (from.path != to.path).then_some((&from.path, &to.path)),
            };
            let version = format!("{} {} to {}", from.name, version(&from.version), version(&to.version));
            match moved {
                Some((old, new)) if from.version == to.version => {
                    format!("{} moves from {old} to {new}", from.name)
                }
                Some((old, new)) => format!("{version}, {old} to {new}"),
                None => version,
            }
        }
        Change::InterpreterLost(interpreter) => format!("{} is no longer there", interpreter.path),
        Change::CLibrary { from, to } => format!("{from} to {to}"),
        Change::MergedUsr(true) => "/bin, /sbin and /lib are links into /usr".to_owned(),
        Change::MergedUsr(false) => "/bin, /sbin and /lib are directories".to_owned(),
        Change::ShellLost(shell) => format!("no shell ({shell})"),
        Change::PackageManager { .. } => "no package manager, or another one".to_owned(),
        Change::PlatformsLost(platforms) => format!("no longer for {}", platforms.join(", ")),
        Change::PackagesRenamed(_)
        | Change::User { .. }
        | Change::Workdir { .. }
        | Change::Entrypoint { .. }
        | Change::Cmd { .. }
        | Change::Env { .. } => return None,
    })
}

fn list<'n>(
    out: &mut dyn Write,
    title: &str,
    notes: impl Iterator<Item = (&'n str, &'n Diagnostic)>,
    texts: &BTreeMap<&str, &str>,
) -> io::Result<()> {
    let mut notes = notes.peekable();
    if notes.peek().is_none() {
        return Ok(());
    }
    writeln!(out, "{WARNING}{title}{WARNING:#}")?;
    for (path, note) in notes {
        let (line, column) = place(texts.get(path).copied().unwrap_or_default(), note.span.start);
        let hint = note.hint.as_deref().map(|hint| format!("; {hint}")).unwrap_or_default();
        writeln!(out, "  {path}:{line}:{column}: {}{hint}", note.message)?;
    }
    Ok(())
}
