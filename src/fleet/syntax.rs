//! Errors of TOML's syntax, as people can act on them: one for each cause, at the place to mend.

use std::collections::HashSet;

use toml::Spanned;
use toml::de::DeTable;
use toml_parser::Source;
use toml_parser::lexer::TokenKind;

use super::tree::diagnostic;
use crate::diagnostic::{Diagnostic, Span};

/// Parses a description as far as TOML goes; every syntax error is reported.
pub(super) fn parse(text: &str) -> Result<Spanned<DeTable<'_>>, Vec<Diagnostic>> {
    let (table, errors) = DeTable::parse_recoverable(text);
    if errors.is_empty() {
        return Ok(table);
    }
    let mistakes = without_echoes(text, errors.iter().map(diagnostic));
    let mistakes = with_unclosed(text, mistakes);
    Err(mistakes.into_iter().map(|mistake| with_first(mistake, &table, text)).collect())
}

/// What the TOML library says of a key that is there twice.
const DUPLICATE: &str = "duplicate key";

/// Syntax errors of which many follow from the first, by how they begin; and what to do about it.
const SWARMS: [(&str, &str); 5] = [
    (DUPLICATE, "a key or table can appear only once: merge the two"),
    ("missing comma", "write [a, b] or { a = 1, b = 2 }, and look for a bracket that is not closed"),
    ("unexpected", "look for a bracket or quote that is not closed"),
    ("unclosed", "look for a bracket that is not closed"),
    ("cannot recurse", "services.toml is never nested this deeply"),
];

/// Syntax errors with one cause.
const SINGLE: [(&str, &str); 4] = [
    ("invalid basic string", "a string ends on the line on which it starts; write `\\\\` for a backslash"),
    ("key with no value", "write key = value"),
    ("string values must be quoted", "put it in quotes"),
    ("missing value", "write key = value"),
];

/// One mistake at the bracket in place of those that follow from it: where a line reads like the next key or table, and a
/// bracket of a line before is still open.
fn with_unclosed(text: &str, mistakes: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let Some(first) = mistakes.iter().map(|mistake| mistake.span.start).min() else { return mistakes };
    let line = line_around(text, first);
    let next = text.get(line.start..line.end.min(text.len())).unwrap_or_default().trim();
    let Some(open) = open_bracket(text.get(..line.start).unwrap_or_default()).filter(|_| is_next(next))
    else {
        return mistakes;
    };
    let (what, end) = if text[open..].starts_with('[') { ("array", ']') } else { ("inline table", '}') };
    let unclosed = Diagnostic::new(open..open + 1, format!("this {what} is not closed"))
        .hint(format!("add `{end}` before the next key"))
        .related(line.start..line.start + next.len(), "this line is read as part of it");
    let before = mistakes.into_iter().filter(|mistake| mistake.span.start < open);
    before.chain([unclosed]).collect()
}

/// Whether a line reads like a key with its value, or the header of a table.
fn is_next(line: &str) -> bool {
    let is_name = |name: &str| {
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.\"' ".contains(&b))
    };
    let header = line.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    header.is_some_and(|(name, _)| {
        is_name(name.trim_start_matches('[')) && name.contains(|c: char| c.is_alphabetic())
    }) || line
        .split_once('=')
        .is_some_and(|(name, _)| is_name(name.trim_end()) && !name.starts_with(['"', '\'']))
}

/// The innermost bracket of a value that is open at the end of a text.
fn open_bracket(text: &str) -> Option<usize> {
    let (mut open, mut is_in_header, mut is_line_start) = (Vec::new(), false, true);
    for token in Source::new(text).lex() {
        let kind = token.kind();
        match kind {
            TokenKind::Newline => is_in_header = false,
            TokenKind::LeftSquareBracket if is_line_start && open.is_empty() => is_in_header = true,
            _ if is_in_header => {}
            TokenKind::LeftSquareBracket | TokenKind::LeftCurlyBracket => open.push(token.span().start()),
            TokenKind::RightSquareBracket | TokenKind::RightCurlyBracket => drop(open.pop()),
            _ => {}
        }
        is_line_start = kind == TokenKind::Newline || (is_line_start && kind == TokenKind::Whitespace);
    }
    open.pop()
}

