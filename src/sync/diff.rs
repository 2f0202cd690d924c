//! Showing a difference as a unified diff.

use std::fmt::Write;
use std::time::{Duration, Instant};

use anstyle::Style;
use similar::{ChangeTag, InlineChangeOptions, TextDiff};

use super::header::normalise;
use super::plan::text_of;
use super::{PlannedFile, State};

/// How long to look for the smallest difference; after that a larger one will do.
const PATIENCE: Duration = Duration::from_millis(500);

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

/// The difference as `patch` and `git apply` take it; empty if there is none.
pub fn unified(file: &PlannedFile) -> String {
    Sides::of(file).map(|sides| sides.unified()).unwrap_or_default()
}

/// The difference of two texts of one file, line ends included; empty if there is none.
pub fn between(path: &str, old: &str, new: &str, styles: Option<&DiffStyles>) -> String {
    if old == new {
        return String::new();
    }
    let sides = Sides {
        old_name: format!("a/{path}"),
        new_name: format!("b/{path}"),
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
pub fn styled(file: &PlannedFile, styles: &DiffStyles) -> String {
    Sides::of(file).map(|sides| sides.styled(styles)).unwrap_or_default()
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
        .map(|c| if c.is_control() && c != '\t' { c.escape_default().to_string() } else { c.to_string() })
        .collect();
    let _ = write!(out, "{style}{text}{style:#}");
}

/// The two texts of a file, and the names that a diff gives them.
struct Sides {
    old_name: String,
    new_name: String,
    old: String,
    new: String,
}

impl Sides {
    fn of(file: &PlannedFile) -> Option<Self> {
        if file.old.as_deref() == file.new.as_ref().map(String::as_bytes) {
            return None;
        }
        let name = |side: char, there: bool| {
            if there { format!("{side}/{}", file.path) } else { "/dev/null".to_owned() }
        };
        let old = file.old.as_deref().map(text_of).unwrap_or_default();
        Some(Self {
            old_name: name('a', file.old.is_some()),
            new_name: name('b', file.new.is_some()),
            old: if file.state == State::LineEnds { old } else { normalise(&old) }.into_owned(),
            new: file.new.clone().unwrap_or_default(),
        })
    }

    fn unified(&self) -> String {
        self.diff().unified_diff().header(&self.old_name, &self.new_name).to_string()
    }

    fn styled(&self, styles: &DiffStyles) -> String {
        let diff = self.diff();
        let mut out = String::new();
        let mut names = Some([("---", &self.old_name), ("+++", &self.new_name)]);
        for hunk in diff.unified_diff().iter_hunks() {
            for (mark, name) in names.take().into_iter().flatten() {
                line(&mut out, styles.header, &format!("{mark} {name}"));
            }
            line(&mut out, styles.hunk, &hunk.header().to_string());
            for change in hunk.ops().iter().flat_map(|op| {
                diff.iter_inline_changes_with_options_deadline(
                    op,
                    InlineChangeOptions::default(),
                    Some(Instant::now() + PATIENCE),
                )
            }) {
                let (plain, word) = match change.tag() {
                    ChangeTag::Equal => (Style::new(), Style::new()),
                    ChangeTag::Delete => (styles.removed, styles.removed_word),
                    ChangeTag::Insert => (styles.added, styles.added_word),
                };
                piece(&mut out, plain, &change.tag().to_string());
                for (marked, text) in change.iter_strings_lossy() {
                    piece(&mut out, if marked { word } else { plain }, text.trim_end_matches('\n'));
                }
                out.push('\n');
                if change.missing_newline() {
                    out.push_str("\\ No newline at end of file\n");
                }
            }
        }
        out
    }

    fn diff(&self) -> TextDiff<'_, '_, str> {
        TextDiff::configure().timeout(PATIENCE).diff_lines(self.old.as_str(), self.new.as_str())
    }
}
