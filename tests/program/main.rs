//! The program as a whole: run as its users run it, on good and bad days.

mod agreement;
mod any_fleet;
mod bases;
mod beginners;
mod built_in;
mod caches;
mod checks;
mod disk;
mod dotnet;
mod doubling;
mod fleet_files;
mod giants;
#[cfg(unix)]
mod hostile;
#[cfg(unix)]
mod images;
mod jvm;
mod keys;
mod kinds;
mod line_ends;
mod lucid;
mod names;
mod pictures;
mod properties;
mod pythons;
mod real_tree;
mod recursive;
mod repository;
mod screen;
#[cfg(unix)]
mod signals;
mod wrong;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The directory of this repository.
fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// dockwright with these arguments, in a directory.
fn dockwright(directory: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dockwright"));
    command.args(arguments).current_dir(directory);
    command
}

/// What a run came to.
#[derive(Debug)]
struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Ran {
    fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self { code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) }
    }
}

/// Runs dockwright in a directory.
fn run(directory: &Path, arguments: &[&str]) -> Ran {
    Ran::of(&dockwright(directory, arguments).output().unwrap())
}

/// Every file below a directory, by its path in it, with what it holds.
fn files(root: &Path) -> std::collections::BTreeMap<PathBuf, Vec<u8>> {
    let mut found = std::collections::BTreeMap::new();
    let mut open = vec![root.to_owned()];
    while let Some(directory) = open.pop() {
        for entry in std::fs::read_dir(&directory).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.is_symlink() {
                open.push(path);
            } else {
                let content = std::fs::read(&path).unwrap_or_default();
                found.insert(path.strip_prefix(root).unwrap().to_owned(), content);
            }
        }
    }
    found
}

/// A fleet of `count` Python services.
fn fleet_of(count: usize, version: &str) -> String {
    use std::fmt::Write;
    let mut text = String::from(
        r#"[fleet]
name  = "many"
image = "many/{name}"

[bases]
python = { build = "debian:trixie-slim", run = "gcr.io/distroless/python3-debian13:nonroot" }

[defaults]
base   = "python"
ports  = [8080]
health = { http = "/health" }
"#,
    );
    for i in 0..count {
        let _ = write!(
            text,
            "\n[services.s{i}]\ndockerfile = \"s{i}/Dockerfile\"\nenv = {{ RELEASE = \"{version}\" }}\n\
             [services.s{i}.python]\nmodule = \"s{i}.main\"\n"
        );
    }
    text
}

/// Says why a test that needs more than this machine gives did not run.
#[allow(clippy::print_stderr)]
fn skipped(why: &str) {
    eprintln!("skipped: {why}");
}
