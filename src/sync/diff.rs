//! Showing a difference as a unified diff.

use std::fmt::Write;
use std::ops::Range;
use std::time::{Duration, Instant};

use anstyle::Style;
use similar::algorithms::{Capture, Compact, Replace, myers};
use similar::{DiffOp, DiffTag, group_diff_ops};

use super::header::normalise;
use super::plan::text_of;
use super::{PlannedFile, State};
use crate::diagnostic::is_obeyed;

/// How long to look for the smallest difference; after that a larger one will do.
const PATIENCE: Duration = Duration::from_millis(500);

/// How many lines that stay are shown around those that change.
const CONTEXT: usize = 3;

/// What follows a line without an end.
const OPEN_END: &str = "\n\\ No newline at end of file\n";

/// How the parts of a diff look on a terminal.
#[derive(Debug, Clone, Copy, Default)]
pub struct DiffStyles {
    /// The two lines that name the file.
    pub header: Style,
    /// The line that starts a hunk.
    pub hunk: Style,
    /// What goes.
    pub removed: Style,
    /// What comes.
    pub added: Style,
    /// The words that go, in a line that stays alike.
    pub removed_word: Style,
    /// The words that come, in a line that stays alike.
    pub added_word: Style,
}

/// The difference of the file at `path` as `patch` and `git apply` take it; empty if there is none.
pub fn unified(file: &PlannedFile, path: &str) -> String {
    Sides::of(file, path).map(|sides| sides.unified()).unwrap_or_default()
}

/// The difference of two texts of one file, line ends included; empty if there is none.
pub fn between(path: &str, old: &str, new: &str, styles: Option<&DiffStyles>) -> String {
    if old == new {
        return String::new();
    }
    let sides = Sides {
        old_name: side_of('a', path),
        new_name: side_of('b', path),
        old: old.to_owned(),
        new: new.to_owned(),
    };
    match styles {
        Some(styles) => sides.styled(styles),
        None => sides.unified(),
    }
}

/// The difference for a terminal, with the changed words marked; empty if there is none.
///
/// Control characters of a file are shown, not sent to the terminal.
pub fn styled(file: &PlannedFile, path: &str, styles: &DiffStyles) -> String {
    Sides::of(file, path).map(|sides| sides.styled(styles)).unwrap_or_default()
}

fn line(out: &mut String, style: Style, text: &str) {
    piece(out, style, text);
    out.push('\n');
}

fn piece(out: &mut String, style: Style, text: &str) {
    if text.is_empty() {
        return;
    }
    let text: String = text
        .chars()
        .map(|c| if is_obeyed(c) || c == '\n' { c.escape_default().to_string() } else { c.to_string() })
        .collect();
    let _ = write!(out, "{style}{text}{style:#}");
}

/// The name of a file on a side of a diff; as in git's, an absolute path loses its first slash, and a name that is not
/// plain text is quoted, which `patch` and `git apply` understand.
fn side_of(side: char, path: &str) -> String {
    let name = format!("{side}/{}", path.trim_start_matches('/'));
    if !name.contains(|c| c == '\n' || c == '\t' || c == '"' || c == '\\' || is_obeyed(c)) {
        return name;
    }
    let mut quoted = String::from("\"");
    for byte in name.bytes() {
        match byte {
            b'"' | b'\\' => quoted.extend(['\\', char::from(byte)]),
            b' '..=b'~' => quoted.push(char::from(byte)),
            _ => {
                let _ = write!(quoted, "\\{byte:03o}");
            }
        }
    }
    quoted.push('"');
    quoted
}

/// The two texts of a file, and the names that a diff gives them.
struct Sides {
    old_name: String,
    new_name: String,
    old: String,
    new: String,
}

impl Sides {
    fn of(file: &PlannedFile, path: &str) -> Option<Self> {
        if file.old.as_deref() == file.new.as_ref().map(String::as_bytes) {
            return None;
        }
        let name = |side: char, there: bool, what: &str| {
            if there { format!("{}\t{what}", side_of(side, path)) } else { "/dev/null".to_owned() }
        };
        let old = file.old.as_deref().map(text_of).unwrap_or_default();
        let there = match file.state {
            State::InSync | State::Missing | State::Stale => "on disk".to_owned(),
            state => format!("on disk: {}", state.word()),
        };
        Some(Self {
            old_name: name('a', file.old.is_some(), &there),
            new_name: name('b', file.new.is_some(), "as services.toml describes it"),
            old: if file.state == State::LineEnds { old } else { normalise(&old) }.into_owned(),
            new: file.new.clone().unwrap_or_default(),
        })
    }

    fn unified(&self) -> String {
        let mut out = String::new();
        self.hunks(|hunk, changes| {
            if out.is_empty() {
                let _ = writeln!(out, "--- {}\n+++ {}", self.old_name, self.new_name);
            }
            let _ = writeln!(out, "{hunk}");
            for Change { mark, line, .. } in changes {
                let _ = write!(out, "{mark}{line}{}", if line.ends_with('\n') { "" } else { OPEN_END });
            }
        });
        out
    }

    fn styled(&self, styles: &DiffStyles) -> String {
        let mut out = String::new();
        self.hunks(|hunk, changes| {
            if out.is_empty() {
                line(&mut out, styles.header, &format!("--- {}", self.old_name));
                line(&mut out, styles.header, &format!("+++ {}", self.new_name));
            }
            line(&mut out, styles.hunk, hunk);
            for change in changes {
                let (plain, word) = match change.mark {
                    '-' => (styles.removed, styles.removed_word),
                    '+' => (styles.added, styles.added_word),
                    _ => (Style::new(), Style::new()),
                };
                piece(&mut out, plain, change.mark.encode_utf8(&mut [0; 4]));
                for (is_word, text) in &change.pieces {
                    piece(&mut out, if *is_word { word } else { plain }, text.trim_end_matches('\n'));
                }
                out.push_str(if change.line.ends_with('\n') { "\n" } else { OPEN_END });
            }
        });
        out
    }

