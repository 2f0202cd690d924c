//! From a Dockerfile that somebody wrote to the entry of services.toml that stands for it.
//!
//! [`import`] reads one file; it performs no input or output of its own (what it has to know of the
//! build context it asks a [`Tree`]). [`text`] makes TOML of the entries, what several share in a
//! group, and `insert` puts that into a description, every other byte as it was.
//!
//! What services.toml cannot say, and what was a defect and is not imported, comes as
//! [`Note`]s, each with its line.

mod alpine;
mod assemble;
mod bases;
mod check;
mod commands;
mod context;
mod copy;
mod described;
mod draft;
mod entry;
mod gather;
mod health;
mod holdings;
mod insert;
mod keys;
mod kinds;
mod lost;
mod options;
mod paths;
mod ports;
mod python;
mod refused;
mod run;
mod stage;
mod start;
mod surroundings;
mod upstream;
mod walk;

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::detect::View;
use crate::diagnostic::Diagnostic;
use crate::dockerfile::Dockerfile;
use crate::image::ImageReference;

pub use context::{Built, built_by, likely as likely_context};
pub use entry::{Addition, text};
pub use insert::insert;
pub use surroundings::Surroundings;

/// What an import has to know of the sources. Paths are relative to their root.
pub trait Tree {
    /// Whether a path is a directory; `None` if it is not there.
    fn is_directory(&self, path: &str) -> Option<bool>;

    /// The names in a directory, sorted.
    fn entries(&self, path: &str) -> Vec<String>;

    /// The text of a file; `None` if there is no such file, or no text in it.
    fn text(&self, path: &str) -> Option<String>;

    /// Everything that lies there, for what is found by its manifest.
    fn view(&self) -> Rc<View>;
}

/// A Dockerfile to import.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// Where it lies, below the root of the sources.
    pub path: &'a str,
    /// The key `dockerfile` of its entry: where the generated one will lie.
    pub dockerfile: &'a str,
    /// The build context, below the root of the sources; empty if it is the root.
    pub context: &'a str,
    /// What it says.
    pub text: &'a str,
    /// The stage that is built, by its name or number; the last one if none is named.
    pub target: Option<&'a str>,
    /// The name of the service; if none is given, the label or the path says it.
    pub name: Option<&'a str>,
}

/// An entry of services.toml.
#[derive(Debug, Clone)]
pub struct Import {
    /// The name of the service.
    pub name: String,
    /// Its keys, the table of its kind last.
    pub table: toml::Table,
    /// The kind: the name of that table.
    pub kind: &'static str,
    /// A base that the description does not have yet.
    pub base: Option<NewBase>,
    /// What is not imported, by line.
    pub notes: Vec<Note>,
}

/// A base to be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewBase {
    /// Its name.
    pub name: String,
    /// The image to build on.
    pub build: ImageReference,
    /// The image to run on.
    pub run: ImageReference,
}

/// Something that a reader of the entry has to know.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Note {
    /// The line of the Dockerfile, from 1.
    pub line: usize,
    /// What it is, in one line.
    pub message: String,
}

/// Imports a Dockerfile.
///
/// # Errors
/// What `BuildKit` refuses in it, or why no entry can stand for it.
pub fn import(
    source: Source<'_>,
    surroundings: &Surroundings,
    tree: &dyn Tree,
) -> Result<Import, Vec<Diagnostic>> {
    let file = Dockerfile::read(source.text);
    if !file.problems.is_empty() {
        return Err(file.problems);
    }
    if crate::sync::header::inspect(source.text).is_some() {
        let mistake = Diagnostic::new(0..0, "dockwright wrote this file, so there is nothing to import");
        return Err(vec![mistake.hint("change its entry in services.toml, and run dockwright gen")]);
    }
    let mut import =
        assemble::assemble(source, &file, surroundings, tree).map_err(|mistake| vec![mistake])?;
    let lines = Lines::of_text(source.text);
    import.notes.extend(
        file.warnings
            .iter()
            .map(|warning| Note { line: lines.of(warning.span.start), message: warning.message.clone() }),
    );
    import.notes.sort_by_key(|note| note.line);
    Ok(import)
}

/// The line of a byte.
struct Lines {
    starts: Vec<usize>,
}

impl Lines {
    fn of_text(text: &str) -> Self {
        Self { starts: text.match_indices('\n').map(|(at, _)| at + 1).collect() }
    }

    fn of(&self, at: usize) -> usize {
        self.starts.partition_point(|&start| start <= at) + 1
    }
}

/// Names and values in the order in which they are to be written.
type Strings = BTreeMap<String, String>;
