//! Typed views of instructions: their values, with the words that hold them.
//!
//! Values are as written, with quotes and variables; [`Stages`](super::Stages) has them expanded.
//! A view of an instruction that is wrong is `None` where what it needs is missing.

use std::borrow::Cow;
use std::time::Duration;

use super::instruction::{Form, Heredoc, Instruction, Pair, Word};
use super::keyword::Keyword;
use super::{duration, heredoc};
use crate::diagnostic::Span;

/// `FROM [--platform=…] image [AS name]`
#[derive(Debug, Clone, Copy)]
pub struct From<'i, 'a> {
    /// The image or the stage to begin with.
    pub image: &'i Word<'a>,
    /// The platform to take it for.
    pub platform: Option<&'i Word<'a>>,
    /// The name of the stage.
    pub name: Option<&'i Word<'a>>,
}

/// `COPY` or `ADD`
#[derive(Debug, Clone)]
pub struct Copy<'i, 'a> {
    /// The stage, image or named context to copy from.
    pub from: Option<&'i Word<'a>>,
    /// The owner of the copies.
    pub chown: Option<&'i Word<'a>>,
    /// The mode of the copies.
    pub chmod: Option<&'i Word<'a>>,
    /// Whether `--link` is given and not `false`.
    pub link: bool,
    /// Whether `--parents` is given and not `false`.
    pub parents: bool,
    /// The patterns that are left out.
    pub exclude: Vec<&'i Word<'a>>,
    /// The paths to copy; here-documents are apart.
    pub sources: Vec<&'i Word<'a>>,
    /// The files whose content stands in the Dockerfile.
    pub heredocs: &'i [Heredoc<'a>],
    /// Where to copy to.
    pub destination: &'i Word<'a>,
}

/// A command line in shell or exec form.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Command<'i, 'a> {
    /// What the shell of the stage is given; `None` if nothing is written.
    Shell(Option<&'i Word<'a>>),
    /// The arguments as they are.
    Exec(&'i [Word<'a>]),
}

/// `RUN`
#[derive(Debug, Clone)]
pub struct Run<'i, 'a> {
    /// The mounts.
    pub mounts: Vec<Mount<'i, 'a>>,
    /// `default`, `none` or `host`.
    pub network: Option<&'i Word<'a>>,
    /// What is run.
    pub command: Command<'i, 'a>,
    /// The here-documents: scripts, or input of the command.
    pub heredocs: &'i [Heredoc<'a>],
}

/// `--mount=type=…,from=…`
#[derive(Debug, Clone, Copy)]
pub struct Mount<'i, 'a> {
    /// The whole flag.
    pub span: &'i Span,
    /// Its options as written, in order.
    pub options: &'i [Pair<'a>],
}

/// `HEALTHCHECK`
#[derive(Debug, Clone, PartialEq)]
pub enum Healthcheck<'i, 'a> {
    /// `HEALTHCHECK NONE`: that of the base is switched off.
    None,
    /// `HEALTHCHECK [flags] CMD command`
    Command {
        /// The probe.
        command: Command<'i, 'a>,
        /// The times that are given.
        timing: Timing,
    },
}

/// The flags of a health check; what is not given is the engine's default.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Timing {
    /// Between two probes.
    pub interval: Option<Duration>,
    /// Until a probe has failed.
    pub timeout: Option<Duration>,
    /// In which failures do not count.
    pub start_period: Option<Duration>,
    /// Between two probes in the start period.
    pub start_interval: Option<Duration>,
    /// How many failures in a row make the container unhealthy.
    pub retries: Option<u32>,
}

/// Whether a word is `AS` in any case; the long s folds into the short one.
pub(super) fn is_as(word: &str) -> bool {
    word.eq_ignore_ascii_case("as") || matches!(word, "aſ" | "Aſ")
}

impl<'a> Instruction<'a> {
    /// The view of a FROM.
    pub fn as_from(&self) -> Option<From<'_, 'a>> {
        let name = match &self.arguments[..] {
            [_, word, name] if is_as(&word.value) => Some(name),
            _ => None,
        };
        let image = self.arguments.first().filter(|_| self.keyword == Keyword::From)?;
        Some(From { image, platform: self.flag_value("platform"), name })
    }

