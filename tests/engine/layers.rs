//! What a rebuild does: nothing again that was done before, and the same bytes where nothing changed.

#![expect(clippy::print_stdout, reason = "the tables of results")]

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::build::{AGAIN, Bake, generate, ledger, repository, upstream_images};
use crate::changes::{Case, FLEET, LEDGER, PROJECTS};
use crate::docker::{engine, ensure, run};

/// A fleet whose files are generated, and the tree with its sources.
struct Fleet {
    generated: PathBuf,
    tree: PathBuf,
    cases: &'static [Case],
}

/// The fleet of this repository, and the one with a Java service.
fn fleets(work: &Path) -> Vec<Fleet> {
    let of = |generated, cases| Fleet { generated, tree: repository("tests/lucid"), cases };
    vec![of(repository("generated"), FLEET), of(ledger(work), LEDGER)]
}

/// The small fleets of other kinds.
fn projects(work: &Path) -> Vec<Fleet> {
    let of = |(name, cases): &(&str, &'static [Case])| {
        let description = format!("tests/engine/projects/{name}/services.toml");
        let generated = generate(&description, &work.join("generated").join(name));
        Fleet { generated, tree: repository("tests/engine/projects").join(name), cases }
    };
    PROJECTS.iter().map(of).collect()
}

#[test]
fn a_change_of_a_source_changes_one_layer_and_installs_nothing() {
    let Some(_engine) = engine() else { return };
    let work = TempDir::new().expect("a directory");
    change(fleets(work.path()), work.path());
}

#[test]
fn so_does_a_change_in_a_project_of_another_kind() {
    let Some(_engine) = engine() else { return };
    let work = TempDir::new().expect("a directory");
    change(projects(work.path()), work.path());
}

