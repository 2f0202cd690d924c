//! What is to move, and where to: FROM and TO of the command line, read.

mod error;
mod selector;
mod spelling;

use std::collections::BTreeMap;
use std::fmt;

pub use error::RuleError;
use selector::Selector;
pub(super) use spelling::names_release;
use spelling::{has_word_of, same, spelt_like};

use crate::bases::{Catalogue, Release, Shell, TagState};
use crate::date::Date;
use crate::fleet::At;
use crate::fleet::model::Base;
use crate::fleet::words::Name;
use crate::image::ImageReference;

/// Which images move, and to what.
#[derive(Debug, Clone)]
pub struct Rule<'c> {
    pub(super) catalogue: &'c Catalogue,
    request: Request,
}

#[derive(Debug, Clone)]
enum Request {
    Move {
        sides: Box<[Selector; 2]>,
        /// Which image of the base moves, where FROM is a base and TO is one image.
        role: Option<Role>,
    },
    EndOfLife {
        today: Date,
    },
}

/// What an image of a base is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Builder stages stand on it.
    Build,
    /// The final stage stands on it.
    Run,
}

/// An image of a base of the description.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    /// The name of the base.
    pub(super) base: &'a str,
    /// What the image is there for.
    pub(super) role: Role,
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Build => "build",
            Self::Run => "run",
        })
    }
}

/// Where an image goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// Nowhere: it is not meant.
    NotMeant,
    /// To this image.
    To(ImageReference),
    /// It is meant, and nobody can say without a person where to.
    Unsure(String),
}

impl<'c> Rule<'c> {
    /// The rule that FROM and TO make; `bases` are those of the description, if there is one.
    pub fn new(
        from: &str,
        to: &str,
        bases: &BTreeMap<Name, At<Base>>,
        catalogue: &'c Catalogue,
    ) -> Result<Self, RuleError> {
        if from == to {
            return Err(RuleError::Same(to.to_owned()));
        }
        let from_side = Selector::read(from, bases, catalogue)?;
        let mut to_side = Selector::read(to, bases, catalogue)?;
        // `alpine:3.22` is a release, and an image where FROM is one.
        if let (Selector::Image(_) | Selector::Glob(_), Selector::Release(_), Ok(image)) =
            (&from_side, &to_side, to.parse())
            && to.contains(':')
        {
            to_side = Selector::Image(image);
        }
        match (&from_side, &to_side) {
            (Selector::Release(old), Selector::Release(new)) if old.distribution != new.distribution => {
                return Err(RuleError::Distributions { from: old.to_string(), to: new.to_string() });
            }
            (Selector::Release(old), Selector::Release(new)) if old == new => {
                return Err(RuleError::Same(new.to_string()));
            }
            (old, Selector::Glob(glob)) => {
                let wanted = if let Selector::Glob(old) = old { old.stars() } else { 0 };
                if glob.stars() != wanted {
                    let (from, to, count) = (from.to_owned(), to.to_owned(), glob.stars());
                    return Err(RuleError::Stars { from, to, count, wanted });
                }
            }
            (_, Selector::Image(image)) => is_usable(to, image, catalogue)?,
            _ => {}
        }
        let role = match (&from_side, &to_side) {
            (Selector::Base { name, build, run }, Selector::Image(to)) => {
                let allows_shell = bases.get(name).is_some_and(|base| base.allow_shell.is_some());
                let images = Box::new([build.clone(), run.clone()]);
                Some(role_of(to, allows_shell, catalogue).map_err(|why| RuleError::Either {
                    base: name.clone(),
                    to: Box::new(to.clone()),
                    why,
                    images,
                })?)
            }
            _ => None,
        };
        Ok(Self { catalogue, request: Request::Move { sides: Box::new([from_side, to_side]), role } })
    }

    /// How FROM was read, if it is the name of a base and of an image as well.
    pub fn reading(&self) -> Option<String> {
        let Request::Move { sides, role } = &self.request else { return None };
        let Selector::Base { name, build, run } = &sides[0] else { return None };
        let image: ImageReference = name.as_str().parse().ok()?;
        self.catalogue.find(&image)?;
        let moved = match role {
            Some(Role::Build) => format!("its build image {build} moves"),
            Some(Role::Run) => format!("its run image {run} moves"),
            None => "both its images move".to_owned(),
        };
        Some(format!(
            "`{name}` is the base of that name, and {moved}; write `docker.io/{}` for the image, wherever it is",
            image.repository()
        ))
    }

