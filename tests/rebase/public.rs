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
        ("build.sh", "echo PYTHON_VERSION=3.11\n", "build.sh:1:21"),
        ("Makefile", "PYTHON_VERSION ?= 3.11\na:\n\tdocker build .\n", "Makefile:1:19"),
        (".github/workflows/ci.yml", "env:\n  PYTHON_VERSION: \"3.11\"\n", ".github/workflows/ci.yml:2:20"),
        ("ci.yml", "with:\n  run: |\n    PYTHON_VERSION=3.11 make\n", "ci.yml:3:20"),
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

#[test]
fn a_build_argument_of_a_command_line_moves_with_its_default() {
    let dockerfile = "ARG PYTHON_VERSION=3.11\nFROM python:${PYTHON_VERSION}-slim\n";
    let moves = ["rebase", "python:3.11-slim", "python:3.13-slim", ".", DAY];
    let make = "PYTHON_VERSION ?= 3.11\nOTHER = 3.11\na:\n\tdocker build --build-arg PYTHON_VERSION=$(PYTHON_VERSION) .\n";
    for (path, text) in [
        ("build.sh", "docker build --build-arg PYTHON_VERSION=3.11 .\n"),
        ("build.sh", "docker build --build-arg \"PYTHON_VERSION=3.11\" .\n"),
        ("build.sh", "PYTHON_VERSION=3.11\ndocker build --build-arg PYTHON_VERSION=${PYTHON_VERSION} .\n"),
        ("ci.yml", "with:\n  build-args: |\n    A=1\n    PYTHON_VERSION=3.11\n"),
        ("ci.yml", "run: docker build --build-arg=PYTHON_VERSION=3.11 .\n"),
        ("Makefile", make),
    ] {
        let tree = tree(&[("Dockerfile", dockerfile), (path, text)]);
        let run = dockwright(tree.path(), &moves);
        let after = fs::read_to_string(tree.path().join(path)).unwrap();
        let wanted = text.replacen("3.11", "3.13", 1);
        assert_eq!(after, wanted, "{}{}", out(&run), err(&run));
        assert!(out(&run).contains(path), "{}", out(&run));
    }
    // Another Dockerfile keeps the default, or the variable is used for something else.
    let other = "ARG PYTHON_VERSION=3.10\nFROM python:${PYTHON_VERSION}-slim\n";
    let bare = "ARG PYTHON_VERSION\nFROM acme/base:${PYTHON_VERSION}\n";
    let used = "PYTHON_VERSION=3.11\nuv venv --python $PYTHON_VERSION\ndocker build --build-arg PYTHON_VERSION=$PYTHON_VERSION .\n";
    for (second, script) in [
        (other, "docker build --build-arg PYTHON_VERSION=3.11 .\n"),
        (bare, "docker build --build-arg PYTHON_VERSION=3.11 .\n"),
        ("FROM scratch\n", used),
    ] {
        let tree = tree(&[("Dockerfile", dockerfile), ("b.Dockerfile", second), ("build.sh", script)]);
        let run = dockwright(tree.path(), &moves);
        assert_eq!(fs::read_to_string(tree.path().join("build.sh")).unwrap(), script, "{}", out(&run));
        assert!(
            out(&run).contains("`PYTHON_VERSION` is set to `3.11` here") || second == bare,
            "{}",
            out(&run)
        );
    }
}

#[test]
fn the_version_that_tools_read_is_told() {
    let dockerfile = "FROM python:3.11-slim\n";
    for (path, text, told) in [
        ("a/.python-version", "3.11\n", true),
        ("a/.python-version", "3.11.4\n", true),
        (".python-version", "3.11\n", true),
        ("a/.tool-versions", "nodejs 20.1.0\npython 3.11.4\n", true),
        ("a/runtime.txt", "python-3.11.4\n", true),
        ("a/.python-version", "3.12\n", false),
        ("b/.python-version", "3.11\n", false),
        ("ab/.python-version", "3.11\n", false),
    ] {
        let tree = tree(&[("a/Dockerfile", dockerfile), (path, text)]);
        let run = dockwright(tree.path(), &["rebase", "python:3.11-slim", "python:3.13-slim", ".", DAY]);
        let said = out(&run);
        assert_eq!(said.contains("and a/Dockerfile moves to 3.13"), told, "{path}: {said}");
        assert_eq!(fs::read_to_string(tree.path().join(path)).unwrap(), text);
    }
    let tree = tree(&[("Dockerfile", "FROM node:20-slim\n"), (".nvmrc", "v20\n")]);
    let run = dockwright(tree.path(), &["rebase", "node:20-slim", "node:24-slim", ".", DAY]);
    assert!(out(&run).contains(".nvmrc:1:2: `20` is the node of the tools"), "{}", out(&run));
}

