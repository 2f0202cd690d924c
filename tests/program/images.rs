//! `dockwright status --images`, with a `docker` that does as it is told.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use serde_json::{Value, json};

use crate::{Ran, dockwright, fleet_of};

/// Prints what lies beside it, and fails where an image is missing, as Docker does.
const DOCKER: &str = r#"#!/bin/sh
here=$(dirname "$0")
echo "$*" >> "$here/calls"
case "$1 $2" in
"image inspect") cat "$here/images"; cat "$here/errors" >&2; test ! -s "$here/errors" ;;
"history --no-trunc") for id; do :; done; cat "$here/$id" ;;
*) exit 64 ;;
esac
"#;

/// The digest of a layer, or nothing; the instruction that made it; its size.
type Made<'a> = (&'a str, &'a str, u64);

/// A fleet of three services in a directory of its own, beside a `docker`.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        fs::create_dir(place.0.path().join("bin")).unwrap();
        place.write("services.toml", &fleet_of(3, "1"));
        place.write("bin/docker", DOCKER);
        fs::set_permissions(place.0.path().join("bin/docker"), fs::Permissions::from_mode(0o755)).unwrap();
        place
    }

    fn write(&self, path: &str, text: &str) {
        fs::write(self.0.path().join(path), text).unwrap();
    }

    /// Gives the engine images, each with its instructions.
    fn has(&self, images: &[(&str, &[Made<'_>])]) {
        let mut inspected = Vec::new();
        for (number, (name, made)) in images.iter().enumerate() {
            let layers: Vec<_> = made.iter().filter(|made| !made.0.is_empty()).map(|made| made.0).collect();
            inspected.push(json!({
                "Id": format!("id{number}"), "RepoTags": [name], "Size": 7, "Os": "linux", "Architecture": "arm64",
                "RootFS": { "Type": "layers", "Layers": layers },
            }));
            let history = made.iter().rev().map(|(_, text, bytes)| {
                json!({ "CreatedBy": text, "Size": bytes.to_string(), "ID": "<missing>" }).to_string() + "\n"
            });
            self.write(&format!("bin/id{number}"), &history.collect::<String>());
        }
        self.write("bin/images", &Value::from(inspected).to_string());
        self.write("bin/errors", "");
    }

    fn status(&self, arguments: &[&str]) -> Ran {
        let mut command: Command = dockwright(self.0.path(), &["status"]);
        let path = format!("{}:/usr/bin:/bin", self.0.path().join("bin").display());
        Ran::of(&command.args(arguments).env("PATH", path).output().unwrap())
    }
}

const BASE: Made<'_> = ("sha256:base", "ADD amd64.tar / # buildkit", 30_000_000);

/// Two of the three images, which share their base.
fn two_of_three() -> Place {
    let place = Place::new();
    let zero: &[_] = &[BASE, ("", "ENV A=1", 0), ("sha256:0", "COPY s0 /app # buildkit", 2_500_000)];
    let one: &[_] = &[BASE, ("sha256:e", "WORKDIR /app", 0), ("sha256:1", "COPY s1 /app", 10_000_000)];
    place.has(&[("many/s0:latest", zero), ("many/s1:latest", one)]);
    place.write("bin/errors", "Error response from daemon: No such image: docker.io/many/s2:latest\n");
    place
}

#[test]
fn sizes_and_shared_layers_come_from_the_engine() {
    let ran = two_of_three().status(&["--images"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    let table = "
2 of 3 images in the engine: 72.5 MB; 42.5 MB with shared layers counted once
  Service     Size   Shared      Own  Layers
  s1       40.0 MB  30.0 MB  10.0 MB       3
  s0       32.5 MB  30.0 MB   2.5 MB       2
";
    assert!(ran.out.ends_with(table), "{}", ran.out);

    let ran = two_of_three().status(&["--images", "--format", "markdown"]);
    assert!(ran.out.contains("\n| s1 | 40.0 MB | 30.0 MB | 10.0 MB | 3 |\n"), "{}", ran.out);
}

#[test]
fn programs_get_sizes_in_bytes() {
    let ran = two_of_three().status(&["--images", "--format", "json"]);
    let sizes = serde_json::from_str::<Value>(&ran.out).unwrap()["sizes"].take();
    assert_eq!((&sizes["size"], &sizes["size_once"]), (&json!(72_500_000), &json!(42_500_000)));
    let first = json!({
        "service": "s1", "image": "many/s1:latest", "platform": "linux/arm64",
        "size": 40_000_000, "shared": 30_000_000, "layers": 3,
    });
    assert_eq!(sizes["images"][0], first);
    let layer = json!({
        "digest": "sha256:base", "size": 30_000_000, "instruction": "ADD amd64.tar /", "services": ["s0", "s1"],
    });
    assert_eq!(sizes["shared_layers"], json!([layer]));
}

#[test]
fn the_page_shows_sizes_and_escapes_what_images_say() {
    let place = Place::new();
    let made = ("sha256:x", "RUN </code><script>alert(\"1\")</script>\u{1b}[2J", 1_000_000);
    place.has(&[("many/s0:latest", &[BASE, made]), ("many/s1:latest", &[BASE, made])]);
    let ran = place.status(&["--images", "--format", "html"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    assert!(ran.out.contains("31.0 MB, 31.0 MB of it shared, 2 layers"), "{}", ran.out);
    assert!(
        ran.out.contains("<td><code>ADD amd64.tar /</code></td><td class=\"size\">30.0 MB</td>"),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("&lt;script&gt;") && !ran.out.contains("<script"), "{}", ran.out);
    assert!(!ran.out.contains('\u{1b}'), "{}", ran.out);
}

#[test]
fn without_the_option_nothing_is_asked_and_nothing_said() {
    let place = two_of_three();
    for format in ["text", "json", "markdown", "html"] {
        let ran = place.status(&["--format", format]);
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        assert!(!ran.out.to_lowercase().contains("sizes"), "{}", ran.out);
    }
    assert!(!place.0.path().join("bin/calls").exists());
}

#[test]
fn an_image_whose_layers_nobody_tells_has_its_size_all_the_same() {
    let place = Place::new();
    place.has(&[("many/s0:latest", &[BASE])]);
    place.write("bin/id0", "<missing>  3 days ago  30MB\n");
    let ran = place.status(&["--images"]);
    assert!(ran.out.ends_with("  s0        7 B  unknown  unknown  unknown\n"), "{}", ran.out);
}

#[test]
fn an_engine_that_cannot_be_asked_is_an_error() {
    let place = two_of_three();
    place.write("bin/errors", "Cannot connect to the Docker daemon at unix:///run/docker.sock.\n");
    let ran = place.status(&["--images"]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""));
    assert!(ran.err.starts_with("error: no engine responds: Cannot connect"), "{}", ran.err);

    place.write("bin/errors", "Error response from daemon: permission denied\n");
    let ran = place.status(&["--images"]);
    assert!(ran.err.contains("permission denied\nhint: check whether `docker image inspect"), "{}", ran.err);

    place.write("bin/errors", "");
    place.write("bin/images", "[{}]");
    let ran = place.status(&["--images"]);
    assert_eq!(ran.code, Some(2), "{}", ran.out);
    assert!(ran.err.contains("the engine does not show its images: missing field `Id`"), "{}", ran.err);
}

#[test]
fn no_image_at_all_is_no_error() {
    let place = Place::new();
    place.has(&[]);
    place.write("bin/errors", "Error response from daemon: No such image: docker.io/many/s0:latest\n");
    let ran = place.status(&["--images"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    assert!(ran.out.ends_with("\n0 of 3 images in the engine\n"), "{}", ran.out);
}
