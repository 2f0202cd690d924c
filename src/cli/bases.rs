//! `dockwright bases`: what is known of base images, and what stands on what.

use std::io::Write;
use std::path::Path;

use clap::{Args, ValueEnum};

use super::source::{Description, Fault};
use super::{FleetFile, Outcome, Today};
use crate::bases::Catalogue;
use crate::file_path;
use crate::refactor::rebase::{Language, images};
use crate::report::bases::{self, Usage};
use crate::sync::{header, walk};

/// Show what base images are, and what stands on what.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dockwright bases                  every image that is known
  dockwright bases --used           what the services stand on, and Dockerfiles, Compose and bake
                                    files here
  dockwright bases --eol            in CI: exit 1 if any of that is past its end of life

Exit codes: 0; 1 with --eol, if a base in use is past its end of life; 2 wrong usage or a wrong
description")]
pub(super) struct Bases {
    /// Only what services and files here stand on, and which do
    #[arg(long)]
    used: bool,
    /// Only what is in use past its end of life
    #[arg(long)]
    eol: bool,
    #[command(flatten)]
    fleet: FleetFile,
    #[command(flatten)]
    today: Today,
    /// How the result is shown
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
    pub(super) fn run(&self, out: &mut dyn Write) -> anyhow::Result<Outcome> {
        let description = self.fleet.load_if_any()?;
        let catalogue = description.as_ref().map_or(Catalogue::builtin(), |d| d.fleet.catalogue.as_ref());
        let today = self.today.get();
        if !self.used && !self.eol {
            match self.format {
                BasesFormat::Text => bases::catalogue_text(out, catalogue, today)?,
                BasesFormat::Json => bases::catalogue_json(out, catalogue)?,
            }
            return Ok(Outcome::Clean);
        }
        let all = usage(&self.fleet.fleet, description.as_ref(), catalogue)?;
        let ended = all.iter().filter(|used| used.is_past_eol(today));
        let shown: Vec<_> = if self.eol { ended.collect() } else { all.iter().collect() };
        match self.format {
            BasesFormat::Text => {
                bases::usage_text(out, &shown, today)?;
                if self.eol {
                    bases::judgement(out, &all, today)?;
                }
            }
            BasesFormat::Json => bases::usage_json(out, &shown, today)?,
        }
        Ok(if self.eol && !shown.is_empty() { Outcome::Differences } else { Outcome::Clean })
    }
}

/// What the services stand on, and the files beside the description that people wrote.
fn usage(path: &Path, description: Option<&Description>, catalogue: &Catalogue) -> Result<Vec<Usage>, Fault> {
    let mut tally = bases::Tally::default();
    for service in description.iter().flat_map(|description| &description.fleet.services) {
        for image in [&service.base.build, &service.base.run] {
            tally.service(image, service.name.as_str());
        }
    }
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let real = walk::real(directory).map_err(|error| Fault::Files(vec![error]))?;
    let files = walk::read_all(&[directory.to_owned()], |name| Language::of(name).is_some());
    let generated = description.map(Description::generated).unwrap_or_default();
    for file in &files.map_err(Fault::Files)? {
        let language = file.path.file_name().and_then(|name| Language::of(&name.to_string_lossy()));
        let is_generated = generated.contains(&file.path) && header::inspect(&file.text).is_some();
        let Some(language) = language.filter(|_| !is_generated) else { continue };
        let shown = directory.join(file.path.strip_prefix(&real).unwrap_or(&file.path));
        let shown = file_path::shown(shown.strip_prefix(".").unwrap_or(&shown)).to_string();
        for image in images(&file.text, language, catalogue) {
            tally.file(&image, &shown);
        }
    }
    Ok(tally.finish(catalogue))
}
