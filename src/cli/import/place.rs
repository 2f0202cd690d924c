//! Where the old and the new Dockerfile of an import lie, and what has to change in files that build the old one.

use std::path::{Component, Path};

use super::super::source::Fault;
use crate::file_path::{self, shown};
use crate::path::DirectoryPath;
use crate::refactor::import::{Built, Import};

/// Where the new Dockerfile will lie, below the output directory.
pub(super) fn path_below_output(import: &Import) -> String {
    let text = |key: &str| import.table.get(key).and_then(toml::Value::as_str);
    let dockerfile = text("dockerfile").unwrap_or("Dockerfile");
    match text("directory").filter(|directory| *directory != ".") {
        Some(directory) => format!("{directory}/{dockerfile}"),
        None => dockerfile.to_owned(),
    }
}

/// The same, below the root of the sources.
pub(super) fn new_path(import: &Import, output: Option<&DirectoryPath>) -> String {
    let below = path_below_output(import);
    match output.map(DirectoryPath::as_str).filter(|output| *output != ".") {
        Some(output) => format!("{output}/{below}"),
        None => below,
    }
}

/// What has to change in a file that builds the Dockerfile in another context than the new one has.
pub(super) fn moved_context(build: &Built, new: &str) -> Option<String> {
    let Built { file, context, is_workflow } = build;
    if context.is_empty() {
        return None;
    }
    // Paths in a Compose file start at its directory, those in a workflow at the root.
    let up = if *is_workflow { 0 } else { file.matches('/').count() };
    let root = if up == 0 { ".".to_owned() } else { vec![".."; up].join("/") };
    let key = if *is_workflow { "file" } else { "dockerfile" };
    Some(format!(
        "{file} builds it in {context}, but the context of the new file is the directory of services.toml: set `context: {root}` and `{key}: {new}` there"
    ))
}

/// A path below the root of the sources.
pub(super) fn below(root: &Path, path: &Path) -> Result<String, Fault> {
    let fault = |message: String| {
        Fault::plain(message, Some("the root is the directory of services.toml".to_owned()))
    };
    let real = |path: &Path| {
        file_path::real(path).map_err(|error| {
            Fault::plain(format!("cannot read `{}`: {}", shown(path), crate::diagnostic::cause(&error)), None)
        })
    };
    let (real_root, real_path) = (real(root)?, real(path)?);
    let inner = real_path
        .strip_prefix(&real_root)
        .map_err(|_| fault(format!("`{}` is not below `{}`", shown(path), shown(root))))?;
    let parts: Option<Vec<&str>> = inner
        .components()
        .filter(|part| matches!(part, Component::Normal(_)))
        .map(|part| part.as_os_str().to_str())
        .collect();
    parts.map(|parts| parts.join("/")).ok_or_else(|| fault(format!("`{}` is not text", shown(path))))
}
