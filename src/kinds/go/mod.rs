//! Go: a program of a module, compiled for the target on the builder's own platform.
//!
//! Go crosses by itself: `GOOS` and `GOARCH` name the target (go.dev/doc/install/source#environment), and without cgo
//! nothing else is needed; with it, Debian's cross compiler is the C compiler. Modules come first, from `go.mod` and
//! `go.sum` alone, so that a change of code downloads nothing (docs.docker.com/guides/golang/build-images). Go runs no
//! code of a module while it downloads or compiles it, so services share the cache of modules. `-trimpath` keeps the
//! builder's paths out of the program, and `-s -w` its symbol tables (pkg.go.dev/cmd/go, pkg.go.dev/cmd/link): the bytes
//! depend on the sources and the toolchain.

pub(crate) mod modules;

use askama::Template;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Accepts, Directory, Lack, Needs, Prober, Program, Takes, checks, toolchain};
use crate::bases::numbers;
use crate::context::{Image, Lies, Missing};
use crate::diagnostic::Diagnostic;
use crate::fleet::At;
use crate::fleet::model::{Base, Service};
use crate::fleet::words::{Argument, BuildTag, GoPackage};
use crate::path::{DirectoryPath, RelativePath, join, resolve};
use crate::render::page::Page;

/// A Go program, built from the module in `directory`. It is linked statically and the run image needs no C library,
/// unless `cgo` is set.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Go {
    /// The directory of `go.mod` below `directory`, if the program is built with modules beside its own. `package` and
    /// `assets` are then relative to it.
    #[schemars(example = &"orders")]
    pub module: Option<At<RelativePath>>,
    /// The directories of those other modules below `directory`: what `go.mod` replaces by a path, and what `go.work`
    /// uses. Their `go.mod` files are copied before modules are downloaded.
    #[schemars(example = ["common"])]
    pub modules: Vec<DirectoryPath>,
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
        let directory = self.in_module(below.trim_start_matches('/'));
        let is_code = |name: &String| {
            let is_go = std::path::Path::new(name).extension().is_some_and(|end| end == "go");
            is_go && !name.trim_end_matches(".go").ends_with("_test")
        };
        let says_main =
            |text: String| text.lines().any(|line| line.split_whitespace().take(2).eq(["package", "main"]));
        let texts = image
            .names(&directory)
            .into_iter()
            .filter(is_code)
            .map(|name| image.text(&format!("{directory}/{name}")));
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

    /// Where a path of the module would lie in the image, if its sources went there.
    fn in_module(&self, path: &str) -> String {
        join(&join("/app", self.own()), path)
    }

    /// The directory of the module below that of the service; empty if they are the same.
    fn own(&self) -> &str {
        self.module.as_ref().map_or("", |module| module.as_str())
    }

    /// A path that the module counts from its own directory, from that of the service.
    fn below(&self, path: &RelativePath) -> RelativePath {
        self.module.as_ref().map_or_else(|| path.clone(), |module| module.join(path))
    }

    /// The directories with a `go.mod` that the build reads, below `directory`: the module's own first.
    fn manifests(&self) -> impl Iterator<Item = &str> {
        let others = self.modules.iter().map(|module| if module.is_root() { "" } else { module.as_str() });
        std::iter::once(self.own()).chain(others)
    }

    /// A module that `go.mod` takes from a directory whose own `go.mod` is not there when modules are downloaded.
    fn unlisted(&self, service: &Service, image: &Image<'_>) -> Option<Missing> {
        let manifest = image.text(&self.in_module("go.mod"))?;
        let workspace = image.text("/app/go.work").filter(|_| !self.modules.is_empty()).unwrap_or_default();
        let replaced = modules::replaced(&manifest).map(|path| ("go.mod replaces", path, self.own()));
        let used = modules::used(&workspace).into_iter().map(|path| ("go.work uses", path, ""));
        let is_listed = |path: &str| self.manifests().any(|listed| listed == path);
        let mut named =
            replaced.chain(used).map(|(who, written, from)| (who, written, resolve(from, written)));
        let (who, written, path) = named.find(|(.., path)| !path.as_deref().is_some_and(is_listed))?;
        let span = self.module.as_ref().map_or(&service.name.span, |module| &module.span).clone();
        let hint = match path {
            Some(path) => format!("add \"{path}\" to go.modules"),
            None => "set `directory` to one that holds both modules, and `module` to the directory of go.mod below it"
                .to_owned(),
        };
        let what = format!("{who} a module by `{written}`, which is not among the `modules` of the build of");
        Some(Missing { span, what, hint, is_certain: true })
    }

    /// A version of Go that the build image does not have: its toolchain downloads no other (`GOTOOLCHAIN=local`,
    /// hub.docker.com/_/golang).
    fn newer(&self, service: &Service, image: &Image<'_>) -> Option<Missing> {
        let manifest = image.text(&self.in_module("go.mod"))?;
        let version = manifest.lines().find_map(|line| line.strip_prefix("go "))?.split("//").next()?.trim();
        let build = &service.base.build;
        toolchain::is_older(&toolchain::of_tag(build), &numbers(version))
            .then(|| toolchain::unmet(service, "go.mod", &format!("Go {version}"), &build.to_string(), true))
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
    /// The directories whose `go.mod` is copied first: where they are in the build context, and where they go.
    fn manifests(&self) -> Vec<(String, String)> {
        let slash = |path: &str| if path.is_empty() { String::new() } else { format!("{path}/") };
        self.go
            .manifests()
            .map(|path| (self.page.beside(&slash(path)), format!("./{}", slash(path))))
            .collect()
    }

    /// The files that the program reads at run time: where they are in the build context, and where they go.
    fn assets(&self) -> Vec<(RelativePath, &RelativePath)> {
        let path = |asset: &RelativePath| self.page.path(&self.go.below(asset));
        self.go.assets.iter().map(|asset| (path(&asset.value), &asset.value)).collect()
    }

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
        self.assets.iter().map(|asset| At::new(self.below(&asset.value), asset.span.clone())).collect()
    }

    fn missing(&self, service: &Service, image: &Image<'_>) -> Vec<Missing> {
        if !image.is_whole() {
            return Vec::new();
        }
        let below = self.package().trim_start_matches("./");
        let package = (self.in_module(below), Lies::Directory);
        let manifests = self.manifests().map(|path| (join(&join("/app", path), "go.mod"), Lies::File));
        let wanted = manifests.chain(Some(package).filter(|_| below != "."));
        let missing = |(path, _): (String, Lies)| Missing {
            span: service.name.span.clone(),
            what: format!(
                "there is no `{}` among the sources that a Go program is built from: the one of",
                path.trim_start_matches("/app/")
            ),
            hint: "set `directory` to that of go.mod, and `package` to a directory below it".to_owned(),
            is_certain: true,
        };
        let lacks = |(path, kind): &(String, Lies)| image.find(path) != Some(*kind);
        let missing: Vec<Missing> = wanted.filter(lacks).map(missing).collect();
        if !missing.is_empty() {
            return missing;
        }
        let unlisted = self.unlisted(service, image);
        let wrong =
            unlisted.or_else(|| self.newer(service, image)).or_else(|| self.no_program(service, image));
        wrong.into_iter().collect()
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
