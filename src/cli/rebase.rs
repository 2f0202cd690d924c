//! `dockwright rebase`: moves a fleet, or any tree of Dockerfiles, to other base images.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;

use super::lock::LockFile;
use super::source::{Description, Fault};
use super::{FleetFile, Outcome, Today, git, is_coloured_terminal};
use crate::bases::Catalogue;
use crate::file_path::shown;
use crate::refactor::rebase::{self, Language, RebasePlan, Rule, SourceFile};
use crate::sync::transaction::{self, Exclusive, FileChange, Recovery};
use crate::sync::{self, Options, StateDirectory, SyncError, header, walk};
use crate::{fleet, render, report};

/// Move to other base images: services.toml and what is generated from it, or Dockerfiles written by hand.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
#[command(
    override_usage = "dockwright rebase [OPTIONS] <FROM> <TO> [PATH]...\n       dockwright rebase [OPTIONS] --eol [PATH]...",
    after_help = "\
FROM and TO are image references, patterns with `*`, bases of services.toml, or releases of a
distribution. Without a PATH the description moves; with PATHs, the Dockerfiles, Compose and bake
files there, and the description if it is among them.

Examples:
  dockwright rebase --eol --dry-run                      what is past its end of life, and to where
  dockwright rebase debian12 debian13                    the whole fleet
  dockwright rebase debian12 debian13 docker/ --diff     Dockerfiles in a directory
  dockwright rebase 'gcr.io/distroless/*-debian12*' debian13 .
  dockwright rebase python:3.11-slim python:3.13-slim-trixie api/Dockerfile

Exit codes: 0 moved, or nothing to move with --eol; 1 something would change (--dry-run) or a file
was left as it is; 2 wrong usage, nothing matches, or a file that cannot be read or written: nothing
changed"
)]
pub(super) struct Rebase {
    /// FROM and TO, then files and directories
    #[arg(value_name = "FROM TO PATH", required_unless_present = "eol")]
    arguments: Vec<String>,
    /// Move everything that is past its end of life to its successor
    #[arg(long)]
    eol: bool,
    /// Write nothing, and exit 1 if anything would change
    #[arg(long)]
    dry_run: bool,
    /// Show the difference of every file
    #[arg(long)]
    diff: bool,
    /// Also change files with uncommitted changes
    #[arg(long)]
    allow_dirty: bool,
    /// Leave Dockerfiles that cannot be moved as they are, and move the others
    #[arg(long)]
    skip_broken: bool,
    #[command(flatten)]
    fleet: FleetFile,
    #[command(flatten)]
    today: Today,
}

/// FROM and TO.
type Sides = (String, String);

/// What a run works on.
struct Scope {
    /// The directory above everything that may change, with every link followed.
    root: PathBuf,
    /// The working directory, likewise.
    here: PathBuf,
    /// Whether the description moves as well.
    described: bool,
}

impl Rebase {
    pub(super) fn run(&self, out: &mut dyn Write) -> anyhow::Result<Outcome> {
        let (sides, paths) = self.sides()?;
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
        let own_path = shown(&self.fleet.fleet).to_string();
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
            let Some((from, _)) = &sides else {
                report::rebase::plan(out, &plan, &texts, today)?;
                writeln!(out, "{}: nothing is past its end of life", report::counted(texts.len(), "file"))?;
                if paths.is_empty() {
                    let hint = "`dockwright rebase --eol .` also looks at files that people wrote";
                    report::hint_line(out, hint)?;
                }
                return Ok(Outcome::Clean);
            };
            let hint = "`dockwright bases --used` shows what stands on what";
            return Err(
                Fault::plain(format!("nothing here stands on `{from}`"), Some(hint.to_owned())).into()
            );
        }
        let (changes, generated) = changes(&plan, &texts, described, &scope)?;
        if !self.allow_dirty {
            refuse_dirty(&scope, &changes)?;
        }
        report::rebase::plan(out, &plan, &texts, today)?;
        if self.diff {
            show_diff(out, &changes, &scope)?;
        }
        let left = plan.files.iter().any(|file| !file.unsure.is_empty() || !file.faults.is_empty());
        let left = report::changes::left_alone(out, &generated)? > 0 || left;
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
            report::hint_line(&mut err, "the new images have no pins yet: run `dockwright lock --update`")?;
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
            let message = format!("`{}` is ignored: no journal in a tree is obeyed", scope.shown(&path));
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

    fn refuse_faults(&self, plan: &mut RebasePlan, texts: &BTreeMap<&str, &str>) -> Result<(), Fault> {
        let own = shown(&self.fleet.fleet).to_string();
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

impl Scope {
    fn of(paths: &[PathBuf], fleet: &Path) -> Result<Self, Fault> {
        let real = |path: &Path| walk::real(path).map_err(|error| Fault::Files(vec![error]));
        let here = real(Path::new("."))?;
        let own = walk::real(fleet).ok();
        let paths = paths.iter().map(|path| real(path)).collect::<Result<Vec<_>, _>>()?;
        let described = match &own {
            Some(own) => paths.is_empty() || paths.iter().any(|path| own.starts_with(path)),
            None => paths.is_empty(),
        };
        let directory =
            |path: &Path| if path.is_dir() { path } else { path.parent().unwrap_or(path) }.to_owned();
        let parts: Vec<PathBuf> =
            own.iter().filter(|_| described).chain(&paths).map(|path| directory(path)).collect();
        let below_here = parts.iter().all(|part| part.starts_with(&here));
        let root = if below_here { here.clone() } else { common(&parts).unwrap_or_else(|| here.clone()) };
        Ok(Self { root, here, described })
    }

    /// A path as people know it.
    fn shown(&self, path: &Path) -> String {
        shown(path.strip_prefix(&self.here).unwrap_or(path)).to_string()
    }

    /// A path below the root.
    fn below(&self, path: &Path) -> Result<PathBuf, Fault> {
        path.strip_prefix(&self.root).map(Path::to_owned).map_err(|_| {
            let message = format!("`{}` lies outside of `{}`", shown(path), shown(&self.root));
            Fault::plain(message, Some("name its directory as a PATH as well".to_owned()))
        })
    }
}

/// The directory that all paths lie in.
fn common(paths: &[PathBuf]) -> Option<PathBuf> {
    let (first, rest) = paths.split_first()?;
    first.ancestors().find(|ancestor| rest.iter().all(|path| path.starts_with(ancestor))).map(Path::to_owned)
}

/// The files of the paths, without those that are generated. One that only says so is named.
fn read(
    scope: &Scope,
    paths: &[PathBuf],
    description: Option<&Description>,
) -> anyhow::Result<Vec<SourceFile>> {
    let found = walk::read_all(paths, |name| Language::of(name).is_some()).map_err(Fault::Files)?;
    let generated = description.map(Description::generated).unwrap_or_default();
    let (mut files, mut passed_over) = (Vec::new(), Vec::new());
    for file in found {
        let name = file.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if header::inspect(&file.text).is_none() {
            if name != "services.toml" {
                let language = Language::of(&name).unwrap_or(Language::Dockerfile);
                files.push(SourceFile { path: scope.shown(&file.path), text: file.text, language });
            }
        } else if !generated.contains(&file.path) {
            passed_over.push(scope.shown(&file.path));
        }
    }
    let mut err = anstream::AutoStream::auto(std::io::stderr().lock());
    report::rebase::passed_over(&mut err, &passed_over)?;
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
    let fleet = fleet::load(text).map_err(wrong)?;
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
