//! From tables to services: defaults, group and service laid over each other, typed, and filled in.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashSet};
use std::num::NonZeroU32;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::at::At;
use super::base_checks;
use super::bases::Bases;
use super::description::{FleetWide, ServiceTable, Source};
use super::model::{CopiedSource, Fleet, Health, NATIVE, Service};
use super::names::Names;
use super::tree::{Again, Layers, Tree, Value, name_filled_in, take_kind, typed};
use super::words::Name;
use super::{health, service_checks, tree};
use crate::bases::Catalogue;
use crate::diagnostic::{Diagnostic, Span};
use crate::kinds::{Directory, Kind};
use crate::parallel;
use crate::path::{AbsolutePath, DirectoryPath, PathError, RelativePath};

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
    let mut bases = Bases::new(&wide.bases, catalogue.as_ref());
    let built_in = Catalogue::builtin().pairs().keys().map(String::as_str);
    let mut base_names: BTreeSet<&str> = wide.bases.keys().map(Name::as_str).collect();
    base_names.extend(built_in);
    let known = Known {
        bases: Names::new("base", base_names.into_iter()),
        groups: Names::new("group", layers.groups.keys().copied()),
    };

    if let Some(name) = wide.fleet.probe_base.as_ref()
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
        let service = draft.and_then(|draft| draft.finish(&wide, &mut bases, &known, &mut resolved.meaning));
        match service {
            Some(service) => services.push(service),
            None => drop(resolved.broken.insert(name.value)),
        }
    }
    resolved.meaning.extend(base_checks::clashes(&bases, &services));
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
        networks,
        services,
    });
    resolved
}

/// The names that a service may refer to while it is read by itself.
pub(super) struct Known<'a> {
    pub(super) bases: Names<'a>,
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

    /// Fills in what is left open. A key that is wrong has a stand-in that is right, so that everything
    /// else of the service is looked at in the same run.
    fn finish(
        self,
        wide: &FleetWide,
        bases: &mut Bases<'_>,
        known: &Known<'_>,
        mistakes: &mut Vec<Diagnostic>,
    ) -> Option<Service> {
        let Self { name, table, kind, mut dropped } = self;
        let before = mistakes.len();
        let kind = kind.unwrap_or_else(|| {
            dropped.push(KIND.to_owned());
            Kind::placeholder()
        });
        let was_wrong = |key: &str| dropped.iter().any(|dropped| dropped == key);
        if table.phase.is_none() && !wide.fleet.phases.is_empty() && !was_wrong("phase") {
            mistakes.push(without_phase(&name));
        }
        let usual = At::new(kind.program().base(), name.span.clone());
        let said = table.base.as_ref().map(|base| At::new(base.as_str(), base.span.clone()));
        let mut base = bases.find_or_tell(said.as_ref().unwrap_or(&usual), known, mistakes);
        if base.is_none() {
            base = bases.find_or_tell(&usual, known, mistakes);
        }
        if wide.fleet.probe_base.is_none() && kind.program().takes().is_of_a_tool() {
            bases.find(NATIVE, &name.span);
        }
        let mut note = |mistake| mistakes.push(mistake);
        let image = image(&name, &table, wide).map_err(&mut note).ok();
        let health = if was_wrong("health") || was_wrong("ports") {
            None
        } else {
            health::resolve(&name, table.health.as_ref(), &table.ports).map_err(&mut note).ok()
        };
        let place = Place::of(&name, &table, kind.program().directory());
        let sources = place.sources(&table.sources).unwrap_or_else(|found| {
            mistakes.extend(found);
            dropped.push("sources".to_owned());
            Vec::new()
        });
        let (base_name, base) = base?;
        let kept: Vec<AbsolutePath> = table.volumes.iter().map(|at| at.value.clone()).collect();
        let service = Service {
            phase: table.phase.as_ref().map_or(1, |phase| phase.value.get()),
            status: table.status.unwrap_or(super::description::Status::Missing),
            image: image.unwrap_or_else(|| "wrong".parse().expect("an image")),
            dockerfile: place.dockerfile(&name, table.dockerfile),
            directory: place.directory,
            base_name,
            base,
            kind,
            sources,
            programs: table.programs,
            ports: table.ports.iter().map(|port| port.value).collect(),
            publish: table.publish,
            health: health.unwrap_or_else(|| Health::None("wrong".parse().expect("a line"))),
            env: table.env,
            settings: table.settings,
            secrets: table.secrets,
            secret_files: table.secret_files,
            secrets_as: table.secrets_as.unwrap_or_default(),
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
        mistakes.extend(service_checks::within(&service, |key| dropped.iter().any(|dropped| dropped == key)));
        (mistakes.len() == before && dropped.is_empty()).then_some(service)
    }
}

