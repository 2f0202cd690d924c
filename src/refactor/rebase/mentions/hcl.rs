//! The tokens of HCL, in which bake files are written.

use super::super::packages::lines;
use crate::diagnostic::{Diagnostic, Span};

/// How deep brackets, and strings in templates, may nest. No file of a fleet comes near it.
pub(super) const DEEPEST: usize = 100;

/// An error at what does not end.
pub(super) fn unclosed(at: usize, what: &str) -> Diagnostic {
    let hint = "fix it so that the rest of the file can be checked";
    Diagnostic::new(at..at + 1, format!("{what} is not closed")).hint(hint)
}

/// An error at what nests deeper than [`DEEPEST`].
pub(super) fn too_deep(at: usize, what: &str) -> Diagnostic {
    Diagnostic::new(at..at + 1, format!("{what} nest deeper than {DEEPEST} levels"))
}

pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) place: Span,
}

pub(super) enum Kind {
    Word,
    /// What stands between the quotes, and whether it means just that: without escapes and templates
    String {
        content: Span,
        plain: bool,
    },
    /// The lines of a here-document
    Heredoc,
    /// `{`, `[` or `(`
    Open,
    Close,
    /// `=` or `:`
    Assign,
    /// A comma or the end of a line
    Separator,
    Other,
}

/// The token that begins at `at`, or behind blanks and comments.
pub(super) fn next(text: &str, mut at: usize) -> Result<Option<Token>, Diagnostic> {
    loop {
        let rest = &text[at..];
        let Some(first) = rest.chars().next() else { return Ok(None) };
        let (kind, length) = match first {
            '#' => {
                at += line(rest).len();
                continue;
            }
            '/' if rest.starts_with("//") => {
                at += line(rest).len();
                continue;
            }
            '/' if rest.starts_with("/*") => {
                at += rest.find("*/").ok_or_else(|| unclosed(at, "this comment"))? + 2;
                continue;
            }
            '\n' | ',' => (Kind::Separator, 1),
            c if c.is_whitespace() || c == '\u{feff}' => {
                at += c.len_utf8();
                continue;
            }
            '{' | '[' | '(' => (Kind::Open, 1),
            '}' | ']' | ')' => (Kind::Close, 1),
            '=' | ':' if !rest[1..].starts_with('=') => (Kind::Assign, 1),
            '"' => {
                let (length, plain) = string(rest).map_err(|broken| match broken {
                    Broken::Open => unclosed(at, "this string"),
                    Broken::Deep => too_deep(at, "templates"),
                })?;
                (Kind::String { content: at + 1..at + length - 1, plain }, length)
            }
            '<' if rest.starts_with("<<") => match heredoc(rest) {
                Some(length) => (Kind::Heredoc, length),
                None => return Err(unclosed(at, "this here-document")),
            },
            c if is_word(c) => (Kind::Word, rest.find(|c| !is_word(c)).unwrap_or(rest.len())),
            // Two characters, so that no half of `==`, `!=`, `<=` is taken for an assignment.
            _ if rest[first.len_utf8()..].starts_with('=') => (Kind::Other, first.len_utf8() + 1),
            _ => (Kind::Other, first.len_utf8()),
        };
        return Ok(Some(Token { kind, place: at..at + length }));
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '.')
}

fn line(text: &str) -> &str {
    text.split('\n').next().unwrap_or_default()
}

/// Why a string or a template is not read.
pub(super) enum Broken {
    /// It does not end
    Open,
    /// Templates nest in it deeper than [`DEEPEST`]
    Deep,
}

/// The length of the string that `text` begins with, quotes included, and whether it means just what is
/// written.
pub(super) fn string(text: &str) -> Result<(usize, bool), Broken> {
    string_in(text, 0)
}

/// The same, inside of so many templates.
fn string_in(text: &str, templates: usize) -> Result<(usize, bool), Broken> {
    let (mut at, mut plain) = (1, true);
    loop {
        let rest = text.get(at..).ok_or(Broken::Open)?;
        match first(rest)? {
            '"' => return Ok((at + 1, plain)),
            '\n' => return Err(Broken::Open),
            '\\' => {
                plain = false;
                at += 1 + first(&rest[1..])?.len_utf8();
            }
            '$' | '%' if rest[1..].starts_with('{') => {
                plain = false;
                let escaped = text[..at].ends_with(&rest[..1]);
                at += if escaped { 2 } else { template_in(rest, templates + 1)? };
            }
            c => at += c.len_utf8(),
        }
    }
}

/// The length of the template that `text` begins with: `${…}`, with strings and brackets inside.
pub(super) fn template(text: &str) -> Result<usize, Broken> {
    template_in(text, 1)
}

/// The same, as one of so many templates inside each other.
fn template_in(text: &str, templates: usize) -> Result<usize, Broken> {
    if templates > DEEPEST {
        return Err(Broken::Deep);
    }
    let (mut at, mut depth) = (1, 0);
    loop {
        let rest = text.get(at..).ok_or(Broken::Open)?;
        let c = first(rest)?;
        at += match c {
            '"' => string_in(rest, templates)?.0,
            // JSON writes the quotes of a string in here as `\"`.
            '\\' => 1 + first(&rest[1..])?.len_utf8(),
            _ => c.len_utf8(),
        };
        match c {
            '{' => depth += 1,
            '}' if depth == 1 => return Ok(at),
            '}' => depth -= 1,
            _ => {}
        }
    }
}

fn first(text: &str) -> Result<char, Broken> {
    text.chars().next().ok_or(Broken::Open)
}

/// The length of `<<END`, the lines behind it and END. `None` if there is no END.
fn heredoc(text: &str) -> Option<usize> {
    let end = line(text).trim_start_matches(['<', '-']).trim();
    let closes = |place: &Span| text[place.clone()].trim() == end;
    lines(text, &(0..text.len())).skip(1).find(closes).map(|place| place.end)
}
