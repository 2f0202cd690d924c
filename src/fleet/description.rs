//! What `services.toml` may say. The doc comments here are the reference: the JSON schema that
//! editors use and `docs/services.md` are generated from them.

use std::collections::BTreeMap;
use std::num::{NonZeroU8, NonZeroU16, NonZeroU32};

use schemars::JsonSchema;
use serde::Deserialize;

use super::at::At;
use super::quantities::{Cpus, Memory, Time};
use super::words::{
    DebianPackage, EnvName, GrpcService, ImagePattern, LabelKey, Line, Name, PathPattern, Platform, Port,
    Publish, Registry, Subnet, Tag, UrlPath, User,
};
use crate::bases::CatalogueEntry;
use crate::image::ImageReference;
use crate::path::{AbsolutePath, DirectoryPath, RelativePath};

/// The tables beside the services: what holds for the whole fleet.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FleetWide {
    /// What all services have in common.
    pub fleet: FleetTable,
    /// The base images, each named once; a service names a base, never an image. A base named like a built-in one
    /// takes its place: `go` is what Go services are based on unless they name another.
    #[serde(default)]
    pub bases: BTreeMap<Name, At<BaseTable>>,
    /// Images whose programs builds run; they never run on the target platform.
    #[serde(default)]
    pub tools: Tools,
    /// Facts about images that dockwright does not know, or knows otherwise.
    #[serde(default)]
    pub catalogue: BTreeMap<String, At<CatalogueEntry>>,
    /// The networks that services join.
    #[serde(default)]
    pub networks: BTreeMap<Name, NetworkTable>,
}

/// What all services have in common.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FleetTable {
    /// The name of the fleet, which Compose takes as its project name.
    #[schemars(example = &"lucid")]
    pub name: Name,
    /// The address of the source code, for the label `org.opencontainers.image.source`.
    #[schemars(example = &"https://github.com/HamiGames/Lucid")]
    pub source: Option<Line>,
    /// The licence of the images, for the label `org.opencontainers.image.licenses` (SPDX).
    #[schemars(example = &"MIT")]
    pub licenses: Option<Line>,
    /// The name of a service's image; `{name}` stands for the name of the service.
    #[schemars(example = &"pickme/lucid-{name}")]
    pub image: ImagePattern,
    /// The tag of every image, unless the service has its own.
    #[serde(default = "latest")]
    #[schemars(example = &"latest-arm64")]
    pub tag: Tag,
    /// The registry that images are pushed to.
    #[serde(default = "docker_hub")]
    #[schemars(example = &"docker.io")]
    pub registry: Registry,
    /// The platforms that every image is built for.
    #[serde(default = "both_platforms")]
    #[schemars(example = ["linux/arm64", "linux/amd64"])]
    pub platforms: Vec<Platform>,
    /// The user and group that every image runs as: numbers, because the names of a base mean nothing to a host.
    #[serde(default = "nonroot")]
    #[schemars(example = &"65532:65532")]
    pub user: User,
    /// The base whose build image makes what all images share: the static probe, and empty directories.
    #[schemars(example = &"native")]
    pub probe_base: Option<At<Name>>,
    /// The directory that generated files go to, relative to services.toml: `.` for its own, where
    /// each Dockerfile then lies among the sources.
    #[serde(default = "generated")]
    #[schemars(example = &"generated")]
    pub output: DirectoryPath,
    /// Whether `gen` writes compose.yaml; `false` where the output directory has one of your own.
    #[serde(default = "yes")]
    #[schemars(example = true)]
    pub compose: bool,
    /// The days after which `gen --check` calls a pin of services.lock old.
    #[serde(default = "a_quarter")]
    pub lock_age: u32,
    /// The phases of the plan, in order; a service names its phase by number, from 1.
    #[serde(default)]
    #[schemars(example = ["Base Infrastructure", "Foundation Services"])]
    pub phases: Vec<Line>,
    /// Images that are recorded as built but belong to no service of the fleet; the status tables count them.
    #[serde(default)]
    #[schemars(example = ["pickme/lucid-minimal-base:latest"])]
    pub also_built: Vec<ImageReference>,
}

