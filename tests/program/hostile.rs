//! A tree that was made to stop or exhaust whoever looks at it.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use super::{Ran, dockwright};

/// Every command that walks a tree.
pub(super) const WALKS: [&str; 7] = [
    "init --dry-run",
    "rebase debian:bookworm-slim debian:trixie-slim .",
    "rebase --eol . --skip-broken",
    "bases --used",
    "bases --used .",
    "gen --check",
    "import Dockerfile",
];

const FILES: [&str; 6] =
    [".gitignore", ".ignore", "below/.gitignore", ".git/info/exclude", ".git", "elsewhere/commondir"];

fn tree(with_git: bool) -> tempfile::TempDir {
    let tree = tempfile::tempdir().unwrap();
    let text = "FROM debian:bookworm-slim\nCOPY app /app\nCMD [\"/app\"]\n";
    for directory in ["below", "elsewhere"] {
        fs::create_dir(tree.path().join(directory)).unwrap();
        fs::write(tree.path().join(directory).join("Dockerfile"), text).unwrap();
    }
    fs::write(tree.path().join("Dockerfile"), text).unwrap();
    if with_git {
        fs::create_dir_all(tree.path().join(".git/info")).unwrap();
    }
    tree
}

pub(super) fn run(tree: &Path, arguments: &str) -> Ran {
    watched(dockwright(tree, &arguments.split(' ').collect::<Vec<_>>()), tree, arguments)
}

