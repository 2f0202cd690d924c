//! Small fleets, as people begin them.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::run;

/// A small fleet, beside its sources.
const SMALL: &str = r#"[fleet]
name   = "shop"
image  = "acme/{name}"
output = "."

[bases]
python = { build = "debian:trixie-slim", run = "gcr.io/distroless/python3-debian13:nonroot" }

[services.orders]
dockerfile = "orders/Dockerfile"
base       = "python"
sources    = ["orders"]
ports      = [8000]
health     = { http = "/health" }

[services.orders.python]
requirements = ["orders/requirements.txt"]
app          = "orders.main:app"
"#;

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
    let tree = tree(SMALL);
    generated(tree.path(), &[]);
    assert!(!tree.path().join("dockwright").exists());
    assert!(!text(tree.path(), "docker-bake.hcl").contains("contexts"));
}

#[test]
fn a_source_that_is_named_is_let_in_and_a_file_goes_into_the_working_directory() {
    let fleet = SMALL
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
    let tree = tree(SMALL);
    generated(tree.path(), &[]);
    let ignore = text(tree.path(), "orders/Dockerfile.dockerignore");
    assert!(ignore.contains("\n**/Dockerfile\n") && ignore.contains("\n**/*.dockerignore\n"), "{ignore}");
}

#[test]
fn a_source_that_is_called_like_a_generated_file_is_let_in_if_it_is_named() {
    let fleet = SMALL.replace("[\"orders\"]", "[\"orders\", \"orders/pages/a.dockerignore\"]");
    let tree = tree(&fleet);
    generated(tree.path(), &[]);
    let ignore = text(tree.path(), "orders/Dockerfile.dockerignore");
    let at = |line: &str| ignore.rfind(line).unwrap_or_else(|| panic!("{line}: {ignore}"));
    assert!(at("\n!orders/pages/a.dockerignore\n") > at("\n**/*.dockerignore\n"), "{ignore}");
}

#[test]
fn a_shell_script_with_carriage_returns_is_not_in_sync() {
    let fleet = SMALL.replace(
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
    assert!(ran.out.starts_with("line endings dockwright/packages.sh\n"), "{}", ran.out);
    generated(tree.path(), &[]);
    assert!(!text(tree.path(), "dockwright/packages.sh").contains('\r'));
    assert!(
        text(tree.path(), "orders/Dockerfile").contains('\r'),
        "the checkout's own line endings are no difference"
    );
}

#[test]
fn another_output_directory_takes_nothing_away_and_finds_the_sources() {
    let tree = tree(&SMALL.replace("output = \".\"\n", ""));
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
    let tree = tree(SMALL);
    generated(tree.path(), &[]);
    let before = text(tree.path(), "docker-bake.hcl");
    fs::write(tree.path().join("two.toml"), SMALL.replace("orders", "other")).unwrap();
    let ran = run(tree.path(), &["gen", "--fleet", "two.toml"]);
    assert_eq!(ran.code, Some(1), "{}", ran.out);
    assert!(ran.out.contains("docker-bake.hcl"), "{}", ran.out);
    assert_eq!(text(tree.path(), "docker-bake.hcl"), before);
}

#[test]
fn a_setting_keeps_the_value_of_the_image_as_its_default() {
    let fleet = SMALL.replace(
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
    let tree = tree(SMALL);
    generated(tree.path(), &[]);
    std::os::unix::fs::symlink("gone", tree.path().join("services.lock")).unwrap();
    let ran = run(tree.path(), &["gen", "--check"]);
    assert_eq!(ran.code, Some(2), "{}", ran.out);
    assert!(ran.err.contains("services.lock"), "{}", ran.err);
}

#[test]
fn digests_without_a_lock_are_told_of() {
    let tree = tree(SMALL);
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

/// One slip is one mistake: what the misspelled key would have given is not asked for beside it.
#[test]
fn a_key_with_a_slip_is_told_once() {
    let tree = tree(&SMALL.replace("ports      = [8000]", "prots      = [8000]"));
    let ran = run(tree.path(), &["gen"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("did you mean `ports`?"), "{}", ran.err);
    assert_eq!(ran.err.matches(" --> services.toml:").count(), 1, "{}", ran.err);
}

/// Gunicorn was told one port and the health check asked another.
#[test]
fn a_port_of_the_command_line_that_is_no_port_of_the_service_is_told() {
    let said = |words: &str| {
        let script = format!("script       = [{words}]");
        let tree = tree(&SMALL.replace("app          = \"orders.main:app\"", &script));
        let ran = run(tree.path(), &["gen"]);
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        ran.err
    };
    for (words, port) in [
        (r#""gunicorn", "--bind", "0.0.0.0:9000", "orders.main:app""#, "9000"),
        (r#""gunicorn", "--bind=0.0.0.0:9000", "orders.main:app""#, "9000"),
        (r#""uvicorn", "orders.main:app", "--port", "80""#, "80"),
    ] {
        let err = said(words);
        let expected = format!("the command line of `orders` has port {port}, which is not in its `ports`");
        assert!(err.contains(&expected), "{err}");
    }
    for words in [
        r#""gunicorn", "--bind", "0.0.0.0:8000", "orders.main:app""#,
        r#""gunicorn", "--bind", "unix:/tmp/s", "orders.main:app""#,
    ] {
        let err = said(words);
        assert!(!err.contains("of the command line") && !err.contains("`ports`"), "{err}");
    }
}

/// A fleet of one Rust program had the sources of the static health check beside it, which nothing used.
#[test]
fn only_those_shared_files_are_written_that_a_dockerfile_mounts() {
    let names = |description: &str| {
        let tree = tree(description);
        generated(tree.path(), &[]);
        let Ok(entries) = fs::read_dir(tree.path().join("dockwright")) else { return Vec::new() };
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    };
    let service = |rest: &str| format!("[fleet]\nname = \"a\"\noutput = \".\"\n[services.api]\n{rest}");
    let silent = "health = { none = \"a job\" }\n";
    let asked = "ports = [80]\nhealth = { tcp = 80 }\n";
    assert_eq!(names(&service(&format!("{silent}[services.api.rust]\n"))), ["manifests.pl"]);
    assert_eq!(names(&service(&format!("{silent}[services.api.go]\n"))), [""; 0]);
    assert_eq!(names(&service(&format!("{asked}[services.api.go]\n"))), ["probe"]);
    assert_eq!(names(&service(&format!("{asked}[services.api.rust]\n"))), ["manifests.pl", "probe"]);
}

/// Files in directories of the shared directory were left when nothing needed them any more.
#[test]
fn shared_files_that_nothing_mounts_any_more_are_removed() {
    let service = |health: &str| {
        format!("[fleet]\nname = \"a\"\noutput = \".\"\n[services.api]\n{health}\n[services.api.go]\n")
    };
    let tree = tree(&service("ports = [80]\nhealth = { tcp = 80 }"));
    generated(tree.path(), &[]);
    assert!(tree.path().join("dockwright/probe/main.c").exists());
    fs::write(tree.path().join("services.toml"), service("health = { none = \"a job\" }")).unwrap();
    let ran = run(tree.path(), &["gen", "--check"]);
    assert_eq!(ran.code, Some(1), "{}", ran.out);
    assert!(ran.out.contains("dockwright/probe/main.c"), "{}", ran.out);
    generated(tree.path(), &[]);
    assert!(!tree.path().join("dockwright/probe/main.c").exists());
    assert_eq!(run(tree.path(), &["gen", "--check"]).code, Some(0));
}
