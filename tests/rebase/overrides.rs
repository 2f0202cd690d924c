//! Build arguments that Compose and bake files set over the defaults of Dockerfiles.

use std::fs;

use super::cli::{DAY, dockwright, err, out, tree};

const FROM_ARGUMENT: &str = "ARG BASE=debian:bookworm-slim\nFROM $BASE\n\
                             RUN apt-get update && apt-get install -y libasound2\n";

/// What a move of a Dockerfile beside another file says, and the Dockerfile afterwards.
fn moved(dockerfile: &str, name: &str, other: &str) -> (String, String) {
    let tree = tree(&[("Dockerfile", dockerfile), (name, other)]);
    let run = dockwright(tree.path(), &["rebase", "debian12", "debian13", ".", DAY]);
    let after = fs::read_to_string(tree.path().join("Dockerfile")).unwrap();
    (format!("{}{}", out(&run), err(&run)), after)
}

#[test]
fn a_dockerfile_whose_argument_a_bake_file_sets_to_the_old_base_is_left() {
    let (dockerfile, bake) =
        (include_str!("public/20/Dockerfile"), include_str!("public/20/docker-bake.hcl"));
    let (said, after) = moved(dockerfile, "docker-bake.hcl", bake);
    assert_eq!(after, dockerfile, "{said}");
    for line in [8, 12] {
        let reason = format!("`PYTHON_TAG` is also set at docker-bake.hcl:{line}, which does not move");
        assert!(said.contains(&reason), "{said}");
    }
}

#[test]
fn a_dockerfile_moves_with_the_values_that_are_set_over_its_defaults() {
    for (name, other) in [
        ("docker-bake.hcl", "target \"a\" { args = { BASE = \"debian:bookworm-slim\" } }\n"),
        (
            "docker-bake.hcl",
            "variable \"B\" { default = \"debian:bookworm-slim\" }\ntarget \"a\" { args = { BASE = B } }\n",
        ),
        ("docker-bake.json", "{\"target\": {\"a\": {\"args\": {\n\"BASE\":\n\"debian:bookworm-slim\"}}}}\n"),
        ("docker-bake.hcl", "target \"a\" { args = { BASE = \"debian:trixie-slim\" } }\n"),
        ("docker-bake.hcl", "target \"a\" { args = { BASE = null, OTHER = \"bookworm\" } }\n"),
        ("compose.yaml", "services: { a: { build: { args: { BASE: 'debian:bookworm-slim' } } } }\n"),
        (
            "compose.yaml",
            "services:\n  a:\n    build:\n      args:\n        - BASE=${B:-debian:bookworm-slim}\n",
        ),
        ("compose.yaml", "services: { a: { build: { args: [BASE] } } }\n"),
    ] {
        let (said, after) = moved(FROM_ARGUMENT, name, other);
        assert!(after.contains("trixie") && after.contains("libasound2t64"), "{other}: {said}");
    }
}

#[test]
fn a_dockerfile_is_left_where_any_value_over_its_defaults_stays() {
    for (name, other, line) in [
        ("docker-bake.hcl", "target \"a\" {\n  args = {\n    BASE = f(\"debian\")\n  }\n}\n", 3),
        ("docker-bake.hcl", "target \"a\" { args = { BASE = \"debian:${X}\" } }\n", 1),
        ("docker-bake.hcl", "target \"a\" { args = merge(X, { BASE = \"debian:${X}\" }) }\n", 1),
        ("compose.yaml", "x-a: &a\n  BASE: debian:${X}\nservices: { a: { build: { args: *a } } }\n", 2),
        ("docker-bake.json", "{\"target\": {\"a\": {\"args\": {\"BASE\": \"debian:${X}\"}}}}\n", 1),
        ("compose.yaml", "services:\n  a:\n    build:\n      args:\n        BASE: debian:${X}\n", 5),
        ("compose.yaml", "services:\n  a:\n    build:\n      args:\n        - BASE=alpine:3.20\n", 5),
    ] {
        let (said, after) = moved(FROM_ARGUMENT, name, other);
        assert_eq!(after, FROM_ARGUMENT, "{said}");
        assert!(said.contains(&format!("`BASE` is also set at {name}:{line}, ")), "{other}: {said}");
    }
}
