//! Moves to other images, and what they imply.

use super::{find, image};
use crate::bases::*;

#[test]
fn a_successor_keeps_the_style_of_the_tag() {
    let digest = format!("@sha256:{}", "0".repeat(64));
    for (from, to) in [
        ("gcr.io/distroless/python3-debian12", Some("gcr.io/distroless/python3-debian13")),
        ("java:8-jre", Some("eclipse-temurin:8-jre")),
        ("java:7", Some("eclipse-temurin:8-jdk")),
        ("gcr.io/distroless/python3-debian12:latest", Some("gcr.io/distroless/python3-debian13:latest")),
        (
            "gcr.io/distroless/python3-debian12:nonroot-arm64",
            Some("gcr.io/distroless/python3-debian13:nonroot"),
        ),
        ("gcr.io/distroless/python3-debian12:arm64", Some("gcr.io/distroless/python3-debian13")),
        (
            &format!("gcr.io/distroless/cc-debian12:debug{digest}"),
            Some("gcr.io/distroless/cc-debian13:debug"),
        ),
        (&format!("gcr.io/distroless/cc-debian12{digest}"), None),
        ("gcr.io/distroless/java11-debian11:nonroot", Some("gcr.io/distroless/java17-debian13:nonroot")),
        ("gcr.io/distroless/nodejs18-debian12", Some("gcr.io/distroless/nodejs24-debian13")),
        ("gcr.io/distroless/nodejs20-debian13", Some("gcr.io/distroless/nodejs24-debian13")),
        ("python:3.9.18-slim-bullseye", Some("python:3.13-slim-trixie")),
        ("python:3.11.4-slim-bookworm", Some("python:3.11-slim-trixie")),
        ("docker.io/library/node:18-bookworm-slim", Some("docker.io/library/node:24-trixie-slim")),
        ("openjdk:17-jdk-slim", Some("eclipse-temurin:17-jdk")),
        ("docker.io/library/openjdk:8-jre", Some("docker.io/library/eclipse-temurin:8-jre")),
        ("alpine:3.18.4", Some("alpine:3.23")),
        ("debian:bookworm-20250101-slim", Some("debian:trixie-slim")),
        ("nginx:1.24-alpine", Some("nginx:stable-alpine")),
        ("python:3.13-slim-trixie", None),
        ("gcr.io/distroless/static-debian13:nonroot", None),
        ("gcr.io/distroless/static-debian12:nonsense", None),
    ] {
        let successor = Catalogue::builtin().successor(&image(from)).map(|image| image.to_string());
        assert_eq!(successor.as_deref(), to, "{from}");
    }
}

#[test]
fn an_image_moves_to_another_release_and_back() {
    let on = |from: &str, release: &str| {
        Catalogue::builtin().on_release(&image(from), release).map(|image| image.to_string())
    };
    for (old, new) in [
        ("gcr.io/distroless/python3-debian12:nonroot", "gcr.io/distroless/python3-debian13:nonroot"),
        ("gcr.io/distroless/java21-debian12", "gcr.io/distroless/java21-debian13"),
        ("debian:bookworm-slim", "debian:trixie-slim"),
        ("python:3.13-slim-bookworm", "python:3.13-slim-trixie"),
        ("node:24-bookworm-slim", "node:24-trixie-slim"),
    ] {
        assert_eq!(on(old, "debian13").as_deref(), Some(new));
        assert_eq!(on(new, "bookworm").as_deref(), Some(old));
        assert_eq!(on(old, "bookworm"), None, "it is there already");
    }
    assert_eq!(on("debian:12-slim", "trixie").as_deref(), Some("debian:13-slim"));
    assert_eq!(
        on("gcr.io/distroless/nodejs18-debian12", "trixie").as_deref(),
        Some("gcr.io/distroless/nodejs24-debian13")
    );
    assert_eq!(on("gcr.io/distroless/java25-debian13", "bookworm"), None, "it was never published there");
    assert_eq!(on("alpine:3.20", "trixie"), None);
}

