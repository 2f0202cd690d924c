//! The command line: arguments in, calls into the library, a report out. One file a command.

mod bases;
mod build;
mod compose_files;
mod context;
mod descriptions;
mod generate;
mod git;
mod graph;
mod import;
mod init;
mod lock;
mod rebase;
mod reference;
mod show;
mod source;
mod status;

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::SystemTime;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::date::Date;
use crate::report::fleet_options::FleetOptions;
use crate::report::{Out, Screen};
use crate::{parallel, report};
use source::{Description, Fault};

/// Generates hardened, distroless Dockerfiles for a fleet of services.
#[derive(Debug, Parser)]
#[command(name = "dockwright", bin_name = "dockwright", version, max_term_width = 100, after_help = AFTER_HELP, propagate_version = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// How to begin, and the exit codes, which are the same for every command.
const AFTER_HELP: &str = "\
Examples:
  dockwright gen             write the files that services.toml describes
  dockwright gen --check     in CI: exit 1 if a file differs
  dockwright status          what is built, available and missing

Exit codes: 0 in sync, or no findings; 1 differences or findings; \
2 wrong usage, an invalid services.toml, or a file that cannot be read or written";

#[derive(Debug, Subcommand)]
enum Command {
    /// Generate the files of services.toml, or check that they are in sync
    Gen(generate::Gen),
    /// Detect the services of a source tree, and write or extend services.toml
    Init(init::Init),
    /// Convert Dockerfiles to entries of services.toml
    Import(import::ImportCommand),
    /// Pin the images of services.toml to digests, in services.lock
    Lock(lock::LockCommand),
    /// Print the Dockerfile of a service
    Show(show::Show),
    /// Build the images of services with docker buildx
    Build(build::Build),
    /// Count the images that are built, available and missing, in total and by phase
    Status(status::StatusCommand),
    /// Draw the services and their dependencies
    Graph(graph::GraphCommand),
    /// Show known base images, their end of life, and where they are used
    Bases(bases::Bases),
    /// Move the fleet, or hand-written Dockerfiles, to other base images
    Rebase(rebase::Rebase),
    /// Print the JSON schema or the reference of services.toml
    Reference(reference::Reference),
    /// Print a completion script for a shell
    #[command(after_help = "\
Examples:
  dockwright completions bash > /etc/bash_completion.d/dockwright
  dockwright completions zsh > ~/.zfunc/_dockwright

Exit codes: 0; 2 wrong usage")]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// Where services.toml is.
#[derive(Debug, Clone, Args)]
struct FleetFile {
    /// The services.toml of the fleet
    #[arg(long, value_name = "FILE", default_value = DESCRIPTION)]
    fleet: PathBuf,
}

const DESCRIPTION: &str = "services.toml";

/// The options with which another command finds the fleet of a description, and an output directory that a run was given.
fn fleet_options(description: &Path, out: Option<&Path>) -> FleetOptions {
    FleetOptions::new((description != Path::new(DESCRIPTION)).then_some(description), out)
}

impl FleetFile {
    /// The description, for commands that also work without one: `None` if `--fleet` is not given and there is no default file.
    fn load_if_any(&self) -> Result<Option<Description>, Fault> {
        if self.fleet.as_os_str() == DESCRIPTION && !self.fleet.exists() {
            let nested = descriptions::nested(&self.fleet);
            if !nested.is_empty() {
                let hint = format!("{} take no part: name one with --fleet", source::listed(&nested));
                // There is nowhere left to say that standard error is closed.
                let _ = report::hint_line(&mut stderr(), &hint);
            }
            return Ok(None);
        }
        Description::load_begun(&self.fleet).map(Some)
    }
}

/// The day for which ends of life are evaluated.
#[derive(Debug, Args)]
struct Today {
    /// The day, instead of today
    #[arg(long, value_name = "YYYY-MM-DD", hide = true)]
    today: Option<Date>,
}

impl Today {
    fn get(&self) -> Date {
        self.today.unwrap_or_else(Self::of_the_clock)
    }

    /// The day by the clock of this machine, in UTC.
    fn of_the_clock() -> Date {
        let seconds = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
        Date::from_unix_days(u32::try_from(seconds / 86_400).unwrap_or(u32::MAX))
    }
}

/// The output format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For programs
    Json,
    /// Annotations of a GitHub workflow
    Github,
    /// For the summary of a job or a pull request: a folded diff for each service
    Markdown,
}

/// The outcome of a command, which determines the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// In sync, or no findings: exit code 0.
    Clean,
    /// Differences or findings: exit code 1.
    Differences,
    /// Interrupted: exit code 130.
    Interrupted,
}

/// The number of a phase.
fn phase(text: &str) -> Result<u8, String> {
    text.parse().map_err(|_| "a phase is a number, such as 1".to_owned())
}

