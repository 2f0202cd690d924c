//! Variables, quotes and escapes in a word, as `BuildKit`'s shell lexer reads them.
//!
//! `frontend/dockerfile/shell/lex.go` of moby/buildkit is the model. It adds what a reader without
//! a build needs: a variable whose value nobody knows makes the whole word unknown.

use std::iter::Peekable;
use std::str::Chars;

use super::pattern::{Length, Pattern};

/// What is known of a variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variable<'v> {
    /// It has this value.
    Set(&'v str),
    /// It has none: it reads as nothing.
    Unset,
    /// It is a build argument without a default: only the one who builds knows, but `${X:-y}` has
    /// an answer all the same.
    Required,
    /// Its value is only known when the image is built.
    Unknown,
}

/// The value of a word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expansion {
    /// This.
    Known(String),
    /// It depends on this variable, which is not known.
    Unknown(String),
}

/// Why a word cannot be expanded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExpandError {
    /// A quote or a brace is open at the end.
    #[error("nothing closes the `{0}`")]
    Open(char),
    /// `${}`, `${:x}`, `${x@y}`
    #[error("`${{…}}` is not a substitution: use ${{name}}, or one of :- :+ :? - + ? # ## % %% / //")]
    Substitution,
    /// `${x:?message}`
    #[error("`{name}` has no value: {message}")]
    Required {
        /// The variable.
        name: String,
        /// What the word says about it.
        message: String,
    },
    /// A backslash in a pattern stands before an ordinary character.
    #[error("`{0}` is not a pattern: a backslash can only escape * ? or \\")]
    Pattern(String),
    /// More than any Dockerfile needs.
    #[error("this word expands to more than {LIMIT} bytes, or nests too deeply")]
    Limit,
}

/// How much longer variables may make a word. It keeps `ENV A=$A$A`, forty times, harmless.
const LIMIT: usize = 64 * 1024;
const DEPTH: usize = 50;

/// Reads a word as `BuildKit` does: quotes and escapes are taken away, variables replaced.
pub fn expand<'v>(
    word: &str,
    escape: char,
    lookup: &dyn Fn(&str) -> Variable<'v>,
) -> Result<Expansion, ExpandError> {
    // Go's scanner takes a byte-order mark at the beginning of any text for one.
    let word = word.strip_prefix('\u{feff}').unwrap_or(word);
    let mut lexer = Lexer::new(word, escape, lookup);
    let value = lexer.until(None, false, 0)?;
    Ok(value.into())
}

/// The same for the body of a here-document, in which quotes stand for themselves and a backslash
/// escapes, whatever the file says.
pub(crate) fn expand_body<'v>(
    body: &str,
    lookup: &dyn Fn(&str) -> Variable<'v>,
) -> Result<Expansion, ExpandError> {
    let mut lexer = Lexer { quotes: false, ..Lexer::new(body, '\\', lookup) };
    let value = lexer.until(None, false, 0)?;
    Ok(value.into())
}

/// The same for an instruction whose variables may hold several words (EXPOSE).
pub fn expand_words<'v>(
    word: &str,
    escape: char,
    lookup: &dyn Fn(&str) -> Variable<'v>,
) -> Result<Vec<Expansion>, ExpandError> {
    Ok(match expand(word, escape, lookup)? {
        // Blanks come from variables only: the words of the instruction were cut at its own.
        Expansion::Known(value) => {
            value.split_whitespace().map(|word| Expansion::Known(word.to_owned())).collect()
        }
        unknown @ Expansion::Unknown(_) => vec![unknown],
    })
}

/// A value, or the name of the variable it hangs on.
type Value = Result<String, String>;

impl From<Value> for Expansion {
    fn from(value: Value) -> Self {
        match value {
            Ok(value) => Self::Known(value),
            Err(name) => Self::Unknown(name),
        }
    }
}

struct Lexer<'t, 'v, 'f> {
    chars: Peekable<Chars<'t>>,
    escape: char,
    /// Whether quotes are taken away.
    quotes: bool,
    lookup: &'f dyn Fn(&str) -> Variable<'v>,
    /// How many bytes variables may still add.
    room: usize,
}

impl<'t, 'v, 'f> Lexer<'t, 'v, 'f> {
    fn new(word: &'t str, escape: char, lookup: &'f dyn Fn(&str) -> Variable<'v>) -> Self {
        Self { chars: word.chars().peekable(), escape, quotes: true, lookup, room: LIMIT }
    }

