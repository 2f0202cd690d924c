//! Host names: what Compose calls a service on its networks, and the name of the service that it becomes.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::compose::Service;
use super::view::split;
use super::{Proposal, Unknown};

/// Words of the names of variables and options whose values are hosts.
const OF_HOSTS: [&str; 15] = [
    "HOST",
    "URL",
    "URI",
    "ADDR",
    "ENDPOINT",
    "SERVER",
    "BROKER",
    "BOOTSTRAP",
    "UPSTREAM",
    "BACKEND",
    "PEER",
    "NODES",
    "PROXY",
    "CLUSTER",
    "BIND",
];

/// Words of the names of variables whose values are names of other things.
const OF_NAMES: [&str; 12] = [
    "NAME", "SERVICE", "DATABASE", "USER", "PASS", "TOPIC", "QUEUE", "SCHEMA", "KEY", "MODE", "PREFIX", "_DB",
];

/// What stands before a host in a list of settings.
const BEFORE: [&str; 8] =
    ["host=", "hostname=", "server=", "source=", "addr=", "address=", "hostaddr=", "endpoint="];

/// Keys of the kinds' tables with command lines.
const COMMANDS: [&str; 4] = ["arguments", "command", "options", "script"];

/// The services of all Compose files, and the names of those that are described.
pub(super) struct Hosts<'s> {
    services: &'s [Service],
    names: BTreeMap<(String, String), String>,
}

/// What a host name stands for.
enum Target<'t> {
    /// A service of the new fleet.
    New(&'t str),
    /// A service that nothing describes.
    Gone(&'t Service),
    /// Several services.
    Several,
}

impl<'s> Hosts<'s> {
    /// `names` are those of described services, by Compose file and service.
    pub(super) fn new(services: &'s [Service], names: BTreeMap<(String, String), String>) -> Self {
        Self { services, names }
    }

    fn name(&self, service: &Service) -> Option<&str> {
        self.names.get(&(service.file.clone(), service.name.clone())).map(String::as_str)
    }

    /// The services that one reaches by a host name: those of its own file, and else of files beside it.
    fn target(&self, from: &Service, host: &str) -> Option<Target<'_>> {
        let linked = from.links.iter().find(|(_, alias)| alias == host).map(|(service, _)| service.as_str());
        let host = linked.unwrap_or(host);
        let is_beside = |other: &&Service| split(&other.file).0 == split(&from.file).0;
        let has = |other: &&Service| other.hosts.iter().any(|name| name == host);
        let own = || self.services.iter().filter(|other| other.file == from.file);
        let exact = own().find(|other| other.name == host);
        let found: Vec<&Service> = match exact.or_else(|| own().find(has)) {
            Some(one) => vec![one],
            None => self.services.iter().filter(is_beside).filter(has).collect(),
        };
        let described: BTreeSet<&str> = found.iter().filter_map(|service| self.name(service)).collect();
        match described.into_iter().collect::<Vec<_>>().as_slice() {
            [only] => Some(Target::New(only)),
            [] => found.first().map(|service| Target::Gone(service)),
            _ => Some(Target::Several),
        }
    }

    /// The names that a service may reach others by.
    fn reachable<'h>(&'h self, from: &'h Service) -> BTreeSet<&'h str> {
        let beside = self.services.iter().filter(|other| split(&other.file).0 == split(&from.file).0);
        let hosts = beside.flat_map(|other| &other.hosts).chain(from.links.iter().map(|(_, alias)| alias));
        hosts.map(String::as_str).filter(|host| !host.is_empty()).collect()
    }

    /// The services that one depends on, and those of them that nothing describes.
    pub(super) fn depends_on(&self, from: &Service) -> (Vec<String>, Vec<String>) {
        let (mut known, mut gone) = (Vec::new(), Vec::new());
        for name in from.depends_on.iter().chain(from.links.iter().map(|(service, _)| service)) {
            match self.target(from, name) {
                Some(Target::New(new)) if !known.iter().any(|known| known == new) => {
                    known.push(new.to_owned());
                }
                Some(Target::New(_) | Target::Several) => {}
                Some(Target::Gone(_)) | None => {
                    if !gone.contains(name) {
                        gone.push(name.clone());
                    }
                }
            }
        }
        (known, gone)
    }

    /// Puts the names of the new fleet in the place of host names, and lists those that have none. `gone` are listed
    /// already.
    pub(super) fn rename(&self, from: &Service, proposal: &mut Proposal, gone: &[String]) -> Vec<Unknown> {
        let mut found = Seen::default();
        let hosts = self.reachable(from);
        let mut written = BTreeSet::new();
        for key in &mut proposal.keys {
            match (key.name, &mut key.value) {
                ("env", Value::Object(all)) => {
                    for (name, value) in all {
                        written.insert(name.clone());
                        self.value(from, &hosts, name, value, &mut found);
                    }
                }
                ("before", value) => self.value(from, &hosts, "", value, &mut found),
                _ => {}
            }
        }
        for key in proposal.table.iter_mut().filter(|key| COMMANDS.contains(&key.name)) {
            self.value(from, &hosts, "", &mut key.value, &mut found);
        }
        // Values that are not written down, since they are secret or come from elsewhere.
        for (name, value) in from.environment.iter().filter(|(name, _)| !written.contains(*name)) {
            let Some(value) = value else { continue };
            let mut seen = Seen::default();
            let new = self.replaced(from, &hosts, name, value, &mut seen);
            if new != *value {
                found.told.extend(
                    seen.renamed
                        .iter()
                        .map(|(host, new)| format!("the value of {name} names {host}, which is {new} here")),
                );
            }
            found.gone.append(&mut seen.gone);
            found.told.append(&mut seen.told);
        }
        let own: BTreeSet<&str> = self.names.values().map(String::as_str).collect();
        let lost = found.gone.into_iter().filter(|(host, _)| !gone.contains(host)).map(|(host, file)| {
            let other = if own.contains(host.as_str()) {
                ", and the service of that name is another one"
            } else {
                ""
            };
            format!("its values name {host} of {file}, which is not described{other}")
        });
        let all = found.told.into_iter().chain(lost);
        all.map(|why| Unknown { service: proposal.name.clone(), key: "env", why }).collect()
    }

    /// The same in a value, and in all words of a list. `name` is that of its variable.
    fn value(&self, from: &Service, hosts: &BTreeSet<&str>, name: &str, value: &mut Value, seen: &mut Seen) {
        match value {
            Value::String(text) => *text = self.replaced(from, hosts, name, text, seen),
            Value::Array(words) => {
                let mut option = String::new();
                for word in words {
                    let is_option = |text: &&str| text.starts_with('-') && !text.contains('=');
                    let next = word.as_str().filter(is_option).unwrap_or_default().to_owned();
                    self.value(from, hosts, &option, word, seen);
                    option = next;
                }
            }
            _ => {}
        }
    }

    /// A text with new names.
    fn replaced(
        &self,
        from: &Service,
        hosts: &BTreeSet<&str>,
        name: &str,
        text: &str,
        seen: &mut Seen,
    ) -> String {
        let mut new = String::new();
        let mut at = 0;
        while let Some(c) = text[at..].chars().next() {
            let here = hosts.iter().filter(|host| text[at..].starts_with(**host));
            let host = here.filter(|host| is_whole(text, at, host)).max_by_key(|host| host.len());
            let target = host.and_then(|host| Some((*host, self.target(from, host)?)));
            let Some((host, target)) = target else {
                new.push(c);
                at += c.len_utf8();
                continue;
            };
            at += host.len();
            let (is_certain, is_likely) =
                (is_host(name, text, at - host.len(), host), is_likely(name, text, host));
            match target {
                Target::New(other) if is_certain => {
                    if other != host {
                        seen.renamed.insert((host.to_owned(), other.to_owned()));
                    }
                    new.push_str(other);
                    continue;
                }
                Target::New(other) if is_likely && other != host => {
                    let why = format!("{name} is `{host}`: if that is a host, it is {other} here");
                    seen.told.insert(why);
                }
                Target::Gone(service) if is_certain => {
                    seen.gone.insert((host.to_owned(), service.file.clone()));
                }
                Target::Several if is_certain => {
                    seen.told.insert(format!(
                        "several services of its Compose files are called {host}, which {name} names"
                    ));
                }
                _ => {}
            }
            new.push_str(host);
        }
        new
    }
}

