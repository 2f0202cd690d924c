//! References in Compose files and in other YAML.
//!
//! What a value is for follows from the keys above it: those of the Compose specification, or the few by which CI,
//! Kubernetes and its tools name images.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::BTreeMap;

use saphyr_parser::{Event, Marker, ScalarStyle, Span as Marks};

use super::super::word::Segment;
use super::pairs::{Entry, pair};
use super::values::{Argument, Built};
use super::{Mention, Site, Written, inside, value};
use crate::diagnostic::{Diagnostic, Span};
use crate::dockerfile::{Expansion, Variable, expand};
use crate::image::ImageReference;
use crate::yaml;

/// What a Compose file mentions, and what it builds. An error is that it is no YAML.
pub(super) fn mentions(text: &str, keys: Keys, found: &mut Vec<Mention>) -> Result<Built, Diagnostic> {
    let mark = text.len() - text.trim_start_matches('\u{feff}').len();
    let (read, events) = yaml::events(&text[mark..]).map_err(|error| {
        let at = Lines::of(text, mark).place(error.marker());
        let message = format!("this is not valid YAML: {}", error.info());
        Diagnostic::new(at..at, message).hint("fix it so that the rest of the file can be checked")
    })?;
    // The same bytes at the same places, but for what the specification refuses.
    let read = format!("{}{read}", &text[..mark]);
    let mut reader = Reader {
        lines: Lines::of(&read, mark),
        levels: Vec::new(),
        anchors: BTreeMap::new(),
        built: Built::default(),
        keys,
        found,
    };
    for (event, marks) in events {
        reader.event(event, marks);
    }
    Ok(reader.built)
}

struct Reader<'t, 'f> {
    lines: Lines<'t>,
    levels: Vec<Level<'t>>,
    /// Where the scalars stand that aliases repeat
    anchors: BTreeMap<usize, Span>,
    built: Built,
    keys: Keys,
    found: &'f mut Vec<Mention>,
}

/// What the keys of a file mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keys {
    Compose,
    /// Of CI, Kubernetes, charts, a task runner
    Manifest,
}

/// A mapping or a sequence that is being read.
enum Level<'t> {
    /// With the key whose value comes next (`None` if a key comes next), and the scalars up to here
    Mapping(Option<Cow<'t, str>>, Vec<Entry>),
    Sequence,
}

impl<'t> Reader<'t, '_> {
    fn event(&mut self, event: Event<'t>, marks: Marks) {
        match event {
            Event::MappingStart(..) => self.levels.push(Level::Mapping(None, Vec::new())),
            Event::SequenceStart(..) => self.levels.push(Level::Sequence),
            Event::MappingEnd | Event::SequenceEnd => {
                if let Some(Level::Mapping(_, entries)) = self.levels.pop() {
                    self.mapping_ends(&entries);
                }
                self.node_ends(Cow::Borrowed(""));
            }
            Event::Scalar(content, style, anchor, _) => {
                let place = self.lines.scalar(&content, style, marks);
                if !self.expects_key() {
                    self.scalar(place.as_ref(), marks);
                    if let (Some(Level::Mapping(Some(key), entries)), Some(place)) =
                        (self.levels.last_mut(), &place)
                    {
                        entries.push(Entry { key: key.to_string(), place: place.clone() });
                    }
                }
                if let (Some(place), true) = (place, anchor > 0) {
                    self.anchors.insert(anchor, place);
                }
                self.node_ends(content);
            }
            Event::Alias(anchor) => {
                if let Some(place) = self.anchors.get(&anchor).cloned() {
                    self.found.retain(|mention| {
                        mention.place.end <= place.start || place.end <= mention.place.start
                    });
                    self.scalar(Some(&place), marks);
                }
                self.alias();
                self.node_ends(Cow::Borrowed(""));
            }
            _ => {}
        }
    }

    fn expects_key(&self) -> bool {
        matches!(self.levels.last(), Some(Level::Mapping(None, _)))
    }

    /// A node is over: it was a key, or the value of one.
    fn node_ends(&mut self, node: Cow<'t, str>) {
        if let Some(Level::Mapping(key, _)) = self.levels.last_mut() {
            *key = if key.is_none() { Some(node) } else { None };
        }
    }

    /// A mapping is over: its scalars may make a reference.
    fn mapping_ends(&mut self, entries: &[Entry]) {
        let pair = if self.keys == Keys::Manifest { pair(self.lines.text, entries) } else { None };
        let Some(mention) = pair else { return };
        if let Written::Apart(pair) = &mention.written {
            self.found.retain(|other| !pair.is_named_at(&other.place));
        }
        self.found.push(mention);
    }

    /// A value at a place, or somewhere between two marks if it is not written as it reads.
    fn scalar(&mut self, place: Option<&Span>, marks: Marks) {
        let text = self.lines.text;
        self.build(place);
        self.argument(place, marks);
        let Some(place) = place else {
            let (start, end) = (self.lines.place(&marks.start), self.lines.place(&marks.end));
            inside(text, &(start..end.max(start)), self.found);
            return;
        };
        let keys = self.levels.iter().filter_map(|level| match level {
            Level::Mapping(key, _) => key.as_deref(),
            Level::Sequence => None,
        });
        let is_item = matches!(self.levels.last(), Some(Level::Sequence));
        let site = match self.keys {
            Keys::Compose => site(&keys.collect::<Vec<_>>()),
            Keys::Manifest => site_of_manifest(&keys.collect::<Vec<_>>(), is_item),
        };
        let start = match (site, is_item) {
            // `- KEY=value`
            (Site::Argument | Site::Context, true) => {
                text[place.clone()].find('=').map_or(place.start, |at| place.start + at + 1)
            }
            _ => place.start,
        };
        let place = default(text, &(start..place.end));
        match expanded(&text[place.clone()]).filter(|_| site != Site::Text) {
            Some(image) => {
                let written = Written::Made(segments(text, &place).unwrap_or_default());
                self.found.push(Mention { place, image: Some(image), site, written });
            }
            None => value(text, &place, site, self.found),
        }
    }
}

