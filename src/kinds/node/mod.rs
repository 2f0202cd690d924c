//! Node: a server with packages of its own, or a front end built with npm and the small server that serves it.
//!
//! Packages with a native part publish one package a platform, of which the manager installs those that `--cpu`, `--os`
//! and `--libc` name (docs.npmjs.com/cli/commands/npm-ci, pnpm.io/cli/install): no platform is emulated.

mod server;

use askama::Template;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Accepts, Directory, Needs, PROBE, Prober, Program, Takes, checks};
use crate::context::{Image, Missing};
use crate::diagnostic::Diagnostic;
use crate::fleet::At;
use crate::fleet::model::Service;
use crate::fleet::words::{Line, Script};
use crate::path::RelativePath;
use crate::render::page::Page;
use server::{Manager, Server};

/// A Node server with packages of its own, which a lock file names: package.json and the lock file lie in the service's
/// directory. Packages with a native part have to be published ready-made for each platform: install scripts of what
/// goes into the image are not run. With `directory`, a front end built with npm, and the small server that serves it
/// and needs no packages.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Node {
    /// The program that is started.
    #[schemars(example = &"server.js")]
    pub server: At<RelativePath>,
    /// What installs the packages of a server.
    #[serde(default)]
    pub manager: Manager,
    /// The script of package.json that builds; `build` unless said, if there is an `output`. It has the development
    /// dependencies, too, and runs on the builder's platform.
    #[schemars(example = &"build")]
    pub script: Option<Script>,
    /// The directory that the script writes to, which goes into the image.
    #[schemars(example = &"dist")]
    pub output: Option<RelativePath>,
    /// The arguments that a server is started with.
    #[serde(default)]
    #[schemars(example = ["--port=8080"])]
    pub arguments: Vec<Line>,
    /// The directory of a front end, with package.json and package-lock.json: `output` and `server`, which lie below
    /// it, are all that goes into the image.
    #[schemars(example = &"electron-gui")]
    pub directory: Option<At<RelativePath>>,
}

impl Node {
    /// The script that builds.
    fn script(&self) -> Script {
        self.script.clone().unwrap_or_else(|| "build".parse().expect("a script"))
    }

    /// Files that `npm ci` and the build need, the script, and the server, which a build may make.
    fn absent_files(&self, service: &Service, image: &Image<'_>) -> Vec<Missing> {
        let (Some(own), Some(output)) = (&self.directory, &self.output) else {
            return server::absent_files(self, service, image);
        };
        let directory = service.directory.join(&own.value);
        let script = self.script();
        let file = |name: &str| format!("{directory}/{name}");
        let is_absent = |path: &str| image.tree.find(path).is_none();
        if is_absent(directory.as_str()) {
            return Vec::new();
        }
        let span = || own.span.clone();
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
        if package.is_some_and(|package| package["scripts"].get(script.as_str()).is_none()) {
            let what = format!("`{}` has no script `{script}`, which builds", file("package.json"));
            let hint = "set `script` of node to one of its `scripts`".to_owned();
            found.push(Missing { span: span(), what, hint, is_certain: true });
        }
        if is_absent(&file(self.server.as_str())) && !self.server.is_within(output) {
            let what =
                format!("there is no `{}` in the build context, the server of", file(self.server.as_str()));
            let hint = format!("add it, unless `npm run {script}` makes it");
            found.push(Missing { span: self.server.span.clone(), what, hint, is_certain: false });
        }
        found
    }
}

/// The Dockerfile of a Node service.
#[derive(Template)]
#[template(path = "node/node.dockerfile")]
struct Dockerfile<'a> {
    page: &'a Page<'a>,
    node: &'a Node,
}

impl Dockerfile<'_> {
    /// A server with packages of its own.
    fn server(&self) -> Option<Server<'_>> {
        self.node.directory.is_none().then_some(Server { page: self.page, node: self.node })
    }
}

impl Program for Node {
    fn word(&self) -> &'static str {
        "node"
    }

    fn check(&self, service: &Service) -> Option<Diagnostic> {
        checks::interpreter(service, "node").or_else(|| server::check(self))
    }

    fn base(&self) -> &'static str {
        "node"
    }

    fn directory(&self) -> Directory {
        if self.directory.is_some() { Directory::Files } else { Directory::Project }
    }

    fn accepts(&self) -> Accepts {
        Accepts { programs: false, ..Accepts::ALL }
    }

    fn takes(&self) -> Takes {
        Takes::Little
    }

    fn context(&self) -> Vec<At<RelativePath>> {
        self.directory.clone().map_or_else(|| server::context(self), |directory| vec![directory])
    }

    fn missing(&self, service: &Service, image: &Image<'_>) -> Vec<Missing> {
        self.absent_files(service, image)
    }

    fn build_output(&self) -> &'static [&'static str] {
        if self.directory.is_some() { &[] } else { &["node_modules"] }
    }

    fn prober(&self, service: &Service) -> Prober {
        Prober::interpreter(service, Prober::Node)
    }

    fn needs(&self, _: &Service) -> Needs<'_> {
        Needs::default()
    }

    fn env(&self, _: &Service) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    fn own_directory(&self) -> Option<(&'static str, &'static str)> {
        self.directory.is_none().then_some(("/app/node_modules", "where the packages of the program lie"))
    }

    fn entrypoint(&self, _: &Service) -> Vec<String> {
        let program = ["/nodejs/bin/node".to_owned(), format!("/app/{}", self.server.value)];
        program.into_iter().chain(self.arguments.iter().map(ToString::to_string)).collect()
    }

    fn dockerfile(&self, page: &Page<'_>) -> askama::Result<String> {
        Dockerfile { page, node: self }.render()
    }
}
