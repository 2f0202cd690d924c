//! The catalogue of base images.

use crate::image::ImageReference;

/// The interpreter of a known run image.
pub fn interpreter(image: &ImageReference) -> Option<&'static str> {
    match image.short_name() {
        "python3-debian13" => Some("/usr/bin/python3.13"),
        "java21-debian13" => Some("/usr/bin/java"),
        "nodejs24-debian13" => Some("/nodejs/bin/node"),
        _ => None,
    }
}

/// The version of the interpreter of a known run image.
pub fn interpreter_version(image: &ImageReference) -> Option<&'static str> {
    match image.short_name() {
        "java21-debian13" => Some("21"),
        _ => None,
    }
}

/// Whether a known build image ends as a user who is not root.
pub fn ends_unprivileged(image: &ImageReference) -> bool {
    image.short_name() == "elasticsearch"
}
