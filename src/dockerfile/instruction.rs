//! What a Dockerfile is made of, as spans into its text.

use std::borrow::Cow;

use super::keyword::Keyword;
use crate::diagnostic::{Diagnostic, Span};

/// A Dockerfile that was read: every instruction with the place of every word.
///
/// Nothing is lost: what lies between the spans of the instructions is blank lines and comments.
#[derive(Debug, Clone, PartialEq)]
pub struct Dockerfile<'a> {
    /// The text that was read, byte for byte.
    pub text: &'a str,
    /// The parser directives above the first instruction.
    pub directives: Vec<Directive<'a>>,
    /// The character that continues lines and escapes others: a backslash, or a backquote.
    pub escape: char,
    /// The instructions in the order of the text, the wrong ones among them.
    pub instructions: Vec<Instruction<'a>>,
    /// Why `BuildKit` refuses the file; nothing if it accepts it.
    pub problems: Vec<Diagnostic>,
    /// What `BuildKit` accepts, and reads otherwise than it looks.
    pub warnings: Vec<Diagnostic>,
}

/// A parser directive: `# syntax=docker/dockerfile:1`.
#[derive(Debug, Clone, PartialEq)]
pub struct Directive<'a> {
    /// The line without its end.
    pub span: Span,
    /// `syntax`, `escape` or `check`, in lower case.
    pub name: String,
    /// What follows the equals sign, without blanks around it.
    pub value: Word<'a>,
}

/// One instruction, with its continuation lines and here-documents.
#[derive(Debug, Clone, PartialEq)]
pub struct Instruction<'a> {
    /// From the keyword to the end of the last line, without the line's end.
    pub span: Span,
    /// Which instruction it is.
    pub keyword: Keyword,
    /// The keyword as written.
    pub name: Word<'a>,
    /// The flags between keyword and arguments.
    pub flags: Vec<Flag<'a>>,
    /// How the arguments are written.
    pub form: Form,
    /// The arguments, with quotes and variables as written: the words; or, in exec form, the
    /// decoded strings, located between their quotes; or, in shell form, one word that is the whole command line. The first
    /// argument of HEALTHCHECK is its type.
    pub arguments: Vec<Word<'a>>,
    /// The names and values of ENV, LABEL and ARG.
    pub pairs: Vec<Pair<'a>>,
    /// The here-documents, in the order of their operators.
    pub heredocs: Vec<Heredoc<'a>>,
    /// What ONBUILD puts off.
    pub trigger: Option<Box<Instruction<'a>>>,
    /// Whether `BuildKit` accepts it.
    pub valid: bool,
}

/// How the arguments of an instruction are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Words between blanks, or none at all.
    Words,
    /// A JSON array of strings.
    Exec,
    /// A command line, or any text that is taken as a whole.
    Shell,
    /// Names and values.
    Pairs,
}

/// A word of an instruction, with its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word<'a> {
    /// Where it is; a line continuation inside belongs to it.
    pub span: Span,
    /// Its value: a slice of the text, but for words that are continued on another line or
    /// escaped.
    pub value: Cow<'a, str>,
}

/// A flag: `--from=build`.
#[derive(Debug, Clone, PartialEq)]
pub struct Flag<'a> {
    /// The whole flag.
    pub span: Span,
    /// The name without dashes.
    pub name: Word<'a>,
    /// What follows the equals sign.
    pub value: Option<Word<'a>>,
    /// The options of a `--mount`: `type=cache`, `target=/x`.
    pub options: Vec<Pair<'a>>,
}

/// A name, and its value if it has one.
#[derive(Debug, Clone, PartialEq)]
pub struct Pair<'a> {
    /// The name.
    pub name: Word<'a>,
    /// The value, quotes and all.
    pub value: Option<Word<'a>>,
}

/// A here-document.
#[derive(Debug, Clone, PartialEq)]
pub struct Heredoc<'a> {
    /// The operator: `<<-"EOF"`.
    pub operator: Span,
    /// The word that ends it, without quotes.
    pub name: Cow<'a, str>,
    /// The file descriptor in front of the operator.
    pub descriptor: Option<u32>,
    /// Whether the name is quoted: no variables in the body.
    pub quoted: bool,
    /// Whether it is `<<-`: tabs in front of each line do not count.
    pub strip_tabs: bool,
    /// The lines between the operator's and the one that ends it.
    pub body: Span,
}

impl<'a> Instruction<'a> {
    /// The flag of this name, if it is given.
    pub fn flag(&self, name: &str) -> Option<&Flag<'a>> {
        self.flags.iter().find(|flag| flag.name.value == name)
    }

    /// The value of the flag of this name.
    pub fn flag_value(&self, name: &str) -> Option<&Word<'a>> {
        self.flag(name)?.value.as_ref()
    }
}

impl Dockerfile<'_> {
    /// The value of a parser directive.
    pub fn directive(&self, name: &str) -> Option<&str> {
        self.directives.iter().find(|directive| directive.name == name).map(|d| &*d.value.value)
    }

    /// The body of a here-document as the command or the file gets it.
    pub fn heredoc_body(&self, heredoc: &Heredoc<'_>) -> String {
        let body = &self.text[heredoc.body.clone()];
        if heredoc.strip_tabs {
            body.split_inclusive('\n').map(|line| line.trim_start_matches('\t')).collect()
        } else {
            body.to_owned()
        }
    }
}
