//! `dockwright bases`: what is known of base images, and what stands on what.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::source::{Description, Fault, must_exist};
use super::{FleetFile, Out, Outcome, Today};
use crate::bases::Catalogue;
use crate::diagnostic::Diagnostic;
use crate::file_path;
use crate::refactor::rebase::{Language, built_images, images};
use crate::report;
use crate::report::bases::{self, Usage};
use crate::sync::{SyncError, header, walk};

/// Show known base images, their end of life, and where they are used.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dockwright bases                  all known images
  dockwright bases --used           images that services, Dockerfiles, Compose and bake files use
  dockwright bases --eol            in CI: exit 1 if an image in use is past its end of life
  dockwright bases --eol docker/    the same for files in a directory

Exit codes: 0; 1 with --eol, if a base in use is past its end of life, or with --strict, if that is
unknown for one; 2 wrong usage, or an invalid services.toml")]
pub(super) struct Bases {
    /// Files and directories to read, as `rebase` does, instead of those next to services.toml
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Only images in use, with the services and files that use them
    #[arg(long)]
    used: bool,
    /// Only images in use past their end of life
    #[arg(long)]
    eol: bool,
    /// With --eol, also exit 1 if the end of life of an image in use is unknown, or a file cannot be read
    #[arg(long, requires = "eol")]
    strict: bool,
    #[command(flatten)]
    fleet: FleetFile,
    #[command(flatten)]
    today: Today,
    /// The output format
    #[arg(long, value_enum, default_value = "text")]
    format: BasesFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum BasesFormat {
    /// For people
    Text,
    /// For programs
    Json,
}

impl Bases {
    pub(super) fn run(&self, out: &mut dyn Out) -> anyhow::Result<Outcome> {
        let hint = "PATH is a file or a directory; `dockwright bases` alone lists the known images";
        must_exist(&self.paths, hint)?;
        let description = self.fleet.load_if_any()?;
        let catalogue = description.as_ref().map_or(Catalogue::builtin(), |d| d.fleet.catalogue.as_ref());
        let today = self.today.get();
        if !self.used && !self.eol && self.paths.is_empty() {
            match self.format {
                BasesFormat::Text => bases::catalogue_text(out, catalogue, today)?,
                BasesFormat::Json => bases::catalogue_json(out.document(), catalogue)?,
            }
            return Ok(Outcome::Clean);
        }
        let (all, unread) = usage(&self.fleet.fleet, &self.paths, description.as_ref(), catalogue)?;
        unread.iter().try_for_each(|unread| unread.warn(&mut super::stderr()))?;
        let ended = all.iter().filter(|used| used.is_past_eol(today));
        let shown: Vec<_> = if self.eol { ended.collect() } else { all.iter().collect() };
        match self.format {
            BasesFormat::Text => {
                bases::usage_text(out, &shown, today)?;
                if all.is_empty() && unread.is_empty() {
                    let hint = "no services.toml, Dockerfile, Compose or bake file with a base is here; \
                                `dockwright bases PATH` looks elsewhere";
                    report::hint_line(out, hint)?;
                }
                if self.eol {
                    bases::judgement(out, &all, today)?;
                }
            }
            BasesFormat::Json => bases::usage_json(out.document(), &shown, today)?,
        }
        let is_unknown = || !unread.is_empty() || all.iter().any(Usage::is_not_judged);
        let fails = self.eol && !shown.is_empty() || self.strict && is_unknown();
        Ok(if fails { Outcome::Differences } else { Outcome::Clean })
    }
}

/// Why the images of a file are not known.
enum Unread {
    Broken { path: PathBuf, text: String, why: Diagnostic },
    Failed(SyncError),
}

impl Unread {
    fn warn(&self, err: &mut dyn Write) -> io::Result<()> {
        match self {
            Self::Broken { path, text, why } => report::warnings(err, path, text, std::slice::from_ref(why)),
            Self::Failed(error) => report::warning_line(err, &error.to_string()),
        }
    }
}

/// What the services stand on, and the files that people wrote: those of the paths, or all beside the description.
fn usage(
    path: &Path,
    paths: &[PathBuf],
    description: Option<&Description>,
    catalogue: &Catalogue,
) -> Result<(Vec<Usage>, Vec<Unread>), Fault> {
    let fault = |error| Fault::Files(vec![error]);
    let mut tally = bases::Tally::default();
    let own = walk::real(path).ok();
    let given = paths.iter().map(|path| walk::real(path)).collect::<Result<Vec<_>, _>>().map_err(fault)?;
    let is_among = |own: &PathBuf| given.iter().any(|path| own.starts_with(path));
    let described = description.filter(|_| paths.is_empty() || own.as_ref().is_some_and(is_among));
    for service in described.iter().flat_map(|description| &description.fleet.services) {
        for image in [&service.base.build, &service.base.run] {
            tally.service(image, service.name.as_str());
        }
    }
    let beside = file_path::directory(path);
    let (directory, roots) = match paths {
        [] => (beside, vec![beside.to_owned()]),
        paths => (Path::new("."), paths.to_vec()),
    };
    let real = walk::real(directory).map_err(fault)?;
    let is_of_builds = |name: &str| Language::of(name).is_some_and(Language::is_of_builds);
    let is_wanted =
        |name: &str| if paths.is_empty() { is_of_builds(name) } else { Language::of(name).is_some() };
    let files = walk::read_all(&roots, is_wanted, is_of_builds);
    let generated = description.map(Description::generated).unwrap_or_default();
    let walk::Found { files, failed, .. } = files.map_err(Fault::Files)?;
    let language = |path: &Path| path.file_name().and_then(|name| Language::of(&name.to_string_lossy()));
    let own: BTreeSet<_> = files
        .iter()
        .filter_map(|file| Some(built_images(&file.text, language(&file.path)?)))
        .flatten()
        .filter(|image| catalogue.find(image).is_none())
        .collect();
    let mut unread: Vec<_> = failed.into_iter().map(Unread::Failed).collect();
    for file in &files {
        let language = language(&file.path);
        let is_generated = generated.contains(&file.path) && header::inspect(&file.text).is_some();
        let Some(language) = language.filter(|_| !is_generated) else { continue };
        let shown = directory.join(file.path.strip_prefix(&real).unwrap_or(&file.path));
        let shown = file_path::name(shown.strip_prefix(".").unwrap_or(&shown));
        let named = images(&file.text, language, catalogue);
        if let Some(why) = named.broken.filter(|_| language.is_of_builds()) {
            unread.push(Unread::Broken { path: PathBuf::from(&shown), text: file.text.clone(), why });
        }
        // What the tree builds itself is no base of somebody else.
        for image in named.images.difference(&own) {
            tally.file(image, &shown);
        }
    }
    Ok((tally.finish(catalogue), unread))
}
