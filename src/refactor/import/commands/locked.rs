//! uv, Poetry and the other installers of lock files, and the project itself.

use super::super::paths::{join, parent, resolve};
use super::super::stage::{Copied, Export, Finding, Lock, Project, Stage, origin};
use super::super::walk::Walk;
use super::Call;

/// An installer of a lock file of its own, for which python.lock is.
struct Tool {
    name: &'static str,
    lock: &'static str,
    /// The options that have a value, and what each means.
    options: &'static [(&'static [&'static str], Meaning)],
    /// The flags that leave the project itself out.
    without_project: &'static [&'static str],
    /// The flags that leave the development dependencies out.
    without_development: &'static [&'static str],
}

/// What an option with a value means.
#[derive(Clone, Copy)]
enum Meaning {
    Extra,
    Group,
    Package,
    Directory,
    Output,
    /// What is left out: that of development says nothing new.
    Without,
    Nothing,
}

const TOOLS: [Tool; 2] = [
    Tool {
        name: "uv",
        lock: "uv.lock",
        options: &[
            (&["--extra"], Meaning::Extra),
            (&["--group"], Meaning::Group),
            (&["--package"], Meaning::Package),
            (&["--directory", "--project"], Meaning::Directory),
            (&["-o", "--output-file"], Meaning::Output),
            (&["--no-group"], Meaning::Without),
            (
                &[
                    "-p",
                    "--python",
                    "--link-mode",
                    "--cache-dir",
                    "--python-preference",
                    "--color",
                    "--format",
                    "--config-file",
                ],
                Meaning::Nothing,
            ),
        ],
        without_project: &[
            "--no-install-project",
            "--no-emit-project",
            "--no-install-workspace",
            "--no-emit-workspace",
        ],
        without_development: &["--no-dev", "--no-default-groups"],
    },
    Tool {
        name: "poetry",
        lock: "poetry.lock",
        options: &[
            (&["-E", "--extras"], Meaning::Extra),
            (&["--with"], Meaning::Group),
            (&["-C", "--directory", "-P", "--project"], Meaning::Directory),
            (&["-o", "--output"], Meaning::Output),
            (&["--without", "--only"], Meaning::Without),
            (&["-f", "--format"], Meaning::Nothing),
        ],
        without_project: &["--no-root", "--only"],
        without_development: &["--no-dev", "--only", "--without"],
    },
];

/// Flags that choose what python.lock cannot.
const CHOICES: [&str; 7] = [
    "--all-extras",
    "--all-groups",
    "--all-packages",
    "--only-group",
    "--only-dev",
    "--no-install-package",
    "--inexact",
];

/// `uv sync`, `poetry install` and the like.
pub(super) fn locked(walk: &mut Walk<'_>, at: &mut Stage, call: &Call<'_>) {
    let tool = TOOLS.iter().find(|tool| tool.name == call.name());
    match (call.verb(), tool) {
        ("sync" | "install", Some(tool)) => {
            at.pip = true;
            call.only_for(at, "python");
            match tool.read(walk, call) {
                Ok(found) => {
                    at.project = found.project.then(|| whole(walk, at, call, &found.directory)).flatten();
                    at.lock = Some(found.lock);
                }
                // Once it was there: files that are mounted for one command alone.
                Err(_) if at.lock.is_some() => {}
                Err(lost) => at.lost.push(lost),
            }
        }
        ("export", Some(tool)) => {
            if let Ok(Found { lock, output: Some(path), .. }) = tool.read(walk, call) {
                at.exports.push(Export { path, lock });
            }
        }
        ("add" | "build" | "sync" | "install", _) => {
            at.pip = true;
            let message =
                format!("`{}` installs from a project file, for which services.toml has no key", call.text());
            let hint = match call.name() {
                "pdm" => {
                    "`pdm export --prod -o requirements.txt` writes a requirements file: commit it, and install it with pip"
                }
                "pipenv" => {
                    "`pipenv requirements` prints a requirements file: commit it, and install it with pip"
                }
                _ => "add it to pyproject.toml, lock, and install from the lock file",
            };
            at.lost.push(Finding { message, hint: hint.to_owned(), span: call.span.clone() });
        }
        // What an export writes is not in the build context, which is said where it is installed.
        ("config" | "export" | "lock" | "requirements" | "self" | "check" | "cache", _) => {}
        _ => super::kept(walk, at, call),
    }
}

/// What a tool is told.
struct Found {
    lock: Lock,
    /// The directory of the project, in the stage.
    directory: String,
    /// Whether the project itself is installed.
    project: bool,
    /// The file that an export writes.
    output: Option<String>,
}

