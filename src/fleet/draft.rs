//! One service: defaults, group and service laid over each other, typed, and filled in.

use std::num::NonZeroU32;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::at::At;
use super::bases::Bases;
use super::description::{FleetWide, ServiceTable};
use super::flaws::{Entries, Wrong};
use super::model::{Base, Health, NATIVE, Service};
use super::names::Known;
use super::place::Place;
use super::tree::{Layers, Value, take_kind, typed};
use super::words::{ImagePattern, Name};
use super::{health, service_checks, tree};
use crate::diagnostic::{Diagnostic, Span};
use crate::kinds::Kind;
use crate::path::AbsolutePath;

/// What was noted while one service was read.
#[derive(Default)]
pub(super) struct Noted {
    pub(super) form: Vec<Diagnostic>,
    pub(super) meaning: Vec<Diagnostic>,
    /// The name of a group that there is not.
    pub(super) group: Option<At<String>>,
}

/// What the base of a service is chosen from.
pub(super) struct Finish<'f, 'b> {
    pub(super) wide: &'f FleetWide,
    pub(super) bases: &'f mut Bases<'b>,
    pub(super) known: &'f Known<'f>,
}

impl Finish<'_, '_> {
    /// The base that a service names, or else the `usual` one of its kind. There is none if its entry is wrong, which is
    /// reported, or if there is no such entry.
    fn base(
        &mut self,
        name: &At<Name>,
        said: Option<&At<Name>>,
        usual: &str,
        entries: &Entries,
        mistakes: &mut Vec<Diagnostic>,
    ) -> Option<(Name, Base)> {
        let said = match said {
            Some(base) => At::new(base.as_str(), base.span.clone()),
            None => At::new(usual, name.span.clone()),
        };
        if entries.has("bases", said.value) {
            return None;
        }
        self.bases.find_or_tell(&said, self.known, mistakes)
    }
}

/// A service whose keys have their types, but whose open ends are not filled in.
pub(super) struct Draft {
    name: At<Name>,
    table: ServiceTable,
    kind: Option<Kind>,
    /// The keys that were wrong and are left out of `table`.
    wrong: Wrong,
    /// Texts that refer to environment variables.
    references: Vec<At<String>>,
}

impl Draft {
    /// Gives the keys their types. `again` gives `own` once more.
    pub(super) fn read<'i>(
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
        let kind = match take_kind::<Kind>(&mut table, &name.span, name.value) {
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

    /// Chooses the base, if there is one to choose. Services do it one after the other: a built-in base is among the
    /// fleet's from its first use.
    pub(super) fn choose(
        self,
        finish: &mut Finish<'_, '_>,
        entries: &Entries,
        mut mistakes: Vec<Diagnostic>,
    ) -> Chosen {
        let Self { name, table, kind, mut wrong, references } = self;
        let kind = kind.unwrap_or_else(|| {
            wrong.add(Wrong::KIND);
            Kind::placeholder()
        });
        if table.phase.is_none() && !finish.wide.fleet.phases.is_empty() && !wrong.has("phase") {
            mistakes.push(without_phase(&name));
            wrong.add("phase");
        }
        let program = kind.program();
        let mut base = finish.base(&name, table.base.as_ref(), program.base(), entries, &mut mistakes);
        if base.is_none() {
            wrong.add("base");
        }
        let Finish { wide, bases, .. } = finish;
        if wide.fleet.probe_base.is_none() && program.takes().is_of_a_tool() {
            bases.find(NATIVE, &name.span);
        }
        base = base.or_else(|| bases.find(program.base(), &name.span));
        Chosen { name, table, kind, base, wrong, references, mistakes }
    }
}

/// A service whose base is chosen, and what is wrong with it so far.
pub(super) struct Chosen {
    name: At<Name>,
    table: ServiceTable,
    kind: Kind,
    base: Option<(Name, Base)>,
    wrong: Wrong,
    references: Vec<At<String>>,
    mistakes: Vec<Diagnostic>,
}

impl Chosen {
    /// Fills in what is left open. A key that is wrong has a stand-in that is right, so that everything
    /// else of the service is looked at in the same run. What its keys mean for each other is checked later.
    pub(super) fn finish(self, wide: &FleetWide) -> (Option<(Service, Wrong)>, Vec<Diagnostic>) {
        let Self { name, table, kind, base, mut wrong, references, mut mistakes } = self;
        let image = image(&name, &table, wide).unwrap_or_else(|mistake| {
            mistakes.push(mistake);
            wrong.add("image");
            "wrong".parse().expect("an image")
        });
        let health = health(&name, &table, &wrong).unwrap_or_else(|found| {
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
        let Some((base_name, base)) = base else { return (None, mistakes) };
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
        (Some((service, wrong)), mistakes)
    }
}

/// The health check of a service, if every key is right that it is made from.
fn health(name: &At<Name>, table: &ServiceTable, wrong: &Wrong) -> Result<Health, Vec<Diagnostic>> {
    let asks_for_more =
        table.health.as_ref().is_some_and(|health| health.password.is_some() || health.unix.is_some());
    let looked_at = ["secrets", "secret_files", "secrets_as", "writable", "volumes", "tmp"];
    if wrong.has_any(["health", "ports"]) || asks_for_more && wrong.has_any(looked_at) {
        return Err(Vec::new());
    }
    health::resolve(name, table)
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
