//! Paths as a description writes them: below a directory, or inside an image.
//!
//! Both kinds are text with `/` between the parts on every system, checked once where they enter.
//! Neither is a path of the machine at hand: only `sync` makes one of them into such a path.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// A path below a directory: `sessions/Dockerfile.recorder`.
///
/// It names the same file on every system and cannot lead out of its directory: it has no `..`, no
/// drive and no backslash.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RelativePath(String);

/// A directory, seen from another: `generated` below it, or `.` for the same one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DirectoryPath(String);

/// A path inside an image: `/app/logs`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AbsolutePath(String);

/// Why a text is not such a path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// The text is empty.
    #[error("a path is empty")]
    Empty,
    /// A relative path is wanted.
    #[error("`{0}` is absolute; write it relative to the directory")]
    Absolute(String),
    /// An absolute path is wanted.
    #[error("`{0}` is relative; a path inside an image starts with `/`")]
    Relative(String),
    /// A part is `.` or `..`.
    #[error("`{path}` contains `{part}`; write the path without it")]
    Dots {
        /// The path.
        path: String,
        /// The part.
        part: String,
    },
    /// No system has such a path.
    #[error("the path is {0} bytes long; at most {LONGEST} are allowed")]
    Long(usize),
    /// Two slashes in a row, or one at the end.
    #[error("`{0}` has an empty part: a double slash, or a slash at its end")]
    EmptyPart(String),
    /// A character that has no place in a path.
    #[error("`{}` holds the character `{}`, which is not allowed in a path", path.escape_debug(), character.escape_debug())]
    Character {
        /// The path.
        path: String,
        /// The character.
        character: char,
    },
}

/// Whether a file of this name is a Dockerfile: `Dockerfile`, `Dockerfile.web`, `web.Dockerfile`.
/// Editors go by it, and so does the search for files that nothing describes any more.
pub(crate) fn is_dockerfile(name: &str) -> bool {
    ["Dockerfile", "Containerfile"].iter().any(|stem| {
        let is_ending = name.strip_suffix(stem).is_some_and(|rest| rest.ends_with('.'));
        name.starts_with(stem) || is_ending
    })
}

impl RelativePath {
    /// The path as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last part: `Dockerfile.recorder`.
    pub fn file_name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or(&self.0)
    }

    /// The path without its last part; `None` if it has only one.
    pub fn parent(&self) -> Option<Self> {
        let (parent, _) = self.0.rsplit_once('/')?;
        Some(Self(parent.to_owned()))
    }

    /// The parts between the slashes.
    pub fn parts(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.0.split('/')
    }

    /// Another path below this one.
    #[must_use]
    pub fn join(&self, below: &Self) -> Self {
        Self(format!("{self}/{below}"))
    }

    /// Whether this is `other` or lies below it.
    pub fn is_within(&self, other: &Self) -> bool {
        is_within(&self.0, &other.0)
    }
}

impl DirectoryPath {
    /// The path as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A path below it.
    #[must_use]
    pub fn join(&self, below: &RelativePath) -> RelativePath {
        if self.is_root() { below.clone() } else { RelativePath(format!("{self}/{below}")) }
    }

    /// Whether it is the directory that it is seen from.
    pub fn is_root(&self) -> bool {
        self.0 == "."
    }

    /// The way back from it: `..` for each part.
    pub fn back(&self) -> String {
        if self.0 == "." { ".".to_owned() } else { vec![".."; self.0.split('/').count()].join("/") }
    }

    /// What a path that starts where this one does is called from inside the directory; `None` if it
    /// lies elsewhere.
    pub fn inside<'p>(&self, path: &'p str) -> Option<&'p str> {
        if self.0 == "." { Some(path) } else { path.strip_prefix(&self.0)?.strip_prefix('/') }
    }
}

impl AbsolutePath {
    /// The path as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last part: `logs`; empty for `/`.
    pub fn file_name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or(&self.0)
    }

    /// The path without its last part; `None` for `/`.
    pub fn parent(&self) -> Option<Self> {
        match self.0.rsplit_once('/')? {
            ("", "") => None,
            ("", _) => Some(Self("/".to_owned())),
            (parent, _) => Some(Self(parent.to_owned())),
        }
    }

    /// The parts between the slashes; none for `/`.
    pub fn parts(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.0.split('/').filter(|part| !part.is_empty())
    }

    /// A path below this one.
    #[must_use]
    pub fn join(&self, below: &RelativePath) -> Self {
        Self(format!("{}/{below}", self.0.trim_end_matches('/')))
    }

    /// Whether this is `other` or lies below it.
    pub fn is_within(&self, other: &Self) -> bool {
        other.0 == "/" || is_within(&self.0, &other.0)
    }
}

