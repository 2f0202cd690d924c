//! `dockwright init`: trees that nobody has described, and what is written for them.

#[path = "init/any_tree.rs"]
mod any_tree;
#[path = "init/compiled.rs"]
mod compiled;
#[path = "init/compose.rs"]
mod compose;
#[path = "init/corners.rs"]
mod corners;
#[path = "init/environment.rs"]
mod environment;
#[path = "init/image.rs"]
mod image;
#[path = "init/java.rs"]
mod java;
#[path = "init/listens.rs"]
mod listens;
#[path = "init/lost.rs"]
mod lost;
#[path = "init/mounts.rs"]
mod mounts;
#[path = "init/needs.rs"]
mod needs;
#[path = "init/node.rs"]
mod node;
#[path = "init/ports.rs"]
mod ports;
#[path = "init/python.rs"]
mod python;
#[path = "init/runs.rs"]
mod runs;
#[path = "init/services.rs"]
mod services;
#[path = "init/start.rs"]
mod start;

use std::collections::BTreeSet;

use dockwright::detect::{Text, View, propose, text};
use dockwright::fleet;

const HEAD: &str = "[fleet]\nname = \"shop\"\nimage = \"shop/{name}\"\n";

/// What is written for a tree of these files, and what is not known.
fn described(files: &[(&str, &str)]) -> (Text, Vec<String>) {
    let mut view = View::default();
    for (path, text) in files {
        view.add((*path).to_owned(), Some((*text).to_owned()));
    }
    let findings = propose(&view, "shop");
    let text = text(HEAD, &BTreeSet::new(), &findings.services);
    if !text.added.is_empty() {
        fleet::load(&format!("{HEAD}{}", text.text)).unwrap_or_else(|mistakes| panic!("{mistakes:?}"));
    }
    let unknowns = findings.unknowns.iter().map(|u| format!("{}: {}: {}", u.service, u.key, u.why));
    (text, unknowns.collect())
}

/// The entries alone.
fn entries(files: &[(&str, &str)]) -> String {
    described(files).0.text.trim_start().to_owned()
}

const WEB: &str = "package main\nimport \"net/http\"\nfunc main() { http.ListenAndServe(\":8080\", nil) }\n";

const SPRING: &str = "<project><properties><java.version>VERSION</java.version></properties><plugins><plugin>spring-boot-maven-plugin</plugin></plugins></project>";
