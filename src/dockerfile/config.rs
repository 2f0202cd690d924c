//! The configuration of the image that a stage becomes: what its instructions set, on top of what
//! its base gives.
//!
//! The rules are those of moby/buildkit's `frontend/dockerfile/dockerfile2llb/convert.go`.

use std::collections::HashMap;

use super::expand::{self, Expansion, Variable};
use super::instruction::{Instruction, Pair, Word};
use super::keyword::Keyword;
use super::stages::{Arguments, Base, Stages};
use super::views::{Healthcheck, Timing};
use crate::diagnostic::Span;
use crate::image::ImageReference;
use crate::path::LONGEST;

/// What is known of a base image.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImageConfig {
    /// The start of the command line.
    pub entrypoint: Vec<String>,
    /// The rest of the command line.
    pub cmd: Vec<String>,
    /// The user; empty for root.
    pub user: String,
    /// The working directory; empty for `/`.
    pub workdir: String,
    /// The environment.
    pub env: Vec<(String, String)>,
}

/// The configuration of a stage.
///
/// A field that depends on something unknown (a base that is not in the catalogue, a build argument
/// without a default) is [`Expansion::Unknown`], or `None`.
#[derive(Debug, Clone)]
pub struct StageConfig {
    /// The user; empty for root.
    pub user: Expansion,
    /// The working directory.
    pub workdir: Expansion,
    /// The environment, in the order in which it was set.
    pub env: Vec<(String, Expansion)>,
    /// The labels, in the order in which they were set; those of a base image are not known.
    pub labels: Vec<(String, Expansion)>,
    /// The ports of EXPOSE, as written.
    pub ports: Vec<Expansion>,
    /// The paths of VOLUME.
    pub volumes: Vec<Expansion>,
    /// The start of the command line; `None` if it is the base's, and the base is not known.
    pub entrypoint: Option<CommandLine>,
    /// The rest of the command line; `None` as for `entrypoint`.
    pub cmd: Option<CommandLine>,
    /// The health check that was set last.
    pub healthcheck: Option<Health>,
    /// The signal to stop with.
    pub stop_signal: Option<Expansion>,
    /// Whether base images were all known.
    pub complete: bool,
}

/// A command line of the image.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CommandLine {
    /// The arguments; the shell form has the shell in front.
    pub argv: Vec<String>,
    /// Whether it was written in exec form, or is the base's.
    pub exec: bool,
    /// The instruction it is from; `None` if it is the base's.
    pub span: Option<Span>,
}

/// A health check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// The probe; `None` for `HEALTHCHECK NONE`.
    pub probe: Option<CommandLine>,
    /// Its times.
    pub timing: Timing,
    /// The instruction it is from.
    pub span: Span,
}

impl StageConfig {
    /// What is started: ENTRYPOINT and CMD together.
    pub fn argv(&self) -> Option<Vec<String>> {
        let (entrypoint, cmd) = (self.entrypoint.as_ref()?, self.cmd.as_ref()?);
        Some(entrypoint.argv.iter().chain(&cmd.argv).cloned().collect())
    }

