//! References in files that are no Dockerfiles: Compose and bake.
//!
//! Only values that are a reference as a whole are changed: `image:` and build arguments of Compose,
//! strings of bake. Whatever only looks like one is listed.

use std::collections::BTreeSet;

use super::Language;
use super::handwritten::Outcome;
use super::moves::{Fate, Mover};
use super::packages::lines;
use crate::bases::{Catalogue, TagState};
use crate::diagnostic::{Diagnostic, Span};
use crate::dockerfile::Edit;
use crate::image::ImageReference;

/// The prefix by which bake names an image as a context.
const CONTEXT: &str = "docker-image://";

/// A reference to an image.
struct Mention {
    place: Span,
    image: ImageReference,
    /// Whether it is a value as a whole, and no part of other text
    whole: bool,
}

/// Plans the move of the references of a Compose or bake file.
pub(super) fn plan(text: &str, language: Language, mover: &Mover<'_, '_>) -> Outcome {
    let mut outcome = Outcome::default();
    for Mention { place, image, whole } in mentions(text, language) {
        match mover.fate(&image) {
            Fate::Moves(movement) if whole => {
                outcome.edits.push(Edit::new(place, movement.to.to_string()));
                outcome.moves.push(movement);
            }
            Fate::Moves(movement) => {
                let message = format!("`{image}` stands inside other text");
                let hint = format!("if it is meant, change it to `{}` by hand", movement.to);
                outcome.notes.push(Diagnostic::new(place, message).hint(hint));
            }
            Fate::Unsure(reason) if whole => {
                outcome.meant = true;
                let message = format!("nobody can say where `{image}` moves to: {reason}");
                outcome.notes.push(Diagnostic::new(place, message).hint("change it by hand"));
            }
            Fate::Unsure(_) | Fate::Stays => {}
        }
    }
    outcome
}

/// The images that a Compose or bake file names: those that are known, and the official ones of Docker
/// Hub. Others are images of one's own as a rule, or no images at all: `cache:6379` is an address.
pub(super) fn images(text: &str, language: Language, catalogue: &Catalogue) -> BTreeSet<ImageReference> {
    let is_base = |mention: &Mention| match catalogue.find(&mention.image) {
        Some(base) => base.tag != TagState::Unknown,
        None => is_value_of_image(text, mention) && !mention.image.name().contains('/'),
    };
    let whole = mentions(text, language).into_iter().filter(|mention| mention.whole);
    whole.filter(is_base).map(|mention| mention.image).collect()
}

/// Whether it stands behind `image:` of a Compose file.
fn is_value_of_image(text: &str, mention: &Mention) -> bool {
    let key = text[..mention.place.start].trim_end_matches(['"', '\'']).trim_end_matches(' ');
    let end = text[mention.place.end..].chars().next();
    let names_image =
        key.strip_suffix("image:").is_some_and(|before| !before.ends_with(|c: char| c.is_alphanumeric()));
    names_image && end.is_none_or(|c| c.is_whitespace() || matches!(c, '"' | '\'' | ',' | '}'))
}

fn mentions(text: &str, language: Language) -> Vec<Mention> {
    let mut found = Vec::new();
    match language {
        Language::Compose => compose(text, &mut found),
        Language::Bake => bake(text, &mut found),
        Language::Dockerfile => {}
    }
    found
}

fn compose(text: &str, found: &mut Vec<Mention>) {
    let mut block: Option<usize> = None;
    for line in lines(text, &(0..text.len())) {
        let content = &text[line.clone()];
        let indent = content.len() - content.trim_start().len();
        if content.trim().is_empty() || content.trim_start().starts_with('#') {
            continue;
        }
        // The lines of a block scalar are text, not YAML.
        if block.is_some_and(|outer| indent > outer) {
            inside(text, &line, found);
            continue;
        }
        block = is_block(content).then_some(indent);
        let first = found.len();
        match value(text, &line) {
            Some((key, place)) => whole(text, &place, key == "image", found),
            None => inside(text, &line, found),
        }
        // `cache: { image: redis:7.2 }`
        if content.contains('{') {
            for mention in &mut found[first..] {
                mention.whole |= is_value_of_image(text, mention);
            }
        }
    }
}

