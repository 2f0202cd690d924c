//! References of which a chart or a kustomization writes name and tag apart: `image: { repository: …, tag: … }`,
//! `images: [{ name: …, newTag: … }]`.

use super::{Mention, Site, Written};
use crate::diagnostic::Span;
use crate::dockerfile::Edit;
use crate::image::ImageReference;

/// Keys for the name, with those for the tag beside it. The first that is there counts.
const KEYS: [(&str, &[&str]); 6] = [
    ("newName", &["newTag"]),
    ("repository", &["tag"]),
    ("repo", &["tag"]),
    ("image", &["tag", "imageTag"]),
    ("imageName", &["imageTag", "tag"]),
    ("name", &["newTag", "tag"]),
];

/// A scalar of a mapping: its key, and where its value is written.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) place: Span,
}

/// The places of a reference in pieces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pair {
    registry: Option<Span>,
    name: Span,
    /// Whether the key is one that says only which images are meant
    is_selector: bool,
    tag: Span,
    digest: Option<Span>,
}

/// The reference that the scalars of a mapping make, if they make one.
pub(super) fn pair(text: &str, entries: &[Entry]) -> Option<Mention> {
    let find = |key: &str| entries.iter().find(|entry| entry.key == key).map(|entry| entry.place.clone());
    let (key, name, tag) = KEYS
        .iter()
        .find_map(|(key, tags)| Some((*key, find(key)?, tags.iter().find_map(|tag| find(tag))?)))?;
    let registry = find("registry").filter(|_| key != "name" && key != "newName");
    let written = |place: &Span| &text[place.clone()];
    // A name with a tag of its own is whole already.
    if written(&name).rsplit('/').next()?.contains([':', '@']) {
        return None;
    }
    let prefix = registry.as_ref().map(|place| format!("{}/", written(place))).unwrap_or_default();
    let image: ImageReference = format!("{prefix}{}:{}", written(&name), written(&tag)).parse().ok()?;
    let pair = Pair {
        registry,
        name,
        is_selector: key == "name" && find("newTag").is_some(),
        tag,
        digest: find("digest"),
    };
    let place = pair.tag.clone();
    Some(Mention { place, image: Some(image), site: Site::Image, written: Written::Apart(pair) })
}

impl Pair {
    /// Whether a place is that of the name.
    pub(super) fn is_named_at(&self, place: &Span) -> bool {
        self.name.start <= place.start && place.end <= self.name.end
    }

    /// The edits that make the pieces say `to`, or what to do by hand instead.
    pub(super) fn edits(
        &self,
        text: &str,
        from: &ImageReference,
        to: &ImageReference,
    ) -> Result<Vec<Edit>, String> {
        if self.digest.is_some() {
            return Err(format!("change tag and digest to those of `{to}` by hand"));
        }
        let tag = to.tag().unwrap_or("latest");
        let mut edits = vec![Edit::new(self.tag.clone(), scalar(text, &self.tag, tag))];
        if !same_name(from, to) {
            if self.is_selector {
                return Err(format!("add `newName: {}` and change newTag to `{tag}` by hand", to.name()));
            }
            match &self.registry {
                Some(place) => {
                    edits.push(Edit::new(place.clone(), to.registry().unwrap_or("docker.io").to_owned()));
                    edits.push(Edit::new(self.name.clone(), to.repository()));
                }
                None => edits.push(Edit::new(self.name.clone(), to.name().to_owned())),
            }
        }
        edits.retain(|edit| text[edit.span.clone()] != edit.replacement);
        Ok(edits)
    }
}

/// Whether two names mean one repository.
fn same_name(one: &ImageReference, other: &ImageReference) -> bool {
    let registry = |image: &ImageReference| image.registry().unwrap_or("docker.io").to_owned();
    one.repository() == other.repository() && registry(one) == registry(other)
}

/// A tag as a scalar: `3.10` without quotes would be a number, and lose its zero.
fn scalar(text: &str, place: &Span, tag: &str) -> String {
    let is_quoted = text[..place.start].ends_with(['"', '\'']);
    let is_number =
        |text: &str| text.parse::<f64>().is_ok() || text.starts_with("0x") || text.starts_with("0o");
    let whole = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    if is_quoted || !is_number(tag) || (whole(tag) && whole(&text[place.clone()])) {
        tag.to_owned()
    } else {
        format!("\"{tag}\"")
    }
}
