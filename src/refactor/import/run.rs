//! The commands of RUN, and what each of them leaves in a stage.

use super::paths::{clean, is_within, join, parent, resolve};
use super::shell::{self, operands};
use super::stage::{Copied, Stage, Walk, known};
use crate::dockerfile::{Command, Instruction};

impl Walk<'_> {
    pub(super) fn run(&mut self, at: &mut Stage, instruction: &Instruction<'_>, line: usize) {
        let Some(run) = instruction.as_run() else { return };
        // Files that are mounted are there for this command alone.
        let mut here = at.copied.clone();
        for mount in run.mounts.iter().filter(|mount| mount.kind() == "bind" && mount.from().is_none()) {
            if let (Some(source), Some(target)) = (mount.source(), mount.target()) {
                let (from, to) =
                    (join(self.context, &clean(&source.value)), resolve(&at.workdir, &target.value));
                here.push(Copied { from, to, directory: false });
            }
        }
        let mut commands = Vec::new();
        match run.command {
            Command::Exec(words) => commands.push(words.iter().map(|word| word.value.to_string()).collect()),
            Command::Shell(text) if run.heredocs.is_empty() => {
                commands.extend(text.map(|text| shell::commands(&text.value)).unwrap_or_default());
            }
            Command::Shell(_) => {
                for heredoc in run.heredocs {
                    commands.extend(shell::commands(&self.file.heredoc_body(heredoc)));
                }
            }
        }
        let mut workdir = at.workdir.clone();
        for words in commands {
            let words: Vec<String> = words.iter().map(|word| self.expanded(word, at)).collect();
            if let [cd, to] = &words[..]
                && cd == "cd"
            {
                workdir = resolve(&workdir, to);
                continue;
            }
            self.command(at, &words, &workdir, &here, line);
        }
    }

    /// A word with the variables that are known.
    fn expanded(&self, word: &str, at: &Stage) -> String {
        if !word.contains('$') {
            return word.to_owned();
        }
        known(word, self.file.escape, &at.variables).unwrap_or_else(|| word.to_owned())
    }

    fn command(&mut self, at: &mut Stage, words: &[String], workdir: &str, here: &[Copied], line: usize) {
        let name = words[0].rsplit('/').next().unwrap_or(&words[0]);
        let rest = &words[1..];
        let has = |word: &str| rest.iter().any(|other| other == word);
        match name {
            "apt-get" | "apt" | "apk" | "microdnf" | "dnf" | "yum" => {
                if has("install") || has("add") {
                    let names = operands(rest, &["-o", "-t", "--virtual", "-c", "--repository", "-X"]);
                    let names = names.into_iter().filter(|name| !matches!(*name, "install" | "add"));
                    // `--virtual .build` of apk names a set, not a package.
                    let names: Vec<&str> = names.filter(|name| !name.starts_with('.')).collect();
                    if name == "apk" {
                        let message = format!(
                            "{} are packages of Alpine: check their names in Debian",
                            names.join(", ")
                        );
                        self.note(line, message);
                    }
                    at.packages.extend(names.into_iter().map(|name| (name.to_owned(), line)));
                }
            }
            "pip" | "pip3" => self.pip(at, rest, workdir, here, line),
            python if python.starts_with("python") && rest.first().is_some_and(|w| w == "-m") => {
                match rest.get(1).map(String::as_str) {
                    Some("pip") => self.pip(at, &rest[2..], workdir, here, line),
                    Some("venv" | "compileall" | "ensurepip" | "virtualenv") => {}
                    _ => at.commands.push((words.join(" "), line)),
                }
            }
            "uv" if has("pip") && has("install") => {
                let start = rest.iter().position(|word| word == "install").unwrap_or(0);
                self.pip(at, &rest[start..], workdir, here, line);
            }
            "poetry" | "pipenv" | "pdm" | "uv" if has("install") || has("sync") => {
                at.pip = true;
                let message = format!(
                    "`{}` is not carried over: write its lock file as requirements, and name that file in `requirements`",
                    words.join(" ")
                );
                self.note(line, message);
            }
            "poetry" | "pipenv" | "pdm" | "uv" if has("config") || has("export") || has("lock") => {}
            "mkdir" => {
                let names = operands(rest, &["-m", "--mode"]);
                let names = names.into_iter().flat_map(braces);
                at.directories.extend(names.map(|path| (resolve(workdir, &path), false)));
            }
            "install" if has("-d") => {
                let names = operands(rest, &["-o", "-g", "-m"]);
                at.directories.extend(names.into_iter().map(|path| (resolve(workdir, path), has("-o"))));
            }
            "sh" if rest.first().is_some_and(|script| script.ends_with("closure.sh")) => {
                match rest {
                    // The libraries of a tree that is taken on its own, and of nothing else
                    [_, root, _, tree] if tree.starts_with('=') => at.libraries = Some(root.clone()),
                    [_, root, _, paths @ ..] => at.closure = Some((root.clone(), paths.to_vec())),
                    _ => {}
                }
            }
            "npm" | "yarn" | "pnpm" => Self::npm(at, rest, workdir, here),
            "jar" => {
                let main = rest.iter().position(|word| word == "--main-class");
                at.java_main = main.and_then(|at| rest.get(at + 1)).cloned();
            }
            _ if is_housekeeping(name) => {}
            _ => at.commands.push((words.join(" "), line)),
        }
    }

    fn npm(at: &mut Stage, rest: &[String], workdir: &str, here: &[Copied]) {
        match rest.first().map(String::as_str) {
            None | Some("ci" | "install" | "i") => {
                let package = resolve(workdir, "package.json");
                let found = here.iter().find(|copied| {
                    copied.to == package || (copied.directory && is_within(&package, &copied.to))
                });
                if let Some(copied) = found {
                    let from = if copied.directory { &copied.from } else { parent(&copied.from) };
                    at.npm_directory = Some(from.to_owned());
                }
            }
            Some("run") => at.npm_script = rest.get(1).cloned(),
            Some(script) if script == "build" => at.npm_script = Some(script.to_owned()),
            _ => {}
        }
    }
}

/// `mkdir -p /app/{logs,data}`
fn braces(path: &str) -> Vec<String> {
    let parts = path.split_once('{').and_then(|(start, rest)| Some((start, rest.split_once('}')?)));
    match parts {
        Some((start, (list, end))) => list.split(',').map(|name| format!("{start}{name}{end}")).collect(),
        None => vec![path.to_owned()],
    }
}

/// Commands that leave nothing a service needs, or do what the templates do themselves.
fn is_housekeeping(name: &str) -> bool {
    const NAMES: [&str; 40] = [
        "rm",
        "echo",
        "set",
        "true",
        ":",
        "chmod",
        "chown",
        "ls",
        "find",
        "fi",
        "done",
        "[",
        "test",
        "cat",
        "printf",
        "useradd",
        "adduser",
        "groupadd",
        "addgroup",
        "usermod",
        "exit",
        "export",
        "ldconfig",
        "update-ca-certificates",
        "javac",
        "gcc",
        "strip",
        "touch",
        "corepack",
        "apt-mark",
        "apt-key",
        "dpkg",
        "which",
        "sync",
        "sleep",
        "env",
        "pwd",
        "}",
        "esac",
        "tee",
    ];
    NAMES.contains(&name)
}