fn bake(text: &str, found: &mut Vec<Mention>) {
    for line in lines(text, &(0..text.len())) {
        let content = &text[line.clone()];
        if content.trim_start().starts_with(['#']) || content.trim_start().starts_with("//") {
            continue;
        }
        let mut at = 0;
        while let Some(open) = content[at..].find('"').map(|open| at + open) {
            let Some(length) = content[open + 1..].find('"') else { break };
            let place = line.start + open + 1..line.start + open + 1 + length;
            whole(text, &place, true, found);
            at = open + length + 2;
        }
    }
}

/// A line `key: value`, `- key: value`, `- KEY=value` or `- value`: the key, and where the value is.
fn value<'t>(text: &'t str, line: &Span) -> Option<(&'t str, Span)> {
    let content = &text[line.clone()];
    let item = content.trim_start().trim_start_matches("- ").trim_start();
    let start = line.end - item.len();
    let (key, rest) = match item.split_once(": ") {
        Some((key, rest)) => (key.trim(), rest),
        None => (item.split_once('=').map_or("", |(key, _)| key), item),
    };
    let rest_start = start + (item.len() - rest.len());
    let bare = rest.trim_start();
    let bare_start = rest_start + (rest.len() - bare.len());
    let place = if let Some(quote) = bare.chars().next().filter(|c| matches!(c, '"' | '\'')) {
        let inner = &bare[1..];
        let end = inner.find(quote)?;
        let behind = inner[end + 1..].trim();
        (behind.is_empty() || behind.starts_with('#')).then_some(bare_start + 1..bare_start + 1 + end)?
    } else {
        let end = bare.find(" #").unwrap_or(bare.len());
        bare_start..bare_start + bare[..end].trim_end().len()
    };
    // `- KEY=value` of a list of build arguments.
    let assigned = text[place.clone()]
        .split_once('=')
        .filter(|(name, _)| !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'));
    Some(match assigned {
        Some((name, value)) => (name, place.end - value.len()..place.end),
        None => (key, place),
    })
}

/// Whether a line opens a block scalar: `key: |`, `key: >-`.
fn is_block(line: &str) -> bool {
    let end = line.split(" #").next().unwrap_or_default().trim_end();
    let end = end.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-'));
    end.ends_with(": |") || end.ends_with(": >") || end.ends_with("- |") || end.ends_with("- >")
}

/// A value that may be a reference as a whole. Without a tag or a slash it is one only where images
/// are expected: `debian` may be anything.
fn whole(text: &str, place: &Span, expected: bool, found: &mut Vec<Mention>) {
    let written = &text[place.clone()];
    let offset = if written.starts_with(CONTEXT) { CONTEXT.len() } else { 0 };
    let reference = place.start + offset..place.end;
    let plain = &text[reference.clone()];
    let is_one = offset > 0 || plain.contains(['/', ':']) || (expected && place.len() > 2);
    match plain.parse::<ImageReference>() {
        Ok(image) if is_one => found.push(Mention { place: reference, image, whole: true }),
        _ => inside(text, place, found),
    }
}

/// References inside other text.
fn inside(text: &str, place: &Span, found: &mut Vec<Mention>) {
    let part = &text[place.clone()];
    let belongs = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '/' | ':' | '@' | '-');
    let mut at = 0;
    for word in part.split(|c| !belongs(c)) {
        let mut start = place.start + at;
        at += word.len() + part[at + word.len()..].chars().next().map_or(0, char::len_utf8);
        let marks = [':', '.', '-'];
        start += word.len() - word.trim_start_matches(marks).len();
        let word = word.trim_matches(marks);
        let looks_like_one = word.contains(':') || word.contains('/');
        if let Some(image) = looks_like_one.then(|| word.parse().ok()).flatten() {
            found.push(Mention { place: start..start + word.len(), image, whole: false });
        }
    }
}
