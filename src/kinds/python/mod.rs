//! Python: a virtual environment, and the interpreter of the run image.
//!
//! uv installs the wheels of the target (docs.astral.sh/uv/reference/cli/#uv-pip-install--python-platform), from a lock
//! file what it pins, dependencies before the project (docs.astral.sh/uv/guides/integration/docker). An environment
//! names its interpreter by path (docs.python.org/3/library/venv.html), so it is created with the one at the path of the run
//! image (github.com/GoogleContainerTools/distroless/tree/main/examples/python3-requirements).

mod brought;
mod entry;
mod installed;
mod page;
mod project;

use askama::Template;
use brought::{Brought, interpreter};
use page::Dockerfile;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Accepts, Directory, Lack, Needs, Prober, Program, Takes, checks};
use crate::context::{Image, Missing};
use crate::diagnostic::{Diagnostic, Span};
use crate::fleet::At;
use crate::fleet::model::{Base, Service};
use crate::fleet::words::{App, Argument, DebianPackage, Module, Requirement};
use crate::path::RelativePath;
use crate::render::page::Page;

/// Where the virtual environment lies, in the builder and in the image.
const VENV: &str = "/opt/venv";

/// Its interpreter.
const VENV_PYTHON: &str = "/opt/venv/bin/python3";

