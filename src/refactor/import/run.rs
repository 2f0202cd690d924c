//! RUN: its mounts, and its commands one by one.

use std::collections::BTreeMap;

use super::commands::wrappers::{self, Inner};
use super::commands::{self, Call};
use super::paths::{clean, join, resolve};
use super::stage::{Copied, Stage};
use super::walk::Walk;
use crate::dockerfile::{Base, Command, Expansion, Instruction, Mount, Run, Variable, expand};
use crate::shell;

/// How deep commands may run others.
const DEEPEST: usize = 8;

/// Where a command stands, and what it sees.
#[derive(Clone, Copy)]
struct Place<'p, 'i> {
    here: &'p [Copied],
    line: usize,
    instruction: &'p Instruction<'i>,
}

impl Walk<'_> {
    pub(super) fn run(&mut self, at: &mut Stage, instruction: &Instruction<'_>, line: usize) {
        let Some(run) = instruction.as_run() else { return };
        let here = self.mounted(at, &run, line);
        self.flags(&run, instruction, line);
        let script = self.script(&run);
        let place = Place { here: &here, line, instruction };
        let mut directories = vec![at.workdir.clone()];
        self.commands(at, script, &mut directories, &place, 0);
    }

    /// The commands of a text of a shell, one by one. The last of the directories is the one they run in.
    fn commands(
        &mut self,
        at: &mut Stage,
        script: shell::Script,
        directories: &mut Vec<String>,
        place: &Place<'_, '_>,
        depth: usize,
    ) {
        let variables = self.variables(&script.assigned, at);
        for shell::Simple { words, file, settings } in script.commands {
            let words: Vec<String> =
                words.iter().flat_map(|word| self.expanded(word, at, &variables)).collect();
            self.settings(&settings, place.line);
            self.command(at, &words, file.as_deref(), directories, place, depth);
        }
        self.settings(&script.assigned, place.line);
    }

    fn command(
        &mut self,
        at: &mut Stage,
        words: &[String],
        file: Option<&str>,
        directories: &mut Vec<String>,
        place: &Place<'_, '_>,
        depth: usize,
    ) {
        let Some(first) = words.first() else { return };
        let workdir = directories.last().cloned().unwrap_or_default();
        match (first.as_str(), &words[1..]) {
            ("cd", [to]) => {
                directories.pop();
                return directories.push(resolve(&workdir, to));
            }
            ("pushd", [to]) => return directories.push(resolve(&workdir, to)),
            ("popd", _) if directories.len() > 1 => {
                directories.pop();
                return;
            }
            ("export", settings) => self.settings(settings, place.line),
            _ => {}
        }
        match wrappers::inner(words) {
            Inner::Text(text) if depth < DEEPEST => {
                self.commands(at, shell::read(&text), &mut vec![workdir], place, depth + 1);
            }
            Inner::Words(inner) if depth < DEEPEST => {
                self.settings(&words[..words.len() - inner.len()], place.line);
                self.command(at, &inner, file, directories, place, depth + 1);
            }
            _ => {
                let Place { here, line, instruction } = *place;
                let span = instruction.span.clone();
                commands::apply(self, at, &Call { words, workdir: &workdir, file, here, line, span });
            }
        }
    }

    /// Variables of a command that choose where packages come from.
    fn settings(&mut self, settings: &[String], line: usize) {
        for name in settings.iter().filter_map(|setting| Some(setting.split_once('=')?.0)) {
            self.chooses(name, line);
        }
    }

    /// Tells of a variable that chooses where packages come from, or which.
    pub(super) fn chooses(&mut self, name: &str, line: usize) {
        let is_of_installers = ["PIP_", "UV_"].iter().any(|start| name.starts_with(start));
        let is_choice = ["INDEX", "CONSTRAINT", "FIND_LINKS", "NO_DEPS", "REQUIREMENT", "OVERRIDE"];
        if is_of_installers && is_choice.iter().any(|part| name.contains(part)) {
            self.note_once(line, format!("{name} is not imported: {}", commands::INDEX));
        }
    }

    /// The files of the build context that a RUN sees: those that were copied, and those mounted for it alone.
    fn mounted(&mut self, at: &Stage, run: &Run<'_, '_>, line: usize) -> Vec<Copied> {
        let mut here = at.copied.clone();
        for mount in run.mounts.iter().filter(|mount| mount.kind() == "bind") {
            // Without a source, the whole of it is mounted.
            let source = mount.source().map(|source| clean(&source.value)).unwrap_or_default();
            let Some(target) = mount.target().map(|target| resolve(&at.workdir, &target.value)) else {
                continue;
            };
            match mount.from().map(|from| self.stages.mount_source(from)) {
                None => {
                    let from = join(self.context, &source);
                    let directory = self.tree.is_directory(&from).unwrap_or(source.is_empty());
                    here.push(Copied { from, to: target, directory });
                }
                Some(Base::Stage(index)) => {
                    let stage = self.done.get(index).map(|stage| stage.copied.as_slice()).unwrap_or_default();
                    here.extend(
                        stage.iter().filter_map(|copied| copied.moved(&format!("/{source}"), &target)),
                    );
                }
                Some(_) => {}
            }
        }
        for kind in run.mounts.iter().map(Mount::kind).filter(|kind| matches!(&**kind, "secret" | "ssh")) {
            self.note(
                line,
                format!("the {kind} that is mounted here is not imported: commands that need it fail"),
            );
        }
        here
    }

    /// What a RUN is allowed beyond a command of its own, or forbidden.
    fn flags(&mut self, run: &Run<'_, '_>, instruction: &Instruction<'_>, line: usize) {
        for name in ["network", "security", "device"] {
            let value = instruction.flag_value(name).map(|word| word.value.as_ref());
            if let Some(value) = value.filter(|value| !matches!(*value, "default" | "sandbox")) {
                self.note(
                    line,
                    format!("--{name}={value} of RUN is not imported: builds have the engine's default"),
                );
            }
        }
        let images = run.mounts.iter().filter(|mount| mount.kind() == "bind").filter_map(Mount::from);
        for image in images.filter(|from| matches!(self.stages.mount_source(from), Base::Image(_))) {
            self.notes.push(super::Note {
                line,
                message: format!("what is mounted here of {} is not imported", image.value),
            });
        }
    }

    fn script(&self, run: &Run<'_, '_>) -> shell::Script {
        match run.command {
            Command::Exec(words) => {
                let words = words.iter().map(|word| word.value.to_string()).collect();
                let commands = vec![shell::Simple { words, ..shell::Simple::default() }];
                shell::Script { commands, ..shell::Script::default() }
            }
            Command::Shell(text) => {
                let line = text.map(|text| text.value.as_ref()).unwrap_or_default();
                let script = shell::read(line);
                // What a shell gets as a here-document is its script; to another program it is data.
                let is_script = |words: &[String]| matches!(words, [program] if shell::is_shell(program));
                if run.heredocs.is_empty() || script.commands.iter().any(|command| !is_script(&command.words))
                {
                    return script;
                }
                let bodies: Vec<_> =
                    run.heredocs.iter().map(|heredoc| self.file.heredoc_body(heredoc)).collect();
                shell::read(&bodies.concat())
            }
        }
    }

    /// The variables that a script gives values itself.
    fn variables(&self, assigned: &[String], at: &Stage) -> BTreeMap<String, String> {
        let mut variables = BTreeMap::new();
        for (name, value) in assigned.iter().filter_map(|setting| setting.split_once('=')) {
            let value = self.expanded(value, at, &variables).join(" ");
            if !value.contains('$') {
                variables.insert(name.to_owned(), value);
            }
        }
        variables
    }

    /// A word with the variables that are known. A shell makes several words of a variable that stands alone, or none.
    /// What is not known stays as it is written.
    fn expanded(&self, word: &str, at: &Stage, own: &BTreeMap<String, String>) -> Vec<String> {
        if !word.contains('$') {
            return vec![word.to_owned()];
        }
        let name = word.strip_prefix('$').unwrap_or_default();
        let name = name.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or(name);
        if let Some(value) = own.get(name).or_else(|| at.variables.get(name)?.as_ref()) {
            return value.split_whitespace().map(str::to_owned).collect();
        }
        let lookup = |name: &str| match (own.get(name), at.variables.get(name)) {
            (Some(value), _) | (None, Some(Some(value))) => Variable::Set(value),
            _ => Variable::Unknown,
        };
        match expand(word, self.file.escape, &lookup) {
            Ok(Expansion::Known(value)) => vec![value],
            _ => vec![word.to_owned()],
        }
    }
}
