//! What `BuildKit` refuses in an instruction whose syntax is right.
//!
//! The rules are those of `parse.go` and `bflag.go` in moby/buildkit's
//! `frontend/dockerfile/instructions`.

mod flags;
mod mount;
mod references;
mod values;
mod variables;

use std::collections::HashSet;

use super::expand::{self, ExpandError, Expansion, Variable};
use super::heredoc;
use super::instruction::{Dockerfile, Form, Instruction, Word};
use super::keyword::{Keyword, lower};
use super::stages::Stages;
use super::views::is_as;
use crate::diagnostic::{Diagnostic, nearest};

pub(super) use values::options;

/// The most bytes that a line may have.
const LINE: usize = 65_535;

/// The hint at an unknown keyword that is near to none: what is wrong is the line before.
pub(super) const STRAY: &str = "the previous line may lack a backslash, or a here-document its operator";

fn meant(word: &str) -> Option<&'static str> {
    if word.len() > 20 || !word.bytes().all(|b| b.is_ascii_alphabetic()) {
        return None;
    }
    nearest(word, Keyword::names())
}

/// The first thing that is wrong with an instruction.
pub(super) fn instruction(instruction: &Instruction<'_>, escape: char) -> Option<Diagnostic> {
    let words = Words { escape, lookup: &|_| Variable::Unknown };
    arguments(instruction).or_else(|| flags::of(instruction)).or_else(|| values(instruction, &words))
}

/// What is wrong with the words of an instruction, going by what is known of variables.
fn values(instruction: &Instruction<'_>, words: &Words<'_>) -> Option<Diagnostic> {
    expansions(instruction, words).or_else(|| values::values(instruction, words))
}

/// How words are read at a place of the file.
struct Words<'l> {
    escape: char,
    /// What is known of a variable there.
    lookup: &'l dyn Fn(&str) -> Variable<'l>,
}

impl Words<'_> {
    fn expand(&self, word: &Word<'_>) -> Result<Expansion, ExpandError> {
        expand::expand(&word.value, self.escape, self.lookup)
    }

    /// What a word says, if that hangs on nothing unknown.
    fn known(&self, word: &Word<'_>) -> Option<String> {
        match self.expand(word) {
            Ok(Expansion::Known(value)) => Some(value),
            _ => None,
        }
    }
}

/// What is wrong with the trigger of an ONBUILD. `BuildKit` looks at it when an image is built on
/// this one, so that it is a warning here, and the trigger is not valid.
pub(super) fn trigger(instruction: &mut Instruction<'_>, escape: char) -> Option<Diagnostic> {
    let trigger = instruction.trigger.as_deref_mut()?;
    let problem = self::instruction(trigger, escape)?;
    trigger.valid = false;
    Some(refused_trigger(problem))
}

fn refused_trigger(mut problem: Diagnostic) -> Diagnostic {
    problem.message = format!("{}: a build on this image fails", problem.message);
    problem
}

/// What frontends that are still in use read otherwise.
pub(super) fn older(instruction: &Instruction<'_>) -> Option<Diagnostic> {
    if let Some(flag) = instruction.flags.iter().find(|flag| {
        let ascii = |word: &Word<'_>| word.value.is_ascii();
        !ascii(&flag.name) || !flag.value.as_ref().is_none_or(ascii)
    }) {
        let message = "BuildKit reads flags byte by byte: letters outside ASCII are changed, or end the flag";
        return Some(Diagnostic::new(flag.span.clone(), message).hint("write it with ASCII letters"));
    }
    if instruction.keyword != Keyword::Arg {
        return None;
    }
    let special = |c| matches!(c, '"' | '\'' | '$' | '\\' | '`');
    if let Some(pair) = instruction.pairs.iter().find(|pair| pair.name.value.contains(special)) {
        let message = format!("`{}` is taken literally as the name of the build argument", pair.name.value);
        let hint = "older frontends remove quotes and expand variables: write the bare name";
        return Some(Diagnostic::new(pair.name.span.clone(), message).hint(hint));
    }
    let mut before = HashSet::new();
    for pair in &instruction.pairs {
        if let Some(value) = pair.value.as_ref().filter(|value| value.value.contains('$')) {
            let seen = std::cell::RefCell::new(None);
            let note = |name: &str| {
                if before.contains(name) {
                    seen.borrow_mut().get_or_insert(name.to_owned());
                }
                Variable::Unknown
            };
            // The escape character makes a difference to `\$` alone.
            let _ = expand::expand(&value.value, '\\', &note);
            if let Some(name) = seen.into_inner() {
                let message = format!("`{}` uses `{name}` of the same line", pair.name.value);
                let hint = "older frontends do not expand it in a stage: write a separate ARG";
                return Some(Diagnostic::new(value.span.clone(), message).hint(hint));
            }
        }
        before.insert(&*pair.name.value);
    }
    None
}

