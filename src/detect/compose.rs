//! Compose files: which services are built, from where, and what they are given.

mod publish;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::dockerfile::DEBUGGERS;
use super::document::document;
use super::start;
use super::view::{View, join, resolve, split};
use crate::dockerfile::{Expansion, Variable, expand};
pub(super) use publish::Published;

/// A service of a Compose file.
#[derive(Debug, Default, Clone)]
pub(super) struct Service {
    /// What the file calls it.
    pub name: String,
    /// The build context.
    pub context: String,
    /// The path of the Dockerfile; empty if nothing is built.
    pub dockerfile: String,
    /// The stage that is built.
    pub target: Option<String>,
    /// Its image, where it is not built.
    pub image: Option<String>,
    /// What it is called on its networks.
    pub hosts: Vec<String>,
    /// Services that it knows by a name of its own: each with that name.
    pub links: Vec<(String, String)>,
    /// The ports that are published on the host.
    pub published: Vec<Published>,
    /// Those that the key `publish` cannot say, with the reason.
    pub unpublished: Vec<(String, &'static str)>,
    /// The container's sides of its ports.
    pub ports: Vec<u16>,
    /// Its environment; `None` where the value comes from elsewhere.
    pub environment: Environment,
    /// Variables that only an override of the file sets.
    pub overridden: BTreeSet<String>,
    /// The services that it depends on.
    pub depends_on: Vec<String>,
    /// What replaces the image's entry point.
    pub entrypoint: Option<Vec<String>>,
    /// What replaces the image's command.
    pub command: Option<Vec<String>>,
    /// The words of its health check.
    pub health: Option<String>,
    /// Secrets that are mounted: their names, and the paths.
    pub secrets: Vec<(String, String)>,
    /// What is mounted: a path below the root or the name of a volume, and the path in the container.
    pub mounts: Vec<Mount>,
    /// Paths that are kept in memory.
    pub tmpfs: Vec<String>,
    /// The file that says it.
    pub file: String,
}

/// Something that Compose mounts.
#[derive(Debug, Clone)]
pub(super) struct Mount {
    /// The name of a volume, or the path of the host as it is written.
    pub source: String,
    /// The path in the container.
    pub target: String,
}

impl Mount {
    /// Whether it is a volume that Compose keeps.
    pub(super) fn is_volume(&self) -> bool {
        !self.source.is_empty() && !self.source.contains(['/', '\\', '.', '~', '$'])
    }
}

/// Whether a file is a Compose file by its name, and no override of another one.
pub(super) fn is_compose(path: &str) -> bool {
    let (_, name) = split(path);
    matches!(name, "compose.yaml" | "compose.yml" | "docker-compose.yaml" | "docker-compose.yml")
}

/// Whether a file adds services to a Compose file: `compose.extras.yaml`, but none for development and tests.
pub(super) fn is_addition(path: &str) -> bool {
    const OTHERS: [&str; 6] = ["dev", "test", "override", "debug", "local", "ci"];
    let (_, name) = split(path);
    let name = name.strip_prefix("docker-").unwrap_or(name);
    let variant = name.strip_prefix("compose.").or_else(|| name.strip_prefix("compose-"));
    let variant = variant.and_then(|rest| rest.strip_suffix(".yaml").or_else(|| rest.strip_suffix(".yml")));
    variant.is_some_and(|variant| !OTHERS.iter().any(|word| variant.contains(word)))
}

/// The services of a Compose file, with what the override beside it adds, as Compose itself reads the two.
pub(super) fn services(view: &View, path: &str) -> Vec<Service> {
    let (directory, name) = split(path);
    let variables = variables(view, directory);
    let mut all: Vec<(String, Value, Environment)> = Vec::new();
    let extra = name.rsplit_once('.').filter(|_| is_compose(path));
    let extra = extra.map(|(stem, end)| join(directory, &format!("{stem}.override.{end}")));
    for (file, is_own) in std::iter::once((path.to_owned(), true)).chain(extra.map(|path| (path, false))) {
        let Some(Value::Object(mut document)) = view.text(&file).and_then(document) else { continue };
        let Some(Value::Object(services)) = document.remove("services") else { continue };
        for (name, service) in services {
            match all.iter_mut().find(|(known, ..)| *known == name) {
                Some((_, known, own)) => {
                    *own = environment(known);
                    add(known, service);
                }
                None if is_own => {
                    let own = environment(&service);
                    all.push((name, service, own));
                }
                None => {}
            }
        }
    }
    let service = |(name, service, own): &(String, Value, Environment)| {
        let mut found = read(path, name, service, &variables)?;
        let is_new = |(name, value): &(&String, &Option<String>)| own.get(*name) != Some(*value);
        found.overridden = found.environment.iter().filter(is_new).map(|(name, _)| name.clone()).collect();
        Some(found)
    };
    all.iter().filter_map(service).collect()
}

/// Adds what an override says. What it starts is mostly for development, and so is what it mounts.
fn add(service: &mut Value, more: Value) {
    const KEYS: [&str; 4] = ["environment", "ports", "depends_on", "healthcheck"];
    let (Value::Object(service), Value::Object(more)) = (service, more) else { return };
    for (key, value) in more.into_iter().filter(|(key, _)| KEYS.contains(&key.as_str())) {
        match service.get_mut(&key) {
            None => drop(service.insert(key, value)),
            Some(known) => match (known, value) {
                (Value::Object(known), Value::Object(more)) => known.extend(more),
                (Value::Array(known), Value::Array(more)) => known.extend(more),
                _ => {}
            },
        }
    }
}

/// The variables of the file `.env` beside a Compose file. They say where things are; none of them is written down as
/// a value, since such a file may hold secrets.
fn variables(view: &View, directory: &str) -> Variables {
    let lines = view.file(directory, ".env").unwrap_or_default().lines();
    let pairs = lines.filter_map(|line| line.split_once('=')).filter(|(key, _)| !key.starts_with('#'));
    let mut all = Variables::new();
    for (key, value) in pairs {
        if let Some(value) = expanded(value.trim().trim_matches(['"', '\'']), &all) {
            all.insert(key.trim().to_owned(), value);
        }
    }
    all
}

type Variables = BTreeMap<String, String>;

/// Names and values; `None` where the value comes from elsewhere.
type Environment = BTreeMap<String, Option<String>>;

fn read(file: &str, name: &str, service: &Value, variables: &Variables) -> Option<Service> {
    let plain = |text: &str| expanded(text, variables);
    let text = |key: &str| service.get(key).and_then(Value::as_str).and_then(&plain);
    let (directory, _) = split(file);
    let health = service.get("healthcheck").and_then(|health| health.get("test"));
    let (published, unpublished) = publish::read(service, &plain);
    let mut found = Service {
        name: name.to_owned(),
        image: service
            .get("image")
            .and_then(Value::as_str)
            .map(|image| plain(image).unwrap_or(image.to_owned())),
        hosts: [Some(name.to_owned()), text("container_name"), text("hostname")]
            .into_iter()
            .flatten()
            .chain(aliases(service))
            .collect(),
        links: links(service),
        published,
        unpublished,
        ports: ports(service, variables),
        environment: environment(service),
        depends_on: names(service.get("depends_on")),
        entrypoint: command(service.get("entrypoint")),
        command: command(service.get("command")),
        health: health.map(|test| strings(test).join(" ")).map(|test| plain(&test).unwrap_or(test)),
        secrets: secrets(service),
        mounts: mounts(service, variables),
        tmpfs: service.get("tmpfs").map(strings).unwrap_or_default(),
        file: file.to_owned(),
        ..Service::default()
    };
    if let Some(build) = service.get("build") {
        let context = build.as_str().or_else(|| build.get("context").and_then(Value::as_str)).unwrap_or(".");
        found.context = resolve(directory, &plain(context)?)?;
        let dockerfile = build.get("dockerfile").and_then(Value::as_str).unwrap_or("Dockerfile");
        found.dockerfile = resolve(&found.context, &plain(dockerfile)?)?;
        found.target = build.get("target").and_then(Value::as_str).and_then(plain);
    }
    (found.is_built() || found.image.is_some()).then_some(found)
}

impl Service {
    /// Whether it is built from the tree.
    pub(super) fn is_built(&self) -> bool {
        !self.dockerfile.is_empty()
    }
}

/// The names that networks have for a service.
fn aliases(service: &Value) -> impl Iterator<Item = String> {
    let networks = service.get("networks").and_then(Value::as_object);
    let networks = networks.into_iter().flat_map(|networks| networks.values());
    networks.filter_map(|network| network.get("aliases")).flat_map(strings)
}

/// Links: `db`, and `db:database`.
fn links(service: &Value) -> Vec<(String, String)> {
    let all = service.get("links").map(strings).unwrap_or_default();
    let pair = |link: String| match link.split_once(':') {
        Some((service, alias)) => (service.to_owned(), alias.to_owned()),
        None => (link.clone(), link),
    };
    all.into_iter().map(pair).collect()
}

/// Secrets in their short and their long form. Each is a file below /run/secrets unless the long form says otherwise.
fn secrets(service: &Value) -> Vec<(String, String)> {
    let all = service.get("secrets").and_then(Value::as_array).into_iter().flatten();
    let secret = |item: &Value| {
        let name = item.as_str().or_else(|| item.get("source")?.as_str())?;
        let target = item.get("target").and_then(Value::as_str).unwrap_or(name);
        let path = if target.starts_with('/') { target.to_owned() } else { format!("/run/secrets/{target}") };
        Some((name.to_owned(), path))
    };
    all.filter_map(secret).collect()
}

/// Volumes in their short and their long form; those without a source hold nothing that is known.
fn mounts(service: &Value, variables: &Variables) -> Vec<Mount> {
    let all = service.get("volumes").and_then(Value::as_array).into_iter().flatten();
    let mount = |item: &Value| {
        let (source, target) = if let Some(text) = item.as_str() {
            let text = expanded(text, variables)?;
            let mut parts = text.split(':').map(ToOwned::to_owned);
            (parts.next()?, parts.next()?)
        } else {
            let text = |key: &str| expanded(item.get(key)?.as_str()?, variables);
            (text("source")?, text("target")?)
        };
        target.starts_with('/').then_some(Mount { source, target })
    };
    all.filter_map(mount).collect()
}

/// The container's sides: of `8080`, `80:8080`, `127.0.0.1:80:8080/tcp`, and of the long form.
fn ports(service: &Value, variables: &Variables) -> Vec<u16> {
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

fn environment(service: &Value) -> Environment {
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

/// A list of names, or the keys of a mapping.
fn names(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::Object(map)) => map.keys().cloned().collect(),
        Some(list) => strings(list),
        None => Vec::new(),
    }
}

fn command(command: Option<&Value>) -> Option<Vec<String>> {
    match command? {
        // Compose splits a line into words as a shell does, and starts no shell.
        Value::String(line) => Some(start::words(line).unwrap_or_else(|| vec![line.clone()])),
        list @ Value::Array(_) => Some(strings(list)),
        _ => None,
    }
}

fn strings(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(items) => items.iter().filter_map(Value::as_str).map(ToOwned::to_owned).collect(),
        _ => Vec::new(),
    }
}

/// A text with the defaults of its variables: `${PORT:-80}`. A variable without one cannot be known.
pub(super) fn plain(text: &str) -> Option<String> {
    expanded(text, &Variables::new())
}

/// The same, where some variables are known.
fn expanded(text: &str, variables: &Variables) -> Option<String> {
    if !text.contains('$') {
        return Some(text.to_owned());
    }
    let value = |name: &str| variables.get(name).map_or(Variable::Required, |value| Variable::Set(value));
    match expand(text, '\\', &value) {
        Ok(Expansion::Known(all)) => Some(all),
        _ => None,
    }
}