    /// The value of an environment variable, if it is set.
    pub fn env(&self, name: &str) -> Option<&Expansion> {
        self.env.iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// The value of a label, if it is set.
    pub fn label(&self, name: &str) -> Option<&Expansion> {
        self.labels.iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }
}

impl Stages<'_, '_> {
    /// The configuration of the stage at an index; `images` returns the known configuration of a base image.
    ///
    /// `None` if there is no such stage.
    pub fn config(
        &self,
        stage: usize,
        images: &dyn Fn(&ImageReference) -> Option<ImageConfig>,
    ) -> Option<StageConfig> {
        // The stages it stands on, from the image up. A stage can only stand on earlier ones.
        let mut chain = vec![stage];
        let mut base = &self.stages.get(stage)?.base;
        while let Base::Stage(index) = base {
            chain.push(*index);
            base = &self.stages.get(*index)?.base;
        }
        let image = match base {
            Base::Scratch => Some(ImageConfig::default()),
            Base::Image(reference) => images(reference),
            Base::Stage(_) | Base::Unknown(_) => None,
        };
        let mut build = Build::new(self.file.escape, image);
        let mut triggers = &[][..];
        for index in chain.into_iter().rev() {
            let instructions = self.instructions(&self.stages[index]);
            build.stage(triggers, instructions, &self.globals);
            triggers = instructions;
        }
        Some(build.config)
    }
}

/// The search path that `BuildKit` gives an image that has none.
pub(super) const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// How many bytes the variables of one stage may come to; beyond it, nothing is known.
const LIMIT: usize = 16 * 1024 * 1024;

struct Build {
    config: StageConfig,
    escape: char,
    shell: Vec<String>,
    /// What words are expanded with: environment and build arguments, whichever was set last. A
    /// stage hands them on to those that begin with it.
    variables: Arguments,
    /// The names that build arguments of the stage took over.
    hidden: Vec<String>,
    /// Where each name stands in the environment and in the labels.
    env: HashMap<String, usize>,
    labels: HashMap<String, usize>,
    cmd_is_set: bool,
    room: usize,
}

impl Build {
    fn new(escape: char, image: Option<ImageConfig>) -> Self {
        let base = || Expansion::Unknown("the base image".to_owned());
        let complete = image.is_some();
        let line = |argv| CommandLine { argv, exec: true, span: None };
        let mut config = StageConfig {
            user: base(),
            workdir: base(),
            env: Vec::new(),
            labels: Vec::new(),
            ports: Vec::new(),
            volumes: Vec::new(),
            entrypoint: None,
            cmd: None,
            healthcheck: None,
            stop_signal: None,
            complete,
        };
        let mut env = Vec::new();
        if let Some(image) = image {
            config.user = Expansion::Known(image.user);
            let workdir = if image.workdir.is_empty() { "/".to_owned() } else { image.workdir };
            config.workdir = Expansion::Known(workdir);
            config.entrypoint = Some(line(image.entrypoint));
            config.cmd = Some(line(image.cmd));
            if !image.env.iter().any(|(name, _)| name == "PATH") {
                env.push(("PATH".to_owned(), DEFAULT_PATH.to_owned()));
            }
            env.extend(image.env);
        }
        let mut build = Self {
            config,
            escape,
            shell: vec!["/bin/sh".to_owned(), "-c".to_owned()],
            variables: Arguments::default(),
            hidden: Vec::new(),
            env: HashMap::new(),
            labels: HashMap::new(),
            cmd_is_set: false,
            room: LIMIT,
        };
        for (name, value) in env {
            let value = Expansion::Known(value);
            build.variables.declare(name.clone(), Some(value.clone()), None);
            set(&mut build.config.env, &mut build.env, name, value);
        }
        build
    }

    /// Adds a stage; `before` are the instructions of the stage it begins with, whose ONBUILD
    /// triggers run first.
    fn stage(&mut self, before: &[Instruction<'_>], own: &[Instruction<'_>], globals: &Arguments) {
        // A stage begins with the environment of its base, which wins over build arguments there.
        for name in std::mem::take(&mut self.hidden) {
            if let Some(&at) = self.env.get(&name) {
                let value = self.config.env[at].1.clone();
                self.variables.declare(name, Some(value), None);
            }
        }
        self.cmd_is_set = false;
        let triggers = before.iter().filter_map(|instruction| instruction.trigger.as_deref());
        for instruction in triggers.chain(own).filter(|instruction| instruction.valid) {
            self.instruction(instruction, globals);
        }
    }

    fn instruction(&mut self, instruction: &Instruction<'_>, globals: &Arguments) {
        match instruction.keyword {
            Keyword::Arg => self.argument(instruction, globals),
            Keyword::Env => {
                for (name, value) in self.pairs(&instruction.pairs) {
                    self.variables.declare(name.clone(), Some(value.clone()), None);
                    set(&mut self.config.env, &mut self.env, name, value);
                }
            }
            Keyword::Label => {
                for (name, value) in self.pairs(&instruction.pairs) {
                    set(&mut self.config.labels, &mut self.labels, name, value);
                }
            }
            Keyword::User => self.config.user = self.text(instruction),
            Keyword::Stopsignal => self.config.stop_signal = Some(self.text(instruction)),
            Keyword::Workdir => self.workdir(instruction),
            Keyword::Expose => {
                for word in &instruction.arguments {
                    let ports = expand::expand_words(&word.value, self.escape, &|name| self.variable(name));
                    self.config.ports.extend(ports.unwrap_or_default());
                }
            }
            Keyword::Volume => {
                for word in &instruction.arguments {
                    let path = self.expand(word);
                    self.config.volumes.push(path);
                }
            }
            Keyword::Entrypoint => {
                self.config.entrypoint = self.command(instruction);
                if !self.cmd_is_set {
                    self.config.cmd = Some(CommandLine::default());
                }
            }
            Keyword::Cmd => {
                self.config.cmd = self.command(instruction);
                self.cmd_is_set = true;
            }
            Keyword::Shell => {
                self.shell = instruction.arguments.iter().map(|word| word.value.to_string()).collect();
            }
            Keyword::Healthcheck => self.health(instruction),
            _ => {}
        }
    }

