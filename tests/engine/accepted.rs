//! BuildKit's own word on every generated Dockerfile: its checks, where builder and buildx have them, else its parser.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::build::{repository, upstream_images};
use crate::docker::{docker, engine, run};

/// What is asked: the flag of buildx.
const CHECK: &str = "--check";
const OUTLINE: &str = "--print=outline";

#[test]
fn buildkit_accepts_every_generated_dockerfile_of_every_kind() {
    let Some(_engine) = engine() else { return };
    upstream_images().expect("the images that files are based on are there");
    let empty = TempDir::new().expect("a directory");
    let small = empty.path().join("Dockerfile");
    let said = |text: &str, flag| {
        fs::write(&small, text).unwrap();
        ask(flag, &small, empty.path())
    };
    let flag = if said("FROM scratch\nCOPY a /\n", CHECK).is_ok() { CHECK } else { OUTLINE };
    said("FROM scratch\nCOPY a /\n", flag).expect("a right file is accepted");
    said("FROM scratch\nCOPYY a /\n", flag).expect_err("a wrong one is not");

    let mut files = Vec::new();
    for directory in ["generated", "tests/kinds", "packaging/image"] {
        dockerfiles(&repository(directory), &mut files);
    }
    assert!(files.len() > 45, "{}", files.len());
    let refusals: Vec<_> = files.iter().filter_map(|file| ask(flag, file, empty.path()).err()).collect();
    assert!(refusals.is_empty(), "{}", refusals.join("\n"));
    println!("{} files, buildx build {flag}", files.len());
}

fn dockerfiles(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            dockerfiles(&path, found);
        } else if path.ends_with("Dockerfile") || path.extension().is_some_and(|end| end == "Dockerfile") {
            found.push(path);
        }
    }
}

/// What BuildKit says of a file, with another image in place of those that are not here.
fn ask(flag: &str, file: &Path, context: &Path) -> Result<String, String> {
    let text = fs::read_to_string(file).map_err(|e| e.to_string())?;
    let froms = text.lines().filter(|line| line.starts_with("FROM "));
    let images = froms.filter_map(|line| line.split(' ').skip(1).find(|word| !word.starts_with("--")));
    let mut build = Command::new("docker");
    build.args(["buildx", "build", flag]).env("BUILDX_EXPERIMENTAL", "1");
    for image in images.filter(|image| image.contains([':', '/'])) {
        if docker(&["image", "inspect", image]).is_err() {
            build.arg(format!("--build-context={image}=docker-image://debian:trixie-slim"));
        }
    }
    run(build.arg("--file").arg(file).arg(context)).map_err(|why| format!("{}: {why}", file.display()))
}