#[test]
fn the_builder_follows_version_and_release() {
    let variant = |from: &str, version, release| {
        Catalogue::builtin().variant(&image(from), version, release).map(|image| image.to_string())
    };
    assert_eq!(
        variant("python:3.11-slim-bookworm", Some("3.13"), Some("trixie")).as_deref(),
        Some("python:3.13-slim-trixie")
    );
    assert_eq!(
        variant("python:3.11-slim", Some("3.13"), Some("trixie")).as_deref(),
        Some("python:3.13-slim")
    );
    assert_eq!(variant("python:3.13-slim", Some("3.13"), None), None);
    assert_eq!(
        variant("maven:3.9-eclipse-temurin-17-jammy", Some("21"), Some("noble")).as_deref(),
        Some("maven:3.9-eclipse-temurin-21-noble")
    );
}

#[test]
fn a_move_tells_what_it_implies() {
    let changes = changes(
        &find("gcr.io/distroless/python3-debian12:latest"),
        &find("gcr.io/distroless/python3-debian13:nonroot"),
    );
    let interpreter = changes.iter().find_map(|change| match change {
        Change::Interpreter { from, to } => Some((from.path.as_str(), to.path.as_str())),
        _ => None,
    });
    assert_eq!(interpreter, Some(("/usr/bin/python3.11", "/usr/bin/python3.13")));
    assert!(changes.contains(&Change::CLibrary {
        from: CLibrary::Glibc("2.36".to_owned()),
        to: CLibrary::Glibc("2.41".to_owned())
    }));
    assert!(changes.contains(&Change::MergedUsr(true)));
    assert!(changes.contains(&Change::User { from: "0".to_owned(), to: "65532".to_owned() }));
    let renamed = changes.iter().find_map(|change| match change {
        Change::PackagesRenamed(packages) => Some(packages.contains(&("libssl3", "libssl3t64"))),
        _ => None,
    });
    assert_eq!(renamed, Some(true));
}

#[test]
fn what_a_move_loses_is_told() {
    let slim = find("debian:trixie-slim");
    let distroless = find("gcr.io/distroless/java17-debian13");
    let changes = changes(&slim, &distroless);
    assert!(changes.contains(&Change::ShellLost("/bin/sh".to_owned())));
    assert!(
        changes.contains(&Change::PackageManager { from: PackageManager::Apt, to: PackageManager::None })
    );
    assert!(
        changes.contains(&Change::PlatformsLost(vec!["linux/arm/v7".to_owned(), "linux/386".to_owned()]))
    );
    assert_eq!(crate::bases::changes(&slim, &slim), []);
}

#[test]
fn packages_are_renamed_both_ways() {
    assert_eq!(renamed("libssl3", "12", "13"), Some("libssl3t64"));
    assert_eq!(renamed("libssl3t64", "13", "12"), Some("libssl3"));
    assert_eq!(renamed("libssl1.1", "11", "13"), Some("libssl3t64"));
    assert_eq!(renamed("libffi8", "12", "13"), None);
    assert_eq!(renamed("ffmpeg", "12", "13"), None);
    assert_eq!(renamed("libssl3", "12", "14"), None);
}

#[test]
fn packages_that_a_release_has_no_more_are_known() {
    let instead = |package, release| gone(package, release).map(|gone| gone.instead);
    assert_eq!(instead("ruby3.1", "13"), Some(vec!["ruby3.3"]));
    assert_eq!(instead("libpcre3", "13"), Some(vec![]));
    assert_eq!(instead("openjdk-17-jdk", "13"), Some(vec!["openjdk-21-jdk", "openjdk-25-jdk"]));
    assert_eq!(instead("openjdk-17-jdk", "12"), None);
    assert_eq!(instead("netcat", "12"), Some(vec![]), "two others provide it, so apt chooses none");
    assert_eq!(instead("libssl3", "13"), None, "libssl3t64 provides it");
    assert_eq!(instead("postgresql-client-13", "12"), Some(vec![]), "names of 13 do not help there");
    assert_eq!(instead("curl", "13"), None);
    assert_eq!(instead("of-somebody-else", "13"), None);
    assert_eq!(instead("ruby3.1", "14"), None);
}