/// The path that a file in a directory writes, from where the directory's own path starts; `None` if it leads above. The
/// directory where paths start is empty. Symbolic links are not looked at.
pub(crate) fn resolve(directory: &str, written: &str) -> Option<String> {
    let mut parts: Vec<&str> = directory.split('/').filter(|part| !part.is_empty()).collect();
    for part in written.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// A path below a directory; each may be empty.
pub(crate) fn join(directory: &str, path: &str) -> String {
    match (directory, path) {
        ("", path) => path.to_owned(),
        (directory, "") => directory.to_owned(),
        (directory, path) => format!("{directory}/{path}"),
    }
}

fn is_within(path: &str, other: &str) -> bool {
    path.strip_prefix(other).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

impl FromStr for RelativePath {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, PathError> {
        if text.is_empty() {
            return Err(PathError::Empty);
        }
        check_characters(text)?;
        if text.starts_with('/') {
            return Err(PathError::Absolute(text.to_owned()));
        }
        check_parts(text, text)?;
        Ok(Self(text.to_owned()))
    }
}

impl FromStr for DirectoryPath {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, PathError> {
        if text == "." {
            return Ok(Self(text.to_owned()));
        }
        text.parse().map(|path: RelativePath| Self(path.0))
    }
}

impl FromStr for AbsolutePath {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, PathError> {
        if text.is_empty() {
            return Err(PathError::Empty);
        }
        check_characters(text)?;
        let Some(parts) = text.strip_prefix('/') else {
            return Err(PathError::Relative(text.to_owned()));
        };
        if !parts.is_empty() {
            check_parts(text, parts)?;
        }
        Ok(Self(text.to_owned()))
    }
}

/// The longest path of Linux (`PATH_MAX`) without the zero behind it.
pub(crate) const LONGEST: usize = 4095;

/// What means something to a Dockerfile, a shell, an ignore file or a volume (blanks, quotes, `$`,
/// globs, `!`, `#`, `:`) is refused, and so is a hyphen at the start, which makes a flag.
fn check_characters(path: &str) -> Result<(), PathError> {
    // Of all that is checked, this is checked most often: most characters are one of these.
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '-' | '_' | '.');
    let meaningful = |c: char| "\"'`$\\*?[]{}<>|&;:,=!#()".contains(c);
    let forbidden = |c: char| !plain(c) && (c.is_control() || c.is_whitespace() || meaningful(c));
    let dash = path.starts_with('-').then_some('-');
    if path.len() > LONGEST {
        return Err(PathError::Long(path.len()));
    }
    match path.chars().find(|&c| forbidden(c)).or(dash) {
        Some(character) => Err(PathError::Character { path: path.to_owned(), character }),
        None => Ok(()),
    }
}

fn check_parts(path: &str, parts: &str) -> Result<(), PathError> {
    for part in parts.split('/') {
        match part {
            "" => return Err(PathError::EmptyPart(path.to_owned())),
            "." | ".." => return Err(PathError::Dots { path: path.to_owned(), part: part.to_owned() }),
            _ => {}
        }
    }
    Ok(())
}

/// What both kinds share: text in, text out, and a schema that says which kind it is.
macro_rules! text_path {
    ($type:ident, $format:literal, $description:literal) => {
        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl TryFrom<String> for $type {
            type Error = PathError;

            fn try_from(text: String) -> Result<Self, PathError> {
                text.parse()
            }
        }

        impl From<$type> for String {
            fn from(path: $type) -> Self {
                path.0
            }
        }

        impl AsRef<str> for $type {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl JsonSchema for $type {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "format": $format, "description": $description })
            }
        }
    };
}

impl Default for DirectoryPath {
    fn default() -> Self {
        Self(".".to_owned())
    }
}

impl From<RelativePath> for DirectoryPath {
    fn from(path: RelativePath) -> Self {
        Self(path.0)
    }
}

text_path!(RelativePath, "relative-path", "A path below a directory, with `/` between its parts.");
text_path!(DirectoryPath, "directory-path", "A directory below another, or `.` for the same one.");
text_path!(AbsolutePath, "absolute-path", "A path inside the image, starting with `/`.");

#[cfg(test)]
mod tests;