pub(super) fn watched(mut command: std::process::Command, tree: &Path, arguments: &str) -> Ran {
    command.env("XDG_STATE_HOME", tree.join("state"));
    let start = Instant::now();
    let mut child =
        command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap();
    while child.try_wait().unwrap().is_none() {
        if start.elapsed() > Duration::from_secs(60) {
            child.kill().unwrap();
            panic!("{arguments} hangs");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    Ran::of(&child.wait_with_output().unwrap())
}

#[test]
fn a_pipe_a_device_or_a_giant_for_an_ignore_file_stops_no_walk() {
    use rustix::fs::{CWD, FileType, Mode, mknodat};

    let mut runs = 0;
    for name in FILES {
        for kind in ["pipe", "device", "giant"] {
            let tree = tree(name.starts_with(".git/"));
            let path = tree.path().join(name);
            if name == "elsewhere/commondir" {
                let elsewhere = tree.path().join("elsewhere");
                fs::write(tree.path().join(".git"), format!("gitdir: {}\n", elsewhere.display())).unwrap();
            }
            match kind {
                "pipe" => mknodat(CWD, &path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap(),
                "device" => std::os::unix::fs::symlink("/dev/zero", &path).unwrap(),
                _ => fs::File::create(&path).unwrap().set_len(1 << 30).unwrap(),
            }
            for arguments in WALKS {
                let ran = run(tree.path(), arguments);
                assert!(ran.code.is_some_and(|code| code <= 2), "{name} {kind} {arguments}: {ran:?}");
                // What the walk did not see is not told as if it were not there.
                if arguments.starts_with("rebase")
                    || arguments.starts_with("bases")
                    || arguments.starts_with("init")
                {
                    let file = Path::new(name).file_name().unwrap().to_string_lossy();
                    assert!(ran.err.contains(&*file), "{name} {kind} {arguments}: {ran:?}");
                }
                runs += 1;
            }
        }
    }
    println!("{runs} runs");
}

/// What a link leads to outside of the tree is not there, as for an engine: neither a text nor a name of it is shown.
#[test]
fn nothing_behind_a_link_out_of_the_tree_is_shown() {
    use std::os::unix::fs::symlink;

    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("secret-main.py"), "x\n").unwrap();
    fs::write(outside.path().join("key"), "secret-token\n").unwrap();
    let tree = tempfile::tempdir().unwrap();
    let fleet = "[fleet]\nname = \"shop\"\n[services.api]\nsources = [\"api/secret-mian.py\", \"web\"]\n\
                 health = { none = \"no port\" }\npython.command = [\"/app/api/secret-mian.py\"]\n";
    fs::write(tree.path().join("services.toml"), fleet).unwrap();
    let text =
        "FROM python:3.13-slim\nWORKDIR /app\nCOPY web api /app/\nCMD [\"python\", \"secret-main.py\"]\n";
    fs::write(tree.path().join("Dockerfile"), text).unwrap();
    fs::create_dir(tree.path().join("web")).unwrap();
    symlink(outside.path(), tree.path().join("api")).unwrap();
    let checked = run(tree.path(), "gen --check");
    assert!(checked.err.contains("there is no `api/secret-mian.py` in the build context"), "{checked:?}");
    assert!(!checked.err.contains("secret-main"), "{checked:?}");

    symlink(outside.path().join("key"), tree.path().join("services.lock")).unwrap();
    for arguments in ["gen", "gen --check", "build --dry-run", "lock --adopt", "lock --update"] {
        let ran = run(tree.path(), arguments);
        assert_eq!(ran.code, Some(2), "{arguments}: {ran:?}");
        assert!(!ran.err.contains("secret"), "{arguments}: {ran:?}");
        assert!(
            ran.err.contains("cannot read `services.lock`: the link leads out of its directory"),
            "{arguments}: {ran:?}"
        );
    }
}

/// Brackets and templates by the hundred thousand are a mistake with a place, not a stack that overflows.
#[test]
fn what_nests_without_an_end_is_refused_where_it_gets_too_deep() {
    const MANY: usize = 100_000;
    // A file is read for the images that it may mention.
    let image = "debian:bookworm-slim";
    let files = [
        ("docker-bake.hcl", format!("# {image}\na = \"{}", "${\"".repeat(MANY)), ":2:5"),
        ("docker-bake.hcl", format!("# {image}\n{}", "a {".repeat(MANY)), ":2:303"),
        ("docker-bake.json", format!("[\"{image}\",\n{}", "[".repeat(MANY)), ":2:100"),
        ("compose.yaml", format!("a: {image}\nb:\n  {}", "? ".repeat(MANY)), ":3:"),
    ];
    for (name, text, place) in files {
        let tree = tree(false);
        fs::write(tree.path().join(name), text).unwrap();
        for arguments in ["rebase debian:bookworm-slim debian:trixie-slim . --dry-run", "bases --used ."] {
            let ran = run(tree.path(), arguments);
            assert!(ran.code.is_some_and(|code| code <= 2), "{name} {arguments}: {ran:?}");
            let said = format!("{}{}", ran.out, ran.err);
            assert!(said.contains(&format!("{name}{place}")), "{name} {arguments}: {ran:?}");
            assert!(said.len() < 2000, "{name} {arguments}: {} bytes", said.len());
        }
    }
}

/// An unreadable Compose or bake file is not taken for one without images.
#[test]
fn bases_names_files_that_it_cannot_read_and_is_strict_about_them() {
    let tree = tempfile::tempdir().unwrap();
    fs::write(tree.path().join("compose.yaml"), "services:\n  a: [\n").unwrap();
    fs::write(tree.path().join("docker-bake.hcl"), "target \"a\" {\n  dockerfile = \"x\n}\n").unwrap();
    std::os::unix::fs::symlink("nowhere", tree.path().join("Dockerfile")).unwrap();
    std::os::unix::fs::symlink("Dockerfile.loop", tree.path().join("Dockerfile.loop")).unwrap();
    for (arguments, code) in [("bases --used .", 0), ("bases --eol .", 0), ("bases --eol --strict .", 1)] {
        let ran = run(tree.path(), arguments);
        assert_eq!(ran.code, Some(code), "{arguments}: {ran:?}");
        assert!(ran.err.contains("warning: this is not valid YAML"), "{arguments}: {ran:?}");
        assert!(ran.err.contains("compose.yaml:3:1"), "{arguments}: {ran:?}");
        assert!(ran.err.contains("docker-bake.hcl:2:16"), "{arguments}: {ran:?}");
        assert!(ran.err.contains("/Dockerfile` is a broken symbolic link\n"), "{arguments}: {ran:?}");
        assert!(ran.err.contains("/Dockerfile.loop`: "), "{arguments}: {ran:?}");
        assert!(!ran.err.contains("is here; `dockwright bases PATH`"), "{arguments}: {ran:?}");
    }
}

/// The walk through what the link leads to took 14 s, and the same error was told for every directory.
#[test]
fn an_output_that_is_a_link_is_refused_once_and_not_walked_through() {
    let tree = tempfile::tempdir().unwrap();
    let fleet = "[fleet]\nname = \"shop\"\n[services.a]\nhealth = { none = \"no port\" }\n\
                 python.command = [\"/app/a.py\"]\nsources = [\"a.py\"]\n[services.b]\nhealth = { none = \"no port\" }\n\
                 python.command = [\"/app/a.py\"]\nsources = [\"a.py\"]\n";
    fs::write(tree.path().join("services.toml"), fleet).unwrap();
    fs::write(tree.path().join("a.py"), "\n").unwrap();
    std::os::unix::fs::symlink("/", tree.path().join("generated")).unwrap();
    for arguments in ["gen --check", "gen", "gen --force"] {
        let ran = run(tree.path(), arguments);
        assert_eq!(ran.code, Some(2), "{arguments}: {ran:?}");
        let message = "error: `generated` is a symbolic link, and dockwright does not write through links\n";
        assert_eq!(ran.err.matches("error: ").count(), 1, "{arguments}: {ran:?}");
        assert!(ran.err.contains(message), "{arguments}: {ran:?}");
    }
}

#[test]
fn a_point_to_check_by_hand_is_a_line_whatever_the_file_says() {
    let tree = tree(false);
    let text = format!("FROM debian:bookworm-slim\nCMD {}\n", "[".repeat(100_000));
    fs::write(tree.path().join("Dockerfile"), text).unwrap();
    let ran = run(tree.path(), "init --dry-run");
    assert!(ran.code.is_some_and(|code| code <= 2), "{:?}", ran.code);
    assert!(ran.err.len() < 3_000, "{} bytes", ran.err.len());
}
