//! What services of one fleet get wrong together.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::at::At;
use super::flaws::{Flaws, Wrong};
use super::model::{Fleet, Health, Service};
use super::names::Names;
use super::runtime_checks;
use super::words::{Name, Port, Publish};
use crate::diagnostic::{Diagnostic, Span};
use crate::reserved::folded;

/// What services of one fleet get wrong together, but for what depends on flaws of their own.
pub(super) fn between(fleet: &Fleet, flaws: &Flaws) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    found.extend(phases(fleet, flaws));
    let imaged = fleet.services.iter().filter(|service| !flaws.has(service, ["image", "tag"]));
    found.extend(twice(imaged, "image", "change the `image` or `tag` of one of them", |service| {
        let image = service.image.to_string();
        (image.clone(), image, service.name.span.clone())
    }));
    // Two paths that differ in case or Unicode normal form alone are one file on macOS and Windows.
    let hint = "use different paths; upper and lower case do not distinguish them";
    let is_placed = |service: &&Service| !flaws.has(service, ["dockerfile", "directory", Wrong::KIND]);
    let placed: Vec<_> = fleet.services.iter().filter(is_placed).collect();
    found.extend(twice(placed.iter().copied(), "Dockerfile", hint, |service| {
        let path = service.dockerfile.as_str();
        (folded(path).into_owned(), path.to_owned(), service.dockerfile.span.clone())
    }));
    found.extend(directories(&placed));
    found.extend(host_ports(fleet));
    found.extend(networks(fleet, flaws));
    found.extend(dependencies(fleet, flaws));
    found.extend(cycles(fleet));
    found.extend(runtime_checks::between(fleet, flaws));
    found
}

fn phases(fleet: &Fleet, flaws: &Flaws) -> impl Iterator<Item = Diagnostic> {
    let count = fleet.phases.len();
    let wrong =
        fleet.services.iter().filter(move |s| count > 0 && !(1..=count).contains(&usize::from(s.phase)));
    let wrong = wrong.filter(|service| !flaws.has(service, ["phase"]));
    wrong.map(move |service| {
        let message = format!(
            "service `{}` is in phase {}, but the fleet has {count}",
            service.name.value, service.phase
        );
        Diagnostic::new(service.name.span.clone(), message)
            .about(["phase"])
            .hint("add the phase to `phases`, or use another one")
    })
}

/// Dockerfiles that would have to be directories, because another one lies below them.
fn directories(services: &[&Service]) -> Vec<Diagnostic> {
    let files: HashMap<_, _> =
        services.iter().map(|service| (folded(service.dockerfile.as_str()), service)).collect();
    let mut found = Vec::new();
    for service in services {
        let path = folded(service.dockerfile.as_str());
        let mut above = path.rsplit_once('/').map(|(above, _)| above);
        while let Some(directory) = above {
            if let Some(other) = files.get(directory) {
                let message = format!(
                    "`{}` is below the Dockerfile of `{}`",
                    service.dockerfile.value, other.name.value
                );
                found.push(
                    Diagnostic::new(service.dockerfile.span.clone(), message)
                        .related(other.dockerfile.span.clone(), "a file cannot be a directory")
                        .hint("use different paths; upper and lower case do not distinguish them"),
                );
                break;
            }
            above = directory.rsplit_once('/').map(|(above, _)| above);
        }
    }
    found
}

/// What two services have in common by `key`: what is compared, how it is shown, and where it is.
fn twice<'f>(
    services: impl Iterator<Item = &'f Service>,
    what: &str,
    hint: &str,
    key: impl Fn(&Service) -> (String, String, Span),
) -> Vec<Diagnostic> {
    let mut first: HashMap<String, (&Name, Span)> = HashMap::new();
    let mut found = Vec::new();
    for service in services {
        let (value, shown, span) = key(service);
        if let Some((other, other_span)) = first.get(&value) {
            found.push(
                Diagnostic::new(
                    span,
                    format!("services `{other}` and `{}` have the same {what} `{shown}`", service.name.value),
                )
                .related(other_span.clone(), "the first one")
                .hint(hint),
            );
        } else {
            first.insert(value, (&service.name.value, span));
        }
    }
    found
}

fn host_ports(fleet: &Fleet) -> Vec<Diagnostic> {
    let mut first: BTreeMap<Port, Vec<(&Service, &At<Publish>)>> = BTreeMap::new();
    let mut found = Vec::new();
    for service in &fleet.services {
        for publish in &service.publish {
            let taken = first.entry(publish.host).or_default();
            if let Some((other, theirs)) = taken.iter().find(|(_, theirs)| theirs.overlaps(publish)) {
                let names = format!("`{}` and `{}`", other.name.value, service.name.value);
                found.push(
                    Diagnostic::new(
                        publish.span.clone(),
                        format!("{names} both publish host port {}", publish.host),
                    )
                    .related(theirs.span.clone(), "the first one")
                    .hint(format!("give one of them another host port: \"{}\"", publish.with_host("PORT"))),
                );
            } else {
                taken.push((service, publish));
            }
        }
    }
    found
}

