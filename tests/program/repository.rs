//! What this repository itself says about its fleet is up to date.

use dockwright::lock::Lock;
use dockwright::sync::{self, Options};
use dockwright::{fleet, render, report};

use crate::repository;

fn committed(path: &str) -> String {
    std::fs::read_to_string(repository().join(path)).unwrap().replace("\r\n", "\n")
}

#[test]
fn the_generated_files_are_what_the_description_says() {
    let fleet = fleet::load(&committed("services.toml")).unwrap();
    let services: Vec<_> = fleet.services.iter().collect();
    let root = repository().join(fleet.output.as_str());
    let options = Options { full: true, ..Options::default() };

    let lock = std::fs::read_to_string(repository().join("services.lock")).ok();
    let lock = lock.map(|text| Lock::parse(&text, fleet.name.as_str()).unwrap());
    let wanted = render::files(&fleet, &services, lock.as_ref(), true, "services.toml").unwrap();
    let found = sync::read(&sync::Output::named(&root).unwrap(), &wanted, options).unwrap();
    let plan = sync::plan(wanted, found, options);
    let differing: Vec<_> = plan.differences().map(|file| (file.path.as_str(), file.state.word())).collect();
    assert!(differing.is_empty(), "run `dockwright gen`: {differing:?}");
}

#[test]
fn the_schema_is_that_of_the_types() {
    let schema = serde_json::to_string_pretty(&fleet::schema()).unwrap() + "\n";
    let hint = "run `dockwright reference > services.schema.json`";
    assert!(schema == committed("services.schema.json"), "{hint}");
    assert!(committed("services.toml").starts_with("#:schema ./services.schema.json\n"));
}

#[test]
fn the_reference_is_that_of_the_types() {
    let reference = report::reference::markdown(&fleet::schema());
    let hint = "run `dockwright reference --format markdown > docs/services.md`";
    assert!(reference == committed("docs/services.md"), "{hint}");
}
