//! The fleet as everything behind the reader sees it: checked, with every default filled in.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::at::At;
use super::description::{NetworkTable, Programs, SecretsAs, Status, Tmp, Tools};
use super::quantities::{Cpus, Memory, Time};
use super::words::{
    EnvName, GrpcService, LabelKey, Line, Name, Platform, Port, Publish, Registry, UrlPath, User,
};
use crate::bases::{CLibrary, Catalogue, Interpreter};
use crate::diagnostic::Span;
use crate::image::ImageReference;
use crate::kinds::Kind;
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
    /// The base whose build image makes what all images share.
    pub probe_base: Option<Name>,
    /// Where the sources are, seen from the output directory.
    pub tree: String,
    /// The directory that generated files go to.
    pub output: DirectoryPath,
    /// Whether compose.yaml is one of the files.
    pub compose: bool,
    /// The days after which a pin of services.lock is called old.
    pub lock_age: u32,
    /// The names of the phases, phase 1 first.
    pub phases: Vec<Line>,
    /// Images recorded as built that are none of the fleet's.
    pub also_built: Vec<ImageReference>,
    /// What is known of images: the built-in facts, and those of the description.
    pub catalogue: Cow<'static, Catalogue>,
    /// Images whose programs builds run.
    pub tools: Tools,
    /// The bases, by name.
    pub bases: BTreeMap<Name, At<Base>>,
    /// The networks, by name.
    pub networks: BTreeMap<Name, NetworkTable>,
    /// The services, in the order of the description.
    pub services: Vec<Service>,
}

impl Fleet {
    /// The services whose images a base names, in the order of the description.
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

    /// The services whose images this one builds on or runs on.
    pub fn stands_on(&self, service: &Service) -> Vec<&Service> {
        service.stands_on(&self.foundations(), self).into_iter().map(|(_, other)| other).collect()
    }

    /// The images that builds take from elsewhere: those of the bases that no service makes, sorted.
    pub fn base_images(&self) -> BTreeSet<&ImageReference> {
        let made =
            |image: &ImageReference| self.services.iter().any(|service| service.is_made_as(image, self));
        let all = self.bases.values().flat_map(|base| [&base.value.build, &base.value.run]);
        let uses_uv = self.services.iter().any(|service| service.kind.program().needs(service).uv);
        let tools = uses_uv.then_some(&self.tools.uv);
        all.filter(|image| !made(image)).chain(tools).collect()
    }

    /// The image on which what does not depend on the kind is made for a service: directories, the static probe, the
    /// closure of libraries. The base that the fleet names for it, or the service's own build image; where that is the
    /// image of a tool, the base of native programs.
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

/// What a service builds on and runs on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Base {
    /// The image of the builder stages.
    pub build: ImageReference,
    /// The image of the final stage.
    pub run: ImageReference,
    /// The interpreter of the run image, if it is known to have one.
    pub interpreter: Option<Interpreter>,
    /// The interpreter of the build image, if it is known to have one.
    pub build_interpreter: Option<Interpreter>,
    /// The C library of the run image, if it is known.
    pub libc: Option<CLibrary>,
    /// Whether the build image is known to be of the run image's release, so that its packages fit.
    pub same_release: bool,
    /// The user whom the build image is known to end as, if it is not root.
    pub build_user: Option<String>,
}

/// A service, with every default filled in.
#[derive(Debug)]
pub struct Service {
    /// Its name.
    pub name: At<Name>,
    /// The phase of the plan, counted from 1.
    pub phase: u8,
    /// What the status document records.
    pub status: Status,
    /// The image that is built: name and tag.
    pub image: ImageReference,
    /// The directory that relative paths of its kind start at, in the build context.
    pub directory: DirectoryPath,
    /// The path of the Dockerfile, below the output directory.
    pub dockerfile: At<RelativePath>,
    /// The name of its base.
    pub base_name: Name,
    /// Its base.
    pub base: Base,
    /// The kind of program, and what only that kind has to say.
    pub kind: Kind,
    /// What is copied from the build context.
    pub sources: Vec<CopiedSource>,
    /// Programs with their shared libraries.
    pub programs: Option<Programs>,
    /// The ports that the program listens on.
    pub ports: Vec<Port>,
    /// The ports that the host publishes.
    pub publish: Vec<At<Publish>>,
    /// How the engine finds out whether it works.
    pub health: Health,
    /// Environment variables that the image sets.
    pub env: BTreeMap<EnvName, Line>,
    /// Environment variables that are given at the start.
    pub settings: Vec<EnvName>,
    /// Secrets that are given at the start.
    pub secrets: Vec<EnvName>,
    /// Secrets that are mounted at a path of the program's own.
    pub secret_files: BTreeMap<EnvName, AbsolutePath>,
    /// How Compose gives the secrets.
    pub secrets_as: SecretsAs,
    /// Directories that may be lost.
    pub writable: Vec<At<AbsolutePath>>,
    /// Directories that are kept.
    pub volumes: Vec<At<AbsolutePath>>,
    /// Whether the image is a base for others, and runs no service.
    pub image_only: bool,
    /// The directory /tmp.
    pub tmp: Option<Tmp>,
    /// The memory it may use.
    pub memory: Option<Memory>,
    /// The processors it may use.
    pub cpus: Option<Cpus>,
    /// The processes it may have.
    pub pids: Option<u32>,
    /// The networks it joins.
    pub networks: Vec<At<Name>>,
    /// The services that come first.
    pub depends_on: Vec<At<Name>>,
    /// More labels of the image.
    pub labels: BTreeMap<LabelKey, Line>,
}

