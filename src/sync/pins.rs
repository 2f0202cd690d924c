//! The images that a Dockerfile names, and whether two texts differ in their pins alone.
//!
//! Bots that keep images up to date edit digests and tags in place, in generated files as well.

use crate::diagnostic::Span;
use crate::dockerfile::{Base, Dockerfile, Stages, Word};
use crate::image::ImageReference;

use super::header;

/// The images that a Dockerfile builds on or copies from, each where it stands.
pub fn images(file: &Dockerfile<'_>) -> Vec<(ImageReference, Span)> {
    let stages = Stages::of(file);
    let bases = stages.stages.iter().map(|stage| (stage.base.clone(), &stage.image));
    let copies = file.instructions.iter().filter_map(|instruction| {
        let from = instruction.flag_value("from")?;
        Some((stages.copy_source(from), from))
    });
    let mounts = file.instructions.iter().flat_map(|i| &i.flags).flat_map(|flag| &flag.options);
    let mounts = mounts.filter(|pair| pair.name.value == "from").filter_map(|pair| pair.value.as_ref());
    let mounts = mounts.map(|from| (stages.mount_source(from), from));
    let mut images: Vec<_> = bases.chain(copies).chain(mounts).filter_map(as_written).collect();
    images.sort_by_key(|(_, span)| span.start);
    images
}

/// An image that stands in the text as it is, without variables.
fn as_written((base, word): (Base, &Word<'_>)) -> Option<(ImageReference, Span)> {
    match base {
        Base::Image(image) if *word.value == image.to_string() => Some((image, word.span.clone())),
        _ => None,
    }
}

/// Whether two generated files are the same but for tags and digests.
pub(super) fn is_drift(old: &str, new: &str) -> bool {
    let (Some(old), Some(new)) = (header::body(old), header::body(new)) else { return false };
    // Without a digest there is no pin: a tag that was changed is an edit like any other.
    if ![&old, &new].iter().any(|body| body.contains("@sha256:")) {
        return false;
    }
    let bare = |body: &str| -> String {
        let file = Dockerfile::read(body);
        let mut text = String::with_capacity(body.len());
        let mut end = 0;
        for (image, span) in images(&file) {
            text.push_str(&body[end..span.start]);
            text.push_str(image.name());
            end = span.end;
        }
        text + &body[end..]
    };
    bare(&old) == bare(&new)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sync::CommentStyle;

    fn drifts(old: &str, new: &str) -> bool {
        let seal = |body: &str| header::seal(body, CommentStyle::Hash, "services.toml [services.x]");
        is_drift(&seal(old), &seal(new))
    }

    #[test]
    fn a_tag_without_any_pin_is_an_edit() {
        assert!(!drifts("FROM redis:7.4\n", "FROM redis:7.2\n"));
    }

    #[test]
    fn a_tag_or_digest_alone_is_drift() {
        let digest = format!("sha256:{}", "a".repeat(64));
        let new = format!(
            "FROM redis:7.2 AS a\nRUN --mount=from=busybox:1@{digest},target=/b true\nCOPY --from=alpine:3 /x /\n"
        );
        let new = new.as_str();
        assert!(drifts(&new.replace("redis:7.2", &format!("redis:7.2@{digest}")), new));
        assert!(drifts(&new.replace("redis:7.2", "redis:7.4").replace("alpine:3", "alpine"), new));
        assert!(drifts(&new.replace("busybox:1", "busybox:2"), new));
        assert!(!drifts(&new.replace("redis:7.2", "valkey:7.2"), new), "another image");
        assert!(!drifts(&new.replace("redis:7.2 AS a", "redis:7.4 AS b"), new), "and the stage's name");
        assert!(!drifts(&format!("{new}USER 0\n"), new));
    }
}
