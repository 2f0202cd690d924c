//! `dockwright rebase` and `dockwright bases` as their users see them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

pub(super) const DAY: &str = "--today=2026-11-22";

pub(super) fn dockwright(directory: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_dockwright"))
        .args(arguments)
        .current_dir(directory)
        // A work tree around the temporary directory is none of the test's.
        .env("GIT_CEILING_DIRECTORIES", directory.parent().unwrap())
        .env("XDG_STATE_HOME", env!("CARGO_TARGET_TMPDIR"))
        .output()
        .unwrap()
}

pub(super) fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub(super) fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn git(directory: &Path, arguments: &[&str]) {
    let identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "core.autocrlf=false"];
    let run = Command::new("git").args(identity).args(arguments).current_dir(directory).output().unwrap();
    assert!(run.status.success(), "{}", err(&run));
}

/// A directory with these files.
pub(super) fn tree(files: &[(&str, &str)]) -> TempDir {
    let tree = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = tree.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    tree
}

pub(super) fn tree_of_one(text: &str) -> TempDir {
    tree(&[("Dockerfile", text)])
}

/// A copy of the fleet of this repository.
fn fleet() -> TempDir {
    let tree = tempfile::tempdir().unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    // With the distribution's own Python, which moves with the release.
    let text = fs::read_to_string(root.join("services.toml")).unwrap();
    let (brought, own) = (
        r#"{ build = "python:3.11-slim-bookworm", run = "gcr.io/distroless/cc-debian13:nonroot" }"#,
        r#"{ build = "debian:trixie-slim", run = "gcr.io/distroless/python3-debian13:nonroot" }"#,
    );
    assert!(text.contains(brought));
    fs::write(tree.path().join("services.toml"), text.replace(brought, own)).unwrap();
    let generated = dockwright(tree.path(), &["gen"]);
    assert_eq!(generated.status.code(), Some(0), "{}", err(&generated));
    tree
}

/// Every file below a directory with its content.
fn content(root: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files = Vec::new();
    let mut todo = vec![root.to_owned()];
    while let Some(directory) = todo.pop() {
        for entry in fs::read_dir(directory).unwrap().map(Result::unwrap) {
            let kind = entry.file_type().unwrap();
            if kind.is_dir() && entry.file_name() != ".git" {
                todo.push(entry.path());
            } else if kind.is_file() {
                files.push((entry.path(), fs::read(entry.path()).unwrap()));
            }
        }
    }
    files.sort();
    files
}

/// A run that must be refused with this message, and change nothing.
#[track_caller]
fn refused(tree: &TempDir, arguments: &[&str], message: &str) {
    let before = content(tree.path());
    let output = dockwright(tree.path(), arguments);
    assert_eq!(output.status.code(), Some(2), "{}{}", out(&output), err(&output));
    assert!(err(&output).contains(message), "{}", err(&output));
    assert_eq!(out(&output), "");
    assert_eq!(content(tree.path()), before);
}

const PYTHON: &str =
    "FROM gcr.io/distroless/python3-debian12:nonroot\nENTRYPOINT [\"/usr/bin/python3.11\"]\n";

#[test]
fn the_whole_fleet_moves_and_comes_back_byte_for_byte() {
    let tree = fleet();
    let before = content(tree.path());
    let there = dockwright(tree.path(), &["rebase", "debian13", "debian12", DAY]);
    assert_eq!(there.status.code(), Some(0), "{}", err(&there));
    let moved = content(tree.path());
    assert_ne!(moved, before);
    assert!(moved.iter().all(|(_, text)| !String::from_utf8_lossy(text).contains("trixie")));
    assert_eq!(dockwright(tree.path(), &["gen", "--check"]).status.code(), Some(0));
    let back = dockwright(tree.path(), &["rebase", "debian12", "debian13", DAY]);
    assert_eq!(back.status.code(), Some(0), "{}", err(&back));
    assert!(out(&back).contains("past its end of life since 2026-04-30"), "{}", out(&back));
    assert!(out(&back).contains("python 3.11 to 3.13"), "{}", out(&back));
    assert_eq!(content(tree.path()), before);
}

#[test]
fn a_generated_file_that_was_edited_is_left_and_named() {
    let tree = fleet();
    let path = tree.path().join("generated/auth/Dockerfile");
    let edited = fs::read_to_string(&path).unwrap() + "# mine\n";
    fs::write(&path, &edited).unwrap();
    for arguments in [&["--dry-run"][..], &[]] {
        let arguments = [&["rebase", "debian13", "debian12", DAY][..], arguments].concat();
        let run = dockwright(tree.path(), &arguments);
        assert_eq!(run.status.code(), Some(1), "{}", err(&run));
        let line = "left      generated/auth/Dockerfile (stale and edited by hand)\nhint: stale and edited by hand: move";
        assert!(out(&run).contains(line), "{}", out(&run));
        assert_eq!(fs::read_to_string(&path).unwrap(), edited);
    }
}

