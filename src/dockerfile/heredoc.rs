//! Finding the operators of here-documents in a logical line.
//!
//! `BuildKit` cuts the line into words with its shell lexer (`heredocsFromLine` of moby/buildkit's
//! `frontend/dockerfile/parser/parser.go`); a word that looks like `3<<-"EOF"` starts a
//! here-document. A line the lexer cannot read (an open quote, `${x@Q}`) has none.

use std::iter::Peekable;
use std::ops::Range;
use std::str::CharIndices;

/// An operator such as `<<-"EOF"`.
#[derive(Debug, PartialEq)]
pub(super) struct Operator {
    pub(super) range: Range<usize>,
    pub(super) descriptor: Option<u32>,
    pub(super) strip_tabs: bool,
    pub(super) name: String,
    pub(super) quoted: bool,
    /// Whether blanks stand between `<<` and the name: frontends before 1.16 see no operator.
    pub(super) spaced: bool,
}

/// The operators of a line, in order.
pub(super) fn operators(line: &str) -> Vec<Operator> {
    // The search for one character is the faster one, and nearly always the last.
    if !line.contains('<') || !line.contains("<<") {
        return Vec::new();
    }
    let words = Scan { text: line, chars: line.char_indices().peekable() }.words();
    words.unwrap_or_default().into_iter().filter_map(|range| operator(line, range)).collect()
}

/// Whether a word of COPY or ADD is a here-document instead of a path.
pub(super) fn is_operator(word: &str) -> bool {
    operator(word, 0..word.len()).is_some()
}

fn operator(line: &str, range: Range<usize>) -> Option<Operator> {
    let word = &line[range.clone()];
    let (descriptor, rest) = word.split_at(word.find('<')?);
    let rest = rest.strip_prefix("<<")?;
    if !descriptor.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let (strip_tabs, rest) = rest.strip_prefix('-').map_or((false, rest), |rest| (true, rest));
    let name = rest.trim_start();
    if name.is_empty() || name.contains('<') {
        return None;
    }
    Some(Operator {
        descriptor: descriptor.parse().ok(),
        strip_tabs,
        name: unquote(name),
        quoted: name.contains(['\'', '"']),
        spaced: name.len() < rest.len(),
        range,
    })
}

fn unquote(word: &str) -> String {
    let mut value = String::new();
    let mut quote = None;
    let mut chars = word.chars();
    while let Some(c) = chars.next() {
        match quote {
            None if c == '\'' || c == '"' => quote = Some(c),
            Some(open) if open == c => quote = None,
            None if c == '\\' => value.extend(chars.next()),
            _ => value.push(c),
        }
    }
    value
}

/// What an open construct waits for.
#[derive(Clone, Copy, PartialEq)]
enum Open {
    /// A double quote.
    Quote,
    /// The brace that ends `${`.
    Brace,
    /// The slash between pattern and replacement in `${x/a/b}`.
    Slash,
    /// Nothing: `$x` and `${x}` are whole.
    Nothing,
}

struct Scan<'t> {
    text: &'t str,
    chars: Peekable<CharIndices<'t>>,
}

impl Scan<'_> {
    /// The words of the line; nothing if a construct is not closed or not known.
    fn words(mut self) -> Option<Vec<Range<usize>>> {
        let mut words = Vec::new();
        let mut open: Vec<Open> = Vec::new();
        let mut start = None;
        while let Some((at, c)) = self.chars.next() {
            if open.is_empty() && c.is_whitespace() {
                words.extend(start.take().map(|start| start..at));
                continue;
            }
            start.get_or_insert(at);
            let inside = open.last().copied();
            match c {
                '\\' if inside != Some(Open::Quote) || self.peek_is(|c| matches!(c, '"' | '$' | '\\')) => {
                    self.chars.next();
                }
                '"' if inside == Some(Open::Quote) => {
                    open.pop();
                }
                '}' if inside == Some(Open::Brace) => {
                    open.pop();
                }
                '/' if inside == Some(Open::Slash) => {
                    open.pop();
                    open.push(Open::Brace);
                }
                '$' => match self.dollar()? {
                    Open::Nothing => {}
                    construct => open.push(construct),
                },
                '"' => open.push(Open::Quote),
                '\'' if inside != Some(Open::Quote) => {
                    self.chars.by_ref().find(|&(_, c)| c == '\'')?;
                }
                '<' if open.is_empty() && self.peek_is(|c| c == '<') => {
                    self.chars.next();
                    while self.peek_is(|c| c == ' ' || c == '\t') {
                        self.chars.next();
                    }
                }
                _ => {}
            }
        }
        words.extend(start.map(|start| start..self.text.len()));
        open.is_empty().then_some(words)
    }

    fn peek_is(&mut self, what: impl Fn(char) -> bool) -> bool {
        self.chars.peek().is_some_and(|&(_, c)| what(c))
    }

    /// What follows a dollar sign, and what it leaves open; `None` if it cannot be read.
    fn dollar(&mut self) -> Option<Open> {
        if !self.peek_is(|c| c == '{') {
            if self.peek_is(|c| c == '$') {
                self.chars.next();
            }
            return Some(Open::Nothing);
        }
        self.chars.next();
        if self.peek_is(|c| matches!(c, '{' | '}' | ':')) {
            return None;
        }
        if self.peek_is(|c| matches!(c, '@' | '*' | '#' | '?' | '-' | '$' | '!')) {
            self.chars.next();
        } else {
            while self.peek_is(|c| c.is_alphanumeric() || c == '_') {
                self.chars.next();
            }
        }
        match self.chars.next()?.1 {
            '}' => Some(Open::Nothing),
            ':' => {
                self.chars.next()?;
                Some(Open::Brace)
            }
            '+' | '-' | '?' | '#' | '%' => Some(Open::Brace),
            '/' => {
                if self.peek_is(|c| c == '/') {
                    self.chars.next();
                }
                Some(Open::Slash)
            }
            _ => None,
        }
    }
}
