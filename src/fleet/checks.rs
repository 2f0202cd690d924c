//! What is wrong although every value has its type: within a service, and between services.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::at::At;
use super::description::HealthTable;
use super::kind::Kind;
use super::model::{Fleet, Probe, Service};
use super::names::Names;
use super::words::{EnvName, Line, Name, Port};
use crate::diagnostic::{Diagnostic, Span};

/// Files that the fleet has besides those of its services, so that no Dockerfile may be one.
pub(crate) const FLEET_FILES: [&str; 2] = ["docker-bake.hcl", "compose.yaml"];

/// The directory of the files that Dockerfiles share.
pub(crate) const SHARED_DIRECTORY: &str = "dockwright";

// ---------------------------------------------------------------- within a service

/// What a service gets wrong by itself.
pub(super) fn within_service(service: &Service) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    found.extend(dockerfile_name(service));
    found.extend(nested_directories(service));
    found.extend(published_ports(service));
    found.extend(same_destination(service));
    found.extend(secrets_in_env(service));
    found.extend(kind(service));
    found
}

fn dockerfile_name(service: &Service) -> Option<Diagnostic> {
    let path = service.dockerfile.as_str();
    let taken = FLEET_FILES.contains(&path)
        || path.split('/').next() == Some(SHARED_DIRECTORY)
        || path.ends_with(".dockerignore");
    taken.then(|| {
        Diagnostic::new(
            service.dockerfile.span.clone(),
            format!("`{path}` is a name that dockwright needs itself"),
        )
        .hint("call it Dockerfile or Dockerfile.NAME")
    })
}

fn nested_directories(service: &Service) -> Option<Diagnostic> {
    let mut all: Vec<_> = service.writable.iter().chain(&service.volumes).collect();
    if let Some(tmp) = all.iter().find(|at| at.as_str() == "/tmp" || at.as_str() == "/") {
        return Some(
            Diagnostic::new(
                tmp.span.clone(),
                format!("`{}` is no directory of the service's own", tmp.value),
            )
            .hint("/tmp is always writable: its key is `tmp`"),
        );
    }
    // With a slash behind each, what lies below a directory follows it at once.
    all.sort_by_cached_key(|at| format!("{}/", at.value));
    let (outer, inner) = all.iter().zip(all.iter().skip(1)).find(|(outer, inner)| inner.is_within(outer))?;
    let message = if inner.value == outer.value {
        format!("`{}` is named twice", inner.value)
    } else {
        format!("`{}` lies under `{}`, which is writable already", inner.value, outer.value)
    };
    Some(
        Diagnostic::new(inner.span.clone(), message)
            .related(outer.span.clone(), "the outer directory")
            .hint("name one of them: a mount on the outer directory hides the inner one"),
    )
}

fn published_ports(service: &Service) -> Option<Diagnostic> {
    let stray = service.publish.iter().find(|publish| !service.ports.contains(&publish.container))?;
    Some(
        Diagnostic::new(
            stray.span.clone(),
            format!(
                "port {} is published, but `{}` does not listen on it",
                stray.container, service.name.value
            ),
        )
        .hint(listening(&service.ports)),
    )
}

fn listening(ports: &[Port]) -> String {
    if ports.is_empty() {
        return "the service has no `ports`".to_owned();
    }
    let list: Vec<_> = ports.iter().map(Port::to_string).collect();
    format!("its ports are {}", list.join(", "))
}

fn same_destination(service: &Service) -> Option<Diagnostic> {
    let mut seen = BTreeSet::new();
    let twice = service.sources.iter().find(|source| !seen.insert(&source.to))?;
    Some(
        Diagnostic::new(
            service.name.span.clone(),
            format!("two sources of `{}` go to {}", service.name.value, twice.to),
        )
        .hint("say { from = \"…\", to = \"…\" } for one of them"),
    )
}

fn secrets_in_env(service: &Service) -> Option<Diagnostic> {
    let secret = service.env.keys().find(|name| is_secret(name))?;
    Some(
        Diagnostic::new(
            service.name.span.clone(),
            format!(
                "`{secret}` of service `{}` looks like a secret, and an image keeps every value",
                service.name.value
            ),
        )
        .hint("name it in `secrets`: it is then given as a file when the service starts"),
    )
}

fn is_secret(name: &EnvName) -> bool {
    const WORDS: [&str; 7] =
        ["PASSWORD", "PASSWD", "SECRET", "TOKEN", "API_KEY", "PRIVATE_KEY", "CREDENTIALS"];
    let name = name.as_str().to_ascii_uppercase();
    WORDS.iter().any(|word| name.ends_with(word)) || name.ends_with("SECRET_KEY")
}