#[test]
fn a_fleet_past_its_end_of_life_is_moved_by_one_command() {
    let tree = fleet();
    let original = fs::read_to_string(tree.path().join("services.toml")).unwrap();
    dockwright(tree.path(), &["rebase", "debian13", "debian12", DAY]);
    let ended = dockwright(tree.path(), &["bases", "--eol", DAY]);
    assert_eq!(ended.status.code(), Some(1));
    assert!(out(&ended).contains("move to gcr.io/distroless/python3-debian13:nonroot"), "{}", out(&ended));
    let moved = dockwright(tree.path(), &["rebase", "--eol", DAY]);
    assert_eq!(moved.status.code(), Some(0), "{}", err(&moved));
    assert_eq!(dockwright(tree.path(), &["bases", "--eol", DAY]).status.code(), Some(0));
    let text = fs::read_to_string(tree.path().join("services.toml")).unwrap();
    assert_eq!(text, original);
    let again = dockwright(tree.path(), &["rebase", "--eol", DAY]);
    assert_eq!(again.status.code(), Some(0));
    let text = "10 images, of 35 services: nothing is past its end of life\nhint: `dockwright rebase --eol .` also looks at";
    assert!(out(&again).starts_with(text), "{}", out(&again));
}

#[test]
fn a_dry_run_tells_and_changes_nothing() {
    let tree = tree(&[("Dockerfile", PYTHON)]);
    let before = content(tree.path());
    let output =
        dockwright(tree.path(), &["rebase", "debian12", "debian13", ".", "--dry-run", "--diff", DAY]);
    assert_eq!(output.status.code(), Some(1));
    for line in [
        "gcr.io/distroless/python3-debian12:nonroot -> gcr.io/distroless/python3-debian13:nonroot",
        "-ENTRYPOINT [\"/usr/bin/python3.11\"]",
        "+ENTRYPOINT [\"/usr/bin/python3.13\"]",
        "1 file would change",
    ] {
        assert!(out(&output).contains(line), "{}", out(&output));
    }
    assert_eq!(content(tree.path()), before);
}

