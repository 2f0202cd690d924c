//! What `services.toml` may say. The doc comments here are the reference: the JSON schema that
//! editors use and `docs/services.md` are generated from them.

use std::collections::BTreeMap;
use std::num::{NonZeroU8, NonZeroU32};

use schemars::JsonSchema;
use serde::Deserialize;

use super::at::At;
pub use super::health::HealthTable;
use super::quantities::{Cpus, Memory};
use super::words::{
    Argument, DebianPackage, EnvName, ImagePattern, Instruction, LabelKey, Line, Name, PathPattern, Platform,
    Port, Publish, Registry, Subnet, Tag, User,
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
    /// Images that are built but belong to no service of the fleet; `dockwright status` lists them.
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
    pub build: At<ImageReference>,
    /// The image that the final stage stands on: one without shell and package manager.
    #[schemars(example = &"gcr.io/distroless/python3-debian13:nonroot")]
    pub run: At<ImageReference>,
    /// Why the run image may have a shell or a package manager, which is refused otherwise. The reason is a comment in
    /// the Dockerfiles, and `dockwright status` lists it.
    #[schemars(example = &"busybox, while the crash of March is looked into")]
    pub allow_shell: Option<Line>,
}

/// Images whose programs builds run.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tools {
    /// The image of uv, which installs Python packages for the target platform.
    #[serde(default = "uv")]
    #[schemars(example = &"ghcr.io/astral-sh/uv:0.13.9")]
    pub uv: ImageReference,
    /// The image of Caddy, which serves web sites.
    #[serde(default = "caddy")]
    #[schemars(example = &"caddy:2")]
    pub caddy: ImageReference,
}

impl Default for Tools {
    fn default() -> Self {
        Self { uv: uv(), caddy: caddy() }
    }
}

fn caddy() -> ImageReference {
    "caddy:2".parse().expect("an image")
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
    /// That the image is built and pushed, for `dockwright status`, which looks for the Dockerfile itself.
    #[schemars(example = &"built")]
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
    /// The ports that the host publishes: `8080`, `"18080:8080"` for another host port, or `"127.0.0.1:8080:8080"` for
    /// one address of the host alone.
    #[schemars(example = serde_json::json!([8080, "13388:3389", "127.0.0.1:9000:9000"]))]
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
    /// How Compose gives the secrets to the program: as files, whose paths are in `NAME_FILE`, or in variables `NAME`.
    #[schemars(example = &"env")]
    #[schemars(extend("default" = "file"))]
    pub secrets_as: Option<SecretsAs>,
    /// Directories that the program writes to and whose content may be lost: a tmpfs each.
    #[schemars(example = ["/app/logs"])]
    pub writable: Vec<At<AbsolutePath>>,
    /// The size of each directory in `writable`, 64M unless said: what grows further fails to write.
    #[schemars(example = &"256M")]
    pub writable_size: Option<Memory>,
    /// Directories that the program writes to and whose content is kept: a named volume each. One
    /// that stands in `writable` too, say in a group, is kept.
    #[schemars(example = ["/data/db"])]
    pub volumes: Vec<At<AbsolutePath>>,
    /// Whether the image is a base for other images: Compose does not start it with the fleet.
    #[schemars(example = true)]
    pub image_only: bool,
    /// The directory /tmp: a tmpfs that the service may write to, of 64M unless said.
    #[schemars(example = serde_json::json!({ "size": "200M" }))]
    pub tmp: Tmp,
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
    /// Commands that must end well before the service starts, such as migrations: an absolute program and its arguments
    /// each. In compose.yaml, each is a service of its own (`NAME-before`) with the same image, variables, secrets,
    /// networks and volumes. They run one after the other, and again whenever the fleet is brought up.
    #[schemars(example = [["/opt/venv/bin/python3", "manage.py", "migrate"]])]
    pub before: Vec<At<Vec<Argument>>>,
    /// Instructions of your own in the Dockerfile.
    #[schemars(example = serde_json::json!({ "final": ["COPY conf/geoip.mmdb /usr/share/geoip/"] }))]
    pub extra: Extra,
    /// The services that must be healthy before this one starts.
    #[schemars(example = ["mongodb", "redis"])]
    pub depends_on: Vec<At<Name>>,
    /// More labels of the image. They take the place of those that dockwright sets itself (`title`, `source`,
    /// `licenses`), except for what each build gives (`revision`, `version`).
    #[schemars(example = serde_json::json!({ "org.example.team": "storage" }))]
    pub labels: BTreeMap<LabelKey, Line>,
}

/// Instructions of your own in the Dockerfile: each one line, as BuildKit reads it. Paths of the build context start
/// at the root of the repository, and enter the context. What would break a promise of the file is refused: RUN in the
/// final stage, another user, shell, working directory or health check, images without a digest, owners other than
/// root.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Extra {
    /// In the stage that builds the program, right before it does: ADD, ARG, COPY, ENV and RUN.
    #[schemars(example = ["RUN apt-get update && apt-get install -y --no-install-recommends protobuf-compiler"])]
    pub build: Vec<At<Instruction>>,
    /// In the final stage, behind all that is copied: ADD, ARG, COPY, ENV, EXPOSE, LABEL and STOPSIGNAL.
    #[serde(rename = "final")]
    #[schemars(example = ["COPY conf/geoip.mmdb /usr/share/geoip/"])]
    pub last: Vec<At<Instruction>>,
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

/// What services.toml records of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum Status {
    /// The image is built and pushed.
    Built,
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

/// The directory /tmp: a tmpfs of each container, because frameworks and standard libraries spool there without being
/// asked to.
#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Tmp {
    /// Its size, 64M unless said: what grows further fails to write. What lies there counts as memory of the service.
    #[schemars(example = &"200M")]
    pub size: Option<Memory>,
    /// Whether programs and libraries in it may be executed; off unless the service unpacks its own there.
    #[schemars(example = true)]
    pub exec: bool,
}
