//! Projects that no Dockerfile builds.

use std::collections::BTreeSet;

use super::compose::Service;
use super::look::{has_manifest, is_manifest};
use super::units::Unit;
use super::view::{View, ancestors, inside, split};
use super::{Found, LANGUAGES, Unknown, WITHOUT_KIND, health, ports, shown};

/// Programs of projects beside those that were found, and what looks like one but is no service.
pub(super) fn programs(
    view: &View,
    found: &[(Unit, Found)],
    others: &[Service],
    unknowns: &mut Vec<Unknown>,
) -> Vec<(Unit, Found)> {
    let mut claims: Vec<Claim> = found.iter().map(|(unit, found)| Claim::of(unit, found)).collect();
    claims
        .extend(unknowns.iter().map(|unknown| Claim { directory: unknown.service.clone(), is_whole: true }));
    let mut programs = Vec::new();
    for directory in directories(view) {
        if claims.iter().any(|claim| claim.holds(directory)) || is_part_of_django(view, directory) {
            continue;
        }
        let all = alone(view, directory);
        for (unit, found) in all {
            let is_claimed = |path: &str| claims.iter().any(|claim| !path.is_empty() && claim.holds(path));
            let member = found.member.clone().unwrap_or_default();
            if is_claimed(&member) || is_claimed(found.entry.as_deref().unwrap_or_default()) {
                continue;
            }
            // A Compose file that runs its image says that it is one.
            let is_run = others.iter().any(|service| is_image_of(service, &unit));
            match not_a_service(view, &unit, &found).filter(|_| !is_run) {
                None => {
                    claims.push(Claim::of(&unit, &found));
                    programs.push((unit, found));
                }
                Some(why) => {
                    unknowns.push(Unknown { service: shown(&member), key: found.kind, why });
                }
            }
        }
    }
    programs
}

/// A directory whose manifests are accounted for.
struct Claim {
    directory: String,
    /// Whether all that lies below it is a part of it.
    is_whole: bool,
}

impl Claim {
    fn of(unit: &Unit, found: &Found) -> Self {
        // A member of a workspace has its own directory, and the root of a tree has room for others.
        let directory = found.member.clone().unwrap_or_else(|| unit.directory.clone());
        Self { is_whole: !directory.is_empty(), directory }
    }

    fn holds(&self, directory: &str) -> bool {
        self.directory == directory || (self.is_whole && inside(&self.directory, directory).is_some())
    }
}

/// Directories with a manifest, those above others first.
fn directories(view: &View) -> Vec<&str> {
    let is_manifest = |path: &str| LANGUAGES.iter().any(|language| is_manifest(language, path));
    let directories: BTreeSet<&str> =
        view.all().filter(|(path, _)| is_manifest(path)).map(|(path, _)| split(path).0).collect();
    directories.into_iter().collect()
}

/// The programs of a project without a Dockerfile: the first language that finds any.
fn alone(view: &View, directory: &str) -> Vec<(Unit, Found)> {
    let languages = LANGUAGES.iter().filter(|language| has_manifest(view, directory, language));
    let found = languages.filter_map(|language| {
        let unit = Unit::of_project(directory);
        let found = (language.find)(view, &unit)?;
        found.is_program.then_some((unit, found))
    });
    let mut all: Vec<(Unit, Found)> = found.take(1).collect();
    for (unit, found) in &mut all {
        if let Some(member) = found.member.as_ref().filter(|member| **member != unit.directory) {
            unit.name = named(member);
        }
    }
    let others = all.first_mut().map(|(_, found)| std::mem::take(&mut found.others)).unwrap_or_default();
    let kind = all.first().map(|(_, found)| found.kind);
    for program in others {
        let name = named(&program);
        let mut unit = Unit::of_project(directory);
        unit.program = Some(program);
        let languages = LANGUAGES.iter().filter(|language| has_manifest(view, directory, language));
        let found = languages
            .filter_map(|language| (language.find)(view, &unit))
            .find(|found| Some(found.kind) == kind);
        if let Some(found) = found {
            if !name.is_empty() {
                unit.name = name;
            }
            all.push((unit, found));
        }
    }
    all
}

/// What a program is called after its path.
fn named(path: &str) -> String {
    path.rsplit('/').find(|part| !matches!(*part, "cmd" | "main" | "src" | "app")).unwrap_or("").to_owned()
}

/// Whether the image of a Compose service that is not built there is that of a unit: `registry/shop/orders:1.0` is
/// that of `orders`, `edge-server:1.0` that of `edge-server`, and `redis:7` of nobody here.
pub(super) fn is_image_of(service: &Service, unit: &Unit) -> bool {
    let name = unit.name.as_str();
    let Some(image) = service.image.as_deref() else { return false };
    let (is_of_somebody, last) = image.rsplit_once('/').map_or((false, image), |(_, last)| (true, last));
    let (last, tag) = last.split_once([':', '@']).unwrap_or((last, ""));
    // One word says enough of who made it only with a registry or an account before it.
    let is_telling = name.contains('-');
    let is_same = last == name && (is_of_somebody || is_telling || tag.ends_with("SNAPSHOT"));
    let is_part = last.ends_with(&format!("-{name}")) && (service.name == name || is_telling);
    !name.is_empty() && (is_same || is_of_somebody && is_part)
}

/// Why a program that only its manifest tells of is no service.
fn not_a_service(view: &View, unit: &Unit, found: &Found) -> Option<String> {
    let own = found.member.as_deref().unwrap_or(&unit.directory);
    let is_desktop = view.has(own, "tauri.conf.json")
        || view.is_there(&super::view::join(own, "src-tauri"))
        || view.file(own, "package.json").is_some_and(|text| text.contains("\"electron\""));
    if is_desktop {
        return Some("it is an application for the desktop".to_owned());
    }
    if found.kind == "node" && is_tool(view, own) {
        return Some(
            "it is a program for the command line, and nothing says that it is a service".to_owned(),
        );
    }
    if found.kind == "static" && matches!(split(own).1, "docs" | "documentation") {
        return Some("it is documentation, and no file builds an image of it".to_owned());
    }
    let has_port = ports::of(view, unit, found).is_some();
    if !has_port && own.split('/').any(|part| matches!(part, "scripts" | "tools")) {
        return Some("it lies among tools, and no file builds it or names a port".to_owned());
    }
    let listens = has_port || found.is_server;
    if !listens && !health::serves(view, own) {
        return Some(
            "it is a program, and nothing says that it is a service: no Dockerfile, no Compose file, no port"
                .to_owned(),
        );
    }
    None
}

/// Whether a package installs a command, and starts nothing by itself.
fn is_tool(view: &View, directory: &str) -> bool {
    let text = view.file(directory, "package.json").unwrap_or_default();
    let package: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
    package.get("bin").is_some() && package.pointer("/scripts/start").is_none()
}

/// Directories of languages that no kind is for.
pub(super) fn without_kind(view: &View, services: &[String]) -> Vec<Unknown> {
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

/// Whether a directory has nothing but the program of a Django project above it.
fn is_part_of_django(view: &View, directory: &str) -> bool {
    const MANIFESTS: [&str; 5] = ["pyproject.toml", "requirements.txt", "uv.lock", "poetry.lock", "Pipfile"];
    let has = |directory: &str| MANIFESTS.iter().any(|name| view.has(directory, name));
    let others = || LANGUAGES.iter().filter(|language| has_manifest(view, directory, language)).count();
    view.has(directory, "manage.py")
        && !has(directory)
        && others() == 1
        && ancestors(directory).skip(1).any(has)
}
