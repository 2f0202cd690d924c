//! Cutting the text of an instruction into flags, words and strings.
//!
//! The functions follow `split_command.go` and `line_parsers.go` of moby/buildkit's package
//! `frontend/dockerfile/parser`, and give ranges instead of copies.

use std::ops::Range;

/// What separates a keyword from its arguments, and words without quotes from each other.
pub(super) fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | 0x0b | 0x0c | b'\r')
}

/// White space where moby/buildkit looks at bytes: none beyond ASCII.
pub(super) fn is_space(byte: u8) -> bool {
    byte == b'\n' || is_blank(byte)
}

/// The range inside `range` without white space around it.
pub(super) fn trim(text: &str, range: Range<usize>) -> Range<usize> {
    let part = &text[range.clone()];
    let start = range.start + (part.len() - part.trim_start().len());
    start..start + part.trim().len()
}

/// Where the first equals sign is. Names are short: looking at one byte after the other is fastest.
pub(super) fn equals(text: &str) -> Option<usize> {
    text.bytes().position(|byte| byte == b'=')
}

/// A flag as it is written, and as it reads without quotes and escapes where that differs.
pub(super) struct RawFlag {
    pub(super) range: Range<usize>,
    pub(super) unquoted: Option<String>,
}

/// The flags at the start of the arguments, and where the rest begins.
///
/// A flag is a word that begins with two dashes; quotes and backslashes (whatever the escape
/// character is) work in it, and `--` alone ends the flags.
pub(super) fn flags(text: &str, range: Range<usize>) -> (Vec<RawFlag>, usize) {
    let mut flags = Vec::new();
    let mut at = range.start;
    loop {
        let rest = &text.as_bytes()[at..range.end];
        at += rest.iter().position(|&byte| !is_space(byte)).unwrap_or(rest.len());
        if !text[at..range.end].starts_with("--") {
            return (flags, at);
        }
        let (end, unquoted) = flag_end(text, at..range.end);
        let word = unquoted.as_deref().unwrap_or(&text[at..end]);
        if word == "--" {
            return (flags, end);
        }
        flags.push(RawFlag { range: at..end, unquoted });
        at = end;
    }
}

fn flag_end(text: &str, range: Range<usize>) -> (usize, Option<String>) {
    let word = &text[range.clone()];
    let plain = word.bytes().position(|byte| is_space(byte) || matches!(byte, b'\'' | b'"' | b'\\'));
    match plain {
        None => return (range.end, None),
        Some(end) if is_space(word.as_bytes()[end]) => return (range.start + end, None),
        Some(_) => {}
    }
    let mut unquoted = String::new();
    let mut quote = None;
    let mut chars = word.char_indices();
    while let Some((at, c)) = chars.next() {
        match quote {
            None if u8::try_from(c).is_ok_and(is_space) => return (range.start + at, Some(unquoted)),
            None if c == '\'' || c == '"' => quote = Some(c),
            Some(open) if c == open => quote = None,
            _ if c == '\\' => unquoted.extend(chars.next().map(|(_, escaped)| escaped)),
            _ => unquoted.push(c),
        }
    }
    (range.end, Some(unquoted))
}

/// Words between blanks; quotes mean nothing (FROM, EXPOSE, COPY, ADD, VOLUME).
pub(super) fn split_blanks(text: &str, range: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let bytes = &text.as_bytes()[..range.end];
    let mut at = range.start;
    std::iter::from_fn(move || {
        while bytes.get(at).copied().is_some_and(is_blank) {
            at += 1;
        }
        let start = at;
        while bytes.get(at).is_some_and(|&byte| !is_blank(byte)) {
            at += 1;
        }
        (start < at).then_some(start..at)
    })
}

/// Words between white space, where quotes and escapes keep white space together (ENV, LABEL,
/// ARG). They stay as they are written.
pub(super) fn split_quoted(text: &str, range: Range<usize>, escape: char) -> Vec<Range<usize>> {
    let mut words = Vec::new();
    let mut start = None;
    let mut quote = None;
    let mut chars = text[range.clone()].char_indices();
    let mut end = range.end;
    while let Some((offset, c)) = chars.next() {
        let at = range.start + offset;
        if quote.is_none() && c.is_whitespace() {
            words.extend(start.take().map(|start| start..at));
            continue;
        }
        start.get_or_insert(at);
        if c == escape && quote != Some('\'') {
            // An escape character at the very end is dropped.
            if chars.next().is_none() {
                end = at;
            }
        } else if quote == Some(c) {
            quote = None;
        } else if quote.is_none() && (c == '\'' || c == '"') {
            quote = Some(c);
        }
    }
    words.extend(start.filter(|&start| start < end).map(|start| start..end));
    words
}

