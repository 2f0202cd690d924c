//! The description against the files of the real tree: what it takes from there is there.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use dockwright::context::{self, Lies, Tree};
use dockwright::{fleet, render};

/// The paths of the files of Lucid's repository at 35eec334, one a line.
const FILES: &str = include_str!("../lucid-tree.txt");

/// What the tree lacks, as comments of services.toml say.
const LACKING: [(&str, &str); 1] = [("gui", "# The tree has no package-lock.json and no server.mjs")];

/// Files of which nothing but the paths is known.
struct Paths(BTreeSet<&'static str>);

impl Tree for Paths {
    fn find(&self, path: &str) -> Option<Lies> {
        let below = format!("{path}/");
        let is_directory =
            || self.0.range(below.as_str()..).next().is_some_and(|next| next.starts_with(&below));
        if self.0.contains(path) { Some(Lies::File) } else { is_directory().then_some(Lies::Directory) }
    }

    fn is_closed(&self, _: &str) -> bool {
        false
    }

    fn names(&self, directory: &str) -> Vec<String> {
        let below = if directory == "." { String::new() } else { format!("{directory}/") };
        let rest = self.0.iter().filter_map(|path| path.strip_prefix(below.as_str())?.split('/').next());
        rest.map(str::to_owned).collect::<BTreeSet<_>>().into_iter().collect()
    }

    fn text(&self, _: &str) -> Option<String> {
        None
    }
}

/// Every entry point is where its image has it; what the front end lacks is said before it is built.
#[test]
fn all_that_the_real_tree_lacks_is_found_before_a_build() {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("services.toml")).unwrap();
    let fleet = fleet::load(&text).unwrap();
    let services: Vec<_> = fleet.services.iter().collect();
    let tree = Paths(FILES.lines().collect());
    assert_eq!(context::survey(&fleet, &services, &tree).elsewhere, 0);
    let found = context::missing(&fleet, &services, &tree);
    let found: Vec<_> =
        found.iter().map(|finding| (finding.is_certain, finding.diagnostic.message.as_str())).collect();
    assert_eq!(
        found,
        [
            (true, "there is no `electron-gui/package-lock.json` in the build context: a file of `gui`"),
            (false, "there is no `electron-gui/server.mjs` in the build context, the server of `gui`"),
        ]
    );
}

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
