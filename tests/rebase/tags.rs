//! Cases after public reports: which tag a tag moves to, and which never existed.

use std::fs;

use super::cases::said;
use super::cli::{DAY, dockwright, err, out, tree, tree_of_one};

/// The text of a Dockerfile after a move, and what the move says.
fn moved(text: &str, arguments: &[&str]) -> (String, String) {
    let tree = tree_of_one(text);
    let run = dockwright(tree.path(), &[&["rebase"], arguments, &[".", DAY]].concat());
    let after = fs::read_to_string(tree.path().join("Dockerfile")).unwrap();
    (after, format!("{}{}", out(&run), err(&run)))
}

/// Public case 27, and 10 with a version that is on both releases.
#[test]
fn the_patch_version_of_a_tag_stays_where_it_is_published() {
    for (case, wanted) in [
        (
            include_str!("public/27/Dockerfile"),
            "ARG PYTHON_VERSION=3.13.9\nFROM python:${PYTHON_VERSION}-slim-trixie",
        ),
        (
            include_str!("public/27/q.Dockerfile"),
            "ARG PYTHON_VERSION=\"3.13.9\"\nFROM python:${PYTHON_VERSION}-slim-trixie",
        ),
        (include_str!("public/27/g.Dockerfile"), "ARG GO=1.25.3\nFROM golang:${GO}-trixie"),
        (
            include_str!("public/27/minor.Dockerfile"),
            "ARG PYTHON_VERSION=3.13\nFROM python:${PYTHON_VERSION}-slim-trixie",
        ),
        ("FROM python:3.13.9-slim-bookworm\n", "FROM python:3.13.9-slim-trixie\n"),
    ] {
        let (after, said) = moved(case, &["debian12", "debian13"]);
        assert!(after.starts_with(wanted), "{after}{said}");
    }
}

/// Public cases 10 and 27: `docker-library/official-images` lists 3.13.6 as the first Python 3.13 on trixie.
#[test]
fn a_tag_that_never_existed_is_left_with_the_first_that_does() {
    for (text, first) in [
        (include_str!("public/10/Dockerfile"), "3.13.6"),
        (include_str!("public/27/n.Dockerfile"), "22.18.0"),
        ("FROM redis:7.2-bookworm\n", "8.4.1"),
        ("FROM golang:1.23-bookworm\n", "1.24.6"),
        ("FROM nginx:1.27-bookworm\n", "1.28.1"),
        ("FROM nginx:1.29.1-bookworm\n", "1.29.2"),
        ("FROM rust:1.87-slim-bookworm\n", "1.88"),
    ] {
        let (after, said) = moved(text, &["bookworm", "trixie"]);
        assert_eq!(after, text);
        assert!(said.contains(&format!("{first} is the first version on debian 13 (trixie)")), "{said}");
    }
}

#[test]
fn no_version_that_ended_long_ago_is_passed_over() {
    for (text, wanted) in [
        ("FROM node:14-bookworm\n", "FROM node:24-trixie\n"),
        ("FROM node:17.0.1\n", "FROM node:24\n"),
        ("FROM golang:1.19\n", "FROM golang:1.26\n"),
        ("FROM python:3.6.15\n", "FROM python:3.13\n"),
        (
            "ARG NODE_VERSION=18.20.4\nFROM node:${NODE_VERSION}-slim\n",
            "ARG NODE_VERSION=24\nFROM node:${NODE_VERSION}-slim\n",
        ),
        (include_str!("public/26/Dockerfile"), "FROM gcr.io/distroless/python3-debian13:debug-nonroot\n"),
    ] {
        let (after, said) = moved(text, &["--eol"]);
        assert!(after.starts_with(wanted), "{after}{said}");
    }
    let (after, said) = moved("FROM python:2.7-slim\n", &["--eol"]);
    assert_eq!(after, "FROM python:2.7-slim\n");
    assert!(said.contains("past its end of life since 2020-01-01 (python 2.7), and no successor"), "{said}");
}

#[test]
fn rare_tags_move_or_are_named() {
    for (from, to) in [
        ("nginx:1.29-bookworm-otel", "nginx:1.29-trixie-otel"),
        ("nginx:bookworm-perl", "nginx:trixie-perl"),
        ("node:jod-bookworm-slim", "node:jod-trixie-slim"),
        ("debian:12-backports", "debian:13-backports"),
    ] {
        let (after, said) = moved(&format!("FROM {from}\n"), &["debian12", "debian13"]);
        assert_eq!(after, format!("FROM {to}\n"), "{said}");
    }
    let said = said("FROM python:3.13-fat-bookworm\n", &["debian12", "debian13"]);
    assert!(said.contains("it names debian 12 (bookworm), but the tag is not in the catalogue"), "{said}");
}

#[test]
fn a_tag_without_a_release_is_explained() {
    let said = |text| said(text, &["debian12", "debian13"]);
    let floats = said("FROM python:3.12-slim\n");
    assert!(floats.contains("the tag of `python:3.12-slim` does not name its release"), "{floats}");
    assert!(floats.contains("it is debian 13 (trixie)\n"), "{floats}");
    // The default of Node.js 24 stays, whatever is newest.
    let fixed = said("FROM node:24\n");
    assert!(fixed.contains("`node:24` is based on debian 12 (bookworm) without naming it"), "{fixed}");
    assert!(said("FROM node:26\n").contains("the tag of `node:26` does not name its release"), "{fixed}");
}

#[test]
fn a_mirror_is_known_as_what_it_mirrors() {
    for (mirror, old, new) in [
        (
            "123456789012.dkr.ecr.eu-west-1.amazonaws.com/docker-hub/library/",
            "python:3.11-slim-bookworm",
            "python:3.11-slim-trixie",
        ),
        ("public.ecr.aws/docker/library/", "node:22-bookworm", "node:22-trixie"),
        ("mirror.gcr.io/library/", "debian:12", "debian:13"),
        ("mirror.gcr.io/", "debian:12", "debian:13"),
        ("gitlab.example.org/group/dependency_proxy/containers/", "debian:12", "debian:13"),
        (
            "harbor.example.org/proxy/",
            "gcr.io/distroless/cc-debian12:nonroot",
            "gcr.io/distroless/cc-debian13:nonroot",
        ),
    ] {
        let (after, said) = moved(&format!("FROM {mirror}{old}\n"), &["debian12", "debian13"]);
        assert_eq!(after, format!("FROM {mirror}{new}\n"), "{said}");
    }
}

#[test]
fn a_description_of_the_catalogue_alone_tells_an_image_of_its_own() {
    let catalogue = "[catalogue.our-python]\nextends = \"python\"\nimages = [\"acme.example.org/py\"]\n";
    let tree =
        tree(&[("services.toml", catalogue), ("Dockerfile", "FROM acme.example.org/py:3.11-bookworm\n")]);
    let run = dockwright(tree.path(), &["rebase", "debian12", "debian13", ".", DAY]);
    let after = fs::read_to_string(tree.path().join("Dockerfile")).unwrap();
    assert_eq!(after, "FROM acme.example.org/py:3.11-trixie\n", "{}{}", out(&run), err(&run));
}
