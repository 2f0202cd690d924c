//! The resolved fleet: checked, with all defaults, groups and inherited values filled in.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::at::At;
use super::description::{Extra, NetworkTable, Programs, SecretsAs, Tmp, Tools};
use super::quantities::{Cpus, Memory, Statuses, Time};
use super::words::{
    Argument, EnvName, GrpcService, HostName, LabelKey, Line, Name, Platform, Port, Publish, Registry,
    UrlPath, User,
};
use crate::bases::{CLibrary, Catalogue, Interpreter};
use crate::diagnostic::{Diagnostic, Span};
use crate::image::ImageReference;
use crate::kinds::{Kind, Needs};
use crate::path::{AbsolutePath, DirectoryPath, RelativePath};

/// The base of native programs.
pub(super) const NATIVE: &str = "native";

/// A fleet of services.
#[derive(Debug)]
pub struct Fleet {
    /// The name of the fleet.
    pub name: Name,
    /// The address of the source code.
    pub source: Option<Line>,
    /// The licence of the images.
    pub licenses: Option<Line>,
    /// The registry that images are pushed to.
    pub registry: Registry,
    /// The platforms that every image is built for.
    pub platforms: Vec<Platform>,
    /// The user that every image runs as.
    pub user: User,
    /// The base whose build image builds shared parts (the static probe, directories); by default that of each service.
    pub probe_base: Option<Name>,
    /// The path from the output directory to the sources, such as `..`.
    pub tree: String,
    /// The directory for generated files, relative to that of services.toml.
    pub output: DirectoryPath,
    /// Whether compose.yaml is generated.
    pub compose: bool,
    /// The age in days from which a pin in services.lock is reported as old.
    pub lock_age: u32,
    /// The names of the phases, phase 1 first.
    pub phases: Vec<Line>,
    /// Images recorded as built that do not belong to a service of the fleet.
    pub also_built: Vec<ImageReference>,
    /// The catalogue of base images: the built-in entries, and those of `[catalogue]`.
    pub catalogue: Cow<'static, Catalogue>,
    /// Images of the tools that builds use, such as uv.
    pub tools: Tools,
    /// The bases, by name.
    pub bases: BTreeMap<Name, At<Base>>,
    /// What may be wrong with their images, but may as well be newer than the catalogue.
    pub doubts: Vec<Diagnostic>,
    /// The networks, by name.
    pub networks: BTreeMap<Name, NetworkTable>,
    /// The services, in the order of services.toml.
    pub services: Vec<Service>,
}

impl Fleet {
    /// The services whose images are bases of others, in the order of services.toml.
    pub fn foundations(&self) -> Vec<&Service> {
        let images = self.bases.values().flat_map(|base| [&base.value.build, &base.value.run]);
        // A base may name the registry, which the image of a service never does.
        let own = format!("{}/", self.registry);
        let short = |image: &ImageReference| {
            let text = image.to_string();
            text.strip_prefix(&own).map(str::to_owned).unwrap_or(text)
        };
        let images: HashSet<String> = images.map(short).collect();
        self.services.iter().filter(|service| images.contains(&service.image.to_string())).collect()
    }

    /// The services whose images are the build or run image of this one.
    pub fn stands_on(&self, service: &Service) -> Vec<&Service> {
        service.stands_on(&self.foundations(), self).into_iter().map(|(_, other)| other).collect()
    }

    /// External base images: those that no service of the fleet builds, sorted.
    pub fn base_images(&self) -> BTreeSet<&ImageReference> {
        let made =
            |image: &ImageReference| self.services.iter().any(|service| service.is_made_as(image, self));
        let all = self.bases.values().flat_map(|base| [&base.value.build, &base.value.run]);
        let needs = |tool: fn(&Needs<'_>) -> bool| {
            self.services.iter().any(|service| tool(&service.kind.program().needs(service)))
        };
        let uv = needs(|needs| needs.uv).then_some(&self.tools.uv);
        let caddy = needs(|needs| needs.caddy).then_some(&self.tools.caddy);
        all.filter(|image| !made(image)).chain(uv).chain(caddy).collect()
    }

    /// The base whose build image builds the parts of a service that do not depend on its kind: directories, the static
    /// probe, the closure of libraries. That is `probe_base` of the fleet, or the service's own base; if its build image
    /// is that of a tool, the base of native programs.
    pub fn helper<'a>(&'a self, service: &'a Service) -> &'a Base {
        let of_a_tool = service.kind.program().takes().is_of_a_tool();
        let named = self.probe_base.as_ref().map(Name::as_str).or_else(|| of_a_tool.then_some(NATIVE));
        let named = named.and_then(|name| self.bases.iter().find(|(key, _)| key.as_str() == name));
        named.map_or(&service.base, |(_, base)| &base.value)
    }

