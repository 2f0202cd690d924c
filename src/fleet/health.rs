//! Health checks: which probe a service says, and whether it can tell anything.

use super::at::At;
use super::description::{HealthTable, SecretsAs, ServiceTable};
use super::model::{Health, Listener, Probe, Request, Timing};
use super::quantities::Time;
use super::service_checks::listening;
use super::words::{EnvName, Line, Name, Port};
use crate::diagnostic::{Diagnostic, Span};
use crate::kinds::absolute_program;
use crate::path::AbsolutePath;

/// The keys that say what is looked at, and those that say how often.
pub(super) const CHECKS: [&str; 10] =
    ["http", "https", "unix", "tcp", "redis", "mongodb", "grpc", "tls", "exec", "none"];
pub(super) const TIMES: [&str; 5] = ["interval", "timeout", "start_period", "start_interval", "retries"];

/// Takes the health check out of the table of a service.
pub(super) fn resolve(name: &At<Name>, service: &ServiceTable) -> Result<Health, Vec<Diagnostic>> {
    let said_nothing = || {
        let message = format!("service `{}` has no health check", name.value);
        Diagnostic::new(name.span.clone(), message).hint(proposal(&service.ports))
    };
    let table = service.health.as_ref().ok_or_else(|| vec![said_nothing()])?;
    let one = one_check(table).and_then(|one| one.ok_or_else(said_nothing));
    let mut found = Vec::new();
    let mut note = |mistake| found.push(mistake);
    let Ok((check, span)) = one.map_err(&mut note) else { return Err(found) };
    let unfitting = fitting(table, check);
    let fits = unfitting.is_empty();
    unfitting.into_iter().for_each(&mut note);
    if let Some(reason) = &table.none {
        if reason.as_str().trim().is_empty() {
            let mistake = Diagnostic::new(reason.span.clone(), "`none` needs a reason");
            note(mistake.hint("say why the service cannot be checked"));
        }
        return if found.is_empty() { Ok(Health::None(reason.value.clone())) } else { Err(found) };
    }
    let timing = timing(table, &span).map_err(&mut note).ok();
    let probe = probe(table, service).and_then(|probe| probe.ok_or_else(said_nothing));
    let probe = probe.map_err(&mut note).ok();
    if let Some(probe) = &probe {
        probed_port(probe, table, &service.ports).unwrap_or_else(&mut note);
        if fits {
            probed_socket(probe, &span, service).unwrap_or_else(&mut note);
        }
    }
    match (probe, timing) {
        (Some(probe), Some(timing)) if found.is_empty() => Ok(Health::Check { probe, timing, span }),
        _ => Err(found),
    }
}

/// What a service with these ports may say.
fn proposal(ports: &[At<Port>]) -> String {
    match ports.first() {
        Some(port) => format!(
            "set health = {{ http = \"/health\" }} with the path that answers on port {}, or else {{ tcp = {} }}",
            port.value, port.value
        ),
        None => "set health = { none = \"listens on no port\" }, or set `ports` and { http = \"/health\" }"
            .to_owned(),
    }
}

fn place<T>(value: Option<&At<T>>) -> Option<Span> {
    value.map(|value| value.span.clone())
}

/// The one key that says what is looked at. A socket alone is one, and beside `http` it says where.
fn one_check(table: &HealthTable) -> Result<Option<(&'static str, Span)>, Diagnostic> {
    let socket = table.unix.as_ref().filter(|_| table.http.is_none());
    let said = [
        ("http", place(table.http.as_ref())),
        ("https", place(table.https.as_ref())),
        ("unix", place(socket)),
        ("tcp", place(table.tcp.as_ref())),
        ("redis", place(table.redis.as_ref())),
        ("mongodb", place(table.mongodb.as_ref())),
        ("grpc", place(table.grpc.as_ref())),
        ("tls", place(table.tls.as_ref())),
        ("exec", place(table.exec.as_ref())),
        ("none", place(table.none.as_ref())),
    ];
    let mut said = said.into_iter().filter_map(|(key, span)| Some((key, span?)));
    let Some((first, span)) = said.next() else { return Ok(None) };
    if let Some((second, other)) = said.next() {
        let (last, others) = CHECKS.split_last().expect("there are checks");
        let message = format!(
            "a health check is one of {} and {last}, but this one is `{first}` and `{second}`",
            others.join(", ")
        );
        return Err(Diagnostic::new(other, message).related(span, "the first one"));
    }
    Ok(Some((first, span)))
}

