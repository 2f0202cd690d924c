//! Strings of services.toml that name packages or paths of a base that moves.

use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::super::handwritten::Outcome;
use super::super::packages::missing;
use super::super::shift::{Findings, Shift};
use super::{string, table};
use crate::bases::renamed;
use crate::diagnostic::{Diagnostic, Span};
use crate::dockerfile::Edit;
use crate::fleet::Fleet;

/// What the moves mean for the strings of services, groups and defaults: package names and paths.
pub(super) fn words(
    text: &str,
    document: &DeTable<'_>,
    fleet: &Fleet,
    shifts: &BTreeMap<String, Shift>,
    outcome: &mut Outcome,
) {
    let shift_of = |name: &str| {
        let service = fleet.service(name)?;
        Some(shifts.get(service.base_name.as_str()).cloned().unwrap_or_default())
    };
    let of_services = |names: Vec<String>| names.iter().filter_map(|name| shift_of(name)).collect::<Vec<_>>();
    let services = table(document, "services");
    if let Some(services) = services {
        for (name, service) in services {
            below(text, service, None, &of_services(vec![name.get_ref().to_string()]), outcome);
        }
    }
    let members = |group: Option<&str>| {
        let services = services.into_iter().flat_map(|table| table.iter());
        let own = |service: &Spanned<DeValue<'_>>| {
            service
                .get_ref()
                .as_table()
                .and_then(|table| table.get("group")?.get_ref().as_str().map(str::to_owned))
        };
        let belongs = services.filter(|(_, service)| group.is_none() || own(service).as_deref() == group);
        of_services(belongs.map(|(name, _)| name.get_ref().to_string()).collect())
    };
    if let Some(groups) = table(document, "groups") {
        for (name, group) in groups {
            below(text, group, None, &members(Some(name.get_ref())), outcome);
        }
    }
    if let Some(defaults) = document.get("defaults") {
        below(text, defaults, None, &members(None), outcome);
    }
}

/// Looks through the strings below a value. `shifts` are those of all services that it concerns.
fn below(
    text: &str,
    value: &Spanned<DeValue<'_>>,
    key: Option<&str>,
    shifts: &[Shift],
    outcome: &mut Outcome,
) {
    match value.get_ref() {
        DeValue::Table(table) => {
            for (key, value) in table {
                below(text, value, Some(key.get_ref()), shifts, outcome);
            }
        }
        DeValue::Array(items) => {
            for item in items {
                below(text, item, key, shifts, outcome);
            }
        }
        DeValue::String(_) => {
            let Some((place, content)) = string(text, value) else { return };
            // A path into the sources, a requirement, an address: nothing of the base's.
            if matches!(key, Some("requirements" | "sources" | "from" | "image" | "base" | "group")) {
                return;
            }
            let mut found: Vec<Findings> =
                shifts.iter().map(|shift| of_string(text, &place, content, key, shift)).collect();
            let Some(last) = found.pop() else { return };
            if found.iter().all(|other| other.edits == last.edits) {
                outcome.edits.extend(last.edits);
                outcome.notes.extend(last.notes);
            } else {
                let message = "services whose bases move differently share this";
                outcome.notes.push(Diagnostic::new(place, message).hint("set it in each service instead"));
            }
        }
        _ => {}
    }
}

fn of_string(text: &str, place: &Span, content: &str, key: Option<&str>, shift: &Shift) -> Findings {
    let mut found = Findings::default();
    match (key, &shift.debian) {
        (Some("packages" | "build_packages"), Some((old, new))) => match renamed(content, old, new) {
            Some(other) => found.edits.push(Edit::new(place.clone(), other)),
            None => found.notes.extend(missing(content, place, new)),
        },
        // Distributions of Python and their versions.
        (Some("packages"), None) => {}
        _ => shift.scan(text, place, &mut found),
    }
    found
}
