//! References in files that are no Dockerfiles: Compose, bake, and what runs containers.
//!
//! Only values that name an image are changed, where the format expects one: `image:`, build arguments and
//! contexts. Whatever only looks like one is listed.

mod bake;
mod compose;
mod environment;
mod expression;
mod hcl;
mod pairs;
mod script;
mod values;

use std::collections::BTreeMap;

use super::Language;
use super::Named;
use super::handwritten::Outcome;
use super::moves::{Fate, Movement, Mover};
use super::word::{Segment, spread};
use crate::bases::{Catalogue, TagState};
use crate::diagnostic::{Diagnostic, Span};
use crate::dockerfile::Edit;
use crate::image::ImageReference;

use pairs::Pair;
pub(super) use values::{Argument, Build, Built};
use values::{Shared, contains};

/// The prefix by which Compose and bake name an image as a context.
const CONTEXT: &str = "docker-image://";
/// The prefix by which GitHub names an image as an action.
const ACTION: &str = "docker://";

/// A reference to an image.
#[derive(Debug)]
struct Mention {
    place: Span,
    /// The image; `None` where only the engine can work it out, or where it is a part of a tag
    image: Option<ImageReference>,
    site: Site,
    written: Written,
}

/// How a reference is written.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Written {
    /// As it is, so that it can be replaced
    Whole,
    /// Inside other text
    Inside,
    /// Put together from these, of which it is known where they stand
    Made(Vec<Segment>),
    /// In the pieces of a mapping
    Apart(Pair),
    /// With parts that only the engine can work out
    Unknown,
    /// Not at all: a word that may be a part of a tag
    Word,
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
    /// A step of a workflow, which is an image behind `docker://`
    Action,
    /// One of a list that may hold images
    Item,
    /// Anything else: a command, an address, a label
    Text,
}

/// Plans the move of the references of a file that is no Dockerfile.
pub(super) fn plan(text: &str, language: Language, mover: &Mover<'_, '_>) -> Outcome {
    let mut outcome = Outcome::default();
    let Read { found, shared, broken } = mentions(text, language);
    let mut moved: Vec<Span> = Vec::new();
    for mention in found {
        let Some(image) = &mention.image else {
            unknown(text, &mention, mover, &mut outcome);
            continue;
        };
        match mover.fate(image) {
            Fate::Moves(movement) if mention.written == Written::Inside => {
                let message = format!("`{image}` is part of a longer text");
                let hint = format!("if it refers to the image, change it to `{}` by hand", movement.to);
                outcome.notes.push(Diagnostic::new(mention.place, message).hint(hint));
            }
            Fate::Moves(movement) => {
                outcome.meant = true;
                match edits(text, &mention, &movement, mover.rule.catalogue) {
                    Ok(edits) => {
                        outcome.edits.extend(edits);
                        outcome.moves.push(movement);
                        moved.push(mention.place);
                    }
                    Err(left) => outcome.unsure.push(left),
                }
            }
            Fate::Unsure(reason) if mention.site != Site::Text => {
                outcome.meant = true;
                let message = format!("cannot determine a replacement for `{image}`: {reason}");
                outcome.unsure.push(Diagnostic::new(mention.place, message).hint("change it by hand"));
            }
            Fate::Stays if mention.site == Site::Image => {
                let stays = mover.rule.moved_by_others(image).map(|message| {
                    let hint = "use a tag that names its release: it does not move by itself";
                    Diagnostic::new(mention.place, message).hint(hint)
                });
                outcome.notes.extend(stays);
            }
            Fate::Unsure(_) | Fate::Stays => {}
        }
    }
    outcome.edits.sort_by_key(|edit| (edit.span.start, edit.span.end));
    outcome.edits.dedup();
    settle(text, &shared, &moved, &mut outcome);
    let is_changed = |note: &Diagnostic| outcome.edits.iter().any(|edit| contains(&edit.span, &note.span));
    outcome.notes.retain(|note| !is_changed(note));
    for diagnostics in [&mut outcome.notes, &mut outcome.unsure] {
        diagnostics.sort_by(|a, b| (a.span.start, &a.message).cmp(&(b.span.start, &b.message)));
        diagnostics.dedup();
    }
    if let Some(broken) = broken.filter(|_| !outcome.notes.is_empty()) {
        outcome.meant = true;
        outcome.unsure.push(broken);
    }
    outcome
}

