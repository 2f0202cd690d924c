//! The ways in which one image is written: with its registry, behind a mirror, by the name or number of its release.

use crate::bases::{Release, short_name};
use crate::image::ImageReference;

/// Whether a reference names its release, by name or by number.
pub(in super::super) fn names_release(image: &ImageReference, release: &Release) -> bool {
    let text = image.to_string();
    let numbered = ["", ":"].map(|colon| format!("{}{colon}{}", release.distribution, release.version));
    text.contains(&release.name) || numbered.iter().any(|number| text.contains(number.as_str()))
}

/// Whether a part of a reference is the release's name or number: `mirror.local/python:3.11-bookworm`.
pub(super) fn has_word_of(image: &ImageReference, release: &Release) -> bool {
    release.is_named_in(&format!("{}:{}", image.repository(), image.tag().unwrap_or_default()))
}

/// An image, with what leads to its name as it stands in another one: `docker.io/library/`, a mirror.
pub(super) fn spelt_like(image: &ImageReference, to: ImageReference) -> ImageReference {
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

pub(super) fn same(one: &ImageReference, other: &ImageReference) -> bool {
    same_name(one, other) && one.tag() == other.tag()
}

/// Whether two names mean one repository: `python` is `docker.io/library/python`.
pub(super) fn same_name(one: &ImageReference, other: &ImageReference) -> bool {
    one.repository() == other.repository() && same_registry(one.registry(), other.registry())
}

/// Whether an image is the mirror of one that is written without a way to it.
pub(super) fn mirrors(image: &ImageReference, wanted: &ImageReference) -> bool {
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
