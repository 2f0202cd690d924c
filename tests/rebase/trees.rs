//! Cases after public reports: what several files of a tree say together.

use std::fs;
use std::path::Path;

use super::cli::{DAY, dockwright, err, out, tree};

/// The files of a public case.
fn case(name: &str) -> tempfile::TempDir {
    fn copy(from: &Path, to: &Path) {
        fs::create_dir_all(to).unwrap();
        for entry in fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            let (from, to) = (entry.path(), to.join(entry.file_name()));
            if from.is_dir() {
                copy(&from, &to);
            } else {
                fs::copy(from, to).unwrap();
            }
        }
    }
    let tree = tempfile::tempdir().unwrap();
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rebase/public").join(name), tree.path());
    tree
}

fn rebase(tree: &Path) -> String {
    let run = dockwright(tree, &["rebase", "debian12", "debian13", ".", DAY]);
    format!("{}{}", out(&run), err(&run))
}

fn text(tree: &Path, path: &str) -> String {
    fs::read_to_string(tree.join(path)).unwrap()
}

/// Public case 12.
#[test]
fn a_default_that_a_stage_repeats_moves_with_it() {
    let tree = case("12");
    let said = rebase(tree.path());
    let after = text(tree.path(), "Dockerfile");
    assert_eq!(after.matches("ARG REF=python:3.11-slim-trixie\n").count(), 2, "{after}{said}");
    assert!(!said.contains("Needs review"), "{said}");
}

/// Public case 17, the bake file.
#[test]
fn a_bake_file_with_a_base_that_only_the_engine_knows_is_left() {
    let tree = case("17/a");
    let before = text(tree.path(), "docker-bake.hcl");
    let said = rebase(tree.path());
    assert_eq!(text(tree.path(), "docker-bake.hcl"), before);
    let message = "docker-bake.hcl:28:34: `tgt.os` is a part of a base that moves, and line 26 uses it for something else";
    assert!(said.contains(message), "{said}");
}

/// Public case 17, the Compose files and `.env`.
#[test]
fn what_compose_takes_from_its_environment_moves_or_is_named() {
    let tree = case("17/b");
    let said = rebase(tree.path());
    assert!(text(tree.path(), ".env").contains("WEB_IMAGE=python:3.11-slim-trixie\n"), "{said}");
    assert!(said.contains(".env:2:16: `3.11-slim-bookworm` is named here"), "{said}");
    let compose = text(tree.path(), "compose.yaml");
    assert!(compose.contains("image: ${WEB_IMAGE:-python:3.11-slim-trixie}"), "{compose}");
}

/// Public case 36.
#[test]
fn a_child_of_an_image_that_moves_is_to_be_looked_at() {
    let tree = case("36");
    let said = rebase(tree.path());
    let message = "svc/Dockerfile:2:6: `acme/runtime-base:latest` is built from base/Dockerfile, which moves to \
                   `python:3.12-slim-trixie`";
    assert!(said.contains(message), "{said}");
    let bake = "target \"base\" {\n  context = \"base\"\n  tags = [\"acme/runtime-base\"]\n}\n";
    let tree = case("36");
    fs::remove_file(tree.path().join("compose.yaml")).unwrap();
    fs::write(tree.path().join("docker-bake.hcl"), bake).unwrap();
    let said = rebase(tree.path());
    assert!(said.contains(message), "{said}");
}

const ARGUMENT: &str = "ARG DEBIAN_RELEASE=bookworm\nFROM debian:${DEBIAN_RELEASE}-slim\n\
                        RUN apt-get update && apt-get install -y libasound2\n";

