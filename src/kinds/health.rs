//! The command of a health check: asked by the image's interpreter where there is one, by the static probe else.

mod node;
mod python;

use super::{PROBE, Prober};
use crate::diagnostic::Diagnostic;
use crate::fleet::model::{Health, Listener, Probe, Request, Service};

/// The argv of the health check; empty if there is none.
///
/// It asks the loopback interface by number, because `localhost` may be `::1` first, and gives up a
/// second before the engine does, so that it can say why. Its exit code is 0 or 1, never 2, which
/// the Dockerfile reference reserves.
pub fn health_command(service: &Service) -> Vec<String> {
    let Health::Check { probe, timing, .. } = &service.health else { return Vec::new() };
    let seconds = timing.timeout.seconds() - 1;
    if let Probe::Exec(command) = probe {
        return command.iter().map(ToString::to_string).collect();
    }
    let words = |words: [&str; 3], code| words.into_iter().map(str::to_owned).chain([code]).collect();
    match service.kind.program().prober(service) {
        Prober::Python(interpreter) => {
            python::code(probe, seconds).map(|code| words([&interpreter, "-IS", "-c"], code))
        }
        Prober::Node(interpreter) => {
            node::code(probe, seconds).map(|code| vec![interpreter, "-e".to_owned(), code])
        }
        Prober::Static => None,
    }
    .unwrap_or_else(|| of_the_static_probe(probe, seconds))
}

/// What the static probe is called with.
fn of_the_static_probe(probe: &Probe, seconds: u64) -> Vec<String> {
    let mut argv = vec![PROBE.to_owned()];
    let mut say = |words: &[&str]| argv.extend(words.iter().map(|&word| word.to_owned()));
    let port = probe.port().map(|port| port.to_string()).unwrap_or_default();
    let place = probe.socket().map_or(port.as_str(), |socket| socket.as_str());
    let option = |name: &str, value: Option<&dyn std::fmt::Display>| {
        value.map(|value| format!("--{name}={value}")).into_iter().collect::<Vec<_>>()
    };
    let options = match probe {
        Probe::Http(Request { path, status, host, .. }) => {
            say(&["http", place, path.as_str()]);
            let status = status.as_ref().map(|status| status as _);
            [option("status", status), option("host", host.as_ref().map(|host| host as _))].concat()
        }
        Probe::Tcp { .. } | Probe::Unix { .. } => {
            say(&["tcp", place]);
            Vec::new()
        }
        Probe::Redis { password, .. } => {
            say(&["redis", place]);
            option("password-file", password.as_ref().map(|file| file as _))
        }
        Probe::Mongodb { .. } => {
            say(&["mongodb", place]);
            Vec::new()
        }
        Probe::Grpc { service, host, .. } => {
            say(&["grpc", place]);
            say(&service.as_ref().map(AsRef::as_ref).into_iter().collect::<Vec<_>>());
            option("host", host.as_ref().map(|host| host as _))
        }
        Probe::Tls { host, .. } => {
            say(&["tls", place]);
            option("host", host.as_ref().map(|host| host as _))
        }
        Probe::Exec(_) => return Vec::new(),
    };
    argv.extend(options);
    argv.push(format!("--timeout={seconds}"));
    argv
}

/// Whether an interpreter asks by itself; the static probe speaks the other protocols.
fn is_for_an_interpreter(probe: &Probe) -> bool {
    matches!(probe, Probe::Http(_) | Probe::Tcp { .. } | Probe::Unix { .. })
}

/// Whether the static probe looks after the service, because its image has no interpreter that
/// could, or comes along for the images that are based on it.
pub(crate) fn wants_probe(service: &Service) -> bool {
    let program = service.kind.program();
    let comes_along = program.needs(service).probe;
    let Health::Check { probe, .. } = &service.health else { return comes_along };
    comes_along
        || match probe {
            Probe::Exec(_) => false,
            probe => program.prober(service) == Prober::Static || !is_for_an_interpreter(probe),
        }
}

/// A request over TLS in an image that nothing can make one in.
pub(super) fn without_tls(service: &Service) -> Option<Diagnostic> {
    let Health::Check { probe: Probe::Http(Request { to: Listener::Tls(port), .. }), span, .. } =
        &service.health
    else {
        return None;
    };
    (service.kind.program().prober(service) == Prober::Static).then(|| {
        let message = format!(
            "`{}` has no interpreter that can send a request over TLS; the static health check only starts a TLS handshake",
            service.name.value
        );
        Diagnostic::new(span.clone(), message).hint(format!(
            "set health = {{ tls = {port} }}, or serve `http` on a port without TLS"
        ))
    })
}
