//! One logical line as an instruction: `line_parsers.go` of moby/buildkit, with spans.

use std::borrow::Cow;
use std::ops::Range;

use super::instruction::{Flag, Form, Instruction, Pair, Word};
use super::keyword::Keyword;
use super::line::Line;
use super::words::{self, Json};
use crate::diagnostic::Diagnostic;

/// What there is to say about an instruction, boxed as there rarely is anything.
#[derive(Default)]
pub(super) struct Remarks {
    /// What is wrong with its syntax.
    pub(super) problem: Option<Box<Diagnostic>>,
    /// What is right, and not what it looks like.
    pub(super) warnings: Vec<Diagnostic>,
}

/// Reads the instruction in a logical line into one that is [`empty`].
pub(super) fn instruction<'a>(
    line: Line<'a, '_>,
    escape: char,
    instruction: &mut Instruction<'a>,
) -> Remarks {
    let arguments = head(line, 0..line.joined.len(), escape, instruction);
    let mut parser = Parser { line, escape, instruction, warnings: Vec::new() };
    let problem = parser.arguments(arguments).err().map(Box::new);
    Remarks { problem, warnings: parser.warnings }
}

/// An instruction that nothing was read of. It is filled where it is going to stay: it is large, and
/// moving it took longer than reading a short one.
pub(super) const fn empty<'a>() -> Instruction<'a> {
    const NO_WORD: Word<'static> = Word { span: 0..0, value: Cow::Borrowed("") };
    Instruction {
        span: 0..0,
        keyword: Keyword::Unknown,
        name: NO_WORD,
        flags: Vec::new(),
        form: Form::Words,
        arguments: Vec::new(),
        pairs: Vec::new(),
        heredocs: Vec::new(),
        trigger: None,
        valid: true,
    }
}

/// Reads keyword and flags, and says where the arguments are.
fn head<'a>(
    line: Line<'a, '_>,
    range: Range<usize>,
    escape: char,
    instruction: &mut Instruction<'a>,
) -> Range<usize> {
    let range = words::trim(line.joined, range);
    let bytes = line.joined.as_bytes();
    let name_end = range.clone().find(|&at| words::is_blank(bytes[at])).unwrap_or(range.end);
    let (flags, rest) = words::flags(line.joined, name_end..range.end, escape);
    instruction.span = line.span(&range);
    instruction.keyword = Keyword::parse(&line.joined[range.start..name_end]);
    instruction.name = line.word(range.start..name_end);
    instruction.flags = flags.into_iter().map(|raw| flag(line, raw)).collect();
    words::trim(line.joined, rest..range.end)
}

fn flag<'a>(line: Line<'a, '_>, raw: words::RawFlag) -> Flag<'a> {
    let Range { start, end } = raw.range;
    let span = line.span(&(start..end));
    let Some(unquoted) = raw.unquoted else {
        let pair = pair(line, start + 2..end);
        let options = match &pair.value {
            Some(_) if pair.name.value == "mount" => {
                let value = start + 3 + pair.name.value.len();
                plain_options(line, value..end)
            }
            _ => Vec::new(),
        };
        return Flag { span, name: pair.name, value: pair.value, options };
    };
    let text = &unquoted.text;
    let part = |part: Range<usize>| {
        let place = unquoted.place(&part).unwrap_or(end..end);
        line.decoded(place, Some(text[part].to_owned()))
    };
    let equals = words::equals(text);
    let name = part(2..equals.unwrap_or(text.len()));
    let value = equals.map(|at| part(at + 1..text.len()));
    let options = match equals {
        Some(at) if name.value == "mount" => words::fields(&text[at + 1..])
            .unwrap_or_default()
            .into_iter()
            .map(|field| {
                let byte = |place: &usize| text.as_bytes()[at + 1 + place];
                let split = field.iter().position(|place| byte(place) == b'=');
                let word = |places: &[usize]| {
                    let first = places.first().map_or(text.len(), |first| at + 1 + first);
                    let last = places.last().map_or(first, |last| at + 2 + last);
                    let place = unquoted.place(&(first..last)).unwrap_or(end..end);
                    let bytes = places.iter().map(byte).collect();
                    line.decoded(place, String::from_utf8(bytes).ok())
                };
                match split {
                    Some(split) => {
                        Pair { name: word(&field[..split]), value: Some(word(&field[split + 1..])) }
                    }
                    None => Pair { name: word(&field), value: None },
                }
            })
            .collect(),
        _ => Vec::new(),
    };
    Flag { span, name, value, options }
}

/// The options of a `--mount` without quotes, which are fields of a CSV line.
fn plain_options<'a>(line: Line<'a, '_>, value: Range<usize>) -> Vec<Pair<'a>> {
    let mut at = value.start;
    line.joined[value]
        .split(',')
        .map(|field| {
            let range = at..at + field.len();
            at = range.end + 1;
            pair(line, range)
        })
        .collect()
}

/// `name=value`, or a name alone.
fn pair<'a>(line: Line<'a, '_>, range: Range<usize>) -> Pair<'a> {
    match words::equals(&line.joined[range.clone()]) {
        Some(at) => {
            let equals = range.start + at;
            let value = Some(line.word(equals + 1..range.end));
            Pair { name: line.word(range.start..equals), value }
        }
        None => Pair { name: line.word(range), value: None },
    }
}

struct Parser<'a, 'l, 'i> {
    line: Line<'a, 'l>,
    escape: char,
    instruction: &'i mut Instruction<'a>,
    warnings: Vec<Diagnostic>,
}

