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
    pub(super) unquoted: Option<Unquoted>,
}

/// A text without its quotes and escapes.
#[derive(Default)]
pub(super) struct Unquoted {
    pub(super) text: String,
    /// Where each of its bytes stands in the line.
    places: Vec<usize>,
}

impl Unquoted {
    fn push(&mut self, at: usize, c: char) {
        self.text.push(c);
        self.places.extend(at..at + c.len_utf8());
    }

    /// The place in the line of a part of the text; `None` for an empty part.
    pub(super) fn place(&self, part: &Range<usize>) -> Option<Range<usize>> {
        let last = part.end.checked_sub(1).filter(|last| *last >= part.start)?;
        Some(*self.places.get(part.start)?..self.places.get(last)? + 1)
    }
}

/// The flags at the start of the arguments, and where the rest begins.
///
/// A flag is a word that begins with two dashes; quotes and the escape character work in it, and
/// `--` alone ends the flags.
pub(super) fn flags(text: &str, range: Range<usize>, escape: char) -> (Vec<RawFlag>, usize) {
    let mut flags = Vec::new();
    let mut at = range.start;
    loop {
        let rest = &text.as_bytes()[at..range.end];
        at += rest.iter().position(|&byte| !is_space(byte)).unwrap_or(rest.len());
        if !text[at..range.end].starts_with("--") {
            return (flags, at);
        }
        let (end, unquoted) = flag_end(text, at..range.end, escape);
        if unquoted.as_ref().map_or(&text[at..end], |unquoted| &unquoted.text) == "--" {
            return (flags, end);
        }
        flags.push(RawFlag { range: at..end, unquoted });
        at = end;
    }
}

fn flag_end(text: &str, range: Range<usize>, escape: char) -> (usize, Option<Unquoted>) {
    let word = &text[range.clone()];
    let special = |byte: u8| is_space(byte) || matches!(byte, b'\'' | b'"') || char::from(byte) == escape;
    match word.bytes().position(special) {
        None => return (range.end, None),
        Some(end) if is_space(word.as_bytes()[end]) => return (range.start + end, None),
        Some(_) => {}
    }
    let mut unquoted = Unquoted::default();
    let mut quote = None;
    let mut chars = word.char_indices().map(|(offset, c)| (range.start + offset, c));
    while let Some((at, c)) = chars.next() {
        match quote {
            None if u8::try_from(c).is_ok_and(is_space) => return (at, Some(unquoted)),
            None if c == '\'' || c == '"' => quote = Some(c),
            Some(open) if c == open => quote = None,
            _ if c == escape => {
                if let Some((at, escaped)) = chars.next() {
                    unquoted.push(at, escaped);
                }
            }
            _ => unquoted.push(at, c),
        }
    }
    (range.end, Some(unquoted))
}

/// The fields of a line of comma-separated values, each as the places of its bytes in the text;
/// `None` if a quote stands where it must not, or nothing is there.
pub(super) fn fields(text: &str) -> Option<Vec<Vec<usize>>> {
    let bytes = text.as_bytes();
    let mut fields = Vec::new();
    let mut at = 0;
    if bytes.is_empty() {
        return None;
    }
    loop {
        let mut field = Vec::new();
        if bytes.get(at) == Some(&b'"') {
            at += 1;
            loop {
                match (bytes.get(at)?, bytes.get(at + 1)) {
                    (b'"', Some(b'"')) => at += 1,
                    (b'"', None | Some(b',')) => break,
                    (b'"', Some(_)) => return None,
                    _ => {}
                }
                field.push(at);
                at += 1;
            }
            at += 1;
        } else {
            while let Some(&byte) = bytes.get(at).filter(|byte| **byte != b',') {
                if byte == b'"' {
                    return None;
                }
                field.push(at);
                at += 1;
            }
        }
        fields.push(field);
        if at == bytes.len() {
            return Some(fields);
        }
        at += 1;
    }
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
        // A number that no machine can hold is no JSON to Go.
        None if serde_json::from_str::<Vec<serde_json::Value>>(&text[range]).is_ok() => Json::NotStrings,
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
