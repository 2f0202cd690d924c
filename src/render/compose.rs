//! `compose.yaml`: the fleet for Docker Compose.

use std::collections::BTreeSet;

use askama::Template;

use super::yaml::{item, scalar, string};
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
struct Entry {
    name: String,
    image: String,
    image_only: bool,
    environment: Vec<String>,
    secrets: Vec<String>,
    secret_files: Vec<(String, String)>,
    has_secret_variables: bool,
    tmpfs: Vec<String>,
    volumes: Vec<String>,
    ports: Vec<String>,
    networks: Vec<String>,
    depends_on: Vec<String>,
    memory: Option<String>,
    cpus: Option<String>,
    pids: Option<u32>,
}

struct Network {
    name: String,
    isolated: bool,
    subnet: Option<String>,
}

/// A secret: its key, and the file that holds it.
struct Secret {
    key: String,
    file: String,
}

impl<'a> ComposePage<'a> {
    fn user(&self) -> String {
        string(self.fleet.user.as_str())
    }

    fn name(&self) -> String {
        scalar(self.fleet.name.as_str())
    }

    fn services(&self) -> Vec<Entry> {
        self.fleet.services.iter().map(|service| self.entry(service)).collect()
    }

    fn entry(&self, service: &'a Service) -> Entry {
        Entry {
            name: scalar(service.name.as_str()),
            image: string(&format!("${{REGISTRY:-{}}}/{}", self.fleet.registry, service.image)),
            image_only: service.image_only,
            environment: environment(service),
            secrets: as_files(service).map(|name| scalar(name.as_str())).collect(),
            secret_files: service
                .secret_files
                .iter()
                .map(|(name, path)| (scalar(name.as_str()), string(path.as_str())))
                .collect(),
            has_secret_variables: service.secrets_as == SecretsAs::Env && !service.secrets.is_empty(),
            tmpfs: self.tmpfs(service),
            volumes: service
                .volumes
                .iter()
                .map(|at| item(&format!("{}:{}", service.volume_name(&at.value), at.value)))
                .collect(),
            ports: service
                .publish
                .iter()
                .map(|publish| string(&format!("{}:{}", publish.host, publish.container)))
                .collect(),
            networks: service.networks.iter().map(|network| scalar(network.as_str())).collect(),
            depends_on: service.depends_on.iter().map(|other| scalar(other.as_str())).collect(),
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
            item(&format!("{path}:uid={uid},gid={gid},mode={mode},size={size},{noexec},nosuid,nodev"))
        };
        let tmp = service
            .tmp
            .map(|Tmp { size, exec }| mount("/tmp", "1777", &size.to_string().to_lowercase(), exec));
        let writable = service.writable.iter().map(|at| mount(at.as_str(), "0750", SCRATCH, false));
        tmp.into_iter().chain(writable).collect()
    }

    fn networks(&self) -> Vec<Network> {
        let used: BTreeSet<_> =
            self.fleet.services.iter().flat_map(|s| &s.networks).map(|n| &n.value).collect();
        let networks = self.fleet.networks.iter().filter(|(name, _)| used.contains(name));
        networks
            .map(|(name, table)| Network {
                name: scalar(name.as_str()),
                isolated: table.isolated,
                subnet: table.subnet.as_ref().map(|subnet| string(subnet.as_str())),
            })
            .collect()
    }

    fn volumes(&self) -> Vec<String> {
        let of =
            |service: &'a Service| service.volumes.iter().map(|at| scalar(&service.volume_name(&at.value)));
        self.fleet.services.iter().flat_map(of).collect()
    }

    fn secrets(&self) -> Vec<Secret> {
        let all: BTreeSet<_> =
            self.fleet.services.iter().flat_map(|s| as_files(s).chain(s.secret_files.keys())).collect();
        let secret = |name: &EnvName| Secret {
            key: scalar(name.as_str()),
            file: string(&format!("${{SECRETS:-./secrets}}/{name}")),
        };
        all.into_iter().map(secret).collect()
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
        Some(value) => {
            format!("{}: {}", scalar(name.as_str()), string(&format!("${{{name}:-{}}}", value.as_str())))
        }
        None => format!("{}:", scalar(name.as_str())),
    };
    let secret = |name: &EnvName| match service.secrets_as {
        SecretsAs::File => format!("{name}_FILE: {}", scalar(&format!("/run/secrets/{name}"))),
        SecretsAs::Env => format!(
            "{}: {}",
            scalar(name.as_str()),
            string(&format!("${{{name}:?is a secret: set it in .env}}"))
        ),
    };
    service.settings.iter().map(setting).chain(service.secrets.iter().map(secret)).collect()
}