    /// Reads up to a character, or to the end. `raw` keeps the escape characters, for patterns.
    fn until(&mut self, stop: Option<char>, raw: bool, depth: usize) -> Result<Value, ExpandError> {
        if depth > DEPTH {
            return Err(ExpandError::Limit);
        }
        let mut out: Value = Ok(String::new());
        while let Some(&c) = self.chars.peek() {
            if Some(c) == stop {
                self.chars.next();
                return Ok(out);
            }
            match c {
                '\'' if self.quotes => self.single_quoted(&mut out)?,
                '"' if self.quotes => self.double_quoted(&mut out, raw, depth)?,
                '$' => {
                    let value = self.dollar(depth)?;
                    append(&mut out, value);
                }
                _ => {
                    self.chars.next();
                    if c != self.escape {
                        push(&mut out, c);
                        continue;
                    }
                    if raw {
                        push(&mut out, c);
                    }
                    if let Some(escaped) = self.chars.next() {
                        push(&mut out, escaped);
                    }
                }
            }
        }
        match stop {
            Some(stop) => Err(ExpandError::Open(if stop == '}' { '{' } else { stop })),
            None => Ok(out),
        }
    }

    fn single_quoted(&mut self, out: &mut Value) -> Result<(), ExpandError> {
        self.chars.next();
        loop {
            match self.chars.next() {
                None => return Err(ExpandError::Open('\'')),
                Some('\'') => return Ok(()),
                Some(c) => push(out, c),
            }
        }
    }

    fn double_quoted(&mut self, out: &mut Value, raw: bool, depth: usize) -> Result<(), ExpandError> {
        self.chars.next();
        loop {
            match self.chars.peek().copied() {
                None => return Err(ExpandError::Open('"')),
                Some('"') => {
                    self.chars.next();
                    return Ok(());
                }
                Some('$') => {
                    let value = self.dollar(depth)?;
                    append(out, value);
                }
                Some(c) => {
                    self.chars.next();
                    let escape = self.escape;
                    let special = |next: &char| matches!(next, '"' | '$') || *next == escape;
                    if c == escape && raw {
                        push(out, c);
                    }
                    match self.chars.next_if(|next| c == escape && special(next)) {
                        Some(after) => push(out, after),
                        None => push(out, c),
                    }
                }
            }
        }
    }

    fn dollar(&mut self, depth: usize) -> Result<Value, ExpandError> {
        self.chars.next();
        if self.chars.next_if_eq(&'{').is_none() {
            let name = self.name();
            return if name.is_empty() { Ok(Ok("$".to_owned())) } else { self.value(&name) };
        }
        match self.chars.peek() {
            None => return Err(ExpandError::Open('{')),
            Some('{' | '}' | ':') => return Err(ExpandError::Substitution),
            Some(_) => {}
        }
        let name = self.name();
        match self.chars.next() {
            None => Err(ExpandError::Open('{')),
            Some('}') => self.value(&name),
            Some(':') => {
                let operator = self.chars.next().ok_or(ExpandError::Open('{'))?;
                if matches!(operator, '#' | '%') {
                    return Err(ExpandError::Substitution);
                }
                self.operator(&name, operator, true, depth)
            }
            Some(operator @ ('+' | '-' | '?' | '#' | '%')) => self.operator(&name, operator, false, depth),
            Some('/') => self.replacement(&name, depth),
            Some(_) => Err(ExpandError::Substitution),
        }
    }

    /// The value of a variable where it stands alone.
    fn value(&mut self, name: &str) -> Result<Value, ExpandError> {
        match (self.lookup)(name) {
            Variable::Set(value) => {
                self.room = self.room.checked_sub(value.len()).ok_or(ExpandError::Limit)?;
                Ok(Ok(value.to_owned()))
            }
            Variable::Unset => Ok(Ok(String::new())),
            Variable::Required | Variable::Unknown => Ok(Err(name.to_owned())),
        }
    }

    fn operator(
        &mut self,
        name: &str,
        operator: char,
        or_empty: bool,
        depth: usize,
    ) -> Result<Value, ExpandError> {
        let word = self.until(Some('}'), matches!(operator, '#' | '%'), depth + 1)?;
        let variable = (self.lookup)(name);
        let missing = match variable {
            Variable::Set(value) => or_empty && value.is_empty(),
            Variable::Unset | Variable::Required => true,
            Variable::Unknown => false,
        };
        match operator {
            '-' if missing => Ok(word),
            '+' => Ok(match variable {
                Variable::Set(_) | Variable::Unset if missing => Ok(String::new()),
                Variable::Set(_) => word,
                _ => Err(name.to_owned()),
            }),
            '?' if missing && variable != Variable::Required => {
                let message = word.ok().filter(|word| !word.is_empty());
                let message = message.unwrap_or_else(|| "it must be set".to_owned());
                Err(ExpandError::Required { name: name.to_owned(), message })
            }
            '-' | '?' => self.value(name),
            '#' | '%' => self.trimmed(name, operator, word),
            _ => Err(ExpandError::Substitution),
        }
    }

