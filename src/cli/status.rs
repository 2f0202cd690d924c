//! `dockwright status`: what is built, available and missing.

use std::path::PathBuf;
use std::sync::Mutex;

use clap::{Args, ValueEnum};

use super::lock::{JOBS, client};
use super::source::{Description, Fault, Refusal};
use super::{FleetFile, Out, Outcome, Today};
use crate::engine::{self, images::LocalImages};
use crate::file_path::shown;
use crate::fleet::{Fleet, Service};
use crate::image::ImageReference;
use crate::path::RelativePath;
use crate::registry::RegistryError;
use crate::report;
use crate::report::graph::Graph;
use crate::report::page;
use crate::report::status::{self, InRegistry, Published, Tally};

/// Count the images that are built, available and missing, in total and by phase.
#[derive(Debug, Args)]
#[command(after_help = "\
An image counts as built if services.toml records it (`status = \"built\"`), with --images also if
the engine has it, with --registry only if the registry has its tag. A Dockerfile is available if
it exists.

Examples:
  dockwright status                        the output directory
  dockwright status --root ~/src/lucid     another tree
  dockwright status --format markdown      tables for a document
  dockwright status --format html          a page with bars and the fleet as a graph
  dockwright status --registry             existing tags, their platforms and dates
  dockwright status --images               images of the engine, their sizes and shared layers

Exit codes: 0; 2 wrong usage, an invalid services.toml, or a registry or engine that cannot be
queried")]
pub(super) struct StatusCommand {
    /// The tree with the Dockerfiles; by default the output directory
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
    /// Count the images whose tags the registry has
    #[arg(long)]
    registry: bool,
    /// Also count the images that the engine has, and show their sizes and shared layers
    #[arg(long)]
    images: bool,
    #[command(flatten)]
    fleet: FleetFile,
    #[command(flatten)]
    today: Today,
    /// The output format
    #[arg(long, value_enum, default_value = "text")]
    format: StatusFormat,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum StatusFormat {
    /// For people
    Text,
    /// For programs
    Json,
    /// For documents
    Markdown,
    /// A self-contained page, with the fleet as a graph
    Html,
}

impl StatusCommand {
    pub(super) fn run(&self, out: &mut dyn Out) -> anyhow::Result<Outcome> {
        let description = Description::load(&self.fleet.fleet)?;
        let root = description.output(self.root.as_deref());
        if self.root.is_some() && !root.is_dir() {
            let hint = "name the directory with the Dockerfiles".to_owned();
            return Err(Fault::plain(format!("`{}` is not a directory", shown(&root)), Some(hint)).into());
        }
        let found = if self.registry { Some(ask(&description.fleet)?) } else { None };
        let local = if self.images { Some(look(&description.fleet)?) } else { None };
        let is_there = |path: &RelativePath| root.join(path.as_str()).is_file();
        let tally = Tally::new(&description.fleet, is_there, found.as_ref(), local.as_ref());
        match self.format {
            StatusFormat::Text => {
                status::text(out, &tally)?;
                if tally.records_nothing() {
                    let hint = "no image is recorded as built; --images counts those of the engine, --registry those of the registry";
                    report::hint_line(&mut super::stderr(), hint)?;
                }
            }
            StatusFormat::Json => status::json(out.document(), &tally)?,
            StatusFormat::Markdown => status::markdown(out, &tally)?,
            StatusFormat::Html => {
                let today = self.today.get();
                let graph = Graph::new(&description.fleet, today);
                out.write_all(page::html(&tally, &graph, today).as_bytes())?;
            }
        }
        Ok(Outcome::Clean)
    }
}

/// Asks the engine for the fleet's images, under the names that `build` gives them.
fn look(fleet: &Fleet) -> Result<LocalImages, Fault> {
    let of_fleet = |service: &Service| Ok((service.image.clone(), in_registry(fleet, &service.image)?));
    let names = fleet.services.iter().map(of_fleet).collect::<Result<Vec<_>, Fault>>()?;
    let asked: Vec<_> = names.iter().map(|(_, pushed)| pushed).collect();
    let found = engine::images::look(&asked)
        .map_err(|error| Fault::plain(error.to_string(), Some(error.hint().to_owned())))?;
    let own = names.into_iter().filter_map(|(image, pushed)| Some((image, found.get(&pushed)?.clone())));
    Ok(own.collect())
}

/// Asks the registry for the fleet's tags, and for those recorded as built beside it.
fn ask(fleet: &Fleet) -> Result<InRegistry, Fault> {
    let images: Vec<_> =
        fleet.services.iter().map(|service| &service.image).chain(&fleet.also_built).collect();
    let asked = images.iter().map(|image| in_registry(fleet, image)).collect::<Result<Vec<_>, _>>()?;
    let client = client()?;
    let ages = Mutex::new(vec![Ok(None); asked.len()]);
    let answers = client.resolve_all(&asked, JOBS, |place, answer| {
        let since = answer.as_ref().map_or(Ok(None), |resolved| client.created(resolved));
        if let Ok(mut ages) = ages.lock() {
            ages[place] = since;
        }
    });
    let ages = ages.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    let (mut found, mut failed, mut refused) = (InRegistry::new(), Vec::new(), Vec::new());
    for ((image, answer), since) in images.into_iter().zip(answers).zip(ages) {
        match answer.and_then(|resolved| Ok((since?, resolved))) {
            Ok((since, resolved)) => {
                let platforms = resolved.platforms();
                found.insert(image.clone(), Published { digest: resolved.digest, platforms, since });
            }
            Err(RegistryError::Missing { .. }) => {}
            // Docker Hub does not tell a repository that is missing from one that is private.
            Err(error @ RegistryError::Unauthorized { .. }) => refused.push((image, error)),
            Err(error) => failed.push((image, error)),
        }
    }
    if found.is_empty() && failed.is_empty() {
        // Nothing is visible at all: that is a wrong login or name, not an empty registry.
        failed.extend(refused.into_iter().take(1));
    }
    if failed.is_empty() { Ok(found) } else { Err(Fault::Registry(Refusal::all(failed))) }
}

/// An image of the fleet where it is pushed to.
fn in_registry(fleet: &Fleet, image: &ImageReference) -> Result<ImageReference, Fault> {
    if image.registry().is_some() {
        return Ok(image.clone());
    }
    format!("{}/{image}", fleet.registry).parse().map_err(|error: crate::image::ImageReferenceError| {
        Fault::plain(error.to_string(), Some("`registry` of [fleet] is a host, such as ghcr.io".to_owned()))
    })
}
