//! Paths as a description writes them: separated by slashes on every system.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};

/// A path below some directory: no leading slash, no `.` or `..`, and nothing that a Dockerfile, an
/// ignore file or a shell would read as anything but a name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RelativePath(String);

/// An absolute path inside an image, in its shortest form, with the same characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AbsolutePath(String);

/// Why a text is not a path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// The text is empty, or one of its parts is.
    #[error("{0:?} is not a path: a part of it is empty")]
    Empty(String),
    /// A part is `.` or `..`.
    #[error("{0:?} is not a plain path: `.` and `..` are not allowed")]
    Dots(String),
    /// It should be relative.
    #[error("{0:?} is absolute: write it relative to its root")]
    Absolute(String),
    /// It should be absolute.
    #[error("{0:?} is not absolute: it starts with a slash")]
    Relative(String),
    /// It holds a character that means something elsewhere.
    #[error("{0:?} holds {1:?}, which is not allowed in a path")]
    Character(String, char),
}

/// Blanks, quotes, dollars, backslashes and globs mean something to a Dockerfile or a shell, a colon
/// to a volume and to Windows, `!` and `#` at the start of a line to an ignore file.
fn check_parts(whole: &str, path: &str) -> Result<(), PathError> {
    let forbidden = |c: char| c.is_whitespace() || c.is_control() || "\"'`$\\*?[]{}<>|&;:!#()".contains(c);
    if let Some(c) = path.chars().find(|c| forbidden(*c)) {
        return Err(PathError::Character(whole.to_owned(), c));
    }
    if path.starts_with('-') {
        return Err(PathError::Character(whole.to_owned(), '-'));
    }
    for part in path.split('/') {
        match part {
            "" => return Err(PathError::Empty(whole.to_owned())),
            "." | ".." => return Err(PathError::Dots(whole.to_owned())),
            _ => {}
        }
    }
    Ok(())
}

impl FromStr for RelativePath {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, PathError> {
        if text.starts_with('/') {
            return Err(PathError::Absolute(text.to_owned()));
        }
        check_parts(text, text).map(|()| Self(text.to_owned()))
    }
}

impl FromStr for AbsolutePath {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, PathError> {
        let Some(path) = text.strip_prefix('/') else { return Err(PathError::Relative(text.to_owned())) };
        if path.is_empty() {
            return Ok(Self(text.to_owned()));
        }
        check_parts(text, path).map(|()| Self(text.to_owned()))
    }
}

macro_rules! textual {
    ($($name:ident $format:literal)+) => { $(
        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Cow::<'de, str>::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn inline_schema() -> bool {
                true
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "format": $format })
            }
        }
    )+ };
}
textual! { RelativePath "relative-path" AbsolutePath "absolute-path" }
