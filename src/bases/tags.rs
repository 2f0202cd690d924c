//! References that name nothing, as far as the catalogue can know: a word that is misspelt, a version that was never
//! published on its release. What may only be newer than the catalogue is a doubt, never an error.

use std::collections::BTreeSet;

use super::base::{EndOfLife, TagState};
use super::catalogue::{Catalogue, numbers, short_name};
use super::entry::CatalogueEntry;
use crate::diagnostic::nearest;
use crate::image::ImageReference;

/// The registry path of which the catalogue lists every image.
const DISTROLESS: &str = "gcr.io/distroless/";

/// A tag of more words is not tried in every order.
const MOST_WORDS: usize = 4;

impl Catalogue {
    /// The reference that is meant by one that does not exist: with another spelling of its name or of a word of its
    /// tag, or with the words of its tag in the right order.
    pub fn misspelt(&self, image: &ImageReference) -> Option<ImageReference> {
        match self.locate(image) {
            Some(found) if found.state == TagState::Unknown => self.other_tag(image),
            Some(_) => None,
            None => self.other_name(image),
        }
    }

    /// Why an image was never published, if that is so: its version ended before its release came out, or a later one
    /// was the first on it.
    pub fn never_published(&self, image: &ImageReference) -> Option<String> {
        let base = self.find(image)?;
        let release = base.release?;
        match (self.later_than(image), base.eol) {
            (_, Some(end)) if end.date < release.released => {
                let on = match &end.before {
                    None => format!("on {}", end.date),
                    Some(older) => format!("before {older}, whose end is {}", end.date),
                };
                Some(format!("{} ended {on}, before {release} came out", end.of))
            }
            (Some(first), _) => Some(format!("{first} is the first version on {release}")),
            _ => None,
        }
    }

    /// Why the catalogue cannot say that an image exists, although it knows others like it: a tag of no form that it
    /// knows, or a version newer than all of them.
    pub fn doubt(&self, image: &ImageReference) -> Option<String> {
        let Some(found) = self.locate(image) else {
            // A longer name is another image: `mongo-express` is not `mongo`.
            let name = short_name(image.name());
            let as_long = self.plain_names().filter(|other| other.len().abs_diff(name.len()) <= 1);
            let near = nearest_name(name, as_long)?;
            return Some(format!("`{}` is not in the catalogue; did you mean `{near}`?", image.name()));
        };
        let as_of = self.as_of();
        if found.state == TagState::Unknown {
            let tag = image.tag().unwrap_or_default();
            return Some(format!("the catalogue of {as_of} has no tag `{tag}` of `{}`", image.name()));
        }
        let (version, newest) = (found.holes.version.as_deref()?, found.entry.facts.newest()?);
        let is_newer = !self.lists_version_of(image) && numbers(version) > numbers(newest);
        is_newer.then(|| {
            let name = image.name();
            format!("`{name}` {version} is newer than the catalogue of {as_of}, whose newest is {newest}")
        })
    }

    /// The same image in the version that is maintained longest, if that is another one.
    pub fn newest_like(&self, image: &ImageReference) -> Option<(ImageReference, EndOfLife)> {
        let starts = [Some(image.without_digest()), self.successor(image)];
        let mut best: Option<(ImageReference, EndOfLife)> = None;
        for start in starts.into_iter().flatten() {
            let Some(found) = self.locate(&start) else { continue };
            let versions = found.entry.facts.versions.keys();
            let variants = versions.filter_map(|version| self.variant(&start, Some(version), None));
            for candidate in variants.chain([start.clone()]) {
                let published = self
                    .find(&candidate)
                    .filter(|base| base.tag == TagState::Published)
                    .and_then(|base| base.eol);
                let Some(end) = published.filter(|_| self.never_published(&candidate).is_none()) else {
                    continue;
                };
                if best.as_ref().is_none_or(|(_, known)| end.date > known.date) {
                    best = Some((candidate, end));
                }
            }
        }
        best.filter(|(candidate, _)| candidate != image)
    }

