//! Native programs of an upstream image or of Debian packages, with the shared libraries they need.
//!
//! Libraries are looked up as the loader does (man7.org/linux/man-pages/man8/ld.so.8.html), packages are resolved for the
//! target's architecture (manpages.debian.org/apt.conf.5), and their records go where scanners look in images without a
//! package manager (`github.com/GoogleContainerTools/distroless/blob/main/PACKAGE_METADATA.md`).

use askama::Template;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Accepts, Directory, Lack, Needs, Prober, Program, Takes, absent, checks};
use crate::context::{Image, Missing};
use crate::diagnostic::Diagnostic;
use crate::fleet::At;
use crate::fleet::model::{Base, Service};
use crate::fleet::words::Argument;
use crate::path::{AbsolutePath, RelativePath};
use crate::render::page::Page;

/// Programs from an upstream image or from Debian packages; `programs` lists them.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Native {
    /// The command to run: an absolute program and its arguments.
    #[schemars(example = ["/usr/bin/mongod", "--config", "/etc/mongod.conf"])]
    pub command: At<Vec<Argument>>,
    /// The working directory; `/` by default.
    #[schemars(example = &"/usr/share/elasticsearch")]
    pub workdir: Option<AbsolutePath>,
}

/// The Dockerfile of native programs.
#[derive(Template)]
#[template(path = "native/native.dockerfile")]
struct Dockerfile<'a> {
    page: &'a Page<'a>,
    native: &'a Native,
}

impl Dockerfile<'_> {
    fn workdir(&self) -> &str {
        self.native.workdir.as_ref().map_or("/", AbsolutePath::as_str)
    }
}

impl Program for Native {
    fn word(&self) -> &'static str {
        "native"
    }

    fn check(&self, service: &Service) -> Option<Diagnostic> {
        let program = self.command.first().map_or("", Argument::as_str);
        if !program.starts_with('/') {
            return Some(checks::absolute_program(&self.command.span, program));
        }
        if service.programs.is_some() && !absent::may_have(service, program) {
            let message =
                format!("`{program}` is in no package, source or image of `{}`", service.name.value);
            return Some(
                Diagnostic::new(self.command.span.clone(), message).hint("add it to programs.paths"),
            );
        }
        service.programs.is_none().then(|| {
            Diagnostic::new(service.name.span.clone(), format!("`{}` has no programs", service.name.value))
                .about(["native"])
                .hint("set programs = { paths = [\"/usr/bin/…\"] }")
        })
    }

    fn base(&self) -> &'static str {
        "native"
    }

    fn directory(&self) -> Directory {
        Directory::Files
    }

    fn accepts(&self) -> Accepts {
        Accepts::ALL
    }

    fn builder(&self, _: &Service) -> Option<&'static str> {
        None
    }

    fn target_variables(&self) -> &'static [&'static str] {
        &[]
    }

    fn takes(&self) -> Takes {
        Takes::Programs
    }

    fn lacks(&self, _: &Base) -> Option<Lack> {
        None
    }

    fn context(&self, _: &Service) -> Vec<At<RelativePath>> {
        Vec::new()
    }

    fn missing(&self, _: &Service, _: &Image<'_>) -> Vec<Missing> {
        Vec::new()
    }

    fn build_output(&self) -> &'static [&'static str] {
        &[]
    }

    fn prober(&self, _: &Service) -> Prober {
        Prober::Static
    }

    fn needs(&self, _: &Service) -> Needs<'_> {
        Needs::default()
    }

    fn env(&self, _: &Service) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    fn own_directory(&self) -> Option<(&'static str, &'static str)> {
        None
    }

    fn entrypoint(&self, _: &Service) -> Vec<String> {
        self.command.iter().map(ToString::to_string).collect()
    }

    fn dockerfile(&self, page: &Page<'_>) -> askama::Result<String> {
        Dockerfile { page, native: self }.render()
    }
}
