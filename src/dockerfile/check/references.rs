//! What FROM, COPY and mounts name, and what is not there.

use crate::diagnostic::Diagnostic;
use crate::dockerfile::expand::{self, Expansion, Variable};
use crate::dockerfile::instruction::{Instruction, Word};
use crate::dockerfile::stages::{Base, Stages};
use crate::image::ImageReference;

/// References that cannot be resolved, whatever the build is told.
pub(super) fn problems(stages: &Stages<'_, '_>) -> Vec<Diagnostic> {
    let mut problems = stages.problems.clone();
    let broken = broken_triggers(stages);
    let mut sources = Sources { stages, others: 0 };
    for (at, stage) in stages.stages.iter().enumerate() {
        if let Base::Stage(base) = stage.base
            && let Some(trigger) = broken[base]
        {
            let message = format!("an ONBUILD trigger of `{}` cannot run", stage.image.value);
            let problem = Diagnostic::new(stage.image.span.clone(), message);
            problems.push(problem.related(trigger.span.clone(), "this one"));
        }
        for instruction in stages.instructions(stage).iter().filter(|instruction| instruction.valid) {
            problems.extend(sources.of(at, instruction));
        }
    }
    problems
}

/// The first trigger of each stage that cannot be carried out.
fn broken_triggers<'f, 'a>(stages: &Stages<'f, 'a>) -> Vec<Option<&'f Instruction<'a>>> {
    let broken = |instruction: &&'f Instruction<'a>| {
        instruction.valid && instruction.trigger.as_deref().is_some_and(|trigger| !trigger.valid)
    };
    stages.stages.iter().map(|stage| stages.instructions(stage).iter().find(broken)).collect()
}

struct Sources<'s, 'f, 'a> {
    stages: &'s Stages<'f, 'a>,
    /// How many sources that are no stages came before: they are counted behind the stages, and
    /// `COPY --from=` finds them by number.
    others: usize,
}

impl Sources<'_, '_, '_> {
    fn of(&mut self, stage: usize, instruction: &Instruction<'_>) -> Vec<Diagnostic> {
        let mut problems = Vec::new();
        if let Some(from) = instruction.as_copy().and_then(|copy| copy.from) {
            problems.extend(self.copy(stage, from));
        }
        for mount in instruction.mounts() {
            match mount.from().filter(|from| !from.value.is_empty()) {
                Some(from) => problems.extend(self.named(stage, from)),
                None => self.others += 1,
            }
        }
        problems
    }

    fn copy(&mut self, stage: usize, from: &Word<'_>) -> Option<Diagnostic> {
        let plain = expand::expand(&from.value, self.stages.file.escape, &|_| Variable::Unset);
        if plain != Ok(Expansion::Known(from.value.to_string())) {
            let message = format!("variables are not expanded in `--from={}`", from.value);
            let hint = "add a stage for the image: FROM $IMAGE AS name";
            return Some(Diagnostic::new(from.span.clone(), message).hint(hint));
        }
        let Ok(index) = from.value.parse::<i64>() else { return self.named(stage, from) };
        let count = self.stages.stages.len();
        match usize::try_from(index) {
            Ok(index) if index < count => self.order(stage, index, from),
            Ok(index) if index < count + self.others => None,
            _ => Some(Diagnostic::new(from.span.clone(), format!("there is no stage {index}"))),
        }
    }

    fn named(&mut self, stage: usize, from: &Word<'_>) -> Option<Diagnostic> {
        if let Some(index) = self.stages.find(&from.value) {
            return self.order(stage, index, from);
        }
        self.others += 1;
        let error = from.value.parse::<ImageReference>().err()?;
        Some(Diagnostic::new(from.span.clone(), format!("neither a stage nor an image: {error}")))
    }

    fn order(&self, stage: usize, index: usize, from: &Word<'_>) -> Option<Diagnostic> {
        let message = match index.cmp(&stage) {
            std::cmp::Ordering::Less => return None,
            std::cmp::Ordering::Equal => format!("`{}` is this stage", from.value),
            std::cmp::Ordering::Greater => format!("the stage `{}` comes later", from.value),
        };
        let hint = "a stage can only copy from the stages before it";
        let begins = self.stages.stages[index].image.span.clone();
        Some(Diagnostic::new(from.span.clone(), message).hint(hint).related(begins, "it begins here"))
    }
}