/// The edits that make a mention say where its image moves to, or why there are none.
fn edits(
    text: &str,
    mention: &Mention,
    movement: &Movement,
    catalogue: &Catalogue,
) -> Result<Vec<Edit>, Diagnostic> {
    let (from, to, place) = (&movement.from, &movement.to, &mention.place);
    if let Some(nowhere) = movement.leads_nowhere(catalogue, place) {
        return Err(nowhere);
    }
    match &mention.written {
        Written::Made(parts) => spread(parts, &to.to_string()).ok_or_else(|| {
            let message = format!("`{from}` is put together here from variables");
            let hint = format!("change the variables so that they make `{to}`");
            Diagnostic::new(place.clone(), message).hint(hint)
        }),
        Written::Apart(pair) => pair.edits(text, from, to).map_err(|hint| {
            let message = format!("`{from}` is written here in pieces that do not move together");
            Diagnostic::new(place.clone(), message).hint(hint)
        }),
        _ => Ok(vec![Edit::new(place.clone(), to.to_string())]),
    }
}

/// Leaves a file in which a change would also change something else.
fn settle(text: &str, shared: &[Shared], moved: &[Span], outcome: &mut Outcome) {
    let mut left = Vec::new();
    for pair in outcome
        .edits
        .windows(2)
        .filter(|pair| pair[1].span.start < pair[0].span.end || pair[0].span == pair[1].span)
    {
        let message =
            format!("`{}` is a part of bases that move to different ones", &text[pair[1].span.clone()]);
        left.push(
            Diagnostic::new(pair[1].span.clone(), message).hint("give each base a variable of its own"),
        );
    }
    left.extend(twins(text, shared, &outcome.edits));
    for shared in shared {
        // An image as a whole moves wherever it is used.
        let is_part = |edit: &&Edit| shared.says(&edit.span) && !edit.replacement.contains([':', '/']);
        let Some(edit) = outcome.edits.iter().find(is_part) else { continue };
        let Some(other) = shared.uses.iter().find(|place| !moved.iter().any(|moved| contains(moved, place)))
        else {
            continue;
        };
        let line = text[..other.start].matches('\n').count() + 1;
        let message = format!(
            "`{}` is a part of a base that moves, and line {line} uses it for something else",
            shared.name
        );
        let hint = format!("change both by hand, with `{}` for the base", edit.replacement);
        left.push(Diagnostic::new(edit.span.clone(), message).hint(hint));
    }
    outcome.meant |= !left.is_empty();
    outcome.unsure.append(&mut left);
}

/// The values of a matrix that are the same afterwards: each has to make a target of its own.
fn twins<'s>(
    text: &'s str,
    shared: &'s [Shared],
    edits: &'s [Edit],
) -> impl Iterator<Item = Diagnostic> + 's {
    shared.iter().filter_map(move |shared| {
        let after = |item: &Span| {
            let edit = edits.iter().find(|edit| edit.span == *item);
            edit.map_or_else(|| text[item.clone()].to_owned(), |edit| edit.replacement.clone())
        };
        let mut seen: BTreeMap<String, &str> = BTreeMap::new();
        let twin = shared.items.iter().find(|item| {
            let before = &text[(*item).clone()];
            *seen.entry(after(item)).or_insert(before) != before
        })?;
        let edit = shared.items.iter().find(|item| edits.iter().any(|edit| edit.span == **item))?;
        let message = format!("`{}` has two values `{}` afterwards", shared.name, after(twin));
        Some(Diagnostic::new(edit.clone(), message).hint("remove one of them by hand"))
    })
}

/// Says what is not a reference as it stands, and may be a part of one that moves.
fn unknown(text: &str, mention: &Mention, mover: &Mover<'_, '_>, outcome: &mut Outcome) {
    let place = mention.place.clone();
    let part = &text[place.clone()];
    let Some(old) = mover.rule.may_mean(part) else { return };
    if mention.written == Written::Word {
        let message = format!("`{part}` is named here, but {old} moves");
        let hint = "if a base is composed of it, change it by hand";
        outcome.notes.push(Diagnostic::new(place, message).hint(hint));
        return;
    }
    if mention.site == Site::Text {
        let message = format!("`{part}` names {old}, which moves");
        let hint = "if it is a base, change it by hand";
        outcome.notes.push(Diagnostic::new(place, message).hint(hint));
        return;
    }
    outcome.meant = true;
    let message = format!("`{part}` names {old}; the rest is only known when the image is built");
    outcome.unsure.push(Diagnostic::new(place, message).hint("change it by hand"));
}

