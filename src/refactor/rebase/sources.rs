//! The images that a Dockerfile stands on and takes from.

use std::collections::BTreeSet;

use crate::bases::Catalogue;
use crate::dockerfile::{Base, Dockerfile, Instruction, Stages, Word};
use crate::image::ImageReference;

/// The words that name a stage or image outside of FROM.
pub(super) fn sources<'i, 'a>(
    stages: &Stages<'_, 'a>,
    instruction: &'i Instruction<'a>,
) -> impl Iterator<Item = (&'i Word<'a>, Base)> {
    let copied =
        instruction.as_copy().and_then(|copy| copy.from).map(|from| (from, stages.copy_source(from)));
    let mounted: Vec<_> = instruction
        .mounts()
        .filter_map(|mount| mount.from())
        .map(|from| (from, stages.mount_source(from)))
        .collect();
    copied.into_iter().chain(mounted)
}

/// The images that a Dockerfile builds on or copies from. A bare name to copy from may be a context that
/// the build is given, so it counts only if it is known.
pub(super) fn images(text: &str, catalogue: &Catalogue) -> BTreeSet<ImageReference> {
    let file = Dockerfile::read(text);
    let stages = Stages::of(&file);
    let bases = stages.stages.iter().map(|stage| stage.base.clone());
    let copied = file.instructions.iter().flat_map(|instruction| {
        let instruction = instruction.trigger.as_deref().unwrap_or(instruction);
        sources(&stages, instruction).map(|(_, base)| base)
    });
    let image = |base| if let Base::Image(image) = base { Some(image) } else { None };
    let is_one = |image: &ImageReference| {
        image.tag().is_some() || image.name().contains('/') || catalogue.find(image).is_some()
    };
    bases.filter_map(image).chain(copied.filter_map(image).filter(is_one)).collect()
}