    fn other_tag(&self, image: &ImageReference) -> Option<ImageReference> {
        let known = self.words_of_tags(short_name(image.name()));
        let tag = image.tag()?;
        let words: Vec<&str> = tag
            .split('-')
            .map(|word| {
                let is_word = known.contains(word) || word.starts_with(|c: char| c.is_ascii_digit());
                let near = || nearest_name(word, known.iter().map(String::as_str));
                if is_word { word } else { near().unwrap_or(word) }
            })
            .collect();
        let is_there = |candidate: &ImageReference| {
            self.find(candidate).is_some_and(|base| base.tag == TagState::Published)
        };
        orders(&words).find_map(|words| image.with_tag(&words.join("-")).ok().filter(is_there))
    }

    /// A name of distroless: the others are of anybody.
    fn other_name(&self, image: &ImageReference) -> Option<ImageReference> {
        let short = short_name(image.name());
        let last = short.strip_prefix(DISTROLESS)?;
        let names = self.names_of_images();
        let others = names.iter().filter_map(|name| name.strip_prefix(DISTROLESS));
        let near = nearest_name(last, others.filter(|other| other.len().abs_diff(last.len()) <= 1))?;
        let prefix = &image.name()[..image.name().len() - short.len()];
        let tag = image.tag().map(|tag| format!(":{tag}")).unwrap_or_default();
        format!("{prefix}{DISTROLESS}{near}{tag}").parse().ok()
    }

    /// The words that stand between the hyphens of the tags of an image.
    fn words_of_tags(&self, name: &str) -> BTreeSet<String> {
        let entries = self.names().filter_map(|entry| self.entry(entry));
        let of_image: Vec<&CatalogueEntry> =
            entries.filter(|entry| entry.images.iter().any(|pattern| is_of_pattern(name, pattern))).collect();
        let tags = of_image.iter().flat_map(|entry| entry.tags.iter().map(String::as_str));
        let flavours = of_image.iter().flat_map(|entry| entry.flavours.keys().map(String::as_str));
        let mut words: BTreeSet<String> = tags
            .chain(flavours)
            .flat_map(|tag| tag.split('-'))
            .map(|word| word.split('{').next().unwrap_or_default().to_owned())
            .collect();
        for distribution in ["debian", "ubuntu"] {
            let hole = format!("{{{distribution}}}");
            if of_image.iter().any(|entry| entry.tags.iter().any(|tag| tag.contains(&hole))) {
                let releases = self.releases().filter(|release| release.distribution == distribution);
                words.extend(releases.map(|release| release.name.clone()));
            }
        }
        words.remove("");
        words
    }

    /// The names of all images, each version of a name by itself.
    pub fn names_of_images(&self) -> Vec<String> {
        let entries = self.names().filter_map(|entry| self.entry(entry));
        entries
            .flat_map(|entry| {
                entry.images.iter().flat_map(|pattern| match pattern.split_once("{version}") {
                    Some((before, after)) => {
                        entry.versions.keys().map(|version| format!("{before}{version}{after}")).collect()
                    }
                    None => vec![pattern.clone()],
                })
            })
            .collect()
    }
}

impl CatalogueEntry {
    /// The greatest of the versions that are listed.
    fn newest(&self) -> Option<&str> {
        self.versions.keys().max_by_key(|version| numbers(version)).map(String::as_str)
    }
}

/// Whether a name is one of a pattern, whose only hole is the version.
fn is_of_pattern(name: &str, pattern: &str) -> bool {
    match pattern.split_once("{version}") {
        Some((before, after)) => name.strip_prefix(before).is_some_and(|rest| rest.ends_with(after)),
        None => name == pattern,
    }
}

/// The nearest word with the same numbers, or with one that is missing: another number is another version.
fn nearest_name<'n>(word: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let own = digits(word);
    let fits = |name: &&str| {
        let name = digits(name);
        let mut left = name.chars();
        own.chars().all(|digit| left.any(|other| other == digit))
    };
    nearest(word, names.filter(fits))
}

