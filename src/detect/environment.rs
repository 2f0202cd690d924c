//! The environment that Compose files and Dockerfiles give to a service.

use serde_json::{Map, Value, json};

use super::health::is_code;
use super::view::View;
use super::{Found, Key, Unit, compose};
use crate::fleet::secrecy::is_likely;
use crate::fleet::words::EnvName;
use crate::shell::time_zone;

/// Variables of a Dockerfile that are for its image or its build, by the start of their names.
const OF_IMAGES: [&str; 34] = [
    "CGO_ENABLED",
    "GOCACHE",
    "GO111MODULE",
    "GOPROXY",
    "GOFLAGS",
    "GOOS",
    "GOARCH",
    "GOMODCACHE",
    "CARGO_",
    "RUSTFLAGS",
    "NODE_VERSION",
    "YARN_VERSION",
    "HUSKY",
    "MAVEN_",
    "PATH",
    "HOME",
    "LANG",
    "LC_",
    "VIRTUAL_ENV",
    "PYTHONUNBUFFERED",
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONHASHSEED",
    "PIP_",
    "UV_",
    "POETRY_",
    "DEBIAN_FRONTEND",
    "JAVA_HOME",
    "GOPATH",
    "GOROOT",
    "NODE_PATH",
    "NPM_",
    "PNPM_",
    "LD_LIBRARY_PATH",
    "DOTNET_",
];

/// How languages read the variable that says a program its port.
const READS_PORT: [&str; 9] = [
    "process.env.PORT",
    "process.env[\"PORT\"]",
    "os.environ[\"PORT\"]",
    "os.environ['PORT']",
    "environ.get(\"PORT\"",
    "environ.get('PORT'",
    "getenv(\"PORT\"",
    "Getenv(\"PORT\"",
    "env::var(\"PORT\"",
];

/// Values of variables that say that a program is started for development.
const DEVELOPMENT: [&str; 4] = ["development", "dev", "debug", "local"];

/// Values that a file says, names of those that it does not, and secrets. A program that reads its port from a variable
/// which no file sets is given the one that it is known to have.
pub(super) fn keys(view: &View, unit: &Unit, found: &Found, port: Option<u16>) -> Vec<Key> {
    let is_site = found.kind == "static";
    let Given { mut env, mut settings, secrets } = given(unit, is_site);
    let named = unit.argv().map(super::start::variables).unwrap_or_default();
    for name in named {
        if !env.contains_key(&name) && !settings.iter().chain(&secrets).any(|known| *known == name) {
            settings.push(json!(name));
        }
    }
    // Compose cannot have every value as a default.
    let is_fixed = |value: &Value| value.as_str().is_some_and(|value| value.contains(['$', '{', '}']));
    settings.retain(|name| name.as_str().and_then(|name| env.get(name)).is_none_or(|value| !is_fixed(value)));
    let mut keys = Vec::new();
    let is_said = env.contains_key("PORT");
    let is_asked = !is_said && settings.iter().any(|name| name == "PORT");
    let reader = reader_of_port(view, found.member.as_ref().unwrap_or(&unit.directory));
    let reads = reader.map(|file| format!("{file} reads it"));
    let why = reads.or_else(|| is_asked.then(|| "its port is known".to_owned()));
    if let (Some(port), Some(why), false) = (port, why, is_said || is_site) {
        keys.push(Key::guessed("env", json!({ "PORT": port.to_string() }), why));
    }
    let is_development = |name: &str, value: &Value| {
        (name.contains("ENV") || name.contains("DEBUG"))
            && value.as_str().is_some_and(|value| DEVELOPMENT.contains(&value.to_lowercase().as_str()))
    };
    for (name, value) in &found.env {
        env.remove(name);
        keys.push(Key { name: "env", value: json!({ name: value.0 }), guess: value.1.clone() });
    }
    let (development, env): (Map<_, _>, Map<_, _>) =
        env.into_iter().partition(|(name, value)| is_development(name, value));
    let is_overridden =
        |name: &String| unit.compose.as_ref().is_some_and(|service| service.overridden.contains(name));
    let (overridden, env): (Map<_, _>, Map<_, _>) =
        env.into_iter().partition(|(name, _)| is_overridden(name));
    let mut plain = Map::new();
    for (name, value) in env {
        let others = taken(unit, &name);
        let why = match others.as_slice() {
            [] => None,
            others if is_fixed(&value) => {
                Some(format!("Compose takes it from {}, and here it is fixed", others.join(" and ")))
            }
            [own] if *own == name => None,
            others => Some(format!("Compose takes it from {}, and here from {name}", others.join(" and "))),
        };
        if why.is_none() {
            plain.insert(name, value);
        } else {
            keys.push(Key { name: "env", value: json!({ name: value }), guess: why });
        }
    }
    let env = plain;
    if !overridden.is_empty() {
        let why = "the override of the Compose file says it, which is mostly for development";
        keys.push(Key::guessed("env", Value::Object(overridden), why));
    }
    if !development.is_empty() {
        keys.push(Key::guessed("env", Value::Object(development), "set in a file, for development"));
    }
    if !env.is_empty() {
        keys.push(Key::sure("env", Value::Object(env)));
    }
    if !settings.is_empty() {
        keys.push(Key::sure("settings", settings));
    }
    if !secrets.is_empty() {
        keys.push(Key::guessed(
            "secrets",
            secrets,
            "their names, or passwords in them, suggest that they are secrets",
        ));
        keys.push(Key::guessed("secrets_as", "env", "the Compose file passes them in the environment"));
    }
    keys.extend(secret_files(unit));
    keys
}