    /// The view of a COPY or ADD.
    pub fn as_copy(&self) -> Option<Copy<'_, 'a>> {
        let (destination, sources) = match self.keyword {
            Keyword::Copy | Keyword::Add => self.arguments.split_last()?,
            _ => return None,
        };
        let is_path = |word: &&Word<'_>| !heredoc::is_operator(&word.value);
        let values = |name: &'static str| {
            let flags = self.flags.iter().filter(move |flag| flag.name.value == name);
            flags.filter_map(|flag| flag.value.as_ref()).collect()
        };
        Some(Copy {
            from: self.flag_value("from").filter(|from| !from.value.is_empty()),
            chown: self.flag_value("chown"),
            chmod: self.flag_value("chmod"),
            link: self.switch("link"),
            parents: self.switch("parents"),
            exclude: values("exclude"),
            sources: sources.iter().filter(is_path).collect(),
            heredocs: &self.heredocs,
            destination,
        })
    }

    /// The view of a RUN.
    pub fn as_run(&self) -> Option<Run<'_, 'a>> {
        (self.keyword == Keyword::Run).then(|| Run {
            mounts: self.mounts().collect(),
            network: self.flag_value("network"),
            command: self.command(&self.arguments),
            heredocs: &self.heredocs,
        })
    }

    /// The mounts of a RUN.
    pub fn mounts(&self) -> impl Iterator<Item = Mount<'_, 'a>> {
        let flags = self.flags.iter().filter(|flag| flag.name.value == "mount");
        flags.map(|flag| Mount { span: &flag.span, options: &flag.options })
    }

    /// The command of RUN, CMD, ENTRYPOINT or SHELL.
    pub fn as_command(&self) -> Option<Command<'_, 'a>> {
        let takes =
            matches!(self.keyword, Keyword::Run | Keyword::Cmd | Keyword::Entrypoint | Keyword::Shell);
        takes.then(|| self.command(&self.arguments))
    }

    /// The view of a HEALTHCHECK.
    pub fn as_healthcheck(&self) -> Option<Healthcheck<'_, 'a>> {
        let (kind, rest) = self.arguments.split_first().filter(|_| self.keyword == Keyword::Healthcheck)?;
        if kind.value.eq_ignore_ascii_case("none") {
            return Some(Healthcheck::None);
        }
        // Zero, or nothing behind the equals sign, is the default (`parseOptInterval`).
        let time = |name| {
            let value = duration::parse(&self.flag_value(name)?.value)?;
            Some(value).filter(|value| !value.is_zero())
        };
        let retries = self.flag_value("retries").and_then(|value| value.value.parse().ok());
        let timing = Timing {
            interval: time("interval"),
            timeout: time("timeout"),
            start_period: time("start-period"),
            start_interval: time("start-interval"),
            retries: retries.filter(|&retries| retries > 0),
        };
        Some(Healthcheck::Command { command: self.command(rest), timing })
    }

    /// The only argument of USER, WORKDIR, STOPSIGNAL or MAINTAINER.
    pub fn as_text(&self) -> Option<&Word<'a>> {
        let takes = matches!(
            self.keyword,
            Keyword::User | Keyword::Workdir | Keyword::Stopsignal | Keyword::Maintainer
        );
        self.arguments.first().filter(|_| takes)
    }

    fn command<'i>(&self, arguments: &'i [Word<'a>]) -> Command<'i, 'a> {
        match self.form {
            Form::Exec => Command::Exec(arguments),
            _ => Command::Shell(arguments.first()),
        }
    }

    fn switch(&self, name: &str) -> bool {
        self.flag(name).is_some_and(|flag| {
            flag.value.as_ref().is_none_or(|value| !value.value.eq_ignore_ascii_case("false"))
        })
    }
}

impl<'i, 'a> Mount<'i, 'a> {
    /// The value of an option, under any of its names.
    fn option(&self, names: &[&str]) -> Option<&'i Word<'a>> {
        let known = |pair: &&Pair<'_>| names.iter().any(|name| pair.name.value.eq_ignore_ascii_case(name));
        self.options.iter().rfind(known)?.value.as_ref()
    }

    /// `bind` (which it is if nothing is said), `cache`, `tmpfs`, `secret` or `ssh`.
    pub fn kind(&self) -> Cow<'i, str> {
        self.option(&["type"]).map_or(Cow::Borrowed("bind"), |word| word.value.to_ascii_lowercase().into())
    }

    /// The stage, image or named context whose files are mounted.
    pub fn from(&self) -> Option<&'i Word<'a>> {
        self.option(&["from"])
    }

    /// The path in what is mounted.
    pub fn source(&self) -> Option<&'i Word<'a>> {
        self.option(&["source", "src"])
    }

    /// The path it is mounted at.
    pub fn target(&self) -> Option<&'i Word<'a>> {
        self.option(&["target", "dst", "destination"])
    }

    /// The name of a cache or secret.
    pub fn id(&self) -> Option<&'i Word<'a>> {
        self.option(&["id"])
    }

    /// How builds share a cache.
    pub fn sharing(&self) -> Option<&'i Word<'a>> {
        self.option(&["sharing"])
    }
}

impl Command<'_, '_> {
    /// Whether it is in exec form.
    pub fn is_exec(&self) -> bool {
        matches!(self, Self::Exec(_))
    }

    /// The arguments of the process, with the shell in front that the shell form needs.
    pub fn argv(&self, shell: &[String]) -> Vec<String> {
        match self {
            Self::Exec(words) => words.iter().map(|word| word.value.to_string()).collect(),
            Self::Shell(line) => {
                let line = line.map_or_else(String::new, |word| word.value.to_string());
                shell.iter().cloned().chain([line]).collect()
            }
        }
    }
}
