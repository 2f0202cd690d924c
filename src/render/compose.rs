//! `compose.yaml`: the fleet for Docker Compose.

use std::collections::BTreeSet;

use askama::Template;

use crate::fleet::description::{SecretsAs, Tmp};
use crate::fleet::words::EnvName;
use crate::fleet::{Fleet, Service};

/// The size of a scratch directory; what needs more is a volume.
const SCRATCH: &str = "64m";

/// The Compose file of a fleet.
#[derive(Template)]
#[template(path = "compose.yaml")]
pub(super) struct ComposeFile<'a> {
    page: ComposePage<'a>,
}

impl<'a> ComposeFile<'a> {
    pub(super) fn new(fleet: &'a Fleet) -> Self {
        Self { page: ComposePage { fleet } }
    }
}

struct ComposePage<'a> {
    fleet: &'a Fleet,
}

/// A service, its values ready to be printed.
struct Entry<'a> {
    name: &'a str,
    image: String,
    image_only: bool,
    environment: Vec<String>,
    secrets: Vec<&'a str>,
    secret_files: Vec<(&'a str, String)>,
    has_secret_variables: bool,
    tmpfs: Vec<String>,
    volumes: Vec<String>,
    ports: Vec<String>,
    networks: Vec<&'a str>,
    depends_on: Vec<&'a str>,
    memory: Option<String>,
    cpus: Option<String>,
    pids: Option<u32>,
}

struct Network<'a> {
    name: &'a str,
    isolated: bool,
    subnet: Option<&'a str>,
}

impl<'a> ComposePage<'a> {
    fn user(&self) -> String {
        string(self.fleet.user.as_str())
    }

    fn services(&self) -> Vec<Entry<'a>> {
        self.fleet.services.iter().map(|service| self.entry(service)).collect()
    }

    fn entry(&self, service: &'a Service) -> Entry<'a> {
        Entry {
            name: service.name.as_str(),
            image: string(&format!("${{REGISTRY:-{}}}/", self.fleet.registry))
                .trim_end_matches('"')
                .to_owned()
                + &service.image.to_string()
                + "\"",
            image_only: service.image_only,
            environment: environment(service),
            secrets: as_files(service).map(EnvName::as_str).collect(),
            secret_files: service
                .secret_files
                .iter()
                .map(|(name, path)| (name.as_str(), string(path.as_str())))
                .collect(),
            has_secret_variables: service.secrets_as == SecretsAs::Env && !service.secrets.is_empty(),
            tmpfs: self.tmpfs(service),
            volumes: service
                .volumes
                .iter()
                .map(|at| format!("{}:{}", service.volume_name(&at.value), at.value))
                .collect(),
            ports: service
                .publish
                .iter()
                .map(|publish| format!("\"{}:{}\"", publish.host, publish.container))
                .collect(),
            networks: service.networks.iter().map(|network| network.as_str()).collect(),
            depends_on: service.depends_on.iter().map(|other| other.as_str()).collect(),
            memory: service.memory.map(|memory| memory.to_string().to_lowercase()),
            cpus: service.cpus.map(|cpus| cpus.to_string()),
            pids: service.pids,
        }
    }

    /// In the short form, because the long one has no owner; a tmpfs over a directory of the image
    /// would else be root's.
    fn tmpfs(&self, service: &Service) -> Vec<String> {
        let (uid, gid) = self.fleet.user.as_str().split_once(':').unwrap_or_default();
        let mount = |path: &str, mode: &str, size: &str, exec: bool| {
            let noexec = if exec { "exec" } else { "noexec" };
            format!("{path}:uid={uid},gid={gid},mode={mode},size={size},{noexec},nosuid,nodev")
        };
        let tmp = service
            .tmp
            .map(|Tmp { size, exec }| mount("/tmp", "1777", &size.to_string().to_lowercase(), exec));
        let writable = service.writable.iter().map(|at| mount(at.as_str(), "0750", SCRATCH, false));
        tmp.into_iter().chain(writable).collect()
    }

    fn networks(&self) -> Vec<Network<'a>> {
        let used: BTreeSet<_> =
            self.fleet.services.iter().flat_map(|s| &s.networks).map(|n| &n.value).collect();
        let networks = self.fleet.networks.iter().filter(|(name, _)| used.contains(name));
        networks
            .map(|(name, table)| Network {
                name: name.as_str(),
                isolated: table.isolated,
                subnet: table.subnet.as_ref().map(AsRef::as_ref),
            })
            .collect()
    }

    fn volumes(&self) -> Vec<String> {
        let of = |service: &'a Service| service.volumes.iter().map(|at| service.volume_name(&at.value));
        self.fleet.services.iter().flat_map(of).collect()
    }

    fn secrets(&self) -> Vec<&'a str> {
        let all: BTreeSet<_> = self
            .fleet
            .services
            .iter()
            .flat_map(|s| as_files(s).chain(s.secret_files.keys()))
            .map(EnvName::as_str)
            .collect();
        all.into_iter().collect()
    }
}

/// The secrets that are files.
fn as_files(service: &Service) -> impl Iterator<Item = &EnvName> {
    let as_files = service.secrets_as == SecretsAs::File;
    service.secrets.iter().filter(move |_| as_files)
}

/// Settings pass through from the environment; a secret is a variable too, or the path of its file is.
fn environment(service: &Service) -> Vec<String> {
    let setting = |name: &EnvName| match service.env.get(name) {
        // A setting that is not set would take the image's own value away.
        Some(value) => format!("{name}: {}", string(&format!("${{{name}:-{}}}", value.as_str()))),
        None => format!("{name}:"),
    };
    let secret = |name: &EnvName| match service.secrets_as {
        SecretsAs::File => format!("{name}_FILE: /run/secrets/{name}"),
        SecretsAs::Env => format!("{name}: {}", string(&format!("${{{name}:?is a secret: set it in .env}}"))),
    };
    service.settings.iter().map(setting).chain(service.secrets.iter().map(secret)).collect()
}

/// A string of YAML, for Compose, which replaces what follows a dollar: only what is meant may.
fn string(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
