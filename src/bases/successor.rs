//! Where a reference moves to: its successor, another release, another version.

use super::TagState;
use super::catalogue::{Catalogue, Found, short_name};
use super::entry::{PackageManager, Release};
use super::pattern::{ARCHITECTURES, Holes, Pattern};
use crate::image::ImageReference;

impl Catalogue {
    /// The image to move to from `image`, whether or not it is past its end of life.
    ///
    /// The tag keeps its style (`:nonroot`, `-slim`, none at all); an architecture at its end, a
    /// commit or a date are dropped, and so is a digest. `None` if there is nothing newer, or if the
    /// tag says nothing that could be kept.
    pub fn successor(&self, image: &ImageReference) -> Option<ImageReference> {
        let found = self.locate(image)?;
        let moved = self.moved(&found);
        if found.entry.successor.is_none() && moved == found.holes {
            return None;
        }
        // `:arm64` is no tag of any image here: dropping the architecture leaves no tag.
        let bare = image.tag().is_none_or(|tag| ARCHITECTURES.contains(&tag));
        match found.state {
            TagState::Published => {}
            TagState::Unknown if bare => {}
            TagState::Unknown | TagState::Digest => return None,
        }
        let holes =
            Holes { flavour: moved.flavour.clone().or_else(|| bare.then(|| "latest".to_owned())), ..moved };
        let text = match &found.entry.successor {
            Some(successor) => behind_prefix_of(&successor.fill(&holes)?, image),
            None => rendered(&found, &holes, image)?,
        };
        let successor: ImageReference = text.parse().ok()?;
        let successor = if bare { successor.name().parse().ok()? } else { successor };
        (successor != image.without_digest()).then_some(successor)
    }

    /// The first version of an image on the release that a reference names, if it names an older one.
    pub fn later_than(&self, image: &ImageReference) -> Option<&str> {
        let found = self.locate(image)?;
        found.entry.facts.first_on(found.holes.release.as_deref()?, found.holes.version.as_deref()?)
    }

    /// The release that a reference stands on today without naming it, where another one comes into its place in
    /// time. It is that of the newest release for which its version is published.
    pub fn unnamed_release(&self, image: &ImageReference) -> Option<&Release> {
        let found = self.locate(image)?;
        let facts = &found.entry.facts;
        if found.holes.release.is_some() || found.tag.is_none() {
            return None;
        }
        if facts.release.is_some() {
            return None;
        }
        if let Some(fixed) = self.find(image).and_then(|base| base.release) {
            return self.releases.get(&fixed.name);
        }
        if facts.package_manager != Some(PackageManager::Apt) {
            return None;
        }
        let version = found.holes.version.as_deref();
        let releases = facts.since.keys().filter_map(|name| self.releases.get(name));
        let published = releases.filter(|release| {
            release.distribution != "alpine"
                && version.is_none_or(|version| facts.first_on(&release.name, version).is_none())
        });
        published.max_by_key(|release| release.released)
    }

    /// `image` on another release of the same distribution (`trixie`, `debian13`).
    ///
    /// Where the image is not published for that release under the same version, its successor is
    /// taken if it is of that release.
    pub fn on_release(&self, image: &ImageReference, release: &str) -> Option<ImageReference> {
        let to = self.release(release)?;
        let from = self.find(image)?.release?;
        if from.distribution != to.distribution || from.name == to.name {
            return None;
        }
        self.renumbered(image, &from, to)
            .or_else(|| self.variant(image, None, Some(&to.name)))
            .or_else(|| self.successor(image))
            .filter(|candidate| self.is_of(candidate, to))
    }

    /// The same version of `image` on a release of Debian, also from another distribution: `python:3.11-alpine` is
    /// `python:3.11-slim-trixie`.
    pub fn on_debian(&self, image: &ImageReference, release: &str) -> Option<ImageReference> {
        if let Some(same) = self.on_release(image, release) {
            return Some(same);
        }
        let version = self.locate(image)?.holes.version;
        let holes = Holes { version, release: Some(release.to_owned()), ..Holes::default() };
        let name = short_name(image.name());
        let of_name = self.names().filter_map(|entry| self.entry(entry));
        let of_name = of_name.filter(|entry| entry.images.iter().any(|pattern| pattern == name));
        let tags = of_name.flat_map(|entry| entry.tags.iter().filter(|tag| tag.contains("{debian}")));
        tags.filter_map(|tag| image.with_tag(&Pattern::parse(tag).ok()?.fill(&holes)?).ok())
            .map(|candidate| candidate.without_digest())
            .find(|candidate| {
                let is_there = |base: super::Base| {
                    base.tag == TagState::Published && base.release.is_some_and(|own| own.name == release)
                };
                self.find(candidate).is_some_and(is_there) && self.never_published(candidate).is_none()
            })
    }

