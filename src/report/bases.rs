//! The catalogue of base images, and what stands on what.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use anstyle::{AnsiColor, Effects, Style};
use serde::Serialize;

use super::counted;
use crate::bases::{Base, Catalogue, CatalogueEntry, EndOfLife};
use crate::date::Date;
use crate::image::ImageReference;

const TITLE: Style = Style::new().effects(Effects::BOLD);
/// The width of a line that lists names.
const WIDTH: usize = 100;
const PAST: Style = AnsiColor::Red.on_default();

/// An image in use, and by whom.
#[derive(Debug)]
pub struct Usage {
    image: ImageReference,
    base: Option<Base>,
    /// When its maintenance ends, if that is known.
    end: Option<EndOfLife>,
    successor: Option<ImageReference>,
    services: BTreeSet<String>,
    files: BTreeSet<String>,
}

impl Usage {
    /// Whether its last day is known and has passed.
    pub fn is_past_eol(&self, today: Date) -> bool {
        self.end.as_ref().is_some_and(|end| end.is_past(today))
    }

    /// Whether nothing says when its maintenance ends.
    pub fn is_not_judged(&self) -> bool {
        self.end.is_none()
    }
}

/// Counts who stands on what.
#[derive(Debug, Default)]
pub struct Tally {
    services: BTreeMap<ImageReference, BTreeSet<String>>,
    files: BTreeMap<ImageReference, BTreeSet<String>>,
}

impl Tally {
    /// A service stands on an image.
    pub fn service(&mut self, image: &ImageReference, name: &str) {
        self.services.entry(image.clone()).or_default().insert(name.to_owned());
    }

    /// A Dockerfile stands on an image.
    pub fn file(&mut self, image: &ImageReference, path: &str) {
        self.files.entry(image.clone()).or_default().insert(path.to_owned());
    }

    /// Every image with what is known of it, by name.
    pub fn finish(mut self, catalogue: &Catalogue) -> Vec<Usage> {
        let images: BTreeSet<_> = self.services.keys().chain(self.files.keys()).cloned().collect();
        images
            .into_iter()
            .map(|image| Usage {
                end: end(&image, catalogue),
                base: catalogue.find(&image),
                successor: catalogue.successor(&image),
                services: self.services.remove(&image).unwrap_or_default(),
                files: self.files.remove(&image).unwrap_or_default(),
                image,
            })
            .collect()
    }
}

/// When the maintenance of an image ends: as the catalogue knows it, or as the release that its name or tag names.
fn end(image: &ImageReference, catalogue: &Catalogue) -> Option<EndOfLife> {
    let known = catalogue.find(image);
    known.and_then(|base| base.eol).or_else(|| {
        let release = catalogue.named_release(image)?;
        Some(EndOfLife { date: release.eol, of: format!("{release}, which it names"), before: None })
    })
}

/// Every entry of the catalogue in a line, and where the facts come from.
pub fn catalogue_text(out: &mut dyn Write, catalogue: &Catalogue, today: Date) -> io::Result<()> {
    let entries: Vec<_> = catalogue.names().filter_map(|name| Some((name, catalogue.entry(name)?))).collect();
    let width = entries.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
    let titles = ("entry", "until", "shell", "images");
    writeln!(out, "{TITLE}{:<width$}  {:<10}  {:<8}  {}{TITLE:#}", titles.0, titles.1, titles.2, titles.3)?;
    for (name, entry) in entries {
        let end = entry
            .eol
            .or_else(|| entry.release.as_ref().and_then(|release| Some(catalogue.release(release)?.eol)));
        let (style, end) = shown_end(end, today);
        let shell = entry.shell.as_deref().unwrap_or("?");
        writeln!(out, "{name:<width$}  {style}{end:<10}{style:#}  {shell:<8}  {}", entry.images.join(", "))?;
    }
    writeln!(out, "\nTrue on {}, from:", catalogue.as_of())?;
    catalogue.sources().iter().try_for_each(|source| writeln!(out, "  {source}"))
}

/// The catalogue for programs.
pub fn catalogue_json(out: &mut dyn Write, catalogue: &Catalogue) -> io::Result<()> {
    #[derive(Serialize)]
    struct Document<'c> {
        as_of: Date,
        sources: &'c [String],
        bases: BTreeMap<&'c str, &'c CatalogueEntry>,
    }
    let bases = catalogue.names().filter_map(|name| Some((name, catalogue.entry(name)?))).collect();
    write_json(out, &Document { as_of: catalogue.as_of(), sources: catalogue.sources(), bases })
}

