//! `dockwright build`: the images of the fleet, by buildx bake.

mod window;

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use clap::{Args, ValueEnum};

use self::window::Window;
use super::context::Sources;
use super::lock::LockFile;
use super::source::{Description, Fault};
use super::{FleetFile, Outcome};
use crate::context::{self, Finding};
use crate::date::Date;
use crate::engine::bake::{self, Bake, Output};
use crate::engine::docker;
use crate::engine::job::{Built, Job, Target};
use crate::engine::process::{self, Ended, Interrupt};
use crate::engine::progress::Arrival;
use crate::file_path::{self, shown};
use crate::fleet::words::{Platform, Registry};
use crate::fleet::{Fleet, Service};
use crate::report::build as report_build;
use crate::sync::{self, Options};
use crate::{image, render, report};

/// Build the images of services with docker buildx.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
#[command(after_help = "\
Builds what `gen` wrote, all at once and in the order in which images need each other. Without
--push the images go to the engine, for its own platform; with --push they go to the registry, for
all platforms of the fleet, with a second tag that tells the time.

With --keep-going, a failure ends its service and those based on it, and no other: each service is a
call of its own, a few at once. A call that the engine could not take is repeated.

CACHE_FROM, CACHE_TO, REVISION, VERSION and SOURCE_DATE_EPOCH are taken from the environment; where
images go to is not.

Examples:
  dockwright build redis                      one service
  dockwright build --phase 1 --phase 2        two phases
  dockwright build --tree ~/src/lucid         sources in another tree
  dockwright build --push --builder farm      everything, on a builder of your own
  dockwright build --dry-run 'session-*'      what would be run

Sources, requirements files and entry points that are missing are reported together, before the
engine is asked.

