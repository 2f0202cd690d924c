//! `dockwright build`: the images of the fleet, by buildx bake.

mod checks;
mod window;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use clap::{Args, ValueEnum};

use self::window::Window;
use super::source::{Description, Fault};
use super::{FleetFile, Out, Outcome};
use crate::date::Date;
use crate::engine::bake::{self, Bake, Output};
use crate::engine::docker;
use crate::engine::job::{Built, Job, Target};
use crate::engine::process::{self, Ended, Interrupt};
use crate::engine::progress::Arrival;
use crate::file_path::{self, shown};
use crate::fleet::Service;
use crate::fleet::words::{Platform, Registry};
use crate::image;
use crate::report::build as report_build;

/// Build the images of services with docker buildx.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
#[command(after_help = "\
Builds the files that `gen` wrote, in one call and in the order of their dependencies. By default
the images go to the engine, for this machine's platform; with --push they go to the registry, for
all platforms of the fleet, with the time as a second tag.

With --keep-going, a failure only stops its service and those based on it: each service is a
separate call, a few in parallel. Calls that fail because of the engine are repeated, with fewer
services at once.

CACHE_FROM, CACHE_TO, REVISION, VERSION and SOURCE_DATE_EPOCH are read from the environment; the
destination of images is not.

Examples:
  dockwright build redis                      one service
  dockwright build --phase 1 --phase 2        two phases
  dockwright build --tree ~/src/lucid         sources in another tree
  dockwright build --push --builder farm      everything, with another builder
  dockwright build --dry-run 'session-*'      print the command

Missing sources, requirements files and entry points are reported together, before the build
starts.

