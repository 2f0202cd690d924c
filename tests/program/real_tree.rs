//! The description against the files of the real tree: what it takes from there is there.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use dockwright::{fleet, render};

/// The paths of the files of Lucid's repository at 35eec334, one a line.
const FILES: &str = include_str!("../lucid-tree.txt");

/// What the tree lacks, as comments of services.toml say.
const LACKING: [(&str, &str); 1] = [("gui", "# The tree has no package-lock.json and no server.mjs")];

#[test]
fn every_source_of_the_fleet_is_in_the_real_tree() {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("services.toml")).unwrap();
    let fleet = fleet::load(&text).unwrap();
    let mut there: BTreeSet<&str> = FILES.lines().collect();
    for file in FILES.lines() {
        let parents = file.match_indices('/').map(|(at, _)| &file[..at]);
        there.extend(parents);
    }
    for service in &fleet.services {
        for source in render::sources(service) {
            assert!(there.contains(&*source), "{}: {source}", service.name.value);
        }
        if let Some((_, comment)) = LACKING.iter().find(|(name, _)| *name == service.name.as_str()) {
            assert!(text.contains(comment), "{}", service.name.value);
        }
    }
    assert!(!there.contains("electron-gui/package-lock.json"), "say no more that it is lacking");
}
