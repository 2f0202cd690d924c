//! What a health check looks at, whatever it is written in.

use super::shell;
use crate::fleet::model::Server;

/// What a probe asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Probe {
    /// An HTTP request.
    Http { port: Option<u16>, path: String },
    /// A connection.
    Tcp { port: Option<u16> },
    /// What the static probe asks a server in its own language.
    Server { server: Server, port: u16 },
    /// A request over TLS, which the probe of an image does not speak.
    Tls,
    /// A program of the image.
    Exec(Vec<String>),
    /// Nothing: it always succeeds.
    Always,
    /// Something that only a shell or a program that is not carried over could do.
    Other,
}

/// Reads the command of a health check.
pub(super) fn probe(argv: &[String]) -> Probe {
    let text = argv.join(" ");
    if let Some((port, path)) = url(&text) {
        return if text.contains("https://") { Probe::Tls } else { Probe::Http { port, path } };
    }
    match argv {
        [program, kind, port, path, ..] if program.ends_with("/healthcheck") && kind == "http" => {
            return Probe::Http { port: port.parse().ok(), path: path.clone() };
        }
        [program, kind, port, ..] if program.ends_with("/healthcheck") && kind == "tcp" => {
            return Probe::Tcp { port: port.parse().ok() };
        }
        [program, kind, port, ..] if program.ends_with("/healthcheck") => {
            let server = [Server::Redis, Server::Mongodb].into_iter().find(|server| server.word() == kind);
            if let (Some(server), Ok(port)) = (server, port.parse()) {
                return Probe::Server { server, port };
            }
        }
        _ => {}
    }
    if let Some((_, server, port)) = CLIENTS.iter().find(|(tool, ..)| text.contains(tool)) {
        let port = port_flag(&text).unwrap_or(*port);
        return server.map_or(Probe::Tcp { port: Some(port) }, |server| Probe::Server { server, port });
    }
    if let Some((port, path)) = connection(&text) {
        return path.map_or(Probe::Tcp { port: Some(port) }, |path| Probe::Http { port: Some(port), path });
    }
    if is_always_true(&text) {
        return Probe::Always;
    }
    let shell =
        argv.first().is_some_and(|program| matches!(&**program, "/bin/sh" | "sh" | "/bin/bash" | "bash"));
    if argv.first().is_some_and(|program| program.starts_with('/')) && !shell && !is_interpreter(&argv[0]) {
        return Probe::Exec(argv.to_vec());
    }
    Probe::Other
}

/// Whether a health check does more than one plain request.
pub(super) fn asks_more(argv: &[String]) -> bool {
    const FLAGS: [&str; 11] = [
        "-H",
        "--header",
        "-X",
        "--request",
        "-d",
        "--data",
        "-u",
        "--user",
        "--post-data",
        "--method",
        "--unix-socket",
    ];
    let text = argv.join(" ");
    if !text.contains("curl ") && !text.contains("wget ") {
        return argv.first().is_some_and(|program| is_interpreter(program))
            && (text.contains("assert") || text.contains(".json("));
    }
    // `curl … || exit 1` asks once.
    let commands = shell::read(&text).commands;
    let mut asking = commands.iter().filter(|command| !matches!(&*command.words[0], "exit" | "false"));
    let words = asking.next().map(|command| command.words.as_slice()).unwrap_or_default();
    let is_more =
        |word: &String| word.contains('$') || FLAGS.contains(&word.split('=').next().unwrap_or_default());
    asking.next().is_some() || words.iter().any(is_more)
}

/// The first address of this machine: its port and path.
fn url(text: &str) -> Option<(Option<u16>, String)> {
    let start = text.find("http://").map(|at| at + 7).or_else(|| text.find("https://").map(|at| at + 8))?;
    let address = &text[start..];
    let name_end = if address.starts_with('[') { address.find(']')? + 1 } else { 0 };
    let name_end = name_end
        + address[name_end..]
            .find(|c: char| c == ':' || c == '/' || ends_address(c))
            .unwrap_or(address.len() - name_end);
    let (name, rest) = address.split_at(name_end);
    let (port, rest) = match rest.strip_prefix(':') {
        Some(behind) => port_of(behind)?,
        None => (None, rest),
    };
    let path = rest.split(ends_address).next().unwrap_or_default();
    let local = ["localhost", "127.0.0.1", "0.0.0.0", "[::1]"].contains(&name);
    local.then(|| (port, if path.is_empty() { "/".to_owned() } else { path.to_owned() }))
}

