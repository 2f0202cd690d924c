//! Health checks in a line of JavaScript.

use crate::fleet::model::{Listener, Probe, Request};
use crate::fleet::quantities::Statuses;
use crate::fleet::words::Port;
use crate::path::AbsolutePath;

/// The code that asks; `None` if Node's own library does not speak the protocol.
pub(super) fn code(probe: &Probe, seconds: u64) -> Option<String> {
    let (ask, places) = match probe {
        Probe::Http(request) => http(request),
        Probe::Tcp { port } => (connect(), loopback(*port)),
        Probe::Unix { socket } => (connect(), format!("{{ path: '{socket}' }}")),
        _ => return None,
    };
    Some(format!(
        "const ask = ([to, ...rest]) => {ask}.on('error', () => rest[0] ? ask(rest) : process.exit(1)); \
         setTimeout(() => process.exit(1), {seconds}000); ask([{places}])"
    ))
}

fn loopback(port: Port) -> String {
    format!("{{ host: '127.0.0.1', port: {port} }}, {{ host: '::1', port: {port} }}")
}

fn at(socket: &AbsolutePath) -> String {
    format!("{{ socketPath: '{socket}' }}")
}

fn connect() -> String {
    "require('net').connect(to, () => process.exit(0))".to_owned()
}

fn http(request: &Request) -> (String, String) {
    let Request { to, path, status, host } = request;
    let (module, tls, places) = match to {
        Listener::Port(port) => ("http", "", loopback(*port)),
        Listener::Tls(port) => ("https", ", rejectUnauthorized: false", loopback(*port)),
        Listener::Socket(socket) => ("http", "", at(socket)),
    };
    let name = host.as_ref().map(|host| match to {
        Listener::Tls(_) => format!(", headers: {{ host: '{host}' }}, servername: '{host}'"),
        _ => format!(", headers: {{ host: '{host}' }}"),
    });
    let name = name.unwrap_or_default();
    let healthy = status.as_ref().map_or_else(|| "r.statusCode < 400".to_owned(), in_ranges);
    let ask = format!(
        "require('{module}').get({{ ...to, path: '{path}'{name}{tls} }}, r => process.exit({healthy} ? 0 : 1))"
    );
    (ask, places)
}

fn in_ranges(status: &Statuses) -> String {
    let range = |(first, last): &(u16, u16)| {
        if first == last {
            format!("r.statusCode == {first}")
        } else {
            format!("r.statusCode >= {first} && r.statusCode <= {last}")
        }
    };
    status.ranges().iter().map(range).collect::<Vec<_>>().join(" || ")
}