impl Reader<'_, '_> {
    /// Notes what a value says of the build of a service.
    fn build(&mut self, place: Option<&Span>) {
        let keys = self.levels.iter().filter_map(|level| match level {
            Level::Mapping(key, _) => key.as_deref(),
            Level::Sequence => None,
        });
        let keys: Vec<&str> = keys.collect();
        let &["services", service, ref rest @ ..] = &keys[..] else { return };
        let written = place.map(|place| &self.lines.text[place.clone()]);
        let value = written.and_then(|written| match expand(written, '\\', &|_| Variable::Unset) {
            Ok(Expansion::Known(value)) => Some(value),
            _ => None,
        });
        let build = self.built.of(service);
        match rest {
            ["image"] | ["build", "tags"] => build.images.extend(value),
            ["build"] | ["build", "context"] => {
                build.vague |= value.is_none();
                build.context = value;
            }
            ["build", "dockerfile"] => {
                build.vague |= value.is_none();
                build.dockerfile = value;
            }
            ["build", "dockerfile_inline"] | ["extends", ..] => build.vague = true,
            _ => {}
        }
    }

    /// Notes that an alias says more of a service than stands there.
    fn alias(&mut self) {
        let keys = self.levels.iter().filter_map(|level| match level {
            Level::Mapping(key, _) => key.as_deref(),
            Level::Sequence => None,
        });
        let keys: Vec<&str> = keys.collect();
        if let &["services", service, ref rest @ ..] = &keys[..]
            && !matches!(rest, ["build", "args", ..] | ["environment" | "labels", ..])
        {
            self.built.of(service).vague = true;
        }
    }

    /// Notes the build argument that a value sets. `- NAME` alone leaves it to the environment.
    fn argument(&mut self, place: Option<&Span>, marks: Marks) {
        let keys = self.levels.iter().filter_map(|level| match level {
            Level::Mapping(key, _) => key.as_deref(),
            Level::Sequence => None,
        });
        let keys: Vec<&str> = keys.collect();
        // An extension of any name may be what `args` are merged with.
        let is_extension = keys.first().is_some_and(|key| key.starts_with("x-"));
        if site(&keys) != Site::Argument && !is_extension {
            return;
        }
        let text = self.lines.text;
        let written = place.map(|place| &text[place.clone()]);
        let item = matches!(self.levels.last(), Some(Level::Sequence));
        let (name, written) = match (item, written.and_then(|written| written.split_once('='))) {
            (true, Some((name, value))) => (name, Some(value)),
            (true, None) => return,
            (false, _) => (keys.last().copied().unwrap_or_default(), written),
        };
        let value = written.and_then(|written| match expand(written, '\\', &|_| Variable::Unset) {
            Ok(Expansion::Known(value)) => Some(value),
            _ => None,
        });
        let at = place.map_or_else(|| self.lines.place(&marks.start), |place| place.start);
        // The value itself, or the default of the variable that it is.
        let literal =
            written.zip(place).map(|(written, place)| default(text, &(place.end - written.len()..place.end)));
        let place =
            literal.filter(|place| !place.is_empty() && value.as_deref() == Some(&text[place.clone()]));
        let of = keys.get(1).filter(|_| !is_extension).map(|service| (*service).to_owned());
        self.built.arguments.push(Argument { name: name.to_owned(), at, value, place, of });
    }
}

