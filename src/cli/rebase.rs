//! `dockwright rebase`: moves a fleet, or any tree of Dockerfiles, to other base images.

mod nothing;
mod scope;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;

use self::scope::Scope;
use super::lock::LockFile;
use super::source::{Description, Fault, must_exist};
use super::{FleetFile, Out, Outcome, Today, git, is_coloured_terminal};
use crate::bases::Catalogue;
use crate::file_path;
use crate::refactor::rebase::{self, Language, RebasePlan, Rule, SourceFile, is_template};
use crate::report::changes::Place;
use crate::sync::transaction::{self, Exclusive, FileChange, Recovery};
use crate::sync::{self, Options, StateDirectory, SyncError, header, walk};
use crate::{fleet, render, report};

/// Move the fleet, or hand-written Dockerfiles, to other base images.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
#[command(
    override_usage = "dockwright rebase [OPTIONS] <FROM> <TO> [PATH]...\n       dockwright rebase [OPTIONS] --eol [PATH]...",
    after_help = "\
FROM and TO are image references, patterns with `*`, bases of services.toml, or releases of a
distribution. Without a PATH, services.toml moves and the files are generated again; with PATHs, the
files there that name base images, and services.toml if it is among them.

Examples:
  dockwright rebase --eol --dry-run                      show what is past its end of life
  dockwright rebase debian12 debian13                    the whole fleet
  dockwright rebase debian12 debian13 docker/ --diff     Dockerfiles in a directory
  dockwright rebase 'gcr.io/distroless/*-debian12*' debian13 .
  dockwright rebase python:3.11-slim python:3.13-slim-trixie api/Dockerfile

Exit codes: 0 moved, or nothing to move with --eol; 1 something would change (--dry-run), or a file
was skipped; 2 wrong usage, nothing matches, or a file that cannot be read or written: nothing
changed"
)]
pub(super) struct Rebase {
    /// FROM and TO, then files and directories; only these with --eol
    #[arg(value_name = "FROM TO PATH", required_unless_present = "eol")]
    arguments: Vec<String>,
    /// Move all images past their end of life to their successors
    #[arg(long)]
    eol: bool,
    /// Write nothing, and exit 1 if anything would change
    #[arg(long)]
    dry_run: bool,
    /// Print the diff of every file
    #[arg(long)]
    diff: bool,
    /// Also change files with uncommitted changes
    #[arg(long)]
    allow_dirty: bool,
    /// Skip Dockerfiles that cannot be read, and move the others
    #[arg(long)]
    skip_broken: bool,
    #[command(flatten)]
    fleet: FleetFile,
    #[command(flatten)]
    today: Today,
}

/// FROM and TO.
type Sides = (String, String);

