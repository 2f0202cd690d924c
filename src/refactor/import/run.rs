//! RUN: its mounts, and its commands one by one.

use super::commands::{self, Call};
use super::paths::{clean, join, resolve};
use super::shell;
use super::stage::{Copied, Stage, known};
use super::walk::Walk;
use crate::dockerfile::{Base, Command, Instruction, Mount, Run};

impl Walk<'_> {
    pub(super) fn run(&mut self, at: &mut Stage, instruction: &Instruction<'_>, line: usize) {
        let Some(run) = instruction.as_run() else { return };
        let here = self.mounted(at, &run, line);
        let mut workdir = at.workdir.clone();
        for shell::Simple { words, file, .. } in self.commands(&run) {
            let words: Vec<String> = words.iter().map(|word| self.expanded(word, at)).collect();
            if let (Some(file), "echo" | "printf" | "cat") = (file, words[0].as_str()) {
                at.commands.push((format!("{} > {file}", words.join(" ")), line));
            } else if let [cd, to] = &words[..]
                && cd == "cd"
            {
                workdir = resolve(&workdir, to);
            } else {
                let span = instruction.span.clone();
                commands::apply(
                    self,
                    at,
                    &Call { words: &words, workdir: &workdir, here: &here, line, span },
                );
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
                format!("the {kind} that is mounted here is not carried over: what needs it fails"),
            );
        }
        here
    }

    fn commands(&self, run: &Run<'_, '_>) -> Vec<shell::Simple> {
        match run.command {
            Command::Exec(words) => {
                let words = words.iter().map(|word| word.value.to_string()).collect();
                vec![shell::Simple { words, ..shell::Simple::default() }]
            }
            Command::Shell(text) if run.heredocs.is_empty() => {
                text.map(|text| shell::read(&text.value).commands).unwrap_or_default()
            }
            Command::Shell(_) => {
                let bodies = run.heredocs.iter().map(|heredoc| self.file.heredoc_body(heredoc));
                bodies.flat_map(|body| shell::read(&body).commands).collect()
            }
        }
    }

    /// A word with the variables that are known.
    fn expanded(&self, word: &str, at: &Stage) -> String {
        if !word.contains('$') {
            return word.to_owned();
        }
        known(word, self.file.escape, &at.variables).unwrap_or_else(|| word.to_owned())
    }
}
