//! Rust: a program of a Cargo package or workspace, compiled for the target on the builder's own platform.
//!
//! `rustup target add` brings the target's standard library (rust-lang.github.io/rustup/cross-compilation.html),
//! Debian's cross compiler of the target its linker and the compiler of what crates have in C; crates find both by
//! the variables of doc.rust-lang.org/cargo/reference/config.html#targettriplelinker and docs.rs/cc. With musl,
//! the linker that comes with Rust makes static programs, so crates cannot compile C there.
//!
//! The registry, git checkouts and Cargo's target directory are cache mounts, as in docs.docker.com/guides/rust/build-images:
//! a warm build compiles the crates of the service alone, without a list of manifests that a new member would break and
//! without another tool (cargo-chef). Build scripts of crates can write to these mounts, so each service has its own.

use askama::Template;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Accepts, Directory, Needs, PROBE, Prober, Program, Takes, checks};
use crate::context::{Image, Lies, Missing};
use crate::diagnostic::Diagnostic;
use crate::fleet::At;
use crate::fleet::model::Service;
use crate::fleet::words::{Crate, Line};
use crate::path::RelativePath;
use crate::render::page::Page;

/// A Rust program, built from the Cargo package or workspace in `directory`, which needs a `Cargo.lock`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Rust {
    /// The package of a workspace that is built.
    #[schemars(example = &"orders-api")]
    pub package: Option<Crate>,
    /// The program; called as `package` is unless said, or else as the service.
    #[schemars(example = &"orders")]
    pub bin: Option<Crate>,
    /// Features of the package.
    #[schemars(example = ["postgres"])]
    pub features: Vec<Crate>,
    /// Whether the program is linked with musl, all static, and so runs on an image without a C library. Crates that
    /// compile C cannot be built so.
    #[serde(rename = "static")]
    #[schemars(example = true)]
    pub is_static: bool,
    /// The arguments that the program is started with.
    #[schemars(example = ["serve"])]
    pub arguments: Vec<Line>,
    /// Files and directories that the program reads when it runs, such as templates; each goes to the same path below
    /// /app, the working directory.
    #[schemars(example = ["templates"])]
    pub assets: Vec<At<RelativePath>>,
}

/// The Dockerfile of a Rust service.
#[derive(Template)]
#[template(path = "rust/rust.dockerfile")]
struct Dockerfile<'a> {
    page: &'a Page<'a>,
    rust: &'a Rust,
}

impl Dockerfile<'_> {
    /// The options that say what is built.
    fn selection(&self) -> String {
        let package = self.rust.package.as_ref().map(|package| format!(" --package {package}"));
        let features = self.rust.features.iter().map(Crate::as_str).collect::<Vec<_>>().join(",");
        let features = (!features.is_empty()).then(|| format!(" --features {features}"));
        format!("{} --bin {}{}", package.unwrap_or_default(), self.bin(), features.unwrap_or_default())
    }

    fn bin(&self) -> &str {
        self.rust.bin(self.page.service)
    }

    fn program(&self) -> String {
        self.rust.program(self.page.service)
    }
}

impl Rust {
    fn bin<'a>(&'a self, service: &'a Service) -> &'a str {
        let said = self.bin.as_ref().or(self.package.as_ref());
        said.map_or(service.name.as_str(), Crate::as_str)
    }

    /// Where the program lies in the image.
    fn program(&self, service: &Service) -> String {
        format!("/usr/local/bin/{}", self.bin(service))
    }
}

impl Program for Rust {
    fn word(&self) -> &'static str {
        "rust"
    }

    fn check(&self, service: &Service) -> Option<Diagnostic> {
        let instead = "set `static` of rust, or leave `base` to the kind";
        let linked = (!self.is_static).then(|| checks::linked(service, instead)).flatten();
        linked.or_else(|| checks::assets(service, &self.assets))
    }

    fn base(&self) -> &'static str {
        if self.is_static { "rust-static" } else { "rust" }
    }

    fn directory(&self) -> Directory {
        Directory::Project
    }

    fn accepts(&self) -> Accepts {
        Accepts { programs: false, ..Accepts::ALL }
    }

    fn takes(&self) -> Takes {
        if self.is_static { Takes::Portable } else { Takes::Programs }
    }

    fn context(&self) -> Vec<At<RelativePath>> {
        self.assets.clone()
    }

    fn missing(&self, service: &Service, image: &Image<'_>) -> Vec<Missing> {
        let lacks = |name: &&str| image.find(&format!("/app/{name}")) != Some(Lies::File);
        let missing = |name: &str| Missing {
            span: service.name.span.clone(),
            what: format!(
                "there is no `{name}` among the sources that a Rust program is built from: the one of"
            ),
            hint: "`directory` is that of Cargo.lock: the workspace's, if the package is part of one"
                .to_owned(),
            is_certain: true,
        };
        ["Cargo.toml", "Cargo.lock"].into_iter().filter(lacks).map(missing).collect()
    }

    fn build_output(&self) -> &'static [&'static str] {
        &["target"]
    }

    fn prober(&self, _: &Service) -> Prober {
        Prober::Static
    }

    fn needs(&self, _: &Service) -> Needs<'_> {
        Needs { known_platform: true, ..Needs::default() }
    }

    fn env(&self, _: &Service) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    fn own_directory(&self) -> Option<(&'static str, &'static str)> {
        Some(("/usr/local/bin", "where the program lies"))
    }

    fn entrypoint(&self, service: &Service) -> Vec<String> {
        let arguments = self.arguments.iter().map(ToString::to_string);
        std::iter::once(self.program(service)).chain(arguments).collect()
    }

    fn dockerfile(&self, page: &Page<'_>) -> askama::Result<String> {
        Dockerfile { page, rust: self }.render()
    }
}
