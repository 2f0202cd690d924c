//! Dockerfiles that build on images which other Dockerfiles of the run make.

use std::collections::HashMap;
use std::sync::Arc;

use super::builds::Builds;
use super::handwritten::Outcome;
use super::moves::Movement;
use super::shift::{Findings, Shift};
use super::{Language, SourceFile, lost, needs, packages, slim};
use crate::bases::Catalogue;
use crate::diagnostic::Diagnostic;
use crate::dockerfile::{Base, Dockerfile, Instruction, Keyword, Stage, Stages};
use crate::image::ImageReference;

/// Lists what stands on an image whose Dockerfile moves: its packages and paths are those of the new base then.
pub(super) fn follow(
    files: &[SourceFile],
    builds: &Builds<'_>,
    catalogue: &Catalogue,
    outcomes: &mut [Outcome],
) {
    let moves = |index: usize| {
        let outcome = &outcomes[index];
        outcome.moves.last().filter(|_| outcome.unsure.is_empty() && outcome.faults.is_empty()).cloned()
    };
    let images: HashMap<ImageReference, usize> =
        builds.images().into_iter().map(|(image, index)| (tagged(image), index)).collect();
    let directories = directories(files);
    let parent = |image: &ImageReference| {
        let named = || directories.get(image.short_name()).copied().flatten();
        let is_own = image.name().contains('/') && catalogue.find(image).is_none();
        images.get(&tagged(image.clone())).copied().or_else(|| is_own.then(named)?)
    };
    // The Dockerfiles whose image moves: their own base, or one that another of them makes.
    let mut moved: HashMap<usize, Arc<Movement>> =
        (0..files.len()).filter_map(|index| Some((index, moves(index)?))).collect();
    if moved.is_empty() {
        return;
    }
    let lasts: Vec<Option<usize>> = files
        .iter()
        .map(|file| parent(&last(&file.text).filter(|_| file.language == Language::Dockerfile)?))
        .collect();
    loop {
        let heirs = lasts.iter().enumerate().filter(|(index, _)| !moved.contains_key(index));
        let more: Vec<_> =
            heirs.filter_map(|(index, parent)| Some((index, Arc::clone(moved.get(&(*parent)?)?)))).collect();
        if more.is_empty() {
            break;
        }
        moved.extend(more);
    }
    for (index, file) in files.iter().enumerate().filter(|(_, file)| file.language == Language::Dockerfile) {
        let text = Dockerfile::read(&file.text);
        let stages = Stages::of(&text);
        for stage in &stages.stages {
            let Base::Image(image) = &stage.base else { continue };
            let Some(from) = parent(image).filter(|from| *from != index) else { continue };
            let Some(movement) = moved.get(&from) else { continue };
            let message =
                format!("`{image}` is built from {}, which moves to `{}`", files[from].path, movement.to);
            let hint = "check that the packages and paths in this file match it";
            let own = &mut outcomes[index].notes;
            own.push(Diagnostic::new(stage.image.span.clone(), message).hint(hint));
            own.extend(broken(&text, stage, stages.instructions(stage), movement));
            own.extend(named(&text, stages.instructions(stage), &movement.shift));
        }
        outcomes[index].notes.sort_by_key(|note| note.span.start);
        outcomes[index].notes.dedup();
    }
}

/// The Dockerfiles by the name of their directory, which is that of their image as a rule: `images/base-notebook/` makes
/// `quay.io/acme/base-notebook`. Of two in directories of one name, none is meant.
fn directories(files: &[SourceFile]) -> HashMap<&str, Option<usize>> {
    let mut found: HashMap<&str, Option<usize>> = HashMap::new();
    for (index, file) in files.iter().enumerate().filter(|(_, file)| file.language == Language::Dockerfile) {
        let mut parts = file.path.rsplit('/');
        if let (Some("Dockerfile" | "Containerfile"), Some(directory)) = (parts.next(), parts.next()) {
            found.entry(directory).and_modify(|one| *one = None).or_insert(Some(index));
        }
    }
    found
}

/// The image that the last stage of a Dockerfile is based on, by way of other stages.
fn last(text: &str) -> Option<ImageReference> {
    let file = Dockerfile::read(text);
    let stages = Stages::of(&file);
    let mut index = stages.stages.len().checked_sub(1)?;
    loop {
        match &stages.stages[index].base {
            Base::Stage(below) => index = *below,
            Base::Image(image) => return Some(tagged(image.clone())),
            _ => return None,
        }
    }
}

/// What a stage needs of the old base, and the new one does not have.
fn broken(
    file: &Dockerfile<'_>,
    stage: &Stage<'_>,
    instructions: &[Instruction<'_>],
    movement: &Movement,
) -> Vec<Diagnostic> {
    let mut found = Findings::default();
    if let Some(releases) = movement.releases() {
        lost::notes(file, instructions, releases, &mut found);
    }
    found.notes.extend(needs::faults(movement, stage, instructions));
    found.notes.extend(needs::refused_pip(movement, instructions, file.text));
    found.notes.extend(slim::notes(movement, file, instructions));
    found.notes
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
