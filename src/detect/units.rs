//! Where services are: what Compose files build, what Dockerfiles build, and projects that start something.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::start::{self, Start};

use super::compose::{self, Service};
use super::dockerfile::{self, Facts};
use super::view::{View, ancestors, inside, join, split};
use super::{
    Findings, Found, Key, LANGUAGES, Language, Proposal, Unknown, WITHOUT_KIND, environment, health, name,
    ports,
};

/// Something that may be a service.
#[derive(Debug, Default)]
pub(super) struct Unit {
    /// What it may be called.
    pub name: String,
    /// The directory that is looked at.
    pub directory: String,
    /// What its Dockerfile says.
    pub facts: Facts,
    /// What a Compose file says.
    pub compose: Option<Service>,
    /// The directory of its Dockerfile, and the build context.
    places: Vec<String>,
    /// What is started, as far as a file says it and no shell is needed.
    start: Option<Start>,
}

impl Unit {
    /// What is started.
    pub(super) fn argv(&self) -> Option<&[String]> {
        self.start.as_ref().map(|start| start.argv.as_slice())
    }

    /// A key that the command line says, or that is a guess because of its variables.
    pub(super) fn said(&self, name: &'static str, value: impl Into<Value>) -> Key {
        Key { name, value: value.into(), guess: self.start.as_ref().and_then(|start| start.guess.clone()) }
    }

    /// The Dockerfile that a Compose file names.
    fn dockerfile(&self) -> Option<String> {
        self.compose.as_ref().map(|service| service.dockerfile.clone())
    }

    fn of_compose(view: &View, service: Service) -> Self {
        let facts = view.text(&service.dockerfile).map(dockerfile::facts).unwrap_or_default();
        let mut places = vec![split(&service.dockerfile).0.to_owned(), service.context.clone()];
        places.dedup();
        Self {
            name: service.name.clone(),
            directory: places[0].clone(),
            start: start(&facts, Some(&service)),
            facts,
            compose: Some(service),
            places,
        }
    }

    fn of_dockerfile(path: &str, text: &str) -> Self {
        let (directory, file) = split(path);
        let variant = file.strip_prefix("Dockerfile.").or_else(|| file.strip_suffix(".Dockerfile"));
        let last =
            directory.rsplit('/').find(|part| !matches!(*part, "src" | "docker" | "app" | "")).unwrap_or("");
        let facts = dockerfile::facts(text);
        Self {
            name: variant.unwrap_or(last).to_owned(),
            directory: directory.to_owned(),
            start: start(&facts, None),
            facts,
            places: ancestors(directory).take(2).map(ToOwned::to_owned).collect(),
            ..Self::default()
        }
    }

    fn of_project(directory: &str) -> Self {
        let last = directory.rsplit('/').find(|part| !matches!(*part, "src" | "app")).unwrap_or("");
        let directory = directory.to_owned();
        Self { name: last.to_owned(), places: vec![directory.clone()], directory, ..Self::default() }
    }
}

/// The command line of a Dockerfile, with what a Compose file puts in the place of its parts.
fn start(facts: &Facts, service: Option<&Service>) -> Option<Start> {
    let entrypoint = service.and_then(|service| service.entrypoint.clone());
    let command = service.and_then(|service| service.command.clone());
    // Another entry point takes the image's command away.
    let cmd = command.unwrap_or_else(|| if entrypoint.is_some() { Vec::new() } else { facts.cmd.clone() });
    let argv: Vec<String> =
        entrypoint.unwrap_or_else(|| facts.entrypoint.clone()).into_iter().chain(cmd).collect();
    start::plain(&argv, &facts.env)
}

/// Everything that a tree holds.
pub(super) fn findings(view: &View, root: &str) -> Findings {
    let mut findings = Findings::default();
    let mut found: Vec<(Unit, Found)> = Vec::new();
    for mut unit in units(view) {
        match look(view, &mut unit) {
            Ok(one) => found.push((unit, one)),
            Err(why) => findings.unknowns.push(Unknown { service: shown(&unit.places[0]), key: "kind", why }),
        }
    }
    let claimed: Vec<String> = found.iter().map(|(_, found)| found.directory.clone()).collect();
    let claimed: Vec<&str> = claimed
        .iter()
        .map(String::as_str)
        .chain(findings.unknowns.iter().map(|u| u.service.as_str()))
        .collect();
    let projects: Vec<_> = projects(view, &claimed).collect();
    found.extend(projects.into_iter().flat_map(|directory| alone(view, directory)));
    once(&mut found);
    found.sort_by(|a, b| a.1.directory.cmp(&b.1.directory));
    findings.services = named(view, root, found, &mut findings.unknowns);
    let own: Vec<String> = findings.services.iter().map(|service| service.directory.clone()).collect();
    findings.unknowns.extend(without_kind(view, &own));
    findings.unknowns.sort();
    findings.unknowns.dedup();
    findings
}

