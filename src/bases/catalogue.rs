//! The catalogue as a whole, and the lookup of a reference in it.

use std::collections::BTreeMap;
use std::sync::{LazyLock, OnceLock};

use serde::Deserialize;
use serde_json::value::RawValue;

use super::base::{Base, TagState};
use super::entry::{CatalogueEntry, Release, Variation};
use super::pattern::{Holes, Pattern, Vocabulary};
use crate::date::Date;
use crate::diagnostic::nearest;
use crate::image::ImageReference;

/// What is known of base images.
#[derive(Debug, Clone)]
pub struct Catalogue {
    as_of: Date,
    sources: Vec<String>,
    pub(super) releases: BTreeMap<String, Release>,
    pairs: BTreeMap<String, Images>,
    /// The entries as written, so that others can extend and override them.
    written: BTreeMap<String, Written>,
    /// The entries that name images, in the order of the lookup.
    entries: Vec<Entry>,
}

/// The two images of a built-in base.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Images {
    /// The image of the builder stages.
    pub build: ImageReference,
    /// The image of the final stage.
    pub run: ImageReference,
}

/// An entry as it is written.
#[derive(Debug, Clone)]
enum Written {
    /// In the data file: of its 50 entries a fleet needs a handful, so they are read one by one.
    Text(&'static RawValue),
    Entry(Box<CatalogueEntry>),
}

impl Written {
    fn entry(&self) -> CatalogueEntry {
        match self {
            Self::Text(text) => serde_json::from_str(text.get()).expect("a test reads every entry"),
            Self::Entry(entry) => CatalogueEntry::clone(entry),
        }
    }
}

/// An entry, found by its names. The rest is read when one of them matches, so that a lookup costs
/// what it needs.
#[derive(Debug, Clone)]
struct Entry {
    name: String,
    images: Vec<Pattern>,
    details: OnceLock<Details>,
}

/// An entry with what it extends.
#[derive(Debug, Clone)]
pub(super) struct Details {
    pub(super) name: String,
    pub(super) facts: CatalogueEntry,
    tags: Vec<Pattern>,
    pub(super) successor: Option<Pattern>,
}

/// Where a reference was found.
#[derive(Debug)]
pub(super) struct Found<'c> {
    pub(super) entry: &'c Details,
    pub(super) image: &'c Pattern,
    /// The pattern of the tag; none if the tag is not one that is published.
    pub(super) tag: Option<&'c Pattern>,
    pub(super) holes: Holes,
    pub(super) state: TagState,
}

/// Why an entry cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CatalogueError {
    /// A pattern has a hole that does not exist.
    #[error("`{hole}` in `{pattern}` of the catalogue entry `{entry}` is not a part of patterns")]
    Hole {
        /// The entry.
        entry: String,
        /// The pattern.
        pattern: String,
        /// The hole.
        hole: String,
    },
    /// The entry extends one that does not exist.
    #[error("the catalogue entry `{entry}` extends `{parent}`, which does not exist")]
    Parent {
        /// The entry.
        entry: String,
        /// What it extends.
        parent: String,
        /// The entry that may be meant.
        nearest: Option<String>,
    },
    /// The entry extends itself, by way of others.
    #[error("the catalogue entry `{entry}` extends itself")]
    Cycle {
        /// The entry.
        entry: String,
    },
    /// The entry stands on a release that the catalogue does not know.
    #[error("the catalogue entry `{entry}` is of the release `{release}`, which is not known")]
    Release {
        /// The entry.
        entry: String,
        /// The release.
        release: String,
        /// The release that may be meant.
        nearest: Option<String>,
    },
}

impl CatalogueError {
    /// The name of the entry that is wrong.
    pub fn entry(&self) -> &str {
        match self {
            Self::Hole { entry, .. }
            | Self::Parent { entry, .. }
            | Self::Cycle { entry }
            | Self::Release { entry, .. } => entry,
        }
    }

    /// What to do about it, if that can be said.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Parent { nearest: Some(name), .. } | Self::Release { nearest: Some(name), .. } => {
                Some(format!("did you mean `{name}`?"))
            }
            Self::Hole { .. } => Some(
                "use {version}, {flavour}, {debian}, {ubuntu}, {alpine}, {arch}, {commit}, {date} or {any}"
                    .to_owned(),
            ),
            _ => None,
        }
    }
}

/// The data file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    as_of: Date,
    sources: Vec<String>,
    releases: BTreeMap<String, Release>,
    pairs: BTreeMap<String, Images>,
    /// The `images` of the entries once more, for the lookup.
    images: BTreeMap<String, Vec<String>>,
    #[serde(borrow)]
    bases: BTreeMap<String, &'static RawValue>,
}

static BUILTIN: LazyLock<Catalogue> = LazyLock::new(|| {
    // `catalogue.toml`, as JSON.
    let file: File =
        serde_json::from_str(include_str!("catalogue.json")).expect("a test reads the same file");
    let mut releases = file.releases;
    for (name, release) in &mut releases {
        release.name.clone_from(name);
    }
    let entries = entries(file.images.iter()).expect("a test reads the same patterns");
    let written = file.bases.into_iter().map(|(name, text)| (name, Written::Text(text))).collect();
    Catalogue { as_of: file.as_of, sources: file.sources, releases, pairs: file.pairs, written, entries }
});