/// The arguments of the program; wrong ones end it.
pub fn parse() -> Cli {
    <Cli as clap::Parser>::try_parse().unwrap_or_else(|error| long_for_short(error).exit())
}

/// An error that names the long option that a word with one hyphen means: `-check`.
fn long_for_short(mut error: clap::Error) -> clap::Error {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if let Some((word, long)) = meant_as_long(&error, &words) {
        error.remove(ContextKind::Suggested);
        error.insert(ContextKind::InvalidArg, ContextValue::String(word));
        error.insert(ContextKind::SuggestedArg, ContextValue::String(long));
    }
    error
}

fn meant_as_long(error: &clap::Error, words: &[String]) -> Option<(String, String)> {
    let Some(ContextValue::String(short)) = error.get(ContextKind::InvalidArg) else { return None };
    let is_it =
        |word: &&String| word.starts_with(short.as_str()) && word.len() > 2 && !word.starts_with("--");
    let word = words.iter().find(is_it).filter(|_| error.kind() == ErrorKind::UnknownArgument)?;
    let cli = <Cli as clap::CommandFactory>::command();
    let command = words.iter().find_map(|word| cli.find_subcommand(word))?;
    let name = word.trim_start_matches('-').split('=').next()?;
    command
        .get_arguments()
        .any(|argument| argument.get_long() == Some(name))
        .then(|| (word.clone(), format!("--{name}")))
}

/// Runs a command. Results go to standard output, everything else to standard error.
pub fn run(cli: Cli) -> ExitCode {
    parallel::take_part();
    // What people look at goes through the filter, also where they look at it later; documents only on a terminal.
    let is_watched = io::stdout().is_terminal() || is_coloured(&io::stdout());
    let mut out = Screen::new(anstream::AutoStream::auto(io::stdout().lock()));
    if !is_watched {
        out = out.with_documents(Box::new(io::stdout().lock()));
    }
    let result = match cli.command {
        Command::Gen(command) => command.run(&mut out),
        Command::Init(command) => command.run(&mut out),
        Command::Import(command) => command.run(&mut out),
        Command::Lock(command) => command.run(&mut out),
        Command::Show(command) => command.run(&mut out),
        Command::Build(command) => command.run(&mut out),
        Command::Status(command) => command.run(&mut out),
        Command::Graph(command) => command.run(&mut out),
        Command::Bases(command) => command.run(&mut out),
        Command::Rebase(command) => command.run(&mut out),
        Command::Reference(command) => command.run(&mut out),
        Command::Completions { shell } => completions(shell, &mut out),
    };
    match result.and_then(|outcome| Ok(out.flush().map(|()| outcome)?)) {
        Ok(Outcome::Clean) => ExitCode::SUCCESS,
        Ok(Outcome::Differences) => ExitCode::from(1),
        Ok(Outcome::Interrupted) => ExitCode::from(130),
        // Whoever reads our output has seen enough.
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            report_error(&error);
            ExitCode::from(2)
        }
    }
}

/// Standard error, for messages.
fn stderr() -> Screen<anstream::AutoStream<io::StderrLock<'static>>> {
    Screen::new(anstream::AutoStream::auto(io::stderr().lock()))
}

/// Whether to print colours: on a terminal, unless the environment decides otherwise.
fn is_coloured(stream: &impl anstream::stream::RawStream) -> bool {
    anstream::AutoStream::choice(stream) != anstream::ColorChoice::Never
}

fn completions(shell: clap_complete::Shell, out: &mut dyn Out) -> anyhow::Result<Outcome> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut <Cli as clap::CommandFactory>::command(), "dockwright", &mut script);
    out.document().write_all(&script)?;
    Ok(Outcome::Clean)
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    /// `ERROR_PIPE_NOT_CONNECTED`, for which the standard library has no kind.
    const NOT_CONNECTED: i32 = 233;
    error.downcast_ref::<io::Error>().is_some_and(|error| {
        error.kind() == io::ErrorKind::BrokenPipe
            || (cfg!(windows) && error.raw_os_error() == Some(NOT_CONNECTED))
    })
}

fn report_error(error: &anyhow::Error) {
    let mut err = stderr();
    let shown = match error.downcast_ref::<Fault>() {
        Some(fault) => fault.show(&mut err),
        None => report::error_line(&mut err, &format!("{error:#}"), None),
    };
    // There is nowhere left to say that standard error is closed.
    drop(shown);
}

/// Whether changed words are marked in colour.
fn is_coloured_terminal() -> bool {
    io::stdout().is_terminal() && is_coloured(&io::stdout())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    /// clap breaks a longer line once more, and leaves a word alone on a line of its own.
    #[test]
    fn no_line_of_help_is_broken_twice() {
        for command in super::Cli::command().get_subcommands() {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            for line in help.lines() {
                assert!(line.len() <= 100, "{}: {line}", command.get_name());
            }
        }
    }
}
