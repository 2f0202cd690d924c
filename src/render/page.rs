//! What every Dockerfile says, whatever the kind of service: the values that templates print.

use super::escape::{env_value, exec, quoted, shell_word};
use crate::fleet::kind::{Kind, Native};
use crate::fleet::model::{CopiedSource, Health, Probe, Service, Timing};
use crate::fleet::{Fleet, model};
use crate::image::ImageReference;
use crate::lock::Lock;
use crate::path::{AbsolutePath, RelativePath};

/// Where the static probe lies in an image.
pub(super) const PROBE: &str = "/usr/bin/healthcheck";

/// Where the virtual environment lies, in the builder and in the image.
pub(super) const VENV_PYTHON: &str = "/opt/venv/bin/python3";

/// A service as its template sees it.
pub(super) struct Page<'a> {
    pub fleet: &'a Fleet,
    pub service: &'a Service,
    pub pins: Option<&'a Lock>,
}

/// A label or an environment variable: its name, and its value in quotes.
pub(super) struct Pair {
    pub name: String,
    pub value: String,
}

impl<'a> Page<'a> {
    pub(super) fn build(&self) -> String {
        self.pinned(&self.service.base.build)
    }

    pub(super) fn run(&self) -> String {
        self.pinned(&self.service.base.run)
    }

    /// An image as FROM names it: with its digest where it is pinned.
    fn pinned(&self, image: &ImageReference) -> String {
        self.pins.and_then(|lock| lock.pinned(image)).unwrap_or_else(|| image.clone()).to_string()
    }

    pub(super) fn user(&self) -> &str {
        self.fleet.user.as_str()
    }

    pub(super) fn uid(&self) -> &str {
        self.user().split(':').next().unwrap_or_default()
    }

    pub(super) fn gid(&self) -> &str {
        self.user().split(':').nth(1).unwrap_or_default()
    }

