//! What an engine or Compose would refuse, or what would hide the program, although every value has its type.

use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;

use super::at::At;
use super::description::SecretsAs;
use super::flaws::{Flaws, Wrong};
use super::model::{Fleet, Service};
use super::words::{EnvName, Name};
use crate::diagnostic::{Diagnostic, Span};
use crate::kinds::wants_statics;
use crate::path::AbsolutePath;

/// Directories of the system: a mount over one hides what the program needs, or is refused.
const SYSTEM: [&str; 8] = ["/bin", "/etc", "/lib", "/lib64", "/sbin", "/usr", "/usr/bin", "/usr/lib"];

/// File systems of the kernel, in which nothing can be mounted.
const KERNEL: [&str; 3] = ["/dev", "/proc", "/sys"];

/// What a service gets wrong by itself.
pub(super) fn within(service: &Service, wrong: &Wrong) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    found.extend(group_of_bake(service));
    found.extend(repeated(service));
    if !wrong.has("secrets_as") {
        found.extend(file_names(service));
        found.extend(said_twice(service));
    }
    found.extend(secret_paths(service));
    found.extend(defaults(service));
    found.extend(hidden(service));
    found.extend(memory(service));
    found
}

/// Less than an engine takes.
fn memory(service: &Service) -> Option<Diagnostic> {
    const LEAST: u64 = 6 << 20;
    let memory = service.memory.filter(|memory| memory.bytes() < LEAST)?;
    let message =
        format!("`{}` may use {memory}, but engines need a limit of at least 6M", service.name.value);
    Some(Diagnostic::new(service.name.span.clone(), message).about(["memory"]).hint("raise the limit"))
}

/// The names of bake's groups.
fn group_of_bake(service: &Service) -> Option<Diagnostic> {
    let name = service.name.as_str();
    let phase = name.strip_prefix("phase-").is_some_and(|number| number.bytes().all(|b| b.is_ascii_digit()));
    (name == "default" || phase).then(|| {
        Diagnostic::new(
            service.name.span.clone(),
            format!("`{name}` is the name of a group in the bake file"),
        )
        .hint("rename the service")
    })
}

/// A name that stands twice in a list. The lists are short, and most services are right.
fn repeated(service: &Service) -> Option<Diagnostic> {
    let named = |key: &'static str, list: &[At<Name>]| {
        let place = again(list, |a, b| a.value == b.value)?;
        Some((key, list[place].value.to_string()))
    };
    let variables = |key: &'static str, list: &[EnvName]| {
        again(list, |a, b| a == b).map(|place| (key, list[place].to_string()))
    };
    let (key, name) = named("depends_on", &service.depends_on)
        .or_else(|| named("networks", &service.networks))
        .or_else(|| variables("settings", &service.settings))
        .or_else(|| variables("secrets", &service.secrets))?;
    let message = format!("`{name}` is listed twice in `{key}` of `{}`", service.name.value);
    let mistake = Diagnostic::new(service.name.span.clone(), message).about([key, &name]);
    Some(mistake.hint("list it once"))
}

/// The place of the first item that is the same as one before it.
fn again<T>(list: &[T], same: impl Fn(&T, &T) -> bool) -> Option<usize> {
    (1..list.len()).find(|&place| list[..place].iter().any(|before| same(before, &list[place])))
}

/// A secret `X` is given as the variable `X_FILE`, which nothing else may set.
fn file_names(service: &Service) -> Option<Diagnostic> {
    if service.secrets_as == SecretsAs::Env {
        return None;
    }
    let settings = service.settings.iter().map(|variable| ("settings", variable));
    let mut others = settings.chain(service.env.keys().map(|variable| ("env", variable)));
    let (key, variable, secret) = others.find_map(|(key, variable)| {
        let secret = variable.as_str().strip_suffix("_FILE")?;
        service.secrets.iter().any(|name| name.as_str() == secret).then_some((key, variable.as_str(), secret))
    })?;
    let message =
        format!("`{variable}` is reserved for passing the secret `{secret}` to `{}`", service.name.value);
    Some(
        Diagnostic::new(service.name.span.clone(), message)
            .about([key, variable])
            .hint(format!("remove `{variable}`")),
    )
}

