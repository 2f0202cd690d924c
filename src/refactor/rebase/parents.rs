//! Dockerfiles that build on images which other Dockerfiles of the run make.

use std::collections::HashMap;
use std::sync::Arc;

use super::builds::Builds;
use super::handwritten::Outcome;
use super::moves::Movement;
use super::shift::{Findings, Shift};
use super::{Language, SourceFile, packages};
use crate::diagnostic::Diagnostic;
use crate::dockerfile::{Base, Dockerfile, Instruction, Keyword, Stages};
use crate::image::ImageReference;

/// Lists what stands on an image whose Dockerfile moves: its packages and paths are those of the new base then.
pub(super) fn follow(files: &[SourceFile], builds: &Builds<'_>, outcomes: &mut [Outcome]) {
    let moves = |index: usize| {
        let outcome = &outcomes[index];
        outcome.moves.last().filter(|_| outcome.unsure.is_empty() && outcome.faults.is_empty()).cloned()
    };
    let images = builds.images();
    let moved: HashMap<ImageReference, (usize, Arc<Movement>)> = images
        .into_iter()
        .filter_map(|(image, index)| Some((tagged(image), (index, moves(index)?))))
        .collect();
    if moved.is_empty() {
        return;
    }
    for (index, file) in files.iter().enumerate().filter(|(_, file)| file.language == Language::Dockerfile) {
        let text = Dockerfile::read(&file.text);
        let stages = Stages::of(&text);
        for stage in &stages.stages {
            let Base::Image(image) = &stage.base else { continue };
            let Some((parent, movement)) =
                moved.get(&tagged(image.clone())).filter(|(parent, _)| *parent != index)
            else {
                continue;
            };
            let message =
                format!("`{image}` is built from {}, which moves to `{}`", files[*parent].path, movement.to);
            let hint = "check that the packages and paths in this file match it";
            let own = &mut outcomes[index].notes;
            own.push(Diagnostic::new(stage.image.span.clone(), message).hint(hint));
            own.extend(named(&text, stages.instructions(stage), &movement.shift));
        }
        outcomes[index].notes.sort_by_key(|note| note.span.start);
        outcomes[index].notes.dedup();
    }
}

/// What the instructions of a stage name of the old base: they do not move, as the image may also be built elsewhere.
fn named(file: &Dockerfile<'_>, instructions: &[Instruction<'_>], shift: &Shift) -> Vec<Diagnostic> {
    let mut found = Findings::default();
    for instruction in instructions {
        if matches!(instruction.keyword, Keyword::From | Keyword::Label | Keyword::User | Keyword::Expose) {
            continue;
        }
        for line in packages::lines(file.text, &instruction.span) {
            if !file.text[line.clone()].trim_start().starts_with('#') {
                shift.scan(file.text, &line, &mut found);
            }
        }
        if instruction.keyword == Keyword::Run {
            let installed = packages::installed(file.text, &instruction.span, file.escape, &|_| None);
            packages::moved(file.text, &installed, &shift.packages, &mut found);
        }
    }
    let edits = found.edits.into_iter().map(|edit| {
        let message =
            format!("`{}` is `{}` on the new base", &file.text[edit.span.clone()], edit.replacement);
        Diagnostic::new(edit.span, message).hint("change it when the image is built anew")
    });
    edits.chain(found.notes).collect()
}

/// An image without a tag is its newest.
fn tagged(image: ImageReference) -> ImageReference {
    match image.tag() {
        None => image.with_tag("latest").unwrap_or(image),
        Some(_) => image,
    }
}
