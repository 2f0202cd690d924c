//! Where services are: what Compose files build, what Dockerfiles build, and projects that start something.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::compose::{self, Service};
use super::dockerfile::{self, Facts};
use super::look::look;
use super::start::{self, Start};
use super::view::{View, ancestors, join, split};
use super::{Findings, Found, Key, Proposal, Unknown, mounts, once, projects, proposals, script, shown};

/// Something that may be a service.
#[derive(Debug)]
pub(super) struct Unit {
    /// What it may be called.
    pub name: String,
    /// The directory that is looked at.
    pub directory: String,
    /// What its Dockerfile says.
    pub facts: Facts,
    /// What a Compose file says.
    pub compose: Option<Service>,
    /// The build context.
    pub context: String,
    /// The path of its Dockerfile.
    pub path: String,
    /// Which of several programs of its directory it is, as the language names them.
    pub program: Option<String>,
    /// The directory of its Dockerfile, and the build context.
    places: Vec<String>,
    /// Other services of Compose files that start the same program.
    pub same: Vec<Service>,
    /// Whether it starts nothing, and images of other units are based on its own.
    is_base: bool,
    /// What is started, as far as a file says it and no shell is needed; else the reason.
    pub start: Result<Option<Start>, String>,
}

impl Default for Unit {
    fn default() -> Self {
        Self {
            name: String::new(),
            directory: String::new(),
            facts: Facts::default(),
            compose: None,
            context: String::new(),
            path: String::new(),
            program: None,
            places: Vec::new(),
            same: Vec::new(),
            is_base: false,
            start: Ok(None),
        }
    }
}

impl Unit {
    /// What is started.
    pub(super) fn argv(&self) -> Option<&[String]> {
        self.started().map(|start| start.argv.as_slice())
    }

    /// What is started, and what comes with it.
    pub(super) fn started(&self) -> Option<&Start> {
        self.start.as_ref().ok()?.as_ref()
    }

    /// The name of the program that is started, as the stage that built it calls its file.
    pub(super) fn program_file(&self) -> Option<&str> {
        let first = self.argv()?.first()?;
        Some(self.facts.tree.made_as(first).unwrap_or_else(|| start::name(first)))
    }

    /// A key that the command line says, or that is a guess because of its variables.
    pub(super) fn said(&self, name: &'static str, value: impl Into<Value>) -> Key {
        Key { name, value: value.into(), guess: self.started().and_then(|start| start.guess.clone()) }
    }

    /// The directories in which its manifest may lie.
    pub(super) fn places(&self) -> impl Iterator<Item = &str> {
        self.places.iter().map(String::as_str)
    }

    /// Whether it has a Dockerfile, or a Compose file builds it.
    pub(super) fn is_built(&self) -> bool {
        !self.path.is_empty()
    }

    fn of_compose(view: &View, service: Service) -> Self {
        let target = service.target.as_deref();
        let facts = view.text(&service.dockerfile).map(|text| dockerfile::facts(text, target));
        let mut places = vec![split(&service.dockerfile).0.to_owned(), service.context.clone()];
        places.dedup();
        let unit = Self {
            name: service.name.clone(),
            directory: places[0].clone(),
            facts: facts.unwrap_or_default(),
            context: service.context.clone(),
            path: service.dockerfile.clone(),
            compose: Some(service),
            places,
            ..Self::default()
        };
        unit.with_start(view)
    }

    fn of_dockerfile(view: &View, path: &str, text: &str) -> Self {
        let (directory, file) = split(path);
        let facts = dockerfile::facts(text, None);
        let unit = Self {
            name: called(directory, file),
            directory: directory.to_owned(),
            context: context(view, directory, &facts),
            path: path.to_owned(),
            facts,
            places: ancestors(directory).take(2).map(ToOwned::to_owned).collect(),
            ..Self::default()
        };
        unit.with_start(view)
    }

    /// A project without a Dockerfile.
    pub(super) fn of_project(directory: &str) -> Self {
        let directory = directory.to_owned();
        Self { name: called(&directory, ""), places: vec![directory.clone()], directory, ..Self::default() }
    }

    /// The command line of its Dockerfile, with what a Compose file puts in the place of its parts. One for
    /// development gives way to the Dockerfile's own.
    fn with_start(mut self, view: &View) -> Self {
        self.begin(view);
        self
    }

    fn begin(&mut self, view: &View) {
        let own = || [self.facts.entrypoint.clone(), self.facts.cmd.clone()].concat();
        let service = self.compose.as_ref();
        let entrypoint = service.and_then(|service| service.entrypoint.clone());
        let command = service.and_then(|service| service.command.clone());
        // Another entry point takes the image's command away.
        let cmd =
            command.unwrap_or_else(|| if entrypoint.is_some() { Vec::new() } else { self.facts.cmd.clone() });
        let mut argv = [entrypoint.unwrap_or_else(|| self.facts.entrypoint.clone()), cmd].concat();
        if start::is_for_development(start::without_init(&argv)) && !own().is_empty() {
            let lost = format!("command ({})", argv.join(" "));
            argv = own();
            let is_new = |service: &&mut Service| {
                let is_said = service.command.is_some() || service.entrypoint.is_some();
                is_said && !service.rest.lost.contains(&lost)
            };
            if let Some(service) = self.compose.as_mut().filter(is_new) {
                service.rest.lost.push(lost);
            }
        }
        self.start = script::followed(view, self, &argv, &self.facts.env);
    }
}