/// Each program once. Compose files start one in several ways; other Dockerfiles of it are mostly for development.
fn once(found: &mut Vec<(Unit, Found)>) {
    let mut programs = BTreeSet::new();
    let mut commands = BTreeSet::new();
    found.retain(|(unit, found)| {
        let keys: Vec<String> = found.table.iter().map(|key| format!("{} {}", key.name, key.value)).collect();
        let program = (found.directory.clone(), found.kind, keys);
        let is_new = programs.insert(program.clone());
        let command = unit.start.as_ref().map(|start| start.argv.clone());
        let is_new_command = unit.compose.is_some() && commands.insert((program, command));
        is_new || is_new_command
    });
}

/// What Compose files and Dockerfiles build.
fn units(view: &View) -> Vec<Unit> {
    let mut units: Vec<Unit> = Vec::new();
    for is_kind in [compose::is_compose, compose::is_addition] {
        let is_written =
            |path: &str, text: &str| is_kind(path) && crate::sync::header::inspect(text).is_none();
        let files = view.all().filter(|(path, text)| is_written(path, text));
        let known: BTreeSet<String> = units.iter().filter_map(Unit::dockerfile).collect();
        let services = files.flat_map(|(path, _)| compose::services(view, path));
        let new = services.filter(|service| !known.contains(&service.dockerfile));
        units.extend(new.map(|service| Unit::of_compose(view, service)));
    }
    let known: BTreeSet<String> = units.iter().filter_map(Unit::dockerfile).collect();
    let directories: BTreeSet<&str> = known.iter().map(|path| split(path).0).collect();
    let others = view.all().filter(|(path, text)| {
        // A second Dockerfile beside one that is known is mostly for development.
        dockerfile::is_written(path, text)
            && !known.contains(*path)
            && !directories.contains(split(path).0)
            && (path.ends_with("Dockerfile") && split(path).1 == "Dockerfile"
                || !view.has(split(path).0, "Dockerfile"))
    });
    units.extend(others.map(|(path, text)| Unit::of_dockerfile(path, text)));
    units
}

/// What starts there, and in which language; the reason if nothing is found.
fn look(view: &View, unit: &mut Unit) -> Result<Found, String> {
    let words: Vec<String> = unit.facts.images.iter().map(|image| image.to_lowercase()).collect();
    for (word, language) in [("ruby", "Ruby"), ("php", "PHP"), ("elixir", "Elixir")] {
        if words.first().is_some_and(|image| has_word(image, word)) {
            return Err(format!("there is no kind for {language}"));
        }
    }
    if unit.facts.runs.iter().any(|run| run.contains("wasm32")) {
        return Err("there is no kind for WebAssembly".to_owned());
    }
    let mut languages: Vec<&Language> = Vec::new();
    for image in &words {
        languages.extend(LANGUAGES.iter().filter(|l| l.images.iter().any(|word| has_word(image, word))));
    }
    let is_told = !languages.is_empty();
    let told = languages.first().copied();
    if !is_told && words.first().is_none_or(|image| GENERAL.iter().any(|word| has_word(image, word))) {
        languages.extend(LANGUAGES);
    }
    let places: Vec<String> = unit
        .places
        .iter()
        .flat_map(|place| [place.clone(), join(place, "src"), join(place, "app")])
        .collect();
    for language in languages {
        // A Python program needs no manifest, and a module may be declared above.
        let own = places.iter().find(|place| has_manifest(view, place, language));
        let place = own.or_else(|| places.first().filter(|_| is_told));
        if let Some(place) = place {
            unit.directory.clone_from(place);
            if let Some(found) = (language.find)(view, unit) {
                return Ok(found);
            }
        }
    }
    let commands = [&unit.facts.entrypoint, &unit.facts.cmd];
    if is_told && unit.start.is_none() && commands.iter().any(|argv| !argv.is_empty()) {
        return Err("its command needs a shell, or values that are given when it starts".to_owned());
    }
    if let Some(told) = told.filter(|told| {
        !told.images.contains(&"python") && !places.iter().any(|place| has_manifest(view, place, told))
    }) {
        return Err(format!("there is no {}", told.manifests[0]));
    }
    let image = unit.facts.images.first().map(|image| image.split('@').next().unwrap_or(image));
    Err(image.map_or_else(
        || "nothing says what its program is".to_owned(),
        |image| format!("nothing says what its program is; its image is based on {image}"),
    ))
}

/// Words of images that say nothing of what runs on them.
const GENERAL: [&str; 12] = [
    "alpine",
    "debian",
    "ubuntu",
    "scratch",
    "distroless",
    "busybox",
    "amazonlinux",
    "fedora",
    "centos",
    "ubi",
    "wolfi",
    "builder",
];

/// Whether one of the words of an image's name begins or ends so.
fn has_word(image: &str, word: &str) -> bool {
    let name = image.split(['@']).next().unwrap_or(image);
    name.split(|c: char| !c.is_ascii_alphanumeric())
        .any(|part| part.starts_with(word) || part.ends_with(word))
}

pub(super) fn has_manifest(view: &View, directory: &str, language: &Language) -> bool {
    language.manifests.iter().any(|manifest| match manifest.strip_prefix('*') {
        Some(end) => view.files(directory).any(|(file, _)| file.ends_with(end)),
        None => view.has(directory, manifest),
    })
}

