//! Python: a virtual environment, and the interpreter of the run image.

mod brought;
mod entry;
mod project;

use askama::Template;
use brought::{Brought, interpreter};
use project::{POETRY, Tool};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Accepts, Directory, Needs, PROBE, Prober, Program, Takes, checks};
use crate::bases::CLibrary;
use crate::context::{Image, Missing};
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

/// A Python program in a virtual environment. One of `app`, `module`, `command` and `script` says
/// what it starts; `lock`, or `requirements` and `packages`, what is installed.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Python {
    /// The lock file of uv or Poetry, `uv.lock` or `poetry.lock`, with `pyproject.toml` beside it. Of what it pins,
    /// everything but development dependencies is installed.
    #[schemars(example = &"uv.lock")]
    pub lock: Option<At<RelativePath>>,
    /// The member of uv's workspace whose dependencies are installed.
    #[schemars(example = &"orders")]
    pub package: Option<Module>,
    /// Extras of the project (`[project.optional-dependencies]`).
    #[schemars(example = ["postgres"])]
    pub extras: Vec<Module>,
    /// Groups of dependencies beside the default one.
    #[schemars(example = ["production"])]
    pub groups: Vec<Module>,
    /// Whether the project itself is built from `sources` and installed, as a `src` directory and scripts of
    /// `pyproject.toml` need it. `sources` are not copied to /app then.
    #[schemars(example = true)]
    pub project: bool,
    /// Files and directories that a project reads when it runs, such as migrations; each goes to the same path below
    /// /app, the working directory.
    #[schemars(example = ["alembic.ini", "migrations"])]
    pub assets: Vec<At<RelativePath>>,
    /// Requirements files in the build context: requirements.txt, `pylock.toml`, or a `pyproject.toml`, of which the
    /// dependencies are installed.
    #[schemars(example = ["auth/requirements.txt"])]
    pub requirements: Vec<At<RelativePath>>,
    /// More distributions to install.
    #[schemars(example = ["orjson==3.10.7"])]
    pub packages: Vec<Requirement>,
    /// Replacements for pins of the requirements files, such as a version with a wheel for every platform.
    #[schemars(example = ["psutil==6.0.0"])]
    pub overrides: Vec<Requirement>,
    /// Whether every distribution must have a hash in the requirements files. Hashes that are there are always checked.
    #[schemars(example = true)]
    pub require_hashes: bool,
    /// Distributions of pure Python without a wheel, by name: built from source on the builder's own platform. All
    /// others are installed from wheels.
    #[schemars(example = ["stem"])]
    pub from_source: Vec<Module>,
    /// Distributions with native code and without a wheel for a platform of the fleet: compiled on that platform, which
    /// a builder of another architecture has to emulate. Another version (`overrides`) is the better way.
    #[schemars(example = ["psycopg2==2.9.11"])]
    pub compile: Vec<At<Requirement>>,
    /// Debian packages that `compile` needs. The shared libraries that the result is linked against go into the image.
    #[schemars(example = ["gcc", "libpq-dev"])]
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
    /// A program that a distribution installs, and its arguments.
    #[schemars(example = ["gunicorn", "--bind", "0.0.0.0:8000", "shop.wsgi"])]
    pub script: Option<At<Vec<Line>>>,
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
        self.page.has_programs() || self.python.wants_shared_files(self.page.service)
    }

    /// The path of the interpreter, the same in the builder and in the image.
    fn interpreter(&self) -> String {
        interpreter(self.page.service).unwrap_or_default()
    }

    /// The Python that is taken from the build image, if the run image has none.
    fn brought(&self) -> Option<Brought> {
        Brought::along(self.page.service)
    }

    /// Whether the build image is there already, because programs come from it.
    fn has_upstream(&self) -> bool {
        self.page.has_programs() && self.page.program_packages().is_empty()
    }

    /// Whether uv installs from its own lock file.
    fn syncs(&self) -> bool {
        self.python.locked_by() == Some(Tool::Uv)
    }

    /// Whether Poetry says what is installed.
    fn exports(&self) -> bool {
        self.python.locked_by() == Some(Tool::Poetry)
    }

    /// Whether the image has files below /app.
    fn has_app(&self) -> bool {
        if self.python.project { !self.python.assets.is_empty() } else { !self.page.code().is_empty() }
    }

    /// The stage whose virtual environment is the image's.
    fn environment(&self) -> &'static str {
        match (self.python.project, self.python.has_dependencies()) {
            (true, _) => "project",
            (false, true) => "dependencies",
            (false, false) => "python",
        }
    }

    /// The packages as words of a shell.
    fn packages(&self) -> Vec<String> {
        self.python.packages.iter().map(|package| shell_word(package.as_str())).collect()
    }

    /// The replaced pins, as words of a shell.
    fn overrides(&self) -> Vec<String> {
        self.python.overrides.iter().map(|package| shell_word(package.as_str())).collect()
    }

    /// The packages that are compiled, as words of a shell.
    fn compiled(&self) -> Vec<String> {
        self.python.compile.iter().map(|package| shell_word(package.value.as_str())).collect()
    }

    /// The Debian packages of the stage that compiles.
    fn compile_packages(&self) -> Vec<&str> {
        let own = self.python.build_packages.iter().map(AsRef::as_ref);
        let python = ["python3-dev", "python3-venv"].into_iter().filter(|_| self.brought().is_none());
        let mut all: Vec<&str> = own.chain(python).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// The id of uv's cache. Where code of packages runs during the build, no other service may read what it wrote.
    fn cache(&self) -> String {
        let runs_code = self.python.project || self.python.locked_by() == Some(Tool::Poetry);
        if self.python.from_source.is_empty() && !runs_code {
            "uv".to_owned()
        } else {
            format!("uv-{}", self.page.service.name.value)
        }
    }

    /// The newest manylinux that uv knows and the run image's C library supports (PEP 600).
    fn platform(&self) -> String {
        const NEWEST: u32 = 40;
        match &self.page.service.base.libc {
            Some(CLibrary::Glibc(version)) => {
                let minor = version.split('.').nth(1).and_then(|minor| minor.parse().ok());
                minor.map_or_else(
                    || "unknown-linux-gnu".to_owned(),
                    |minor: u32| format!("manylinux_2_{}", minor.min(NEWEST)),
                )
            }
            _ => "unknown-linux-gnu".to_owned(),
        }
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
        self.lock.is_some()
            || !self.requirements.is_empty()
            || !self.packages.is_empty()
            || !self.compile.is_empty()
    }

    /// Whether packages are compiled against libraries that do not come with Python.
    fn wants_libraries(&self) -> bool {
        let mut packages = self.build_packages.iter().map(AsRef::as_ref);
        packages.any(|package| package.ends_with("-dev") && !OF_PYTHON.contains(&package))
    }

    /// Whether shared libraries are looked up for what is installed.
    fn wants_shared_files(&self, service: &Service) -> bool {
        self.wants_libraries() || Brought::along(service).is_some()
    }

    /// What cannot be installed as it is said.
    fn installation(&self) -> Option<Diagnostic> {
        if let (Some(package), true) = (self.build_packages.first(), self.compile.is_empty()) {
            return Some(
                Diagnostic::new(package.span.clone(), "`build_packages` has no use: nothing is compiled")
                    .hint("packages are installed from wheels; name those that have none in python.compile"),
            );
        }
        let unpinned = self.compile.iter().find(|package| !package.value.as_str().contains("=="));
        if let Some(package) = unpinned {
            return Some(
                Diagnostic::new(package.span.clone(), format!("`{package}` names no version to compile"))
                    .hint("pin it as NAME==VERSION"),
            );
        }
        None
    }
}