#[test]
fn the_description_keeps_its_layout() {
    let text = "# top\r\n[fleet]\r\nname = 'x'\r\nimage = 'x/{name}'\r\nphases = ['One']\r\nplatforms = ['linux/amd64']\r\n\r\n\
        [bases.py]   # a table\r\nrun   = 'gcr.io/distroless/python3-debian12:nonroot'  # keep\r\nbuild = \"\"\"debian:bookworm-slim\"\"\"\r\n\r\n\
        [services.a]\r\nphase = 1\r\ndockerfile = 'a/Dockerfile'\r\nbase = 'py'\r\nsources = ['a']\r\nports = [80]\r\nhealth = { tcp = 80 }\r\n\
        [services.a.python]\r\nmodule = 'a.b'\r\ncompile = ['lxml==6.0.2']\r\nbuild_packages = [ 'libssl3', 'gcc' ]\r\n";
    let tree = tree(&[("services.toml", text)]);
    let output = dockwright(tree.path(), &["rebase", "py", "debian13", DAY]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let wanted = text
        .replace("python3-debian12", "python3-debian13")
        .replace("bookworm", "trixie")
        .replace("'libssl3'", "'libssl3t64'");
    assert_eq!(fs::read_to_string(tree.path().join("services.toml")).unwrap(), wanted);
    let dockerfile = fs::read_to_string(tree.path().join("generated/a/Dockerfile")).unwrap();
    assert!(dockerfile.contains("debian:trixie-slim"), "{dockerfile}");
}

#[test]
fn a_pattern_moves_the_builder_as_well() {
    let tree = fleet();
    let output = dockwright(
        tree.path(),
        &["rebase", "gcr.io/distroless/*-debian13*", "gcr.io/distroless/*-debian12*", DAY],
    );
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let text = fs::read_to_string(tree.path().join("services.toml")).unwrap();
    assert!(text.contains("build = \"debian:bookworm-slim\""), "{text}");
    assert!(text.contains("build = \"redis:7.2\""), "{text}");
}

#[test]
fn compose_and_bake_files_are_edited_where_that_is_certain() {
    let tree = tree(&[
        (
            "compose.yaml",
            "services:\n  a:\n    image: 'debian:bookworm-slim' # own\n    build:\n      args:\n        BASE: gcr.io/distroless/python3-debian12:nonroot\n    command: |\n      image: debian:bookworm\n  b:\n    image: \"debian:${TAG:-bookworm}\"\n    build:\n      args:\n        - V=python:3.11-slim-bookworm\n  c:\n    entrypoint: run debian:bookworm-slim now\n  d: { image: \"debian:bookworm\", command: run }\n",
        ),
        (
            "docker-bake.hcl",
            "# debian:bookworm\ntarget \"a\" {\n  contexts = { base = \"docker-image://debian:bookworm\" }\n  args = { IMAGE = \"debian:bookworm-slim\", X = \"run debian:bookworm-slim\" }\n}\n",
        ),
    ]);
    let output = dockwright(tree.path(), &["rebase", "debian12", "debian13", ".", DAY]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let compose = fs::read_to_string(tree.path().join("compose.yaml")).unwrap();
    for line in [
        "image: 'debian:trixie-slim' # own\n",
        "BASE: gcr.io/distroless/python3-debian13:nonroot\n",
        "V=python:3.11-slim-trixie\n",
        "      image: debian:bookworm\n",
        "run debian:bookworm-slim now\n",
        "image: \"debian:${TAG:-trixie}\"\n",
        "d: { image: \"debian:trixie\", command: run }\n",
    ] {
        assert!(compose.contains(line), "{compose}");
    }
    let bake = fs::read_to_string(tree.path().join("docker-bake.hcl")).unwrap();
    for line in [
        "# debian:bookworm\n",
        "docker-image://debian:trixie\"",
        "IMAGE = \"debian:trixie-slim\"",
        "run debian:bookworm-slim",
    ] {
        assert!(bake.contains(line), "{bake}");
    }
    for note in ["compose.yaml:8:14:", "compose.yaml:15:21:", "docker-bake.hcl:4:"] {
        assert!(out(&output).contains(note), "{}", out(&output));
    }
}

#[test]
fn names_decide_what_is_a_dockerfile() {
    let names = ["Dockerfile", "dockerfile.api", "x/api.Dockerfile", "y/Containerfile", "DOCKERFILE.x"];
    let others = [
        "Dockerfile.md",
        "Dockerfile.csv",
        "dockerfile.py",
        "a.dockerignore",
        "Dockerfile.sh",
        "notes",
        "Dockerfile.dockerignore",
    ];
    let files: Vec<_> = names.iter().chain(&others).map(|name| (*name, PYTHON)).collect();
    let tree = tree(&files);
    fs::write(tree.path().join(".gitignore"), "vendored/\n").unwrap();
    fs::create_dir(tree.path().join("vendored")).unwrap();
    fs::write(tree.path().join("vendored/Dockerfile"), PYTHON).unwrap();
    let output = dockwright(tree.path(), &["rebase", "debian12", "debian13", ".", DAY]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let is_moved = |name: &str| fs::read_to_string(tree.path().join(name)).unwrap().contains("debian13");
    assert!(names.iter().all(|name| is_moved(name)));
    assert!(others.iter().chain(&["vendored/Dockerfile"]).all(|name| !is_moved(name)));
}

#[test]
fn generated_files_are_left_to_the_description() {
    let tree = fleet();
    let output = dockwright(tree.path(), &["rebase", "debian13", "debian12", "generated", DAY]);
    assert_eq!(output.status.code(), Some(2));
    assert!(err(&output).contains("nothing here is based on `debian13`"), "{}", err(&output));
}

/// Anybody can write a header. A file that is passed over for it is named, and counts among the bases in use.
#[test]
fn a_forged_header_hides_no_file() {
    let header = "# Written by dockwright from services.toml [services.x]; change it there\n\
                  # dockwright:body=sha256:0123456789abcdef\n";
    let tree = fleet();
    fs::create_dir(tree.path().join("web")).unwrap();
    fs::write(tree.path().join("web/Dockerfile"), format!("{header}FROM python:3.9-slim-bullseye\n"))
        .unwrap();
    let output = dockwright(tree.path(), &["rebase", "bullseye", "bookworm", ".", DAY]);
    let warning = "warning: `web/Dockerfile` is skipped: it has the header of a generated file\n";
    assert!(err(&output).replace('\\', "/").contains(warning), "{}", err(&output));
    assert_eq!(err(&output).matches("is skipped").count(), 1, "{}", err(&output));
    let output = dockwright(tree.path(), &["bases", "--used", DAY]);
    assert!(out(&output).contains("python:3.9-slim-bullseye"), "{}", out(&output));
}

// ---------------------------------------------------------------- what goes wrong

#[test]
fn from_and_to_have_to_mean_something() {
    let tree = tree(&[("Dockerfile", PYTHON)]);
    let cases: [(&[&str], &str); 11] = [
        (&["debian12"], "TO is missing"),
        (&["bullseye", "trixie", "."], "nothing here is based on `bullseye`"),
        (&["alpine:3.20", "alpine:3.23", "."], "nothing here is based on `alpine:3.20`"),
        (&["bookwrom", "trixie", "."], "did you mean `bookworm`?"),
        (&["debian12", "debian14", "."], "`debian14` is not a release in the catalogue"),
        (&["debian12", "gcr.io/distroless/python3-debian14", "."], "python3-debian14` is not a base"),
        (&["debian12", "gcr.io/distroless/base-debian13:arm64", "."], "is not published"),
        (&["debian12", "noble", "."], "different distributions"),
        (&["debian12", "bookworm", "."], "FROM and TO are both"),
        (&["gcr.io/*-debian12", "gcr.io/*-*", "."], "has 2 `*`"),
        (&["Not An Image", "trixie", "."], "is not a base, a release or an image"),
    ];
    for (arguments, message) in cases {
        refused(&tree, &[&["rebase"], arguments].concat(), message);
    }
    let unknown = tree_of_one("ARG BASE\nFROM ${BASE}\n");
    refused(&unknown, &["rebase", "debian12", "debian13", "."], "nothing here is based on `debian12`");
    let eol = dockwright(unknown.path(), &["rebase", "--eol", ".", DAY]);
    assert_eq!(eol.status.code(), Some(0));
    assert!(out(&eol).contains("Dockerfile:2:6: the base of this stage is unknown"), "{}", out(&eol));
    refused(&tree, &["rebase", "debian12", "debian13"], "cannot read `services.toml`");
    refused(&tree, &["rebase", "debian12", "debian13", "nowhere"], "nowhere");
}

#[test]
fn what_a_service_needs_has_to_be_there() {
    let tree = fleet();
    refused(&tree, &["rebase", "python", "base"], "its 29 services need python");
    // Byte code runs on every platform that the images are published for.
    let java = "[fleet]\nname = 'x'\nimage = 'x/{name}'\nplatforms = ['linux/riscv64', 'linux/amd64']\n\
        [bases]\njava = { build = 'debian:trixie-slim', run = 'gcr.io/distroless/java21-debian13:nonroot' }\n\
        [services.a]\nbase = 'java'\ndockerfile = 'a/Dockerfile'\nsources = ['a']\nhealth = { none = 'x' }\njava = { main = 'a.Main' }\n";
    let published = self::tree(&[("services.toml", java)]);
    refused(&published, &["rebase", "debian13", "debian12"], "is not published for linux/riscv64");
    let text = fs::read_to_string(tree.path().join("services.toml")).unwrap();
    let newer = text.replace("mongo:7.0", "mongo:8.0");
    fs::write(tree.path().join("services.toml"), newer).unwrap();
    refused(&tree, &["rebase", "debian13", "debian12"], "`mongo:8.0` builds for glibc 2.39");
}

#[test]
fn what_a_dockerfile_needs_has_to_be_there() {
    let cases = [
        (
            "FROM debian:bookworm-slim\nRUN apt-get update\n",
            ["debian:bookworm-slim", "gcr.io/distroless/base-debian13"],
            "Dockerfile:2:1",
            "needs a shell",
        ),
        (
            "FROM node:20-bookworm-slim\nUSER node\nCMD [\"x\"]\n",
            ["node:20-bookworm-slim", "gcr.io/distroless/nodejs24-debian13"],
            "Dockerfile:2:6",
            "has no user `node`",
        ),
        (
            "FROM gcr.io/distroless/python3-debian12\nENTRYPOINT [\"/usr/bin/python3.11\"]\n",
            ["gcr.io/distroless/python3-debian12", "gcr.io/distroless/base-debian13"],
            "Dockerfile:2:1",
            "needs python",
        ),
        (
            "FROM --platform=linux/riscv64 gcr.io/distroless/base-debian13\nCMD [\"/x\"]\n",
            ["debian13", "debian12"],
            "Dockerfile:1:31",
            "is not published for linux/riscv64",
        ),
    ];
    for (text, [from, to], place, message) in cases {
        let tree = tree(&[("Dockerfile", text), ("ok/Dockerfile", text)]);
        refused(&tree, &["rebase", from, to, "."], place);
        refused(&tree, &["rebase", from, to, "."], message);
    }
}

#[test]
fn files_that_cannot_be_read_stop_everything() {
    let broken = "FROM gcr.io/distroless/base-debian12\nCOPT a b\n";
    let tree = tree(&[("a/Dockerfile", PYTHON), ("b/Dockerfile", broken)]);
    refused(&tree, &["rebase", "debian12", "debian13", "."], "b/Dockerfile:2:1");
    let skipped = dockwright(tree.path(), &["rebase", "debian12", "debian13", ".", "--skip-broken", DAY]);
    assert_eq!(skipped.status.code(), Some(1), "{}", err(&skipped));
    assert!(out(&skipped).contains("b/Dockerfile:2:1"), "{}", out(&skipped));
    assert!(fs::read_to_string(tree.path().join("a/Dockerfile")).unwrap().contains("debian13"));
    assert_eq!(fs::read_to_string(tree.path().join("b/Dockerfile")).unwrap(), broken);

    fs::write(tree.path().join("a/Dockerfile"), PYTHON).unwrap();
    fs::write(tree.path().join("b/Dockerfile"), b"FROM a\n\x00\x01").unwrap();
    refused(&tree, &["rebase", "debian12", "debian13", "."], "is binary data");
    fs::write(tree.path().join("b/Dockerfile"), b"FROM a\nRUN \xff\n").unwrap();
    refused(&tree, &["rebase", "debian12", "debian13", "."], "b/Dockerfile:2:5: this is not UTF-8 text");
}

#[cfg(unix)]
#[test]
fn links() {
    use std::os::unix::fs::symlink;
    let tree = tree(&[("a/Dockerfile", PYTHON), ("real", PYTHON)]);
    // A link to a directory above is no loop to a walk that follows none.
    symlink("..", tree.path().join("a/up")).unwrap();
    symlink("../real", tree.path().join("a/Dockerfile.link")).unwrap();
    let output = dockwright(tree.path(), &["rebase", "debian12", "debian13", ".", DAY]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert!(tree.path().join("a/Dockerfile.link").is_symlink());
    assert!(fs::read_to_string(tree.path().join("real")).unwrap().contains("debian13"));
    symlink("Dockerfile.loop", tree.path().join("a/Dockerfile.loop")).unwrap();
    let output = dockwright(tree.path(), &["rebase", "debian13", "debian12", ".", DAY]);
    assert_eq!(output.status.code(), Some(2));
    assert!(err(&output).contains("Dockerfile.loop"), "{}", err(&output));
    assert!(fs::read_to_string(tree.path().join("real")).unwrap().contains("debian13"));
}

/// What a link of a tree that is looked at leads to is not printed for whoever reads the log.
#[cfg(unix)]
#[test]
fn a_link_that_leads_out_of_the_tree_is_not_read() {
    use std::os::unix::fs::symlink;
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("key"), "secret-token\n").unwrap();
    let tree = tree(&[("a/Dockerfile", "FROM debian:12\n")]);
    for name in ["Dockerfile", "compose.yaml", ".env", "run.sh"] {
        symlink(outside.path().join("key"), tree.path().join(name)).unwrap();
    }
    for arguments in [&["rebase", "debian12", "debian13", ".", "--diff", DAY][..], &["bases", "--used"]] {
        let output = dockwright(tree.path(), arguments);
        assert_eq!(output.status.code(), Some(0), "{}", err(&output));
        assert!(!format!("{}{}", out(&output), err(&output)).contains("secret"), "{}", err(&output));
    }
    assert!(fs::read_to_string(tree.path().join("a/Dockerfile")).unwrap().contains("debian:13"));
    let output = dockwright(tree.path(), &["rebase", "debian13", "debian12", ".", DAY]);
    assert!(
        err(&output).contains("`Dockerfile` is skipped: the link leads out of the tree"),
        "{}",
        err(&output)
    );
}

/// An archive can bring a `.git` whose configuration names commands that `git status` runs.
#[cfg(unix)]
#[test]
fn no_command_of_a_tree_s_own_git_configuration_runs() {
    let tree = tree(&[("Dockerfile", "FROM debian:12\n"), (".gitattributes", "* filter=x\n")]);
    let ran = |name: &str| format!("touch '{}'; cat", tree.path().join(name).display());
    git(tree.path(), &["init", "-q"]);
    git(tree.path(), &["add", "."]);
    git(tree.path(), &["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "a"]);
    git(tree.path(), &["config", "core.fsmonitor", &ran("monitor")]);
    for key in ["clean", "smudge", "process"] {
        git(tree.path(), &["config", &format!("filter.x.{key}"), &ran(key)]);
    }
    // A file that looks changed is compared, by way of its filter.
    fs::write(tree.path().join("Dockerfile"), "FROM debian:12\n").unwrap();
    let output = dockwright(tree.path(), &["rebase", "debian12", "debian13", ".", DAY]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    for name in ["monitor", "clean", "smudge", "process"] {
        assert!(!tree.path().join(name).exists(), "{name} ran");
    }
    // Changes are still found.
    let output = dockwright(tree.path(), &["rebase", "debian13", "debian12", ".", DAY]);
    assert_eq!(output.status.code(), Some(2));
    assert!(err(&output).contains("`Dockerfile` has uncommitted changes"), "{}", err(&output));
}

#[test]
fn uncommitted_changes_are_not_mixed_with_the_move() {
    let tree = tree(&[("a/Dockerfile", PYTHON), ("b/Dockerfile", "FROM scratch\n")]);
    git(tree.path(), &["init", "-q"]);
    refused(&tree, &["rebase", "debian12", "debian13", "."], "`a/Dockerfile` has uncommitted changes");
    git(tree.path(), &["add", "."]);
    git(tree.path(), &["commit", "-qm", "x"]);
    // A file that does not move may be as it likes.
    fs::write(tree.path().join("b/Dockerfile"), "FROM scratch\n# x\n").unwrap();
    let output = dockwright(tree.path(), &["rebase", "debian12", "debian13", ".", DAY]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    refused(&tree, &["rebase", "debian13", "debian12", "."], "uncommitted changes");
    let forced = dockwright(tree.path(), &["rebase", "debian13", "debian12", ".", "--allow-dirty", DAY]);
    assert_eq!(forced.status.code(), Some(0), "{}", err(&forced));
}

#[test]
fn a_wrong_description_is_not_moved() {
    let tree = fleet();
    let path = tree.path().join("services.toml");
    let text = fs::read_to_string(&path).unwrap() + "\n[services.x]\nphase = 99\n";
    fs::write(&path, text).unwrap();
    refused(&tree, &["rebase", "debian13", "debian12"], "services.toml:");
}

// ---------------------------------------------------------------- bases

#[test]
fn bases_shows_what_stands_on_what() {
    let tree = fleet();
    fs::write(tree.path().join("Dockerfile.old"), PYTHON).unwrap();
    let used = dockwright(tree.path(), &["bases", "--used", DAY]);
    assert_eq!(used.status.code(), Some(0), "{}", err(&used));
    assert!(out(&used).contains("services: base-java\n"), "{}", out(&used));
    let ended = dockwright(tree.path(), &["bases", "--eol", "--format=json", DAY]);
    assert_eq!(ended.status.code(), Some(1));
    let rows: serde_json::Value = serde_json::from_str(&out(&ended)).unwrap();
    assert_eq!(rows[0]["image"], "gcr.io/distroless/python3-debian12:nonroot");
    assert_eq!(rows[0]["successor"], "gcr.io/distroless/python3-debian13:nonroot");
    assert_eq!(rows[0]["files"][0], "Dockerfile.old");
    assert_eq!(rows.as_array().unwrap().len(), 1);
    let earlier = dockwright(tree.path(), &["bases", "--eol", "--today=2026-01-01"]);
    assert_eq!(earlier.status.code(), Some(0), "{}", out(&earlier));
}

#[test]
fn bases_in_compose_files_count_and_addresses_do_not() {
    let compose = "services:\n  cache: { image: redis:7.2 }\n  queue:\n    image: rabbitmq:3\n  own:\n    image: acme/own:1\n  \
                   store:\n    image: \"debian:11\"\n    environment: [CACHE=cache:6379]\n";
    let copied = "FROM scratch\nCOPY --from=assets / /\nCOPY --from=python:3.9 /usr /usr\n";
    let tree = tree(&[("compose.yaml", compose), ("Dockerfile", copied)]);
    let ended = dockwright(tree.path(), &["bases", "--eol", DAY]);
    assert_eq!(ended.status.code(), Some(1), "{}", err(&ended));
    let text = out(&ended);
    assert!(text.contains("\ndebian:11\n") || text.starts_with("debian:11\n"), "{text}");
    assert!(text.contains("python:3.9\n"), "{text}");
    let judged = "4 images, of 0 services and 2 files: 2 past the end of life\n\
                  1 image not judged, as no end of life is known: rabbitmq:3\n";
    assert!(text.ends_with(judged), "{text}");
}

#[test]
fn an_end_that_is_only_that_of_the_release_is_called_so() {
    let tree = tree(&[("Dockerfile", "FROM redis:7.2\n")]);
    let used = dockwright(tree.path(), &["bases", "--used", DAY]);
    assert!(out(&used).contains("(debian 12 (bookworm), its release)\n"), "{}", out(&used));
}

#[test]
fn a_description_that_was_named_has_to_be_there() {
    let tree = tree_of_one(PYTHON);
    for command in [&["bases", "--eol"][..], &["bases"], &["rebase", "--eol", "."]] {
        let run = dockwright(tree.path(), &[command, &["--fleet", "nope.toml", DAY]].concat());
        assert_eq!(run.status.code(), Some(2), "{command:?}: {}", out(&run));
        assert!(err(&run).contains("cannot read `nope.toml`"), "{command:?}: {}", err(&run));
    }
}

#[test]
fn a_version_that_nobody_knows_is_to_be_looked_at() {
    let tree = tree_of_one("FROM node:20-bookworm-slim\nCMD [\"node\"]\n");
    let run = dockwright(tree.path(), &["rebase", "--dry-run", "node", "node:99-trixie-slim", ".", DAY]);
    assert_eq!(run.status.code(), Some(1), "{}", err(&run));
    assert!(
        out(&run).contains("Dockerfile:1:6: `node:99-trixie-slim` is not in the catalogue"),
        "{}",
        out(&run)
    );
    let run = dockwright(tree.path(), &["rebase", "--dry-run", "node", "node:24-trixie-slim", ".", DAY]);
    assert!(!out(&run).contains("is not in the catalogue"), "{}", out(&run));
}

#[test]
fn packages_that_are_gone_are_to_be_looked_at() {
    let text =
        "FROM debian:12\nRUN apt-get install -y curl libpcre3 ruby3.1=3.1.2-7 libssl3 postgresql-client-15\n";
    let tree = tree_of_one(text);
    let run = dockwright(tree.path(), &["rebase", "debian12", "debian13", ".", DAY]);
    assert_eq!(run.status.code(), Some(0), "{}", err(&run));
    for note in [
        "Dockerfile:2:29: Debian 13 has no package `libpcre3`; find what replaces it",
        "Dockerfile:2:38: Debian 13 has no package `ruby3.1`; it has `ruby3.3`",
        "Dockerfile:2:62: Debian 13 has no package `postgresql-client-15`; it has `postgresql-client-17`",
    ] {
        assert!(out(&run).contains(note), "{note}\n{}", out(&run));
    }
    assert_eq!(out(&run).matches("has no package").count(), 3, "{}", out(&run));
    let moved = fs::read_to_string(tree.path().join("Dockerfile")).unwrap();
    assert_eq!(moved, text.replace("debian:12", "debian:13").replace("libssl3", "libssl3t64"));
}

#[test]
fn a_version_that_ended_before_the_release_has_no_image_on_it() {
    let text = "FROM golang:1.22-bookworm\nFROM golang:1.26-bookworm\n";
    let tree = tree_of_one(text);
    let run = dockwright(tree.path(), &["rebase", "debian12", "debian13", ".", DAY]);
    assert_eq!(run.status.code(), Some(1), "{}{}", out(&run), err(&run));
    let reason = "Dockerfile:1:6: there is no `golang:1.22-trixie`: golang 1.22 ended on 2025-02-11, \
                  before debian 13 (trixie) came out";
    assert!(out(&run).contains(reason), "{}", out(&run));
    assert_eq!(fs::read_to_string(tree.path().join("Dockerfile")).unwrap(), text);
}

#[test]
fn a_version_before_the_first_on_a_release_has_no_image_on_it() {
    let old = "FROM rust:1.87-slim-bookworm\n";
    let moved = [
        ("a/Dockerfile", "FROM rust:1.88.0-slim-bookworm\n"),
        ("b/Dockerfile", "FROM rust:1-bookworm\n"),
        ("c/Dockerfile", "FROM rust:bookworm\n"),
    ];
    let compose = "services: {a: {image: 'rust:1.87-bookworm'}}\n";
    let tree = tree(&[&[("Dockerfile", old), ("compose.yaml", compose)][..], &moved].concat());
    let run = dockwright(tree.path(), &["rebase", "debian12", "debian13", ".", DAY]);
    assert_eq!(run.status.code(), Some(1), "{}{}", out(&run), err(&run));
    for (place, image) in
        [("Dockerfile:1:6", "rust:1.87-slim-trixie"), ("compose.yaml:1:24", "rust:1.87-trixie")]
    {
        let reason =
            format!("{place}: there is no `{image}`: 1.88 is the first version on debian 13 (trixie)");
        assert!(out(&run).contains(&reason), "{}", out(&run));
    }
    let text = |path: &str| fs::read_to_string(tree.path().join(path)).unwrap();
    assert_eq!((text("Dockerfile"), text("compose.yaml")), (old.to_owned(), compose.to_owned()));
    for (path, before) in moved {
        assert_eq!(text(path), before.replace("bookworm", "trixie"));
    }
}

#[test]
fn a_base_of_the_description_moves_to_an_image_that_exists() {
    let text = "[fleet]\nname = 'x'\nimage = 'x/{name}'\nphases = ['One']\nplatforms = ['linux/amd64']\n\
        [bases.go]\nrun = 'gcr.io/distroless/base-debian12:nonroot'\nbuild = 'golang:1.22-bookworm'\n\
        [services.a]\nphase = 1\ndockerfile = 'a/Dockerfile'\nbase = 'go'\nhealth.none = 'it opens no socket'\n[services.a.bare]\n";
    let tree = tree(&[("services.toml", text)]);
    let run = dockwright(tree.path(), &["rebase", "debian12", "debian13", DAY]);
    assert_eq!(run.status.code(), Some(2), "{}{}", out(&run), err(&run));
    assert!(err(&run).contains("there is no `golang:1.22-trixie`"), "{}", err(&run));
}

#[test]
fn an_image_of_a_mirror_that_names_the_release_is_not_passed_over() {
    let files = [
        ("a/Dockerfile", "FROM mirror.local:5000/python:3.11-bookworm\n"),
        ("b/Dockerfile", "FROM acme/bookworms:1\nCOPY --from=debian:12 /a /b\n"),
    ];
    let tree = tree(&files);
    let run = dockwright(tree.path(), &["rebase", "debian12", "debian13", ".", DAY]);
    assert_eq!(run.status.code(), Some(1), "{}{}", out(&run), err(&run));
    let reason = "a/Dockerfile:1:6: cannot determine a replacement for `mirror.local:5000/python:3.11-bookworm`: \
                  it names debian 12 (bookworm), but the image is not in the catalogue";
    assert!(out(&run).contains(reason), "{}", out(&run));
    assert!(!out(&run).contains("bookworms"), "{}", out(&run));
    assert_eq!(fs::read_to_string(tree.path().join("a/Dockerfile")).unwrap(), files[0].1);
    assert!(fs::read_to_string(tree.path().join("b/Dockerfile")).unwrap().contains("--from=debian:13"));
}

#[test]
fn a_variable_with_the_old_version_is_to_be_looked_at() {
    let tree =
        tree_of_one("FROM node:20-bookworm-slim\nENV NODE_VERSION=20 APP_VERSION=20\nCMD [\"node\"]\n");
    let run = dockwright(tree.path(), &["rebase", "--dry-run", "--eol", ".", DAY]);
    let note = "Dockerfile:2:18: node 20 is named here, but the new base has 24";
    assert!(out(&run).contains(note), "{}", out(&run));
    assert_eq!(out(&run).matches("is named here").count(), 1, "{}", out(&run));
}

#[test]
fn pip_of_a_release_that_refuses_to_install_is_to_be_looked_at() {
    let text = "FROM debian:11\nRUN apt-get install -y python3-pip \\\n  && pip3 install flask\n\
                RUN /venv/bin/pip install x\nRUN pip install --break-system-packages x\n";
    let tree = tree_of_one(text);
    let run = dockwright(tree.path(), &["rebase", "--dry-run", "debian11", "debian13", ".", DAY]);
    let note = "Dockerfile:3:6: from this release on, the distribution's pip only installs into virtual";
    assert!(out(&run).contains(note), "{}{}", out(&run), err(&run));
    assert_eq!(out(&run).matches("distribution's pip").count(), 1, "{}", out(&run));
    for (from, to) in [("python:3.9-bullseye", "python:3.13-trixie"), ("debian:12", "debian:13")] {
        let tree = tree_of_one(&text.replace("debian:11", from));
        let run = dockwright(tree.path(), &["rebase", "--dry-run", from, to, ".", DAY]);
        assert!(!out(&run).contains("own pip"), "{from}: {}", out(&run));
    }
}

#[test]
fn bases_shows_the_catalogue_anywhere() {
    let tree = tree(&[]);
    let text = dockwright(tree.path(), &["bases", DAY]);
    assert!(out(&text).contains("python3-debian12"), "{}", err(&text));
    let json = dockwright(tree.path(), &["bases", "--format=json"]);
    let catalogue: serde_json::Value = serde_json::from_str(&out(&json)).unwrap();
    assert_eq!(catalogue["bases"]["python3-debian12"]["eol"], "2026-04-30");
}

#[test]
fn a_built_in_base_that_moves_is_written_down() {
    let text = "[fleet]\nname = \"shop\"\nimage = \"shop/{name}\"\n\n\
        [services.basket]\nhealth = { none = \"x\" }\n[services.basket.python]\nmodule = \"basket\"";
    let tree = tree(&[("services.toml", text)]);
    let moved = dockwright(tree.path(), &["rebase", "debian13", "debian12", DAY]);
    assert_eq!(moved.status.code(), Some(0), "{}{}", out(&moved), err(&moved));
    let after = fs::read_to_string(tree.path().join("services.toml")).unwrap();
    let entry = "\n\n[bases.python]\nbuild = \"debian:bookworm-slim\"\n\
        run   = \"gcr.io/distroless/python3-debian12:nonroot\"\n";
    assert_eq!(after, format!("{text}{entry}"));
    let dockerfile = fs::read_to_string(tree.path().join("generated/basket/Dockerfile")).unwrap();
    assert!(dockerfile.contains("FROM gcr.io/distroless/python3-debian12:nonroot\n"), "{dockerfile}");

    // And from there on it is one like any other.
    let back = dockwright(tree.path(), &["rebase", "debian12", "debian13", DAY]);
    assert_eq!(back.status.code(), Some(0), "{}{}", out(&back), err(&back));
    let after = fs::read_to_string(tree.path().join("services.toml")).unwrap();
    assert_eq!(after.matches("[bases.python]").count(), 1, "{after}");
    assert!(after.contains("gcr.io/distroless/python3-debian13:nonroot"), "{after}");
}

#[test]
fn a_built_in_base_beside_bases_in_braces_is_told() {
    let text = "bases = { own = { build = \"debian:trixie-slim\", run = \"gcr.io/distroless/cc-debian13:nonroot\" } }\n\
        [fleet]\nname = \"shop\"\nimage = \"shop/{name}\"\n\
        [services.basket]\nhealth = { none = \"x\" }\n[services.basket.python]\nmodule = \"basket\"\n";
    let tree = tree(&[("services.toml", text)]);
    let moved = dockwright(tree.path(), &["rebase", "debian13", "debian12", DAY]);
    assert!(
        out(&moved).contains("entries cannot be added to `bases = { … }`"),
        "{}{}",
        out(&moved),
        err(&moved)
    );
}

/// Issue 13: the images of `[tools]` move like those of `[bases]`, and what is generated follows.
#[test]
fn the_images_of_tools_move() {
    let service = "sources = ['m.py']\n[services.web.python]\nmodule = 'm'\nrequirements = ['r.txt']\n";
    let fleet = "[fleet]\nname = 'x'\nimage = 'x/{name}'\nphases = ['One']\nplatforms = ['linux/amd64']\n\
                 [services.web]\nphase = 1\nhealth = { none = 'x' }\n";
    let sides = ["rebase", "ghcr.io/astral-sh/uv", "ghcr.io/astral-sh/uv:0.14.1", DAY];
    for (tools, wanted) in [
        (
            "[tools]\nuv = 'ghcr.io/astral-sh/uv:0.5.0' # pinned\n",
            "uv = 'ghcr.io/astral-sh/uv:0.14.1' # pinned\n",
        ),
        ("", "\n[tools]\nuv = \"ghcr.io/astral-sh/uv:0.14.1\"\n"),
    ] {
        let tree = tree(&[("services.toml", &format!("{tools}{fleet}{service}"))]);
        let run = dockwright(tree.path(), &sides);
        assert_eq!(run.status.code(), Some(0), "{}{}", out(&run), err(&run));
        let after = fs::read_to_string(tree.path().join("services.toml")).unwrap();
        assert!(after.contains(wanted), "{after}");
        let all = content(tree.path());
        let mut texts = all.iter().map(|(_, bytes)| String::from_utf8_lossy(bytes));
        assert!(
            texts.any(|text| text.contains("ghcr.io/astral-sh/uv:0.14.1") && text.contains("FROM")),
            "{}",
            out(&run)
        );
    }
}
