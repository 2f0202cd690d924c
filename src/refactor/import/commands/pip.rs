//! pip, uv, and the installers of lock files.

use super::super::paths::{has_extension, is_within, resolve};
use super::super::stage::{Export, Finding, Lock, Stage, origin};
use super::super::walk::Walk;
use super::{Call, kept, locked};
use crate::fleet::words::Requirement;
use crate::path::RelativePath;
use crate::shell::operands;

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
const INSTALLERS: [&str; 13] = [
    "hatch",
    "pdm",
    "pip",
    "pip-tools",
    "pipenv",
    "pipx",
    "poetry",
    "poetry-core",
    "poetry-plugin-export",
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

/// Whether a distribution only installs others.
fn is_installer(name: &str) -> bool {
    INSTALLERS.contains(&name.split(['=', '<', '>', '~', '!', '[', ' ']).next().unwrap_or_default())
}

/// Programs in an environment of their own: `uv tool install ruff`, `pipx install ruff`.
pub(super) fn tool(walk: &mut Walk<'_>, at: &mut Stage, call: &Call<'_>) {
    let operands = operands(call.arguments(), &["--python", "-p", "--with"]);
    let names = match operands.as_slice() {
        ["tool", "install", names @ ..] | ["install", names @ ..] => names,
        ["tool", "update-shell" | "list" | "dir" | "upgrade", ..] | ["ensurepath" | "list", ..] | [] => {
            return;
        }
        _ => return kept(walk, at, call),
    };
    if names.iter().all(|name| is_installer(name)) {
        return;
    }
    kept(walk, at, call);
    let message = format!("`{}` installs a program in an environment of its own", call.shortened());
    let hint = "install it with pip, or list it in python.packages";
    at.perhaps.push(Finding { message, hint: hint.to_owned(), span: call.span.clone() });
}

/// `pip-sync requirements.txt`
pub(super) fn sync(walk: &mut Walk<'_>, at: &mut Stage, call: &Call<'_>) {
    let mut files = operands(call.arguments(), &["--python-executable", "--pip-args"]);
    files.retain(|file| *file != "sync");
    if files.is_empty() {
        files.push("requirements.txt");
    }
    let words: Vec<String> = files.iter().flat_map(|file| ["-r".to_owned(), (*file).to_owned()]).collect();
    Installer { walk, at, call }.install(&words);
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
            locked::project(walk, at, call, ".");
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
        "venv" | "python" | "cache" | "self" => {}
        "tool" => tool(walk, at, call),
        _ => locked::locked(walk, at, call),
    }
}

/// What to do about a package index.
pub(in super::super) const INDEX: &str =
    "name it with `--index-url` or `--extra-index-url` in the requirements file, or in pyproject.toml";

/// What to do instead of an option of pip that changes what is installed.
fn instead(flag: &str) -> &'static str {
    match flag {
        "-c" | "--constraint" => "`uv pip compile -c FILE` writes a requirements file with these versions",
        "--no-deps" => "dependencies are installed too, so pin them in the requirements file",
        "--pre" => "pin the pre-release in the requirements file",
        "--require-hashes" => "set python.require_hashes = true",
        "-f" | "--find-links" => "name it with `--find-links` in the requirements file",
        "--no-binary" | "--no-build-isolation" => {
            "wheels are installed; python.compile and python.from_source build packages without one"
        }
        "--torch-backend" => INDEX,
        // --platform, --abi, …
        _ => "wheels are installed for the `platforms` of the fleet",
    }
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
            // `pip freeze > FILE`
            _ if self.call.file.is_some() => kept(self.walk, self.at, self.call),
            _ => {}
        }
    }

    fn install(&mut self, words: &[String]) {
        self.at.pip = true;
        self.call.only_for(self.at, "python");
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let (flag, joined) = match word.split_once('=') {
                Some((flag, value)) if flag.starts_with("--") => (flag, Some(value.to_owned())),
                _ => (word.as_str(), None),
            };
            let option = OPTIONS.iter().find(|(names, _)| names.contains(&flag)).map(|(_, meaning)| *meaning);
            match option {
                Some(Meaning::LostFlag) => {
                    self.note(format!("pip's {flag} is not imported: {}", instead(flag)));
                }
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
                self.note(format!("pip's {flag} {value} is not imported: {}", instead(flag)));
            }
            Meaning::Index => {
                self.note(format!("the package index {value} is not imported: {INDEX}"));
            }
            Meaning::Editable => locked::project(self.walk, self.at, self.call, value),
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
            locked::project(self.walk, self.at, self.call, word);
        } else if !is_path && !is_file && word.parse::<Requirement>().is_ok() {
            if !self.at.distributions.iter().any(|known| known == word) {
                self.at.distributions.push(word.to_owned());
            }
        } else {
            let instead = if word.contains("git+") {
                "name a released version in python.packages"
            } else if is_address && has_extension(word.split(['#', '?']).next().unwrap_or(word), "whl") {
                "write `NAME @ ADDRESS` into a requirements file"
            } else {
                "name the package and its version in python.packages"
            };
            let message = format!("pip installs `{word}`, which services.toml cannot express");
            self.note(format!("{message}: {instead}"));
            // Where nothing else is installed, the program comes from there.
            self.at.perhaps.push(Finding { message, hint: instead.to_owned(), span: self.call.span.clone() });
        }
    }

    fn requirements(&mut self, path: &str) {
        if let Some(lock) = self.exported(&resolve(self.call.workdir, path)) {
            self.at.lock = Some(lock);
            return;
        }
        let refused = match origin(self.call.here, &resolve(self.call.workdir, path)) {
            Some(from) if from.parse::<RelativePath>().is_ok() => {
                if !self.at.requirements.contains(&from) {
                    self.at.requirements.push(from);
                }
                return;
            }
            Some(from) => (
                format!("services.toml cannot express the path `{from}` of these requirements"),
                "rename it: paths have letters, digits and ._-+@ between slashes",
            ),
            None => (
                format!("the requirements file `{path}` does not come from the build context"),
                "copy it from the build context; commit it if a command writes it",
            ),
        };
        let (message, hint) = refused;
        self.at.lost.push(Finding { message, hint: hint.to_owned(), span: self.call.span.clone() });
    }

    /// What the requirements at a path are written from, here or in a stage that they are taken from.
    fn exported(&self, path: &str) -> Option<Lock> {
        let at = |exports: &[Export], path: &str| {
            exports.iter().find(|export| export.path == path).map(|export| export.lock.clone())
        };
        let taken = self.at.taken.iter().filter(|taken| is_within(path, &taken.to));
        let mut inherited = taken.filter_map(|taken| {
            let crate::dockerfile::Base::Stage(index) = taken.from else { return None };
            let inner = path.strip_prefix(&taken.to)?;
            at(&self.walk.done.get(index)?.exports, &format!("{}{inner}", taken.source))
        });
        at(&self.at.exports, path).or_else(|| inherited.next())
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
