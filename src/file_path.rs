//! Paths of the machine at hand: followed to what they mean, and shown the same way on every system.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// A path with every link followed.
///
/// Windows answers in a form of its own (`\\?\C:\fleet`), which no other program shows or takes: the usual form
/// is given back.
pub(crate) fn real(path: &Path) -> io::Result<PathBuf> {
    let real = path.canonicalize()?;
    Ok(if cfg!(windows) { real.to_str().map(usual).map_or(real, PathBuf::from) } else { real })
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

/// A path as it is shown: with `/` between its parts, as services.toml has it.
pub(crate) fn shown(path: &Path) -> impl fmt::Display {
    let text = path.display().to_string();
    if cfg!(windows) { text.replace('\\', "/") } else { text }
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
}
