//! `dockwright gen`: from the description to files that are in sync with it.

use std::io::{self, Write};
use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};

use clap::Args;

use super::context::Sources;
use super::descriptions;
use super::lock::LockFile;
use super::source::{Description, Fault, in_text, listed};
use super::{FleetFile, Format, Out, Outcome, compose_files, is_coloured_terminal};
use crate::context::{self, Survey};
use crate::file_path::{self, shown_in};
use crate::fleet::Service;
use crate::report::changes::Place;
use crate::report::fleet_options::FleetOptions;
use crate::report::mistakes::Problem;
use crate::report::patch::patch;
use crate::report::{changes, mistakes, summary};
use crate::sync::{self, Options, Output, Plan, State};
use crate::{outputs, render, report};

/// Generate the files of services.toml, or check that they are in sync.
#[derive(Debug, Clone, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
#[command(after_help = "\
Examples:
  dockwright gen                       write the files that differ
  dockwright gen --check               in CI: write nothing, exit 1 if anything differs
  dockwright gen --diff 'session-*'    show what would change for some services
  dockwright gen --phase 2             only the services of phase 2
  dockwright gen --missing --out .     next to hand-written Dockerfiles: only the missing ones
  dockwright gen --check --recursive   in a repository of several fleets: check each of them

A file that dockwright did not write, or that was edited since, is left alone without --force.
Sources that do not exist are warnings; `dockwright build --dry-run` fails on them.
With names or phases, compose.yaml and docker-bake.hcl are updated too if they are there.

Exit codes: 0 everything is in sync; 1 something differs and was not written; 2 wrong usage, an
invalid services.toml, or a file that cannot be read or written")]
pub(super) struct Gen {
    /// Names of services, or globs; all if none is given
    #[arg(value_name = "SERVICE")]
    services: Vec<String>,
    /// Only services of this phase; can be repeated, and combined with names
    #[arg(long, value_name = "N", value_parser = super::phase)]
    phase: Vec<u8>,
    /// Only services whose Dockerfile does not exist
    #[arg(long)]
    missing: bool,
    /// Write nothing, and exit 1 if anything differs
    #[arg(long, conflicts_with = "force")]
    check: bool,
    /// Write nothing, print a diff, and exit 1 if anything differs
    #[arg(long)]
    diff: bool,
    /// Also overwrite files that dockwright did not write, or that were edited by hand
    #[arg(long)]
    force: bool,
    /// Also every services.toml below the directory of this one
    #[arg(short, long, conflicts_with_all = ["services", "phase", "out"])]
    recursive: bool,
    #[command(flatten)]
    fleet: FleetFile,
    /// The output directory, instead of `output` of services.toml
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// The output format
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

/// What a run is about to do.
struct Prepared {
    description: Description,
    output: Output,
    root: PathBuf,
    pins: LockFile,
    plan: Plan,
    fleet_options: FleetOptions,
}

impl Prepared {
    fn place(&self) -> Place<'_> {
        Place { root: &self.root, fleet_options: &self.fleet_options }
    }
}

impl Gen {
    pub(super) fn run(&self, out: &mut dyn Out) -> anyhow::Result<Outcome> {
        if self.recursive { self.each(out) } else { self.one(out) }
    }

    /// Every description, each with its name above. One that is invalid keeps none of the others.
    fn each(&self, out: &mut dyn Out) -> anyhow::Result<Outcome> {
        if self.format == Format::Json {
            let hint = "run `dockwright gen --fleet FILE --format json` for each";
            return Err(Fault::plain("--recursive prints no JSON", Some(hint.to_owned())).into());
        }
        let all = descriptions::all(&self.fleet.fleet).map_err(Fault::Files)?;
        if all.is_empty() {
            // Its error says what to do.
            return self.one(out);
        }
        let (mut outcome, mut failed) = (Outcome::Clean, 0);
        for path in &all {
            let fleet = FleetFile { fleet: path.clone() };
            match self.format {
                Format::Text if !self.diff => writeln!(out, "{}:", file_path::shown(path))?,
                Format::Markdown => writeln!(out, "### `{}`\n", file_path::shown(path))?,
                _ => {}
            }
            match (Self { fleet, ..self.clone() }).one(out) {
                Ok(Outcome::Clean) => {}
                Ok(other) => outcome = other,
                Err(error) if super::is_closed_pipe(&error) => return Err(error),
                Err(error) => {
                    out.flush()?;
                    super::report_error(&error);
                    failed += 1;
                }
            }
        }
        if failed == 0 {
            return Ok(outcome);
        }
        Err(Fault::plain(format!("{failed} of {} failed", report::counted(all.len(), "fleet")), None).into())
    }