    /// The rule that moves what is past its end of life to its successor.
    pub fn end_of_life(today: Date, catalogue: &'c Catalogue) -> Self {
        Self { catalogue, request: Request::EndOfLife { today } }
    }

    /// Where an image goes.
    pub fn target(&self, image: &ImageReference) -> Target {
        let target = match &self.request {
            Request::EndOfLife { today } => self.successor(image, *today),
            Request::Move { sides, role } => match (&sides[0], role) {
                (Selector::Base { build, .. }, Some(Role::Build)) if !same(build, image) => Target::NotMeant,
                (Selector::Base { run, .. }, Some(Role::Run)) if !same(run, image) => Target::NotMeant,
                _ => self.moved(image, &sides[0], &sides[1]),
            },
        };
        Self::settled(image, target)
    }

    /// Where an image of a base of the description goes: a base that is named moves alone, and each of its images to
    /// one that is there for the same.
    pub(super) fn target_in(&self, place: Place<'_>, image: &ImageReference) -> Target {
        let Request::Move { sides, role } = &self.request else { return self.target(image) };
        let [from, to] = &**sides;
        if let Selector::Base { name, .. } = from
            && (name.as_str() != place.base || role.is_some_and(|role| role != place.role))
        {
            return Target::NotMeant;
        }
        let Selector::Base { build, run, .. } = to else { return self.target(image) };
        if from.matches(image, self.catalogue).is_none() {
            return Target::NotMeant;
        }
        let to = match place.role {
            Role::Build => build,
            Role::Run => run,
        };
        Self::settled(image, Target::To(to.clone()))
    }

    fn settled(image: &ImageReference, target: Target) -> Target {
        match target {
            Target::To(to) if to == *image => Target::NotMeant,
            Target::To(_) if image.tag().is_none() && image.digest().is_some() => {
                Target::Unsure("it has a digest but no tag".to_owned())
            }
            other => other,
        }
    }

    /// The release that moves, if a text that is no reference by itself names it.
    pub(super) fn may_mean(&self, text: &str) -> Option<&Release> {
        match &self.request {
            Request::EndOfLife { today } => {
                let mut ended = self.catalogue.releases().filter(|release| release.eol < *today);
                ended.find(|release| release.is_named_in(text))
            }
            Request::Move { sides, .. } => match &sides[0] {
                Selector::Release(release) => release.is_named_in(text).then_some(release),
                _ => None,
            },
        }
    }

    /// What to say of an image that stands on the release that moves, and does not name it: its maintainers move it.
    pub(super) fn moved_by_others(&self, image: &ImageReference) -> Option<String> {
        let Request::Move { sides, .. } = &self.request else { return None };
        let Selector::Release(from) = &sides[0] else { return None };
        let release = self.catalogue.unnamed_release(image).filter(|release| *release == from)?;
        (self.target(image) == Target::NotMeant && self.catalogue.find(image)?.entry != release.distribution)
            .then(|| format!("`{image}` is based on {release} without naming it: its maintainers move it"))
    }

    fn successor(&self, image: &ImageReference, today: Date) -> Target {
        if self.catalogue.find(image).is_none() {
            // An image that nobody knows and that names a release past its end is not passed over.
            let mut ended = self.catalogue.releases().filter(|release| release.eol < today);
            return match ended.find(|release| has_word_of(image, release)) {
                Some(release) => Target::Unsure(format!(
                    "it names {release}, past its end of life since {}, and the image is not in the catalogue",
                    release.eol
                )),
                None => Target::NotMeant,
            };
        }
        let Some(end) = self.catalogue.find(image).and_then(|base| base.eol).filter(|end| end.is_past(today))
        else {
            return Target::NotMeant;
        };
        match self.catalogue.successor(image) {
            Some(successor) => Target::To(successor),
            None => Target::Unsure(format!(
                "past its end of life since {}, and no successor of this tag is known",
                end.when()
            )),
        }
    }

