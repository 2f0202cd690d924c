//! Reading the description: the one file that every command starts from.

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use globset::Glob;

use super::descriptions::{above, nested};
use crate::diagnostic::{Diagnostic, cause, few, nearest, remedy};
use crate::file_path::{self, shown};
use crate::fleet::{self, Fleet, Names, Service};
use crate::image::ImageReference;
use crate::registry::RegistryError;
use crate::report::fleet_options::FleetOptions;
use crate::report::mistakes::Problem;
use crate::sync::{Output, SyncError};
use crate::{file, render, report};

/// No description of a fleet is as large; a file that is was named by mistake.
const LIMIT: u64 = 64 << 20;

/// What ends a command with exit code 2: something is wrong with what it was given.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    #[error("services.toml is invalid")]
    Description { path: PathBuf, text: String, mistakes: Vec<Diagnostic> },
    #[error("files cannot be changed")]
    Sources(Vec<(PathBuf, String, Vec<Diagnostic>)>),
    #[error("files cannot be read or written")]
    Files(Vec<SyncError>),
    #[error("registries cannot be queried")]
    Registry(Vec<Refusal>),
    #[error("{message}")]
    Plain { message: String, hint: Option<String> },
}

impl Fault {
    pub(super) fn plain(message: impl Into<String>, hint: Option<String>) -> Self {
        Self::Plain { message: message.into(), hint }
    }

    /// Each error of it, for programs.
    pub(super) fn problems(&self) -> Vec<Problem> {
        match self {
            Self::Description { path, text, mistakes } => in_text(path, text, mistakes),
            Self::Sources(sources) => {
                sources.iter().flat_map(|(path, text, mistakes)| in_text(path, text, mistakes)).collect()
            }
            Self::Files(errors) => {
                let problem =
                    |error: &SyncError| Problem::new(error.to_string(), error.hint().map(str::to_owned));
                errors.iter().map(problem).collect()
            }
            Self::Registry(errors) => {
                errors.iter().map(|one| Problem::new(one.to_string(), one.error.hint())).collect()
            }
            Self::Plain { message, hint } => vec![Problem::new(message.clone(), hint.clone())],
        }
    }

    /// Shows it to people.
    pub(super) fn show(&self, err: &mut dyn Write) -> io::Result<()> {
        match self {
            Self::Description { path, text, mistakes } => report::diagnostics(err, path, text, mistakes),
            Self::Sources(sources) => sources
                .iter()
                .try_for_each(|(path, text, mistakes)| report::diagnostics(err, path, text, mistakes)),
            Self::Files(errors) => {
                errors.iter().try_for_each(|error| report::error_line(err, &error.to_string(), error.hint()))
            }
            Self::Registry(errors) => errors.iter().enumerate().try_for_each(|(place, one)| {
                // Several in a row with one remedy share its line.
                let hint = one.error.hint();
                let next = errors.get(place + 1).and_then(|next| next.error.hint());
                report::error_line(
                    err,
                    &one.to_string(),
                    hint.filter(|_| next != one.error.hint()).as_deref(),
                )
            }),
            Self::Plain { message, hint } => report::error_line(err, message, hint.as_deref()),
        }
    }
}

/// An error of a registry, and the images that it was asked for.
#[derive(Debug)]
pub(super) struct Refusal {
    error: RegistryError,
    images: Vec<String>,
}

impl Refusal {
    /// An error that says all by itself.
    pub(super) fn of_itself(error: RegistryError) -> Self {
        Self { error, images: Vec::new() }
    }

    /// Errors of several images: one for each cause, in the order of the images.
    pub(super) fn all<'i>(
        errors: impl IntoIterator<Item = (&'i ImageReference, RegistryError)>,
    ) -> Vec<Self> {
        let mut all: Vec<Self> = Vec::new();
        for (image, error) in errors {
            match all.iter_mut().find(|known| known.error == error) {
                Some(known) => known.images.push(image.to_string()),
                None => all.push(Self { images: vec![image.to_string()], error }),
            }
        }
        all
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const MOST: usize = 3;
        self.error.fmt(f)?;
        if !self.error.is_of_registry() || self.images.is_empty() {
            return Ok(());
        }
        write!(f, " (for {}", self.images[..self.images.len().min(MOST)].join(", "))?;
        match self.images.len().checked_sub(MOST) {
            Some(more @ 1..) => write!(f, " and {more} more)"),
            _ => f.write_str(")"),
        }
    }
}