impl Catalogue {
    /// The facts that dockwright brings along. They are read when first asked for.
    pub fn builtin() -> &'static Self {
        &BUILTIN
    }

    /// The day on which the built-in facts were true.
    pub fn as_of(&self) -> Date {
        self.as_of
    }

    /// Where the built-in facts come from.
    pub fn sources(&self) -> &[String] {
        &self.sources
    }

    /// This catalogue with the entries of a fleet, which come first in every lookup.
    ///
    /// An entry with the name of one that exists overrides what it says, key by key.
    pub fn with(&self, added: &BTreeMap<String, CatalogueEntry>) -> Result<Self, CatalogueError> {
        let mut written: BTreeMap<_, _> =
            self.written.iter().map(|(name, written)| (name.clone(), written.entry())).collect();
        for (name, entry) in added {
            let entry = match written.get(name) {
                Some(under) => entry.clone().over(under),
                None => entry.clone(),
            };
            written.insert(name.clone(), entry);
        }
        let first = written.iter().filter(|(name, _)| added.contains_key(*name));
        let rest = written.iter().filter(|(name, _)| !added.contains_key(*name));
        let entries = entries(first.chain(rest).map(|(name, entry)| (name, &entry.images)))?;
        let catalogue = Self {
            as_of: self.as_of,
            sources: self.sources.clone(),
            releases: self.releases.clone(),
            pairs: self.pairs.clone(),
            written: written
                .into_iter()
                .map(|(name, entry)| (name, Written::Entry(Box::new(entry))))
                .collect(),
            entries: Vec::new(),
        };
        // What a fleet writes can be wrong anywhere, so all of it is read now.
        for name in catalogue.written.keys() {
            let details = catalogue.read(name)?;
            if let Some(entry) = entries.iter().find(|entry| entry.name == *name) {
                entry.details.get_or_init(|| details);
            }
        }
        Ok(Self { entries, ..catalogue })
    }

    /// An entry with what it extends, checked.
    fn read(&self, name: &str) -> Result<Details, CatalogueError> {
        let facts = extended(name, &self.written)?;
        let releases =
            facts.versions.values().chain(facts.flavours.values()).filter_map(|v| v.release.as_ref());
        for release in releases.chain(&facts.release).chain(facts.since.keys()) {
            if !self.releases.contains_key(release) {
                return Err(CatalogueError::Release {
                    entry: name.to_owned(),
                    release: release.clone(),
                    nearest: nearest(release, self.releases.keys().map(String::as_str)).map(str::to_owned),
                });
            }
        }
        Ok(Details {
            name: name.to_owned(),
            tags: patterns(name, &facts.tags)?,
            successor: facts.successor.as_ref().map(|text| pattern(name, text)).transpose()?,
            facts,
        })
    }

    fn details<'c>(&'c self, entry: &'c Entry) -> &'c Details {
        let read = || self.read(&entry.name).expect("a test reads the entries that are read this late");
        entry.details.get_or_init(read)
    }

    /// What is known of the image that `image` names.
    pub fn find(&self, image: &ImageReference) -> Option<Base> {
        let found = self.locate(image)?;
        let facts = &found.entry.facts;
        let mut base = Base::of_entry(&found.entry.name, facts, found.state);
        let Holes { version, flavour, release, tool: _ } = found.holes;
        let mut release = release.or_else(|| facts.release.clone());
        let key = version.as_deref().and_then(|version| facts.version_key(version));
        if let Some((key, variation)) = key.and_then(|key| facts.versions.get_key_value(key)) {
            base.vary(variation, &format!("{} {key}", found.entry.name));
            release = release.or_else(|| variation.release.clone());
        }
        if let Some((key, variation)) = flavour.as_ref().and_then(|key| facts.flavours.get_key_value(key)) {
            base.vary(variation, &format!("{}:{key}", found.entry.name));
        }
        if let Some(release) = release.and_then(|name| self.releases.get(&name)) {
            base.stand_on(release);
        }
        // Which minor version a floating one is today is not in the reference.
        base.fill_version(key.or(version.as_deref().filter(|v| !facts.is_floating(v))));
        base.version = version;
        base.flavour = flavour;
        Some(base)
    }

    /// Whether the version that a reference names is one of those that the catalogue lists for the image:
    /// the pattern of a tag covers versions that nobody has looked at.
    pub fn lists_version_of(&self, image: &ImageReference) -> bool {
        let Some(found) = self.locate(image) else { return false };
        let facts = &found.entry.facts;
        let is_listed = |version: &str| facts.version_key(version).is_some() || facts.is_floating(version);
        facts.versions.is_empty() || found.holes.version.as_deref().is_none_or(is_listed)
    }

    /// A release by its name (`trixie`) or by distribution and number (`debian13`, `debian:13`).
    pub fn release(&self, text: &str) -> Option<&Release> {
        let numbered = |release: &&Release| {
            text.strip_prefix(release.distribution.as_str())
                .is_some_and(|rest| rest.trim_start_matches([':', '-', ' ']) == release.version)
        };
        self.releases.get(text).or_else(|| self.releases.values().find(numbered))
    }

    /// The built-in bases, by name: the pairs of images that kinds of service are based on unless told otherwise.
    pub fn pairs(&self) -> &BTreeMap<String, Images> {
        &self.pairs
    }

    /// All releases, by name.
    pub fn releases(&self) -> impl Iterator<Item = &Release> {
        self.releases.values()
    }

    /// The names of the entries, in the order in which they are looked up.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|entry| entry.name.as_str())
    }

    /// The entry of that name with what it extends, as patterns.
    pub fn entry(&self, name: &str) -> Option<&CatalogueEntry> {
        self.entries.iter().find(|entry| entry.name == name).map(|entry| &self.details(entry).facts)
    }

    /// The first entry that knows name and tag; else the first that knows the name.
    pub(super) fn locate(&self, image: &ImageReference) -> Option<Found<'_>> {
        let name = short_hub_name(image.name());
        let tag = image.tag().or_else(|| image.digest().is_none().then_some("latest"));
        let mut by_name = None;
        for entry in &self.entries {
            let in_names = Words { releases: &self.releases, flavours: None };
            let Some((image, in_name)) =
                entry.images.iter().find_map(|pattern| Some((pattern, pattern.matches(name, &in_names)?)))
            else {
                continue;
            };
            let entry = self.details(entry);
            if in_name.version.as_ref().is_some_and(|version| !entry.facts.versions.contains_key(version)) {
                continue;
            }
            let words = Words { releases: &self.releases, flavours: Some(&entry.facts.flavours) };
            let matched =
                tag.and_then(|tag| entry.tags.iter().find_map(|p| Some((p, p.matches(tag, &words)?))));
            if let Some((tag, in_tag)) = matched {
                let holes = in_name.or(in_tag);
                return Some(Found { entry, image, tag: Some(tag), holes, state: TagState::Published });
            }
            let state = if tag.is_some() { TagState::Unknown } else { TagState::Digest };
            by_name.get_or_insert(Found { entry, image, tag: None, holes: in_name, state });
        }
        by_name
    }
}