impl Rebase {
    pub(super) fn run(&self, out: &mut dyn Out) -> anyhow::Result<Outcome> {
        let (sides, paths) = self.sides()?;
        must_exist(&paths, "what stands behind FROM and TO are files and directories")?;
        let scope = Scope::of(&paths, &self.fleet.fleet)?;
        let mut description = self.description(&scope)?;
        // Only a run whose arguments are right completes another one.
        self.rule(sides.as_ref(), description.as_ref())?;
        let (mut exclusive, completed) = self.recover(&scope)?;
        if completed {
            description = self.description(&scope)?;
        }
        let rule = self.rule(sides.as_ref(), description.as_ref())?;
        let today = self.today.get();
        let files = read(&scope, &paths, description.as_ref())?;
        let described = description.as_ref().filter(|_| scope.described);
        let own_path = file_path::name(&self.fleet.fleet);
        let source = described.map(|description| rebase::Description {
            path: &own_path,
            text: &description.text,
            fleet: &description.fleet,
        });
        let mut plan = rebase::plan(source, &files, &rule);
        let texts: BTreeMap<&str, &str> = files
            .iter()
            .map(|file| (file.path.as_str(), file.text.as_str()))
            .chain(described.map(|description| (own_path.as_str(), description.text.as_str())))
            .collect();
        self.refuse_faults(&mut plan, &texts)?;
        if plan.is_empty() {
            if completed {
                return Ok(Outcome::Clean);
            }
            return self.nothing_to_move(out, &plan, &texts, &files, description.as_ref(), &scope);
        }
        let (changes, generated) = changes(&plan, &texts, described, &scope)?;
        if !self.allow_dirty {
            refuse_dirty(&scope, &changes)?;
        }
        if let Some(reading) = rule.reading() {
            report::hint_line(out, &reading)?;
        }
        report::rebase::plan(out, &plan, &texts, today)?;
        if self.diff {
            show_diff(out.document(), &changes, &scope)?;
        }
        let left = plan.files.iter().any(|file| !file.unsure.is_empty() || !file.faults.is_empty());
        let root = described.map(|description| description.output(None)).unwrap_or_default();
        let fleet_options = described.map(|description| description.fleet_options(None)).unwrap_or_default();
        let place = Place { root: &root, fleet_options: &fleet_options };
        let left = report::changes::left_alone(out, &generated, place)? > 0 || left;
        let count = report::counted(changes.len(), "file");
        if self.dry_run {
            writeln!(out, "{count} would change")?;
            let differs = left || !changes.is_empty();
            return Ok(if differs { Outcome::Differences } else { Outcome::Clean });
        }
        let exclusive = match exclusive.take() {
            Some(exclusive) => exclusive,
            None => begin(&StateDirectory::of_the_user().map_err(fault)?, &scope)?.0,
        };
        exclusive.commit(&changes).map_err(fault)?;
        writeln!(out, "{count} changed")?;
        if described
            .is_some_and(|description| LockFile::load(description).is_ok_and(|pins| pins.lock.is_some()))
        {
            let mut err = super::stderr();
            let message =
                fleet_options.put_into("the new images have no pins yet: run `dockwright lock --update`");
            report::hint_line(&mut err, &message)?;
        }
        Ok(if left { Outcome::Differences } else { Outcome::Clean })
    }

    /// The description, if there is one or there must be.
    fn description(&self, scope: &Scope) -> Result<Option<Description>, Fault> {
        match self.fleet.load_if_any()? {
            None if scope.described => Description::load(&self.fleet.fleet).map(Some),
            loaded => Ok(loaded),
        }
    }

    /// What FROM and TO mean.
    fn rule<'d>(
        &self,
        sides: Option<&Sides>,
        description: Option<&'d Description>,
    ) -> Result<Rule<'d>, Fault> {
        let none = BTreeMap::new();
        let (bases, catalogue) = match description {
            Some(description) => (&description.fleet.bases, description.fleet.catalogue.as_ref()),
            None => (&none, Catalogue::builtin()),
        };
        match sides {
            Some((from, to)) => Rule::new(from, to, bases, catalogue)
                .map_err(|error| Fault::plain(error.to_string(), error.hint())),
            None => Ok(Rule::end_of_life(self.today.get(), catalogue)),
        }
    }

    /// FROM and TO, and the paths.
    fn sides(&self) -> Result<(Option<Sides>, Vec<PathBuf>), Fault> {
        let paths = |arguments: &[String]| arguments.iter().map(PathBuf::from).collect();
        match &self.arguments[..] {
            all if self.eol => Ok((None, paths(all))),
            [from, to, rest @ ..] => Ok((Some((from.clone(), to.clone())), paths(rest))),
            _ => Err(Fault::plain(
                "TO is missing",
                Some("dockwright rebase FROM TO [PATH]..., or dockwright rebase --eol".to_owned()),
            )),
        }
    }

    /// Completes what a killed run left, and whether there was anything; a dry run only looks.
    fn recover(&self, scope: &Scope) -> Result<(Option<Exclusive>, bool), Fault> {
        if let Some(path) = transaction::journal_in_tree(&scope.root) {
            let mut err = super::stderr();
            let message = format!("`{}` is ignored: journals in a tree are not trusted", scope.shown(&path));
            // There is nowhere left to say that standard error is closed.
            let _ = report::warning_line(&mut err, &message);
        }
        // Without a home, no run has left anything there.
        let Ok(state) = StateDirectory::of_the_user() else { return Ok((None, false)) };
        let is_pending = match transaction::is_pending(&state, &scope.root) {
            // What is not this user's is not this user's run either; only writing needs the directory.
            Err(SyncError::NotOwn { .. }) if self.dry_run => false,
            found => found.map_err(fault)?,
        };
        if !is_pending {
            return Ok((None, false));
        }
        if self.dry_run {
            let hint = "run the command without --dry-run: it completes that run first";
            return Err(Fault::plain("an interrupted run has not been completed", Some(hint.to_owned())));
        }
        let (exclusive, recovery) = begin(&state, scope)?;
        Ok((Some(exclusive), matches!(recovery, Recovery::Completed(_))))
    }

    /// Whether there are files without faults that change.
    fn rest_can_move(&self, plan: &RebasePlan) -> bool {
        !self.skip_broken && plan.files.iter().any(|file| file.faults.is_empty() && !file.edits.is_empty())
    }

    fn refuse_faults(&self, plan: &mut RebasePlan, texts: &BTreeMap<&str, &str>) -> Result<(), Fault> {
        let own = file_path::name(&self.fleet.fleet);
        let is_stopped =
            |file: &&rebase::FilePlan| !file.faults.is_empty() && (!self.skip_broken || file.path == own);
        let stopped: Vec<_> = plan
            .files
            .iter()
            .filter(is_stopped)
            .map(|file| {
                let text = texts.get(file.path.as_str()).copied().unwrap_or_default();
                (PathBuf::from(&file.path), text.to_owned(), file.faults.clone())
            })
            .collect();
        if !stopped.is_empty() {
            let only_dockerfiles = stopped.iter().all(|(path, ..)| *path != Path::new(&own));
            if only_dockerfiles && self.rest_can_move(plan) {
                let mut err = super::stderr();
                let hint = "--skip-broken skips these files and moves the others";
                // There is nowhere left to say that standard error is closed.
                let _ = report::hint_line(&mut err, hint);
            }
            return Err(Fault::Sources(stopped));
        }
        for file in plan.files.iter_mut().filter(|file| !file.faults.is_empty()) {
            file.edits.clear();
            file.notes.clear();
        }
        Ok(())
    }
}