    /// The service of that name.
    pub fn service(&self, name: &str) -> Option<&Service> {
        self.services.iter().find(|service| service.name.as_str() == name)
    }
}

/// The images of a base: one to build on, one to run on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Base {
    /// The image of the builder stages.
    pub build: ImageReference,
    /// The image of the final stage.
    pub run: ImageReference,
    /// The interpreter of the run image; `None` if it has none or is unknown.
    pub interpreter: Option<Interpreter>,
    /// The interpreter of the build image; `None` if it has none or is unknown.
    pub build_interpreter: Option<Interpreter>,
    /// The C library of the run image, if it is known.
    pub libc: Option<CLibrary>,
    /// Whether both images are known to have the same release, so that packages of one work on the other.
    pub same_release: bool,
    /// The user that the build image is known to run as, if it is not root.
    pub build_user: Option<String>,
    /// Why the run image may have a shell or a package manager.
    pub allow_shell: Option<Line>,
}

/// A service, with every default filled in.
#[derive(Debug)]
pub struct Service {
    /// Its name.
    pub name: At<Name>,
    /// The phase of the plan, counted from 1.
    pub phase: u8,
    /// Whether services.toml records the image as built and pushed.
    pub is_recorded_as_built: bool,
    /// The image that is built: name and tag.
    pub image: ImageReference,
    /// The directory of its sources in the build context, which relative paths of its kind start at.
    pub directory: DirectoryPath,
    /// The path of the Dockerfile, below the output directory.
    pub dockerfile: At<RelativePath>,
    /// The name of its base.
    pub base_name: Name,
    /// Its base.
    pub base: Base,
    /// The kind, with the keys that only this kind has.
    pub kind: Kind,
    /// The files and directories to copy from the build context.
    pub sources: Vec<CopiedSource>,
    /// Programs with their shared libraries.
    pub programs: Option<Programs>,
    /// The ports that the program listens on.
    pub ports: Vec<Port>,
    /// The ports that the host publishes.
    pub publish: Vec<At<Publish>>,
    /// The health check.
    pub health: Health,
    /// Environment variables that the image sets.
    pub env: BTreeMap<EnvName, Line>,
    /// Environment variables that Compose sets at run time.
    pub settings: Vec<EnvName>,
    /// Secrets that Compose passes at run time.
    pub secrets: Vec<EnvName>,
    /// Secrets that are mounted at a given path.
    pub secret_files: BTreeMap<EnvName, AbsolutePath>,
    /// Whether Compose passes secrets as files or as environment variables.
    pub secrets_as: SecretsAs,
    /// Writable directories whose data is lost with the container (tmpfs).
    pub writable: Vec<At<AbsolutePath>>,
    /// The size limit of each writable directory.
    pub writable_size: Option<Memory>,
    /// Writable directories whose data is kept (named volumes).
    pub volumes: Vec<At<AbsolutePath>>,
    /// Whether the image is only a base of other images.
    pub image_only: bool,
    /// The directory /tmp.
    pub tmp: Tmp,
    /// The memory limit.
    pub memory: Option<Memory>,
    /// The CPU limit.
    pub cpus: Option<Cpus>,
    /// The limit of processes.
    pub pids: Option<u32>,
    /// The networks it joins.
    pub networks: Vec<At<Name>>,
    /// Additional instructions of the Dockerfile.
    pub extra: Extra,
    /// Texts of the description that refer to environment variables.
    pub references: Vec<At<String>>,
    /// Commands that must end well before it starts.
    pub before: Vec<At<Vec<Argument>>>,
    /// The services that it waits for.
    pub depends_on: Vec<At<Name>>,
    /// Additional labels of the image.
    pub labels: BTreeMap<LabelKey, Line>,
}

impl Service {
    /// All directories that must be owned by the service's user: writable directories and volumes, sorted.
    pub fn owned_directories(&self) -> Vec<&AbsolutePath> {
        let mut all: Vec<_> = self.writable.iter().chain(&self.volumes).map(|at| &at.value).collect();
        all.sort_unstable();
        all
    }

