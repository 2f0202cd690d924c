//! Here-documents: the lines behind an instruction, up to the name that ends them.

use std::collections::HashMap;
use std::ops::Range;

use super::Reader;
use crate::diagnostic::{Diagnostic, Span};
use crate::dockerfile::check;
use crate::dockerfile::heredoc::{self, Operator};
use crate::dockerfile::instruction::{Form, Heredoc};
use crate::dockerfile::keyword::Keyword;

impl<'a> Reader<'a> {
    /// Reads the here-documents of the last instruction, if it is one that may have some.
    pub(super) fn heredocs(&mut self) {
        let takes = self.file.instructions.last().is_some_and(|instruction| {
            let inner = instruction.trigger.as_deref().unwrap_or(instruction);
            matches!(inner.keyword, Keyword::Run | Keyword::Copy | Keyword::Add) && inner.form != Form::Exec
        });
        if !takes {
            return;
        }
        for operator in heredoc::operators(&self.joined) {
            let span = self.line().span(&operator.range);
            let heredoc = self.heredoc(operator, span);
            let end = self.file.text[..self.at].trim_end_matches(['\r', '\n']).len();
            if let Some(instruction) = self.file.instructions.last_mut() {
                // The name ends the instruction, even if it is followed by empty lines.
                instruction.span.end = end.max(heredoc.body.end);
                instruction.heredocs.push(heredoc);
            }
        }
        if let Some(problem) = check::bodies(&mut self.file) {
            self.report(Some(Box::new(problem)));
        }
    }

    fn heredoc(&mut self, operator: Operator, span: Span) -> Heredoc<'a> {
        let start = self.at;
        let found = self.find_terminator(start, &operator);
        if operator.spaced && found.is_some() {
            let message = "blanks between `<<` and the name of a here-document";
            let hint = format!(
                "write `<<{}`: frontends before 1.16 read the body as instructions",
                self.file.text[span.clone()]
                    .trim_start_matches(|c: char| c.is_ascii_digit() || c == '<')
                    .trim()
            );
            self.file.warnings.push(Diagnostic::new(span.clone(), message).hint(hint));
        }
        let body = match found {
            Some(line) => {
                self.at = line.end;
                start..line.start
            }
            None => self.open_heredoc(start, &operator, &span),
        };
        Heredoc {
            operator: span,
            name: operator.name.into(),
            descriptor: operator.descriptor,
            quoted: operator.quoted,
            strip_tabs: operator.strip_tabs,
            body,
        }
    }

    /// A here-document that nothing ends reaches to the next thing that looks like an instruction.
    fn open_heredoc(&mut self, start: usize, operator: &Operator, span: &Span) -> Span {
        let message = format!("the here-document `{}` has no end", operator.name);
        let hint = if operator.spaced {
            "if it is a shift or a comparison, write no blanks after `<<`".to_owned()
        } else {
            format!("end it with a line that contains only `{}`", operator.name)
        };
        self.file.problems.push(Diagnostic::new(span.clone(), message).hint(hint));
        while let Some(line) = self.next_line() {
            if Keyword::starts(&self.file.text[line.clone()]) {
                self.at = line.start;
                break;
            }
        }
        start..self.at
    }

    /// The line, end included, that ends a here-document.
    fn find_terminator(&mut self, start: usize, operator: &Operator) -> Option<Range<usize>> {
        if let Some(terminators) = &self.terminators {
            return terminators.find(start, operator);
        }
        let text = self.file.text;
        let mut at = start;
        for line in text[start..].split_inclusive('\n') {
            if ends(line, operator) {
                return Some(at..at + line.len());
            }
            at += line.len();
        }
        // A search that reached the end of the file is not done again.
        self.terminators = Some(Terminators::new(text));
        None
    }
}

fn ends(line: &str, operator: &Operator) -> bool {
    let line = line.trim_end_matches(['\r', '\n']);
    let line = if operator.strip_tabs { line.trim_start_matches('\t') } else { line };
    line == operator.name
}

/// Where each line of a text is, for a file in which the end of a here-document was missed.
pub(super) struct Terminators<'a> {
    exact: HashMap<&'a str, Vec<Range<usize>>>,
    stripped: HashMap<&'a str, Vec<Range<usize>>>,
}

impl<'a> Terminators<'a> {
    fn new(text: &'a str) -> Self {
        let mut this = Self { exact: HashMap::new(), stripped: HashMap::new() };
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            let name = line.trim_end_matches(['\r', '\n']);
            let range = at..at + line.len();
            this.exact.entry(name).or_default().push(range.clone());
            this.stripped.entry(name.trim_start_matches('\t')).or_default().push(range);
            at += line.len();
        }
        this
    }

    fn find(&self, start: usize, operator: &Operator) -> Option<Range<usize>> {
        let lines = if operator.strip_tabs { &self.stripped } else { &self.exact };
        let lines = lines.get(operator.name.as_str())?;
        lines.get(lines.partition_point(|line| line.start < start)).cloned()
    }
}
