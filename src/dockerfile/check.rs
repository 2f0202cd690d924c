//! What `BuildKit` refuses in an instruction whose syntax is right.
//!
//! The rules are those of `parse.go` and `bflag.go` in moby/buildkit's
//! `frontend/dockerfile/instructions`.

use super::expand::{self, Variable};
use super::heredoc;
use super::instruction::{Dockerfile, Flag, Form, Instruction, Word};
use super::keyword::{FlagKind, Keyword};
use crate::diagnostic::{Diagnostic, nearest};

/// The hint at an unknown keyword that is near to none: what is wrong is the line before.
pub(super) const STRAY: &str = "the line before may lack a backslash, or a here-document its operator";

fn meant(word: &str) -> Option<&'static str> {
    if word.len() > 20 || !word.bytes().all(|b| b.is_ascii_alphabetic()) {
        return None;
    }
    nearest(word, Keyword::names())
}

/// The first thing that is wrong with an instruction.
pub(super) fn instruction(instruction: &Instruction<'_>, escape: char) -> Option<Diagnostic> {
    arguments(instruction)
        .or_else(|| flags(instruction))
        .or_else(|| values(instruction))
        .or_else(|| expansions(instruction, escape))
}

/// What is wrong with the file as a whole: an instruction that belongs into a stage.
pub(super) fn whole(file: &mut Dockerfile<'_>) {
    for instruction in &mut file.instructions {
        match instruction.keyword {
            Keyword::From => return,
            Keyword::Arg | Keyword::Unknown => {}
            keyword => {
                let message = format!("{keyword} before the first FROM");
                let hint = "only ARG may stand there: begin the stage first";
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
        [_, word, name] if word.value.eq_ignore_ascii_case("as") => {
            let rest = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
            let valid = name.value.as_bytes().first().is_some_and(u8::is_ascii_alphabetic)
                && name.value.bytes().all(rest);
            let message = format!("`{}` is no name for a stage", name.value);
            let hint = "begin with a letter; letters, digits and - _ . may follow";
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
            format!("a here-document is no destination of {keyword}"),
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
        let message = format!("`{}` is no type of HEALTHCHECK", kind.value);
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
    // What is put off is read again when it is built; what cannot be read then is wrong now.
    arguments(trigger).or_else(|| flags(trigger))
}

fn flags(instruction: &Instruction<'_>) -> Option<Diagnostic> {
    // STOPSIGNAL never looks at its flags, nor does HEALTHCHECK NONE.
    let none = |word: &Word<'_>| word.value.eq_ignore_ascii_case("none");
    match instruction.keyword {
        Keyword::Stopsignal => return None,
        Keyword::Healthcheck if instruction.arguments.first().is_some_and(none) => return None,
        _ => {}
    }
    let known = instruction.keyword.flags();
    for (at, flag) in instruction.flags.iter().enumerate() {
        let name = &*flag.name.value;
        let Some(&(_, kind)) = known.iter().find(|(known, _)| *known == name) else {
            return Some(unknown_flag(instruction.keyword, flag));
        };
        let is_before = || instruction.flags[..at].iter().any(|before| before.name.value == name);
        if kind != FlagKind::List && is_before() {
            let message = format!("the flag `--{name}` is given twice");
            return Some(Diagnostic::new(flag.span.clone(), message));
        }
        if let Some(problem) = flag_value(flag, kind) {
            return Some(problem);
        }
    }
    None
}

fn unknown_flag(keyword: Keyword, flag: &Flag<'_>) -> Diagnostic {
    let name = &flag.name.value;
    let diagnostic = Diagnostic::new(flag.span.clone(), format!("{keyword} has no flag `--{name}`"));
    match nearest(name, keyword.flags().iter().map(|(name, _)| *name)) {
        Some(known) => diagnostic.hint(format!("did you mean `--{known}`")),
        None => diagnostic,
    }
}

fn flag_value(flag: &Flag<'_>, kind: FlagKind) -> Option<Diagnostic> {
    let name = &flag.name.value;
    match (kind, &flag.value) {
        (FlagKind::Bool, None) | (FlagKind::Text | FlagKind::List, Some(_)) => None,
        (FlagKind::Bool, Some(value)) => {
            let valid = ["true", "false"].iter().any(|word| value.value.eq_ignore_ascii_case(word));
            let message = format!("`--{name}` is true or false, not `{}`", value.value);
            (!valid).then(|| Diagnostic::new(value.span.clone(), message))
        }
        (_, None) => Some(
            Diagnostic::new(flag.span.clone(), format!("the flag `--{name}` has no value"))
                .hint(format!("write `--{name}=value`, with an equals sign")),
        ),
    }
}

/// Values that are checked when the instruction is read, not when it runs.
fn values(instruction: &Instruction<'_>) -> Option<Diagnostic> {
    match instruction.keyword {
        Keyword::Healthcheck => instruction.flags.iter().find_map(|flag| {
            let value = flag.value.as_ref()?;
            let valid = match &*flag.name.value {
                "retries" => {
                    value.value.is_empty()
                        || value
                            .value
                            .trim_start_matches('+')
                            .parse::<u32>()
                            .is_ok_and(|n| i32::try_from(n).is_ok())
                }
                _ => value.value.is_empty() || super::duration::parse(&value.value).is_some(),
            };
            let message = format!("`{}` is no value for `--{}`", value.value, flag.name.value);
            (!valid).then(|| {
                Diagnostic::new(value.span.clone(), message)
                    .hint("write 30s, 1m30s, 500ms; retries are a number")
            })
        }),
        Keyword::Run => instruction.flags.iter().find_map(mount),
        _ => None,
    }
}

const MOUNT_KEYS: [&str; 19] = [
    "type",
    "from",
    "source",
    "src",
    "target",
    "dst",
    "destination",
    "readonly",
    "ro",
    "readwrite",
    "rw",
    "id",
    "sharing",
    "required",
    "size",
    "mode",
    "uid",
    "gid",
    "env",
];

fn mount(flag: &Flag<'_>) -> Option<Diagnostic> {
    flag.options.iter().find_map(|option| {
        let name = &option.name.value;
        if !MOUNT_KEYS.iter().any(|key| name.eq_ignore_ascii_case(key)) {
            let message = format!("`--mount` has no option `{name}`");
            let diagnostic = Diagnostic::new(option.name.span.clone(), message);
            return Some(match nearest(name, MOUNT_KEYS) {
                Some(known) => diagnostic.hint(format!("did you mean `{known}`")),
                None => diagnostic,
            });
        }
        let value = option.value.as_ref()?;
        // `$` and any character: the frontend expands no variables here.
        let variable = name.eq_ignore_ascii_case("from")
            && value.value.find('$').is_some_and(|at| at + 1 < value.value.len());
        variable.then(|| {
            Diagnostic::new(value.span.clone(), "no variables are expanded in the `from` of a mount")
                .hint("give the image a stage of its own: FROM $IMAGE AS name")
        })
    })
}

/// Quotes that nothing closes and `${…}` that nothing understands.
fn expansions(instruction: &Instruction<'_>, escape: char) -> Option<Diagnostic> {
    let check = |word: &Word<'_>| {
        if !word.value.bytes().any(|byte| matches!(byte, b'$' | b'"' | b'\'')) {
            return None;
        }
        let error = expand::expand(&word.value, escape, &|_| Variable::Unknown).err()?;
        Some(Diagnostic::new(word.span.clone(), error.to_string()))
    };
    match instruction.keyword {
        Keyword::Env | Keyword::Label | Keyword::Arg => {
            let words = instruction.pairs.iter().flat_map(|pair| [Some(&pair.name), pair.value.as_ref()]);
            words.flatten().find_map(check)
        }
        Keyword::From => instruction.arguments.first().and_then(check),
        Keyword::Copy
        | Keyword::Add
        | Keyword::Expose
        | Keyword::Volume
        | Keyword::User
        | Keyword::Workdir
        | Keyword::Stopsignal => instruction.arguments.iter().find_map(check),
        _ => None,
    }
}