/// A secret, and a setting of the same name, which would put it into the environment all the same.
fn said_twice(service: &Service) -> Option<Diagnostic> {
    let name = service.secrets.iter().find(|name| service.settings.contains(name))?;
    let message = format!("`{name}` of `{}` is both a setting and a secret", service.name.value);
    Some(
        Diagnostic::new(service.name.span.clone(), message)
            .about(["settings", name.as_str()])
            .hint("list it only in `secrets`"),
    )
}

/// Two secrets at one path, or one where something else of the service lies.
fn secret_paths(service: &Service) -> Option<Diagnostic> {
    let taken = |path: &AbsolutePath, name: &EnvName| {
        let others = service.secret_files.iter().filter(|(other, _)| *other != name);
        others.map(|(_, path)| path).any(|other| other == path)
            || service.sources.iter().any(|source| source.to == *path)
            || service.owned_directories().contains(&path)
    };
    let (name, path) = service.secret_files.iter().find(|(name, path)| taken(path, name))?;
    let message = format!("the secret `{name}` is mounted at {path}, where something else is");
    Some(
        Diagnostic::new(service.name.span.clone(), message)
            .about(["secret_files", name.as_str()])
            .hint("use a different path for each secret"),
    )
}

/// A setting with a value of the image as its default, in the way that Compose can say it.
fn defaults(service: &Service) -> Option<Diagnostic> {
    let said = |name: &&EnvName| {
        service.env.get(*name).is_some_and(|value| value.as_str().contains(['$', '}', '{']))
    };
    let name = service.settings.iter().find(said)?;
    let message = format!("Compose cannot take the value of `{name}` as the default of a setting");
    Some(
        Diagnostic::new(service.name.span.clone(), message)
            .about(["settings", name.as_str()])
            .hint("set it in `env` or in `settings`, not in both"),
    )
}

/// A directory to write to that lies over what the image brings.
fn hidden(service: &Service) -> Option<Diagnostic> {
    let below = |path: &str, outer: &str| {
        path == outer || path.strip_prefix(outer).is_some_and(|rest| rest.starts_with('/'))
    };
    let mount = |path: &AbsolutePath, scratch: bool| -> Option<String> {
        let path = path.as_str();
        if KERNEL.iter().any(|directory| below(path, directory)) {
            return Some("a kernel file system".to_owned());
        }
        if SYSTEM.contains(&path) {
            return Some("a system directory, whose files it would hide".to_owned());
        }
        if !service.secrets.is_empty() && below("/run/secrets", path) {
            return Some("where secrets are mounted".to_owned());
        }
        if let Some((directory, what)) = service.kind.program().own_directory()
            && below(directory, path)
        {
            return Some(what.to_owned());
        }
        // A volume begins with what the image has there; a scratch directory is empty.
        let source = service.sources.iter().find(|source| scratch && below(source.to.as_str(), path))?;
        Some(format!("the directory of `{}`, which it would hide", source.from))
    };
    let scratch = service.writable.iter().map(|at| (at, true));
    let mut all = scratch.chain(service.volumes.iter().map(|at| (at, false)));
    all.find_map(|(at, scratch)| {
        let why = mount(&at.value, scratch)?;
        Some(
            Diagnostic::new(at.span.clone(), format!("`{}` is {why}", at.value))
                .hint("choose a directory that belongs to the service"),
        )
    })
}

