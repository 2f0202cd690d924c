//! Instructions that have no key, and defects that are not imported.

use std::collections::{BTreeMap, BTreeSet};

use super::draft::{Draft, shortened};
use super::stage::is_used;
use crate::dockerfile::{
    Base, Dockerfile, Expansion, Instruction, Keyword, PLATFORM_ARGUMENTS, Pair, Stages,
};

/// The signal that every program is stopped with unless an image says another.
const DEFAULT_SIGNAL: [&str; 3] = ["15", "SIGTERM", "TERM"];

impl Draft<'_> {
    /// Instructions that have no key, and arguments that nothing uses.
    pub(super) fn lost_instructions(
        &mut self,
        file: &Dockerfile<'_>,
        stages: &Stages<'_, '_>,
        wanted: &BTreeSet<usize>,
        last: usize,
    ) {
        let globals = file.instructions.iter().take_while(|instruction| instruction.keyword != Keyword::From);
        let stage = |index: &usize| stages.instructions(&stages.stages[*index]);
        let all: Vec<&Instruction<'_>> = globals.chain(wanted.iter().flat_map(stage)).collect();
        self.build_arguments(file.text, &all);
        for instruction in &all {
            let line = self.lines.of(instruction.span.start);
            match instruction.keyword {
                Keyword::Maintainer => self.note(line, "MAINTAINER is deprecated, and is not imported"),
                Keyword::Onbuild => {
                    self.note(line, "ONBUILD is not imported: services.toml has no key for it");
                }
                _ => {}
            }
        }
        for index in wanted {
            self.platform(stages, *index);
        }
        for instruction in stages.instructions(&stages.stages[last]) {
            if instruction.keyword == Keyword::Shell {
                let line = self.lines.of(instruction.span.start);
                self.note(line, "SHELL is not imported: the final stage runs nothing");
            }
        }
        let final_stages = chain(stages, last);
        for index in wanted.difference(&final_stages) {
            self.builder_environment(stages.instructions(&stages.stages[*index]));
        }
        self.builder_commands(&wanted.difference(&final_stages).copied().collect());
        self.lost_user();
    }

    /// Build arguments, each in the line that declares it first. services.toml has none.
    fn build_arguments(&mut self, text: &str, all: &[&Instruction<'_>]) {
        let mut values: BTreeMap<String, (usize, Option<String>)> = BTreeMap::new();
        for argument in all.iter().filter(|instruction| instruction.keyword == Keyword::Arg) {
            let line = self.lines.of(argument.span.start);
            for pair in &argument.pairs {
                let value = pair.value.as_ref().map(|word| word.value.trim_matches(['"', '\'']).to_owned());
                let known = values.entry(pair.name.value.to_string()).or_insert((line, None));
                known.1 = known.1.take().or(value);
            }
        }
        for (name, (line, value)) in values {
            if is_predefined(&name) {
                continue;
            }
            if !is_used(text, &name) {
                self.note(line, format!("ARG {name} is never used"));
            } else if let Some(value) = value {
                let value = if value.is_empty() { "nothing" } else { &value };
                self.note(line, format!("ARG {name} is not imported: its default is kept, {value}"));
            } else {
                self.note(line, format!("ARG {name} is not imported, and has no default"));
            }
        }
    }

    /// A stage that is not of the platform that is built for, nor of the builder's.
    fn platform(&mut self, stages: &Stages<'_, '_>, index: usize) {
        let start = stages.stages[index].image.span.start;
        let is_own = |instruction: &&Instruction<'_>| {
            instruction.keyword == Keyword::From && instruction.span.contains(&start)
        };
        let Some(from) = stages.file.instructions.iter().find(is_own) else { return };
        let platform = from.flag_value("platform").map(|word| word.value.to_string());
        let Some(platform) = platform.filter(|platform| !platform.contains("PLATFORM")) else { return };
        let line = self.lines.of(start);
        self.note(
            line,
            format!(
                "--platform={platform} is not imported: all images are built for the `platforms` of the fleet"
            ),
        );
    }

    /// The environment of a stage that is left behind.
    fn builder_environment(&mut self, instructions: &[Instruction<'_>]) {
        for env in instructions.iter().filter(|instruction| instruction.keyword == Keyword::Env) {
            // Every build of Go sets these.
            let is_set = |pair: &Pair<'_>| {
                let value = pair.value.as_ref().map(|word| word.value.trim_matches(['"', '\'']));
                matches!((&*pair.name.value, value), ("CGO_ENABLED", Some("0")) | ("GOOS", Some("linux")))
            };
            let names = env.pairs.iter().filter(|pair| !is_set(pair)).map(|pair| pair.name.value.as_ref());
            let names: Vec<&str> = names.filter(|name| !is_of_builders(name)).collect();
            if !names.is_empty() {
                let line = self.lines.of(env.span.start);
                let message = format!(
                    "ENV {} of a stage that builds is not imported: `extra.build` can set it",
                    names.join(", ")
                );
                self.note(line, message);
            }
        }
    }

    /// Commands of stages that are left behind, and that nothing in the entry stands for.
    fn builder_commands(&mut self, builders: &BTreeSet<usize>) {
        let mut lines: BTreeMap<usize, Vec<String>> = BTreeMap::new();
        for index in builders {
            for (command, line) in &self.stages[*index].commands {
                let commands = lines.entry(*line).or_default();
                let command = format!("`{}`", shortened(command));
                if !commands.contains(&command) {
                    commands.push(command);
                }
            }
        }
        for (line, commands) in lines {
            let more = commands.len().saturating_sub(SHOWN);
            let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
            let commands = commands[..commands.len() - more].join(", ");
            self.note(line, format!("not carried over from a stage that builds: {commands}{rest}"));
        }
    }

    /// Instructions of the final stage that go there as they are.
    pub(super) fn last_instructions(&mut self) -> Vec<String> {
        let signal = match &self.config.stop_signal {
            Some(Expansion::Known(signal)) if !signal.is_empty() => Some(signal.clone()),
            Some(_) => {
                self.note(self.from_line, "STOPSIGNAL is not imported: its value is unknown");
                None
            }
            None => self.upstream_signal(),
        };
        let signal = signal.filter(|signal| !DEFAULT_SIGNAL.contains(&signal.as_str()));
        let exposed = self.exposed.iter().map(|port| format!("EXPOSE {port}"));
        exposed.chain(signal.map(|signal| format!("STOPSIGNAL {signal}"))).collect()
    }

    /// The signal that a well-known image is stopped with.
    fn upstream_signal(&self) -> Option<String> {
        let image = self.last.image.as_ref()?;
        super::upstream::of(image.name())?.signal.map(str::to_owned)
    }

    fn lost_user(&mut self) {
        let (user, line) = (self.around.user.clone(), self.from_line);
        match self.last.user.clone() {
            Some((said, at)) => {
                let same = said == user || ["nonroot", "nonroot:nonroot", "65532"].contains(&said.as_str());
                if !same {
                    self.note(at, format!("USER {said}: {user} is used"));
                }
            }
            None if matches!(&self.config.user, Expansion::Known(base) if !matches!(&**base, "" | "0" | "root" | "0:0")) =>
                {}
            None => {
                self.note(line, format!("USER missing: {} is used", user.split(':').next().unwrap_or(&user)));
            }
        }
    }
}

