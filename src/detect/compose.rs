//! Compose files: which services are built, from where, and what they are given.

mod publish;
mod rest;
mod values;
mod variables;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use serde_json::{Map, Value};

use super::document::document;
use super::view::{View, join, resolve, split};
use crate::fleet::words::EnvName;
pub(super) use publish::Published;
use rest::Rest;
use values::{
    aliases, command, environment, links, mounts, names, names_of_files, ports, secrets, strings, tmpfs,
};
use variables::{Variables, expanded, of_file};
pub(super) use variables::{plain, taken};

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
    /// The directory that it starts in, if that is not the image's own.
    pub workdir: Option<String>,
    /// The words of its health check.
    pub health: Option<String>,
    /// Secrets that are mounted: their names, and the paths.
    pub secrets: Vec<(String, String)>,
    /// What is mounted: a path below the root or the name of a volume, and the path in the container.
    pub mounts: Vec<Mount>,
    /// Paths that are kept in memory.
    pub tmpfs: Vec<String>,
    /// What else is said of it.
    pub rest: Rest,
    /// The file that says it.
    pub file: String,
}

/// Something that Compose mounts.
#[derive(Debug, Clone)]
pub(super) struct Mount {
    /// The name of a volume, or the path of the host as it is written; empty for a volume without a name.
    pub source: String,
    /// The path in the container.
    pub target: String,
}

impl Mount {
    /// Whether it is a volume that Compose keeps.
    pub(super) fn is_volume(&self) -> bool {
        !self.source.contains(['/', '\\', '.', '~', '$'])
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
    let variables = of_file(view, directory);
    let mut all: Vec<Written> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut others = Others { view, directory, read: HashMap::new() };
    let mut has_networks = false;
    let extra = name.rsplit_once('.').filter(|_| is_compose(path));
    let extra = extra.map(|(stem, end)| join(directory, &format!("{stem}.override.{end}")));
    for (file, is_own) in std::iter::once((path.to_owned(), true)).chain(extra.map(|path| (path, false))) {
        let Some(Value::Object(mut document)) = view.text(&file).and_then(document) else { continue };
        // One network alone joins all services, as the default one does.
        let networks = document.get("networks").and_then(Value::as_object);
        has_networks |= networks
            .is_some_and(|all| all.len() > 1 || all.values().any(|one| one.get("external").is_some()));
        let Some(services) = document.remove("services").and_then(written).map(Rc::new) else { continue };
        for (name, mut service) in services.as_ref().clone() {
            others.extend(&services, &mut service);
            match places.get(&name).map(|&place| &mut all[place]) {
                Some(known) => {
                    known.environment = environment(&known.service);
                    let lost = add(&mut known.service, service);
                    known.lost.extend(lost.into_iter().map(|key| format!("{key} of {file}")));
                }
                None if is_own => {
                    let environment = environment(&service);
                    places.insert(name.clone(), all.len());
                    all.push(Written { name, service, environment, lost: Vec::new() });
                }
                None => {}
            }
        }
    }
    let service = |Written { name, service, environment, lost }: Written| {
        let mut found = read(view, path, &name, &service, &variables)?;
        let is_new = |(name, value): &(&String, &Option<String>)| environment.get(*name) != Some(*value);
        found.overridden = found.environment.iter().filter(is_new).map(|(name, _)| name.clone()).collect();
        found.rest.lost.extend(lost);
        found.rest.lost.retain(|lost| has_networks || !lost.starts_with("networks"));
        Some(found)
    };
    all.into_iter().filter_map(service).collect()
}

/// The services of a file, the environment of each as a mapping.
fn written(services: Value) -> Option<Map<String, Value>> {
    let Value::Object(mut services) = services else { return None };
    for service in services.values_mut() {
        let pairs = environment(service).into_iter();
        let pairs = pairs.map(|(name, value)| (name, value.map_or(Value::Null, Value::String)));
        let all = Value::Object(pairs.collect());
        if let Some(list) = service.get_mut("environment") {
            *list = all;
        }
    }
    Some(services)
}

/// A service as a Compose file and its override write it.
struct Written {
    name: String,
    service: Value,
    /// Its environment without the override.
    environment: Environment,
    /// What the override says and is not read.
    lost: Vec<String>,
}

/// Other files that services take from (`extends`), each read once.
struct Others<'v> {
    view: &'v View,
    directory: &'v str,
    read: HashMap<String, Option<Rc<Map<String, Value>>>>,
}