    /// `${name#pattern}` takes the shortest match from the front, `##` the longest, `%` from the end.
    fn trimmed(&mut self, name: &str, operator: char, pattern: Value) -> Result<Value, ExpandError> {
        let pattern = match pattern {
            Ok(pattern) => pattern,
            Err(name) => return Ok(Err(name)),
        };
        let (length, text) = match pattern.strip_prefix(operator) {
            Some(rest) => (Length::Longest, rest),
            None => (Length::Shortest, &*pattern),
        };
        let steps = Pattern::new(text).ok_or_else(|| ExpandError::Pattern(text.to_owned()))?;
        let value = match self.value(name)? {
            Ok(value) => value,
            Err(name) => return Ok(Err(name)),
        };
        let mut chars: Vec<char> = value.chars().collect();
        self.pay(steps.len(), chars.len())?;
        let from_end = operator == '%';
        let steps = if from_end { steps.reversed() } else { steps };
        if from_end {
            chars.reverse();
        }
        let cut = steps.prefix(&chars, length).unwrap_or(0);
        let mut kept = chars.split_off(cut);
        if from_end {
            kept.reverse();
        }
        Ok(Ok(kept.into_iter().collect()))
    }

    /// `${name/pattern/replacement}` replaces the first match, `//` all.
    fn replacement(&mut self, name: &str, depth: usize) -> Result<Value, ExpandError> {
        let all = self.chars.next_if_eq(&'/').is_some();
        let pattern = self.until(Some('/'), true, depth + 1)?;
        let with = self.until(Some('}'), true, depth + 1)?;
        let (pattern, with) = match (pattern, with) {
            (Ok(pattern), Ok(with)) => (pattern, with),
            (Err(name), _) | (_, Err(name)) => return Ok(Err(name)),
        };
        let steps = Pattern::new(&pattern).ok_or(ExpandError::Pattern(pattern))?;
        let value = match self.value(name)? {
            Ok(value) => value,
            Err(name) => return Ok(Err(name)),
        };
        let chars: Vec<char> = value.chars().collect();
        self.pay(steps.len() * (chars.len() + 1), chars.len())?;
        let matches = if all { chars.len() + 1 } else { 1 };
        self.room = self.room.checked_sub(with.len().saturating_mul(matches)).ok_or(ExpandError::Limit)?;
        Ok(Ok(steps.replace(&chars, &with, all)))
    }

    /// Refuses a match that would take long.
    fn pay(&mut self, steps: usize, chars: usize) -> Result<(), ExpandError> {
        let cost = steps.saturating_mul(chars) / 64;
        self.room = self.room.checked_sub(cost).ok_or(ExpandError::Limit)?;
        Ok(())
    }

    /// A name, a number, or one of the shell's special parameters.
    fn name(&mut self) -> String {
        let mut name = String::new();
        if let Some(special) = self.chars.next_if(|&c| is_special(c)) {
            name.push(special);
            return name;
        }
        let number = self.chars.peek().copied().is_some_and(is_digit);
        let belongs = |c: &char| if number { is_digit(*c) } else { is_in_name(*c) };
        while let Some(c) = self.chars.next_if(belongs) {
            name.push(c);
        }
        name
    }
}

/// Whether a character is one of the shell's special parameters.
pub(super) fn is_special(c: char) -> bool {
    matches!(c, '@' | '*' | '#' | '?' | '-' | '$' | '!')
}

/// Whether a character may stand in the name of a variable.
pub(super) fn is_in_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || is_digit(c) || (c.is_alphabetic() && !c.is_numeric())
}

/// Whether a character is a decimal digit of any script (Unicode's category Nd): `٣`, but not `²`.
pub(super) fn is_digit(c: char) -> bool {
    let code = u32::from(c);
    match ZEROS.partition_point(|zero| *zero <= code) {
        0 => c.is_ascii_digit(),
        above => code - ZEROS[above - 1] < 10,
    }
}

/// The zeros of Unicode's scripts beyond ASCII; the other nine digits follow each.
#[rustfmt::skip]
const ZEROS: [u32; 65] = [
    0x0660, 0x06f0, 0x07c0, 0x0966, 0x09e6, 0x0a66, 0x0ae6, 0x0b66, 0x0be6, 0x0c66, 0x0ce6, 0x0d66, 0x0de6,
    0x0e50, 0x0ed0, 0x0f20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50, 0x1bb0,
    0x1c40, 0x1c50, 0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10, 0x104a0, 0x10d30,
    0x11066, 0x110f0, 0x11136, 0x111d0, 0x112f0, 0x11450, 0x114d0, 0x11650, 0x116c0, 0x11730, 0x118e0,
    0x11950, 0x11c50, 0x11d50, 0x11da0, 0x16a60, 0x16ac0, 0x16b50, 0x1d7ce, 0x1d7d8, 0x1d7e2, 0x1d7ec,
    0x1d7f6, 0x1e140, 0x1e2f0, 0x1e950, 0x1fbf0,
];

fn push(out: &mut Value, c: char) {
    if let Ok(out) = out {
        out.push(c);
    }
}

fn append(out: &mut Value, value: Value) {
    match (out, value) {
        (Ok(out), Ok(value)) => out.push_str(&value),
        (out @ Ok(_), Err(name)) => *out = Err(name),
        (Err(_), _) => {}
    }
}