impl Program for Python {
    fn word(&self) -> &'static str {
        "python"
    }

    fn check(&self, service: &Service) -> Option<Diagnostic> {
        let at = service.name.span.clone();
        let name = service.name.as_str();
        if let Some(mistake) = self.installation().or_else(|| self.project_mistake(service)) {
            return Some(mistake);
        }
        let said = [
            self.app.as_ref().map(|v| &v.span),
            self.module.as_ref().map(|v| &v.span),
            self.command.as_ref().map(|v| &v.span),
            self.script.as_ref().map(|v| &v.span),
        ];
        let said: Vec<&Span> = said.into_iter().flatten().collect();
        for (key, command) in [("command", &self.command), ("script", &self.script)] {
            if command.as_ref().is_some_and(|command| command.value.is_empty()) {
                return Some(
                    Diagnostic::new(at, format!("nothing says what `{name}` starts"))
                        .hint(format!("python.{key} is empty")),
                );
            }
        }
        match said.as_slice() {
            [] => Some(
                Diagnostic::new(at, format!("nothing says what `{name}` starts"))
                    .hint("set one of python.app, python.module, python.command and python.script"),
            ),
            [_] if self.app.is_some() && service.ports.is_empty() => Some(
                Diagnostic::new(at, format!("`{name}` serves an application, but has no port"))
                    .hint("set `ports`"),
            ),
            [app] if self.app.is_some() && !self.has_dependencies() => Some(
                Diagnostic::new((*app).clone(), "uvicorn serves the application, but nothing installs it")
                    .hint("set python.requirements or python.packages"),
            ),
            [_] if interpreter(service).is_some() => None,
            [_] => checks::interpreter(service, "python"),
            [first, second, ..] => Some(
                Diagnostic::new(
                    (*second).clone(),
                    "only one of app, module, command and script can be started",
                )
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

    fn context(&self) -> Vec<At<RelativePath>> {
        [self.lock_files(), self.requirements.clone(), self.assets.clone()].concat()
    }

    fn missing(&self, service: &Service, image: &Image<'_>) -> Vec<Missing> {
        self.absent_modules(service, image)
    }

    fn build_output(&self) -> &'static [&'static str] {
        &[]
    }

    fn prober(&self, service: &Service) -> Prober {
        Prober::Python(interpreter(service).unwrap_or_default())
    }

    fn needs(&self, service: &Service) -> Needs<'_> {
        Needs {
            packages: &self.build_packages,
            emulated: self.compile.iter().map(|package| package.value.as_str()).collect(),
            uv: true,
            known_platform: true,
            shared_files: self.wants_shared_files(service),
            probe: false,
        }
    }

    fn env(&self, _: &Service) -> Vec<(&'static str, String)> {
        // The root file system is read-only, so there is nowhere to write byte code to.
        vec![("PYTHONDONTWRITEBYTECODE", "1".to_owned()), ("PYTHONUNBUFFERED", "1".to_owned())]
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
        } else if let Some([program, arguments @ ..]) = self.script.as_ref().map(|script| script.as_slice()) {
            argv = vec![format!("{VENV}/bin/{program}")];
            argv.extend(arguments.iter().map(ToString::to_string));
        }
        argv
    }

    fn dockerfile(&self, page: &Page<'_>) -> askama::Result<String> {
        Dockerfile { page, python: self }.render()
    }
}
