//! From a fleet to the files that should be there: one typed template a kind of service.
//!
//! Rendering is pure. The texts come without the header that marks a file as generated; `sync` puts
//! it on when it compares and writes.

pub mod escape;
mod page;

use askama::Template;

use crate::fleet::kind::{Java, Kind, Node, Python};
use crate::fleet::{Fleet, Service};
use page::Page;

pub use page::{entrypoint, health_command};

/// The Dockerfile of a Python service.
#[derive(Template)]
#[template(path = "python.dockerfile")]
struct PythonDockerfile<'a> {
    page: &'a Page<'a>,
    python: &'a Python,
}

/// The Dockerfile of a Java service.
#[derive(Template)]
#[template(path = "java.dockerfile")]
struct JavaDockerfile<'a> {
    page: &'a Page<'a>,
    java: &'a Java,
}

/// The Dockerfile of a front end and its server.
#[derive(Template)]
#[template(path = "node.dockerfile")]
struct NodeDockerfile<'a> {
    page: &'a Page<'a>,
    node: &'a Node,
}

/// The Dockerfile of programs of an upstream image.
#[derive(Template)]
#[template(path = "native.dockerfile")]
struct NativeDockerfile<'a> {
    page: &'a Page<'a>,
}

/// The Dockerfile of the run image with the static probe.
#[derive(Template)]
#[template(path = "bare.dockerfile")]
struct BareDockerfile<'a> {
    page: &'a Page<'a>,
}

/// The allow-list beside a Dockerfile.
#[derive(Template)]
#[template(path = "ignore.dockerignore")]
struct Dockerignore<'a> {
    paths: Vec<String>,
    refused: &'a [&'a str],
}

/// The Dockerfile of a service.
///
/// # Errors
/// If a value holds a line break; the words of the fleet do not.
pub fn dockerfile(fleet: &Fleet, service: &Service) -> Result<String, askama::Error> {
    let page = &Page { fleet, service };
    let text = match &service.kind {
        Kind::Python(python) => PythonDockerfile { page, python }.render(),
        Kind::Java(java) => JavaDockerfile { page, java }.render(),
        Kind::Node(node) => NodeDockerfile { page, node }.render(),
        Kind::Native(_) => NativeDockerfile { page }.render(),
        Kind::Bare(_) => BareDockerfile { page }.render(),
    }?;
    // Askama drops the last line break of a template.
    Ok(text + "\n")
}

/// What is never let into a build context, even below a directory that is copied.
const REFUSED: [&str; 11] = [
    "**/.env*",
    "**/.git",
    "**/*.key",
    "**/*.pem",
    "**/secrets",
    "**/__pycache__",
    "**/*.pyc",
    "**/node_modules",
    "**/test",
    "**/tests",
    "**/test_*",
];

/// The ignore file of a service's Dockerfile.
///
/// # Errors
/// As for [`dockerfile`].
pub fn dockerignore(fleet: &Fleet, service: &Service) -> Result<String, askama::Error> {
    let page = Page { fleet, service };
    let ignore = Dockerignore { paths: page.context_paths(), refused: &REFUSED };
    Ok(ignore.render()? + "\n")
}