/// Names a key that is there twice, and points at the first one.
fn with_first(mistake: Diagnostic, table: &Spanned<DeTable<'_>>, text: &str) -> Diagnostic {
    let key = text.get(mistake.span.clone()).unwrap_or_default();
    if mistake.message != DUPLICATE || key.is_empty() {
        return mistake;
    }
    let mistake = Diagnostic { message: format!("{DUPLICATE} `{key}`"), ..mistake };
    let first = first(table.get_ref(), &path_to(text, &mistake.span));
    match first.filter(|span| span.start < mistake.span.start).or_else(|| same_header(text, &mistake.span)) {
        Some(span) => mistake.related(span, "the first one"),
        None => mistake,
    }
}

/// The header before the one at `span` that reads the same: of two tables, the parser keeps the later one.
fn same_header(text: &str, span: &Span) -> Option<Span> {
    let start = line_around(text, span.start).start;
    let header = text[start..].split_inclusive(']').next().filter(|header| header.starts_with('['))?;
    let at = if text.starts_with(header) { 0 } else { text[..start].find(&format!("\n{header}"))? + 1 };
    (at < start).then(|| at + span.start - start..at + span.end - start)
}

/// The keys that lead to the one at `span`: those of its header, and those before it in its line.
fn path_to<'t>(text: &'t str, span: &Span) -> Vec<&'t str> {
    let line = line_around(text, span.start).start;
    let header = text[..line].lines().rev().find_map(|line| line.strip_prefix('['));
    let header = header.and_then(|header| header.split(']').next());
    let parts = header.into_iter().chain([&text[line..span.end]]).flat_map(|keys| keys.split('.'));
    parts.map(|part| part.trim().trim_matches(['"', '\''])).collect()
}

/// Where a key stands for the first time.
fn first(table: &DeTable<'_>, path: &[&str]) -> Option<Span> {
    let (name, rest) = path.split_first()?;
    let (key, value) = table.get_key_value(*name)?;
    if rest.is_empty() { Some(key.span()) } else { first(value.get_ref().as_table()?, rest) }
}

/// The first mistake of each line, and of each swarm.
fn without_echoes(text: &str, mistakes: impl Iterator<Item = Diagnostic>) -> Vec<Diagnostic> {
    let mut kept = Vec::new();
    let mut swarms = HashSet::new();
    let mut line = None;
    for mistake in mistakes {
        let begins = |(start, _): &&(&str, &str)| mistake.message.starts_with(start);
        let swarm = SWARMS.iter().find(begins);
        let is_of_line = line.as_ref().is_some_and(|line: &Span| line.contains(&mistake.span.start));
        if is_of_line || swarm.is_some_and(|(start, _)| !swarms.insert(*start)) {
            continue;
        }
        line = Some(line_around(text, mistake.span.start));
        kept.push(match swarm.or_else(|| SINGLE.iter().find(begins)) {
            Some((_, hint)) => mistake.hint(*hint),
            None => mistake,
        });
    }
    kept
}

fn line_around(text: &str, at: usize) -> Span {
    let (before, after) = text.split_at_checked(at).unwrap_or((text, ""));
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let end = after.find('\n').map_or(text.len(), |newline| at + newline);
    start..end + 1
}

#[cfg(test)]
mod tests {
    use super::parse;

    /// A bracket that was left open gave an error for each line after it, and none at the bracket.
    #[test]
    fn a_bracket_that_is_not_closed_is_one_mistake_at_the_bracket() {
        let cases = [
            ("a = 1\nports = [8090\nhealth = { tcp = 8090 }\n[services.web]\nx = \"y\"\n", 1),
            ("list = [\n  \"a]\", # ]\n  'b',\n\n[services.web]\nx = 1\ny = 2\n", 1),
            ("list = [\n  { a = [1,\n b = 2 }\n]\nc = 3\n", 2),
        ];
        for (text, number) in cases {
            let mistakes = parse(text).unwrap_err();
            assert_eq!(mistakes.len(), 1, "{text}: {mistakes:?}");
            let at = mistakes[0].span.start;
            let opened: Vec<usize> =
                text.match_indices('[').map(|(place, _)| place).filter(|place| *place <= at).collect();
            assert_eq!((opened.len(), opened.last()), (number, Some(&at)), "{text}: {mistakes:?}");
            assert_eq!(mistakes[0].message, "this array is not closed");
        }
        let closed = parse("ports = [80 81]\nx = 1\n").unwrap_err();
        assert!(!closed[0].message.contains("is not closed"), "{closed:?}");
    }
}
