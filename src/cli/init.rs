//! `dockwright init`: services.toml for a tree that nobody has described.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use ignore::{DirEntry, WalkBuilder};

use super::source::{Description, Fault, read};
use super::{DESCRIPTION, Outcome};
use crate::detect::{Findings, Proposal, Text, Unknown, View, fleet_name, propose, text, unique};
use crate::file_path::{self, shown};
use crate::{file, report, sync};

/// Describe a source tree: write services.toml, or add what is new
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dockwright init                 look at this directory and write services.toml
  dockwright init --dry-run shop  print what would be written for another one

Services are found by Compose files, Dockerfiles and manifests (go.mod, pom.xml, package.json and
others). What is guessed carries a comment with the reason; what cannot be known is listed on
standard error. Services that are in services.toml already are left as they are.

Exit codes: 0; 2 nothing can be described, or services.toml is wrong or cannot be written")]
pub(super) struct Init {
    /// The directory of the sources; services.toml is written there
    #[arg(value_name = "DIR", default_value = ".")]
    directory: PathBuf,
    /// Print what would be written
    #[arg(long)]
    dry_run: bool,
}

/// Files that are looked at; a tree with more is read as far as this.
const MOST_FILES: usize = 100_000;

/// More warnings than this help nobody.
const MOST_WARNINGS: usize = 5;

/// A larger file is no manifest.
const LARGEST: u64 = 1 << 20;

/// All texts together; what comes behind is known by its name alone.
const ALL_TEXTS: usize = 256 << 20;

/// Directories without services of the tree's own.
const SKIPPED: [&str; 12] = [
    "node_modules",
    "test",
    "tests",
    "__tests__",
    "testdata",
    "e2e",
    "examples",
    "target",
    "__pycache__",
    "venv",
    "dist",
    "site-packages",
];

impl Init {
    pub(super) fn run(&self, out: &mut dyn Write) -> anyhow::Result<Outcome> {
        let root = &self.directory;
        if !root.is_dir() {
            let hint = "name the directory of the sources";
            return Err(
                Fault::plain(format!("`{}` is not a directory", shown(root)), Some(hint.to_owned())).into()
            );
        }
        let path = if root.as_os_str() == "." { PathBuf::from(DESCRIPTION) } else { root.join(DESCRIPTION) };
        let old = path.exists().then(|| read(&path)).transpose()?;
        let begun = old.as_ref().is_some_and(|text| super::import::says_something(text));
        let description = begun.then(|| Description::load_begun(&path)).transpose()?;
        let Seen { view, is_whole, unreadable } = see(root);
        let mut findings = propose(&view, &name(root));
        if let (Some(description), Some(text)) = (&description, &old) {
            only_new(&mut findings, description, text);
        }
        let before = before(old.as_deref(), description.is_some(), root);
        let known = description.iter().flat_map(|description| &description.fleet.services);
        let known = known.map(|service| service.name.as_str()).collect();
        let text = text(&before, &known, &findings.services);
        let mut err = super::stderr();
        if !is_whole {
            report::warning_line(&mut err, &format!("only the first {MOST_FILES} files were looked at"))?;
        }
        for path in unreadable.iter().take(MOST_WARNINGS) {
            report::warning_line(&mut err, &format!("cannot read {path}: what is there is not described"))?;
        }
        if let Some(more) = unreadable.len().checked_sub(MOST_WARNINGS).filter(|more| *more > 0) {
            report::warning_line(&mut err, &format!("nor {}", report::counted(more, "other path")))?;
        }
        unknowns(&mut err, &findings, &text)?;
        if text.added.is_empty() && description.is_none() {
            return Err(nothing(root).into());
        }
        if text.text.is_empty() {
            writeln!(out, "{}: nothing new", shown(&path))?;
            return Ok(Outcome::Clean);
        }
        let new = format!("{before}{}", text.text);
        if self.dry_run {
            out.write_all(if description.is_some() { text.text.trim_start() } else { &new }.as_bytes())?;
            return Ok(Outcome::Clean);
        }
        sync::replace(&path, old.as_ref().map(String::as_bytes), &new).map_err(Fault::Files)?;
        written(out, &path, &text)?;
        Ok(Outcome::Clean)
    }
}

/// Only services that the description does not know, as an entry or as a comment, by name or by directory.
fn only_new(findings: &mut Findings, description: &Description, text: &str) {
    let services = &description.fleet.services;
    let mut names: BTreeSet<String> = services.iter().map(|service| service.name.to_string()).collect();
    let directories: BTreeSet<String> = services
        .iter()
        .map(|service| if service.directory.is_root() { "" } else { service.directory.as_str() }.to_owned())
        .collect();
    let comments = text.lines().filter_map(|line| line.strip_prefix("# [services.")?.strip_suffix(']'));
    names.extend(comments.map(ToOwned::to_owned));
    let is_new =
        |proposal: &Proposal| !names.contains(&proposal.name) && !directories.contains(&proposal.directory);
    findings.services.retain(is_new);
    findings.unknowns.retain(|unknown| !names.contains(&unknown.service));
    for proposal in &mut findings.services {
        proposal.name = unique(&proposal.name, &proposal.directory, &names);
        names.insert(proposal.name.clone());
    }
}