/// What the value below some keys is for in other YAML: CI and Kubernetes name images by the same few keys.
fn site_of_manifest(keys: &[&str], is_item: bool) -> Site {
    match keys {
        [.., "image" | "container"] | [.., "image" | "services", "name"] => Site::Image,
        [.., "services" | "images"] if is_item => Site::Item,
        [.., "uses"] => Site::Action,
        [.., "docker", "buildArgs", _] => Site::Argument,
        _ => Site::Text,
    }
}

/// What the value below some keys of a Compose file is for.
fn site(keys: &[&str]) -> Site {
    match keys {
        ["services", _, "image"] => Site::Image,
        ["services", _, "build", "args", ..] => Site::Argument,
        ["services", _, "build", "additional_contexts", ..] => Site::Context,
        // An extension holds what services are merged with: a service, several, or a part of one.
        [extension, rest @ ..] if extension.starts_with("x-") => match rest {
            _ if rest.iter().any(|key| matches!(*key, "environment" | "labels" | "annotations")) => {
                Site::Text
            }
            [.., "image"] => Site::Image,
            _ if rest.contains(&"args") => Site::Argument,
            _ if rest.contains(&"additional_contexts") => Site::Context,
            _ => Site::Text,
        },
        _ => Site::Text,
    }
}

/// The place of `image` in `${NAME:-image}`, or the place as it is.
fn default(text: &str, place: &Span) -> Span {
    let written = &text[place.clone()];
    let behind = written.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')).and_then(|rest| {
        let name = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_')?;
        let default = rest[name..].strip_prefix(":-").or_else(|| rest[name..].strip_prefix('-'))?;
        (!default.contains('$')).then_some(default)
    });
    behind.map_or(place.clone(), |default| place.end - 1 - default.len()..place.end - 1)
}

/// The stretches of `name:${TAG:-tag}`: what stands there itself, and the defaults of variables.
fn segments(text: &str, place: &Span) -> Option<Vec<Segment>> {
    let written = &text[place.clone()];
    let mut segments = Vec::new();
    let mut push = |range: Span, variable| {
        let text = written[range.clone()].to_owned();
        segments.push(Segment { text, span: place.start + range.start..place.start + range.end, variable });
    };
    let mut at = 0;
    while let Some(dollar) = written[at..].find("${").map(|dollar| at + dollar) {
        let end = dollar + written[dollar..].find('}')?;
        let default = default(written, &(dollar..end + 1));
        if default.start == dollar {
            return None;
        }
        if dollar > at {
            push(at..dollar, false);
        }
        push(default, true);
        at = end + 1;
    }
    if at < written.len() {
        push(at..written.len(), false);
    }
    Some(segments)
}

/// The image that `name:${TAG:-tag}` is where no variable is set.
fn expanded(written: &str) -> Option<ImageReference> {
    match expand(written, '\\', &|_| Variable::Unset) {
        Ok(Expansion::Known(image)) if written.contains('$') => image.parse().ok(),
        _ => None,
    }
}

/// The lines of a file. The parser counts lines and characters, and edits want bytes.
struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
    /// The last place that was asked for, as marks mostly go forward: line, character, byte
    last: Cell<(usize, usize, usize)>,
}

impl<'t> Lines<'t> {
    fn of(text: &'t str, first: usize) -> Self {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let starts = std::iter::once(first).chain(ends.map(|(at, _)| at + 1)).collect();
        Self { text, starts, last: Cell::new((1, 0, first)) }
    }

    fn place(&self, mark: &Marker) -> usize {
        let (line, column) = (mark.line(), mark.col());
        let (known, start) = match self.last.get() {
            (last, known, at) if last == line && known <= column => (known, at),
            _ => match self.starts.get(line.saturating_sub(1)) {
                Some(start) => (0, *start),
                None => return self.text.len(),
            },
        };
        let rest = &self.text[start..];
        let at = start + rest.char_indices().nth(column - known).map_or(rest.len(), |(at, _)| at);
        self.last.set((line, column, at));
        at
    }

    /// Where a scalar is written just as it reads: on one line, and without escapes.
    fn scalar(&self, content: &str, style: ScalarStyle, marks: Marks) -> Option<Span> {
        let start = self.place(&marks.start);
        let (quote, start) = match style {
            ScalarStyle::Plain => ("", start),
            ScalarStyle::SingleQuoted => ("'", start + 1),
            ScalarStyle::DoubleQuoted => ("\"", start + 1),
            ScalarStyle::Literal | ScalarStyle::Folded => return None,
        };
        let end = start + content.len();
        let written = self.text.get(start..end)? == content;
        let closed = self.text.get(end..)?.starts_with(quote);
        (written && closed && !content.is_empty()).then_some(start..end)
    }
}
