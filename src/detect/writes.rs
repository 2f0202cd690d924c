//! Where a program writes, going by its framework, its arguments and its code.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::health::is_code;
use super::units::Unit;
use super::view::{View, resolve, split};
use super::{Found, Key};

/// Calls whose first argument is a file that is written.
const FILES: [&str; 5] =
    ["FileHandler(", "RotatingFileHandler(", "SqliteDatabase(", "createWriteStream(", "sqlite3.Database("];

/// Calls whose first argument is a directory that is made.
const DIRECTORIES: [&str; 6] =
    ["os.makedirs(", "os.mkdir(", "mkdirSync(", "os.MkdirAll(", "create_dir_all(", "UPLOAD_FOLDER = "];

/// The keys `writable` and `volumes`, as far as `known` has none.
pub(super) fn keys(view: &View, unit: &Unit, found: &Found, known: &[Key]) -> Vec<Key> {
    let is_free = |name: &str| !known.iter().any(|key| key.name == name);
    let mut keys = Vec::new();
    let said = arguments(unit, found);
    let coded = if found.kind == "static" { BTreeMap::new() } else { code(view, found) };
    let (databases, others): (Vec<_>, Vec<_>) =
        said.into_iter().chain(coded).partition(|(_, (_, is_kept))| *is_kept);
    for (name, all) in [("volumes", databases), ("writable", others)] {
        let paths: BTreeSet<String> = all.iter().map(|(path, _)| path.clone()).collect();
        if let Some((_, (why, _))) = all.first().filter(|_| is_free(name)) {
            keys.push(Key::guessed(name, json!(paths), why.clone()));
        }
    }
    keys
}

type Places = BTreeMap<String, (String, bool)>;

/// Files that a command line says are written.
fn arguments(unit: &Unit, found: &Found) -> Places {
    const OPTIONS: [&str; 6] =
        ["--logfile", "--log-file", "--access-logfile", "--error-logfile", "--pidfile", "--schedule"];
    let words = unit.argv().unwrap_or_default();
    let values = OPTIONS.iter().filter_map(|option| crate::shell::option(words, &[option]));
    let places = values
        .filter(|value| found.kind == "python" && *value != "-")
        .filter_map(|value| Some((directory(value)?, (format!("its command line names {value}"), false))));
    places.collect()
}

/// Files and directories below the working directory that the code makes.
fn code(view: &View, found: &Found) -> Places {
    let own = found.member.as_deref().unwrap_or(&found.directory);
    let mut places = Places::new();
    for (path, text) in view.own(own).filter(|(path, _)| is_code(path)) {
        let is_script = super::start::is_for_development(&[split(path).1.to_owned()]);
        if is_script {
            continue;
        }
        for word in FILES {
            for file in behind(text, word) {
                places.extend(directory(file).map(|place| (place, (format!("{path} writes {file}"), false))));
            }
        }
        for word in DIRECTORIES {
            for made in behind(text, word) {
                let place = resolve("app", made.trim_end_matches('/')).filter(|place| place != "app");
                places.extend(
                    place.map(|place| (format!("/{place}"), (format!("{path} makes {made}"), false))),
                );
            }
        }
        for (at, _) in text.match_indices("sqlite:///") {
            let rest = &text[at + "sqlite:///".len()..];
            let file = rest.split(['"', '\'', '?', '`']).next().unwrap_or_default();
            let place = directory(file).filter(|place| place != "/app");
            places.extend(place.map(|place| (place, (format!("{path} keeps {file}"), true))));
        }
    }
    places
}

/// The directory in the image of a file that is named from the working directory.
fn directory(file: &str) -> Option<String> {
    let file = resolve("app", file).filter(|_| !file.contains(['{', '%', ' ']))?;
    let (directory, name) = split(&file);
    (!name.is_empty() && directory != "app").then(|| format!("/{directory}"))
}

/// What stands in quotes right behind some words.
fn behind<'t>(text: &'t str, word: &'t str) -> impl Iterator<Item = &'t str> {
    text.match_indices(word).filter_map(move |(at, _)| {
        let rest = &text[at + word.len()..];
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\'' | '`'))?;
        rest[1..].split(quote).next().filter(|value| !value.is_empty() && value.len() < 100)
    })
}
