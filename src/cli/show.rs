//! `dockwright show`: the Dockerfile of a service, without writing it.

use clap::Args;

use super::lock::LockFile;
use super::source::{Description, Fault};
use super::{FleetFile, Out, Outcome};
use crate::{render, sync};

/// How many services are named of those that a glob matches.
const MOST: usize = 6;

/// Print the Dockerfile of a service.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dockwright show redis
  dockwright show redis | less

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
        let found = description.select(std::slice::from_ref(&self.service), &[])?;
        if found.len() > 1 {
            let message =
                format!("`{}` matches {} services, but `show` prints one", self.service, found.len());
            let names: Vec<_> = found.iter().take(MOST).map(|service| service.name.as_str()).collect();
            let rest = if found.len() > MOST { ", …" } else { "" };
            return Err(Fault::plain(message, Some(format!("name one of {}{rest}", names.join(", ")))).into());
        }
        let files =
            render::files(&description.fleet, &found, pins.lock.as_ref(), false, &description.name())?;
        if let Some(file) = files.first() {
            out.document().write_all(sync::header::seal(&file.body, file.comment, &file.entry).as_bytes())?;
        }
        Ok(Outcome::Clean)
    }
}
