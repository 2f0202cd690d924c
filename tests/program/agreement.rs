//! What a rendered Dockerfile says, held against the service that it was rendered for.

use dockwright::dockerfile::{Dockerfile, Expansion, Stages};
use dockwright::fleet::model::Health;
use dockwright::fleet::{Fleet, Service};
use dockwright::render;

fn known(expansion: &Expansion) -> &str {
    match expansion {
        Expansion::Known(text) => text,
        Expansion::Unknown(name) => panic!("depends on {name}"),
    }
}

/// Fails if a stage runs something on the target platform and no comment above it says that it is emulated.
pub(crate) fn runs_on_the_builder(text: &str) {
    let mut on_builder = std::collections::HashMap::new();
    let (mut here, mut told, mut comment) = (true, false, String::new());
    for line in text.lines() {
        if let Some(from) = line.strip_prefix("FROM ") {
            let words: Vec<_> = from.split(' ').collect();
            here =
                words[0] == "--platform=$BUILDPLATFORM" || on_builder.get(words[0]).copied().unwrap_or(false);
            told = comment.contains("under emulation");
            if let [.., "AS", name] = words.as_slice() {
                on_builder.insert(*name, here);
            }
        } else if line.starts_with("RUN ") {
            assert!(here || told, "runs on the target platform: {line}\n{text}");
        }
        match line.strip_prefix('#') {
            Some(words) => comment.push_str(words),
            None => comment.clear(),
        }
    }
}

/// Fails unless the Dockerfile of a service reads back as the service is described.
pub(crate) fn agrees(fleet: &Fleet, service: &Service) {
    reads_back(fleet, service, &render::dockerfile(fleet, service, None).unwrap());
}

/// Fails unless `text` says what the service does; gives the keywords of its instructions, in order.
pub(crate) fn reads_back(fleet: &Fleet, service: &Service, text: &str) -> Vec<String> {
    let file = Dockerfile::read(text);
    assert!(file.problems.is_empty(), "{:?}\n{text}", file.problems);
    runs_on_the_builder(text);
    let stages = Stages::of(&file);
    let config = stages.config(stages.stages.len() - 1, &|_| None).unwrap();

    assert_eq!(known(&config.user), fleet.user.as_str());
    let ports: Vec<_> = config.ports.iter().map(|port| known(port).to_owned()).collect();
    assert_eq!(ports, service.ports.iter().map(ToString::to_string).collect::<Vec<_>>());
    for (name, value) in &service.env {
        assert_eq!(config.env(name.as_str()).map(known), Some(value.as_str()), "{name}\n{text}");
    }
    for (key, value) in &service.labels {
        assert_eq!(config.label(key.as_str()).map(known), Some(value.as_str()), "{key}\n{text}");
    }
    if let Some(source) = &fleet.source {
        assert_eq!(config.label("org.opencontainers.image.source").map(known), Some(source.as_str()));
    }
    assert_eq!(config.entrypoint.as_ref().unwrap().argv, render::entrypoint(service), "{text}");
    match (&service.health, config.healthcheck.as_ref().and_then(|health| health.probe.as_ref())) {
        (Health::None(_), None) => {}
        (Health::Check { .. }, Some(probe)) => {
            assert_eq!(probe.argv, render::health_command(service), "{text}");
        }
        other => panic!("{other:?}"),
    }
    file.instructions.iter().map(|instruction| format!("{:?}", instruction.keyword)).collect()
}
