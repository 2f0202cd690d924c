//! Dockerfiles of kinds that the Lucid fleet has not. `SNAPSHOTS=overwrite` writes down what is rendered now.

use std::fs;

use dockwright::{fleet, render};

use crate::agreement::agrees;
use crate::repository;

#[test]
fn each_dockerfile_is_the_one_that_was_looked_at() {
    let directory = repository().join("tests/kinds");
    let fleet = fleet::load(&fs::read_to_string(directory.join("services.toml")).unwrap()).unwrap();
    let assert = snapbox::Assert::new().action_env("SNAPSHOTS");
    for service in &fleet.services {
        agrees(&fleet, service);
        let text = render::dockerfile(&fleet, service, None).unwrap();
        let file = directory.join(format!("{}.Dockerfile", service.name.value));
        assert.eq(text.trim_start(), snapbox::Data::read_from(&file, None).raw());
    }
}
