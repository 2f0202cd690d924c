//! The layers of an image for two platforms: those with the same content are the same, and nothing that is not native
//! differs.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde_json::Value;
use tar::Archive;
use tempfile::TempDir;

use crate::build::{self, Bake, repository};
use crate::docker::{engine, ensure};

const PLATFORMS: [&str; 2] = ["linux/amd64", "linux/arm64"];

/// Services of the fleet, and what of them is the same on every platform beside their code: the instruction that makes
/// the layer begins or ends so.
const CASES: [(&str, &[&str]); 3] = [
    ("rdp-controller", &["COPY /rootfs/ / # buildkit"]),
    ("gui", &["COPY /src/dist/renderer", "COPY /src/server.mjs"]),
    ("redis", &["COPY --chmod=755 infrastructure"]),
];

#[test]
fn what_is_not_native_is_one_layer_for_every_platform() {
    let Some(_engine) = engine() else { return };
    build::upstream_images().expect("the images that programs come from are there");
    let work = TempDir::new().expect("a directory");
    let pure = build::generate("tests/engine/pure.toml", &work.path().join("pure"));
    let mut failures = Vec::new();
    let of_fleet = CASES.iter().map(|(service, same)| (repository("generated"), *service, *same, 1));
    // The interpreter is native; the environment with its byte code, directories, configuration and code are not.
    let all = of_fleet.chain([(pure, "pages", &["COPY /opt/venv", "COPY --chmod=755 infra"][..], 4)]);
    for (generated, service, same, least) in all {
        let result = PLATFORMS
            .iter()
            .map(|platform| layers(&generated, service, platform, work.path()))
            .collect::<Result<Vec<_>, _>>()
            .and_then(|both| compare(&both[0], &both[1], same, least));
        println!("{service:22} {}", result.as_ref().map_or("FAILED", String::as_str));
        failures.extend(result.err().map(|why| format!("{service}: {why}")));
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// The entries of a layer: mode, owner, and data or target.
type Content = BTreeMap<PathBuf, (u32, u64, Vec<u8>)>;

/// A layer of ours: what made it, its digest, and every entry of it but its times.
struct Layer {
    made_by: String,
    digest: String,
    content: Content,
}

fn compare(amd64: &[Layer], arm64: &[Layer], same: &[&str], least: usize) -> Result<String, String> {
    ensure(amd64.len() == arm64.len(), || format!("{} layers, and {}", amd64.len(), arm64.len()))?;
    let (mut shared, mut code) = (0, 0);
    for (one, other) in amd64.iter().zip(arm64) {
        ensure(one.made_by == other.made_by, || format!("{}, and {}", one.made_by, other.made_by))?;
        let is_equal = one.content == other.content;
        ensure(one.digest == other.digest || !is_equal, || format!("two digests of {}", one.made_by))?;
        // History has no `--link`: code, configuration, and what else is copied with its mode.
        let is_code = one.made_by.starts_with("COPY --chmod=755 ") && !is_native(one);
        let has_to_be = is_code || same.iter().any(|words| one.made_by.starts_with(words)) && !is_native(one);
        code += usize::from(is_code);
        ensure(is_equal || !has_to_be, || format!("{} differs: {:?}", one.made_by, difference(one, other)))?;
        shared += usize::from(is_equal);
    }
    ensure(code > 0, || "no layer of code or configuration".to_owned())?;
    ensure(shared >= least, || format!("only {shared} of {} layers are the same", amd64.len()))?;
    Ok(format!("{shared} of {} layers are the same", amd64.len()))
}

fn is_native(layer: &Layer) -> bool {
    layer.content.values().any(|(_, _, data)| data.starts_with(b"\x7fELF"))
}

/// The first path that differs.
fn difference<'l>(one: &'l Layer, other: &'l Layer) -> Option<&'l Path> {
    let paths = one.content.keys().chain(other.content.keys());
    paths.map(PathBuf::as_path).find(|path| one.content.get(*path) != other.content.get(*path))
}

/// Builds a service for a platform, with all time stamps the same; the layers that its Dockerfile adds.
fn layers(generated: &Path, service: &str, platform: &str, work: &Path) -> Result<Vec<Layer>, String> {
    let archive = work.join("archive");
    let output = format!(
        "--set={service}.output=type=oci,dest={},rewrite-timestamp=true,compression=uncompressed,force-compression=true",
        archive.display()
    );
    let words = [output.as_str()];
    let bake = Bake {
        generated: generated.to_owned(),
        words: &words,
        epoch: "1700000000",
        platform,
        ..Bake::default()
    };
    bake.run(&[service])?;
    read(&archive).map_err(|e| e.to_string())
}

fn read(archive: &Path) -> io::Result<Vec<Layer>> {
    let mut blobs = BTreeMap::new();
    for entry in Archive::new(File::open(archive)?).entries()? {
        let mut entry = entry?;
        let mut data = Vec::new();
        entry.read_to_end(&mut data)?;
        blobs.insert(entry.path()?.to_string_lossy().into_owned(), data);
    }
    let blob = |digest: &Value| {
        let name = format!("blobs/{}", digest.as_str().unwrap_or_default().replace(':', "/"));
        blobs.get(&name).map(Vec::as_slice).ok_or_else(|| io::Error::other(format!("no {name}")))
    };
    let json = |data: &[u8]| serde_json::from_slice::<Value>(data).map_err(io::Error::other);
    let index = json(blobs.get("index.json").map(Vec::as_slice).unwrap_or_default())?;
    let manifest = json(blob(&index["manifests"][0]["digest"])?)?;
    let config = json(blob(&manifest["config"]["digest"])?)?;
    let history = config["history"].as_array().into_iter().flatten();
    let steps = history.filter(|step| step["empty_layer"] != true).map(|step| step["created_by"].to_string());
    let digests = manifest["layers"].as_array().into_iter().flatten().map(|layer| &layer["digest"]);
    let mut layers = Vec::new();
    for (made_by, digest) in steps.zip(digests) {
        let made_by = made_by.trim_matches('"').to_owned();
        if made_by.starts_with("COPY ") {
            layers.push(Layer { made_by, digest: digest.to_string(), content: entries(blob(digest)?)? });
        }
    }
    Ok(layers)
}

fn entries(layer: &[u8]) -> io::Result<Content> {
    let mut content = BTreeMap::new();
    for entry in Archive::new(layer).entries()? {
        let mut entry = entry?;
        let mut data = entry.link_name_bytes().unwrap_or_default().into_owned();
        entry.read_to_end(&mut data)?;
        let header = entry.header();
        content.insert(entry.path()?.into_owned(), (header.mode()?, header.uid()?, data));
    }
    Ok(content)
}
