//! The plan of a move to other bases, for people.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

use anstyle::{AnsiColor, Effects, Style};

use super::{place, visible};
use crate::bases::{Change, EndOfLife, Release};
use crate::date::Date;
use crate::diagnostic::{Diagnostic, few};
use crate::image::ImageReference;
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
    list(out, "Needs review", notes(|file| &file.notes), texts)?;
    list(out, "Skipped", notes(|file| &file.unsure), texts)?;
    list(out, "Skipped: cannot be read", notes(|file| &file.faults), texts)
}

/// What was done to complete an interrupted run; `shown` is a path as people know it.
pub fn completed(
    err: &mut dyn Write,
    repaired: &[Repaired],
    shown: impl Fn(&Path) -> String,
) -> io::Result<()> {
    let count = super::counted(repaired.len(), "file");
    writeln!(err, "Completed an interrupted run: {count} changed")?;
    for Repaired { path, removed } in repaired.iter().take(MOST) {
        let verb = if *removed { "removed" } else { "written" };
        super::line(err, &format!("  {verb}  {}", shown(path)))?;
    }
    match repaired.len().checked_sub(MOST) {
        Some(more @ 1..) => writeln!(err, "  and {} more", super::counted(more, "file")),
        _ => Ok(()),
    }
}

/// The images whose tags name no release, with the one that they stand on at a day.
pub fn unnamed(
    out: &mut dyn Write,
    images: &BTreeMap<ImageReference, &Release>,
    day: Date,
) -> io::Result<()> {
    for (image, release) in images.iter().take(MOST) {
        let message = format!("the tag of `{image}` does not name its release: as of {day}, it is {release}");
        super::hint_line(out, &message)?;
    }
    match images.len().checked_sub(MOST) {
        Some(more @ 1..) => super::hint_line(
            out,
            &format!("and {} without a release in the tag", super::counted(more, "more image")),
        ),
        _ => Ok(()),
    }
}

/// Warns of files that are not looked at: they say that they are generated, but not by the description at hand, or
/// others are made from them.
pub fn passed_over(err: &mut dyn Write, paths: &[String], reason: &str) -> io::Result<()> {
    for path in paths.iter().take(MOST) {
        let message = format!("`{path}` is skipped: {reason}");
        super::warning_line(err, &message)?;
    }
    match paths.len().checked_sub(MOST) {
        Some(more @ 1..) => {
            let more = super::counted(more, "more file");
            super::warning_line(err, &format!("{more} skipped: {reason}"))
        }
        _ => Ok(()),
    }
}

fn one(out: &mut dyn Write, moved: &Move, today: Date) -> io::Result<()> {
    writeln!(out, "{TITLE}{} -> {}{TITLE:#}", moved.from, moved.to)?;
    for (base, role) in &moved.bases {
        writeln!(out, "  for       the {role} image of the base `{base}`")?;
    }
    if let Some(end) = &moved.eol {
        writeln!(out, "  old       {}", lifetime(end, today))?;
    }
    if !moved.is_known {
        let text = format!(
            "the catalogue does not have `{}`: whether it exists and when it ends is not known",
            moved.to
        );
        warn(out, &text)?;
    }
    if let Some(end) = &moved.new_eol {
        writeln!(out, "  new       {}", lifetime(end, today))?;
        if ends_soon(end, today) {
            warn(out, &short_lived(moved, end, today))?;
        }
    }
    for change in &moved.changes {
        if let Some(text) = describe(change) {
            writeln!(out, "  changes   {text}")?;
        }
    }
    for text in moved.doubt.iter().cloned().chain(moved.changes.iter().filter_map(advice)) {
        warn(out, &text)?;
    }
    if let Some(other) = moved.twins.first() {
        warn(out, &format!("`{other}` becomes this image too: to move one of them, write its tag in FROM"))?;
    }
    for text in &moved.data {
        warn(out, &format!("the data: {text}"))?;
    }
    if !moved.services.is_empty() {
        writeln!(out, "  services  {}", names(moved.services.iter()))?;
    }
    writeln!(out, "  files     {}", names(moved.files.iter()))
}

fn warn(out: &mut dyn Write, text: &str) -> io::Result<()> {
    writeln!(out, "  {WARNING}look at{WARNING:#}   {text}")
}

fn lifetime(end: &EndOfLife, today: Date) -> String {
    let state = if end.is_past(today) { "past its end of life since" } else { "maintained until" };
    format!("{state} {}", end.when())
}

/// Whether an image that is moved to now has to be moved again at once.
fn ends_soon(end: &EndOfLife, today: Date) -> bool {
    const SOON: u32 = 92;
    end.is_past(today) || end.date.days_since(today) <= SOON
}

fn short_lived(moved: &Move, end: &EndOfLife, today: Date) -> String {
    let state = if end.is_past(today) { "the new image has ended" } else { "the new image ends soon" };
    match &moved.newest {
        Some((image, end)) if !ends_soon(end, today) => {
            format!("{state}; `{image}` is maintained until {}", end.date)
        }
        _ => state.to_owned(),
    }
}

/// What to look at after a change of the interpreter.
fn advice(change: &Change) -> Option<String> {
    let Change::Interpreter { from, to } = change else { return None };
    let (old, new) = (from.version.as_deref()?, to.version.as_deref()?);
    let what = match from.name.as_str() {
        "python" => "wheels",
        "node" => "native modules",
        _ => return None,
    };
    let numbers =
        |version: &str| version.split('.').map(|part| part.parse().unwrap_or(0)).collect::<Vec<u32>>();
    let older = if numbers(new) < numbers(old) { ", which is older" } else { "" };
    (old != new)
        .then(|| format!("whether pinned packages support {} {new}{older}, with {what} for it", from.name))
}

fn names<'n>(names: impl ExactSizeIterator<Item = &'n String>) -> String {
    visible(&few(names, MOST)).into_owned()
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
        Change::InterpreterGained(interpreter) => format!("{} is there", interpreter.path),
        Change::InterpreterLost(interpreter) => format!("{} is no longer included", interpreter.path),
        Change::CLibrary { from, to } => format!("{from} to {to}"),
        Change::MergedUsr(true) => "/bin, /sbin and /lib are links into /usr".to_owned(),
        Change::MergedUsr(false) => "/bin, /sbin and /lib are directories".to_owned(),
        Change::ShellGained(shell) => format!("a shell ({shell})"),
        Change::ShellLost(shell) => format!("no shell ({shell})"),
        Change::PackageManager { .. } => "no package manager, or a different one".to_owned(),
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
        super::line(out, &format!("  {path}:{line}:{column}: {}{hint}", note.message))?;
    }
    Ok(())
}
