//! The files of an image that come from the build context.

use std::collections::BTreeSet;

use super::{Lies, Tree};
use crate::excluded::is_excluded;
use crate::fleet::model::CopiedSource;
use crate::fleet::{Fleet, Service};

/// The files of an image that come from the build context, by their paths in the image.
pub struct Image<'a> {
    sources: Vec<&'a CopiedSource>,
    /// Those that are not in the tree.
    absent: Vec<&'a CopiedSource>,
    /// The build context.
    pub tree: &'a dyn Tree,
}

impl<'a> Image<'a> {
    /// The image of a service, with what it inherits from images of the fleet.
    pub fn of(fleet: &'a Fleet, service: &'a Service, tree: &'a dyn Tree) -> Self {
        let below = fleet.stands_on(service);
        let all = below.into_iter().chain([service]).flat_map(|service| &service.sources);
        let (sources, absent) = all.partition(|source| tree.find(source.from.as_str()).is_some());
        Self { sources, absent, tree }
    }

    /// Whether all sources are in the tree. Of the others it is said that they are not, and not of each file below them.
    pub fn is_whole(&self) -> bool {
        self.absent.is_empty()
    }

    /// What lies at a path of the image, if a source brings it.
    pub fn find(&self, path: &str) -> Option<Lies> {
        let copied = self.sources.iter().find_map(|source| self.tree.find(&origin(source, path, self.tree)?));
        let is_above = || self.sources.iter().any(|source| below(path, source.to.as_str()).is_some());
        let may_be_there =
            |source: &&CopiedSource| path == source.to.as_str() || below(source.to.as_str(), path).is_some();
        copied
            .or_else(|| is_above().then_some(Lies::Directory))
            .or_else(|| self.absent.iter().any(may_be_there).then_some(Lies::Unknown))
    }

    /// Where in the build context a file of the image would be.
    pub fn origin(&self, path: &str) -> Option<String> {
        self.sources.iter().find_map(|source| origin(source, path, self.tree))
    }

    /// The text of a file of the image that a source brings.
    pub fn text(&self, path: &str) -> Option<String> {
        self.tree.text(&self.origin(path)?)
    }

    /// The names in a directory of the image that sources bring.
    pub fn names(&self, directory: &str) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        for source in &self.sources {
            if let Some(rest) = below(directory, source.to.as_str()) {
                names.extend(rest.split('/').next().map(str::to_owned));
            } else if let Some(name) = file_in_app(source, self.tree).filter(|_| directory == "/app") {
                names.insert(name.to_owned());
            } else if let Some(path) = origin(source, directory, self.tree) {
                names.extend(self.tree.names(&path).into_iter().filter(|name| !is_excluded(name)));
            }
        }
        names
    }

    /// The directories of the image that sources are copied to.
    pub fn directories(&self) -> impl Iterator<Item = &'a str> {
        self.sources.iter().map(|source| source.to.as_str())
    }
}

/// The rest of a path below a directory of the image.
fn below<'p>(directory: &str, path: &'p str) -> Option<&'p str> {
    path.strip_prefix(directory.trim_end_matches('/'))?.strip_prefix('/').filter(|rest| !rest.is_empty())
}

/// The name of a source that is a file and goes into the working directory under its own name.
fn file_in_app<'a>(source: &'a CopiedSource, tree: &dyn Tree) -> Option<&'a str> {
    let from = source.from.as_str();
    let is_file = source.to.as_str() == "/app" && tree.find(from) == Some(Lies::File);
    is_file.then(|| from.rsplit('/').next().unwrap_or(from))
}

/// Where in the build context that lies which a source brings to a path of the image.
fn origin(source: &CopiedSource, path: &str, tree: &dyn Tree) -> Option<String> {
    let from = source.from.as_str();
    if let Some(name) = file_in_app(source, tree) {
        return (below("/app", path) == Some(name)).then(|| from.to_owned());
    }
    if path == source.to.as_str() {
        return Some(from.to_owned());
    }
    let rest = below(source.to.as_str(), path)?;
    // The ignore file of the build context keeps these out.
    if rest.split('/').any(is_excluded) {
        return None;
    }
    Some(if source.from.is_root() { rest.to_owned() } else { format!("{from}/{rest}") })
}