fn ends_address(c: char) -> bool {
    c.is_whitespace() || "\"'`,;)|\\$<>{}".contains(c)
}

/// The port that a text begins with, and what is behind it. One that is a variable is not known; the service's
/// own is meant.
fn port_of(text: &str) -> Option<(Option<u16>, &str)> {
    let name_end =
        |text: &str| text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
    match text.strip_prefix('$') {
        Some(braced) if braced.starts_with('{') => Some((None, braced.split_once('}')?.1)),
        Some(name) => Some((None, &name[name_end(name)..])),
        None => {
            let (digits, rest) =
                text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
            let port = if digits.is_empty() { None } else { Some(digits.parse().ok()?) };
            Some((port, rest))
        }
    }
}

/// A connection to a port, and the path of a request made on it.
fn connection(text: &str) -> Option<(u16, Option<String>)> {
    let number = |rest: &str| {
        let rest = rest.trim_start_matches(|c: char| !c.is_ascii_digit());
        rest.split(|c: char| !c.is_ascii_digit()).next()?.parse::<u16>().ok().filter(|&port| port > 0)
    };
    for host in ["'127.0.0.1'", "\"127.0.0.1\"", "'localhost'", "\"localhost\"", "host: '127.0.0.1', port:"] {
        if let Some(at) = text.find(host)
            && let Some(port) = number(&text[at + host.len()..])
        {
            let path = text.split("'GET', '").nth(1).and_then(|rest| rest.split('\'').next());
            return Some((port, path.map(str::to_owned)));
        }
    }
    for tool in ["nc -z ", "nc -vz ", "nc -zv ", "nc ", "/dev/tcp/"] {
        if let Some(at) = text.find(tool) {
            let rest = text[at + tool.len()..].trim_start_matches(|c: char| !c.is_ascii_digit() && c != 'l');
            let rest =
                ["localhost", "127.0.0.1", "0.0.0.0"].iter().find_map(|host| rest.strip_prefix(host))?;
            return Some((number(rest)?, None));
        }
    }
    None
}

/// Programs that ask a server in its own language, and the port where they look for it.
const CLIENTS: [(&str, Option<Server>, u16); 6] = [
    ("redis-cli", Some(Server::Redis), 6379),
    ("valkey-cli", Some(Server::Redis), 6379),
    ("mongosh", Some(Server::Mongodb), 27017),
    ("mongo ", Some(Server::Mongodb), 27017),
    ("pg_isready", None, 5432),
    ("mysqladmin", None, 3306),
];

/// The port that such a program is told: `-p 6380`, `--port=6380`.
fn port_flag(text: &str) -> Option<u16> {
    let mut words = text.split([' ', '=']);
    words.find(|word| matches!(*word, "-p" | "--port"))?;
    words.next()?.parse().ok()
}

fn is_always_true(text: &str) -> bool {
    let text = text.trim();
    let last = text.rsplit(['"', '\'']).next().unwrap_or(text);
    let inner = text.rsplit("-c ").next().unwrap_or(text).trim_matches(['"', '\'', ' ']);
    ["exit 0", "true", "/bin/true", "pass", "import sys; sys.exit(0)", "exit(0)", "print('ok')"]
        .contains(&inner)
        || ["true", "/bin/true"].contains(&last.trim())
        || (inner.starts_with("import sys") && inner.ends_with("sys.exit(0)") && inner.len() < 40)
        || inner.ends_with("|| true")
        || inner.ends_with("|| exit 0")
}

