//! Image references, as the `distribution/reference` grammar defines them.

use std::fmt;
use std::str::FromStr;

/// A reference to an image: `[registry/]repository[:tag][@digest]`, as written.
///
/// Nothing is added (`python` stays `python`, with no registry and no tag), so `Display` gives
/// back the text that was read. [`ImageReference::repository`] says what a client
/// takes a short form to mean.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ImageReference {
    name: String,
    tag: Option<String>,
    digest: Option<String>,
}

/// Why a text is not an image reference.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImageReferenceError {
    /// The text is empty.
    #[error("an image reference is empty")]
    Empty,
    /// The part before the tag is not `[registry/]path`.
    #[error(
        "`{0}` is not an image name: lower-case letters, digits and single separators (. _ -) in parts between slashes"
    )]
    Name(String),
    /// The part after the colon is not a tag.
    #[error("`{0}` is not a tag: up to 128 letters, digits and . _ -, not starting with . or -")]
    Tag(String),
    /// The part after the at sign is not a digest.
    #[error("`{0}` is not a digest: `sha256:` and 64 hexadecimal digits")]
    Digest(String),
}

impl ImageReference {
    /// The name without tag and digest, as written: `gcr.io/distroless/static-debian13`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The tag, if one is written.
    pub fn tag(&self) -> Option<&str> {
        self.tag.as_deref()
    }

    /// The digest, if one is written: `sha256:…`.
    pub fn digest(&self) -> Option<&str> {
        self.digest.as_deref()
    }

    /// The registry as written; `None` where the name has none and clients take Docker Hub.
    ///
    /// The first part of a name is a registry if it holds a dot, a colon or a capital letter, or is
    /// `localhost` (distribution/reference, `splitDockerDomain`).
    pub fn registry(&self) -> Option<&str> {
        let (first, _) = self.name.split_once('/')?;
        is_registry(first).then_some(first)
    }

    /// The repository as a registry knows it: without the registry, and with `library/` before the
    /// one-part names of Docker Hub.
    pub fn repository(&self) -> String {
        match self.registry() {
            Some(registry) => match &self.name[registry.len() + 1..] {
                path if is_docker_hub(registry) && !path.contains('/') => format!("library/{path}"),
                path => path.to_owned(),
            },
            None if self.name.contains('/') => self.name.clone(),
            None => format!("library/{}", self.name),
        }
    }

    /// The last part of the name: `static-debian13`.
    pub fn short_name(&self) -> &str {
        self.name.rsplit('/').next().unwrap_or(&self.name)
    }

    /// The same image with another tag and no digest.
    pub fn with_tag(&self, tag: &str) -> Result<Self, ImageReferenceError> {
        check_tag(tag)?;
        Ok(Self { name: self.name.clone(), tag: Some(tag.to_owned()), digest: None })
    }

    /// The same name and tag, pinned to a digest.
    pub fn with_digest(&self, digest: &str) -> Result<Self, ImageReferenceError> {
        check_digest(digest)?;
        Ok(Self { digest: Some(digest.to_owned()), ..self.clone() })
    }

    /// The same name and tag without a digest.
    #[must_use]
    pub fn without_digest(&self) -> Self {
        Self { digest: None, ..self.clone() }
    }
}

fn is_docker_hub(registry: &str) -> bool {
    matches!(registry, "docker.io" | "index.docker.io" | "registry-1.docker.io")
}

fn is_registry(part: &str) -> bool {
    part.contains(['.', ':'])
        || part == "localhost"
        || part.starts_with('[')
        || part.bytes().any(|b| b.is_ascii_uppercase())
}

impl FromStr for ImageReference {
    type Err = ImageReferenceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.is_empty() {
            return Err(ImageReferenceError::Empty);
        }
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) => (rest, Some(digest)),
            None => (text, None),
        };
        // A colon after the last slash starts a tag; before it, a port.
        let path_start = rest.rfind('/').map_or(0, |slash| slash + 1);
        let (name, tag) = match rest[path_start..].split_once(':') {
            Some((_, tag)) => (&rest[..rest.len() - tag.len() - 1], Some(tag)),
            None => (rest, None),
        };
        check_name(name)?;
        tag.map_or(Ok(()), check_tag)?;
        digest.map_or(Ok(()), check_digest)?;
        Ok(Self { name: name.to_owned(), tag: tag.map(str::to_owned), digest: digest.map(str::to_owned) })
    }
}

impl<'de> serde::Deserialize<'de> for ImageReference {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl schemars::JsonSchema for ImageReference {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "ImageReference".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "format": "image-reference" })
    }
}

impl fmt::Display for ImageReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        if let Some(digest) = &self.digest {
            write!(f, "@{digest}")?;
        }
        Ok(())
    }
}

