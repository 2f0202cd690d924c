//! Scalars of YAML: every text of the Compose file goes through one of the functions here.
//!
//! Readers differ in what they take a plain scalar for: YAML 1.1 knows booleans, numbers to the base of 60 and dates
//! that YAML 1.2 does not (yaml.org/type), and Compose's own reader stands between them. So what could be anything but
//! text is quoted.

use std::fmt::Write;

/// Words that are no text to some reader, in lower case.
const WORDS: [&str; 10] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null", "none"];

/// A text as it is, if every reader takes it for that text, inside of brackets too; else in quotes.
pub(super) fn scalar(text: &str) -> String {
    if is_plain(text, b"") { text.to_owned() } else { string(text) }
}

/// The same for an item of a block sequence, where the colons and commas of a mount mean nothing.
pub(super) fn item(text: &str) -> String {
    // A colon at the end would make it a key; no blank stands behind another one.
    if !text.ends_with(':') && is_plain(text, b":,=") { text.to_owned() } else { string(text) }
}

/// What begins with a letter or a slash is no number and no date. `more` are characters that mean nothing here.
fn is_plain(text: &str, more: &[u8]) -> bool {
    let bytes = text.as_bytes();
    let starts = bytes.first().is_some_and(|&b| b.is_ascii_alphabetic() || b == b'/');
    let inner = |&b: &u8| b.is_ascii_alphanumeric() || b"_./-".contains(&b) || more.contains(&b);
    starts && bytes.iter().all(inner) && !WORDS.iter().any(|word| word.eq_ignore_ascii_case(text))
}

/// A text in double quotes.
///
/// Escapes are those of JSON, which YAML knows too, and stand for whatever a reader takes for a line break or for no
/// character at all (yaml.org/spec/1.2.2/#51-character-set).
pub(super) fn string(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\u{20}'..='\u{7e}'
            | '\u{a0}'..='\u{2027}'
            | '\u{202a}'..='\u{fdcf}'
            | '\u{fdf0}'..='\u{fefe}'
            | '\u{ff00}'..='\u{fffd}' => quoted.push(c),
            c if u32::from(c) > 0xffff && u32::from(c) & 0xfffe != 0xfffe => quoted.push(c),
            c if u32::from(c) > 0xffff => drop(write!(quoted, "\\U{:08x}", u32::from(c))),
            c => drop(write!(quoted, "\\u{:04x}", u32::from(c))),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_some_reader_takes_for_something_else_is_quoted() {
        for text in [
            "0x10",
            "0o7",
            "2024-01-01",
            "1e3",
            "null",
            "On",
            "12:30",
            "",
            "~",
            "a b",
            "a: b",
            "[a",
            "-",
            ".inf",
        ] {
            assert_eq!(scalar(text), format!("\"{text}\""));
        }
        for text in ["api", "e1", "/data/db", "ghcr.io/a/b", "x-1"] {
            assert_eq!(scalar(text), text);
        }
    }

    #[test]
    fn what_is_no_character_or_a_line_break_is_escaped() {
        assert_eq!(
            string("a\u{2028}\u{fffe}\u{feff}\u{85}\u{1fffe}é"),
            r#""a\u2028\ufffe\ufeff\u0085\U0001fffeé""#
        );
    }
}