impl Tool {
    fn read(&self, walk: &mut Walk<'_>, call: &Call<'_>) -> Result<Found, Finding> {
        let mut lock = Lock::default();
        let mut directory = call.workdir.to_owned();
        let mut output = call.file.map(|file| resolve(call.workdir, file));
        let has = |flags: &[&str]| {
            call.arguments().iter().any(|word| flags.contains(&word.split('=').next().unwrap_or(word)))
        };
        let project = !has(self.without_project);
        let is_plain = has(self.without_development) || call.verb() == "export";
        let mut words = call.arguments().iter();
        while let Some(word) = words.next() {
            let (flag, joined) =
                word.split_once('=').map_or((word.as_str(), None), |(flag, value)| (flag, Some(value)));
            let Some((_, meaning)) = self.options.iter().find(|(names, _)| names.contains(&flag)) else {
                if CHOICES.contains(&flag) {
                    walk.note(
                        call.line,
                        format!("`{} {word}` is not imported: list extras and groups in `python`", self.name),
                    );
                }
                continue;
            };
            let Some(value) = joined.or_else(|| words.next().map(String::as_str)) else { break };
            let names = || value.split([' ', ',']).filter(|name| !name.is_empty()).map(str::to_owned);
            match meaning {
                Meaning::Extra => lock.extras.extend(names()),
                Meaning::Group => lock.groups.extend(names()),
                Meaning::Package => lock.package = Some(value.to_owned()),
                Meaning::Directory => directory = resolve(&directory, value),
                Meaning::Output => output = Some(resolve(call.workdir, value)),
                // `--only main,worker`
                Meaning::Without if flag == "--only" => {
                    lock.groups.extend(names().filter(|name| name != "main"));
                }
                Meaning::Without | Meaning::Nothing => {}
            }
        }
        if !is_plain {
            walk.note(
                call.line,
                format!(
                    "`{}` installs development dependencies, which `lock` of python leaves out",
                    call.text()
                ),
            );
        }
        let found = origin(call.here, &resolve(&directory, self.lock));
        let is_there = |path: &String| {
            walk.tree.is_directory(path).is_some() || walk.tree.entries(parent(path)).is_empty()
        };
        let Some(path) = found.filter(is_there) else {
            let message =
                format!("`{}` finds no {} that comes from the build context", call.text(), self.lock);
            let hint = format!(
                "commit the file that `{} lock` writes, and copy it next to pyproject.toml",
                self.name
            );
            return Err(Finding { message, hint, span: call.span.clone() });
        };
        lock.path = path;
        Ok(Found { lock, directory, project, output })
    }
}

/// `pip install .`: the dependencies that pyproject.toml names, and the project itself.
pub(super) fn project(walk: &mut Walk<'_>, at: &mut Stage, call: &Call<'_>, path: &str) {
    at.pip = true;
    let (plain, extras) =
        path.split_once('[').map_or((path, ""), |(path, rest)| (path, rest.trim_end_matches(']')));
    let directory = resolve(call.workdir, plain);
    let manifest = origin(call.here, &join(&directory, "pyproject.toml"));
    let text = manifest.as_ref().and_then(|path| walk.tree.text(path));
    let names_dependencies = text.is_some_and(|text| text.contains("[project]"));
    let Some(manifest) = manifest.filter(|_| names_dependencies) else {
        let message = format!(
            "`{}` installs the project itself, and no pyproject.toml with a [project] comes from the build context",
            call.text()
        );
        let hint = "install its dependencies from a requirements file, and copy its code".to_owned();
        at.lost.push(Finding { message, hint, span: call.span.clone() });
        return;
    };
    if !extras.is_empty() {
        walk.note(
            call.line,
            format!(
                "the extras `{extras}` of the project are not imported: python.extras is for a lock file"
            ),
        );
    }
    if !at.requirements.contains(&manifest) {
        at.requirements.push(manifest);
    }
    at.project = whole(walk, at, call, &directory);
}

/// The project in a directory of the stage, as it is installed itself.
fn whole(walk: &Walk<'_>, at: &Stage, call: &Call<'_>, directory: &str) -> Option<Project> {
    let manifest = origin(call.here, &join(directory, "pyproject.toml"))?;
    let text = walk.tree.text(&manifest).unwrap_or_default();
    let table: toml::Table = text.parse().unwrap_or_default();
    let scripts = |path: &[&str]| -> Vec<String> {
        let value = path.iter().try_fold(&table, |table, key| table.get(*key)?.as_table());
        value.map(|scripts| scripts.keys().cloned().collect()).unwrap_or_default()
    };
    let files: Vec<Copied> = at.copied.iter().filter_map(|copied| copied.moved(directory, "/app")).collect();
    let has_src = walk.tree.is_directory(&join(parent(&manifest), "src")) == Some(true);
    let scripts = [scripts(&["project", "scripts"]), scripts(&["tool", "poetry", "scripts"])].concat();
    Some(Project { directory: directory.to_owned(), has_src, scripts, files, line: call.line })
}