    fn variable(&self, name: &str) -> Variable<'_> {
        match self.variables.lookup(name) {
            Some(variable) => variable,
            // An unknown base may set any name.
            None if !self.config.complete => Variable::Unknown,
            None => Variable::Unset,
        }
    }

    fn expand(&mut self, word: &Word<'_>) -> Expansion {
        let value = expand::expand(&word.value, self.escape, &|name| self.variable(name));
        let value = value.unwrap_or_else(|error| Expansion::Unknown(error.to_string()));
        if let Expansion::Known(text) = &value {
            let grown = text.len().saturating_sub(word.value.len());
            match self.room.checked_sub(grown) {
                Some(room) => self.room = room,
                None => return Expansion::Unknown("more than 16 MiB of variables".to_owned()),
            }
        }
        value
    }

    fn text(&mut self, instruction: &Instruction<'_>) -> Expansion {
        match instruction.as_text() {
            Some(word) => self.expand(word),
            None => Expansion::Known(String::new()),
        }
    }

    /// Names and values, all of them as the variables were before the instruction.
    fn pairs(&mut self, pairs: &[Pair<'_>]) -> Vec<(String, Expansion)> {
        let mut values = Vec::with_capacity(pairs.len());
        for pair in pairs {
            let Expansion::Known(name) = self.expand(&pair.name) else { continue };
            let value = pair.value.as_ref().map_or(Expansion::Known(String::new()), |word| self.expand(word));
            values.push((name, value));
        }
        values
    }

    /// ARG: a default sees the arguments before it, those of its own line included, and names are
    /// taken as they are written.
    fn argument(&mut self, instruction: &Instruction<'_>, globals: &Arguments) {
        for pair in &instruction.pairs {
            let name = pair.name.value.to_string();
            if self.env.contains_key(&name) {
                self.hidden.push(name.clone());
            }
            match &pair.value {
                Some(word) => {
                    let value = self.expand(word);
                    self.variables.declare(name, Some(value), None);
                }
                None => self.variables.inherit(&name, globals),
            }
        }
    }

    fn workdir(&mut self, instruction: &Instruction<'_>) {
        let path = self.text(instruction);
        self.config.workdir = match (path, &self.config.workdir) {
            // An absolute path stays as it is written.
            (Expansion::Known(path), _) if path.starts_with('/') => Expansion::Known(path),
            (Expansion::Known(path), before) if path.is_empty() => before.clone(),
            (Expansion::Known(path), Expansion::Known(before)) => {
                let path = clean(&format!("{before}/{path}"));
                if path.len() > LONGEST {
                    Expansion::Unknown(format!("longer than {LONGEST} bytes, which no path is"))
                } else {
                    Expansion::Known(path)
                }
            }
            (unknown @ Expansion::Unknown(_), _) => unknown,
            (_, unknown) => unknown.clone(),
        };
    }

    fn command(&self, instruction: &Instruction<'_>) -> Option<CommandLine> {
        let command = instruction.as_command()?;
        let argv = command.argv(&self.shell);
        Some(CommandLine { argv, exec: command.is_exec(), span: Some(instruction.span.clone()) })
    }

    fn health(&mut self, instruction: &Instruction<'_>) {
        let span = instruction.span.clone();
        let Some(check) = instruction.as_healthcheck() else { return };
        self.config.healthcheck = Some(match check {
            Healthcheck::None => Health { probe: None, timing: Timing::default(), span },
            Healthcheck::Command { command, timing } => {
                let argv = command.argv(&self.shell);
                let probe = CommandLine { argv, exec: command.is_exec(), span: Some(span.clone()) };
                Health { probe: Some(probe), timing, span }
            }
        });
    }
}

/// Sets a name, in its old place if it was set before.
fn set(
    list: &mut Vec<(String, Expansion)>,
    index: &mut HashMap<String, usize>,
    name: String,
    value: Expansion,
) {
    if let Some(&at) = index.get(&name) {
        list[at].1 = value;
    } else {
        index.insert(name.clone(), list.len());
        list.push((name, value));
    }
}

/// An absolute path without `.`, `..` and double slashes, as Go's `path.Join` leaves it.
pub(super) fn clean(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}
