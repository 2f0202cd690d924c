//! Manifests, as far as platforms are concerned.
//!
//! Sources: OCI image specification 1.1 (image index, image manifest, image configuration) and
//! Docker's image manifest version 2, schema 2, which has the same fields.

use serde::Deserialize;
use sha2::{Digest as _, Sha256};

/// What is accepted as a manifest, indexes first.
pub(super) const ACCEPT: &str = "application/vnd.oci.image.index.v1+json, \
    application/vnd.docker.distribution.manifest.list.v2+json, \
    application/vnd.oci.image.manifest.v1+json, \
    application/vnd.docker.distribution.manifest.v2+json";

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
    /// When the image was made, as it says itself (RFC 3339).
    pub(super) created: Option<String>,
}

#[derive(Deserialize)]
struct RawManifest {
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
    /// (containerd's normal form).
    fn name(&self) -> String {
        let implied =
            matches!((self.architecture.as_str(), self.variant.as_str()), (_, "") | ("arm64", "v8"));
        let variant = if implied { String::new() } else { format!("/{}", self.variant) };
        format!("{}/{}{variant}", self.os, self.architecture)
    }
}

impl Manifest {
    /// Reads a manifest; the error says what is wrong.
    pub(super) fn parse(content: &[u8]) -> Result<Self, String> {
        let raw: RawManifest = serde_json::from_slice(content).map_err(|error| error.to_string())?;
        match (raw.manifests, raw.config) {
            (Some(manifests), _) => Ok(Self::Index(platforms(manifests)?)),
            (None, Some(config)) => Ok(Self::Image { config: checked(config.digest)? }),
            (None, None) => Err("it is neither an image index nor an image manifest".to_owned()),
        }
    }
}

/// The images of an index, sorted; attestations and the like, whose platform is `unknown`, are left out.
fn platforms(manifests: Vec<RawDescriptor>) -> Result<Vec<PlatformManifest>, String> {
    let mut images = Vec::new();
    for descriptor in manifests {
        let digest = checked(descriptor.digest)?;
        let Some(platform) = descriptor.platform.filter(|p| p.os != "unknown") else { continue };
        images.push(PlatformManifest { platform: platform.name(), digest });
    }
    images.sort_by(|a, b| a.platform.cmp(&b.platform));
    // Windows has an image for each of its builds under one platform; the first stands for all.
    images.dedup_by(|a, b| a.platform == b.platform);
    Ok(images)
}

impl ImageConfig {
    pub(super) fn parse(content: &[u8]) -> Result<Self, String> {
        let raw: RawConfig = serde_json::from_slice(content).map_err(|error| error.to_string())?;
        Ok(Self { platform: raw.platform.name(), created: raw.created })
    }
}

fn checked(digest: String) -> Result<String, String> {
    if is_digest(&digest) { Ok(digest) } else { Err(format!("`{digest}` is not a digest")) }
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
        let Ok(Manifest::Index(images)) = Manifest::parse(json.to_string().as_bytes()) else { panic!() };
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
            r#"{"manifests": [{"digest": "md5:1"}]}"#,
            r#"{"config": {"digest": ""}}"#,
        ] {
            assert!(Manifest::parse(text.as_bytes()).is_err(), "{text}");
        }
        assert_eq!(
            Manifest::parse(format!(r#"{{"config": {{"digest": "{}"}}}}"#, digest('1')).as_bytes()),
            Ok(Manifest::Image { config: digest('1') })
        );
    }

    #[test]
    fn a_digest_is_that_of_the_content() {
        assert_eq!(digest_of(b""), "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Manifest::parse(&bytes);
            let _ = ImageConfig::parse(&bytes);
        }
    }
}
