//! What is to move, and where to: FROM and TO of the command line, read.

use std::collections::BTreeMap;
use std::fmt;

use super::glob::Glob;
use crate::bases::{Catalogue, Release, Shell, TagState, short_name};
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

/// One side of a move.
#[derive(Debug, Clone)]
enum Selector {
    /// A release of a distribution: every image that stands on it.
    Release(Release),
    /// The two images of a base of the description.
    Base { name: Name, build: ImageReference, run: ImageReference },
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
    #[error("`{text}` is not a base of services.toml, a release or a known image")]
    Unknown {
        /// What was given.
        text: String,
        /// What may be meant.
        nearest: Option<String>,
    },
    /// It is a release that is newer than the catalogue.
    #[error("`{text}` is not a release in the catalogue")]
    NewRelease {
        /// What was given.
        text: String,
        /// The newest that is known.
        newest: String,
    },
    /// FROM is a base, and nothing says which of its two images TO is for.
    #[error("`{to}` may be for either image of the base `{base}`: whether it has a shell {why}")]
    Either {
        /// The base.
        base: Name,
        /// The image to move to.
        to: Box<ImageReference>,
        /// Why that does not tell.
        why: &'static str,
        /// The two images.
        images: Box<[ImageReference; 2]>,
    },
    /// It cannot be read as an image reference.
    #[error("`{text}` is not a base, a release or an image: {cause}")]
    NotAnImage {
        /// What was given.
        text: String,
        /// Why not.
        cause: String,
    },
    /// The image is known, and this tag of it is not published.
    #[error("`{image}` is not published: the image has no such tag")]
    Tag {
        /// What was given.
        image: Box<ImageReference>,
        /// What may be meant.
        meant: Option<String>,
    },
    /// The two are not of one distribution.
    #[error("{from} and {to} are releases of different distributions")]
    Distributions {
        /// Before.
        from: String,
        /// After.
        to: String,
    },
    /// The pattern of TO has other holes than that of FROM.
    #[error("`{to}` has {count} `*`, but `{from}` has {wanted}")]
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
    #[error("FROM and TO are both `{0}`")]
    Same(String),
}

impl RuleError {
    /// What to do about it, in one line.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Unknown { nearest: Some(name), .. } => Some(format!("did you mean `{name}`?")),
            Self::Unknown { .. } => {
                Some("`dockwright bases` lists the known images; write an image of your own with its registry or a tag".to_owned())
            }
            Self::Tag { meant: Some(meant), .. } => Some(format!("did you mean `{meant}`?")),
            Self::Tag { .. } => Some("`dockwright bases` lists the tags that are published".to_owned()),
            Self::NewRelease { newest, .. } => Some(format!("the newest is `{newest}`")),
            Self::Either { to, images, .. } => {
                let [build, run] = &**images;
                Some(format!("`dockwright rebase {build} {to}` moves the build image, and `dockwright rebase {run} {to}` the run image"))
            }
            Self::Stars { .. } => Some("each `*` of TO is replaced by what the same `*` of FROM matches".to_owned()),
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
                "past its end of life since {} ({}), and no successor of this tag is known",
                end.date, end.of
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

impl Selector {
    fn read(text: &str, bases: &BTreeMap<Name, At<Base>>, catalogue: &Catalogue) -> Result<Self, RuleError> {
        if let Some((name, base)) = bases.iter().find(|(name, _)| name.as_str() == text) {
            return Ok(Self::Base { name: name.clone(), build: base.build.clone(), run: base.run.clone() });
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
            return Err(unknown(text, bases, catalogue));
        }
        Ok(Self::Image(image))
    }