Exit codes: 0 everything was built; 1 something was not, or the generated files are not in sync;
2 wrong usage or description, sources that are not there, or no engine; 130 interrupted")]
pub(super) struct Build {
    /// Names of services, or globs of names; all without
    #[arg(value_name = "SERVICE")]
    services: Vec<String>,
    /// Only services of this phase
    #[arg(long, value_name = "N")]
    phase: Vec<u8>,
    /// Push the images to the registry
    #[arg(long)]
    push: bool,
    /// Build for this platform; may be given more than once
    #[arg(long, value_name = "PLATFORM", value_delimiter = ',')]
    platform: Vec<Platform>,
    /// The builder, if it is not the current one
    #[arg(long, value_name = "NAME")]
    builder: Option<String>,
    /// Print the command and the images, and build nothing
    #[arg(long)]
    dry_run: bool,
    /// Build what can be built although something failed
    #[arg(long)]
    keep_going: bool,
    /// The build context; by default the directory of the description
    #[arg(long, value_name = "DIR")]
    tree: Option<PathBuf>,
    /// The second tag of each image; by default the time of a --push, such as 20261122-1200
    #[arg(long, value_name = "TAG", value_parser = tag)]
    stamp: Option<String>,
    /// The registry, if it is not the one that the description names
    #[arg(long, value_name = "HOST")]
    registry: Option<Registry>,
    /// What is recorded beside each image; by default all with --push, and nothing without
    #[arg(long, value_enum)]
    attest: Option<Attest>,
    /// Put the images into the engine; the default for one platform without --push
    #[arg(long, conflicts_with = "push")]
    load: bool,
    /// How the result is shown
    #[arg(long, value_enum, default_value = "text")]
    format: BuildFormat,
    #[command(flatten)]
    fleet: FleetFile,
    /// The output directory of `gen`, if it is not the one that the description names
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// How few and how many services are built at once to keep going; each call costs the client a process.
const FEWEST: usize = 2;
const MOST: usize = 8;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum BuildFormat {
    /// For people
    Text,
    /// For programs
    Json,
    /// For documents
    Markdown,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Attest {
    /// Nothing
    None,
    /// How it was built
    Provenance,
    /// How it was built, and what is in it (SBOM)
    All,
}

impl From<Attest> for bake::Attest {
    fn from(attest: Attest) -> Self {
        match attest {
            Attest::None => Self::Nothing,
            Attest::Provenance => Self::Provenance,
            Attest::All => Self::All,
        }
    }
}

fn tag(text: &str) -> Result<String, image::ImageReferenceError> {
    let image: image::ImageReference = "image".parse()?;
    image.with_tag(text).map(|_| text.to_owned())
}

impl Build {
    pub(super) fn run(&self, out: &mut dyn Write) -> anyhow::Result<Outcome> {
        let mut description = Description::load(&self.fleet.fleet)?;
        description.generate_in(self.out.as_deref());
        let services = description.select(&self.services, &self.phase)?;
        let directory = description.output(self.out.as_deref());
        if let Some(fault) =
            out_of_sync(&description, &services, &description.open_output(self.out.as_deref())?)?
        {
            fault.show(&mut super::stderr())?;
            return Ok(Outcome::Differences);
        }
        let bake = self.bake(&description, directory)?;
        warn_of_environment(&bake)?;
        warn_of_emulation(&services)?;
        let refused = self.look_for_sources(&description, &services, &bake.tree)?;
        if self.dry_run {
            let bake = Bake { targets: targets(&services), ..bake };
            writeln!(out, "{bake}")?;
            destinations(out, &description, &bake, &services)?;
            return Ok(Outcome::Clean);
        }
        let nodes = docker::find(self.builder.as_deref())
            .map_err(|error| Fault::plain(error.to_string(), Some(error.hint().to_owned())))?;
        let job = Job {
            bake,
            targets: description.fleet.services.iter().map(|service| target(&description, service)).collect(),
            asked_for: targets(&services),
            refused,
            arrival: self.arrival(&description, nodes),
            keep_going: self.keep_going,
            at_once: std::thread::available_parallelism().map_or(FEWEST, usize::from).clamp(FEWEST, MOST),
            first_wait: Duration::from_secs(1),
        };
        let result = self.follow(out, &job, &description, &services)?;
        match self.format {
            BuildFormat::Text => report_build::summary(out, &result, self.keep_going)?,
            BuildFormat::Json => report_build::json(out, &result)?,
            BuildFormat::Markdown => report_build::markdown(out, &result)?,
        }
        Ok(match result.ended {
            Ended::Interrupted => Outcome::Interrupted,
            Ended::Succeeded if result.missing.is_empty() => Outcome::Clean,
            Ended::Succeeded | Ended::Failed => Outcome::Differences,
        })
    }

    /// What services need of the build context and is not there, which ends the build before it begins; to keep
    /// going, the services, each with the cause, that are not to be asked for.
    fn look_for_sources(
        &self,
        description: &Description,
        services: &[&Service],
        tree: &Path,
    ) -> anyhow::Result<Vec<(String, String)>> {
        let Description { path, text, fleet } = description;
        let found = context::missing(fleet, &with_foundations(fleet, services), &Sources::in_directory(tree));
        report::findings(&mut super::stderr(), path, text, &found)?;
        let certain: Vec<_> = found.into_iter().filter(|finding| finding.is_certain).collect();
        if !self.keep_going && !certain.is_empty() {
            let mistakes = report::counted(certain.len(), "mistake");
            let message = format!("{mistakes} in {}; nothing was built", shown(path));
            let hint = "`--keep-going` builds the services that lack nothing".to_owned();
            return Err(Fault::plain(message, Some(hint)).into());
        }
        let refused = certain.into_iter().flat_map(|Finding { diagnostic, services, .. }| {
            services.into_iter().map(move |service| (service, diagnostic.message.clone()))
        });
        Ok(refused.collect())
    }

    /// Builds, and shows how it goes: where the result is for people, or else beside it.
    fn follow(
        &self,
        out: &mut dyn Write,
        job: &Job,
        description: &Description,
        services: &[&Service],
    ) -> anyhow::Result<Built> {
        let mut err = super::stderr();
        let is_text = self.format == BuildFormat::Text;
        let out = if is_text { out } else { &mut err };
        if self.push {
            writeln!(out, "pushing to {}:", job.bake.registry)?;
            destinations(out, description, &job.bake, services)?;
        }
        let interrupt = Interrupt::watch()?;
        let mut window = Window::new(out, is_text);
        Ok(job.run(&|bake, take| process::follow(&mut bake.command(), &interrupt, take), &mut window)?)
    }

    /// The call, without its targets.
    fn bake(&self, description: &Description, directory: PathBuf) -> Result<Bake, Fault> {
        let beside = description.path.parent().filter(|path| !path.as_os_str().is_empty());
        let tree = self.tree.as_deref().or(beside).unwrap_or(Path::new("."));
        let tree = file_path::real(tree).map_err(|error| {
            Fault::plain(
                format!(
                    "cannot find the build context `{}`: {}",
                    shown(tree),
                    crate::diagnostic::cause(&error)
                ),
                Some("name the directory of the sources with --tree".to_owned()),
            )
        })?;
        let platforms = self.platforms(description);
        let single = platforms.len() == 1;
        let output = match (self.push, self.load || single) {
            (true, _) => Output::Push,
            (false, true) => Output::Load,
            (false, false) => Output::Builder,
        };
        let attest = self.attest.map(bake::Attest::from);
        Ok(Bake {
            directory,
            tree,
            builder: self.builder.clone(),
            platforms,
            output,
            attest: attest.unwrap_or(if self.push { bake::Attest::All } else { bake::Attest::Nothing }),
            stamp: self.stamp.clone().or_else(|| self.push.then(now_as_tag)),
            registry: self.registry.as_ref().unwrap_or(&description.fleet.registry).to_string(),
            passed: bake::PASSED
                .into_iter()
                .filter_map(|name| Some((name, std::env::var_os(name)?)))
                .collect(),
            targets: Vec::new(),
        })
    }

    fn arrival(&self, description: &Description, nodes: usize) -> Arrival {
        let platforms =
            if self.platform.is_empty() { description.fleet.platforms.len() } else { self.platform.len() };
        match self.push {
            false => Arrival::Exported,
            true if nodes > 1 && platforms > 1 => Arrival::Merged,
            true => Arrival::Pushed,
        }
    }

    /// The platforms asked for; without --push the machine's own, if the fleet has it. None stands
    /// for the fleet's.
    fn platforms(&self, description: &Description) -> Vec<String> {
        if !self.platform.is_empty() || self.push {
            return self.platform.iter().map(ToString::to_string).collect();
        }
        let architecture = match std::env::consts::ARCH {
            "x86_64" => "amd64",
            "aarch64" => "arm64",
            other => other,
        };
        let own = format!("linux/{architecture}");
        let known = description.fleet.platforms.iter().map(Platform::as_str);
        known.filter(|platform| **platform == own).map(str::to_owned).collect()
    }
}

/// The time, as a tag that sorts: `20261122-1200`.
fn now_as_tag() -> String {
    let seconds = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |time| time.as_secs());
    let date = Date::from_unix_days(u32::try_from(seconds / 86_400).unwrap_or_default());
    let minutes = seconds % 86_400 / 60;
    format!("{}-{:02}{:02}", date.to_string().replace('-', ""), minutes / 60, minutes % 60)
}

/// What is wrong if the files that a build uses are not what the description says.
fn out_of_sync(
    description: &Description,
    services: &[&Service],
    output: &sync::Output,
) -> anyhow::Result<Option<Fault>> {
    let fleet = &description.fleet;
    let used = with_foundations(fleet, services);
    let pins = LockFile::load(description)?;
    let mut wanted = render::files(fleet, &used, pins.lock.as_ref(), true, &description.name())?;
    wanted.retain(|file| file.path.as_str() != render::COMPOSE);
    let found = sync::read(output, &wanted, Options::default()).map_err(Fault::Files)?;
    let plan = sync::plan(wanted, found, Options::default());
    let different: BTreeSet<_> = plan.differences().map(|file| file.path.as_str()).collect();
    let Some(first) = different.first() else { return Ok(None) };
    let rest = match different.len() - 1 {
        0 => String::new(),
        rest => format!(" and {rest} more"),
    };
    let message = format!("not in sync with the description: {first}{rest}");
    Ok(Some(Fault::plain(
        message,
        Some("`dockwright gen` writes what is to be built, `gen --diff` shows it".to_owned()),
    )))
}

/// The services, and those whose images they are based on.
fn with_foundations<'a>(fleet: &'a Fleet, services: &[&'a Service]) -> Vec<&'a Service> {
    let mut all = services.to_vec();
    let mut next = 0;
    while let Some(service) = all.get(next) {
        next += 1;
        let below = fleet.stands_on(service).into_iter();
        let new: Vec<_> =
            below.filter(|other| all.iter().all(|it| it.name.value != other.name.value)).collect();
        all.extend(new);
    }
    all
}

/// Says which variables of the environment would have changed the build, were it not for this program.
fn warn_of_environment(bake: &Bake) -> io::Result<()> {
    let mut err = super::stderr();
    let variables = bake.variables();
    for (name, option) in bake::OWN {
        let own = variables.iter().find(|(variable, _)| *variable == name).map(|(_, value)| value);
        if let Some(value) = std::env::var_os(name)
            && Some(&value) != own
        {
            let value = value.to_string_lossy();
            report::warning_line(&mut err, &format!("{name}={value} of the environment is not used"))?;
            report::hint_line(&mut err, &format!("{option} is the option for it"))?;
        }
    }
    Ok(())
}

/// Says what runs on the target platform, and so is emulated where the builder is of another architecture.
fn warn_of_emulation(services: &[&Service]) -> io::Result<()> {
    let mut err = super::stderr();
    for service in services {
        let emulated = service.kind.program().needs(service).emulated;
        if !emulated.is_empty() {
            let message = format!(
                "`{}` compiles {} on the target platform, which a builder of another architecture emulates",
                service.name.value,
                emulated.join(", ")
            );
            report::warning_line(&mut err, &message)?;
        }
    }
    Ok(())
}

/// Where each image goes to: the same for a build and for one that is only shown.
fn destinations(
    out: &mut dyn Write,
    description: &Description,
    bake: &Bake,
    services: &[&Service],
) -> io::Result<()> {
    let registry = &bake.registry;
    let platforms = if bake.platforms.is_empty() {
        description.fleet.platforms.iter().map(ToString::to_string).collect()
    } else {
        bake.platforms.clone()
    };
    let width = services.iter().map(|service| service.name.as_str().len()).max().unwrap_or_default();
    for service in services {
        let stamp = bake.stamp.as_ref().map_or_else(String::new, |stamp| format!(", :{stamp}"));
        let name = service.name.as_str();
        writeln!(out, "{name:<width$}  {registry}/{}{stamp} for {}", service.image, platforms.join(", "))?;
    }
    Ok(())
}

fn targets(services: &[&Service]) -> Vec<String> {
    services.iter().map(|service| service.name.to_string()).collect()
}

fn target(description: &Description, service: &Service) -> Target {
    let below = description.fleet.stands_on(service);
    Target {
        name: service.name.to_string(),
        dockerfile: service.dockerfile.to_string(),
        stands_on: below.iter().map(|other| other.name.to_string()).collect(),
    }
}
