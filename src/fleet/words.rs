//! The words that a description is made of, each a type that is checked once, where it enters.
//!
//! A word that reaches a Dockerfile, a shell line or a Compose file either cannot hold a character
//! that means something there, or its renderer quotes it; so no value can start an instruction.

use std::borrow::Cow;
use std::fmt;
use std::num::NonZeroU16;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use super::ports::{Port, Publish};
use super::quantities::{Memory, Statuses, Time, textual};
use crate::image::ImageReference;
use crate::path::{AbsolutePath, DirectoryPath, RelativePath};

/// Whether the address of a subnet has no bits behind its length.
fn is_first_address(subnet: &str) -> bool {
    let (address, length) = subnet.split_once('/').unwrap_or((subnet, "0"));
    let length: u32 = length.parse().unwrap_or(0);
    match address.parse() {
        Ok(std::net::IpAddr::V4(address)) => u32::from(address).checked_shl(length).unwrap_or(0) == 0,
        Ok(std::net::IpAddr::V6(address)) => u128::from(address).checked_shl(length).unwrap_or(0) == 0,
        Err(_) => false,
    }
}

/// Whether this is a host, with a port and a path if there are any.
fn is_upstream(address: &str) -> bool {
    let (authority, path) = address.split_once('/').unwrap_or((address, ""));
    let (host, port) = authority.split_once(':').map_or((authority, None), |(host, port)| (host, Some(port)));
    let is_plain = |b: u8, more: &[u8]| b.is_ascii_alphanumeric() || more.contains(&b);
    !host.is_empty()
        && host.bytes().all(|b| is_plain(b, b"_.-"))
        && port.is_none_or(|port| port.parse::<NonZeroU16>().is_ok())
        && path.bytes().all(|b| is_plain(b, b"/_.~-"))
}

/// The longest word in bytes: two of them, with a backslash before each character, fit into a line of a Dockerfile.
const LONGEST: usize = 16_000;

/// The longest name of a variable or label in bytes.
const LONGEST_NAME: usize = 255;

fn check_name_length(text: &str) -> Result<(), String> {
    rule(text.len() <= LONGEST_NAME, || {
        format!("the name is {} bytes long; at most {LONGEST_NAME} are allowed", text.len())
    })
}

fn check_length(text: &str) -> Result<(), String> {
    rule(text.len() <= LONGEST, || {
        format!("the value is {} bytes long; at most {LONGEST} are allowed", text.len())
    })
}

