//! Python: a virtual environment, and the interpreter of the run image.

use askama::Template;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Accepts, Directory, Prober, Program, Takes, checks};
use crate::diagnostic::{Diagnostic, Span};
use crate::fleet::At;
use crate::fleet::model::Service;
use crate::fleet::words::{App, DebianPackage, Line, Module, Requirement};
use crate::path::RelativePath;
use crate::render::escape::shell_word;
use crate::render::page::Page;

/// Where the virtual environment lies, in the builder and in the image.
const VENV: &str = "/opt/venv";

/// Its interpreter.
const VENV_PYTHON: &str = "/opt/venv/bin/python3";

/// A Python program in a virtual environment. One of `app`, `module` and `command` says what it starts.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Python {
    /// Requirements files in the build context.
    #[schemars(example = ["auth/requirements.txt"])]
    pub requirements: Vec<RelativePath>,
    /// More distributions to install.
    #[schemars(example = ["orjson==3.10.7"])]
    pub packages: Vec<Requirement>,
    /// Debian packages that only building the distributions needs. The shared libraries that the result is linked
    /// against go into the image.
    #[schemars(example = ["gcc", "libffi-dev"])]
    pub build_packages: Vec<At<DebianPackage>>,
    /// An ASGI application that uvicorn serves on the first of `ports`.
    #[schemars(example = &"admin.main:app")]
    pub app: Option<At<App>>,
    /// A module that is run: `python -m`.
    #[schemars(example = &"sessions.recorder.main")]
    pub module: Option<At<Module>>,
    /// Other arguments of the interpreter.
    #[schemars(example = ["-c", "import fastapi"])]
    pub command: Option<At<Vec<Line>>>,
}

/// The Dockerfile of a Python service.
#[derive(Template)]
#[template(path = "python/python.dockerfile")]
struct Dockerfile<'a> {
    page: &'a Page<'a>,
    python: &'a Python,
}

impl Dockerfile<'_> {
    /// Whether the runtime image is looked at while others are built.
    fn wants_runtime(&self) -> bool {
        self.page.has_programs() || self.python.wants_libraries()
    }

    /// The packages as words of a shell.
    fn packages(&self) -> Vec<String> {
        self.python.packages.iter().map(|package| shell_word(package.as_str())).collect()
    }
}

/// The development packages whose libraries are in every image with Python: the C library, and what the
/// modules of its standard library are linked against.
const OF_PYTHON: [&str; 11] = [
    "libbz2-dev",
    "libc6-dev",
    "libexpat1-dev",
    "libffi-dev",
    "liblzma-dev",
    "libpython3-dev",
    "libsqlite3-dev",
    "libssl-dev",
    "python3-dev",
    "uuid-dev",
    "zlib1g-dev",
];

impl Python {
    /// Whether anything is installed.
    fn has_dependencies(&self) -> bool {
        !self.requirements.is_empty() || !self.packages.is_empty()
    }
}

impl Program for Python {
    fn word(&self) -> &'static str {
        "python"
    }

    fn check(&self, service: &Service) -> Option<Diagnostic> {
        let at = service.name.span.clone();
        let name = service.name.as_str();
        let said = [
            self.app.as_ref().map(|v| &v.span),
            self.module.as_ref().map(|v| &v.span),
            self.command.as_ref().map(|v| &v.span),
        ];
        let said: Vec<&Span> = said.into_iter().flatten().collect();
        if self.command.as_ref().is_some_and(|command| command.value.is_empty()) {
            return Some(
                Diagnostic::new(at, format!("nothing says what `{name}` starts"))
                    .hint("python.command is empty"),
            );
        }
        match said.as_slice() {
            [] => Some(
                Diagnostic::new(at, format!("nothing says what `{name}` starts"))
                    .hint("set one of python.app, python.module and python.command"),
            ),
            [_] if self.app.is_some() && service.ports.is_empty() => Some(
                Diagnostic::new(at, format!("`{name}` serves an application, but has no port"))
                    .hint("set `ports`"),
            ),
            [app] if self.app.is_some() && !self.has_dependencies() => Some(
                Diagnostic::new((*app).clone(), "uvicorn serves the application, but nothing installs it")
                    .hint("set python.requirements or python.packages"),
            ),
            [_] => checks::interpreter(service, "python"),
            [first, second, ..] => Some(
                Diagnostic::new((*second).clone(), "only one of app, module and command can be started")
                    .related((*first).clone(), "the first one")
                    .hint("take one of them away"),
            ),
        }
    }

    fn base(&self) -> &'static str {
        "python"
    }

    fn directory(&self) -> Directory {
        Directory::Code
    }

    fn accepts(&self) -> Accepts {
        Accepts::ALL
    }

    fn takes(&self) -> Takes {
        Takes::Python
    }

    fn build_packages(&self) -> &[At<DebianPackage>] {
        &self.build_packages
    }

    fn context(&self) -> Vec<RelativePath> {
        self.requirements.clone()
    }

    fn prober(&self) -> Prober {
        Prober::Python
    }

    fn always_has_probe(&self) -> bool {
        false
    }

    /// Packages that are compiled against libraries that do not come with Python.
    fn wants_libraries(&self) -> bool {
        let mut packages = self.build_packages.iter().map(AsRef::as_ref);
        packages.any(|package| package.ends_with("-dev") && !OF_PYTHON.contains(&package))
    }

    fn env(&self) -> &'static [(&'static str, &'static str)] {
        // The root file system is read-only, so there is nowhere to write byte code to.
        &[("PYTHONDONTWRITEBYTECODE", "1"), ("PYTHONUNBUFFERED", "1")]
    }

    fn own_directory(&self) -> Option<(&'static str, &'static str)> {
        Some((VENV, "where the virtual environment lies"))
    }

    fn entrypoint(&self, service: &Service) -> Vec<String> {
        let mut argv = vec![VENV_PYTHON.to_owned()];
        let mut add = |words: &[&str]| argv.extend(words.iter().map(|&word| word.to_owned()));
        if let (Some(app), Some(port)) = (&self.app, service.ports.first()) {
            add(&["-m", "uvicorn", app.as_str(), "--host", "0.0.0.0", "--port", &port.to_string()]);
        } else if let Some(module) = &self.module {
            add(&["-m", module.as_str()]);
        } else if let Some(command) = &self.command {
            argv.extend(command.iter().map(ToString::to_string));
        }
        argv
    }

    fn dockerfile(&self, page: &Page<'_>) -> askama::Result<String> {
        Dockerfile { page, python: self }.render()
    }
}
