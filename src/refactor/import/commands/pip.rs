//! pip, uv, and the installers of lock files.

use super::super::paths::{has_extension, is_within, resolve};
use super::super::shell::operands;
use super::super::stage::{Finding, Stage, origin};
use super::super::walk::Walk;
use super::{Call, kept};
use crate::fleet::words::Requirement;
use crate::path::RelativePath;

/// What an option of pip means for an import.
#[derive(Debug, Clone, Copy)]
enum Meaning {
    /// A file of requirements.
    Requirements,
    /// The directory that distributions go to.
    Target,
    /// The directory that wheels go to.
    Wheels,
    /// The directory that wheels are taken from.
    FindLinks,
    /// A package index.
    Index,
    /// The project itself, or a part of it.
    Editable,
    /// It changes what is installed, and has no key.
    Lost,
    /// The same, without a value.
    LostFlag,
    /// It changes nothing in the result.
    Nothing,
}

/// The options of pip that have a value, and the flags that change what is installed.
const OPTIONS: &[(&[&str], Meaning)] = &[
    (&["-r", "--requirement", "--requirements"], Meaning::Requirements),
    (&["-t", "--target", "--prefix", "--root"], Meaning::Target),
    (&["-w", "--wheel-dir", "-d", "--dest"], Meaning::Wheels),
    (&["-f", "--find-links"], Meaning::FindLinks),
    (&["-i", "--index-url", "--extra-index-url", "--index", "--default-index"], Meaning::Index),
    (&["-e", "--editable"], Meaning::Editable),
    (
        &[
            "-c",
            "--constraint",
            "--platform",
            "--implementation",
            "--abi",
            "--only-binary",
            "--no-binary",
            "--torch-backend",
        ],
        Meaning::Lost,
    ),
    (&["--no-deps", "--pre", "--no-build-isolation", "--require-hashes"], Meaning::LostFlag),
    (
        &[
            "--trusted-host",
            "--timeout",
            "--retries",
            "--python-version",
            "--python",
            "-p",
            "--cache-dir",
            "--log",
            "--root-user-action",
            "--progress-bar",
            "--use-feature",
            "--default-timeout",
            "--link-mode",
        ],
        Meaning::Nothing,
    ),
];

/// What comes with the builder, and what only installs others.
const INSTALLERS: [&str; 11] = [
    "hatch",
    "pdm",
    "pip",
    "pip-tools",
    "pipenv",
    "poetry",
    "poetry-core",
    "setuptools",
    "uv",
    "virtualenv",
    "wheel",
];

/// The commands of pip that leave something.
const VERBS: [&str; 5] = ["config", "download", "install", "uninstall", "wheel"];

pub(super) fn pip(walk: &mut Walk<'_>, at: &mut Stage, call: &Call<'_>) {
    Installer { walk, at, call }.pip(call.arguments());
}

pub(super) fn python(walk: &mut Walk<'_>, at: &mut Stage, call: &Call<'_>) {
    match call.arguments() {
        [flag, module, rest @ ..] if flag == "-m" => match module.as_str() {
            "pip" => Installer { walk, at, call }.pip(rest),
            "venv" | "compileall" | "ensurepip" | "virtualenv" => {}
            _ => kept(walk, at, call),
        },
        // The project itself, installed by its own script
        [script, verb, ..] if script.ends_with("setup.py") && matches!(&**verb, "install" | "develop") => {
            lose_project(at, call);
        }
        _ => kept(walk, at, call),
    }
}

pub(super) fn uv(walk: &mut Walk<'_>, at: &mut Stage, call: &Call<'_>) {
    match call.verb() {
        "pip" => {
            let start = call.arguments().iter().position(|word| word == "pip").map_or(0, |at| at + 1);
            let rest = call.arguments().get(start..).unwrap_or_default();
            match rest.first().map(String::as_str) {
                Some("sync") => {
                    let files = operands(&rest[1..], &[]);
                    let words: Vec<String> =
                        files.iter().flat_map(|file| ["-r".to_owned(), (*file).to_owned()]).collect();
                    Installer { walk, at, call }.install(&words);
                }
                _ => Installer { walk, at, call }.pip(rest),
            }
        }
        "venv" | "python" | "cache" | "tool" => {}
        _ => locked(walk, at, call),
    }
}

/// Installers that read a lock file of their own.
pub(super) fn locked(walk: &mut Walk<'_>, at: &mut Stage, call: &Call<'_>) {
    match call.verb() {
        "install" | "sync" | "add" | "build" => {
            at.pip = true;
            let name = call.name();
            let message =
                format!("`{}` installs from a project file, for which services.toml has no key", call.text());
            let export = match name {
                "uv" => "`uv export --no-dev -o requirements.txt` writes",
                "poetry" => "`poetry export -o requirements.txt` writes",
                "pdm" => "`pdm export --prod -o requirements.txt` writes",
                _ => "`pipenv requirements` prints",
            };
            let hint =
                format!("{export} the same as a requirements file: commit it, and install it with pip");
            at.lost.push(Finding { message, hint, span: call.span.clone() });
        }
        // What an export writes is not in the build context, which is said where it is installed.
        "config" | "export" | "lock" | "requirements" => {}
        _ => kept(walk, at, call),
    }
}

