//! `services.lock`: what each tag of services.toml stood for when it was last resolved.
//!
//! The file is TOML with one table a tag, sorted, so that a change of one pin is a change of a few
//! neighbouring lines and bots can edit it. Reading and writing it asks neither network nor clock.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use toml::Spanned;

use crate::date::Date;
use crate::diagnostic::{Diagnostic, Span};
use crate::image::{ImageReference, is_platform};

/// The version of the file that this program reads and writes.
const VERSION: u32 = 1;

/// The pins of a fleet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lock {
    fleet: String,
    pins: BTreeMap<ImageReference, Pin>,
}

/// What one tag stood for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pin {
    /// The digest of the image index.
    pub digest: String,
    /// The platforms that it is published for, sorted.
    pub platforms: Vec<String>,
    /// The day on which the registry was asked.
    pub resolved_at: Date,
}

impl Pin {
    /// Those of `platforms` that it is not published for.
    fn without(&self, platforms: &[String]) -> Vec<String> {
        platforms.iter().filter(|platform| !self.platforms.contains(platform)).cloned().collect()
    }
}

/// How a lock differs from what is needed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Difference {
    /// Images that are needed and not in the lock.
    pub missing: Vec<ImageReference>,
    /// Images in the lock that nothing needs.
    pub superfluous: Vec<ImageReference>,
    /// Images whose pins are not published for some of the platforms, and those platforms.
    pub lacking: Vec<(ImageReference, Vec<String>)>,
}

impl Difference {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.missing.is_empty() && self.superfluous.is_empty() && self.lacking.is_empty()
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: Spanned<u32>,
    fleet: Spanned<String>,
    #[serde(default)]
    pin: Vec<RawPin>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPin {
    image: Spanned<String>,
    tag: Option<Spanned<String>>,
    digest: Spanned<String>,
    platforms: Vec<Spanned<String>>,
    resolved_at: Spanned<String>,
}

impl Lock {
    /// A lock without pins.
    pub fn new(fleet: &str) -> Self {
        Self { fleet: fleet.to_owned(), pins: BTreeMap::new() }
    }

    /// Reads the lock of a fleet.
    pub fn parse(text: &str, fleet: &str) -> Result<Self, Vec<Diagnostic>> {
        let file: File = toml::from_str(text).map_err(|error| vec![syntax_error(text, &error)])?;
        if *file.version.get_ref() != VERSION {
            let message =
                format!("this dockwright does not support version {} of the lock", file.version.get_ref());
            let hint = "update dockwright, or rewrite the lock with `dockwright lock --update`";
            return Err(vec![Diagnostic::new(file.version.span(), message).hint(hint)]);
        }
        if file.fleet.get_ref() != fleet {
            let message =
                format!("this is the lock of the fleet `{}`, not of `{fleet}`", file.fleet.get_ref());
            let hint = "if the fleet was renamed, rewrite the lock with `dockwright lock --update`";
            return Err(vec![Diagnostic::new(file.fleet.span(), message).hint(hint)]);
        }
        let mut lock = Self::new(fleet);
        let mut places: BTreeMap<ImageReference, Span> = BTreeMap::new();
        let mut mistakes = Vec::new();
        for raw in &file.pin {
            let Some((image, pin)) = raw.check(&mut mistakes) else { continue };
            if let Some(first) = places.insert(image.clone(), raw.image.span()) {
                let message = format!("{image} is pinned twice");
                mistakes.push(
                    Diagnostic::new(raw.image.span(), message).related(first, "it is pinned here as well"),
                );
            }
            lock.pins.insert(image, pin);
        }
        if mistakes.is_empty() { Ok(lock) } else { Err(mistakes) }
    }

    /// The name of its fleet.
    pub fn fleet(&self) -> &str {
        &self.fleet
    }

    /// The pins, sorted by image and tag.
    pub fn pins(&self) -> impl ExactSizeIterator<Item = (&ImageReference, &Pin)> {
        self.pins.iter()
    }

    /// The pin of an image; a digest in the reference is not looked at.
    pub fn pin(&self, image: &ImageReference) -> Option<&Pin> {
        self.pins.get(&image.without_digest())
    }

    /// `name:tag@sha256:…` for an image that is pinned here.
    ///
    /// An image that is written with a digest stays as it is.
    pub fn pinned(&self, image: &ImageReference) -> Option<ImageReference> {
        if image.digest().is_some() {
            return Some(image.clone());
        }
        image.with_digest(&self.pin(image)?.digest).ok()
    }

    /// Records what a registry said of an image.
    pub fn record(&mut self, image: &ImageReference, pin: Pin) {
        self.pins.insert(image.without_digest(), pin);
    }

    /// Takes over the digest of a reference such as `name:tag@sha256:…`, which somebody else
    /// resolved; `false` if the image is not pinned here, has no digest, or this very one.
    ///
    /// The platforms are taken to be the same; the day is that on which the digest was taken over.
    pub fn adopt(&mut self, image: &ImageReference, today: Date) -> bool {
        match (image.digest(), self.pins.get_mut(&image.without_digest())) {
            (Some(digest), Some(pin)) if pin.digest != digest => {
                digest.clone_into(&mut pin.digest);
                pin.resolved_at = today;
                true
            }
            _ => false,
        }
    }

