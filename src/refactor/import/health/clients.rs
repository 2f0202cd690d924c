//! Programs that ask a server in its own language, or open a connection.

use super::address::{self, Port};
use super::{Check, Probe, Request};

/// A server that is asked in its own language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Server {
    Redis,
    Mongodb,
}

/// A client of a server: what the server is asked in its place, and where the client looks for it.
struct Client {
    names: &'static [&'static str],
    server: Option<Server>,
    port: u16,
    host: &'static [&'static str],
    port_flags: &'static [&'static str],
    /// What it is told to do if it only looks whether the server answers.
    asks: &'static [&'static str],
}

const CLIENTS: [Client; 4] = [
    Client {
        names: &["redis-cli", "valkey-cli", "keydb-cli"],
        server: Some(Server::Redis),
        port: 6379,
        host: &["-h"],
        port_flags: &["-p"],
        asks: &["ping"],
    },
    Client {
        names: &["mongosh", "mongo"],
        server: Some(Server::Mongodb),
        port: 27017,
        host: &["--host"],
        port_flags: &["--port"],
        asks: &[],
    },
    Client {
        names: &["pg_isready"],
        server: None,
        port: 5432,
        host: &["-h", "--host"],
        port_flags: &["-p", "--port"],
        asks: &[],
    },
    Client {
        names: &["mysqladmin", "mariadb-admin"],
        server: None,
        port: 3306,
        host: &["-h", "--host"],
        port_flags: &["-P", "--port"],
        asks: &["ping"],
    },
];

/// What a client asks, by its name.
pub(super) fn read(name: &str, arguments: &[String]) -> Option<Check> {
    match name {
        "nc" | "ncat" | "netcat" | "busybox" => connection(arguments),
        "grpc_health_probe" | "grpc-health-probe" => grpc(arguments),
        "healthcheck" => own(arguments),
        _ => {
            let client = CLIENTS.iter().find(|client| client.names.contains(&name))?;
            Some(client.read(arguments))
        }
    }
}

impl Client {
    fn read(&self, arguments: &[String]) -> Check {
        let host = option(arguments, self.host).unwrap_or("localhost");
        let number = option(arguments, self.port_flags);
        let port = number.and_then(|text| Some(address::port(text)?.0)).unwrap_or(Port::Known(self.port));
        if !address::is_here(host) && !host.starts_with('/') {
            return Check::of(Probe::Elsewhere(host.to_owned()));
        }
        let Some(server) = self.server else {
            let name = self.names[0];
            return Check::of(Probe::Tcp { port }).lose(format!(
                "asks with {name} whether the server is ready; the new one opens a connection"
            ));
        };
        if server == Server::Redis && arguments.iter().any(|word| word == "--tls") {
            return Check::of(Probe::Tls { port });
        }
        let password = option(arguments, &["-a", "--pass"]);
        let variable = password.and_then(|word| word.strip_prefix('$'));
        let variable = variable.map(|name| name.trim_matches(['{', '}']).to_owned());
        let mut check = Check::of(match server {
            Server::Redis => Probe::Redis { port, password: variable.clone() },
            Server::Mongodb => Probe::Mongodb { port },
        });
        let logs_in = password.is_some() || option(arguments, &["-u", "--password"]).is_some();
        if logs_in && variable.is_none() {
            check = check.lose("logs in; the new one also accepts a reply that asks for a password");
        }
        let asks = arguments.last().filter(|_| !self.asks.is_empty()).map(|word| word.to_lowercase());
        match asks.filter(|word| !self.asks.contains(&word.as_str())) {
            Some(other) => check.lose(format!("sends `{other}`; the new one sends PING")),
            None => check,
        }
    }
}

