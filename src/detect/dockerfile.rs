//! What a Dockerfile says of the service that it builds.

use std::collections::BTreeMap;

use super::copies::{self, Tree};
use super::npm::{self, Script};
use super::{Key, image, start};
use crate::dockerfile::{
    Base, Command, Dockerfile, Expansion, ImageConfig, Instruction, Keyword, Run, StageConfig, Stages, Timing,
};
use crate::fleet::quantities::Time;
use crate::shell;

/// Facts of the stage that is the service, and of its builds.
#[derive(Debug, Default, Clone)]
pub(super) struct Facts {
    /// The images of its stages, the service's own first.
    pub images: Vec<String>,
    /// The ports of EXPOSE, without those of debuggers.
    pub ports: Vec<u16>,
    /// ENTRYPOINT.
    pub entrypoint: Vec<String>,
    /// CMD.
    pub cmd: Vec<String>,
    /// The environment of the image.
    pub env: BTreeMap<String, String>,
    /// The environment of the stages that build.
    pub build_env: BTreeMap<String, String>,
    /// The words of its health check.
    pub health: Option<String>,
    /// The times of its health check.
    pub times: Vec<Key>,
    /// The texts of its RUN instructions.
    pub runs: Vec<String>,
    /// The words of the commands that these run.
    pub commands: Vec<Vec<String>>,
    /// How many of them, at the front, run in the service's own stage and those that it stands on.
    pub own_commands: usize,
    /// The scripts of package.json that build something.
    pub scripts: Vec<Script>,
    /// LABEL.
    pub labels: Vec<(String, String)>,
    /// STOPSIGNAL.
    pub signal: Option<String>,
    /// Instructions that bring something from elsewhere, or whose value is not known.
    pub lost: Vec<String>,
    /// VOLUME.
    pub volumes: Vec<String>,
    /// What the service's stage takes from the build context, and where it lies there.
    pub tree: Tree,
    /// The same of the stages that build.
    pub built: Vec<Tree>,
}

/// Ports of debuggers.
pub(super) const DEBUGGERS: [u16; 4] = [5005, 5678, 9229, 9230];

/// Reads them. `target` is the stage that somebody asks for. A Dockerfile that nothing can be read of says nothing.
pub(super) fn facts(text: &str, target: Option<&str>) -> Facts {
    let file = Dockerfile::read(text);
    let stages = Stages::of(&file);
    let Some(own) = stage(&stages, target) else { return Facts::default() };
    // What bases bring is not looked at: a command line of a base starts the base's own program.
    let Some(config) = stages.config(own, &|_| Some(ImageConfig::default())) else { return Facts::default() };
    let order = Order::of(&stages, own);
    let commands = |at: usize| -> Vec<Vec<String>> {
        let instructions = stages.instructions(&stages.stages[at]).iter();
        instructions.filter_map(Instruction::as_run).flat_map(|run| words(&run)).collect()
    };
    let own_commands: Vec<_> = order.chain.iter().rev().copied().flat_map(commands).collect();
    let port = |text: &str| text.split('/').next()?.parse().ok().filter(|port| *port > 0);
    let ports = config.ports.iter().filter_map(known).flat_map(str::split_whitespace).filter_map(port);
    let health = config.healthcheck.as_ref();
    let mut trees = copies::trees(&stages);
    Facts {
        images: order.all().filter_map(|at| image_of(&stages, at)).collect(),
        ports: ports.filter(|port| !DEBUGGERS.contains(port)).collect(),
        entrypoint: config.entrypoint.as_ref().map(|line| line.argv.clone()).unwrap_or_default(),
        cmd: config.cmd.as_ref().map(|line| line.argv.clone()).unwrap_or_default(),
        env: known_pairs(&config.env).collect(),
        build_env: order.others.iter().flat_map(|at| build_env(&stages, *at)).collect(),
        health: health.and_then(|health| Some(health.probe.as_ref()?.argv.join(" "))),
        times: health.map(|health| times(&health.timing)).unwrap_or_default(),
        own_commands: own_commands.len(),
        commands: own_commands.into_iter().chain(order.builders.iter().copied().flat_map(commands)).collect(),
        scripts: order
            .chain
            .iter()
            .rev()
            .chain(&order.builders)
            .flat_map(|at| scripts(&stages, *at, &trees))
            .collect(),
        runs: runs(&file, text),
        labels: known_pairs(&config.labels).collect(),
        signal: config.stop_signal.as_ref().and_then(known).map(ToOwned::to_owned),
        lost: lost(&stages, &order.chain, &config),
        volumes: config.volumes.iter().filter_map(known).map(ToOwned::to_owned).collect(),
        tree: std::mem::take(&mut trees[own]),
        built: order.all().skip(1).map(|at| std::mem::take(&mut trees[at])).collect(),
    }
}

