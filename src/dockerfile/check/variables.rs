//! What is wrong with instructions once the variables of their stage are known: `${X:?}` of a variable that nothing
//! sets, a value of ENV that is not a port.
//!
//! A build argument may be given any value on the command line, so that nothing is judged by its default.

use std::collections::HashMap;

use super::Words;
use crate::diagnostic::Diagnostic;
use crate::dockerfile::config::{self, DEFAULT_PATH};
use crate::dockerfile::expand::{self, Expansion, Variable};
use crate::dockerfile::instruction::{Instruction, Pair, Word};
use crate::dockerfile::keyword::Keyword;
use crate::dockerfile::stages::{Base, Stage, Stages};

/// How many variables stages may take over from others; beyond it, nothing is known.
const LIMIT: usize = 1 << 18;

/// How long a value may be; a longer one is not known. The lines of a file can make it grow without end.
const LENGTH: usize = 256;

/// What the variables of a file show.
#[derive(Default)]
pub(super) struct Found {
    /// What `BuildKit` refuses, whatever the build is told.
    pub(super) problems: Vec<Diagnostic>,
    /// What it refuses unless the base image sets a variable.
    pub(super) warnings: Vec<Diagnostic>,
}

/// Looks at the instructions of all stages.
pub(super) fn of(stages: &Stages<'_, '_>) -> Found {
    let mut found = Found::default();
    let text = stages.file.text;
    if !text.contains('$') && !text.contains("--mount") {
        return found;
    }
    let mut last_use = HashMap::new();
    for (at, stage) in stages.stages.iter().enumerate() {
        if let Base::Stage(base) = stage.base {
            last_use.insert(base, at);
        }
    }
    let mut ends: Vec<Environment> = Vec::with_capacity(stages.stages.len());
    let mut room = LIMIT;
    for (at, stage) in stages.stages.iter().enumerate() {
        let (mut environment, triggers) = match stage.base {
            Base::Stage(base) => {
                let before = &mut ends[base];
                let environment = if last_use.get(&base) == Some(&at) {
                    std::mem::take(before)
                } else if let Some(left) = room.checked_sub(before.values.len()) {
                    room = left;
                    before.clone()
                } else {
                    Environment::default()
                };
                (environment, stages.instructions(&stages.stages[base]))
            }
            Base::Scratch => (Environment::empty(), &[][..]),
            Base::Image(_) | Base::Unknown(_) => (Environment::default(), &[][..]),
        };
        let triggers = triggers.iter().filter(|instruction| instruction.valid);
        for (whole, trigger) in triggers.filter_map(|whole| Some((whole, whole.trigger.as_deref()?))) {
            let mut wrong = Found::default();
            environment.instruction(stages, trigger, whole, &mut wrong);
            found.add(wrong, |problem| of_trigger(problem, stage));
        }
        for instruction in stages.instructions(stage).iter().filter(|instruction| instruction.valid) {
            environment.instruction(stages, instruction, instruction, &mut found);
        }
        ends.push(environment);
    }
    found
}

impl Found {
    fn add(&mut self, other: Self, map: impl Fn(Diagnostic) -> Diagnostic) {
        self.problems.extend(other.problems.into_iter().map(&map));
        self.warnings.extend(other.warnings.into_iter().map(&map));
    }
}

/// A trigger is wrong in the stage that begins with the image, not where it stands.
fn of_trigger(problem: Diagnostic, stage: &Stage<'_>) -> Diagnostic {
    let message = format!("an ONBUILD trigger of `{}` cannot run: {}", stage.image.value, problem.message);
    Diagnostic::new(stage.image.span.clone(), message).related(problem.span, "this one")
}

/// What is known of the variables at a place of a stage, whatever the build is told.
#[derive(Clone, Default)]
struct Environment {
    /// `None` is a value that only the build knows.
    values: HashMap<String, Option<String>>,
    /// Whether a name that nothing sets has no value: no base image can have set it.
    complete: bool,
    /// The working directory, if it is known.
    workdir: Option<String>,
}

impl Environment {
    /// That of a stage without a base.
    fn empty() -> Self {
        let path = ("PATH".to_owned(), Some(DEFAULT_PATH.to_owned()));
        Self { values: HashMap::from([path]), complete: true, workdir: Some("/".to_owned()) }
    }

