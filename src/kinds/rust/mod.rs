//! Rust: a program of a Cargo package or workspace, compiled for the target on the builder's own platform.
//!
//! `rustup target add` brings the target's standard library (rust-lang.github.io/rustup/cross-compilation.html),
//! Debian's cross compiler of the target its linker and the compiler of what crates have in C; crates find both by
//! the variables of doc.rust-lang.org/cargo/reference/config.html#targettriplelinker and docs.rs/cc. With musl,
//! the linker that comes with Rust makes static programs, so crates cannot compile C there.
//!
//! Dependencies are a layer of their own, compiled from manifests with empty sources as cargo-chef does
//! (github.com/LukeMathWalker/cargo-chef), by a script instead of another tool. A cache mount (docs.docker.com/guides/rust)
//! would keep more after a change of Cargo.lock, but machines of CI start without it and would compile every dependency for
//! every change. Nothing is downloaded after that layer (`--offline`), and no cache is shared: build scripts of
//! crates could write to it. Where Cargo looks for targets: doc.rust-lang.org/cargo/guide/project-layout.html; why time
//! stamps matter: doc.rust-lang.org/cargo/faq.html#why-is-cargo-rebuilding-my-code.

use askama::Template;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Accepts, Directory, Lack, Needs, Prober, Program, Takes, checks};
use crate::context::{Image, Lies, Missing};
use crate::diagnostic::Diagnostic;
use crate::fleet::At;
use crate::fleet::model::{Base, Service};
use crate::fleet::words::{Argument, Crate};
use crate::path::RelativePath;
use crate::render::page::Page;

/// A Rust program, built from the Cargo package or workspace in `directory`, which must have a `Cargo.lock`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Rust {
    /// The workspace member to build (`cargo build --package`).
    #[schemars(example = &"orders-api")]
    pub package: Option<Crate>,
    /// The binary target; by default the one with the name of `package`, or else of the service.
    #[schemars(example = &"orders")]
    pub bin: Option<Crate>,
    /// Features to enable (`cargo build --features`).
    #[schemars(example = ["postgres"])]
    pub features: Vec<Crate>,
    /// Whether to link statically with musl, for run images without a C library. Crates that compile C cannot be built
    /// this way.
    #[serde(rename = "static")]
    #[schemars(example = true)]
    pub is_static: bool,
    /// The arguments of the program.
    #[schemars(example = ["serve"])]
    pub arguments: Vec<Argument>,
    /// Files and directories that the program reads at run time, such as templates. Each is copied to the same path
    /// below /app, the working directory.
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

    /// A program that the package in the service's directory does not have. Members of a workspace are not looked at.
    fn no_program(&self, service: &Service, image: &Image<'_>) -> Option<Missing> {
        let manifest = image.text("/app/Cargo.toml")?;
        let manifest: toml::Table = manifest.parse().ok()?;
        let bin = self.bin(service);
        let missing = |what: String, hint: &str| Missing {
            span: service.name.span.clone(),
            what,
            hint: hint.to_owned(),
            is_certain: true,
        };
        let name = |table: &toml::Value| table.get("name").and_then(toml::Value::as_str).map(str::to_owned);
        let Some(own) = manifest.get("package").and_then(name) else {
            let what =
                "Cargo.toml has no [package], and `package` names no member of the workspace of".to_owned();
            return self
                .package
                .is_none()
                .then(|| missing(what, "set rust.package to the member that is built"));
        };
        if self.package.as_ref().is_some_and(|package| package.as_str() != own) {
            return None;
        }
        let named = manifest.get("bin").and_then(toml::Value::as_array).into_iter().flatten();
        let is_there = |path: String| image.find(&format!("/app/src/{path}")).is_some();
        let has = named.filter_map(name).any(|name| name == bin)
            || (own == bin && is_there("main.rs".to_owned()))
            || is_there(format!("bin/{bin}.rs"))
            || is_there(format!("bin/{bin}/main.rs"));
        let what = format!("the package `{own}` has no program `{bin}`, which starts");
        (!has).then(|| missing(what, "set rust.bin to the name of the program"))
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
        checks::assets(service, &self.assets)
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

    fn builder(&self, _: &Service) -> Option<&'static str> {
        Some("build")
    }

    fn target_variables(&self) -> &'static [&'static str] {
        &["cargo_build_target", "cargo_build_target_dir", "cargo_target_dir"]
    }

    fn takes(&self) -> Takes {
        if self.is_static { Takes::Portable } else { Takes::Programs }
    }

    fn lacks(&self, base: &Base) -> Option<Lack> {
        let hint = "set `static` of rust, or remove `base`";
        (!self.is_static).then(|| checks::linked(base, hint)).flatten()
    }

    fn context(&self, _: &Service) -> Vec<At<RelativePath>> {
        self.assets.clone()
    }

    fn missing(&self, service: &Service, image: &Image<'_>) -> Vec<Missing> {
        if !image.is_whole() {
            return Vec::new();
        }
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
        let missing: Vec<Missing> =
            ["Cargo.toml", "Cargo.lock"].into_iter().filter(lacks).map(missing).collect();
        if missing.is_empty() { self.no_program(service, image).into_iter().collect() } else { missing }
    }

    fn build_output(&self) -> &'static [&'static str] {
        &["target"]
    }

    fn prober(&self, _: &Service) -> Prober {
        Prober::Static
    }

    fn needs(&self, _: &Service) -> Needs<'_> {
        Needs { known_platform: true, shared_files: true, ..Needs::default() }
    }

    fn env(&self, _: &Service) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    fn own_directory(&self) -> Option<(&'static str, &'static str)> {
        Some(("/usr/local/bin", "the directory of the program"))
    }

    fn entrypoint(&self, service: &Service) -> Vec<String> {
        let arguments = self.arguments.iter().map(ToString::to_string);
        std::iter::once(self.program(service)).chain(arguments).collect()
    }

    fn dockerfile(&self, page: &Page<'_>) -> askama::Result<String> {
        Dockerfile { page, rust: self }.render()
    }
}