fn kind(service: &Service) -> Option<Diagnostic> {
    let at = service.name.span.clone();
    let name = service.name.as_str();
    match &service.kind {
        Kind::Python(python) => {
            let said = [
                python.app.as_ref().map(|v| &v.span),
                python.module.as_ref().map(|v| &v.span),
                python.command.as_ref().map(|v| &v.span),
            ];
            let said: Vec<&Span> = said.into_iter().flatten().collect();
            match said.as_slice() {
                [] => Some(
                    Diagnostic::new(at, format!("nothing says what `{name}` starts"))
                        .hint("set one of python.app, python.module and python.command"),
                ),
                [_] if python.app.is_some() && service.ports.is_empty() => Some(
                    Diagnostic::new(at, format!("`{name}` serves an application, but has no port"))
                        .hint("set `ports`"),
                ),
                [_] => interpreter(service, "python"),
                [first, second, ..] => Some(
                    Diagnostic::new((*second).clone(), "only one of app, module and command can be started")
                        .related((*first).clone(), "the first one")
                        .hint("take one of them away"),
                ),
            }
        }
        Kind::Java(java) => match &java.main {
            Some(main) if service.sources.is_empty() => Some(
                Diagnostic::new(main.span.clone(), "there are no sources to compile the class from")
                    .hint("set `sources`"),
            ),
            _ => interpreter(service, "java"),
        },
        Kind::Node(_) => interpreter(service, "node"),
        Kind::Native(native) => {
            let program = native.command.first().map_or("", Line::as_str);
            if !program.starts_with('/') {
                Some(absolute_program(&native.command.span, program))
            } else if service.programs.is_none() {
                Some(
                    Diagnostic::new(at, format!("`{name}` has no programs"))
                        .hint("set programs = { paths = [\"/usr/bin/…\"] }"),
                )
            } else {
                None
            }
        }
        Kind::Bare(_) => None,
    }
}

fn interpreter(service: &Service, wanted: &str) -> Option<Diagnostic> {
    let found = service.base.interpreter.as_ref();
    found.is_none_or(|interpreter| interpreter.name != wanted).then(|| {
        let what = found.map_or("no known interpreter".to_owned(), |found| format!("only {}", found.path));
        Diagnostic::new(
            service.name.span.clone(),
            format!(
                "`{}` needs {wanted}, but its run image {} has {what}",
                service.name.value, service.base.run
            ),
        )
        .hint("name another base, or describe the image in [catalogue] if dockwright does not know it")
    })
}

fn absolute_program(span: &Span, program: &str) -> Diagnostic {
    Diagnostic::new(span.clone(), format!("`{program}` is not an absolute path"))
        .hint("an image without a shell searches nothing: write the whole path of the program")
}

// ---------------------------------------------------------------- health checks

/// Refuses a command that is no absolute program, or that cannot fail.
pub(super) fn honest_command(command: &At<Vec<Line>>) -> Result<(), Diagnostic> {
    let Some(program) = command.first() else {
        return Err(Diagnostic::new(command.span.clone(), "the command is empty")
            .hint("write an absolute program and its arguments, or say { none = \"reason\" }"));
    };
    if !program.as_str().starts_with('/') {
        return Err(absolute_program(&command.span, program.as_str()));
    }
    let name = program.as_str().rsplit('/').next().unwrap_or_default();
    let arguments: Vec<&str> = command[1..].iter().map(Line::as_str).collect();
    if always_succeeds(name, &arguments) {
        return Err(Diagnostic::new(command.span.clone(), "this check always succeeds, so it says nothing")
            .hint("look at what the service does, or say { none = \"reason\" }"));
    }
    Ok(())
}

fn always_succeeds(program: &str, arguments: &[&str]) -> bool {
    let prints_its_version =
        matches!(arguments, ["--version" | "-version" | "-V" | "-v" | "version" | "--help" | "-h" | "help"]);
    let last = arguments.last().map(|code| code.replace([' ', ';', '\n'], "")).unwrap_or_default();
    let exits_at_once = matches!(
        last.as_str(),
        "importsyssys.exit(0)"
            | "importsys"
            | "pass"
            | ""
            | "exit(0)"
            | "quit()"
            | "exit()"
            | "raiseSystemExit(0)"
            | "raiseSystemExit"
            | "process.exit(0)"
            | "process.exit()"
            | "exit0"
            | "true"
            | ":"
    ) || last.starts_with("print(");
    let code = arguments.iter().any(|argument| matches!(*argument, "-c" | "-e" | "-p"));
    matches!(program, "true" | ":" | "echo" | "printf") || prints_its_version || (code && exits_at_once)
}

