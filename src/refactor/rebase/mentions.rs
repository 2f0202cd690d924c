//! References in files that are no Dockerfiles: Compose and bake.
//!
//! Only values that name an image as a whole are changed, where Compose and bake expect one: `image:`,
//! build arguments and contexts. Whatever only looks like one is listed.

mod bake;
mod compose;
mod values;

use std::collections::BTreeSet;

use super::Language;
use super::handwritten::Outcome;
use super::moves::{Fate, Mover};
use crate::bases::{Catalogue, TagState};
use crate::diagnostic::{Diagnostic, Span};
use crate::dockerfile::Edit;
use crate::image::ImageReference;

pub(super) use values::Argument;

/// The prefix by which Compose and bake name an image as a context.
const CONTEXT: &str = "docker-image://";

/// A reference to an image.
#[derive(Debug)]
struct Mention {
    place: Span,
    image: ImageReference,
    site: Site,
    /// Whether it is written there as it is, so that it can be replaced
    whole: bool,
}

/// What a value is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Site {
    /// The image of a service
    Image,
    /// A build argument, which may be an image
    Argument,
    /// A build context, which is an image behind `docker-image://`
    Context,
    /// Anything else: a command, an address, a label
    Text,
}

/// Plans the move of the references of a Compose or bake file.
pub(super) fn plan(text: &str, language: Language, mover: &Mover<'_, '_>) -> Outcome {
    let mut outcome = Outcome::default();
    let (found, broken) = mentions(text, language);
    for Mention { place, image, site, whole } in found {
        match mover.fate(&image) {
            Fate::Moves(movement) if whole => {
                if let Some(nowhere) = movement.leads_nowhere(mover.rule.catalogue, &place) {
                    outcome.meant = true;
                    outcome.unsure.push(nowhere);
                    continue;
                }
                outcome.edits.push(Edit::new(place, movement.to.to_string()));
                outcome.moves.push(movement);
            }
            Fate::Moves(movement) => {
                let message = format!("`{image}` stands inside other text");
                let hint = format!("if it is meant, change it to `{}` by hand", movement.to);
                outcome.notes.push(Diagnostic::new(place, message).hint(hint));
            }
            Fate::Unsure(reason) if site != Site::Text => {
                outcome.meant = true;
                let message = format!("nobody can say where `{image}` moves to: {reason}");
                outcome.unsure.push(Diagnostic::new(place, message).hint("change it by hand"));
            }
            Fate::Unsure(_) | Fate::Stays => {}
        }
    }
    if let Some(broken) = broken.filter(|_| !outcome.notes.is_empty()) {
        outcome.meant = true;
        outcome.unsure.push(broken);
    }
    outcome
}

/// The images that a Compose or bake file names: those that are known, and the official ones of Docker
/// Hub. Others are images of one's own as a rule, or no images at all: `cache:6379` is an address.
pub(super) fn images(text: &str, language: Language, catalogue: &Catalogue) -> BTreeSet<ImageReference> {
    let is_base = |mention: &Mention| match catalogue.find(&mention.image) {
        Some(base) => base.tag != TagState::Unknown,
        None => mention.site == Site::Image && !mention.image.name().contains('/'),
    };
    let named = mentions(text, language).0.into_iter().filter(|mention| mention.site != Site::Text);
    named.filter(is_base).map(|mention| mention.image).collect()
}

/// The build arguments that a file sets, in its order; none if it cannot be read.
pub(super) fn arguments(text: &str, language: Language) -> Vec<Argument> {
    match language {
        Language::Compose => compose::mentions(text, &mut Vec::new()).unwrap_or_default(),
        Language::Bake => {
            bake::mentions(text, &mut Vec::new()).map(|settings| settings.arguments(text)).unwrap_or_default()
        }
        Language::Dockerfile => Vec::new(),
    }
}

/// What a file mentions, and why it cannot be read; then everything in it is text.
fn mentions(text: &str, language: Language) -> (Vec<Mention>, Option<Diagnostic>) {
    let mut found = Vec::new();
    let read = match language {
        Language::Compose => compose::mentions(text, &mut found).map(drop),
        Language::Bake => bake::mentions(text, &mut found).map(drop),
        Language::Dockerfile => Ok(()),
    };
    let Err(broken) = read else { return (found, None) };
    found.clear();
    inside(text, &(0..text.len()), &mut found);
    (found, Some(broken))
}

/// The value at a place: a reference as a whole, or text with references inside. Without a tag or a
/// slash it is a reference only where images are expected: `debian` may be anything.
fn value(text: &str, place: &Span, site: Site, found: &mut Vec<Mention>) {
    let written = &text[place.clone()];
    let context = written.strip_prefix(CONTEXT);
    let plain = context.unwrap_or(written);
    let expected = match site {
        Site::Image => true,
        Site::Argument => plain.contains(['/', ':']),
        Site::Context => context.is_some(),
        Site::Text => false,
    };
    match plain.parse::<ImageReference>() {
        Ok(image) if expected => {
            found.push(Mention { place: place.end - plain.len()..place.end, image, site, whole: true });
        }
        _ => inside(text, place, found),
    }
}

/// References inside other text. A number of three digits or more behind a colon is a port.
fn inside(text: &str, place: &Span, found: &mut Vec<Mention>) {
    let part = &text[place.clone()];
    let belongs = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '/' | ':' | '@' | '-');
    let is_port = |image: &ImageReference| {
        image.tag().is_some_and(|tag| tag.len() > 2 && tag.bytes().all(|b| b.is_ascii_digit()))
    };
    let mut at = 0;
    for word in part.split(|c| !belongs(c)) {
        let mut start = place.start + at;
        at += word.len() + part[at + word.len()..].chars().next().map_or(0, char::len_utf8);
        let marks = [':', '.', '-'];
        start += word.len() - word.trim_start_matches(marks).len();
        let word = word.trim_matches(marks);
        let (word, start) =
            word.strip_prefix(CONTEXT).map_or((word, start), |image| (image, start + CONTEXT.len()));
        let looks_like_one = word.contains(':') || word.contains('/');
        let image: Option<ImageReference> = looks_like_one.then(|| word.parse().ok()).flatten();
        if let Some(image) = image.filter(|image| !is_port(image)) {
            found.push(Mention { place: start..start + word.len(), image, site: Site::Text, whole: false });
        }
    }
}
