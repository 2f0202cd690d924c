//! `compose.yaml`: the fleet for Docker Compose.

use std::collections::BTreeSet;

use askama::Template;

use super::yaml::{item, scalar, string};
use crate::fleet::description::{SecretsAs, Tmp};
use crate::fleet::quantities::Memory;
use crate::fleet::words::EnvName;
use crate::fleet::{Fleet, Service};
use crate::kinds::{command, started};

/// The size of a scratch directory unless the service says another.
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
    /// What runs in place of the image's own program, and the service that waits for it.
    before: Option<(String, String)>,
    environment: Vec<String>,
    secrets: Vec<String>,
    secret_files: Vec<(String, String)>,
    has_secret_variables: bool,
    tmpfs: Vec<String>,
    volumes: Vec<String>,
    ports: Vec<String>,
    networks: Vec<String>,
    depends_on: Vec<(String, &'static str)>,
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
        let of = |service| self.commands_before(service).into_iter().chain([self.entry(service)]);
        self.fleet.services.iter().flat_map(of).collect()
    }

    /// The commands that must end before a service starts, each as a service of its own: the first waits for what the
    /// service depends on, and each of the others for the one before it.
    fn commands_before(&self, service: &'a Service) -> Vec<Entry> {
        let names = service.before_names();
        let commands = service.before.iter().enumerate().map(|(place, arguments)| {
            let own = self.entry(service);
            let earlier = place.checked_sub(1).map(|earlier| (scalar(&names[earlier]), COMPLETED));
            Entry {
                name: scalar(&names[place]),
                before: Some((flow(&started(command(arguments))), service.name.to_string())),
                ports: Vec::new(),
                depends_on: earlier.map_or_else(|| others(service), |earlier| vec![earlier]),
                ..own
            }
        });
        commands.collect()
    }

    fn entry(&self, service: &'a Service) -> Entry {
        Entry {
            name: scalar(service.name.as_str()),
            image: string(&format!("${{REGISTRY:-{}}}/{}", self.fleet.registry, service.image)),
            image_only: service.image_only,
            before: None,
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
            ports: service.publish.iter().map(|publish| string(&publish.to_string())).collect(),
            networks: service.networks.iter().map(|network| scalar(network.as_str())).collect(),
            depends_on: others(service)
                .into_iter()
                .chain(service.before_names().last().map(|last| (scalar(last), COMPLETED)))
                .collect(),
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
        let size_of =
            |size: Option<Memory>| size.map_or(SCRATCH.to_owned(), |size| size.to_string().to_lowercase());
        let Tmp { size, exec } = service.tmp;
        let tmp = (!service.image_only).then(|| mount("/tmp", "1777", &size_of(size), exec));
        let size = size_of(service.writable_size);
        let writable = service.writable.iter().map(|at| mount(at.as_str(), "0750", &size, false));
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

const HEALTHY: &str = "service_healthy";
const COMPLETED: &str = "service_completed_successfully";

/// The services that a service depends on.
fn others(service: &Service) -> Vec<(String, &'static str)> {
    service.depends_on.iter().map(|other| (scalar(other.as_str()), HEALTHY)).collect()
}

/// A list in one line, in which Compose finds no variables of its own.
fn flow(argv: &[String]) -> String {
    let items: Vec<String> = argv.iter().map(|argument| string(&argument.replace('$', "$$"))).collect();
    format!("[{}]", items.join(", "))
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