/// The images that a Compose or bake file names: those that are known, and the official ones of Docker
/// Hub. Others are images of one's own as a rule, or no images at all: `cache:6379` is an address.
pub(super) fn images(text: &str, language: Language, catalogue: &Catalogue) -> Named {
    let is_base = |site: Site, image: &ImageReference| match catalogue.find(image) {
        Some(base) => base.tag != TagState::Unknown,
        None => site == Site::Image && !image.name().contains('/'),
    };
    let Read { found, broken, .. } = mentions(text, language);
    let named = found.into_iter().filter(|mention| mention.site != Site::Text);
    let images = named
        .filter_map(|mention| Some((mention.site, mention.image?)))
        .filter(|(site, image)| is_base(*site, image))
        .map(|(_, image)| image)
        .collect();
    Named { images, broken }
}

/// What a file builds, and with which arguments; nothing if it cannot be read.
pub(super) fn built(text: &str, language: Language) -> Built {
    let found = &mut Vec::new();
    match language {
        Language::Compose => compose::mentions(text, compose::Keys::Compose, found).unwrap_or_default(),
        Language::Bake | Language::DevContainer => {
            bake::mentions(text, language, found).map(|(built, _)| built).unwrap_or_default()
        }
        Language::Environment => environment::mentions(text, found),
        _ => Built::default(),
    }
}

/// What is read of a file.
#[derive(Default)]
struct Read {
    found: Vec<Mention>,
    shared: Vec<Shared>,
    /// Why it cannot be read; then everything in it is text
    broken: Option<Diagnostic>,
}

/// What a file mentions.
fn mentions(text: &str, language: Language) -> Read {
    let mut found = Vec::new();
    let read = match language {
        Language::Compose => compose::mentions(text, compose::Keys::Compose, &mut found).map(|_| Vec::new()),
        Language::Yaml => compose::mentions(text, compose::Keys::Manifest, &mut found).map(|_| Vec::new()),
        Language::Bake | Language::DevContainer => {
            bake::mentions(text, language, &mut found).map(|(_, shared)| shared)
        }
        Language::Environment => {
            environment::mentions(text, &mut found);
            Ok(Vec::new())
        }
        Language::Script => {
            script::mentions(text, &mut found);
            Ok(Vec::new())
        }
        Language::Dockerfile | Language::Version => Ok(Vec::new()),
    };
    match read {
        Ok(shared) => Read { found, shared, broken: None },
        Err(broken) => {
            let mut found = Vec::new();
            inside(text, &(0..text.len()), &mut found);
            // Templates of Kubernetes end in .yaml as well.
            Read { found, shared: Vec::new(), broken: Some(broken).filter(|_| language.is_of_builds()) }
        }
    }
}

/// The value at a place: a reference as a whole, or text with references inside. Without a tag or a
/// slash it is a reference only where images are expected: `debian` may be anything.
fn value(text: &str, place: &Span, site: Site, found: &mut Vec<Mention>) {
    let written = &text[place.clone()];
    let behind = [CONTEXT, ACTION].into_iter().find_map(|prefix| written.strip_prefix(prefix));
    let plain = behind.unwrap_or(written);
    let expected = match site {
        Site::Image => true,
        Site::Argument | Site::Item => plain.contains(['/', ':']),
        Site::Context | Site::Action => behind.is_some(),
        Site::Text => false,
    };
    match plain.parse::<ImageReference>() {
        Ok(image) if expected && (site == Site::Image || !is_address(&image)) => {
            let place = place.end - plain.len()..place.end;
            found.push(Mention { place, image: Some(image), site, written: Written::Whole });
        }
        _ if site == Site::Argument && behind.is_none() && !plain.contains(|c: char| c.is_whitespace()) => {
            found.push(Mention { place: place.clone(), image: None, site, written: Written::Word });
        }
        _ => inside(text, place, found),
    }
}

/// Whether it is the address of a service rather than an image: a number of three digits or more is a port.
fn is_address(image: &ImageReference) -> bool {
    image.tag().is_some_and(|tag| tag.len() > 2 && tag.bytes().all(|b| b.is_ascii_digit()))
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
        let prefix =
            [CONTEXT, ACTION].into_iter().find(|prefix| word.starts_with(prefix)).unwrap_or_default();
        let (word, start) = (&word[prefix.len()..], start + prefix.len());
        let looks_like_one = word.contains(':') || word.contains('/');
        let image: Option<ImageReference> = looks_like_one.then(|| word.parse().ok()).flatten();
        if let Some(image) = image.filter(|image| !is_address(image)) {
            let place = start..start + word.len();
            found.push(Mention { place, image: Some(image), site: Site::Text, written: Written::Inside });
        }
    }
}
