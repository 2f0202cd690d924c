//! What is to move, and where to: FROM and TO of the command line, read.

use std::collections::BTreeMap;

use super::glob::Glob;
use crate::bases::{Catalogue, Release, TagState};
use crate::date::Date;
use crate::diagnostic::nearest;
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
    Move(Box<[Selector; 2]>),
    EndOfLife { today: Date },
}

/// One side of a move.
#[derive(Debug, Clone)]
enum Selector {
    /// A release of a distribution: every image that stands on it.
    Release(Release),
    /// The two images of a base of the description.
    Base { build: ImageReference, run: ImageReference },
    /// Every image of a form.
    Glob(Glob),
    /// One image; without a tag, all its tags.
    Image(ImageReference),
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

/// Why FROM or TO cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// It is no base, no release, no known image and no pattern.
    #[error("`{text}` is no base of the description, no release and no known image")]
    Unknown {
        /// What was given.
        text: String,
        /// What may be meant.
        nearest: Option<String>,
    },
    /// It cannot be read as an image reference.
    #[error("`{text}` is no base, no release and no image: {cause}")]
    NotAnImage {
        /// What was given.
        text: String,
        /// Why not.
        cause: String,
    },
    /// The image is known, and this tag of it is not published.
    #[error("`{0}` is not published: the image has no such tag")]
    Tag(ImageReference),
    /// The two are not of one distribution.
    #[error("{from} and {to} are releases of two distributions")]
    Distributions {
        /// Before.
        from: String,
        /// After.
        to: String,
    },
    /// The pattern of TO has other holes than that of FROM.
    #[error("`{to}` has {count} `*`, and `{from}` has {wanted}")]
    Stars {
        /// Before.
        from: String,
        /// After.
        to: String,
        /// How many stars TO has.
        count: usize,
        /// How many FROM has.
        wanted: usize,
    },
    /// FROM and TO are the same.
    #[error("`{0}` is where it stands already")]
    Same(String),
}