#[test]
fn a_slim_image_has_no_compiler_and_no_tools() {
    let text = "FROM python:3.11 AS b\nRUN git clone x && curl -f y\nRUN pip install -r r.txt\n";
    let said_of = |text: &str, to: &str| said(text, &["python:3.11", to]);
    let moved = said_of(text, "python:3.13-slim");
    for message in [
        "Dockerfile:2:5: `git` is not in `python:3.13-slim`; install the package git first",
        "Dockerfile:2:20: `curl` is not in `python:3.13-slim`",
        "Dockerfile:3:5: `pip install` may compile, and `python:3.13-slim` has no compiler",
    ] {
        assert!(moved.contains(message), "{message}\n{moved}");
    }
    // A stage on it as well.
    let child = "FROM python:3.11 AS b\nFROM b\nRUN make\n";
    assert!(said_of(child, "python:3.13-slim").contains("Dockerfile:3:5: `make` is not in"));
    for (text, to) in [
        (text, "python:3.13"),
        (
            "FROM python:3.11\nRUN apt-get install -y git build-essential && git x && pip install y\n",
            "python:3.13-slim",
        ),
        (
            "FROM python:3.11\nRUN apt-get install -y \\\n    # to download\n    gcc \\\n    curl \\\n    && pip install y && curl z\n",
            "python:3.13-slim",
        ),
        ("FROM python:3.11\nRUN pip install --upgrade pip setuptools\n", "python:3.13-slim"),
        ("FROM python:3.11\nRUN ./git && echo git curl && pip --version\n", "python:3.13-slim"),
        ("FROM python:3.11\nENTRYPOINT [\"python\"]\n", "python:3.13-slim"),
    ] {
        let moved = said_of(text, to);
        assert!(!moved.contains("is not in") && !moved.contains("no compiler"), "{text}{moved}");
    }
}

#[test]
fn images_of_two_flavours_that_become_one_are_told() {
    let text = "FROM python:3.11 AS b\nFROM python:3.11-slim\n";
    let moved = said(text, &["python", "python:3.13-slim"]);
    assert!(moved.contains("look at   `python:3.11-slim` becomes this image too"), "{moved}");
    let moved = said("FROM python:3.11 AS b\nFROM python:3.10\n", &["python", "python:3.13"]);
    assert!(!moved.contains("becomes this image too"), "{moved}");
}

#[test]
fn a_service_of_compose_whose_tag_names_no_release_is_told() {
    let compose =
        "services:\n  a:\n    image: node:24\n  b:\n    image: debian:12\n  c:\n    image: acme/x:1\n";
    let tree = tree(&[("compose.yaml", compose)]);
    let run = dockwright(tree.path(), &["rebase", "--dry-run", "debian12", "debian13", ".", DAY]);
    let message = "compose.yaml:3:12: `node:24` is based on debian 12 (bookworm) without naming it";
    assert!(out(&run).contains(message), "{}", out(&run));
    assert_eq!(out(&run).matches("without naming it").count(), 1, "{}", out(&run));
}

#[test]
fn what_breaks_in_the_children_of_an_image_that_moves_is_told() {
    let tree = tree(&[
        ("base/Dockerfile", "FROM debian:bookworm-slim\n"),
        ("child/Dockerfile", "FROM acme/base\nRUN adduser --system a\n"),
        (
            "grandchild/Dockerfile",
            "FROM acme/child\nRUN apt-get install -y libasound2\nRUN curl x | apt-key add -\n",
        ),
        (
            "compose.yaml",
            "services:\n  base:\n    image: acme/base\n    build: base\n  child:\n    image: acme/child\n    build: child\n",
        ),
    ]);
    let run = dockwright(tree.path(), &["rebase", "debian12", "debian13", ".", DAY]);
    let said = out(&run);
    for message in [
        "child/Dockerfile:2:5: `adduser` is not in the image of Debian 13",
        "grandchild/Dockerfile:1:6: `acme/child` is built from child/Dockerfile, which moves to `debian:trixie-slim`",
        "grandchild/Dockerfile:2:24: `libasound2` is `libasound2t64` on the new base",
        "grandchild/Dockerfile:3:14: `apt-key` is not in the image of Debian 13",
    ] {
        assert!(said.contains(message), "{message}\n{said}");
    }
}

