//! What a stage uses of a full image of Docker Hub, and the slim one of the same language lacks.

use super::lost::words;
use super::moves::Movement;
use super::packages;
use crate::bases::{Shell, short_name};
use crate::diagnostic::Diagnostic;
use crate::dockerfile::{Dockerfile, Instruction, Keyword};
use crate::image::ImageReference;

/// Languages whose full images stand on buildpack-deps.
const LANGUAGES: [&str; 8] = ["elixir", "erlang", "node", "openjdk", "perl", "pypy", "python", "ruby"];

/// Programs of buildpack-deps, with their packages.
const TOOLS: [(&str, &str); 22] = [
    ("autoconf", "autoconf"),
    ("automake", "automake"),
    ("bzip2", "bzip2"),
    ("cc", "gcc"),
    ("curl", "curl"),
    ("file", "file"),
    ("g++", "g++"),
    ("gcc", "gcc"),
    ("git", "git"),
    ("gpg", "gnupg"),
    ("hg", "mercurial"),
    ("make", "make"),
    ("mysql_config", "libmysqlclient-dev"),
    ("patch", "patch"),
    ("pg_config", "libpq-dev"),
    ("pkg-config", "pkg-config"),
    ("ps", "procps"),
    ("ssh", "openssh-client"),
    ("svn", "subversion"),
    ("unzip", "unzip"),
    ("wget", "wget"),
    ("xz", "xz-utils"),
];

/// Calls that may compile.
const BUILDS: [&str; 14] = [
    "pip install",
    "pip3 install",
    "uv sync",
    "uv pip install",
    "poetry install",
    "pipenv install",
    "pipenv sync",
    "npm ci",
    "npm install",
    "yarn install",
    "pnpm install",
    "bundle install",
    "gem install",
    "cargo build",
];

/// Lists the programs that the instructions of a stage call, if its base no longer has them.
pub(super) fn notes(
    movement: &Movement,
    file: &Dockerfile<'_>,
    instructions: &[Instruction<'_>],
) -> Vec<Diagnostic> {
    let has_shell = movement.new.as_ref().is_none_or(|base| base.shell != Some(Shell::None));
    if !is_full(&movement.from) || is_full(&movement.to) || !has_shell {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut installed: Vec<String> = Vec::new();
    let mut told: Vec<&str> = Vec::new();
    let runs = instructions.iter().map(|instruction| instruction.trigger.as_deref().unwrap_or(instruction));
    for run in runs.filter(|instruction| instruction.keyword == Keyword::Run) {
        let names = packages::installed(file.text, &run.span, file.escape, &|_| None);
        installed.extend(names.names(file.text).map(str::to_owned));
        let has = |package: &str| {
            let is_compiler = matches!(package, "gcc" | "g++" | "make");
            installed.iter().any(|name| name == package || (is_compiler && name == "build-essential"))
        };
        for line in packages::lines(file.text, &run.span) {
            let text = &file.text[line.clone()];
            if text.trim_start().starts_with('#') {
                continue;
            }
            for (at, word) in words(text) {
                let Some((program, package)) = TOOLS.iter().find(|(program, _)| *program == word) else {
                    continue;
                };
                let start = line.start + at;
                let is_called = is_called(&command(&file.text[run.span.start..start], file.escape));
                if !is_called || has(package) || told.contains(program) {
                    continue;
                }
                told.push(program);
                let message = format!("`{program}` is not in `{}`", movement.to);
                let hint = format!("install the package {package} first");
                found.push(Diagnostic::new(start..start + program.len(), message).hint(hint));
            }
            let calls = BUILDS.iter().filter_map(|call| Some((text.find(call)?, *call)));
            let call = calls.into_iter().find(|(at, call)| !is_of_installers(&text[at + call.len()..]));
            if let Some((at, call)) = call.filter(|_| !has("gcc") && !told.contains(&"compiler")) {
                told.push("compiler");
                let message = format!("`{call}` may compile, and `{}` has no compiler", movement.to);
                let hint = "install build-essential first, or build in a stage on the full image";
                let start = line.start + at;
                found.push(Diagnostic::new(start..start + call.len(), message).hint(hint));
            }
        }
    }
    found
}

/// What stands before a word in its command, without comments and continuations.
fn command(before: &str, escape: char) -> String {
    let plain = before.split_inclusive('\n').filter(|line| !line.trim_start().starts_with('#'));
    let joined = plain.collect::<String>().replace(&format!("{escape}\n"), " ");
    joined.rsplit(['&', ';', '|', '(', '\n']).next().unwrap_or_default().to_owned()
}

/// Whether the word behind this is the program of a command.
fn is_called(before: &str) -> bool {
    let is_before = |word: &str| {
        word.eq_ignore_ascii_case("run")
            || matches!(word, "sudo" | "exec" | "then" | "do" | "if" | "!" | "time")
            || word.contains('=')
            || word.starts_with('-')
    };
    before.split_whitespace().all(is_before) && !before.ends_with(['/', '-', '='])
}

/// Whether a call of pip installs only tools that are pure Python.
fn is_of_installers(rest: &str) -> bool {
    const PURE: [&str; 8] = ["pip", "setuptools", "wheel", "uv", "poetry", "pipenv", "hatch", "pdm"];
    let own = rest.split(['&', ';', '|']).next().unwrap_or_default();
    let mut named = own.split_whitespace().filter(|word| !word.starts_with('-') && *word != "\\").peekable();
    named.peek().is_some()
        && named.all(|word| PURE.contains(&word.split(['=', '<', '>', '~', '[']).next().unwrap_or_default()))
}

/// Whether an image is a full one: of a language, and not called slim or after another system.
fn is_full(image: &ImageReference) -> bool {
    let is_other = |word: &str| {
        word == "slim" || word == "nanoserver" || word.starts_with("alpine") || word.starts_with("windows")
    };
    let is_plain = !image.tag().unwrap_or_default().split('-').any(is_other);
    is_plain && LANGUAGES.contains(&short_name(image.name()))
}
