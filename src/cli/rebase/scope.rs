//! The paths that a run of `rebase` works on.

use std::path::{Path, PathBuf};

use crate::cli::source::Fault;
use crate::file_path::{name, shown};
use crate::sync::walk;

/// What a run works on.
pub(super) struct Scope {
    /// The directory above everything that may change, with every link followed.
    pub(super) root: PathBuf,
    /// The working directory, likewise.
    pub(super) here: PathBuf,
    /// Whether the description moves as well.
    pub(super) described: bool,
}

impl Scope {
    pub(super) fn of(paths: &[PathBuf], fleet: &Path) -> Result<Self, Fault> {
        let real = |path: &Path| walk::real(path).map_err(|error| Fault::Files(vec![error]));
        let here = real(Path::new("."))?;
        let own = walk::real(fleet).ok();
        let paths = paths.iter().map(|path| real(path)).collect::<Result<Vec<_>, _>>()?;
        let described = match &own {
            Some(own) => paths.is_empty() || paths.iter().any(|path| own.starts_with(path)),
            None => paths.is_empty(),
        };
        let directory =
            |path: &Path| if path.is_dir() { path } else { path.parent().unwrap_or(path) }.to_owned();
        let parts: Vec<PathBuf> =
            own.iter().filter(|_| described).chain(&paths).map(|path| directory(path)).collect();
        let below_here = parts.iter().all(|part| part.starts_with(&here));
        let root = if below_here { here.clone() } else { common(&parts).unwrap_or_else(|| here.clone()) };
        Ok(Self { root, here, described })
    }

    /// A path from the working directory.
    pub(super) fn shown(&self, path: &Path) -> String {
        name(path.strip_prefix(&self.here).unwrap_or(path))
    }

    /// A path below the root.
    pub(super) fn below(&self, path: &Path) -> Result<PathBuf, Fault> {
        path.strip_prefix(&self.root).map(Path::to_owned).map_err(|_| {
            let message = format!("`{}` is outside `{}`", shown(path), shown(&self.root));
            Fault::plain(message, Some("add its directory as a PATH".to_owned()))
        })
    }
}

/// The directory that all paths lie in.
fn common(paths: &[PathBuf]) -> Option<PathBuf> {
    let (first, rest) = paths.split_first()?;
    first.ancestors().find(|ancestor| rest.iter().all(|path| path.starts_with(ancestor))).map(Path::to_owned)
}
