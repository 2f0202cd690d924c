//! Rust: the programs of a package.

use serde_json::json;

use super::view::{View, ancestors, join, split};
use super::{Found, Key, Unit, ports, start};
use crate::shell;

/// Crates that run the compiler of Protocol Buffers while they are built.
const WITH_PROTOC: [&str; 4] = ["tonic-build", "tonic-prost-build", "prost-build", "protobuf-codegen"];

/// Calls and names behind which a port stands.
const PORTS: [&str; 6] =
    ["127.0.0.1:", "0.0.0.0:", "port: ", "PORT: u16 = ", "PORT\").unwrap_or(\"", "([0, 0, 0, 0], "];

pub(super) fn find(view: &View, unit: &Unit) -> Option<Found> {
    let directory = &unit.directory;
    let text = view.file(directory, "Cargo.toml")?;
    let member = (!text.contains("[package]")).then(|| member(view, unit)).flatten();
    let own = member.as_ref().unwrap_or(directory);
    let manifest: toml::Table = toml::from_str(view.file(own, "Cargo.toml")?).ok()?;
    let package = manifest.get("package")?.get("name")?.as_str()?;
    let bins = bins(view, own, &manifest, package);
    if bins.is_empty() || view.has(own, "tauri.conf.json") {
        return None;
    }
    let above = |directory: &&str| {
        view.file(directory, "Cargo.toml").is_some_and(|text| text.contains("[workspace]"))
    };
    let workspace = ancestors(own).skip(1).find(above);
    let is_workspace = workspace.is_some() || manifest.contains_key("workspace");
    let mut found = Found { kind: "rust", is_program: true, ..Found::default() };
    found.table.extend(is_workspace.then(|| Key::sure("package", package)));
    let started = unit.program_file();
    let chosen = started.or(unit.program.as_deref()).and_then(|name| bins.iter().find(|bin| *bin == name));
    let main = manifest.get("package").and_then(|package| package.get("default-run")?.as_str());
    let (bin, guess) = match (chosen, bins.as_slice()) {
        (Some(bin), _) => (bin.clone(), None),
        (None, [only]) => (only.clone(), None),
        (None, all) => {
            let first = all.iter().find(|bin| Some(bin.as_str()) == main).unwrap_or(&all[0]);
            let why = format!("{package} has {} programs", all.len());
            (first.clone(), Some(why).filter(|_| unit.is_built()))
        }
    };
    if bin != package || bins.len() > 1 || (!is_workspace && package != unit.name) {
        found.table.push(Key { name: "bin", value: bin.as_str().into(), guess });
    }
    found.others = bins.into_iter().filter(|other| *other != bin).collect();
    if unit.argv().is_some_and(|argv| start::name(&argv[0]) != "cargo") {
        found.table.extend(start::arguments(unit, 1));
    }
    let cargo = unit.facts.commands.iter().filter(|words| words.first().is_some_and(|word| word == "cargo"));
    let features = cargo.filter(|words| words.iter().any(|word| word == "build")).find_map(|words| {
        let features = shell::option(words, &["--features", "-F"])?;
        let features: Vec<&str> = features.split([',', ' ']).filter(|feature| !feature.is_empty()).collect();
        (!features.is_empty() && !features.iter().any(|feature| feature.contains('$')))
            .then(|| Key::sure("features", features))
    });
    found.table.extend(features);
    if let Some(key) = protoc(view, own, &manifest) {
        found.keys.push(key);
    }
    let directory = workspace.unwrap_or(own);
    let lock = view.file(directory, "Cargo.lock").unwrap_or_default();
    if lock.contains("name = \"openssl-sys\"") && !lock.contains("name = \"openssl-src\"") {
        let why = "openssl-sys of Cargo.lock needs OpenSSL's headers for each platform: use rustls, or the feature \
                   `vendored` of the crate openssl";
        found.unknowns.push(("rust", why.to_owned()));
    }
    if !view.has(directory, "Cargo.lock") {
        found
            .unknowns
            .push(("rust", "there is no Cargo.lock: `cargo generate-lockfile` makes one".to_owned()));
    }
    let mut code = view.below(own).filter(|(path, _)| path.ends_with(".rs"));
    found.port =
        code.find_map(|(path, text)| Some((ports::behind(text, &PORTS)?, format!("{path} names it"))));
    found.member = Some(own.clone());
    directory.clone_into(&mut found.directory);
    Some(found)
}

/// The member of a workspace whose program a Dockerfile starts or builds.
fn member(view: &View, unit: &Unit) -> Option<String> {
    let mut cargo =
        unit.facts.commands.iter().filter(|words| words.first().is_some_and(|word| word == "cargo"));
    let built = cargo.find_map(|words| shell::option(words, &["--bin"]));
    let root = &unit.directory;
    [unit.program_file(), built].into_iter().flatten().find_map(|name| {
        view.below(root).filter(|(path, _)| path.ends_with("/Cargo.toml")).find_map(|(path, text)| {
            let own = join(root, split(path).0);
            let manifest: toml::Table = toml::from_str(text).ok()?;
            let package = manifest.get("package")?.get("name")?.as_str()?;
            bins(view, &own, &manifest, package).iter().any(|bin| bin == name).then_some(own)
        })
    })
}

/// The programs of a package: those that its manifest names, and those that lie where Cargo looks.
fn bins(view: &View, own: &str, manifest: &toml::Table, package: &str) -> Vec<String> {
    let named = manifest.get("bin").and_then(toml::Value::as_array).into_iter().flatten();
    let mut bins: Vec<String> =
        named.filter_map(|bin| bin.get("name")?.as_str()).map(ToOwned::to_owned).collect();
    let paths: Vec<&str> = manifest
        .get("bin")
        .and_then(toml::Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|bin| bin.get("path")?.as_str())
        .collect();
    if view.has(own, "src/main.rs") && !paths.contains(&"src/main.rs") && bins.is_empty() {
        bins.push(package.to_owned());
    }
    for (path, _) in view.below(&join(own, "src/bin")) {
        let name = path
            .strip_suffix("/main.rs")
            .or_else(|| path.strip_suffix(".rs"))
            .filter(|name| !name.contains('/'));
        let is_named = paths.contains(&format!("src/bin/{path}").as_str());
        bins.extend(name.map(ToOwned::to_owned).filter(|name| !is_named && !bins.contains(name)));
    }
    bins
}

/// The instruction that installs the compiler of Protocol Buffers, if the build runs it.
fn protoc(view: &View, own: &str, manifest: &toml::Table) -> Option<Key> {
    let needs = manifest.get("build-dependencies")?.as_table()?;
    let name = WITH_PROTOC.iter().find(|name| needs.contains_key(**name))?;
    let brings_own = needs.keys().any(|name| name.contains("protoc-bin") || name == "protox")
        || view
            .file(own, "build.rs")
            .is_some_and(|text| text.contains("protox") || text.contains("protoc_bin"));
    let install = "RUN apt-get update && apt-get install -y --no-install-recommends protobuf-compiler";
    (!brings_own).then(|| {
        Key::guessed("extra", json!({ "build": [install] }), format!("{name} runs protoc while it is built"))
    })
}
