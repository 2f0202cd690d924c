//! Paths of the machine at hand: followed to what they mean, and shown the same way on every system.

use std::fmt;
use std::io;
use std::path::{Component, Path, PathBuf};

use crate::diagnostic::visible;

/// A path with every link followed.
///
/// Windows answers in a form of its own (`\\?\C:\fleet`), which no other program shows or takes: the usual form
/// is given back.
pub(crate) fn real(path: &Path) -> io::Result<PathBuf> {
    let real = path.canonicalize()?;
    Ok(if cfg!(windows) { real.to_str().map(usual).map_or(real, PathBuf::from) } else { real })
}

/// A path below a directory whose own path is a real one, with every link followed; an error of the kind `NotFound` if
/// it leads out of that directory.
pub(crate) fn real_within(directory: &Path, path: &str) -> io::Result<PathBuf> {
    let real = real(&directory.join(path))?;
    if real.starts_with(directory) { Ok(real) } else { Err(io::ErrorKind::NotFound.into()) }
}

/// The directory that a path lies in, as it is opened from where the program runs.
pub(crate) fn directory(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// `C:\fleet` of `\\?\C:\fleet`, `\\server\share` of `\\?\UNC\server\share`.
fn usual(path: &str) -> String {
    match path.strip_prefix(r"\\?\") {
        Some(rest) => match rest.strip_prefix(r"UNC\") {
            Some(share) => format!(r"\\{share}"),
            None => rest.to_owned(),
        },
        None => path.to_owned(),
    }
}

/// A path as it is shown: on one line, without anything that a terminal obeys.
pub(crate) fn shown(path: &Path) -> impl fmt::Display {
    visible(&name(path)).into_owned()
}

/// A path with `/` between its parts, as services.toml has it.
pub(crate) fn name(path: &Path) -> String {
    let text = path.display().to_string();
    if cfg!(windows) { text.replace('\\', "/") } else { text }
}

/// A file of a directory, as it is found from where the program runs: `generated/api/Dockerfile`.
///
/// The directory stays as the user named it. A `.` in the path is left out: GitHub and `git apply` take none.
pub(crate) fn shown_in(directory: &Path, file: &str) -> String {
    let path: PathBuf = directory.join(file).components().filter(|part| *part != Component::CurDir).collect();
    name(&path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_windows_are_given_in_their_usual_form() {
        assert_eq!(usual(r"\\?\C:\fleet\a"), r"C:\fleet\a");
        assert_eq!(usual(r"\\?\UNC\server\share\a"), r"\\server\share\a");
        assert_eq!(usual(r"C:\fleet"), r"C:\fleet");
    }

    #[test]
    fn a_path_is_shown_as_services_toml_has_it() {
        let path: PathBuf = ["a", "b", "Dockerfile"].iter().collect();
        assert_eq!(shown(&path).to_string(), "a/b/Dockerfile");
    }

    #[test]
    fn a_file_of_a_directory_is_shown_by_a_path_that_opens_it() {
        for (directory, path) in [
            ("generated", "generated/api/Dockerfile"),
            ("", "api/Dockerfile"),
            (".", "api/Dockerfile"),
            ("deploy/.", "deploy/api/Dockerfile"),
            ("./deploy", "deploy/api/Dockerfile"),
            ("../shop/generated", "../shop/generated/api/Dockerfile"),
            ("/srv/shop", "/srv/shop/api/Dockerfile"),
        ] {
            assert_eq!(shown_in(Path::new(directory), "api/Dockerfile"), path, "{directory}");
        }
    }
}
