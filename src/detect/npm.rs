//! Scripts of package.json that a Dockerfile runs, each with the directory of its package.

use super::copies::{Tree, place};
use super::dockerfile::words;
use super::view::{inside, join};
use crate::dockerfile::{Instruction, Keyword};
use crate::shell;

/// Options that have a value in a word of its own.
const WITH_VALUE: [&str; 10] = [
    "--prefix",
    "-C",
    "--dir",
    "--cwd",
    "--filter",
    "-F",
    "-w",
    "--workspace",
    "--network-timeout",
    "--registry",
];

/// Options that name the directory of the package.
const DIRECTORY: [&str; 4] = ["--prefix", "-C", "--dir", "--cwd"];

/// Words by which a script is known to make files.
const BUILDS: [&str; 4] = ["build", "bundle", "compile", "generate"];

/// A script that a RUN runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Script {
    /// The directory of its package, below the build context.
    pub directory: String,
    /// The words of the command.
    pub command: String,
}

/// The scripts that build, in the stage that `tree` is the end of; it begins in a working directory.
pub(super) fn scripts(instructions: &[Instruction<'_>], start: &str, tree: &Tree) -> Vec<Script> {
    let mut workdir = start.to_owned();
    let mut found = Vec::new();
    for instruction in instructions {
        if instruction.keyword == Keyword::Workdir {
            let path = instruction.as_text().map(|word| word.value.trim_matches('"').to_owned());
            workdir = place(&workdir, &path.unwrap_or_default()).unwrap_or_default();
        }
        let Some(run) = instruction.as_run() else { continue };
        let mut directory = workdir.clone();
        for command in words(&run) {
            match command.as_slice() {
                [cd, to] if matches!(&**cd, "cd" | "pushd") => {
                    directory = place(&directory, to).unwrap_or_default();
                }
                [manager, arguments @ ..] if matches!(&**manager, "npm" | "pnpm" | "yarn" | "bun") => {
                    let own =
                        named(arguments).map_or_else(|| Some(directory.clone()), |to| place(&directory, to));
                    let own = own.filter(|_| builds(arguments)).and_then(|own| of_context(tree, &own));
                    found.extend(own.map(|directory| Script { directory, command: command.join(" ") }));
                }
                _ => {}
            }
        }
    }
    found
}

/// The directory that an option names: `--prefix client`, `--cwd=client`.
fn named(arguments: &[String]) -> Option<&str> {
    arguments.iter().enumerate().find_map(|(at, word)| match word.split_once('=') {
        Some((name, value)) => DIRECTORY.contains(&name).then_some(value),
        None => DIRECTORY.contains(&&**word).then(|| arguments.get(at + 1).map(String::as_str)).flatten(),
    })
}

/// Whether a script that makes files is run.
fn builds(arguments: &[String]) -> bool {
    let script = match shell::operands(arguments, &WITH_VALUE).as_slice() {
        ["run" | "run-script", script, ..]
        | ["workspace", _, "run", script, ..]
        | ["workspace", _, script, ..]
        | [script, ..] => *script,
        [] => return false,
    };
    BUILDS.iter().any(|word| script.contains(word)) && script != "rebuild"
}

/// Where a directory of the stage lies in the build context.
fn of_context(tree: &Tree, directory: &str) -> Option<String> {
    let holds = tree.copied.iter().filter_map(|copied| Some((copied, inside(&copied.to, directory)?)));
    // What was copied to the deepest directory is what lies there.
    let (copied, rest) = holds.max_by_key(|(copied, _)| copied.to.len())?;
    let is_manifest = copied.from.ends_with("package.json") && rest.is_empty();
    let from = if is_manifest {
        copied.from.rsplit_once('/').map_or("", |(directory, _)| directory)
    } else {
        &copied.from
    };
    Some(join(from, rest))
}