/// A Python program in a virtual environment. One of `app`, `module`, `command` and `script` sets the command; `lock`,
/// or `requirements` and `packages`, the packages to install.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Python {
    /// The lock file of uv or Poetry, `uv.lock` or `poetry.lock`, next to its `pyproject.toml`. Development
    /// dependencies are not installed.
    #[schemars(example = &"uv.lock")]
    pub lock: Option<At<RelativePath>>,
    /// The uv workspace member whose dependencies are installed.
    #[schemars(example = &"orders")]
    pub package: Option<Module>,
    /// Extras of the project to install (`[project.optional-dependencies]`).
    #[schemars(example = ["postgres"])]
    pub extras: Vec<Module>,
    /// Dependency groups to install, in addition to the default one.
    #[schemars(example = ["production"])]
    pub groups: Vec<Module>,
    /// Whether to build and install the project itself from `sources`, as `src` layouts and entry points in
    /// `pyproject.toml` need. `sources` are then not copied to /app.
    #[schemars(example = true)]
    pub project: bool,
    /// Files and directories that the project reads at run time, such as migrations. Each is copied to the same path
    /// below /app, the working directory.
    #[schemars(example = ["alembic.ini", "migrations"])]
    pub assets: Vec<At<RelativePath>>,
    /// Requirements files: `requirements.txt`, `pylock.toml`, or a `pyproject.toml`, whose dependencies are installed.
    #[schemars(example = ["auth/requirements.txt"])]
    pub requirements: Vec<At<RelativePath>>,
    /// More requirements to install.
    #[schemars(example = ["orjson==3.10.7"])]
    pub packages: Vec<Requirement>,
    /// Versions that replace those in the requirements files, for example with ones that have wheels for every platform
    /// (`uv pip install --override`).
    #[schemars(example = ["psutil==6.0.0"])]
    pub overrides: Vec<Requirement>,
    /// Whether every requirement must have a hash. Existing hashes are always verified.
    #[schemars(example = true)]
    pub require_hashes: bool,
    /// Pure Python distributions without a wheel, by name. They are built from source on the build platform; all others
    /// are installed from wheels.
    #[schemars(example = ["stem"])]
    pub from_source: Vec<Module>,
    /// Distributions with native code that have no wheel for a platform of the fleet. They are compiled on that
    /// platform, so a build for another architecture needs emulation. Prefer a version with wheels (`overrides`).
    #[schemars(example = ["psycopg2==2.9.11"])]
    pub compile: Vec<At<Requirement>>,
    /// Debian packages that `compile` needs. Shared libraries that the result links to are copied into the image.
    #[schemars(example = ["gcc", "libpq-dev"])]
    pub build_packages: Vec<At<DebianPackage>>,
    /// An ASGI application, which uvicorn serves on the first of `ports`.
    #[schemars(example = &"admin.main:app")]
    pub app: Option<At<App>>,
    /// A module to run with `python -m`.
    #[schemars(example = &"sessions.recorder.main")]
    pub module: Option<At<Module>>,
    /// Arguments of the interpreter, such as a script.
    #[schemars(example = ["-c", "import fastapi"])]
    pub command: Option<At<Vec<Argument>>>,
    /// A program that an installed distribution provides, and its arguments.
    #[schemars(example = ["gunicorn", "--bind", "0.0.0.0:8000", "shop.wsgi"])]
    pub script: Option<At<Vec<Argument>>>,
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

    /// The module that is run, if only a distribution could bring it and none is installed.
    fn uninstalled(&self, service: &Service) -> Option<&str> {
        /// Modules of well-known distributions that are programs.
        const INSTALLED: [&str; 20] = [
            "aiohttp",
            "alembic",
            "celery",
            "daphne",
            "django",
            "dramatiq",
            "fastapi",
            "flask",
            "granian",
            "gunicorn",
            "huey",
            "hypercorn",
            "jupyter",
            "mkdocs",
            "rq",
            "sanic",
            "streamlit",
            "uvicorn",
            "uwsgi",
            "waitress",
        ];
        let run = match self.command.as_ref().map(|command| command.as_slice()) {
            Some([flag, module, ..]) if flag.as_str() == "-m" => Some(module.as_str()),
            _ => self.module.as_ref().map(|module| module.as_str()),
        };
        let top = run?.split('.').next()?;
        let brings = |path: &str| {
            let name = path.rsplit('/').next().unwrap_or(path);
            name == top || name.strip_suffix(".py") == Some(top)
        };
        let has_path = service.env.keys().any(|name| name.as_str() == "PYTHONPATH");
        let is_missing = INSTALLED.contains(&top)
            && !self.has_dependencies()
            && !self.project
            && !has_path
            && service.programs.is_none()
            && service.volumes.is_empty()
            && !service.sources.iter().any(|source| brings(source.to.as_str()));
        is_missing.then_some(top)
    }

    /// Whether an application or a file is started that only sources could bring, and there are none.
    fn nothing_brings(&self, service: &Service) -> bool {
        /// Modules that no distribution is called after.
        const OWN: [&str; 8] = ["api", "app", "asgi", "main", "manage", "run", "server", "wsgi"];
        let module = self.app.as_ref().and_then(|app| app.as_str().split([':', '.']).next());
        let file = self.command.as_ref().and_then(|command| command.first()).map(Argument::as_str);
        let is_own = module.is_some_and(|module| OWN.contains(&module))
            || file.is_some_and(|file| {
                !file.starts_with(['-', '/'])
                    && std::path::Path::new(file).extension().is_some_and(|end| end == "py")
            });
        let has_path = service.env.keys().any(|name| name.as_str() == "PYTHONPATH");
        is_own
            && service.sources.is_empty()
            && service.programs.is_none()
            && !self.project
            && !has_path
            && service.volumes.is_empty()
    }

    /// Whether packages are compiled against libraries that do not come with Python.
    fn wants_libraries(&self) -> bool {
        let mut packages = self.build_packages.iter().map(AsRef::as_ref);
        packages.any(|package| package.ends_with("-dev") && !OF_PYTHON.contains(&package))
    }

    /// Whether shared libraries are looked up for what is installed.
    fn wants_shared_files(&self, service: &Service) -> bool {
        self.wants_libraries() || Brought::along(&service.base).is_some()
    }

    /// What cannot be installed as it is said.
    fn installation(&self) -> Option<Diagnostic> {
        if let (Some(package), true) = (self.build_packages.first(), self.compile.is_empty()) {
            return Some(
                Diagnostic::new(package.span.clone(), "`build_packages` has no effect: nothing is compiled")
                    .hint("packages are installed from wheels; list those that have none in python.compile"),
            );
        }
        let unpinned = self.compile.iter().find(|package| !package.value.as_str().contains("=="));
        if let Some(package) = unpinned {
            return Some(
                Diagnostic::new(package.span.clone(), format!("`{package}` has no version to compile"))
                    .hint("pin it as NAME==VERSION"),
            );
        }
        None
    }

    /// Why the program that `start` names cannot be started.
    fn cannot_start(&self, service: &Service, start: &Span) -> Option<Diagnostic> {
        let name = service.name.as_str();
        let at_start =
            |message: &str, hint: &'static str| Some(Diagnostic::new(start.clone(), message).hint(hint));
        if self.app.is_some() && service.ports.is_empty() {
            let message = format!("`{name}` serves an application, but has no port");
            return Some(Diagnostic::new(service.name.span.clone(), message).hint("set `ports`"));
        }
        if self.app.is_some() && !self.has_dependencies() {
            return at_start(
                "uvicorn serves the application, but is not installed",
                "set python.requirements or python.packages",
            );
        }
        if let Some(script) = &self.script
            && !self.has_dependencies()
        {
            let program = script.first().map_or("", |word| word.as_str());
            return at_start(
                &format!("`{program}` is a program of a Python package, but nothing is installed"),
                "set python.lock, python.requirements or python.packages",
            );
        }
        if let Some(module) = self.uninstalled(service) {
            return at_start(
                &format!("`{module}` is a module of a distribution, and nothing is installed"),
                "set python.lock, python.requirements or python.packages",
            );
        }
        if self.nothing_brings(service) {
            return at_start(
                &format!("`{name}` has no sources, so its program does not exist"),
                "set `sources`, or `directory` to the directory of its code",
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
                    Diagnostic::new(at, format!("`{name}` has no program to start"))
                        .hint(format!("python.{key} is empty")),
                );
            }
        }
        match said.as_slice() {
            [] => Some(
                Diagnostic::new(at, format!("`{name}` has no program to start"))
                    .hint("set one of python.app, python.module, python.command and python.script"),
            ),
            [start] => self.cannot_start(service, start),
            [first, second, ..] => Some(
                Diagnostic::new(
                    (*second).clone(),
                    "only one of app, module, command and script can be started",
                )
                .related((*first).clone(), "the first one")
                .hint("remove one of them"),
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

    fn builder(&self, _: &Service) -> Option<&'static str> {
        self.has_dependencies().then_some("dependencies")
    }

    fn target_variables(&self) -> &'static [&'static str] {
        &["uv_project_environment", "uv_python", "uv_python_platform", "virtual_env"]
    }

    fn takes(&self) -> Takes {
        Takes::Python
    }

    fn lacks(&self, base: &Base) -> Option<Lack> {
        if interpreter(base).is_some() { None } else { checks::interpreter(base, "python") }
    }

    fn context(&self, _: &Service) -> Vec<At<RelativePath>> {
        [self.lock_files(), self.requirements.clone(), self.assets.clone()].concat()
    }

    fn missing(&self, service: &Service, image: &Image<'_>) -> Vec<Missing> {
        self.absent_modules(service, image)
    }

    fn build_output(&self) -> &'static [&'static str] {
        &[]
    }

    fn prober(&self, service: &Service) -> Prober {
        Prober::Python(interpreter(&service.base).unwrap_or_default())
    }

    fn needs(&self, service: &Service) -> Needs<'_> {
        Needs {
            packages: &self.build_packages,
            emulated: self.compile.iter().map(|package| package.value.as_str()).collect(),
            uv: true,
            known_platform: true,
            shared_files: self.wants_shared_files(service),
            ..Needs::default()
        }
    }

    fn env(&self, _: &Service) -> Vec<(&'static str, String)> {
        // The root file system is read-only, so there is nowhere to write byte code to.
        vec![("PYTHONDONTWRITEBYTECODE", "1".to_owned()), ("PYTHONUNBUFFERED", "1".to_owned())]
    }

    fn own_directory(&self) -> Option<(&'static str, &'static str)> {
        Some((VENV, "the directory of the virtual environment"))
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