Exit codes: 0 everything was built; 1 something failed, or the generated files are not in sync;
2 wrong usage, an invalid services.toml, missing sources, or no engine; 130 interrupted")]
pub(super) struct Build {
    /// Names of services, or globs; all if none is given
    #[arg(value_name = "SERVICE")]
    services: Vec<String>,
    /// Only services of this phase; can be repeated, and combined with names
    #[arg(long, value_name = "N", value_parser = super::phase)]
    phase: Vec<u8>,
    /// Push the images to the registry
    #[arg(long)]
    push: bool,
    /// Build for this platform; can be repeated
    #[arg(long, value_name = "PLATFORM", value_delimiter = ',')]
    platform: Vec<Platform>,
    /// The builder, instead of the current one
    #[arg(long, value_name = "NAME")]
    builder: Option<String>,
    /// Print the command and the destinations, and build nothing
    #[arg(long)]
    dry_run: bool,
    /// Build the other services after a failure
    #[arg(long)]
    keep_going: bool,
    /// The build context; by default the directory of services.toml
    #[arg(long, value_name = "DIR")]
    tree: Option<PathBuf>,
    /// The second tag of each image; with --push the time by default, such as 20261122-1200
    #[arg(long, value_name = "TAG", value_parser = tag)]
    stamp: Option<String>,
    /// The registry, instead of `registry` of services.toml
    #[arg(long, value_name = "HOST")]
    registry: Option<Registry>,
    /// Attestations of each image; by default `all` with --push, else `none`
    #[arg(long, value_enum)]
    attest: Option<Attest>,
    /// Load the images into the engine; the default for one platform without --push
    #[arg(long, conflicts_with = "push")]
    load: bool,
    /// The output format
    #[arg(long, value_enum, default_value = "text")]
    format: BuildFormat,
    #[command(flatten)]
    fleet: FleetFile,
    /// The output directory, instead of `output` of services.toml
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// How few and how many services are built at once to keep going, two for each processor: a build also waits for
/// downloads and disks. Each call costs the client a process.
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
    /// No attestations
    None,
    /// How the image was built
    Provenance,
    /// Provenance, and an SBOM
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
    pub(super) fn run(&self, out: &mut dyn Out) -> anyhow::Result<Outcome> {
        let mut description = Description::load(&self.fleet.fleet)?;
        description.generate_in(self.out.as_deref());
        let services = description.select(&self.services, &self.phase)?;
        checks::platforms(&services, &self.platform)?;
        let directory = description.output(self.out.as_deref());
        if let Some(fault) = checks::out_of_sync(&description, &services, self.out.as_deref())? {
            fault.show(&mut super::stderr())?;
            return Ok(Outcome::Differences);
        }
        let bake = self.bake(&description, directory)?;
        checks::warn_of_environment(&bake)?;
        checks::warn_of_emulation(&services)?;
        let refused = checks::missing_sources(&description, &services, &bake.tree, self.keep_going)?;
        let job = Job {
            bake,
            targets: description.fleet.services.iter().map(|service| target(&description, service)).collect(),
            asked_for: services.iter().map(|service| service.name.to_string()).collect(),
            refused,
            arrival: Arrival::Exported,
            keep_going: self.keep_going,
            at_once: std::thread::available_parallelism()
                .map_or(FEWEST, |count| 2 * count.get())
                .clamp(FEWEST, MOST),
            first_wait: Duration::from_secs(1),
        };
        if self.dry_run {
            return Ok(show(out, &job, &description, &services)?);
        }
        let nodes = docker::find(self.builder.as_deref())
            .map_err(|error| Fault::plain(error.to_string(), Some(error.hint().to_owned())))?;
        let job = Job { arrival: self.arrival(&description, nodes), ..job };
        let result = self.follow(out, &job, &description, &services)?;
        match self.format {
            BuildFormat::Text => report_build::summary(out, &result, self.keep_going)?,
            BuildFormat::Json => report_build::json(out.document(), &result)?,
            BuildFormat::Markdown => report_build::markdown(out, &result)?,
        }
        Ok(match result.ended {
            Ended::Interrupted => Outcome::Interrupted,
            Ended::Succeeded if result.missing.is_empty() => Outcome::Clean,
            Ended::Succeeded | Ended::Failed => Outcome::Differences,
        })
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
        let is_single = count(&platforms, description) == 1;
        let output = match (self.push, self.load || is_single) {
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
            afresh: Vec::new(),
        })
    }

    fn arrival(&self, description: &Description, nodes: usize) -> Arrival {
        match self.push {
            false => Arrival::Exported,
            true if nodes > 1 && count(&self.platform, description) > 1 => Arrival::Merged,
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

/// How many platforms are built for; none stands for the fleet's.
fn count<T>(platforms: &[T], description: &Description) -> usize {
    if platforms.is_empty() { description.fleet.platforms.len() } else { platforms.len() }
}

/// The time, as a tag that sorts: `20261122-1200`.
fn now_as_tag() -> String {
    let seconds = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |time| time.as_secs());
    let date = Date::from_unix_days(u32::try_from(seconds / 86_400).unwrap_or_default());
    let minutes = seconds % 86_400 / 60;
    format!("{}-{:02}{:02}", date.to_string().replace('-', ""), minutes / 60, minutes % 60)
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

/// The calls that a build would make if none failed, and where the images would go.
fn show(
    out: &mut dyn Write,
    job: &Job,
    description: &Description,
    services: &[&Service],
) -> io::Result<Outcome> {
    let calls = job.calls();
    for call in &calls {
        writeln!(out, "{call}")?;
    }
    let is_built = |service: &&&Service| {
        calls.iter().any(|call| call.targets.iter().any(|t| t == service.name.as_str()))
    };
    let built: Vec<&Service> = services.iter().filter(is_built).copied().collect();
    destinations(out, description, &job.bake, &built)?;
    Ok(if built.len() == services.len() { Outcome::Clean } else { Outcome::Differences })
}

fn target(description: &Description, service: &Service) -> Target {
    let below = description.fleet.stands_on(service);
    Target {
        name: service.name.to_string(),
        dockerfile: service.dockerfile.to_string(),
        stands_on: below.iter().map(|other| other.name.to_string()).collect(),
    }
}
