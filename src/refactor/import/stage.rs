//! What the stages of a Dockerfile bring together: files of the build context, packages, directories.

use std::collections::BTreeMap;

use super::shell::{self, operands};
use super::{Note, Tree};
use crate::dockerfile::{
    Base, Command, Dockerfile, Expansion, Instruction, Keyword, Stages, Variable, expand,
};
use crate::image::ImageReference;

/// A file or directory of the build context, and where a stage has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Copied {
    /// The path below the root of the sources.
    pub(super) from: String,
    /// The path in the stage.
    pub(super) to: String,
    /// Whether it is a directory, whose content is at `to`.
    pub(super) directory: bool,
}

/// Something a stage takes from another stage or image.
#[derive(Debug, Clone)]
pub(super) struct Taken {
    pub(super) from: Base,
    pub(super) source: String,
    pub(super) to: String,
    pub(super) line: usize,
}

/// A stage after its last instruction.
#[derive(Debug, Clone, Default)]
pub(super) struct Stage {
    /// The image that it stands on in the end.
    pub(super) image: Option<ImageReference>,
    pub(super) workdir: String,
    /// Variables of ENV and ARG; `None` if the value is not known.
    pub(super) variables: BTreeMap<String, Option<String>>,
    /// Those of ENV alone, with the line that set them last.
    pub(super) env: BTreeMap<String, (Option<String>, usize)>,
    pub(super) copied: Vec<Copied>,
    pub(super) taken: Vec<Taken>,
    /// Packages of the distribution, each with the line that installs it.
    pub(super) packages: Vec<(String, usize)>,
    pub(super) requirements: Vec<String>,
    pub(super) distributions: Vec<String>,
    /// Whether pip installs anything, and the directories it is told to install to.
    pub(super) pip: bool,
    pub(super) pip_targets: Vec<String>,
    /// Directories that are made, and whether they are given an owner.
    pub(super) directories: Vec<(String, bool)>,
    /// What `closure.sh` takes, below which directory.
    pub(super) closure: Option<(String, Vec<String>)>,
    pub(super) npm_directory: Option<String>,
    pub(super) npm_script: Option<String>,
    pub(super) java_main: Option<String>,
    /// Commands that nothing above stands for.
    pub(super) commands: Vec<(String, usize)>,
    /// The user of the last USER, and its line.
    pub(super) user: Option<(String, usize)>,
}

/// Walks through a Dockerfile, stage by stage.
pub(super) struct Walk<'w> {
    pub(super) file: &'w Dockerfile<'w>,
    pub(super) stages: &'w Stages<'w, 'w>,
    pub(super) tree: &'w dyn Tree,
    /// The directory that COPY paths are relative to, below the root of the sources; empty if it is the root.
    pub(super) context: &'w str,
    pub(super) lines: &'w super::Lines,
    pub(super) notes: Vec<Note>,
}

