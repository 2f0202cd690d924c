//! Command lines: what is started, without the shell around it.

use std::collections::BTreeMap;

use super::{Key, Unit};
use crate::shell;

/// A command line without a shell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Start {
    /// What is started, and its arguments.
    pub argv: Vec<String>,
    /// What was put in the place of variables, if there were any.
    pub guess: Option<String>,
    /// Commands that run before it.
    pub before: Vec<Vec<String>>,
    /// What of the command line is not imported.
    pub lost: Vec<String>,
}

/// What a command line comes to without a shell; `None` if it needs one, or is empty.
pub(super) fn plain(argv: &[String], env: &BTreeMap<String, String>) -> Option<Start> {
    let argv = without_init(argv);
    let Some(line) = shell::text_of(argv) else { return known(argv, env) };
    let mut commands = commands(line)?;
    let mut start = known(&commands.pop()?, env)?;
    start.before = commands;
    Some(start)
}

/// The commands of a line or script that runs one after the other, without what says nothing of the program; `None`
/// if only a shell can run them. Variables are references (`{env:PORT}`).
pub(super) fn commands(text: &str) -> Option<Vec<Vec<String>>> {
    let shell::Script { commands, needs_shell, .. } = shell::read(&shell::referred(text));
    let is_odd = |command: &shell::Simple| {
        command.file.is_some()
            || !command.settings.is_empty()
            || matches!(
                command.words[0].as_str(),
                "cd" | "export" | "source" | "." | "eval" | "trap" | "wait"
            ) && !command.words.iter().any(|word| word.ends_with("/activate"))
    };
    if needs_shell.is_some() || commands.iter().any(is_odd) {
        return None;
    }
    let is_silent = |words: &[String]| {
        matches!(
            words[0].as_str(),
            "set" | "echo" | "printf" | "ulimit" | "umask" | "true" | ":" | "source" | "."
        )
    };
    let mut found: Vec<Vec<String>> = Vec::new();
    for command in commands.into_iter().filter(|command| !is_silent(&command.words)) {
        let is_exec = command.words[0] == "exec";
        found.push(without_init(&command.words).to_vec());
        // What is behind `exec` is never run.
        if is_exec {
            break;
        }
    }
    found.retain(|words| !words.is_empty());
    Some(found)
}

/// A command line whose variables have the values of the image. A port that nothing sets is that of most platforms,
/// and the start program of the image puts in all others.
fn known(argv: &[String], env: &BTreeMap<String, String>) -> Option<Start> {
    let (mut used, mut lost) = (Vec::new(), Vec::new());
    let mut filled_in: Vec<String> = Vec::new();
    for word in argv {
        let whole = word.strip_prefix("{env:").and_then(|rest| rest.strip_suffix('}'));
        match whole.filter(|name| *name != "PORT" && !name.contains([':', '{'])) {
            // A shell makes words of the value, and none of a variable that is not set.
            Some(name) => {
                if let Some(value) = env.get(name) {
                    used.push(format!("{name} = {value}"));
                    filled_in.extend(value.split_whitespace().map(ToOwned::to_owned));
                    continue;
                }
                // An option is nothing without its value.
                let is_option = |option: &String| {
                    let option = option.strip_prefix("--").unwrap_or_default();
                    !option.is_empty() && name.ends_with(&option.to_uppercase().replace('-', "_"))
                };
                filled_in.pop_if(|word| is_option(word));
                lost.push(format!("${name} of its command line is left out: no file says what it is"));
            }
            None => filled_in.push(filled(word, env, &mut used)),
        }
    }
    let argv = filled_in;
    let is_odd =
        |word: &String| word.contains('$') && !word.contains("${env:") || word.chars().any(char::is_control);
    let guess = (!used.is_empty()).then(|| format!("in place of variables: {}", used.join(", ")));
    (!argv.is_empty() && !argv.iter().any(is_odd)).then(|| Start { argv, guess, lost, before: Vec::new() })
}

/// A word with the values of those variables that are known.
fn filled(word: &str, env: &BTreeMap<String, String>, used: &mut Vec<String>) -> String {
    const PORT: &str = "8080";
    let Some((before, rest)) = word.split_once("{env:") else { return word.to_owned() };
    let Some((inner, after)) = rest.split_once('}') else { return word.to_owned() };
    let (name, default) = match inner.split_once(":-") {
        Some((name, default)) => (name, Some(default)),
        None => (inner, None),
    };
    let is_port = name == "PORT" || name.ends_with("_PORT");
    let port = is_port.then(|| default.or((name == "PORT").then_some(PORT))).flatten();
    let value = match env.get(name).map(String::as_str).or(port) {
        Some(value) => {
            used.push(format!("{name} = {value}"));
            value.to_owned()
        }
        None => format!("{{env:{inner}}}"),
    };
    format!("{before}{value}{}", filled(after, env, used))
}

/// The variables without a value that the arguments of a program refer to.
pub(super) fn variables(argv: &[String]) -> Vec<String> {
    let all = crate::fleet::argument::variables(argv);
    all.iter()
        .filter(|variable| variable.default.is_none())
        .map(|variable| variable.name.to_string())
        .collect()
}

/// Programs that only take care of signals, or of the user, have no place in an image with one process and one user.
pub(super) fn without_init(words: &[String]) -> &[String] {
    let mut words = words;
    loop {
        words = match words {
            [init, rest @ ..]
                if matches!(name(init), "tini" | "dumb-init" | "exec" | "--" | "-g" | "catatonit") =>
            {
                rest
            }
            [switch, _, rest @ ..] if matches!(name(switch), "gosu" | "su-exec") => rest,
            _ => return words,
        };
    }
}

/// The name of a program.
pub(super) fn name(word: &str) -> &str {
    word.rsplit('/').next().unwrap_or(word)
}

/// Whether a command line is one for development.
pub(super) fn is_for_development(argv: &[String]) -> bool {
    let is_tool = |word: &String| {
        const TOOLS: [&str; 9] = [
            "nodemon",
            "ts-node",
            "ts-node-dev",
            "tsx",
            "watchmedo",
            "air",
            "debugpy",
            "reflex",
            "CompileDaemon",
        ];
        TOOLS.contains(&name(word))
    };
    let is_script = |word: &String| {
        word.split([':', '-', '_']).any(|part| matches!(part, "dev" | "watch" | "develop" | "debug"))
            && !word.starts_with('-')
    };
    argv.iter().take(2).any(is_tool)
        || matches!(argv.first().map(|word| name(word)), Some("npm" | "yarn" | "pnpm" | "bun"))
            && argv.iter().skip(1).any(is_script)
}

/// The words of a line of a shell, if it does nothing but start one program. `None` if it does more.
pub(super) fn words(line: &str) -> Option<Vec<String>> {
    let mut commands = commands(line)?;
    let words = commands.pop().filter(|_| commands.is_empty())?;
    (!words.iter().any(|word| word.contains("{env:"))).then_some(words)
}

/// The key for the arguments behind the words that start the program, if there are any.
pub(super) fn arguments(unit: &Unit, program: usize) -> Option<Key> {
    let words = unit.argv()?.get(program..).filter(|words| !words.is_empty())?;
    Some(unit.said("arguments", words.to_vec()))
}
