//! From tables to services: defaults, group and service laid over each other, typed, and filled in.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};
use std::num::NonZeroU32;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::at::At;
use super::base_checks::{self, Pair};
use super::description::{BaseTable, FleetWide, ServiceTable, Source};
use super::model::{Base, CopiedSource, Fleet, Service};
use super::names::Names;
use super::tree::{Again, Layers, Tree, Value, name_filled_in, take_kind, typed};
use super::words::Name;
use super::{health, service_checks, tree};
use crate::bases::Catalogue;
use crate::diagnostic::{Diagnostic, Span};
use crate::kinds::Kind;
use crate::parallel;
use crate::path::{AbsolutePath, RelativePath};

/// The directory that programs and their sources live in.
pub(super) const APP: &str = "/app";

/// What came of giving a description its types.
#[derive(Default)]
pub(super) struct Resolved<'i> {
    /// The fleet, with the services that are right by themselves; `None` if its own tables are wrong.
    pub fleet: Option<Fleet>,
    /// The services that are not among them.
    pub broken: HashSet<&'i str>,
    /// What does not have its type.
    pub form: Vec<Diagnostic>,
    /// What has its type and is wrong all the same.
    pub meaning: Vec<Diagnostic>,
}

/// Gives the whole description its types.
pub(super) fn fleet<'i>(tree: Tree<'i>, text: &'i str) -> Resolved<'i> {
    let mut resolved = Resolved::default();
    let Tree { wide, layers, services: tables } = tree;
    unused_parts(&layers, &mut resolved.form);
    let wide: FleetWide = match typed(wide) {
        Ok(wide) => wide,
        Err(mistake) => {
            resolved.form.push(mistake);
            return resolved;
        }
    };
    let catalogue = catalogue(&wide).unwrap_or_else(|mistake| {
        resolved.meaning.push(mistake);
        Cow::Borrowed(Catalogue::builtin())
    });
    let pairs: BTreeMap<Name, Pair> =
        wide.bases.iter().map(|(name, table)| (name.clone(), Pair::find(table, &catalogue))).collect();
    let bases: BTreeMap<Name, At<Base>> =
        wide.bases.iter().map(|(name, table)| (name.clone(), base(table, &pairs[name]))).collect();
    let known = Known {
        bases: Names::new("base", bases.keys().map(Name::as_str)),
        groups: Names::new("group", layers.groups.keys().copied()),
    };

    if let Some(name) = wide.fleet.probe_base.as_ref().filter(|name| !bases.contains_key(&name.value)) {
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
        let service = draft.and_then(|draft| draft.finish(&wide, &bases, &known, &mut resolved.meaning));
        match service {
            Some(service) => services.push(service),
            None => drop(resolved.broken.insert(name.value)),
        }
    }
    resolved.meaning.extend(base_checks::clashes(&bases, &pairs, &services));
    let FleetWide { fleet, networks, .. } = wide;
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
        bases,
        networks,
        services,
    });
    resolved
}

