//! Node: a server with packages of its own, Next.js, or a front end built with npm and the small server that serves it.
//!
//! Dependencies are installed from the lock file alone before the code is copied, and those of development are left out
//! (docs.docker.com/guides/nodejs/containerize, docs.npmjs.com/cli/commands/npm-ci).
//!
//! Next.js makes a server with the packages that it needs
//! (nextjs.org/docs/app/api-reference/config/next-config-js/output). It takes them from those of the builder's platform,
//! so the native parts among them are put in the place of the target's.

mod front;
mod server;

use askama::Template;
use schemars::JsonSchema;
use serde::Deserialize;

use super::javascript::{Manager, Packages};
use super::{Accepts, Directory, Lack, Needs, Prober, Program, Takes, checks};
use crate::context::{Image, Missing};
use crate::diagnostic::{Diagnostic, Span};
use crate::fleet::At;
use crate::fleet::model::{Base, Service};
use crate::fleet::words::{Argument, Script};
use crate::path::RelativePath;
use crate::render::page::Page;
use server::Server;

/// A Node program: a server with a lock file (`server`), an application of Next.js (`next`), or a front end built with
/// npm and a server without packages (`directory`). package.json and the lock file must be in the service's directory.
/// Native packages must be published prebuilt for each platform, because install scripts are not run.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Node {
    /// The file to run: one of the service, or of a package in `node_modules`.
    #[schemars(example = &"server.js")]
    pub server: Option<At<RelativePath>>,
    /// Whether it is a Next.js application with `output: "standalone"` in its configuration. The image contains the
    /// server that Next.js generates, with the packages it needs; it listens on the first of `ports`.
    #[serde(default)]
    #[schemars(example = true)]
    pub next: bool,
    /// The package manager.
    #[serde(default)]
    pub manager: Manager,
    /// The workspace member to run, relative to the lock file. `directory` is then the directory of the lock file, and
    /// other paths are relative to the member. Members that it depends on are included.
    #[schemars(example = &"packages/api")]
    pub workspace: Option<RelativePath>,
    /// The script of package.json that builds the program; `build` by default if `output` is set. It runs on the build
    /// platform, with development dependencies.
    #[schemars(example = &"build")]
    pub script: Option<Script>,
    /// The directory that the script writes to, which is copied into the image.
    #[schemars(example = &"dist")]
    pub output: Option<RelativePath>,
    /// The options of Node itself, before the server. In `NODE_OPTIONS` of `env`, they would also apply to the health
    /// check.
    #[serde(default)]
    #[schemars(example = ["--require=./tracing.js"])]
    pub options: Vec<Argument>,
    /// The arguments of the server.
    #[serde(default)]
    #[schemars(example = ["--port=8080"])]
    pub arguments: Vec<Argument>,
    /// The directory of a front end with package.json and package-lock.json. Only `output` and `server`, which must be
    /// in it, are copied into the image.
    #[schemars(example = &"electron-gui")]
    pub directory: Option<At<RelativePath>>,
}

impl Node {
    /// The script that builds.
    fn script(&self) -> Script {
        self.script.clone().unwrap_or_else(|| "build".parse().expect("a script"))
    }

    /// What is told about the program.
    fn span(&self, service: &Service) -> Span {
        self.server.as_ref().map_or_else(|| service.name.span.clone(), |server| server.span.clone())
    }

    fn packages(&self, service: &Service) -> Packages<'_> {
        let workspace = self.workspace.as_ref();
        Packages { manager: self.manager, workspace, span: self.span(service) }
    }

    /// The file that Node runs, below /app.
    fn program(&self, service: &Service) -> RelativePath {
        let made = || "server.js".parse().expect("a path");
        let server = self.server.as_ref().map_or_else(made, |server| server.value.clone());
        self.packages(service).below(&server)
    }

    /// The directory that it is started in.
    fn workdir(&self) -> String {
        self.workspace.as_ref().map_or_else(|| "/app".to_owned(), |workspace| format!("/app/{workspace}"))
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
        self.node.directory.is_none().then(|| Server::new(self.page, self.node))
    }
}

impl Program for Node {
    fn word(&self) -> &'static str {
        "node"
    }

    fn check(&self, service: &Service) -> Option<Diagnostic> {
        server::check(self, service)
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

    fn builder(&self, _: &Service) -> Option<&'static str> {
        let builds = self.directory.is_some() || self.next || self.script.is_some() || self.output.is_some();
        builds.then_some("build")
    }

    fn target_variables(&self) -> &'static [&'static str] {
        super::javascript::TARGET_VARIABLES
    }

    fn takes(&self) -> Takes {
        Takes::Little
    }

    fn lacks(&self, base: &Base) -> Option<Lack> {
        checks::interpreter(base, "node")
    }

    fn context(&self, service: &Service) -> Vec<At<RelativePath>> {
        let of_server = || self.packages(service).context();
        self.directory.clone().map_or_else(of_server, |directory| vec![directory])
    }

    fn missing(&self, service: &Service, image: &Image<'_>) -> Vec<Missing> {
        match (&self.directory, &self.output, &self.server) {
            (Some(own), Some(output), Some(server)) => {
                front::absent_files(self, own, output, server, service, image)
            }
            _ => server::absent_files(self, service, image),
        }
    }

    fn build_output(&self) -> &'static [&'static str] {
        match (&self.directory, self.next) {
            (Some(_), _) => &[],
            (None, false) => &["node_modules"],
            (None, true) => &["node_modules", ".next"],
        }
    }

    fn prober(&self, service: &Service) -> Prober {
        Prober::interpreter(service, Prober::Node)
    }

    fn needs(&self, service: &Service) -> Needs<'_> {
        let optional = if self.directory.is_some() { Vec::new() } else { self.packages(service).optional() };
        Needs { optional, ..Needs::default() }
    }

    fn env(&self, service: &Service) -> Vec<(&'static str, String)> {
        let mut env = Vec::new();
        if self.directory.is_none() {
            env.push(("NODE_ENV", "production".to_owned()));
        }
        if self.next {
            env.push(("HOSTNAME", "0.0.0.0".to_owned()));
            env.extend(service.ports.first().map(|port| ("PORT", port.to_string())));
        }
        env
    }

    fn own_directory(&self) -> Option<(&'static str, &'static str)> {
        self.directory.is_none().then_some(("/app/node_modules", "the directory of the packages"))
    }

    fn entrypoint(&self, service: &Service) -> Vec<String> {
        let options = self.options.iter().map(ToString::to_string);
        let program = [format!("/app/{}", self.program(service))];
        let arguments = self.arguments.iter().map(ToString::to_string);
        ["/nodejs/bin/node".to_owned()].into_iter().chain(options).chain(program).chain(arguments).collect()
    }

    fn dockerfile(&self, page: &Page<'_>) -> askama::Result<String> {
        Dockerfile { page, node: self }.render()
    }
}