/// What stands before the new entries: the description that is there, or a new one below its comments.
fn before(old: Option<&str>, is_begun: bool, root: &Path) -> String {
    let old = old.unwrap_or_default();
    let end = if old.is_empty() || old.ends_with('\n') { "" } else { "\n" };
    if is_begun {
        return format!("{old}{end}");
    }
    let name = name(root);
    format!("{old}{end}[fleet]\nname  = \"{name}\"\nimage = \"{name}/{{name}}\"\n")
}

/// The name of a fleet that has none yet.
fn name(root: &Path) -> String {
    let directory = file_path::real(root).ok();
    let name = directory.as_deref().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
    fleet_name(&name.unwrap_or_default())
}

/// The tree on disk, as far as it was seen.
#[derive(Default)]
struct Seen {
    view: View,
    /// Whether it has no more files than are looked at.
    is_whole: bool,
    /// Directories and files that could not be read, each with the reason.
    unreadable: Vec<String>,
}

/// Looks at the tree on disk. Nothing leads out of it: links are not followed.
fn see(root: &Path) -> Seen {
    let mut seen = Seen::default();
    let (mut files, mut texts) = (0, 0);
    let walk = WalkBuilder::new(root)
        .follow_links(false)
        .hidden(false)
        .require_git(false)
        .git_global(false)
        .sort_by_file_name(Ord::cmp)
        .filter_entry(is_looked_at)
        .build();
    for entry in walk {
        let entry = match entry {
            Ok(entry) if entry.file_type().is_some_and(|kind| kind.is_file()) => entry,
            Ok(_) => continue,
            Err(error) => {
                seen.unreadable.push(error.to_string());
                continue;
            }
        };
        let Some(path) = below(root, entry.path()) else { continue };
        if files == MOST_FILES {
            return seen;
        }
        files += 1;
        let bytes = (texts < ALL_TEXTS).then(|| file::read(entry.path(), LARGEST));
        if let Some(Err(error)) = &bytes
            && error.kind() == io::ErrorKind::PermissionDenied
        {
            seen.unreadable.push(format!("{}: {error}", shown(entry.path())));
        }
        let text = bytes.and_then(Result::ok).and_then(|bytes| String::from_utf8(bytes).ok());
        texts += text.as_ref().map_or(0, String::len);
        seen.view.add(path, text);
    }
    seen.is_whole = true;
    seen
}

/// Whether a directory may hold services. Of vendored Go modules, the list alone tells something.
fn is_looked_at(entry: &DirEntry) -> bool {
    if entry.depth() == 0 {
        return true;
    }
    let name = entry.file_name().to_string_lossy();
    // The file beside a Compose file that says where things are is the only hidden one that counts.
    if name.starts_with('.') && name != ".env" {
        return false;
    }
    let is_vendored = entry.path().parent().is_some_and(|parent| parent.ends_with("vendor"));
    match entry.file_type() {
        Some(kind) if kind.is_dir() => !is_vendored && !SKIPPED.contains(&name.as_ref()),
        _ => !is_vendored || name == "modules.txt",
    }
}

fn below(root: &Path, path: &Path) -> Option<String> {
    let parts: Option<Vec<&str>> = path.strip_prefix(root).ok()?.iter().map(|part| part.to_str()).collect();
    parts.map(|parts| parts.join("/"))
}

/// What nobody but a person can say.
fn unknowns(err: &mut dyn Write, findings: &Findings, text: &Text) -> io::Result<()> {
    for Unknown { service, key, why } in findings.unknowns.iter().chain(&text.refused) {
        writeln!(err, "{service}: {key}: {why}")?;
    }
    Ok(())
}

fn nothing(root: &Path) -> Fault {
    let hint = "describe a service yourself: `dockwright reference` prints the keys";
    Fault::plain(
        format!("no service that can be described was found in `{}`", shown(root)),
        Some(hint.to_owned()),
    )
}

fn written(out: &mut dyn Write, path: &Path, text: &Text) -> io::Result<()> {
    for name in &text.added {
        writeln!(out, "added     [services.{name}]")?;
    }
    for Unknown { service, .. } in &text.refused {
        writeln!(out, "comment   [services.{service}]")?;
    }
    writeln!(out, "{}: {} added", shown(path), report::counted(text.added.len(), "service"))?;
    report::hint_line(out, "look at the lines with `guessed`; then `dockwright gen` writes the Dockerfiles")
}
