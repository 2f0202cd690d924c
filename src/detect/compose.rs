//! Compose files: which services are built, from where, and what they are given.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use saphyr_parser::{Event, Parser, ScalarStyle};
use serde_json::{Map, Value};

use super::start;
use super::view::{View, resolve, split};
use crate::dockerfile::{Expansion, Variable, expand};

/// A service of a Compose file that is built from the tree.
#[derive(Debug, Default, Clone)]
pub(super) struct Service {
    /// What the file calls it.
    pub name: String,
    /// The build context.
    pub context: String,
    /// The path of the Dockerfile.
    pub dockerfile: String,
    /// The container's sides of its ports.
    pub ports: Vec<u16>,
    /// Its environment; `None` where the value comes from elsewhere.
    pub environment: BTreeMap<String, Option<String>>,
    /// The services that it depends on.
    pub depends_on: Vec<String>,
    /// What replaces the image's entry point.
    pub entrypoint: Option<Vec<String>>,
    /// What replaces the image's command.
    pub command: Option<Vec<String>>,
    /// The words of its health check.
    pub health: Option<String>,
    /// The file that says it.
    pub file: String,
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

/// The services of a Compose file that are built.
pub(super) fn services(view: &View, path: &str) -> Vec<Service> {
    let Some(document) = view.text(path).and_then(document) else { return Vec::new() };
    let variables = variables(view, split(path).0);
    let Some(services) = document.get("services").and_then(Value::as_object) else { return Vec::new() };
    services.iter().filter_map(|(name, service)| read(path, name, service, &variables)).collect()
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

fn read(file: &str, name: &str, service: &Value, variables: &Variables) -> Option<Service> {
    let plain = |text: &str| expanded(text, variables);
    let (directory, _) = split(file);
    let build = service.get("build")?;
    let context = build.as_str().or_else(|| build.get("context").and_then(Value::as_str)).unwrap_or(".");
    let context = resolve(directory, &plain(context)?)?;
    let dockerfile = build.get("dockerfile").and_then(Value::as_str).unwrap_or("Dockerfile");
    let dockerfile = resolve(&context, &plain(dockerfile)?)?;
    let health = service.get("healthcheck").and_then(|health| health.get("test"));
    Some(Service {
        name: name.to_owned(),
        context,
        dockerfile,
        ports: ports(service, variables),
        environment: environment(service),
        depends_on: names(service.get("depends_on")),
        entrypoint: command(service.get("entrypoint")),
        command: command(service.get("command")),
        health: health.map(|test| strings(test).join(" ")),
        file: file.to_owned(),
    })
}

/// Ports of debuggers.
const DEBUGGERS: [u16; 4] = [5005, 5678, 9229, 9230];

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

fn environment(service: &Value) -> BTreeMap<String, Option<String>> {
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

/// The deepest document that is read.
const DEEPEST: usize = 64;

/// A YAML file as plain data: scalars are strings, and aliases are what they stand for, as far as they are scalars.
pub(super) fn document(text: &str) -> Option<Value> {
    let mut stack: Vec<(Value, Option<String>)> = Vec::new();
    let mut anchors: BTreeMap<usize, String> = BTreeMap::new();
    let text = indented(text.trim_start_matches('\u{feff}'));
    for event in Parser::new_from_str(&text) {
        let done = match event.ok()?.0 {
            Event::MappingStart(..) if stack.len() < DEEPEST => {
                stack.push((Value::Object(Map::new()), None));
                continue;
            }
            Event::SequenceStart(..) if stack.len() < DEEPEST => {
                stack.push((Value::Array(Vec::new()), None));
                continue;
            }
            Event::MappingStart(..) | Event::SequenceStart(..) => return None,
            Event::MappingEnd | Event::SequenceEnd => stack.pop()?.0,
            Event::Scalar(content, ScalarStyle::Plain, ..) if matches!(&*content, "~" | "null" | "") => {
                Value::Null
            }
            Event::Scalar(content, _, anchor, _) => {
                anchors.insert(anchor, content.clone().into_owned());
                Value::String(Cow::into_owned(content))
            }
            Event::Alias(anchor) => anchors.get(&anchor).cloned().map_or(Value::Null, Value::String),
            _ => continue,
        };
        match stack.last_mut() {
            None => return Some(done),
            Some((Value::Array(items), _)) => items.push(done),
            Some((Value::Object(map), key)) => match key.take() {
                Some(key) => drop(map.insert(key, done)),
                None => *key = Some(done.as_str().unwrap_or_default().to_owned()),
            },
            Some(_) => return None,
        }
    }
    None
}

/// The text with brackets that close at the start of a line further in: the parser refuses one that is not further in
/// than the key it belongs to, and Compose takes it.
fn indented(text: &str) -> String {
    let line = |line: &str| {
        let is_end = line.trim_start_matches(' ').starts_with([']', '}']);
        format!("{}{line}\n", if is_end { " ".repeat(DEEPEST) } else { String::new() })
    };
    text.lines().map(line).collect()
}
