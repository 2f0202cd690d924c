//! What a Python service installs, as far as its packages and the files of the tree tell.

use super::Python;
use crate::context::{Image, Missing};
use crate::fleet::words::Argument;
use crate::fleet::{At, Service};
use crate::path::RelativePath;

/// Programs of distributions that load an application `module:attribute` from the working directory.
pub(super) const SERVERS: [&str; 5] = ["daphne", "granian", "gunicorn", "hypercorn", "uvicorn"];

/// Other programs that are called as their distributions are.
const PROGRAMS: [&str; 7] =
    ["alembic", "celery", "dramatiq", "flask", "streamlit", "uwsgi", "waitress-serve"];

/// Distributions that bring uvicorn along.
const WITH_UVICORN: [&str; 7] = ["chainlit", "fastapi-cli", "fastmcp", "gradio", "mcp", "prefect", "vllm"];

/// Packages of the standard library that services run.
const STANDARD: [&str; 6] = ["asyncio", "http", "json", "unittest", "wsgiref", "xmlrpc"];

impl Python {
    /// Whether a distribution may bring a module that no source does.
    pub(super) fn may_bring(&self, module: &str, service: &Service, image: &Image<'_>) -> bool {
        let top = normal(module.split('.').next().unwrap_or(module));
        STANDARD.contains(&top.as_str()) || self.may_install(&top, service, image)
    }

    /// Whether a distribution, or one that is called nearly so, may be among those that are installed.
    fn may_install(&self, top: &str, service: &Service, image: &Image<'_>) -> bool {
        let own = self.packages.iter().map(AsRef::as_ref).chain(self.compile.iter().map(AsRef::as_ref));
        let is_it = |requirement: &str| {
            let name = normal(distribution(requirement));
            name == top
                || name.starts_with(&format!("{top}-"))
                || top.starts_with(&format!("{name}-"))
                || top == "uvicorn" && brings_uvicorn(&name, requirement)
        };
        own.into_iter().any(is_it)
            || self.files().into_iter().any(|file| {
                // Of a file that is not there, that is said.
                let Some(text) = text(&file, service, image) else { return true };
                if !matches!(file.file_name().rsplit_once('.'), Some((_, "lock" | "toml"))) {
                    return text.lines().any(|line| is_opaque(line) || is_it(line.trim()));
                }
                // TOML: names and requirements are strings
                text.lines().any(|line| line.split('"').skip(1).step_by(2).any(is_it))
            })
    }

    /// The files that say what is installed.
    fn files(&self) -> Vec<At<RelativePath>> {
        self.lock_files().into_iter().chain(self.requirements.iter().cloned()).collect()
    }

    /// A server that is started and that nothing installs. Where every distribution is named, that is certain.
    pub(super) fn uninstalled_server(&self, service: &Service, image: &Image<'_>) -> Option<Missing> {
        let (program, span) = match (&self.app, &self.script) {
            (Some(app), _) => ("uvicorn", &app.span),
            (None, script) => {
                let script = script.as_ref()?;
                let program = script.first().map(Argument::as_str)?;
                let mut known = SERVERS.into_iter().chain(PROGRAMS);
                (known.find(|known| *known == program)?, &script.span)
            }
        };
        if self.may_install(program, service, image) {
            return None;
        }
        let what = format!("nothing installs `{program}`, which is started by");
        let hint = if self.lock.is_some() {
            "add it to the dependencies in pyproject.toml, and lock them again".to_owned()
        } else {
            format!("add `{program}` to python.packages or to the requirements file")
        };
        let is_certain = self.lock.is_some() || self.require_hashes;
        Some(Missing { span: span.clone(), what, hint, is_certain })
    }

    /// Requirements files with hashes, where nothing says that every distribution must have one.
    pub(super) fn unrequired_hashes(&self, service: &Service, image: &Image<'_>) -> Option<Missing> {
        let others = self.packages.len() + self.compile.len() + self.overrides.len();
        let has_hashes =
            |file: &At<RelativePath>| text(file, service, image).is_some_and(|text| text.contains("--hash="));
        if self.require_hashes || others > 0 || !self.requirements.iter().all(has_hashes) {
            return None;
        }
        let file = self.requirements.first()?;
        Some(Missing {
            span: file.span.clone(),
            what: format!(
                "`{file}` has hashes, but a package without one would be installed too: requirements of"
            ),
            hint: "set python.require_hashes = true".to_owned(),
            is_certain: false,
        })
    }
}

/// The text of a file that the service names.
fn text(file: &At<RelativePath>, service: &Service, image: &Image<'_>) -> Option<String> {
    image.tree.text(service.directory.join(&file.value).as_str())
}

/// Whether uvicorn is a dependency of a requirement.
fn brings_uvicorn(name: &str, requirement: &str) -> bool {
    let extras = requirement.split_once('[').and_then(|(_, rest)| rest.split_once(']'));
    let mut extras = extras.into_iter().flat_map(|(extras, _)| extras.split(','));
    WITH_UVICORN.contains(&name)
        || name == "fastapi" && extras.any(|extra| ["all", "standard"].contains(&extra.trim()))
}

/// Whether a line of a requirements file may stand for any distribution.
fn is_opaque(line: &str) -> bool {
    let line = line.trim();
    let is_option = ["-r", "--requirement", "-e", "--editable"].iter().any(|option| line.starts_with(option));
    is_option
        || line.starts_with(['.', '/'])
        || (line.contains("://") && !line.starts_with('-') && !line.contains('@'))
}

/// The name in a requirement.
fn distribution(requirement: &str) -> &str {
    let end = requirement.find(|c: char| !(c.is_ascii_alphanumeric() || "._-".contains(c)));
    &requirement[..end.unwrap_or(requirement.len())]
}

/// A name as distributions are compared.
fn normal(name: &str) -> String {
    name.to_lowercase().replace(['_', '.'], "-")
}