    /// Drops the pins of all other images.
    pub fn keep_only<'a>(&mut self, needed: impl IntoIterator<Item = &'a ImageReference>) {
        for image in self.compare(needed, &[]).superfluous {
            self.pins.remove(&image);
        }
    }

    /// How the lock differs from the images that are needed, each for all of `platforms`. Those written with
    /// a digest need no pin.
    pub fn compare<'a>(
        &self,
        needed: impl IntoIterator<Item = &'a ImageReference>,
        platforms: &[String],
    ) -> Difference {
        let needed: std::collections::BTreeSet<_> =
            needed.into_iter().filter(|image| image.digest().is_none()).collect();
        Difference {
            missing: needed.iter().filter(|i| !self.pins.contains_key(**i)).map(|&i| i.clone()).collect(),
            superfluous: self.pins.keys().filter(|image| !needed.contains(image)).cloned().collect(),
            lacking: self
                .pins
                .iter()
                .filter(|(image, _)| needed.contains(image))
                .map(|(image, pin)| (image.clone(), pin.without(platforms)))
                .filter(|(_, without)| !without.is_empty())
                .collect(),
        }
    }

    /// The images whose pins are older than so many days, with the age of each.
    pub fn older_than(&self, days: u32, today: Date) -> impl Iterator<Item = (&ImageReference, u32)> {
        let aged = self.pins.iter().map(move |(image, pin)| (image, today.days_since(pin.resolved_at)));
        aged.filter(move |(_, age)| *age > days)
    }
}

/// The file as it is written.
#[derive(Serialize)]
struct WrittenFile<'l> {
    version: u32,
    fleet: &'l str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pin: Vec<WrittenPin<'l>>,
}

#[derive(Serialize)]
struct WrittenPin<'l> {
    image: &'l str,
    #[serde(skip_serializing_if = "Option::is_none")]
    tag: Option<&'l str>,
    digest: &'l str,
    platforms: &'l [String],
    resolved_at: String,
}

impl<'l> From<(&'l ImageReference, &'l Pin)> for WrittenPin<'l> {
    fn from((image, pin): (&'l ImageReference, &'l Pin)) -> Self {
        Self {
            image: image.name(),
            tag: image.tag(),
            digest: &pin.digest,
            platforms: &pin.platforms,
            resolved_at: pin.resolved_at.to_string(),
        }
    }
}

impl fmt::Display for Lock {
    /// The text of the file. What registries said goes through a serialiser, so that no value can be more than
    /// a value.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pin = self.pins.iter().map(WrittenPin::from).collect();
        let file = WrittenFile { version: VERSION, fleet: &self.fleet, pin };
        writeln!(f, "# Written by `dockwright lock`: the digest of each tag in services.toml.")?;
        f.write_str(&toml::to_string(&file).map_err(|_| fmt::Error)?)
    }
}

impl RawPin {
    /// The pin, if everything in it is right; what is not is added to the mistakes.
    fn check(&self, mistakes: &mut Vec<Diagnostic>) -> Option<(ImageReference, Pin)> {
        let before = mistakes.len();
        let mut note = |span: Span, message: String| mistakes.push(Diagnostic::new(span, message));
        let image = self.image(&mut note);
        if let Some(image) = &image
            && let Err(error) = image.with_digest(self.digest.get_ref())
        {
            note(self.digest.span(), error.to_string());
        }
        for platform in self.platforms.iter().filter(|platform| !is_platform(platform.get_ref())) {
            note(platform.span(), format!("`{}` is not a platform such as linux/arm64", platform.get_ref()));
        }
        let resolved_at = self.resolved_at.get_ref().parse();
        let resolved_at = resolved_at.map_err(|error: crate::date::DateError| {
            note(self.resolved_at.span(), error.to_string());
        });
        if mistakes.len() > before {
            return None;
        }
        let mut platforms: Vec<_> =
            self.platforms.iter().map(|platform| platform.get_ref().clone()).collect();
        platforms.sort_unstable();
        platforms.dedup();
        Some((
            image?,
            Pin { digest: self.digest.get_ref().clone(), platforms, resolved_at: resolved_at.ok()? },
        ))
    }

    /// Name and tag.
    fn image(&self, note: &mut impl FnMut(Span, String)) -> Option<ImageReference> {
        let image: ImageReference = match self.image.get_ref().parse() {
            Ok(image) => image,
            Err(error) => {
                let error: crate::image::ImageReferenceError = error;
                note(self.image.span(), error.to_string());
                return None;
            }
        };
        if image.tag().is_some() || image.digest().is_some() {
            note(self.image.span(), format!("`{image}` is more than a name: write the tag in `tag`"));
            return None;
        }
        let Some(tag) = &self.tag else { return Some(image) };
        image.with_tag(tag.get_ref()).map_err(|error| note(tag.span(), error.to_string())).ok()
    }
}

fn syntax_error(text: &str, error: &toml::de::Error) -> Diagnostic {
    let mistake = Diagnostic::new(error.span().unwrap_or(0..0), error.message());
    let conflict = text.lines().any(|line| line.starts_with("<<<<<<<") || line.starts_with(">>>>>>>"));
    if conflict {
        mistake.hint("the file holds a merge conflict: take either side, then run `dockwright lock --update`")
    } else {
        mistake.hint("rewrite it with `dockwright lock --update`")
    }
}

#[cfg(test)]
mod tests;