/// What is wrong with the bodies of the here-documents of the last instruction: COPY and ADD replace
/// variables in them.
pub(super) fn bodies(file: &mut Dockerfile<'_>) -> Option<Diagnostic> {
    let text = file.text;
    let last = file.instructions.last_mut().filter(|last| last.valid)?;
    let problem = body(last, text, &|_| Variable::Unknown)?;
    let Some(trigger) = last.trigger.as_deref_mut() else {
        last.valid = false;
        return Some(problem);
    };
    trigger.valid = false;
    file.warnings.push(refused_trigger(problem));
    None
}

/// What is wrong with the body of a here-document, going by what is known of variables.
fn body<'l>(
    instruction: &Instruction<'_>,
    text: &str,
    lookup: &dyn Fn(&str) -> Variable<'l>,
) -> Option<Diagnostic> {
    let inner = instruction.trigger.as_deref().unwrap_or(instruction);
    if !matches!(inner.keyword, Keyword::Copy | Keyword::Add) {
        return None;
    }
    instruction.heredocs.iter().filter(|heredoc| !heredoc.quoted).find_map(|heredoc| {
        let body = &text[heredoc.body.clone()];
        let error = expand::expand_body(body, lookup).err()?;
        let start = heredoc.body.start + body.find("${").unwrap_or_default();
        let end = start + text[start..heredoc.body.end].find('\n').unwrap_or_default();
        let message = format!("COPY and ADD expand variables in a here-document: {error}");
        let hint = format!("write `<<\"{}\"` if the variables are those of a script", heredoc.name);
        Some(Diagnostic::new(start..end, message).hint(hint))
    })
}

/// Lines that are longer than `BuildKit` reads, wherever they stand.
pub(super) fn long_lines(file: &mut Dockerfile<'_>) {
    if file.text.len() <= LINE {
        return;
    }
    let mut start = 0;
    for line in file.text.split('\n') {
        if line.len() > LINE {
            let end = start + line.chars().take(40).map(char::len_utf8).sum::<usize>();
            let message = format!("a line of {} bytes: BuildKit reads {LINE} at most", line.len());
            file.problems.push(Diagnostic::new(start..end, message).hint("put the text into a file"));
        }
        start += line.len() + 1;
    }
}

/// What is wrong with the file as a whole: an instruction that belongs in a stage.
pub(super) fn whole(file: &mut Dockerfile<'_>) {
    for instruction in &mut file.instructions {
        match instruction.keyword {
            Keyword::From => {
                let stages = Stages::of(file);
                let mut problems = references::problems(&stages);
                let mut found = variables::of(&stages);
                problems.append(&mut found.problems);
                file.problems.extend(problems);
                file.warnings.append(&mut found.warnings);
                return;
            }
            Keyword::Arg | Keyword::Unknown => {}
            keyword => {
                let message = format!("{keyword} before the first FROM");
                let hint = "only ARG is allowed there: start the stage first";
                file.problems.push(Diagnostic::new(instruction.name.span.clone(), message).hint(hint));
                instruction.valid = false;
                return;
            }
        }
    }
    let last = file.instructions.last().map_or(0..0, |last| last.span.clone());
    file.problems.push(Diagnostic::new(last, "the file has no stage").hint("begin one with FROM"));
}

fn at_name(instruction: &Instruction<'_>, message: impl Into<String>) -> Diagnostic {
    Diagnostic::new(instruction.name.span.clone(), message)
}