fn latest() -> Tag {
    "latest".parse().expect("a tag")
}

fn docker_hub() -> Registry {
    "docker.io".parse().expect("a registry")
}

fn both_platforms() -> Vec<Platform> {
    ["linux/amd64", "linux/arm64"].map(|p| p.parse().expect("a platform")).to_vec()
}

fn nonroot() -> User {
    "65532:65532".parse().expect("a user")
}

fn a_quarter() -> u32 {
    90
}

fn generated() -> DirectoryPath {
    "generated".parse().expect("a path")
}

fn yes() -> bool {
    true
}

/// A base: the image to build on and the image to run on. They are named together because the
/// interpreter, the Debian release and the C library of the two must match.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BaseTable {
    /// The image that builder stages stand on.
    #[schemars(example = &"debian:trixie-slim")]
    pub build: ImageReference,
    /// The image that the final stage stands on.
    #[schemars(example = &"gcr.io/distroless/python3-debian13:nonroot")]
    pub run: ImageReference,
}

/// Images whose programs builds run.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tools {
    /// The image of uv, which installs Python packages for the target platform.
    #[serde(default = "uv")]
    #[schemars(example = &"ghcr.io/astral-sh/uv:0.13.9")]
    pub uv: ImageReference,
}

impl Default for Tools {
    fn default() -> Self {
        Self { uv: uv() }
    }
}

fn uv() -> ImageReference {
    "ghcr.io/astral-sh/uv:0.13.9".parse().expect("an image")
}

/// A network that services join.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NetworkTable {
    /// The subnet, if it is fixed.
    #[schemars(example = &"172.20.0.0/16")]
    pub subnet: Option<Subnet>,
    /// Whether the network has no way out: no route to other networks or to the Internet.
    #[serde(default)]
    #[schemars(example = true)]
    pub isolated: bool,
}

