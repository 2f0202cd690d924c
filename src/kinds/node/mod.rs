//! Node: a front end built with npm, and the small server that serves it.

use askama::Template;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Accepts, Directory, Prober, Program, Takes, checks};
use crate::diagnostic::Diagnostic;
use crate::fleet::At;
use crate::fleet::model::Service;
use crate::fleet::words::{DebianPackage, Script};
use crate::path::RelativePath;
use crate::render::page::Page;

/// A front end built with npm, and the small server that serves it.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Node {
    /// The directory with package.json and package-lock.json.
    #[schemars(example = &"electron-gui")]
    pub directory: RelativePath,
    /// The script of package.json that builds the front end.
    #[serde(default = "build_script")]
    #[schemars(example = &"build")]
    pub script: Script,
    /// The directory that the script writes to, below `directory`.
    #[schemars(example = &"dist")]
    pub output: RelativePath,
    /// The program that serves it, below `directory`.
    #[schemars(example = &"server.js")]
    pub server: RelativePath,
}

fn build_script() -> Script {
    "build".parse().expect("a script")
}

/// The Dockerfile of a front end and its server.
#[derive(Template)]
#[template(path = "node/node.dockerfile")]
struct Dockerfile<'a> {
    page: &'a Page<'a>,
    node: &'a Node,
}

impl Program for Node {
    fn word(&self) -> &'static str {
        "node"
    }

    fn check(&self, service: &Service) -> Option<Diagnostic> {
        checks::interpreter(service, "node")
    }

    fn base(&self) -> &'static str {
        "node"
    }

    fn directory(&self) -> Directory {
        Directory::Files
    }

    fn accepts(&self) -> Accepts {
        Accepts { programs: false, ..Accepts::ALL }
    }

    fn takes(&self) -> Takes {
        Takes::Little
    }

    fn build_packages(&self) -> &[At<DebianPackage>] {
        &[]
    }

    fn context(&self) -> Vec<RelativePath> {
        vec![self.directory.clone()]
    }

    fn prober(&self) -> Prober {
        Prober::Node
    }

    fn always_has_probe(&self) -> bool {
        false
    }

    fn wants_shared_files(&self, _: &Service) -> bool {
        false
    }

    fn wants_uv(&self) -> bool {
        false
    }

    fn emulated(&self) -> Vec<&str> {
        Vec::new()
    }

    fn interpreter(&self, service: &Service) -> Option<String> {
        service.base.interpreter.as_ref().map(|found| found.path.clone())
    }

    fn env(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    fn own_directory(&self) -> Option<(&'static str, &'static str)> {
        None
    }

    fn entrypoint(&self, _: &Service) -> Vec<String> {
        vec!["/nodejs/bin/node".to_owned(), format!("/app/{}", self.server)]
    }

    fn dockerfile(&self, page: &Page<'_>) -> askama::Result<String> {
        Dockerfile { page, node: self }.render()
    }
}
