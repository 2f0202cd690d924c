//! Ports that Compose publishes on the host.

use serde_json::Value;

use crate::fleet::words::Publish;

/// A published port.
#[derive(Debug, Clone)]
pub(in super::super) struct Published {
    /// The address of the host, as it is written.
    pub address: Option<String>,
    /// The port of the host.
    pub host: u16,
    /// The port of the container.
    pub container: u16,
    /// The text of the Compose file, where variables are in it.
    pub variable: Option<String>,
}

impl Published {
    /// As the key `publish` says it, with another port of the container.
    pub(in super::super) fn value(&self, container: u16) -> Value {
        match &self.address {
            None if self.host == container => container.into(),
            None => format!("{}:{container}", self.host).into(),
            Some(address) => format!("{address}:{}:{container}", self.host).into(),
        }
    }

    /// Whether the key can say it.
    fn is_plain(&self) -> bool {
        let value = self.value(self.container);
        value.is_u64() || value.as_str().is_some_and(|text| text.parse::<Publish>().is_ok())
    }
}

/// The published ports of a service, and those that the key cannot say, each with the reason.
pub(super) fn read(
    service: &Value,
    plain: &dyn Fn(&str) -> Option<String>,
) -> (Vec<Published>, Vec<(String, &'static str)>) {
    let (mut published, mut lost) = (Vec::new(), Vec::new());
    for item in service.get("ports").and_then(Value::as_array).into_iter().flatten() {
        let written = item.as_str().map_or_else(|| long(item), ToOwned::to_owned);
        let is_variable = written.contains('$');
        let all = plain(&written).ok_or("no file says what it is").and_then(|text| short(&text));
        match all {
            Ok(all) => published.extend(all.into_iter().map(|(address, host, container)| Published {
                address,
                host,
                container,
                variable: is_variable.then(|| written.clone()),
            })),
            Err(why) => lost.push((written, why)),
        }
    }
    let (published, odd): (Vec<_>, Vec<_>) = published.into_iter().partition(Published::is_plain);
    let shown = |one: &Published| {
        let value = one.value(one.container);
        value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned)
    };
    lost.extend(odd.iter().map(|one| (shown(one), "it is no address of a host")));
    (published, lost)
}

/// The long form as the short one says it.
fn long(item: &Value) -> String {
    let text = |key: &str| {
        let value = item.get(key)?;
        Some(value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned))
    };
    let address = text("host_ip").map(|address| {
        let is_bare = address.contains(':') && !address.starts_with('[');
        if is_bare { format!("[{address}]:") } else { format!("{address}:") }
    });
    let host = text("published").map(|host| format!("{host}:"));
    let host = host.or_else(|| address.is_some().then(|| ":".to_owned()));
    let protocol = text("protocol").map(|protocol| format!("/{protocol}"));
    let parts = [address, host, text("target"), protocol];
    parts.into_iter().flatten().collect()
}

/// Why a port is not said.
const ANY: &str = "the engine chooses the port of the host";

type Pair = (Option<String>, u16, u16);

/// `[ADDRESS:][HOST:]CONTAINER[/PROTOCOL]`, where ports may be ranges.
fn short(text: &str) -> Result<Vec<Pair>, &'static str> {
    let (ports, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
    if protocol != "tcp" {
        return Err("only TCP ports can be published");
    }
    let (before, container) = ports.rsplit_once(':').ok_or(ANY)?;
    let (address, host) = match before.rsplit_once(':') {
        Some((address, host)) => (Some(address.to_owned()), host),
        None if before.contains('.') => return Err(ANY),
        None => (None, before),
    };
    if host.is_empty() {
        return Err(ANY);
    }
    let (hosts, containers) = (range(host)?, range(container)?);
    if hosts.len() != containers.len() {
        return Err(ANY);
    }
    Ok(hosts.zip(containers).map(|(host, container)| (address.clone(), host, container)).collect())
}

/// A port, or a range of them.
fn range(text: &str) -> Result<std::ops::RangeInclusive<u16>, &'static str> {
    const LONGEST: u16 = 100;
    let port = |text: &str| text.trim().parse().ok().filter(|port: &u16| *port > 0);
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = port(first).zip(port(last)).ok_or("it is no port")?;
    let is_short = last.checked_sub(first).is_some_and(|length| length < LONGEST);
    is_short.then_some(first..=last).ok_or("it is too long a range")
}
