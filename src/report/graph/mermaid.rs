//! The graph for READMEs and pull requests, where GitHub and GitLab draw it.

use std::fmt::Write as _;

use super::{EdgeKind, Graph, Node};

/// The graph in Mermaid's language.
pub fn mermaid(graph: &Graph) -> String {
    let mut out = String::from("flowchart LR\n");
    for (phase, name) in &graph.phases {
        let _ = writeln!(out, "  subgraph phase{phase}[\"{}\"]", title(*phase, name));
        for (at, node) in graph.nodes.iter().enumerate().filter(|(_, node)| node.phase == *phase) {
            let (open, close) = if node.image_only { ("[[", "]]") } else { ("[", "]") };
            let class = if node.ended.is_some() { ":::ended" } else { "" };
            let _ = writeln!(out, "    s{at}{open}\"{}\"{close}{class}", label(graph, node));
        }
        out.push_str("  end\n");
    }
    for edge in graph.essential_edges() {
        let arrow = match edge.kind {
            EdgeKind::DependsOn => "-->",
            EdgeKind::BasedOn => "-. based on .->",
        };
        let _ = writeln!(out, "  s{} {arrow} s{}", edge.from, edge.to);
    }
    if graph.nodes.iter().any(|node| node.ended.is_some()) {
        out.push_str("  classDef ended stroke:#d1242f,stroke-width:2px\n");
    }
    out
}

/// `Phase 2: Foundation Services`.
fn title(phase: u8, name: &str) -> String {
    if name.is_empty() { format!("Phase {phase}") } else { format!("Phase {phase}: {}", escaped(name)) }
}

fn label(graph: &Graph, node: &Node) -> String {
    lines(graph, node).iter().map(|line| escaped(line)).collect::<Vec<_>>().join("<br>")
}

/// What a node says: its name, its base, and its networks where there are several.
pub(super) fn lines(graph: &Graph, node: &Node) -> Vec<String> {
    let base = match &node.ended {
        Some((_, date)) => format!("{}, past end of life since {date}", node.base),
        None => node.base.clone(),
    };
    let mut lines = vec![node.name.clone(), base];
    if graph.networks.len() > 1 && !node.networks.is_empty() {
        let names: Vec<_> = node.networks.iter().map(|at| graph.networks[*at].as_str()).collect();
        lines.push(names.join(", "));
    }
    lines
}

/// Mermaid reads entity codes that begin with `#` in its texts.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for character in text.chars() {
        match character {
            '"' | '#' | '<' | '>' | '&' | ';' | '`' | '\\' => {
                let _ = write!(out, "#{};", u32::from(character));
            }
            _ => out.push(character),
        }
    }
    out
}
