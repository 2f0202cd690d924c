//! What every Dockerfile says, whatever the kind of service: the values that templates print.

use super::escape::{env_value, exec, quoted};
use crate::fleet::Fleet;
use crate::fleet::model::{CopiedSource, Health, Service, Timing};
use crate::fleet::words::Line;
use crate::image::ImageReference;
use crate::kinds::{PROBE, Prober, START, health_command, started, wants_probe, wants_start, wants_statics};
use crate::lock::Lock;
use crate::outputs;
use crate::path::{AbsolutePath, RelativePath};

/// A service as its template sees it.
pub struct Page<'a> {
    pub fleet: &'a Fleet,
    pub service: &'a Service,
    pub pins: Option<&'a Lock>,
}

/// A static program of dockwright: the stage that compiles it, and where it goes.
pub(crate) struct Static {
    pub stage: &'static str,
    pub made: &'static str,
    pub path: &'static str,
    pub comment: &'static str,
}

/// A label or an environment variable: its name, and its value in quotes.
pub(crate) struct Pair {
    pub name: String,
    pub value: String,
}

impl<'a> Page<'a> {
    pub(crate) fn build(&self) -> String {
        self.pinned(&self.service.base.build)
    }

    pub(crate) fn run(&self) -> String {
        self.pinned(&self.service.base.run)
    }

    /// The id of a cache that packages may write to: their install scripts and build back ends run during a build.
    /// No other service reads it, of this fleet or of another on the same builder. Names have no slash.
    pub(crate) fn cache(&self, what: &str) -> String {
        format!("{}/{}/{what}", self.fleet.name, self.service.name.value)
    }

    /// The image that holds uv.
    pub(crate) fn uv(&self) -> String {
        self.pinned(&self.fleet.tools.uv)
    }

    /// The image that holds Caddy.
    pub(crate) fn caddy(&self) -> String {
        self.pinned(&self.fleet.tools.caddy)
    }

    /// An image as FROM names it: with its digest where it is pinned.
    fn pinned(&self, image: &ImageReference) -> String {
        self.pins.and_then(|lock| lock.pinned(image)).unwrap_or_else(|| image.clone()).to_string()
    }

    /// Where a path that the service's kind names is in the build context.
    pub(crate) fn path(&self, below: &RelativePath) -> RelativePath {
        self.service.directory.join(below)
    }

    /// Where a file of the service's directory is in the build context, by a name or a pattern.
    pub(crate) fn beside(&self, name: &str) -> String {
        let directory = &self.service.directory;
        if directory.is_root() { name.to_owned() } else { format!("{directory}/{name}") }
    }

    pub(crate) fn user(&self) -> &str {
        self.fleet.user.as_str()
    }

    pub(crate) fn uid(&self) -> &str {
        self.user().split(':').next().unwrap_or_default()
    }

    pub(crate) fn gid(&self) -> &str {
        self.user().split(':').nth(1).unwrap_or_default()
    }

