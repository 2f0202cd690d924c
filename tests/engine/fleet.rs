//! Every image builds, starts healthy as 65532, and has nothing in it that it does not need.

use std::fs;

use dockwright::fleet::{self, Fleet};
use tempfile::TempDir;

use crate::build::{self, Bake};
use crate::content::Content;
use crate::docker::{REGISTRY, engine, forget};
use crate::files::{code_is_roots, nothing_superfluous, packages_are_recorded};
use crate::running::{self, Project};
use crate::table::Table;
use crate::{libraries, maven, process};

/// A fleet that is described in this repository.
pub(crate) fn described(file: &str) -> Fleet {
    let text = fs::read_to_string(build::repository(file)).expect("the description is there");
    fleet::load(&text).expect("the description has no mistake")
}

#[test]
fn every_service_builds_starts_and_stops_as_it_should() {
    let Some(_engine) = engine() else { return };
    build::upstream_images().expect("the images that programs come from are there");
    prove(&described("services.toml"), &Bake::default());
}

#[test]
fn a_java_service_builds_starts_and_stops_as_it_should() {
    let Some(_engine) = engine() else { return };
    let work = TempDir::new().expect("a directory");
    let bake = Bake { generated: build::ledger(work.path()), ..Bake::default() };
    prove(&described("tests/engine/ledger.toml"), &bake);
}

#[test]
fn what_maven_builds_starts_and_stops_as_it_should() {
    let Some(_engine) = engine() else { return };
    build::upstream_images().expect("the image with Maven is there");
    let work = TempDir::new().expect("a directory");
    let bake = maven::bake(&work.path().join("generated"));
    prove(&described(maven::FLEET), &bake);
}

/// Builds a fleet from its generated files, starts all of it, and looks at every image and container.
#[expect(clippy::print_stdout, reason = "the table is what people run it for")]
fn prove(fleet: &Fleet, bake: &Bake<'_>) {
    let mut table = Table::new(fleet);
    // All in one call; only where that fails, which of them it is.
    let all = bake.run(&[]).map(|_| "ok".to_owned());
    table.check("builds", 1, |service| {
        Some(all.clone().or_else(|_| bake.run(&[service.name.as_str()]).map(|_| "alone".to_owned())))
    });

    table.checks_together(&["files", "ELF", "packages", "owners"], 2, |service| {
        match Content::of(&running::image(service)) {
            Ok(content) => vec![
                Some(nothing_superfluous(&content)),
                Some(libraries::all_found(&content, &service.base.run.to_string(), "linux/amd64")),
                Some(packages_are_recorded(service, &content)),
                Some(code_is_roots(service, &content)),
            ],
            Err(why) => vec![Some(Err(why))],
        }
    });

    let project = Project::up(fleet, &bake.generated).expect("the project is accepted");
    table.check("healthy", 1, |service| Some(running::healthy(service, &project)));
    table.check("hardened", 4, |service| Some(running::hardened(service)));
    table.check("runs as", 4, |service| Some(running::process(service)?.and_then(process::identity)));
    table.check("writes", 2, |service| {
        Some(running::process(service)?.and_then(|pid| process::writes(service, pid)))
    });
    table.check("unhealthy", 4, running::health_check_fails);
    table.check("stops", 8, running::stops);

    println!("\n{table}\n* started again by itself: with all at once, this machine was too busy");
    let mut failures = table.failures();
    failures.extend(project.came_up.clone().err());
    failures.extend(project.down().err());
    failures.extend(forget(REGISTRY).err());
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
