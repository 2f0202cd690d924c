//! Moving a Dockerfile that somebody wrote: its references, and what follows from them.

mod copies;

use std::sync::Arc;

use super::built;
use super::lost;
use super::moves::{Fate, Movement, Mover};
use super::needs;
use super::shift::Findings;
use super::slim;
use super::sources::sources;
use super::word::Defaults;
use crate::bases;
use crate::diagnostic::{Diagnostic, Span};
use crate::dockerfile::{Base, Dockerfile, Edit, Instruction, Keyword, Stages, Word, apply};

/// What is to be done with one file.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub(super) edits: Vec<Edit>,
    /// What a person has to look at.
    pub(super) notes: Vec<Diagnostic>,
    /// Why the file is left as it is.
    pub(super) unsure: Vec<Diagnostic>,
    /// Why nothing may be changed at all.
    pub(super) faults: Vec<Diagnostic>,
    pub(super) moves: Vec<Arc<Movement>>,
    /// Whether a reference in it is meant, even if it does not move in the end.
    pub(super) meant: bool,
}

/// Plans the move of a Dockerfile.
pub(super) fn plan(text: &str, mover: &Mover<'_, '_>) -> Outcome {
    let file = Dockerfile::read(text);
    if !file.problems.is_empty() {
        let meant = names_one_that_moves(text, mover);
        return Outcome { faults: file.problems, meant, ..Outcome::default() };
    }
    let stages = Stages::of(&file);
    let mut planner = Planner {
        file: &file,
        stages: &stages,
        mover,
        movements: vec![None; stages.stages.len()],
        outcome: Outcome::default(),
    };
    planner.find_moves();
    planner.references();
    let mut outcome = planner.finish();
    if !outcome.edits.is_empty() {
        // Whoever looks at the change also learns what the file says otherwise than it looks.
        outcome.notes.extend(file.warnings);
    }
    outcome
}

/// Whether a file that is not read as a whole has a FROM with an image that is meant.
fn names_one_that_moves(text: &str, mover: &Mover<'_, '_>) -> bool {
    let words = text.lines().filter_map(|line| {
        let (keyword, rest) = line.trim_start().split_once(char::is_whitespace)?;
        let mut words = rest.split_whitespace().filter(|word| !word.starts_with("--"));
        words.next().filter(|_| keyword.eq_ignore_ascii_case("from"))
    });
    let mut images = words.filter_map(|word| word.parse().ok());
    images.any(|image| !matches!(mover.fate(&image), Fate::Stays))
}

/// What a stage stands on.
struct Stands {
    image: String,
    moves: bool,
    before: Option<Arc<bases::Base>>,
    after: Option<Arc<bases::Base>>,
}

impl Stands {
    fn moved(&self) -> built::Moved<'_> {
        let (before, after) = (self.before.as_deref(), self.after.as_deref());
        built::Moved { image: self.image.clone(), before, after }
    }
}

struct Planner<'p, 'f, 'a, 'c> {
    file: &'f Dockerfile<'a>,
    stages: &'f Stages<'f, 'a>,
    mover: &'p Mover<'p, 'c>,
    /// How the image in the FROM of each stage moves.
    movements: Vec<Option<Arc<Movement>>>,
    outcome: Outcome,
}

