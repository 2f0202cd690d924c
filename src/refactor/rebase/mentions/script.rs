//! References in files that start programs: Makefiles and shell scripts.
//!
//! Only a variable of a Makefile that is an image as a whole is changed; all else is listed.

use super::super::packages::lines;
use super::{Mention, Site, Written, inside, value};
use crate::diagnostic::Span;

/// What a script mentions.
pub(super) fn mentions(text: &str, found: &mut Vec<Mention>) {
    let is_make = is_makefile(text);
    for line in lines(text, &(0..text.len())) {
        let content = &text[line.clone()];
        if content.trim_start().starts_with('#') {
            continue;
        }
        if let Some(place) = assigned(content).filter(|_| is_make) {
            let place = line.start + place.start..line.start + place.end;
            let before = found.len();
            value(text, &place, Site::Argument, found);
            // A word is no image, and a Makefile has many.
            found.truncate(before + found[before..].iter().take_while(|one| one.image.is_some()).count());
            continue;
        }
        inside(text, &line, found);
        with_variables(text, &line, found);
    }
}

/// Whether a text has rules, whose commands begin with a tab.
fn is_makefile(text: &str) -> bool {
    text.lines().any(|line| line.starts_with('\t'))
        && text.lines().any(|line| !line.starts_with(['\t', '#', ' ']) && line.contains(':'))
}

/// Where the value of `NAME ?= value` stands, if it is one word without variables.
fn assigned(line: &str) -> Option<Span> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let named =
        ["export ", "override "].iter().fold(line, |line, word| line.strip_prefix(word).unwrap_or(line));
    let end = named.find(|c| !is_name(c)).filter(|end| *end > 0)?;
    let behind = named[end..].trim_start();
    let written = ["?=", ":=", "::=", "="].iter().find_map(|sign| behind.strip_prefix(sign))?;
    let written = written.split(" #").next().unwrap_or(written).trim();
    let is_word =
        !written.is_empty() && !written.contains(|c: char| c.is_whitespace() || "$\"'`(".contains(c));
    let start = written.as_ptr() as usize - line.as_ptr() as usize;
    is_word.then_some(start..start + written.len())
}

/// References with variables in them: `python:${VERSION}-slim-bookworm`.
fn with_variables(text: &str, line: &Span, found: &mut Vec<Mention>) {
    let ends = |c: char| {
        c.is_whitespace() || matches!(c, '"' | '\'' | '=' | ',' | ';' | '|' | '&' | '`' | '<' | '>')
    };
    let mut at = line.start;
    for word in text[line.clone()].split(ends) {
        let place = at..at + word.len();
        at = place.end + text[place.end..].chars().next().map_or(0, char::len_utf8);
        let name = word.split([':', '$']).next().unwrap_or_default();
        let is_one = word.contains('$')
            && word.contains(':')
            && !name.is_empty()
            && name.chars().all(|c| c.is_ascii_alphanumeric() || "._/-".contains(c));
        if is_one {
            found.push(Mention { place, image: None, site: Site::Text, written: Written::Unknown });
        }
    }
}