    /// What the stars hold if an image is meant; without stars, nothing.
    fn matches(&self, image: &ImageReference, catalogue: &Catalogue) -> Option<Vec<String>> {
        let is_meant = match self {
            Self::Release(release) => catalogue.find(image)?.release.as_ref() == Some(release),
            Self::Base { build, run, .. } => same(build, image) || same(run, image),
            Self::Glob(glob) => {
                // A pattern without a tag means all tags.
                let text = image.without_digest().to_string();
                return glob.matches(&text).or_else(|| glob.matches(image.name()));
            }
            Self::Image(wanted) => {
                (same_name(wanted, image) || mirrors(image, wanted))
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

/// A word that means nothing, and what may be meant by it.
fn unknown(text: &str, bases: &BTreeMap<Name, At<Base>>, catalogue: &Catalogue) -> RuleError {
    let letters = text.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    let number = &text[letters.len()..];
    let of_distribution = catalogue.releases().filter(|release| release.distribution == letters);
    if let Some(newest) = of_distribution.max_by_key(|release| release.released)
        && !number.is_empty()
        && numbers(number) > numbers(&newest.version)
    {
        let newest = format!("{letters}{}", newest.version);
        return RuleError::NewRelease { text: text.to_owned(), newest };
    }
    let text = text.to_owned();
    if let Some(image) = numbered(&text, letters, number, catalogue) {
        return RuleError::Unknown { text, nearest: Some(image) };
    }
    let releases: Vec<String> =
        catalogue.releases().map(|release| format!("{}{}", release.distribution, release.version)).collect();
    let names = catalogue.releases().map(|release| release.name.as_str());
    let known = bases.keys().map(Name::as_str).chain(names).chain(releases.iter().map(String::as_str));
    // Another number is another release.
    let same_number = known.filter(|name| number.is_empty() || name.ends_with(number));
    RuleError::Unknown { nearest: nearest(&text, same_number).map(str::to_owned), text }
}

/// The image that is meant by a name with a version: `nodejs24` of distroless, `node24` of Docker Hub.
fn numbered(text: &str, letters: &str, number: &str, catalogue: &Catalogue) -> Option<String> {
    if number.is_empty() {
        return None;
    }
    let start = format!("{text}-");
    let names = catalogue.names_of_images();
    let of_text =
        names.iter().filter(|name| name.rsplit('/').next().is_some_and(|last| last.starts_with(&start)));
    of_text.max().cloned().or_else(|| {
        let image: ImageReference = format!("{letters}:{number}").parse().ok()?;
        catalogue.find(&image).filter(|base| base.tag == TagState::Published).map(|_| image.to_string())
    })
}

fn numbers(version: &str) -> Vec<u32> {
    version.split('.').map_while(|part| part.parse().ok()).collect()
}

/// Whether a reference names its release, by name or by number.
pub(super) fn names_release(image: &ImageReference, release: &Release) -> bool {
    let text = image.to_string();
    let numbered = ["", ":"].map(|colon| format!("{}{colon}{}", release.distribution, release.version));
    text.contains(&release.name) || numbered.iter().any(|number| text.contains(number.as_str()))
}

/// Whether a part of a reference is the release's name or number: `mirror.local/python:3.11-bookworm`.
fn has_word_of(image: &ImageReference, release: &Release) -> bool {
    release.is_named_in(&format!("{}:{}", image.repository(), image.tag().unwrap_or_default()))
}

/// An image, with what leads to its name as it stands in another one: `docker.io/library/`, a mirror.
fn spelt_like(image: &ImageReference, to: ImageReference) -> ImageReference {
    let (own, new) = (short_name(image.name()), short_name(to.name()));
    if new != to.name() {
        return to;
    }
    let prefix = image.name().strip_suffix(own).unwrap_or_default();
    let place = |name: &str| match name.split_once('/') {
        None => "library".to_owned(),
        Some((registry, _)) if registry.contains('.') => registry.to_owned(),
        Some(_) => "hub".to_owned(),
    };
    let prefix = match image.registry() {
        _ if place(own) == place(new) => prefix.to_owned(),
        Some(registry) if same_registry(Some(registry), None) && place(new) == "hub" => {
            format!("{registry}/")
        }
        _ => return to,
    };
    format!("{prefix}{to}").parse().unwrap_or(to)
}

fn same(one: &ImageReference, other: &ImageReference) -> bool {
    same_name(one, other) && one.tag() == other.tag()
}

/// Whether two names mean one repository: `python` is `docker.io/library/python`.
fn same_name(one: &ImageReference, other: &ImageReference) -> bool {
    one.repository() == other.repository() && same_registry(one.registry(), other.registry())
}

/// Whether an image is the mirror of one that is written without a way to it.
fn mirrors(image: &ImageReference, wanted: &ImageReference) -> bool {
    let name = short_name(wanted.name());
    name == wanted.name() && name == short_name(image.name())
}

fn same_registry(one: Option<&str>, other: Option<&str>) -> bool {
    let whole = |registry: Option<&str>| match registry {
        None | Some("index.docker.io" | "registry-1.docker.io") => "docker.io".to_owned(),
        Some(registry) => registry.to_owned(),
    };
    whole(one) == whole(other)
}
