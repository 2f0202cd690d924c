//! Dockerfiles of kinds that the Lucid fleet has not. `SNAPSHOTS=overwrite` writes down what is rendered now.

use std::fs;

use dockwright::{fleet, render};

use crate::agreement::agrees;
use crate::repository;

#[test]
fn each_dockerfile_is_the_one_that_was_looked_at() {
    each_is_as_rendered("tests/kinds");
}

#[test]
fn an_interpreter_that_cannot_ask_gets_the_static_probe() {
    each_is_as_rendered("tests/kinds/probed");
}

fn each_is_as_rendered(directory: &str) {
    let directory = repository().join(directory);
    let fleet = fleet::load(&fs::read_to_string(directory.join("services.toml")).unwrap()).unwrap();
    let assert = snapbox::Assert::new().action_env("SNAPSHOTS");
    for service in &fleet.services {
        agrees(&fleet, service);
        let text = render::dockerfile(&fleet, service, None).unwrap();
        let file = directory.join(format!("{}.Dockerfile", service.name.value));
        assert.eq(text.trim_start(), snapbox::Data::read_from(&file, None).raw());
    }
}
