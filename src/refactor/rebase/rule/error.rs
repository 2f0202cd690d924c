//! Why FROM or TO of a move cannot be used, and what to do about it.

use crate::fleet::words::Name;
use crate::image::ImageReference;

/// Why FROM or TO cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// It is no base, no release, no known image and no pattern.
    #[error("`{text}` is not a base of services.toml, a release or a known image")]
    Unknown {
        /// What was given.
        text: String,
        /// What may be meant.
        nearest: Option<String>,
    },
    /// It is a release that is newer than the catalogue.
    #[error("`{text}` is not a release in the catalogue")]
    NewRelease {
        /// What was given.
        text: String,
        /// The newest that is known.
        newest: String,
    },
    /// FROM is a base, and nothing says which of its two images TO is for.
    #[error("`{to}` may be for either image of the base `{base}`: whether it has a shell {why}")]
    Either {
        /// The base.
        base: Name,
        /// The image to move to.
        to: Box<ImageReference>,
        /// Why that does not tell.
        why: &'static str,
        /// The two images.
        images: Box<[ImageReference; 2]>,
    },
    /// It cannot be read as an image reference.
    #[error("`{text}` is not a base, a release or an image: {cause}")]
    NotAnImage {
        /// What was given.
        text: String,
        /// Why not.
        cause: String,
    },
    /// The image is known, and this tag of it is not published.
    #[error("`{image}` is not published: the image has no such tag")]
    Tag {
        /// What was given.
        image: Box<ImageReference>,
        /// What may be meant.
        meant: Option<String>,
    },
    /// The two are not of one distribution.
    #[error("{from} and {to} are releases of different distributions")]
    Distributions {
        /// Before.
        from: String,
        /// After.
        to: String,
    },
    /// The pattern of TO has other holes than that of FROM.
    #[error("`{to}` has {count} `*`, but `{from}` has {wanted}")]
    Stars {
        /// Before.
        from: String,
        /// After.
        to: String,
        /// How many stars TO has.
        count: usize,
        /// How many FROM has.
        wanted: usize,
    },
    /// FROM and TO are the same.
    #[error("FROM and TO are both `{0}`")]
    Same(String),
}

impl RuleError {
    /// What to do about it, in one line.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Unknown { nearest: Some(name), .. } => Some(format!("did you mean `{name}`?")),
            Self::Unknown { .. } => {
                Some("`dockwright bases` lists the known images; write an image of your own with its registry or a tag".to_owned())
            }
            Self::Tag { meant: Some(meant), .. } => Some(format!("did you mean `{meant}`?")),
            Self::Tag { .. } => Some("`dockwright bases` lists the tags that are published".to_owned()),
            Self::NewRelease { newest, .. } => Some(format!("the newest is `{newest}`")),
            Self::Either { to, images, .. } => {
                let [build, run] = &**images;
                Some(format!("`dockwright rebase {build} {to}` moves the build image, and `dockwright rebase {run} {to}` the run image"))
            }
            Self::Stars { .. } => Some("each `*` of TO is replaced by what the same `*` of FROM matches".to_owned()),
            _ => None,
        }
    }
}
