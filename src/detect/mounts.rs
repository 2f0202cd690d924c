//! Programs that Compose mounts into an image for development instead of building them.

use super::compose::Service;
use super::dockerfile::Facts;
use super::look::{has_manifest, look};
use super::units::Unit;
use super::view::{View, inside, join, resolve, split};
use super::{Found, LANGUAGES, script, shown, start};

/// The program in the directory that a service starts in, if Compose mounts it. `facts` are those of its Dockerfile.
pub(super) fn program(view: &View, service: &Service, facts: &Facts) -> Option<(Unit, Found)> {
    let workdir = service.workdir.as_ref().unwrap_or(&facts.tree.workdir).trim_matches('/');
    let mut directories = service.mounts.iter().filter(|mount| !mount.is_volume()).filter_map(|mount| {
        let rest = inside(mount.target.trim_matches('/'), workdir)?;
        Some(join(&resolve(split(&service.file).0, &mount.source)?, rest))
    });
    let is_project = |place: &String| LANGUAGES.iter().any(|language| has_manifest(view, place, language));
    let directory = directories.find(is_project).filter(|_| !workdir.is_empty())?;
    let mut unit = Unit::of_project(&directory);
    unit.name.clone_from(&service.name);
    unit.facts.images = facts.images.iter().chain(&service.image).take(1).cloned().collect();
    let argv = [service.entrypoint.clone(), service.command.clone()].into_iter().flatten().flatten();
    let argv: Vec<String> = argv.collect();
    let mut service = service.clone();
    if start::is_for_development(&argv) {
        service.rest.lost.retain(|lost| !lost.starts_with("command"));
        service.rest.lost.push(format!("command ({})", argv.join(" ")));
    } else {
        unit.start = script::followed(view, &unit, &argv, &unit.facts.env);
    }
    service.rest.lost.retain(|lost| !lost.starts_with("working_dir"));
    let why = format!(
        "{} mounts {} into an image, and the entry builds one with it",
        service.file,
        shown(&directory)
    );
    unit.compose = Some(service);
    let mut found = look(view, &mut unit).ok()?;
    found.unknowns.push(("directory", why));
    Some((unit, found))
}

/// The programs of services that run an image of somebody else, beside those that are found; the other services stay.
pub(super) fn of_images(view: &View, others: &mut Vec<Service>, found: &mut Vec<(Unit, Found)>) {
    let built = found.len();
    others.retain(|service| {
        let Some((unit, program)) = program(view, service, &Facts::default()) else { return true };
        let is_same = |(_, other): &(Unit, Found)| {
            other.directory == program.directory && other.member == program.member
        };
        if !found[..built].iter().any(is_same) {
            found.push((unit, program));
        }
        false
    });
}
