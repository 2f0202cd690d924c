//! The keys of a service of Compose in all their forms.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::variables::{Variables, expanded};
use super::{Environment, Mount};
use crate::detect::dockerfile::DEBUGGERS;
use crate::detect::start;
use crate::detect::view::{View, resolve};
use crate::fleet::words::EnvName;

/// The names that networks have for a service.
pub(super) fn aliases(service: &Value) -> impl Iterator<Item = String> {
    let networks = service.get("networks").and_then(Value::as_object);
    let networks = networks.into_iter().flat_map(|networks| networks.values());
    networks.filter_map(|network| network.get("aliases")).flat_map(strings)
}

/// Links: `db`, and `db:database`.
pub(super) fn links(service: &Value) -> Vec<(String, String)> {
    let all = service.get("links").map(strings).unwrap_or_default();
    let pair = |link: String| match link.split_once(':') {
        Some((service, alias)) => (service.to_owned(), alias.to_owned()),
        None => (link.clone(), link),
    };
    all.into_iter().map(pair).collect()
}

/// Secrets in their short and their long form. Each is a file below /run/secrets unless the long form says otherwise.
pub(super) fn secrets(service: &Value) -> Vec<(String, String)> {
    let all = service.get("secrets").and_then(Value::as_array).into_iter().flatten();
    let secret = |item: &Value| {
        let name = item.as_str().or_else(|| item.get("source")?.as_str())?;
        let target = item.get("target").and_then(Value::as_str).unwrap_or(name);
        let path = if target.starts_with('/') { target.to_owned() } else { format!("/run/secrets/{target}") };
        Some((name.to_owned(), path))
    };
    all.filter_map(secret).collect()
}

/// Volumes in their short and their long form. One without a source has an empty one.
pub(super) fn mounts(service: &Value, variables: &Variables) -> Vec<Mount> {
    let all = service.get("volumes").and_then(Value::as_array).into_iter().flatten();
    let mount = |item: &Value| {
        let (source, target) = if let Some(text) = item.as_str() {
            let text = expanded(text, variables)?;
            let mut parts = text.split(':').map(ToOwned::to_owned);
            let first = parts.next()?;
            parts.next().map_or((String::new(), first.clone()), |target| (first, target))
        } else {
            let text = |key: &str| expanded(item.get(key)?.as_str()?, variables);
            if item.get("type").is_some_and(|kind| kind == "tmpfs") {
                return None;
            }
            (text("source").unwrap_or_default(), text("target")?)
        };
        target.starts_with('/').then_some(Mount { source, target })
    };
    all.filter_map(mount).collect()
}

/// Paths that are kept in memory, by the key for them or by a volume of that type.
pub(super) fn tmpfs(service: &Value) -> Vec<String> {
    let mut all = service.get("tmpfs").map(strings).unwrap_or_default();
    let volumes = service.get("volumes").and_then(Value::as_array).into_iter().flatten();
    let memory = volumes.filter(|item| item.get("type").is_some_and(|kind| kind == "tmpfs"));
    all.extend(memory.filter_map(|item| item.get("target")?.as_str().map(ToOwned::to_owned)));
    all
}

/// The container's sides: of `8080`, `80:8080`, `127.0.0.1:80:8080/tcp`, and of the long form.
pub(super) fn ports(service: &Value, variables: &Variables) -> Vec<u16> {
    let listed = service.get("ports").into_iter().chain(service.get("expose")).filter_map(Value::as_array);
    let port = |item: &Value| -> Option<u16> {
        let text = item.get("target").unwrap_or(item);
        let text = text.as_str().map_or_else(|| text.to_string(), ToOwned::to_owned);
        let text = expanded(text.trim_end_matches("/tcp"), variables)?;
        text.rsplit(':').next()?.parse().ok().filter(|port| *port > 0)
    };
    let mut ports: Vec<u16> = listed.flatten().filter_map(port).collect();
    let mut seen = BTreeSet::from(DEBUGGERS);
    ports.retain(|port| seen.insert(*port));
    ports
}

pub(super) fn environment(service: &Value) -> Environment {
    let scalar = |value: &Value| value.as_str().map(ToOwned::to_owned);
    match service.get("environment") {
        Some(Value::Object(map)) => map.iter().map(|(key, value)| (key.clone(), scalar(value))).collect(),
        Some(Value::Array(items)) => {
            let items = items.iter().filter_map(Value::as_str);
            let pair = |item: &str| match item.split_once('=') {
                Some((key, value)) => (key.to_owned(), Some(value.to_owned())),
                None => (item.to_owned(), None),
            };
            items.map(pair).collect()
        }
        _ => BTreeMap::new(),
    }
}

/// The variables of the files of `env_file`, whose values are not read: they may be secrets.
pub(super) fn names_of_files(view: &View, directory: &str, service: &Value) -> Vec<String> {
    let files = match service.get("env_file") {
        Some(Value::Array(items)) => items.as_slice(),
        Some(one) => std::slice::from_ref(one),
        None => &[],
    };
    let paths = files
        .iter()
        .filter_map(|item| resolve(directory, item.as_str().or_else(|| item.get("path")?.as_str())?));
    let texts: Vec<&str> = paths.filter_map(|path| view.text(&path)).collect();
    let lines = texts.into_iter().flat_map(str::lines).filter_map(|line| line.split('=').next());
    let names = lines.map(|name| name.trim().trim_start_matches("export ").trim_start());
    names.filter(|name| name.parse::<EnvName>().is_ok()).map(ToOwned::to_owned).collect()
}

/// A list of names, or the keys of a mapping.
pub(super) fn names(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::Object(map)) => map.keys().cloned().collect(),
        Some(list) => strings(list),
        None => Vec::new(),
    }
}

pub(super) fn command(command: Option<&Value>) -> Option<Vec<String>> {
    match command? {
        // Compose splits a line into words as a shell does, and starts no shell.
        Value::String(line) => Some(start::words(line).unwrap_or_else(|| vec![line.clone()])),
        list @ Value::Array(_) => Some(strings(list)),
        _ => None,
    }
}

pub(super) fn strings(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(items) => items.iter().filter_map(Value::as_str).map(ToOwned::to_owned).collect(),
        _ => Vec::new(),
    }
}
