//! Web sites: files as they are, or what a script builds of packages, served by Caddy.
//!
//! Caddy is one static program that answers single-page fall-backs and passes requests on; it looks a host up for each
//! connection, so the site starts before what is behind it, and goes on when that moves
//! (caddyserver.com/docs/caddyfile/directives). Its configuration is in the image, so that nothing changes it, and it
//! writes nothing. The official image lets the program open low ports by a file capability, which keeps it from starting
//! in a container without capabilities: a copy has none
//! (github.com/caddyserver/caddy-docker; capabilities(7), "Capabilities and execution of programs by root").

mod caddyfile;

use std::collections::BTreeMap;

use askama::Template;
use schemars::JsonSchema;
use serde::Deserialize;

use super::javascript::{Layout, Manager, Packages, Project};
use super::{Accepts, Directory, Lack, Needs, Prober, Program, Takes};
use crate::context::{Image, Missing};
use crate::diagnostic::Diagnostic;
use crate::fleet::At;
use crate::fleet::model::{Base, Service};
use crate::fleet::words::{PathPrefix, Script, Upstream};
use crate::path::RelativePath;
use crate::render::page::Page;

/// A web site, served by Caddy on the first of `ports`. It is built by a script of package.json if `output` is set;
/// otherwise it is the files in the service's directory. A path without `.html` finds the file with it, and missing
/// paths get `404.html`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Static {
    /// The directory that the script writes the site to.
    #[schemars(example = &"dist")]
    pub output: Option<RelativePath>,
    /// The script of package.json that builds the site; `build` by default. It runs on the build platform.
    #[schemars(example = &"build")]
    pub script: Option<Script>,
    /// The package manager.
    pub manager: Manager,
    /// The workspace member to build, relative to the lock file. `directory` is then the directory of the lock file,
    /// and `output` is relative to the member.
    #[schemars(example = &"packages/web")]
    pub workspace: Option<RelativePath>,
    /// Whether missing paths get `index.html`, as single-page applications need.
    #[schemars(example = true)]
    pub fallback: bool,
    /// Requests to forward, by the first part of their path: to `http://api:8080` with the path unchanged, to
    /// `http://api:8080/` without that part.
    pub proxy: BTreeMap<PathPrefix, Upstream>,
}

impl Static {
    /// The script that builds.
    fn script(&self) -> Script {
        self.script.clone().unwrap_or_else(|| "build".parse().expect("a script"))
    }

    fn packages(&self, service: &Service) -> Packages<'_> {
        let workspace = self.workspace.as_ref();
        Packages { manager: self.manager, workspace, span: service.name.span.clone() }
    }
}

/// The Dockerfile of a site.
#[derive(Template)]
#[template(path = "static/static.dockerfile")]
struct Dockerfile<'a> {
    page: &'a Page<'a>,
    site: &'a Static,
}

impl Dockerfile<'_> {
    /// The packages that the site is built with, and where it is then.
    fn built(&self) -> Option<(Project<'_>, String)> {
        let output = self.site.output.as_ref()?;
        let packages = self.site.packages(self.page.service);
        let output = format!("/src/{}", packages.below(output));
        Some((Project { page: self.page, packages, layout: Layout::Own }, output))
    }

    fn caddyfile(&self) -> Vec<String> {
        caddyfile::lines(self.site, self.page.service)
    }
}

impl Program for Static {
    fn word(&self) -> &'static str {
        "static"
    }

    fn check(&self, service: &Service) -> Option<Diagnostic> {
        let is_of_builds =
            self.script.is_some() || self.manager != Manager::default() || self.workspace.is_some();
        let cases = [
            (
                self.output.is_none() && is_of_builds,
                "builds something, but `output` is missing",
                "set `output` of static",
            ),
            (service.ports.is_empty(), "has no port to serve its site on", "set ports = [8080]"),
        ];
        let (_, message, hint) = cases.into_iter().find(|(applies, ..)| *applies)?;
        let name = &service.name;
        Some(Diagnostic::new(name.span.clone(), format!("`{}` {message}", name.value)).hint(hint))
    }

    fn base(&self) -> &'static str {
        if self.output.is_some() { "static-node" } else { "static" }
    }

    fn directory(&self) -> Directory {
        Directory::Project
    }

    fn accepts(&self) -> Accepts {
        Accepts { programs: false, ..Accepts::ALL }
    }

    fn target_variables(&self) -> &'static [&'static str] {
        super::javascript::TARGET_VARIABLES
    }

    fn takes(&self) -> Takes {
        Takes::Little
    }

    fn lacks(&self, _: &Base) -> Option<Lack> {
        None
    }

    fn context(&self, service: &Service) -> Vec<At<RelativePath>> {
        if self.output.is_some() { self.packages(service).context() } else { Vec::new() }
    }

    fn builder(&self, _: &Service) -> Option<&'static str> {
        self.output.as_ref().map(|_| "build")
    }

    fn missing(&self, service: &Service, image: &Image<'_>) -> Vec<Missing> {
        if self.output.is_some() {
            return self.packages(service).missing(service, image, Some(&self.script()));
        }
        let is_there = !image.is_whole() || image.find("/app/index.html").is_some();
        let missing = Missing {
            span: service.name.span.clone(),
            what: format!("there is no `{}/index.html` among the files of the site", service.directory),
            hint: "set `directory` to that of the site, or `output` to the directory that a script builds"
                .to_owned(),
            is_certain: false,
        };
        if is_there { Vec::new() } else { vec![missing] }
    }

    fn build_output(&self) -> &'static [&'static str] {
        if self.output.is_some() { &["node_modules"] } else { &["Dockerfile", "Dockerfile.*"] }
    }

    fn prober(&self, _: &Service) -> Prober {
        Prober::Static
    }

    fn needs(&self, service: &Service) -> Needs<'_> {
        let optional = self.output.as_ref().map(|_| self.packages(service).optional());
        Needs { caddy: true, optional: optional.unwrap_or_default(), ..Needs::default() }
    }

    fn env(&self, _: &Service) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    fn own_directory(&self) -> Option<(&'static str, &'static str)> {
        Some(("/app", "the directory of the site"))
    }

    fn entrypoint(&self, _: &Service) -> Vec<String> {
        ["/usr/local/bin/caddy", "run", "--config", "/etc/caddy/Caddyfile"].map(ToOwned::to_owned).to_vec()
    }

    fn dockerfile(&self, page: &Page<'_>) -> askama::Result<String> {
        Dockerfile { page, site: self }.render()
    }
}
