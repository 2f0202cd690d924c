//! npm, yarn and pnpm.

use super::super::paths::{is_within, join, parent, resolve};
use super::super::stage::Stage;
use super::super::walk::Walk;
use super::{Call, kept};

/// Options that have a value in a word of its own.
const WITH_VALUE: [&str; 8] =
    ["--prefix", "-C", "--dir", "--cwd", "--filter", "--maxsockets", "--network-timeout", "--registry"];

/// Options that name the directory of the package.
const DIRECTORY: [&str; 4] = ["--prefix", "-C", "--dir", "--cwd"];

/// Commands that leave nothing an image needs.
const NOTHING: [&str; 9] =
    ["audit", "cache", "config", "fetch", "prune", "rebuild", "set", "store", "version"];

pub(super) fn npm(walk: &mut Walk<'_>, at: &mut Stage, call: &Call<'_>) {
    if ["-g", "--global", "global"].iter().any(|word| call.has(word)) {
        // The manager of the packages comes with the build.
        let is_manager =
            |word: &str| matches!(word.split('@').next(), Some("npm" | "pnpm" | "yarn" | "corepack"));
        let operands = crate::shell::operands(call.arguments(), &WITH_VALUE);
        if !operands.iter().any(|word| is_manager(word)) {
            kept(walk, at, call);
        }
        return;
    }
    let operands = crate::shell::operands(call.arguments(), &WITH_VALUE);
    let known = at.commands.len();
    match operands.as_slice() {
        [] | ["ci" | "install" | "i"] => {
            let package = resolve(&directory(call), "package.json");
            let found = call
                .here
                .iter()
                .find(|copied| copied.to == package || (copied.directory && is_within(&package, &copied.to)));
            if let Some(copied) = found {
                let inner = package.strip_prefix(copied.to.trim_end_matches('/')).unwrap_or_default();
                let from = if copied.directory {
                    join(&copied.from, parent(inner.trim_start_matches('/')))
                } else {
                    parent(&copied.from).to_owned()
                };
                at.npm_directory = Some(from);
            }
        }
        ["run", script, ..] => run(at, call, script),
        ["ci" | "install" | "i" | "add" | "exec" | "dlx" | "deploy", ..] => kept(walk, at, call),
        [verb, ..] if NOTHING.contains(verb) => return,
        // Yarn and pnpm run a script by its name alone.
        [script, ..] if call.name() != "npm" || *script == "build" => run(at, call, script),
        _ => kept(walk, at, call),
    }
    // What is kept is told by itself.
    if at.commands.len() == known {
        call.only_for(at, "node");
    }
}

/// The directory of the package that the command is about.
fn directory(call: &Call<'_>) -> String {
    let named = call.arguments().iter().enumerate().find_map(|(at, word)| match word.split_once('=') {
        Some((name, value)) => DIRECTORY.contains(&name).then_some(value),
        None => {
            DIRECTORY.contains(&&**word).then(|| call.arguments().get(at + 1).map(String::as_str)).flatten()
        }
    });
    named.map_or_else(|| call.workdir.to_owned(), |named| resolve(call.workdir, named))
}

fn run(at: &mut Stage, call: &Call<'_>, script: &str) {
    at.npm_script = Some(script.to_owned());
    at.scripts.push((script.to_owned(), call.line));
}
