//! What the template of a Python service asks.

use askama::Template;

use super::Python;
use super::brought::{Brought, interpreter};
use super::project::{POETRY, Tool};
use crate::bases::CLibrary;
use crate::render::escape::shell_word;
use crate::render::page::Page;

/// The Dockerfile of a Python service.
#[derive(Template)]
#[template(path = "python/python.dockerfile")]
pub(super) struct Dockerfile<'a> {
    pub(super) page: &'a Page<'a>,
    pub(super) python: &'a Python,
}

impl Dockerfile<'_> {
    /// Whether the runtime image is looked at while others are built.
    fn wants_runtime(&self) -> bool {
        self.page.has_programs() || self.python.wants_shared_files(self.page.service)
    }

    /// The path of the interpreter, the same in the builder and in the image.
    fn interpreter(&self) -> String {
        interpreter(&self.page.service.base).unwrap_or_default()
    }

    /// The Python that is taken from the build image, if the run image has none.
    fn brought(&self) -> Option<Brought> {
        Brought::along(&self.page.service.base)
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

    /// Whether the build image has the interpreter that runs the program, at the path that it runs it at.
    fn has_interpreter(&self) -> bool {
        let own = self.page.service.base.build_interpreter.as_ref();
        self.brought().is_some() || own.is_some_and(|own| own.path == self.interpreter())
    }

    /// The Debian packages of the stage that compiles.
    fn compile_packages(&self) -> Vec<&str> {
        let own = self.python.build_packages.iter().map(AsRef::as_ref);
        let python = ["python3-dev", "python3-venv"].into_iter().filter(|_| !self.has_interpreter());
        let mut all: Vec<&str> = own.chain(python).collect();
        all.sort_unstable();
        all.dedup();
        all
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