    fn one(&self, out: &mut dyn Out) -> anyhow::Result<Outcome> {
        // The program ends with this command, and the system takes memory back faster than piece by piece.
        let prepared = match self.prepare() {
            Ok(prepared) => ManuallyDrop::new(prepared),
            Err(error) => {
                self.show_error(out, &error)?;
                return Err(error);
            }
        };
        let Prepared { description, output, pins, plan, fleet_options, .. } = &*prepared;
        let place = prepared.place();
        let mut err = super::stderr();
        let wrong_pins = pins.review(description, &mut err)?;
        let is_pinned = pins.lock.is_some();
        if !is_pinned {
            warn_of_lost_pins(&mut err, plan)?;
        }
        let services = description.select(&self.services, &self.phase)?;
        let warnings = Warnings::of(description, &services);
        if self.check || self.diff {
            let outcome = self.show(out, plan, place, &warnings)?;
            look_around(&mut err, &prepared, &warnings)?;
            if wrong_pins && self.format != Format::Json {
                changes::wrong_lock(out, pins.path(), fleet_options, self.format == Format::Github)?;
            }
            return Ok(if wrong_pins { Outcome::Differences } else { outcome });
        }
        if !is_pinned && plan.files.iter().all(|file| file.state == State::Missing) {
            let message =
                fleet_options.put_into("images are named by tag; `dockwright lock --update` pins them");
            report::hint_line(&mut err, &message)?;
        }
        let sync::Applied { changed, errors } = sync::apply(output, plan);
        let failed = (!errors.is_empty()).then_some(Fault::Files(errors));
        match self.format {
            Format::Text => changes::written(out, plan, place, &changed)?,
            Format::Json => {
                let errors = failed.as_ref().map(Fault::problems).unwrap_or_default();
                changes::json(out.document(), plan, place, &changed, &errors, &warnings.problems)?;
            }
            Format::Github => changes::github(out, plan, place)?,
            Format::Markdown => summary::markdown(out, plan, place)?,
        }
        if let Some(fault) = failed {
            let error = fault.into();
            if self.format != Format::Json {
                self.show_error(out, &error)?;
            }
            out.flush()?;
            return Err(error);
        }
        look_around(&mut err, &prepared, &warnings)?;
        let left = plan.differences().any(changes::is_left);
        Ok(if left { Outcome::Differences } else { Outcome::Clean })
    }

    /// Compares what services.toml describes with what is there.
    fn prepare(&self) -> anyhow::Result<Prepared> {
        let mut description = Description::load(&self.fleet.fleet)?;
        description.generate_in(self.out.as_deref());
        let services = description.select(&self.services, &self.phase)?;
        let is_full = self.selects_all();
        // What else lies in a directory that only this run names is none of the fleet's.
        let whole = is_full && description.is_own_output(self.out.as_deref());
        let options = Options { force: self.force, missing_only: self.missing, full: whole };
        let pins = LockFile::load(&description)?;
        let name = description.name();
        let wanted = render::files(&description.fleet, &services, pins.lock.as_ref(), true, &name)?;
        let output = description.open_output(self.out.as_deref())?;
        let found = sync::read(&output, &wanted, options).map_err(Fault::Files)?;
        let mut plan = sync::plan(wanted, found, options);
        if !is_full {
            plan = plan.of_some(|file| [outputs::BAKE, outputs::COMPOSE].contains(&file.path.as_str()));
        }
        let root = description.output(self.out.as_deref());
        let fleet_options = description.fleet_options(self.out.as_deref());
        Ok(Prepared { description, output, root, pins, plan, fleet_options })
    }

    fn selects_all(&self) -> bool {
        self.services.is_empty() && self.phase.is_empty()
    }

    /// Shows what ends the run on standard output too, where a program or a summary expects its result.
    fn show_error(&self, out: &mut dyn Out, error: &anyhow::Error) -> anyhow::Result<()> {
        let other = Fault::plain(format!("{error:#}"), None);
        let fault = error.downcast_ref::<Fault>().unwrap_or(&other);
        match self.format {
            Format::Text => {}
            Format::Json => mistakes::json(out.document(), &fault.problems())?,
            Format::Github => mistakes::github(out, "error", &fault.problems())?,
            Format::Markdown => {
                let mut shown = Vec::new();
                fault.show(&mut shown)?;
                mistakes::markdown(out, &String::from_utf8_lossy(&shown))?;
            }
        }
        Ok(out.flush()?)
    }

