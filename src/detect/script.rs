//! Start scripts: what one starts, if it does little else.

use std::collections::BTreeMap;

use super::start::{self, Start};
use super::view::{View, inside, join};
use super::{Unit, copies, python};
use crate::shell;

/// What a command line starts that names a script of a shell, and else what it is itself. The error says why a script
/// cannot be followed.
pub(super) fn followed(
    view: &View,
    unit: &Unit,
    argv: &[String],
    env: &BTreeMap<String, String>,
) -> Result<Option<Start>, String> {
    let argv = start::without_init(argv);
    let (script, rest) = match argv {
        [shell, script, rest @ ..] if shell::is_shell(shell) && !script.starts_with('-') => (script, rest),
        [script, rest @ ..] if script.ends_with(".sh") || is_written(view, unit, script) => (script, rest),
        _ => return Ok(start::plain(argv, env)),
    };
    let name = start::name(script);
    let Some(text) = find(view, unit, script) else {
        // A script of the base or of a package hands over to what stands behind it.
        let Some(mut start) = start::plain(rest, env) else {
            return Err(format!("it starts by {name}, which is not in the tree"));
        };
        start.lost.push(format!("it starts by {name}, which is not in the tree"));
        return Ok(Some(start));
    };
    let is_simple = !text.lines().any(|line| needs_shell(line.trim()));
    let simple = is_simple.then(|| start::commands(text)).flatten();
    let why = || format!("{name} does more than start the program");
    let (before, mut last, lost) = match simple {
        Some(mut commands) => {
            let last = commands.pop().ok_or_else(why)?;
            (commands, last, None)
        }
        None => (Vec::new(), executed(text).ok_or_else(why)?, Some(why())),
    };
    if let Some(at) = last.iter().position(|word| word == "$@") {
        last.splice(at..=at, rest.iter().cloned());
    }
    let handed_over = start::without_init(&last);
    let is_shorter = handed_over.len() < argv.len();
    let mut start = if is_shorter && is_script(handed_over) {
        followed(view, unit, handed_over, env)?.ok_or_else(why)?
    } else {
        start::plain(&last, env).ok_or_else(why)?
    };
    start.before.splice(0..0, before);
    start.lost.extend(lost);
    Ok(Some(start))
}

/// Whether a command is a script of the tree that a shell runs, going by its first line.
fn is_written(view: &View, unit: &Unit, command: &str) -> bool {
    let first = find(view, unit, command).and_then(|text| text.lines().next()).unwrap_or_default();
    let shell = first.strip_prefix("#!").and_then(|rest| rest.split_whitespace().last());
    shell.is_some_and(shell::is_shell)
}

/// Whether a command line is a script of a shell.
fn is_script(argv: &[String]) -> bool {
    match argv {
        [shell, script, ..] if shell::is_shell(shell) => !script.starts_with('-'),
        [script, ..] => script.ends_with(".sh"),
        [] => false,
    }
}

/// Whether a line of a script is one that only a shell can run.
fn needs_shell(line: &str) -> bool {
    let word = line.split([' ', '\t', ';', '(']).next().unwrap_or_default();
    matches!(word, "if" | "for" | "while" | "until" | "case" | "function" | "select" | "{")
        || line.contains("()")
}

/// The last command of a script that takes the place of the shell, or else the last one that starts a server.
fn executed(text: &str) -> Option<Vec<String>> {
    let joined = text.replace("\\\n", " ");
    let is_server = |line: &&str| {
        let program = line.split_whitespace().next().map(start::name);
        program
            .is_some_and(|program| python::PROGRAMS.contains(&program) || matches!(program, "node" | "java"))
    };
    let mut lines = joined.lines().map(str::trim);
    let line = lines.clone().rfind(|line| line.starts_with("exec ")).or_else(|| lines.rfind(is_server))?;
    start::commands(line)?.pop()
}

/// The text of a script that a command line names.
fn find<'v>(view: &'v View, unit: &Unit, script: &str) -> Option<&'v str> {
    let tree = &unit.facts.tree;
    let place = copies::place(&tree.workdir, script)?;
    let copied = tree.copied.iter().rev().find_map(|copied| {
        let from = join(&unit.context, &copied.from);
        let is_file = view.text(&from).is_some();
        let rest = inside(&copied.place(is_file), &place)?;
        view.text(&join(&from, rest))
    });
    copied.or_else(|| unit.places().find_map(|directory| view.file(directory, start::name(script))))
}
