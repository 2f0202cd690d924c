//! The environment that Compose files and Dockerfiles give to a service.

use serde_json::{Map, Value, json};

use super::health::is_code;
use super::view::View;
use super::{Key, Unit, compose};
use crate::fleet::words::EnvName;

/// Variables of a Dockerfile that are for its image or its build, by the start of their names.
const OF_IMAGES: [&str; 20] = [
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

/// Words of names whose values are secret.
const SECRETS: [&str; 10] = [
    "PASSWORD",
    "PASSWD",
    "PASSPHRASE",
    "_PWD",
    "SECRET",
    "CREDENTIAL",
    "TOKEN",
    "API_KEY",
    "ACCESS_KEY",
    "PRIVATE_KEY",
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

/// Values that a file says, names of those that it does not, and secrets. A program that reads its port from a variable
/// which no file sets is given the one that it is known to have.
pub(super) fn keys(view: &View, unit: &Unit, port: Option<u16>) -> Vec<Key> {
    let (mut env, mut settings, mut secrets) = (Map::new(), Vec::new(), Vec::new());
    for (name, value) in of_image(unit).filter(|(_, value)| !is_path(value)) {
        env.insert(name.to_owned(), json!(value));
    }
    let given = unit.compose.iter().flat_map(|service| &service.environment);
    for (name, value) in given.filter(|(name, _)| name.parse::<EnvName>().is_ok() && *name != "PATH") {
        let value = value.as_deref().and_then(compose::plain).filter(|value| !value.is_empty());
        if is_secret(name, value.as_deref().unwrap_or_default()) {
            env.remove(name);
            secrets.push(json!(name));
        } else if let Some(value) = value {
            env.remove(name);
            if is_path(&value) {
                continue;
            }
            env.insert(name.clone(), json!(value));
        } else {
            settings.push(json!(name));
        }
    }
    let mut keys = Vec::new();
    let is_said = env.contains_key("PORT") || settings.iter().chain(&secrets).any(|name| name == "PORT");
    if let (Some(port), Some(file), false) = (port, reader_of_port(view, &unit.directory), is_said) {
        keys.push(Key::guessed("env", json!({ "PORT": port.to_string() }), format!("{file} reads it")));
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
            "their names, or passwords in them, say that they are secrets",
        ));
        keys.push(Key::guessed("secrets_as", "env", "the Compose file gives them in the environment"));
    }
    keys
}

/// The file whose code reads the variable `PORT`.
fn reader_of_port<'v>(view: &'v View, directory: &str) -> Option<&'v str> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let ends = |text: &str, at: usize| !text[at..].starts_with(is_word);
    let reads = |text: &str| {
        READS_PORT.iter().any(|word| text.match_indices(word).any(|(at, _)| ends(text, at + word.len())))
    };
    view.below(directory).find(|(path, text)| is_code(path) && reads(text)).map(|(path, _)| path)
}

/// Values that may not hold in another image: paths in it, and of files that Compose mounts.
pub(super) fn unknowns(unit: &Unit) -> Vec<(&'static str, String)> {
    let given = unit.compose.iter().flat_map(|service| &service.environment);
    let given = given.filter_map(|(name, value)| Some((name.as_str(), value.as_deref()?)));
    let paths = of_image(unit).chain(given).filter(|(name, value)| is_path(value) && !is_secret(name, value));
    paths
        .map(|(name, value)| ("env", format!("{name} names a path that the image may not have: {value}")))
        .collect()
}

/// The variables that a Dockerfile sets for the program.
fn of_image(unit: &Unit) -> impl Iterator<Item = (&str, &str)> {
    let all = unit.facts.env.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    all.filter(|(name, value)| {
        let is_of_image = OF_IMAGES.iter().any(|start| name.starts_with(start));
        name.parse::<EnvName>().is_ok() && !is_of_image && !is_secret(name, value) && !value.is_empty()
    })
}

/// Whether a value is, or holds, an absolute path: `/srv`, `-javaagent:/agent.jar`.
fn is_path(value: &str) -> bool {
    let is_start = |at: usize| at == 0 || value[..at].ends_with([' ', ':', '=', ',']);
    let is_name =
        |at: usize| value[at + 1..].starts_with(|c: char| c.is_ascii_alphanumeric() || c == '.' || c == '_');
    value.match_indices('/').any(|(at, _)| is_start(at) && is_name(at))
}

/// Whether the name of a variable says that it is secret, or its value is an address with a password.
fn is_secret(name: &str, value: &str) -> bool {
    let address = value.split_once("://").map_or("", |(_, rest)| rest.split('/').next().unwrap_or(rest));
    let has_password = address.rsplit_once('@').is_some_and(|(user, _)| user.contains(':'));
    has_password || SECRETS.iter().any(|word| name.to_uppercase().contains(word))
}
