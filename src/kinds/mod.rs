//! The kinds of service. A service's kind is the name of the table that describes its program:
//! `[services.NAME.python]` makes it a Python service.
//!
//! A kind is one folder: its keys (a struct whose doc comments are the reference), its rules and what it
//! starts (the trait [`Program`]), and its template. The list below is the only place that names all kinds; `detect` and
//! `import`, which recognize the languages of a tree, name those that they can describe.

mod absent;
mod bare;
mod checks;
mod dotnet;
pub(crate) mod go;
mod health;
pub(crate) mod java;
mod javascript;
mod native;
mod node;
mod python;
mod rust;
mod start;
mod r#static;
mod toolchain;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::context::{Image, Missing};
use crate::diagnostic::Diagnostic;
use crate::fleet::At;
use crate::fleet::model::{Base, Service};
use crate::fleet::words::DebianPackage;
use crate::path::RelativePath;
use crate::render::page::Page;

pub(crate) use checks::{absolute_program, of as check};
pub use health::health_command;
pub(crate) use health::wants_probe;
pub(crate) use start::{START, command, started, wants_start};

/// Where the static probe lies in an image.
pub(crate) const PROBE: &str = "/usr/bin/healthcheck";

/// Whether an image takes a static program of dockwright.
pub(crate) fn wants_statics(service: &Service) -> bool {
    wants_probe(service) || wants_start(service)
}

