//! Small fleets, as people begin them.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::{repository, run};

/// The fleet that the README begins with.
fn of_the_readme() -> String {
    let readme = fs::read_to_string(repository().join("README.md")).unwrap().replace("\r\n", "\n");
    let mut blocks = readme.split("```toml\n").skip(1).map(|rest| rest.split_once("```").unwrap().0);
    blocks.find(|block| block.starts_with("[fleet]")).unwrap().to_owned()
}

fn tree(description: &str) -> TempDir {
    let tree = tempfile::tempdir().unwrap();
    fs::write(tree.path().join("services.toml"), description).unwrap();
    tree
}

fn generated(tree: &Path, arguments: &[&str]) {
    let ran = run(tree, &[&["gen"], arguments].concat());
    assert_eq!(ran.code, Some(0), "{}{}", ran.out, ran.err);
}

fn text(tree: &Path, path: &str) -> String {
    fs::read_to_string(tree.join(path)).unwrap()
}

/// A context that is not there fails the build of every target.
#[test]
fn a_fleet_that_shares_no_files_has_no_context_for_them() {
    let tree = tree(&of_the_readme());
    generated(tree.path(), &[]);
    assert!(!tree.path().join("dockwright").exists());
    assert!(!text(tree.path(), "docker-bake.hcl").contains("contexts"));
}

#[test]
fn a_source_that_is_named_is_let_in_and_a_file_goes_into_the_working_directory() {
    let fleet = of_the_readme()
        .replace("[\"orders\"]", "[\"certs/ca.pem\", \"tests\", { from = \"orders/main.py\", to = \".\" }]");
    let tree = tree(&fleet);
    generated(tree.path(), &[]);
    let ignore = text(tree.path(), "orders/Dockerfile.dockerignore");
    let place =
        |line: &str| ignore.rfind(&format!("\n{line}\n")).unwrap_or_else(|| panic!("{line}: {ignore}"));
    assert!(place("!certs/ca.pem") > place("**/*.pem") && place("!tests") > place("**/tests"), "{ignore}");
    assert!(place("**/.env*") > place("!tests"), "what is secret stays out: {ignore}");
    let file = text(tree.path(), "orders/Dockerfile");
    assert!(file.contains("orders/main.py /app/\n"), "{file}");
}

#[test]
fn what_is_generated_in_place_stays_out_of_the_image() {
    let tree = tree(&of_the_readme());
    generated(tree.path(), &[]);
    let ignore = text(tree.path(), "orders/Dockerfile.dockerignore");
    assert!(ignore.contains("\n**/Dockerfile\n") && ignore.contains("\n**/*.dockerignore\n"), "{ignore}");
}

#[test]
fn a_shell_script_with_carriage_returns_is_not_in_sync() {
    let fleet = of_the_readme().replace(
        "ports      = [8000]",
        "ports      = [8000]\nprograms   = { packages = [\"ffmpeg\"], paths = [\"/usr/bin/ffmpeg\"] }",
    );
    let tree = tree(&fleet);
    generated(tree.path(), &[]);
    for path in ["dockwright/packages.sh", "orders/Dockerfile"] {
        let other = text(tree.path(), path).replace('\n', "\r\n");
        fs::write(tree.path().join(path), other).unwrap();
    }
    let ran = run(tree.path(), &["gen", "--check"]);
    assert_eq!(ran.code, Some(1), "{}", ran.out);
    assert!(ran.out.starts_with("line ends dockwright/packages.sh\n"), "{}", ran.out);
    generated(tree.path(), &[]);
    assert!(!text(tree.path(), "dockwright/packages.sh").contains('\r'));
    assert!(
        text(tree.path(), "orders/Dockerfile").contains('\r'),
        "the checkout's own line ends are no difference"
    );
}

#[test]
fn another_output_directory_takes_nothing_away_and_finds_the_sources() {
    let tree = tree(&of_the_readme().replace("output = \".\"\n", ""));
    generated(tree.path(), &[]);
    generated(tree.path(), &["--out", "."]);
    generated(tree.path(), &["--out", "deploy/x"]);
    let default = |path: &str| {
        let bake = text(tree.path(), path);
        let (_, rest) = bake.split_once("\"TREE\" {\n  default = ").unwrap();
        rest.lines().next().unwrap().to_owned()
    };
    assert_eq!(default("generated/docker-bake.hcl"), "\"..\"");
    assert_eq!(default("docker-bake.hcl"), "\".\"");
    assert_eq!(default("deploy/x/docker-bake.hcl"), "\"../..\"");
    for out in [&[][..], &["--out", "."], &["--out", "deploy/x"]] {
        let ran = run(tree.path(), &[&["gen", "--check"], out].concat());
        assert_eq!(ran.code, Some(0), "{out:?}: {}", ran.out);
    }
}

#[test]
fn two_descriptions_do_not_take_files_from_each_other() {
    let tree = tree(&of_the_readme());
    generated(tree.path(), &[]);
    let before = text(tree.path(), "docker-bake.hcl");
    fs::write(tree.path().join("two.toml"), of_the_readme().replace("orders", "other")).unwrap();
    let ran = run(tree.path(), &["gen", "--fleet", "two.toml"]);
    assert_eq!(ran.code, Some(1), "{}", ran.out);
    assert!(ran.out.contains("docker-bake.hcl"), "{}", ran.out);
    assert_eq!(text(tree.path(), "docker-bake.hcl"), before);
}

#[test]
fn a_setting_keeps_the_value_of_the_image_as_its_default() {
    let fleet = of_the_readme().replace(
        "ports      = [8000]",
        "ports      = [8000]\nenv        = { LEVEL = \"a \\\"b\\\"\" }\nsettings   = [\"LEVEL\", \"URL\"]",
    );
    let tree = tree(&fleet);
    generated(tree.path(), &[]);
    let compose = text(tree.path(), "compose.yaml");
    assert!(compose.contains("LEVEL: \"${LEVEL:-a \\\"b\\\"}\"\n      URL:\n"), "{compose}");
}

#[test]
#[cfg(unix)]
fn a_lock_that_leads_nowhere_is_no_missing_lock() {
    let tree = tree(&of_the_readme());
    generated(tree.path(), &[]);
    std::os::unix::fs::symlink("gone", tree.path().join("services.lock")).unwrap();
    let ran = run(tree.path(), &["gen", "--check"]);
    assert_eq!(ran.code, Some(2), "{}", ran.out);
    assert!(ran.err.contains("services.lock"), "{}", ran.err);
}

#[test]
fn digests_without_a_lock_are_told_of() {
    let tree = tree(&of_the_readme());
    generated(tree.path(), &[]);
    let path = tree.path().join("orders/Dockerfile");
    let pinned = format!("debian:trixie-slim@sha256:{}", "a".repeat(64));
    fs::write(&path, text(tree.path(), "orders/Dockerfile").replace("debian:trixie-slim", &pinned)).unwrap();
    let ran = run(tree.path(), &["gen", "--check"]);
    assert!(
        ran.err.contains("there is no services.lock, so 1 file would lose the digests in it"),
        "{}",
        ran.err
    );
}
