//! Changing an image reference where it is written: in FROM itself, or in the defaults of the build
//! arguments that it is made of.

use std::collections::HashMap;

use crate::diagnostic::Span;
use crate::dockerfile::{Dockerfile, Edit, Keyword, Word};

/// A stretch of the file that gives a part of a reference, letter by letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Segment {
    pub(super) text: String,
    pub(super) span: Span,
    /// Whether it is the default of a build argument, and not a part of the word itself.
    pub(super) variable: bool,
}

/// The edits that make a text of several segments say `new`; `None` if that is not certain.
pub(super) fn spread(segments: &[Segment], new: &str) -> Option<Vec<Edit>> {
    let parts = match segments {
        [] => return None,
        [_] => vec![new],
        _ => pairwise(segments, new, &token_ends)
            .or_else(|| around_variables(segments, new))
            .or_else(|| pairwise(segments, new, &version_ends))?,
    };
    let changed = segments.iter().zip(parts).filter(|(segment, part)| segment.text != *part);
    Some(changed.map(|(segment, part)| Edit::new(segment.span.clone(), part)).collect())
}

/// The defaults of the build arguments above the first FROM, the last of each name.
pub(super) struct Defaults<'f, 'a> {
    text: &'a str,
    values: HashMap<&'f str, &'f Word<'a>>,
}

impl<'f, 'a> Defaults<'f, 'a> {
    pub(super) fn of(file: &'f Dockerfile<'a>) -> Self {
        let global = file.instructions.iter().take_while(|instruction| instruction.keyword != Keyword::From);
        let pairs =
            global.filter(|instruction| instruction.keyword == Keyword::Arg).flat_map(|arg| &arg.pairs);
        let values = pairs.filter_map(|pair| Some((&*pair.name.value, pair.value.as_ref()?))).collect();
        Self { text: file.text, values }
    }

    /// The edits that make `word` say `new`; `None` if it is written in a way that cannot be changed
    /// with certainty.
    pub(super) fn edits(&self, word: &Word<'_>, new: &str) -> Option<Vec<Edit>> {
        let mut segments = Vec::new();
        self.segments(word, false, 0, &mut segments)?;
        spread(&segments, new)
    }

    /// The same edits of defaults that a stage repeats, letter by letter.
    pub(super) fn repeated(&self, file: &Dockerfile<'_>, edits: &[Edit]) -> Vec<Edit> {
        let arguments = file.instructions.iter().filter(|instruction| instruction.keyword == Keyword::Arg);
        let pairs = arguments.flat_map(|argument| &argument.pairs);
        let again = pairs.filter_map(|pair| {
            let (own, global) = (pair.value.as_ref()?, self.values.get(&*pair.name.value)?);
            (own.value == global.value && own.span != global.span).then_some((own, global))
        });
        let moved = again.flat_map(|(own, global)| {
            let inside = edits
                .iter()
                .filter(|edit| global.span.start <= edit.span.start && edit.span.end <= global.span.end);
            let at = own.span.start;
            inside.map(move |edit| {
                let start = at + edit.span.start - global.span.start;
                Edit::new(start..start + edit.span.len(), edit.replacement.clone())
            })
        });
        moved.collect()
    }

    /// Cuts a word into the stretches that make up its value.
    fn segments(
        &self,
        word: &Word<'_>,
        variable: bool,
        depth: usize,
        segments: &mut Vec<Segment>,
    ) -> Option<()> {
        let written = self.text.get(word.span.clone())?;
        // Line continuations and escapes inside are more than can be changed with certainty.
        if written != word.value || written.contains('\\') || written.contains('`') || depth > 8 {
            return None;
        }
        let (start, inner) = match written.as_bytes() {
            [quote @ (b'"' | b'\''), .., end] if quote == end => {
                (word.span.start + 1, &written[1..written.len() - 1])
            }
            _ => (word.span.start, written),
        };
        if inner.contains(['"', '\'']) {
            return None;
        }
        let mut at = 0;
        while at < inner.len() {
            let Some(dollar) = inner[at..].find('$') else {
                segments.push(segment(inner, start, at..inner.len(), variable));
                break;
            };
            if dollar > 0 {
                segments.push(segment(inner, start, at..at + dollar, variable));
            }
            at += dollar;
            let variable = Variable::read(&inner[at..])?;
            let default = self.values.get(variable.name).filter(|value| !value.value.is_empty());
            match (default, variable.otherwise) {
                (Some(default), _) => self.segments(default, true, depth + 1, segments)?,
                (None, Some(otherwise)) if !otherwise.contains('$') => {
                    let offset = at + variable.otherwise_at;
                    segments.push(segment(inner, start, offset..offset + otherwise.len(), true));
                }
                _ => return None,
            }
            at += variable.length;
        }
        Some(())
    }
}