fn fault(error: SyncError) -> Fault {
    Fault::Files(vec![error])
}

/// Takes the right to change files, and says what it completed of a killed run.
fn begin(state: &StateDirectory, scope: &Scope) -> Result<(Exclusive, Recovery), Fault> {
    let (exclusive, recovery) = Exclusive::begin(state, &scope.root).map_err(fault)?;
    if let Recovery::Completed(repaired) = &recovery {
        let mut err = super::stderr();
        // There is nowhere left to say that standard error is closed.
        let _ = report::rebase::completed(&mut err, repaired, |path| scope.shown(path));
    }
    Ok((exclusive, recovery))
}

/// The files of the paths, without those that are generated. One that only says so is named.
fn read(
    scope: &Scope,
    paths: &[PathBuf],
    description: Option<&Description>,
) -> anyhow::Result<Vec<SourceFile>> {
    let is_wanted = |name: &str| Language::of(name).is_some() || is_template(name);
    let is_needed = |name: &str| Language::of(name).is_some_and(Language::is_of_builds);
    let found = walk::read_all(paths, is_wanted, is_needed).map_err(Fault::Files)?;
    if !found.failed.is_empty() {
        return Err(Fault::Files(found.failed).into());
    }
    let generated = description.map(Description::generated).unwrap_or_default();
    let (mut files, mut passed_over, mut templates) = (Vec::new(), Vec::new(), Vec::new());
    let unread: Vec<String> = found.unread.iter().map(|path| scope.shown(path)).collect();
    for file in found.files {
        let name = file.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if is_template(&name) {
            templates.push(scope.shown(&file.path));
            continue;
        }
        let language = Language::of(&name).unwrap_or(Language::Dockerfile);
        // What a script says is only listed.
        if language == Language::Script || header::inspect(&file.text).is_none() {
            if name != "services.toml" {
                files.push(SourceFile { path: scope.shown(&file.path), text: file.text, language });
            }
        } else if !generated.contains(&file.path) {
            passed_over.push(scope.shown(&file.path));
        }
    }
    let mut err = super::stderr();
    report::rebase::passed_over(&mut err, &passed_over, "it has the header of a generated file")?;
    report::rebase::passed_over(&mut err, &templates, "it is a template")?;
    report::rebase::passed_over(&mut err, &unread, "it is not text")?;
    let outside: Vec<String> = found.outside.iter().map(|path| scope.shown(path)).collect();
    report::rebase::passed_over(&mut err, &outside, "the link leads out of the tree")?;
    Ok(files)
}