fn networks(fleet: &Fleet, flaws: &Flaws) -> Vec<Diagnostic> {
    let known = Names::new("network", fleet.networks.keys().map(Name::as_str));
    let joined = fleet.services.iter().flat_map(|service| &service.networks);
    let unknown = joined
        .filter(|network| !fleet.networks.contains_key(&network.value))
        .filter(|network| !flaws.entries.has("networks", network.as_str()))
        .map(|network| known.unknown(network.as_str(), network.span.clone()));
    // Where the fleet has no networks, all services are on the one that Compose makes.
    let alone = fleet.services.iter().filter(|s| !fleet.networks.is_empty() && s.networks.is_empty());
    let alone = alone.filter(|service| !flaws.has(service, ["networks"]));
    let unreachable = alone.filter(|service| !service.publish.is_empty()).map(|service| {
        let message = format!("`{}` publishes a port, but is on no network", service.name.value);
        Diagnostic::new(service.name.span.clone(), message).about(["publish"]).hint("set `networks`")
    });
    unknown.chain(unreachable).collect()
}

fn dependencies(fleet: &Fleet, flaws: &Flaws) -> Vec<Diagnostic> {
    let lost = flaws.lost.iter().map(String::as_str);
    let known = Names::new("service", fleet.services.iter().map(|s| s.name.as_str()).chain(lost));
    let by_name: HashMap<&Name, &Service> = fleet.services.iter().map(|s| (&s.name.value, s)).collect();
    let mut found = Vec::new();
    for service in &fleet.services {
        for wanted in &service.depends_on {
            let span = wanted.span.clone();
            let name = &service.name.value;
            let Some(other) = by_name.get(&wanted.value) else {
                if !flaws.lost.contains(wanted.as_str()) {
                    found.push(known.unknown(wanted.as_str(), span));
                }
                continue;
            };
            if other.image_only {
                let message = format!(
                    "`{name}` waits for `{}`, which is a base image and runs no service",
                    wanted.value
                );
                found.push(
                    Diagnostic::new(span, message)
                        .hint("remove the dependency: a base image is built first anyway"),
                );
            } else if other.phase > service.phase && ![service, other].iter().any(|s| flaws.has(s, ["phase"]))
            {
                let message = format!(
                    "`{name}` of phase {} depends on `{}` of the later phase {}",
                    service.phase, wanted.value, other.phase
                );
                found.push(
                    Diagnostic::new(span, message).hint("a phase is built and started before the next one"),
                );
            } else if matches!(other.health, Health::None(_)) && !flaws.has(other, ["health"]) {
                let message =
                    format!("`{name}` waits for `{}` to be healthy, which has no health check", wanted.value);
                found.push(
                    Diagnostic::new(span, message).hint("give it a health check, or remove the dependency"),
                );
            } else if !service.networks.is_empty()
                && !flaws.has(other, ["networks"])
                && !shares_network(service, other)
            {
                let message = format!("`{name}` depends on `{}`, but they share no network", wanted.value);
                found
                    .push(Diagnostic::new(span, message).hint("let one of them join a network of the other"));
            }
        }
    }
    found
}

fn shares_network(a: &Service, b: &Service) -> bool {
    a.networks.iter().any(|network| b.networks.iter().any(|other| other.value == network.value))
}

/// The services of a cycle that a message names.
const SHOWN_OF_CYCLE: usize = 8;

/// Finds one cycle of dependencies, if there is any, by taking away what depends on nothing.
fn cycles(fleet: &Fleet) -> Option<Diagnostic> {
    let index: HashMap<&Name, usize> =
        fleet.services.iter().enumerate().map(|(i, s)| (&s.name.value, i)).collect();
    let needs: Vec<Vec<usize>> = fleet
        .services
        .iter()
        .map(|service| service.depends_on.iter().filter_map(|d| index.get(&d.value).copied()).collect())
        .collect();
    let mut users = vec![Vec::new(); needs.len()];
    let mut open: Vec<usize> = needs.iter().map(Vec::len).collect();
    for (user, needed) in needs.iter().enumerate() {
        for &other in needed {
            users[other].push(user);
        }
    }
    let mut free: Vec<usize> = (0..open.len()).filter(|&i| open[i] == 0).collect();
    while let Some(done) = free.pop() {
        for &user in &users[done] {
            open[user] -= 1;
            if open[user] == 0 {
                free.push(user);
            }
        }
    }
    // Whoever is left waits for somebody who is left: following that leads into a cycle.
    let start = (0..open.len()).find(|&i| open[i] > 0)?;
    let (mut path, mut at) = (Vec::new(), start);
    let mut passed = HashSet::new();
    while passed.insert(at) {
        path.push(at);
        at = *needs[at].iter().find(|&&next| open[next] > 0)?;
    }
    let cycle = &path[path.iter().position(|&i| i == at)?..];
    let name = |&i: &usize| format!("`{}`", fleet.services[i].name.value);
    let mut names: Vec<_> = cycle.iter().take(SHOWN_OF_CYCLE).map(name).collect();
    if cycle.len() > SHOWN_OF_CYCLE {
        names.push(format!("{} more", cycle.len() - SHOWN_OF_CYCLE));
    }
    names.push(name(&cycle[0]));
    let service = &fleet.services[cycle[0]];
    let next = &fleet.services[*cycle.get(1).unwrap_or(&cycle[0])].name.value;
    let span = service.depends_on.iter().find(|d| d.value == *next).map_or(0..0, |d| d.span.clone());
    Some(
        Diagnostic::new(span, format!("services depend on each other in a cycle: {}", names.join(" -> ")))
            .hint("remove one of these dependencies"),
    )
}
