//! The command of a health check: asked by the image's interpreter where there is one, by the static probe else.

use super::{PROBE, Prober};
use crate::fleet::model::{Health, Probe, Service};

/// The argv of the health check; empty if there is none.
///
/// It asks the loopback interface by number, because `localhost` may be `::1` first, and gives up a
/// second before the engine does, so that it can say why. Its exit code is 0 or 1, never 2, which
/// the Dockerfile reference reserves.
pub fn health_command(service: &Service) -> Vec<String> {
    let Health::Check { probe, timing } = &service.health else { return Vec::new() };
    let seconds = timing.timeout.seconds() - 1;
    let limit = format!("--timeout={seconds}");
    let argv = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
    match (probe, &service.kind.program().prober(service)) {
        (Probe::Exec(command), _) => command.iter().map(ToString::to_string).collect(),
        (Probe::Http { port, path }, Prober::Python(interpreter)) => argv(&[
            interpreter,
            "-IS",
            "-c",
            &format!(
                "import http.client as h; c = h.HTTPConnection('127.0.0.1', {port}, timeout={seconds}); \
             c.request('GET', '{path}'); raise SystemExit(not 200 <= c.getresponse().status < 400)"
            ),
        ]),
        (Probe::Tcp { port }, Prober::Python(interpreter)) => argv(&[
            interpreter,
            "-IS",
            "-c",
            &format!("import socket; socket.create_connection(('127.0.0.1', {port}), {seconds})"),
        ]),
        (Probe::Http { port, path }, Prober::Node(interpreter)) => argv(&[
            interpreter,
            "-e",
            &format!(
                "fetch('http://127.0.0.1:{port}{path}', {{ redirect: 'manual', signal: AbortSignal.timeout({seconds}000) }})\
             .then(r => process.exit(r.status < 400 ? 0 : 1), () => process.exit(1))"
            ),
        ]),
        (Probe::Tcp { port }, Prober::Node(interpreter)) => argv(&[
            interpreter,
            "-e",
            &format!(
                "require('net').connect({{ host: '127.0.0.1', port: {port}, timeout: {seconds}000 }})\
             .on('connect', () => process.exit(0)).on('timeout', () => process.exit(1)).on('error', () => process.exit(1))"
            ),
        ]),
        (Probe::Http { port, path }, Prober::Static) => {
            argv(&[PROBE, "http", &port.to_string(), path.as_str(), &limit])
        }
        (Probe::Tcp { port }, Prober::Static) => argv(&[PROBE, "tcp", &port.to_string(), &limit]),
        (Probe::Server { server, port }, _) => argv(&[PROBE, server.word(), &port.to_string(), &limit]),
        (Probe::Grpc { port, service: None }, _) => argv(&[PROBE, "grpc", &port.to_string(), &limit]),
        (Probe::Grpc { port, service: Some(service) }, _) => {
            argv(&[PROBE, "grpc", &port.to_string(), service.as_str(), &limit])
        }
    }
}

/// Whether the static probe looks after the service, because its image has no interpreter that
/// could, or comes along for the images that are based on it.
pub(crate) fn wants_probe(service: &Service) -> bool {
    let program = service.kind.program();
    let comes_along = program.needs(service).probe;
    let Health::Check { probe, .. } = &service.health else { return comes_along };
    comes_along
        || match probe {
            Probe::Http { .. } | Probe::Tcp { .. } => program.prober(service) == Prober::Static,
            Probe::Server { .. } | Probe::Grpc { .. } => true,
            Probe::Exec(_) => false,
        }
}
