//! From tables to services: defaults, group and service laid over each other, typed, and filled in.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::at::At;
use super::description::{BaseTable, FleetWide, HealthTable, ServiceTable, Source};
use super::kind::Kind;
use super::model::{Base, CopiedSource, Fleet, Health, Probe, Service, Timing};
use super::quantities::Time;
use super::tree::{Tree, Value, merge, name_filled_in, take_kind, typed};
use super::words::{Name, Port};
use super::{checks, tree};
use crate::bases::Catalogue;
use crate::diagnostic::{Diagnostic, Span, nearest};
use crate::path::{AbsolutePath, RelativePath};

/// The directory that programs and their sources live in.
pub(super) const APP: &str = "/app";

/// Gives the whole description its types.
pub(super) fn fleet(tree: &Tree<'_>) -> Result<Fleet, Vec<Diagnostic>> {
    let mut mistakes = Vec::new();
    let wide: Option<FleetWide> = typed(tree.wide.clone()).map_err(|m| mistakes.push(m)).ok();
    unused_parts(tree, &mut mistakes);
    let Some(wide) = wide else { return Err(mistakes) };
    let catalogue = match catalogue(&wide) {
        Ok(catalogue) => catalogue,
        Err(mistake) => {
            mistakes.push(mistake);
            Cow::Borrowed(Catalogue::builtin())
        }
    };
    let bases: BTreeMap<Name, At<Base>> =
        wide.bases.iter().map(|(name, table)| (name.clone(), base(table, &catalogue))).collect();

    if let Some(name) = wide.fleet.probe_base.as_ref().filter(|name| !bases.contains_key(&name.value)) {
        mistakes.push(unknown("base", name.as_str(), name.span.clone(), bases.keys().map(Name::as_str)));
    }
    let mut services = Vec::with_capacity(tree.services.len());
    for (name, own) in &tree.services {
        let one = Draft::read(tree, name, own).and_then(|draft| draft.finish(&wide, &bases));
        match one {
            Ok(service) => services.push(service),
            Err(found) => mistakes.extend(found),
        }
    }
    if services.is_empty() && mistakes.is_empty() {
        let at = wide_span(tree);
        mistakes.push(Diagnostic::new(at, "the fleet has no services").hint("add a [services.NAME] table"));
    }
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    let FleetWide { fleet, networks, .. } = wide;
    Ok(Fleet {
        name: fleet.name,
        source: fleet.source,
        licenses: fleet.licenses,
        registry: fleet.registry,
        platforms: fleet.platforms,
        user: fleet.user,
        probe_base: fleet.probe_base.map(|name| name.value),
        output: fleet.output,
        lock_age: fleet.lock_age,
        phases: fleet.phases,
        also_built: fleet.also_built,
        catalogue,
        bases,
        networks,
        services,
    })
}

fn wide_span(tree: &Tree<'_>) -> Span {
    let start = tree.wide.span().start;
    start..start
}

