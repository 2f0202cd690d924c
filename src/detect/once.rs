//! Each program once.

use std::collections::{BTreeMap, BTreeSet};

use super::Found;
use super::dockerfile::is_for_development;
use super::units::Unit;

/// Each program once. Compose files start one in several ways; other Dockerfiles of it are mostly for development.
pub(super) fn once(found: &mut Vec<(Unit, Found)>) {
    // A compiled program without arguments beside the same with some is a variant of its image.
    let program = |found: &Found| {
        let keys = found.table.iter().filter(|key| matches!(key.name, "package" | "bin"));
        let keys: Vec<String> = keys.map(|key| key.value.to_string()).collect();
        (found.kind, found.member.clone(), keys)
    };
    let has_arguments = |found: &Found| found.table.iter().any(|key| key.name == "arguments");
    let told: BTreeSet<_> =
        found.iter().filter(|(_, found)| has_arguments(found)).map(|(_, found)| program(found)).collect();
    found.retain(|(unit, found)| {
        let is_compiled = matches!(found.kind, "go" | "rust");
        let is_variant = is_compiled && unit.is_built() && unit.compose.is_none() && !has_arguments(found);
        !is_variant || !told.contains(&program(found))
    });
    // An image without a command beside one that starts the program of its directory makes something of its sources.
    let of = |found: &Found| (found.directory.clone(), found.kind);
    let started: BTreeSet<_> =
        found.iter().filter(|(unit, _)| unit.argv().is_some()).map(|(_, found)| of(found)).collect();
    found.retain(|(unit, found)| {
        let is_started = unit.argv().is_some() || unit.compose.is_some() || !unit.is_built();
        is_started || !started.contains(&of(found))
    });
    let mut programs = BTreeMap::new();
    let mut commands = BTreeSet::new();
    let mut roles = BTreeMap::new();
    let mut kept: Vec<(Unit, Found)> = Vec::new();
    for (unit, found) in std::mem::take(found) {
        let keys: Vec<String> = found.table.iter().map(|key| format!("{} {}", key.name, key.value)).collect();
        let program = (found.directory.clone(), found.kind, keys);
        let first = *programs.entry(program.clone()).or_insert(kept.len());
        let command = unit.argv().map(<[String]>::to_vec);
        let is_new_command = unit.compose.is_some() && commands.insert((program.clone(), command));
        // Variables of services that run side by side tell what each of them does.
        let role = unit.compose.as_ref().filter(|service| !is_for_development(&service.name));
        let is_new_role = role.is_some_and(|service| {
            let file = roles.entry(program).or_insert_with(|| (service.file.clone(), Vec::new()));
            let is_new = file.0 == service.file && !file.1.contains(&service.environment);
            if is_new {
                file.1.push(service.environment.clone());
            }
            is_new
        });
        if first == kept.len() || is_new_command || is_new_role {
            kept.push((unit, found));
        } else {
            kept[first].0.same.extend(unit.compose);
        }
    }
    *found = kept;
}