    /// `image` with another version or release in its tag, if its tag names them.
    pub fn variant(
        &self,
        image: &ImageReference,
        version: Option<&str>,
        release: Option<&str>,
    ) -> Option<ImageReference> {
        let found = self.locate(image)?;
        let mut holes = found.holes.clone();
        if let (Some(slot), Some(version)) = (&mut holes.version, version) {
            version.clone_into(slot);
        }
        if let (Some(slot), Some(release)) = (&mut holes.release, release) {
            // A patch version is published for the releases of its day alone. Which they are may be known.
            let facts = &found.entry.facts;
            if let Some(version) =
                holes.version.as_mut().filter(|_| slot != release && !facts.since.contains_key(release))
                && let Some(key) = facts.version_key(version)
            {
                key.clone_into(version);
            }
            release.clone_into(slot);
        }
        let variant: ImageReference = rendered(&found, &holes, image)?.parse().ok()?;
        (variant != image.without_digest()).then_some(variant)
    }

    /// The holes of a reference after version and release have moved on.
    fn moved(&self, found: &Found<'_>) -> Holes {
        let facts = &found.entry.facts;
        let release = found.holes.release.as_ref().map(|name| {
            let successor = self.releases.get(name).and_then(|release| release.successor.as_ref());
            successor.unwrap_or(name).clone()
        });
        let version = found.holes.version.as_ref().map(|version| {
            let key = facts.version_key(version);
            let successor = key.and_then(|key| facts.versions.get(key)?.successor.as_deref());
            // A patch version is published for the releases of its day alone.
            let is_there = match &release {
                Some(release) if found.holes.release.as_ref() != Some(release) => {
                    facts.since.contains_key(release) && facts.first_on(release, version).is_none()
                }
                _ => true,
            };
            let kept = if is_there { version } else { key.unwrap_or(version) };
            successor.unwrap_or(kept).to_owned()
        });
        let flavour = found.holes.flavour.as_ref().map(|flavour| {
            let successor = facts.flavours.get(flavour).and_then(|variation| variation.successor.as_ref());
            successor.unwrap_or(flavour).clone()
        });
        Holes { version, release, flavour, tool: found.holes.tool.clone() }
    }

    /// The same name with the number of another release: `…-debian12` to `…-debian13`.
    fn renumbered(&self, image: &ImageReference, from: &Release, to: &Release) -> Option<ImageReference> {
        let suffix = |release: &Release| format!("-{}{}", release.distribution, release.version);
        let name = image.name().strip_suffix(&suffix(from))?;
        let tag = match self.locate(image)?.tag {
            Some(pattern) if image.tag().is_some() => Some(pattern.fill(&self.locate(image)?.holes)?),
            _ => None,
        };
        let text = format!("{name}{}{}", suffix(to), tag.map(|tag| format!(":{tag}")).unwrap_or_default());
        text.parse().ok().filter(|candidate| self.is_of(candidate, to))
    }

    /// Whether `image` is published and stands on `release`.
    fn is_of(&self, image: &ImageReference, release: &Release) -> bool {
        self.find(image)
            .is_some_and(|base| base.tag == TagState::Published && base.release.as_ref() == Some(release))
    }
}

/// Name and tag of `image` with other holes; without a tag if it has none.
fn rendered(found: &Found<'_>, holes: &Holes, image: &ImageReference) -> Option<String> {
    let name = behind_prefix_of(&found.image.fill(holes)?, image);
    match (image.tag(), found.tag) {
        (None, _) => Some(name),
        (Some(_), Some(tag)) => Some(format!("{name}:{}", tag.fill(holes)?)),
        (Some(_), None) => None,
    }
}

/// `text` as a name of the registry or mirror that `image` writes out, if it does.
fn behind_prefix_of(text: &str, image: &ImageReference) -> String {
    let short = short_name(image.name());
    let prefix = &image.name()[..image.name().len() - short.len()];
    format!("{prefix}{text}")
}
