//! Why an entry of the catalogue cannot be used.

/// Why an entry cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CatalogueError {
    /// A pattern has a hole that does not exist.
    #[error("`{hole}` in `{pattern}` of the catalogue entry `{entry}` is not a placeholder of a pattern")]
    Hole {
        /// The entry.
        entry: String,
        /// The pattern.
        pattern: String,
        /// The hole.
        hole: String,
    },
    /// The entry extends one that does not exist.
    #[error("the catalogue entry `{entry}` extends `{parent}`, which does not exist")]
    Parent {
        /// The entry.
        entry: String,
        /// What it extends.
        parent: String,
        /// The entry that may be meant.
        nearest: Option<String>,
    },
    /// The entry extends itself, by way of others.
    #[error("the catalogue entry `{entry}` extends itself")]
    Cycle {
        /// The entry.
        entry: String,
    },
    /// The entry names a release that is not in the catalogue.
    #[error("the catalogue entry `{entry}` names the unknown release `{release}`")]
    Release {
        /// The entry.
        entry: String,
        /// The release.
        release: String,
        /// The release that may be meant.
        nearest: Option<String>,
    },
}

impl CatalogueError {
    /// The name of the entry that is wrong.
    pub fn entry(&self) -> &str {
        match self {
            Self::Hole { entry, .. }
            | Self::Parent { entry, .. }
            | Self::Cycle { entry }
            | Self::Release { entry, .. } => entry,
        }
    }

    /// What to do about it, if that can be said.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Parent { nearest: Some(name), .. } | Self::Release { nearest: Some(name), .. } => {
                Some(format!("did you mean `{name}`?"))
            }
            Self::Hole { .. } => Some(
                "use {version}, {flavour}, {debian}, {ubuntu}, {alpine}, {arch}, {commit}, {date} or {any}"
                    .to_owned(),
            ),
            _ => None,
        }
    }
}
