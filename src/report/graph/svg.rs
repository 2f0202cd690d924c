//! The graph as a picture of its own, light or dark as the reader's screen is.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::layout::Layout;
use super::{Edge, EdgeKind, Graph, Node};
use crate::report::markup::escaped;

const ROW: usize = 52;
const BOX_HEIGHT: usize = 40;
const GAP: usize = 80;
const MARGIN: usize = 16;
const LEGEND_LINE: usize = 22;
/// The mean widths of a character of the name and of the line below it.
const NAME_WIDTH: usize = 8;
const SMALL_WIDTH: usize = 6;
/// The columns of services without edges, where the graph has fewer.
const FEWEST_COLUMNS: usize = 4;

/// Colours by use, so that the page can give them the same way.
pub(in crate::report) const STYLE: &str = "\
.fleet{--ink:#1f2328;--dim:#59636e;--line:#8c959f;--box:#ffffff;--edge:#d1d9e0;--bad:#d1242f;--paper:#f6f8fa;--net:#0969da}
@media(prefers-color-scheme:dark){.fleet{--ink:#f0f6fc;--dim:#9198a1;--line:#6e7681;--box:#161b22;--edge:#3d444d;--bad:#ff7b72;--paper:#0d1117;--net:#4493f8}}
.fleet text{font:12px system-ui,-apple-system,'Segoe UI',sans-serif;fill:var(--ink)}
.fleet .name{font-weight:600;font-size:13px}
.fleet .small{font-size:11px;fill:var(--dim)}
.fleet .paper{fill:var(--paper)}
.fleet .box{fill:var(--box);stroke:var(--edge)}
.fleet .image{stroke-dasharray:2 2}
.fleet .ended{stroke:var(--bad);stroke-width:2}
.fleet .small.late{fill:var(--bad)}
.fleet .edge{fill:none;stroke:var(--line);stroke-opacity:.7}
.fleet .based{stroke-dasharray:5 4}
.fleet .tip{fill:var(--line)}
.fleet .net{fill:var(--net)}
.fleet .number{font-size:9px;font-weight:600;fill:var(--box);text-anchor:middle}
";

/// The graph as a document.
pub fn svg(graph: &Graph) -> String {
    let edges = graph.essential_edges();
    let layout = Layout::new(graph.nodes.len(), &edges);
    let drawing = Drawing::new(graph, &layout);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"fleet\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\" role=\"img\" aria-label=\"Services and what they depend on\">\n<style>\n{STYLE}</style>\n<rect class=\"paper\" width=\"100%\" height=\"100%\" rx=\"8\"/>\n",
        drawing.width, drawing.height
    );
    for edge in &edges {
        drawing.edge(&mut out, *edge);
    }
    for (at, node) in graph.nodes.iter().enumerate() {
        drawing.node(&mut out, graph, at, node);
    }
    drawing.legend(&mut out, graph, &edges);
    out + "</svg>\n"
}

/// Where everything is.
struct Drawing {
    places: BTreeMap<usize, (usize, usize)>,
    box_width: usize,
    /// Where the services without edges begin, if there are any.
    alone: Option<usize>,
    legend: usize,
    width: usize,
    height: usize,
}

impl Drawing {
    fn new(graph: &Graph, layout: &Layout) -> Self {
        let width_of = |node: &Node| {
            let badges = node.networks.len() * 16;
            (node.name.chars().count() * NAME_WIDTH + badges)
                .max(base_line(node).chars().count() * SMALL_WIDTH)
        };
        let box_width = graph.nodes.iter().map(width_of).max().unwrap_or(0) + 28;
        let tallest = layout.columns.iter().map(Vec::len).max().unwrap_or(0);
        let mut places = BTreeMap::new();
        for (column, nodes) in layout.columns.iter().enumerate() {
            let above = (tallest - nodes.len()) * ROW / 2;
            for (row, node) in nodes.iter().enumerate() {
                places.insert(*node, (MARGIN + column * (box_width + GAP), MARGIN + above + row * ROW));
            }
        }
        let columns = layout.columns.len();
        let linked_width = (columns * (box_width + GAP)).saturating_sub(GAP);
        let per_row = (linked_width / (box_width + MARGIN)).max(FEWEST_COLUMNS.min(layout.alone.len()));
        let mut below = MARGIN + tallest * ROW;
        let alone = (!layout.alone.is_empty()).then(|| {
            if tallest > 0 {
                below += LEGEND_LINE;
            }
            below + LEGEND_LINE / 2
        });
        if alone.is_some() {
            below += LEGEND_LINE;
        }
        for (at, node) in layout.alone.iter().enumerate() {
            let (column, row) = (at % per_row, at / per_row);
            places.insert(*node, (MARGIN + column * (box_width + MARGIN), below + row * ROW));
        }
        let rows = if per_row == 0 { 0 } else { layout.alone.len().div_ceil(per_row) };
        let legend = below + rows * ROW + LEGEND_LINE;
        let alone_width = per_row.min(layout.alone.len()) * (box_width + MARGIN);
        let width = linked_width.max(alone_width) + 2 * MARGIN;
        let height = legend + (legend_lines(graph) * LEGEND_LINE) + MARGIN / 2;
        Self { places, box_width, alone, legend, width: width.max(360), height }
    }

    fn edge(&self, out: &mut String, edge: Edge) {
        let (Some((from_x, from_y)), Some((to_x, to_y))) =
            (self.places.get(&edge.from), self.places.get(&edge.to))
        else {
            return;
        };
        let (x1, y1) = (from_x + self.box_width, from_y + BOX_HEIGHT / 2);
        let (x2, y2) = (to_x.saturating_sub(5), to_y + BOX_HEIGHT / 2);
        let middle = GAP / 2;
        let class = if edge.kind == EdgeKind::BasedOn { "edge based" } else { "edge" };
        let _ = writeln!(
            out,
            "<path class=\"{class}\" d=\"M{x1} {y1}C{} {y1} {} {y2} {x2} {y2}\"/><path class=\"tip\" d=\"M{x2} {}l5 3l-5 3z\"/>",
            x1 + middle,
            x2.saturating_sub(middle),
            y2.saturating_sub(3),
        );
    }

    fn node(&self, out: &mut String, graph: &Graph, at: usize, node: &Node) {
        let Some((x, y)) = self.places.get(&at) else { return };
        let mut class = String::from("box");
        if node.image_only {
            class.push_str(" image");
        }
        if node.ended.is_some() {
            class.push_str(" ended");
        }
        let _ = writeln!(
            out,
            "<g><title>{}</title><rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{}\" height=\"{BOX_HEIGHT}\" rx=\"6\"/><text class=\"name\" x=\"{}\" y=\"{}\">{}</text><text class=\"{}\" x=\"{2}\" y=\"{}\">{}</text>",
            escaped(&tip(graph, node)),
            self.box_width,
            x + 12,
            y + 17,
            escaped(&node.name),
            if node.ended.is_some() { "small late" } else { "small" },
            y + 32,
            escaped(&base_line(node)),
        );
        let right = x + self.box_width - 14;
        for (place, network) in node.networks.iter().rev().enumerate() {
            badge(out, right - 16 * place, y + 12, network + 1);
        }
        out.push_str("</g>\n");
    }

    fn legend(&self, out: &mut String, graph: &Graph, edges: &[Edge]) {
        let mut y = self.legend;
        if let Some(alone) = self.alone {
            let _ = writeln!(
                out,
                "<text class=\"small\" x=\"{MARGIN}\" y=\"{alone}\">Without dependencies</text>"
            );
        }
        let mut line = |out: &mut String, mark: &str, text: &str| {
            let _ = writeln!(
                out,
                "<g transform=\"translate({MARGIN} {y})\">{mark}<text class=\"small\" x=\"36\" y=\"4\">{}</text></g>",
                escaped(text)
            );
            y += LEGEND_LINE;
        };
        for (at, name) in graph.networks.iter().enumerate() {
            let mut mark = String::new();
            badge(&mut mark, 14, 0, at + 1);
            line(out, &mark, &format!("network {name}"));
        }
        if edges.iter().any(|edge| edge.kind == EdgeKind::BasedOn) {
            line(out, "<path class=\"edge based\" d=\"M0 0h28\"/>", "image is based on");
        }
        if graph.nodes.iter().any(|node| node.image_only) {
            line(
                out,
                "<rect class=\"box image\" y=\"-7\" width=\"28\" height=\"14\" rx=\"4\"/>",
                "image only, runs no service",
            );
        }
        if graph.nodes.iter().any(|node| node.ended.is_some()) {
            line(
                out,
                "<rect class=\"box ended\" y=\"-7\" width=\"28\" height=\"14\" rx=\"4\"/>",
                "base image past its end of life",
            );
        }
    }
}

fn legend_lines(graph: &Graph) -> usize {
    let any = |of: bool| usize::from(of);
    graph.networks.len()
        + any(graph.essential_edges().iter().any(|edge| edge.kind == EdgeKind::BasedOn))
        + any(graph.nodes.iter().any(|node| node.image_only))
        + any(graph.nodes.iter().any(|node| node.ended.is_some()))
}

fn badge(out: &mut String, x: usize, y: usize, number: usize) {
    let _ = write!(
        out,
        "<circle class=\"net\" cx=\"{x}\" cy=\"{y}\" r=\"7\"/><text class=\"number\" x=\"{x}\" y=\"{}\">{number}</text>",
        y + 3
    );
}

/// The line below the name.
fn base_line(node: &Node) -> String {
    match &node.ended {
        Some((_, date)) => format!("{}, ended {date}", node.base),
        None => node.base.clone(),
    }
}

/// What a pointer over a service shows.
fn tip(graph: &Graph, node: &Node) -> String {
    let mut tip = format!("{}\nphase {}\nbase {}", node.name, node.phase, node.base);
    if let Some((image, date)) = &node.ended {
        let _ = write!(tip, "\n{image} is past its end of life since {date}");
    }
    if !node.networks.is_empty() {
        let names: Vec<_> = node.networks.iter().map(|at| graph.networks[*at].as_str()).collect();
        let _ = write!(tip, "\nnetworks {}", names.join(", "));
    }
    tip
}
