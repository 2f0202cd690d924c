//! `dockwright init`: services.toml for a tree that nobody has described.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use ignore::{DirEntry, WalkBuilder};

use super::source::{Description, Fault, read, says_something};
use super::{DESCRIPTION, Out, Outcome};
use crate::detect::{Findings, Proposal, Text, Unknown, View, fleet_name, propose, settle, text, unique};
use crate::diagnostic::cause;
use crate::file_path::{self, shown};
use crate::sync::ignores::Refused;
use crate::{file, report, sync};

/// Detect the services of a source tree, and write or extend services.toml
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dockwright init                 detect the services here, and write services.toml
  dockwright init --dry-run shop  print the entries for another directory
  dockwright init api web         only detect services in two directories

Services are detected from Compose files, Dockerfiles and manifests (go.mod, pom.xml, package.json
and others). Each guess is marked with a comment and its reason; unknowns are listed at the end, on
standard error. Services that are already in services.toml stay unchanged.

Exit codes: 0; 2 no service was detected, or services.toml is invalid or cannot be written")]
pub(super) struct Init {
    /// The directory of the sources, where services.toml is written; several must be below the current directory, where
    /// services.toml is then written
    #[arg(value_name = "DIR", default_value = ".")]
    directories: Vec<PathBuf>,
    /// Print the entries, and write nothing
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

/// Lock files, which are there for a build even where git ignores them.
const LOCKS: [&str; 7] =
    ["Cargo.lock", "package-lock.json", "pnpm-lock.yaml", "yarn.lock", "uv.lock", "poetry.lock", "go.sum"];

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
    pub(super) fn run(&self, out: &mut dyn Out) -> anyhow::Result<Outcome> {
        let (root, only) = self.places()?;
        let root = root.as_path();
        let path = if root.as_os_str() == "." { PathBuf::from(DESCRIPTION) } else { root.join(DESCRIPTION) };
        let old = path.exists().then(|| read(&path)).transpose()?;
        let begun = old.as_ref().is_some_and(|text| says_something(text));
        let description = begun.then(|| Description::load_begun(&path)).transpose()?;
        let Seen { view, is_whole, unreadable } = see_only(root, &only);
        let mut findings = propose(&view, &name(root));
        if !only.is_empty() {
            only_in(&mut findings, &only);
        }
        if let (Some(description), Some(text)) = (&description, &old) {
            only_new(&mut findings, description, text);
        }
        let before = before(old.as_deref(), description.is_some(), root);
        let known = description.iter().flat_map(|description| &description.fleet.services);
        let known = known.map(|service| service.name.as_str()).collect();
        let text = text(&before, &known, &findings.services);
        let mut err = super::stderr();
        if !is_whole {
            report::warning_line(&mut err, &format!("only the first {MOST_FILES} files were read"))?;
        }
        for message in unreadable.iter().take(MOST_WARNINGS) {
            report::warning_line(&mut err, &format!("{message}; nothing in it is described"))?;
        }
        if let Some(more) = unreadable.len().checked_sub(MOST_WARNINGS).filter(|more| *more > 0) {
            report::warning_line(&mut err, &format!("nor {}", report::counted(more, "other path")))?;
        }
        if text.added.is_empty() && description.is_none() {
            unknowns(&mut err, &findings, &text)?;
            return Err(nothing(root, text.refused.len()).into());
        }
        if text.text.is_empty() {
            writeln!(out, "{}: nothing new", shown(&path))?;
        } else if self.dry_run {
            let new = format!("{before}{}", text.text);
            let out = out.document();
            out.write_all(if description.is_some() { text.text.trim_start() } else { &new }.as_bytes())?;
        } else {
            let new = format!("{before}{}", text.text);
            sync::replace(&path, old.as_ref().map(String::as_bytes), &new).map_err(Fault::Files)?;
            written(out, &path, &text)?;
        }
        out.flush()?;
        unknowns(&mut err, &findings, &text)?;
        Ok(Outcome::Clean)
    }

    /// Where services.toml is written, and the directories below it that are looked at; none if all of it is.
    fn places(&self) -> Result<(PathBuf, Vec<String>), Fault> {
        for directory in &self.directories {
            if !directory.is_dir() {
                let hint = "name the directory of the sources";
                return Err(Fault::plain(
                    format!("`{}` is not a directory", shown(directory)),
                    Some(hint.to_owned()),
                ));
            }
        }
        if let [only] = self.directories.as_slice() {
            return Ok((only.clone(), Vec::new()));
        }
        let here = PathBuf::from(".");
        let real = file_path::real(&here).ok();
        let mut only = Vec::new();
        for directory in &self.directories {
            let inner = file_path::real(directory).ok().zip(real.as_ref());
            let Some(inner) = inner.and_then(|(directory, root)| below(root, &directory)) else {
                let hint = "run it in a directory that holds all of them, or name one at a time";
                return Err(Fault::plain(
                    format!("`{}` is not below the current directory", shown(directory)),
                    Some(hint.to_owned()),
                ));
            };
            only.push(inner);
        }
        // One of them may be all of it.
        if only.iter().any(String::is_empty) {
            only.clear();
        }
        Ok((here, only))
    }
}

