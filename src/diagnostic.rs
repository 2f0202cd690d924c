//! What is wrong with a text, and where: the one currency of every reader in the library.
//!
//! A diagnostic points into a text by byte span and knows nothing of files or terminals; the room
//! `report` turns it into lines and columns.

use std::borrow::Cow;
use std::fmt::Display;
use std::io;
use std::ops::Range;

/// A range of bytes in a text.
pub type Span = Range<usize>;

/// One mistake: where it is, what is wrong, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// The bytes that are wrong.
    pub span: Span,
    /// What is wrong, in one line without a trailing period.
    pub message: String,
    /// What to do, in one line.
    pub hint: Option<String>,
    /// Another place that has a part in it, with what it is.
    pub related: Option<(Span, String)>,
    /// What it is about in the table whose name is at `span`: keys, from the outermost. The reader of the table puts their
    /// place into `span`.
    pub keys: Box<[String]>,
}

impl Diagnostic {
    /// A mistake at `span`.
    pub fn new(span: Span, message: impl Into<String>) -> Self {
        Self { span, message: message.into(), hint: None, related: None, keys: Box::default() }
    }

    /// The same, with what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same, at a key of the table whose name is at `span`. The last may be an item of a list.
    #[must_use]
    pub fn about<const N: usize>(mut self, keys: [&str; N]) -> Self {
        self.keys = Box::new(keys.map(str::to_owned));
        self
    }

    /// The same, with another place that has a part in it.
    #[must_use]
    pub fn related(mut self, span: Span, label: impl Into<String>) -> Self {
        self.related = Some((span, label.into()));
        self
    }
}

/// A text for one line, with escapes in place of what a terminal would obey.
pub fn visible(text: &str) -> Cow<'_, str> {
    if text.chars().all(|c| !is_obeyed(c) && c != '\n') {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_obeyed(c) || c == '\n' { shown.extend(c.escape_default()) } else { shown.push(c) }
    }
    Cow::Owned(shown)
}

/// Whether a terminal obeys a character instead of showing it: controls, and marks that change the order of
/// writing (Unicode standard annex 9) or end a line.
pub(crate) fn is_obeyed(c: char) -> bool {
    let is_control = c.is_control() && !matches!(c, '\n' | '\t');
    is_control
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// What the system said, as a message goes on with it: in lower case, without the number and the period of Windows. The
/// commonest causes have one text on every system.
pub fn cause(error: &io::Error) -> String {
    let text = error.to_string();
    match (error.kind(), text.find(" (os error")) {
        (io::ErrorKind::NotFound, Some(_)) => "no such file or directory".to_owned(),
        (io::ErrorKind::PermissionDenied, Some(_)) => "permission denied".to_owned(),
        (_, Some(end)) => text[..end].trim_end_matches('.').to_lowercase(),
        (_, None) => text,
    }
}

/// What to do about a refusal of the system.
pub fn remedy(error: &io::Error) -> Option<&'static str> {
    Some(match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "free disk space, and run the command again: it completes the rest"
        }
        io::ErrorKind::PermissionDenied => "change its owner or its mode",
        io::ErrorKind::ReadOnlyFilesystem => "mount it read-write, or name another directory with --out",
        _ => return None,
    })
}

/// The first few of some names, and how many more there are.
pub(crate) fn few<N: Display>(names: impl ExactSizeIterator<Item = N>, most: usize) -> String {
    let rest = names.len().saturating_sub(most);
    let shown: Vec<String> = names.take(most).map(|name| name.to_string()).collect();
    if rest == 0 { shown.join(", ") } else { format!("{} and {rest} more", shown.join(", ")) }
}

/// The candidate that is nearest to a misspelt word, if one is near enough to be meant.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = word.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| (likeness(&lower, &candidate.to_lowercase()), candidate))
        .filter(|(score, _)| *score > 0.8)
        .max_by(|(a, x), (b, y)| a.total_cmp(b).then_with(|| y.cmp(x)))
        .map(|(_, candidate)| candidate)
}

/// How alike two words are, from 0 to 1. Of short words, one letter is a large part: `aap` is `app`, with one slip of
/// a finger (a letter too many, too few, another one, or two exchanged).
fn likeness(word: &str, candidate: &str) -> f64 {
    let is_slip = word.chars().count() > 2 && strsim::osa_distance(word, candidate) == 1;
    let likeness = strsim::jaro_winkler(word, candidate);
    if is_slip { likeness.max(0.9) } else { likeness }
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn one_slip_of_a_finger_is_forgiven() {
        for (written, meant) in
            [("aap", "app"), ("pap", "app"), ("ap", "app"), ("prots", "ports"), ("evn", "env")]
        {
            assert_eq!(nearest(written, ["app", "ports", "env"]), Some(meant), "{written}");
        }
        assert_eq!(nearest("xyz", ["app", "ports", "env"]), None);
    }
}