fn segment(text: &str, start: usize, range: Span, variable: bool) -> Segment {
    Segment { text: text[range.clone()].to_owned(), span: start + range.start..start + range.end, variable }
}

/// `$NAME`, `${NAME}`, `${NAME:-otherwise}` or `${NAME-otherwise}`.
struct Variable<'t> {
    name: &'t str,
    otherwise: Option<&'t str>,
    otherwise_at: usize,
    length: usize,
}

impl<'t> Variable<'t> {
    fn read(text: &'t str) -> Option<Self> {
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let Some(braced) = text.strip_prefix("${") else {
            let length = text[1..].find(|c| !is_name(c)).unwrap_or(text.len() - 1) + 1;
            return Some(Self { name: &text[1..length], otherwise: None, otherwise_at: 0, length });
        };
        let end = braced.find('}')?;
        let name_end = braced.find(|c| !is_name(c))?;
        let rest = &braced[name_end..end];
        let otherwise = rest.strip_prefix(":-").or_else(|| rest.strip_prefix('-'));
        if otherwise.is_none() && !rest.is_empty() {
            return None;
        }
        let otherwise_at = 2 + end - otherwise.map_or(0, str::len);
        Some(Self { name: &braced[..name_end], otherwise, otherwise_at, length: end + 3 })
    }
}

/// Gives each segment what stands at its place in `new`, token by token; the last one takes the rest.
fn pairwise<'n>(
    segments: &[Segment],
    new: &'n str,
    ends: &dyn Fn(&str) -> Vec<usize>,
) -> Option<Vec<&'n str>> {
    let old: String = segments.iter().map(|segment| segment.text.as_str()).collect();
    let (old_ends, new_ends) = (ends(&old), ends(new));
    let (mut parts, mut position, mut start) = (Vec::new(), 0, 0);
    for segment in &segments[..segments.len() - 1] {
        position += segment.text.len();
        let count = old_ends.iter().position(|&end| end == position)?;
        let end = *new_ends.get(count)?;
        parts.push(&new[start..end]);
        start = end;
    }
    // Up to there, separators have to be the same; otherwise the two are of different form.
    let separators = |text: &str| -> String {
        let ends = ends(text);
        let starts = std::iter::once(0).chain(ends.iter().copied());
        let tokens = starts.zip(&ends).map(|(start, &end)| &text[start..end]);
        tokens.filter(|token| !token.starts_with(|c: char| c.is_ascii_alphanumeric())).collect()
    };
    if separators(&old[..position]) != separators(&new[..start]) {
        return None;
    }
    parts.push(&new[start..]);
    Some(parts)
}

/// Keeps what variables say, if it is all in `new` in the same order, and changes what is around.
fn around_variables<'n>(segments: &[Segment], new: &'n str) -> Option<Vec<&'n str>> {
    let mut parts = Vec::new();
    let (mut start, mut at) = (0, 0);
    for (index, segment) in segments.iter().enumerate() {
        if !segment.variable {
            continue;
        }
        let found = at + new[at..].find(&segment.text)?;
        let behind = found + segment.text.len();
        let alone = token_ends(new).contains(&behind) && (found == 0 || token_ends(new).contains(&found));
        // What stands before a variable must have a segment to stand in.
        let has_place = index > 0 && !segments[index - 1].variable;
        if !alone || (!has_place && found > start) {
            return None;
        }
        if has_place {
            parts.push(&new[start..found]);
        }
        parts.push(&new[found..behind]);
        (start, at) = (behind, behind);
    }
    let last = segments.last().is_some_and(|segment| !segment.variable);
    if last {
        parts.push(&new[start..]);
    }
    (parts.len() == segments.len() && (last || start == new.len())).then_some(parts)
}

