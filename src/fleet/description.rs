//! What `services.toml` may say. The doc comments here are the reference: the JSON schema that
//! editors use and `docs/services.md` are generated from them.

mod health;

use std::collections::BTreeMap;
use std::num::{NonZeroU8, NonZeroU32};

use schemars::JsonSchema;
use serde::Deserialize;

use super::at::At;
use super::quantities::{Cpus, Memory};
use super::words::{
    Argument, DebianPackage, EnvName, ImagePattern, Instruction, LabelKey, Line, Name, PathPattern, Platform,
    Port, Publish, Registry, Subnet, Tag, User,
};
use crate::bases::CatalogueEntry;
use crate::image::ImageReference;
use crate::path::{AbsolutePath, DirectoryPath, RelativePath};

pub use health::HealthTable;

/// The tables beside the services: what holds for the whole fleet.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FleetWide {
    /// Settings of the fleet as a whole.
    pub fleet: FleetTable,
    /// The base images. A service names a base, not an image. A base with the name of a built-in one replaces it: `go`
    /// is the base of Go services without `cgo` or `base`.
    #[serde(default)]
    pub bases: BTreeMap<Name, At<BaseTable>>,
    /// Images of build tools. They run on the build platform only.
    #[serde(default)]
    pub tools: Tools,
    /// Facts about images that dockwright does not know, or that replace what it knows.
    #[serde(default)]
    pub catalogue: BTreeMap<String, At<CatalogueEntry>>,
    /// The networks that services can join.
    #[serde(default)]
    pub networks: BTreeMap<Name, NetworkTable>,
}

/// Settings of the fleet as a whole.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FleetTable {
    /// The name of the fleet, and of the Compose project.
    #[schemars(example = &"lucid")]
    pub name: Name,
    /// The URL of the source code, for the label `org.opencontainers.image.source`.
    #[schemars(example = &"https://github.com/HamiGames/Lucid")]
    pub source: Option<Line>,
    /// The licence of the images as an SPDX expression, for the label `org.opencontainers.image.licenses`.
    #[schemars(example = &"MIT")]
    pub licenses: Option<Line>,
    /// The name of each service's image, without registry and tag; `{name}` is replaced by the name of the service.
    /// The default is `FLEET/{name}`, with the name of the fleet.
    #[schemars(example = &"pickme/lucid-{name}")]
    pub image: Option<ImagePattern>,
    /// The tag of every image; a service can set its own.
    #[serde(default = "latest")]
    #[schemars(example = &"latest-arm64")]
    pub tag: Tag,
    /// The registry that images are pushed to: a host, with a port if it has one.
    #[serde(default = "docker_hub")]
    #[schemars(example = &"docker.io")]
    pub registry: Registry,
    /// The platforms that every image is built for.
    #[serde(default = "both_platforms")]
    #[schemars(example = ["linux/arm64", "linux/amd64"])]
    pub platforms: Vec<Platform>,
    /// The user and group that every container runs as, as numbers: Kubernetes cannot verify `runAsNonRoot` for a name.
    #[serde(default = "nonroot")]
    #[schemars(example = &"65532:65532")]
    pub user: User,
    /// The base whose build image compiles the static health check and creates empty directories for all images.
    #[schemars(example = &"native")]
    pub probe_base: Option<At<Name>>,
    /// The directory of the generated files, relative to services.toml; `.` puts each Dockerfile next to its sources.
    #[serde(default = "generated")]
    #[schemars(example = &"generated")]
    pub output: DirectoryPath,
    /// Whether `gen` writes compose.yaml; set it to `false` if the output directory has one of your own.
    #[serde(default = "yes")]
    #[schemars(example = true)]
    pub compose: bool,
    /// The age in days after which `gen` reports a pin in services.lock as old.
    #[serde(default = "a_quarter")]
    pub lock_age: u32,
    /// The names of the phases in which the fleet is built, in order. A service gives its phase by number, from 1.
    #[serde(default)]
    #[schemars(example = ["Base Infrastructure", "Foundation Services"])]
    pub phases: Vec<Line>,
    /// Images that are built but belong to no service; `dockwright status` lists them.
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

/// A base: the image to build on and the image to run on. They are set together because their interpreter, Debian
/// release and C library must match.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BaseTable {
    /// The image of the builder stages.
    #[schemars(example = &"debian:trixie-slim")]
    pub build: At<ImageReference>,
    /// The image of the final stage. An image with a shell or a package manager is refused, unless `allow_shell` is
    /// set.
    #[schemars(example = &"gcr.io/distroless/python3-debian13:nonroot")]
    pub run: At<ImageReference>,
    /// Why the run image may have a shell or a package manager. The reason becomes a comment in the Dockerfiles, and
    /// `dockwright status` lists it.
    #[schemars(example = &"busybox, until the crash of March is understood")]
    pub allow_shell: Option<Line>,
}

/// Images of build tools.
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

/// A network that services can join.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NetworkTable {
    /// The subnet in CIDR notation; Docker chooses one if it is not set.
    #[schemars(example = &"172.20.0.0/16")]
    pub subnet: Option<Subnet>,
    /// Whether containers on the network cannot reach other networks or the Internet (`internal` in Compose).
    #[serde(default)]
    #[schemars(example = true)]
    pub isolated: bool,
}