fn change(fleets: Vec<Fleet>, work: &Path) {
    upstream_images().expect("the images that builds need are there");
    let mut failures = Vec::new();
    for (i, fleet) in fleets.into_iter().enumerate() {
        let tree = work.join(format!("tree-{i}"));
        run(Command::new("cp").arg("--recursive").arg(&fleet.tree).arg(&tree)).expect("a copy");
        let fleet = Fleet { tree, ..fleet };
        for case in fleet.cases.iter().filter(|case| case.change.is_some()) {
            let change = || after_a_change(case, &fleet, work);
            // An engine whose cache is full may have dropped a step of the build before. What a change does shows again.
            let result = change().or_else(|why| if why.starts_with(AGAIN) { change() } else { Err(why) });
            println!("{:22} {}", case.kind, result.as_ref().map_or("FAILED", String::as_str));
            failures.extend(result.err().map(|why| format!("{}: {why}", case.kind)));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

fn after_a_change(case: &'static Case, fleet: &Fleet, work: &Path) -> Result<String, String> {
    // Time stamps are rewritten: a cache may have the same step twice, with files of two times.
    let built = |into: &str| {
        let into = work.join(into);
        let log = archives(fleet, std::slice::from_ref(case), &into, &[])?;
        let (_, layers) = manifest(&into.join(case.service)).map_err(|e| e.to_string())?;
        Ok::<_, String>((log, layers))
    };
    let (_, before) = built("before")?;

    let (file, from, to) = case.change.ok_or("nothing to change")?;
    let file = fleet.tree.join(file);
    let text = fs::read_to_string(&file).map_err(|e| e.to_string())?;
    ensure(text.contains(from), || format!("{}: no {from:?}", file.display()))?;
    fs::write(&file, text.replacen(from, to, 1)).map_err(|e| e.to_string())?;
    let after = built("after");
    fs::write(&file, text).map_err(|e| e.to_string())?;
    let (log, after) = after?;

    let all = steps(&log);
    let installs: Vec<_> = all.iter().filter(|(name, _)| installs(name, case)).collect();
    ensure(installs.is_empty() == case.installs.is_empty(), || {
        format!("no step runs `{}` in\n{log}", case.installs)
    })?;
    for (name, cached) in &installs {
        ensure(*cached, || format!("{AGAIN}{name}"))?;
    }
    ensure(before.len() == after.len(), || format!("{} layers, then {}", before.len(), after.len()))?;
    let changed = before.iter().zip(&after).filter(|(before, after)| before != after).count();
    ensure(changed == 1, || format!("{changed} of {} layers changed: {before:#?} {after:#?}", after.len()))?;
    Ok(format!("1 of {} layers changed, {} steps of dependencies cached", after.len(), installs.len()))
}

/// Whether a step installs or compiles dependencies.
fn installs(step: &str, case: &Case) -> bool {
    !case.installs.is_empty() && step.contains(case.installs)
}

/// The steps in the progress of a build, each with whether it came from the cache.
fn steps(log: &str) -> Vec<(&str, bool)> {
    let mut names = BTreeMap::new();
    let mut cached = Vec::new();
    for line in log.lines().filter_map(|line| line.strip_prefix('#')) {
        match line.split_once(' ') {
            Some((number, "CACHED")) => cached.push(number),
            Some((number, name)) if name.starts_with('[') => drop(names.insert(number, name)),
            _ => {}
        }
    }
    names.into_iter().map(|(number, name)| (name, cached.contains(&number))).collect()
}

#[test]
fn an_unchanged_service_is_built_to_the_same_digest_again_without_a_cache() {
    let Some(_engine) = engine() else { return };
    let work = TempDir::new().expect("a directory");
    twice(&fleets(work.path()), work.path());
}

#[test]
fn so_is_an_unchanged_project_of_another_kind() {
    let Some(_engine) = engine() else { return };
    let work = TempDir::new().expect("a directory");
    twice(&projects(work.path()), work.path());
}

fn twice(fleets: &[Fleet], work: &Path) {
    upstream_images().expect("the images that builds need are there");
    let mut failures = Vec::new();
    for (i, fleet) in fleets.iter().enumerate() {
        let build = |name: &str, words: &[&str]| {
            let into = work.join(format!("{name}-{i}"));
            archives(fleet, fleet.cases, &into, words).map(|_| into)
        };
        let cached = build("cached", &[]);
        let built = build("built", &["--no-cache"]);
        // What an old cache holds was installed when Debian had older packages.
        let again = OnceCell::new();
        for case in fleet.cases {
            let compare = |one: &Result<PathBuf, String>, other: &Result<PathBuf, String>| {
                same(case, &one.clone()?.join(case.service), &other.clone()?.join(case.service))
            };
            let result = compare(&cached, &built)
                .or_else(|_| compare(&built, again.get_or_init(|| build("again", &["--no-cache"]))));
            println!("{:22} {}", case.kind, result.as_ref().map_or("FAILED", String::as_str));
            failures.extend(result.err().map(|why| format!("{}: {why}", case.kind)));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Builds image archives into a directory, one for each service, with all time stamps the same; the progress.
fn archives(fleet: &Fleet, cases: &[Case], into: &Path, words: &[&str]) -> Result<String, String> {
    fs::create_dir_all(into).map_err(|e| e.to_string())?;
    let outputs = cases.iter().map(|case| {
        let file = into.join(case.service).display().to_string();
        format!("--set={}.output=type=oci,dest={file},rewrite-timestamp=true", case.service)
    });
    let outputs: Vec<_> = outputs.collect();
    let words: Vec<_> = words.iter().copied().chain(outputs.iter().map(String::as_str)).collect();
    let targets: Vec<_> = cases.iter().map(|case| case.service).collect();
    let bake = Bake {
        generated: fleet.generated.clone(),
        tree: fleet.tree.clone(),
        words: &words,
        epoch: "1700000000",
        ..Bake::default()
    };
    bake.run(&targets)
}

/// The digest of both images; of what is not reproducible, one layer differs.
fn same(case: &Case, first: &Path, second: &Path) -> Result<String, String> {
    let [first, second] = [first, second].map(|archive| manifest(archive).map_err(|e| e.to_string()));
    let ((first, layers), (second, again)) = (first?, second?);
    if case.is_reproducible {
        ensure(first == second, || format!("{first}, then {second}; layers {layers:#?}, then {again:#?}"))?;
        return Ok(first);
    }
    ensure(layers.len() == again.len(), || format!("layers {layers:#?}, then {again:#?}"))?;
    let others = layers.iter().zip(&again).filter(|(layer, again)| layer != again).count();
    ensure(others == 1, || format!("{others} layers differ: {layers:#?}, then {again:#?}"))?;
    Ok(format!("all but one of {} layers are the same", layers.len()))
}

/// The digest of the manifest in an image archive, and those of its layers.
fn manifest(archive: &Path) -> std::io::Result<(String, Vec<String>)> {
    let index = blob(archive, "index.json")?;
    let digest = index["manifests"][0]["digest"].as_str().unwrap_or_default().to_owned();
    let manifest = blob(archive, &format!("blobs/{}", digest.replace(':', "/")))?;
    let layers = manifest["layers"].as_array().into_iter().flatten();
    Ok((digest, layers.map(|layer| layer["digest"].to_string()).collect()))
}

fn blob(archive: &Path, name: &str) -> std::io::Result<Value> {
    for entry in tar::Archive::new(File::open(archive)?).entries()? {
        let mut entry = entry?;
        if entry.path()?.as_ref() == Path::new(name) {
            let mut text = String::new();
            entry.read_to_string(&mut text)?;
            return Ok(serde_json::from_str(&text)?);
        }
    }
    Err(std::io::Error::other(format!("no {name}")))
}