/// What was looked at for ends of life, and what cannot be judged.
pub fn judgement(out: &mut dyn Write, usage: &[Usage], today: Date) -> io::Result<()> {
    let ended = usage.iter().filter(|used| used.is_past_eol(today)).count();
    let names =
        |of: fn(&Usage) -> &BTreeSet<String>| usage.iter().flat_map(of).collect::<BTreeSet<_>>().len();
    let (services, files) = (names(|used| &used.services), names(|used| &used.files));
    let count = if ended == 0 { "none".to_owned() } else { ended.to_string() };
    writeln!(
        out,
        "{}, of {} and {}: {count} past the end of life",
        counted(usage.len(), "image"),
        counted(services, "service"),
        counted(files, "file"),
    )?;
    let unknown: BTreeSet<_> =
        usage.iter().filter(|used| used.is_not_judged()).map(|used| used.image.to_string()).collect();
    if !unknown.is_empty() {
        let count = counted(unknown.len(), "image");
        writeln!(out, "{}", listed(&format!("{count} not judged, as no end of life is known:"), &unknown))?;
    }
    Ok(())
}

/// Each image in use, with what it is, and who stands on it.
pub fn usage_text(out: &mut dyn Write, usage: &[&Usage], today: Date) -> io::Result<()> {
    for used in usage {
        let (style, date) = shown_end(used.end.as_ref().map(|end| end.date), today);
        writeln!(out, "{TITLE}{}{TITLE:#}", used.image)?;
        match &used.base {
            None => writeln!(out, "  not in the catalogue")?,
            Some(base) => writeln!(out, "  {}", facts(base))?,
        }
        if used.base.is_some() || used.end.is_some() {
            let word = if used.is_past_eol(today) { "ended" } else { "until" };
            match &used.end {
                Some(end @ EndOfLife { before: Some(_), .. }) => {
                    writeln!(out, "  {style}{word}{style:#} {}", end.when())?;
                }
                Some(end) => writeln!(out, "  {style}{word} {date}{style:#} ({})", end.of)?,
                None => writeln!(out, "  {style}{word} {date}{style:#}")?,
            }
        }
        if let Some(successor) = used.successor.as_ref().filter(|_| used.is_past_eol(today)) {
            writeln!(out, "  move to {successor}")?;
        }
        for (what, names) in [("services", &used.services), ("files", &used.files)] {
            if !names.is_empty() {
                let count = if names.len() > 1 { format!("{} {what}", names.len()) } else { what.to_owned() };
                writeln!(out, "{}", listed(&format!("  {count}:"), names))?;
            }
        }
    }
    Ok(())
}

/// Names behind a word, in lines that fit a screen.
fn listed(word: &str, names: &BTreeSet<String>) -> String {
    let mut text = word.to_owned();
    let mut column = text.len();
    for (at, name) in names.iter().enumerate() {
        let name = super::visible(name);
        let comma = if at + 1 < names.len() { "," } else { "" };
        if at > 0 && column + name.len() + 2 > WIDTH {
            text.push_str("\n   ");
            column = 3;
        }
        column += name.chars().count() + comma.len() + 1;
        text.extend([" ", &name, comma]);
    }
    text
}

/// Each image in use, for programs.
pub fn usage_json(out: &mut dyn Write, usage: &[&Usage], today: Date) -> io::Result<()> {
    #[derive(Serialize)]
    struct Row<'u> {
        image: String,
        base: Option<&'u Base>,
        past_end_of_life: bool,
        end_of_life: Option<&'u EndOfLife>,
        successor: Option<String>,
        services: &'u BTreeSet<String>,
        files: &'u BTreeSet<String>,
    }
    let rows: Vec<_> = usage
        .iter()
        .map(|used| Row {
            image: used.image.to_string(),
            base: used.base.as_ref(),
            past_end_of_life: used.is_past_eol(today),
            end_of_life: used.end.as_ref(),
            successor: used.successor.as_ref().map(ToString::to_string),
            services: &used.services,
            files: &used.files,
        })
        .collect();
    write_json(out, &rows)
}

fn write_json(out: &mut dyn Write, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, value)?;
    writeln!(out)
}

fn shown_end(end: Option<Date>, today: Date) -> (Style, String) {
    match end {
        Some(date) if today > date => (PAST, date.to_string()),
        Some(date) => (Style::new(), date.to_string()),
        None => (Style::new(), "?".to_owned()),
    }
}

/// Release, C library, interpreters, shell and user in a line.
fn facts(base: &Base) -> String {
    let mut facts = Vec::new();
    facts.extend(base.release.as_ref().map(ToString::to_string));
    facts.extend(base.libc.as_ref().map(|libc| format!("C library {libc}")));
    for interpreter in &base.interpreters {
        let version = interpreter.version.as_deref().map(|version| format!(" {version}")).unwrap_or_default();
        facts.push(format!("{}{version} at {}", interpreter.name, interpreter.path));
    }
    facts.push(base.shell_path().map_or("no shell".to_owned(), |shell| format!("shell {shell}")));
    let user = if base.user.is_empty() { "0" } else { &base.user };
    facts.push(format!("user {user}"));
    facts.join("; ")
}
