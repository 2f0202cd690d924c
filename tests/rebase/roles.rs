//! An image of `[bases]` keeps its role: what is built on stays something to build on, and what runs has no shell.

use std::fs;
use std::path::Path;

use super::cli::{DAY, dockwright, err, out, tree};

const PYTHON: &str =
    r#"python = { build = "python:3.11-slim-bookworm", run = "gcr.io/distroless/cc-debian13:nonroot" }"#;

/// The description of this repository, with another in place of its Python base.
fn lucid(base: &str) -> tempfile::TempDir {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(root.join("services.toml")).unwrap();
    assert!(text.contains(PYTHON));
    tree(&[("services.toml", &text.replace(PYTHON, base))])
}

fn moved(tree: &tempfile::TempDir, arguments: &[&str]) -> (Option<i32>, String, String) {
    let run = dockwright(tree.path(), &[&["rebase"], arguments, &["--allow-dirty", DAY]].concat());
    let text = fs::read_to_string(tree.path().join("services.toml")).unwrap();
    (run.status.code(), format!("{}{}", out(&run), err(&run)), text)
}

/// `python` is a base and an image.
#[test]
fn an_image_to_build_on_moves_the_build_image_of_a_base() {
    let tree = lucid(PYTHON);
    let (code, said, text) = moved(&tree, &["python", "python:3.13-slim-trixie"]);
    assert_eq!(code, Some(0), "{said}");
    let wanted =
        r#"python = { build = "python:3.13-slim-trixie", run = "gcr.io/distroless/cc-debian13:nonroot" }"#;
    assert!(text.contains(wanted), "{text}");
    assert!(
        text.contains(r#"base   = { build = "debian:trixie-slim",  run = "gcr.io/distroless/base-debian13"#)
    );
    for words in [
        "hint: `python` is the base of that name, and its build image python:3.11-slim-bookworm moves",
        "  for       the build image of the base `python`\n",
        "  old       maintained until 2027-10-31 (python 3.11)\n",
        "  new       maintained until 2029-10-31 (python 3.13)\n",
        "  changes   python 3.11 to 3.13\n",
        "whether pinned packages support python 3.13, with wheels for it\n",
    ] {
        assert!(said.contains(words), "{words}\n{said}");
    }
    assert!(!said.contains("linux/riscv64"), "no platform of the fleet: {said}");
    assert!(!said.contains("mongodb"), "another base: {said}");
}

#[test]
fn an_image_without_a_shell_moves_the_run_image_and_its_companion() {
    let tree = lucid(PYTHON);
    let (code, said, text) = moved(&tree, &["node", "gcr.io/distroless/nodejs22-debian13"]);
    assert_eq!(code, Some(0), "{said}");
    let wanted =
        r#"node   = { build = "node:22-trixie-slim", run = "gcr.io/distroless/nodejs22-debian13:nonroot" }"#;
    assert!(text.contains(wanted), "{text}");
    assert!(
        said.contains("whether pinned packages support node 22, which is older, with native modules for it")
    );
}

#[test]
fn an_image_of_the_other_role_is_refused() {
    for (from, to, why) in [
        (
            "node:24-trixie-slim",
            "gcr.io/distroless/nodejs22-debian13:nonroot",
            "has no shell, and `node:24-trixie-slim` is the build image of the base `node`",
        ),
        (
            "gcr.io/distroless/nodejs24-debian13",
            "node:24-trixie-slim",
            "has /bin/sh and apt, and `gcr.io/distroless/nodejs24-debian13:nonroot` is the run image of the base `node`",
        ),
    ] {
        let tree = lucid(PYTHON);
        let before = fs::read_to_string(tree.path().join("services.toml")).unwrap();
        let (code, said, text) = moved(&tree, &[from, to]);
        assert_eq!((code, text), (Some(2), before), "{said}");
        assert!(said.contains(why), "{said}");
        assert!(said.contains(&format!("hint: `dockwright rebase node {to}` moves the ")), "{said}");
    }
}

#[test]
fn an_unknown_image_for_a_base_is_refused_with_the_choices() {
    let tree = lucid(PYTHON);
    let (code, said, _) = moved(&tree, &["python", "acme/python:1"]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("may be for either image of the base `python`"), "{said}");
    assert!(
        said.contains("`dockwright rebase python:3.11-slim-bookworm acme/python:1` moves the build image")
    );
}

#[test]
fn what_stays_on_the_release_is_to_be_looked_at_every_time() {
    let tree = lucid(&PYTHON.replace("python:3.11-slim-bookworm", "python:3.13-slim-bookworm"));
    let redis = "`redis:7.2` is based on debian 12 (bookworm) without naming it";
    let (code, said, text) = moved(&tree, &["debian12", "debian13"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(text.contains("python:3.13-slim-trixie"), "{text}");
    assert!(said.contains("Needs review\n") && said.contains(redis), "{said}");
    let (code, said, _) = moved(&tree, &["debian12", "debian13"]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains(redis), "{said}");
}

#[test]
fn a_new_image_that_has_ended_is_warned_of() {
    let base =
        "old = { build = \"node:20-bookworm-slim\", run = \"gcr.io/distroless/nodejs20-debian12:nonroot\" }";
    let text = format!(
        "[fleet]\nname = \"f\"\nimage = \"f/{{name}}\"\n[bases]\n{base}\n[services.a]\nbase = \"old\"\nports = [80]\n\
         health = {{ tcp = 80 }}\n[services.a.node]\nserver = \"server.js\"\n"
    );
    let tree = tree(&[("services.toml", &text)]);
    let (_, said, _) = moved(&tree, &["node:20-bookworm-slim", "node:20-trixie-slim", "--dry-run"]);
    assert!(said.contains("  new       past its end of life since 2026-04-30 (node 20)\n"), "{said}");
    assert!(said.contains("the new image has ended; `node:26-trixie-slim` is maintained until"), "{said}");
}

#[test]
fn a_word_with_a_number_is_not_taken_for_another_number() {
    let tree = lucid(PYTHON);
    for (word, hint) in [
        ("debian14", "hint: the newest is `debian13`"),
        ("nodejs24", "hint: did you mean `gcr.io/distroless/nodejs24-debian13`?"),
        ("node24", "hint: did you mean `node:24`?"),
        ("python3.12", "hint: did you mean `python:3.12`?"),
        ("debain12", "hint: did you mean `debian12`?"),
    ] {
        let (code, said, _) = moved(&tree, &[word, "debian13"]);
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains(hint), "{word}: {said}");
    }
    let (_, said, _) = moved(&tree, &["node", "node:24-slim-trixie"]);
    assert!(said.contains("did you mean `node:24-trixie-slim`?"), "{said}");
}

#[test]
fn nothing_past_its_end_counts_images_and_services() {
    let tree = lucid(PYTHON);
    let (code, said, _) = moved(&tree, &["--eol"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains(" images, of 35 services: nothing is past its end of life\n"), "{said}");
}