fn check_name(name: &str) -> Result<(), ImageReferenceError> {
    let path = match name.split_once('/') {
        Some((first, rest)) if is_registry(first) && check_registry(first) => rest,
        _ => name,
    };
    // 255 bytes is the grammar's own limit for a repository name, and 64 hexadecimal digits are the
    // identifier of an image.
    let identifier = path == name && path.len() == 64 && path.bytes().all(|b| b.is_ascii_hexdigit());
    let implied = if name.contains('/') { 0 } else { "library/".len() };
    let valid = path.len() + implied <= 255 && !identifier && path.split('/').all(is_path_component);
    valid.then_some(()).ok_or_else(|| ImageReferenceError::Name(name.to_owned()))
}

fn check_registry(registry: &str) -> bool {
    let (host, port) = match registry.rsplit_once(':') {
        Some((host, port)) if !registry.ends_with(']') => (host, Some(port)),
        _ => (registry, None),
    };
    let port_ok = port.is_none_or(|port| !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()));
    let host_ok = match host.strip_prefix('[').and_then(|h| h.strip_suffix(']')) {
        Some(v6) => v6.parse::<std::net::Ipv6Addr>().is_ok(),
        None => host.split('.').all(|label| {
            !label.is_empty()
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
                && !label.starts_with('-')
                && !label.ends_with('-')
        }),
    };
    port_ok && host_ok
}

/// `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*`
fn is_path_component(part: &str) -> bool {
    let alphanumeric = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let bytes = part.as_bytes();
    let (Some(&first), Some(&last)) = (bytes.first(), bytes.last()) else { return false };
    if !alphanumeric(first) || !alphanumeric(last) {
        return false;
    }
    bytes
        .split(|&b| alphanumeric(b))
        .filter(|separator| !separator.is_empty())
        .all(|separator| matches!(separator, b"." | b"_" | b"__") || separator.iter().all(|&b| b == b'-'))
}

fn check_tag(tag: &str) -> Result<(), ImageReferenceError> {
    let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    let valid = (1..=128).contains(&tag.len())
        && word(tag.as_bytes()[0])
        && tag.bytes().all(|b| word(b) || b == b'.' || b == b'-');
    valid.then_some(()).ok_or_else(|| ImageReferenceError::Tag(tag.to_owned()))
}

fn check_digest(digest: &str) -> Result<(), ImageReferenceError> {
    is_digest(digest).then_some(()).ok_or_else(|| ImageReferenceError::Digest(digest.to_owned()))
}

/// Whether a text is a digest of an algorithm that the OCI specification registers.
pub(crate) fn is_digest(text: &str) -> bool {
    let Some((algorithm, hex)) = text.split_once(':') else { return false };
    let length = match algorithm {
        "sha256" => 64,
        "sha384" => 96,
        "sha512" => 128,
        _ => return false,
    };
    hex.len() == length && hex.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

/// Whether a text is a platform, `os/architecture[/variant]`, of words such as the values of GOOS and GOARCH
/// that the OCI image specification names.
pub(crate) fn is_platform(text: &str) -> bool {
    let is_word = |part: &str| {
        (1..=32).contains(&part.len())
            && part.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
            && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b))
    };
    (2..=3).contains(&text.split('/').count()) && text.split('/').all(is_word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_given_back() {
        let digest = format!("sha256:{}", "a".repeat(64));
        for text in [
            "python".to_owned(),
            "python:3.13-slim-trixie".to_owned(),
            "gcr.io/distroless/static-debian13:nonroot".to_owned(),
            "localhost:5000/a/b__c:1".to_owned(),
            "[::1]:5000/x:1".to_owned(),
            format!("python:3.13@{digest}"),
            format!("registry:5000/x@{digest}"),
        ] {
            assert_eq!(text.parse::<ImageReference>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_no_reference_is_refused() {
        for text in [
            "",
            "Python",
            "a//b",
            "a:",
            ":a",
            "a:b c",
            "a@sha256:abc",
            "-a",
            "a-",
            "a..b",
            "a/",
            "h:/a",
            "HOST/A",
        ] {
            assert!(text.parse::<ImageReference>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_port_is_no_tag() {
        let image: ImageReference = "localhost:5000/redis".parse().unwrap();
        assert_eq!((image.registry(), image.tag()), (Some("localhost:5000"), None));
        assert_eq!(image.repository(), "redis");
    }

    #[test]
    fn one_part_names_live_in_the_library_of_docker_hub() {
        let image: ImageReference = "redis:7.2".parse().unwrap();
        assert_eq!((image.registry(), image.repository().as_str()), (None, "library/redis"));
    }
}