/// Directories with a manifest that no Dockerfile accounts for.
fn projects<'v>(view: &'v View, claimed: &[&str]) -> impl Iterator<Item = &'v str> {
    let is_claimed = |directory: &str| {
        claimed.iter().any(|known| {
            *known == directory
                || directory.is_empty()
                || (!known.is_empty() && inside(known, directory).is_some())
                || (!directory.is_empty() && inside(directory, known).is_some())
        })
    };
    let is_manifest = |path: &str| {
        let (_, name) = split(path);
        LANGUAGES.iter().flat_map(|language| language.manifests).any(|manifest| {
            match manifest.strip_prefix('*') {
                Some(end) => name.ends_with(end),
                None => name == *manifest,
            }
        })
    };
    let directories: BTreeSet<&str> =
        view.all().filter(|(path, _)| is_manifest(path)).map(|(path, _)| split(path).0).collect();
    let open: Vec<&str> = directories.into_iter().filter(|directory| !is_claimed(directory)).collect();
    open.into_iter()
}

/// The programs of a project without a Dockerfile.
fn alone(view: &View, directory: &str) -> Vec<(Unit, Found)> {
    let languages = LANGUAGES.iter().filter(|language| has_manifest(view, directory, language));
    let found = languages.filter_map(|language| {
        let unit = Unit::of_project(directory);
        let found = (language.find)(view, &unit)?;
        found.is_program.then_some((unit, found))
    });
    found.take(1).collect()
}

/// Directories of languages that no kind is for.
fn without_kind(view: &View, services: &[String]) -> Vec<Unknown> {
    let files = view.all().filter_map(|(path, _)| {
        let (directory, name) = split(path);
        let (_, language) = WITHOUT_KIND.iter().find(|(manifest, _)| *manifest == name)?;
        // What lies below a service is a part of it.
        let is_part = services.iter().any(|own| !own.is_empty() && inside(own, directory).is_some());
        let why = format!("there is no kind for {language}");
        (!is_part).then(|| Unknown { service: shown(directory), key: "kind", why })
    });
    files.collect()
}

fn shown(directory: &str) -> String {
    if directory.is_empty() { ".".to_owned() } else { directory.to_owned() }
}

/// The proposals, each with a name of its own.
fn named(view: &View, root: &str, found: Vec<(Unit, Found)>, unknowns: &mut Vec<Unknown>) -> Vec<Proposal> {
    let mut taken = BTreeSet::new();
    let mut names: BTreeMap<(String, String), String> = BTreeMap::new();
    let mut proposals = Vec::new();
    for (unit, found) in found {
        let wanted = if unit.name.is_empty() { root } else { unit.name.as_str() };
        let name = name::unique(wanted, &found.directory, &taken);
        taken.insert(name.clone());
        if let Some(service) = &unit.compose {
            names.insert((service.file.clone(), service.name.clone()), name.clone());
        }
        let proposal = proposal(view, &unit, found, name);
        unknowns.extend(proposal.unknowns.iter().cloned());
        proposals.push((unit, proposal));
    }
    let depends_on = |unit: &Unit| -> Vec<String> {
        let service = unit.compose.as_ref();
        let name = |wanted: &String| names.get(&(service?.file.clone(), wanted.clone())).cloned();
        service.into_iter().flat_map(|service| &service.depends_on).filter_map(name).collect()
    };
    let mut all: Vec<Proposal> =
        proposals.into_iter().map(|(unit, p)| Proposal { depends_on: depends_on(&unit), ..p }).collect();
    // Nothing can wait for a service without a health check.
    let is_blind =
        |p: &Proposal| p.keys.iter().any(|key| key.name == "health" && key.value.get("none").is_some());
    let blind: BTreeSet<String> = all.iter().filter(|p| is_blind(p)).map(|p| p.name.clone()).collect();
    for proposal in &mut all {
        for name in proposal.depends_on.extract_if(.., |name| blind.contains(name)) {
            let why = format!("it waits for {name}, which has no health check");
            unknowns.push(Unknown { service: proposal.name.clone(), key: "depends_on", why });
        }
    }
    all
}

fn proposal(view: &View, unit: &Unit, mut found: Found, name: String) -> Proposal {
    let port = ports::of(unit, &found);
    let number = port.as_ref().map(|(port, _)| *port);
    let health = health::of(view, unit, &found, number);
    let mut keys = vec![Key::sure("directory", shown(&found.directory))];
    keys.extend(port.map(|(_, key)| key));
    keys.push(health);
    keys.extend(environment::keys(view, unit, number));
    found.unknowns.extend(environment::unknowns(unit));
    let unknown =
        |(key, why): &(&'static str, String)| Unknown { service: name.clone(), key, why: why.clone() };
    Proposal {
        unknowns: found.unknowns.iter().map(unknown).collect(),
        name,
        directory: found.directory,
        kind: found.kind,
        keys,
        table: found.table,
        depends_on: Vec::new(),
    }
}
