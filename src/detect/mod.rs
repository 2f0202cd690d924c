//! From a source tree that nobody has described to services of services.toml.
//!
//! [`propose`] looks at a [`View`] of the tree and proposes services; it performs no input or output. Every value is
//! either certain, because a file says it, or guessed, with the reason. [`text()`] makes entries of them, and what no
//! entry can say yet stays there as a comment.
//!
//! Compose files and Dockerfiles say where services are, and manifests say where there are more. One file a language
//! says what starts a service; adding a language is one of these files and a line in `LANGUAGES`.

#![allow(clippy::case_sensitive_file_extension_comparisons, reason = "compilers and build tools tell case")]

mod compose;
mod copies;
mod dockerfile;
mod document;
mod dotnet;
mod environment;
mod files;
mod go;
mod health;
mod hosts;
mod image;
mod java;
mod listens;
mod look;
mod mounts;
mod name;
mod needs;
mod node;
mod npm;
mod once;
mod ports;
mod projects;
mod proposals;
mod publish;
mod python;
mod rust;
mod script;
mod shared;
mod site;
mod start;
mod text;
mod units;
mod view;
mod writes;

use std::collections::BTreeMap;

use serde_json::Value;

pub use name::{fleet as fleet_name, unique};
pub use publish::settle;
pub(crate) use python::around;
pub use text::{Text, text};
pub use view::View;

pub(crate) use node::FRONT_END;

use units::Unit;

/// A service that the tree seems to hold.
#[derive(Debug, Clone)]
pub struct Proposal {
    /// Its name.
    pub name: String,
    /// Its directory, below the root; empty for the root.
    pub directory: String,
    /// The directory of the program itself: that of a member, where `directory` is that of a workspace.
    pub member: String,
    /// Whether a Compose file names it.
    pub is_named: bool,
    /// The table of its kind.
    pub kind: &'static str,
    /// The keys of the service.
    pub keys: Vec<Key>,
    /// The keys of its kind's table.
    pub table: Vec<Key>,
    /// Services that must be there first.
    pub depends_on: Vec<String>,
    /// What nobody can say but a person.
    pub unknowns: Vec<Unknown>,
    /// Why its entry cannot stand there yet.
    pub not_yet: Option<String>,
}

/// A key with its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// Its value.
    pub value: Value,
    /// Why it is so, if it is a guess.
    pub guess: Option<String>,
}

/// Something that the tree does not say.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unknown {
    /// The service, or the directory that could be one.
    pub service: String,
    /// The key.
    pub key: &'static str,
    /// Why it is not known.
    pub why: String,
}

/// What a tree holds.
#[derive(Debug, Default)]
pub struct Findings {
    /// Services, in the order of their directories.
    pub services: Vec<Proposal>,
    /// What is no service, though something looks like one.
    pub unknowns: Vec<Unknown>,
}

/// What a language says of a service.
#[derive(Debug, Default)]
struct Found {
    /// The table of its kind.
    kind: &'static str,
    /// The directory that paths start at.
    directory: String,
    /// The keys of that table.
    table: Vec<Key>,
    /// The port that the program listens on unless somebody says another.
    port: Option<(u16, String)>,
    /// The port that the program's own configuration says, and where.
    configured: Option<(u16, String)>,
    /// Why its entry cannot stand there yet.
    not_yet: Option<String>,
    /// The path that answers for its health, and why.
    health: Option<(String, String)>,
    /// What the language cannot say.
    unknowns: Vec<(&'static str, String)>,
    /// Whether it is certain enough to be a program without a Dockerfile.
    is_program: bool,
    /// The directory of the program itself, where paths start above it: that of a workspace, module or build.
    member: Option<String>,
    /// The file that is started, if the code tells it.
    entry: Option<String>,
    /// Other programs of the same directory, as the language names them.
    others: Vec<String>,
    /// Whether it is a server, though no port of it is known.
    is_server: bool,
    /// Variables that it needs, with their values, and why if they are guesses.
    env: BTreeMap<String, (String, Option<String>)>,
    /// Keys of the service.
    keys: Vec<Key>,
}

/// A language: the words that its images are called by, and what finds its programs.
struct Language {
    /// Parts of image names that tell it.
    images: &'static [&'static str],
    /// What it finds for a unit.
    find: fn(&View, &Unit) -> Option<Found>,
    /// File names that tell it; `*` stands in front of an ending.
    manifests: &'static [&'static str],
}

/// All languages. Where a directory has manifests of several, the first one wins, unless a Dockerfile says otherwise.
const LANGUAGES: &[Language] = &[
    Language { images: &["golang"], find: go::find, manifests: &["go.mod"] },
    Language {
        images: &["maven", "gradle", "jdk", "jre", "java", "temurin", "corretto"],
        find: java::find,
        manifests: &["pom.xml", "build.gradle", "build.gradle.kts"],
    },
    Language { images: &["dotnet"], find: dotnet::find, manifests: &["*.csproj", "*.fsproj", "*.vbproj"] },
    Language { images: &["rust", "cargo"], find: rust::find, manifests: &["Cargo.toml"] },
    Language {
        images: &["python", "uv", "uvicorn", "gunicorn"],
        find: python::find,
        manifests: &["requirements.txt", "pyproject.toml", "uv.lock", "poetry.lock", "Pipfile", "manage.py"],
    },
    Language { images: &["node", "bun"], find: node::find, manifests: &["package.json"] },
    Language { images: &["nginx", "httpd", "caddy"], find: site::find, manifests: &["index.html"] },
];

/// Manifests of languages that have no kind.
const WITHOUT_KIND: &[(&str, &str)] = &[
    ("Gemfile", "Ruby"),
    ("composer.json", "PHP"),
    ("mix.exs", "Elixir"),
    ("CMakeLists.txt", "C++"),
    ("build.sbt", "Scala"),
    ("deno.json", "Deno"),
];

impl Key {
    fn sure(name: &'static str, value: impl Into<Value>) -> Self {
        Self { name, value: value.into(), guess: None }
    }

    fn guessed(name: &'static str, value: impl Into<Value>, why: impl Into<String>) -> Self {
        Self { name, value: value.into(), guess: Some(why.into()) }
    }
}

/// A directory as it is shown and written.
fn shown(directory: &str) -> String {
    if directory.is_empty() { ".".to_owned() } else { directory.to_owned() }
}

/// The services that a tree holds. One in its root is called after the fleet, unless a Compose file names it.
pub fn propose(view: &View, fleet: &str) -> Findings {
    units::findings(view, fleet)
}

/// The program of one Dockerfile, which is built in a directory, as [`propose`] finds it.
///
/// # Errors
/// Why nothing is found.
pub fn program(view: &View, path: &str, text: &str, context: &str) -> Result<Proposal, String> {
    units::program(view, path, text, context)
}
