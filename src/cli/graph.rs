//! `dockwright graph`: the fleet as a picture.

use clap::{Args, ValueEnum};

use super::source::Description;
use super::{FleetFile, Out, Outcome, Today};
use crate::report::graph::{Graph, dot, mermaid, svg};

/// Draw the services and their dependencies.
#[derive(Debug, Args)]
#[command(after_help = "\
Shows each service with its base, networks and dependencies, and marks bases past their end of life.
Dependencies implied by others are left out.

Examples:
  dockwright graph                              Mermaid, which GitHub renders in Markdown
  dockwright graph --format svg > fleet.svg     a picture
  dockwright graph --format dot | dot -Tpdf     for Graphviz

Exit codes: 0; 2 wrong usage, or an invalid services.toml")]
pub(super) struct GraphCommand {
    #[command(flatten)]
    fleet: FleetFile,
    #[command(flatten)]
    today: Today,
    /// The output format
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
    pub(super) fn run(&self, out: &mut dyn Out) -> anyhow::Result<Outcome> {
        let description = Description::load(&self.fleet.fleet)?;
        let graph = Graph::new(&description.fleet, self.today.get());
        let text = match self.format {
            GraphFormat::Mermaid => mermaid::mermaid(&graph),
            GraphFormat::Dot => dot::dot(&graph),
            GraphFormat::Svg => svg::svg(&graph),
        };
        out.document().write_all(text.as_bytes())?;
        Ok(Outcome::Clean)
    }
}
