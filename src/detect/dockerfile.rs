//! What a Dockerfile says of the service that it builds.

use std::collections::BTreeMap;

use crate::dockerfile::{Base, Dockerfile, Expansion, ImageConfig, Keyword, Stages};

/// Facts of a Dockerfile's last stage, and of its builds.
#[derive(Debug, Default, Clone)]
pub(super) struct Facts {
    /// The images of its stages, the last stage's first.
    pub images: Vec<String>,
    /// The ports of EXPOSE.
    pub ports: Vec<u16>,
    /// ENTRYPOINT.
    pub entrypoint: Vec<String>,
    /// CMD.
    pub cmd: Vec<String>,
    /// The environment of the image.
    pub env: BTreeMap<String, String>,
    /// The words of its health check.
    pub health: Option<String>,
    /// The commands of its RUN instructions.
    pub runs: Vec<String>,
}

/// Reads them. A Dockerfile that nothing can be read of says nothing.
pub(super) fn facts(text: &str) -> Facts {
    let file = Dockerfile::read(text);
    let stages = Stages::of(&file);
    let last = stages.stages.len().checked_sub(1);
    // What bases bring is not looked at: a command line of a base starts the base's own program.
    let Some(config) = last.and_then(|last| stages.config(last, &|_| Some(ImageConfig::default()))) else {
        return Facts::default();
    };
    let images = stages.stages.iter().rev().filter_map(|stage| match &stage.base {
        Base::Image(image) => Some(image.to_string()),
        _ => None,
    });
    let port = |text: &str| text.split('/').next()?.parse().ok().filter(|port| *port > 0);
    let ports = config.ports.iter().filter_map(known).flat_map(str::split_whitespace).filter_map(port);
    let runs = file.instructions.iter().filter(|instruction| instruction.keyword == Keyword::Run);
    let probe = config.healthcheck.as_ref().and_then(|health| health.probe.as_ref());
    Facts {
        images: images.collect(),
        ports: ports.collect(),
        entrypoint: config.entrypoint.as_ref().map(|line| line.argv.clone()).unwrap_or_default(),
        cmd: config.cmd.as_ref().map(|line| line.argv.clone()).unwrap_or_default(),
        env: config
            .env
            .iter()
            .filter_map(|(name, value)| Some((name.clone(), known(value)?.to_owned())))
            .collect(),
        health: probe.map(|probe| probe.argv.join(" ")),
        runs: runs.filter_map(|run| text.get(run.span.clone())).map(ToOwned::to_owned).collect(),
    }
}

fn known(value: &Expansion) -> Option<&str> {
    match value {
        Expansion::Known(text) => Some(text),
        Expansion::Unknown(_) => None,
    }
}

/// Whether a path is that of a Dockerfile that somebody wrote.
pub(super) fn is_written(path: &str, text: &str) -> bool {
    let (_, name) = super::view::split(path);
    let ends = [".dockerignore", ".md", ".txt", ".template", ".j2", ".tmpl"];
    // What is built for development or tests is no service.
    let words = ["dev", "debug", "test", "playwright", "lint", "ci"];
    let is_other = ends.iter().any(|end| name.ends_with(end))
        || name.split(['.', '-']).any(|part| words.contains(&part));
    crate::path::is_dockerfile(name) && !is_other && crate::sync::header::inspect(text).is_none()
}
