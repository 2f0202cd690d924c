//! From what was found to services with names of their own.

use std::collections::{BTreeMap, BTreeSet};

use super::compose::Service;
use super::hosts::Hosts;
use super::units::Unit;
use super::view::View;
use super::{
    Found, Key, Proposal, Unknown, environment, files, health, image, name, needs, ports, publish, shown,
};

/// The proposals, each with a name of its own.
pub(super) fn named(
    view: &View,
    root: &str,
    found: Vec<(Unit, Found)>,
    services: &[Service],
    unknowns: &mut Vec<Unknown>,
) -> Vec<Proposal> {
    let mut taken = BTreeSet::new();
    let mut names: BTreeMap<(String, String), String> = BTreeMap::new();
    let mut proposals = Vec::new();
    for (unit, found) in found {
        let wanted = if unit.name.is_empty() { root } else { unit.name.as_str() };
        let near = found.member.as_ref().unwrap_or(&found.directory);
        let name = name::unique(wanted, near, &taken);
        taken.insert(name.clone());
        for service in unit.compose.iter().chain(&unit.same) {
            names.insert((service.file.clone(), service.name.clone()), name.clone());
        }
        let mut proposal = proposal(view, &unit, found, name);
        let lost = image::lost(view, &unit, &proposal).into_iter().chain(needs::unknown(view, &proposal));
        let service = proposal.name.clone();
        proposal.unknowns.extend(lost.map(|(key, why)| Unknown { service: service.clone(), key, why }));
        unknowns.extend(proposal.unknowns.iter().cloned());
        if !proposal.keys.iter().any(|key| key.name == "ports") {
            let why =
                "no file names a port: if it listens, say where, and how to ask for its health".to_owned();
            unknowns.push(Unknown { service: proposal.name.clone(), key: "ports", why });
        }
        proposals.push((unit, proposal));
    }
    let hosts = Hosts::new(services, names);
    let mut all: Vec<Proposal> = Vec::new();
    for (unit, mut proposal) in proposals {
        if let Some(service) = &unit.compose {
            let (known, gone) = hosts.depends_on(service);
            proposal.depends_on = known.into_iter().filter(|name| *name != proposal.name).collect();
            unknowns.extend(hosts.rename(service, &mut proposal, &gone));
            unknowns.extend(gone.into_iter().map(|name| {
                let why = format!("it depends on {name} of {}, which is not described", service.file);
                Unknown { service: proposal.name.clone(), key: "depends_on", why }
            }));
        }
        all.push(proposal);
    }
    publish::settle(&mut all, Vec::new(), unknowns);
    // Nothing can wait for a service without a health check.
    let is_blind =
        |p: &Proposal| p.keys.iter().any(|key| key.name == "health" && key.value.get("none").is_some());
    let blind: BTreeSet<String> = all.iter().filter(|p| is_blind(p)).map(|p| p.name.clone()).collect();
    for proposal in &mut all {
        for name in proposal.depends_on.extract_if(.., |name| blind.contains(name)) {
            let why = format!("it depends on {name}, which has no health check");
            unknowns.push(Unknown { service: proposal.name.clone(), key: "depends_on", why });
        }
    }
    all
}

/// What is known of one.
pub(super) fn proposal(view: &View, unit: &Unit, mut found: Found, name: String) -> Proposal {
    let listens = ports::of(view, unit, &found);
    let number = listens.as_ref().map(|listens| listens.port);
    let (health, not_asked) = health::of(view, unit, &found, number);
    found.unknowns.extend(not_asked.map(|why| ("health", why)));
    let mut keys = vec![Key::sure("directory", shown(&found.directory))];
    let mut listens = listens;
    let published = publish::of(unit, &mut found, listens.as_mut().map(|listens| &mut listens.key));
    if let Some(listens) = listens {
        keys.push(listens.key);
        found.unknowns.extend(listens.doubt.map(|doubt| ("ports", doubt)));
    }
    keys.extend(published);
    keys.push(health);
    keys.extend(files::around(view, unit, &mut found));
    keys.extend(environment::keys(view, unit, &found, number));
    keys.extend(unit.compose.iter().flat_map(|service| service.rest.keys.iter().cloned()));
    keys.extend(image::keys(unit));
    keys.append(&mut found.keys);
    found.unknowns.extend(lost(unit, found.kind == "static").map(|lost| ("compose", lost)));
    found.unknowns.extend(environment::unknowns(unit));
    found.unknowns.extend(unit.start.as_ref().err().map(|why| ("start", why.clone())));
    let lost = unit.started().into_iter().filter(|_| found.kind != "static").flat_map(|start| &start.lost);
    found.unknowns.extend(lost.map(|why| ("start", why.clone())));
    // Python runs them, and the other kinds have no key for it.
    let before = unit.started().into_iter().filter(|_| !matches!(found.kind, "static" | "python"));
    let before = before.flat_map(|start| &start.before);
    found
        .unknowns
        .extend(before.map(|words| ("before", format!("`{}` runs before the program", words.join(" ")))));
    let unknown =
        |(key, why): &(&'static str, String)| Unknown { service: name.clone(), key, why: why.clone() };
    Proposal {
        unknowns: found.unknowns.iter().map(unknown).collect(),
        name,
        member: found.member.unwrap_or_else(|| found.directory.clone()),
        is_named: unit.compose.is_some(),
        directory: found.directory,
        kind: found.kind,
        keys,
        table: found.table,
        depends_on: Vec::new(),
        not_yet: found.not_yet,
    }
}

/// What the Compose file says of a service and its entry does not.
fn lost(unit: &Unit, is_site: bool) -> Option<String> {
    let service = unit.compose.as_ref()?;
    let mut lost = service.rest.lost.clone();
    // The server of a site is another one, which reads none of them.
    if is_site && !service.environment.is_empty() {
        let names: Vec<&str> = service.environment.keys().map(String::as_str).collect();
        lost.push(format!("environment ({})", names.join(", ")));
    }
    (!lost.is_empty()).then(|| format!("not carried over from {}: {}", service.file, lost.join(", ")))
}
