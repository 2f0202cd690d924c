//! From tables to a fleet: the tables beside the services, each service (`draft`), and what they have in common.

use std::borrow::Cow;
use std::collections::BTreeSet;

use toml::Spanned;
use toml::de::DeValue;

use super::at::At;
use super::base_checks::{self, Found};
use super::bases::Bases;
use super::description::{FleetWide, ServiceTable};
use super::draft::{Draft, Finish, Noted};
use super::flaws::Flaws;
use super::model::{Fleet, Service};
use super::names::{Known, Names};
use super::tree::{Again, Layers, NamedTables, Tree, name_filled_in, typed};
use super::words::Name;
use super::{service_checks, tree, wide};
use crate::bases::Catalogue;
use crate::diagnostic::Diagnostic;
use crate::kinds::Kind;
use crate::parallel;

/// What came of giving a description its types.
#[derive(Default)]
pub(super) struct Resolved {
    /// The fleet; `None` if its own tables are beyond reading. What is wrong has a stand-in.
    pub fleet: Option<Fleet>,
    /// What has a stand-in, or is not there at all.
    pub flaws: Flaws,
    /// What does not have its type.
    pub form: Vec<Diagnostic>,
    /// What has its type and is wrong all the same.
    pub meaning: Vec<Diagnostic>,
}

/// Gives the whole description its types.
pub(super) fn fleet<'i>(tree: Tree<'i>, text: &'i str) -> Resolved {
    let mut resolved = Resolved::default();
    let Tree { wide, layers, services: tables } = tree;
    unused_parts(&layers, &mut resolved.form);
    let Some(wide) = wide::read(wide, &mut resolved.flaws.entries, &mut resolved.form) else {
        return resolved;
    };
    // What is known of an image decides what is wrong with the services that are based on it.
    if resolved.flaws.entries.has_any_of("catalogue") {
        return resolved;
    }
    let catalogue = catalogue(&wide).unwrap_or_else(|mistake| {
        resolved.meaning.push(mistake);
        Cow::Borrowed(Catalogue::builtin())
    });
    let mut bases = Bases::new(&wide.bases, catalogue.as_ref());
    let built_in = Catalogue::builtin().pairs().keys().map(String::as_str);
    let mut base_names: BTreeSet<&str> = wide.bases.keys().map(Name::as_str).collect();
    base_names.extend(built_in);
    let known = Known {
        bases: Names::new("base", base_names.into_iter()),
        groups: Names::new("group", layers.groups.keys().copied()),
    };

    if let Some(name) = wide.fleet.probe_base.as_ref()
        && !resolved.flaws.entries.has("bases", name.as_str())
        && bases.find(name.as_str(), &name.span).is_none()
    {
        resolved.meaning.push(known.bases.unknown(name.as_str(), name.span.clone()));
    }
    let services = services(
        tables,
        &layers,
        text,
        &mut resolved,
        Finish { wide: &wide, bases: &mut bases, known: &known },
    );
    let Found { errors, mut doubts } = base_checks::all(&bases, &services, &resolved.flaws);
    resolved.meaning.extend(errors);
    doubts.extend(services.iter().filter_map(service_checks::other_port));
    let bases = bases.used;
    let FleetWide { fleet, tools, networks, .. } = wide;
    resolved.fleet = Some(Fleet {
        name: fleet.name,
        source: fleet.source,
        licenses: fleet.licenses,
        registry: fleet.registry,
        platforms: fleet.platforms,
        user: fleet.user,
        probe_base: fleet.probe_base.map(|name| name.value),
        tree: fleet.output.back(),
        output: fleet.output,
        compose: fleet.compose,
        lock_age: fleet.lock_age,
        phases: fleet.phases,
        also_built: fleet.also_built,
        catalogue,
        tools,
        bases,
        doubts,
        networks,
        services,
    });
    resolved
}

/// Gives the services their types. One that has no name, or is no table, is lost.
fn services<'i>(
    tables: NamedTables<'i>,
    layers: &Layers<'i>,
    text: &'i str,
    resolved: &mut Resolved,
    mut finish: Finish<'_, '_>,
) -> Vec<Service> {
    let names: Vec<At<&str>> = tables.iter().map(|(name, _)| name.clone()).collect();
    let again = Again::new(text);
    // Reading is most of the work and looks at nothing that a service says of another.
    let drafts = parallel::map(tables.into_iter().enumerate().collect(), |(place, (name, own))| {
        let mut noted = Noted::default();
        let read_again = || again.service(place);
        (Draft::read(layers, &name, own, read_again, &mut noted), noted)
    });
    let mut chosen = Vec::with_capacity(names.len());
    for (draft, noted) in drafts {
        resolved.form.extend(noted.form);
        let mut mistakes = noted.meaning;
        let unknown = |group: At<String>| finish.known.groups.unknown(&group, group.span.clone());
        mistakes.extend(noted.group.map(unknown));
        chosen.push(match draft {
            Some(draft) => Ok(draft.choose(&mut finish, &resolved.flaws.entries, mistakes)),
            None => Err(mistakes),
        });
    }
    let wide = finish.wide;
    let finished = parallel::map(chosen, |chosen| {
        let (service, mistakes) =
            chosen.map_or_else(|mistakes| (None, mistakes), |chosen| chosen.finish(wide));
        let within = service.as_ref().map(|(service, wrong)| service_checks::within(service, wrong));
        (service, mistakes, within.unwrap_or_default())
    });
    let (mut services, mut within) = (Vec::with_capacity(names.len()), Vec::new());
    for (name, (service, mistakes, of_its_keys)) in names.iter().zip(finished) {
        resolved.meaning.extend(mistakes);
        within.extend(of_its_keys);
        let Some((service, wrong)) = service else {
            resolved.flaws.lost.insert(name.value.to_owned());
            continue;
        };
        if !wrong.is_nothing() {
            resolved.flaws.services.insert(service.name.to_string(), wrong);
        }
        services.push(service);
    }
    resolved.meaning.extend(within);
    services
}

/// Defaults and groups are read by themselves too, so that a mistake in one is found even when no
/// service uses it.
fn unused_parts(layers: &Layers<'_>, mistakes: &mut Vec<Diagnostic>) {
    for part in layers.defaults.iter().chain(layers.groups.values()) {
        let Some(table) = part.get_ref().as_table() else {
            mistakes.push(Diagnostic::new(part.span(), "expected a table"));
            continue;
        };
        if let Some((key, _)) = table.get_key_value("group") {
            let mistake = Diagnostic::new(key.span(), "only a service has a group");
            mistakes.push(mistake.hint("remove it, or use the group in a service"));
        }
        let mut table = table.clone();
        for kind in tree::variants::<Kind>() {
            table.remove(*kind);
        }
        let rest = Spanned::new(part.span(), DeValue::Table(table));
        if let Err(mistake) = typed::<ServiceTable>(name_filled_in(&rest, "name")) {
            mistakes.push(mistake);
        }
    }
}

fn catalogue(wide: &FleetWide) -> Result<Cow<'static, Catalogue>, Diagnostic> {
    if wide.catalogue.is_empty() {
        return Ok(Cow::Borrowed(Catalogue::builtin()));
    }
    let added = wide.catalogue.iter().map(|(name, entry)| (name.clone(), entry.value.clone())).collect();
    Catalogue::builtin().with(&added).map(Cow::Owned).map_err(|error| {
        let span = wide.catalogue.get(error.entry()).map_or(0..0, |entry| entry.span.clone());
        let mistake = Diagnostic::new(span, error.to_string());
        match error.hint() {
            Some(hint) => mistake.hint(hint),
            None => mistake,
        }
    })
}
