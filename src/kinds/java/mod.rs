//! Java: byte code, compiled on the builder's platform, and the virtual machine of the run image.

use askama::Template;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Accepts, Directory, PROBE, Prober, Program, Takes, checks};
use crate::context::{Image, Missing};
use crate::diagnostic::Diagnostic;
use crate::fleet::At;
use crate::fleet::model::Service;
use crate::fleet::words::{DebianPackage, JavaClass, Line};
use crate::path::RelativePath;
use crate::render::page::Page;

/// A Java program, compiled from `sources`, or the Java runtime alone.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Java {
    /// The class whose `main` is run. Without it the image holds the runtime alone and prints its version.
    #[schemars(example = &"org.example.Main")]
    pub main: Option<At<JavaClass>>,
    /// Options of the virtual machine.
    #[schemars(example = ["-XX:MaxRAMPercentage=75.0"])]
    pub options: Vec<Line>,
}

/// The Dockerfile of a Java service.
#[derive(Template)]
#[template(path = "java/java.dockerfile")]
struct Dockerfile<'a> {
    page: &'a Page<'a>,
    java: &'a Java,
}

impl Dockerfile<'_> {
    /// The Debian package with the compiler of the run image's Java.
    fn jdk_package(&self) -> String {
        let java = self.page.service.base.interpreter.as_ref();
        java.and_then(|java| java.version.as_deref()).map_or_else(
            || "default-jdk-headless".to_owned(),
            |version| format!("openjdk-{version}-jdk-headless"),
        )
    }
}

impl Program for Java {
    fn word(&self) -> &'static str {
        "java"
    }

    fn check(&self, service: &Service) -> Option<Diagnostic> {
        match &self.main {
            None if !service.sources.is_empty() => Some(
                Diagnostic::new(
                    service.name.span.clone(),
                    "nothing says which class the sources are compiled for",
                )
                .hint("set `main` of java"),
            ),
            Some(main) if service.sources.is_empty() => Some(
                Diagnostic::new(main.span.clone(), "there are no sources to compile the class from")
                    .hint("set `sources`"),
            ),
            _ => checks::interpreter(service, "java"),
        }
    }

    fn base(&self) -> &'static str {
        "java"
    }

    fn directory(&self) -> Directory {
        if self.main.is_some() { Directory::Code } else { Directory::Files }
    }

    fn accepts(&self) -> Accepts {
        Accepts { programs: false, ..Accepts::ALL }
    }

    fn takes(&self) -> Takes {
        Takes::Java
    }

    fn build_packages(&self) -> &[At<DebianPackage>] {
        &[]
    }

    fn context(&self) -> Vec<At<RelativePath>> {
        Vec::new()
    }

    fn missing(&self, _: &Service, _: &Image<'_>) -> Vec<Missing> {
        Vec::new()
    }

    fn prober(&self) -> Prober {
        Prober::Static
    }

    /// The runtime alone is for images that are based on it.
    fn always_has_probe(&self) -> bool {
        self.main.is_none()
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
        let end: &[&str] = if self.main.is_some() { &["-jar", "/app/app.jar"] } else { &["-version"] };
        let words = std::iter::once("/usr/bin/java").chain(self.options.iter().map(Line::as_str));
        words.chain(end.iter().copied()).map(str::to_owned).collect()
    }

    fn dockerfile(&self, page: &Page<'_>) -> askama::Result<String> {
        Dockerfile { page, java: self }.render()
    }
}