    /// The directories that the image has to own, in one line of a shell.
    pub(super) fn directories(&self) -> Vec<&'a AbsolutePath> {
        self.service.owned_directories()
    }

    /// The Debian packages that hold the programs.
    pub(super) fn program_packages(&self) -> Vec<&str> {
        self.service.programs.iter().flat_map(|programs| &programs.packages).map(AsRef::as_ref).collect()
    }

    /// The programs and directories that the closure script takes.
    pub(super) fn program_paths(&self) -> Vec<String> {
        let paths = self.service.programs.iter().flat_map(|programs| &programs.paths);
        // The script itself, not the shell before it, reads the pattern of what is left out.
        paths.map(|path| if path.is_left_out() { format!("'{path}'") } else { path.to_string() }).collect()
    }

    /// Whether the health check is done by the static probe.
    pub(super) fn wants_probe(&self) -> bool {
        wants_probe(self.service)
    }

    /// Whether programs come along with their shared libraries.
    pub(super) fn has_programs(&self) -> bool {
        self.service.programs.is_some()
    }

    /// Whether the runtime image is looked at while others are built.
    pub(super) fn wants_runtime(&self) -> bool {
        self.has_programs() || self.wants_libraries()
    }

    /// Whether what pip compiles is linked against libraries that the runtime image may lack.
    pub(super) fn wants_libraries(&self) -> bool {
        wants_libraries(self.service)
    }

    /// What the programs are called, for a comment: their packages, or else their image.
    pub(super) fn program_names(&self) -> String {
        let packages = self.program_packages();
        if !packages.is_empty() {
            return packages.join(" and ");
        }
        format!("Programs of {}", self.service.base.build.without_digest())
    }

    /// The user whom the build image ends as, if it is not root.
    pub(super) fn build_user(&self) -> Option<&str> {
        self.service.base.build_user.as_deref()
    }

    /// The directory that a native program is started in.
    pub(super) fn native_workdir(&self) -> &str {
        match &self.service.kind {
            Kind::Native(Native { workdir: Some(directory), .. }) => directory.as_str(),
            _ => "/",
        }
    }

    /// The Debian package with the compiler of the run image's Java.
    pub(super) fn jdk_package(&self) -> String {
        let version = self.service.base.interpreter.as_ref().and_then(|java| java.version.as_deref());
        version.map_or_else(
            || "default-jdk-headless".to_owned(),
            |version| format!("openjdk-{version}-jdk-headless"),
        )
    }

    /// The image whose `install` makes the directories.
    pub(super) fn directories_builder(&self) -> String {
        self.probe_builder()
    }

    /// What the Dockerfile takes from the build context, sorted.
    pub(super) fn context_paths(&self) -> Vec<String> {
        let mut paths: Vec<String> = sources(self.service).map(str::to_owned).collect();
        if wants_shared_files(self.service) {
            paths.push("dockwright".to_owned());
        }
        paths.sort();
        paths.dedup();
        paths
    }

    /// The image that the static probe is compiled on.
    pub(super) fn probe_builder(&self) -> String {
        self.pinned(self.fleet.probe_builder(self.service))
    }

    /// The sources below /app: the code layer.
    pub(super) fn code(&self) -> Vec<&'a CopiedSource> {
        self.service.sources.iter().filter(|source| is_code(source)).collect()
    }

    /// The sources that go elsewhere: configuration files.
    pub(super) fn configuration(&self) -> Vec<&'a CopiedSource> {
        self.service.sources.iter().filter(|source| !is_code(source)).collect()
    }

    pub(super) fn env(&self) -> Vec<Pair> {
        let own = self.service.env.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let kind: &[(&str, &str)] = match self.service.kind {
            // The root file system is read-only, so there is nowhere to write byte code to.
            Kind::Python(_) => &[("PYTHONDONTWRITEBYTECODE", "1"), ("PYTHONUNBUFFERED", "1")],
            _ => &[],
        };
        let kind =
            kind.iter().copied().filter(|(name, _)| !self.service.env.keys().any(|k| k.as_str() == *name));
        let mut all: Vec<_> = own
            .chain(kind)
            .map(|(name, value)| Pair { name: name.to_owned(), value: env_value(value) })
            .collect();
        all.sort_by(|a, b| a.name.cmp(&b.name));
        all
    }

    /// The labels that do not change from build to build.
    pub(super) fn labels(&self) -> Vec<Pair> {
        let base = self.service.base.run.without_digest().to_string();
        let fixed = [
            ("org.opencontainers.image.title", Some(self.service.name.as_str())),
            ("org.opencontainers.image.source", self.fleet.source.as_ref().map(AsRef::as_ref)),
            ("org.opencontainers.image.base.name", Some(base.as_str())),
            ("org.opencontainers.image.licenses", self.fleet.licenses.as_ref().map(AsRef::as_ref)),
        ];
        let own = self.service.labels.iter().map(|(key, value)| (key.as_str(), Some(value.as_str())));
        fixed
            .into_iter()
            .chain(own)
            .filter_map(|(name, value)| Some(Pair { name: name.to_owned(), value: quoted(value?) }))
            .collect()
    }

    /// The options of HEALTHCHECK.
    pub(super) fn timing(&self) -> String {
        let Health::Check {
            timing: Timing { interval, timeout, start_period, start_interval, retries }, ..
        } = &self.service.health
        else {
            return String::new();
        };
        let start_interval = start_interval.map(|t| format!(" --start-interval={t}")).unwrap_or_default();
        format!(
            "--interval={interval} --timeout={timeout} --start-period={start_period}{start_interval} --retries={retries}"
        )
    }

    /// The reason why there is no health check.
    pub(super) fn unhealthy_reason(&self) -> Option<&str> {
        match &self.service.health {
            Health::None(reason) => Some(reason.as_str()),
            Health::Check { .. } => None,
        }
    }

    /// The command of HEALTHCHECK in exec form.
    pub(super) fn health_command(&self) -> String {
        exec(&health_command(self.service))
    }

    pub(super) fn entrypoint(&self) -> String {
        exec(&entrypoint(self.service))
    }

    pub(super) fn requirements(&self) -> Vec<&'a str> {
        match &self.service.kind {
            Kind::Python(python) => python.requirements.iter().map(RelativePath::as_str).collect(),
            _ => Vec::new(),
        }
    }

    /// Whether pip installs anything.
    pub(super) fn has_dependencies(&self) -> bool {
        match &self.service.kind {
            Kind::Python(python) => !python.requirements.is_empty() || !python.packages.is_empty(),
            _ => false,
        }
    }

    pub(super) fn pip_packages(&self) -> Vec<String> {
        match &self.service.kind {
            Kind::Python(python) => {
                python.packages.iter().map(|package| shell_word(package.as_str())).collect()
            }
            _ => Vec::new(),
        }
    }
}