    fn show(
        &self,
        out: &mut dyn Out,
        plan: &Plan,
        place: Place<'_>,
        warnings: &Warnings,
    ) -> anyhow::Result<Outcome> {
        match self.format {
            Format::Json => changes::json(out.document(), plan, place, &[], &[], &warnings.problems)?,
            Format::Github => {
                changes::github(out, plan, place)?;
                mistakes::github(out, "warning", &warnings.problems)?;
            }
            Format::Markdown => {
                summary::markdown(out, plan, place)?;
                mistakes::warnings(out, &warnings.problems)?;
            }
            Format::Text if self.diff => show_diff(out.document(), plan, place.root)?,
            Format::Text => changes::differences(out, plan, place)?,
        }
        Ok(if plan.differences().next().is_some() { Outcome::Differences } else { Outcome::Clean })
    }
}

/// Tells what is not in the way of this run and deserves a look all the same.
fn look_around(err: &mut dyn Write, prepared: &Prepared, warnings: &Warnings) -> io::Result<()> {
    let Prepared { description, root, plan, .. } = prepared;
    warnings.show(err, description)?;
    warn_of_other_compose(err, plan, root)?;
    note_strays(err, description, plan, root)?;
    note_crlf(err, plan, root)
}

/// Warns of a Compose file that Compose no longer reads, because it prefers the generated one beside it.
fn warn_of_other_compose(err: &mut dyn Write, plan: &Plan, root: &Path) -> io::Result<()> {
    let ours = plan.files.iter().find(|file| file.path.as_str() == outputs::COMPOSE);
    if ours.is_none_or(|file| file.state == State::NotOurs) {
        return Ok(());
    }
    let Some(own) = compose_files::beside_ours(root) else { return Ok(()) };
    let message = format!(
        "Compose reads the generated {} instead of {}: `compose = false` in [fleet] keeps yours",
        outputs::COMPOSE,
        shown_in(root, own)
    );
    report::warning_line(err, &message)
}

/// Names build files of somebody else in a directory that is there for generated ones.
fn note_strays(err: &mut dyn Write, description: &Description, plan: &Plan, root: &Path) -> io::Result<()> {
    // Among sources, every Dockerfile may be one that somebody wants.
    if description.fleet.output.is_root() || plan.strays.is_empty() {
        return Ok(());
    }
    let paths: Vec<PathBuf> = plan.strays.iter().map(|path| root.join(path.as_str())).collect();
    let (count, them) = match paths.len() {
        1 => ("a file".to_owned(), "it"),
        count => (format!("{count} files"), "them"),
    };
    let message = format!(
        "{count} among the generated ones that services.toml does not describe: {}; `gen` leaves {them} alone",
        listed(&paths)
    );
    report::hint_line(err, &message)
}

/// Names what keeps git from changing line endings, where it has changed some without harm.
fn note_crlf(err: &mut dyn Write, plan: &Plan, root: &Path) -> io::Result<()> {
    let count = plan.files.iter().filter(|file| file.is_crlf).count();
    if count == 0 {
        return Ok(());
    }
    let files = report::counted(count, "file");
    let pattern = shown_in(root, "**");
    let message = format!(
        "the lines of {files} end in CRLF, which builds accept; `{pattern} text eol=lf` in .gitattributes keeps git \
         from changing them"
    );
    report::hint_line(err, &message)
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

/// Images that may not exist, and what services need and is not in the tree of the sources, as far as that tree is
/// here. The generated files are right all the same.
struct Warnings {
    survey: Survey,
    /// All of them, for programs.
    problems: Vec<Problem>,
}

impl Warnings {
    fn of(description: &Description, services: &[&Service]) -> Self {
        let Description { path, text, fleet } = description;
        let tree = Sources::in_directory(path.parent().unwrap_or(Path::new("")));
        let mut survey = context::survey(fleet, services, &tree);
        // The tree may still grow.
        survey.findings.iter_mut().for_each(|finding| finding.is_certain = false);
        let mut problems = in_text(path, text, &fleet.doubts);
        let findings: Vec<_> = survey.findings.iter().map(|finding| finding.diagnostic.clone()).collect();
        problems.extend(in_text(path, text, &findings));
        Self { survey, problems }
    }

    fn show(&self, err: &mut dyn Write, description: &Description) -> io::Result<()> {
        let Description { path, text, fleet } = description;
        report::warnings(err, path, text, &fleet.doubts)?;
        report::findings(err, path, text, &self.survey.findings)?;
        match self.survey.elsewhere {
            0 => Ok(()),
            count => {
                let services = report::counted(count, "service");
                let message =
                    format!("the sources of {services} are not here, so `gen` did not look for them");
                report::hint_line(err, &message)
            }
        }
    }
}

fn show_diff(out: &mut dyn Write, plan: &Plan, root: &Path) -> io::Result<()> {
    let styles = is_coloured_terminal().then_some(&report::DIFF_STYLES);
    for file in plan.differences() {
        out.write_all(patch(file, &shown_in(root, file.path.as_str()), styles).as_bytes())?;
    }
    Ok(())
}