/// What a wrong kind is called among the keys of a service that are wrong.
pub(super) const KIND: &str = "kind";

/// Where a service's files are.
struct Place {
    /// Where its relative paths start.
    directory: DirectoryPath,
    /// The bytes of the description that name it.
    span: Span,
    /// Whether the directory is the service's own, by its key or by its kind.
    is_own: bool,
    /// Whether all of it is taken where `sources` does not say.
    takes_all: bool,
}

impl Place {
    fn of(name: &At<Name>, table: &ServiceTable, holds: Directory) -> Self {
        let span = table.directory.as_ref().map_or(&name.span, |directory| &directory.span).clone();
        let said = table.directory.as_ref().map(|directory| directory.value.clone());
        let of_name = || name.as_str().parse().expect("a name is a path");
        let directory = said.or_else(|| (holds == Directory::Project).then(of_name));
        let is_own = directory.is_some();
        let takes_all = is_own && holds != Directory::Files;
        Self { directory: directory.unwrap_or_default(), span, is_own, takes_all }
    }

    fn dockerfile(&self, name: &At<Name>, said: Option<At<RelativePath>>) -> At<RelativePath> {
        let file = || "Dockerfile".parse::<RelativePath>().expect("a path");
        match said {
            Some(said) => At::new(self.directory.join(&said.value), said.span),
            None if self.is_own && !self.directory.is_root() => {
                At::new(self.directory.join(&file()), name.span.clone())
            }
            None => {
                let of_name: DirectoryPath = name.as_str().parse().expect("a name is a path");
                At::new(of_name.join(&file()), name.span.clone())
            }
        }
    }

    fn sources(&self, entries: &[At<Source>]) -> Result<Vec<CopiedSource>, Vec<Diagnostic>> {
        if entries.is_empty() && self.takes_all {
            let to = APP.parse().expect("a path");
            let span = self.span.clone();
            return Ok(vec![CopiedSource { from: self.directory.clone(), to, span }]);
        }
        let (mut copied, mut mistakes) = (Vec::new(), Vec::new());
        for entry in entries {
            match self.source(entry) {
                Ok(source) => copied.push(source),
                Err(error) => mistakes.push(Diagnostic::new(entry.span.clone(), error.to_string())),
            }
        }
        if mistakes.is_empty() { Ok(copied) } else { Err(mistakes) }
    }

    fn source(&self, entry: &At<Source>) -> Result<CopiedSource, PathError> {
        let (from, to) = match &entry.value {
            Source::Same(path) => (path, path.as_str()),
            Source::Moved(moved) => (&moved.from, moved.to.as_str()),
        };
        let to: AbsolutePath = if to.starts_with('/') {
            to.parse()?
        } else if to == "." {
            APP.parse()?
        } else {
            let below: RelativePath = to.parse()?;
            format!("{APP}/{below}").parse()?
        };
        Ok(CopiedSource { from: self.directory.join(from).into(), to, span: entry.span.clone() })
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

fn without_phase(name: &At<Name>) -> Diagnostic {
    let message = format!("the key `phase` of service `{}` is missing", name.value);
    Diagnostic::new(name.span.clone(), message)
        .hint("say which phase of the plan it belongs to, such as `phase = 1`")
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
