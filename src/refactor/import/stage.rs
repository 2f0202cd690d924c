//! What the stages of a Dockerfile bring together: files of the build context, packages, directories.

use std::collections::BTreeMap;

use super::paths::resolve;
use super::{Note, Tree};
use crate::dockerfile::{Base, Dockerfile, Expansion, Instruction, Keyword, Stages, Variable, expand};
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
    /// Those of ENV whose value takes a build argument, with its name.
    pub(super) from_arguments: BTreeMap<String, String>,
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
    /// Below which directory it puts the libraries that compiled packages need.
    pub(super) libraries: Option<String>,
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
    /// The directory of the Dockerfile, likewise.
    pub(super) beside: &'w str,
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
                        let taken = pair.value.as_ref().and_then(|word| argument_in(&word.value, at));
                        (pair.name.value.to_string(), value, taken)
                    })
                    .collect();
                for (name, value, taken) in values {
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

    pub(super) fn note(&mut self, line: usize, message: impl Into<String>) {
        self.notes.push(Note { line, message: message.into() });
    }
}

/// The build argument that a value takes: a variable that ENV has not set.
fn argument_in(value: &str, at: &Stage) -> Option<String> {
    let mut arguments = at.variables.keys().filter(|name| !at.env.contains_key(*name));
    arguments.find(|name| is_used(value, name)).cloned()
}

/// Whether a text takes the value of a variable.
pub(super) fn is_used(text: &str, name: &str) -> bool {
    text.match_indices(name).any(|(at, _)| {
        let before = &text[..at];
        let after = text[at + name.len()..].chars().next();
        let whole = !after.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_');
        whole && (before.ends_with('$') || before.ends_with("${"))
    })
}

/// The value of a word, if every variable in it is known.
pub(super) fn known(
    word: &str,
    escape: char,
    variables: &BTreeMap<String, Option<String>>,
) -> Option<String> {
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