/// Every file that changes: those that are edited, and those that are generated anew; and how all that are
/// generated stand to the new description.
fn changes(
    plan: &RebasePlan,
    texts: &BTreeMap<&str, &str>,
    described: Option<&Description>,
    scope: &Scope,
) -> anyhow::Result<(Vec<FileChange>, sync::Plan)> {
    let (mut changes, mut generated) = (Vec::new(), sync::Plan::default());
    for file in plan.files.iter().filter(|file| !file.edits.is_empty()) {
        let text = texts.get(file.path.as_str()).copied().unwrap_or_default();
        let new = file.apply(text)?;
        // The paths of files are real already; that of the description is as it was given.
        let mut path = scope.here.join(&file.path);
        if let Some(description) = described.filter(|description| description.path == Path::new(&file.path)) {
            path = walk::real(&path).map_err(|error| Fault::Files(vec![error]))?;
            let (anew, plan) = regenerated(description, &new, scope)?;
            changes.extend(anew);
            generated = plan;
        }
        let (old, new) = (Some(text.as_bytes().to_vec()), Some(new.into_bytes()));
        changes.push(FileChange { path: scope.below(&path)?, old, new });
    }
    changes.retain(|change| change.old != change.new);
    changes.sort_by(|a, b| a.path.cmp(&b.path));
    Ok((changes, generated))
}

/// What the description, changed to `text`, makes of the generated files.
fn regenerated(
    description: &Description,
    text: &str,
    scope: &Scope,
) -> anyhow::Result<(Vec<FileChange>, sync::Plan)> {
    let wrong =
        |mistakes| Fault::Description { path: description.path.clone(), text: text.to_owned(), mistakes };
    let fleet = fleet::load_begun(text).map_err(wrong)?;
    if fleet.services.is_empty() {
        return Ok((Vec::new(), sync::Plan::default()));
    }
    let services: Vec<_> = fleet.services.iter().collect();
    let options = Options { full: true, ..Options::default() };
    let output = description.open_output(None)?;
    let pins = LockFile::load(description)?;
    let wanted = render::files(&fleet, &services, pins.lock.as_ref(), true, &description.name())?;
    let found = sync::read(&output, &wanted, options).map_err(Fault::Files)?;
    let plan = sync::plan(wanted, found, options);
    let mut changes = Vec::new();
    for file in plan.changes() {
        let path = scope.below(&output.real().join(file.path.as_str()))?;
        let new = file.new.clone().map(String::into_bytes);
        changes.push(FileChange { path, old: file.old.clone(), new });
    }
    Ok((changes, plan))
}

fn refuse_dirty(scope: &Scope, changes: &[FileChange]) -> Result<(), Fault> {
    let Some(dirty) = git::uncommitted(&scope.root) else { return Ok(()) };
    let paths = changes.iter().map(|change| scope.root.join(&change.path));
    let mut found = paths.filter(|path| dirty.contains(path)).map(|path| scope.shown(&path));
    let Some(first) = found.next() else { return Ok(()) };
    let message = match found.count() {
        0 => format!("`{first}` has uncommitted changes"),
        more => format!("`{first}` and {more} more files have uncommitted changes"),
    };
    Err(Fault::plain(message, Some("commit them, or use --allow-dirty".to_owned())))
}

fn show_diff(out: &mut dyn Write, changes: &[FileChange], scope: &Scope) -> anyhow::Result<()> {
    let styles = is_coloured_terminal().then_some(&report::DIFF_STYLES);
    for change in changes {
        let text = |content: &Option<Vec<u8>>| {
            content.as_deref().map(String::from_utf8_lossy).unwrap_or_default().into_owned()
        };
        let path = scope.shown(&scope.root.join(&change.path));
        out.write_all(sync::diff::between(&path, &text(&change.old), &text(&change.new), styles).as_bytes())?;
    }
    Ok(())
}
