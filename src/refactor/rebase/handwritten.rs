//! Moving a Dockerfile that somebody wrote: its references, and what follows from them.

use std::sync::Arc;

use super::lost;
use super::moves::{Fate, Movement, Mover};
use super::needs;
use super::packages;
use super::shift::{Findings, Shift};
use super::sources::sources;
use super::word::Defaults;
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
        return Outcome { faults: file.problems, ..Outcome::default() };
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
                        let message = format!("nobody can say where `{image}` moves to: {reason}");
                        self.unsure(&stage.image.span, message, "name its new base by hand");
                    }
                    Fate::Stays => {}
                },
                Base::Unknown(reason) if !self.may_be_a_stage(&stage.image) => {
                    let message = format!("the base of this stage is not known: {reason}");
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
                    format!("little is known of `{}`, so what else changes is not listed", movement.to);
                let hint = "describe it in [catalogue] of services.toml";
                self.outcome.notes.push(Diagnostic::new(stage.image.span.clone(), message).hint(hint));
            }
            if let Some(edits) = defaults.edits(&stage.image, &movement.to.to_string()) {
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
                        let message = format!("nobody can say where `{image}` moves to: {reason}");
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
        }
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
        self.outcome.faults.extend(needs::faults(&movement, &self.stages.stages[index], instructions));
        if movement.shift.is_empty() {
            return;
        }
        if let Some((old, new)) = &movement.shift.debian {
            lost::notes(self.file, instructions, (old, new), found);
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

    fn copy(&self, instruction: &Instruction<'a>, shift: &Shift, found: &mut Findings) {
        let Some(copy) = instruction.as_copy() else { return };
        let text = self.file.text;
        let source_shift = match copy.from.map(|from| (from, self.stages.copy_source(from))) {
            Some((_, Base::Stage(index))) => self.root(index).map(|movement| movement.shift.clone()),
            Some((_, Base::Image(image))) => match self.mover.fate(&image) {
                Fate::Moves(movement) => Some(movement.shift.clone()),
                _ => None,
            },
            _ => None,
        };
        let mut stays = false;
        for source in &copy.sources {
            if copy.from.is_none() {
                shift.names_of_release(text, &source.span, found);
            }
            if let Some(shift) = &source_shift {
                shift.scan(text, &source.span, found);
                if source.value.contains(".so.") && shift.debian.is_some() {
                    let message = format!("the shared library `{}` may have another version", source.value);
                    let hint = "look at what the new release calls it";
                    found.notes.push(Diagnostic::new(source.span.clone(), message).hint(hint));
                }
            } else if shift
                .python
                .as_ref()
                .is_some_and(|(old, _)| source.value.contains(&format!("python{old}")))
            {
                // What does not move fits nowhere else either.
                stays = copy.from.is_some();
                let message = format!("`{}` is of the old version of Python", source.value);
                let hint = "see that it is made for the version of the new base";
                found.notes.push(Diagnostic::new(source.span.clone(), message).hint(hint));
            }
        }
        let target = &*copy.destination.value;
        if stays {
            let message = format!("`{target}` is left, as what is copied there does not move");
            let hint = "copy it from the new version, to where the new base looks for it";
            found.notes.push(Diagnostic::new(copy.destination.span.clone(), message).hint(hint));
        } else {
            shift.scan(text, &copy.destination.span, found);
        }
        let linked = ["/bin", "/sbin", "/lib", "/lib64"];
        if shift.merged_usr && target.chars().all(|c| c == '/') && !target.is_empty() {
            let message = "the new base has links at /bin, /sbin, /lib and /lib64: a directory of that name cannot be copied there";
            let hint = "where the sources hold one, move its content below usr/";
            found.notes.push(Diagnostic::new(copy.destination.span.clone(), message).hint(hint));
        }
        let is_linked = |directory: &&str| {
            target.strip_prefix(*directory).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        if shift.merged_usr && linked.iter().any(is_linked) {
            let at = copy.destination.span.start;
            if text[at..].starts_with(target) {
                found.edits.push(Edit::new(at..at, "/usr"));
            } else {
                let message = format!("`{target}` is behind a link in the new base");
                found
                    .notes
                    .push(Diagnostic::new(copy.destination.span.clone(), message).hint("copy to /usr"));
            }
        }
        for heredoc in copy.heredocs {
            let mut inside = Findings::default();
            shift.scan(text, &heredoc.body, &mut inside);
            for edit in inside.edits {
                let message = format!("the file written here names `{}`", &text[edit.span.clone()]);
                let hint = format!("`{}` in the new base", edit.replacement);
                found.notes.push(Diagnostic::new(edit.span, message).hint(hint));
            }
            found.notes.extend(inside.notes);
        }
    }

    /// Looks through an instruction line by line, comments left out.
    fn lines(&self, instruction: &Instruction<'a>, shift: &Shift, found: &mut Findings) {
        let text = self.file.text;
        let mut here = Findings::default();
        for line in packages::lines(text, &instruction.span) {
            if !text[line.clone()].trim_start().starts_with('#') {
                shift.scan(text, &line, &mut here);
            }
        }
        if let (Keyword::Run, Some((old, new))) = (instruction.keyword, &shift.debian) {
            let mut renames = Findings::default();
            packages::rename(text, &instruction.span, self.file.escape, (old, new), &mut renames);
            let covered = |span: &Span| {
                renames.edits.iter().any(|edit| edit.span.start <= span.start && span.end <= edit.span.end)
            };
            here.edits.retain(|edit| !covered(&edit.span));
            here.edits.append(&mut renames.edits);
            here.notes.append(&mut renames.notes);
        }
        // The image that is mounted from moves as a whole or not at all.
        for from in instruction.mounts().filter_map(|mount| mount.from()) {
            let inside = |span: &Span| from.span.start <= span.start && span.end <= from.span.end;
            here.edits.retain(|edit| !inside(&edit.span));
            here.notes.retain(|note| !inside(&note.span));
        }
        // Files of another stage or image that are mounted here are of its versions.
        let mounts =
            instruction.mounts().filter_map(|mount| Some((mount.span, mount.from()?, mount.source()?)));
        for (_, from, source) in mounts {
            let shifted = match self.stages.mount_source(from) {
                Base::Stage(index) => {
                    self.root(index).is_some_and(|other| other.shift.python == shift.python)
                }
                _ => false,
            };
            if !shifted {
                let inside = |span: &Span| source.span.start <= span.start && span.end <= source.span.end;
                let (kept, dropped): (Vec<_>, Vec<_>) =
                    here.edits.into_iter().partition(|edit| !inside(&edit.span));
                here.edits = kept;
                for edit in dropped {
                    let message = format!("the mounted `{}` may be of another version", source.value);
                    found.notes.push(Diagnostic::new(edit.span, message).hint("look into what is mounted"));
                }
            }
        }
        found.edits.append(&mut here.edits);
        found.notes.append(&mut here.notes);
    }

    /// Adds edits where no other edit is.
    fn add(&mut self, edits: Vec<Edit>) {
        let mut all = std::mem::take(&mut self.outcome.edits);
        all.extend(edits);
        all.sort_by_key(|edit| (edit.span.start, edit.span.end));
        all.dedup();
        self.outcome.edits = all;
    }

    /// Reads the result: each stage has to stand on what was planned, and nothing may be broken.
    fn verify(&mut self) {
        let text = self.file.text;
        let Ok(new) = apply(text, &self.outcome.edits) else {
            let message = "the changes of this file contradict each other".to_owned();
            self.unsure(&(0..0), message, "give each stage a build argument of its own");
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
                let message = "a build argument of this base is used for another one as well".to_owned();
                self.unsure(&stage.image.span, message, "give each base a build argument of its own");
                return;
            }
        }
        if let Some(problem) = file.problems.first() {
            let message = format!("the result would not be read: {}", problem.message);
            self.unsure(&(0..0), message, "change this file by hand");
        }
    }
}