/// The variables that Compose makes the value of one of.
fn taken(unit: &Unit, name: &str) -> Vec<String> {
    let given = unit.compose.as_ref().and_then(|service| service.environment.get(name)?.as_deref());
    given.map(compose::taken).unwrap_or_default()
}

/// Secrets that the Compose file mounts.
fn secret_files(unit: &Unit) -> Option<Key> {
    let all = unit.compose.iter().flat_map(|service| &service.secrets);
    let named = all.map(|(name, path)| {
        let name: String = name
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' })
            .collect();
        (name, json!(path))
    });
    let named: Map<_, _> = named.filter(|(name, _)| name.parse::<EnvName>().is_ok()).collect();
    (!named.is_empty()).then(|| Key::sure("secret_files", Value::Object(named)))
}

/// Whether a value is the path of a secret that is mounted.
fn is_mounted_secret(unit: &Unit, value: &str) -> bool {
    unit.compose.iter().flat_map(|service| &service.secrets).any(|(_, path)| path == value)
}

/// The file whose code reads the variable `PORT`.
fn reader_of_port<'v>(view: &'v View, directory: &str) -> Option<&'v str> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let ends = |text: &str, at: usize| !text[at..].starts_with(is_word);
    let reads = |text: &str| {
        READS_PORT.iter().any(|word| text.match_indices(word).any(|(at, _)| ends(text, at + word.len())))
    };
    view.own(directory).find(|(path, text)| is_code(path) && reads(text)).map(|(path, _)| path)
}

/// Values that may not hold in another image: paths in it, and of files that Compose mounts.
pub(super) fn unknowns(unit: &Unit) -> Vec<(&'static str, String)> {
    let given = unit.compose.iter().flat_map(|service| &service.environment);
    let given = given.filter_map(|(name, value)| Some((name.as_str(), value.as_deref()?)));
    let paths = of_image(unit)
        .chain(given)
        .filter(|(name, value)| is_path(value) && !is_likely(name, value) && !is_mounted_secret(unit, value));
    let paths = paths.map(|(name, value)| {
        ("env", format!("{name} names a path that may not exist in the image: {value}"))
    });
    paths.chain(renamed(unit).map(|why| ("settings", why))).collect()
}

