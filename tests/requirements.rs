//! What the generated Dockerfiles install for Python, with the requirements files of Lucid's own tree in place of its
//! miniature's: the same call of uv, for both platforms, into virtual environments of this machine.
//!
//! `DOCKWRIGHT_REQUIREMENTS` names the directory of these files; without it, or without uv and Python 3.11, the test
//! says that it is skipped.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use dockwright::fleet;
use tempfile::TempDir;

/// The commands of a generated Dockerfile that install packages of Python, if it has any.
fn call(dockerfile: &str) -> Option<&str> {
    let (_, stage) = dockerfile.split_once(" AS dependencies\n")?;
    let (_, commands) = stage.split_once(" esac && \\\n")?;
    let (call, _) = commands.split_once(" && \\\n    rm /opt/venv/.lock")?;
    Some(call)
}

/// The generated calls, each once, with a service that has it.
fn calls() -> Vec<(String, String)> {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(repository.join("services.toml")).expect("the description is there");
    let fleet = fleet::load(&text).expect("the description has no mistake");
    let mut calls: Vec<(String, String)> = Vec::new();
    for service in &fleet.services {
        let path = repository.join("generated").join(service.dockerfile.as_str());
        let dockerfile = fs::read_to_string(path).expect("the generated file is there");
        let Some(call) = call(&dockerfile) else { continue };
        if calls.iter().all(|(_, other)| other != call) {
            calls.push((service.name.to_string(), call.to_owned()));
        }
    }
    calls
}

/// Runs a command; what it printed, if it failed.
fn run(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|e| format!("{command:?}: {e}"))?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.success() { Ok(()) } else { Err(said) }
}

/// Where everything lies: the tree with the requirements, and what uv keeps.
struct Place {
    requirements: PathBuf,
    work: TempDir,
}

impl Place {
    fn uv(&self) -> Command {
        let mut uv = Command::new("sh");
        // Hard links: a package is on the disk once, whatever the number of environments.
        uv.env("UV_CACHE_DIR", self.work.path().join("cache")).env("UV_LINK_MODE", "hardlink").arg("-c");
        uv
    }

    /// Runs a generated call for one architecture into an environment of its own, which is removed again.
    fn install(&self, call: &str, cpu: &str) -> Result<(), String> {
        let environment = self.work.path().join("environment");
        let shown = environment.to_str().ok_or("a path that is text")?;
        run(self.uv().arg(format!("uv venv --clear --quiet --python 3.11 {shown}")))?;
        let call = call
            .replace("/opt/venv/bin/python3", "{environment}")
            .replace("/tmp/", &format!("{}/", self.work.path().display()))
            .replace("/src/", &format!("{}/", self.requirements.display()))
            .replace("{environment}", shown)
            .replace("--compile-bytecode ", "");
        run(self.uv().env("cpu", cpu).arg(call))
    }
}

#[test]
fn real_requirements_install_for_both_platforms() {
    let requirements = env::var_os("DOCKWRIGHT_REQUIREMENTS").filter(|path| !path.is_empty());
    let Some(requirements) = requirements else {
        eprintln!(
            "skipped: DOCKWRIGHT_REQUIREMENTS names no directory with the requirements of the real tree"
        );
        return;
    };
    let work = TempDir::new().expect("a directory");
    let place = Place { requirements: requirements.into(), work };
    if let Err(why) = run(place.uv().arg("uv python find --quiet 3.11")) {
        eprintln!("skipped: needs uv and Python 3.11: {why}");
        return;
    }
    let calls = calls();
    assert!(calls.len() > 10, "different sets of packages: {calls:?}");
    let mut failures = Vec::new();
    for (service, call) in &calls {
        for cpu in ["x86_64", "aarch64"] {
            if let Err(why) = place.install(call, cpu) {
                failures.push(format!("{service} on {cpu}: {why}"));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