/// A service. `[defaults]` (for all services) and `[groups.NAME]` (for services with `group = "NAME"`) take the same
/// keys. Tables are merged key by key; any other value is replaced.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ServiceTable {
    /// The group whose settings the service shares.
    #[schemars(example = &"tron")]
    pub group: Option<At<Name>>,
    /// The phase that the service is built in, counted from 1. Required if `[fleet]` has `phases`.
    #[schemars(example = 2)]
    pub phase: Option<At<NonZeroU8>>,
    /// Records that the image is built and pushed, for `dockwright status`.
    #[schemars(example = &"built")]
    pub status: Option<Status>,
    /// The name of the image, instead of the pattern in `[fleet]`; `{name}` is replaced by the name of the service.
    #[schemars(example = &"pickme/lucid-base")]
    pub image: Option<At<ImagePattern>>,
    /// The tag of the image, instead of the one in `[fleet]`.
    #[schemars(example = &"python-distroless-arm64")]
    pub tag: Option<At<Tag>>,
    /// The directory of the service's sources, relative to the root of the repository; `.` is the root itself. All
    /// relative paths of the service start there. The default is the root for `python`, `native`, `bare`, `node` with
    /// `node.directory`, and `java` without `build`; otherwise a directory with the name of the service.
    #[schemars(example = &"orders")]
    pub directory: Option<At<DirectoryPath>>,
    /// The path of the Dockerfile in the output directory, below `directory` if the service has one. The default is
    /// `Dockerfile` there, or `NAME/Dockerfile` without a `directory`.
    #[schemars(example = &"blockchain/Dockerfile.engine")]
    pub dockerfile: Option<At<RelativePath>>,
    /// The name of the base, from `[bases]` or built in. The default depends on the service's kind.
    #[schemars(example = &"python")]
    pub base: Option<At<Name>>,
    /// The files and directories that are copied into the image; the default is all of `directory`. A path is copied to
    /// the same path below /app; `{ from = "a", to = "b" }` copies it elsewhere. Inside a directory, these patterns are
    /// always excluded: `.env*`, `.git`, `*.key`, `*.pem`, `id_rsa`, `id_ed25519`, `secrets`, `__pycache__`, `*.pyc`,
    /// `node_modules`, `.venv`, `venv`, `test`, `tests` and `test_*`.
    #[schemars(example = ["sessions/__init__.py", "sessions/recorder"])]
    pub sources: Vec<At<Source>>,
    /// Other programs that the service needs, with the shared libraries that the run image lacks.
    #[schemars(example = serde_json::json!({ "packages": ["ffmpeg"], "paths": ["/usr/bin/ffmpeg"] }))]
    pub programs: Option<Programs>,
    /// The ports that the program listens on. The first one is the default of the health check.
    #[schemars(example = [8091, 3389])]
    pub ports: Vec<At<Port>>,
    /// The ports that Compose publishes on the host: `8080`, `"HOST:CONTAINER"`, or `"ADDRESS:HOST:CONTAINER"` to
    /// listen on one address.
    #[schemars(example = serde_json::json!([8080, "13388:3389", "127.0.0.1:9000:9000"]))]
    pub publish: Vec<At<Publish>>,
    /// How the engine checks the service's health. Required.
    #[schemars(example = serde_json::json!({ "http": "/health" }))]
    pub health: Option<At<HealthTable>>,
    /// Environment variables that are set in the image.
    #[schemars(example = serde_json::json!({ "LOG_LEVEL": "INFO" }))]
    pub env: BTreeMap<EnvName, Line>,
    /// Environment variables that are set when the container starts. Compose takes them from its own environment or
    /// `.env`; the value in `env`, if any, is the default.
    #[schemars(example = ["MONGODB_URL"])]
    pub settings: Vec<EnvName>,
    /// Names of secrets that the container gets at start. services.toml never contains a value.
    #[schemars(example = ["JWT_SECRET_KEY"])]
    pub secrets: Vec<EnvName>,
    /// Secrets that the program expects at a fixed path: the name of each secret, and the path that Compose mounts it
    /// at.
    #[schemars(example = serde_json::json!({ "XRDP_RSAKEYS": "/etc/xrdp/rsakeys.ini" }))]
    pub secret_files: BTreeMap<EnvName, AbsolutePath>,
    /// How the program gets its `secrets`: as files whose paths are in `NAME_FILE`, or in environment variables `NAME`.
    #[schemars(example = &"env")]
    #[schemars(extend("default" = "file"))]
    pub secrets_as: Option<SecretsAs>,
    /// Directories that the program writes to and whose contents may be lost. Each is a tmpfs.
    #[schemars(example = ["/app/logs"])]
    pub writable: Vec<At<AbsolutePath>>,
    /// The size of each directory in `writable`, 64M by default. Writes beyond it fail.
    #[schemars(example = &"256M")]
    pub writable_size: Option<Memory>,
    /// Directories that the program writes to and whose contents are kept. Each is a named volume, even if `writable`
    /// lists it too.
    #[schemars(example = ["/data/db"])]
    pub volumes: Vec<At<AbsolutePath>>,
    /// Whether the image is only a base for other images. Compose does not start it.
    #[schemars(example = true)]
    pub image_only: bool,
    /// The directory /tmp: a writable tmpfs, of 64M by default.
    #[schemars(example = serde_json::json!({ "size": "200M" }))]
    pub tmp: Tmp,
    /// The memory limit of the container.
    #[schemars(example = &"512M")]
    pub memory: Option<Memory>,
    /// The CPU limit of the container, in CPUs.
    #[schemars(example = 0.5)]
    pub cpus: Option<Cpus>,
    /// The maximum number of processes and threads in the container.
    #[schemars(example = 256)]
    pub pids: Option<NonZeroU32>,
    /// The networks that the service joins. If the fleet has `[networks]`, a service without this key has no network;
    /// otherwise all services share the default network of Compose.
    #[schemars(example = ["lucid-pi-network"])]
    pub networks: Vec<At<Name>>,
    /// Commands that must succeed before the service starts, such as migrations: each an absolute program and its
    /// arguments. In compose.yaml, each is a service of its own (`NAME-before`) with the same image, variables,
    /// secrets, networks and volumes. They run in order, each time the fleet is started.
    #[schemars(example = [["/opt/venv/bin/python3", "manage.py", "migrate"]])]
    pub before: Vec<At<Vec<Argument>>>,
    /// Instructions of your own to add to the Dockerfile.
    #[schemars(example = serde_json::json!({ "final": ["COPY conf/geoip.mmdb /usr/share/geoip/"] }))]
    pub extra: Extra,
    /// The services that must be healthy before this one starts.
    #[schemars(example = ["mongodb", "redis"])]
    pub depends_on: Vec<At<Name>>,
    /// Labels to add to the image. They replace those that dockwright sets (`title`, `source`, `licenses`), except
    /// `revision` and `version`, which each build sets.
    #[schemars(example = serde_json::json!({ "org.example.team": "storage" }))]
    pub labels: BTreeMap<LabelKey, Line>,
}

