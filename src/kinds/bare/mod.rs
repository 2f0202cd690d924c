//! The run image with the static probe, for other images to be based on
//! (docs.docker.com/build/building/base-images).

use askama::Template;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Accepts, Directory, Lack, Needs, PROBE, Prober, Program, Takes};
use crate::context::{Image, Missing};
use crate::diagnostic::Diagnostic;
use crate::fleet::At;
use crate::fleet::model::{Base, Health, Probe, Service};
use crate::path::RelativePath;
use crate::render::page::Page;

/// The run image with the static health check, as a base for other images.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Bare {}

/// The Dockerfile of the run image with the static probe.
#[derive(Template)]
#[template(path = "bare/bare.dockerfile")]
struct Dockerfile<'a> {
    page: &'a Page<'a>,
}

impl Program for Bare {
    fn word(&self) -> &'static str {
        "bare"
    }

    /// Nothing answers in a base image.
    fn check(&self, service: &Service) -> Option<Diagnostic> {
        let asked =
            matches!(&service.health, Health::Check { probe, .. } if !matches!(probe, Probe::Exec(_)));
        asked.then(|| {
            let message = format!("`{}` is a bare image, in which no program runs", service.name.value);
            Diagnostic::new(service.name.span.clone(), message)
                .about(["health"])
                .hint("set health to { none = \"reason\" }")
        })
    }

    fn base(&self) -> &'static str {
        "native"
    }

    fn directory(&self) -> Directory {
        Directory::Files
    }

    fn accepts(&self) -> Accepts {
        Accepts { programs: false, sources: false, directories: false }
    }

    fn builder(&self, _: &Service) -> Option<&'static str> {
        None
    }

    fn target_variables(&self) -> &'static [&'static str] {
        &[]
    }

    fn takes(&self) -> Takes {
        Takes::Little
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
        Needs { probe: true, ..Needs::default() }
    }

    fn env(&self, _: &Service) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    fn own_directory(&self) -> Option<(&'static str, &'static str)> {
        None
    }

    fn entrypoint(&self, _: &Service) -> Vec<String> {
        vec![PROBE.to_owned(), "--version".to_owned()]
    }

    fn dockerfile(&self, page: &Page<'_>) -> askama::Result<String> {
        Dockerfile { page }.render()
    }
}
