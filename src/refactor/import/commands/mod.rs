//! The commands that an import understands, each with its effect on the stage it runs in.
//!
//! [`TABLE`] is the whole of it: a command that is not there is kept by its words, and reported where it matters.

pub(super) mod compilers;
mod environments;
mod files;
mod locked;
mod node;
mod packages;
mod pip;
pub(super) mod wrappers;

pub(super) use pip::INDEX;

use super::draft::shortened;
use super::paths::has_extension;
use super::stage::{Copied, Finding, Stage};
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
    (&["apt", "apt-get", "aptitude"], packages::apt),
    (&["apk"], packages::apk),
    (&["dpkg"], packages::dpkg),
    (&["dpkg-reconfigure"], packages::reconfigure),
    (&["dnf", "microdnf", "tdnf", "yum", "zypper"], packages::foreign),
    (&["pip"], pip::pip),
    (&["pip-sync", "pip-tools"], pip::sync),
    (&["python"], pip::python),
    (&["uv"], pip::uv),
    (&["pipx"], pip::tool),
    (&["pdm", "pipenv", "poetry"], locked::locked),
    (
        &["conda", "easy_install", "flit", "hatch", "mamba", "micromamba", "pixi", "rye"],
        environments::environment,
    ),
    (&["xargs"], environments::xargs),
    (&["npm", "pnpm", "yarn"], node::npm),
    (&["cp", "ln"], files::link),
    (&["mkdir"], files::mkdir),
    (&["install"], files::install),
    (&["chmod"], files::chmod),
    (&["chown"], files::chown),
    (&["rm"], files::rm),
    (&["find"], files::find),
    (&["sh"], files::script),
    (&[".", "source"], files::source),
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
    (PARTS_OF_A_SHELL, nothing),
    (HOUSEKEEPING, nothing),
];

/// Words of a shell that leave nothing behind: what stands between them is read by itself.
const PARTS_OF_A_SHELL: &[&str] = &[
    ":", "[", "[[", "]]", "break", "case", "continue", "done", "esac", "exit", "export", "false", "fi",
    "for", "hash", "return", "set", "shift", "shopt", "test", "trap", "true", "type", "umask", "unset",
    "wait", "}",
];

/// Commands that leave nothing a service needs: they print, wait or ask, make users (an image has none by name), mark
/// packages, or do what the build does itself. What one of them writes to a file is kept all the same.
const HOUSEKEEPING: &[&str] = &[
    "addgroup", "adduser", "apt-mark", "cat", "command", "corepack", "date", "echo", "env", "groupadd", "id",
    "ldconfig", "ls", "printf", "pwd", "sleep", "strip", "sync", "uname", "useradd", "usermod", "which",
    "whoami",
];

/// Applies a command to its stage.
pub(super) fn apply(walk: &mut Walk<'_>, at: &mut Stage, call: &Call<'_>) {
    effect(call.name()).unwrap_or(kept)(walk, at, call);
}

fn effect(name: &str) -> Option<Effect> {
    TABLE.iter().find(|(names, _)| names.contains(&name)).map(|(_, effect)| *effect)
}

impl Call<'_> {
    /// The name of the command.
    fn name(&self) -> &str {
        let name = self.words[0].rsplit('/').next().unwrap_or(&self.words[0]);
        let plain = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.').trim_end_matches('-');
        if effect(name).is_none() && effect(plain).is_some() { plain } else { name }
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
        match self.file {
            Some(file) => format!("{} > {file}", self.words.join(" ")),
            None => self.words.join(" "),
        }
    }

    fn shortened(&self) -> String {
        shortened(&self.text())
    }

    /// Whether it runs a script or a task of the project, which may do anything.
    fn is_of_the_project(&self) -> bool {
        const RUNNERS: [&str; 8] = [".", "ash", "bash", "dash", "inv", "invoke", "sh", "source"];
        let is_own = |word: &str| {
            has_extension(word, "sh")
                || (word.contains('/') && !word.starts_with("/usr/") && !word.starts_with("/bin/"))
        };
        is_own(&self.words[0]) || (RUNNERS.contains(&self.name()) && !self.arguments().is_empty())
    }

    /// Remembers that an entry of one kind alone stands for it.
    fn only_for(&self, at: &mut Stage, kind: &'static str) {
        at.only_for.push((kind, self.text(), self.line));
    }

    /// Remembers that it may install what the service needs.
    fn may_install(&self, at: &mut Stage) {
        let message =
            format!("`{}` may install the packages of the service, and is not read", self.shortened());
        let hint = "write what it installs as `pip install` in the Dockerfile";
        at.perhaps.push(Finding { message, hint: hint.to_owned(), span: self.span.clone() });
    }
}

/// A command that leaves nothing, unless its output goes to a file.
fn nothing(walk: &mut Walk<'_>, at: &mut Stage, call: &Call<'_>) {
    let is_zone = call.file == Some("/etc/timezone") && at.env.contains_key("TZ");
    if call.file.is_some() && !is_zone {
        kept(walk, at, call);
    }
}

/// A command that has no effect of its own here is remembered by its words.
fn kept(_: &mut Walk<'_>, at: &mut Stage, call: &Call<'_>) {
    at.commands.push((call.text(), call.line));
    if call.is_of_the_project() {
        call.may_install(at);
    }
}
