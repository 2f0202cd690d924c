//! A Python package without a wheel: compiled on the target platform, with the libraries that it is linked against.

use std::fs;
use std::process::Command;

use tempfile::TempDir;

use crate::build::Bake;
use crate::docker::{REGISTRY, docker, engine, run};

/// psycopg2 has no wheels for Linux and is linked against libpq; stem is pure Python without a wheel.
const FLEET: &str = r#"
[fleet]
name = "compiled"
image = "compiled/{name}"
platforms = ["linux/amd64"]

[services.a]
sources = ["a"]
health = { none = "prints versions" }

[services.a.python]
compile = ["psycopg2==2.9.11"]
build_packages = ["gcc", "libc6-dev", "libpq-dev"]
from_source = ["stem"]
packages = ["stem==1.8.2"]
module = "a.main"
"#;

#[test]
fn a_package_without_a_wheel_is_compiled_and_finds_its_libraries() {
    let Some(_engine) = engine() else { return };
    let work = TempDir::new().expect("a directory");
    let at = |path: &str| work.path().join(path);
    fs::create_dir(at("a")).unwrap();
    fs::write(at("services.toml"), FLEET).unwrap();
    fs::write(at("a/__init__.py"), "").unwrap();
    fs::write(
        at("a/main.py"),
        "import psycopg2, stem\nprint(psycopg2.__libpq_version__, stem.__version__)\n",
    )
    .unwrap();
    let mut generate = Command::new(env!("CARGO_BIN_EXE_dockwright"));
    run(generate.arg("gen").current_dir(work.path())).expect("the fleet is generated");
    let bake = Bake { generated: at("generated"), tree: work.path().to_owned(), ..Bake::default() };
    bake.run(&[]).expect("it is built");
    let image = format!("{REGISTRY}/compiled/a:latest");
    let printed = docker(&["run", "--rm", "--read-only", "--network=none", &image]).expect("it starts");
    assert!(printed.ends_with(" 1.8.2\n"), "{printed}");
}
