//! Cases after public reports of people who move bases.

use std::fs;

use super::cli::{DAY, dockwright, err, out, tree, tree_of_one};

/// What a move of one Dockerfile says.
pub(super) fn said(text: &str, arguments: &[&str]) -> String {
    let tree = tree_of_one(text);
    let arguments = [&["rebase", "--dry-run"], arguments, &[".", DAY]].concat();
    let run = dockwright(tree.path(), &arguments);
    format!("{}{}", out(&run), err(&run))
}

#[test]
fn a_directory_copied_to_the_root_of_a_merged_image_is_to_be_looked_at() {
    for (case, lines) in [
        (include_str!("public/08/Dockerfile"), &["Dockerfile:4:35: "][..]),
        (
            include_str!("public/18/d.Dockerfile"),
            &["Dockerfile:4:14: ", "Dockerfile:5:18: ", "Dockerfile:6:21: "],
        ),
    ] {
        let said = said(case, &["debian12", "debian13"]);
        assert_eq!(said.matches("the new base has links at /bin").count(), lines.len(), "{said}");
        for line in lines {
            assert!(said.contains(line), "{line}: {said}");
        }
    }
}

#[test]
fn a_python_that_does_not_move_is_left_on_both_sides() {
    let text = "FROM alpine:3.19 AS t\nRUN apk add python3\nFROM gcr.io/distroless/python3-debian12\n\
                COPY --from=t /usr/lib/python3.11 /usr/lib/python3.11\n";
    let tree = tree_of_one(text);
    let run = dockwright(tree.path(), &["rebase", "debian12", "debian13", ".", DAY]);
    let after = fs::read_to_string(tree.path().join("Dockerfile")).unwrap();
    assert!(after.contains("python3-debian13\n"), "{after}");
    assert!(after.contains("COPY --from=t /usr/lib/python3.11 /usr/lib/python3.11\n"), "{after}");
    assert!(out(&run).contains("Dockerfile:4:15: "), "{}", out(&run));
    assert!(out(&run).contains("Dockerfile:4:35: `/usr/lib/python3.11` is left"), "{}", out(&run));
}

#[test]
fn programs_that_the_new_image_lacks_are_to_be_looked_at() {
    let text = "FROM debian:bookworm-slim\nRUN adduser --system app\nRUN curl x | apt-key add -\n";
    let moved = said(text, &["debian12", "debian13"]);
    assert!(moved.contains("Dockerfile:2:5: `adduser` is not in the image of Debian 13"), "{moved}");
    assert!(moved.contains("Dockerfile:3:14: `apt-key` is not in the image of Debian 13"), "{moved}");
    // A package that is installed before is there.
    let installed = text.replace("RUN adduser", "RUN apt-get install -y adduser && adduser");
    let moved = said(&installed, &["debian12", "debian13"]);
    assert!(!moved.contains("`adduser` is not"), "{moved}");
}

#[test]
fn the_list_of_sources_that_is_another_file_is_to_be_looked_at() {
    let text = "FROM debian:bullseye-slim\nRUN sed -i s/a/b/ /etc/apt/sources.list\n\
                RUN rm /etc/apt/sources.list.d/x\n";
    for to in ["debian12", "debian13"] {
        let moved = said(text, &["debian11", to]);
        assert_eq!(moved.matches("`/etc/apt/sources.list` is not in the image").count(), 1, "{moved}");
    }
}

#[test]
fn an_unknown_image_of_an_ended_release_leaves_its_file() {
    let text = "FROM hexpm/elixir:1.14-erlang-25-debian-bullseye-20230522 AS b\nFROM debian:bullseye-slim\n\
                COPY --from=b /a /a\n";
    let tree = tree(&[("Dockerfile", text)]);
    let run = dockwright(tree.path(), &["rebase", "--eol", ".", DAY]);
    assert_eq!(run.status.code(), Some(1), "{}{}", out(&run), err(&run));
    assert!(out(&run).contains("past its end of life since"), "{}", out(&run));
    assert_eq!(fs::read_to_string(tree.path().join("Dockerfile")).unwrap(), text);
}

