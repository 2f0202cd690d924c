//! Dockerfiles of kinds that the Lucid fleet has not. `SNAPSHOTS=overwrite` writes down what is rendered now.

use std::fs;

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
