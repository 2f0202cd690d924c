//! One side of a move, read, and the images that it means.

use std::collections::BTreeMap;

use super::super::glob::Glob;
use super::RuleError;
use super::spelling::{mirrors, same, same_name};
use crate::bases::{Catalogue, Release, TagState, numbers};
use crate::diagnostic::nearest;
use crate::fleet::At;
use crate::fleet::model::Base;
use crate::fleet::words::Name;
use crate::image::ImageReference;

/// One side of a move.
#[derive(Debug, Clone)]
pub(super) enum Selector {
    /// A release of a distribution: every image that stands on it.
    Release(Release),
    /// The two images of a base of the description.
    Base { name: Name, build: ImageReference, run: ImageReference },
    /// Every image of a form.
    Glob(Glob),
    /// One image; without a tag, all its tags.
    Image(ImageReference),
}

impl Selector {
    pub(super) fn read(
        text: &str,
        bases: &BTreeMap<Name, At<Base>>,
        catalogue: &Catalogue,
    ) -> Result<Self, RuleError> {
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
    pub(super) fn matches(&self, image: &ImageReference, catalogue: &Catalogue) -> Option<Vec<String>> {
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
