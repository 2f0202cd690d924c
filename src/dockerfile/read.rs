//! From text to instructions.
//!
//! The reader follows `Parse` of moby/buildkit's `frontend/dockerfile/parser/parser.go`, and goes
//! on where that one stops: an instruction that is wrong becomes a problem, and the next one is
//! read as if nothing had happened.

mod heredocs;

use self::heredocs::Terminators;
use super::check;
use super::instruction::{Directive, Dockerfile};
use super::keyword::Keyword;
use super::line::{Line, Piece};
use super::parse::{self, Remarks};
use crate::diagnostic::{Diagnostic, Span};

impl<'a> Dockerfile<'a> {
    /// Reads a text as `BuildKit`'s frontend does. This never fails: what is wrong is in
    /// [`Dockerfile::problems`].
    pub fn read(text: &'a str) -> Self {
        Reader::new(text).read()
    }
}

/// A line inside an instruction that looks like an instruction of its own.
struct Swallowed {
    /// Where the line begins.
    line: usize,
    /// How many pieces come before it.
    pieces: usize,
    /// The length of the logical line before it.
    joined: usize,
}

/// Which parser directives a comment may be.
#[derive(Clone, Copy, PartialEq)]
enum Directives {
    /// Any.
    All,
    /// Those behind `#!` that are looked for apart from the instructions: `syntax` and `check`.
    BehindShebang,
    /// None: the first instruction or other comment was read.
    Over,
}

