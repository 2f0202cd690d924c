//! The two lines by which a file is known as ours, and as unedited.
//!
//! ```text
//! # Written by dockwright from services.toml [services.redis]; change it there, then run: dockwright gen
//! # dockwright:body=sha256:0123456789abcdef
//! ```
//!
//! The second line holds the hash of everything but these two lines. A file whose body has another
//! hash was edited by hand; a file whose recorded hash is not that of the wanted body is stale.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};

const WRITTEN: &str = "Written by dockwright from ";
const REMEDY: &str = "; change it there, then run: dockwright gen";
pub(super) const BODY: &str = "dockwright:body=";

/// How a comment line starts in the language of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommentStyle {
    /// `#`: Dockerfiles, shell, YAML, HCL.
    Hash,
    /// `//`: C.
    Slashes,
}

impl CommentStyle {
    fn start(self) -> &'static str {
        match self {
            Self::Hash => "# ",
            Self::Slashes => "// ",
        }
    }
}

/// The start of a body's SHA-256: enough to notice an edit, short enough for one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BodyHash([u8; 8]);

impl BodyHash {
    fn of<'a>(parts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut hasher = Sha256::new();
        parts.into_iter().for_each(|part| hasher.update(part));
        let digest = hasher.finalize();
        let mut start = [0; 8];
        start.copy_from_slice(&digest[..8]);
        Self(start)
    }
}

impl fmt::Display for BodyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha256:{:016x}", u64::from_be_bytes(self.0))
    }
}

impl FromStr for BodyHash {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let hex = text.strip_prefix("sha256:").ok_or(())?;
        let plain = hex.len() == 16 && hex.bytes().all(|b| b.is_ascii_hexdigit());
        let value = u64::from_str_radix(hex, 16).map_err(|_| ())?;
        plain.then_some(Self(value.to_be_bytes())).ok_or(())
    }
}

/// The header of a generated file: its source, the recorded hash of the body, and the actual one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// The entry that the file was written from: `services.toml [services.redis]`.
    pub entry: String,
    /// The hash that the header records; `None` if it cannot be read any more.
    pub recorded: Option<BodyHash>,
    /// The hash of the body as it is.
    pub actual: BodyHash,
}

impl Sealed {
    /// Whether somebody changed the file after it was written.
    pub fn is_edited(&self) -> bool {
        self.recorded != Some(self.actual)
    }
}

/// The text with a plain `\n` at the end of each line, so that a checkout on Windows is no
/// difference. A `\r` anywhere else stays.
pub fn normalise(text: &str) -> Cow<'_, str> {
    if !text.contains("\r\n") {
        return Cow::Borrowed(text);
    }
    let lines = text.split_inclusive('\n').map(|line| match line.strip_suffix('\n') {
        Some(line) => (line.trim_end_matches('\r'), "\n"),
        None => (line, ""),
    });
    Cow::Owned(lines.flat_map(|(line, end)| [line, end]).collect())
}

/// The file that holds `body`, with our header.
///
/// The header comes after what must be at the very top: a line `#!…`, and parser directives, which
/// `BuildKit` takes for comments once another comment precedes them. Control characters of the
/// entry are escaped, so that the header always is two lines. A missing last newline is added.
pub fn seal(body: &str, style: CommentStyle, entry: &str) -> String {
    Seal::new(body, style, entry).text()
}

/// A body and the header it gets, not yet put together: most files need not be written.
pub(super) struct Seal<'b> {
    body: Cow<'b, str>,
    /// Where in the body the header goes.
    top: usize,
    header: String,
    pub(super) hash: BodyHash,
}

impl<'b> Seal<'b> {
    pub(super) fn new(body: &'b str, style: CommentStyle, entry: &str) -> Self {
        let mut body = normalise(body);
        if !body.is_empty() && !body.ends_with('\n') {
            body = Cow::Owned(normalise(&format!("{body}\n")).into_owned());
        }
        let hash = BodyHash::of([&*body]);
        let entry: String = entry.chars().flat_map(visible).collect();
        let start = style.start();
        let header = format!("{start}{WRITTEN}{entry}{REMEDY}\n{start}{BODY}{hash}\n");
        Self { top: top_length(&body, style), body, header, hash }
    }

    /// Whether this is exactly what a file holds.
    pub(super) fn is(&self, content: &[u8]) -> bool {
        let (top, rest) = self.body.split_at(self.top);
        content
            .strip_prefix(top.as_bytes())
            .and_then(|content| content.strip_prefix(self.header.as_bytes()))
            .is_some_and(|content| content == rest.as_bytes())
    }

