//! The commands that an import understands, each with its effect on the stage it runs in.
//!
//! [`TABLE`] is the whole of it: a command that is not there is kept by its words, and reported where it matters.

pub(super) mod compilers;
mod files;
mod locked;
mod node;
mod packages;
mod pip;

use super::stage::{Copied, Stage};
use super::walk::Walk;
use crate::diagnostic::Span;

/// A command in a RUN.
#[derive(Debug)]
pub(super) struct Call<'c> {
    /// The program and its arguments, without quotes.
    pub(super) words: &'c [String],
    /// The directory it runs in.
    pub(super) workdir: &'c str,
    /// The file that its output goes to.
    pub(super) file: Option<&'c str>,
    /// The files of the build context that it sees.
    pub(super) here: &'c [Copied],
    pub(super) line: usize,
    /// The instruction it is in.
    pub(super) span: Span,
}

/// What a command does to its stage.
type Effect = fn(&mut Walk<'_>, &mut Stage, &Call<'_>);

/// The commands by name, without directory and version: `python3.11` is `python`, `pip3` is `pip`.
const TABLE: &[(&[&str], Effect)] = &[
    (&["apt", "apt-get"], packages::apt),
    (&["apk"], packages::apk),
    (&["dnf", "microdnf", "yum", "zypper"], packages::foreign),
    (&["pip"], pip::pip),
    (&["python"], pip::python),
    (&["uv"], pip::uv),
    (&["pdm", "pipenv", "poetry"], locked::locked),
    (&["npm", "pnpm", "yarn"], node::npm),
    (&["mkdir"], files::mkdir),
    (&["install"], files::install),
    (&["chmod"], files::chmod),
    (&["chown"], files::chown),
    (&["rm"], files::rm),
    (&["sh"], files::script),
    (&["update-ca-certificates"], files::authorities),
    (&["javac"], compilers::javac),
    (&["jar"], compilers::jar),
    (&["go"], compilers::go),
    (&["cargo"], compilers::cargo),
    (&["rustc"], compilers::rustc),
    (&["dotnet"], compilers::dotnet),
    (&["ant", "gradle", "gradlew", "mvn", "mvnw", "sbt"], compilers::java),
    (&["c++", "cc", "clang", "clang++", "cmake", "g++", "gcc", "meson", "ninja"], compilers::c),
    (&["just", "make", "task"], compilers::make),
    (&["bazel", "buck2"], compilers::bazel),
    (&["cabal", "ghc", "stack"], compilers::haskell),
    (&["mix"], compilers::elixir),
    (&["swift"], compilers::swift),
    (&["zig"], compilers::zig),
    (HOUSEKEEPING, nothing),
];

/// Commands that leave nothing a service needs, or do what the templates do themselves.
const HOUSEKEEPING: &[&str] = &[
    ":", "[", "addgroup", "adduser", "apt-key", "apt-mark", "case", "cat", "corepack", "done", "dpkg",
    "echo", "env", "esac", "exit", "export", "fi", "find", "groupadd", "ldconfig", "ls", "printf", "pwd",
    "set", "sleep", "strip", "sync", "test", "touch", "true", "useradd", "usermod", "which", "}",
];

/// Applies a command to its stage.
pub(super) fn apply(walk: &mut Walk<'_>, at: &mut Stage, call: &Call<'_>) {
    let name = call.name();
    let known = TABLE.iter().find(|(names, _)| names.contains(&name));
    known.map_or(kept as Effect, |(_, effect)| *effect)(walk, at, call);
}

impl Call<'_> {
    /// The name of the command.
    fn name(&self) -> &str {
        let name = self.words[0].rsplit('/').next().unwrap_or(&self.words[0]);
        let plain = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
        if matches!(plain, "pip" | "python") { plain } else { name }
    }

    fn arguments(&self) -> &[String] {
        &self.words[1..]
    }

    /// Whether a word is among the arguments.
    fn has(&self, word: &str) -> bool {
        self.arguments().iter().any(|other| other == word)
    }

    /// The first argument that is no flag.
    fn verb(&self) -> &str {
        self.arguments().iter().find(|word| !word.starts_with('-')).map_or("", String::as_str)
    }

    fn text(&self) -> String {
        self.words.join(" ")
    }
}

fn nothing(_: &mut Walk<'_>, _: &mut Stage, _: &Call<'_>) {}

/// A command that has no effect of its own here is remembered by its words.
fn kept(_: &mut Walk<'_>, at: &mut Stage, call: &Call<'_>) {
    at.commands.push((call.text(), call.line));
}