/// The stages, seen from the one that is the service.
struct Order {
    /// That one first, then those that it stands on.
    chain: Vec<usize>,
    /// The others, the last first.
    others: Vec<usize>,
    /// Those of the others that build something of the service: what only development runs does not.
    builders: Vec<usize>,
}

impl Order {
    fn of(stages: &Stages<'_, '_>, own: usize) -> Self {
        let mut chain = vec![own];
        while let Some(Base::Stage(below)) = chain.last().map(|at| &stages.stages[*at].base) {
            chain.push(*below);
        }
        let others: Vec<usize> = (0..stages.stages.len()).rev().filter(|at| !chain.contains(at)).collect();
        let is_needed = |at: usize| {
            let is_it = |base: &Base| matches!(base, Base::Stage(below) if *below == at);
            let copies = |instruction: &Instruction<'_>| {
                let from =
                    instruction.as_copy().and_then(|copy| copy.from.map(|from| stages.copy_source(from)));
                from.is_some_and(|from| is_it(&from))
            };
            others.iter().any(|other| is_it(&stages.stages[*other].base))
                || chain.iter().any(|own| stages.instructions(&stages.stages[*own]).iter().any(copies))
        };
        let is_for_development =
            |at: usize| is_for_development(stages.stages[at].name.as_deref().unwrap_or_default());
        let builders =
            others.iter().copied().filter(|at| !is_for_development(*at) || is_needed(*at)).collect();
        Self { chain, others, builders }
    }

    fn all(&self) -> impl Iterator<Item = usize> {
        self.chain.iter().chain(&self.others).copied()
    }
}

/// The image that a stage begins with, if it is none of the other stages.
fn image_of(stages: &Stages<'_, '_>, at: usize) -> Option<String> {
    match &stages.stages[at].base {
        Base::Image(image) => Some(image.to_string()),
        _ => None,
    }
}

/// The texts of the RUN instructions.
fn runs(file: &Dockerfile<'_>, text: &str) -> Vec<String> {
    let runs = file.instructions.iter().filter(|instruction| instruction.keyword == Keyword::Run);
    runs.filter_map(|run| text.get(run.span.clone())).map(ToOwned::to_owned).collect()
}

/// The scripts of package.json that a stage runs.
fn scripts(stages: &Stages<'_, '_>, at: usize, trees: &[Tree]) -> Vec<Script> {
    let stage = &stages.stages[at];
    let start = match stage.base {
        Base::Stage(below) => trees[below].workdir.as_str(),
        _ => "",
    };
    npm::scripts(stages.instructions(stage), start, &trees[at])
}

/// What the stages of the service take from outside of the tree, and what they set to a value that is not known.
fn lost(stages: &Stages<'_, '_>, chain: &[usize], config: &StageConfig) -> Vec<String> {
    /// Images whose programs the new image does not need.
    const TOOLS: [&str; 3] = ["uv", "tini", "grpc-health-probe"];
    let is_init = |source: &str| ["tini", "dumb-init"].iter().any(|init| source.contains(init));
    let values =
        config.env.iter().map(|pair| ("ENV", pair)).chain(config.labels.iter().map(|pair| ("LABEL", pair)));
    let unknown = values.filter(|(_, (name, value))| known(value).is_none() && !image::is_given(name));
    let mut all: Vec<String> = unknown.map(|(word, (name, _))| format!("{word} {name}")).collect();
    for instruction in chain.iter().rev().flat_map(|at| stages.instructions(&stages.stages[*at])) {
        if instruction.keyword == Keyword::Onbuild {
            all.push("ONBUILD".to_owned());
        }
        let Some(copy) = instruction.as_copy() else { continue };
        let from = copy.from.map(|from| stages.copy_source(from));
        for source in copy.sources.iter().map(|source| source.value.as_ref()) {
            match &from {
                Some(Base::Image(image)) if !TOOLS.contains(&start::name(image.name())) => {
                    all.push(format!("COPY --from={image} {source}"));
                }
                None if source.contains("://") && !is_init(source) => all.push(format!("ADD {source}")),
                _ => {}
            }
        }
    }
    all
}

