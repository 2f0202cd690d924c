//! What a stage needs of its base, and what it takes from it without saying so.

use super::handwritten::shell_form;
use super::moves::Movement;
use crate::bases::Change;
use crate::diagnostic::Diagnostic;
use crate::dockerfile::{Expansion, Instruction, Keyword, Stage};

/// Why a stage cannot stand on the new base.
pub(super) fn faults(
    movement: &Movement,
    stage: &Stage<'_>,
    instructions: &[Instruction<'_>],
) -> Vec<Diagnostic> {
    let mut faults = Vec::new();
    for change in &movement.changes {
        match change {
            Change::ShellLost(shell) => {
                faults.extend(shell_form(instructions).map(|instruction| {
                    let message = format!(
                        "{} needs a shell, and `{}` has no {shell}",
                        instruction.keyword, movement.to
                    );
                    Diagnostic::new(instruction.span.clone(), message)
                        .hint("use the exec form, or do this in an earlier stage")
                }));
                faults.extend(unknown_user(movement, instructions));
            }
            Change::InterpreterLost(interpreter) => {
                faults.extend(user_of(&interpreter.name, instructions).map(|instruction| {
                    let message = format!(
                        "{} needs {}, and `{}` has none",
                        instruction.keyword, interpreter.name, movement.to
                    );
                    Diagnostic::new(instruction.span.clone(), message).hint("move it to a base that has it")
                }));
            }
            Change::PlatformsLost(lost) => {
                if let Some(Expansion::Known(platform)) = &stage.platform
                    && lost.contains(platform)
                {
                    let message = format!("`{}` is not published for {platform}", movement.to);
                    faults.push(
                        Diagnostic::new(stage.image.span.clone(), message)
                            .hint("move it to a base that is, or drop the platform"),
                    );
                }
            }
            _ => {}
        }
    }
    faults
}

/// The first instruction that starts an interpreter.
fn user_of<'i, 'a>(language: &str, instructions: &'i [Instruction<'a>]) -> Option<&'i Instruction<'a>> {
    let programs: &[&str] = match language {
        "python" => &["python", "pip", "uvicorn", "gunicorn"],
        "node" => &["node", "npm", "npx", "yarn", "pnpm"],
        _ => &["java"],
    };
    let starts = |word: &str| {
        let name = word.rsplit('/').next().unwrap_or_default();
        programs.iter().any(|program| {
            name.strip_prefix(program)
                .is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_digit() || b == b'.'))
        })
    };
    instructions.iter().find(|instruction| {
        let first = match instruction.keyword {
            Keyword::Run | Keyword::Entrypoint | Keyword::Cmd => instruction.arguments.first(),
            Keyword::Healthcheck => instruction.arguments.get(1),
            _ => None,
        };
        first.is_some_and(|word| word.value.split_whitespace().next().is_some_and(starts))
    })
}

/// The USER that only the old base has. An image without a shell cannot make one.
fn unknown_user(movement: &Movement, instructions: &[Instruction<'_>]) -> Option<Diagnostic> {
    let accounts = instructions.iter().filter_map(Instruction::as_copy).any(|copy| {
        copy.destination.value.starts_with("/etc") || copy.sources.iter().any(|s| s.value.contains("passwd"))
    });
    if accounts {
        return None;
    }
    let users = instructions.iter().filter(|instruction| instruction.keyword == Keyword::User);
    let names = users.filter_map(Instruction::as_text);
    names.into_iter().find_map(|word| {
        let name = word.value.split(':').next().unwrap_or_default();
        let is_known = name.contains('$')
            || name.parse::<u32>().is_ok()
            || matches!(name, "root" | "nobody" | "nonroot");
        (!is_known).then(|| {
            let message = format!("`{}` has no user `{name}`", movement.to);
            Diagnostic::new(word.span.clone(), message).hint("write the number of a user: 65532")
        })
    })
}

/// What the stage takes from its base, and gets otherwise from the new one.
pub(super) fn notes(
    movement: &Movement,
    stage: &Stage<'_>,
    instructions: &[Instruction<'_>],
) -> Vec<Diagnostic> {
    let inherits = |keyword| !instructions.iter().any(|instruction| instruction.keyword == keyword);
    let note = |what: &str, from: &str, to: &str| {
        let shown = |text: &str| if text.is_empty() { "none".to_owned() } else { format!("`{text}`") };
        let message =
            format!("{what} comes from the base, where it was {} and is {}", shown(from), shown(to));
        Diagnostic::new(stage.image.span.clone(), message).hint("set it here if that matters")
    };
    let tag = movement.from.tag().unwrap_or_default();
    let architecture = tag.rsplit_once('-').map(|(_, last)| last).filter(|last| {
        matches!(*last, "amd64" | "arm64" | "arm" | "ppc64le" | "riscv64" | "s390x")
            && stage.platform.is_none()
    });
    let dropped = architecture.map(|architecture| {
        let message = format!("the tag said {architecture}; now the platform of the build decides");
        Diagnostic::new(stage.image.span.clone(), message)
            .hint("build with --platform if only that is wanted")
    });
    movement
        .changes
        .iter()
        .filter_map(|change| match change {
            Change::User { from, to } if inherits(Keyword::User) => Some(note("the user", from, to)),
            Change::Workdir { from, to } if inherits(Keyword::Workdir) => {
                Some(note("the working directory", from, to))
            }
            Change::Entrypoint { from, to } if inherits(Keyword::Entrypoint) && !is_versioned(from, to) => {
                Some(note("the entry point", &from.join(" "), &to.join(" ")))
            }
            Change::Cmd { from, to } if inherits(Keyword::Cmd) && inherits(Keyword::Entrypoint) => {
                Some(note("the command", &from.join(" "), &to.join(" ")))
            }
            _ => None,
        })
        .chain(dropped)
        .collect()
}

/// Whether two command lines differ in version numbers alone.
fn is_versioned(from: &[String], to: &[String]) -> bool {
    let plain = |words: &[String]| words.join(" ").replace(|c: char| c.is_ascii_digit() || c == '.', "");
    plain(from) == plain(to)
}