/// Refuses a probe of a port that the service does not have.
pub(super) fn probed_port(probe: &Probe, table: &HealthTable, ports: &[At<Port>]) -> Result<(), Diagnostic> {
    let (Probe::Http { port, .. } | Probe::Tcp { port }) = probe else {
        return match &table.port {
            Some(port) => Err(Diagnostic::new(port.span.clone(), "only an http check has a port of its own")
                .hint("take `port` away, or say { http = \"/path\" }")),
            None => Ok(()),
        };
    };
    if ports.iter().any(|own| own.value == *port) {
        return Ok(());
    }
    let said = table.port.as_ref().or(table.tcp.as_ref());
    let span = said.map(|port| port.span.clone()).unwrap_or_default();
    let ports: Vec<Port> = ports.iter().map(|port| port.value).collect();
    Err(Diagnostic::new(
        span,
        format!("the health check looks at port {port}, which the service does not have"),
    )
    .hint(listening(&ports)))
}

// ---------------------------------------------------------------- between services

/// What services of one fleet get wrong together. `broken` are described services that are wrong by
/// themselves, and so are not in the fleet.
pub(super) fn between_services(fleet: &Fleet, broken: &HashSet<&str>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    found.extend(phases(fleet));
    found.extend(twice(fleet, "image", "give one of them another `image` or `tag`", |service| {
        let image = service.image.to_string();
        (image.clone(), image, service.name.span.clone())
    }));
    // Two paths that differ in case alone are one file on macOS and Windows.
    let hint = "give each a path of its own; upper and lower case are no difference";
    found.extend(twice(fleet, "Dockerfile", hint, |service| {
        let path = service.dockerfile.as_str();
        (path.to_lowercase(), path.to_owned(), service.dockerfile.span.clone())
    }));
    found.extend(host_ports(fleet));
    found.extend(networks(fleet));
    found.extend(dependencies(fleet, broken));
    found.extend(cycles(fleet));
    found
}

fn phases(fleet: &Fleet) -> impl Iterator<Item = Diagnostic> {
    let count = fleet.phases.len();
    let wrong =
        fleet.services.iter().filter(move |s| count > 0 && !(1..=count).contains(&usize::from(s.phase)));
    wrong.map(move |service| {
        let message = format!(
            "service `{}` is of phase {}, but the fleet has {count}",
            service.name.value, service.phase
        );
        Diagnostic::new(service.name.span.clone(), message)
            .hint("name the phase in `phases`, or say another one")
    })
}

/// What two services have in common by `key`: what is compared, how it is shown, and where it is.
fn twice(
    fleet: &Fleet,
    what: &str,
    hint: &str,
    key: impl Fn(&Service) -> (String, String, Span),
) -> Vec<Diagnostic> {
    let mut first: HashMap<String, (&Name, Span)> = HashMap::new();
    let mut found = Vec::new();
    for service in &fleet.services {
        let (value, shown, span) = key(service);
        if let Some((other, other_span)) = first.get(&value) {
            found.push(
                Diagnostic::new(
                    span,
                    format!("services `{other}` and `{}` have the same {what} `{shown}`", service.name.value),
                )
                .related(other_span.clone(), "the first one")
                .hint(hint),
            );
        } else {
            first.insert(value, (&service.name.value, span));
        }
    }
    found
}

fn host_ports(fleet: &Fleet) -> Vec<Diagnostic> {
    let mut first: BTreeMap<Port, (&Service, Span)> = BTreeMap::new();
    let mut found = Vec::new();
    for service in &fleet.services {
        for publish in &service.publish {
            if let Some((other, span)) = first.get(&publish.host) {
                let names = format!("`{}` and `{}`", other.name.value, service.name.value);
                found.push(
                    Diagnostic::new(
                        publish.span.clone(),
                        format!("{names} both publish host port {}", publish.host),
                    )
                    .related(span.clone(), "the first one")
                    .hint(format!("give one of them another host port: \"HOST:{}\"", publish.container)),
                );
            } else {
                first.insert(publish.host, (service, publish.span.clone()));
            }
        }
    }
    found
}

