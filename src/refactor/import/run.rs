//! RUN: its mounts, and its commands one by one.

use std::collections::BTreeMap;

use super::commands::{self, Call};
use super::paths::{clean, join, resolve};
use super::stage::{Copied, Stage};
use super::walk::Walk;
use crate::dockerfile::{Base, Command, Expansion, Instruction, Mount, Run, Variable, expand};
use crate::shell;

impl Walk<'_> {
    pub(super) fn run(&mut self, at: &mut Stage, instruction: &Instruction<'_>, line: usize) {
        let Some(run) = instruction.as_run() else { return };
        let here = self.mounted(at, &run, line);
        self.flags(&run, instruction, line);
        let mut workdir = at.workdir.clone();
        let shell::Script { commands, assigned, .. } = self.script(&run);
        let variables = self.variables(&assigned, at);
        for shell::Simple { words, file, .. } in commands {
            let words: Vec<String> =
                words.iter().flat_map(|word| self.expanded(word, at, &variables)).collect();
            let Some(first) = words.first() else { continue };
            if let (Some(file), "echo" | "printf" | "cat") = (&file, first.as_str()) {
                at.commands.push((format!("{} > {file}", words.join(" ")), line));
            } else if let [cd, to] = &words[..]
                && cd == "cd"
            {
                workdir = resolve(&workdir, to);
            } else {
                let call = Call {
                    words: &words,
                    workdir: &workdir,
                    file: file.as_deref(),
                    here: &here,
                    line,
                    span: instruction.span.clone(),
                };
                commands::apply(self, at, &call);
            }
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
            Command::Shell(text) if run.heredocs.is_empty() => {
                text.map(|text| shell::read(&text.value)).unwrap_or_default()
            }
            Command::Shell(_) => {
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