impl RuleError {
    /// What to do about it, in one line.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Unknown { nearest: Some(name), .. } => Some(format!("did you mean `{name}`?")),
            Self::Unknown { .. } => {
                Some("`dockwright bases` lists what is known; an image of your own is written with its registry or a tag".to_owned())
            }
            Self::Tag(_) => Some("`dockwright bases` lists the tags that are published".to_owned()),
            Self::Stars { .. } => Some("each `*` of TO stands for what the same `*` of FROM holds".to_owned()),
            _ => None,
        }
    }
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
        let to_side = Selector::read(to, bases, catalogue)?;
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
        Ok(Self { catalogue, request: Request::Move(Box::new([from_side, to_side])) })
    }

    /// The rule that moves what is past its end of life to its successor.
    pub fn end_of_life(today: Date, catalogue: &'c Catalogue) -> Self {
        Self { catalogue, request: Request::EndOfLife { today } }
    }

    /// Where an image goes.
    pub fn target(&self, image: &ImageReference) -> Target {
        let target = match &self.request {
            Request::EndOfLife { today } => self.successor(image, *today),
            Request::Move(sides) => self.moved(image, &sides[0], &sides[1]),
        };
        match target {
            Target::To(to) if to == *image => Target::NotMeant,
            Target::To(_) if image.tag().is_none() && image.digest().is_some() => {
                Target::Unsure("a digest alone does not say which tag it was".to_owned())
            }
            other => other,
        }
    }

    fn successor(&self, image: &ImageReference, today: Date) -> Target {
        if self.catalogue.find(image).is_none() {
            // An image that nobody knows and that names a release past its end is not passed over.
            let mut ended = self.catalogue.releases().filter(|release| release.eol < today);
            return match ended.find(|release| has_word_of(image, release)) {
                Some(release) => Target::Unsure(format!(
                    "it names {release}, past its end of life since {}, and the catalogue does not know the image",
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
                "past its end of life since {} ({}), and no successor of this tag is known",
                end.date, end.of
            )),
        }
    }

    fn moved(&self, image: &ImageReference, from: &Selector, to: &Selector) -> Target {
        if let Selector::Release(release) = from
            && self.catalogue.find(image).is_none()
            && has_word_of(image, release)
        {
            return Target::Unsure(format!("it names {release}, and the catalogue does not know the image"));
        }
        let Some(stars) = from.matches(image, self.catalogue) else { return Target::NotMeant };
        match to {
            Selector::Release(release) => self.on_release(image, release, from),
            Selector::Base { build, run } => match from {
                Selector::Base { build: old, .. } if same(old, image) => Target::To(build.clone()),
                _ => Target::To(run.clone()),
            },
            Selector::Glob(glob) => match glob.fill(&stars).parse::<ImageReference>() {
                Ok(to) => self.tagged(image, &to),
                Err(error) => Target::Unsure(error.to_string()),
            },
            Selector::Image(to) => self.tagged(image, to),
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
            _ => Target::Unsure(format!("it is not known on {release}")),
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

impl Selector {
    fn read(text: &str, bases: &BTreeMap<Name, At<Base>>, catalogue: &Catalogue) -> Result<Self, RuleError> {
        if let Some((_, base)) = bases.iter().find(|(name, _)| name.as_str() == text) {
            return Ok(Self::Base { build: base.build.clone(), run: base.run.clone() });
        }
        if let Some(release) = catalogue.release(text) {
            return Ok(Self::Release(release.clone()));
        }
        if text.contains('*') {
            return Ok(Self::Glob(Glob::new(text)));
        }
        let image: ImageReference = text
            .parse()
            .map_err(|error| RuleError::NotAnImage { text: text.to_owned(), cause: format!("{error}") })?;
        let is_bare = image.tag().is_none() && image.digest().is_none() && !text.contains('/');
        if is_bare && catalogue.find(&image).is_none() {
            let numbered: Vec<String> = catalogue
                .releases()
                .map(|release| format!("{}{}", release.distribution, release.version))
                .collect();
            let names = catalogue.releases().map(|release| release.name.as_str());
            let known =
                bases.keys().map(Name::as_str).chain(names).chain(numbered.iter().map(String::as_str));
            let nearest = nearest(text, known).map(str::to_owned);
            return Err(RuleError::Unknown { text: text.to_owned(), nearest });
        }
        Ok(Self::Image(image))
    }

    /// What the stars hold if an image is meant; without stars, nothing.
    fn matches(&self, image: &ImageReference, catalogue: &Catalogue) -> Option<Vec<String>> {
        let is_meant = match self {
            Self::Release(release) => catalogue.find(image)?.release.as_ref() == Some(release),
            Self::Base { build, run } => same(build, image) || same(run, image),
            Self::Glob(glob) => {
                // A pattern without a tag means all tags.
                let text = image.without_digest().to_string();
                return glob.matches(&text).or_else(|| glob.matches(image.name()));
            }
            Self::Image(wanted) => {
                same_name(wanted, image)
                    && wanted.tag().is_none_or(|tag| image.tag() == Some(tag))
                    && wanted.digest().is_none_or(|digest| image.digest() == Some(digest))
            }
        };
        is_meant.then(Vec::new)
    }
}

/// Refuses an image that cannot be moved to.
fn is_usable(text: &str, image: &ImageReference, catalogue: &Catalogue) -> Result<(), RuleError> {
    match catalogue.find(image) {
        Some(base) if base.tag == TagState::Unknown => Err(RuleError::Tag(image.clone())),
        None if image.name().starts_with("gcr.io/distroless/") => {
            Err(RuleError::Unknown { text: text.to_owned(), nearest: None })
        }
        _ => Ok(()),
    }
}

/// Whether a reference names its release, by name or by number.
pub(super) fn names_release(image: &ImageReference, release: &Release) -> bool {
    let text = image.to_string();
    let numbered = ["", ":"].map(|colon| format!("{}{colon}{}", release.distribution, release.version));
    text.contains(&release.name) || numbered.iter().any(|number| text.contains(number.as_str()))
}

/// Whether a part of a reference is the release's name or number: `mirror.local/python:3.11-bookworm`.
fn has_word_of(image: &ImageReference, release: &Release) -> bool {
    let numbered = format!("{}{}", release.distribution, release.version);
    let text = format!("{}:{}", image.repository(), image.tag().unwrap_or_default());
    text.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| word == release.name || word == numbered)
}

fn same(one: &ImageReference, other: &ImageReference) -> bool {
    same_name(one, other) && one.tag() == other.tag()
}

/// Whether two names mean one repository: `python` is `docker.io/library/python`.
fn same_name(one: &ImageReference, other: &ImageReference) -> bool {
    let registry = |image: &ImageReference| match image.registry() {
        None | Some("index.docker.io" | "registry-1.docker.io") => "docker.io".to_owned(),
        Some(registry) => registry.to_owned(),
    };
    one.repository() == other.repository() && registry(one) == registry(other)
}