/// The value of an option: in a word of its own, or behind `=` or at once.
fn option<'w>(arguments: &'w [String], names: &[&str]) -> Option<&'w str> {
    arguments.iter().enumerate().find_map(|(at, word)| {
        names.iter().find_map(|name| {
            let rest = word.strip_prefix(name)?;
            match rest.strip_prefix('=') {
                Some(value) => Some(value),
                None if rest.is_empty() => arguments.get(at + 1).map(String::as_str),
                None => (!name.starts_with("--")).then_some(rest),
            }
        })
    })
}

/// `nc -z localhost 5432`
fn connection(arguments: &[String]) -> Option<Check> {
    let valued = ["-w", "-i", "-q", "-W", "-G"];
    let operands = crate::shell::operands(arguments, &valued);
    let operands: Vec<&str> = operands.into_iter().filter(|word| *word != "nc").collect();
    let [.., host, port] = operands.as_slice() else { return None };
    let (port, _) = address::port(port)?;
    Some(Check::of(if address::is_here(host) {
        Probe::Tcp { port }
    } else {
        Probe::Elsewhere((*host).to_owned())
    }))
}

/// `grpc_health_probe -addr=:50051 -service=shop.Orders`
fn grpc(arguments: &[String]) -> Option<Check> {
    let address = option(arguments, &["-addr", "--addr"])?;
    let (host, port) = address.rsplit_once(':')?;
    let (port, _) = address::port(port)?;
    if !host.is_empty() && !address::is_here(host) {
        return Some(Check::of(Probe::Elsewhere(host.to_owned())));
    }
    if arguments.iter().any(|word| word.trim_start_matches('-').starts_with("tls")) {
        let check = Check::of(Probe::Tls { port });
        return Some(
            check.lose("uses the gRPC health protocol over TLS; the new one only starts a TLS handshake"),
        );
    }
    let service = option(arguments, &["-service", "--service"]).filter(|service| !service.is_empty());
    Some(Check::of(Probe::Grpc { port, service: service.map(str::to_owned) }))
}

/// The static probe of generated images.
fn own(arguments: &[String]) -> Option<Check> {
    let [kind, place, rest @ ..] = arguments else { return None };
    let first = rest.first().filter(|word| !word.starts_with("--"));
    let said = |name: &str| rest.iter().find_map(|word| word.strip_prefix(name)).map(str::to_owned);
    let socket = place.starts_with('/').then(|| place.clone());
    let port = match &socket {
        Some(_) => Port::Known(80),
        None => Port::Known(place.parse().ok()?),
    };
    Some(Check::of(match (kind.as_str(), socket) {
        ("http", socket) => Probe::Http(Request {
            socket,
            status: said("--status="),
            host: said("--host="),
            ..Request::plain(port, first?.clone())
        }),
        ("tcp", Some(socket)) => Probe::Unix { socket },
        ("tcp", None) => Probe::Tcp { port },
        ("grpc", None) => {
            Probe::Grpc { port, service: first.filter(|word| word.parse::<u16>().is_err()).cloned() }
        }
        ("redis", None) => {
            let password = said("--password-file=/run/secrets/");
            Probe::Redis { port, password }
        }
        ("mongodb", None) => Probe::Mongodb { port },
        ("tls", None) => Probe::Tls { port },
        _ => return None,
    }))
}

/// bash's `/dev/tcp/HOST/PORT`
pub(super) fn device(text: &str) -> Check {
    let read = || {
        let (_, rest) = text.split_once("/dev/tcp/")?;
        let (host, port) = rest.split_once('/')?;
        let (port, _) = address::port(port)?;
        Some(if address::is_here(host) { Probe::Tcp { port } } else { Probe::Elsewhere(host.to_owned()) })
    };
    Check::of(read().unwrap_or_else(|| Probe::Other("needs a shell".to_owned())))
}

/// The path of a request that somebody writes by hand: `GET /health HTTP/1.1`.
pub(super) fn request_by_hand(text: &str) -> Option<String> {
    let (before, _) = text.split_once(" HTTP/1")?;
    let path = before.rsplit(' ').next()?;
    (before.ends_with(&format!("GET {path}")) && path.starts_with('/')).then(|| path.to_owned())
}