/// Refuses a key that says more about another check.
fn fitting(table: &HealthTable, check: &str) -> Vec<Diagnostic> {
    let keys: [(&str, Option<Span>, &[&str]); 5] = [
        ("port", place(table.port.as_ref()), &["http", "https"]),
        ("status", place(table.status.as_ref()), &["http", "https"]),
        ("host", place(table.host.as_ref()), &["http", "https", "grpc", "tls"]),
        ("service", place(table.service.as_ref()), &["grpc"]),
        ("password", place(table.password.as_ref()), &["redis"]),
    ];
    let wrong = keys.into_iter().filter_map(|(key, span, checks)| {
        let span = span.filter(|_| !checks.contains(&check))?;
        let checks: Vec<String> = checks.iter().map(|check| format!("`{check}`")).collect();
        let message = format!("`{key}` goes with {}, and this check is `{check}`", checks.join(" or "));
        Some(Diagnostic::new(span, message).hint("remove it"))
    });
    let mut found: Vec<_> = wrong.collect();
    if let (Some(port), Some(socket), []) = (&table.port, &table.unix, found.as_slice()) {
        found.push(
            Diagnostic::new(port.span.clone(), "a request goes to a port or a socket, not both")
                .related(socket.span.clone(), "the socket")
                .hint("remove `port` or `unix`"),
        );
    }
    found
}

fn probe(table: &HealthTable, service: &ServiceTable) -> Result<Option<Probe>, Diagnostic> {
    let own_port = |span: &Span| {
        let own = table.port.as_ref().or(service.ports.first()).map(|port| port.value);
        own.ok_or_else(|| {
            Diagnostic::new(span.clone(), "an http check needs a port").hint("add it to `ports`")
        })
    };
    let host = || table.host.as_ref().map(|host| host.value.clone());
    Ok(Some(if let Some(path) = table.http.as_ref().or(table.https.as_ref()) {
        let to = match &table.unix {
            Some(socket) => Listener::Socket(socket.value.clone()),
            None if table.https.is_some() => Listener::Tls(own_port(&path.span)?),
            None => Listener::Port(own_port(&path.span)?),
        };
        let status = table.status.as_ref().map(|status| status.value.clone());
        Probe::Http(Request { to, path: path.value.clone(), status, host: host() })
    } else if let Some(socket) = &table.unix {
        Probe::Unix { socket: socket.value.clone() }
    } else if let Some(port) = &table.tcp {
        Probe::Tcp { port: port.value }
    } else if let Some(port) = &table.redis {
        let password = table.password.as_ref().map(|name| password(name, service)).transpose()?;
        Probe::Redis { port: port.value, password }
    } else if let Some(port) = &table.mongodb {
        Probe::Mongodb { port: port.value }
    } else if let Some(port) = &table.grpc {
        let asked = table.service.as_ref().map(|service| service.value.clone());
        Probe::Grpc { port: port.value, service: asked, host: host() }
    } else if let Some(port) = &table.tls {
        Probe::Tls { port: port.value, host: host() }
    } else if let Some(command) = &table.exec {
        honest_command(command)?;
        Probe::Exec(command.value.clone())
    } else {
        return Ok(None);
    }))
}

/// The file of the secret that is a password.
fn password(name: &At<EnvName>, service: &ServiceTable) -> Result<AbsolutePath, Diagnostic> {
    if let Some(path) = service.secret_files.get(&name.value) {
        return Ok(path.clone());
    }
    let refused = |message: String| Err(Diagnostic::new(name.span.clone(), message));
    if !service.secrets.contains(&name.value) {
        return refused(format!("`{name}` is not a secret of the service"))
            .map_err(|mistake| mistake.hint("add it to `secrets`, or with its path to `secret_files`"));
    }
    if service.secrets_as == Some(SecretsAs::Env) {
        return refused(format!(
            "the health check reads the password from a file, but `{name}` is a variable"
        ))
        .map_err(|mistake| mistake.hint("mount it as a file: add it with a path to `secret_files`"));
    }
    Ok(format!("/run/secrets/{name}").parse().expect("a path"))
}

