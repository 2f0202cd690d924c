//! Where the files of a service are: its directory, its Dockerfile, its sources, and where they go in the image.

use super::at::At;
use super::description::{ServiceTable, Source};
use super::model::CopiedSource;
use super::words::Name;
use crate::diagnostic::{Diagnostic, Span};
use crate::kinds::Directory;
use crate::path::{AbsolutePath, DirectoryPath, PathError, RelativePath};

/// The directory that programs and their sources live in.
const APP: &str = "/app";

/// Where a service's files are.
pub(super) struct Place {
    /// Where its relative paths start.
    pub(super) directory: DirectoryPath,
    /// The bytes of the description that name it.
    span: Span,
    /// Whether the directory is the service's own, by its key or by its kind.
    is_own: bool,
    /// Whether all of it is taken where `sources` does not say.
    takes_all: bool,
}

impl Place {
    pub(super) fn of(name: &At<Name>, table: &ServiceTable, holds: Directory) -> Self {
        let span = table.directory.as_ref().map_or(&name.span, |directory| &directory.span).clone();
        let said = table.directory.as_ref().map(|directory| directory.value.clone());
        let of_name = || name.as_str().parse().expect("a name is a path");
        let directory = said.or_else(|| (holds == Directory::Project).then(of_name));
        let is_own = directory.is_some();
        let takes_all = is_own && holds != Directory::Files;
        Self { directory: directory.unwrap_or_default(), span, is_own, takes_all }
    }

    pub(super) fn dockerfile(&self, name: &At<Name>, said: Option<At<RelativePath>>) -> At<RelativePath> {
        let file = || "Dockerfile".parse::<RelativePath>().expect("a path");
        match said {
            Some(said) => At::new(self.directory.join(&said.value), said.span),
            None if self.is_own && !self.directory.is_root() => {
                At::new(self.directory.join(&file()), name.span.clone())
            }
            None => {
                let of_name: DirectoryPath = name.as_str().parse().expect("a name is a path");
                At::new(of_name.join(&file()), name.span.clone())
            }
        }
    }

    pub(super) fn sources(&self, entries: &[At<Source>]) -> Result<Vec<CopiedSource>, Vec<Diagnostic>> {
        if entries.is_empty() && self.takes_all {
            let to = APP.parse().expect("a path");
            let span = self.span.clone();
            return Ok(vec![CopiedSource { from: self.directory.clone(), to, span }]);
        }
        let (mut copied, mut mistakes) = (Vec::new(), Vec::new());
        for entry in entries {
            match self.source(entry) {
                Ok(source) => copied.push(source),
                Err(error) => mistakes.push(Diagnostic::new(entry.span.clone(), error.to_string())),
            }
        }
        if mistakes.is_empty() { Ok(copied) } else { Err(mistakes) }
    }

    fn source(&self, entry: &At<Source>) -> Result<CopiedSource, PathError> {
        let (from, to) = match &entry.value {
            Source::Same(path) => (path, path.as_str()),
            Source::Moved(moved) => (&moved.from, moved.to.as_str()),
        };
        let to: AbsolutePath = if to.starts_with('/') {
            to.parse()?
        } else if to == "." {
            APP.parse()?
        } else {
            let below: RelativePath = to.parse()?;
            format!("{APP}/{below}").parse()?
        };
        Ok(CopiedSource { from: self.directory.join(from).into(), to, span: entry.span.clone() })
    }
}
