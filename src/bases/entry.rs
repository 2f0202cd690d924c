//! An entry of the catalogue, as written in the built-in data file and in services.toml.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::since::Since;
use crate::date::Date;

/// The properties of a base image. All keys are optional.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CatalogueEntry {
    /// The entry that this one inherits from, except `images`.
    pub extends: Option<String>,
    /// Patterns for the image's names, without a tag: `gcr.io/distroless/java{version}-debian13`. `{version}` in a name
    /// matches a key of `versions`.
    pub images: Vec<String>,
    /// Patterns for the tags that exist. Placeholders: `{version}`, `{flavour}`, `{debian}`, `{ubuntu}`, `{alpine}`,
    /// `{arch}`, `{commit}`, `{date}`, `{tool}` (the version of another tool in the image) and, at the end, `{any}`.
    pub tags: Vec<String>,
    /// The entrypoint, in exec form.
    pub entrypoint: Option<Vec<String>>,
    /// The arguments of the entrypoint, or the whole command line if there is no entrypoint.
    pub cmd: Option<Vec<String>>,
    /// The user in the image's configuration; by default root.
    pub user: Option<String>,
    /// The user that the entrypoint switches to when it starts as root.
    pub runs_as: Option<String>,
    /// The working directory; by default `/`.
    pub workdir: Option<String>,
    /// The environment variables in the image's configuration.
    pub env: BTreeMap<String, String>,
    /// The language interpreters in the image.
    pub interpreters: Option<Vec<Interpreter>>,
    /// The path of the shell; `none` if the image has no shell.
    pub shell: Option<String>,
    /// The package manager in the image.
    pub package_manager: Option<PackageManager>,
    /// The C library, such as `glibc 2.41`; by default that of the release, `none` if the image has none.
    pub libc: Option<CLibrary>,
    /// The release of the distribution that the image is based on: `trixie`, `noble`, `3.22`.
    pub release: Option<String>,
    /// Whether /bin, /sbin and /lib are links into /usr; by default as in the release.
    pub merged_usr: Option<bool>,
    /// The platforms that the image is published for, such as `linux/arm64`.
    pub platforms: Option<Vec<String>>,
    /// The last day on which the image is maintained; an earlier end of life of its version or release takes precedence.
    pub eol: Option<Date>,
    /// The image to move to: a reference whose placeholders get the values of this image, such as
    /// `gcr.io/distroless/python3-debian13:{flavour}`. Not needed if only the version or the release changes.
    pub successor: Option<String>,
    /// What a flavour changes; the keys are the words that `{flavour}` matches in a tag.
    pub flavours: BTreeMap<String, Variation>,
    /// What a version changes. A version in a tag uses the longest key that it starts with.
    pub versions: BTreeMap<String, Variation>,
    /// The first version that was published on a release, by the name of the release: `trixie = "1.88"`; or the first
    /// one of each version line that was maintained at the time: `trixie = ["1.28.1", "1.29.2"]`.
    pub since: BTreeMap<String, Since>,
}

/// What a version or a flavour of an image changes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Variation {
    /// The entrypoint, in exec form.
    pub entrypoint: Option<Vec<String>>,
    /// The arguments of the entrypoint.
    pub cmd: Option<Vec<String>>,
    /// The user in the image's configuration.
    pub user: Option<String>,
    /// The working directory.
    pub workdir: Option<String>,
    /// Environment variables that it adds or overrides.
    pub env: BTreeMap<String, String>,
    /// The language interpreters in the image.
    pub interpreters: Option<Vec<Interpreter>>,
    /// The path of the shell; `none` if the image has no shell.
    pub shell: Option<String>,
    /// The platforms that it is published for.
    pub platforms: Option<Vec<String>>,
    /// The release of the distribution, if the tag does not name it.
    pub release: Option<String>,
    /// The last day on which it is maintained.
    pub eol: Option<Date>,
    /// The version or flavour to move to.
    pub successor: Option<String>,
}

/// A language interpreter in an image. `{version}` is replaced with the image's version, and `{arch}`, in a path, with
/// Debian's name of the architecture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Interpreter {
    /// `python`, `java` or `node`.
    pub name: String,
    /// Its version, as far as the image determines it: `3.13`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Its absolute path.
    pub path: String,
    /// Links to it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// The installation directory (`JAVA_HOME`), if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub home: Option<String>,
}

/// The package manager of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PackageManager {
    /// Debian and Ubuntu.
    Apt,
    /// Alpine.
    Apk,
    /// Fedora and Red Hat.
    Dnf,
    /// No package manager.
    None,
}

impl PackageManager {
    /// The name of its program, if there is one.
    pub fn program(self) -> Option<&'static str> {
        match self {
            Self::Apt => Some("apt"),
            Self::Apk => Some("apk"),
            Self::Dnf => Some("dnf"),
            Self::None => None,
        }
    }
}

/// The C library of an image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum CLibrary {
    /// The GNU C library, with its version.
    Glibc(String),
    /// musl, with its version.
    Musl(String),
    /// There is none: only static programs run.
    None,
}

/// The text names no C library.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a C library: `glibc 2.41`, `musl 1.2.5` or `none`")]
pub struct CLibraryError(String);