#[test]
fn a_value_that_is_set_over_a_default_moves_with_it() {
    for (name, other) in [
        ("docker-bake.hcl", "target \"a\" {\n  args = { DEBIAN_RELEASE = \"bookworm\" }\n}\n"),
        ("docker-bake.json", "{\"target\": {\"a\": {\"args\": {\"DEBIAN_RELEASE\": \"bookworm\"}}}}\n"),
        ("compose.yaml", "services: { a: { build: { context: ., args: { DEBIAN_RELEASE: bookworm } } } }\n"),
        ("compose.yaml", "services:\n  a:\n    build:\n      args:\n        - \"DEBIAN_RELEASE=bookworm\"\n"),
    ] {
        let tree = tree(&[("Dockerfile", ARGUMENT), (name, other)]);
        let said = rebase(tree.path());
        let after = text(tree.path(), "Dockerfile");
        assert!(
            after.starts_with("ARG DEBIAN_RELEASE=trixie\n") && after.contains("libasound2t64"),
            "{said}"
        );
        assert_eq!(text(tree.path(), name), other.replace("bookworm", "trixie"), "{said}");
    }
    // Compose hands on what `.env` sets.
    let compose = "services: { a: { build: { context: ., args: [DEBIAN_RELEASE] } } }\n";
    let files = [("Dockerfile", ARGUMENT), ("compose.yaml", compose), (".env", "DEBIAN_RELEASE=bookworm\n")];
    let tree = tree(&files);
    let said = rebase(tree.path());
    assert_eq!(text(tree.path(), ".env"), "DEBIAN_RELEASE=trixie\n", "{said}");
    fs::write(tree.path().join("Dockerfile"), ARGUMENT).unwrap();
    fs::write(tree.path().join(".env"), "DEBIAN_RELEASE=bullseye\n").unwrap();
    let said = rebase(tree.path());
    assert!(said.contains("`DEBIAN_RELEASE` is also set at .env:1, which does not move"), "{said}");
    assert_eq!(text(tree.path(), "Dockerfile"), ARGUMENT);
}

#[test]
fn a_value_holds_only_the_dockerfile_that_it_is_for() {
    let compose = "services:\n  a:\n    build:\n      context: a\n      args: { DEBIAN_RELEASE: bullseye }\n  \
                   b:\n    build: b\n";
    let bake = "target \"_common\" {\n  args = { DEBIAN_RELEASE = \"bullseye\" }\n}\ntarget \"a\" {\n  \
                inherits = [\"_common\"]\n  context = \"a\"\n}\ntarget \"b\" {\n  dockerfile = \"b/Dockerfile\"\n}\n";
    for (name, other) in [("compose.yaml", compose), ("docker-bake.hcl", bake)] {
        let tree = tree(&[("a/Dockerfile", ARGUMENT), ("b/Dockerfile", ARGUMENT), (name, other)]);
        let said = rebase(tree.path());
        assert_eq!(text(tree.path(), "a/Dockerfile"), ARGUMENT, "{said}");
        assert!(text(tree.path(), "b/Dockerfile").contains("libasound2t64"), "{said}");
    }
    // The file beside a Compose file says which Dockerfile its override is for.
    let base = "services: { a: { build: a }, b: { build: b } }\n";
    let over = "services: { a: { build: { args: { DEBIAN_RELEASE: bullseye } } } }\n";
    let tree = tree(&[
        ("a/Dockerfile", ARGUMENT),
        ("b/Dockerfile", ARGUMENT),
        ("compose.yaml", base),
        ("compose.override.yaml", over),
    ]);
    let said = rebase(tree.path());
    assert_eq!(text(tree.path(), "a/Dockerfile"), ARGUMENT, "{said}");
    assert!(text(tree.path(), "b/Dockerfile").contains("libasound2t64"), "{said}");
}

