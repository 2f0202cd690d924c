//! `dockwright bases` on files and directories that are named, and on what it cannot judge.

use std::fs;

use super::cli::{DAY, dockwright, err, out, tree};

#[test]
fn paths_are_looked_at_as_rebase_reads_them() {
    let pod = "kind: Pod\nspec:\n  containers:\n    - name: a\n      image: redis:5\n";
    let tree = tree(&[
        ("a/Dockerfile", "FROM debian:bullseye-slim\n"),
        ("b/Dockerfile", "FROM debian:trixie-slim\n"),
        ("k8s/pod.yaml", pod),
    ]);
    let bases = |arguments: &[&str]| {
        let run = dockwright(tree.path(), &[&["bases"], arguments, &[DAY]].concat());
        (run.status.code(), format!("{}{}", out(&run), err(&run)))
    };
    let (code, said) = bases(&["--eol", "b"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("1 image, of 0 services and 1 file: none past the end of life"), "{said}");
    let (code, said) = bases(&["--eol", "a/Dockerfile", "k8s"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("  files: a/Dockerfile\n") && said.contains("  files: k8s/pod.yaml\n"), "{said}");
    assert!(said.contains("  ended before 6.0, whose end is 20") && said.contains(" (redis 5)\n"), "{said}");
    let (code, said) = bases(&["b"]);
    assert!(code == Some(0) && said.starts_with("debian:trixie-slim\n"), "{said}");
    let (code, said) = bases(&["nowhere"]);
    assert!(code == Some(2) && said.contains("nowhere"), "{said}");
}

#[test]
fn what_is_not_judged_fails_if_that_is_wanted() {
    let tree = tree(&[("Dockerfile", "FROM acme/own:1\n")]);
    let plain = dockwright(tree.path(), &["bases", "--eol", DAY]);
    assert_eq!(plain.status.code(), Some(0), "{}", out(&plain));
    assert!(
        out(&plain).contains("1 image not judged, as no end of life is known: acme/own:1\n"),
        "{}",
        out(&plain)
    );
    let strict = dockwright(tree.path(), &["bases", "--eol", "--strict", DAY]);
    assert_eq!(strict.status.code(), Some(1), "{}", out(&strict));
}

/// The image is not known, and its tag names a release that has ended.
#[test]
fn an_unknown_image_that_names_an_ended_release_has_ended() {
    let tree = tree(&[("Dockerfile", "FROM openresty/openresty:trusty\n")]);
    let run = dockwright(tree.path(), &["bases", "--eol", DAY]);
    assert_eq!(run.status.code(), Some(1), "{}", out(&run));
    assert!(out(&run).contains("ended 2019-04-30 (ubuntu 14.04 (trusty), which it names)"), "{}", out(&run));
}

#[test]
fn a_tree_without_bases_is_called_so() {
    let tree = tree(&[("README", "x")]);
    for flag in ["--used", "--eol"] {
        let run = dockwright(tree.path(), &["bases", flag, DAY]);
        assert_eq!(run.status.code(), Some(0));
        assert!(out(&run).contains("no services.toml, Dockerfile, Compose or bake file"), "{}", out(&run));
    }
}

#[test]
fn images_of_dotnet_are_judged_alike() {
    for name in ["sdk", "aspnet", "runtime", "runtime-deps"] {
        let tree = tree(&[("Dockerfile", &format!("FROM mcr.microsoft.com/dotnet/{name}:6.0\n"))]);
        let run = dockwright(tree.path(), &["bases", "--eol", "--strict", DAY]);
        let ended =
            format!("  ended 2024-11-12 ({name} 6.0)\n  move to mcr.microsoft.com/dotnet/{name}:10.0\n");
        assert!(out(&run).contains(&ended), "{}", out(&run));
        let image = |tag: &str| format!("mcr.microsoft.com/dotnet/{name}:{tag}");
        let run = dockwright(
            tree.path(),
            &["rebase", &image("6.0"), &image("8.0"), "--dry-run", "--today=2026-11-29", "."],
        );
        assert!(out(&run).contains("the new image has ended; `"), "{}{}", out(&run), err(&run));
        let run = dockwright(tree.path(), &["rebase", &image("6.0"), &image("2.0"), "--dry-run", DAY, "."]);
        assert!(
            out(&run).contains(" before 3.1, whose end is 2022-12-13 (") && !out(&run).contains("since 2022"),
            "{}",
            out(&run)
        );
    }
}

#[test]
fn images_that_the_tree_builds_are_no_bases_of_others() {
    let compose = "services:\n  a:\n    build: a\n    image: shop-a:local\n  b:\n    image: shop-a:local\n";
    let tree = tree(&[("compose.yaml", compose), ("a/Dockerfile", "FROM debian:trixie-slim\n")]);
    let run = dockwright(tree.path(), &["bases", "--eol", "--strict", DAY]);
    assert_eq!(run.status.code(), Some(0), "{}", out(&run));
    fs::write(tree.path().join("compose.yaml"), compose.replace("    build: a\n", "")).unwrap();
    let run = dockwright(tree.path(), &["bases", "--eol", "--strict", DAY]);
    assert_eq!(run.status.code(), Some(1), "{}", out(&run));
}

#[test]
fn an_image_that_nobody_knows_is_told() {
    let files = [
        ("Dockerfile", "FROM ruby:3.0\n"),
        ("py/Dockerfile", "FROM python:3.12-slim\n"),
        ("py/.python-version", "3.12\n"),
        (".tool-versions", "python 3.12\n"),
    ];
    let tree = tree(&files);
    let rebase = |arguments: &[&str]| {
        let run = dockwright(tree.path(), &[&["rebase"], arguments, &["--dry-run", DAY, "."]].concat());
        format!("{}{}", out(&run), err(&run))
    };
    let said = rebase(&["ruby:3.0", "ruby:9.9"]);
    assert!(said.contains("the catalogue does not have `ruby:9.9`: whether it exists"), "{said}");
    let said = rebase(&["python:3.12-slim", "python:3.13-slim"]);
    assert!(said.contains("tools in this directory") && !said.contains("uv installs"), "{said}");
    assert!(!said.contains("the catalogue does not have"), "{said}");
    fs::write(tree.path().join("py/Dockerfile"), "FROM python:3.12-slim\nRUN uv sync\n").unwrap();
    let said = rebase(&["python:3.12-slim", "python:3.13-slim"]);
    assert_eq!(said.matches("uv installs this version").count(), 1, "{said}");
}