/// Declares [`Kind`], whose variants are the kinds' structs, and the way to each one's [`Program`].
macro_rules! kinds {
    ($($(#[doc = $doc:literal])+ $name:ident($type:ty),)+) => {
        /// What kind of program the service is, and what only that kind has to say.
        #[derive(Debug, Clone, Deserialize, JsonSchema)]
        #[serde(rename_all = "lowercase")]
        #[allow(clippy::large_enum_variant, reason = "a service is a kilobyte with its other keys")]
        pub enum Kind {
            $($(#[doc = $doc])+ $name($type),)+
        }

        impl Kind {
            /// Stands for a kind that is wrong, while everything else of its service is looked at.
            pub(crate) fn placeholder() -> Self {
                Self::Bare(bare::Bare {})
            }

            /// Whether a table of this name makes a service one of some kind.
            pub(crate) fn is_word(word: &str) -> bool {
                [$(stringify!($name),)+].iter().any(|name| name.to_ascii_lowercase() == word)
            }

            /// What the kind answers about a service.
            pub fn program(&self) -> &dyn Program {
                match self {
                    $(Self::$name(kind) => kind,)+
                }
            }
        }
    };
}

kinds! {
    /// A Python program in a virtual environment.
    Python(python::Python),
    /// A Java program: built by Maven or Gradle, an existing jar, or compiled classes; or the Java runtime alone.
    Java(java::Java),
    /// A .NET program, published with its runtime.
    Dotnet(dotnet::Dotnet),
    /// A Go program.
    Go(go::Go),
    /// A Rust program.
    Rust(rust::Rust),
    /// A Node server with its packages, a Next.js application, or a front end with a small server.
    Node(node::Node),
    /// A web site, as it is or built by a script, served by Caddy.
    Static(r#static::Static),
    /// Programs from an upstream image or from Debian packages.
    Native(native::Native),
    /// The run image with the static health check, as a base for other images.
    Bare(bare::Bare),
}

/// What a kind answers about a service of it. Everything else of dockwright asks a service's kind through this
/// trait. No method has a default: whoever adds a kind decides each.
pub trait Program {
    /// The name of the kind's table.
    fn word(&self) -> &'static str;

    /// What the service gets wrong about its kind, although every value has its type.
    fn check(&self, service: &Service) -> Option<Diagnostic>;

    /// The built-in base of a service that names none.
    fn base(&self) -> &'static str;

    /// What the directory of a service holds.
    fn directory(&self) -> Directory;

    /// The keys of a service that the template uses.
    fn accepts(&self) -> Accepts;

    /// The stage that builds the program, in which `extra.build` goes before it does; none if nothing is built.
    fn builder(&self, service: &Service) -> Option<&'static str>;

    /// Variables that say for which platform the program is built, and where it goes: the template sets them, so
    /// `extra.build` may not. In lower case, because npm and .NET read them in any.
    fn target_variables(&self) -> &'static [&'static str];

    /// What is taken from the build image into the run image.
    fn takes(&self) -> Takes;

    /// What the kind needs of the images of a base and does not find there.
    fn lacks(&self, base: &Base) -> Option<Lack>;

    /// What the kind takes from the build context, beside `sources`: paths below the service's directory.
    fn context(&self, service: &Service) -> Vec<At<RelativePath>>;

    /// What the build of the service, or its program, needs and will not find: files beside those of `context`, and
    /// what it starts.
    fn missing(&self, service: &Service, image: &Image<'_>) -> Vec<Missing>;

    /// Directories that a build outside an image leaves beside the sources, by name: they never enter the build
    /// context, wherever in the first levels of the service's directory they lie.
    fn build_output(&self) -> &'static [&'static str];

    /// Who asks whether the service works.
    fn prober(&self, service: &Service) -> Prober;

    /// What the build and the image need of dockwright and of the platform.
    fn needs(&self, service: &Service) -> Needs<'_>;

    /// Environment variables that the kind sets, unless the service does.
    fn env(&self, service: &Service) -> Vec<(&'static str, String)>;

    /// A directory that the kind fills, and what is in it: nothing may be mounted over it.
    fn own_directory(&self) -> Option<(&'static str, &'static str)>;

    /// The argv that a container of the service starts.
    fn entrypoint(&self, service: &Service) -> Vec<String>;

    /// The text of the Dockerfile.
    ///
    /// # Errors
    /// If a value holds a line break; the words of the fleet do not.
    fn dockerfile(&self, page: &Page<'_>) -> askama::Result<String>;
}

/// What a kind needs of the images of a base and does not find there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lack {
    /// What it needs: `python`.
    pub needs: &'static str,
    /// What there is instead: `only /usr/bin/java`.
    pub found: String,
    /// What to do about it in a service.
    pub hint: &'static str,
}

/// What the directory of a service holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Directory {
    /// What the program is built from. Without the key, it is the one that is called as the service is; without
    /// `sources`, all of it is taken.
    Project,
    /// The program. Without `sources`, all of it is taken, if the service has the key.
    Code,
    /// Files, of which `sources` and the kind's own keys name those that are taken.
    Files,
}

/// Keys that not every kind has a use for.
#[derive(Debug, Clone, Copy)]
pub struct Accepts {
    /// `programs`.
    pub programs: bool,
    /// `sources`.
    pub sources: bool,
    /// `writable` and `volumes`.
    pub directories: bool,
}

impl Accepts {
    /// Every key.
    pub const ALL: Self = Self { programs: true, sources: true, directories: true };
}

/// What is taken from the build image into the run image, and so has to fit it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Takes {
    /// A virtual environment, made with the interpreter that runs it.
    Python,
    /// Classes; the compiler is a package of the build image.
    Java,
    /// Classes, made with the JDK of the build image.
    ByteCode,
    /// Programs that an SDK publishes for any version of the C library.
    Portable,
    /// Programs and the libraries they need.
    Programs,
    /// Nothing that depends on the run image.
    Little,
}

impl Takes {
    /// Whether the build image is that of a tool, of whatever distribution: what does not depend on the kind is made
    /// on another.
    pub(crate) fn is_of_a_tool(self) -> bool {
        matches!(self, Self::ByteCode | Self::Portable)
    }
}

/// Who asks whether a service works. An interpreter goes by its path in the image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Prober {
    /// The image's Python.
    Python(String),
    /// The image's Node.
    Node(String),
    /// The static probe.
    Static,
}

impl Prober {
    /// The interpreter of the run image, as a program of the language needs it.
    fn interpreter(service: &Service, prober: fn(String) -> Self) -> Self {
        prober(service.base.interpreter.as_ref().map(|found| found.path.clone()).unwrap_or_default())
    }
}

/// What a build and its image need. Most kinds need none of it.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a question of its own")]
pub struct Needs<'k> {
    /// Debian packages that the build installs, beside those of `programs`.
    pub packages: &'k [At<DebianPackage>],
    /// What runs on the target platform, which a builder of another architecture has to emulate.
    pub emulated: Vec<&'k str>,
    /// The image of uv.
    pub uv: bool,
    /// The image of Caddy.
    pub caddy: bool,
    /// Files of the build context that are taken if they are there: paths below the service's directory.
    pub optional: Vec<RelativePath>,
    /// A compiler, packages or wheels that the template chooses by the platform: it knows `amd64` and `arm64`.
    pub known_platform: bool,
    /// Files that Dockerfiles share, beside those of the probe and of `programs`.
    pub shared_files: bool,
    /// The static probe, though no health check of the image's own asks it: for images that are based on it.
    pub probe: bool,
}
