//! .NET: a program that is published with the runtime it needs, for an image that has none.
//!
//! `dotnet publish --arch` crosses by itself (learn.microsoft.com/dotnet/core/tools/dotnet-publish, and
//! github.com/dotnet/dotnet-docker, samples). Dependencies are restored from the project files first
//! (learn.microsoft.com/dotnet/core/docker/build-container), in locked mode where there is a lock file
//! (learn.microsoft.com/nuget/consume-packages/package-references-in-project-files#locking-dependencies). The run image has no
//! ICU (learn.microsoft.com/dotnet/core/runtime-config/globalization), and its root is read-only, so diagnostics are off
//! (learn.microsoft.com/dotnet/core/runtime-config/debugging-profiling).

use askama::Template;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Accepts, Directory, Lack, Needs, Prober, Program, Takes};
use crate::context::{Image, Missing};
use crate::diagnostic::Diagnostic;
use crate::fleet::At;
use crate::fleet::model::{Base, Service};
use crate::fleet::words::Argument;
use crate::path::RelativePath;
use crate::render::page::Page;

/// A .NET program, published self-contained: with its runtime.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Dotnet {
    /// The project file. Projects that it references are built too; they must be in the service's directory.
    #[schemars(example = &"src/Basket/Basket.csproj")]
    pub project: At<RelativePath>,
    /// The name of the program (`AssemblyName`), if it is not that of the project file.
    #[schemars(example = &"Shop.Basket")]
    pub assembly: Option<RelativePath>,
    /// Whether packages are restored in locked mode: the build fails if packages.lock.json does not match the project.
    /// It changes nothing for a project without that file. Create it with the platforms of the fleet in
    /// `RuntimeIdentifiers`.
    #[serde(default = "yes")]
    #[schemars(example = false)]
    pub locked: bool,
    /// The arguments of the program.
    #[serde(default)]
    #[schemars(example = ["--environment=Production"])]
    pub arguments: Vec<Argument>,
}

fn yes() -> bool {
    true
}

/// What project files end in: those of C#, F# and Visual Basic.
const PROJECTS: [&str; 3] = [".csproj", ".fsproj", ".vbproj"];

impl Dotnet {
    /// The name of the program.
    fn assembly(&self) -> &str {
        let stem = self.project.file_name();
        let stem = stem.rsplit_once('.').map_or(stem, |(stem, _)| stem);
        self.assembly.as_ref().map_or(stem, RelativePath::as_str)
    }

    /// A lock file beside the project that was made for no Linux platform: it is refused, because the platforms differ
    /// (NU1004).
    fn not_locked_for_linux(&self, image: &Image<'_>) -> Option<Missing> {
        let name: RelativePath = "packages.lock.json".parse().expect("a path");
        let path = self.project.parent().map_or_else(|| name.clone(), |directory| directory.join(&name));
        let lock = image.text(&format!("/app/{path}"))?;
        (self.locked && !lock.contains("/linux-")).then(|| Missing {
            span: self.project.span.clone(),
            what: format!("`{path}` has no packages for Linux, so it does not fit the restore of"),
            hint:
                "set <RuntimeIdentifiers>linux-x64;linux-arm64</RuntimeIdentifiers> in the project and run \
                   `dotnet restore --force-evaluate`, or set locked = false"
                    .to_owned(),
            is_certain: true,
        })
    }
}

/// The Dockerfile of a .NET service.
#[derive(Template)]
#[template(path = "dotnet/dotnet.dockerfile")]
struct Dockerfile<'a> {
    page: &'a Page<'a>,
    dotnet: &'a Dotnet,
}

impl Program for Dotnet {
    fn word(&self) -> &'static str {
        "dotnet"
    }

    fn check(&self, _: &Service) -> Option<Diagnostic> {
        let is_project = PROJECTS.iter().any(|end| self.project.as_str().ends_with(end));
        (!is_project).then(|| {
            Diagnostic::new(
                self.project.span.clone(),
                format!("`{}` is not a project file", self.project.value),
            )
            .hint("name a file that ends in .csproj, .fsproj or .vbproj, not a directory or a solution")
        })
    }

    fn base(&self) -> &'static str {
        "dotnet"
    }

    fn directory(&self) -> Directory {
        Directory::Project
    }

    fn accepts(&self) -> Accepts {
        Accepts::ALL
    }

    fn builder(&self, _: &Service) -> Option<&'static str> {
        Some("build")
    }

    fn target_variables(&self) -> &'static [&'static str] {
        &[
            "platform",
            "platformtarget",
            "publishdir",
            "runtimeidentifier",
            "runtimeidentifiers",
            "selfcontained",
        ]
    }

    fn takes(&self) -> Takes {
        Takes::Portable
    }

    fn lacks(&self, _: &Base) -> Option<Lack> {
        None
    }

    fn context(&self, _: &Service) -> Vec<At<RelativePath>> {
        Vec::new()
    }

    /// The project file among what is copied for the build, and the platforms in its lock file.
    fn missing(&self, service: &Service, image: &Image<'_>) -> Vec<Missing> {
        let is_there = !image.is_whole() || image.find(&format!("/app/{}", self.project.value)).is_some();
        let missing = || Missing {
            span: self.project.span.clone(),
            what: format!(
                "there is no `{}` in the build context: the project of",
                service.directory.join(&self.project.value)
            ),
            hint: "check `directory`, `sources` and `project`".to_owned(),
            is_certain: true,
        };
        if is_there { self.not_locked_for_linux(image).into_iter().collect() } else { vec![missing()] }
    }

    fn build_output(&self) -> &'static [&'static str] {
        &["bin", "obj"]
    }

    /// The image has no ICU, and a read-only /tmp no place for the sockets of diagnostics.
    fn prober(&self, _: &Service) -> Prober {
        Prober::Static
    }

    fn needs(&self, _: &Service) -> Needs<'_> {
        Needs::default()
    }

    fn env(&self, service: &Service) -> Vec<(&'static str, String)> {
        let mut env = vec![
            ("DOTNET_EnableDiagnostics", "0".to_owned()),
            ("DOTNET_SYSTEM_GLOBALIZATION_INVARIANT", "1".to_owned()),
        ];
        env.extend(service.ports.first().map(|port| ("ASPNETCORE_HTTP_PORTS", port.to_string())));
        env
    }

    fn own_directory(&self) -> Option<(&'static str, &'static str)> {
        None
    }

    fn entrypoint(&self, _: &Service) -> Vec<String> {
        let program = format!("/app/{}", self.assembly());
        std::iter::once(program).chain(self.arguments.iter().map(ToString::to_string)).collect()
    }

    fn dockerfile(&self, page: &Page<'_>) -> askama::Result<String> {
        Dockerfile { page, dotnet: self }.render()
    }
}
