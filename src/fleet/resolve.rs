//! From tables to services: defaults, group and service laid over each other, typed, and filled in.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::num::NonZeroU32;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::at::At;
use super::base_checks::{self, Found};
use super::bases::Bases;
use super::description::{FleetWide, ServiceTable};
use super::flaws::{Entries, Flaws, Wrong};
use super::model::{Fleet, Health, NATIVE, Service};
use super::names::{Known, Names};
use super::place::Place;
use super::tree::{Again, Layers, Tree, Value, name_filled_in, take_kind, typed};
use super::words::{ImagePattern, Name};
use super::{health, service_checks, tree, wide};
use crate::bases::Catalogue;
use crate::diagnostic::{Diagnostic, Span};
use crate::kinds::Kind;
use crate::parallel;
use crate::path::AbsolutePath;

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
    let names: Vec<At<&str>> = tables.iter().map(|(name, _)| name.clone()).collect();
    let again = Again::new(text);
    // Reading is most of the work and looks at nothing that a service says of another.
    let drafts = parallel::map(tables.into_iter().enumerate().collect(), |(place, (name, own))| {
        let mut noted = Noted::default();
        let read_again = || again.service(place);
        (Draft::read(&layers, &name, own, read_again, &mut noted), noted)
    });
    let mut services = Vec::with_capacity(names.len());
    for (name, (draft, noted)) in names.iter().zip(drafts) {
        noted.add_to(&mut resolved, &known);
        let Resolved { meaning, flaws, .. } = &mut resolved;
        let finished =
            draft.and_then(|draft| draft.finish(&wide, &flaws.entries, &mut bases, &known, meaning));
        let Some((service, wrong)) = finished else {
            flaws.lost.insert(name.value.to_owned());
            continue;
        };
        if !wrong.is_nothing() {
            flaws.services.insert(name.value.to_owned(), wrong);
        }
        services.push(service);
    }
    let Found { errors, doubts } = base_checks::all(&bases, &services, &resolved.flaws);
    resolved.meaning.extend(errors);
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

/// What was noted while one service was read.
#[derive(Default)]
struct Noted {
    form: Vec<Diagnostic>,
    meaning: Vec<Diagnostic>,
    /// The name of a group that there is not.
    group: Option<At<String>>,
}

impl Noted {
    fn add_to(self, resolved: &mut Resolved, known: &Known<'_>) {
        resolved.form.extend(self.form);
        resolved.meaning.extend(self.meaning);
        resolved.meaning.extend(self.group.map(|group| known.groups.unknown(&group, group.span.clone())));
    }
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

/// A service whose keys have their types, but whose open ends are not filled in.
struct Draft {
    name: At<Name>,
    table: ServiceTable,
    kind: Option<Kind>,
    /// The keys that were wrong and are left out of `table`.
    wrong: Wrong,
    /// Texts that refer to environment variables.
    references: Vec<At<String>>,
}

impl Draft {
    /// `again` gives `own` once more.
    fn read<'i>(
        layers: &Layers<'i>,
        name: &At<&'i str>,
        own: Value<'i>,
        again: impl FnOnce() -> Option<Value<'i>>,
        noted: &mut Noted,
    ) -> Option<Self> {
        let parsed = name.parse::<Name>();
        let parsed = parsed.map_err(|m| noted.form.push(Diagnostic::new(name.span.clone(), m))).ok();
        let mut wrong = Wrong::default();
        let group = layers.group_of(&own).unwrap_or_else(|unknown| {
            noted.group = Some(unknown);
            wrong = Wrong::but_for(layers.said_without_group(&own));
            None
        });
        let parsed = parsed?;
        let span = own.span();
        let DeValue::Table(mut table) = layers.under(own, name, group).into_inner() else {
            noted.form.push(Diagnostic::new(span, "a service is a table"));
            return None;
        };
        let mut references = Vec::new();
        table.values().for_each(|value| tree::references(value, &mut references));
        let kind = match take_kind::<Kind>(&mut table, &name.span) {
            Ok(kind) => kind.and_then(|kind| typed(kind).map_err(|m| noted.form.push(m)).ok()),
            // The group may be the one to say it.
            Err(_) if noted.group.is_some() => None,
            Err(mistake) => {
                noted.meaning.push(mistake);
                None
            }
        };
        let whole = Spanned::new(name.span.clone(), DeValue::Table(table));
        let table = typed(whole).unwrap_or_else(|_| {
            let table = again().map(|own| without_kind(layers.under(own, name, group))).unwrap_or_default();
            let (rest, mistakes) = without_mistakes(table, &name.span, &mut wrong);
            noted.form.extend(mistakes);
            rest
        });
        Some(Self { name: At::new(parsed, name.span.clone()), table, kind, wrong, references })
    }