/// What services of one fleet get wrong together.
pub(super) fn between(fleet: &Fleet, flaws: &Flaws) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    if fleet.platforms.is_empty() {
        let mistake = Diagnostic::new(0..0, "the fleet has no platforms, so nothing can be built");
        found.push(mistake.hint("remove the key `platforms`, or add one"));
    }
    found.extend(volumes(fleet));
    found.extend(commands_before(fleet));
    found.extend(unreachable(fleet));
    found.extend(subnets(fleet));
    if flaws.services.is_empty() {
        found.extend(own_image(fleet));
        found.extend(inherited_shells(fleet));
    }
    found.extend(platforms(fleet, flaws));
    found.extend(powerless(fleet, flaws));
    found
}

/// A service whose files would be staged by a user who may not.
fn powerless(fleet: &Fleet, flaws: &Flaws) -> Option<Diagnostic> {
    let stages = |service: &&Service| {
        service.programs.is_some() || !service.owned_directories().is_empty() || wants_statics(service)
    };
    let is_known = |service: &&Service| !flaws.has(service, [Wrong::KIND, "base"]);
    fleet.services.iter().filter(is_known).filter(stages).find_map(|service| {
        let helper = fleet.helper(service);
        let user = helper.build_user.as_ref()?;
        let message = format!(
            "the files of `{}` are staged on {}, which runs as user {user}",
            service.name.value, helper.build
        );
        let hint =
            "set `probe_base` of [fleet] to a base whose build image is Debian, such as debian:trixie-slim";
        Some(Diagnostic::new(service.name.span.clone(), message).hint(hint))
    })
}

/// The platforms that wheels are chosen for, packages are unpacked for and the static probe is compiled for.
const PLATFORMS: [&str; 2] = ["linux/amd64", "linux/arm64"];

/// A service that cannot be built for a platform of the fleet.
fn platforms(fleet: &Fleet, flaws: &Flaws) -> Option<Diagnostic> {
    let platform = fleet.platforms.iter().find(|platform| !PLATFORMS.contains(&platform.as_str()))?;
    let mut known = fleet.services.iter().filter(|service| !flaws.has(service, [Wrong::KIND]));
    let (service, platforms) = known.find_map(|service| Some((service, platforms_of(service)?)))?;
    let message = format!("`{}` cannot be built for {platform}", service.name.value);
    let hint = format!("remove it from `platforms`: the images exist for {}", platforms.join(" and "));
    Some(Diagnostic::new(service.name.span.clone(), message).hint(hint))
}

/// The platforms that a service can be built for; `None` if it depends on none.
pub(crate) fn platforms_of(service: &Service) -> Option<&'static [&'static str]> {
    let depends = service.kind.program().needs(service).known_platform
        || service.programs.is_some()
        || wants_statics(service);
    depends.then_some(&PLATFORMS)
}

/// Two volumes of one name: `/c` of `a-b`, and `/b/c` of `a`.
fn volumes(fleet: &Fleet) -> Vec<Diagnostic> {
    let mut first: HashMap<String, Span> = HashMap::new();
    let mut found = Vec::new();
    for service in &fleet.services {
        for at in &service.volumes {
            let name = service.volume_name(&at.value);
            if let Some(other) = first.get(&name) {
                let message = format!("the volume of `{}` has the name `{name}`, like another one", at.value);
                found.push(
                    Diagnostic::new(at.span.clone(), message)
                        .related(other.clone(), "the other one")
                        .hint("use another directory, or rename the service"),
                );
            } else {
                first.insert(name, at.span.clone());
            }
        }
    }
    found
}

/// A service that is called as a command before the start of another is in Compose.
fn commands_before(fleet: &Fleet) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for service in &fleet.services {
        for (name, command) in service.before_names().iter().zip(&service.before) {
            if let Some(other) = fleet.service(name) {
                let message = format!(
                    "`{name}` is the name in compose.yaml of the command that runs before `{}`",
                    service.name.value
                );
                found.push(
                    Diagnostic::new(other.name.span.clone(), message)
                        .related(command.span.clone(), "the command")
                        .hint("rename the service"),
                );
            }
        }
    }
    found
}

