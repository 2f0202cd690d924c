//! The status of a fleet as one page of HTML, which needs nothing beside itself.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::counted;
use super::graph::Graph;
use super::graph::svg::svg;
use super::images::{Sizes, shortened, words};
use super::markup::escaped;
use super::status::{Phase, Row, Tally};
use crate::date::Date;

const STYLE: &str = "\
:root{color-scheme:light dark;--ink:#1f2328;--dim:#59636e;--paper:#fff;--line:#d1d9e0;--good:#1a7f37;--part:#0969da;--bad:#d1242f;--track:#e6eaef}
@media(prefers-color-scheme:dark){:root{--ink:#f0f6fc;--dim:#9198a1;--paper:#0d1117;--line:#3d444d;--good:#3fb950;--part:#4493f8;--bad:#ff7b72;--track:#21262d}}
*{box-sizing:border-box}
body{margin:0 auto;padding:1rem;max-width:76rem;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,-apple-system,'Segoe UI',sans-serif}
h1{font-size:1.6rem;margin:.5rem 0}
h2{font-size:1.2rem;margin:2rem 0 .75rem}
.dim{color:var(--dim)}
.numbers{display:grid;grid-template-columns:repeat(auto-fit,minmax(9rem,1fr));gap:.75rem}
.numbers div{border:1px solid var(--line);border-radius:8px;padding:.75rem}
.numbers b{display:block;font-size:1.6rem;line-height:1.2}
.phase{margin:.75rem 0}
.phase p{display:flex;flex-wrap:wrap;gap:0 1rem;justify-content:space-between;margin:0 0 .25rem}
.bar{display:flex;height:.9rem;border-radius:5px;overflow:hidden;background:var(--track)}
.built{background:var(--good)}.ready{background:var(--part)}
.own{background:var(--part)}.shared{background:var(--good)}
.key i{display:inline-block;width:.8rem;height:.8rem;border-radius:3px;margin:0 .35rem 0 .9rem}
.missing{background:var(--track);border:1px solid var(--line)}
.wide{overflow-x:auto}
svg{display:block}
table{border-collapse:collapse;width:100%;font-size:.9rem}
th,td{text-align:left;padding:.35rem .6rem;border-bottom:1px solid var(--line);vertical-align:top}
td{overflow-wrap:anywhere}
.late{color:var(--bad)}
.size{white-space:nowrap}
code{font-size:.85em}
@media(max-width:40rem){thead{display:none}tr{display:block;padding:.4rem 0;border-bottom:1px solid var(--line)}td{display:block;border:0;padding:.1rem 0}}
";

/// The page.
pub fn html(tally: &Tally, graph: &Graph, today: Date) -> String {
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n<title>{0}: fleet status</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<h1>{0}</h1>\n<p class=\"dim\">Fleet status on {today}</p>\n",
        escaped(&tally.fleet)
    );
    numbers(&mut out, tally);
    phases(&mut out, tally);
    tally.sizes.iter().for_each(|all| sizes(&mut out, all));
    ended(&mut out, graph);
    let _ = write!(
        out,
        "<h2>Services and what they depend on</h2>\n<div class=\"wide\">\n{}</div>\n",
        svg(graph)
    );
    services(&mut out, tally, graph);
    out + "</body>\n</html>\n"
}

fn numbers(out: &mut String, tally: &Tally) {
    out.push_str("<div class=\"numbers\">\n");
    for (label, count) in tally.summary() {
        let _ = writeln!(
            out,
            "<div><b>{count}</b>{label} <span class=\"dim\">{}</span></div>",
            tally.percent(count)
        );
    }
    out.push_str("</div>\n");
    if let Some(note) = tally.note() {
        let _ = writeln!(out, "<p class=\"dim\">{}</p>", escaped(&note));
    }
}

fn phases(out: &mut String, tally: &Tally) {
    let title_of_all = if tally.has_phases() { "Phases" } else { "Images" };
    let _ = writeln!(out, "<h2>{title_of_all}</h2>");
    out.push_str("<p class=\"key dim\"><i class=\"built\"></i>built<i class=\"ready\"></i>Dockerfile available<i class=\"missing\"></i>Dockerfile missing</p>\n");
    for phase in &tally.phases {
        let count = |of: fn(&&Row) -> bool| phase.services.iter().filter(of).count();
        let (built, ready) = (count(|row| row.built), count(|row| !row.built && row.available));
        let missing = phase.total - built - ready;
        let text = format!("{built} built, {ready} available, {missing} missing");
        let parts = [("built", built as u64), ("ready", ready as u64)];
        bar(out, &title(tally, phase), &text, parts, phase.total as u64);
    }
}

/// A bar of two parts below a label and a text, both escaped.
fn bar(out: &mut String, label: &str, text: &str, parts: [(&str, u64); 2], of: u64) {
    let [one, other] = parts.map(|(class, count)| part(class, count, of));
    let _ = writeln!(
        out,
        "<div class=\"phase\"><p><span>{label}</span><span class=\"dim\">{text}</span></p><div class=\"bar\" role=\"img\" aria-label=\"{text}\">{one}{other}</div></div>"
    );
}

fn title(tally: &Tally, phase: &Phase) -> String {
    if tally.has_phases() {
        format!("{}. {}", phase.number, escaped(&phase.name))
    } else {
        "Services".to_owned()
    }
}

/// A bar for each image that the engine has, as long as the image is large; and the layers that several share.
fn sizes(out: &mut String, sizes: &Sizes) {
    let _ = writeln!(out, "<h2>Image sizes</h2>\n<p class=\"dim\">{}</p>", escaped(&sizes.summary()));
    let Some(largest) = sizes.images.first().map(|image| image.size) else { return };
    out.push_str("<p class=\"key dim\"><i class=\"shared\"></i>shared with other images<i class=\"own\"></i>its own</p>\n");
    for image in &sizes.images {
        let text = match (image.shared, image.layers) {
            (Some(shared), Some(layers)) => {
                format!("{}, {} of it shared, {}", words(image.size), words(shared), counted(layers, "layer"))
            }
            _ => format!("{}, layers unknown", words(image.size)),
        };
        let parts = [("shared", image.shared.unwrap_or(0)), ("own", image.own())];
        bar(out, &escaped(&image.service), &text, parts, largest);
    }
    if sizes.shared_layers.is_empty() {
        return;
    }
    out.push_str("<h2>Shared layers</h2>\n<table><thead><tr><th>Layer</th><th>Size</th><th>Services</th></tr></thead><tbody>\n");
    for layer in &sizes.shared_layers {
        let _ = writeln!(
            out,
            "<tr><td><code>{}</code></td><td class=\"size\">{}</td><td>{}: <span class=\"dim\">{}</span></td></tr>",
            escaped(&shortened(&layer.instruction)),
            words(layer.size),
            layer.services.len(),
            escaped(&layer.services.join(", ")),
        );
    }
    out.push_str("</tbody></table>\n");
}

/// A part of a bar, in tenths of a percent.
fn part(class: &str, count: u64, of: u64) -> String {
    let share = count.saturating_mul(1000) / of.max(1);
    format!("<span class=\"{class}\" style=\"width:{}.{}%\"></span>", share / 10, share % 10)
}

/// The images past their end of life, and who is based on them.
fn ended(out: &mut String, graph: &Graph) {
    let mut images: BTreeMap<(&str, Date), Vec<&str>> = BTreeMap::new();
    for node in &graph.nodes {
        if let Some((image, date)) = &node.ended {
            images.entry((image, *date)).or_default().push(&node.name);
        }
    }
    out.push_str("<h2>Base images past their end of life</h2>\n");
    if images.is_empty() {
        out.push_str("<p>None.</p>\n");
        return;
    }
    out.push_str("<table><thead><tr><th>Image</th><th>Ended</th><th>Services</th></tr></thead><tbody>\n");
    for ((image, date), names) in images {
        let _ = writeln!(
            out,
            "<tr><td><code>{}</code></td><td class=\"late\">{date}</td><td>{}</td></tr>",
            escaped(image),
            escaped(&names.join(", "))
        );
    }
    out.push_str("</tbody></table>\n");
}

fn services(out: &mut String, tally: &Tally, graph: &Graph) {
    let nodes: BTreeMap<&str, _> = graph.nodes.iter().map(|node| (node.name.as_str(), node)).collect();
    for phase in &tally.phases {
        let _ = writeln!(
            out,
            "<h2>{}</h2>\n<table><thead><tr><th>Service</th><th>Image</th><th>Dockerfile</th><th>Base</th><th>Status</th></tr></thead><tbody>",
            title(tally, phase)
        );
        for row in &phase.services {
            let base = nodes.get(row.name.as_str()).map(|node| node.base.as_str()).unwrap_or_default();
            let _ = writeln!(
                out,
                "<tr><td><b>{}</b></td><td><code>{}</code></td><td><code>{}</code></td><td>{}</td><td>{}</td></tr>",
                escaped(&row.name),
                escaped(&row.image),
                escaped(&row.dockerfile),
                escaped(base),
                escaped(&row.state())
            );
        }
        out.push_str("</tbody></table>\n");
    }
}