    /// Shows each hunk: its first line, and its lines.
    fn hunks(&self, mut show: impl FnMut(&str, &[Change<'_>])) {
        let old: Vec<&str> = self.old.split_inclusive('\n').collect();
        let new: Vec<&str> = self.new.split_inclusive('\n').collect();
        for group in group_diff_ops(operations(&old, &new), CONTEXT) {
            let (first, last) = (&group[0], &group[group.len() - 1]);
            let of_old = range(first.old_range().start..last.old_range().end);
            let of_new = range(first.new_range().start..last.new_range().end);
            let changes: Vec<_> = group.iter().flat_map(|op| changes(op, &old, &new)).collect();
            show(&format!("@@ -{of_old} +{of_new} @@"), &changes);
        }
    }
}

/// A line of a hunk.
struct Change<'t> {
    /// `-`, `+`, or a blank for a line that stays.
    mark: char,
    line: &'t str,
    pieces: Pieces<'t>,
}

/// The operations that make one sequence another, by Myers' algorithm. One function for lines and words, and the
/// algorithm by its name: choosing among all of the crate at run time puts each of them into the program.
fn operations(old: &[&str], new: &[&str]) -> Vec<DiffOp> {
    let mut hook = Compact::new(Replace::new(Capture::new()), old, new);
    let end = Some(Instant::now() + PATIENCE);
    let Ok(()) = myers::diff_deadline(&mut hook, old, 0..old.len(), new, 0..new.len(), end);
    hook.into_inner().into_inner().into_ops()
}

/// The lines of an operation.
fn changes<'t>(op: &DiffOp, old: &[&'t str], new: &[&'t str]) -> Vec<Change<'t>> {
    let (removed, added) = (&old[op.old_range()], &new[op.new_range()]);
    let whole = |mark: char, lines: &[&'t str]| -> Vec<Change<'t>> {
        lines.iter().map(|line| Change { mark, line, pieces: vec![(false, *line)] }).collect()
    };
    if op.tag() == DiffTag::Equal {
        return whole(' ', removed);
    }
    let pieces = words(removed, added);
    let mut changes: Vec<_> = whole('-', removed).into_iter().chain(whole('+', added)).collect();
    for (change, pieces) in changes.iter_mut().zip(pieces.into_iter().flatten()) {
        change.pieces = pieces;
    }
    changes
}

/// Parts of a line, and whether each is what changed in it.
type Pieces<'t> = Vec<(bool, &'t str)>;

/// The parts of lines that go, then of those that come; none where too little stays alike to be worth marking.
fn words<'t>(removed: &[&'t str], added: &[&'t str]) -> Option<Vec<Pieces<'t>>> {
    // Half of it, counted as difflib does: what is alike of both sides.
    let is_alike = |common: usize, of: usize| of > 0 && 4 * common >= of;
    if !is_alike(removed.len().min(added.len()), removed.len() + added.len()) {
        return None;
    }
    let (old, new) = (Tokens::of(removed), Tokens::of(added));
    let operations = operations(&old.texts, &new.texts);
    let equal = operations.iter().filter(|op| op.tag() == DiffTag::Equal);
    if !is_alike(equal.map(|op| op.old_range().len()).sum(), old.texts.len() + new.texts.len()) {
        return None;
    }
    let mut pieces = vec![Vec::new(); removed.len() + added.len()];
    let (of_old, of_new) = pieces.split_at_mut(removed.len());
    for op in operations {
        let changed = op.tag() != DiffTag::Equal;
        old.add(op.old_range(), changed, of_old);
        new.add(op.new_range(), changed, of_new);
    }
    Some(pieces)
}

/// Words of lines, and the blanks between them.
struct Tokens<'s, 't> {
    lines: &'s [&'t str],
    texts: Vec<&'t str>,
    /// The line of each, and where it begins in it.
    places: Vec<(usize, usize)>,
}

impl<'s, 't> Tokens<'s, 't> {
    fn of(lines: &'s [&'t str]) -> Self {
        let mut tokens = Self { lines, texts: Vec::new(), places: Vec::new() };
        for (number, line) in lines.iter().enumerate() {
            let mut at = 0;
            while let Some(first) = line[at..].chars().next() {
                let rest = &line[at..];
                let end =
                    rest.find(|c: char| c.is_whitespace() != first.is_whitespace()).unwrap_or(rest.len());
                tokens.texts.push(&rest[..end]);
                tokens.places.push((number, at));
                at += end;
            }
        }
        tokens
    }

    /// Adds a run of tokens to the parts of their lines.
    fn add(&self, run: Range<usize>, changed: bool, pieces: &mut [Pieces<'t>]) {
        let run: Vec<usize> = run.collect();
        for of_line in run.chunk_by(|a, b| self.places[*a].0 == self.places[*b].0) {
            let (first, last) = (of_line[0], of_line[of_line.len() - 1]);
            let (line, start) = self.places[first];
            let end = self.places[last].1 + self.texts[last].len();
            pieces[line].push((changed, &self.lines[line][start..end]));
        }
    }
}

/// The lines of a hunk in one file, as its first line says them.
fn range(lines: Range<usize>) -> String {
    match lines.len() {
        1 => lines.end.to_string(),
        0 => format!("{},0", lines.start),
        count => format!("{},{count}", lines.start + 1),
    }
}
