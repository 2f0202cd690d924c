//! The graph for Graphviz.

use std::fmt::Write as _;

use super::mermaid::lines;
use super::{EdgeKind, Graph};

/// The graph in the DOT language.
pub fn dot(graph: &Graph) -> String {
    let mut out = String::from(
        "digraph fleet {\n  rankdir=LR\n  node [shape=box style=rounded fontname=\"sans-serif\" fontsize=11]\n  edge [color=\"#6e7781\"]\n",
    );
    for (phase, name) in &graph.phases {
        let title = if name.is_empty() { format!("Phase {phase}") } else { format!("Phase {phase}: {name}") };
        let _ = writeln!(
            out,
            "  subgraph cluster_{phase} {{\n    label={}\n    color=\"#d0d7de\"",
            quoted(&title)
        );
        for node in graph.nodes.iter().filter(|node| node.phase == *phase) {
            let label = lines(graph, node).join("\n");
            let mut more = String::new();
            if node.image_only {
                more.push_str(" peripheries=2");
            }
            if node.ended.is_some() {
                more.push_str(" color=\"#d1242f\" penwidth=2");
            }
            let _ = writeln!(out, "    {} [label={}{more}]", quoted(&node.name), quoted(&label));
        }
        out.push_str("  }\n");
    }
    for edge in graph.essential_edges() {
        let style = if edge.kind == EdgeKind::BasedOn { " [style=dashed label=\"based on\"]" } else { "" };
        let (from, to) = (&graph.nodes[edge.from].name, &graph.nodes[edge.to].name);
        let _ = writeln!(out, "  {} -> {}{style}", quoted(from), quoted(to));
    }
    out + "}\n"
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}