/// Whether a source goes below /app, and so belongs to the code layer.
fn is_code(source: &CopiedSource) -> bool {
    source.to.as_str().strip_prefix("/app").is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether the static probe looks after the service, because its image has no interpreter that
/// could, or comes along for the images that stand on it.
pub(super) fn wants_probe(service: &Service) -> bool {
    let probed = matches!(&service.health, Health::Check { probe, .. } if !matches!(probe, Probe::Exec(_)));
    match &service.kind {
        Kind::Python(_) | Kind::Node(_) => false,
        Kind::Bare(_) => true,
        Kind::Java(java) => probed || java.main.is_none(),
        Kind::Native(_) => probed,
    }
}

/// Whether the Dockerfile takes files that are shared.
pub(super) fn wants_shared_files(service: &Service) -> bool {
    wants_probe(service) || service.programs.is_some() || wants_libraries(service)
}

/// The development packages whose libraries are in every image with Python: the C library, and what the
/// modules of its standard library are linked against.
const OF_PYTHON: [&str; 11] = [
    "libbz2-dev",
    "libc6-dev",
    "libexpat1-dev",
    "libffi-dev",
    "liblzma-dev",
    "libpython3-dev",
    "libsqlite3-dev",
    "libssl-dev",
    "python3-dev",
    "uuid-dev",
    "zlib1g-dev",
];

/// Whether packages of Python are compiled for the service, against libraries that do not come with Python.
fn wants_libraries(service: &Service) -> bool {
    let Kind::Python(python) = &service.kind else { return false };
    let mut packages = python.build_packages.iter().map(AsRef::as_ref);
    packages.any(|package| package.ends_with("-dev") && !OF_PYTHON.contains(&package))
}

/// What a service takes from the sources: paths below the root of the tree.
pub fn sources(service: &Service) -> impl Iterator<Item = &str> {
    let requirements: &[_] = match &service.kind {
        Kind::Python(python) => &python.requirements,
        _ => &[],
    };
    let directory = match &service.kind {
        Kind::Node(node) => Some(node.directory.as_str()),
        _ => None,
    };
    let copied = service.sources.iter().map(|source| source.from.as_str());
    copied.chain(requirements.iter().map(RelativePath::as_str)).chain(directory)
}

/// The argv that a container of the service starts.
pub fn entrypoint(service: &Service) -> Vec<String> {
    let words = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>();
    match &service.kind {
        Kind::Python(python) => {
            let mut argv = words(&[VENV_PYTHON]);
            if let (Some(app), Some(port)) = (&python.app, service.ports.first()) {
                argv.extend(words(&[
                    "-m",
                    "uvicorn",
                    app.as_str(),
                    "--host",
                    "0.0.0.0",
                    "--port",
                    &port.to_string(),
                ]));
            } else if let Some(module) = &python.module {
                argv.extend(words(&["-m", module.as_str()]));
            } else if let Some(command) = &python.command {
                argv.extend(command.iter().map(ToString::to_string));
            }
            argv
        }
        Kind::Java(java) => {
            let mut argv = words(&["/usr/bin/java"]);
            argv.extend(java.options.iter().map(ToString::to_string));
            argv.extend(if java.main.is_some() {
                words(&["-jar", "/app/app.jar"])
            } else {
                words(&["-version"])
            });
            argv
        }
        Kind::Node(node) => words(&["/nodejs/bin/node", &format!("/app/{}", node.server)]),
        Kind::Native(native) => native.command.iter().map(ToString::to_string).collect(),
        Kind::Bare(_) => words(&[PROBE, "--version"]),
    }
}

/// The argv of the health check; empty if there is none.
///
/// It asks the loopback interface by number, because `localhost` may be `::1` first, and gives up a
/// second before the engine does, so that it can say why. Its exit code is 0 or 1, never 2, which
/// the Dockerfile reference reserves.
pub fn health_command(service: &Service) -> Vec<String> {
    let Health::Check { probe, timing } = &service.health else { return Vec::new() };
    let seconds = timing.timeout.seconds() - 1;
    let interpreter = service.base.interpreter.as_ref().map_or("", |interpreter| interpreter.path.as_str());
    let argv = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
    match (probe, &service.kind) {
        (Probe::Exec(command), _) => command.iter().map(ToString::to_string).collect(),
        (Probe::Http { port, path }, Kind::Python(_)) => argv(&[
            interpreter,
            "-IS",
            "-c",
            &format!(
                "import http.client as h; c = h.HTTPConnection('127.0.0.1', {port}, timeout={seconds}); \
             c.request('GET', '{path}'); raise SystemExit(not 200 <= c.getresponse().status < 400)"
            ),
        ]),
        (Probe::Tcp { port }, Kind::Python(_)) => argv(&[
            interpreter,
            "-IS",
            "-c",
            &format!("import socket; socket.create_connection(('127.0.0.1', {port}), {seconds})"),
        ]),
        (Probe::Http { port, path }, Kind::Node(_)) => argv(&[
            interpreter,
            "-e",
            &format!(
                "fetch('http://127.0.0.1:{port}{path}', {{ redirect: 'manual', signal: AbortSignal.timeout({seconds}000) }})\
             .then(r => process.exit(r.status < 400 ? 0 : 1), () => process.exit(1))"
            ),
        ]),
        (Probe::Tcp { port }, Kind::Node(_)) => argv(&[
            interpreter,
            "-e",
            &format!(
                "require('net').connect({{ host: '127.0.0.1', port: {port}, timeout: {seconds}000 }})\
             .on('connect', () => process.exit(0)).on('timeout', () => process.exit(1)).on('error', () => process.exit(1))"
            ),
        ]),
        (Probe::Http { port, path }, _) => {
            argv(&[PROBE, "http", &port.to_string(), path.as_str(), &seconds.to_string()])
        }
        (Probe::Tcp { port }, _) => argv(&[PROBE, "tcp", &port.to_string(), &seconds.to_string()]),
        (Probe::Server { server, port }, _) => {
            argv(&[PROBE, server.word(), &port.to_string(), &seconds.to_string()])
        }
    }
}

impl model::Fleet {
    /// The image that the static probe is compiled on: the one of the base that the fleet names for
    /// it, or the service's own.
    pub(super) fn probe_builder<'a>(&'a self, service: &'a Service) -> &'a ImageReference {
        let named = self.probe_base.as_ref().and_then(|name| self.bases.get(name));
        named.map_or(&service.base.build, |base| &base.build)
    }
}
