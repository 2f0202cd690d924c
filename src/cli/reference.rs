//! `dockwright reference`: what services.toml may say, for editors and for people.

use clap::{Args, ValueEnum};

use super::{Out, Outcome};
use crate::fleet::SCHEMA;
use crate::report;

/// Print the JSON schema or the reference of services.toml.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dockwright reference > services.schema.json
  dockwright reference --format markdown > docs/services.md

Exit codes: 0; 2 wrong usage")]
pub(super) struct Reference {
    /// The output format
    #[arg(long, value_enum, default_value = "json")]
    format: ReferenceFormat,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ReferenceFormat {
    /// The JSON schema, for editors
    Json,
    /// Every key with its type, default and an example
    Markdown,
}

impl Reference {
    pub(super) fn run(&self, out: &mut dyn Out) -> anyhow::Result<Outcome> {
        let text = match self.format {
            ReferenceFormat::Json => SCHEMA.to_owned(),
            ReferenceFormat::Markdown => report::reference::markdown(&serde_json::from_str(SCHEMA)?),
        };
        out.document().write_all(text.as_bytes())?;
        Ok(Outcome::Clean)
    }
}
