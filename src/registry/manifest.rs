//! Manifests, as far as platforms are concerned.
//!
//! Sources: OCI image specification 1.1 (image index, image manifest, image configuration) and
//! Docker's image manifest version 2, schema 2, which has the same fields.

use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use crate::date::Date;
use crate::image::is_platform;

/// `2026-11-22T12:00:00.123456789+00:00`
const LONGEST_TIME: usize = 35;

/// What is accepted as a manifest, indexes first.
pub(super) const ACCEPT: &str = "application/vnd.oci.image.index.v1+json, \
    application/vnd.docker.distribution.manifest.list.v2+json, \
    application/vnd.oci.image.manifest.v1+json, \
    application/vnd.docker.distribution.manifest.v2+json";

/// What a media type stands for; of all others nothing is taken.
fn kind_of(media_type: &str) -> Option<Kind> {
    match media_type {
        "application/vnd.oci.image.index.v1+json"
        | "application/vnd.docker.distribution.manifest.list.v2+json" => Some(Kind::Index),
        "application/vnd.oci.image.manifest.v1+json"
        | "application/vnd.docker.distribution.manifest.v2+json" => Some(Kind::Image),
        _ => None,
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Index,
    Image,
}

/// One image of an index: its platform and the digest of its manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlatformManifest {
    /// The platform, as `docker build --platform` takes it: `linux/arm64`.
    pub platform: String,
    /// The digest of the manifest.
    pub digest: String,
}

/// A manifest, as far as it is read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Manifest {
    /// One image per platform, by platform.
    Index(Vec<PlatformManifest>),
    /// One image; its platform stands in the configuration with this digest.
    Image { config: String },
}

/// An image configuration, as far as it is read.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ImageConfig {
    pub(super) platform: String,
    /// The creation time in the configuration (RFC 3339).
    pub(super) created: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawManifest {
    schema_version: u64,
    media_type: Option<String>,
    manifests: Option<Vec<RawDescriptor>>,
    config: Option<RawDescriptor>,
}

#[derive(Deserialize)]
struct RawDescriptor {
    digest: String,
    platform: Option<RawPlatform>,
}

#[derive(Deserialize)]
struct RawPlatform {
    os: String,
    architecture: String,
    #[serde(default)]
    variant: String,
}

#[derive(Deserialize)]
struct RawConfig {
    #[serde(flatten)]
    platform: RawPlatform,
    created: Option<String>,
}

impl RawPlatform {
    /// `os/architecture[/variant]`, without the variant that the architecture has anyway
    /// (containerd's normal form). It is written down and shown, so it must be what the specification
    /// allows.
    fn name(&self) -> Result<String, String> {
        let implied =
            matches!((self.architecture.as_str(), self.variant.as_str()), (_, "") | ("arm64", "v8"));
        let variant = if implied { String::new() } else { format!("/{}", self.variant) };
        let name = format!("{}/{}{variant}", self.os, self.architecture);
        if is_platform(&name) { Ok(name) } else { Err(format!("`{name}` is not a platform")) }
    }
}

impl Manifest {
    /// Parses a manifest with the media type of its `Content-Type`; the error is the reason.
    ///
    /// A text that could be read as an index and as an image would be read by each client in its own way
    /// (CVE-2021-41190), so what it says of itself, what came with it and what it holds must agree.
    pub(super) fn parse(content: &[u8], content_type: Option<&str>) -> Result<Self, String> {
        let raw: RawManifest = serde_json::from_slice(content).map_err(|error| error.to_string())?;
        if raw.schema_version != 2 {
            return Err(format!("its schema version is {}, not 2", raw.schema_version));
        }
        let said = raw.media_type.as_deref().map(|own| {
            kind_of(own).ok_or_else(|| format!("`{own}` is not the media type of an image or an index"))
        });
        let said = said.transpose()?;
        let announced = content_type.and_then(|text| kind_of(text.split(';').next().unwrap_or(text).trim()));
        let held = match (raw.manifests, raw.config) {
            (Some(_), Some(_)) => return Err("it is both an image index and an image manifest".to_owned()),
            (Some(manifests), None) => Self::Index(platforms(manifests)?),
            (None, Some(config)) => Self::Image { config: checked(config.digest)? },
            (None, None) => return Err("it is neither an image index nor an image manifest".to_owned()),
        };
        let kind = if matches!(held, Self::Index(_)) { Kind::Index } else { Kind::Image };
        if [said, announced].into_iter().flatten().any(|other| other != kind) {
            return Err("its media type does not match its content".to_owned());
        }
        Ok(held)
    }
}

