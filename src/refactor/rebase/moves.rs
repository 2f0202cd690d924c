//! One image to another: what that is, what it changes, and what it means for the files around it.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use super::rule::{Place, Rule, Target};
use super::shift::Shift;
use crate::bases::{Base, Catalogue, Change, Release, changes};
use crate::diagnostic::{Diagnostic, Span};
use crate::image::ImageReference;

/// An image that moves, with what is known of both sides.
#[derive(Debug)]
pub(super) struct Movement {
    pub(super) from: ImageReference,
    pub(super) to: ImageReference,
    pub(super) old: Option<Base>,
    pub(super) new: Option<Base>,
    pub(super) changes: Vec<Change>,
    pub(super) shift: Shift,
}

/// Where an image goes, looked up.
#[derive(Debug, Clone)]
pub(super) enum Fate {
    Stays,
    Moves(Arc<Movement>),
    Unsure(String),
}

/// Looks up where images go, and each of them once.
pub(super) struct Mover<'r, 'c> {
    pub(super) rule: &'r Rule<'c>,
    fates: RefCell<HashMap<ImageReference, Fate>>,
    bases: RefCell<HashMap<ImageReference, Option<Arc<Base>>>>,
    movements: RefCell<HashMap<(ImageReference, ImageReference), Arc<Movement>>>,
}

impl<'r, 'c> Mover<'r, 'c> {
    pub(super) fn new(rule: &'r Rule<'c>) -> Self {
        Self { rule, fates: RefCell::default(), bases: RefCell::default(), movements: RefCell::default() }
    }

    /// Where an image goes.
    pub(super) fn fate(&self, image: &ImageReference) -> Fate {
        if let Some(fate) = self.fates.borrow().get(image) {
            return fate.clone();
        }
        let fate = self.fate_of(image, self.rule.target(image));
        self.fates.borrow_mut().insert(image.clone(), fate.clone());
        fate
    }

    /// Where an image of a base of the description goes.
    pub(super) fn fate_in(&self, place: Place<'_>, image: &ImageReference) -> Fate {
        self.fate_of(image, self.rule.target_in(place, image))
    }

    fn fate_of(&self, image: &ImageReference, target: Target) -> Fate {
        match target {
            Target::NotMeant => Fate::Stays,
            Target::Unsure(reason) => Fate::Unsure(reason),
            Target::To(to) => Fate::Moves(self.movement(image, &to)),
        }
    }

    /// What is known of an image.
    pub(super) fn base(&self, image: &ImageReference) -> Option<Arc<Base>> {
        let lookup = || self.rule.catalogue.find(image).map(Arc::new);
        self.bases.borrow_mut().entry(image.clone()).or_insert_with(lookup).clone()
    }

    /// The move from one image to another.
    pub(super) fn movement(&self, from: &ImageReference, to: &ImageReference) -> Arc<Movement> {
        let lookup = || {
            let (old, new) = (self.rule.catalogue.find(from), self.rule.catalogue.find(to));
            let (changes, shift) = match (&old, &new) {
                (Some(old), Some(new)) => (changes(old, new), Shift::between(old, new)),
                _ => (Vec::new(), Shift::default()),
            };
            Arc::new(Movement { from: from.clone(), to: to.clone(), old, new, changes, shift })
        };
        let key = (from.clone(), to.clone());
        Arc::clone(self.movements.borrow_mut().entry(key).or_insert_with(lookup))
    }

    /// Where a neighbour of images that move has to go to match them: the same interpreter version,
    /// the same release.
    pub(super) fn companion(
        &self,
        image: &ImageReference,
        leaders: &[Arc<Movement>],
    ) -> Option<ImageReference> {
        self.companion_of(image, &self.fate(image), leaders)
    }

    /// The same, where it is known where the image itself goes.
    pub(super) fn companion_of(
        &self,
        image: &ImageReference,
        fate: &Fate,
        leaders: &[Arc<Movement>],
    ) -> Option<ImageReference> {
        let catalogue = self.rule.catalogue;
        let own = match fate {
            Fate::Moves(movement) => movement.to.clone(),
            Fate::Stays => {
                let release = self.base(image)?.release.clone();
                let leader = leaders.iter().find_map(|leader| leader.release_after(release.as_ref()?));
                leader.and_then(|name| catalogue.on_release(image, name)).unwrap_or_else(|| image.clone())
            }
            Fate::Unsure(_) => return None,
        };
        let before = self.base(image)?;
        let after = self.base(&own)?;
        let version = leaders.iter().find_map(|leader| {
            let (old, new) = leader.versions()?;
            let same = |base: &Base, version: &str| {
                base.interpreter(&leader.language()?).map(|own| own.version.as_deref() == Some(version))
            };
            (same(&before, &old)? && !same(&after, &new)?).then_some(new)
        });
        let matched =
            version.and_then(|version| catalogue.variant(&own, Some(&version), None)).unwrap_or(own);
        (matched != *image).then_some(matched)
    }
}

impl Movement {
    /// What to say at `place` if the image that it leads to was never published: its version ended before the
    /// release came out, or a later one was the first to stand on it.
    pub(super) fn leads_nowhere(&self, catalogue: &Catalogue, place: &Span) -> Option<Diagnostic> {
        let reason = catalogue.never_published(&self.to)?;
        let message = format!("there is no `{}`: {reason}", self.to);
        Some(
            Diagnostic::new(place.clone(), message)
                .hint("move by hand to a version that is published for it"),
        )
    }

    /// Whether it leads from what is known to what is not.
    pub(super) fn is_blind(&self, catalogue: &Catalogue) -> bool {
        self.old.is_some() && (self.new.is_none() || !catalogue.lists_version_of(&self.to))
    }

    /// The releases of one distribution that it leads from and to.
    pub(super) fn releases(&self) -> Option<(&Release, &Release)> {
        self.changes.iter().find_map(|change| match change {
            Change::Release { from, to } if from.distribution == to.distribution => Some((from, to)),
            _ => None,
        })
    }

    /// The release that this move leads to, if it leaves the given one.
    fn release_after(&self, release: &crate::bases::Release) -> Option<&str> {
        let (old, new) = (self.old.as_ref()?.release.as_ref()?, self.new.as_ref()?.release.as_ref()?);
        (old == release && old != new).then_some(new.name.as_str())
    }

    fn interpreters(&self) -> Option<(&crate::bases::Interpreter, &crate::bases::Interpreter)> {
        let (old, new) = (self.old.as_ref()?, self.new.as_ref()?);
        old.interpreters.iter().find_map(|old| Some((old, new.interpreter(&old.name)?)))
    }

    pub(super) fn language(&self) -> Option<String> {
        Some(self.interpreters()?.0.name.clone())
    }

    /// The versions of the interpreter before and after, if they differ.
    pub(super) fn versions(&self) -> Option<(String, String)> {
        let (old, new) = self.interpreters()?;
        let (old, new) = (old.version.clone()?, new.version.clone()?);
        (old != new).then_some((old, new))
    }
}