impl Walk<'_> {
    /// All stages of the file.
    pub(super) fn all(&mut self) -> Vec<Stage> {
        let mut globals = BTreeMap::new();
        for argument in self.file.instructions.iter().take_while(|i| i.keyword != Keyword::From) {
            for pair in &argument.pairs {
                let value =
                    pair.value.as_ref().and_then(|word| known(&word.value, self.file.escape, &globals));
                globals.insert(pair.name.value.to_string(), value);
            }
        }
        let mut done: Vec<Stage> = Vec::new();
        for stage in &self.stages.stages {
            let mut at = match &stage.base {
                Base::Stage(index) => done.get(*index).cloned().unwrap_or_default(),
                Base::Image(image) => Stage { image: Some(image.clone()), ..Stage::default() },
                Base::Scratch | Base::Unknown(_) => Stage::default(),
            };
            if at.workdir.is_empty() {
                "/".clone_into(&mut at.workdir);
            }
            for instruction in self.stages.instructions(stage).iter().filter(|i| i.valid) {
                self.instruction(&mut at, instruction, &globals);
            }
            done.push(at);
        }
        done
    }

    fn instruction(
        &mut self,
        at: &mut Stage,
        instruction: &Instruction<'_>,
        globals: &BTreeMap<String, Option<String>>,
    ) {
        let line = self.lines.of(instruction.span.start);
        let escape = self.file.escape;
        match instruction.keyword {
            Keyword::Arg => {
                for pair in &instruction.pairs {
                    let name = pair.name.value.to_string();
                    let value = match &pair.value {
                        Some(word) => known(&word.value, escape, &at.variables),
                        None => globals.get(&name).cloned().flatten(),
                    };
                    at.variables.entry(name).or_insert(value);
                }
            }
            Keyword::Env => {
                let values: Vec<_> = instruction
                    .pairs
                    .iter()
                    .map(|pair| {
                        let value =
                            pair.value.as_ref().and_then(|word| known(&word.value, escape, &at.variables));
                        (pair.name.value.to_string(), value)
                    })
                    .collect();
                for (name, value) in values {
                    at.env.insert(name.clone(), (value.clone(), line));
                    at.variables.insert(name, value);
                }
            }
            Keyword::Workdir => {
                if let Some(path) = instruction.as_text().and_then(|w| known(&w.value, escape, &at.variables))
                {
                    at.workdir = resolve(&at.workdir, &path);
                }
            }
            Keyword::User => {
                at.user = instruction.as_text().map(|word| (word.value.to_string(), line));
            }
            Keyword::Copy | Keyword::Add => self.copy(at, instruction, line),
            Keyword::Run => self.run(at, instruction, line),
            _ => {}
        }
    }

    fn copy(&mut self, at: &mut Stage, instruction: &Instruction<'_>, line: usize) {
        let Some(copy) = instruction.as_copy() else { return };
        let escape = self.file.escape;
        let Some(destination) = known(&copy.destination.value, escape, &at.variables) else {
            return self
                .note(line, format!("`{}` is not known, so this is left out", copy.destination.value));
        };
        if !copy.heredocs.is_empty() {
            self.note(
                line,
                "a file whose content stands in the Dockerfile is left out: put it into the sources",
            );
        }
        let several = copy.sources.len() > 1;
        for word in &copy.sources {
            let Some(source) = known(&word.value, escape, &at.variables) else {
                self.note(line, format!("`{}` is not known, so it is left out", word.value));
                continue;
            };
            if let Some(from) = copy.from {
                let from = self.stages.copy_source(from);
                let into = several || destination.ends_with('/');
                let named = source.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
                // A program that is copied into a directory keeps its name; a directory gives its content.
                let file = into && !source.ends_with('/') && looks_like_a_program(&source);
                let to = resolve(&at.workdir, &destination);
                let to = if file { resolve(&to, named) } else { to };
                at.taken.push(Taken { from, source: resolve("/", &source), to, line });
            } else if source.contains("://") || source.starts_with("git@") {
                self.note(line, format!("`{source}` is fetched from elsewhere: put it into the sources"));
            } else {
                self.copy_from_context(at, &source, &destination, several, line);
            }
        }
    }

    fn copy_from_context(
        &mut self,
        at: &mut Stage,
        source: &str,
        destination: &str,
        several: bool,
        line: usize,
    ) {
        let inner = clean(source);
        let from = join(self.context, &inner);
        let to = resolve(&at.workdir, destination);
        if inner.contains(['*', '?', '[']) {
            let found = self.matching(&from);
            if found.is_empty() {
                self.note(line, format!("`{source}` matches nothing that is there, so it is left out"));
            }
            for path in found {
                self.place(at, path, &to, true);
            }
        } else if from.is_empty() {
            // `COPY . .`: services.toml names what it wants.
            let all = self.tree.entries("");
            let wanted: Vec<_> = all.into_iter().filter(|name| belongs_into_an_image(name)).collect();
            if wanted.is_empty() {
                self.note(
                    line,
                    "the whole build context is copied: name in `sources` what the service needs of it",
                );
            } else {
                self.note(line, format!("the whole build context is copied; `sources` names {} of it: keep what the service needs", wanted.len()));
            }
            for name in wanted {
                // Here a directory keeps its name: it is content of the one that is copied.
                let directory = self.tree.is_directory(&name).unwrap_or(false);
                at.copied.push(Copied { to: resolve(&to, &name), from: name, directory });
            }
        } else {
            let into = several || destination.ends_with('/') || matches!(destination, "." | "./");
            self.place(at, from, &to, into);
        }
    }

    /// Records a path of the context; a file goes into a directory under its own name.
    fn place(&self, at: &mut Stage, from: String, to: &str, into: bool) {
        let directory = self.tree.is_directory(&from).unwrap_or_else(|| !looks_like_a_file(&from));
        let name = from.rsplit('/').next().unwrap_or(&from);
        // A directory gives its content, but what matched a pattern of several keeps apart.
        let to = if !directory && into { resolve(to, name) } else { to.to_owned() };
        if directory
            && self.context.is_empty()
            && at.copied.iter().any(|other| other.to == to && other.directory)
        {
            // Two directories into one: each entry by itself.
            for entry in self.tree.entries(&from) {
                let (from, to) = (format!("{from}/{entry}"), resolve(&to, &entry));
                let directory = self.tree.is_directory(&from).unwrap_or(false);
                at.copied.push(Copied { from, to, directory });
            }
            return;
        }
        let copied = Copied { from, to, directory };
        if !at.copied.contains(&copied) {
            at.copied.push(copied);
        }
    }

    /// The paths of the tree that match a pattern in their last part.
    fn matching(&self, pattern: &str) -> Vec<String> {
        let (directory, last) = pattern.rsplit_once('/').unwrap_or(("", pattern));
        let Ok(glob) = globset::Glob::new(last) else { return Vec::new() };
        let glob = glob.compile_matcher();
        let entries = self.tree.entries(directory).into_iter();
        entries.filter(|name| glob.is_match(name)).map(|name| join(directory, &name)).collect()
    }

    fn run(&mut self, at: &mut Stage, instruction: &Instruction<'_>, line: usize) {
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
                if let [_, root, _, paths @ ..] = rest {
                    at.closure = Some((root.clone(), paths.to_vec()));
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

    fn pip(&mut self, at: &mut Stage, rest: &[String], workdir: &str, here: &[Copied], line: usize) {
        let Some(start) = rest.iter().position(|word| word == "install") else { return };
        at.pip = true;
        let mut words = rest[start + 1..].iter();
        while let Some(word) = words.next() {
            let (flag, mut value) = match word.split_once('=') {
                Some((flag, value)) if flag.starts_with("--") => (flag, Some(value.to_owned())),
                _ => (word.as_str(), None),
            };
            let mut next = || value.take().or_else(|| words.next().cloned());
            match flag {
                "-r" | "--requirement" => {
                    if let Some(path) = next() {
                        self.requirement(at, &path, workdir, here, line);
                    }
                }
                "-t" | "--target" | "--prefix" | "--root" => {
                    at.pip_targets.extend(next().map(|path| resolve(workdir, &path)));
                }
                "-i" | "--index-url" | "--extra-index-url" => {
                    if let Some(index) = next() {
                        self.note(line, format!("the package index {index} is not carried over"));
                    }
                }
                "-c" | "--constraint" | "-f" | "--find-links" => {
                    if let Some(path) = next() {
                        self.note(line, format!("pip's {flag} {path} is not carried over"));
                    }
                }
                "--trusted-host" | "--timeout" | "--retries" | "--platform" | "--python-version"
                | "--implementation" | "--abi" | "--only-binary" | "--no-binary" | "--python"
                | "--cache-dir" => {
                    next();
                }
                "-e" | "--editable" => {
                    next();
                    self.note(line, "an editable install is not carried over: name the code in `sources`");
                }
                flag if flag.starts_with('-') => {}
                // pip itself, and what builds wheels, come with the builder.
                "pip" | "setuptools" | "wheel" => {}
                path if path.contains('/') || path == "." || has_extension(path, "whl") => {
                    self.note(line, format!("pip installs `{path}`, which services.toml cannot say"));
                }
                package if package.parse::<crate::fleet::words::Requirement>().is_ok() => {
                    if !at.distributions.iter().any(|known| known == package) {
                        at.distributions.push(package.to_owned());
                    }
                }
                package => {
                    self.note(line, format!("pip installs `{package}`, which services.toml cannot say"));
                }
            }
        }
    }

    fn requirement(&mut self, at: &mut Stage, path: &str, workdir: &str, here: &[Copied], line: usize) {
        match origin(here, &resolve(workdir, path)) {
            Some(from) => {
                if !at.requirements.contains(&from) {
                    at.requirements.push(from);
                }
            }
            None => {
                self.note(line, format!("`{path}` does not come from the build context, so it is left out"));
            }
        }
    }

    pub(super) fn note(&mut self, line: usize, message: impl Into<String>) {
        self.notes.push(Note { line, message: message.into() });
    }
}

/// The path in the sources of a file of a stage.
pub(super) fn origin(copied: &[Copied], path: &str) -> Option<String> {
    copied.iter().rev().find_map(|copied| {
        if copied.to == path {
            return Some(copied.from.clone());
        }
        let rest = path.strip_prefix(copied.to.trim_end_matches('/'))?.strip_prefix('/')?;
        copied.directory.then(|| join(&copied.from, rest))
    })
}

fn known(word: &str, escape: char, variables: &BTreeMap<String, Option<String>>) -> Option<String> {
    let lookup = |name: &str| match variables.get(name) {
        Some(Some(value)) => Variable::Set(value),
        Some(None) => Variable::Unknown,
        None => Variable::Unset,
    };
    match expand(word, escape, &lookup) {
        Ok(Expansion::Known(value)) => Some(value),
        _ => None,
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

/// What has no place in an image, although `COPY .` takes it along.
fn belongs_into_an_image(name: &str) -> bool {
    let refused = ["tests", "test", "docs", "node_modules", "__pycache__", "generated", "dockwright"];
    !name.starts_with('.')
        && !refused.contains(&name)
        && !name.starts_with("Dockerfile")
        && !name.ends_with(".Dockerfile")
        && !name.starts_with("docker-compose")
        && !name.starts_with("services.")
        && !name.to_ascii_lowercase().ends_with(".md")
}

fn looks_like_a_file(path: &str) -> bool {
    path.rsplit('/').next().is_some_and(|name| name.trim_start_matches('.').contains('.'))
}

fn looks_like_a_program(path: &str) -> bool {
    ["/bin/", "/sbin/"].iter().any(|part| path.contains(part)) || looks_like_a_file(path)
}

/// A path without `.`, `..` and double slashes; empty for the directory itself.
fn clean(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// An absolute path from a directory and what is said in it.
pub(super) fn resolve(directory: &str, path: &str) -> String {
    if path.starts_with('/') {
        return format!("/{}", clean(path));
    }
    format!("/{}", clean(&format!("{directory}/{path}")))
}

fn join(directory: &str, path: &str) -> String {
    match (directory, path) {
        ("", path) => path.to_owned(),
        (directory, "") => directory.to_owned(),
        (directory, path) => format!("{directory}/{path}"),
    }
}

/// Whether a file is of a kind that its name tells.
pub(super) fn has_extension(path: &str, extension: &str) -> bool {
    std::path::Path::new(path).extension().is_some_and(|end| end == extension)
}

fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(parent, _)| parent)
}

/// Whether an absolute path is another, or lies below it.
pub(super) fn is_within(path: &str, other: &str) -> bool {
    path.strip_prefix(other.trim_end_matches('/'))
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
