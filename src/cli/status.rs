//! `dockwright status`: what is built, available and missing.

use std::io::Write;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::source::{Description, Fault};
use super::{FleetFile, Outcome};
use crate::report::status::{self, Tally};

/// Count what is built, available and missing, as a whole and by phase.
#[derive(Debug, Args)]
#[command(after_help = "\
An image counts as built if the description records it; a Dockerfile is available if it is there.

Examples:
  dockwright status                        the output directory
  dockwright status --root ~/src/lucid     another tree
  dockwright status --format markdown      the tables for a document

Exit codes: 0; 2 wrong usage or a wrong description")]
pub(super) struct StatusCommand {
    /// The tree in which Dockerfiles are looked for; by default the output directory
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
    #[command(flatten)]
    fleet: FleetFile,
    /// How the result is shown
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
}

impl StatusCommand {
    pub(super) fn run(&self, out: &mut dyn Write) -> anyhow::Result<Outcome> {
        let description = Description::load(&self.fleet.fleet)?;
        let root = description.output(self.root.as_deref());
        if self.root.is_some() && !root.is_dir() {
            let hint = "name the directory that the Dockerfiles lie in".to_owned();
            return Err(Fault::plain(format!("`{}` is no directory", root.display()), Some(hint)).into());
        }
        let tally = Tally::new(&description.fleet, |path| root.join(path.as_str()).is_file());
        match self.format {
            StatusFormat::Text => status::text(out, &tally)?,
            StatusFormat::Json => status::json(out, &tally)?,
            StatusFormat::Markdown => status::markdown(out, &tally)?,
        }
        Ok(Outcome::Clean)
    }
}