fn lose_project(at: &mut Stage, call: &Call<'_>) {
    at.pip = true;
    let message =
        format!("`{}` installs the project itself, for which services.toml has no key", call.text());
    let hint = "install its dependencies from a requirements file, and copy its code".to_owned();
    at.lost.push(Finding { message, hint, span: call.span.clone() });
}

/// One call of pip.
struct Installer<'i, 'w, 'c> {
    walk: &'i mut Walk<'w>,
    at: &'i mut Stage,
    call: &'i Call<'c>,
}

impl Installer<'_, '_, '_> {
    fn pip(&mut self, words: &[String]) {
        // An option before the verb may have a value in a word of its own.
        let verb = words.iter().position(|word| VERBS.contains(&word.as_str()));
        let verb = verb.map(|at| (words[at].as_str(), &words[at + 1..]));
        match verb {
            Some(("install", rest)) => self.install(rest),
            Some(("wheel" | "download", rest)) => {
                let own = rest
                    .iter()
                    .any(|word| ["-w", "--wheel-dir", "-d", "--dest"].iter().any(|w| word.starts_with(w)));
                if !own {
                    self.at.wheels.push(self.call.workdir.to_owned());
                }
                self.install(rest);
            }
            Some(("uninstall" | "config", _)) => kept(self.walk, self.at, self.call),
            _ => {}
        }
    }

    fn install(&mut self, words: &[String]) {
        self.at.pip = true;
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let (flag, joined) = match word.split_once('=') {
                Some((flag, value)) if flag.starts_with("--") => (flag, Some(value.to_owned())),
                _ => (word.as_str(), None),
            };
            let option = OPTIONS.iter().find(|(names, _)| names.contains(&flag)).map(|(_, meaning)| *meaning);
            match option {
                Some(Meaning::LostFlag) => self.note(format!("pip's {flag} is not carried over")),
                Some(meaning) => {
                    if let Some(value) = joined.or_else(|| words.next().cloned()) {
                        self.option(flag, meaning, &value);
                    }
                }
                None if flag.starts_with('-') => {}
                None => self.operand(word),
            }
        }
    }

    fn option(&mut self, flag: &str, meaning: Meaning, value: &str) {
        let path = resolve(self.call.workdir, value);
        match meaning {
            Meaning::Requirements => self.requirements(value),
            Meaning::Target => self.at.pip_targets.push(path),
            Meaning::Wheels => self.at.wheels.push(path),
            Meaning::FindLinks if self.is_wheel(&path) => {}
            Meaning::FindLinks | Meaning::Lost => {
                self.note(format!("pip's {flag} {value} is not carried over"));
            }
            Meaning::Index => self.note(format!("the package index {value} is not carried over")),
            Meaning::Editable => lose_project(self.at, self.call),
            Meaning::LostFlag | Meaning::Nothing => {}
        }
    }

    /// A distribution, or a file that holds one.
    fn operand(&mut self, word: &str) {
        let name = word.split(['=', '<', '>', '~', '!', '[', ' ']).next().unwrap_or_default();
        let is_file = word.contains('*') || has_extension(word, "whl");
        if INSTALLERS.contains(&name) || (is_file && self.is_wheel(&resolve(self.call.workdir, word))) {
            return;
        }
        let is_address = word.contains("://") || word.contains('@');
        let is_path = !is_address && (word.contains('/') || word.starts_with('.'));
        if is_path && !is_file {
            lose_project(self.at, self.call);
        } else if !is_path && !is_file && word.parse::<Requirement>().is_ok() {
            if !self.at.distributions.iter().any(|known| known == word) {
                self.at.distributions.push(word.to_owned());
            }
        } else {
            self.note(format!("pip installs `{word}`, which services.toml cannot say"));
        }
    }

    fn requirements(&mut self, path: &str) {
        let refused = match origin(self.call.here, &resolve(self.call.workdir, path)) {
            Some(from) if from.parse::<RelativePath>().is_ok() => {
                if !self.at.requirements.contains(&from) {
                    self.at.requirements.push(from);
                }
                return;
            }
            Some(from) => (
                format!("services.toml cannot say the path `{from}` of these requirements"),
                "rename it: paths have letters, digits and ._-+@ between slashes",
            ),
            None => (
                format!("the requirements file `{path}` does not come from the build context"),
                "copy it from the build context; one that a command writes has to be committed",
            ),
        };
        let (message, hint) = refused;
        self.at.lost.push(Finding { message, hint: hint.to_owned(), span: self.call.span.clone() });
    }

    /// Whether a path is one that pip built wheels in, here or in a stage that it was taken from.
    fn is_wheel(&self, path: &str) -> bool {
        let own = self.at.wheels.iter().any(|wheels| is_within(path, wheels));
        let taken = || {
            let mut taken = self.at.taken.iter().filter(|taken| is_within(path, &taken.to));
            taken.any(|taken| {
                let crate::dockerfile::Base::Stage(index) = taken.from else { return false };
                let wheels =
                    self.walk.done.get(index).map(|stage| stage.wheels.as_slice()).unwrap_or_default();
                wheels
                    .iter()
                    .any(|wheels| is_within(&taken.source, wheels) || is_within(wheels, &taken.source))
            })
        };
        let mounted = || {
            let mut all = self.walk.done.iter().flat_map(|stage| &stage.wheels);
            all.any(|wheels| is_within(path, wheels))
        };
        own || taken() || mounted()
    }

    fn note(&mut self, message: String) {
        self.walk.note(self.call.line, message);
    }
}