fn networks(fleet: &Fleet) -> Vec<Diagnostic> {
    let known = Names::new("network", fleet.networks.keys().map(Name::as_str));
    let joined = fleet.services.iter().flat_map(|service| &service.networks);
    joined
        .filter(|network| !fleet.networks.contains_key(&network.value))
        .map(|network| known.unknown(network.as_str(), network.span.clone()))
        .collect()
}

fn dependencies(fleet: &Fleet, broken: &HashSet<&str>) -> Vec<Diagnostic> {
    let known =
        Names::new("service", fleet.services.iter().map(|s| s.name.as_str()).chain(broken.iter().copied()));
    let by_name: HashMap<&Name, &Service> = fleet.services.iter().map(|s| (&s.name.value, s)).collect();
    let mut found = Vec::new();
    for service in &fleet.services {
        for wanted in &service.depends_on {
            let span = wanted.span.clone();
            let name = &service.name.value;
            let Some(other) = by_name.get(&wanted.value) else {
                if !broken.contains(wanted.as_str()) {
                    found.push(known.unknown(wanted.as_str(), span));
                }
                continue;
            };
            if other.phase > service.phase {
                let message = format!(
                    "`{name}` of phase {} depends on `{}` of the later phase {}",
                    service.phase, wanted.value, other.phase
                );
                found.push(
                    Diagnostic::new(span, message).hint("a phase is built and started before the next one"),
                );
            } else if matches!(other.health, super::model::Health::None(_)) {
                let message =
                    format!("`{name}` waits for `{}` to be healthy, which has no health check", wanted.value);
                found.push(
                    Diagnostic::new(span, message).hint("give it a health check, or do not wait for it"),
                );
            } else if !service.networks.is_empty() && !shares_network(service, other) {
                let message = format!("`{name}` depends on `{}`, but they share no network", wanted.value);
                found
                    .push(Diagnostic::new(span, message).hint("let one of them join a network of the other"));
            }
        }
    }
    found
}

fn shares_network(a: &Service, b: &Service) -> bool {
    a.networks.iter().any(|network| b.networks.iter().any(|other| other.value == network.value))
}

/// The services of a cycle that a message names.
const SHOWN_OF_CYCLE: usize = 8;

/// Finds one cycle of dependencies, if there is any, by taking away what depends on nothing.
fn cycles(fleet: &Fleet) -> Option<Diagnostic> {
    let index: HashMap<&Name, usize> =
        fleet.services.iter().enumerate().map(|(i, s)| (&s.name.value, i)).collect();
    let needs: Vec<Vec<usize>> = fleet
        .services
        .iter()
        .map(|service| service.depends_on.iter().filter_map(|d| index.get(&d.value).copied()).collect())
        .collect();
    let mut users = vec![Vec::new(); needs.len()];
    let mut open: Vec<usize> = needs.iter().map(Vec::len).collect();
    for (user, needed) in needs.iter().enumerate() {
        for &other in needed {
            users[other].push(user);
        }
    }
    let mut free: Vec<usize> = (0..open.len()).filter(|&i| open[i] == 0).collect();
    while let Some(done) = free.pop() {
        for &user in &users[done] {
            open[user] -= 1;
            if open[user] == 0 {
                free.push(user);
            }
        }
    }
    // Whoever is left waits for somebody who is left: following that leads into a cycle.
    let start = (0..open.len()).find(|&i| open[i] > 0)?;
    let (mut path, mut at) = (Vec::new(), start);
    let mut passed = HashSet::new();
    while passed.insert(at) {
        path.push(at);
        at = *needs[at].iter().find(|&&next| open[next] > 0)?;
    }
    let cycle = &path[path.iter().position(|&i| i == at)?..];
    let name = |&i: &usize| format!("`{}`", fleet.services[i].name.value);
    let mut names: Vec<_> = cycle.iter().take(SHOWN_OF_CYCLE).map(name).collect();
    if cycle.len() > SHOWN_OF_CYCLE {
        names.push(format!("{} more", cycle.len() - SHOWN_OF_CYCLE));
    }
    names.push(name(&cycle[0]));
    let service = &fleet.services[cycle[0]];
    let next = &fleet.services[*cycle.get(1).unwrap_or(&cycle[0])].name.value;
    let span = service.depends_on.iter().find(|d| d.value == *next).map_or(0..0, |d| d.span.clone());
    Some(
        Diagnostic::new(span, format!("services depend on each other in a cycle: {}", names.join(" -> ")))
            .hint("take one of these dependencies away"),
    )
}