/// Where the tokens of a reference end: runs of letters, runs of digits, single separators.
fn token_ends(text: &str) -> Vec<usize> {
    let class = |byte: u8| match byte {
        b'0'..=b'9' => 1,
        b'a'..=b'z' | b'A'..=b'Z' => 2,
        _ => 0,
    };
    let bytes = text.as_bytes();
    let ends = |i: usize| {
        bytes.get(i + 1).is_none_or(|&next| class(next) != class(bytes[i]) || class(bytes[i]) == 0)
    };
    (0..bytes.len()).filter(|&i| ends(i)).map(|i| i + 1).collect()
}

/// The same, but a version is one token, however many numbers it has: `18.20.4` moves to `24`.
fn version_ends(text: &str) -> Vec<usize> {
    let bytes = text.as_bytes();
    let is_digit = |i: usize| bytes.get(i).is_some_and(u8::is_ascii_digit);
    // The end of `18` and that of the dot in `18.20`.
    let is_inside = |&end: &usize| {
        (is_digit(end - 1) && bytes.get(end) == Some(&b'.') && is_digit(end + 1))
            || (bytes[end - 1] == b'.' && end > 1 && is_digit(end - 2) && is_digit(end))
    };
    token_ends(text).into_iter().filter(|end| !is_inside(end)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dockerfile::{Stages, apply};

    fn moved(text: &str, new: &str) -> Option<String> {
        let file = Dockerfile::read(text);
        let stages = Stages::of(&file);
        let edits = Defaults::of(&file).edits(&stages.stages[0].image, new)?;
        apply(text, &edits).ok()
    }

    #[test]
    fn references_change_where_they_are_written() {
        let cases = [
            ("FROM a:1\n", "b:2", "FROM b:2\n"),
            ("FROM \"a:1\" as x\n", "b:2", "FROM \"b:2\" as x\n"),
            ("ARG I=a:1\nFROM $I\n", "b:2", "ARG I=b:2\nFROM $I\n"),
            ("ARG I='a:1'\nFROM ${I}\n", "b:2", "ARG I='b:2'\nFROM ${I}\n"),
            ("FROM ${I:-a:1}\n", "b:2", "FROM ${I:-b:2}\n"),
            (
                "ARG V=3.11\nFROM python:${V}-slim-bookworm\n",
                "python:3.13-slim-trixie",
                "ARG V=3.13\nFROM python:${V}-slim-trixie\n",
            ),
            (
                "ARG V=18\nFROM node:${V}-bookworm-slim\n",
                "node:24-trixie-slim",
                "ARG V=24\nFROM node:${V}-trixie-slim\n",
            ),
            (
                "ARG N=12\nFROM gcr.io/distroless/python3-debian${N}:arm64\n",
                "gcr.io/distroless/python3-debian13",
                "ARG N=13\nFROM gcr.io/distroless/python3-debian${N}\n",
            ),
            ("ARG V=18.20.4\nFROM node:${V}-slim\n", "node:24-slim", "ARG V=24\nFROM node:${V}-slim\n"),
            (
                "ARG V=17\nFROM openjdk:${V}-jdk-slim\n",
                "eclipse-temurin:17-jdk",
                "ARG V=17\nFROM eclipse-temurin:${V}-jdk\n",
            ),
            (
                "ARG R=gcr.io/distroless\nARG I=$R/base-debian12\nFROM $I:nonroot\n",
                "gcr.io/distroless/base-debian13:nonroot",
                "ARG R=gcr.io/distroless\nARG I=$R/base-debian13\nFROM $I:nonroot\n",
            ),
        ];
        for (text, new, wanted) in cases {
            assert_eq!(moved(text, new).as_deref(), Some(wanted), "{text}");
        }
    }

    #[test]
    fn what_is_not_certain_is_left() {
        for text in [
            "FROM ${I}\n",
            "ARG V=1\nFROM a:${V#0}\n",
            "FROM py\\\nthon:1\n",
            "ARG V=\"3.11\"\"\"\nFROM python:$V\n",
        ] {
            assert_eq!(moved(text, "b:2"), None, "{text}");
        }
    }
}
