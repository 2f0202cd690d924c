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
fn the_image_of_the_program_is_generated() {
    let mut check = std::process::Command::new(env!("CARGO_BIN_EXE_dockwright"));
    check.args(["gen", "--check", "--fleet", "packaging/image/services.toml"]).current_dir(repository());
    let output = check.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// A file of the repository is what is made of the types now; `SNAPSHOTS=overwrite` writes it.
fn written_down(path: &str, now: &str) {
    if std::env::var_os("SNAPSHOTS").is_some_and(|value| value == "overwrite") {
        std::fs::write(repository().join(path), now).unwrap();
    }
    let hint = "run `SNAPSHOTS=overwrite cargo test --test program of_the_types`";
    assert!(now == committed(path), "{path}: {hint}");
}

#[test]
fn the_schema_is_that_of_the_types() {
    let schema = serde_json::to_string_pretty(&fleet::schema()).unwrap() + "\n";
    written_down("services.schema.json", &schema);
    assert!(committed("services.toml").starts_with("#:schema ./services.schema.json\n"));
}

#[test]
fn the_reference_is_that_of_the_types() {
    let reference = report::reference::markdown(&fleet::schema());
    written_down("docs/services.md", &reference);
}