/// Defaults and groups are read by themselves too, so that a mistake in one is found even when no
/// service uses it.
fn unused_parts(tree: &Tree<'_>, mistakes: &mut Vec<Diagnostic>) {
    let groups = tree.groups.iter().map(|(_, table)| table);
    for part in tree.defaults.iter().chain(groups) {
        let Some(table) = part.get_ref().as_table() else {
            mistakes.push(Diagnostic::new(part.span(), "expected a table"));
            continue;
        };
        let mut table = table.clone();
        for kind in tree::variants::<Kind>() {
            table.remove(*kind);
        }
        let rest = toml::Spanned::new(part.span(), toml::de::DeValue::Table(table));
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

fn base(table: &At<BaseTable>, catalogue: &Catalogue) -> At<Base> {
    let interpreter = catalogue.find(&table.run).and_then(|run| run.interpreters.into_iter().next());
    let root = |user: &str| matches!(user.split(':').next(), Some("" | "0" | "root"));
    let build_is_unprivileged = catalogue.find(&table.build).is_some_and(|build| !root(&build.user));
    let base =
        Base { build: table.build.clone(), run: table.run.clone(), interpreter, build_is_unprivileged };
    At::new(base, table.span.clone())
}

/// A service whose keys have their types, but whose open ends are not filled in.
struct Draft {
    name: At<Name>,
    table: ServiceTable,
    kind: Kind,
}

impl Draft {
    fn read<'i>(tree: &Tree<'i>, name: &At<&'i str>, own: &Value<'i>) -> Result<Self, Vec<Diagnostic>> {
        let mut mistakes = Vec::new();
        let parsed = name.parse::<Name>().map_err(|m| mistakes.push(Diagnostic::new(name.span.clone(), m)));
        let merged = Self::merged(tree, name, own).map_err(|m| mistakes.push(m));
        let (Ok(parsed), Ok(merged)) = (parsed, merged) else { return Err(mistakes) };
        let toml::de::DeValue::Table(mut table) = merged.into_inner() else {
            return Err(vec![Diagnostic::new(own.span(), "a service is a table")]);
        };
        let kind = take_kind::<Kind>(&mut table, &name.span).and_then(typed);
        let table = typed(toml::Spanned::new(name.span.clone(), toml::de::DeValue::Table(table)));
        match (kind, table) {
            (Ok(kind), Ok(table)) => Ok(Self { name: At::new(parsed, name.span.clone()), table, kind }),
            (kind, table) => Err(kind.err().into_iter().chain(table.err()).collect()),
        }
    }

    fn merged<'i>(tree: &Tree<'i>, name: &str, own: &Value<'i>) -> Result<Value<'i>, Diagnostic> {
        let said =
            own.get_ref().get("group").and_then(|value| Some((value.get_ref().as_str()?, value.span())));
        let group = match said {
            None => None,
            Some((wanted, span)) => {
                let found = tree.groups.iter().find(|(group, _)| **group == wanted);
                let (_, table) = found.ok_or_else(|| {
                    unknown("group", wanted, span, tree.groups.iter().map(|(group, _)| **group))
                })?;
                Some(name_filled_in(table, name))
            }
        };
        let layers = tree.defaults.clone().into_iter().chain(group).chain([own.clone()]);
        Ok(layers.reduce(merge).unwrap_or_else(|| own.clone()))
    }

    fn finish(self, wide: &FleetWide, bases: &BTreeMap<Name, At<Base>>) -> Result<Service, Vec<Diagnostic>> {
        let Self { name, table, kind } = self;
        let mut mistakes = Vec::new();
        let mut missing = |key: &str| mistakes.push(missing(&name, key));
        if table.phase.is_none() && !wide.fleet.phases.is_empty() {
            missing("phase");
        }
        if table.dockerfile.is_none() {
            missing("dockerfile");
        }
        if table.base.is_none() {
            missing("base");
        }
        let base = table.base.as_ref().and_then(|base| {
            let found = bases.get(&base.value);
            if found.is_none() {
                let known = bases.keys().map(Name::as_str);
                mistakes.push(unknown("base", base.as_str(), base.span.clone(), known));
            }
            found
        });
        let image = image(&name, &table, wide).map_err(|m| mistakes.push(m));
        let health = health(&name, table.health.as_ref(), &table.ports).map_err(|m| mistakes.push(m));
        let sources = sources(&table.sources).map_err(|found| mistakes.extend(found));
        let (Some(base_name), Some(base), Some(dockerfile), Ok(image), Ok(health), Ok(sources)) =
            (table.base, base, table.dockerfile, image, health, sources)
        else {
            return Err(mistakes);
        };
        let kept: Vec<AbsolutePath> = table.volumes.iter().map(|at| at.value.clone()).collect();
        let service = Service {
            phase: table.phase.as_ref().map_or(1, |phase| phase.value),
            status: table.status.unwrap_or(super::description::Status::Missing),
            image,
            dockerfile,
            base_name: base_name.value,
            base: base.value.clone(),
            kind,
            sources,
            programs: table.programs,
            ports: table.ports.iter().map(|port| port.value).collect(),
            publish: table.publish,
            health,
            env: table.env,
            settings: table.settings,
            secrets: table.secrets,
            writable: table.writable.into_iter().filter(|at| !kept.contains(&at.value)).collect(),
            volumes: table.volumes,
            image_only: table.image_only,
            tmp: table.tmp,
            memory: table.memory,
            cpus: table.cpus,
            pids: table.pids,
            networks: table.networks,
            depends_on: table.depends_on,
            labels: table.labels,
            name,
        };
        mistakes.extend(checks::within_service(&service));
        if mistakes.is_empty() { Ok(service) } else { Err(mistakes) }
    }
}

fn missing(name: &At<Name>, key: &str) -> Diagnostic {
    Diagnostic::new(name.span.clone(), format!("the key `{key}` of service `{}` is missing", name.value))
}

/// An unknown name of something, with the nearest known one.
pub(super) fn unknown<'a>(
    what: &str,
    name: &str,
    span: Span,
    known: impl Iterator<Item = &'a str> + Clone,
) -> Diagnostic {
    let mistake = Diagnostic::new(span, format!("there is no {what} `{name}`"));
    if let Some(near) = nearest(name, known.clone()) {
        return mistake.hint(format!("did you mean `{near}`?"));
    }
    let mut names: Vec<_> = known.take(8).collect();
    names.sort_unstable();
    mistake.hint(format!("known: {}", if names.is_empty() { "none".to_owned() } else { names.join(", ") }))
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

fn health(
    name: &At<Name>,
    table: Option<&At<HealthTable>>,
    ports: &[At<Port>],
) -> Result<Health, Diagnostic> {
    let none_said = || {
        Diagnostic::new(name.span.clone(), format!("service `{}` says nothing about its health", name.value)).hint(
            "set health to { http = \"/path\" }, { tcp = PORT }, { exec = [\"/program\"] } or { none = \"reason\" }",
        )
    };
    let table = table.ok_or_else(none_said)?;
    let said = [
        table.http.as_ref().map(|v| ("http", v.span.clone())),
        table.tcp.as_ref().map(|v| ("tcp", v.span.clone())),
        table.exec.as_ref().map(|v| ("exec", v.span.clone())),
        table.none.as_ref().map(|v| ("none", v.span.clone())),
    ];
    let mut said = said.into_iter().flatten();
    let (first, span) = said.next().ok_or_else(none_said)?;
    if let Some((second, other)) = said.next() {
        let message = format!(
            "a health check is one of http, tcp, exec and none, but this one is `{first}` and `{second}`"
        );
        return Err(Diagnostic::new(other, message).related(span, "the first one"));
    }
    let probe = if let Some(path) = &table.http {
        let own = table.port.as_ref().or(ports.first());
        let port = own.ok_or_else(|| {
            Diagnostic::new(path.span.clone(), "an http check needs a port").hint("name it in `ports`")
        })?;
        Probe::Http { port: port.value, path: path.value.clone() }
    } else if let Some(port) = &table.tcp {
        Probe::Tcp { port: port.value }
    } else if let Some(command) = &table.exec {
        checks::honest_command(command)?;
        Probe::Exec(command.value.clone())
    } else if let Some(reason) = &table.none {
        if reason.as_str().trim().is_empty() {
            return Err(Diagnostic::new(reason.span.clone(), "no health check needs a reason"));
        }
        return Ok(Health::None(reason.value.clone()));
    } else {
        return Err(none_said());
    };
    checks::probed_port(&probe, table, ports)?;
    let seconds = |n: u32| format!("{n}s").parse::<Time>().expect("a time");
    let timing = Timing {
        interval: table.interval.unwrap_or_else(|| seconds(30)),
        timeout: table.timeout.as_ref().map_or_else(|| seconds(10), |timeout| timeout.value),
        start_period: table.start_period.unwrap_or_else(|| seconds(40)),
        start_interval: table.start_interval,
        retries: table.retries.unwrap_or(3),
    };
    if timing.timeout.seconds() < 2 {
        let span = table.timeout.as_ref().map_or_else(|| span.clone(), |timeout| timeout.span.clone());
        return Err(Diagnostic::new(span, "a health check needs a time-out of 2s or more")
            .hint("the probe itself gives up a second before the engine does, so that it can say why"));
    }
    Ok(Health::Check { probe, timing })
}