/// A service. The same keys stand in `[defaults]` (for all) and in `[groups.NAME]` (for the
/// services that name the group); tables merge key by key, everything else is replaced.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ServiceTable {
    /// The group whose settings this service shares.
    #[schemars(example = &"tron")]
    pub group: Option<At<Name>>,
    /// The phase of the plan, counted from 1. Every service needs it, if the fleet has phases.
    #[schemars(example = 2)]
    pub phase: Option<At<NonZeroU8>>,
    /// What the status document records of the image.
    #[schemars(example = &"dockerfile")]
    pub status: Option<Status>,
    /// The name of the image, where it is not the fleet's pattern; `{name}` stands for the name of the service.
    #[schemars(example = &"pickme/lucid-base")]
    pub image: Option<At<ImagePattern>>,
    /// The tag of the image, where it is not the fleet's.
    #[schemars(example = &"python-distroless-arm64")]
    pub tag: Option<At<Tag>>,
    /// The directory of the service's sources, below the root of the repository; `.` for the root itself. Every
    /// relative path of the service starts there. Without it, paths start at the root, except for kinds that are
    /// built from a directory of their own (dotnet, java with `build`, go): their directory is called as the service is.
    #[schemars(example = &"orders")]
    pub directory: Option<At<DirectoryPath>>,
    /// The path of the Dockerfile, below the output directory; `DIRECTORY/Dockerfile` unless said, or
    /// `NAME/Dockerfile` where the service has no directory.
    #[schemars(example = &"blockchain/Dockerfile.engine")]
    pub dockerfile: Option<At<RelativePath>>,
    /// The base, by its name in `[bases]` or that of a built-in one; unless said, the one of the service's kind.
    #[schemars(example = &"python")]
    pub base: Option<At<Name>>,
    /// What is copied from the build context, which is the root of the repository; all of `directory` unless said.
    /// A path goes to the same path below /app; `{ from = "a", to = "b" }` puts it elsewhere. Of a directory, what
    /// has no place in an image stays out: `.env*`, `.git`, `*.key`, `*.pem`, `secrets`, `__pycache__`,
    /// `*.pyc`, `node_modules`, `test`, `tests` and `test_*`.
    #[schemars(example = ["sessions/__init__.py", "sessions/recorder"])]
    pub sources: Vec<At<Source>>,
    /// Programs that the service starts beside its own, with the shared libraries they need.
    #[schemars(example = serde_json::json!({ "packages": ["ffmpeg"], "paths": ["/usr/bin/ffmpeg"] }))]
    pub programs: Option<Programs>,
    /// The ports that the program listens on; the first one is the service's own.
    #[schemars(example = [8091, 3389])]
    pub ports: Vec<At<Port>>,
    /// The ports that the host publishes: `8080`, or `"18080:8080"` for another host port.
    #[schemars(example = serde_json::json!([8080, "13388:3389"]))]
    pub publish: Vec<At<Publish>>,
    /// How the engine finds out whether the service works. Every service needs it.
    #[schemars(example = serde_json::json!({ "http": "/health" }))]
    pub health: Option<At<HealthTable>>,
    /// Environment variables that the image sets.
    #[schemars(example = serde_json::json!({ "LOG_LEVEL": "INFO" }))]
    pub env: BTreeMap<EnvName, Line>,
    /// Environment variables that are given when the service starts. The value of one that is in `env` too is what
    /// it has if none is given.
    #[schemars(example = ["MONGODB_URL"])]
    pub settings: Vec<EnvName>,
    /// Secrets that are given when the service starts; never a value.
    #[schemars(example = ["JWT_SECRET_KEY"])]
    pub secrets: Vec<EnvName>,
    /// Secrets that the program reads from a path of its own: the name of each, and the path that Compose mounts it at.
    #[schemars(example = serde_json::json!({ "XRDP_RSAKEYS": "/etc/xrdp/rsakeys.ini" }))]
    pub secret_files: BTreeMap<EnvName, AbsolutePath>,
    /// How Compose gives the secrets to the program.
    #[schemars(example = &"env")]
    pub secrets_as: Option<SecretsAs>,
    /// Directories that the program writes to and whose content may be lost: a tmpfs each.
    #[schemars(example = ["/app/logs"])]
    pub writable: Vec<At<AbsolutePath>>,
    /// Directories that the program writes to and whose content is kept: a named volume each. One
    /// that stands in `writable` too, say in a group, is kept.
    #[schemars(example = ["/data/db"])]
    pub volumes: Vec<At<AbsolutePath>>,
    /// Whether the image is a base for other images: Compose does not start it with the fleet.
    #[schemars(example = true)]
    pub image_only: bool,
    /// The directory /tmp, as a tmpfs that the service may write to; without it /tmp is read-only too.
    #[schemars(example = serde_json::json!({ "size": "200M" }))]
    pub tmp: Option<Tmp>,
    /// The memory that the service may use.
    #[schemars(example = &"512M")]
    pub memory: Option<Memory>,
    /// The processors that the service may use.
    #[schemars(example = 0.5)]
    pub cpus: Option<Cpus>,
    /// The processes and threads that the service may have.
    #[schemars(example = 256)]
    pub pids: Option<NonZeroU32>,
    /// The networks that the service joins.
    #[schemars(example = ["lucid-pi-network"])]
    pub networks: Vec<At<Name>>,
    /// The services that must be healthy before this one starts.
    #[schemars(example = ["mongodb", "redis"])]
    pub depends_on: Vec<At<Name>>,
    /// More labels of the image.
    #[schemars(example = serde_json::json!({ "org.example.team": "storage" }))]
    pub labels: BTreeMap<LabelKey, Line>,
}

/// How Compose gives secrets to a program.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum SecretsAs {
    /// A file each below /run/secrets, whose path is in the variable `NAME_FILE`. This is the default.
    #[default]
    File,
    /// The environment variable `NAME`, for programs that read nothing else. This is weaker: `docker inspect`, child
    /// processes and crash reports show environment variables.
    Env,
}

/// What the status document records of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum Status {
    /// The image is built and pushed.
    Built,
    /// The Dockerfile exists.
    Dockerfile,
    /// There is no Dockerfile.
    Missing,
}

/// What is copied from the build context, and where to.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
pub enum Source {
    /// To the same path below /app.
    Same(RelativePath),
    /// To another path.
    Moved(MovedSource),
}