    /// The directories that the image has to own, in one line of a shell.
    pub(crate) fn directories(&self) -> Vec<&'a AbsolutePath> {
        self.service.owned_directories()
    }

    /// The Debian packages that hold the programs.
    pub(crate) fn program_packages(&self) -> Vec<&str> {
        self.service.programs.iter().flat_map(|programs| &programs.packages).map(AsRef::as_ref).collect()
    }

    /// The programs and directories that the closure script takes.
    pub(crate) fn program_paths(&self) -> Vec<String> {
        let paths = self.service.programs.iter().flat_map(|programs| &programs.paths);
        // The script itself, not the shell before it, reads the pattern of what is left out.
        paths.map(|path| if path.is_left_out() { format!("'{path}'") } else { path.to_string() }).collect()
    }

    /// Whether the image takes a static program of dockwright.
    pub(crate) fn wants_statics(&self) -> bool {
        wants_statics(self.service)
    }

    /// The static programs of dockwright that the image takes.
    pub(crate) fn statics(&self) -> Vec<Static> {
        let probe =
            Static { stage: "probe", made: "/healthcheck", path: PROBE, comment: self.probe_reason() };
        let start = Static {
            stage: "start",
            made: "/start.elf",
            path: START,
            comment: "Entrypoint wrapper: expands environment variables in the arguments, then execs the program",
        };
        let probe = wants_probe(self.service).then_some(probe);
        probe.into_iter().chain(wants_start(self.service).then_some(start)).collect()
    }

    /// Why the static probe does the health check.
    fn probe_reason(&self) -> &'static str {
        match self.service.kind.program().prober(self.service) {
            Prober::Static => "Static health check: this image has no interpreter to run one",
            Prober::Python(_) | Prober::Node(_) => {
                "Static health check: the interpreter of this image has no client for the protocol"
            }
        }
    }

    /// Whether programs come along with their shared libraries.
    pub(crate) fn has_programs(&self) -> bool {
        self.service.programs.is_some()
    }

    /// What the programs are called, for a comment: their packages, or else their image.
    pub(crate) fn program_names(&self) -> String {
        let packages = self.program_packages();
        if !packages.is_empty() {
            return packages.join(" and ");
        }
        format!("Programs from {}", self.service.base.build.without_digest())
    }

    /// The image on which what does not depend on the kind is made: directories, the static probe, closures.
    pub(crate) fn helper(&self) -> String {
        self.pinned(&self.fleet.helper(self.service).build)
    }

    /// The image whose release the packages of `programs` are of: the run image's release, where that is known.
    pub(crate) fn package_source(&self) -> String {
        if self.service.base.same_release { self.build() } else { self.helper() }
    }

    /// What the Dockerfile takes from the build context, sorted.
    pub(crate) fn context_paths(&self) -> Vec<String> {
        let mut paths: Vec<String> = sources(self.service).collect();
        if wants_shared_files(self.service) {
            paths.push(outputs::SHARED.to_owned());
        }
        paths.sort_unstable();
        paths.dedup();
        paths
    }

    /// The sources below /app: the code layer.
    pub(crate) fn code(&self) -> Vec<&'a CopiedSource> {
        self.service.sources.iter().filter(|source| is_code(source)).collect()
    }

    /// The sources that the program is built from, each with where it goes in a builder: below /src, as those of other
    /// kinds go below /app in the image.
    pub(crate) fn built_sources(&self) -> Vec<(String, String)> {
        let code = self.code().into_iter();
        code.map(|source| {
            let to = source.to.as_str().strip_prefix("/app").unwrap_or_default();
            if to.is_empty() {
                let slash = if source.from.is_root() { "" } else { "/" };
                (format!("{}{slash}", source.from), "/src/".to_owned())
            } else {
                (source.from.to_string(), format!("/src{to}"))
            }
        })
        .collect()
    }

    /// The sources that go elsewhere: configuration files.
    pub(crate) fn configuration(&self) -> Vec<&'a CopiedSource> {
        self.service.sources.iter().filter(|source| !is_code(source)).collect()
    }

    pub(crate) fn env(&self) -> Vec<Pair> {
        let own = self.service.env.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let kind = self.service.kind.program().env(self.service);
        let kind = kind.iter().map(|(name, value)| (*name, value.as_str()));
        let kind = kind.filter(|(name, _)| !self.service.env.keys().any(|k| k.as_str() == *name));
        let mut all: Vec<_> = own
            .chain(kind)
            .map(|(name, value)| Pair { name: name.to_owned(), value: env_value(value) })
            .collect();
        all.sort_by(|a, b| a.name.cmp(&b.name));
        all
    }

    /// The labels that do not change from build to build.
    pub(crate) fn labels(&self) -> Vec<Pair> {
        let base = self.service.base.run.without_digest().to_string();
        let fixed = [
            ("org.opencontainers.image.title", Some(self.service.name.as_str())),
            ("org.opencontainers.image.source", self.fleet.source.as_ref().map(AsRef::as_ref)),
            ("org.opencontainers.image.base.name", Some(base.as_str())),
            ("org.opencontainers.image.licenses", self.fleet.licenses.as_ref().map(AsRef::as_ref)),
        ];
        let own = self.service.labels.iter().map(|(key, value)| (key.as_str(), Some(value.as_str())));
        let is_own = |name: &str| self.service.labels.keys().any(|key| key.as_str() == name);
        fixed
            .into_iter()
            .filter(|(name, _)| !is_own(name))
            .chain(own)
            .filter_map(|(name, value)| Some(Pair { name: name.to_owned(), value: quoted(value?) }))
            .collect()
    }

    /// The options of HEALTHCHECK.
    pub(crate) fn timing(&self) -> String {
        let Health::Check {
            timing: Timing { interval, timeout, start_period, start_interval, retries }, ..
        } = &self.service.health
        else {
            return String::new();
        };
        format!(
            "--interval={interval} --timeout={timeout} --start-period={start_period} --start-interval={start_interval} --retries={retries}"
        )
    }

    /// The reason why there is no health check.
    pub(crate) fn unhealthy_reason(&self) -> Option<&str> {
        match &self.service.health {
            Health::None(reason) => Some(reason.as_str()),
            Health::Check { .. } => None,
        }
    }

    /// Why the run image may have a shell.
    pub(crate) fn shell_reason(&self) -> Option<&str> {
        self.service.base.allow_shell.as_ref().map(Line::as_str)
    }

    /// The command of HEALTHCHECK in exec form.
    pub(crate) fn health_command(&self) -> String {
        exec(&health_command(self.service))
    }

    pub(crate) fn entrypoint(&self) -> String {
        exec(&entrypoint(self.service))
    }
}

/// Whether a source goes below /app, and so belongs to the code layer.
fn is_code(source: &CopiedSource) -> bool {
    source.to.as_str().strip_prefix("/app").is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether the Dockerfile takes files that are shared.
pub(super) fn wants_shared_files(service: &Service) -> bool {
    wants_statics(service) || service.programs.is_some() || service.kind.program().needs(service).shared_files
}

/// What a service takes from the sources: paths below the root of the tree, or `.` for all of it.
pub fn sources(service: &Service) -> impl Iterator<Item = String> {
    let copied = service.sources.iter().map(|source| source.from.to_string());
    let takes_all = service.sources.iter().any(|source| source.from == service.directory);
    let program = service.kind.program();
    let of_kind = if takes_all { Vec::new() } else { program.context(service) };
    let of_kind = of_kind.into_iter().map(|below| below.value);
    let optional = if takes_all { Vec::new() } else { program.needs(service).optional };
    let of_kind = of_kind.chain(optional).map(|below| service.directory.join(&below).to_string());
    let extra = service.extra.paths().into_iter().map(|path| path.to_string());
    copied.chain(of_kind).chain(extra)
}

/// The argv that a container of the service starts.
pub fn entrypoint(service: &Service) -> Vec<String> {
    started(service.kind.program().entrypoint(service))
}
