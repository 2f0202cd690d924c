//! What is looked at before a build: the generated files, the sources, the environment.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;

use super::super::context::Sources;
use super::super::lock::LockFile;
use super::super::source::{Description, Fault};
use super::super::stderr;
use crate::context::{self, Finding};
use crate::engine::bake::{self, Bake};
use crate::file_path::{shown, shown_in};
use crate::fleet::words::Platform;
use crate::fleet::{self, Fleet, Service};
use crate::sync::{self, Options};
use crate::{render, report};

/// What is wrong if the files that a build uses are not what the description says.
pub(super) fn out_of_sync(
    description: &Description,
    services: &[&Service],
    asked_for: Option<&Path>,
) -> anyhow::Result<Option<Fault>> {
    let fleet = &description.fleet;
    let used = with_foundations(fleet, services);
    let pins = LockFile::load(description)?;
    let mut wanted = render::files(fleet, &used, pins.lock.as_ref(), true, &description.name())?;
    wanted.retain(|file| file.path.as_str() != render::COMPOSE);
    let found = sync::read(&description.open_output(asked_for)?, &wanted, Options::default())
        .map_err(Fault::Files)?;
    let plan = sync::plan(wanted, found, Options::default());
    let different: BTreeSet<_> = plan.differences().map(|file| file.path.as_str()).collect();
    let Some(first) = different.first() else { return Ok(None) };
    let first = shown_in(&description.output(asked_for), first);
    let rest = match different.len() - 1 {
        0 => String::new(),
        rest => format!(" and {rest} more"),
    };
    let message = format!("not in sync with services.toml: {first}{rest}");
    let hint = description
        .fleet_options(asked_for)
        .put_into("run `dockwright gen`; `gen --diff` shows the difference")
        .into_owned();
    Ok(Some(Fault::plain(message, Some(hint))))
}

/// The services, and those whose images they are based on.
fn with_foundations<'a>(fleet: &'a Fleet, services: &[&'a Service]) -> Vec<&'a Service> {
    let mut all = services.to_vec();
    let mut next = 0;
    while let Some(service) = all.get(next) {
        next += 1;
        let below = fleet.stands_on(service).into_iter();
        let new: Vec<_> =
            below.filter(|other| all.iter().all(|it| it.name.value != other.name.value)).collect();
        all.extend(new);
    }
    all
}

/// Refuses a platform that a service cannot be built for: its build would end without a word about it.
pub(super) fn platforms(services: &[&Service], asked_for: &[Platform]) -> Result<(), Fault> {
    for service in services {
        let Some(known) = fleet::platforms_of(service) else { continue };
        if let Some(other) = asked_for.iter().find(|platform| !known.contains(&platform.as_str())) {
            let message = format!("`{}` cannot be built for {other}", service.name.value);
            let hint = format!("its images are built for {}", known.join(" and "));
            return Err(Fault::plain(message, Some(hint)));
        }
    }
    Ok(())
}

/// Says which variables of the environment would have changed the build, were it not for this program.
pub(super) fn warn_of_environment(bake: &Bake) -> io::Result<()> {
    let mut err = stderr();
    let variables = bake.variables();
    for (name, option) in bake::OWN {
        let own = variables.iter().find(|(variable, _)| *variable == name).map(|(_, value)| value);
        if let Some(value) = std::env::var_os(name)
            && Some(&value) != own
        {
            let value = value.to_string_lossy();
            report::warning_line(&mut err, &format!("{name}={value} in the environment is ignored"))?;
            report::hint_line(&mut err, &format!("use {option} instead"))?;
        }
    }
    Ok(())
}

/// Says what runs on the target platform, and so is emulated where the builder is of another architecture.
pub(super) fn warn_of_emulation(services: &[&Service]) -> io::Result<()> {
    let mut err = stderr();
    for service in services {
        let emulated = service.kind.program().needs(service).emulated;
        if !emulated.is_empty() {
            let message = format!(
                "`{}` compiles {} on the target platform, which a builder of another architecture emulates",
                service.name.value,
                emulated.join(", ")
            );
            report::warning_line(&mut err, &message)?;
        }
    }
    Ok(())
}

/// What services need of the build context and is not there, which ends the build before it begins; to keep
/// going, the services, each with the cause, that are not to be asked for.
pub(super) fn missing_sources(
    description: &Description,
    services: &[&Service],
    tree: &Path,
    keep_going: bool,
) -> anyhow::Result<Vec<(String, String)>> {
    let Description { path, text, fleet } = description;
    let found = context::missing(fleet, &with_foundations(fleet, services), &Sources::in_directory(tree));
    report::findings(&mut stderr(), path, text, &found)?;
    let certain: Vec<_> = found.into_iter().filter(|finding| finding.is_certain).collect();
    if !keep_going && !certain.is_empty() {
        let mistakes = report::counted(certain.len(), "error");
        let message = format!("{mistakes} in {}; nothing was built", shown(path));
        let hint = "`--keep-going` builds the services that are complete".to_owned();
        return Err(Fault::plain(message, Some(hint)).into());
    }
    let refused = certain.into_iter().flat_map(|Finding { diagnostic, services, .. }| {
        services.into_iter().map(move |service| (service, diagnostic.message.clone()))
    });
    Ok(refused.collect())
}