/// What a service may be called, after its Dockerfile or its directory.
fn called(directory: &str, file: &str) -> String {
    const GENERAL: [&str; 8] = ["build", "prod", "production", "release", "multi", "alpine", "slim", "image"];
    let is_lower = file.starts_with("dockerfile") || file.ends_with("dockerfile");
    let stem = if is_lower { "dockerfile" } else { "Dockerfile" };
    let variant = file
        .strip_prefix(stem)
        .and_then(|rest| rest.strip_prefix(['.', '-']))
        .or_else(|| file.strip_suffix(stem)?.strip_suffix('.'));
    let variant = variant.filter(|variant| !GENERAL.contains(variant));
    let last = directory.rsplit('/').find(|part| !matches!(*part, "src" | "docker" | ".docker" | "app" | ""));
    variant.or(last).unwrap_or("").to_owned()
}

/// The build context of a Dockerfile: the directory, among its own and those above, that has most of what it copies.
fn context(view: &View, directory: &str, facts: &Facts) -> String {
    let copied: Vec<&str> = std::iter::once(&facts.tree)
        .chain(&facts.built)
        .flat_map(|tree| &tree.copied)
        .map(|copied| copied.from.as_str())
        .filter(|from| !from.is_empty())
        .collect();
    let there = |above: &str| copied.iter().filter(|from| view.is_there(&join(above, from))).count();
    // Of several that have as much, the nearest.
    let best = ancestors(directory)
        .map(|above| (there(above), above))
        .reduce(|best, other| if other.0 > best.0 { other } else { best });
    best.map_or(directory, |(_, above)| above).to_owned()
}

/// Everything that a tree holds.
pub(super) fn findings(view: &View, root: &str) -> Findings {
    let mut findings = Findings::default();
    let mut found: Vec<(Unit, Found)> = Vec::new();
    let (units, mut others) = units(view);
    let services: Vec<Service> =
        units.iter().filter_map(|unit| unit.compose.clone()).chain(others.iter().cloned()).collect();
    for mut unit in units {
        let looked = if unit.is_base {
            Err("it starts nothing: other images are based on its image".to_owned())
        } else {
            look(view, &mut unit)
        };
        match looked {
            Ok(one) => found.push((unit, one)),
            Err(why) => {
                let service = unit.compose.as_ref();
                match service.and_then(|service| mounts::program(view, service, &unit.facts)) {
                    Some(one) => found.push(one),
                    None => {
                        findings.unknowns.push(Unknown { service: shown(&unit.places[0]), key: "kind", why });
                    }
                }
            }
        }
    }
    mounts::of_images(view, &mut others, &mut found);
    found.extend(projects::programs(view, &found, &others, &mut findings.unknowns));
    // Quarkus has the Dockerfiles of a module in a directory of their own: they only copy what its build leaves.
    let is_of_module = |unknown: &Unknown| {
        let module = unknown.service.strip_suffix("/src/main/docker");
        module.is_some_and(|module| found.iter().any(|(_, found)| found.member.as_deref() == Some(module)))
    };
    findings.unknowns.retain(|unknown| !is_of_module(unknown));
    once::once(&mut found);
    let upstream = adopt(view, &mut found, others);
    found.sort_by(|a, b| a.1.directory.cmp(&b.1.directory));
    findings.services = proposals::named(view, root, found, &services, &mut findings.unknowns);
    let own: Vec<String> = findings.services.iter().map(|service| service.directory.clone()).collect();
    findings.unknowns.extend(projects::without_kind(view, &own));
    findings.unknowns.extend(upstream);
    findings.unknowns.sort_unstable();
    findings.unknowns.dedup();
    findings
}

/// The program of one Dockerfile, which is built in a directory.
pub(super) fn program(view: &View, path: &str, text: &str, context: &str) -> Result<Proposal, String> {
    let mut unit = Unit::of_dockerfile(view, path, text);
    unit.places = vec![unit.directory.clone(), context.to_owned()];
    unit.places.dedup();
    context.clone_into(&mut unit.context);
    let found = look(view, &mut unit)?;
    let name = unit.name.clone();
    Ok(proposals::proposal(view, &unit, found, name))
}

