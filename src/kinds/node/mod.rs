//! Node: a front end built with npm, and the small server that serves it.

use askama::Template;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Accepts, Directory, PROBE, Prober, Program, Takes, checks};
use crate::context::{Image, Missing};
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
    pub directory: At<RelativePath>,
    /// The script of package.json that builds the front end.
    #[serde(default = "build_script")]
    #[schemars(example = &"build")]
    pub script: Script,
    /// The directory that the script writes to, below `directory`.
    #[schemars(example = &"dist")]
    pub output: RelativePath,
    /// The program that serves it, below `directory`.
    #[schemars(example = &"server.js")]
    pub server: At<RelativePath>,
}

impl Node {
    /// Files that `npm ci` and the build need, the script, and the server, which a build may make.
    fn absent_files(&self, service: &Service, image: &Image<'_>) -> Vec<Missing> {
        let directory = service.directory.join(&self.directory.value);
        let file = |name: &str| format!("{directory}/{name}");
        let is_absent = |path: &str| image.tree.find(path).is_none();
        if is_absent(directory.as_str()) {
            return Vec::new();
        }
        let span = || self.directory.span.clone();
        let mut found = Vec::new();
        for (name, hint) in [
            ("package.json", "`directory` of node is the directory of package.json"),
            ("package-lock.json", "`npm ci` needs it; `npm install --package-lock-only` writes it"),
        ] {
            if is_absent(&file(name)) {
                let what = format!("there is no `{}` in the build context: a file of", file(name));
                found.push(Missing { span: span(), what, hint: hint.to_owned(), is_certain: true });
            }
        }
        let package = image.tree.text(&file("package.json"));
        let package = package.and_then(|text| serde_json::from_str::<serde_json::Value>(&text).ok());
        if package.is_some_and(|package| package["scripts"].get(self.script.as_str()).is_none()) {
            let what = format!("`{}` has no script `{}`, which builds", file("package.json"), self.script);
            let hint = "set `script` of node to one of its `scripts`".to_owned();
            found.push(Missing { span: span(), what, hint, is_certain: true });
        }
        if is_absent(&file(self.server.as_str())) && !self.server.is_within(&self.output) {
            let what =
                format!("there is no `{}` in the build context, the server of", file(self.server.as_str()));
            let hint = format!("add it, unless `npm run {}` makes it", self.script);
            found.push(Missing { span: self.server.span.clone(), what, hint, is_certain: false });
        }
        found
    }
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

    fn context(&self) -> Vec<At<RelativePath>> {
        vec![self.directory.clone()]
    }

    fn missing(&self, service: &Service, image: &Image<'_>) -> Vec<Missing> {
        self.absent_files(service, image)
    }

    fn build_output(&self) -> &'static [&'static str] {
        &[]
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

    fn env(&self, _: &Service) -> Vec<(&'static str, String)> {
        Vec::new()
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
