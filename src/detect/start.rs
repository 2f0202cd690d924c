//! Command lines: what is started, without the shell around it.

use std::collections::BTreeMap;

use super::{Key, Unit};

/// A command line without a shell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Start {
    /// What is started, and its arguments.
    pub argv: Vec<String>,
    /// What was put in the place of variables, if there were any.
    pub guess: Option<String>,
}

/// What a command line comes to without a shell; `None` if it needs one, or is empty. Variables that the image sets
/// have their values, and `PORT` is that of most platforms if nothing sets it.
pub(super) fn plain(argv: &[String], env: &BTreeMap<String, String>) -> Option<Start> {
    let mut used = Vec::new();
    let words = match argv {
        [shell, flag, line, ..] if is_shell(shell) && flag.starts_with('-') && flag.ends_with('c') => {
            words(&filled(line.trim().trim_end_matches("2>&1"), env, &mut used)?)?
        }
        _ => argv.to_vec(),
    };
    // Programs that only take care of signals have no place in an image with one process.
    let skipped = words.iter().take_while(|word| is_init(word)).count();
    let argv = words[skipped..].to_vec();
    let is_odd = |word: &String| word.contains('$') || word.chars().any(char::is_control);
    let guess = (!used.is_empty()).then(|| format!("in place of variables: {}", used.join(", ")));
    (!argv.is_empty() && !argv.iter().any(is_odd)).then_some(Start { argv, guess })
}

/// A line of a shell with the values of its variables.
fn filled(line: &str, env: &BTreeMap<String, String>, used: &mut Vec<String>) -> Option<String> {
    const PORT: &str = "8080";
    let Some((before, rest)) = line.split_once('$') else { return Some(line.to_owned()) };
    let (variable, after) = match rest.strip_prefix('{') {
        Some(inner) => inner.split_once('}')?,
        None => {
            rest.split_at(rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len()))
        }
    };
    let (name, default) = match variable.split_once(":-").or_else(|| variable.split_once('-')) {
        Some((name, default)) => (name, Some(default)),
        None => (variable, (variable == "PORT").then_some(PORT)),
    };
    let value = env.get(name).map(String::as_str).or(default)?;
    used.push(format!("{name} = {value}"));
    Some(format!("{before}{value}{}", filled(after, env, used)?))
}

fn is_shell(word: &str) -> bool {
    matches!(name(word), "sh" | "bash" | "ash")
}

fn is_init(word: &str) -> bool {
    matches!(name(word), "tini" | "dumb-init" | "exec" | "--")
}

/// The name of a program.
pub(super) fn name(word: &str) -> &str {
    word.rsplit('/').next().unwrap_or(word)
}

/// The words of a line of a shell, if it does nothing but start one program. `None` if it does more.
pub(super) fn words(line: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let (mut word, mut quote, mut begun) = (String::new(), None, false);
    for c in line.trim().chars() {
        match (c, quote) {
            (c, Some(open)) if c == open => quote = None,
            ('"' | '\'', None) => (quote, begun) = (Some(c), true),
            ('$' | '`' | '\\', _) | ('&' | '|' | ';' | '<' | '>' | '(' | ')' | '*' | '\n', None) => {
                return None;
            }
            (c, None) if c.is_whitespace() => {
                if begun || !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                begun = false;
            }
            (c, _) => word.push(c),
        }
    }
    if begun || !word.is_empty() {
        words.push(word);
    }
    (quote.is_none() && !words.is_empty()).then_some(words)
}

/// The key for the arguments behind the words that start the program, if there are any.
pub(super) fn arguments(unit: &Unit, program: usize) -> Option<Key> {
    let words = unit.argv()?.get(program..).filter(|words| !words.is_empty())?;
    Some(unit.said("arguments", words.to_vec()))
}

/// The value of an option: `--port 80`, `--port=80`, `-p 80`.
pub(super) fn option<'w>(words: &'w [String], names: &[&str]) -> Option<&'w str> {
    words.iter().enumerate().find_map(|(at, word)| {
        names.iter().find_map(|name| match word.strip_prefix(name)? {
            "" => words.get(at + 1).map(String::as_str),
            rest => rest.strip_prefix('='),
        })
    })
}