impl Others<'_> {
    /// Puts in what a service takes from another one of its file, or of a file in the same directory. Those that take
    /// from each other end somewhere.
    fn extend(&mut self, services: &Rc<Map<String, Value>>, service: &mut Value) {
        const MOST: usize = 8;
        let mut services = Rc::clone(services);
        for _ in 0..MOST {
            let Some(extends) = service.get("extends") else { return };
            if let Some(file) = extends.get("file").and_then(Value::as_str) {
                let Some(all) = self.services(file) else { return };
                services = all;
            }
            let name = extends.as_str().or_else(|| extends.get("service")?.as_str()).unwrap_or_default();
            let (Some(Value::Object(base)), Value::Object(own)) = (services.get(name), &mut *service) else {
                return;
            };
            own.remove("extends");
            let more = std::mem::replace(own, base.clone());
            merge(own, more);
        }
    }

    /// The services of a file in the same directory.
    fn services(&mut self, file: &str) -> Option<Rc<Map<String, Value>>> {
        let file = resolve(self.directory, file).filter(|file| split(file).0 == self.directory)?;
        let read = || Some(Rc::new(written(document(self.view.text(&file)?)?.get_mut("services")?.take())?));
        self.read.entry(file.clone()).or_insert_with(read).clone()
    }
}

/// Adds what is said over a service: mappings and lists grow, and what starts the program is replaced.
fn merge(service: &mut Map<String, Value>, more: Map<String, Value>) {
    for (key, value) in more {
        match (service.get_mut(&key), value) {
            (Some(Value::Object(known)), Value::Object(more)) => known.extend(more),
            (Some(Value::Array(known)), Value::Array(more)) if key != "command" && key != "entrypoint" => {
                known.extend(more);
            }
            (_, value) => drop(service.insert(key, value)),
        }
    }
}

/// Adds what an override says. What it starts is mostly for development, and so is what it mounts: the keys that are
/// not added.
fn add(service: &mut Value, more: Value) -> Vec<String> {
    const KEYS: [&str; 4] = ["environment", "ports", "depends_on", "healthcheck"];
    let (Value::Object(service), Value::Object(more)) = (service, more) else { return Vec::new() };
    let (more, lost): (Map<_, _>, Map<_, _>) =
        more.into_iter().partition(|(key, _)| KEYS.contains(&key.as_str()));
    merge(service, more);
    lost.into_iter().map(|(key, _)| key).collect()
}

/// Names and values; `None` where the value comes from elsewhere.
type Environment = BTreeMap<String, Option<String>>;

fn read(view: &View, file: &str, name: &str, service: &Value, variables: &Variables) -> Option<Service> {
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
        workdir: text("working_dir"),
        health: health.map(|test| strings(test).join(" ")).map(|test| plain(&test).unwrap_or(test)),
        secrets: secrets(service),
        mounts: mounts(service, variables),
        tmpfs: tmpfs(service),
        rest: rest::read(service, &plain),
        file: file.to_owned(),
        ..Service::default()
    };
    for name in names_of_files(view, directory, service) {
        found.environment.entry(name).or_insert(None);
    }
    let is_odd = |name: &&String| name.parse::<EnvName>().is_err() || *name == "PATH";
    let odd: Vec<&str> = found.environment.keys().filter(is_odd).map(String::as_str).collect();
    if !odd.is_empty() {
        found.rest.lost.push(format!("environment ({})", odd.join(", ")));
    }
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
