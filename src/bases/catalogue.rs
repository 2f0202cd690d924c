//! The catalogue as a whole, and the lookup of a reference in it.

mod error;
mod names;
mod words;

use std::collections::BTreeMap;
use std::sync::{LazyLock, OnceLock};

use serde::Deserialize;
use serde_json::value::RawValue;

pub use error::CatalogueError;
pub(crate) use names::short_name;
use words::Words;

use super::base::{Base, EndOfLife, TagState};
use super::entry::{CatalogueEntry, PackageManager, Release, Variation};
use super::pattern::{Holes, Pattern};
use crate::date::Date;
use crate::diagnostic::nearest;
use crate::image::ImageReference;

/// The catalogue of base images.
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
    /// The built-in catalogue, parsed at the first call.
    pub fn builtin() -> &'static Self {
        &BUILTIN
    }

    /// The day on which the built-in facts were checked.
    pub fn as_of(&self) -> Date {
        self.as_of
    }

    /// The sources of the built-in facts.
    pub fn sources(&self) -> &[String] {
        &self.sources
    }

    /// This catalogue with the entries of a fleet, which come first in every lookup.
    ///
    /// An entry with an existing name overrides that entry, key by key.
    ///
    /// # Errors
    /// If an entry extends one that does not exist, itself, or names an unknown release or placeholder.
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

    /// The facts about an image; `None` if no entry has its name.
    pub fn find(&self, image: &ImageReference) -> Option<Base> {
        let found = self.locate(image)?;
        let facts = &found.entry.facts;
        let mut base = Base::of_entry(&found.entry.name, image.short_name(), facts, found.state);
        let Holes { version, flavour, release, tool: _ } = found.holes;
        let mut release = release.or_else(|| facts.release.clone());
        let unnamed = |variation: &Variation| {
            let name = variation.release.clone()?;
            let is_there = version.as_deref().is_none_or(|version| facts.first_on(&name, version).is_none());
            let is_alpine = self.releases.get(&name)?.distribution == "alpine";
            (is_there && is_alpine == (facts.package_manager == Some(PackageManager::Apk))).then_some(name)
        };
        let key = version.as_deref().and_then(|version| facts.version_key(version));
        if let Some((key, variation)) = key.and_then(|key| facts.versions.get_key_value(key)) {
            base.vary(variation, &format!("{} {key}", product(image, key, facts)));
            release = release.or_else(|| unnamed(variation));
        }
        if let Some((key, variation)) = flavour.as_ref().and_then(|key| facts.flavours.get_key_value(key)) {
            base.vary(variation, &format!("{}:{key}", image.short_name()));
        }
        if let Some(release) = release.and_then(|name| self.releases.get(&name)) {
            base.stand_on(release);
        }
        let unlisted = self.end_of_unlisted(image, facts, version.as_deref());
        if let Some(end) = unlisted.filter(|end| base.eol.as_ref().is_none_or(|known| end.date < known.date))
        {
            base.eol = Some(end);
        }
        // Which minor version a floating one is today is not in the reference.
        base.fill_version(key.or(version.as_deref().filter(|v| !facts.is_floating(v))));
        base.version = version;
        base.flavour = flavour;
        Some(base)
    }

    /// The end of a version that is older than all that are listed, which is at hand when the oldest of them has ended;
    /// and of a version in a tag of no known form.
    fn end_of_unlisted(
        &self,
        image: &ImageReference,
        facts: &CatalogueEntry,
        version: Option<&str>,
    ) -> Option<EndOfLife> {
        let is_version = |word: &&str| word.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        let in_tag = || image.tag()?.split('-').next().filter(is_version);
        let version = version.or_else(in_tag).filter(|version| !version.is_empty())?;
        if let Some(key) = facts.version_key(version) {
            let of = format!("{} {key}", product(image, key, facts));
            return Some(EndOfLife { date: facts.versions[key].eol?, of, before: None });
        }
        let end = |variation: &Variation| {
            let of_release = || Some(self.releases.get(variation.release.as_ref()?)?.eol);
            variation.eol.or_else(of_release)
        };
        let oldest = facts.versions.keys().min_by_key(|key| numbers(key))?;
        let is_older = numbers(version) < numbers(oldest) && !facts.is_floating(version);
        let of = format!("{} {version}", product(image, version, facts));
        let date = is_older.then(|| end(&facts.versions[oldest])).flatten()?;
        Some(EndOfLife { date, of, before: Some(oldest.clone()) })
    }

    /// A release past whose end an image is that the catalogue does not know, as its name or its tag says.
    pub fn named_release(&self, image: &ImageReference) -> Option<&Release> {
        let text = format!("{}:{}", image.repository(), image.tag().unwrap_or_default());
        self.releases().find(|release| release.is_named_in(&text))
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

    /// The built-in bases, by name: the default build and run image of each kind of service.
    pub fn pairs(&self) -> &BTreeMap<String, Images> {
        &self.pairs
    }

    /// All releases, by name.
    pub fn releases(&self) -> impl Iterator<Item = &Release> {
        self.releases.values()
    }

    /// The names of images that hold no version.
    pub(super) fn plain_names(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().flat_map(|entry| entry.images.iter().filter_map(Pattern::literal))
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
        let name = short_name(image.name());
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

/// The numbers that a version begins with, for comparing.
pub(crate) fn numbers(version: &str) -> Vec<u32> {
    version.split('.').map_while(|part| part.parse().ok()).collect()
}

/// What has versions: the image by its last name, or the interpreter where the name of the image holds the version.
fn product<'p>(image: &'p ImageReference, version: &str, facts: &'p CatalogueEntry) -> &'p str {
    let name = image.short_name();
    let interpreter = facts.interpreters.iter().flatten().next().map(|interpreter| interpreter.name.as_str());
    interpreter.filter(|_| name.contains(version)).unwrap_or(name)
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
