//! How values get into the generated texts: each place has its own quoting.

use std::fmt::{self, Write};

use askama::filters::Escaper;

/// Lets a value pass as it is, but refuses line breaks.
///
/// The words of the fleet hold none; this is the second wall, for a value that a template makes up
/// itself.
#[derive(Debug, Clone, Copy, Default)]
pub struct OneLine;

impl Escaper for OneLine {
    fn write_escaped_str<W: Write>(&self, mut dest: W, string: &str) -> fmt::Result {
        if string.bytes().any(|b| b == b'\n' || b == b'\r') {
            Err(fmt::Error)
        } else {
            dest.write_str(string)
        }
    }
}

/// A value of ENV or LABEL in double quotes, such that the builder reads back exactly the text
/// (Dockerfile reference, "Environment replacement": a backslash escapes `"`, `\` and `$`).
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        if matches!(c, '"' | '\\' | '$') {
            quoted.push('\\');
        }
        quoted.push(c);
    }
    quoted.push('"');
    quoted
}

/// A value of ENV: as it is if nothing in it means anything, else in quotes.
pub(super) fn env_value(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"_-+:,./@%".contains(&b);
    if !text.is_empty() && text.bytes().all(plain) { text.to_owned() } else { quoted(text) }
}

/// The exec form: a JSON array, with a blank behind each comma.
pub(super) fn exec<S: AsRef<str>>(arguments: &[S]) -> String {
    let items: Vec<String> =
        arguments.iter().map(|argument| serde_json::Value::from(argument.as_ref()).to_string()).collect();
    format!("[{}]", items.join(", "))
}

/// A word of a shell line: as it is if no character in it means anything, else in single quotes.
pub(crate) fn shell_word(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"_-+=:,./@%".contains(&b);
    if !text.is_empty() && text.bytes().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_for_each_place() {
        assert_eq!(quoted(r#"a"b\c$d"#), r#""a\"b\\c\$d""#);
        assert_eq!(exec(&["/bin/x", r#"say "hi""#]), r#"["/bin/x", "say \"hi\""]"#);
        assert_eq!(shell_word("orjson==3.10.7"), "orjson==3.10.7");
        assert_eq!(shell_word("uvicorn[standard]>=0.30"), "'uvicorn[standard]>=0.30'");
        assert_eq!(shell_word("it's"), r"'it'\''s'");
    }

    #[test]
    fn a_line_break_is_refused() {
        assert!(OneLine.write_escaped_str(String::new(), "0\nRUN x").is_err());
    }
}
