//! What a Compose file says of a service beyond its build, its ports, its environment and its mounts.

use serde_json::{Value, json};

use super::super::Key;
use super::super::dockerfile::time;
use super::values::strings;
use crate::fleet::quantities::Memory;
use crate::fleet::secrecy::is_likely;

/// Keys that are read elsewhere, and those that the generated Compose file has for every service.
const READ: [&str; 19] = [
    "build",
    "cap_drop",
    "command",
    "depends_on",
    "deploy",
    "entrypoint",
    "environment",
    "expose",
    "healthcheck",
    "image",
    "links",
    "ports",
    "read_only",
    "secrets",
    "security_opt",
    "stop_signal",
    "tmpfs",
    "version",
    "volumes",
];

/// The limits that services.toml has keys for, each with the two places that Compose has for it.
const LIMITS: [(&str, [&str; 2]); 3] = [
    ("memory", ["mem_limit", "deploy.resources.limits.memory"]),
    ("cpus", ["cpus", "deploy.resources.limits.cpus"]),
    ("pids", ["pids_limit", "deploy.resources.limits.pids"]),
];

/// The keys below some keys that are read.
const BELOW: [(&str, &[&str]); 4] = [
    ("build", &["context", "dockerfile", "target", "cache_from", "cache_to", "tags"]),
    ("healthcheck", &["test", "interval", "timeout", "start_period", "start_interval", "retries"]),
    ("deploy", &["resources"]),
    ("deploy.resources", &["limits"]),
];

/// What is kept of one service, and the keys that are not.
#[derive(Debug, Default, Clone)]
pub(in super::super) struct Rest {
    /// Keys of the service.
    pub keys: Vec<Key>,
    /// The times of its health check.
    pub times: Vec<Key>,
    /// The signal that stops it.
    pub signal: Option<String>,
    /// The keys of Compose that the entry does not say, with those values that are short.
    pub lost: Vec<String>,
}

pub(super) fn read(service: &Value, plain: &dyn Fn(&str) -> Option<String>) -> Rest {
    let mut rest = Rest::default();
    let text = |path: &str| at(service, path).and_then(Value::as_str).and_then(plain);
    for (name, places) in LIMITS {
        for place in places.into_iter().filter(|place| at(service, place).is_some()) {
            match text(place).and_then(|text| limit(name, &text)) {
                Some(value) if rest.keys.iter().all(|key| key.name != name) => {
                    rest.keys.push(Key::sure(name, value));
                }
                Some(_) => {}
                None => rest.lost.extend(at(service, place).and_then(|value| shown(place, value))),
            }
        }
    }
    for name in ["interval", "timeout", "start_period", "start_interval", "retries"] {
        let place = format!("healthcheck.{name}");
        let Some(value) = at(service, &place) else { continue };
        match text(&place).and_then(|text| time(name, &text)) {
            Some(time) => rest.times.push(time),
            None => rest.lost.extend(shown(&place, value)),
        }
    }
    rest.signal = text("stop_signal");
    let own = service.as_object().into_iter().flatten();
    let is_read = |name: &str| READ.contains(&name) || LIMITS.iter().any(|(_, [short, _])| *short == name);
    let others = own.filter(|(name, _)| !is_read(name) && !name.starts_with("x-"));
    rest.lost.extend(others.filter_map(|(name, value)| shown(name, value)));
    for (above, known) in BELOW {
        let inner = at(service, above).and_then(Value::as_object).into_iter().flatten();
        let others = inner.filter(|(name, _)| !known.contains(&name.as_str()));
        rest.lost.extend(others.filter_map(|(name, value)| shown(&format!("{above}.{name}"), value)));
    }
    let options = service.get("security_opt");
    let is_other = |option: &String| !option.starts_with("no-new-privileges");
    let options = options.filter(|options| strings(options).iter().any(is_other));
    rest.lost.extend(options.and_then(|options| shown("security_opt", options)));
    rest
}

/// The value at a path of keys.
fn at<'v>(service: &'v Value, path: &str) -> Option<&'v Value> {
    path.split('.').try_fold(service, |value, key| value.get(key))
}

/// A limit as its key says it.
fn limit(name: &str, text: &str) -> Option<Value> {
    match name {
        "memory" => memory(text).map(Value::from),
        "cpus" => {
            text.parse::<f64>().ok().filter(|cpus| (0.001..=1024.0).contains(cpus)).map(|cpus| json!(cpus))
        }
        _ => text.parse::<u32>().ok().filter(|pids| *pids > 0).map(Value::from),
    }
}

/// A size of Compose, in whole KiB: `1.5g`, `512mb`, `1073741824`.
fn memory(text: &str) -> Option<String> {
    let text = text.to_ascii_lowercase();
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let unit: u64 = match text[end..].trim_end_matches('b').trim_end_matches('i') {
        "" => 1,
        "k" => 1 << 10,
        "m" => 1 << 20,
        "g" => 1 << 30,
        _ => return None,
    };
    let (whole, fraction) = text[..end].split_once('.').unwrap_or((&text[..end], ""));
    let amount: u64 = format!("{whole}{fraction}").parse().ok()?;
    let scale = 10_u64.checked_pow(fraction.len().try_into().ok()?)?;
    let kibibytes = amount.checked_mul(unit)? / scale / 1024;
    Some(format!("{kibibytes}K").parse::<Memory>().ok()?.to_string())
}

/// A key that is not carried over, with its value if that is short, tells something, and is no secret; `None` if the
/// value is what every service of the new fleet has.
fn shown(name: &str, value: &Value) -> Option<String> {
    const LONGEST: usize = 40;
    let words = match value {
        Value::String(text) => text.clone(),
        Value::Object(map) if matches!(name, "networks" | "build.args") => {
            map.keys().map(String::as_str).collect::<Vec<_>>().join(", ")
        }
        list => strings(list).join(", "),
    };
    if matches!((name, words.as_str()), (_, "false" | "default") | ("restart", "always" | "unless-stopped")) {
        return None;
    }
    let is_name = matches!(name, "container_name" | "hostname");
    let is_plain = !words.is_empty() && words.len() <= LONGEST && !words.contains(['\n', '$', '=']);
    Some(if is_plain && !is_name && !is_likely(name, &words) {
        format!("{name} ({words})")
    } else {
        name.to_owned()
    })
}