/// What a text that may be a JSON array of strings is.
pub(super) enum Json {
    /// An array of strings: where each stands between its quotes, and what it says if it is escaped.
    Strings(Vec<(Range<usize>, Option<String>)>),
    /// An array of something else, which is an error.
    NotStrings,
    /// An array of strings with something behind it: a shell form to frontends that read the whole
    /// text as JSON, an exec form to older ones, which drop the rest.
    Followed(Range<usize>),
    /// No JSON array: the shell form.
    Not,
}

/// Reads a text as a JSON array of strings, as Go's `encoding/json` does.
pub(super) fn json(text: &str, range: Range<usize>) -> Json {
    if !text[range.clone()].starts_with('[') {
        return Json::Not;
    }
    let mut scan =
        JsonScan { bytes: text.as_bytes(), text, at: range.start + 1, end: range.end, closed: false };
    match scan.strings() {
        Some(strings) => Json::Strings(strings),
        None if scan.closed => Json::Followed(scan.at..range.end),
        None if serde_json::from_str::<Vec<serde::de::IgnoredAny>>(&text[range]).is_ok() => Json::NotStrings,
        None => Json::Not,
    }
}

struct JsonScan<'t> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
    end: usize,
    /// Whether the closing bracket was read.
    closed: bool,
}

impl JsonScan<'_> {
    fn strings(&mut self) -> Option<Vec<(Range<usize>, Option<String>)>> {
        let mut strings = Vec::new();
        if self.next_token()? == b']' {
            return self.at_end().then_some(strings);
        }
        self.at -= 1;
        loop {
            if self.next_token()? != b'"' {
                return None;
            }
            strings.push(self.string()?);
            match self.next_token()? {
                b',' => {}
                b']' => return self.at_end().then_some(strings),
                _ => return None,
            }
        }
    }

    fn skip_space(&mut self) {
        while self.at < self.end && matches!(self.bytes[self.at], b' ' | b'\t' | b'\r' | b'\n') {
            self.at += 1;
        }
    }

    fn next_token(&mut self) -> Option<u8> {
        self.skip_space();
        self.next_byte()
    }

    fn next_byte(&mut self) -> Option<u8> {
        let byte = (self.at < self.end).then(|| self.bytes[self.at])?;
        self.at += 1;
        Some(byte)
    }

    fn at_end(&mut self) -> bool {
        self.closed = true;
        self.skip_space();
        self.at == self.end
    }

    /// The string whose opening quote was read.
    fn string(&mut self) -> Option<(Range<usize>, Option<String>)> {
        let open = self.at - 1;
        let mut decoded: Option<String> = None;
        let mut plain = self.at;
        loop {
            match self.next_byte()? {
                b'"' => break,
                b'\\' => {
                    let before = &self.text[plain..self.at - 1];
                    let value = decoded.get_or_insert_default();
                    value.push_str(before);
                    let escaped = self.escaped()?;
                    decoded.get_or_insert_default().push(escaped);
                    plain = self.at;
                }
                0..0x20 => return None,
                _ => {}
            }
        }
        let last = &self.text[plain..self.at - 1];
        Some((open + 1..self.at - 1, decoded.map(|value| value + last)))
    }

    fn escaped(&mut self) -> Option<char> {
        Some(match self.next_byte()? {
            c @ (b'"' | b'\\' | b'/') => char::from(c),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => self.unicode()?,
            _ => return None,
        })
    }

    /// `\uXXXX`, or a pair of them; a lone surrogate is the replacement character.
    fn unicode(&mut self) -> Option<char> {
        let first = self.hex()?;
        if let 0xd800..0xdc00 = first
            && self.text[..self.end].get(self.at..self.at + 2) == Some("\\u")
        {
            let before = self.at;
            self.at += 2;
            let second = self.hex()?;
            if let 0xdc00..0xe000 = second {
                return char::from_u32(0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00));
            }
            self.at = before;
        }
        Some(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn hex(&mut self) -> Option<u32> {
        let digits = self.text[..self.end].get(self.at..self.at + 4)?;
        let valid = digits.bytes().all(|b| b.is_ascii_hexdigit());
        self.at += 4;
        valid.then(|| u32::from_str_radix(digits, 16).ok()).flatten()
    }
}
