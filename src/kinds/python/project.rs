//! A project with a `pyproject.toml`: what its lock file pins, and the project itself.
//!
//! uv installs what `uv.lock` pins for a platform that is not its own (docs.astral.sh/uv/reference/cli/#uv-sync), in the
//! order of docs.astral.sh/uv/guides/integration/docker: what the project needs, and then the project, so that a change
//! of code installs nothing else. Poetry cannot install for another platform; `poetry export` writes the pins of
//! `poetry.lock`, hashes included, as requirements (github.com/python-poetry/poetry-plugin-export), and uv installs them.

use super::Python;
use crate::bases::numbers;
use crate::context::{Image, Missing};
use crate::diagnostic::Diagnostic;
use crate::fleet::At;
use crate::fleet::model::Service;
use crate::kinds::toolchain;
use crate::path::RelativePath;

/// What Poetry's exporter is installed as, from `PyPI`.
pub(super) const POETRY: &str = "--from poetry==2.2.1 --with poetry-plugin-export==1.9.0 poetry";

/// The tool that wrote a lock file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tool {
    Uv,
    Poetry,
}

impl Tool {
    /// The tool whose lock file is called so.
    fn of(lock: &RelativePath) -> Option<Self> {
        match lock.file_name() {
            "uv.lock" => Some(Self::Uv),
            "poetry.lock" => Some(Self::Poetry),
            _ => None,
        }
    }
}

/// The `pyproject.toml` beside a lock file.
fn manifest(lock: &RelativePath) -> RelativePath {
    let name: RelativePath = "pyproject.toml".parse().expect("a path");
    lock.parent().map_or_else(|| name.clone(), |directory| directory.join(&name))
}

/// The versions of Python that a `uv.lock` was resolved for.
fn of_uv(lock: &str) -> Option<String> {
    let mut head = lock.lines().take_while(|line| !line.starts_with('['));
    let value = head.find_map(|line| line.strip_prefix("requires-python = "))?;
    Some(value.trim().trim_matches('"').to_owned())
}

/// The versions of Python that a `pyproject.toml` names, for all tools or for Poetry.
fn of_manifest(text: &str) -> Option<String> {
    let manifest: toml::Table = text.parse().ok()?;
    let of_all = manifest.get("project").and_then(|project| project.get("requires-python"));
    let of_poetry = || manifest.get("tool")?.get("poetry")?.get("dependencies")?.get("python");
    of_all.or_else(of_poetry)?.as_str().map(str::to_owned)
}

impl Python {
    /// The tool of the lock file, if there is one.
    pub(super) fn locked_by(&self) -> Option<Tool> {
        Tool::of(&self.lock.as_ref()?.value)
    }

    /// The files that say what the lock file pins: `pyproject.toml`, and the lock file.
    pub(super) fn lock_files(&self) -> Vec<At<RelativePath>> {
        let Some(lock) = &self.lock else { return Vec::new() };
        vec![At::new(manifest(&lock.value), lock.span.clone()), lock.clone()]
    }

    /// A version of Python that the lock file requires, and that the interpreter of the image is not.
    pub(super) fn other_version(&self, service: &Service, image: &Image<'_>) -> Option<Missing> {
        let (tool, files) = (self.locked_by()?, self.lock_files());
        let (manifest, lock) = (files.first()?, files.last()?);
        let text = |file: &At<RelativePath>| image.tree.text(service.directory.join(&file.value).as_str());
        let (file, constraint) = match tool {
            Tool::Uv => (lock, of_uv(&text(lock)?)?),
            Tool::Poetry => (manifest, of_manifest(&text(manifest)?)?),
        };
        let base = &service.base;
        let interpreter = base.interpreter.as_ref().or(base.build_interpreter.as_ref())?;
        let version = interpreter.version.as_ref()?;
        let [3, minor] = numbers(version)[..] else { return None };
        // Poetry exports whatever it runs on.
        let is_certain = tool == Tool::Uv;
        let required = format!("Python {constraint}");
        (!toolchain::python_allows(&constraint, minor)).then(|| {
            toolchain::unmet(
                service,
                file.value.file_name(),
                &required,
                &format!("Python {version}"),
                is_certain,
            )
        })
    }

    /// The options of the tool that say what of the project is installed.
    pub(super) fn selection(&self) -> String {
        let (package, group) = match self.locked_by() {
            Some(Tool::Uv) => (self.package.as_ref(), "--group"),
            _ => (None, "--with"),
        };
        let package = package.map(|package| format!(" --package {package}"));
        let extras = self.extras.iter().map(|extra| format!(" --extra {extra}"));
        let groups = self.groups.iter().map(|name| format!(" {group} {name}"));
        package.into_iter().chain(extras).chain(groups).collect()
    }

    /// What is wrong with the lock file, or with what is said beside it.
    pub(super) fn project_mistake(&self, service: &Service) -> Option<Diagnostic> {
        if self.project && service.sources.is_empty() {
            return Some(
                Diagnostic::new(service.name.span.clone(), "there are no sources to build the project from")
                    .about(["python", "project"])
                    .hint("set `directory` to the directory of pyproject.toml, or `sources`"),
            );
        }
        if self.project && !self.has_dependencies() {
            return Some(
                Diagnostic::new(
                    service.name.span.clone(),
                    "the project has neither `lock` nor `requirements`",
                )
                .about(["python", "project"])
                .hint("set python.lock, or python.requirements to [\"pyproject.toml\"]"),
            );
        }
        if let Some(asset) = self.assets.first().filter(|_| !self.project) {
            return Some(
                Diagnostic::new(asset.span.clone(), "`assets` needs a project, and this service has none")
                    .hint("add them to `sources`, which also go below /app"),
            );
        }
        let Some(lock) = &self.lock else { return self.without_lock(service) };
        let Some(tool) = Tool::of(&lock.value) else {
            return Some(
                Diagnostic::new(
                    lock.span.clone(),
                    format!("`{}` is not a supported lock file", lock.value),
                )
                .hint("use uv.lock or poetry.lock; put pylock.toml and requirements files into python.requirements"),
            );
        };
        let others = [
            ("requirements", !self.requirements.is_empty()),
            ("packages", !self.packages.is_empty()),
            ("overrides", !self.overrides.is_empty()),
            ("compile", !self.compile.is_empty()),
            ("require_hashes", self.require_hashes),
            ("package", self.package.is_some() && tool == Tool::Poetry),
        ];
        let (key, _) = others.into_iter().find(|(_, said)| *said)?;
        Some(
            Diagnostic::new(
                lock.span.clone(),
                format!("`{}` cannot be combined with python.{key}", lock.value),
            )
            .hint(match key {
                "package" => "only uv.lock has workspaces",
                "require_hashes" => "remove it: the hashes of a lock file are always checked",
                _ => "the lock file pins everything that is installed: change pyproject.toml, and lock again",
            }),
        )
    }

    /// What only a lock file gives a meaning.
    fn without_lock(&self, service: &Service) -> Option<Diagnostic> {
        let keys = [
            ("package", self.package.is_some()),
            ("extras", !self.extras.is_empty()),
            ("groups", !self.groups.is_empty()),
        ];
        let (key, _) = keys.into_iter().find(|(_, said)| *said)?;
        Some(
            Diagnostic::new(
                service.name.span.clone(),
                format!("python.{key} needs a lock file, but `{}` has none", service.name.value),
            )
            .about(["python", key])
            .hint("set python.lock to uv.lock or poetry.lock"),
        )
    }
}
