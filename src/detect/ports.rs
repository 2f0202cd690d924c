//! The port that a service listens on.

use super::health::is_code;
use super::view::View;
use super::{Found, Key, Unit, start};

/// Variables that tell programs of some frameworks their port, at the end of the value.
const VARIABLES: [&str; 5] =
    ["PORT", "ASPNETCORE_HTTP_PORTS", "ASPNETCORE_URLS", "FLASK_RUN_PORT", "SERVER_PORT"];

/// The key `ports` and its first port; the strongest source first.
pub(super) fn of(view: &View, unit: &Unit, found: &Found) -> Option<(u16, Key)> {
    let facts = &unit.facts;
    let own = found.member.as_ref().unwrap_or(&unit.directory);
    let sure = |ports: &[u16]| {
        let first = *ports.first()?;
        Some((first, Key::sure("ports", ports.to_vec())))
    };
    // What is exposed or published need not be what the program listens on.
    let said = |ports: &[u16], why: &str| {
        let first = *ports.first()?;
        let guess = (!is_named(view, own, first)).then(|| why.to_owned());
        Some((first, Key { name: "ports", value: ports.to_vec().into(), guess }))
    };
    let guessed = |port: u16, why: &str| (port, Key::guessed("ports", vec![port], why));
    let option = unit.argv().and_then(|argv| {
        let value = start::option(argv, &["--port", "-p", "--bind", "-b"])?;
        value.rsplit(':').next()?.parse().ok().filter(|port| *port > 0)
    });
    let value = |name: &str| -> Option<u16> {
        let given = unit.compose.as_ref().and_then(|service| service.environment.get(name)?.clone());
        let value = given.as_ref().or_else(|| facts.env.get(name))?;
        super::compose::plain(value)?.trim_end_matches('/').rsplit([':', ';']).next()?.parse().ok()
    };
    let given = unit.compose.iter().flat_map(|service| service.environment.keys());
    // A variable of the program's own, which its code reads: `SHOP_SERVER_PORT`, and not the port of a database.
    let of_own = given.chain(facts.env.keys()).filter(|name| is_own_port(name)).find_map(|name| {
        let is_read =
            view.below(own).any(|(path, text)| is_code(path) && text.contains(&format!("\"{name}\"")));
        value(name).filter(|port| is_read && *port > 0)
    });
    let environment = VARIABLES.into_iter().find_map(value);
    // The server of a site is another one than that of its Dockerfile.
    if found.kind == "static" {
        return found.port.as_ref().map(|(port, why)| guessed(*port, why));
    }
    option
        .and_then(|port| sure(&[port]))
        .or_else(|| of_own.and_then(|port| sure(&[port])))
        .or_else(|| said(&facts.ports, "its Dockerfile exposes it"))
        .or_else(|| environment.and_then(|port: u16| sure(&[port])))
        .or_else(|| said(&unit.compose.as_ref()?.ports, "a Compose file names it"))
        .or_else(|| found.port.as_ref().map(|(port, why)| guessed(*port, why)))
        .filter(|(port, _)| *port > 0)
}

/// Whether a variable is called as one for the port of a program itself.
fn is_own_port(name: &str) -> bool {
    const WORDS: [&str; 9] = ["APP", "SERVER", "SERVICE", "HTTP", "GRPC", "API", "WEB", "LISTEN", "BIND"];
    let name = name.to_uppercase();
    let Some(before) = name.strip_suffix("_PORT") else { return false };
    WORDS.iter().any(|word| before == *word || before.ends_with(&format!("_{word}")))
        && !["REDIS", "DB", "SMTP", "MAIL", "KAFKA", "CONFIG", "EUREKA"]
            .iter()
            .any(|word| before.contains(word))
}

/// Whether the code of a directory, or its configuration, names a port.
fn is_named(view: &View, directory: &str, port: u16) -> bool {
    const CONFIGURATION: [&str; 5] = [".properties", ".yml", ".yaml", ".json", ".toml"];
    let port = port.to_string();
    let names = |text: &str| {
        text.match_indices(&port).any(|(at, _)| {
            let is_digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric() || c == '.');
            !is_digit(text[..at].chars().next_back()) && !is_digit(text[at + port.len()..].chars().next())
        })
    };
    let is_read = |path: &str| {
        is_code(path)
            || CONFIGURATION.iter().any(|end| path.ends_with(end))
                && ["lock", "compose", "package.json", "k8s", "deploy", "chart"]
                    .iter()
                    .all(|word| !path.contains(word))
    };
    view.below(directory).any(|(path, text)| is_read(path) && names(text))
}

/// The number behind one of some words in a text, such as `listen(8080`.
pub(super) fn behind(text: &str, words: &[&str]) -> Option<u16> {
    words.iter().find_map(|word| {
        text.match_indices(word).find_map(|(at, _)| {
            let rest = text[at + word.len()..].trim_start_matches([' ', '"', '\'', ':', '=']);
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            rest[..digits].parse().ok().filter(|port| *port > 79)
        })
    })
}
