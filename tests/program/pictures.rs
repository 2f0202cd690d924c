//! The fleet as a graph.

use std::fs;

use crate::{repository, run, skipped};

const FLEET: &str = r#"
[fleet]
name  = "shop"
image = "acme/{name}"

[bases]
new = { build = "debian:trixie-slim", run = "gcr.io/distroless/python3-debian13:nonroot" }
old = { build = "debian:bookworm-slim", run = "gcr.io/distroless/python3-debian12:nonroot" }

[networks]
front = {}
back  = {}

[services.web]
dockerfile = "web/Dockerfile"
base       = "new"
sources    = ["web"]
ports      = [8000]
health     = { http = "/health" }
networks   = ["front", "back"]
depends_on = ["api", "store"]
python     = { requirements = ["web/requirements.txt"], app = "web.main:app" }

[services.api]
dockerfile = "api/Dockerfile"
base       = "old"
sources    = ["api"]
ports      = [8001]
health     = { http = "/health" }
networks   = ["back"]
depends_on = ["store"]
python     = { requirements = ["api/requirements.txt"], app = "api.main:app" }

[services.store]
dockerfile = "store/Dockerfile"
base       = "new"
sources    = ["store"]
ports      = [8002]
health     = { http = "/health" }
networks   = ["back"]
python     = { requirements = ["store/requirements.txt"], app = "store.main:app" }

[services.alone]
dockerfile = "alone/Dockerfile"
base       = "new"
sources    = ["alone"]
ports      = [8003]
health     = { http = "/health" }
python     = { requirements = ["alone/requirements.txt"], app = "alone.main:app" }
"#;

