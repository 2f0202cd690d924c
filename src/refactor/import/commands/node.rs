//! npm, yarn and pnpm.

use super::super::paths::{is_within, parent, resolve};
use super::super::stage::Stage;
use super::super::walk::Walk;
use super::{Call, kept};

/// Options that have a value in a word of its own.
const WITH_VALUE: [&str; 8] =
    ["--prefix", "-C", "--dir", "--cwd", "--filter", "--maxsockets", "--network-timeout", "--registry"];

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
            let package = resolve(call.workdir, "package.json");
            let found = call
                .here
                .iter()
                .find(|copied| copied.to == package || (copied.directory && is_within(&package, &copied.to)));
            if let Some(copied) = found {
                let from = if copied.directory { &copied.from } else { parent(&copied.from) };
                at.npm_directory = Some(from.to_owned());
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

fn run(at: &mut Stage, call: &Call<'_>, script: &str) {
    at.npm_script = Some(script.to_owned());
    at.scripts.push((script.to_owned(), call.line));
}
