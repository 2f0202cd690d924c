//! What a rebuild does: nothing again that was done before, and the same bytes where nothing changed.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::build::{Bake, ledger, repository, upstream_images};
use crate::docker::{engine, ensure, run};

/// A service of each kind, and a change of its source.
struct Case {
    kind: &'static str,
    service: &'static str,
    /// A file, a text in it, and what takes its place; none where nothing is copied from the sources
    change: Option<(&'static str, &'static str, &'static str)>,
}

const CASES: [Case; 5] = [
    Case { kind: "python", service: "vm", change: Some(("vm/main.py", "vm is up", "vm is up again")) },
    Case {
        kind: "python with programs",
        service: "rdp-controller",
        change: Some(("RDP/session-controller/main.py", "import ", "# A line more.\nimport ")),
    },
    Case {
        kind: "node",
        service: "gui",
        change: Some(("electron-gui/renderer/main.js", "'gui'", "'front end'")),
    },
    Case {
        kind: "native",
        service: "redis",
        change: Some(("infrastructure/containers/storage/redis.conf", "", "# A line more.\n")),
    },
    Case { kind: "bare", service: "base", change: None },
];

/// The fleet has none of this kind: `ledger.toml` is a fleet with one.
const JAVA: Case = Case {
    kind: "java",
    service: "ledger",
    change: Some(("ledger/src/lucid/ledger/Main.java", "\\\"requests\\\"", "\\\"answers\\\"")),
};

/// What a package manager runs as, in the step of a build.
const PACKAGE_MANAGERS: [&str; 4] = ["apt-get install", "/packages.sh ", "uv pip install", "npm ci"];

#[test]
fn a_change_of_a_source_changes_one_layer_and_installs_nothing() {
    let Some(_engine) = engine() else { return };
    upstream_images().expect("the images that programs come from are there");
    let work = TempDir::new().expect("a directory");
    run(Command::new("cp").arg("--recursive").arg(repository("tests/lucid")).arg(work.path().join("tree")))
        .expect("a copy");
    let ledger = ledger(work.path());

    let all = CASES.iter().map(|case| (case, repository("generated"))).chain([(&JAVA, ledger)]);
    let results: Vec<_> = all
        .filter(|(case, _)| case.change.is_some())
        .map(|(case, generated)| (case.kind, after_a_change(case, &generated, work.path())))
        .collect();
    for (kind, result) in &results {
        println!("{kind:22} {}", result.as_ref().map_or("FAILED", String::as_str));
    }
    let failures: Vec<_> = results
        .iter()
        .filter_map(|(kind, result)| Some(format!("{kind}: {}", result.as_ref().err()?)))
        .collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

fn after_a_change(case: &Case, generated: &Path, work: &Path) -> Result<String, String> {
    // Time stamps are rewritten: a cache may have the same step twice, with files of two times.
    let built = |into: &str| {
        let into = work.join(into);
        let log = archives(generated, &work.join("tree"), std::slice::from_ref(case), &into, &[])?;
        let (_, layers) = manifest(&into.join(case.service)).map_err(|e| e.to_string())?;
        Ok::<_, String>((log, layers))
    };
    let (_, before) = built("before")?;

    let (file, from, to) = case.change.ok_or("nothing to change")?;
    let file = work.join("tree").join(file);
    let text = fs::read_to_string(&file).map_err(|e| e.to_string())?;
    ensure(text.contains(from), || format!("{}: no {from:?}", file.display()))?;
    fs::write(&file, text.replacen(from, to, 1)).map_err(|e| e.to_string())?;
    let (log, after) = built("after")?;

    let installs: Vec<_> = steps(&log)
        .into_iter()
        .filter(|(name, _)| PACKAGE_MANAGERS.iter().any(|manager| name.contains(manager)))
        .collect();
    ensure(!installs.is_empty(), || format!("no step of a package manager in\n{log}"))?;
    for (name, cached) in &installs {
        ensure(*cached, || format!("runs again: {name}"))?;
    }
    ensure(before.len() == after.len(), || format!("{} layers, then {}", before.len(), after.len()))?;
    let changed = before.iter().zip(&after).filter(|(before, after)| before != after).count();
    ensure(changed == 1, || format!("{changed} of {} layers changed: {before:#?} {after:#?}", after.len()))?;
    Ok(format!("1 of {} layers changed, {} steps of package managers cached", after.len(), installs.len()))
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
fn an_unchanged_service_is_built_to_the_same_digest_twice_without_a_cache() {
    let Some(_engine) = engine() else { return };
    upstream_images().expect("the images that programs come from are there");
    let work = TempDir::new().expect("a directory");
    let ledger = ledger(work.path());
    let mut failures = Vec::new();
    for (generated, cases) in [(repository("generated"), CASES.as_slice()), (ledger, &[JAVA])] {
        let [first, second] = ["first", "second"].map(|name| work.path().join(name));
        // Both without a cache: what an old one holds was installed when Debian had older packages.
        let built = [&first, &second].into_iter().try_for_each(|into| {
            archives(&generated, &repository("tests/lucid"), cases, into, &["--no-cache"]).map(drop)
        });
        for case in cases {
            let result =
                built.clone().and_then(|()| same(&first.join(case.service), &second.join(case.service)));
            println!("{:22} {}", case.kind, result.as_ref().map_or("FAILED", String::as_str));
            failures.extend(result.err().map(|why| format!("{}: {why}", case.kind)));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Builds image archives into a directory, one for each service, with all time stamps the same; the progress.
fn archives(
    generated: &Path,
    tree: &Path,
    cases: &[Case],
    into: &Path,
    words: &[&str],
) -> Result<String, String> {
    fs::create_dir_all(into).map_err(|e| e.to_string())?;
    let outputs = cases.iter().map(|case| {
        let file = into.join(case.service).display().to_string();
        format!("--set={}.output=type=oci,dest={file},rewrite-timestamp=true", case.service)
    });
    let outputs: Vec<_> = outputs.collect();
    let words: Vec<_> = words.iter().copied().chain(outputs.iter().map(String::as_str)).collect();
    let targets: Vec<_> = cases.iter().map(|case| case.service).collect();
    let bake = Bake {
        generated: generated.to_owned(),
        tree: tree.to_owned(),
        words: &words,
        epoch: "1700000000",
        ..Bake::default()
    };
    bake.run(&targets)
}

fn same(first: &Path, second: &Path) -> Result<String, String> {
    let [first, second] = [first, second].map(|archive| manifest(archive).map_err(|e| e.to_string()));
    let ((first, layers), (second, again)) = (first?, second?);
    ensure(first == second, || format!("{first}, then {second}; layers {layers:#?}, then {again:#?}"))?;
    Ok(first)
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