/// The times of a health check.
fn times(timing: &Timing) -> Vec<Key> {
    let spans = [
        ("interval", timing.interval),
        ("timeout", timing.timeout),
        ("start_period", timing.start_period),
        ("start_interval", timing.start_interval),
    ];
    let spans = spans.into_iter().filter_map(|(name, span)| time(name, &format!("{}ms", span?.as_millis())));
    spans.chain(timing.retries.and_then(|retries| time("retries", &retries.to_string()))).collect()
}

/// A time of a health check, or how often it may fail, as its key says it; `None` if the key cannot.
pub(super) fn time(name: &'static str, text: &str) -> Option<Key> {
    if name == "retries" {
        return text
            .parse::<u16>()
            .ok()
            .filter(|retries| *retries > 0)
            .map(|retries| Key::sure(name, retries));
    }
    let time: Time = format!("{}ms", crate::dockerfile::duration(text)?.as_millis()).parse().ok()?;
    let is_long = name != "timeout" || time.seconds() >= 2;
    is_long.then(|| Key::sure(name, time.to_string()))
}

/// The environment of a stage.
fn build_env(stages: &Stages<'_, '_>, at: usize) -> Vec<(String, String)> {
    let config = stages.config(at, &|_| Some(ImageConfig::default()));
    config.iter().flat_map(|config| known_pairs(&config.env)).collect()
}

/// Names with values, as far as these are known.
fn known_pairs(pairs: &[(String, Expansion)]) -> impl Iterator<Item = (String, String)> {
    pairs.iter().filter_map(|(name, value)| Some((name.clone(), known(value)?.to_owned())))
}

/// The words of the commands of a RUN.
pub(super) fn words(run: &Run<'_, '_>) -> Vec<Vec<String>> {
    match run.command {
        Command::Exec(words) => vec![words.iter().map(|word| word.value.to_string()).collect()],
        Command::Shell(Some(text)) => {
            shell::read(&text.value).commands.into_iter().map(|command| command.words).collect()
        }
        Command::Shell(None) => Vec::new(),
    }
}

/// The stage that is the service: the one that is asked for, else the last one, none of them for development if there
/// is another.
fn stage(stages: &Stages<'_, '_>, target: Option<&str>) -> Option<usize> {
    let name = |at: usize| stages.stages[at].name.as_deref().unwrap_or_default();
    let asked = (0..stages.stages.len())
        .find(|at| target.is_some_and(|target| name(*at).eq_ignore_ascii_case(target)));
    let last = (0..stages.stages.len()).rev().find(|at| !is_for_development(name(*at)));
    asked.filter(|at| !is_for_development(name(*at))).or(last).or(stages.stages.len().checked_sub(1))
}

/// Whether a name says that something is for development or tests.
pub(super) fn is_for_development(name: &str) -> bool {
    const WORDS: [&str; 10] =
        ["e2e", "dev", "devel", "development", "debug", "test", "tests", "lint", "playwright", "ci"];
    let name = name.to_ascii_lowercase();
    name.split(['.', '-', '_']).any(|part| WORDS.contains(&part))
}

fn known(value: &Expansion) -> Option<&str> {
    match value {
        Expansion::Known(text) => Some(text),
        Expansion::Unknown(_) => None,
    }
}

/// Whether a file is called like a Dockerfile, in small letters too.
fn is_called_so(name: &str) -> bool {
    let is_small = name == "dockerfile" || name.starts_with("dockerfile.") || name.ends_with(".dockerfile");
    is_small || crate::path::is_dockerfile(name)
}

/// Whether a path is that of a Dockerfile that somebody wrote.
pub(super) fn is_written(path: &str, text: &str) -> bool {
    let (_, name) = super::view::split(path);
    let ends = [".dockerignore", ".md", ".txt", ".template", ".j2", ".tmpl"];
    // What is built for development or tests is no service.
    let is_other = ends.iter().any(|end| name.ends_with(end)) || is_for_development(name);
    is_called_so(name) && !is_other && crate::sync::header::inspect(text).is_none()
}
