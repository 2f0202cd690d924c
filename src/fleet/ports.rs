//! Ports: of a container, and published on the host.

use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;
use std::num::NonZeroU16;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};

/// A TCP port: 1 to 65535.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct Port(#[schemars(range(min = 1, max = 65535))] NonZeroU16);

impl Port {
    /// The number.
    pub fn get(self) -> u16 {
        self.0.get()
    }
}

impl fmt::Display for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A port of the service that the host publishes: `8080`, `"18080:8080"` for another host port, or
/// `"127.0.0.1:18080:8080"` for one address of the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Publish {
    /// The address of the host; all of them if none is said.
    pub address: Option<IpAddr>,
    /// The port on the host.
    pub host: Port,
    /// The port of the service.
    pub container: Port,
}

impl FromStr for Publish {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let port = |text: &str| text.parse().ok().map(Port);
        let (before, container) = text.rsplit_once(':').unwrap_or((text, text));
        let (address, host) = match before.rsplit_once(':') {
            Some((address, host)) => (Some(address), host),
            None => (None, before),
        };
        let bracketed = |text: &str| {
            let inner = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
            inner.map_or_else(|| text.parse().ok().map(IpAddr::V4), |v6| v6.parse().ok().map(IpAddr::V6))
        };
        match (address.map(bracketed), port(host), port(container)) {
            (None, Some(host), Some(container)) => Ok(Self { address: None, host, container }),
            (Some(Some(address)), Some(host), Some(container)) => {
                Ok(Self { address: Some(address), host, container })
            }
            (Some(None), Some(host), Some(container)) => Err(format!(
                "{text:?} does not start with an IP address: write \"127.0.0.1:{host}:{container}\", or [::1] for IPv6"
            )),
            (.., Some(container)) if before == "localhost" || bracketed(before).is_some() => {
                let address = if before == "localhost" { "127.0.0.1" } else { before };
                Err(format!("{text:?} has one port: write \"{address}:{container}:{container}\""))
            }
            _ => Err(format!("{text:?} is not host:container with ports from 1 to 65535")),
        }
    }
}

impl fmt::Display for Publish {
    /// As Compose writes it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.with_host(&self.host.to_string()))
    }
}

impl Publish {
    /// The same with `host` in the place of the host port.
    pub fn with_host(&self, host: &str) -> String {
        let address = match self.address {
            Some(IpAddr::V6(address)) => format!("[{address}]:"),
            Some(IpAddr::V4(address)) => format!("{address}:"),
            None => String::new(),
        };
        format!("{address}{host}:{}", self.container)
    }

    /// Whether both take the same port of the host.
    pub fn overlaps(&self, other: &Self) -> bool {
        let any = |publish: &Self| publish.address.is_none_or(|address| address.is_unspecified());
        self.host == other.host && (any(self) || any(other) || self.address == other.address)
    }
}

impl<'de> Deserialize<'de> for Publish {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Form {
            Same(Port),
            Pair(String),
        }
        match Form::deserialize(deserializer)? {
            Form::Same(port) => Ok(Self { address: None, host: port, container: port }),
            Form::Pair(text) => text.parse().map_err(serde::de::Error::custom),
        }
    }
}

impl JsonSchema for Publish {
    fn schema_name() -> Cow<'static, str> {
        "Publish".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [
            { "type": "integer", "minimum": 1, "maximum": 65535 },
            { "type": "string", "format": "publish" },
        ] })
    }
}