/// Errors of a text, each with its place.
pub(super) fn in_text(path: &Path, text: &str, mistakes: &[Diagnostic]) -> Vec<Problem> {
    let problem = |mistake: &Diagnostic| {
        let (line, column) = report::place(text, mistake.span.start);
        Problem {
            path: Some(file_path::name(path)),
            line: Some(line),
            column: Some(column),
            ..Problem::new(mistake.message.clone(), mistake.hint.clone())
        }
    };
    mistakes.iter().map(problem).collect()
}

/// A path with every link followed, as far as there is something.
fn real(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let found = path.ancestors().find_map(|ancestor| {
        let real = file_path::real(ancestor).ok()?;
        Some(real.join(path.strip_prefix(ancestor).ok()?))
    });
    found.unwrap_or(path)
}

/// The way back from a directory to one above it; `.` from anywhere else: that is a tree of its own, and what
/// lies in it are sources.
fn way_back(from: &Path, to: &Path) -> String {
    match from.strip_prefix(to).map(|below| below.components().count()) {
        Ok(depth) if depth > 0 => vec![".."; depth].join("/"),
        _ => ".".to_owned(),
    }
}

/// The description, and where it lies.
pub(super) struct Description {
    pub path: PathBuf,
    pub text: String,
    pub fleet: Fleet,
}

impl Description {
    /// Reads and checks the description.
    pub(super) fn load(path: &Path) -> Result<Self, Fault> {
        Self::load_by(path, fleet::load)
    }

    /// The same, but it may have no services yet.
    pub(super) fn load_begun(path: &Path) -> Result<Self, Fault> {
        Self::load_by(path, fleet::load_begun)
    }

    fn load_by(path: &Path, load: fn(&str) -> Result<Fleet, Vec<Diagnostic>>) -> Result<Self, Fault> {
        let text = read(path)?;
        match load(&text) {
            Ok(fleet) => Ok(Self { path: path.to_owned(), text, fleet }),
            Err(mistakes) => Err(Fault::Description { path: path.to_owned(), text, mistakes }),
        }
    }

    /// The name of the file, as headers of generated files give it.
    pub(super) fn name(&self) -> String {
        self.path
            .file_name()
            .map_or_else(|| "services.toml".to_owned(), |name| name.to_string_lossy().into_owned())
    }

    /// The options with which another command finds this fleet, and its files where a run puts them elsewhere.
    pub(super) fn fleet_options(&self, asked_for: Option<&Path>) -> FleetOptions {
        super::fleet_options(&self.path, asked_for)
    }

    /// The output directory: the one asked for, or the one that the description names, beside it.
    pub(super) fn output(&self, asked_for: Option<&Path>) -> PathBuf {
        match asked_for {
            Some(path) => path.to_owned(),
            None => self.path.parent().unwrap_or(Path::new("")).join(self.fleet.output.as_str()),
        }
    }

    /// The same directory, opened. A link leads there only if somebody named it on the command line, and the
    /// description and its lock are never generated.
    pub(super) fn open_output(&self, asked_for: Option<&Path>) -> Result<Output, Fault> {
        let beside = self.path.parent().unwrap_or(Path::new(""));
        let output = match asked_for {
            Some(path) => Output::named(path),
            None => Output::below(beside, &self.fleet.output),
        };
        let own = [self.path.as_path(), &self.path.with_extension("lock")];
        output.map(|output| output.keeping(own)).map_err(|error| Fault::Files(vec![error]))
    }

    /// Where `gen` writes the files that name images, with every link followed. A header alone proves nothing:
    /// anybody can write one.
    pub(super) fn generated(&self) -> BTreeSet<PathBuf> {
        let output = real(&self.output(None));
        let dockerfiles = self.fleet.services.iter().map(|service| service.dockerfile.as_str());
        dockerfiles.chain([render::BAKE, render::COMPOSE]).map(|path| output.join(path)).collect()
    }

    /// Whether that is the directory that the description names.
    pub(super) fn is_own_output(&self, asked_for: Option<&Path>) -> bool {
        asked_for.is_none_or(|path| real(path) == real(&self.output(None)))
    }

    /// Takes the directory that is asked for as the one that files are generated for.
    pub(super) fn generate_in(&mut self, asked_for: Option<&Path>) {
        if let Some(path) = asked_for {
            let tree = self.path.parent().filter(|parent| !parent.as_os_str().is_empty());
            self.fleet.tree = way_back(&real(path), &real(tree.unwrap_or(Path::new("."))));
        }
    }

