//! References in files that are no Dockerfiles: Compose and bake.
//!
//! Only values that are a reference as a whole are changed: `image:` and build arguments of Compose,
//! strings of bake. Whatever only looks like one is listed.

use super::handwritten::Outcome;
use super::moves::{Fate, Mover};
use super::packages::lines;
use crate::diagnostic::{Diagnostic, Span};
use crate::dockerfile::Edit;
use crate::image::ImageReference;

/// The prefix by which bake names an image as a context.
const CONTEXT: &str = "docker-image://";

/// Plans the move of the references of a Compose file.
pub(super) fn compose(text: &str, mover: &Mover<'_, '_>) -> Outcome {
    let mut outcome = Outcome::default();
    let mut block: Option<usize> = None;
    for line in lines(text, &(0..text.len())) {
        let content = &text[line.clone()];
        let indent = content.len() - content.trim_start().len();
        if content.trim().is_empty() || content.trim_start().starts_with('#') {
            continue;
        }
        // The lines of a block scalar are text, not YAML.
        if block.is_some_and(|outer| indent > outer) {
            listed(text, &line, mover, &mut outcome);
            continue;
        }
        block = is_block(content).then_some(indent);
        match value(text, &line) {
            Some((key, place)) => whole(text, &place, key == "image", mover, &mut outcome),
            None => listed(text, &line, mover, &mut outcome),
        }
    }
    outcome
}

/// Plans the move of the references of a bake file in HCL or JSON.
pub(super) fn bake(text: &str, mover: &Mover<'_, '_>) -> Outcome {
    let mut outcome = Outcome::default();
    for line in lines(text, &(0..text.len())) {
        let content = &text[line.clone()];
        if content.trim_start().starts_with(['#']) || content.trim_start().starts_with("//") {
            continue;
        }
        let mut at = 0;
        while let Some(open) = content[at..].find('"').map(|open| at + open) {
            let Some(length) = content[open + 1..].find('"') else { break };
            let place = line.start + open + 1..line.start + open + 1 + length;
            whole(text, &place, true, mover, &mut outcome);
            at = open + length + 2;
        }
    }
    outcome
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
fn whole(text: &str, place: &Span, expected: bool, mover: &Mover<'_, '_>, outcome: &mut Outcome) {
    let written = &text[place.clone()];
    let offset = if written.starts_with(CONTEXT) { CONTEXT.len() } else { 0 };
    let reference = place.start + offset..place.end;
    let plain = &text[reference.clone()];
    let is_one = offset > 0 || plain.contains(['/', ':']) || (expected && place.len() > 2);
    match plain.parse::<ImageReference>() {
        Ok(image) if is_one => match mover.fate(&image) {
            Fate::Moves(movement) => {
                outcome.edits.push(Edit::new(reference, movement.to.to_string()));
                outcome.moves.push(movement);
            }
            Fate::Unsure(reason) => {
                outcome.meant = true;
                let message = format!("nobody can say where `{image}` moves to: {reason}");
                outcome.notes.push(Diagnostic::new(reference, message).hint("change it by hand"));
            }
            Fate::Stays => {}
        },
        _ => listed(text, place, mover, outcome),
    }
}

/// Lists references inside other text.
fn listed(text: &str, place: &Span, mover: &Mover<'_, '_>, outcome: &mut Outcome) {
    let part = &text[place.clone()];
    let belongs = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '/' | ':' | '@' | '-');
    let mut at = 0;
    for word in part.split(|c| !belongs(c)) {
        let start = place.start + at;
        at += word.len() + part[at + word.len()..].chars().next().map_or(0, char::len_utf8);
        let word = word.trim_matches([':', '.', '-']);
        let looks_like_one = word.contains(':') || word.contains('/');
        let Some(image) = looks_like_one.then(|| word.parse::<ImageReference>().ok()).flatten() else {
            continue;
        };
        if let Fate::Moves(movement) = mover.fate(&image) {
            let message = format!("`{image}` stands inside other text");
            let hint = format!("if it is meant, change it to `{}` by hand", movement.to);
            outcome.notes.push(Diagnostic::new(start..start + word.len(), message).hint(hint));
        }
    }
}