#[test]
fn a_mirror_of_an_image_moves_to_the_mirror_of_the_new_one() {
    for (image, to, moved) in [
        (
            "public.ecr.aws/docker/library/python:3.11-slim",
            "python:3.13-slim",
            "public.ecr.aws/docker/library/python:3.13-slim",
        ),
        ("mirror.gcr.io/library/python:3.11-slim", "debian:13-slim", "mirror.gcr.io/library/debian:13-slim"),
        // A mirror of another registry does not have it.
        ("mirror.gcr.io/library/python:3.11-slim", "ghcr.io/acme/python:3.13", "ghcr.io/acme/python:3.13"),
    ] {
        let tree = tree(&[("Dockerfile", &format!("FROM {image}\n"))]);
        let run = dockwright(tree.path(), &["rebase", "python:3.11-slim", to, ".", DAY]);
        let after = fs::read_to_string(tree.path().join("Dockerfile")).unwrap();
        assert_eq!(after, format!("FROM {moved}\n"), "{}{}", out(&run), err(&run));
    }
    // Who writes the registry means that one.
    let tree = tree(&[("Dockerfile", "FROM mirror.gcr.io/library/python:3.11-slim\n")]);
    let run = dockwright(
        tree.path(),
        &["rebase", "docker.io/library/python:3.11-slim", "python:3.13-slim", ".", DAY],
    );
    assert_eq!(run.status.code(), Some(2), "{}", out(&run));
}

#[test]
fn an_image_without_a_release_in_its_tag_is_named_beside_others() {
    let tree = tree(&[("Dockerfile", "FROM node:24\n"), ("b.Dockerfile", "FROM python:3.12-slim\n")]);
    let run = dockwright(tree.path(), &["rebase", "debian12", "debian13", ".", DAY]);
    let said = out(&run);
    assert!(said.contains("the tag of `python:3.12-slim` does not name its release"), "{said}");
    assert_eq!(said.matches("`node:24`").count(), 1, "{said}");
}

#[test]
fn a_child_is_known_by_the_directory_of_its_parent() {
    let child = "ARG OWNER=jupyter\nARG BASE=quay.io/$OWNER/base-notebook\nFROM $BASE\nRUN adduser a\n";
    for (second, told) in [("FROM scratch\n", true), ("FROM debian:11\n", true)] {
        let tree = tree(&[
            ("images/base-notebook/Dockerfile", "FROM debian:bookworm-slim\n"),
            ("images/minimal-notebook/Dockerfile", child),
            ("b/Dockerfile", second),
        ]);
        let run = dockwright(tree.path(), &["rebase", "debian12", "debian13", ".", DAY]);
        let message = "images/minimal-notebook/Dockerfile:4:5: `adduser` is not in the image of Debian 13";
        assert_eq!(out(&run).contains(message), told, "{}", out(&run));
    }
    // Of two directories of that name, none is meant, and an image of Docker Hub is made elsewhere.
    for (paths, image) in [
        (&["a/base/Dockerfile", "b/base/Dockerfile"][..], "acme/base"),
        (&["python/Dockerfile"], "python:3.11"),
    ] {
        let mut files: Vec<(&str, &str)> =
            paths.iter().map(|path| (*path, "FROM debian:bookworm\n")).collect();
        let child = format!("FROM {image}\nRUN adduser a\n");
        files.push(("child/Dockerfile", &child));
        let tree = tree(&files);
        let run = dockwright(tree.path(), &["rebase", "debian12", "debian13", ".", DAY]);
        assert!(!out(&run).contains("is built from"), "{}", out(&run));
    }
}

#[test]
fn packages_of_another_distribution_are_told_to_be_unchecked() {
    let text = "FROM ubuntu:24.04\nRUN apt-get update && apt-get install -y nodejs libgdal34t64\n";
    let moved = said(text, &["ubuntu:24.04", "debian:13-slim"]);
    let message = "Dockerfile:2:42: cannot check whether Debian 13 has the packages installed here";
    assert!(moved.contains(message), "{moved}");
}

/// Public case 26: a tag of one architecture.
#[test]
fn a_tag_of_an_architecture_moves_to_one_that_is_published() {
    let text = include_str!("public/26/Dockerfile");
    for arguments in [&["debian11", "debian13"][..], &["--eol"]] {
        let tree = tree(&[("Dockerfile", text)]);
        let run = dockwright(tree.path(), &[&["rebase"], arguments, &[".", DAY]].concat());
        let after = fs::read_to_string(tree.path().join("Dockerfile")).unwrap();
        let moved = "FROM gcr.io/distroless/python3-debian13:debug-nonroot\n";
        assert!(after.starts_with(moved), "{after}{}", err(&run));
        assert!(out(&run).contains("Dockerfile:1:6: the old tag was for arm64"), "{}", out(&run));
    }
}
