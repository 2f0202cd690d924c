//! An entry while it is put together, and what every part of it needs.

use std::collections::BTreeSet;

use toml::Table;

use super::stage::{Copied, Stage};
use super::{Lines, Note, Source, Surroundings, Tree};
use crate::diagnostic::Span;
use crate::dockerfile::StageConfig;
use crate::fleet::words::Name;
use crate::image::ImageReference;

/// Where generated images have the static probe.
pub(super) const PROBE: &str = "/usr/bin/healthcheck";

/// What an entry is made of while it is put together.
pub(super) struct Draft<'d> {
    pub(super) source: Source<'d>,
    /// The name of the service.
    pub(super) name: String,
    pub(super) tree: &'d dyn Tree,
    /// The directory of a program that is described by its manifest.
    pub(super) directory: Option<String>,
    pub(super) around: &'d Surroundings,
    pub(super) lines: &'d Lines,
    /// The stages that the last one is made of, in their order; the others are empty.
    pub(super) stages: &'d [Stage],
    pub(super) last: &'d Stage,
    pub(super) config: StageConfig,
    pub(super) notes: Vec<Note>,
    /// The image of the last FROM, and its line.
    pub(super) from: Span,
    pub(super) from_line: usize,
    pub(super) sources: Vec<Copied>,
    pub(super) writable: Vec<String>,
    /// Those of them that are given an owner, so that they are writable even if they hold code.
    pub(super) owned: BTreeSet<String>,
    pub(super) program_packages: Vec<String>,
    pub(super) program_paths: Vec<String>,
    /// The image of the stage that programs, classes or the probe come from.
    pub(super) builder: Option<ImageReference>,
    pub(super) java_main: Option<String>,
    pub(super) node: Option<Table>,
    pub(super) node_files: Vec<String>,
    pub(super) ports: Vec<u16>,
    /// What EXPOSE names besides: ports of other protocols, and ranges.
    pub(super) exposed: Vec<String>,
    /// The port or the Unix socket that the command line names.
    pub(super) served: Option<String>,
    /// Secrets that no ENV names, and whether programs take them from the environment.
    pub(super) secrets: Vec<String>,
    pub(super) secrets_as_env: bool,
    /// Variables that are given when the service starts.
    pub(super) settings: Vec<String>,
    /// Where a shell script would start the program, which is left out.
    pub(super) script: Option<Span>,
    /// A compiled program: its path in the old image, and in the new one.
    pub(super) own_program: Option<(String, String)>,
    /// Commands that run before the program.
    pub(super) before: Vec<Vec<String>>,
    /// Whether the program writes to /tmp.
    pub(super) wants_tmp: bool,
}

impl Draft<'_> {
    pub(super) fn note(&mut self, line: usize, message: impl Into<String>) {
        self.notes.push(Note { line, message: message.into() });
    }
}

/// Directories and endings that say how something is built, and not what.
pub(super) const GENERAL: [&str; 24] = [
    "alpine",
    "amd64",
    "app",
    "arm64",
    "build",
    "ci",
    "container",
    "containers",
    "debian",
    "default",
    "deploy",
    "dist",
    "distroless",
    "docker",
    "dockerfiles",
    "image",
    "images",
    "packaging",
    "prod",
    "production",
    "release",
    "scripts",
    "src",
    "ubuntu",
];

/// A text as a name.
pub(super) fn sanitised(text: &str) -> Option<String> {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let name: String = text.chars().map(plain).collect();
    let name = name.trim_matches('-').chars().take(63).collect::<String>();
    name.parse::<Name>().is_ok().then_some(name)
}

pub(super) fn scratch() -> ImageReference {
    "scratch".parse().expect("an image reference")
}

pub(super) fn unique(list: &mut Vec<String>) {
    let mut seen = BTreeSet::new();
    list.retain(|item| seen.insert(item.clone()));
}

/// A command, cut to what a message has room for.
pub(super) fn shortened(command: &str) -> String {
    let short: String = command.chars().take(60).collect();
    if short.len() < command.len() { format!("{}…", short.trim_end()) } else { short }
}
