//! The files of a tree, as far as detection looks at them.

use std::collections::BTreeMap;
use std::ops::Bound;

use crate::path;
pub(super) use crate::path::join;

/// Paths below the root, and the texts of those files that are small and text. The root itself is the empty path.
#[derive(Debug, Default)]
pub struct View(BTreeMap<String, String>);

impl View {
    /// Adds a file. A file that is not text is there as well, and says nothing.
    pub fn add(&mut self, path: String, text: Option<String>) {
        self.0.insert(path, text.unwrap_or_default());
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The text of a file.
    pub(super) fn text(&self, path: &str) -> Option<&str> {
        self.0.get(path).map(String::as_str)
    }

    /// The text of a file in a directory.
    pub(super) fn file(&self, directory: &str, name: &str) -> Option<&str> {
        self.text(&join(directory, name))
    }

    /// Whether a directory has a file of this name.
    pub(super) fn has(&self, directory: &str, name: &str) -> bool {
        self.0.contains_key(&join(directory, name))
    }

    /// Whether a path is that of a file or of a directory with one.
    pub(super) fn is_there(&self, path: &str) -> bool {
        self.0.contains_key(path) || self.below(path).next().is_some()
    }

    /// The files below a directory: their paths seen from it, and their texts.
    pub(super) fn below(&self, directory: &str) -> impl Iterator<Item = (&str, &str)> {
        let prefix = if directory.is_empty() { String::new() } else { format!("{directory}/") };
        let length = prefix.len();
        let range = self.0.range::<str, _>((Bound::Included(prefix.as_str()), Bound::Unbounded));
        let inside = range.take_while(move |(path, _)| path.starts_with(&prefix));
        inside.map(move |(path, text)| (&path[length..], text.as_str()))
    }

    /// The files below a directory without those of other projects in it, if it is a project itself.
    pub(super) fn own(&self, directory: &str) -> impl Iterator<Item = (&str, &str)> {
        const MANIFESTS: [&str; 7] = [
            "go.mod",
            "pom.xml",
            "build.gradle",
            "build.gradle.kts",
            "Cargo.toml",
            "package.json",
            "pyproject.toml",
        ];
        let is_project = |name: &str| MANIFESTS.contains(&name) || name == "requirements.txt";
        let is_itself = self.files(directory).any(|(path, _)| is_project(path));
        let manifests =
            self.below(directory).filter(|(path, _)| is_itself && MANIFESTS.contains(&split(path).1));
        let others: Vec<&str> =
            manifests.map(|(path, _)| split(path).0).filter(|inner| !inner.is_empty()).collect();
        self.below(directory)
            .filter(move |(path, _)| !others.iter().any(|other| inside(other, path).is_some()))
    }

    /// The files directly in a directory.
    pub(super) fn files(&self, directory: &str) -> impl Iterator<Item = (&str, &str)> {
        self.below(directory).filter(|(path, _)| !path.contains('/'))
    }

    /// All files.
    pub(super) fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(path, text)| (path.as_str(), text.as_str()))
    }
}

/// The directory and the name of a path.
pub(super) fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

/// A directory and those above it, up to the root.
pub(super) fn ancestors(directory: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(directory), |inner| (!inner.is_empty()).then(|| split(inner).0))
}

/// The path from a directory to one below it.
pub(super) fn inside<'p>(directory: &str, path: &'p str) -> Option<&'p str> {
    if directory.is_empty() || directory == path {
        return Some(if directory.is_empty() { path } else { "" });
    }
    path.strip_prefix(directory)?.strip_prefix('/')
}

/// The path that `written` names from a directory; `None` if it leads out of the tree or is no plain path.
pub(super) fn resolve(directory: &str, written: &str) -> Option<String> {
    if written.starts_with('/') || written.contains("://") || written.contains(['$', '\\', '~']) {
        return None;
    }
    path::resolve(directory, written)
}