    /// Body and header as one text.
    pub(super) fn text(&self) -> String {
        let (top, rest) = self.body.split_at(self.top);
        [top, &self.header, rest].concat()
    }
}

fn visible(c: char) -> impl Iterator<Item = char> {
    let escaped = c.is_control().then(|| c.escape_default());
    let plain = (!c.is_control()).then_some(c);
    escaped.into_iter().flatten().chain(plain)
}

/// Parses the header of a text; `None` if it has none.
///
/// The header counts wherever it stands among the comments that a file begins with: a line put
/// above it makes a file an edited one of ours, not a foreign one.
pub fn inspect(text: &str) -> Option<Sealed> {
    let text = normalise(text);
    if let Some(ours) = without_conflicts(&text) {
        let actual = BodyHash::of([&*text]);
        return inspect(&ours).map(|sealed| Sealed { actual, ..sealed });
    }
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let after = at + line.len();
        if let Some((sealed, end)) = header_at(&text, at, after) {
            let actual = BodyHash::of([&text[..at], &text[end..]]);
            return Some(Sealed { actual, ..sealed });
        }
        if !is_comment_or_blank(line) {
            return None;
        }
        at = after;
    }
    None
}

/// One of our files without its header.
pub(super) fn body(text: &str) -> Option<String> {
    let text = normalise(text);
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let after = at + line.len();
        if let Some((_, end)) = header_at(&text, at, after) {
            return Some(format!("{}{}", &text[..at], &text[end..]));
        }
        at = after;
    }
    None
}

/// The header whose first line is `text[at..after]`, and where it ends.
fn header_at(text: &str, at: usize, after: usize) -> Option<(Sealed, usize)> {
    let entry = comment(&text[at..after])?.strip_prefix(WRITTEN)?;
    let entry = entry.rsplit_once(';').map_or(entry, |(entry, _)| entry);
    let second = text[after..].split_inclusive('\n').next()?;
    let recorded = comment(second)?.strip_prefix(BODY)?.parse().ok();
    let actual = BodyHash([0; 8]);
    Some((Sealed { entry: entry.to_owned(), recorded, actual }, after + second.len()))
}

fn comment(line: &str) -> Option<&str> {
    let line = line.trim_end();
    [CommentStyle::Hash, CommentStyle::Slashes].iter().find_map(|style| line.strip_prefix(style.start()))
}

/// A text with the first side of each conflict that a merge left in it; `None` if there is none.
fn without_conflicts(text: &str) -> Option<String> {
    let is_marker = |line: &str, mark: &str| {
        line.strip_prefix(mark).is_some_and(|rest| rest.trim().is_empty() || rest.starts_with(' '))
    };
    if !text.lines().any(|line| is_marker(line, "<<<<<<<")) {
        return None;
    }
    let (mut ours, mut is_other_side) = (String::new(), false);
    for line in text.split_inclusive('\n') {
        if is_marker(line, "|||||||") || is_marker(line, "=======") {
            is_other_side = true;
        } else if is_marker(line, ">>>>>>>") {
            is_other_side = false;
        } else if !is_other_side && !is_marker(line, "<<<<<<<") {
            ours.push_str(line);
        }
    }
    Some(ours)
}

fn is_comment_or_blank(line: &str) -> bool {
    let line = line.trim();
    line.is_empty() || line.starts_with('#') || line.starts_with("//")
}

/// The length of the lines that must stay above any comment.
fn top_length(body: &str, style: CommentStyle) -> usize {
    if style == CommentStyle::Slashes {
        return 0;
    }
    body.split_inclusive('\n')
        .enumerate()
        .take_while(|(index, line)| (*index == 0 && line.starts_with("#!")) || is_directive(line))
        .map(|(_, line)| line.len())
        .sum()
}

