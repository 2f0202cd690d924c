//! Health checks in a line of Python.

use crate::fleet::model::{Listener, Probe, Request};
use crate::fleet::quantities::Statuses;
use crate::fleet::words::Port;
use crate::path::AbsolutePath;

/// The code that asks; `None` if Python's own library does not speak the protocol.
pub(super) fn code(probe: &Probe, seconds: u64) -> Option<String> {
    Some(match probe {
        Probe::Http(request) => http(request, seconds),
        Probe::Tcp { port } => format!("import socket as s; {}", to_port(*port, seconds)),
        Probe::Unix { socket } => format!("import socket as s; {}", to_socket(socket, seconds)),
        _ => return None,
    })
}

/// Connects `k` to 127.0.0.1, or else to `::1`.
fn to_port(port: Port, seconds: u64) -> String {
    format!(
        "k = s.socket(); k.settimeout({seconds}); \
         k = s.create_connection(('::1', {port}), {seconds}) if k.connect_ex(('127.0.0.1', {port})) else k"
    )
}

fn to_socket(socket: &AbsolutePath, seconds: u64) -> String {
    format!("k = s.socket(s.AF_UNIX); k.settimeout({seconds}); k.connect('{socket}')")
}

fn http(request: &Request, seconds: u64) -> String {
    let Request { to, path, status, host } = request;
    let name = host.as_ref().map(|host| format!("'{host}'"));
    let (modules, connect, server, socket) = match to {
        Listener::Port(port) => ("", to_port(*port, seconds), format!("'127.0.0.1', {port}"), "k".to_owned()),
        Listener::Tls(port) => {
            let name = name.as_deref().unwrap_or("None");
            let wrapped = format!("ssl._create_unverified_context().wrap_socket(k, server_hostname={name})");
            (", ssl", to_port(*port, seconds), format!("'127.0.0.1', {port}"), wrapped)
        }
        Listener::Socket(socket) => {
            ("", to_socket(socket, seconds), "'localhost'".to_owned(), "k".to_owned())
        }
    };
    let headers = name.map(|name| format!(", headers={{'Host': {name}}}")).unwrap_or_default();
    let healthy = status.as_ref().map_or_else(|| "200 <= n < 400".to_owned(), in_ranges);
    format!(
        "import http.client as h, socket as s{modules}; {connect}; c = h.HTTPConnection({server}); c.sock = {socket}; \
         c.request('GET', '{path}'{headers}); n = c.getresponse().status; raise SystemExit(not ({healthy}))"
    )
}

fn in_ranges(status: &Statuses) -> String {
    let range = |(first, last): &(u16, u16)| {
        if first == last { format!("n == {first}") } else { format!("{first} <= n <= {last}") }
    };
    status.ranges().iter().map(range).collect::<Vec<_>>().join(" or ")
}