/// The names that a service may refer to while it is read by itself.
struct Known<'a> {
    bases: Names<'a>,
    groups: Names<'a>,
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
    fn add_to(self, resolved: &mut Resolved<'_>, known: &Known<'_>) {
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
            mistakes.push(mistake.hint("take it away, or name the group in the services"));
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

fn base(table: &At<BaseTable>, known: &Pair) -> At<Base> {
    let interpreter = known.run.as_ref().and_then(|run| run.interpreters.first().cloned());
    let root = |user: &str| matches!(user.split(':').next(), Some("" | "0" | "root"));
    let build_user = known.build.as_ref().map(|build| build.user.clone()).filter(|user| !root(user));
    let base = Base { build: table.build.clone(), run: table.run.clone(), interpreter, build_user };
    At::new(base, table.span.clone())
}

/// A service whose keys have their types, but whose open ends are not filled in.
struct Draft {
    name: At<Name>,
    table: ServiceTable,
    kind: Option<Kind>,
    /// The keys that were wrong and are left out of `table`.
    dropped: Vec<String>,
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
        let group = layers.group_of(&own).map_err(|unknown| noted.group = Some(unknown)).ok();
        let (parsed, group) = (parsed?, group?);
        let span = own.span();
        let DeValue::Table(mut table) = layers.under(own, name, group).into_inner() else {
            noted.form.push(Diagnostic::new(span, "a service is a table"));
            return None;
        };
        let kind = match take_kind::<Kind>(&mut table, &name.span) {
            Ok(kind) => kind.and_then(|kind| typed(kind).map_err(|m| noted.form.push(m)).ok()),
            Err(mistake) => {
                noted.meaning.push(mistake);
                None
            }
        };
        let mut dropped = Vec::new();
        let whole = Spanned::new(name.span.clone(), DeValue::Table(table));
        let table = typed(whole).unwrap_or_else(|_| {
            let table = again().map(|own| without_kind(layers.under(own, name, group))).unwrap_or_default();
            let (rest, mistakes) = without_mistakes(table, &name.span, &mut dropped);
            noted.form.extend(mistakes);
            rest
        });
        Some(Self { name: At::new(parsed, name.span.clone()), table, kind, dropped })
    }

    /// Fills in what is left open. A key that was left out as wrong is taken for right here, and so
    /// is whatever depends on it.
    fn finish(
        self,
        wide: &FleetWide,
        bases: &BTreeMap<Name, At<Base>>,
        known: &Known<'_>,
        mistakes: &mut Vec<Diagnostic>,
    ) -> Option<Service> {
        let Self { name, table, kind, dropped } = self;
        let before = mistakes.len();
        let was_wrong = |key: &str| dropped.iter().any(|dropped| dropped == key);
        let needed = [
            ("phase", table.phase.is_none() && !wide.fleet.phases.is_empty()),
            ("dockerfile", table.dockerfile.is_none()),
            ("base", table.base.is_none()),
        ];
        let absent = needed.into_iter().filter(|(key, absent)| *absent && !was_wrong(key));
        mistakes.extend(absent.map(|(key, _)| missing(&name, key)));
        let base = table.base.as_ref().and_then(|base| {
            let found = bases.get(&base.value);
            if found.is_none() {
                mistakes.push(known.bases.unknown(base.as_str(), base.span.clone()));
            }
            found
        });
        let mut note = |mistake| mistakes.push(mistake);
        let image = image(&name, &table, wide).map_err(&mut note);
        let health = if was_wrong("health") || was_wrong("ports") {
            None
        } else {
            health::resolve(&name, table.health.as_ref(), &table.ports).map_err(&mut note).ok()
        };
        let sources = sources(&table.sources).map_err(|found| mistakes.extend(found));
        if mistakes.len() > before || !dropped.is_empty() {
            return None;
        }
        let kept: Vec<AbsolutePath> = table.volumes.iter().map(|at| at.value.clone()).collect();
        let service = Service {
            phase: table.phase.as_ref().map_or(1, |phase| phase.value.get()),
            status: table.status.unwrap_or(super::description::Status::Missing),
            image: image.ok()?,
            dockerfile: table.dockerfile?,
            base_name: table.base?.value,
            base: base?.value.clone(),
            kind: kind?,
            sources: sources.ok()?,
            programs: table.programs,
            ports: table.ports.iter().map(|port| port.value).collect(),
            publish: table.publish,
            health: health?,
            env: table.env,
            settings: table.settings,
            secrets: table.secrets,
            writable: table.writable.into_iter().filter(|at| !kept.contains(&at.value)).collect(),
            volumes: table.volumes,
            image_only: table.image_only,
            tmp: table.tmp,
            memory: table.memory,
            cpus: table.cpus,
            pids: table.pids.map(NonZeroU32::get),
            networks: table.networks,
            depends_on: table.depends_on,
            labels: table.labels,
            name,
        };
        mistakes.extend(service_checks::within(&service));
        (mistakes.len() == before).then_some(service)
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
    dropped: &mut Vec<String>,
) -> (ServiceTable, Vec<Diagnostic>) {
    let mut right = DeTable::new();
    let mut mistakes = Vec::new();
    for (key, value) in table {
        let mut alone = DeTable::new();
        alone.insert(key.clone(), value.clone());
        match typed::<ServiceTable>(Spanned::new(service.clone(), DeValue::Table(alone))) {
            Ok(_) => drop(right.insert(key, value)),
            Err(mistake) => {
                dropped.push(key.get_ref().to_string());
                mistakes.push(mistake);
            }
        }
    }
    let rest = typed(Spanned::new(service.clone(), DeValue::Table(right)));
    (rest.unwrap_or_default(), mistakes)
}

fn missing(name: &At<Name>, key: &str) -> Diagnostic {
    let hint = match key {
        "phase" => "say which phase of the plan it belongs to, such as `phase = 1`",
        "base" => "say which of the bases it stands on, such as `base = \"python\"`",
        _ => "say where its Dockerfile goes, such as `dockerfile = \"web/Dockerfile\"`",
    };
    Diagnostic::new(name.span.clone(), format!("the key `{key}` of service `{}` is missing", name.value))
        .hint(hint)
}

fn image(
    name: &At<Name>,
    table: &ServiceTable,
    wide: &FleetWide,
) -> Result<crate::image::ImageReference, Diagnostic> {
    let (pattern, span) = match &table.image {
        Some(own) => (&own.value, own.span.clone()),
        None => (&wide.fleet.image, name.span.clone()),
    };
    let tag = table.tag.as_ref().map_or(&wide.fleet.tag, |tag| &tag.value);
    let text = format!("{}:{tag}", pattern.as_str().replace("{name}", name.as_str()));
    text.parse().map_err(|error: crate::image::ImageReferenceError| Diagnostic::new(span, error.to_string()))
}

fn sources(entries: &[At<Source>]) -> Result<Vec<CopiedSource>, Vec<Diagnostic>> {
    let (mut copied, mut mistakes) = (Vec::new(), Vec::new());
    for entry in entries {
        match source(&entry.value) {
            Ok(source) => copied.push(source),
            Err(message) => mistakes.push(Diagnostic::new(entry.span.clone(), message)),
        }
    }
    if mistakes.is_empty() { Ok(copied) } else { Err(mistakes) }
}

fn source(entry: &Source) -> Result<CopiedSource, String> {
    let (from, to) = match entry {
        Source::Same(path) => (path, path.as_str()),
        Source::Moved(moved) => (&moved.from, moved.to.as_str()),
    };
    let to: AbsolutePath = if to.starts_with('/') {
        to.parse().map_err(|error: crate::path::PathError| error.to_string())?
    } else if to == "." {
        APP.parse().map_err(|error: crate::path::PathError| error.to_string())?
    } else {
        let below: RelativePath = to.parse().map_err(|error: crate::path::PathError| error.to_string())?;
        format!("{APP}/{below}").parse().map_err(|error: crate::path::PathError| error.to_string())?
    };
    Ok(CopiedSource { from: from.clone(), to })
}
