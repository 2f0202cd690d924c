//! Which versions of an image were published on a release.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};

/// The first versions on a release: one, or one of each line of versions that was maintained at that time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Since {
    /// Of all lines: `"1.88"`.
    Version(String),
    /// Of each line: `["1.28.1", "1.29.2"]`.
    Versions(Vec<String>),
}

impl Since {
    /// The first version on the release after `version`, if `version` was not published there. `line` is the line
    /// of versions that one belongs to. `1` is the newest of all that begin so.
    pub(super) fn first_after<'k>(
        &self,
        version: &str,
        line: impl Fn(&str) -> Option<&'k str>,
    ) -> Option<&str> {
        let firsts = match self {
            Self::Version(first) => std::slice::from_ref(first),
            Self::Versions(firsts) => firsts,
        };
        let own = line(version);
        let of_line = firsts.iter().find(|first| own.is_some() && line(first) == own);
        let later = |first: &&String| is_older(version, first);
        of_line
            .map_or_else(|| firsts.iter().find(later), |first| Some(first).filter(later))
            .map(String::as_str)
    }
}

/// Whether a version is older than another; no number is older than one that it begins with.
fn is_older(version: &str, other: &str) -> bool {
    let numbers = |version: &str| version.split('.').map(|part| part.parse::<u32>().ok()).collect::<Vec<_>>();
    let (own, other) = (numbers(version), numbers(other));
    own.iter().zip(&other).find(|(own, other)| own != other).is_some_and(|(own, other)| own < other)
}

impl JsonSchema for Since {
    fn schema_name() -> Cow<'static, str> {
        "Since".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        schemars::json_schema!({
            "anyOf": [{ "type": "string" }, { "type": "array", "items": { "type": "string" } }]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_published_from_the_first_of_its_line_on() {
        let since = Since::Versions(["1.28.1", "1.29.2"].map(str::to_owned).into());
        let line =
            |version: &str| ["1.27", "1.28", "1.29"].into_iter().find(|line| version.starts_with(line));
        for (version, first) in [
            ("1.28.1", None),
            ("1.28", None),
            ("1", None),
            ("1.30.0", None),
            ("1.28.0", Some("1.28.1")),
            ("1.29.1", Some("1.29.2")),
            ("1.27.5", Some("1.28.1")),
            ("0.9", Some("1.28.1")),
        ] {
            assert_eq!(since.first_after(version, line), first, "{version}");
        }
    }
}