/// Only what lies in some directories.
fn only_in(findings: &mut Findings, only: &[String]) {
    let holds = |path: &str| {
        only.iter().any(|directory| {
            path == directory
                || path.strip_prefix(directory.as_str()).is_some_and(|rest| rest.starts_with('/'))
        })
    };
    findings.services.retain(|proposal| holds(&proposal.member));
    let names: BTreeSet<String> = findings.services.iter().map(|proposal| proposal.name.clone()).collect();
    findings.unknowns.retain(|unknown| holds(&unknown.service) || names.contains(&unknown.service));
}

/// Only services that the description does not know: by name as an entry or as a comment, or by what they are.
fn only_new(findings: &mut Findings, description: &Description, text: &str) {
    let services = &description.fleet.services;
    let mut names: BTreeSet<String> = services.iter().map(|service| service.name.to_string()).collect();
    let comments = text.lines().filter_map(|line| line.strip_prefix("# [services.")?.strip_suffix(']'));
    names.extend(comments.map(ToOwned::to_owned));
    let written: toml::Table = toml::from_str(text).unwrap_or_default();
    let tables = written.get("services").and_then(toml::Value::as_table);
    let is_known = |proposal: &Proposal| {
        let is_same = |service: &crate::fleet::model::Service| {
            let directory = if service.directory.is_root() { "" } else { service.directory.as_str() };
            let table = tables.and_then(|all| all.get(service.name.as_str())?.get(proposal.kind)?.as_table());
            directory == proposal.directory && !differs(proposal, table)
        };
        names.contains(&proposal.name) || services.iter().any(is_same)
    };
    let (known, new): (Vec<Proposal>, Vec<Proposal>) =
        std::mem::take(&mut findings.services).into_iter().partition(is_known);
    findings.services = new;
    let of_known =
        |name: &String| names.contains(name) || known.iter().any(|proposal| proposal.name == *name);
    findings.unknowns.retain(|unknown| !of_known(&unknown.service));
    for proposal in &mut findings.services {
        proposal.name = unique(&proposal.name, &proposal.directory, &names);
        names.insert(proposal.name.clone());
    }
    let published = services
        .iter()
        .flat_map(|service| service.publish.iter().map(|one| (service.name.to_string(), one.value)));
    settle(&mut findings.services, published.collect(), &mut findings.unknowns);
}

