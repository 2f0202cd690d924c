//! The commands of RUN, and what each of them leaves in a stage.

use super::paths::{clean, is_within, join, parent, resolve};
use super::shell::{self, operands};
use super::stage::{Copied, Stage, Walk, known};
use crate::dockerfile::{Command, Instruction, Mount};

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
        for kind in run.mounts.iter().map(Mount::kind) {
            if matches!(&*kind, "secret" | "ssh") {
                self.note(
                    line,
                    format!("the {kind} that is mounted here is not carried over: what needs it fails"),
                );
            }
        }
        let mut commands = Vec::new();
        match run.command {
            Command::Exec(words) => {
                let words = words.iter().map(|word| word.value.to_string()).collect();
                commands.push(shell::Simple { words, ..shell::Simple::default() });
            }
            Command::Shell(text) if run.heredocs.is_empty() => {
                commands.extend(text.map(|text| shell::read(&text.value).commands).unwrap_or_default());
            }
            Command::Shell(_) => {
                for heredoc in run.heredocs {
                    commands.extend(shell::read(&self.file.heredoc_body(heredoc)).commands);
                }
            }
        }
        let mut workdir = at.workdir.clone();
        for shell::Simple { words, file, .. } in commands {
            let words: Vec<String> = words.iter().map(|word| self.expanded(word, at)).collect();
            if let (Some(file), "echo" | "printf" | "cat") = (file, words[0].as_str()) {
                at.commands.push((format!("{} > {file}", words.join(" ")), line));
                continue;
            }
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
                    for name in names {
                        // `curl=7.88.1-10`, `gcc:amd64`
                        let plain = name.split(['=', ':']).next().unwrap_or_default();
                        if plain.len() < name.len() {
                            self.note(
                                line,
                                format!("of {name}, the package {plain} of the new release is taken"),
                            );
                        }
                        at.packages.push((plain.to_owned(), line));
                    }
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
            "npm" | "yarn" | "pnpm" if has("-g") || has("--global") || has("global") => {
                at.commands.push((words.join(" "), line));
            }
            "npm" | "yarn" | "pnpm" => Self::npm(at, rest, workdir, here),
            "javac" => {
                let options = rest.iter().filter(|word| word.starts_with('-') && *word != "-d");
                let options: Vec<&str> = options.map(String::as_str).collect();
                if !options.is_empty() {
                    self.note(line, format!("javac's {} is not carried over", options.join(" ")));
                }
            }
            // What changes files that were copied is more than housekeeping.
            "rm" | "chmod" if touches_copied(at, rest, workdir) => {
                at.commands.push((words.join(" "), line));
            }
            "jar" => {
                let main = rest.iter().position(|word| word == "--main-class");
                at.java_main = main.and_then(|at| rest.get(at + 1)).cloned();
            }
            // The authorities that every image has are there without it.
            "update-ca-certificates"
                if !at.copied.iter().any(|copied| is_within(&copied.to, AUTHORITIES)) => {}
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

/// Whether a command names what was copied, a part of it, or a directory around it.
fn touches_copied(at: &Stage, rest: &[String], workdir: &str) -> bool {
    operands(rest, &[]).iter().any(|path| {
        let path = resolve(workdir, path);
        at.copied.iter().any(|copied| is_within(&path, &copied.to) || is_within(&copied.to, &path))
    })
}

/// Where a system's own certification authorities are.
const AUTHORITIES: &str = "/usr/local/share/ca-certificates";

/// Commands that leave nothing a service needs, or do what the templates do themselves.
fn is_housekeeping(name: &str) -> bool {
    const NAMES: [&str; 37] = [
        "rm", "echo", "set", "true", ":", "chmod", "chown", "ls", "find", "fi", "done", "[", "test", "cat",
        "printf", "useradd", "adduser", "groupadd", "addgroup", "usermod", "exit", "export", "ldconfig",
        "gcc", "strip", "touch", "corepack", "apt-mark", "apt-key", "dpkg", "which", "sync", "sleep", "env",
        "pwd", "}", "esac",
    ];
    NAMES.contains(&name)
}