    fn lookup(&self, name: &str, otherwise: Variable<'static>) -> Variable<'_> {
        match self.values.get(name) {
            Some(Some(value)) => Variable::Set(value),
            Some(None) => Variable::Unknown,
            None => otherwise,
        }
    }

    /// Judges an instruction and takes in what it sets; `whole` is the one that a trigger stands in.
    fn instruction(
        &mut self,
        stages: &Stages<'_, '_>,
        instruction: &Instruction<'_>,
        whole: &Instruction<'_>,
        found: &mut Found,
    ) {
        let escape = stages.file.escape;
        match instruction.keyword {
            // Its default is not looked at if the build gives a value.
            Keyword::Arg => {
                let names = instruction.pairs.iter().map(|pair| pair.name.value.to_string());
                self.values.extend(names.map(|name| (name, None)));
                return;
            }
            Keyword::From | Keyword::Onbuild => return,
            _ => {}
        }
        if let Some(problem) = self.mounted_at_root(instruction, escape) {
            found.problems.push(problem);
        } else if stages.file.text[whole.span.clone()].contains('$') {
            let unset = if self.complete { Variable::Unset } else { Variable::Unknown };
            if let Some(problem) = self.problem(stages, instruction, whole, unset) {
                found.problems.push(problem);
            } else if !self.complete
                && let Some(mut warning) = self.problem(stages, instruction, whole, Variable::Unset)
            {
                warning.message = format!("{}, unless the base image sets it", warning.message);
                found.warnings.push(warning);
            }
        }
        match instruction.keyword {
            Keyword::Env => self.set(&instruction.pairs, escape),
            Keyword::Workdir => {
                let path = instruction.as_text().and_then(|word| self.value(word, escape));
                self.workdir = path.and_then(|path| self.absolute(&path)).filter(|path| path.len() <= LENGTH);
            }
            _ => {}
        }
    }

    /// A path from the working directory.
    fn absolute(&self, path: &str) -> Option<String> {
        if path.starts_with('/') {
            return Some(path.to_owned());
        }
        Some(config::clean(&format!("{}/{path}", self.workdir.as_deref()?)))
    }

    /// A mount is at the working directory if it names no target, and cannot be at the root.
    fn mounted_at_root(&self, instruction: &Instruction<'_>, escape: char) -> Option<Diagnostic> {
        let mount = instruction.mounts().find(|mount| {
            let target = mount.target().map_or(Some(String::new()), |word| self.value(word, escape));
            let target = target.and_then(|target| self.absolute(&target));
            !matches!(&*mount.kind(), "secret" | "ssh") && target.is_some_and(|target| target == "/")
        })?;
        Some(
            Diagnostic::new(mount.span.clone(), "nothing can be mounted at `/`")
                .hint("name another `target`"),
        )
    }

    /// ENV: all names and values are as the variables were before it.
    fn set(&mut self, pairs: &[Pair<'_>], escape: char) {
        let value = |word: &Word<'_>| self.value(word, escape);
        let values = pairs.iter().map(|pair| {
            let text = pair.value.as_ref().map_or(Some(String::new()), value);
            Some((value(&pair.name)?, text))
        });
        match values.collect::<Option<Vec<_>>>() {
            Some(values) => self.values.extend(values),
            // A name that is not known may be any.
            None => *self = Self::default(),
        }
    }

    fn problem(
        &self,
        stages: &Stages<'_, '_>,
        instruction: &Instruction<'_>,
        whole: &Instruction<'_>,
        otherwise: Variable<'static>,
    ) -> Option<Diagnostic> {
        let lookup = |name: &str| self.lookup(name, otherwise);
        let words = Words { escape: stages.file.escape, lookup: &lookup };
        super::values(instruction, &words).or_else(|| super::body(whole, stages.file.text, &lookup))
    }

    fn value(&self, word: &Word<'_>, escape: char) -> Option<String> {
        let unset = if self.complete { Variable::Unset } else { Variable::Unknown };
        match expand::expand(&word.value, escape, &|name| self.lookup(name, unset)) {
            Ok(Expansion::Known(value)) => Some(value).filter(|value| value.len() <= LENGTH),
            _ => None,
        }
    }
}