    /// The services that the selectors name: all if there are none.
    pub(super) fn select(&self, selectors: &[String], phases: &[u8]) -> Result<Vec<&Service>, Fault> {
        let mut wanted = vec![selectors.is_empty() && phases.is_empty(); self.fleet.services.len()];
        for selector in selectors {
            self.mark(&mut wanted, selector)?;
        }
        for phase in phases {
            let of_phase = |service: &Service| service.phase == *phase;
            if !self.fleet.services.iter().any(of_phase) {
                let phases: BTreeSet<u8> = self.fleet.services.iter().map(|service| service.phase).collect();
                let phases: Vec<_> = phases.iter().map(u8::to_string).collect();
                return Err(Fault::plain(
                    format!("no service is in phase {phase}"),
                    Some(format!("there are services of phase {}", phases.join(", "))),
                ));
            }
            wanted
                .iter_mut()
                .zip(&self.fleet.services)
                .for_each(|(mark, service)| *mark |= of_phase(service));
        }
        Ok(self
            .fleet
            .services
            .iter()
            .zip(wanted)
            .filter_map(|(service, wanted)| wanted.then_some(service))
            .collect())
    }

    fn mark(&self, wanted: &mut [bool], selector: &str) -> Result<(), Fault> {
        let glob = Glob::new(selector)
            .map_err(|error| {
                Fault::plain(
                    format!("`{selector}` is not a valid pattern: {}", error.kind()),
                    Some("* matches any characters, ? one, [ab] one of a set".to_owned()),
                )
            })?
            .compile_matcher();
        let mut found = false;
        for (mark, service) in wanted.iter_mut().zip(&self.fleet.services) {
            if glob.is_match(service.name.as_str()) {
                *mark = true;
                found = true;
            }
        }
        if found {
            return Ok(());
        }
        let names = self.fleet.services.iter().map(|service| service.name.as_str());
        Err(Fault::plain(
            format!("there is no service `{selector}`"),
            Some(Names::new("service", names).hint(selector)),
        ))
    }
}

/// Paths of the command line that have to be there: what is not is told with what may be meant.
pub(super) fn must_exist(paths: &[PathBuf], otherwise: &str) -> Result<(), Fault> {
    let Some(path) = paths.iter().find(|path| matches!(path.try_exists(), Ok(false))) else { return Ok(()) };
    let beside = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let entries = fs::read_dir(beside.unwrap_or(Path::new("."))).into_iter().flatten().flatten();
    let names: Vec<String> = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let near = nearest(&name, names.iter().map(String::as_str));
    let hint = match near {
        Some(near) => format!(
            "did you mean `{}`?",
            shown(&beside.map_or_else(|| near.into(), |beside| beside.join(near)))
        ),
        None => otherwise.to_owned(),
    };
    Err(Fault::plain(format!("cannot read `{}`: no such file or directory", shown(path)), Some(hint)))
}

/// Whether a description is more than comments. What cannot be read says something as well.
pub(super) fn says_something(text: &str) -> bool {
    !toml::from_str::<toml::Table>(text).is_ok_and(|table| table.is_empty())
}

/// The first few of some paths.
pub(super) fn listed(paths: &[PathBuf]) -> String {
    const MOST: usize = 4;
    few(paths.iter().map(|path| file_path::shown(path)), MOST)
}

/// Reads a text file of bounded size.
pub(super) fn read(path: &Path) -> Result<String, Fault> {
    let shown = file_path::shown(path);
    let fault = |error: io::Error| {
        let hint = match error.kind() {
            io::ErrorKind::NotFound if above(path).is_some() => {
                above(path).map(|above| format!("name the one above: --fleet {}", file_path::shown(&above)))
            }
            io::ErrorKind::NotFound if !nested(path).is_empty() => Some(format!(
                "there are {}: name one with --fleet; `dockwright gen --recursive` takes all of them",
                listed(&nested(path))
            )),
            io::ErrorKind::NotFound => Some(
                "name services.toml with --fleet, or go to its directory; `dockwright init` writes one"
                    .to_owned(),
            ),
            io::ErrorKind::IsADirectory => Some(format!(
                "name the file in it: --fleet {}",
                file_path::shown(&path.join("services.toml"))
            )),
            io::ErrorKind::FileTooLarge => {
                Some("name services.toml with --fleet; a service takes about 1 KiB".to_owned())
            }
            _ => remedy(&error).map(str::to_owned),
        };
        Fault::plain(format!("cannot read `{shown}`: {}", cause(&error)), hint)
    };
    let bytes = file::read(path, LIMIT).map_err(fault)?;
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let before = String::from_utf8_lossy(&error.as_bytes()[..at]);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().map_or(0, |start| start.chars().count()) + 1;
        Fault::plain(
            format!("{shown}:{line}:{column}: this is not UTF-8 text"),
            Some("save the file as UTF-8".to_owned()),
        )
    })
}