/// Compose services that are not built there: what they say of a program that another file builds, and the images
/// of somebody else.
fn adopt(view: &View, found: &mut [(Unit, Found)], others: Vec<Service>) -> Option<Unknown> {
    let mut upstream: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    for service in others {
        let image = service.image.clone().unwrap_or_default();
        // What another file says of a program that one tells of already.
        let is_told = |unit: &Unit| {
            let own = unit.compose.as_ref();
            own.is_some_and(|own| own.file != service.file && own.name == service.name)
        };
        let is_own = |(unit, _): &&mut (Unit, Found)| {
            (unit.compose.is_none() || is_told(unit)) && projects::is_image_of(&service, unit)
        };
        // Of several, the one that is nearest to the Compose file.
        let near = |unit: &Unit| {
            let file = split(&service.file).0.split('/');
            file.zip(unit.directory.split('/')).take_while(|(a, b)| a == b).count()
        };
        match found.iter_mut().filter(is_own).rev().max_by_key(|(unit, _)| near(unit)) {
            Some((unit, _)) if unit.compose.is_some() => unit.same.push(service),
            Some((unit, found)) => {
                let is_started = service.command.is_some() || service.entrypoint.is_some();
                unit.compose = Some(service);
                // Another command line may start another program.
                if is_started && unit.is_built() {
                    unit.begin(view);
                    *found = look(view, unit).unwrap_or_else(|_| std::mem::take(found));
                }
            }
            None => upstream.entry(service.file).or_default().push((service.name, image)),
        }
    }
    let mut named = BTreeSet::new();
    let mut images: Vec<String> = Vec::new();
    for (file, services) in &upstream {
        for (name, image) in services {
            if named.insert(image) {
                images.push(format!("{image} ({name} in {file})"));
            }
        }
    }
    let unknown = || Unknown {
        service: "images".to_owned(),
        key: "image",
        why: format!("Compose runs what is not built here, and nothing describes it: {}", images.join(", ")),
    };
    (!images.is_empty()).then(unknown)
}

/// More images that are based on each other are not followed.
const MOST_BASES: usize = 8;

/// Puts in the place of an image that another service of Compose builds the images that this one is based on.
fn stand_on_each_other(units: &mut [Unit]) {
    let repository = |image: &str| {
        let image = image.split('@').next().unwrap_or(image);
        let (path, last) = image.rsplit_once('/').map_or((None, image), |(path, last)| (Some(path), last));
        let last = last.split(':').next().unwrap_or(last);
        path.map(|path| format!("{path}/{last}"))
    };
    let based: BTreeSet<String> =
        units.iter().filter_map(|unit| repository(unit.facts.images.first()?)).collect();
    for unit in &mut *units {
        let own = unit.compose.as_ref().and_then(|service| repository(service.image.as_deref()?));
        let is_started = unit.start.as_ref().is_err() || unit.started().is_some();
        unit.is_base = !is_started && own.is_some_and(|own| based.contains(&own));
    }
    let built = units.iter().filter_map(|unit| {
        let name = repository(unit.compose.as_ref()?.image.as_deref()?)?;
        Some((name, unit.facts.images.clone()))
    });
    let built: BTreeMap<String, Vec<String>> = built.collect();
    for unit in units {
        let below = |image: &String| {
            let below = built.get(&repository(image)?)?.first()?;
            (repository(below).as_ref() != repository(image).as_ref()).then(|| below.clone())
        };
        for image in &mut unit.facts.images {
            // One may be based on another; a circle ends somewhere.
            for _ in 0..MOST_BASES {
                let Some(below) = below(image) else { break };
                *image = below;
            }
        }
    }
}

/// What Compose files and Dockerfiles build, and the services of Compose files that are not built.
fn units(view: &View) -> (Vec<Unit>, Vec<Service>) {
    let mut units: Vec<Unit> = Vec::new();
    let mut others: Vec<Service> = Vec::new();
    for is_kind in [compose::is_compose, compose::is_addition] {
        let is_written =
            |path: &str, text: &str| is_kind(path) && crate::sync::header::inspect(text).is_none();
        // The file of the whole fleet comes before those of its parts.
        let mut files: Vec<&str> =
            view.all().filter(|(path, text)| is_written(path, text)).map(|(path, _)| path).collect();
        files.sort_by_key(|path| path.matches('/').count());
        let known: BTreeSet<String> = units.iter().map(|unit| unit.path.clone()).collect();
        let services = files.into_iter().flat_map(|path| compose::services(view, path));
        let (built, unbuilt): (Vec<_>, Vec<_>) = services.partition(Service::is_built);
        let new = built.into_iter().filter(|service| !known.contains(&service.dockerfile));
        units.extend(new.map(|service| Unit::of_compose(view, service)));
        others.extend(unbuilt);
    }
    stand_on_each_other(&mut units);
    let known: BTreeSet<String> = units.iter().map(|unit| unit.path.clone()).collect();
    let directories: BTreeSet<&str> = known.iter().map(|path| split(path).0).collect();
    let built = view.all().filter(|(path, text)| {
        // A second Dockerfile beside one that is known is mostly for development.
        dockerfile::is_written(path, text)
            && !known.contains(*path)
            && !directories.contains(split(path).0)
            && (path.ends_with("Dockerfile") && split(path).1 == "Dockerfile"
                || !view.has(split(path).0, "Dockerfile"))
    });
    units.extend(built.map(|(path, text)| Unit::of_dockerfile(view, path, text)));
    others.retain(|service| {
        !units.iter().any(|unit| {
            unit.compose
                .as_ref()
                .is_some_and(|own| own.name == service.name && split(&own.file).0 == split(&service.file).0)
        })
    });
    (units, others)
}