/// The graph of the fleet above on a day between the ends of its two bases.
fn graph(format: &str) -> String {
    let tree = tempfile::tempdir().unwrap();
    fs::write(tree.path().join("services.toml"), FLEET).unwrap();
    let ran = run(tree.path(), &["graph", "--format", format, "--today", "2026-11-28"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    ran.out
}

#[test]
fn mermaid_shows_bases_networks_and_what_no_other_line_implies() {
    let graph = graph("mermaid");
    assert!(graph.starts_with("flowchart LR\n"));
    assert!(graph.contains("s0[\"web<br>python3-debian13<br>front, back\"]\n"), "{graph}");
    let ended = "s1[\"api<br>python3-debian12, past end of life since 2026-04-30<br>back\"]:::ended\n";
    assert!(graph.contains(ended) && graph.contains("classDef ended"), "{graph}");
    let edges: Vec<_> = graph.lines().filter(|line| line.contains("-->")).map(str::trim).collect();
    assert_eq!(edges, ["s0 --> s1", "s1 --> s2"]);
}

#[test]
fn dot_names_the_services_themselves() {
    let graph = graph("dot");
    assert!(graph.starts_with("digraph fleet {\n") && graph.ends_with("}\n"));
    assert!(graph.contains("  \"web\" -> \"api\"\n  \"api\" -> \"store\"\n}"), "{graph}");
    assert!(graph.contains("\"api\" [label=\"api\\npython3-debian12, past"), "{graph}");
}

#[test]
fn svg_has_a_box_for_each_service_and_one_file_is_all() {
    let graph = graph("svg");
    assert!(graph.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\"") && graph.ends_with("</svg>\n"));
    assert_eq!(graph.matches("<g><title>").count(), 4);
    assert_eq!(graph.matches("class=\"box ended\"").count(), 2, "the service and the legend");
    assert_eq!(graph.matches("<path class=\"edge\"").count(), 2);
    assert_eq!(graph.matches("http").count(), 1, "only the name of the language");
    assert!(!graph.contains("<script"));
}

#[test]
fn the_graph_of_this_repository_has_all_of_its_services() {
    let ran = run(repository(), &["graph", "--format", "svg"]);
    assert_eq!(ran.out.matches("<g><title>").count(), 35);
}

#[test]
fn the_status_page_needs_nothing_beside_itself() {
    let tree = tempfile::tempdir().unwrap();
    let fleet = FLEET.replace("\"shop\"", "\"shop\"\nphases = [\"One & two\"]");
    fs::write(tree.path().join("services.toml"), fleet.replace("base       =", "phase = 1\nbase =")).unwrap();
    let ran = run(tree.path(), &["status", "--format", "html", "--today", "2026-11-28"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    assert!(ran.out.starts_with("<!doctype html>\n") && ran.out.ends_with("</html>\n"));
    assert!(ran.out.contains("1. One &amp; two"), "{}", ran.out);
    assert!(ran.out.contains("<td class=\"late\">2026-04-30</td><td>api</td>"), "{}", ran.out);
    assert!(ran.out.contains("0 built, 0 available, 4 missing"), "{}", ran.out);
    for foreign in ["<script", "<link", "src=", "href=", "@import", "url("] {
        assert!(!ran.out.contains(foreign), "{foreign}");
    }
}

/// What `measure.js` tells of a page in a frame of 360 pixels; `None` if there is no browser.
fn measured(page: &str, arguments: &[&str]) -> Option<Vec<String>> {
    let tree = tempfile::tempdir().unwrap();
    let quoted = page.replace('&', "&amp;").replace('"', "&quot;");
    let frame = format!(
        "<!doctype html><meta charset=\"utf-8\"><title></title>\
         <iframe style=\"width:360px;height:800px;border:0\" srcdoc=\"{quoted}\"></iframe>\
         <script>onload = () => {{ {} }}</script>",
        include_str!("measure.js")
    );
    let path = tree.path().join("frame.html");
    fs::write(&path, frame).unwrap();
    let shown = std::process::Command::new("chromium")
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"])
        .args(arguments)
        .arg(format!("--user-data-dir={}", tree.path().join("profile").display()))
        .arg(format!("file://{}", path.display()))
        .output()
        .ok()?;
    let dom = String::from_utf8_lossy(&shown.stdout);
    let title = dom.split("<title>").nth(1)?.split("</title>").next()?;
    Some(title.splitn(5, '|').map(str::to_owned).collect())
}

/// On a phone, nothing but the graph is wider than the screen, and every text can be read by day and by night.
#[test]
fn the_status_page_fits_a_phone_and_can_be_read_in_the_dark() {
    let page = run(repository(), &["status", "--format", "html"]).out;
    for (is_dark, arguments) in [("false", &[][..]), ("true", &["--blink-settings=preferredColorScheme=0"])] {
        let Some(found) = measured(&page, arguments) else {
            skipped("there is no chromium");
            return;
        };
        let [width, screen, dark, texts, least] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!((screen.as_str(), dark.as_str()), ("360", is_dark));
        assert!(width.parse::<u32>().unwrap() <= 360, "{width} pixels");
        assert!(texts.parse::<u32>().unwrap() > 300, "{texts} texts");
        let (contrast, text) = least.split_once('|').unwrap();
        assert!(contrast.parse::<f64>().unwrap() >= 4.5, "{contrast}: {text}");
    }
}

#[test]
fn gen_as_markdown_folds_a_diff_for_each_service() {
    let tree = tempfile::tempdir().unwrap();
    fs::write(tree.path().join("services.toml"), FLEET).unwrap();
    run(tree.path(), &["gen"]);
    let summary = || run(tree.path(), &["gen", "--check", "--format", "markdown"]);
    assert!(summary().out.ends_with("all in sync\n") && summary().code == Some(0));
    fs::write(tree.path().join("services.toml"), FLEET.replace("8002", "8003")).unwrap();
    let ran = summary();
    assert_eq!(ran.code, Some(1));
    let start = "<details><summary><code>store</code>: stale, 1 file</summary>\n\n```diff\n--- a/generated/store/Dockerfile\ton disk\n";
    assert!(ran.out.contains(start) && ran.out.contains("\n-EXPOSE 8002\n+EXPOSE 8003\n"), "{}", ran.out);
    assert!(!ran.out.contains("<code>web</code>"), "{}", ran.out);
}
