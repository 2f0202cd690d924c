//! Variables that a program does not start without, as its code says, and that no file gives a value.

use std::collections::BTreeSet;

use super::Proposal;
use super::health::is_code;
use super::view::{View, split};
use crate::fleet::words::EnvName;

/// Directories of files that are not a part of the program.
const OTHERS: [&str; 8] = ["bin", "scripts", "tools", "examples", "bench", "migrations", "docs", "samples"];

/// The line of the list that asks for them.
pub(super) fn unknown(view: &View, proposal: &Proposal) -> Option<(&'static str, String)> {
    let given = |name: &str| {
        proposal.keys.iter().any(|key| match key.name {
            "env" | "secret_files" => key.value.get(name).is_some(),
            "settings" | "secrets" => {
                key.value.as_array().is_some_and(|all| all.iter().any(|one| one == name))
            }
            _ => false,
        })
    };
    let mut names: BTreeSet<&str> = BTreeSet::new();
    for (path, text) in view.own(&proposal.member) {
        let is_spring = proposal.kind == "java" && split(path).1.starts_with("application.");
        let is_own = is_code(path) && !path.split('/').any(|part| OTHERS.contains(&part));
        if !is_own && !is_spring || proposal.kind == "static" {
            continue;
        }
        // What stands under a question for a variable is not always done.
        let mut asked = usize::MAX;
        let lines = text.lines().filter(|line| {
            let depth = line.len() - line.trim_start().len();
            let is_under = depth > asked;
            if !is_under && !line.trim().is_empty() {
                let is_question = line.contains("environ") && line.trim_start().starts_with(['i', 'e']);
                asked = if is_question && line.trim_end().ends_with(':') { depth } else { usize::MAX };
            }
            !is_under
        });
        let lines = lines.map(str::trim_start);
        let lines = lines.filter(|line| !line.starts_with(['#', '*']) && !line.starts_with("//"));
        let found = lines.filter_map(|line| if is_spring { placeholder(line) } else { required(path, line) });
        names.extend(found.filter(|name| is_variable(name) && !given(name) && !is_asked(text, name)));
    }
    let names: Vec<&str> = names.into_iter().collect();
    let why = || format!("its code does not start without {}, and no file says a value", names.join(", "));
    (!names.is_empty()).then(|| ("settings", why()))
}

/// Whether a name is one that a person gives: no small letters.
fn is_variable(name: &str) -> bool {
    name.len() > 1 && !name.contains(|c: char| c.is_ascii_lowercase()) && name.parse::<EnvName>().is_ok()
}

/// Whether code asks first whether a variable is there.
fn is_asked(text: &str, name: &str) -> bool {
    ['"', '\''].iter().any(|quote| {
        [
            format!("{quote}{name}{quote} in "),
            format!("{quote}{name}{quote} not in "),
            format!("get({quote}{name}{quote}"),
        ]
        .iter()
        .any(|form| text.contains(form))
    })
}

/// The variable without which a line of code fails: `os.environ["A"]`, `env::var("A").unwrap()`, `mustGetEnv("A")`.
fn required<'l>(path: &str, line: &'l str) -> Option<&'l str> {
    if path.ends_with(".py") {
        let (before, rest) = line.split_once("os.environ[")?;
        let (name, after) = quoted(rest)?;
        let after = after.strip_prefix(']')?.trim_start();
        let is_set = after.starts_with('=') && !after.starts_with("==") || before.starts_with("del ");
        return (!is_set).then_some(name);
    }
    if path.ends_with(".rs") {
        let (_, rest) = line.split_once("env::var(")?;
        let (name, after) = quoted(rest)?;
        let fails = [").expect(", ").unwrap()"].iter().any(|end| after.starts_with(end));
        return fails.then_some(name);
    }
    line.match_indices('(').find_map(|(at, _)| {
        let word = line[..at].rsplit(|c: char| !c.is_ascii_alphanumeric() && c != '_').next()?.to_lowercase();
        let is_needed = word.contains("env") && (word.contains("must") || word.contains("require"));
        let rest = line[at..].split(')').next().filter(|_| is_needed)?;
        quoted(&rest[rest.find(['"', '\''])?..]).map(|(name, _)| name)
    })
}

/// The variable of a value that is nothing but a placeholder without a default: `port: ${PORT}`.
fn placeholder(line: &str) -> Option<&str> {
    let (_, value) = line.split_once(['=', ':'])?;
    value.trim().trim_matches(['"', '\'']).strip_prefix("${")?.strip_suffix('}')
}

/// What a text begins with in quotes, and what is behind them.
fn quoted(text: &str) -> Option<(&str, &str)> {
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    text[1..].split_once(quote)
}