/// A list in every order, its own first.
fn orders<'w>(words: &[&'w str]) -> impl Iterator<Item = Vec<&'w str>> {
    let mut all = vec![words.to_vec()];
    if (2..=MOST_WORDS).contains(&words.len()) {
        all.extend(permutations(words));
    }
    all.into_iter()
}

fn permutations<'w>(words: &[&'w str]) -> Vec<Vec<&'w str>> {
    if words.len() <= 1 {
        return vec![words.to_vec()];
    }
    let first = |at: usize| {
        let mut rest = words.to_vec();
        let word = rest.remove(at);
        permutations(&rest).into_iter().map(move |order| [vec![word], order].concat())
    };
    (0..words.len()).flat_map(first).collect()
}

#[cfg(test)]
mod tests {
    use crate::bases::Catalogue;
    use crate::image::ImageReference;

    fn image(text: &str) -> ImageReference {
        text.parse().expect("a reference")
    }

    #[test]
    fn a_misspelt_tag_or_name_is_told_from_a_newer_one() {
        let catalogue = Catalogue::builtin();
        for (written, meant) in [
            ("python:3.11-slim-bokworm", Some("python:3.11-slim-bookworm")),
            ("python:3.13-trixie-slim", Some("python:3.13-slim-trixie")),
            ("node:24-slim-trixie", Some("node:24-trixie-slim")),
            ("python:3.13-alpin", Some("python:3.13-alpine")),
            ("mirror.gcr.io/library/python:3.13-slm", Some("mirror.gcr.io/library/python:3.13-slim")),
            ("gcr.io/distroless/cc-debian13:nonrot", Some("gcr.io/distroless/cc-debian13:nonroot")),
            ("gcr.io/distroless/python-debian13:nonroot", Some("gcr.io/distroless/python3-debian13:nonroot")),
            ("python:3.11-slim-bookworm", None),
            ("python:3.99-slim-trixie", None),
            ("python:3.15-rc-slim-trixie", None),
            ("debian:sid-slim", None),
            ("debian:forky", None),
            ("debian:stable-20260101-slim", None),
            ("node:24-alpine3.24", None),
            ("gcr.io/distroless/base-debian14:nonroot", None),
            ("acme/pythn:1", None),
        ] {
            let found = catalogue.misspelt(&image(written)).map(|image| image.to_string());
            assert_eq!(found.as_deref(), meant, "{written}");
        }
    }

    #[test]
    fn what_may_be_newer_than_the_catalogue_is_a_doubt() {
        let catalogue = Catalogue::builtin();
        for (written, doubt) in [
            ("python:3.99-slim-trixie", Some("`python` 3.99 is newer")),
            ("debian:14-slim", Some("`debian` 14 is newer")),
            ("debian:sid-slim", Some("has no tag `sid-slim` of `debian`")),
            ("pyhton:3.13", Some("did you mean `python`?")),
            ("python:3-slim-trixie", None),
            ("python:3.4-slim", None),
            ("python:3.13.9-slim-trixie", None),
            ("acme/api:1", None),
            ("mongo-express:1", None),
        ] {
            let found = catalogue.doubt(&image(written));
            match (doubt, &found) {
                (Some(part), Some(found)) if found.contains(part) => {}
                (None, None) => {}
                _ => panic!("{written}: {found:?}"),
            }
        }
    }

    #[test]
    fn the_newest_like_an_image_is_published_and_maintained_longest() {
        let catalogue = Catalogue::builtin();
        for (old, new) in [
            ("python:3.8-slim-bullseye", Some("python:3.14-slim-trixie")),
            ("node:20-trixie-slim", Some("node:26-trixie-slim")),
            ("debian:bullseye-slim", Some("debian:trixie-slim")),
            ("debian:trixie-slim", None),
        ] {
            let found = catalogue.newest_like(&image(old)).map(|(image, _)| image.to_string());
            assert_eq!(found.as_deref(), new, "{old}");
        }
    }
}
