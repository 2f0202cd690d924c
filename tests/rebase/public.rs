//! What moves in public repositories showed: one case for each kind of fault that was found.

use std::fs;

use super::cases::said;
use super::cli::{DAY, dockwright, err, out, tree};

#[test]
fn an_image_moves_to_an_image_also_if_its_tag_is_a_release() {
    for (from, to) in
        [("alpine:3.12", "alpine:3.22"), ("debian:9", "debian:13"), ("acme/base:1", "debian:13")]
    {
        let tree = tree(&[("Dockerfile", &format!("FROM {from}\n"))]);
        let run = dockwright(tree.path(), &["rebase", from, to, ".", DAY]);
        let after = fs::read_to_string(tree.path().join("Dockerfile")).unwrap();
        assert_eq!(after, format!("FROM {to}\n"), "{}{}", out(&run), err(&run));
    }
}

#[test]
fn a_script_copied_to_the_root_is_no_directory() {
    let text = |copy: &str| said(&format!("FROM debian:bullseye\n{copy}\n"), &["debian11", "debian13"]);
    for copy in ["COPY build.sh /", "COPY a/list.SH run.py /"] {
        assert!(!text(copy).contains("links at /bin"), "{copy}");
    }
    for copy in ["COPY rootfs /", "COPY .sh /", "COPY build.sh rootfs/ /", "ADD app.conf /"] {
        assert!(text(copy).contains("links at /bin"), "{copy}");
    }
}

#[test]
fn a_child_of_an_image_that_moves_is_told_what_it_names_of_the_old_release() {
    let child = "FROM acme/base AS a\nENV DOCKER=26.1~debian.12~bookworm\nRUN apt-get install -y libasound2 adduser\n\
                 # bookworm\nCOPY a /usr/lib/python3.11/a\n";
    let tree = tree(&[
        ("base/Dockerfile", "FROM python:3.11-bookworm\n"),
        ("child/Dockerfile", child),
        ("compose.yaml", "services:\n  base:\n    image: acme/base\n    build: base\n"),
    ]);
    let run = dockwright(tree.path(), &["rebase", "python:3.11-bookworm", "python:3.13-trixie", ".", DAY]);
    let said = format!("{}{}", out(&run), err(&run));
    for message in [
        "child/Dockerfile:1:6: `acme/base` is built from base/Dockerfile, which moves to `python:3.13-trixie`",
        "child/Dockerfile:2:27: `bookworm` is named here",
        "child/Dockerfile:3:24: `libasound2` is `libasound2t64` on the new base",
        "child/Dockerfile:5:23: `3.11` is `3.13` on the new base",
    ] {
        assert!(said.contains(message), "{message}\n{said}");
    }
    assert_eq!(fs::read_to_string(tree.path().join("child/Dockerfile")).unwrap(), child);
}

#[test]
fn scripts_that_a_dockerfile_copies_are_told_of_another_python() {
    let script = "#!/bin/sh\ncd /usr/local/lib/python3.11/site-packages\nexec python3.11 -m app\n";
    for (copy, told) in [
        ("COPY src/entrypoint.sh /", true),
        ("COPY . /app", true),
        ("COPY src /app", false),
        ("COPY --from=x src/entrypoint.sh /", false),
    ] {
        let dockerfile = format!("FROM python:3.11-slim AS x\nFROM python:3.11-slim\n{copy}\n");
        let tree = tree(&[("a/Dockerfile", &dockerfile), ("a/src/entrypoint.sh", script)]);
        let run = dockwright(tree.path(), &["rebase", "python:3.11-slim", "python:3.13-slim", ".", DAY]);
        let said = format!("{}{}", out(&run), err(&run));
        let message =
            "a/src/entrypoint.sh:2:25: a/Dockerfile copies this file, and its Python is 3.13 instead of 3.11";
        assert_eq!(said.contains(message), told, "{copy}: {said}");
    }
}

#[test]
fn a_build_argument_of_a_command_line_is_told_that_its_default_moves() {
    let dockerfile = "ARG PYTHON_VERSION=3.11\nFROM python:${PYTHON_VERSION}-slim\n";
    for (path, text, place) in [
        ("build.sh", "docker build --build-arg PYTHON_VERSION=3.11 .\n", "build.sh:1:41"),
        ("Makefile", "PYTHON_VERSION ?= 3.11\na:\n\tdocker build .\n", "Makefile:1:19"),
        (".github/workflows/ci.yml", "env:\n  PYTHON_VERSION: \"3.11\"\n", ".github/workflows/ci.yml:2:20"),
        ("ci.yml", "with:\n  build-args: |\n    PYTHON_VERSION=3.11\n", "ci.yml:3:20"),
    ] {
        let tree = tree(&[("Dockerfile", dockerfile), (path, text)]);
        let run = dockwright(tree.path(), &["rebase", "python:3.11-slim", "python:3.13-slim", ".", DAY]);
        let said = format!("{}{}", out(&run), err(&run));
        let message = format!(
            "{place}: `PYTHON_VERSION` is set to `3.11` here, and its default in Dockerfile moves to `3.13`"
        );
        assert!(said.contains(&message), "{message}\n{said}");
    }
    for other in ["MY_PYTHON_VERSION=3.11\n", "PYTHON_VERSION=3.11.4\n", "PYTHON_VERSION=3.12\n"] {
        let tree = tree(&[("Dockerfile", dockerfile), ("build.sh", other)]);
        let run = dockwright(tree.path(), &["rebase", "python:3.11-slim", "python:3.13-slim", ".", DAY]);
        assert!(!out(&run).contains("is set to"), "{other}{}", out(&run));
    }
}

#[test]
fn packages_of_another_alpine_are_told_to_be_unchecked() {
    for from in ["alpine:3.12", "alpine:3.21"] {
        let text = format!(
            "FROM {from}\nRUN apk add --no-cache --virtual .build python2 \\\n    curl && apk del .build\n"
        );
        let moved = said(&text, &[from, "alpine:3.22"]);
        let message = "Dockerfile:2:41: cannot check whether Alpine 3.22 has the packages installed here; look \
                       them up at pkgs.alpinelinux.org";
        assert!(moved.contains(message), "{moved}");
    }
}
