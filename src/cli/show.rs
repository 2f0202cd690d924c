//! `dockwright show`: the Dockerfile of a service, without writing it.

use clap::Args;

use super::lock::LockFile;
use super::source::Description;
use super::{FleetFile, Out, Outcome};
use crate::{render, sync};

/// Print the Dockerfile of a service.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dockwright show redis
  dockwright show redis | docker buildx build -f - .

Exit codes: 0; 2 wrong usage, no such service, or an invalid services.toml")]
pub(super) struct Show {
    /// The name of the service, or a glob that matches one
    service: String,
    #[command(flatten)]
    fleet: FleetFile,
}

impl Show {
    pub(super) fn run(&self, out: &mut dyn Out) -> anyhow::Result<Outcome> {
        let description = Description::load(&self.fleet.fleet)?;
        let pins = LockFile::load(&description)?;
        for service in description.select(std::slice::from_ref(&self.service), &[])? {
            let files = render::files(
                &description.fleet,
                &[service],
                pins.lock.as_ref(),
                false,
                &description.name(),
            )?;
            if let Some(file) = files.first() {
                out.document()
                    .write_all(sync::header::seal(&file.body, file.comment, &file.entry).as_bytes())?;
            }
        }
        Ok(Outcome::Clean)
    }
}
