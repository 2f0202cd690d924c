//! The script that leaves of a Cargo workspace what its dependencies are compiled from, run on this machine.
//!
//! Needs perl and Unix; where they are missing, a test says so and passes.

#![cfg(unix)]
#![allow(clippy::print_stderr)] // a skipped test says why

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use tempfile::TempDir;

/// A workspace with a vendored crate, a patched one, a build script, targets with paths of their own and without.
const TREE: [(&str, &str); 24] = [
    (
        "Cargo.toml",
        "[workspace]\nmembers = ['api', 'names']\nresolver = '2'\n\n\
         [patch.crates-io]\nfast = { path = 'forks/fast' }\n",
    ),
    (
        "Cargo.lock",
        "version = 3\n\n\
         [[package]]\nname = \"api\"\nversion = \"0.1.0\"\ndependencies = [\n \"fast\",\n \"names\",\n \"slow\",\n \"steady\",\n]\n\n\
         [[package]]\nname = \"fast\"\nversion = \"1.0.0\"\n\n\
         [[package]]\nname = \"names\"\nversion = \"0.1.0\"\n\n\
         [[package]]\nname = \"slow\"\nversion = \"1.0.0\"\n\
         source = \"registry+https://github.com/rust-lang/crates.io-index\"\n\
         checksum = \"aa\"\ndependencies = [\n \"fast\",\n]\n\n\
         [[package]]\nname = \"steady\"\nversion = \"1.0.0\"\n\
         source = \"registry+https://github.com/rust-lang/crates.io-index\"\n\
         checksum = \"aa\"\n",
    ),
    (
        ".cargo/config.toml",
        "[source.crates-io]\nreplace-with = 'here'\n[source.here]\ndirectory = 'vendor'\n\
         [env]\nNOTE = './notes/linker.txt'\n",
    ),
    ("notes/linker.txt", "a file that the settings name"),
    ("rust-toolchain.toml", ""),
    ("README.md", "Words."),
    (
        "api/Cargo.toml",
        "[package]\nname = 'api'\nversion = '0.1.0'\nedition = '2021'\nbuild = 'make/build.rs'\n\n\
         [[bin]]\nname = 'server'\npath = 'programs/server.rs'\n\n[[bench]]\nname = 'speed'\n\n\
         [lints.rust]\nmissing_docs = 'deny'\n\n\
         [dependencies]\nfast = '1'\nslow = '1'\nsteady = '1'\nnames = { path = '../names' }\n",
    ),
    ("api/make/build.rs", "//! Says what is made.\nfn main() { println!(\"cargo::rustc-env=MADE=made\") }"),
    (
        "api/programs/server.rs",
        "//! Serves.\nfn main() { println!(\"{} {} {} {}\", steady::NAME, slow::NAME, names::NAME, env!(\"MADE\")) }",
    ),
    ("api/src/bin/other.rs", "fn main() {}"),
    ("api/src/bin/third/main.rs", "fn main() {}"),
    ("api/src/bin/third/part.rs", ""),
    ("api/src/commands/build.rs", ""),
    ("api/benches/speed.rs", "fn main() {}"),
    ("api/tests/all.rs", ""),
    ("names/Cargo.toml", "[package]\nname = 'names'\nversion = '0.1.0'\nedition = '2021'\n"),
    ("names/src/lib.rs", "pub const NAME: &str = include_str!(\"name.txt\");"),
    ("names/src/name.txt", "shop"),
    ("forks/fast/Cargo.toml", "[package]\nname = 'fast'\nversion = '1.0.0'\nedition = '2021'\n"),
    ("forks/fast/src/lib.rs", "pub const NAME: &str = \"fast\";"),
    (
        "vendor/slow/Cargo.toml",
        "[package]\nname = 'slow'\nversion = '1.0.0'\nedition = '2021'\n\n[dependencies]\nfast = '1'\n",
    ),
    ("vendor/slow/src/lib.rs", "pub const NAME: &str = fast::NAME;"),
    ("vendor/steady/Cargo.toml", "[package]\nname = 'steady'\nversion = '1.0.0'\nedition = '2021'\n"),
    ("vendor/steady/src/lib.rs", "pub const NAME: &str = \"steady\";"),
];

