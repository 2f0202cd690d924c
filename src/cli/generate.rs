//! `dockwright gen`: from the description to files that are in sync with it.

use std::io::{self, Write};
use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};

use clap::Args;

use super::context::Sources;
use super::lock::LockFile;
use super::source::{Description, Fault};
use super::{FleetFile, Format, Outcome, is_coloured_terminal};
use crate::context;
use crate::fleet::Service;
use crate::report::{changes, mistakes, summary};
use crate::sync::diff::{styled, unified};
use crate::sync::{self, Options, Plan, State};
use crate::{render, report};

/// Write the files that the description asks for, or check that they are there.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
#[command(after_help = "\
Examples:
  dockwright gen                       write what differs
  dockwright gen --check               in CI: write nothing, exit 1 if anything differs
  dockwright gen --diff 'session-*'    show what would change for some services
  dockwright gen --phase 2             only the services of phase 2
  dockwright gen --missing --out .     in a tree with Dockerfiles written by hand: only the others

A file that dockwright did not write, or that was edited since, is left alone without --force.

Exit codes: 0 everything is in sync; 1 something differs and was not written; 2 wrong usage, a wrong
description, or a file that cannot be read or written")]
pub(super) struct Gen {
    /// Names of services or globs of names; without one, all
    #[arg(value_name = "SERVICE")]
    services: Vec<String>,
    /// Services of this phase; may be repeated, and goes with names
    #[arg(long, value_name = "N")]
    phase: Vec<u8>,
    /// Only services whose Dockerfile is not there
    #[arg(long)]
    missing: bool,
    /// Write nothing, and exit 1 if anything differs
    #[arg(long)]
    check: bool,
    /// Write nothing, and show what would change; exit 1 if anything differs
    #[arg(long)]
    diff: bool,
    /// Also overwrite files that are not dockwright's or were edited by hand
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    fleet: FleetFile,
    /// The output directory, if it is not the one that the description names
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// How the result is shown
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

impl Gen {
    pub(super) fn run(&self, out: &mut dyn Write) -> anyhow::Result<Outcome> {
        // The program ends with this command, and the system takes memory back faster than piece by piece.
        let mut description = ManuallyDrop::new(self.description(out)?);
        description.generate_in(self.out.as_deref());
        let description = &*description;
        let services = description.select(&self.services, &self.phase)?;
        let full = self.services.is_empty() && self.phase.is_empty();
        // What else lies in a directory that only this run names is none of the fleet's.
        let whole = full && description.is_own_output(self.out.as_deref());
        let options = Options { force: self.force, missing_only: self.missing, full: whole };
        let root = description.output(self.out.as_deref());
        let pins = LockFile::load(description)?;
        let lock = pins.lock.as_ref();
        let wanted = render::files(&description.fleet, &services, lock, full, &description.name())?;
        let output = description.open_output(self.out.as_deref())?;
        let found = sync::read(&output, &wanted, options).map_err(Fault::Files)?;
        let plan = ManuallyDrop::new(sync::plan(wanted, found, options));

        let mut err = super::stderr();
        let wrong_pins = pins.review(description, &mut err)?;
        if lock.is_none() {
            warn_of_lost_pins(&mut err, &plan)?;
        }
        if self.check || self.diff {
            let outcome = self.show(out, &plan, &root)?;
            warn_of_missing(&mut err, description, &services)?;
            if wrong_pins && self.format != Format::Json {
                changes::wrong_lock(out, pins.path(), self.format == Format::Github)?;
            }
            return Ok(if wrong_pins { Outcome::Differences } else { outcome });
        }
        if lock.is_none() && plan.files.iter().all(|file| file.state == State::Missing) {
            report::hint_line(&mut err, "images are named by tag; `dockwright lock --update` pins them")?;
        }
        let applied = sync::apply(&output, &plan);
        match self.format {
            Format::Text => changes::written(out, &plan, &applied.changed)?,
            Format::Json => changes::json(out, &plan, &applied.changed)?,
            Format::Github => changes::github(out, &plan, &root)?,
            Format::Markdown => summary::markdown(out, &plan)?,
        }
        if !applied.errors.is_empty() {
            out.flush()?;
            return Err(Fault::Files(applied.errors).into());
        }
        warn_of_missing(&mut err, description, &services)?;
        let left = plan.differences().any(changes::is_left);
        Ok(if left { Outcome::Differences } else { Outcome::Clean })
    }

    /// The description; what is wrong with it is shown as what differs is.
    fn description(&self, out: &mut dyn Write) -> anyhow::Result<Description> {
        let loaded = Description::load(&self.fleet.fleet);
        if let Err(Fault::Description { path, text, mistakes }) = &loaded {
            match self.format {
                Format::Text | Format::Markdown => {}
                Format::Json => mistakes::json(out, path, text, mistakes)?,
                Format::Github => mistakes::github(out, path, text, mistakes)?,
            }
            out.flush()?;
        }
        Ok(loaded?)
    }

    fn show(&self, out: &mut dyn Write, plan: &Plan, root: &Path) -> anyhow::Result<Outcome> {
        match self.format {
            Format::Json => changes::json(out, plan, &[])?,
            Format::Github => changes::github(out, plan, root)?,
            Format::Markdown => summary::markdown(out, plan)?,
            Format::Text if self.diff => show_diff(out, plan)?,
            Format::Text => changes::differences(out, plan)?,
        }
        Ok(if plan.differences().next().is_some() { Outcome::Differences } else { Outcome::Clean })
    }
}

/// Warns that files have digests which no lock holds any more.
fn warn_of_lost_pins(err: &mut dyn Write, plan: &Plan) -> io::Result<()> {
    const DIGEST: &[u8] = b"@sha256:";
    let pinned = |text: &[u8]| text.windows(DIGEST.len()).any(|bytes| bytes == DIGEST);
    let lost = plan.differences().filter(|file| {
        file.old.as_deref().is_some_and(pinned)
            && file.new.as_deref().is_some_and(|new| !pinned(new.as_bytes()))
    });
    match lost.count() {
        0 => Ok(()),
        count => {
            let what = report::counted(count, "file");
            report::warning_line(
                err,
                &format!("there is no services.lock, so {what} would lose the digests in it"),
            )
        }
    }
}

/// Warns of what services need and is not there, if the tree of the sources lies here at all: it may be elsewhere.
fn warn_of_missing(err: &mut dyn Write, description: &Description, services: &[&Service]) -> io::Result<()> {
    let tree = Sources::in_directory(description.path.parent().unwrap_or(Path::new("")));
    let Description { path, text, fleet } = description;
    if !context::is_at_hand(fleet, &tree) {
        return Ok(());
    }
    // The files are right all the same, and the tree may still grow.
    let mut found = context::missing(fleet, services, &tree);
    for finding in &mut found {
        finding.is_certain = false;
    }
    report::findings(err, path, text, &found)
}

fn show_diff(out: &mut dyn Write, plan: &Plan) -> io::Result<()> {
    let coloured = is_coloured_terminal();
    for file in plan.differences() {
        let text = if coloured { styled(file, &report::DIFF_STYLES) } else { unified(file) };
        out.write_all(text.as_bytes())?;
    }
    Ok(())
}