impl FromStr for CLibrary {
    type Err = CLibraryError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(' ') {
            Some(("glibc", version)) if !version.is_empty() => Ok(Self::Glibc(version.to_owned())),
            Some(("musl", version)) if !version.is_empty() => Ok(Self::Musl(version.to_owned())),
            None if text == "none" => Ok(Self::None),
            _ => Err(CLibraryError(text.to_owned())),
        }
    }
}

impl fmt::Display for CLibrary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Glibc(version) => write!(f, "glibc {version}"),
            Self::Musl(version) => write!(f, "musl {version}"),
            Self::None => f.write_str("none"),
        }
    }
}

impl TryFrom<String> for CLibrary {
    type Error = CLibraryError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<CLibrary> for String {
    fn from(libc: CLibrary) -> Self {
        libc.to_string()
    }
}

impl JsonSchema for CLibrary {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "CLibrary".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "A C library: `glibc 2.41`, `musl 1.2.5` or `none`.",
            "type": "string",
            "pattern": "^((glibc|musl) .+|none)$"
        })
    }
}

/// A release of a distribution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Release {
    /// Its name in tags: `trixie`, `noble`, `3.22`.
    #[serde(default)]
    pub name: String,
    /// `debian`, `ubuntu` or `alpine`.
    pub distribution: String,
    /// Its number: `13`.
    pub version: String,
    /// Its C library.
    pub libc: CLibrary,
    /// The minor version of its own Python: `3.13`.
    pub python: String,
    /// Whether /bin, /sbin and /lib of its official image are links into /usr.
    pub merged_usr: bool,
    /// The day on which it came out.
    pub released: Date,
    /// The last day with security updates (for Debian, long-term support included).
    pub eol: Date,
    /// The release to move to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub successor: Option<String>,
}

impl fmt::Display for Release {
    /// `debian 13 (trixie)`, `alpine 3.22`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.distribution, self.version)?;
        if self.name == self.version { Ok(()) } else { write!(f, " ({})", self.name) }
    }
}

impl Release {
    /// Whether a word of a text is its name or its number: `tool-bookworm`, `debian12`.
    pub fn is_named_in(&self, text: &str) -> bool {
        let numbered = format!("{}{}", self.distribution, self.version);
        // The name of a release of Alpine is a number, which anything may have.
        let is_name = |word: &str| word == self.name && !word.starts_with(|c: char| c.is_ascii_digit());
        text.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| is_name(word) || word == numbered)
    }
}

impl CatalogueEntry {
    /// This entry where it says something, and `under` where it does not; tables merge by key.
    pub(super) fn over(self, under: &Self) -> Self {
        Self {
            extends: self.extends.or_else(|| under.extends.clone()),
            images: non_empty_or(self.images, &under.images),
            tags: non_empty_or(self.tags, &under.tags),
            entrypoint: self.entrypoint.or_else(|| under.entrypoint.clone()),
            cmd: self.cmd.or_else(|| under.cmd.clone()),
            user: self.user.or_else(|| under.user.clone()),
            runs_as: self.runs_as.or_else(|| under.runs_as.clone()),
            workdir: self.workdir.or_else(|| under.workdir.clone()),
            env: merged(self.env, &under.env),
            interpreters: self.interpreters.or_else(|| under.interpreters.clone()),
            shell: self.shell.or_else(|| under.shell.clone()),
            package_manager: self.package_manager.or(under.package_manager),
            libc: self.libc.or_else(|| under.libc.clone()),
            release: self.release.or_else(|| under.release.clone()),
            merged_usr: self.merged_usr.or(under.merged_usr),
            platforms: self.platforms.or_else(|| under.platforms.clone()),
            eol: self.eol.or(under.eol),
            successor: self.successor.or_else(|| under.successor.clone()),
            flavours: merged(self.flavours, &under.flavours),
            versions: merged(self.versions, &under.versions),
            since: merged(self.since, &under.since),
        }
    }

    /// The key of `versions` that a version in a tag belongs to: `3.13` for `3.13.1`.
    pub(super) fn version_key(&self, version: &str) -> Option<&str> {
        let belongs = |key: &&String| {
            version.strip_prefix(key.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        self.versions.keys().filter(belongs).max_by_key(|key| key.len()).map(String::as_str)
    }

    /// The first version on a release after the given one, if that one was not published there.
    pub(super) fn first_on(&self, release: &str, version: &str) -> Option<&str> {
        self.since.get(release)?.first_after(version, |version| self.version_key(version))
    }

    /// Whether a version stands for the newest of several: `3` for `3.13`.
    pub(super) fn is_floating(&self, version: &str) -> bool {
        self.versions.keys().any(|key| key.strip_prefix(version).is_some_and(|rest| rest.starts_with('.')))
    }
}

fn non_empty_or(list: Vec<String>, other: &[String]) -> Vec<String> {
    if list.is_empty() { other.to_vec() } else { list }
}

fn merged<V: Clone>(mut over: BTreeMap<String, V>, under: &BTreeMap<String, V>) -> BTreeMap<String, V> {
    for (key, value) in under {
        over.entry(key.clone()).or_insert_with(|| value.clone());
    }
    over
}