/// The images of an index, sorted; attestations and the like, whose platform is `unknown`, are left out.
fn platforms(manifests: Vec<RawDescriptor>) -> Result<Vec<PlatformManifest>, String> {
    let mut images = Vec::new();
    for descriptor in manifests {
        let digest = checked(descriptor.digest)?;
        let Some(platform) = descriptor.platform.filter(|p| p.os != "unknown") else { continue };
        images.push(PlatformManifest { platform: platform.name()?, digest });
    }
    images.sort_by(|a, b| a.platform.cmp(&b.platform));
    // Windows has an image for each of its builds under one platform; the first stands for all.
    images.dedup_by(|a, b| a.platform == b.platform);
    Ok(images)
}

impl ImageConfig {
    pub(super) fn parse(content: &[u8]) -> Result<Self, String> {
        let raw: RawConfig = serde_json::from_slice(content).map_err(|error| error.to_string())?;
        let created = raw.created.filter(|time| is_time(time));
        Ok(Self { platform: raw.platform.name()?, created })
    }
}

fn checked(digest: String) -> Result<String, String> {
    if is_digest(&digest) { Ok(digest) } else { Err(format!("`{digest}` is not a digest")) }
}

/// A time of RFC 3339: `2026-11-22T12:00:00.5Z`.
fn is_time(text: &str) -> bool {
    let Some((date, time)) = text.split_once('T') else { return false };
    let is_clock = time.starts_with(|c: char| c.is_ascii_digit())
        && time.bytes().all(|byte| byte.is_ascii_digit() || b":.+-Z".contains(&byte));
    date.parse::<Date>().is_ok() && is_clock && text.len() <= LONGEST_TIME
}

/// `sha256:` and 64 lower-case hexadecimal digits.
pub(super) fn is_digest(text: &str) -> bool {
    text.strip_prefix("sha256:").is_some_and(|hex| {
        hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    })
}