/// The entries that name images, their names read.
fn entries<'e>(
    images: impl Iterator<Item = (&'e String, &'e Vec<String>)>,
) -> Result<Vec<Entry>, CatalogueError> {
    let named = images.filter(|(_, images)| !images.is_empty());
    let read = |(name, images): (&String, &Vec<String>)| {
        Ok(Entry { name: name.clone(), images: patterns(name, images)?, details: OnceLock::new() })
    };
    named.map(read).collect()
}

fn patterns(entry: &str, texts: &[String]) -> Result<Vec<Pattern>, CatalogueError> {
    texts.iter().map(|text| pattern(entry, text)).collect()
}

fn pattern(entry: &str, text: &str) -> Result<Pattern, CatalogueError> {
    let (entry, pattern) = (entry.to_owned(), text.to_owned());
    Pattern::parse(text).map_err(|hole| CatalogueError::Hole { entry, pattern, hole })
}

/// An entry over all that it extends.
fn extended(name: &str, written: &BTreeMap<String, Written>) -> Result<CatalogueEntry, CatalogueError> {
    let mut facts = written.get(name).map(Written::entry).unwrap_or_default();
    let mut seen = vec![name];
    let mut next = facts.extends.take();
    while let Some(parent) = next {
        let Some((parent, under)) = written.get_key_value(&parent) else {
            let nearest = nearest(&parent, written.keys().map(String::as_str)).map(str::to_owned);
            return Err(CatalogueError::Parent { entry: name.to_owned(), parent, nearest });
        };
        if seen.contains(&parent.as_str()) {
            return Err(CatalogueError::Cycle { entry: name.to_owned() });
        }
        seen.push(parent);
        let images = std::mem::take(&mut facts.images);
        facts = facts.over(&under.entry());
        facts.images = images;
        next = facts.extends.take();
    }
    Ok(facts)
}

/// A name of Docker Hub without registry and `library/`, as the catalogue writes it.
pub(super) fn short_hub_name(name: &str) -> &str {
    let hub = ["docker.io/", "index.docker.io/", "registry-1.docker.io/"];
    let path = hub.iter().find_map(|registry| name.strip_prefix(registry)).unwrap_or(name);
    path.strip_prefix("library/").unwrap_or(path)
}

/// What a pattern can refer to.
struct Words<'c> {
    releases: &'c BTreeMap<String, Release>,
    /// The flavours of the entry; a name has none.
    flavours: Option<&'c BTreeMap<String, Variation>>,
}

impl Vocabulary for Words<'_> {
    fn is_release(&self, distribution: &str, name: &str) -> bool {
        self.releases.get(name).is_some_and(|release| release.distribution == distribution)
    }

    fn flavour<'t>(&self, text: &'t str) -> Option<&'t str> {
        let prefixes = self.flavours?.keys().filter(|key| text.starts_with(key.as_str()));
        prefixes.map(String::len).max().map(|length| &text[..length])
    }
}
