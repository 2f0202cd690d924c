//! Rust: the programs of a package.

use serde_json::Value;

use super::view::{View, ancestors, join};
use super::{Found, Key, Unit, start};

pub(super) fn find(view: &View, unit: &Unit) -> Option<Found> {
    let manifest: toml::Table = toml::from_str(view.file(&unit.directory, "Cargo.toml")?).ok()?;
    let package = manifest.get("package")?.get("name")?.as_str()?;
    let bins = manifest.get("bin").and_then(toml::Value::as_array).into_iter().flatten();
    let bins: Vec<&str> = bins.filter_map(|bin| bin.get("name")?.as_str()).collect();
    if bins.is_empty() && !view.has(&join(&unit.directory, "src"), "main.rs") {
        return None;
    }
    let own = &unit.directory;
    let above = |directory: &&str| {
        view.file(directory, "Cargo.toml").is_some_and(|text| text.contains("[workspace]"))
    };
    let workspace = ancestors(own).skip(1).find(above);
    let mut table: Vec<Key> = workspace.map(|_| Key::sure("package", package)).into_iter().collect();
    let started = unit.argv().and_then(|argv| argv.first()).map(|word| start::name(word));
    if let Some(bin) = started.and_then(|started| bins.iter().find(|bin| **bin == started)) {
        table.push(Key::sure("bin", *bin));
    } else if let [first, _, ..] = bins.as_slice() {
        table.push(Key::guessed("bin", *first, format!("{package} has {} programs", bins.len())));
    } else if let [only] = bins.as_slice() {
        table.push(Key::sure("bin", Value::from(*only)));
    }
    if unit.argv().is_some_and(|argv| start::name(&argv[0]) != "cargo") {
        table.extend(start::arguments(unit, 1));
    }
    Some(Found {
        kind: "rust",
        directory: workspace.unwrap_or(own).to_owned(),
        table,
        is_program: true,
        ..Found::default()
    })
}
