//! What the reader says of `tests/verdicts/cases` is what `BuildKit` says.
//!
//! `tests/verdicts/ask` asks moby/buildkit's own code and writes its answers to `verdicts.json`.

use std::collections::BTreeMap;
use std::path::Path;

use dockwright::dockerfile::{Dockerfile, Expansion, ImageConfig, StageConfig, Stages};
use serde::Deserialize;

#[derive(Deserialize)]
struct Verdict {
    file: String,
    refused: Option<String>,
    line: Option<usize>,
    #[serde(default)]
    stages: Vec<Stage>,
    image: Option<Image>,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Stage {
    #[serde(default)]
    name: String,
    base: String,
    #[serde(default)]
    instructions: Vec<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Image {
    user: String,
    workdir: String,
    env: Vec<String>,
    labels: BTreeMap<String, String>,
    ports: Vec<String>,
    volumes: Vec<String>,
    entrypoint: Vec<String>,
    cmd: Vec<String>,
    healthcheck: Vec<String>,
    stop_signal: String,
}

#[test]
fn every_verdict_is_that_of_buildkit() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/verdicts");
    let answers = std::fs::read_to_string(directory.join("verdicts.json")).unwrap();
    let verdicts: Vec<Verdict> = serde_json::from_str(&answers).unwrap();
    let files = std::fs::read_dir(directory.join("cases")).unwrap().count();
    assert_eq!(files, verdicts.len(), "run tests/verdicts/ask again");
    let (mut wrong, mut refused) = (Vec::new(), 0);
    for verdict in &verdicts {
        let text =
            std::fs::read_to_string(directory.join(format!("cases/{}.Dockerfile", verdict.file))).unwrap();
        refused += usize::from(verdict.refused.is_some());
        if let Some(difference) = difference(&text, verdict) {
            wrong.push(format!("{}: {difference}\n{text}", verdict.file));
        }
    }
    println!("{} verdicts, {refused} of them refusals", verdicts.len());
    assert!(wrong.is_empty(), "{} differences\n\n{}", wrong.len(), wrong.join("\n\n"));
}

fn difference(text: &str, verdict: &Verdict) -> Option<String> {
    let file = Dockerfile::read(text);
    let said: Vec<&str> = file.problems.iter().map(|problem| &*problem.message).collect();
    if let Some(refused) = &verdict.refused {
        let Some(first) = file.problems.first() else { return Some(format!("BuildKit: {refused}")) };
        let line = |at: usize| 1 + text[..at].matches('\n').count();
        // BuildKit names the line of the instruction, the reader that of the word.
        let owner =
            file.instructions.iter().rfind(|instruction| instruction.span.start <= first.span.start)?;
        let lines = [line(owner.span.start), line(first.span.start)];
        let other = verdict.line.filter(|at| !lines.contains(at));
        return other.map(|at| format!("{said:?} in line {}, not {at}", lines[1]));
    }
    if !said.is_empty() {
        return Some(format!("refused: {said:?}"));
    }
    let stages = Stages::of(&file);
    let found: Vec<Stage> = stages.stages.iter().map(|stage| self::stage(&stages, stage)).collect();
    if found != verdict.stages {
        return Some(format!("{found:?}, not {:?}", verdict.stages));
    }
    let env = vec![("X".to_owned(), "image".to_owned())];
    let base = |_: &_| Some(ImageConfig { env: env.clone(), ..ImageConfig::default() });
    let config = stages.config(stages.stages.len() - 1, &base)?;
    let found = image(&config);
    // What hangs on an argument of the build is not known before it.
    let told = text.contains("# build-arg") || text.contains("ARG TARGET");
    if told && format!("{found:?}").contains("unknown: ") {
        return None;
    }
    let mut expected = verdict.image.clone()?;
    expected.env.sort();
    if expected.workdir.is_empty() {
        "/".clone_into(&mut expected.workdir);
    }
    (found != expected).then(|| format!("{found:?}, not {expected:?}"))
}

fn stage(stages: &Stages<'_, '_>, stage: &dockwright::dockerfile::Stage<'_>) -> Stage {
    let names = stages.instructions(stage).iter().skip(1).map(|instruction| instruction.keyword.to_string());
    Stage {
        name: stage.name.clone().unwrap_or_default(),
        base: stage.image.value.to_string(),
        instructions: names.collect(),
    }
}

fn image(config: &StageConfig) -> Image {
    let texts = |values: &[Expansion]| {
        let mut texts: Vec<String> = values.iter().map(text).collect();
        texts.sort();
        texts.dedup();
        texts
    };
    let pairs = |pairs: &[(String, Expansion)]| {
        pairs.iter().map(|(name, value)| (name.clone(), text(value))).collect::<BTreeMap<_, _>>()
    };
    let line = |line: &Option<dockwright::dockerfile::CommandLine>| {
        line.as_ref().map_or_else(Vec::new, |line| line.argv.clone())
    };
    Image {
        user: text(&config.user),
        workdir: text(&config.workdir),
        env: pairs(&config.env).into_iter().map(|(name, value)| format!("{name}={value}")).collect(),
        labels: pairs(&config.labels),
        ports: config.ports.iter().flat_map(|port| ports(&text(port))).collect(),
        volumes: texts(&config.volumes),
        entrypoint: line(&config.entrypoint),
        cmd: line(&config.cmd),
        healthcheck: config.healthcheck.as_ref().map_or_else(Vec::new, health),
        stop_signal: config.stop_signal.as_ref().map_or_else(String::new, text),
    }
}

/// `8000-8001/TCP` as the configuration of an image has it.
fn ports(written: &str) -> Vec<String> {
    let (range, protocol) = written.split_once('/').unwrap_or((written, "tcp"));
    let range = range.rsplit(':').next().unwrap_or_default();
    let (first, last) = range.split_once('-').unwrap_or((range, range));
    let (first, last): (u16, u16) = (first.parse().unwrap(), last.parse().unwrap());
    (first..=last).map(|port| format!("{port}/{}", protocol.to_lowercase())).collect()
}

fn health(health: &dockwright::dockerfile::Health) -> Vec<String> {
    match &health.probe {
        None => vec!["NONE".to_owned()],
        // The shell stands in front of a command in shell form; BuildKit says so with a word.
        Some(probe) if !probe.exec => {
            vec!["CMD-SHELL".to_owned(), probe.argv.last().cloned().unwrap_or_default()]
        }
        Some(probe) => ["CMD".to_owned()].into_iter().chain(probe.argv.iter().cloned()).collect(),
    }
}

fn text(value: &Expansion) -> String {
    match value {
        Expansion::Known(text) => text.clone(),
        Expansion::Unknown(name) => format!("unknown: {name}"),
    }
}
