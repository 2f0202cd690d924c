//! The port that a service listens on.

use super::health::is_code;
use super::view::View;
use super::{Found, Key, Unit, listens};
use crate::shell;

/// Variables that tell programs of some frameworks their port, at the end of the value, and the kind of each.
const VARIABLES: [(&str, &str); 4] = [
    ("dotnet", "ASPNETCORE_HTTP_PORTS"),
    ("dotnet", "ASPNETCORE_URLS"),
    ("python", "FLASK_RUN_PORT"),
    ("java", "SERVER_PORT"),
];

/// Where a service listens.
pub(super) struct Listens {
    /// The first port.
    pub port: u16,
    /// The key `ports`.
    pub key: Key,
    /// What another file says, if it says otherwise.
    pub doubt: Option<String>,
}

/// The key `ports` and its first port; the strongest source first.
pub(super) fn of(view: &View, unit: &Unit, found: &Found) -> Option<Listens> {
    let own = found.member.as_ref().unwrap_or(&unit.directory);
    // The server of a site is another one than that of its Dockerfile.
    if found.kind == "static" {
        let (port, why) = found.port.as_ref()?;
        return Some(Listens { port: *port, key: Key::guessed("ports", vec![*port], why), doubt: None });
    }
    let exposed = unit.facts.ports.as_slice();
    let published = unit.compose.as_ref().map(|service| service.ports.as_slice()).unwrap_or_default();
    let file = unit.compose.as_ref().map(|service| service.file.as_str()).unwrap_or_default();
    let Chosen { ports, why, is_guess } = chosen(view, unit, found, own)?;
    let port = *ports.first().filter(|port| **port > 0)?;
    let others = [(exposed, "its Dockerfile exposes"), (published, &*format!("{file} publishes"))];
    let others: Vec<String> = others
        .iter()
        .filter(|(others, _)| !others.is_empty() && !others.iter().any(|other| ports.contains(other)))
        .map(|(others, who)| format!("{who} {}", counted(others)))
        .collect();
    let doubt = (!others.is_empty()).then(|| others.join(", and "));
    let guess = match &doubt {
        Some(doubt) => Some(format!("{why}, but {doubt}")),
        None => is_guess.then_some(why),
    };
    let doubt = doubt.map(|doubt| format!("{doubt}, and {} is written", counted(&ports)));
    Some(Listens { port, key: Key { name: "ports", value: ports.into(), guess }, doubt })
}

fn counted(ports: &[u16]) -> String {
    ports.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// Ports, why it is these, and whether that is a guess.
struct Chosen {
    ports: Vec<u16>,
    why: String,
    is_guess: bool,
}

/// What a program is told comes before what it is configured for, and both before what is exposed or published, which
/// need not be what it listens on.
fn chosen(view: &View, unit: &Unit, found: &Found, own: &str) -> Option<Chosen> {
    let exposed = unit.facts.ports.as_slice();
    let published = unit.compose.as_ref().map(|service| service.ports.as_slice()).unwrap_or_default();
    let is_read = |ports: &[u16]| ports.first().is_some_and(|port| is_named(view, own, *port));
    let said = |ports: &[u16], why: &str| {
        let one = || Chosen { ports: ports.to_vec(), why: why.to_owned(), is_guess: !is_read(ports) };
        (!ports.is_empty()).then(one)
    };
    if let Some((port, why)) = told(view, unit, found.kind, own) {
        return Some(Chosen { ports: first(port, exposed), why, is_guess: false });
    }
    if let Some((port, why)) = &found.configured {
        let is_guess = !exposed.contains(port);
        return Some(Chosen { ports: first(*port, exposed), why: why.clone(), is_guess });
    }
    let of_compose = || said(published, "a Compose file names it");
    let is_default = found.port.as_ref().is_some_and(|(port, _)| published.first() == Some(port));
    if is_default && exposed.first().is_some_and(|_| !exposed.contains(&published[0]))
        || is_read(published) && !is_read(exposed)
    {
        return of_compose();
    }
    let of_variable = || {
        let port = variable(unit, "PORT")?;
        Some(Chosen { ports: vec![port], why: "PORT says it".to_owned(), is_guess: false })
    };
    said(exposed, "its Dockerfile exposes it").or_else(of_variable).or_else(of_compose).or_else(|| {
        let (port, why) = found.port.clone().or_else(|| listens::default(view, unit, found.kind, own))?;
        Some(Chosen { ports: vec![port], why, is_guess: true })
    })
}

/// A port, with others of a list that has it.
fn first(port: u16, others: &[u16]) -> Vec<u16> {
    let others = others.iter().filter(|other| **other != port && others.contains(&port));
    std::iter::once(port).chain(others.copied()).collect()
}

/// The port that the command line or a variable tells the program, and which of them.
fn told(view: &View, unit: &Unit, kind: &str, own: &str) -> Option<(u16, String)> {
    let option = unit.argv().and_then(|argv| {
        let value = shell::option(argv, &["--port", "-p", "--bind", "-b"])?;
        let port = value.rsplit(':').next()?.parse().ok().filter(|port| *port > 0)?;
        Some((port, "its command line says it".to_owned()))
    });
    let said = |name: &str| Some((variable(unit, name)?, format!("{name} says it")));
    let given = unit.compose.iter().flat_map(|service| service.environment.keys());
    // A variable of the program's own, which its code reads: `SHOP_SERVER_PORT`, and not the port of a database.
    let of_own = given.chain(unit.facts.env.keys()).filter(|name| is_own_port(name)).find_map(|name| {
        let is_read =
            view.below(own).any(|(path, text)| is_code(path) && text.contains(&format!("\"{name}\"")));
        said(name).filter(|_| is_read)
    });
    // Frameworks read theirs, and the override of a Compose file is mostly for development.
    let is_overridden =
        |name: &str| unit.compose.as_ref().is_some_and(|service| service.overridden.contains(name));
    let of_framework = || {
        let own = VARIABLES.into_iter().filter(|(of, name)| *of == kind && !is_overridden(name));
        own.map(|(_, name)| name).find_map(said)
    };
    option.or(of_own).or_else(of_framework)
}

/// The port in a variable that Compose or the Dockerfile sets.
fn variable(unit: &Unit, name: &str) -> Option<u16> {
    let given = unit.compose.as_ref().and_then(|service| service.environment.get(name)?.clone());
    let value = given.as_ref().or_else(|| unit.facts.env.get(name))?;
    let value = super::compose::plain(value)?;
    value.trim_end_matches('/').rsplit([':', ';']).next()?.parse().ok().filter(|port| *port > 0)
}

/// Whether a variable is called as one for the port of a program itself.
pub(super) fn is_own_port(name: &str) -> bool {
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

/// The number behind one of some words in a text, such as `listen(8080`. A part of a longer word is none of them.
pub(super) fn behind(text: &str, words: &[&str]) -> Option<u16> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    words.iter().find_map(|word| {
        text.match_indices(word).find_map(|(at, _)| {
            if word.starts_with(is_word) && text[..at].ends_with(is_word) {
                return None;
            }
            let rest = text[at + word.len()..].trim_start_matches([' ', '"', '\'', ':', '=']);
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            rest[..digits].parse().ok().filter(|port| *port > 79)
        })
    })
}