#[test]
fn images_in_the_files_of_ci_and_kubernetes_move() {
    let old = "python:3.11-slim-bookworm";
    for (path, file) in [
        (".github/workflows/ci.yml", "jobs:\n  t:\n    container: OLD\n"),
        (".github/workflows/ci.yml", "jobs:\n  t:\n    container: { image: \"OLD\" }\n"),
        (".gitlab-ci.yml", "image: OLD\ntest:\n  image:\n    name: OLD\n  services:\n    - name: OLD\n"),
        (".devcontainer/devcontainer.json", "{\n  // of the team\n  \"image\": \"OLD\",\n}\n"),
        ("k8s/web.yaml", "kind: Pod\n---\nspec:\n  containers:\n    - name: web\n      image: OLD\n"),
    ] {
        let before = file.replace("OLD", old);
        let tree = tree(&[(path, &before), (".hidden/x.yaml", &before)]);
        let said = rebase(tree.path());
        assert_eq!(text(tree.path(), path), file.replace("OLD", "python:3.11-slim-trixie"), "{said}");
        assert_eq!(text(tree.path(), ".hidden/x.yaml"), before);
    }
    for (path, file, place) in [
        (".github/workflows/ci.yml", "jobs:\n  t:\n    steps:\n      - run: docker pull OLD\n", "4:26"),
        ("Taskfile.yml", "tasks:\n  t:\n    cmds: [docker pull OLD]\n", "3:24"),
        ("Jenkinsfile", "agent { docker { image 'OLD' } }\n", "1:25"),
        ("chart/templates/web.yaml", "{{ if .Values.x }}\nimage: OLD\n{{ end }}\n", "2:8"),
    ] {
        let tree = tree(&[(path, &file.replace("OLD", old)), ("Dockerfile", "FROM debian:12\n")]);
        let said = rebase(tree.path());
        assert!(
            said.contains(&format!("{path}:{place}: `{old}` is part of a longer text")),
            "{path}: {said}"
        );
    }
}

#[test]
fn pictures_documents_backups_and_templates_are_passed_over() {
    let tree = tree(&[
        ("Dockerfile", "FROM debian:12\n"),
        ("dockerfile.svg", "<svg/>\n"),
        ("dockerfile.bak", "FROM\n"),
        ("Dockerfile.j2", "FROM debian:{{ release }}\n"),
        ("web.dockerfile.tmpl", "FROM {{ . }}\n"),
    ]);
    for name in ["dockerfile.png", "dockerfile.pdf", "Dockerfile.unknown"] {
        fs::write(tree.path().join(name), b"\xff\xfe\0\0").unwrap();
    }
    let said = rebase(tree.path());
    assert_eq!(text(tree.path(), "Dockerfile"), "FROM debian:13\n", "{said}");
    for name in ["Dockerfile.j2", "web.dockerfile.tmpl"] {
        assert!(said.contains(&format!("warning: `{name}` is skipped: it is a template\n")), "{said}");
    }
    assert!(said.contains("warning: `Dockerfile.unknown` is skipped: it is not text\n"), "{said}");
    assert_eq!(said.matches("is skipped").count(), 3, "{said}");
}

#[test]
fn files_that_are_broken_are_left_and_counted_if_asked_for() {
    let broken = "FROM debian:12\nRUN cat << 'EOF'\nx\n";
    let tree = tree(&[("Dockerfile", "FROM debian:12\n"), ("b/Dockerfile", broken)]);
    let run = dockwright(tree.path(), &["rebase", "debian12", "debian13", ".", DAY]);
    assert_eq!(run.status.code(), Some(2));
    assert!(err(&run).contains("--skip-broken skips these files"), "{}", err(&run));
    let skip = ["rebase", "debian12", "debian13", ".", "--skip-broken", DAY];
    for changed in ["1 file changed\n", "0 files changed\n"] {
        let run = dockwright(tree.path(), &skip);
        assert_eq!(run.status.code(), Some(1), "{}{}", out(&run), err(&run));
        assert!(out(&run).contains("Skipped: cannot be read\n  b/Dockerfile:2:"), "{}", out(&run));
        assert!(out(&run).ends_with(changed), "{}", out(&run));
    }
    assert_eq!(text(tree.path(), "b/Dockerfile"), broken);
}