/// Host names that were seen.
#[derive(Default)]
struct Seen {
    renamed: BTreeSet<(String, String)>,
    gone: BTreeSet<(String, String)>,
    told: BTreeSet<String>,
}

/// Whether what stands somewhere in a text ends there, and begins.
fn is_whole(text: &str, at: usize, host: &str) -> bool {
    const ENDS: [char; 13] = [':', '/', '?', ',', ';', ' ', '"', '\'', ')', '|', '&', '#', ']'];
    const BEGINS: [char; 10] = ['/', '@', ',', ';', ' ', '=', '"', '\'', '(', '['];
    let (before, after) = (&text[..at], &text[at + host.len()..]);
    (before.is_empty() || before.ends_with(BEGINS)) && (after.is_empty() || after.starts_with(ENDS))
}

/// Whether a whole word is a host: behind `//`, before a port, or as the value of something that is one.
fn is_host(name: &str, text: &str, at: usize, host: &str) -> bool {
    let (before, after) = (&text[..at], &text[at + host.len()..]);
    let has_port = after.strip_prefix(':').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    if before.ends_with("//") {
        return true;
    }
    if before.ends_with('@') {
        return has_port || before.contains("//");
    }
    let is_path = before.ends_with('/') || after.starts_with('/') && !has_port;
    let is_set = || {
        let before = before.to_lowercase();
        BEFORE.iter().any(|word| before.ends_with(word))
    };
    let is_named = || {
        let name = name.to_uppercase();
        let is_list = before.is_empty() || before.ends_with([',', ';', ' ']);
        let is_end = after.is_empty() || after.starts_with([',', ';', ' ']);
        name != "HOSTNAME" && is_list && is_end && OF_HOSTS.iter().any(|word| name.contains(word))
    };
    !is_path && (has_port || is_set() || is_named())
}

/// Whether a variable that is nothing but the word may well name a host.
fn is_likely(name: &str, text: &str, host: &str) -> bool {
    let name = name.to_uppercase();
    text == host
        && !name.is_empty()
        && !name.starts_with('-')
        && !OF_NAMES.iter().any(|word| name.contains(word))
}
