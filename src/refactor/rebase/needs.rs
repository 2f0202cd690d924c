//! What a stage needs of its base, and what it takes from it without saying so.

use super::moves::Movement;
use crate::bases::Change;
use crate::diagnostic::Diagnostic;
use crate::dockerfile::{Expansion, Form, Instruction, Keyword, Stage};

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
                        "{} needs a shell, but `{}` has no {shell}",
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
                        "{} needs {}, which `{}` does not have",
                        instruction.keyword, interpreter.name, movement.to
                    );
                    Diagnostic::new(instruction.span.clone(), message).hint("choose a base that has it")
                }));
            }
            Change::PlatformsLost(lost) => {
                if let Some(Expansion::Known(platform)) = &stage.platform
                    && lost.contains(platform)
                {
                    let message = format!("`{}` is not published for {platform}", movement.to);
                    faults.push(
                        Diagnostic::new(stage.image.span.clone(), message)
                            .hint("choose a base that is, or drop the platform"),
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
            Diagnostic::new(word.span.clone(), message).hint("use a numeric UID: 65532")
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
            format!("{what} comes from the base, and changes from {} to {}", shown(from), shown(to));
        Diagnostic::new(stage.image.span.clone(), message).hint("set it here if that matters")
    };
    let tag = movement.from.tag().unwrap_or_default();
    let architecture = tag.rsplit_once('-').map(|(_, last)| last).filter(|last| {
        matches!(*last, "amd64" | "arm64" | "arm" | "ppc64le" | "riscv64" | "s390x")
            && stage.platform.is_none()
    });
    let dropped = architecture.map(|architecture| {
        let message = format!("the old tag was for {architecture}; now the platform of the build decides");
        Diagnostic::new(stage.image.span.clone(), message)
            .hint("build with --platform for that architecture only")
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
        .chain(versions(movement, instructions))
        .collect()
}

/// Variables that say which version of the interpreter there is: `NODE_VERSION=20`.
fn versions<'i>(
    movement: &'i Movement,
    instructions: &'i [Instruction<'_>],
) -> impl Iterator<Item = Diagnostic> + 'i {
    let changed = movement.changes.iter().filter_map(|change| match change {
        // Versions of Python are looked for everywhere.
        Change::Interpreter { from, to } if from.name != "python" => {
            Some((&from.name, from.version.as_ref()?, to.version.as_ref()?))
        }
        _ => None,
    });
    changed.flat_map(move |(language, old, new)| {
        let name = format!("{}_VERSION", language.to_ascii_uppercase());
        let pairs = instructions.iter().flat_map(|instruction| &instruction.pairs);
        let pairs = pairs.filter(move |pair| *pair.name.value == *name);
        let values = pairs.filter_map(|pair| pair.value.as_ref());
        values.filter(move |value| value.value.trim_matches('"').split('.').eq(old.split('.'))).map(
            move |value| {
                let message = format!("{language} {old} is named here, but the new base has {new}");
                Diagnostic::new(value.span.clone(), message).hint("use the version of the new base")
            },
        )
    })
}

/// The first release of each distribution whose own pip installs into virtual environments alone (PEP 668:
/// release notes of Debian 12, Ubuntu 23.04 and Alpine 3.19).
const MANAGED: [(&str, [u32; 2]); 3] = [("debian", [12, 0]), ("ubuntu", [23, 4]), ("alpine", [3, 19])];

/// The calls of the distribution's own pip, if it installs before the move and refuses to afterwards.
pub(super) fn refused_pip(
    movement: &Movement,
    instructions: &[Instruction<'_>],
    text: &str,
) -> Vec<Diagnostic> {
    let is_managed = |release: &crate::bases::Release| {
        let mut numbers = release.version.split('.').map(|part| part.parse().unwrap_or(0));
        let version = [numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)];
        MANAGED.iter().any(|(name, first)| *name == release.distribution && version >= *first)
    };
    let refuses = movement
        .changes
        .iter()
        .any(|change| matches!(change, Change::Release { from, to } if !is_managed(from) && is_managed(to)));
    // An image with a Python of its own has a pip of its own.
    let is_own = movement.old.as_ref().is_some_and(|base| base.interpreter("python").is_some());
    if !refuses || is_own {
        return Vec::new();
    }
    let runs = instructions.iter().filter(|instruction| instruction.keyword == Keyword::Run);
    runs.filter_map(|run| {
        let command = &text[run.span.clone()];
        let at = ["pip install", "pip3 install"].iter().find_map(|call| {
            let mut found = command.match_indices(call).map(|(at, _)| at);
            found.find(|&at| command[..at].ends_with(|c: char| c.is_whitespace() || "&;|(\"".contains(c)))
        })?;
        let refused = !command.contains("--break-system-packages");
        refused.then(|| {
            let place = run.span.start + at..run.span.start + at + "pip".len();
            Diagnostic::new(
                place,
                "from this release on, the distribution's pip only installs into virtual environments",
            )
            .hint("create one with `python3 -m venv` and use its pip, unless this is one")
        })
    })
    .collect()
}

/// Whether two command lines differ in version numbers alone.
fn is_versioned(from: &[String], to: &[String]) -> bool {
    let plain = |words: &[String]| words.join(" ").replace(|c: char| c.is_ascii_digit() || c == '.', "");
    plain(from) == plain(to)
}

/// The first instruction that needs a shell.
fn shell_form<'i, 'a>(instructions: &'i [Instruction<'a>]) -> Option<&'i Instruction<'a>> {
    instructions.iter().find(|instruction| {
        matches!(
            instruction.keyword,
            Keyword::Run | Keyword::Cmd | Keyword::Entrypoint | Keyword::Healthcheck
        ) && instruction.form == Form::Shell
    })
}