    fn moved(&self, image: &ImageReference, from: &Selector, to: &Selector) -> Target {
        let base = self.catalogue.find(image);
        if let Selector::Release(release) = from
            && base.as_ref().is_none_or(|base| base.tag == TagState::Unknown && base.release.is_none())
            && has_word_of(image, release)
        {
            let unknown = if base.is_none() { "image" } else { "tag" };
            return Target::Unsure(format!("it names {release}, but the {unknown} is not in the catalogue"));
        }
        let Some(stars) = from.matches(image, self.catalogue) else { return Target::NotMeant };
        match to {
            Selector::Release(release) => self.on_release(image, release, from),
            Selector::Base { build, run, .. } => match from {
                Selector::Base { build: old, .. } if same(old, image) => Target::To(build.clone()),
                _ => Target::To(run.clone()),
            },
            Selector::Glob(glob) => match glob.fill(&stars).parse::<ImageReference>() {
                Ok(to) => self.tagged(image, &to),
                Err(error) => Target::Unsure(error.to_string()),
            },
            Selector::Image(to) => match self.tagged(image, to) {
                Target::To(to) => Target::To(spelt_like(image, to)),
                other => other,
            },
        }
    }

    fn on_release(&self, image: &ImageReference, release: &Release, from: &Selector) -> Target {
        if let Some(to) = self.catalogue.on_release(image, &release.name) {
            return Target::To(to);
        }
        let base = self.catalogue.find(image);
        let version = base.as_ref().and_then(|base| base.version.as_deref());
        let stands_on = base.as_ref().and_then(|base| base.release.clone());
        // `debian:13-slim`: the version is the release.
        if stands_on.as_ref().is_some_and(|old| version == Some(&old.version))
            && let Some(to) = self.catalogue.variant(image, Some(&release.version), None)
            && self.catalogue.find(&to).is_some_and(|base| base.release.as_ref() == Some(release))
        {
            return Target::To(to);
        }
        if stands_on.as_ref() == Some(release) {
            return Target::NotMeant;
        }
        // An image that stands on the release without naming it moves when its maintainers move it.
        let named = stands_on.as_ref().is_some_and(|old| names_release(image, old));
        match from {
            Selector::Release(_) | Selector::Base { .. } if !named => Target::NotMeant,
            _ => Target::Unsure(format!("no version of it on {release} is known")),
        }
    }

    /// `to`, with the tag of `image` if it has none of its own and that one is published.
    fn tagged(&self, image: &ImageReference, to: &ImageReference) -> Target {
        let is_published = |candidate: &ImageReference| {
            self.catalogue.find(candidate).is_some_and(|base| base.tag == TagState::Published)
        };
        if to.tag().is_some() || to.digest().is_some() {
            return Target::To(to.clone());
        }
        let kept = image.tag().and_then(|tag| to.with_tag(tag).ok()).filter(is_published);
        Target::To(kept.unwrap_or_else(|| to.clone()))
    }
}

/// Refuses an image that cannot be moved to.
fn is_usable(text: &str, image: &ImageReference, catalogue: &Catalogue) -> Result<(), RuleError> {
    match catalogue.find(image) {
        Some(base) if base.tag == TagState::Unknown => {
            let meant = catalogue.misspelt(image).map(|meant| meant.to_string());
            Err(RuleError::Tag { image: Box::new(image.clone()), meant })
        }
        None if image.name().starts_with("gcr.io/distroless/") => {
            let nearest = catalogue.misspelt(image).map(|meant| meant.to_string());
            Err(RuleError::Unknown { text: text.to_owned(), nearest })
        }
        _ => Ok(()),
    }
}

/// What an image can be there for in a base, by whether it has a shell; the error is why that does not tell.
fn role_of(image: &ImageReference, allows_shell: bool, catalogue: &Catalogue) -> Result<Role, &'static str> {
    match catalogue.find(image).and_then(|base| base.shell) {
        Some(Shell::None) => Ok(Role::Run),
        Some(Shell::Path(_)) if allows_shell => Err("does not matter, as the base has `allow_shell`"),
        Some(Shell::Path(_)) => Ok(Role::Build),
        None => Err("is not known"),
    }
}