impl<'a> Planner<'_, '_, 'a, '_> {
    /// Finds the images that are meant, then those that have to match them.
    fn find_moves(&mut self) {
        let mut leaders: Vec<Arc<Movement>> = Vec::new();
        for (index, stage) in self.stages.stages.iter().enumerate() {
            match &stage.base {
                Base::Image(image) => match self.mover.fate(image) {
                    Fate::Moves(movement) => {
                        leaders.push(Arc::clone(&movement));
                        self.outcome.meant = true;
                        self.movements[index] = Some(movement);
                    }
                    Fate::Unsure(reason) => {
                        self.outcome.meant = true;
                        let message = format!("cannot determine a replacement for `{image}`: {reason}");
                        self.unsure(&stage.image.span, message, "name its new base by hand");
                    }
                    Fate::Stays => {
                        if let Some(message) = self.mover.rule.moved_by_others(image) {
                            let hint = "use a tag that names its release: it does not move by itself";
                            let note = Diagnostic::new(stage.image.span.clone(), message).hint(hint);
                            self.outcome.notes.push(note);
                        }
                    }
                },
                Base::Unknown(reason) if !self.may_be_a_stage(&stage.image) => {
                    let message = format!("the base of this stage is unknown: {reason}");
                    self.unsure(&stage.image.span, message, "give the build argument a default");
                }
                _ => {}
            }
        }
        if leaders.is_empty() {
            return;
        }
        for (index, stage) in self.stages.stages.iter().enumerate() {
            let Base::Image(image) = &stage.base else { continue };
            if let Some(to) = self.mover.companion(image, &leaders) {
                self.movements[index] = Some(self.mover.movement(image, &to));
            }
        }
    }

    /// `FROM app-${TARGETARCH}`: one of the stages above, and the build says which.
    fn may_be_a_stage(&self, word: &Word<'_>) -> bool {
        self.possible_stages(word).next().is_some()
    }

    /// The stages that a name with a variable in it may mean.
    fn possible_stages(&self, word: &Word<'_>) -> impl Iterator<Item = usize> {
        let start = word.value.split('$').next().unwrap_or_default().to_lowercase();
        let stages = self.stages.stages.iter().enumerate();
        stages
            .filter(move |(_, stage)| {
                stage.name.as_ref().is_some_and(|name| !start.is_empty() && name.starts_with(&start))
            })
            .map(|(index, _)| index)
    }

    fn unsure(&mut self, span: &Span, message: String, hint: &str) {
        self.outcome.unsure.push(Diagnostic::new(span.clone(), message).hint(hint));
    }

    /// Changes the references of FROM, COPY and RUN.
    fn references(&mut self) {
        let defaults = Defaults::of(self.file);
        for (index, stage) in self.stages.stages.iter().enumerate() {
            let Some(movement) = self.movements[index].clone() else { continue };
            if let Some(nowhere) = movement.leads_nowhere(self.mover.rule.catalogue, &stage.image.span) {
                self.outcome.unsure.push(nowhere);
                continue;
            }
            if movement.is_blind(self.mover.rule.catalogue) {
                let message =
                    format!("`{}` is not in the catalogue, so its other changes are not listed", movement.to);
                let hint = "describe it in [catalogue] of services.toml";
                self.outcome.notes.push(Diagnostic::new(stage.image.span.clone(), message).hint(hint));
            }
            if let Some(edits) = defaults.edits(&stage.image, &movement.to.to_string()) {
                self.outcome.edits.extend(defaults.repeated(self.file, &edits));
                self.outcome.edits.extend(edits);
                self.outcome.moves.push(movement);
            } else {
                let message =
                    format!("`{}` is written in a way that cannot be changed safely", movement.from);
                let hint = format!("change it to `{}` by hand", movement.to);
                self.unsure(&stage.image.span, message, &hint);
            }
        }
        for instruction in &self.file.instructions {
            let instruction = instruction.trigger.as_deref().unwrap_or(instruction);
            for (word, base) in sources(self.stages, instruction) {
                let Base::Image(image) = base else { continue };
                match self.mover.fate(&image) {
                    Fate::Moves(movement) => self.literal(word, &movement),
                    Fate::Unsure(reason) => {
                        self.outcome.meant = true;
                        let message = format!("cannot determine a replacement for `{image}`: {reason}");
                        self.unsure(&word.span, message, "name its new base by hand");
                    }
                    Fate::Stays => {}
                }
            }
        }
        self.outcome.edits.sort_by_key(|edit| (edit.span.start, edit.span.end));
        self.outcome.edits.dedup();
    }

    fn literal(&mut self, word: &Word<'_>, movement: &Arc<Movement>) {
        self.outcome.meant = true;
        if self.file.text.get(word.span.clone()) == Some(&*word.value) {
            self.outcome.edits.push(Edit::new(word.span.clone(), movement.to.to_string()));
            self.outcome.moves.push(Arc::clone(movement));
        } else {
            let message = format!("`{}` is written in a way that cannot be changed safely", movement.from);
            self.unsure(&word.span, message, "write it on one line, without quotes");
        }
    }

    /// Adds what follows from the moves, and makes sure that the result says what it should.
    fn finish(mut self) -> Outcome {
        if self.outcome.edits.is_empty() || !self.outcome.unsure.is_empty() {
            return self.outcome;
        }
        let mut found = Findings::default();
        for index in 0..self.stages.stages.len() {
            self.stage(index, &mut found);
            for instruction in self.stages.instructions(&self.stages.stages[index]) {
                self.built(index, instruction, &mut found);
            }
        }
        // What is changed needs no second look.
        let edits = self.outcome.edits.clone();
        let is_changed = |note: &Diagnostic| {
            edits.iter().any(|edit| edit.span.start <= note.span.start && note.span.end <= edit.span.end)
        };
        found.notes.retain(|note| note.span.is_empty() || !is_changed(note));
        self.outcome.notes.append(&mut found.notes);
        self.add(found.edits);
        self.verify();
        self.outcome.notes.sort_by_key(|note| note.span.start);
        self.outcome.notes.dedup();
        self.outcome
    }

    /// What follows from the move of a stage's base, in the instructions of the stage.
    fn stage(&mut self, index: usize, found: &mut Findings) {
        let Some(movement) = self.root(index) else { return };
        let instructions = self.stages.instructions(&self.stages.stages[index]);
        let is_root = self.movements[index].is_some();
        if is_root {
            self.outcome.notes.extend(needs::notes(&movement, &self.stages.stages[index], instructions));
        }
        let refused = needs::refused_pip(&movement, instructions, self.file.text);
        self.outcome.notes.extend(refused);
        self.outcome.notes.extend(slim::notes(&movement, self.file, instructions));
        self.outcome.faults.extend(needs::faults(&movement, &self.stages.stages[index], instructions));
        if movement.shift.is_empty() {
            return;
        }
        if let Some(releases) = movement.releases() {
            lost::notes(self.file, instructions, releases, found);
        }
        for instruction in instructions {
            let instruction = instruction.trigger.as_deref().unwrap_or(instruction);
            match instruction.keyword {
                Keyword::From | Keyword::Label | Keyword::Maintainer | Keyword::User | Keyword::Expose => {}
                Keyword::Copy | Keyword::Add => self.copy(instruction, &movement.shift, found),
                _ => self.lines(instruction, &movement.shift, found),
            }
        }
    }

    /// The movement of the image that a stage stands on, by way of other stages.
    fn root(&self, index: usize) -> Option<Arc<Movement>> {
        let mut index = index;
        loop {
            let stage = self.stages.stages.get(index)?;
            match &stage.base {
                Base::Stage(below) => index = *below,
                Base::Unknown(_) => {
                    // One of several stages: certain only if they all move alike.
                    let mut possible =
                        self.possible_stages(&stage.image).map(|stage| self.movements.get(stage)?.clone());
                    let first = possible.next()??;
                    let alike =
                        |other: Option<Arc<Movement>>| other.is_some_and(|other| other.shift == first.shift);
                    return possible.all(alike).then_some(first);
                }
                _ => return self.movements.get(index)?.clone(),
            }
        }
    }

    /// Whether what is taken from another stage fits this one's base.
    fn built(&mut self, index: usize, instruction: &Instruction<'a>, found: &mut Findings) {
        let Some(copy) = instruction.as_copy() else { return };
        let Some(Base::Stage(source)) = copy.from.map(|from| self.stages.copy_source(from)) else { return };
        let (Some(from), Some(to)) = (self.base_of(source), self.base_of(index)) else { return };
        if !from.moves && !to.moves {
            return;
        }
        let (from, to) = (from.moved(), to.moved());
        let instructions = self.stages.instructions(&self.stages.stages[source]);
        built::python(&copy, &from, &to, instructions, found);
        let place = copy.from.map_or(instruction.span.clone(), |from| from.span.clone());
        match built::library(&from, &to, &place, instructions) {
            Some((true, fault)) => self.outcome.faults.push(fault),
            Some((false, note)) => found.notes.push(note),
            None => {}
        }
    }

    /// What is known of the image that a stage stands on, by way of other stages, before and after.
    fn base_of(&self, index: usize) -> Option<Stands> {
        let mut index = index;
        loop {
            let stage = self.stages.stages.get(index)?;
            match &stage.base {
                Base::Stage(below) => index = *below,
                Base::Image(image) => {
                    let to = self.movements[index].as_ref().map_or(image, |movement| &movement.to);
                    let (before, after) = (self.mover.base(image), self.mover.base(to));
                    return Some(Stands { image: to.to_string(), moves: to != image, before, after });
                }
                _ => return None,
            }
        }
    }

    /// Where the value of a variable stands that ENV or ARG set last before an instruction, in its stage or in those
    /// below it; the default of an ARG above the first FROM otherwise.
    fn value(&self, name: &str, before: &Instruction<'a>) -> Option<Span> {
        let is_above = |other: &&Instruction<'a>| other.span.start < before.span.start;
        let stages = &self.stages.stages;
        let own = stages.iter().rposition(|stage| stage.image.span.start < before.span.start);
        let mut next = own;
        let below = std::iter::from_fn(|| {
            let stage = stages.get(next?)?;
            next = if let Base::Stage(below) = stage.base { Some(below) } else { None };
            Some(self.stages.instructions(stage))
        });
        let first = self.file.instructions.iter().position(|other| other.keyword == Keyword::From);
        let global = &self.file.instructions[..first.unwrap_or_default()];
        let set = below.chain([global]).flat_map(|instructions| instructions.iter().rev().filter(is_above));
        let pairs = set
            .filter(|other| matches!(other.keyword, Keyword::Env | Keyword::Arg))
            .flat_map(|other| other.pairs.iter().rev());
        pairs
            .filter(|pair| *pair.name.value == *name)
            .find_map(|pair| Some(pair.value.as_ref()?.span.clone()))
    }

    /// Adds edits; one that lies within another is part of it.
    fn add(&mut self, edits: Vec<Edit>) {
        let mut all = std::mem::take(&mut self.outcome.edits);
        all.extend(edits);
        all.sort_by_key(|edit| (edit.span.start, std::cmp::Reverse(edit.span.end)));
        all.dedup();
        let mut end = 0;
        all.retain(|edit| {
            let is_within = edit.span.end <= end && !edit.span.is_empty();
            end = end.max(edit.span.end);
            !is_within
        });
        self.outcome.edits = all;
    }

    /// Reads the result: each stage has to stand on what was planned, and nothing may be broken.
    fn verify(&mut self) {
        let text = self.file.text;
        let Ok(new) = apply(text, &self.outcome.edits) else {
            let message = "two changes of this file contradict each other".to_owned();
            self.unsure(&(0..0), message, "use a separate build argument for each stage");
            return;
        };
        let file = Dockerfile::read(&new);
        let after = Stages::of(&file);
        for (index, stage) in self.stages.stages.iter().enumerate() {
            let planned = match &self.movements[index] {
                Some(movement) => Base::Image(movement.to.clone()),
                None => stage.base.clone(),
            };
            let found = after.stages.get(index).map(|stage| &stage.base);
            if found != Some(&planned) && !matches!(planned, Base::Unknown(_)) {
                let message = "a build argument is shared by two bases of which only one moves".to_owned();
                self.unsure(&stage.image.span, message, "use a separate build argument for each base");
                return;
            }
        }
        if let Some(problem) = file.problems.first() {
            let message = format!("the result would be invalid: {}", problem.message);
            self.unsure(&(0..0), message, "change this file by hand");
        }
    }
}