fn arguments(instruction: &Instruction<'_>) -> Option<Diagnostic> {
    let keyword = instruction.keyword;
    let count = instruction.arguments.len();
    let missing = |what: &str| Some(at_name(instruction, format!("{keyword} needs {what}")));
    match keyword {
        Keyword::Unknown => Some(unknown(instruction)),
        Keyword::From => from(instruction),
        Keyword::Copy | Keyword::Add => copy(instruction),
        Keyword::Env | Keyword::Label | Keyword::Arg => {
            if instruction.pairs.is_empty() {
                return missing("a name and a value");
            }
            let blank = instruction.pairs.iter().find(|pair| pair.name.value.is_empty())?;
            Some(Diagnostic::new(blank.name.span.clone(), format!("a name in {keyword} is empty")))
        }
        Keyword::Expose if count == 0 => missing("a port"),
        Keyword::Volume if count == 0 => missing("a path"),
        Keyword::Volume => {
            let blank = instruction.arguments.iter().find(|word| word.value.trim().is_empty())?;
            Some(Diagnostic::new(blank.span.clone(), "a path in VOLUME is empty"))
        }
        Keyword::User | Keyword::Workdir | Keyword::Stopsignal | Keyword::Maintainer if count == 0 => {
            missing("an argument")
        }
        Keyword::Shell if instruction.form != Form::Exec || count == 0 => {
            Some(missing("the exec form")?.hint(r#"write it as a JSON array: SHELL ["/bin/bash", "-c"]"#))
        }
        Keyword::Healthcheck => health(instruction),
        Keyword::Onbuild => onbuild(instruction),
        _ => None,
    }
}

fn unknown(instruction: &Instruction<'_>) -> Diagnostic {
    let word = &instruction.name.value;
    let shown: String = word.chars().take(40).collect();
    let diagnostic = at_name(instruction, format!("unknown instruction `{shown}`"));
    match meant(word) {
        Some(known) => diagnostic.hint(format!("did you mean `{known}`")),
        None => diagnostic.hint(STRAY),
    }
}

fn from(instruction: &Instruction<'_>) -> Option<Diagnostic> {
    match &instruction.arguments[..] {
        [_] => None,
        [_, word, name] if is_as(&word.value) => {
            let rest = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
            let folded = lower(&name.value);
            let valid =
                folded.as_bytes().first().is_some_and(u8::is_ascii_alphabetic) && folded.bytes().all(rest);
            let message = format!("`{}` is not a valid stage name", name.value);
            let hint = "start with a letter, followed by letters, digits and - _ .";
            (!valid).then(|| Diagnostic::new(name.span.clone(), message).hint(hint))
        }
        _ => Some(
            at_name(instruction, "FROM takes an image, or an image and a name")
                .hint("write `FROM image` or `FROM image AS name`"),
        ),
    }
}

fn copy(instruction: &Instruction<'_>) -> Option<Diagnostic> {
    let keyword = instruction.keyword;
    match &instruction.arguments[..] {
        [] => Some(at_name(instruction, format!("{keyword} has neither source nor destination"))),
        [only] => Some(
            Diagnostic::new(only.span.clone(), format!("{keyword} has one argument, and no destination"))
                .hint(format!("write `{keyword} {} destination`", only.value)),
        ),
        [.., last] if heredoc::is_operator(&last.value) => Some(Diagnostic::new(
            last.span.clone(),
            format!("a here-document cannot be the destination of {keyword}"),
        )),
        _ => None,
    }
}

fn health(instruction: &Instruction<'_>) -> Option<Diagnostic> {
    let Some((kind, command)) = instruction.arguments.split_first() else {
        return Some(at_name(instruction, "HEALTHCHECK needs CMD and a command, or NONE"));
    };
    if kind.value.eq_ignore_ascii_case("none") {
        let extra = command.first()?;
        return Some(Diagnostic::new(extra.span.clone(), "HEALTHCHECK NONE takes no arguments"));
    }
    if !kind.value.eq_ignore_ascii_case("cmd") {
        let message = format!("`{}` is not a HEALTHCHECK type", kind.value);
        return Some(
            Diagnostic::new(kind.span.clone(), message).hint("write HEALTHCHECK CMD command, or NONE"),
        );
    }
    command.is_empty().then(|| Diagnostic::new(kind.span.clone(), "HEALTHCHECK CMD has no command"))
}

fn onbuild(instruction: &Instruction<'_>) -> Option<Diagnostic> {
    let Some(trigger) = &instruction.trigger else {
        return Some(at_name(instruction, "ONBUILD needs an instruction"));
    };
    if let Keyword::Onbuild | Keyword::From | Keyword::Maintainer = trigger.keyword {
        return Some(at_name(trigger, format!("{} is not allowed after ONBUILD", trigger.keyword)));
    }
    None
}

/// Quotes that nothing closes, `${…}` that nothing understands, `${…:?}` of what is not set.
fn expansions(instruction: &Instruction<'_>, words: &Words<'_>) -> Option<Diagnostic> {
    let check = |word: &Word<'_>| {
        if !word.value.bytes().any(|byte| matches!(byte, b'$' | b'"' | b'\'')) {
            return None;
        }
        let error = words.expand(word).err()?;
        let problem = Diagnostic::new(word.span.clone(), error.to_string());
        Some(match error {
            ExpandError::Required { .. } => {
                problem.hint("declare it with ARG in this stage, or set it with ENV")
            }
            _ => problem,
        })
    };
    match instruction.keyword {
        // The name of a build argument is taken as it is written.
        Keyword::Arg => instruction.pairs.iter().filter_map(|pair| pair.value.as_ref()).find_map(check),
        Keyword::Env | Keyword::Label => {
            let words = instruction.pairs.iter().flat_map(|pair| [Some(&pair.name), pair.value.as_ref()]);
            words.flatten().find_map(check)
        }
        Keyword::From => instruction
            .arguments
            .first()
            .into_iter()
            .chain(instruction.flag_value("platform"))
            .find_map(check),
        Keyword::Copy | Keyword::Add => {
            let flags = ["chown", "chmod", "checksum"].map(|name| instruction.flag_value(name));
            let path = |word: &&Word<'_>| !heredoc::is_operator(&word.value);
            flags.into_iter().flatten().chain(instruction.arguments.iter().filter(path)).find_map(check)
        }
        Keyword::Expose | Keyword::Volume | Keyword::User | Keyword::Workdir | Keyword::Stopsignal => {
            instruction.arguments.iter().find_map(check)
        }
        Keyword::Run => {
            let options = instruction.mounts().flat_map(|mount| mount.options);
            options.filter_map(|option| option.value.as_ref()).find_map(check)
        }
        _ => None,
    }
}
