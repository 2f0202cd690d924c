//! `dockwright reference`: what services.toml may say, for editors and for people.

use std::io::Write;

use clap::{Args, ValueEnum};

use super::Outcome;
use crate::{fleet, report};

/// Print the JSON schema or the reference of services.toml.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dockwright reference > services.schema.json
  dockwright reference --format markdown > docs/services.md

Exit codes: 0; 2 wrong usage")]
pub(super) struct Reference {
    /// For editors, or for people
    #[arg(long, value_enum, default_value = "json")]
    format: ReferenceFormat,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ReferenceFormat {
    /// The JSON schema
    Json,
    /// Every key with its type, default and an example
    Markdown,
}

impl Reference {
    pub(super) fn run(&self, out: &mut dyn Write) -> anyhow::Result<Outcome> {
        let schema = fleet::schema();
        let text = match self.format {
            ReferenceFormat::Json => serde_json::to_string_pretty(&schema)? + "\n",
            ReferenceFormat::Markdown => report::reference::markdown(&schema),
        };
        out.write_all(text.as_bytes())?;
        Ok(Outcome::Clean)
    }
}