/// Instructions of your own to add to the Dockerfile: one line each, read as BuildKit reads them. Paths start at the
/// root of the repository, and are added to the build context. An instruction that would break a promise of the file is
/// refused: RUN in the final stage; another user, shell, working directory or health check; images without a digest;
/// owners other than root.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Extra {
    /// Instructions for the stage that builds the program, right before the build: ADD, ARG, COPY, ENV and RUN.
    #[schemars(example = ["RUN apt-get update && apt-get install -y --no-install-recommends protobuf-compiler"])]
    pub build: Vec<At<Instruction>>,
    /// Instructions for the final stage, after everything else is copied: ADD, ARG, COPY, ENV, EXPOSE, LABEL and
    /// STOPSIGNAL.
    #[serde(rename = "final")]
    #[schemars(example = ["COPY conf/geoip.mmdb /usr/share/geoip/"])]
    pub last: Vec<At<Instruction>>,
}

/// How a program gets its secrets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum SecretsAs {
    /// A file below /run/secrets, whose path is in the variable `NAME_FILE`. This is the default.
    #[default]
    File,
    /// The environment variable `NAME`, for programs that cannot read files. It is less safe: `docker inspect`, child
    /// processes and crash reports show environment variables.
    Env,
}

/// What services.toml records about an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum Status {
    /// The image is built and pushed.
    Built,
}

/// A path in the build context, and where it is copied to.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
pub enum Source {
    /// Copied to the same path below /app.
    Same(RelativePath),
    /// Copied to another path.
    Moved(MovedSource),
}

/// A source that is copied to another path.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MovedSource {
    /// The path in the build context.
    #[schemars(example = &"payment-systems/tron")]
    pub from: RelativePath,
    /// The path in the image: absolute, or relative to /app; `.` is /app itself.
    #[schemars(example = &"payment_systems/tron")]
    pub to: Line,
}

/// Other programs that the service runs, or libraries that it loads by name. Shared libraries that the run image lacks
/// are added, with the package records that scanners read.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Programs {
    /// The Debian packages that contain them, from the release of the run image. Without packages, `paths` are taken
    /// from the build image; with packages, only from the packages.
    #[serde(default)]
    #[schemars(example = ["ffmpeg"])]
    pub packages: Vec<At<DebianPackage>>,
    /// The files and directories to copy. `*` matches any part of a name, as in `/usr/lib/*/libmagic.so.1`; a path with
    /// `!` in front is excluded.
    #[schemars(example = ["/usr/bin/ffmpeg"])]
    pub paths: Vec<PathPattern>,
}

/// The directory /tmp: a tmpfs in each container, because frameworks and standard libraries write temporary files
/// there.
#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Tmp {
    /// Its size, 64M by default. Writes beyond it fail. Its contents count towards the container's memory.
    #[schemars(example = &"200M")]
    pub size: Option<Memory>,
    /// Whether files in it can be executed. Only needed by services that unpack programs or libraries there.
    #[schemars(example = true)]
    pub exec: bool,
}