fn timing(table: &HealthTable, said: &Span) -> Result<Timing, Diagnostic> {
    let seconds = |n: u32| format!("{n}s").parse::<Time>().expect("a time");
    let timing = Timing {
        interval: table.interval.unwrap_or_else(|| seconds(30)),
        timeout: table.timeout.as_ref().map_or_else(|| seconds(10), |timeout| timeout.value),
        start_period: table.start_period.unwrap_or_else(|| seconds(40)),
        start_interval: table.start_interval.unwrap_or_else(|| seconds(2)),
        retries: table.retries.map_or(3, |retries| retries.get().into()),
    };
    if timing.timeout.seconds() < 2 {
        let span = table.timeout.as_ref().map_or_else(|| said.clone(), |timeout| timeout.span.clone());
        return Err(Diagnostic::new(span, "a health check needs a timeout of at least 2s")
            .hint("the probe gives up one second before the engine, so that it can report the reason"));
    }
    Ok(timing)
}

/// Refuses a command that is no absolute program, or that cannot fail.
fn honest_command(command: &At<Vec<Line>>) -> Result<(), Diagnostic> {
    let Some(program) = command.first() else {
        return Err(Diagnostic::new(command.span.clone(), "the command is empty")
            .hint("write an absolute program and its arguments, or set { none = \"reason\" }"));
    };
    if !program.as_str().starts_with('/') {
        return Err(absolute_program(&command.span, program.as_str()));
    }
    let name = program.as_str().rsplit('/').next().unwrap_or_default();
    let arguments: Vec<&str> = command[1..].iter().map(Line::as_str).collect();
    if always_succeeds(name, &arguments) {
        return Err(Diagnostic::new(command.span.clone(), "this check always succeeds")
            .hint("check what the service does, or set { none = \"reason\" }"));
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
fn probed_port(probe: &Probe, table: &HealthTable, ports: &[At<Port>]) -> Result<(), Diagnostic> {
    let Some(port) = probe.port().filter(|port| ports.iter().all(|own| own.value != *port)) else {
        return Ok(());
    };
    let said = [&table.port, &table.tcp, &table.redis, &table.mongodb, &table.grpc, &table.tls];
    let span = said.into_iter().find_map(|port| place(port.as_ref())).unwrap_or_default();
    let ports: Vec<Port> = ports.iter().map(|port| port.value).collect();
    Err(Diagnostic::new(span, format!("the health check uses port {port}, which the service does not have"))
        .hint(listening(&ports)))
}

/// Refuses a probe of a socket that the service cannot have made.
fn probed_socket(probe: &Probe, said: &Span, service: &ServiceTable) -> Result<(), Diagnostic> {
    /// The kernel's `sockaddr_un` holds no longer one.
    const LONGEST: usize = 107;
    let Some(socket) = probe.socket() else { return Ok(()) };
    let span = service.health.as_ref().and_then(|health| place(health.unix.as_ref()));
    let refused = |message: String, hint: String| {
        Err(Diagnostic::new(span.clone().unwrap_or_else(|| said.clone()), message).hint(hint))
    };
    if socket.as_str().len() > LONGEST {
        let message = format!(
            "the path is {} bytes long; that of a Unix socket has at most {LONGEST}",
            socket.as_str().len()
        );
        return refused(message, "use a shorter path".to_owned());
    }
    let mut own = service.writable.iter().chain(&service.volumes);
    let in_tmp = socket.as_str().starts_with("/tmp/");
    if in_tmp || own.any(|directory| socket.is_within(directory)) {
        return Ok(());
    }
    let directory = socket.as_str().rsplit_once('/').map_or("/", |(directory, _)| directory);
    let message = format!("the service cannot create `{socket}`: its file system is read-only there");
    refused(message, format!("list the directory in `writable`, such as writable = [\"{directory}\"]"))
}

#[cfg(test)]
mod tests;
