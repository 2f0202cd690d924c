//! Health checks: which probe a service says, and whether it can tell anything.

use super::at::At;
use super::description::HealthTable;
use super::model::{Health, Probe, Server, Timing};
use super::quantities::Time;
use super::service_checks::listening;
use super::words::{Line, Name, Port};
use crate::diagnostic::{Diagnostic, Span};
use crate::kinds::absolute_program;

/// Takes the health check of a service out of its table; `ports` are those of the service.
pub(super) fn resolve(
    name: &At<Name>,
    table: Option<&At<HealthTable>>,
    ports: &[At<Port>],
) -> Result<Health, Diagnostic> {
    let none_said = || {
        let message = format!("service `{}` says nothing about its health", name.value);
        Diagnostic::new(name.span.clone(), message).hint(proposal(ports))
    };
    let table = table.ok_or_else(none_said)?;
    let said = [
        table.http.as_ref().map(|v| ("http", v.span.clone())),
        table.tcp.as_ref().map(|v| ("tcp", v.span.clone())),
        table.redis.as_ref().map(|v| ("redis", v.span.clone())),
        table.mongodb.as_ref().map(|v| ("mongodb", v.span.clone())),
        table.grpc.as_ref().map(|v| ("grpc", v.span.clone())),
        table.tls.as_ref().map(|v| ("tls", v.span.clone())),
        table.exec.as_ref().map(|v| ("exec", v.span.clone())),
        table.none.as_ref().map(|v| ("none", v.span.clone())),
    ];
    let mut said = said.into_iter().flatten();
    let (first, span) = said.next().ok_or_else(none_said)?;
    if let Some((second, other)) = said.next() {
        let message = format!(
            "a health check is one of http, tcp, redis, mongodb, grpc, tls, exec and none, but this one is `{first}` and `{second}`"
        );
        return Err(Diagnostic::new(other, message).related(span, "the first one"));
    }
    if let Some(service) = table.service.as_ref().filter(|_| table.grpc.is_none()) {
        let message = format!("`service` goes with `grpc`, and this check is `{first}`");
        return Err(Diagnostic::new(service.span.clone(), message).hint("take it away"));
    }
    if let Some(reason) = &table.none {
        if reason.as_str().trim().is_empty() {
            return Err(Diagnostic::new(reason.span.clone(), "no health check needs a reason")
                .hint("say why nothing can be looked at"));
        }
        return Ok(Health::None(reason.value.clone()));
    }
    if let Some(port) = table.port.as_ref().filter(|_| table.http.is_none()) {
        return Err(Diagnostic::new(
            port.span.clone(),
            format!("`port` goes with `http`, and this check is `{first}`"),
        )
        .hint("take it away"));
    }
    let probe = probe(table, ports)?.ok_or_else(none_said)?;
    probed_port(&probe, table, ports)?;
    let timing = timing(table, &span)?;
    Ok(Health::Check { probe, timing })
}

/// What a service with these ports may say.
fn proposal(ports: &[At<Port>]) -> String {
    match ports.first() {
        Some(port) => format!(
            "say health = {{ http = \"/health\" }} with the path that answers on port {}, or else {{ tcp = {} }}",
            port.value, port.value
        ),
        None => "say health = { none = \"listens on no port\" }, or set `ports` and { http = \"/health\" }"
            .to_owned(),
    }
}

fn probe(table: &HealthTable, ports: &[At<Port>]) -> Result<Option<Probe>, Diagnostic> {
    Ok(Some(if let Some(path) = &table.http {
        let own = table.port.as_ref().or(ports.first());
        let port = own.ok_or_else(|| {
            Diagnostic::new(path.span.clone(), "an http check needs a port").hint("name it in `ports`")
        })?;
        Probe::Http { port: port.value, path: path.value.clone() }
    } else if let Some(port) = &table.tcp {
        Probe::Tcp { port: port.value }
    } else if let Some(port) = &table.redis {
        Probe::Server { server: Server::Redis, port: port.value }
    } else if let Some(port) = &table.mongodb {
        Probe::Server { server: Server::Mongodb, port: port.value }
    } else if let Some(port) = &table.grpc {
        let service = table.service.as_ref().map(|service| service.value.clone());
        Probe::Grpc { port: port.value, service }
    } else if let Some(port) = &table.tls {
        Probe::Server { server: Server::Tls, port: port.value }
    } else if let Some(command) = &table.exec {
        honest_command(command)?;
        Probe::Exec(command.value.clone())
    } else {
        return Ok(None);
    }))
}

fn timing(table: &HealthTable, said: &Span) -> Result<Timing, Diagnostic> {
    let seconds = |n: u32| format!("{n}s").parse::<Time>().expect("a time");
    let timing = Timing {
        interval: table.interval.unwrap_or_else(|| seconds(30)),
        timeout: table.timeout.as_ref().map_or_else(|| seconds(10), |timeout| timeout.value),
        start_period: table.start_period.unwrap_or_else(|| seconds(40)),
        start_interval: table.start_interval,
        retries: table.retries.map_or(3, |retries| retries.get().into()),
    };
    if timing.timeout.seconds() < 2 {
        let span = table.timeout.as_ref().map_or_else(|| said.clone(), |timeout| timeout.span.clone());
        return Err(Diagnostic::new(span, "a health check needs a time-out of 2s or more")
            .hint("the probe itself gives up a second before the engine does, so that it can say why"));
    }
    Ok(timing)
}

/// Refuses a command that is no absolute program, or that cannot fail.
fn honest_command(command: &At<Vec<Line>>) -> Result<(), Diagnostic> {
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
fn probed_port(probe: &Probe, table: &HealthTable, ports: &[At<Port>]) -> Result<(), Diagnostic> {
    let (Probe::Http { port, .. }
    | Probe::Tcp { port }
    | Probe::Server { port, .. }
    | Probe::Grpc { port, .. }) = probe
    else {
        return match &table.port {
            Some(port) => Err(Diagnostic::new(port.span.clone(), "only an http check has a port of its own")
                .hint("take `port` away, or say { http = \"/path\" }")),
            None => Ok(()),
        };
    };
    if ports.iter().any(|own| own.value == *port) {
        return Ok(());
    }
    let said = [&table.port, &table.tcp, &table.redis, &table.mongodb, &table.grpc, &table.tls];
    let said = said.into_iter().find_map(Option::as_ref);
    let span = said.map(|port| port.span.clone()).unwrap_or_default();
    let ports: Vec<Port> = ports.iter().map(|port| port.value).collect();
    Err(Diagnostic::new(
        span,
        format!("the health check looks at port {port}, which the service does not have"),
    )
    .hint(listening(&ports)))
}
