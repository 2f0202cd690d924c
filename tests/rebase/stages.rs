//! Cases after public reports: what a move means for the packages and files of a stage.

use std::fs;

use super::cases::said;
use super::cli::{DAY, dockwright, err, out, tree_of_one};

#[test]
fn packages_in_variables_move_or_are_named() {
    let text = "FROM debian:bookworm-slim\nARG MORE\nENV PKGS=\"libasound2 curl\"\n\
                RUN buildDeps='libpcre3-dev libssl3 \\\n    libaio1'; apt-get install -y $buildDeps \"${PKGS}\"\n\
                RUN xargs -a packages.txt apt-get install -y\n\
                RUN apt-get install -y $MORE $(cat more.txt)\n";
    let tree = tree_of_one(text);
    let run = dockwright(tree.path(), &["rebase", "debian12", "debian13", ".", DAY]);
    let after = fs::read_to_string(tree.path().join("Dockerfile")).unwrap();
    assert!(after.contains("ENV PKGS=\"libasound2t64 curl\"\n"), "{after}");
    assert!(after.contains("buildDeps='libpcre3-dev libssl3t64 \\\n    libaio1t64';"), "{after}");
    let said = out(&run);
    assert!(said.contains("Dockerfile:4:16: Debian 13 has no package `libpcre3-dev`"), "{said}");
    for (place, what) in [("6:5", "xargs"), ("7:24", "$MORE"), ("7:30", "$(cat more.txt)")] {
        let message = format!("Dockerfile:{place}: the packages that `{what}` installs are not visible here");
        assert!(said.contains(&message), "{said}{}", err(&run));
    }
}

#[test]
fn a_variable_of_a_stage_that_stays_does_not_move() {
    let text = "FROM alpine:3.22 AS other\nENV PKGS=libasound2\nFROM debian:bookworm-slim\n\
                RUN apt-get install -y $PKGS\n";
    let tree = tree_of_one(text);
    dockwright(tree.path(), &["rebase", "debian12", "debian13", ".", DAY]);
    let after = fs::read_to_string(tree.path().join("Dockerfile")).unwrap();
    assert!(after.contains("ENV PKGS=libasound2\n"), "{after}");
}

#[test]
fn packages_are_held_against_the_new_release_also_if_the_old_one_is_not_known() {
    let text = "FROM python:3.10-slim\nRUN apt-get install -y libgl1-mesa-glx\n";
    let said = said(text, &["python:3.10-slim", "python:3.10-slim-trixie"]);
    assert!(said.contains("Dockerfile:2:24: Debian 13 has no package `libgl1-mesa-glx`"), "{said}");
}

#[test]
fn what_another_ubuntu_has_otherwise_is_to_be_looked_at() {
    let text = "FROM ubuntu:22.04\nRUN groupadd -g 1000 app && adduser --system x\n\
                RUN apt-get install -y libasound2 libicu70\n";
    let moved = said(text, &["jammy", "noble"]);
    for message in [
        "Dockerfile:2:17: 1000 is the UID of the user `ubuntu` in the image of Ubuntu 24.04",
        "Dockerfile:2:29: `adduser` is not in the image of Ubuntu 24.04",
        "Dockerfile:3:24: cannot check whether Ubuntu 24.04 has the packages installed here",
    ] {
        assert!(moved.contains(message), "{moved}");
    }
    let freed = text.replace("RUN groupadd", "RUN userdel -r ubuntu && groupadd");
    assert!(!said(&freed, &["jammy", "noble"]).contains("1000 is"), "{freed}");
}

#[test]
fn what_is_built_for_a_newer_c_library_is_refused() {
    let text = "FROM rust:1.88-slim AS b\nRUN cargo build\nFROM debian:bookworm-slim\nCOPY --from=b /x /x\n";
    let sides = ["rust:1.88-slim", "rust:1.92-slim-trixie"];
    let refused = said(text, &sides);
    let message = "`rust:1.92-slim-trixie` builds for glibc 2.41, but `debian:bookworm-slim` has glibc 2.36";
    assert!(refused.contains(&format!("error: {message}")), "{refused}");
    // A static program needs none, and what Go makes may.
    let musl = text.replace("cargo build", "cargo build --target x86_64-unknown-linux-musl");
    assert!(said(&musl, &sides).contains(&format!("Dockerfile:4:13: {message}")), "{}", said(&musl, &sides));
    let go = text.replace("rust:1.88-slim", "golang:1.25");
    let moved = said(&go, &["golang:1.25", "golang:1.26-trixie"]);
    assert!(moved.contains("Dockerfile:4:13: `golang:1.26-trixie` builds for glibc 2.41"), "{moved}");
}

#[test]
fn a_virtual_environment_of_another_python_is_to_be_looked_at() {
    let text = "FROM python:3.12-slim-bookworm AS b\nRUN python -m venv /venv\n\
                FROM gcr.io/distroless/python3-debian12\nCOPY --from=b /venv /venv\n";
    let moved = said(text, &["debian12", "debian13"]);
    let message =
        "Dockerfile:4:15: `/venv` is created with Python 3.12; the old base has 3.11, the new one 3.13";
    assert!(moved.contains(message), "{moved}");
    let same = said(&text.replace("3.12", "3.11"), &["debian12", "debian13"]);
    assert!(!same.contains("is made with"), "{same}");
}