impl<'a> Parser<'a, '_, '_> {
    fn arguments(&mut self, range: Range<usize>) -> Result<(), Diagnostic> {
        match self.instruction.keyword {
            Keyword::Env | Keyword::Label => self.pairs(range),
            Keyword::Arg => {
                self.instruction.form = Form::Pairs;
                let words = words::split_quoted(self.line.joined, range, self.escape);
                self.instruction.pairs = words.into_iter().map(|word| pair(self.line, word)).collect();
                Ok(())
            }
            Keyword::From | Keyword::Expose | Keyword::Unknown => {
                self.words(range);
                Ok(())
            }
            Keyword::Copy | Keyword::Add | Keyword::Volume => {
                if !self.json(range.clone())? {
                    self.words(range);
                }
                Ok(())
            }
            Keyword::Run | Keyword::Cmd | Keyword::Entrypoint | Keyword::Shell => self.command(range),
            Keyword::Healthcheck => self.health(range),
            Keyword::Onbuild => self.trigger(range),
            Keyword::User | Keyword::Workdir | Keyword::Stopsignal | Keyword::Maintainer => {
                self.text(range);
                Ok(())
            }
        }
    }

    fn word(&self, range: Range<usize>) -> Word<'a> {
        self.line.word(range)
    }

    fn words(&mut self, range: Range<usize>) {
        let words = words::split_blanks(self.line.joined, range);
        self.instruction.arguments = words.map(|range| self.line.word(range)).collect();
    }

    /// The whole rest as it stands.
    fn text(&mut self, range: Range<usize>) {
        self.instruction.form = Form::Shell;
        if !range.is_empty() {
            let word = self.word(range);
            self.instruction.arguments.reserve_exact(1);
            self.instruction.arguments.push(word);
        }
    }

    /// The exec form, if it is one.
    fn json(&mut self, range: Range<usize>) -> Result<bool, Diagnostic> {
        match words::json(self.line.joined, range.clone()) {
            Json::Strings(strings) => {
                self.instruction.form = Form::Exec;
                let words = strings.into_iter().map(|(range, value)| self.line.decoded(range, value));
                self.instruction.arguments.extend(words);
                Ok(true)
            }
            Json::Not => Ok(false),
            Json::Followed(rest) => {
                let message = "text after the JSON array makes this the shell form";
                let hint = "remove it: older frontends drop it, newer ones run the line with a shell";
                self.warnings.push(Diagnostic::new(self.line.span(&rest), message).hint(hint));
                Ok(false)
            }
            Json::NotStrings => {
                let message = "the JSON array has an element that is not a string";
                Err(Diagnostic::new(self.line.span(&range), message)
                    .hint("put double quotes around every element"))
            }
        }
    }

    fn command(&mut self, range: Range<usize>) -> Result<(), Diagnostic> {
        if !self.json(range.clone())? {
            self.text(range);
        }
        Ok(())
    }

    fn health(&mut self, range: Range<usize>) -> Result<(), Diagnostic> {
        let text = &self.line.joined[range.clone()];
        if text.is_empty() {
            return Ok(());
        }
        let end = text.bytes().position(words::is_space).map_or(range.end, |at| range.start + at);
        let kind = self.word(range.start..end);
        self.instruction.arguments.push(kind);
        self.command(words::trim(self.line.joined, end..range.end))
    }

    /// ENV and LABEL: `name=value …`, or the old form `name the rest`.
    fn pairs(&mut self, range: Range<usize>) -> Result<(), Diagnostic> {
        self.instruction.form = Form::Pairs;
        let text = self.line.joined;
        let words = words::split_quoted(text, range.clone(), self.escape);
        let Some(first) = words.first() else { return Ok(()) };
        let keyword = self.instruction.keyword;
        if words::equals(&text[first.clone()]).is_none() {
            let bytes = text.as_bytes();
            let name_end = range.clone().find(|&at| words::is_blank(bytes[at])).unwrap_or(range.end);
            if name_end == range.end {
                let name = self.word(range);
                let message = format!("{keyword} `{}` has no value", name.value);
                let hint = format!("write `{}=value`", name.value);
                let problem = Diagnostic::new(name.span.clone(), message).hint(hint);
                self.instruction.pairs.push(Pair { name, value: None });
                return Err(problem);
            }
            let name = self.word(range.start..name_end);
            let value = (name_end..range.end).find(|&at| !words::is_blank(bytes[at])).unwrap_or(range.end);
            let value = Some(self.word(value..range.end));
            self.instruction.pairs.push(Pair { name, value });
            return Ok(());
        }
        self.instruction.pairs = words.into_iter().map(|word| pair(self.line, word)).collect();
        match self.instruction.pairs.iter().find(|pair| pair.value.is_none()) {
            None => Ok(()),
            Some(Pair { name, .. }) => {
                let message = format!("`{}` in {keyword} has no equals sign", name.value);
                let hint = "write name=value; quote a value that contains blanks";
                Err(Diagnostic::new(name.span.clone(), message).hint(hint))
            }
        }
    }

    fn trigger(&mut self, range: Range<usize>) -> Result<(), Diagnostic> {
        if range.is_empty() {
            return Ok(());
        }
        let mut inner = empty();
        let arguments = head(self.line, range, self.escape, &mut inner);
        // BuildKit refuses what would nest here, so one level is all there is.
        let mut result = Ok(());
        if inner.keyword != Keyword::Onbuild {
            let mut parser = Parser {
                line: self.line,
                escape: self.escape,
                instruction: &mut inner,
                warnings: Vec::new(),
            };
            result = parser.arguments(arguments);
            self.warnings = parser.warnings;
        }
        inner.valid = result.is_ok();
        self.instruction.trigger = Some(Box::new(inner));
        result
    }
}