/// A source that goes to another path than its own.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MovedSource {
    /// The path in the build context.
    #[schemars(example = &"payment-systems/tron")]
    pub from: RelativePath,
    /// The path in the image: below /app, or anywhere if it starts with a slash; `.` is /app itself.
    #[schemars(example = &"payment_systems/tron")]
    pub to: Line,
}

/// Programs that the service starts beside its own, or libraries that it opens by name. They come with the
/// shared libraries they need and with the package records that scanners read.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Programs {
    /// The Debian packages that hold them, of the run image's release; none if the build image has them already.
    /// With packages, all `paths` are those of the packages.
    #[serde(default)]
    #[schemars(example = ["ffmpeg"])]
    pub packages: Vec<At<DebianPackage>>,
    /// The files and directories to take; `*` stands for any part of a name, as in
    /// `/usr/lib/*/libmagic.so.1`, and `!` before a path leaves it out.
    #[schemars(example = ["/usr/bin/ffmpeg"])]
    pub paths: Vec<PathPattern>,
}

/// How the engine finds out whether the service works: one of `http`, `tcp`, `redis`, `mongodb`, `grpc`,
/// `tls`, `exec` and `none`, and how often it looks.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct HealthTable {
    /// A request path; a status from 200 to 399 is healthy.
    #[schemars(example = &"/health")]
    pub http: Option<At<UrlPath>>,
    /// A port that must accept connections. The kernel accepts them for a program that hangs as well,
    /// so say more where you can.
    #[schemars(example = 3389)]
    pub tcp: Option<At<Port>>,
    /// A port on which Redis answers PING, if only by asking for a password.
    #[schemars(example = 6379)]
    pub redis: Option<At<Port>>,
    /// A port on which `mongod` answers hello, for which nobody need log in.
    #[schemars(example = 27017)]
    pub mongodb: Option<At<Port>>,
    /// A port on which a gRPC server answers `grpc.health.v1.Health/Check` with SERVING, without TLS.
    #[schemars(example = 50051)]
    pub grpc: Option<At<Port>>,
    /// The service that `grpc` asks for, if it is not the server as a whole.
    #[schemars(example = &"shop.Orders")]
    pub service: Option<At<GrpcService>>,
    /// A port on which a TLS handshake starts. The certificate is not verified, and no request is made.
    #[schemars(example = 8443)]
    pub tls: Option<At<Port>>,
    /// A command of the image that exits 0 when the service is healthy: an absolute program and its arguments.
    #[schemars(example = ["/usr/bin/redis-cli", "ping"])]
    pub exec: Option<At<Vec<Line>>>,
    /// Why there is nothing to look at; a comment of the Dockerfile says it. (`HEALTHCHECK NONE` would
    /// make `docker compose up --wait` fail.)
    #[schemars(example = &"opens no socket")]
    pub none: Option<At<Line>>,
    /// The port of the request, if it is not the first of `ports`.
    #[schemars(example = 8091)]
    pub port: Option<At<Port>>,
    /// The time between two checks.
    #[schemars(example = &"30s")]
    #[schemars(extend("default" = "30s"))]
    pub interval: Option<Time>,
    /// The time after which a check counts as failed.
    #[schemars(example = &"10s")]
    #[schemars(extend("default" = "10s"))]
    pub timeout: Option<At<Time>>,
    /// The time that the program is given to come up.
    #[schemars(example = &"40s")]
    #[schemars(extend("default" = "40s"))]
    pub start_period: Option<Time>,
    /// The time between two checks while it comes up.
    #[schemars(example = &"2s")]
    pub start_interval: Option<Time>,
    /// The failures in a row that make it unhealthy.
    #[schemars(example = 3)]
    #[schemars(extend("default" = 3))]
    pub retries: Option<NonZeroU16>,
}

/// The directory /tmp: a tmpfs.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tmp {
    /// Its size.
    #[schemars(example = &"200M")]
    pub size: Memory,
    /// Whether programs and libraries in it may be executed; off unless the service unpacks its own there.
    #[serde(default)]
    #[schemars(example = true)]
    pub exec: bool,
}
