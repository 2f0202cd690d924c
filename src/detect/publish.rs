//! The key `publish`: what Compose publishes on the host, as far as the program listens there.

use std::collections::BTreeMap;

use serde_json::json;

use super::dockerfile::DEBUGGERS;
use super::{Found, Key, Proposal, Unit, Unknown};
use crate::fleet::words::Publish;

/// The key, and other ports that the program listens on, which are added to `ports`. What cannot be published is
/// added to the unknowns.
pub(super) fn of(unit: &Unit, found: &mut Found, ports: Option<&mut Key>) -> Option<Key> {
    let service = unit.compose.as_ref()?;
    let said = |what: &str| ("publish", format!("{} publishes {what}", service.file));
    let mut lost: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (written, why) in &service.unpublished {
        lost.entry(why).or_default().push(written);
    }
    found.unknowns.extend(lost.iter().map(|(why, all)| said(&format!("{}: {why}", all.join(", ")))));
    let (debuggers, published): (Vec<_>, Vec<_>) =
        service.published.iter().partition(|one| DEBUGGERS.contains(&one.container));
    found.unknowns.extend(debuggers.iter().map(|one| said(&format!("{}, where debuggers listen", one.host))));
    let ports = ports?;
    let mut known: Vec<u16> =
        ports.value.as_array()?.iter().filter_map(|port| port.as_u64()?.try_into().ok()).collect();
    let mut values = Vec::new();
    let mut written = Vec::new();
    if found.kind == "static" {
        // Another server serves the site, on a port of its own.
        let port = *known.first()?;
        let main = published.iter().position(|one| one.container == 80 || one.container == port).unwrap_or(0);
        for (at, one) in published.iter().enumerate() {
            if at == main {
                values.push(one.value(port));
                written.extend(&one.variable);
            } else {
                found
                    .unknowns
                    .push(said(&format!("{}, and the server of the site listens on {port}", one.host)));
            }
        }
    } else {
        // Where it listens elsewhere than Compose says, that is listed with the ports.
        if !published.iter().any(|one| known.contains(&one.container)) {
            return None;
        }
        for one in published {
            if !known.contains(&one.container) {
                known.push(one.container);
            }
            values.push(one.value(one.container));
            written.extend(&one.variable);
        }
        ports.value = known.into();
    }
    let written: Vec<&str> = written.into_iter().map(String::as_str).collect();
    let guess = (!written.is_empty()).then(|| format!("{} says {}", service.file, written.join(", ")));
    (!values.is_empty()).then(|| Key { name: "publish", value: json!(values), guess })
}

/// Takes from services the ports of the host that others publish, and lists them. `taken` are those of services that
/// are there, with their names.
pub fn settle(services: &mut [Proposal], mut taken: Vec<(String, Publish)>, unknowns: &mut Vec<Unknown>) {
    for proposal in services {
        let Some(at) = proposal.keys.iter().position(|key| key.name == "publish") else { continue };
        let name = &proposal.name;
        let Some(values) = proposal.keys[at].value.as_array_mut() else { continue };
        values.retain(|value| {
            let text = value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
            let Ok(own) = text.parse::<Publish>() else { return true };
            let Some((other, _)) = taken.iter().find(|(_, theirs)| theirs.overlaps(&own)) else {
                taken.push((name.clone(), own));
                return true;
            };
            // Compose may say one port twice.
            if other != name {
                let why = format!("host port {} is not published: {other} publishes it", own.host);
                unknowns.push(Unknown { service: name.clone(), key: "publish", why });
            }
            false
        });
        if values.is_empty() {
            proposal.keys.remove(at);
        }
    }
}