struct Reader<'a> {
    file: Dockerfile<'a>,
    /// Where the next line begins.
    at: usize,
    /// Whether a parser directive may still come.
    directives: Directives,
    pieces: Vec<Piece>,
    joined: String,
    /// How many bytes may still be read a second time, so that reading stays linear.
    second_look: usize,
    terminators: Option<Terminators<'a>>,
    /// Whether the last instruction was an unknown one without a likely meaning.
    stray: bool,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            file: Dockerfile {
                text,
                directives: Vec::new(),
                escape: '\\',
                // A guess at the length of an instruction saves most of the moves.
                instructions: Vec::with_capacity(text.len() / 32),
                problems: Vec::new(),
                warnings: Vec::new(),
            },
            // A byte-order mark belongs to no line.
            at: if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 },
            directives: Directives::All,
            pieces: Vec::new(),
            joined: String::new(),
            second_look: 2 * text.len() + 4096,
            terminators: None,
            stray: false,
        }
    }

    fn read(mut self) -> Dockerfile<'a> {
        while let Some(line) = self.next_line() {
            let line = trim_start(self.file.text, line);
            let content = &self.file.text[line.clone()];
            if content.starts_with('#') {
                self.directive(line);
                continue;
            }
            self.directives = Directives::Over;
            if !content.is_empty() {
                self.instruction(line);
            }
        }
        if self.file.instructions.is_empty() {
            let end = self.file.text.len();
            self.file.problems.push(Diagnostic::new(end..end, "the file has no instructions"));
        } else {
            check::whole(&mut self.file);
        }
        check::long_lines(&mut self.file);
        self.file.problems.sort_by_key(|problem| problem.span.start);
        self.file
    }

    /// The next line without its end.
    fn next_line(&mut self) -> Option<Span> {
        let rest = &self.file.text.as_bytes()[self.at..];
        if rest.is_empty() {
            return None;
        }
        let start = self.at;
        let mut end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        self.at += (end + 1).min(rest.len());
        while end > 0 && rest[end - 1] == b'\r' {
            end -= 1;
        }
        Some(start..start + end)
    }

    /// A comment above the first instruction: a parser directive, or the end of them.
    fn directive(&mut self, line: Span) {
        if self.directives == Directives::Over {
            return;
        }
        let text = self.file.text;
        let comment = &text[line.clone()];
        if comment.starts_with("#!") && !text[..line.start].contains('\n') {
            self.directives = Directives::BehindShebang;
            return;
        }
        let blank = ['\t', '\n', '\u{c}', '\r', ' '];
        let parsed = comment[1..].split_once('=').and_then(|(name, value)| {
            let name = name.trim_start().trim_end_matches(blank).to_ascii_lowercase();
            let start = line.end - value.trim_start_matches(blank).len();
            let value = start..start + text[start..line.end].trim_end_matches(blank).len();
            let known = matches!(name.as_str(), "syntax" | "escape" | "check") && !value.is_empty();
            known.then_some((name, value))
        });
        let Some((name, value)) = parsed else {
            self.directives = Directives::Over;
            return;
        };
        if name == "escape" && self.directives == Directives::BehindShebang {
            return;
        }
        if self.file.directive(&name).is_some() {
            let message = format!("the parser directive `{name}` is given twice");
            self.file.problems.push(Diagnostic::new(line, message));
            return;
        }
        if name == "escape" {
            match &text[value.clone()] {
                "\\" => self.file.escape = '\\',
                "`" => self.file.escape = '`',
                other => {
                    let message = format!("`{other}` is not an escape character");
                    let hint = "write a backslash or a backquote";
                    self.file.problems.push(Diagnostic::new(value.clone(), message).hint(hint));
                }
            }
        }
        let value = super::Word { value: text[value.clone()].into(), span: value };
        if name == "check" {
            self.file.problems.extend(check::options(&value));
        }
        self.file.directives.push(Directive { span: line, name, value });
    }

    /// Adds a physical line to the logical one; true if the next line continues it.
    fn add(&mut self, line: Span) -> bool {
        let content = &self.file.text[line.clone()];
        let (kept, continued) = match continuation(content, self.file.escape) {
            Some(kept) => (kept, true),
            None => (content, false),
        };
        if !kept.is_empty() || self.pieces.is_empty() {
            self.pieces.push(Piece { logical: self.joined.len(), physical: line.start });
            self.joined.push_str(kept);
        }
        continued
    }

    /// Reads the instruction whose first line is given.
    fn instruction(&mut self, first: Span) {
        self.pieces.clear();
        self.joined.clear();
        let (start, mut end) = (first.start, first.end);
        let mut continued = self.add(first);
        let mut swallowed: Option<Swallowed> = None;
        let mut blank: Option<Span> = None;
        while continued && let Some(line) = self.next_line() {
            end = line.end;
            let content = self.file.text[line.clone()].trim_start();
            if content.starts_with('#') {
                continue;
            }
            if content.is_empty() {
                blank.get_or_insert(line);
                continue;
            }
            if swallowed.is_none() && Keyword::starts(&self.file.text[line.clone()]) {
                let (pieces, joined) = (self.pieces.len(), self.joined.len());
                swallowed = Some(Swallowed { line: line.start, pieces, joined });
            }
            continued = self.add(line);
        }
        self.file.instructions.push(parse::empty());
        let mut remarks = self.parse();
        if let Some(swallowed) = swallowed {
            let is_wrong = remarks.problem.is_some();
            self.report_swallowed(&swallowed, is_wrong);
            let again = self.at - swallowed.line;
            if is_wrong && again <= self.second_look {
                self.second_look -= again;
                self.at = swallowed.line;
                self.pieces.truncate(swallowed.pieces);
                self.joined.truncate(swallowed.joined);
                self.file.instructions.pop();
                self.file.instructions.push(parse::empty());
                remarks = self.parse();
                end = start;
            }
        } else if let Some(blank) = blank {
            let message = "a blank line inside an instruction";
            let hint = "remove it, or the backslash above it: BuildKit will reject it";
            self.file.warnings.push(Diagnostic::new(blank, message).hint(hint));
        }
        if let Some(instruction) = self.file.instructions.last_mut() {
            // Lines that hold nothing but the escape character, and comments behind a continuation
            // that the end of the file follows, belong to the instruction.
            instruction.span.start = start;
            if continued {
                instruction.span.end = instruction.span.end.max(end);
            }
        }
        self.file.warnings.append(&mut remarks.warnings);
        self.heredocs();
        self.report(remarks.problem);
    }

    fn line(&self) -> Line<'a, '_> {
        Line { source: self.file.text, joined: &self.joined, pieces: &self.pieces }
    }

    /// Reads the logical line into the last instruction.
    fn parse(&mut self) -> Remarks {
        let line = Line { source: self.file.text, joined: &self.joined, pieces: &self.pieces };
        let escape = self.file.escape;
        let Some(instruction) = self.file.instructions.last_mut() else { return Remarks::default() };
        let mut remarks = parse::instruction(line, escape, instruction);
        remarks.problem = remarks.problem.or_else(|| check::instruction(instruction, escape).map(Box::new));
        instruction.valid = remarks.problem.is_none();
        if instruction.valid {
            remarks.warnings.extend(check::trigger(instruction, escape));
            remarks.warnings.extend(check::older(instruction));
        }
        remarks
    }

    fn report_swallowed(&mut self, swallowed: &Swallowed, wrong: bool) {
        let text = self.file.text;
        let keyword = self.file.instructions.last().map_or(Keyword::Unknown, |last| last.keyword);
        let before = Line {
            source: text,
            joined: &self.joined[..swallowed.joined],
            pieces: &self.pieces[..swallowed.pieces],
        };
        let end = before.span(&(swallowed.joined..swallowed.joined)).end;
        // The backslash is the first one behind the last byte that was kept.
        let backslash = text[end..].find(self.file.escape).map_or(end, |at| end + at);
        let word = text[swallowed.line..].split([' ', '\t']).next().unwrap_or_default();
        let message = format!("a continued line makes `{word}` part of {keyword}");
        let diagnostic = Diagnostic::new(backslash..backslash + 1, message)
            .hint(format!("remove the `{}` at the end of the line", self.file.escape))
            .related(swallowed.line..swallowed.line + word.len(), "this is not read as an instruction");
        if wrong {
            self.file.problems.push(diagnostic);
        } else {
            self.file.warnings.push(diagnostic);
        }
    }

    fn report(&mut self, problem: Option<Box<Diagnostic>>) {
        let Some(problem) = problem else {
            self.stray = false;
            return;
        };
        // The lines of a script that was meant to be a here-document or to be continued are one
        // mistake; a misspelt keyword among them is another.
        let stray = problem.hint.as_deref() == Some(check::STRAY);
        if !(stray && self.stray) {
            self.file.problems.push(*problem);
        }
        self.stray = stray;
    }
}

/// The line without the escape character that continues it, if one does.
///
/// It is the last character but for blanks, and not escaped itself: `a\\` goes on nowhere.
fn continuation(line: &str, escape: char) -> Option<&str> {
    // Bytes, not characters: this is asked of every line.
    let is_escape = |byte: u8| char::from(byte) == escape;
    let (&last, kept) = line.trim_end_matches([' ', '\t']).as_bytes().split_last()?;
    let continued = is_escape(last) && !kept.last().copied().is_some_and(is_escape);
    continued.then(|| &line[..kept.len()])
}

fn trim_start(text: &str, line: Span) -> Span {
    line.end - text[line.clone()].trim_start().len()..line.end
}