/// Variables without a value here that Compose takes from others.
fn renamed(unit: &Unit) -> Option<String> {
    let given = unit.compose.iter().flat_map(|service| &service.environment);
    let is_without = |name: &str, value: &str| compose::plain(value).is_none() || is_likely(name, value);
    let without = given.filter(|(name, value)| value.as_deref().is_some_and(|value| is_without(name, value)));
    let all = without
        .map(|(name, _)| (name, taken(unit, name)))
        .filter(|(name, others)| others.iter().any(|other| other != *name));
    let all: Vec<String> = all.map(|(name, others)| format!("{name} of {}", others.join(" and "))).collect();
    (!all.is_empty()).then(|| format!("Compose makes {}: set each under its own name", all.join(", ")))
}

/// The variables that a Dockerfile sets for the program.
fn of_image(unit: &Unit) -> impl Iterator<Item = (&str, &str)> {
    let all = unit.facts.env.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    all.filter(|(name, value)| {
        let is_of_image = OF_IMAGES.iter().any(|start| name.starts_with(start));
        name.parse::<EnvName>().is_ok() && !is_of_image && !is_likely(name, value) && !value.is_empty()
    })
}

/// The time zone of an image, as the variable of its Dockerfile or a command of its last stage says it.
pub(super) fn zone(unit: &Unit) -> Option<&str> {
    let said = of_image(unit).find(|(name, _)| *name == "TZ").map(|(_, zone)| zone);
    let own = &unit.facts.commands[..unit.facts.own_commands];
    said.or_else(|| own.iter().find_map(|words| time_zone(words).filter(|zone| !zone.contains('$'))))
}

/// What the files around a service say of its environment: values, names of variables, and names of secrets.
#[derive(Default)]
struct Given {
    env: Map<String, Value>,
    settings: Vec<Value>,
    secrets: Vec<Value>,
}

fn given(unit: &Unit, is_site: bool) -> Given {
    let Given { mut env, mut settings, mut secrets } = Given::default();
    // What the server of its Dockerfile reads says nothing to another one.
    for (name, value) in of_image(unit).filter(|(_, value)| !is_path(value) && !is_site) {
        env.insert(name.to_owned(), json!(value));
    }
    if let Some(zone) = zone(unit).filter(|_| !is_site) {
        env.insert("TZ".to_owned(), json!(zone));
    }
    let given = unit.compose.iter().filter(|_| !is_site).flat_map(|service| &service.environment);
    for (name, value) in given.filter(|(name, _)| name.parse::<EnvName>().is_ok() && *name != "PATH") {
        let taken = compose::taken(value.as_deref().unwrap_or_default());
        let value = value.as_deref().and_then(compose::plain).filter(|value| !value.is_empty());
        if value.as_deref().is_some_and(|value| is_mounted_secret(unit, value)) {
            env.insert(name.clone(), json!(value));
        } else if is_likely(name, value.as_deref().unwrap_or_default()) {
            env.remove(name);
            secrets.push(json!(name));
        } else if let Some(value) = value {
            env.remove(name);
            if is_path(&value) {
                continue;
            }
            env.insert(name.clone(), json!(value));
            // The value is a default, which the environment of Compose replaces.
            if !taken.is_empty() {
                settings.push(json!(name));
            }
        } else {
            settings.push(json!(name));
        }
    }
    Given { env, settings, secrets }
}

/// The variables that a Dockerfile sets and whose values look like secrets, which are not written down.
pub(super) fn hidden(unit: &Unit) -> impl Iterator<Item = &str> {
    unit.facts.env.iter().filter(|(name, value)| is_likely(name, value)).map(|(name, _)| name.as_str())
}

/// Whether a value is, or holds, an absolute path: `/srv`, `-javaagent:/agent.jar`.
fn is_path(value: &str) -> bool {
    let is_start = |at: usize| at == 0 || value[..at].ends_with([' ', ':', '=', ',']);
    let is_name =
        |at: usize| value[at + 1..].starts_with(|c: char| c.is_ascii_alphanumeric() || c == '.' || c == '_');
    value.match_indices('/').any(|(at, _)| is_start(at) && is_name(at))
}