/// Public case 20: the bake file sets the argument, and its variable does not move.
#[test]
fn a_default_that_a_bake_file_overrides_does_not_move_alone() {
    let dockerfile = "ARG PYTHON_TAG=3.11-bookworm\nFROM python:${PYTHON_TAG}\n\
                      RUN apt-get update && apt-get install -y libasound2 openjdk-17-jdk-headless\n";
    let bake = "variable \"DEBIAN_BASE\" {\n  default = \"bookworm\"\n}\ntarget \"py311\" {\n  \
                args = { PYTHON_TAG = \"3.11-${DEBIAN_BASE}\" }\n}\n";
    let compose =
        "services:\n  a:\n    build:\n      context: .\n      args:\n        - PYTHON_TAG=3.12-bookworm\n";
    for (name, text, place) in
        [("docker-bake.hcl", bake, "docker-bake.hcl:5"), ("compose.yaml", compose, "compose.yaml:6")]
    {
        let tree = tree_of_one(dockerfile);
        fs::write(tree.path().join(name), text).unwrap();
        let run = dockwright(tree.path(), &["rebase", "debian12", "debian13", ".", DAY]);
        assert_eq!(fs::read_to_string(tree.path().join("Dockerfile")).unwrap(), dockerfile, "{}", out(&run));
        let said = format!("{}{}", out(&run), err(&run));
        assert!(
            said.contains(&format!("`PYTHON_TAG` is also set at {place}, which does not move")),
            "{said}"
        );
    }
}

#[test]
fn the_old_release_in_addresses_and_file_names_is_to_be_looked_at() {
    let said = said(include_str!("public/37/Dockerfile"), &["debian12", "debian13"]);
    for (place, name) in [
        ("2:54", "debian/12"),
        ("3:115", "bookworm"),
        ("4:55", "bookworm"),
        ("5:75", "Debian_12"),
        ("6:48", "debian/12"),
        ("7:30", "debian12"),
        ("11:14", "bookworm"),
    ] {
        assert!(said.contains(&format!("Dockerfile:{place}: `{name}` is named here")), "{place}: {said}");
    }
    assert!(!said.contains("Dockerfile:8:"), "{said}");
}

#[test]
fn the_registry_stays_as_it_is_written() {
    for (image, to, moved) in [
        ("python:3.11-slim", "python:3.13-slim", "python:3.13-slim"),
        ("library/python:3.11-slim", "python:3.13-slim", "library/python:3.13-slim"),
        ("docker.io/python:3.11-slim", "python:3.13-slim", "docker.io/python:3.13-slim"),
        ("docker.io/library/python:3.11-slim", "python:3.13-slim", "docker.io/library/python:3.13-slim"),
        (
            "index.docker.io/library/python:3.11-slim",
            "python:3.13-slim",
            "index.docker.io/library/python:3.13-slim",
        ),
        ("docker.io/library/python:3.11-slim", "debian:13-slim", "docker.io/library/debian:13-slim"),
        ("docker.io/library/python:3.11-slim", "acme/python:3.13", "docker.io/acme/python:3.13"),
        ("docker.io/library/python:3.11-slim", "ghcr.io/acme/python:3.13", "ghcr.io/acme/python:3.13"),
        // Who writes the registry means it.
        ("python:3.11-slim", "docker.io/library/python:3.13-slim", "docker.io/library/python:3.13-slim"),
    ] {
        let tree = tree_of_one(&format!("FROM {image}\n"));
        let run = dockwright(tree.path(), &["rebase", "python:3.11-slim", to, ".", DAY]);
        let after = fs::read_to_string(tree.path().join("Dockerfile")).unwrap();
        assert_eq!(after, format!("FROM {moved}\n"), "{}{}", out(&run), err(&run));
    }
}

#[test]
fn a_database_that_moves_is_told_what_becomes_of_its_data() {
    let compose = "services:\n  db:\n    image: postgres:14-bookworm\n";
    for (from, to, message) in [
        (
            "postgres:14-bookworm",
            "postgres:16-bookworm",
            "the data: PostgreSQL 16 does not start on a data directory of 14",
        ),
        (
            "debian12",
            "debian13",
            "the data: PostgreSQL sorts text with the C library, and glibc 2.36 becomes glibc 2.41",
        ),
    ] {
        let tree = tree(&[("compose.yaml", compose)]);
        let run = dockwright(tree.path(), &["rebase", "--dry-run", from, to, ".", DAY]);
        assert!(out(&run).contains(message), "{}{}", out(&run), err(&run));
    }
}