/// How many commands of an instruction are shown.
const SHOWN: usize = 3;

/// A stage and those that it is based on.
fn chain(stages: &Stages<'_, '_>, last: usize) -> BTreeSet<usize> {
    let mut found = BTreeSet::from([last]);
    let mut base = &stages.stages[last].base;
    while let Base::Stage(index) = base {
        found.insert(*index);
        base = &stages.stages[*index].base;
    }
    found
}

/// Variables that tell builders how to work, and change nothing in what they build.
pub(super) fn is_of_builders(name: &str) -> bool {
    const STARTS: [&str; 7] =
        ["CARGO_TERM_", "DOTNET_CLI_", "NPM_CONFIG_", "PIP_", "POETRY_", "UV_", "npm_config_"];
    const NAMES: [&str; 20] = [
        "CARGO_HOME",
        "DEBIAN_FRONTEND",
        "DOTNET_NOLOGO",
        "GOCACHE",
        "GOMODCACHE",
        "GOPATH",
        "HOME",
        "LANG",
        "LC_ALL",
        "NEXT_TELEMETRY_DISABLED",
        "PATH",
        "PNPM_HOME",
        "PYTHONDONTWRITEBYTECODE",
        "PYTHONFAULTHANDLER",
        "PYTHONHOME",
        "PYTHONUNBUFFERED",
        "RUSTUP_HOME",
        "TERM",
        "VIRTUAL_ENV",
        "YARN_CACHE_FOLDER",
    ];
    STARTS.iter().any(|start| name.starts_with(start)) || NAMES.contains(&name)
}

/// Build arguments that are there without ARG, or that `BuildKit` itself reads.
fn is_predefined(name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    PLATFORM_ARGUMENTS.contains(&&*upper)
        || upper == "TARGETSTAGE"
        || upper.starts_with("BUILDKIT_")
        || upper.ends_with("_PROXY")
        || upper == "SOURCE_DATE_EPOCH"
}
