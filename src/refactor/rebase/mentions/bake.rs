//! References in bake files, in HCL and JSON.
//!
//! Both are read as what they share: names before `=`, `:` and brackets, and strings.

use super::super::packages::lines;
use super::values::{Setting, Settings};
use super::{Mention, Site, inside, value};
use crate::diagnostic::{Diagnostic, Span};

/// What a bake file mentions and sets. An error is a string, comment or bracket that does not end.
pub(super) fn mentions<'t>(text: &'t str, found: &mut Vec<Mention>) -> Result<Settings<'t>, Diagnostic> {
    let settings = Settings::default();
    let mut reader =
        Reader { text, levels: Vec::new(), words: Vec::new(), key: None, open: None, settings, found };
    let mut at = 0;
    while let Some(token) = next(text, at)? {
        at = token.place.end;
        reader.token(token);
    }
    match reader.levels.last() {
        Some(level) => Err(unclosed(level.at, "this bracket")),
        None => Ok(reader.settings),
    }
}

fn unclosed(at: usize, what: &str) -> Diagnostic {
    let hint = "correct it, and nothing in it is overlooked";
    Diagnostic::new(at..at + 1, format!("{what} is not closed")).hint(hint)
}

struct Token {
    kind: Kind,
    place: Span,
}

enum Kind {
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
fn next(text: &str, mut at: usize) -> Result<Option<Token>, Diagnostic> {
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
                let (length, plain) = string(rest).ok_or_else(|| unclosed(at, "this string"))?;
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

/// The length of the string that `text` begins with, quotes included, and whether it means just what is
/// written. `None` if it does not end.
fn string(text: &str) -> Option<(usize, bool)> {
    let (mut at, mut plain) = (1, true);
    loop {
        let rest = text.get(at..)?;
        match rest.chars().next()? {
            '"' => return Some((at + 1, plain)),
            '\n' => return None,
            '\\' => {
                plain = false;
                at += 1 + rest[1..].chars().next()?.len_utf8();
            }
            '$' | '%' if rest[1..].starts_with('{') => {
                plain = false;
                let escaped = text[..at].ends_with(&rest[..1]);
                at += if escaped { 2 } else { template(rest)? };
            }
            c => at += c.len_utf8(),
        }
    }
}

/// The length of the template that `text` begins with: `${…}`, with strings and brackets inside.
fn template(text: &str) -> Option<usize> {
    let (mut at, mut depth) = (1, 0);
    loop {
        let rest = text.get(at..)?;
        let first = rest.chars().next()?;
        at += if first == '"' { string(rest)?.0 } else { first.len_utf8() };
        match first {
            '{' => depth += 1,
            '}' if depth == 1 => return Some(at),
            '}' => depth -= 1,
            _ => {}
        }
    }
}

/// The length of `<<END`, the lines behind it and END. `None` if there is no END.
fn heredoc(text: &str) -> Option<usize> {
    let end = line(text).trim_start_matches(['<', '-']).trim();
    let closes = |place: &Span| text[place.clone()].trim() == end;
    lines(text, &(0..text.len())).skip(1).find(closes).map(|place| place.end)
}

struct Reader<'t, 'f> {
    text: &'t str,
    levels: Vec<Level<'t>>,
    /// The words and strings since the last separator: what a key or the head of a block is made of
    words: Vec<&'t str>,
    key: Option<&'t str>,
    /// The argument or variable whose value is being read, and how many brackets are open around it
    open: Option<(Setting<'t>, usize)>,
    settings: Settings<'t>,
    found: &'f mut Vec<Mention>,
}

/// A bracket that is open.
struct Level<'t> {
    at: usize,
    kind: u8,
    /// The key that it is the value of, or the type of the block
    name: &'t str,
    /// What the block is called: `BASE` of `variable "BASE"`
    label: &'t str,
}

impl<'t> Reader<'t, '_> {
    fn token(&mut self, token: Token) {
        let written = &self.text[token.place.clone()];
        self.setting(&token);
        match token.kind {
            Kind::Word => self.words.push(written),
            Kind::String { content, plain } => {
                let is_value =
                    self.key.is_some() || self.levels.last().is_some_and(|level| level.kind != b'{');
                if !is_value {
                    self.words.push(&self.text[content]);
                    return;
                }
                self.words.push("");
                if plain {
                    value(self.text, &content, self.site(), self.found);
                } else {
                    inside(self.text, &content, self.found);
                }
            }
            Kind::Heredoc => {
                self.words.push("");
                inside(self.text, &token.place, self.found);
            }
            Kind::Open => {
                let name = self.key.take().or(self.words.first().copied()).unwrap_or_default();
                let label = self.words.get(1).copied().unwrap_or_default();
                self.levels.push(Level { at: token.place.start, kind: written.as_bytes()[0], name, label });
                self.words.clear();
            }
            Kind::Close => {
                self.levels.pop();
                self.key = None;
                self.words.clear();
            }
            Kind::Assign if self.key.is_none() => {
                self.key = self.words.last().copied();
                self.words.clear();
                self.open = self.opened(token.place.end).map(|setting| (setting, self.levels.len()));
            }
            // JSON may have its value on the line below the key.
            Kind::Separator if written == "," || !self.words.is_empty() => {
                self.key = None;
                self.words.clear();
            }
            Kind::Assign | Kind::Separator | Kind::Other => {}
        }
    }

    /// Takes a token into the value that is being read, which ends with its line or its block.
    fn setting(&mut self, token: &Token) {
        let Some((setting, depth)) = &mut self.open else { return };
        let is_outside = self.levels.len() == *depth;
        match token.kind {
            Kind::Separator | Kind::Close if is_outside && !setting.place.is_empty() => {
                let setting = self.open.take().map(|(setting, _)| setting);
                self.settings.add(self.text, setting);
            }
            Kind::Separator => {}
            _ if setting.place.is_empty() => setting.place = token.place.clone(),
            _ => setting.place.end = token.place.end,
        }
    }

    /// The argument or variable whose value begins at `at`.
    fn opened(&self, at: usize) -> Option<Setting<'t>> {
        let (key, level) = (self.key?, self.levels.last()?);
        let above = self.levels.iter().rev().nth(1).map(|level| level.name);
        let (variable, name) = match (level.name, key) {
            _ if level.kind == b'{' && self.levels.iter().any(|level| level.name == "args") => (false, key),
            ("variable", "default") => (true, level.label),
            (name, "default") if above == Some("variable") => (true, name),
            _ => return None,
        };
        Some(Setting { variable, name, place: at..at })
    }

    /// What a value here is for.
    fn site(&self) -> Site {
        let names: Vec<&str> = self.levels.iter().map(|level| level.name).chain(self.key).collect();
        let called = self.levels.iter().any(|level| level.kind == b'(');
        let is_below = |name| names.contains(&name);
        if called {
            Site::Text
        } else if is_below("args") || is_below("matrix") || (is_below("variable") && is_below("default")) {
            Site::Argument
        } else if is_below("contexts") {
            Site::Context
        } else {
            Site::Text
        }
    }
}