/// Declares the words: for each its documentation, its type, the `format` that the JSON schema
/// names, and the rule as a function from the text to what is wrong with it.
macro_rules! words {
    ($($(#[doc = $doc:literal])+ $name:ident $format:literal $rule:expr;)+) => {
        $(
            $(#[doc = $doc])+
            #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
            pub struct $name(String);

            impl $name {
                /// The text.
                pub fn as_str(&self) -> &str {
                    &self.0
                }
            }

            impl FromStr for $name {
                type Err = String;

                fn from_str(text: &str) -> Result<Self, String> {
                    let rule: fn(&str) -> Result<(), String> = $rule;
                    check_length(text)?;
                    rule(text).map(|()| Self(text.to_owned()))
                }
            }

            impl fmt::Display for $name {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    f.write_str(&self.0)
                }
            }

            impl AsRef<str> for $name {
                fn as_ref(&self) -> &str {
                    &self.0
                }
            }

            impl Serialize for $name {
                fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    serializer.serialize_str(&self.0)
                }
            }

            textual! { $name $format }
        )+

        /// What is wrong with `text` as a word of the given schema `format`.
        pub(super) fn check_format(format: &str, text: &str) -> Result<(), String> {
            match format {
                $($format => text.parse::<$name>().map(drop),)+
                "directory-path" => text.parse::<DirectoryPath>().map(drop).map_err(|e| e.to_string()),
                "relative-path" => text.parse::<RelativePath>().map(drop).map_err(|e| e.to_string()),
                "absolute-path" => text.parse::<AbsolutePath>().map(drop).map_err(|e| e.to_string()),
                "image-reference" => text.parse::<ImageReference>().map(drop).map_err(|e| e.to_string()),
                "publish" => text.parse::<Publish>().map(drop),
                "memory" => text.parse::<Memory>().map(drop),
                "time" => text.parse::<Time>().map(drop),
                "statuses" => text.parse::<Statuses>().map(drop),
                _ => Ok(()),
            }
        }
    };
}

words! {
    /// A name of a service, base, network or group: lower-case letters, digits and hyphens, at most
    /// 63 characters, so that it can be an image name, a Compose service and a DNS label.
    Name "name" |text| {
        let inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        let edges = !text.starts_with('-') && !text.ends_with('-');
        if ["null", "true", "false", "yes", "no", "on", "off", "y", "n"].contains(&text) || text.parse::<f64>().is_ok() {
            return Err(format!("{text:?} is a value in YAML, not a name"));
        }
        rule(
            (1..=63).contains(&text.len()) && edges && text.bytes().all(inner),
            || format!("{text:?} is not a name: up to 63 lower-case letters, digits and inner hyphens"),
        )
    };

    /// One line of any text without control characters.
    Line "line" |text| rule(
        !text.chars().any(char::is_control),
        || format!("{text:?} contains a control character: a value is one line of text"),
    );

    /// An argument of a program: one line, in which `{env:NAME}` stands for the value of an environment variable when
    /// the program starts, and `{env:NAME:-DEFAULT}` for a default if it is not set or empty.
    Argument "argument" |text| {
        text.parse::<Line>()?;
        super::argument::pieces(text).map(drop)
    };

    /// One instruction of a Dockerfile, in one line.
    Instruction "instruction" |text| super::extra::check_form(text);

    /// A name of an environment variable (POSIX: letters, digits and underscores).
    EnvName "env-name" |text| {
        rule(
            text.bytes().all(is_word_byte) && !text.is_empty() && !text.as_bytes()[0].is_ascii_digit(),
            || format!("{text:?} is not a variable name: letters, digits and underscores, not starting with a digit"),
        )?;
        check_name_length(text)
    };

    /// A key of an image label: lower-case letters, digits, dots, hyphens and underscores.
    LabelKey "label-key" |text| {
        rule(
            text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-/".contains(&b))
                && text.starts_with(|c: char| c.is_ascii_lowercase()),
            || format!("{text:?} is not a label key: lower-case letters, digits and . _ - /"),
        )?;
        check_name_length(text)
    };

    /// A pattern of image names: `{name}` stands for the name of the service.
    ImagePattern "image-pattern" |text| {
        let sample: Result<ImageReference, _> = text.replace("{name}", "name").parse();
        match sample {
            Ok(image) if image.registry().is_some() => {
                Err(format!("{text:?} contains a registry: put it into `registry` of [fleet]"))
            }
            Ok(image) if image.tag().is_none() && image.digest().is_none() => Ok(()),
            Ok(_) => Err(format!("{text:?} contains a tag: put it into `tag`")),
            Err(error) => Err(error.to_string()),
        }
    };

    /// A registry, with a path if images lie below one: `docker.io`, `localhost:5000`, `ghcr.io/acme`.
    Registry "registry" |text| {
        let sample: Result<ImageReference, _> = format!("{text}/name").parse();
        match sample {
            Ok(image) if image.tag().is_none() && image.digest().is_none() => Ok(()),
            _ => Err(format!("{text:?} is not a registry: a host, such as docker.io, and a path if there is one")),
        }
    };

    /// A tag of an image.
    Tag "tag" |text| format!("image:{text}").parse::<ImageReference>().map(drop).map_err(|e| e.to_string());

    /// A platform of the OCI image specification: `linux/arm64`.
    Platform "platform" |text| {
        let parts: Vec<&str> = text.split('/').collect();
        rule(
            (2..=3).contains(&parts.len())
                && parts[0] == "linux"
                && ["386", "amd64", "arm", "arm64", "loong64", "mips64le", "ppc64le", "riscv64", "s390x"].contains(&parts[1])
                && parts.get(2).is_none_or(|variant| variant.strip_prefix('v').is_some_and(|n| n.parse::<u8>().is_ok())),
            || format!("{text:?} is not a platform of Linux: os/architecture, such as linux/arm64 or linux/arm/v7"),
        )
    };

    /// A numeric user and group, none of them root: `65532:65532`.
    User "user" |text| {
        let numeric = |id: &str| id.parse::<u32>().is_ok_and(|id| id != 0) && !id.starts_with('+');
        rule(
            text.split_once(':').is_some_and(|(uid, gid)| numeric(uid) && numeric(gid)),
            || format!("{text:?} is not a numeric user and group other than root: write uid:gid, such as 65532:65532"),
        )
    };

    /// A subnet in CIDR notation: `172.20.0.0/16`.
    Subnet "subnet" |text| {
        let valid = text.split_once('/').is_some_and(|(address, length)| {
            let bits = match address.parse() {
                Ok(std::net::IpAddr::V4(_)) => 32,
                Ok(std::net::IpAddr::V6(_)) => 128,
                Err(_) => return false,
            };
            length.parse::<u8>().is_ok_and(|length| length <= bits)
        });
        if valid && !is_first_address(text) {
            return Err(format!("{text:?} is an address in a subnet: write the subnet's first address"));
        }
        rule(valid, || format!("{text:?} is not a subnet: address/length, such as 172.20.0.0/16"))
    };

    /// A Debian package, with a version behind `=` if one is meant.
    DebianPackage "debian-package" |text| {
        let (name, version) = text.split_once('=').unwrap_or((text, "0"));
        let name_ok = name.len() > 1
            && name.as_bytes()[0].is_ascii_alphanumeric()
            && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"+.-".contains(&b));
        let version_ok = !version.is_empty()
            && version.bytes().all(|b| b.is_ascii_alphanumeric() || b"+.:~-".contains(&b));
        rule(name_ok && version_ok, || format!("{text:?} is not a Debian package: name or name=version"))
    };

    /// A Python distribution that pip installs: a name, extras and versions, without blanks.
    Requirement "requirement" |text| rule(
        text.starts_with(|c: char| c.is_ascii_alphanumeric())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-[],=<>!~+*".contains(&b)),
        || format!("{text:?} is not a requirement: name, [extras] and versions without blanks, such as orjson==3.10.7"),
    );

    /// A Python module: `sessions.recorder.main`. A hyphen is allowed, because `python -m` takes it.
    Module "python-module" |text| rule(
        text.split('.').all(|part| {
            part.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
                && part.bytes().all(|b| is_word_byte(b) || b == b'-')
        }),
        || format!("{text:?} is not a Python module: names with dots between them"),
    );

    /// An ASGI application: `package.module:attribute`.
    App "asgi-app" |text| rule(
        text.split_once(':').is_some_and(|(module, name)| {
            module.parse::<Module>().is_ok() && name.parse::<EnvName>().is_ok()
        }),
        || format!("{text:?} is not an application: package.module:attribute"),
    );

    /// A service of a gRPC server: `shop.Orders`.
    GrpcService "grpc-service" |text| rule(
        text.len() <= 126
            && text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && text.bytes().all(|b| is_word_byte(b) || b"./-".contains(&b)),
        || format!("{text:?} is not a gRPC service: names with dots between them, such as shop.Orders"),
    );

    /// The name of a host.
    HostName "host-name" |text| rule(
        (1..=126).contains(&text.len())
            && text.split('.').all(|part| {
                !part.is_empty() && part.bytes().all(|b| is_word_byte(b) || b == b'-') && !part.starts_with('-')
            }),
        || format!("{text:?} is not the name of a host: letters, digits and hyphens, with dots between them"),
    );

    /// A Java class with its package: `org.example.Main`.
    JavaClass "java-class" |text| rule(
        text.split('.').all(|part| {
            part.bytes().all(|b| is_word_byte(b) || b == b'$')
                && part.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        }) && !text.contains('$'),
        || format!("{text:?} is not a class: names with dots between them"),
    );

    /// A package of a Go module, as `go build` names it: `./cmd/orders`, or `.` for the module's root.
    GoPackage "go-package" |text| rule(
        text == "." || text.strip_prefix("./").is_some_and(|path| path.parse::<RelativePath>().is_ok()),
        || format!("{text:?} is not a package of the module: `.`, or a path that begins with `./`, such as ./cmd/orders"),
    );

    /// A build tag of Go.
    BuildTag "go-tag" |text| rule(
        !text.is_empty() && text.bytes().all(|b| is_word_byte(b) || b == b'.'),
        || format!("{text:?} is not a build tag: letters, digits, underscores and dots"),
    );

    /// A name of Cargo's: a package, a program or a feature.
    Crate "cargo-name" |text| rule(
        text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
            && text.bytes().all(|b| is_word_byte(b) || b == b'-'),
        || format!("{text:?} is not a Cargo name: letters, digits, hyphens and underscores"),
    );

    /// A script of a package.json.
    Script "npm-script" |text| rule(
        !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_:.-".contains(&b)) && !text.starts_with('-'),
        || format!("{text:?} is not a script name: letters, digits and : _ . -"),
    );

    /// The first part of request paths: `/api`. It has no character with a meaning in a Caddyfile.
    PathPrefix "path-prefix" |text| rule(
        text.len() > 1 && text.starts_with('/') && !text.ends_with('/') && !text.contains("//")
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"/_.~-".contains(&b)),
        || format!("{text:?} is not the first part of a path: it starts with /, does not end with one, and has letters, digits and _ . ~ -"),
    );

    /// Where requests are passed on to: `http://api:8080`, or with a path that takes the place of the one before it.
    Upstream "upstream" |text| rule(
        text.strip_prefix("http://").or_else(|| text.strip_prefix("https://")).is_some_and(is_upstream),
        || format!("{text:?} is not a proxy target: http:// or https://, a host, an optional port, and an optional path that replaces the prefix"),
    );

    /// A path of an HTTP request: starts with a slash, printable ASCII without quotes, blanks,
    /// backslash and dollar.
    UrlPath "url-path" |text| rule(
        text.starts_with('/') && text.bytes().all(|b| b.is_ascii_graphic() && !b"\"'\\$`<>{}|^#".contains(&b)),
        || format!("{text:?} is not a request path: it starts with / and has no blank, quote, backslash or $"),
    );

    /// A path in the builder, in which `*` stands for any part of a name (`/usr/lib/*/xrdp`); with `!`
    /// before it, one that is left out.
    PathPattern "path-pattern" |text| match text.trim_start_matches('!').replace('*', "x").parse::<AbsolutePath>() {
        Ok(_) => Ok(()),
        Err(error) => Err(error.to_string()),
    };
}

impl PathPattern {
    /// Whether it says what is left out.
    pub fn is_left_out(&self) -> bool {
        self.as_str().starts_with('!')
    }
}

fn rule(holds: bool, otherwise: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(otherwise()) }
}

fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

impl DebianPackage {
    /// Its name, without a version.
    pub fn name(&self) -> &str {
        self.as_str().split_once('=').map_or(self.as_str(), |(name, _)| name)
    }
}