fn tree() -> TempDir {
    let tree = TempDir::new().unwrap();
    for (path, text) in TREE {
        write(&tree.path().join(path), text);
    }
    for name in ["slow", "steady"] {
        let path = format!("vendor/{name}/.cargo-checksum.json");
        write(&tree.path().join(path), r#"{"files":{},"package":"aa"}"#);
    }
    tree
}

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// What the script leaves of a tree, or nothing without perl.
fn manifests(tree: &Path, into: &Path) -> Option<BTreeMap<String, String>> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/support/manifests.pl");
    let Ok(out) = Command::new("perl").arg(script).args([tree, into]).output() else {
        eprintln!("skipped: no perl here");
        return None;
    };
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    assert_eq!(String::from_utf8_lossy(&out.stderr), "");
    let mut files = BTreeMap::new();
    let mut pending: Vec<PathBuf> = vec![into.to_owned()];
    while let Some(directory) = pending.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                pending.push(path);
            } else {
                let name = path.strip_prefix(into).unwrap().display().to_string();
                files.insert(name, fs::read_to_string(&path).unwrap());
            }
        }
    }
    Some(files)
}

#[test]
fn manifests_settings_and_empty_targets_are_left() {
    let (tree, into) = (tree(), TempDir::new().unwrap());
    let Some(files) = manifests(tree.path(), into.path()) else { return };
    let (empty, whole): (Vec<_>, Vec<_>) =
        files.iter().partition(|(_, text)| text.starts_with("//! Empty, to compile dependencies"));
    let names =
        |files: Vec<(&String, &String)>| files.into_iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    assert_eq!(
        names(empty),
        [
            "api/benches/speed.rs",
            "api/make/build.rs",
            "api/programs/server.rs",
            "api/src/bin/other.rs",
            "api/src/bin/third/main.rs",
            "names/src/lib.rs",
        ]
    );
    assert_eq!(
        names(whole),
        [
            ".cargo/config.toml",
            "Cargo.lock",
            "Cargo.toml",
            "api/Cargo.toml",
            "forks/fast/Cargo.toml",
            "forks/fast/src/lib.rs",
            "names/Cargo.toml",
            "notes/linker.txt",
            "rust-toolchain.toml",
            "vendor/slow/.cargo-checksum.json",
            "vendor/slow/Cargo.toml",
            "vendor/slow/src/lib.rs",
            "vendor/steady/.cargo-checksum.json",
            "vendor/steady/Cargo.toml",
            "vendor/steady/src/lib.rs",
        ]
    );
}

#[test]
fn a_change_of_code_leaves_the_same_files() {
    let (tree, [before, after]) = (tree(), [(); 2].map(|()| TempDir::new().unwrap()));
    let Some(before) = manifests(tree.path(), before.path()) else { return };
    for path in [
        "api/programs/server.rs",
        "names/src/lib.rs",
        "api/src/commands/new.rs",
        "api/tests/new.rs",
        "new.md",
    ] {
        write(&tree.path().join(path), "// Changed");
    }
    assert_eq!(manifests(tree.path(), after.path()), Some(before));
}

/// The two steps of a generated Dockerfile, with this machine's Cargo.
#[test]
fn dependencies_are_compiled_once_and_empty_targets_never_stay() {
    let (tree, work) = (tree(), TempDir::new().unwrap());
    let src = work.path().join("src");
    if manifests(tree.path(), &src).is_none() {
        return;
    }
    let build = |words: &[&str]| {
        let mut cargo = Command::new(env!("CARGO"));
        cargo
            .args(["build", "--release", "--locked", "--offline", "--package=api", "--bin=server"])
            .args(words);
        cargo.current_dir(&src).env("CARGO_TARGET_DIR", work.path().join("target")).env_remove("RUSTFLAGS");
        let out = cargo.env("CARGO_HOME", work.path().join("home")).output().unwrap();
        (out.status.success(), String::from_utf8_lossy(&out.stderr).into_owned())
    };
    let (_, first) = build(&["--keep-going"]);
    assert!(first.contains("Compiling slow ") && first.contains("Compiling fast "), "{first}");

    let newer = SystemTime::now() + Duration::from_secs(1);
    for (path, text) in TREE {
        write(&src.join(path), text);
        fs::File::options().write(true).open(src.join(path)).unwrap().set_modified(newer).unwrap();
    }
    let (is_built, second) = build(&[]);
    assert!(is_built, "{second}");
    assert!(second.contains("Compiling names ") && second.contains("Compiling api "), "{second}");
    // `slow` needs the patched crate, whose sources are newer too.
    assert!(first.contains("Compiling steady ") && !second.contains("Compiling steady "), "{first}{second}");
    let said = Command::new(work.path().join("target/release/server")).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&said.stdout), "steady fast shop made\n");
}