/// An engine publishes nothing on an isolated network.
fn unreachable(fleet: &Fleet) -> Vec<Diagnostic> {
    let isolated = |name: &Name| fleet.networks.get(name).is_some_and(|network| network.isolated);
    let services = fleet.services.iter().filter(|service| {
        !service.networks.is_empty() && service.networks.iter().all(|network| isolated(&network.value))
    });
    let published = services.filter_map(|service| Some((service, service.publish.first()?)));
    published
        .map(|(service, publish)| {
            let message =
                format!("`{}` publishes a port, but is only on isolated networks", service.name.value);
            Diagnostic::new(publish.span.clone(), message).hint("add a network that is not isolated")
        })
        .collect()
}

/// Subnets that overlap, which an engine refuses.
fn subnets(fleet: &Fleet) -> Vec<Diagnostic> {
    let ranges = fleet.networks.iter().filter_map(|(name, network)| {
        let subnet = network.subnet.as_ref()?;
        Some((name, range(subnet.as_ref())?))
    });
    let mut ranges: Vec<_> = ranges.collect();
    ranges.sort_by_key(|(name, (first, last))| (*first, *last, *name));
    let pairs = ranges.iter().zip(ranges.iter().skip(1));
    pairs
        .filter(|((_, (_, last)), (_, (first, _)))| first <= last)
        .map(|((one, _), (other, _))| {
            Diagnostic::new(0..0, format!("the subnets of the networks `{one}` and `{other}` overlap"))
                .hint("change or remove the `subnet` of one of them")
        })
        .collect()
}

/// The first and the last address of a subnet, as numbers; those of IPv6 come behind those of IPv4.
fn range(subnet: &str) -> Option<((bool, u128), (bool, u128))> {
    let (address, length) = subnet.split_once('/')?;
    let length: u32 = length.parse().ok()?;
    let (six, first, bits) = match address.parse().ok()? {
        IpAddr::V4(address) => (false, u128::from(u32::from(address)), 32),
        IpAddr::V6(address) => (true, u128::from(address), 128),
    };
    let size = 1_u128.checked_shl(bits - length).map_or(u128::MAX, |size| size - 1);
    Some(((six, first), (six, first.saturating_add(size))))
}

/// Images that stand on each other in a circle, which nobody can build.
fn own_image(fleet: &Fleet) -> Option<Diagnostic> {
    let foundations = fleet.foundations();
    foundations.iter().find_map(|start| {
        let (mut open, mut seen) = (vec![*start], BTreeSet::new());
        while let Some(service) = open.pop() {
            for image in [&service.base.build, &service.base.run] {
                for other in foundations.iter().filter(|other| other.is_made_as(image, fleet)) {
                    if other.name.value == start.name.value {
                        let message = format!("the image of `{}` is based on itself", start.name.value);
                        let hint = "use another image in its base";
                        return Some(Diagnostic::new(start.name.span.clone(), message).hint(hint));
                    }
                    if seen.insert(other.name.as_str()) {
                        open.push(other);
                    }
                }
            }
        }
        None
    })
}

/// Bases that run on the image of a service with a shell, and do not say so themselves.
fn inherited_shells(fleet: &Fleet) -> Vec<Diagnostic> {
    let with_shell: Vec<_> =
        fleet.foundations().into_iter().filter(|service| service.base.allow_shell.is_some()).collect();
    let clean = fleet.bases.iter().filter(|(_, base)| base.allow_shell.is_none());
    clean
        .filter_map(|(name, base)| {
            let below = with_shell.iter().find(|service| service.is_made_as(&base.run, fleet))?;
            let message = format!(
                "the run image {} of `{name}` is that of `{}`, which has a shell",
                base.run, below.name.value
            );
            let hint = "run on another image, or say in `allow_shell` of the base why it may have one";
            Some(Diagnostic::new(base.span.clone(), message).hint(hint))
        })
        .collect()
}

#[cfg(test)]
mod tests;