/// The digest of a content.
pub(super) fn digest_of(content: &[u8]) -> String {
    use std::fmt::Write as _;
    Sha256::digest(content).iter().fold("sha256:".to_owned(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn digest(digit: char) -> String {
        format!("sha256:{}", digit.to_string().repeat(64))
    }

    #[test]
    fn an_index_gives_its_platforms_without_attestations() {
        let json = serde_json::json!({
            "schemaVersion": 2,
            "manifests": [
                { "digest": digest('1'), "platform": { "os": "linux", "architecture": "arm64", "variant": "v8" } },
                { "digest": digest('2'), "platform": { "os": "linux", "architecture": "arm", "variant": "v7" } },
                { "digest": digest('3'), "platform": { "os": "linux", "architecture": "amd64" } },
                { "digest": digest('4'), "platform": { "os": "unknown", "architecture": "unknown" } },
                { "digest": digest('5') },
                { "digest": digest('6'), "platform": { "os": "windows", "architecture": "amd64", "os.version": "1" } },
                { "digest": digest('7'), "platform": { "os": "windows", "architecture": "amd64", "os.version": "2" } },
            ]
        });
        let Ok(Manifest::Index(images)) = Manifest::parse(json.to_string().as_bytes(), None) else {
            panic!()
        };
        let names: Vec<_> = images.iter().map(|image| image.platform.as_str()).collect();
        assert_eq!(names, ["linux/amd64", "linux/arm/v7", "linux/arm64", "windows/amd64"]);
        assert_eq!(images[2].digest, digest('1'));
    }

    #[test]
    fn what_is_no_manifest_is_refused() {
        for text in [
            "",
            "{}",
            "[]",
            "<html>",
            r#"{"schemaVersion": 2}"#,
            r#"{"schemaVersion": 2, "manifests": [{"digest": "md5:1"}]}"#,
            r#"{"schemaVersion": 2, "config": {"digest": ""}}"#,
            r#"{"schemaVersion": 1, "manifests": []}"#,
            r#"{"schemaVersion": 2, "mediaType": "text/plain", "manifests": []}"#,
        ] {
            assert!(Manifest::parse(text.as_bytes(), None).is_err(), "{text}");
        }
        assert_eq!(Manifest::parse(image("").as_bytes(), None), Ok(Manifest::Image { config: digest('1') }));
    }

    /// An image manifest, with more keys.
    fn image(more: &str) -> String {
        format!(r#"{{"schemaVersion": 2, {more} "config": {{"digest": "{}"}}}}"#, digest('1'))
    }

    #[test]
    fn a_text_that_is_index_and_image_is_neither() {
        const INDEX: &str = "application/vnd.oci.image.index.v1+json";
        const IMAGE: &str = "application/vnd.oci.image.manifest.v1+json; charset=utf-8";
        let read = |text: String, kind| Manifest::parse(text.as_bytes(), kind);
        assert!(read(image(r#""manifests": [],"#), None).is_err());
        assert!(read(image(&format!(r#""mediaType": "{INDEX}","#)), None).is_err());
        assert!(read(image(""), Some(INDEX)).is_err());
        // Files that are served as they lie there have a type that says nothing.
        assert!(read(image(""), Some(IMAGE)).is_ok() && read(image(""), Some("application/json")).is_ok());
    }

    #[test]
    fn a_platform_is_made_of_words() {
        for (key, value) in [
            ("architecture", "amd64\"]\n\n[[pin]]\nimage = \"evil"),
            ("architecture", ""),
            ("architecture", "arm 64"),
            ("os", "linux/amd64/v1"),
            ("os", "LINUX"),
            ("variant", "v8\u{202e}"),
            ("variant", "v8\u{1b}[2J"),
        ] {
            let mut platform = serde_json::json!({ "os": "linux", "architecture": "arm64", "variant": "v9" });
            let manifest = |platform: &serde_json::Value| {
                let manifests = [serde_json::json!({ "digest": digest('1'), "platform": platform })];
                let json = serde_json::json!({ "schemaVersion": 2, "manifests": manifests });
                Manifest::parse(json.to_string().as_bytes(), None)
            };
            assert!(manifest(&platform).is_ok());
            platform[key] = value.into();
            assert!(manifest(&platform).is_err(), "{key} {value:?}");
            assert!(ImageConfig::parse(platform.to_string().as_bytes()).is_err(), "{key} {value:?}");
        }
    }

    #[test]
    fn a_time_that_is_none_is_not_told() {
        let created = |text: &str| {
            let json = serde_json::json!({ "os": "linux", "architecture": "amd64", "created": text });
            ImageConfig::parse(json.to_string().as_bytes()).unwrap().created
        };
        for text in ["2026-11-22T12:00:00Z", "1970-01-01T00:00:00.123456789+00:00"] {
            assert_eq!(created(text).as_deref(), Some(text));
        }
        for text in
            ["", "yesterday", "2026-11-22", "2026-11-22Tnow", "2026-11-22T1\u{1b}[2J", "2026-13-01T00:00:00Z"]
        {
            assert_eq!(created(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_digest_is_that_of_the_content() {
        assert_eq!(digest_of(b""), "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Manifest::parse(&bytes, None);
            let _ = ImageConfig::parse(&bytes);
        }
    }
}