/// `# syntax=…` and the like: the directives that `BuildKit` knows, in any case.
fn is_directive(line: &str) -> bool {
    line.strip_prefix('#').and_then(|rest| rest.split_once('=')).is_some_and(|(name, value)| {
        let name = name.trim();
        !value.trim().is_empty()
            && ["syntax", "escape", "check"].iter().any(|known| name.eq_ignore_ascii_case(known))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ENTRY: &str = "services.toml [services.redis]";

    fn sealed(body: &str) -> String {
        seal(body, CommentStyle::Hash, ENTRY)
    }

    #[test]
    fn the_header_names_its_source_and_its_remedy() {
        let text = sealed("FROM scratch\n");
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines[0],
            "# Written by dockwright from services.toml [services.redis]; change it there, then run: dockwright gen"
        );
        assert!(lines[1].starts_with("# dockwright:body=sha256:"), "{}", lines[1]);
        assert_eq!(lines[1].len(), "# dockwright:body=sha256:".len() + 16);
        assert_eq!(lines[2..], ["FROM scratch"]);
    }

    #[test]
    fn what_must_be_at_the_top_stays_there() {
        for (body, top) in [
            ("FROM a\n", 0),
            ("# syntax=docker/dockerfile:1\n# escape=`\nFROM a\n", 2),
            ("# Check = skip=all\nFROM a\n", 1),
            ("#!/bin/sh\nset -eu\n", 1),
            ("# a comment\n# syntax=x\nFROM a\n", 0),
            ("# syntax=\nFROM a\n", 0),
            ("# syntax=x", 1),
        ] {
            let text = sealed(body);
            let at = text.lines().position(|line| line.starts_with("# Written by")).unwrap();
            assert_eq!(at, top, "{body:?}");
        }
        let c = seal("#!x\nint x;\n", CommentStyle::Slashes, ENTRY);
        assert!(c.starts_with("// Written by"), "{c}");
    }

    #[test]
    fn an_edit_shows() {
        let text = sealed("FROM a\nUSER 1\n");
        assert!(!inspect(&text).unwrap().is_edited());
        for edited in [
            text.replace("USER 1", "USER 0"),
            text.replace("USER 1\n", "USER 1"),
            text.replace("USER 1\n", "USER 1\r"),
            format!("{text}\n"),
            format!("# by me\n{text}"),
            format!("{}{text}", text.split_inclusive('\n').take(2).collect::<String>()),
        ] {
            assert!(inspect(&edited).unwrap().is_edited(), "{edited:?}");
        }
    }

    #[test]
    fn a_checkout_with_crlf_is_no_edit() {
        let text = sealed("# syntax=x\nFROM a\n");
        assert_eq!(inspect(&text.replace('\n', "\r\n")), inspect(&text));
    }

    #[test]
    fn a_garbled_hash_is_an_edit() {
        let text = sealed("FROM a\n");
        let hash = inspect(&text).unwrap().actual.to_string();
        for garbled in ["", "sha256:", "sha256:+123456789abcdef", "sha256:xyz", "md5:0", &hash[..22]] {
            let found = inspect(&text.replace(&hash, garbled)).unwrap();
            assert_eq!((found.recorded, found.is_edited()), (None, true), "{garbled}");
        }
    }

    #[test]
    fn without_both_lines_at_the_top_a_file_is_not_ours() {
        let text = sealed("FROM a\n");
        let (first, rest) = text.split_once('\n').unwrap();
        let (second, body) = rest.split_once('\n').unwrap();
        for other in [
            String::new(),
            body.to_owned(),
            format!("{first}\n{body}"),
            format!("{second}\n{body}"),
            format!("{second}\n{first}\n{body}"),
            format!("{body}{first}\n{second}\n"),
            first.to_owned(),
        ] {
            assert_eq!(inspect(&other), None, "{other:?}");
        }
    }

    #[test]
    fn an_entry_cannot_break_the_line() {
        let text = seal("FROM a\n", CommentStyle::Hash, "x\nRUN evil; \u{1b}y");
        assert_eq!(text.lines().count(), 3);
        assert_eq!(inspect(&text).unwrap().entry, "x\\nRUN evil; \\u{1b}y");
    }

    fn any_body() -> impl Strategy<Value = String> {
        let line = prop_oneof![
            any::<String>(),
            Just("# syntax=docker/dockerfile:1".to_owned()),
            Just("#!/bin/sh".to_owned()),
            Just(format!("# {WRITTEN}x{REMEDY}")),
            Just(format!("# {BODY}sha256:0123456789abcdef")),
            Just("FROM a\r".to_owned()),
        ];
        prop::collection::vec(line, 0..6).prop_map(|lines| lines.join("\n"))
    }

    proptest! {
        #[test]
        fn what_is_sealed_is_ours_and_unedited(body in any_body(), slashes: bool, entry in any::<String>()) {
            let style = if slashes { CommentStyle::Slashes } else { CommentStyle::Hash };
            let seal = Seal::new(&body, style, &entry);
            let (text, hash) = (seal.text(), seal.hash);
            let found = inspect(&text).unwrap();
            prop_assert_eq!(found.recorded, Some(hash));
            prop_assert!(!found.is_edited());
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in any_body(), bytes: Vec<u8>) {
            inspect(&text);
            inspect(&String::from_utf8_lossy(&bytes));
        }
    }
}
