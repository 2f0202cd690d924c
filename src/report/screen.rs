//! The edge to a terminal: no text of a registry, an engine or a file moves its cursor, changes its settings, or
//! makes it show words in another order than they stand in.

use std::io::{self, Write};

use crate::diagnostic::is_obeyed;

/// Where the output of a command goes: what it says to people, and documents that other programs take.
pub trait Out: Write {
    /// The same for a document: JSON, a diff, a Dockerfile. A file or a pipe gets it byte for byte; a terminal gets
    /// nothing that it obeys.
    fn document(&mut self) -> &mut dyn Write;
}

/// A writer that everything goes through on its way to people: colours pass, and nothing else that a terminal
/// obeys. It may be a pipe now and a terminal later, in a pager or in the log of a build.
pub struct Screen<W: Write> {
    inner: W,
    /// Where documents go; through the filter if there is no such place.
    documents: Option<Box<dyn Write>>,
    /// The beginning of a character or a colour whose rest is in the next portion.
    held: Vec<u8>,
}

/// No colour takes more bytes.
const LONGEST: usize = 24;

impl<W: Write> Screen<W> {
    /// A screen in front of a writer.
    pub fn new(inner: W) -> Self {
        Self { inner, documents: None, held: Vec::new() }
    }

    /// The same, with a writer for documents: the file or the pipe behind the other one.
    #[must_use]
    pub fn with_documents(mut self, documents: Box<dyn Write>) -> Self {
        self.documents = Some(documents);
        self
    }
}

impl<W: Write> Write for Screen<W> {
    fn write(&mut self, portion: &[u8]) -> io::Result<usize> {
        self.held.extend_from_slice(portion);
        let end = complete(&self.held);
        let shown = filtered(&self.held[..end]);
        self.held.drain(..end);
        self.inner.write_all(shown.as_bytes())?;
        Ok(portion.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl<W: Write> Screen<W> {
    /// What was begun and never finished is shown as what it is.
    fn release(&mut self) {
        if !self.held.is_empty() {
            let rest = filtered(&std::mem::take(&mut self.held));
            let _nobody_there = self.inner.write_all(rest.as_bytes());
        }
    }
}

impl<W: Write> Out for Screen<W> {
    fn document(&mut self) -> &mut dyn Write {
        self.release();
        if self.documents.is_none() {
            return self;
        }
        self.documents.as_mut().map_or(&mut self.inner, |documents| documents)
    }
}

impl<W: Write> Drop for Screen<W> {
    fn drop(&mut self) {
        self.release();
    }
}

/// Where the last whole character or colour ends.
fn complete(bytes: &[u8]) -> usize {
    let start = bytes.len().saturating_sub(LONGEST);
    if let Some(escape) = bytes[start..].iter().rposition(|byte| *byte == 0x1b) {
        let begun = &bytes[start + escape..];
        let is_open = begun.get(1).is_none_or(|byte| *byte == b'[')
            && begun.iter().skip(2).all(|byte| byte.is_ascii_digit() || *byte == b';');
        if is_open {
            return start + escape;
        }
    }
    match std::str::from_utf8(bytes) {
        Err(error) if error.error_len().is_none() => error.valid_up_to(),
        _ => bytes.len(),
    }
}

fn filtered(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    if !text.contains(is_obeyed) {
        return text.into_owned();
    }
    let mut shown = String::with_capacity(text.len() + 16);
    let mut rest = &*text;
    while let Some(at) = rest.find(is_obeyed) {
        shown.push_str(&rest[..at]);
        rest = &rest[at..];
        let length = colour(rest);
        if length > 0 {
            shown.push_str(&rest[..length]);
            rest = &rest[length..];
        } else if let Some(c) = rest.chars().next() {
            shown.extend(c.escape_default());
            rest = &rest[c.len_utf8()..];
        }
    }
    shown.push_str(rest);
    shown
}

/// The bytes of the colour that a text begins with, none if it begins otherwise. Text that is hidden or blinks
/// is no colour.
fn colour(text: &str) -> usize {
    let Some((codes, _)) = text.strip_prefix("\x1b[").and_then(|rest| rest.split_once('m')) else { return 0 };
    let is_colour = |code: &str| {
        code.is_empty()
            || code.len() <= 2
                && code.parse().is_ok_and(|code: u8| matches!(code, 0..=4 | 22 | 24 | 30..=37 | 39 | 90..=97))
    };
    if codes.len() + 3 <= LONGEST && codes.split(';').all(is_colour) { codes.len() + 3 } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::visible;
    use proptest::prelude::*;

    fn through(portions: &[&[u8]]) -> String {
        let mut inner = Vec::new();
        let mut screen = Screen::new(&mut inner);
        for portion in portions {
            screen.write_all(portion).unwrap();
        }
        drop(screen);
        String::from_utf8_lossy(&inner).into_owned()
    }

    #[test]
    fn a_message_is_one_line_without_controls() {
        assert_eq!(visible("plain: ä 漢 \t."), "plain: ä 漢 \t.");
        assert_eq!(visible("a\x1b[2J\nb\u{202e}c\u{7}\u{9b}1A"), r"a\u{1b}[2J\nb\u{202e}c\u{7}\u{9b}1A");
    }

    #[test]
    fn colours_pass_and_nothing_else_that_a_terminal_obeys() {
        for same in ["\x1b[1m\x1b[31merror\x1b[0m: x\n\ty\n", "\x1b[1;91mx\x1b[m"] {
            assert_eq!(through(&[same.as_bytes()]), same);
        }
        for (text, shown) in [
            ("\x1b[5A\x1b[J", r"\u{1b}[5A\u{1b}[J"),
            ("\x1b[8mhidden", r"\u{1b}[8mhidden"),
            ("\x1b]0;title\x07", r"\u{1b}]0;title\u{7}"),
            ("over\rwritten\x08", r"over\rwritten\u{8}"),
            ("\u{2066}isolated\u{2069}", r"\u{2066}isolated\u{2069}"),
        ] {
            assert_eq!(through(&[text.as_bytes()]), shown);
            let mut inner = Vec::new();
            let mut screen = Screen::new(&mut inner);
            screen.write_all(b"\x1b[").unwrap();
            screen.document().write_all(text.as_bytes()).unwrap();
            drop(screen);
            assert_eq!(String::from_utf8_lossy(&inner), format!("\\u{{1b}}[{shown}"));
        }
    }

    proptest! {
        #[test]
        fn portions_do_not_matter(text in "(\\PC|[\x1b\\[0-9;mAJ\r\n\t\u{202e}é]){0,40}", size in 1_usize..9) {
            let portions: Vec<_> = text.as_bytes().chunks(size).collect();
            let shown = through(&portions);
            prop_assert_eq!(&shown, &through(&[text.as_bytes()]));
            for (at, _) in shown.match_indices(is_obeyed) {
                prop_assert!(colour(&shown[at..]) > 0, "{:?}", shown);
            }
        }
    }
}
