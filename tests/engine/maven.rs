//! What Maven builds: byte code once for all platforms, and of a change no more than it needs.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::build::{self, AGAIN, Bake};
use crate::docker::{engine, ensure, run};

/// Two services of one Maven build: a jar with all it needs, and one with its libraries beside it.
pub(crate) const FLEET: &str = "tests/engine/projects/maven/services.toml";

/// Builds that fleet, generated into a directory, for this machine's platform.
pub(crate) fn bake(into: &Path) -> Bake<'static> {
    Bake {
        generated: build::generate(FLEET, into),
        tree: build::repository("tests/engine/projects/maven"),
        ..Bake::default()
    }
}

const SERVICES: [&str; 2] = ["orders", "counter"];

#[test]
fn byte_code_is_one_layer_for_all_platforms_and_a_change_of_code_fetches_nothing() {
    let Some(_engine) = engine() else { return };
    build::upstream_images().expect("the image with Maven is there");
    let work = TempDir::new().expect("a directory");
    let tree = work.path().join("tree");
    run(Command::new("cp")
        .arg("--recursive")
        .arg(build::repository("tests/engine/projects/maven"))
        .arg(&tree))
    .expect("a copy");
    let generated = build::generate(FLEET, &work.path().join("generated"));
    let built = |into: &str| {
        let into = work.path().join(into);
        fs::create_dir(&into).expect("a directory");
        let outputs = SERVICES.map(|service| {
            let file = into.join(service).display().to_string();
            format!("--set={service}.output=type=oci,dest={file},compression=uncompressed,force-compression=true,rewrite-timestamp=true")
        });
        let words: Vec<_> = outputs.iter().map(String::as_str).collect();
        let bake = Bake {
            generated: generated.clone(),
            tree: tree.clone(),
            words: &words,
            epoch: "1700000000",
            platform: "linux/amd64,linux/arm64",
            ..Bake::default()
        };
        let log = bake.run(&SERVICES).expect("it is built");
        (log, SERVICES.map(|service| layers(&into.join(service)).expect("an image of two platforms")))
    };

    let (_, before) = built("before");
    for (service, [amd64, arm64]) in SERVICES.iter().zip(&before) {
        assert!(amd64.contains_key("app/app.jar"), "{service}: {amd64:?}");
        for (file, digest) in amd64.iter().filter(|(file, _)| file.starts_with("app/")) {
            assert_eq!(arm64.get(file), Some(digest), "{service}: {file}");
        }
        let probe = "usr/bin/healthcheck";
        assert_ne!(arm64[probe], amd64[probe], "{service} has the probe of another platform");
    }

    let main = tree.join("orders/web/src/main/java/shop/web/Main.java");
    let text = fs::read_to_string(&main).expect("the program");
    let after_a_change = |path: &str| {
        fs::write(&main, text.replace("\"/\"", &format!("\"/{path}\""))).expect("the program is changed");
        let (log, after) = built(path);
        fetches_nothing(&log)?;
        for (service, (before, after)) in SERVICES.iter().zip(before.iter().zip(&after)) {
            let changed = before[0].iter().filter(|(file, digest)| after[0].get(*file) != Some(digest));
            let files: Vec<_> = changed.map(|(file, _)| file.as_str()).collect();
            ensure(files == ["app/app.jar"], || format!("{service}: {files:?}"))?;
        }
        Ok(())
    };
    // An engine whose cache is full may have dropped a step of the build before. What a change does shows again.
    let is_dropped = |why: &String| why.starts_with(AGAIN);
    after_a_change("health")
        .or_else(|why| if is_dropped(&why) { after_a_change("healthy") } else { Err(why) })
        .expect("one layer of each changes");
}

/// An error for each step that fetches libraries and did not come from the cache.
fn fetches_nothing(log: &str) -> Result<(), String> {
    let fetching: Vec<_> = log.lines().filter(|line| line.contains("--fail-never")).collect();
    ensure(!fetching.is_empty(), || log.to_owned())?;
    let is_cached =
        |step: &&str| log.contains(&format!("{} CACHED", step.split(' ').next().unwrap_or_default()));
    let again: Vec<_> = fetching.into_iter().filter(|step| !is_cached(step)).collect();
    ensure(again.is_empty(), || format!("{AGAIN}{}", again.join("; ")))
}

/// The files of an image archive of two platforms, each with the digest of the layer that it is in.
fn layers(archive: &Path) -> Result<[BTreeMap<String, String>; 2], String> {
    let index = json(archive, "index.json")?;
    let image = json(archive, &blob(&index["manifests"][0]["digest"]))?;
    let of = |platform: &str| {
        let all = image["manifests"].as_array().into_iter().flatten();
        let found = all.into_iter().find(|manifest| manifest["platform"]["architecture"] == platform);
        let found = found.ok_or_else(|| format!("no image for {platform} in {image}"))?;
        let manifest = json(archive, &blob(&found["digest"]))?;
        let mut files = BTreeMap::new();
        for layer in manifest["layers"].as_array().into_iter().flatten() {
            let tar = read(archive, &blob(&layer["digest"]))?;
            for entry in tar::Archive::new(tar.as_slice()).entries().map_err(|e| e.to_string())? {
                let entry = entry.map_err(|e| e.to_string())?;
                if entry.header().entry_type().is_file() {
                    let path = entry.path().map_err(|e| e.to_string())?.display().to_string();
                    files.insert(path, layer["digest"].to_string());
                }
            }
        }
        Ok::<_, String>(files)
    };
    Ok([of("amd64")?, of("arm64")?])
}

/// Where an archive has what a digest names.
fn blob(digest: &Value) -> String {
    format!("blobs/{}", digest.as_str().unwrap_or_default().replace(':', "/"))
}

fn json(archive: &Path, name: &str) -> Result<Value, String> {
    serde_json::from_slice(&read(archive, name)?).map_err(|e| e.to_string())
}

fn read(archive: &Path, name: &str) -> Result<Vec<u8>, String> {
    let file = File::open(archive).map_err(|e| e.to_string())?;
    for entry in tar::Archive::new(file).entries().map_err(|e| e.to_string())? {
        let mut entry = entry.map_err(|e| e.to_string())?;
        if entry.path().is_ok_and(|path| path == Path::new(name)) {
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).map_err(|e| e.to_string())?;
            return Ok(bytes);
        }
    }
    Err(format!("no {name} in {}", archive.display()))
}
