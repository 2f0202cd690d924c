//! Go: a program of a module, compiled for the target on the builder's own platform.
//!
//! Go crosses by itself: `GOOS` and `GOARCH` name the target (go.dev/doc/install/source#environment), and without cgo
//! nothing else is needed; with it, Debian's cross compiler is the C compiler. Modules come first, from `go.mod` and
//! `go.sum` alone, so that a change of code downloads nothing (docs.docker.com/guides/golang/build-images). Go runs no
//! code of a module while it downloads or compiles it, so services share the cache of modules. `-trimpath` keeps the
//! builder's paths out of the program, and `-s -w` its symbol tables (pkg.go.dev/cmd/go, pkg.go.dev/cmd/link): the bytes
//! depend on the sources and the toolchain.

use askama::Template;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Accepts, Directory, Lack, Needs, Prober, Program, Takes, checks};
use crate::context::{Image, Lies, Missing};
use crate::diagnostic::Diagnostic;
use crate::fleet::At;
use crate::fleet::model::{Base, Service};
use crate::fleet::words::{Argument, BuildTag, GoPackage};
use crate::path::RelativePath;
use crate::render::page::Page;

/// A Go program, built from the module in `directory`. It is linked statically and the run image needs no C library,
/// unless `cgo` is set.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Go {
    /// The package to build, as `go build` takes it. The default is the root of the module.
    #[schemars(example = &"./cmd/orders")]
    pub package: Option<GoPackage>,
    /// Whether to build from the `vendor` directory, without downloading modules.
    #[schemars(example = true)]
    pub vendor: bool,
    /// Whether to compile packages that contain C (`CGO_ENABLED=1`), for the C library of the run image.
    #[schemars(example = true)]
    pub cgo: bool,
    /// Build tags (`go build -tags`).
    #[schemars(example = ["timetzdata"])]
    pub tags: Vec<BuildTag>,
    /// The arguments of the program.
    #[schemars(example = ["serve"])]
    pub arguments: Vec<Argument>,
    /// Files and directories that the program reads at run time, such as templates. Each is copied to the same path
    /// below /app, the working directory.
    #[schemars(example = ["templates", "static"])]
    pub assets: Vec<At<RelativePath>>,
}

impl Go {
    /// A package that is a library: none of its files says `package main`.
    fn no_program(&self, service: &Service, image: &Image<'_>) -> Option<Missing> {
        let below = self.package().trim_start_matches("./").trim_start_matches('.');
        let directory = if below.is_empty() { "/app".to_owned() } else { format!("/app/{below}") };
        let is_code = |name: &String| {
            let is_go = std::path::Path::new(name).extension().is_some_and(|end| end == "go");
            is_go && !name.trim_end_matches(".go").ends_with("_test")
        };
        let says_main =
            |text: String| text.lines().any(|line| line.split_whitespace().take(2).eq(["package", "main"]));
        let texts = image.names(&directory).into_iter().filter(is_code).map(|name| {
            let path = image.origin(&format!("{directory}/{name}"));
            path.and_then(|path| image.tree.text(&path))
        });
        // A file that cannot be read may say it.
        let is_program = texts.into_iter().any(|text| text.is_none_or(says_main));
        (!is_program).then(|| Missing {
            span: service.name.span.clone(),
            what: format!(
                "no file in `{}` begins with `package main`: it is no program, but the package of",
                self.package()
            ),
            hint: "`package` is the directory of the program below that of go.mod".to_owned(),
            is_certain: true,
        })
    }

    /// The package as `go build` names it.
    fn package(&self) -> &str {
        self.package.as_ref().map_or(".", GoPackage::as_str)
    }
}

/// The Dockerfile of a Go service.
#[derive(Template)]
#[template(path = "go/go.dockerfile")]
struct Dockerfile<'a> {
    page: &'a Page<'a>,
    go: &'a Go,
}

impl Dockerfile<'_> {
    fn tags(&self) -> String {
        self.go.tags.iter().map(BuildTag::as_str).collect::<Vec<_>>().join(",")
    }

    fn program(&self) -> String {
        program(self.page.service)
    }
}

/// Where the program lies in the image.
fn program(service: &Service) -> String {
    format!("/usr/local/bin/{}", service.name.value)
}

impl Program for Go {
    fn word(&self) -> &'static str {
        "go"
    }

    fn check(&self, service: &Service) -> Option<Diagnostic> {
        checks::assets(service, &self.assets)
    }

    fn base(&self) -> &'static str {
        if self.cgo { "go-cgo" } else { "go" }
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
        &["cgo_enabled", "goarch", "goos"]
    }

    fn takes(&self) -> Takes {
        if self.cgo { Takes::Programs } else { Takes::Portable }
    }

    fn lacks(&self, base: &Base) -> Option<Lack> {
        self.cgo.then(|| checks::linked(base, "remove `base`, or name one with glibc")).flatten()
    }

    fn context(&self, _: &Service) -> Vec<At<RelativePath>> {
        self.assets.clone()
    }

    fn missing(&self, service: &Service, image: &Image<'_>) -> Vec<Missing> {
        if !image.is_whole() {
            return Vec::new();
        }
        let below = self.package().trim_start_matches("./").to_owned();
        let wanted = [("go.mod".to_owned(), Lies::File), (below, Lies::Directory)];
        let lacks =
            |(path, kind): &(String, Lies)| path != "." && image.find(&format!("/app/{path}")) != Some(*kind);
        let missing = |(path, _): (String, Lies)| Missing {
            span: service.name.span.clone(),
            what: format!(
                "there is no `{path}` among the sources that a Go program is built from: the one of"
            ),
            hint: "set `directory` to that of go.mod, and `package` to a directory below it".to_owned(),
            is_certain: true,
        };
        let missing: Vec<Missing> = wanted.into_iter().filter(lacks).map(missing).collect();
        if missing.is_empty() { self.no_program(service, image).into_iter().collect() } else { missing }
    }

    fn build_output(&self) -> &'static [&'static str] {
        &[]
    }

    fn prober(&self, _: &Service) -> Prober {
        Prober::Static
    }

    fn needs(&self, _: &Service) -> Needs<'_> {
        Needs { known_platform: self.cgo, ..Needs::default() }
    }

    fn env(&self, _: &Service) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    fn own_directory(&self) -> Option<(&'static str, &'static str)> {
        Some(("/usr/local/bin", "the directory of the program"))
    }

    fn entrypoint(&self, service: &Service) -> Vec<String> {
        let arguments = self.arguments.iter().map(ToString::to_string);
        std::iter::once(program(service)).chain(arguments).collect()
    }

    fn dockerfile(&self, page: &Page<'_>) -> askama::Result<String> {
        Dockerfile { page, go: self }.render()
    }
}
