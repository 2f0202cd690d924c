//! Dockerfiles of kinds that the Lucid fleet has not. `SNAPSHOTS=overwrite` writes down what is rendered now.

use std::fs;
use std::path::{Path, PathBuf};

use dockwright::fleet::Fleet;
use dockwright::{fleet, render};

use crate::agreement::agrees;
use crate::fleet_files::agree;
use crate::repository;

#[test]
fn each_dockerfile_is_the_one_that_was_looked_at() {
    each_is_as_rendered("tests/kinds");
}

#[test]
fn an_interpreter_that_cannot_ask_gets_the_static_probe() {
    each_is_as_rendered("tests/kinds/probed");
}

#[test]
fn instructions_of_services_toml_are_where_they_belong() {
    let fleet = each_is_as_rendered("tests/kinds/extra");
    for service in &fleet.services {
        let text = render::dockerfile(&fleet, service, None).unwrap();
        let all = service.extra.build.iter().chain(&service.extra.last);
        for instruction in all {
            assert_eq!(text.matches(&format!("\n{instruction}\n")).count(), 1, "{instruction}\n{text}");
        }
    }
}

#[test]
fn what_runs_before_a_service_is_a_service_of_compose() {
    let fleet = each_is_as_rendered("tests/kinds/started");
    let services: Vec<_> = fleet.services.iter().collect();
    let files = render::files(&fleet, &services, None, true, "services.toml").unwrap();
    let compose = files.into_iter().find(|file| file.path.as_str() == render::COMPOSE).unwrap();
    let golden = repository().join("tests/kinds/started/compose.yaml");
    let assert = snapbox::Assert::new().action_env("SNAPSHOTS");
    assert.eq(compose.body.trim_start(), snapbox::Data::read_from(&golden, None).raw());
    agree(&fleet);
}

fn each_is_as_rendered(directory: &str) -> Fleet {
    let directory = repository().join(directory);
    let fleet = fleet::load(&fs::read_to_string(directory.join("services.toml")).unwrap()).unwrap();
    let assert = snapbox::Assert::new().action_env("SNAPSHOTS");
    for service in &fleet.services {
        agrees(&fleet, service);
        let text = render::dockerfile(&fleet, service, None).unwrap();
        let file = directory.join(format!("{}.Dockerfile", service.name.value));
        assert.eq(text.trim_start(), snapbox::Data::read_from(&file, None).raw());
    }
    fleet
}

/// ARCHITECTURE.md's recipe: a kind is a folder with its keys and its template, and a line in one list. No other file
/// may name kinds, and each kind has a Dockerfile that was looked at.
#[test]
fn a_kind_is_a_folder_and_a_line_in_one_list() {
    let list = fs::read_to_string(repository().join("src/kinds/mod.rs")).unwrap();
    let (_, list) = list.split_once("\nkinds! {\n").unwrap();
    let (list, _) = list.split_once("\n}\n").unwrap();
    let lines = list.lines().map(str::trim).filter(|line| !line.starts_with("///"));
    let kinds: Vec<&str> = lines.map(|line| line.split_once('(').unwrap().0).collect();
    assert!(kinds.len() >= 9, "{kinds:?}");

    let fleets = ["services.toml", "tests/kinds/services.toml"]
        .map(|path| fs::read_to_string(repository().join(path)).unwrap());
    for kind in &kinds {
        let word = kind.to_lowercase();
        let folder = repository().join("src/kinds").join(&word);
        let files: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        let has = |end: &str| files.iter().any(|path| path.extension().is_some_and(|found| found == end));
        assert!(has("rs") && has("dockerfile"), "{folder:?}");
        let is_used = fleets.iter().any(|fleet| {
            fleet.lines().any(|line| line.starts_with('[') && line.ends_with(&format!(".{word}]")))
        });
        assert!(is_used, "no fleet has a service of the kind {word}");
    }
    for path in rust_files(&repository().join("src")) {
        let text = fs::read_to_string(&path).unwrap();
        if path.starts_with(repository().join("src/kinds")) {
            continue;
        }
        let named = kinds.iter().find(|kind| text.contains(&format!("Kind::{kind}")));
        assert_eq!(named, None, "{} names a kind", path.display());
    }
}

fn rust_files(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let (directories, files): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
    let mut found: Vec<_> =
        files.into_iter().filter(|path| path.extension().is_some_and(|end| end == "rs")).collect();
    found.extend(directories.iter().flat_map(|directory| rust_files(directory)));
    found
}
