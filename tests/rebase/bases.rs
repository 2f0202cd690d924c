//! `dockwright bases` on files and directories that are named, and on what it cannot judge.

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
    assert!(said.contains("(redis 5, older than 6.0)"), "{said}");
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
