//! `dockwright graph`: the fleet as a picture.

use std::io::Write;

use clap::{Args, ValueEnum};

use super::source::Description;
use super::{FleetFile, Outcome, Today};
use crate::report::graph::{Graph, dot, mermaid, svg};

/// Draw the services and what they depend on.
#[derive(Debug, Args)]
#[command(after_help = "\
Shows each service with its base, its networks and what it depends on, and marks bases past end of
life. Dependencies that others imply are left out.

Examples:
  dockwright graph                              for a README: Mermaid, which GitHub draws
  dockwright graph --format svg > fleet.svg     a picture of its own
  dockwright graph --format dot | dot -Tpdf     for Graphviz

Exit codes: 0; 2 wrong usage, or a wrong description")]
pub(super) struct GraphCommand {
    #[command(flatten)]
    fleet: FleetFile,
    #[command(flatten)]
    today: Today,
    /// The language of the picture
    #[arg(long, value_enum, default_value = "mermaid")]
    format: GraphFormat,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum GraphFormat {
    /// For Markdown on GitHub and GitLab
    Mermaid,
    /// For Graphviz
    Dot,
    /// A picture
    Svg,
}

impl GraphCommand {
    pub(super) fn run(&self, out: &mut dyn Write) -> anyhow::Result<Outcome> {
        let description = Description::load(&self.fleet.fleet)?;
        let graph = Graph::new(&description.fleet, self.today.get());
        let text = match self.format {
            GraphFormat::Mermaid => mermaid::mermaid(&graph),
            GraphFormat::Dot => dot::dot(&graph),
            GraphFormat::Svg => svg::svg(&graph),
        };
        out.write_all(text.as_bytes())?;
        Ok(Outcome::Clean)
    }
}