impl Service {
    /// Every directory that the image has to own for the user: writable ones and volumes, sorted.
    pub fn owned_directories(&self) -> Vec<&AbsolutePath> {
        let mut all: Vec<_> = self.writable.iter().chain(&self.volumes).map(|at| &at.value).collect();
        all.sort();
        all
    }

    /// Those of the fleet's [foundations](Fleet::foundations) that this one builds on or runs on.
    /// Each comes with the image as the base names it.
    pub fn stands_on<'a>(&self, foundations: &[&'a Self], fleet: &Fleet) -> Vec<(String, &'a Self)> {
        let others = foundations.iter().copied().filter(|other| other.name.value != self.name.value);
        let named = |other: &'a Self| {
            let images = [&self.base.build, &self.base.run];
            let image = images.into_iter().find(|image| other.is_made_as(image, fleet))?;
            Some((image.to_string(), other))
        };
        others.filter_map(named).collect()
    }

    /// Whether an image reference means the image that this service makes.
    pub fn is_made_as(&self, image: &ImageReference, fleet: &Fleet) -> bool {
        self.image == *image
            || (image.registry().is_some()
                && format!("{}/{}", fleet.registry, self.image) == image.to_string())
    }

    /// The name of the volume for a directory: `redis-data`.
    pub fn volume_name(&self, directory: &AbsolutePath) -> String {
        let directory = directory.as_str().trim_start_matches('/').replace('/', "-");
        let plain = |c: char| if c.is_ascii_alphanumeric() || "_.-".contains(c) { c } else { '_' };
        let directory: String = directory.chars().map(plain).collect();
        format!("{}-{directory}", self.name.value)
    }
}

/// A file or directory of the build context, and where it goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopiedSource {
    /// The path in the build context; `.` for all of it.
    pub from: DirectoryPath,
    /// The path in the image.
    pub to: AbsolutePath,
    /// The bytes of the description that name it.
    pub span: Span,
}

impl CopiedSource {
    /// The destination of its COPY. A file goes into /app, the working directory, under its own name, and of a
    /// directory its content does.
    pub fn destination(&self) -> String {
        if self.to.as_str() == "/app" { "/app/".to_owned() } else { self.to.to_string() }
    }
}

/// How the engine finds out whether a service works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    /// There is nothing to look at, and why.
    None(Line),
    /// A probe, and how often it runs.
    Check {
        /// What is looked at.
        probe: Probe,
        /// How often, and how long.
        timing: Timing,
    },
}

/// What a health check looks at. The address is always the loopback interface, by number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Probe {
    /// An HTTP request; a status from 200 to 399 is healthy.
    Http {
        /// The port.
        port: Port,
        /// The request path.
        path: UrlPath,
    },
    /// A connection.
    Tcp {
        /// The port.
        port: Port,
    },
    /// A question in the server's own language, which a stopped one does not answer.
    Server {
        /// The server.
        server: Server,
        /// The port.
        port: Port,
    },
    /// The standard health check of gRPC.
    Grpc {
        /// The port.
        port: Port,
        /// The service that is asked for; the server as a whole if there is none.
        service: Option<GrpcService>,
    },
    /// A command of the image: an absolute program and its arguments.
    Exec(Vec<Line>),
}

/// A server whose language the static probe speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Server {
    /// Redis: `PING`.
    Redis,
    /// `MongoDB`: `hello`.
    Mongodb,
    /// Any server that speaks TLS: the start of a handshake.
    Tls,
}

impl Server {
    /// As descriptions and the probe call it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Redis => "redis",
            Self::Mongodb => "mongodb",
            Self::Tls => "tls",
        }
    }
}

/// How often a health check runs, and how long it may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// The time between two checks.
    pub interval: Time,
    /// The time after which a check counts as failed.
    pub timeout: Time,
    /// The time that the program is given to come up.
    pub start_period: Time,
    /// The time between two checks while it comes up, if it differs from `interval`.
    pub start_interval: Option<Time>,
    /// The failures in a row that make it unhealthy.
    pub retries: u32,
}