    /// Those of the fleet's [foundations](Fleet::foundations) that are the build or run image of this service, each with
    /// the image reference in its base.
    pub fn stands_on<'a>(&self, foundations: &[&'a Self], fleet: &Fleet) -> Vec<(String, &'a Self)> {
        let others = foundations.iter().copied().filter(|other| other.name.value != self.name.value);
        let named = |other: &'a Self| {
            let images = [&self.base.build, &self.base.run];
            let image = images.into_iter().find(|image| other.is_made_as(image, fleet))?;
            Some((image.to_string(), other))
        };
        others.filter_map(named).collect()
    }

    /// Whether an image reference names the image of this service.
    pub fn is_made_as(&self, image: &ImageReference, fleet: &Fleet) -> bool {
        self.image == *image
            || (image.registry().is_some()
                && format!("{}/{}", fleet.registry, self.image) == image.to_string())
    }

    /// The names of its `before` commands in Compose: `api-before`, or `api-before-1` and so on.
    pub fn before_names(&self) -> Vec<String> {
        let name = &self.name.value;
        match self.before.len() {
            1 => vec![format!("{name}-before")],
            count => (1..=count).map(|number| format!("{name}-before-{number}")).collect(),
        }
    }

    /// The name of the volume for a directory: `redis-data`.
    pub fn volume_name(&self, directory: &AbsolutePath) -> String {
        let directory = directory.as_str().trim_start_matches('/').replace('/', "-");
        let plain = |c: char| if c.is_ascii_alphanumeric() || "_.-".contains(c) { c } else { '_' };
        let directory: String = directory.chars().map(plain).collect();
        format!("{}-{directory}", self.name.value)
    }
}

/// A file or directory of the build context, and its destination in the image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopiedSource {
    /// The path in the build context; `.` for all of it.
    pub from: DirectoryPath,
    /// The path in the image.
    pub to: AbsolutePath,
    /// Its position in services.toml, in bytes.
    pub span: Span,
}

impl CopiedSource {
    /// The destination of its COPY. In the working directory /app, a file keeps its name, and a directory is copied by
    /// its content.
    pub fn destination(&self) -> String {
        if self.to.as_str() == "/app" { "/app/".to_owned() } else { self.to.to_string() }
    }
}

/// How the engine checks the service's health.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    /// No health check, with the reason.
    None(Line),
    /// A probe and its timing.
    Check {
        /// The request or connection to make.
        probe: Probe,
        /// Intervals and timeout.
        timing: Timing,
        /// The bytes of the description that say what is looked at.
        span: Span,
    },
}

/// The request or connection of a health check. Ports are on the loopback interface: 127.0.0.1, or `::1` if nothing
/// listens there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Probe {
    /// An HTTP request.
    Http(Request),
    /// A connection.
    Tcp {
        /// The port.
        port: Port,
    },
    /// A connection to a Unix socket.
    Unix {
        /// The path of the socket.
        socket: AbsolutePath,
    },
    /// `PING` of Redis.
    Redis {
        /// The port.
        port: Port,
        /// The file with the password; without one, a reply that asks for a password is healthy too.
        password: Option<AbsolutePath>,
    },
    /// `hello` of `MongoDB`.
    Mongodb {
        /// The port.
        port: Port,
    },
    /// The standard health check of gRPC.
    Grpc {
        /// The port.
        port: Port,
        /// The service to check; `None` for the server as a whole.
        service: Option<GrpcService>,
        /// The `:authority` of the request.
        host: Option<HostName>,
    },
    /// The start of a TLS handshake.
    Tls {
        /// The port.
        port: Port,
        /// The server name (SNI).
        host: Option<HostName>,
    },
    /// A command of the image: an absolute program and its arguments.
    Exec(Vec<Line>),
}

/// An HTTP request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The port or socket.
    pub to: Listener,
    /// The request path.
    pub path: UrlPath,
    /// The healthy statuses; `None` for 200 to 399.
    pub status: Option<Statuses>,
    /// The `Host` header.
    pub host: Option<HostName>,
}

/// Where an HTTP server listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Listener {
    /// On a port.
    Port(Port),
    /// On a port, with TLS.
    Tls(Port),
    /// On a Unix socket.
    Socket(AbsolutePath),
}

impl Probe {
    /// The port of the probe.
    pub fn port(&self) -> Option<Port> {
        match self {
            Self::Http(Request { to: Listener::Port(port) | Listener::Tls(port), .. })
            | Self::Tcp { port }
            | Self::Redis { port, .. }
            | Self::Mongodb { port }
            | Self::Grpc { port, .. }
            | Self::Tls { port, .. } => Some(*port),
            Self::Http(Request { to: Listener::Socket(_), .. }) | Self::Unix { .. } | Self::Exec(_) => None,
        }
    }

    /// The Unix socket of the probe.
    pub fn socket(&self) -> Option<&AbsolutePath> {
        match self {
            Self::Http(Request { to: Listener::Socket(socket), .. }) | Self::Unix { socket } => Some(socket),
            _ => None,
        }
    }
}

/// The intervals and the timeout of a health check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// The time between two checks.
    pub interval: Time,
    /// The time after which a check counts as failed.
    pub timeout: Time,
    /// The time that the program is given to come up.
    pub start_period: Time,
    /// The time between two checks while it comes up.
    pub start_interval: Time,
    /// The failures in a row that make it unhealthy.
    pub retries: u32,
}
