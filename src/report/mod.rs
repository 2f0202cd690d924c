//! The ways a result is shown. Only this room and `cli` print, and always to a writer they are given.

pub mod bases;
pub mod build;
pub mod changes;
pub mod fleet_options;
pub mod graph;
pub mod images;
mod markup;
pub mod mistakes;
pub mod page;
pub mod patch;
pub mod rebase;
pub mod reference;
mod screen;
mod snippet;
pub mod status;
pub mod summary;

use std::io::{self, Write};
use std::path::Path;

pub use screen::{Out, Screen};

pub use crate::diagnostic::visible;

use annotate_snippets::Level;
use anstyle::{AnsiColor, Effects, Style};

use crate::context::Finding;
use crate::diagnostic::Diagnostic;
use crate::file_path::shown;
use crate::sync::diff::DiffStyles;

const ERROR: Style = AnsiColor::Red.on_default().effects(Effects::BOLD);
const WARNING: Style = AnsiColor::Yellow.on_default().effects(Effects::BOLD);
const HINT: Style = AnsiColor::Cyan.on_default().effects(Effects::BOLD);

/// More mistakes than this help nobody.
const MOST: usize = 20;

/// The colours of a diff.
pub const DIFF_STYLES: DiffStyles = DiffStyles {
    header: Style::new().effects(Effects::BOLD),
    hunk: AnsiColor::Cyan.on_default(),
    removed: AnsiColor::Red.on_default(),
    added: AnsiColor::Green.on_default(),
    removed_word: AnsiColor::Red.on_default().effects(Effects::BOLD.insert(Effects::UNDERLINE)),
    added_word: AnsiColor::Green.on_default().effects(Effects::BOLD.insert(Effects::UNDERLINE)),
};

/// `1 file`, `2 files`.
pub fn counted(count: usize, of: &str) -> String {
    format!("{count} {of}{}", if count == 1 { "" } else { "s" })
}

/// Line and column of a byte, counted from 1.
pub fn place(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

/// No message is longer than a few lines of a terminal.
const LONGEST: usize = 400;

/// A message with what a terminal would obey as escapes, and without the middle if it is long.
pub(super) fn brief(message: &str) -> String {
    let message = visible(message);
    let count = message.chars().count();
    // What says how much is left out takes some room itself.
    if count <= LONGEST + LONGEST / 10 {
        return message.into_owned();
    }
    let (start, end) = (LONGEST * 2 / 3, LONGEST / 3);
    let first: String = message.chars().take(start).collect();
    let last: String = message.chars().skip(count - end).collect();
    format!("{first}… ({} characters) …{last}", count - start - end)
}

/// A line of its own, whatever is in it.
pub fn line(out: &mut dyn Write, text: &str) -> io::Result<()> {
    writeln!(out, "{}", visible(text))
}

/// One mistake without a place in a file.
pub fn error_line(err: &mut dyn Write, message: &str, hint: Option<&str>) -> io::Result<()> {
    writeln!(err, "{ERROR}error{ERROR:#}: {}", brief(message))?;
    hint.map_or(Ok(()), |hint| hint_line(err, hint))
}

/// Something that deserves a look, and is no error.
pub fn warning_line(err: &mut dyn Write, message: &str) -> io::Result<()> {
    writeln!(err, "{WARNING}warning{WARNING:#}: {}", brief(message))
}

/// What to do.
pub fn hint_line(err: &mut dyn Write, message: &str) -> io::Result<()> {
    writeln!(err, "{HINT}hint{HINT:#}: {}", brief(message))
}

/// Mistakes in a file, each with its line.
pub fn diagnostics(err: &mut dyn Write, path: &Path, text: &str, mistakes: &[Diagnostic]) -> io::Result<()> {
    excerpts(err, path, text, mistakes, &Level::ERROR)?;
    let count = mistakes.len();
    let files = counted(count, "error");
    let rest = if count > MOST { format!(", of which the first {MOST} are shown") } else { String::new() };
    writeln!(err, "{ERROR}error{ERROR:#}: {files} in {}{rest}; nothing was written", shown(path))
}

/// What deserves a look in a file, and is no error.
pub fn warnings(err: &mut dyn Write, path: &Path, text: &str, found: &[Diagnostic]) -> io::Result<()> {
    excerpts(err, path, text, found, &Level::WARNING)
}

/// What of the build context is not there, each with the line that names it.
pub fn findings(err: &mut dyn Write, path: &Path, text: &str, findings: &[Finding]) -> io::Result<()> {
    for (is_certain, level) in [(false, Level::WARNING), (true, Level::ERROR)] {
        let found = findings.iter().filter(|finding| finding.is_certain == is_certain);
        let found: Vec<_> = found.map(|finding| finding.diagnostic.clone()).collect();
        excerpts(err, path, text, &found, &level)?;
        if let Some(more @ 1..) = found.len().checked_sub(MOST) {
            warning_line(err, &format!("{more} more in {}", shown(path)))?;
        }
    }
    Ok(())
}

fn excerpts(
    err: &mut dyn Write,
    path: &Path,
    text: &str,
    found: &[Diagnostic],
    level: &Level<'static>,
) -> io::Result<()> {
    let path = shown(path).to_string();
    found
        .iter()
        .take(MOST)
        .try_for_each(|one| writeln!(err, "{}", snippet::render(level.clone(), &path, text, one)))
}