/// Whether a program runs another one's text.
pub(super) fn is_interpreter(program: &str) -> bool {
    let name = program.rsplit('/').next().unwrap_or(program);
    name.starts_with("python") || matches!(name, "node" | "java" | "curl" | "wget")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(words: &[&str]) -> Probe {
        probe(&words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn more_than_a_request_is_told() {
        let more = |text: &str| asks_more(&["/bin/sh".to_owned(), "-c".to_owned(), text.to_owned()]);
        for text in [
            "curl -f -H 'Host: x' http://localhost/",
            "curl -f http://localhost/a && test -f /tmp/ok",
            "curl -s http://localhost/a | grep ok",
            "wget --header=A:b http://localhost/",
            "curl http://localhost/?x=$HOSTNAME",
        ] {
            assert!(more(text), "{text}");
        }
        for text in [
            "curl -f http://localhost/ || exit 1",
            "wget -q --spider http://localhost:80/a",
            "nc -z localhost 1",
        ] {
            assert!(!more(text), "{text}");
        }
        let python = |text: &str| asks_more(&["python3".to_owned(), "-c".to_owned(), text.to_owned()]);
        assert!(python("assert urlopen('http://localhost/').json()['ok']"));
        assert!(!python("urlopen('http://localhost/') | 1"));
    }

    #[test]
    fn the_many_ways_to_ask_a_service() {
        let http = |port, path: &str| Probe::Http { port, path: path.to_owned() };
        assert_eq!(
            of(&["/bin/sh", "-c", "curl -f http://localhost:8080/health || exit 1"]),
            http(Some(8080), "/health")
        );
        assert_eq!(of(&["wget", "-q", "--spider", "http://127.0.0.1/"]), http(None, "/"));
        for port in ["$PORT", "${PORT}", "${PORT:-80}", ""] {
            assert_eq!(of(&["curl", &format!("http://localhost:{port}/a?b=$C")]), http(None, "/a?b="));
        }
        assert_eq!(of(&["curl", "http://[::1]:81/a"]), http(Some(81), "/a"));
        assert_eq!(of(&["curl", "http://localhost"]), http(None, "/"));
        assert_eq!(
            of(&[
                "/usr/bin/python3.11",
                "-c",
                "import urllib.request; urllib.request.urlopen('http://localhost:8084/health')"
            ]),
            http(Some(8084), "/health")
        );
        assert_eq!(
            of(&[
                "/usr/bin/python3.13",
                "-IS",
                "-c",
                "import http.client as h; c = h.HTTPConnection('127.0.0.1', 8084, timeout=9); c.request('GET', '/x')"
            ]),
            http(Some(8084), "/x")
        );
        assert_eq!(
            of(&["/usr/bin/healthcheck", "http", "9200", "/_cluster/health", "9"]),
            http(Some(9200), "/_cluster/health")
        );
        assert_eq!(of(&["/usr/bin/healthcheck", "tcp", "6379", "9"]), Probe::Tcp { port: Some(6379) });
        assert_eq!(
            of(&["/usr/bin/healthcheck", "mongodb", "27017", "9"]),
            Probe::Server { server: Server::Mongodb, port: 27017 }
        );
        assert_eq!(of(&["/bin/sh", "-c", "nc -z localhost 3389"]), Probe::Tcp { port: Some(3389) });
        let redis = |port| Probe::Server { server: Server::Redis, port };
        assert_eq!(of(&["redis-cli", "ping"]), redis(6379));
        assert_eq!(of(&["/bin/sh", "-c", "redis-cli -p 6380 ping || exit 1"]), redis(6380));
        assert_eq!(of(&["pg_isready", "--port=5433"]), Probe::Tcp { port: Some(5433) });
        assert_eq!(of(&["curl", "-fk", "https://localhost:8443/health"]), Probe::Tls);
        assert_eq!(
            of(&["python3", "-c", "import socket; socket.create_connection(('127.0.0.1', 5), 9)"]),
            Probe::Tcp { port: Some(5) }
        );
        assert_eq!(of(&["python3", "-c", "import sys; sys.exit(0)"]), Probe::Always);
        assert_eq!(of(&["/bin/sh", "-c", "exit 0"]), Probe::Always);
        assert_eq!(of(&["/app/probe", "-q"]), Probe::Exec(vec!["/app/probe".to_owned(), "-q".to_owned()]));
        assert_eq!(of(&["/bin/sh", "-c", "test -f /tmp/ok"]), Probe::Other);
        assert_eq!(of(&["curl", "http://example.org/"]), Probe::Other);
    }
}