/// Whether a program is another one than an entry of the same directory describes: another member of a workspace, or
/// another command that a Compose file has a name for.
fn differs(proposal: &Proposal, table: Option<&toml::Table>) -> bool {
    const MEMBERS: [&str; 5] = ["module", "package", "bin", "workspace", "project"];
    const STARTS: [&str; 5] = ["app", "script", "command", "server", "arguments"];
    let is_other = |name: &str| {
        let own = proposal.table.iter().find(|key| key.name == name).map(|key| &key.value);
        let there =
            table.and_then(|table| table.get(name)).and_then(|value| serde_json::to_value(value).ok());
        own != there.as_ref()
    };
    let has_member = proposal.table.iter().any(|key| MEMBERS.contains(&key.name));
    (has_member && MEMBERS.iter().any(|name| is_other(name)))
        || (proposal.is_named && table.is_some() && STARTS.iter().any(|name| is_other(name)))
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
pub(super) fn name(root: &Path) -> String {
    let directory = file_path::real(root).ok();
    let name = directory.as_deref().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
    fleet_name(&name.unwrap_or_default())
}

/// The tree on disk, as far as it was seen.
#[derive(Default)]
pub(super) struct Seen {
    pub(super) view: View,
    /// Whether it has no more files than are looked at.
    is_whole: bool,
    /// Directories and files that could not be read, each with the reason.
    unreadable: Vec<String>,
}

/// Looks at the tree on disk. Nothing leads out of it: links are not followed.
pub(super) fn see(root: &Path) -> Seen {
    see_only(root, &[])
}

/// The same of some directories in it, and of the files in those above them.
fn see_only(root: &Path, only: &[String]) -> Seen {
    let only = only.to_vec();
    let start = root.to_owned();
    let is_wanted = move |entry: &DirEntry| {
        let Some(path) = below(&start, entry.path()).filter(|path| !path.is_empty() && !only.is_empty())
        else {
            return true;
        };
        let within = |inner: &str, outer: &str| {
            inner == outer || inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with('/'))
        };
        let (above, _) = path.rsplit_once('/').unwrap_or(("", &path));
        let is_file = entry.file_type().is_some_and(|kind| kind.is_file());
        only.iter().any(|directory| {
            within(&path, directory)
                || within(directory, &path)
                || is_file && (above.is_empty() || within(directory, above))
        })
    };
    let mut seen = Seen::default();
    let (mut files, mut texts) = (0, 0);
    let refused = Refused::above(root);
    if !refused.is_empty() {
        seen.unreadable = refused.errors().iter().map(ToString::to_string).collect();
        return seen;
    }
    let passes = refused.clone();
    let walk = WalkBuilder::new(root)
        .follow_links(false)
        .hidden(false)
        .require_git(false)
        .git_global(false)
        .sort_by_file_name(Ord::cmp)
        .filter_entry(move |entry| is_looked_at(entry) && is_wanted(entry) && passes.may_pass(entry))
        .build();
    for entry in walk {
        let entry = match entry {
            Ok(entry) if entry.file_type().is_some_and(|kind| kind.is_file()) => entry,
            Ok(_) => continue,
            Err(error) => {
                seen.unreadable.push(sync::walk::stopped(root, &error).to_string());
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
            seen.unreadable.push(format!("cannot read `{}`: {}", shown(entry.path()), cause(error)));
        }
        let text = bytes.and_then(Result::ok).and_then(|bytes| String::from_utf8(bytes).ok());
        texts += text.as_ref().map_or(0, String::len);
        if ["Cargo.toml", "package.json", "pyproject.toml", "go.mod"]
            .contains(&entry.file_name().to_string_lossy().as_ref())
        {
            add_locks(&mut seen.view, entry.path(), &path);
        }
        seen.view.add(path, text);
    }
    seen.unreadable.extend(refused.errors().iter().map(ToString::to_string));
    seen.is_whole = true;
    seen
}

/// Adds the lock files beside a manifest.
fn add_locks(view: &mut View, manifest: &Path, path: &str) {
    for lock in LOCKS {
        let file = manifest.with_file_name(lock);
        if file.symlink_metadata().is_ok_and(|found| found.is_file()) {
            let text = file::read(&file, LARGEST).ok().and_then(|bytes| String::from_utf8(bytes).ok());
            let directory =
                path.rsplit_once('/').map_or(String::new(), |(directory, _)| format!("{directory}/"));
            view.add(format!("{directory}{lock}"), text);
        }
    }
}

/// Whether a directory may hold services. Of vendored Go modules, the list alone tells something.
fn is_looked_at(entry: &DirEntry) -> bool {
    if entry.depth() == 0 {
        return true;
    }
    let name = entry.file_name().to_string_lossy();
    // Of what is hidden, only the file beside a Compose file that says where things are and a directory of Dockerfiles
    // count.
    if name.starts_with('.') && !matches!(name.as_ref(), ".env" | ".docker") {
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

/// What nobody but a person can say, as one list. A fact that several services share is one line.
fn unknowns(err: &mut dyn Write, findings: &Findings, text: &Text) -> io::Result<()> {
    let mut lines: Vec<(Vec<&str>, &str, &str)> = Vec::new();
    for Unknown { service, key, why } in findings.unknowns.iter().chain(&text.refused) {
        match lines.iter_mut().find(|(_, other, reason)| other == key && reason == why) {
            Some((services, ..)) => services.push(service),
            None => lines.push((vec![service], key, why)),
        }
    }
    if !lines.is_empty() {
        writeln!(err, "{} to complete or check by hand:", report::counted(lines.len(), "point"))?;
    }
    for (services, key, why) in lines {
        report::line(err, &format!("  {}: {key}: {}", services.join(", "), report::brief(why)))?;
    }
    Ok(())
}

fn nothing(root: &Path, refused: usize) -> Fault {
    let hint = "write the entry by hand: `dockwright reference` prints the keys";
    let message = match refused {
        0 => format!("no supported service was found in `{}`", shown(root)),
        _ => format!(
            "none of {} in `{}` can be described yet",
            report::counted(refused, "service"),
            shown(root)
        ),
    };
    Fault::plain(message, Some(hint.to_owned()))
}

fn written(out: &mut dyn Write, path: &Path, text: &Text) -> io::Result<()> {
    for name in &text.added {
        writeln!(out, "added     [services.{name}]")?;
    }
    for Unknown { service, .. } in &text.refused {
        report::line(out, &format!("comment   [services.{service}]"))?;
    }
    writeln!(out, "{}: {} added", shown(path), report::counted(text.added.len(), "service"))?;
    let hint = "check the lines marked `guessed`; then `dockwright gen` writes the Dockerfiles";
    report::hint_line(out, &super::fleet_options(path, None).put_into(hint))
}