    /// Fills in what is left open. A key that is wrong has a stand-in that is right, so that everything
    /// else of the service is looked at in the same run.
    fn finish(
        self,
        wide: &FleetWide,
        entries: &Entries,
        bases: &mut Bases<'_>,
        known: &Known<'_>,
        mistakes: &mut Vec<Diagnostic>,
    ) -> Option<(Service, Wrong)> {
        let Self { name, table, kind, mut wrong, references } = self;
        let kind = kind.unwrap_or_else(|| {
            wrong.add(Wrong::KIND);
            Kind::placeholder()
        });
        if table.phase.is_none() && !wide.fleet.phases.is_empty() && !wrong.has("phase") {
            mistakes.push(without_phase(&name));
            wrong.add("phase");
        }
        let usual = At::new(kind.program().base(), name.span.clone());
        let said = table.base.as_ref().map(|base| At::new(base.as_str(), base.span.clone()));
        let said = said.as_ref().unwrap_or(&usual);
        let mut base = None;
        if !entries.has("bases", said.value) {
            base = bases.find_or_tell(said, known, mistakes);
        }
        if base.is_none() {
            wrong.add("base");
            base = bases.find(usual.value, &usual.span);
        }
        if wide.fleet.probe_base.is_none() && kind.program().takes().is_of_a_tool() {
            bases.find(NATIVE, &name.span);
        }
        let image = image(&name, &table, wide).unwrap_or_else(|mistake| {
            mistakes.push(mistake);
            wrong.add("image");
            "wrong".parse().expect("an image")
        });
        let asks_for_more =
            table.health.as_ref().is_some_and(|health| health.password.is_some() || health.unix.is_some());
        let looked_at = ["secrets", "secret_files", "secrets_as", "writable", "volumes", "tmp"];
        let health = (!(wrong.has_any(["health", "ports"]) || asks_for_more && wrong.has_any(looked_at)))
            .then(|| health::resolve(&name, &table));
        let health = health.unwrap_or(Err(Vec::new())).unwrap_or_else(|found| {
            mistakes.extend(found);
            wrong.add("health");
            Health::None("wrong".parse().expect("a line"))
        });
        let place = Place::of(&name, &table, kind.program().directory());
        let sources = place.sources(&table.sources).unwrap_or_else(|found| {
            mistakes.extend(found);
            wrong.add("sources");
            Vec::new()
        });
        mistakes.extend(service_checks::same_port(&table.ports));
        let (base_name, base) = base?;
        let kept: Vec<AbsolutePath> = table.volumes.iter().map(|at| at.value.clone()).collect();
        let service = Service {
            phase: table.phase.as_ref().map_or(1, |phase| phase.value.get()),
            is_recorded_as_built: table.status.is_some(),
            image,
            dockerfile: place.dockerfile(&name, table.dockerfile),
            directory: place.directory,
            base_name,
            base,
            kind,
            sources,
            programs: table.programs,
            ports: table.ports.iter().map(|port| port.value).collect(),
            publish: table.publish,
            health,
            env: table.env,
            settings: table.settings,
            secrets: table.secrets,
            secret_files: table.secret_files,
            secrets_as: table.secrets_as.unwrap_or_default(),
            writable_size: table.writable_size,
            writable: table.writable.into_iter().filter(|at| !kept.contains(&at.value)).collect(),
            volumes: table.volumes,
            image_only: table.image_only,
            tmp: table.tmp,
            memory: table.memory,
            cpus: table.cpus,
            pids: table.pids.map(NonZeroU32::get),
            networks: table.networks,
            extra: table.extra,
            references,
            before: table.before,
            depends_on: table.depends_on,
            labels: table.labels,
            name,
        };
        mistakes.extend(service_checks::within(&service, &wrong));
        Some((service, wrong))
    }
}

/// The table of a service that is known to be one, but for its kind.
fn without_kind(service: Value<'_>) -> DeTable<'_> {
    let DeValue::Table(mut table) = service.into_inner() else { return DeTable::new() };
    for kind in tree::variants::<Kind>() {
        table.remove(*kind);
    }
    table
}

/// Reads the keys of a service one by one, so that one that is wrong does not hide what is wrong
/// with the others.
fn without_mistakes(
    table: DeTable<'_>,
    service: &Span,
    wrong: &mut Wrong,
) -> (ServiceTable, Vec<Diagnostic>) {
    let mut right = DeTable::new();
    let mut mistakes = Vec::new();
    for (key, value) in table {
        let mut alone = DeTable::new();
        alone.insert(key.clone(), value.clone());
        match typed::<ServiceTable>(Spanned::new(service.clone(), DeValue::Table(alone))) {
            Ok(_) => drop(right.insert(key, value)),
            Err(mistake) => {
                wrong.add(key.get_ref());
                mistakes.push(mistake);
            }
        }
    }
    let rest = typed(Spanned::new(service.clone(), DeValue::Table(right)));
    (rest.unwrap_or_default(), mistakes)
}

fn without_phase(name: &At<Name>) -> Diagnostic {
    let message = format!("the key `phase` of service `{}` is missing", name.value);
    Diagnostic::new(name.span.clone(), message).hint("add one, such as `phase = 1`")
}

/// The names of images in a fleet that says nothing about them.
fn usual_image(wide: &FleetWide, name: &At<Name>) -> Result<ImagePattern, Diagnostic> {
    format!("{}/{{name}}", wide.fleet.name).parse().map_err(|_| {
        let message = format!("`{}` is not the start of an image name", wide.fleet.name);
        Diagnostic::new(name.span.clone(), message).hint("set `image` of [fleet], such as `shop/{name}`")
    })
}

fn image(
    name: &At<Name>,
    table: &ServiceTable,
    wide: &FleetWide,
) -> Result<crate::image::ImageReference, Diagnostic> {
    let (pattern, span) = match (&table.image, &wide.fleet.image) {
        (Some(own), _) => (own.value.clone(), own.span.clone()),
        (None, Some(of_fleet)) => (of_fleet.clone(), name.span.clone()),
        (None, None) => (usual_image(wide, name)?, name.span.clone()),
    };
    let tag = table.tag.as_ref().map_or(&wide.fleet.tag, |tag| &tag.value);
    let text = format!("{}:{tag}", pattern.as_str().replace("{name}", name.as_str()));
    text.parse().map_err(|error: crate::image::ImageReferenceError| Diagnostic::new(span, error.to_string()))
}
