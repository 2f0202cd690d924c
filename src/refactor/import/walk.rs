//! The instructions of a Dockerfile, one after another, and what each of them leaves in its stage.

use std::collections::{BTreeMap, BTreeSet};

use super::paths::resolve;
use super::stage::{Stage, is_used, known};
use super::{Note, Tree};
use crate::diagnostic::Diagnostic;
use crate::dockerfile::{Base, Dockerfile, ImageConfig, Instruction, Keyword, Stages};
use crate::image::ImageReference;
use crate::path::LONGEST;

/// Walks through a Dockerfile, stage by stage.
pub(super) struct Walk<'w> {
    pub(super) file: &'w Dockerfile<'w>,
    pub(super) stages: &'w Stages<'w, 'w>,
    pub(super) tree: &'w dyn Tree,
    /// The directory that COPY paths are relative to, below the root of the sources; empty if it is the root.
    pub(super) context: &'w str,
    /// The directory of the Dockerfile, likewise.
    pub(super) beside: &'w str,
    pub(super) lines: &'w super::Lines,
    /// The configuration of known images.
    pub(super) images: &'w dyn Fn(&ImageReference) -> Option<ImageConfig>,
    /// The stages before the one that is read.
    pub(super) done: Vec<Stage>,
    pub(super) notes: Vec<Note>,
}

/// How much stages may take over from the stages that they begin with, all together: with every FROM of a chain, each
/// variable and each path is there once more.
const MOST: usize = 1_000_000;

impl Walk<'_> {
    /// The stages that the target is made of; the others stay empty.
    ///
    /// # Errors
    /// What is larger than any image.
    pub(super) fn all(&mut self, target: usize) -> Result<BTreeSet<usize>, Diagnostic> {
        let wanted = ancestors(self.stages, target);
        let globals = self.globals();
        let mut room = MOST;
        for (index, stage) in self.stages.stages.iter().enumerate() {
            if !wanted.contains(&index) {
                self.done.push(Stage::default());
                continue;
            }
            let mut at = self.begin(&stage.base);
            room = room.checked_sub(at.size()).ok_or_else(|| {
                let message = "the stages up to here take over too much from each other to be imported";
                let hint = "`--target STAGE` imports one above";
                Diagnostic::new(stage.image.span.clone(), message).hint(hint)
            })?;
            for instruction in self.stages.instructions(stage).iter().filter(|i| i.valid) {
                self.instruction(&mut at, instruction, &globals);
                if at.workdir.len() > LONGEST {
                    let message = format!(
                        "this working directory is longer than the {LONGEST} bytes that a path can have"
                    );
                    let hint = "begin it with `/`, so that it does not add to the one before";
                    return Err(Diagnostic::new(instruction.span.clone(), message).hint(hint));
                }
            }
            self.done.push(at);
        }
        Ok(wanted)
    }

    /// The build arguments above the first FROM.
    fn globals(&self) -> BTreeMap<String, Option<String>> {
        let mut globals = BTreeMap::new();
        for argument in self.file.instructions.iter().take_while(|i| i.keyword != Keyword::From) {
            for pair in &argument.pairs {
                let value =
                    pair.value.as_ref().and_then(|word| known(&word.value, self.file.escape, &globals));
                globals.insert(pair.name.value.to_string(), value);
            }
        }
        globals
    }

    /// A stage before its first instruction.
    fn begin(&self, base: &Base) -> Stage {
        let mut at = match base {
            Base::Stage(index) => self.done.get(*index).cloned().unwrap_or_default(),
            Base::Image(image) => {
                let config = (self.images)(image).unwrap_or_default();
                Stage { image: Some(image.clone()), workdir: config.workdir, ..Stage::default() }
            }
            Base::Scratch | Base::Unknown(_) => Stage::default(),
        };
        if at.workdir.is_empty() {
            "/".clone_into(&mut at.workdir);
        }
        at
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
                        let taken = pair.value.as_ref().and_then(|word| argument_in(&word.value, at));
                        (pair.name.value.to_string(), value, taken)
                    })
                    .collect();
                for (name, value, taken) in values {
                    self.chooses(&name, line);
                    match taken {
                        Some(argument) => at.from_arguments.insert(name.clone(), argument),
                        None => at.from_arguments.remove(&name),
                    };
                    at.env.insert(name.clone(), (value.clone(), line));
                    at.variables.insert(name, value);
                }
            }
            Keyword::Workdir => {
                if let Some(path) = instruction.as_text().and_then(|w| known(&w.value, escape, &at.variables))
                {
                    at.workdir = resolve(&at.workdir, &path);
                    at.known_directories.insert(at.workdir.clone());
                }
            }
            Keyword::Expose => {
                let is_empty = |word: &&str| {
                    known(word, escape, &at.variables).is_some_and(|value| is_no_port(value.trim()))
                };
                let words = instruction.arguments.iter().map(|word| word.value.as_ref());
                let empty: Vec<_> = words.filter(is_empty).map(|word| (word.to_owned(), line)).collect();
                at.without_port.extend(empty);
            }
            Keyword::User => {
                at.user = instruction.as_text().map(|word| (word.value.to_string(), line));
            }
            Keyword::Label => {
                let keys = instruction.pairs.iter().map(|pair| pair.name.value.trim_matches('"').to_owned());
                at.labels.extend(keys.map(|key| (key, line)));
            }
            Keyword::Copy | Keyword::Add => self.copy(at, instruction, line),
            Keyword::Run => self.run(at, instruction, line),
            _ => {}
        }
    }

    pub(super) fn note(&mut self, line: usize, message: impl Into<String>) {
        self.notes.push(Note { line, message: message.into() });
    }

    /// What is told of the first of several lines that say it.
    pub(super) fn note_once(&mut self, line: usize, message: String) {
        if !self.notes.iter().any(|note| note.message == message) {
            self.note(line, message);
        }
    }
}

/// Whether a word of EXPOSE names a protocol at most: `$PORT/tcp` without a value.
pub(super) fn is_no_port(word: &str) -> bool {
    word.is_empty() || word.starts_with('/')
}

/// The build argument that a value takes: a variable that ENV has not set.
fn argument_in(value: &str, at: &Stage) -> Option<String> {
    let mut arguments = at.variables.keys().filter(|name| !at.env.contains_key(*name));
    arguments.find(|name| is_used(value, name)).cloned()
}

/// The stages that a stage is based on or takes files from, itself included.
fn ancestors(stages: &Stages<'_, '_>, target: usize) -> BTreeSet<usize> {
    let mut found = BTreeSet::new();
    let mut open = vec![target];
    while let Some(index) = open.pop() {
        let Some(stage) = stages.stages.get(index).filter(|_| found.insert(index)) else { continue };
        let mut bases = vec![stage.base.clone()];
        for instruction in stages.instructions(stage) {
            bases.extend(
                instruction.as_copy().and_then(|copy| copy.from).map(|from| stages.copy_source(from)),
            );
            bases.extend(
                instruction.mounts().filter_map(|mount| mount.from()).map(|from| stages.mount_source(from)),
            );
        }
        open.extend(bases.into_iter().filter_map(|base| match base {
            Base::Stage(index) => Some(index),
            _ => None,
        }));
    }
    found
}
