//! What is rendered for the Lucid fleet, read back by our own reader, says what the description says.

use dockwright::dockerfile::{Base, Dockerfile, Expansion, StageConfig, Stages};
use dockwright::fleet::model::Health;
use dockwright::fleet::{self, Fleet, Service};
use dockwright::render;

fn lucid() -> Fleet {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/services.toml")).unwrap();
    fleet::load(&text).unwrap()
}

fn known(expansion: &Expansion) -> &str {
    match expansion {
        Expansion::Known(text) => text,
        Expansion::Unknown(name) => panic!("depends on {name}"),
    }
}

/// The image that the final stage stands on, through stages of the file.
fn final_image(stages: &Stages) -> String {
    let mut stage = stages.last().unwrap();
    loop {
        match &stage.base {
            Base::Stage(index) => stage = &stages.stages[*index],
            Base::Image(image) => return image.to_string(),
            other => panic!("{other:?}"),
        }
    }
}

fn each(check: impl Fn(&Fleet, &Service, &Stages, &StageConfig)) {
    let fleet = lucid();
    assert_eq!(fleet.services.len(), 35);
    for service in &fleet.services {
        let text = render::dockerfile(&fleet, service, None).unwrap();
        let file = Dockerfile::read(&text);
        assert!(file.problems.is_empty(), "{}: {:?}", service.name.value, file.problems);
        let stages = Stages::of(&file);
        let config = stages.config(stages.stages.len() - 1, &|_| None).unwrap();
        check(&fleet, service, &stages, &config);
    }
}

#[test]
fn bases_and_stages() {
    each(|fleet, service, stages, _| {
        assert_eq!(final_image(stages), service.base.run.to_string());
        for stage in &stages.stages {
            if let Base::Image(image) = &stage.base {
                let known = fleet.bases.values().any(|base| base.build == *image || base.run == *image)
                    || fleet.tools.uv == *image;
                assert!(known, "{}: {image} is in no base", service.name.value);
            }
        }
    });
}

#[test]
fn the_final_stage_runs_nothing_and_takes_only_numeric_owners() {
    each(|_, service, stages, _| {
        for instruction in stages.instructions(stages.last().unwrap()) {
            assert!(instruction.as_run().is_none(), "{}", service.name.value);
            if let Some(owner) = instruction.flag_value("chown") {
                assert_eq!(owner.value, "65532:65532");
            }
            if let Some(copy) = instruction.as_copy() {
                let to = copy.destination.value.to_string();
                let first = to.trim_start_matches('/').split('/').next().unwrap_or_default();
                assert!(
                    !["lib", "lib64", "bin", "sbin"].contains(&first),
                    "{to} is a link on a merged-/usr base"
                );
            }
        }
    });
}

#[test]
fn user_ports_environment_and_entrypoint() {
    each(|fleet, service, _, config| {
        assert_eq!(known(&config.user), fleet.user.as_str());
        let ports: Vec<_> = config.ports.iter().map(|port| known(port).to_owned()).collect();
        assert_eq!(ports, service.ports.iter().map(ToString::to_string).collect::<Vec<_>>());
        for (name, value) in &service.env {
            assert_eq!(config.env(name.as_str()).map(known), Some(value.as_str()), "{name}");
        }
        let entrypoint = config.entrypoint.as_ref().unwrap();
        assert!(entrypoint.exec && entrypoint.argv[0].starts_with('/'), "{:?}", entrypoint.argv);
        assert_eq!(entrypoint.argv, render::entrypoint(service));
    });
}

#[test]
fn health_checks() {
    each(|_, service, _, config| match (&service.health, &config.healthcheck) {
        (Health::None(_), None) => {}
        (Health::Check { timing, .. }, Some(found)) => {
            let probe = found.probe.as_ref().unwrap();
            assert!(probe.exec && probe.argv[0].starts_with('/'), "{:?}", probe.argv);
            assert_eq!(probe.argv, render::health_command(service));
            let seconds = |text: &Option<std::time::Duration>| text.unwrap().as_millis();
            assert_eq!(seconds(&found.timing.timeout), u128::from(timing.timeout.milliseconds()));
            assert_eq!(seconds(&found.timing.interval), u128::from(timing.interval.milliseconds()));
        }
        other => panic!("{}: {other:?}", service.name.value),
    });
}

#[test]
fn labels() {
    each(|fleet, service, _, config| {
        let label = |name: &str| config.label(&format!("org.opencontainers.image.{name}")).map(known);
        assert_eq!(label("title"), Some(service.name.as_str()));
        assert_eq!(label("source"), fleet.source.as_ref().map(AsRef::as_ref));
        assert_eq!(label("base.name"), Some(service.base.run.to_string().as_str()));
        // Both come from build arguments that are declared in the final stage.
        assert_eq!((label("revision"), label("version")), (Some("unknown"), Some("unknown")));
    });
}
