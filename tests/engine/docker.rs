//! Asking the engine: commands, their output and what they say when they fail.

use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;

/// Where the tests' images pretend to come from, so that they are nobody else's.
pub(crate) const REGISTRY: &str = "dockwright.test";

/// The Compose project of the tests.
pub(crate) const PROJECT: &str = "dockwright-test";

/// The engine, for one test at a time; none where it is not asked for.
pub(crate) fn engine() -> Option<MutexGuard<'static, ()>> {
    static ENGINE: Mutex<()> = Mutex::new(());
    if std::env::var_os("DOCKWRIGHT_ENGINE").is_none_or(|value| value != "1") {
        eprintln!("skipped: needs a Docker Engine; tests/engine/run brings one up");
        return None;
    }
    Some(ENGINE.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Runs a command; what it prints, or why it failed.
pub(crate) fn run(command: &mut Command) -> Result<String, String> {
    let output = command.output().map_err(|e| format!("{command:?}: {e}"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let errors = String::from_utf8_lossy(&output.stderr);
    let last: Vec<_> = errors.lines().rev().take(12).collect();
    let last: Vec<_> = last.into_iter().rev().collect();
    Err(format!("{command:?}: {}\n{}", output.status, last.join("\n")))
}

/// `docker WORDS…`
pub(crate) fn docker(words: &[&str]) -> Result<String, String> {
    run(Command::new("docker").args(words))
}

/// The exit code of `docker WORDS…`, whatever it prints.
pub(crate) fn exit_code(words: &[&str]) -> Result<i32, String> {
    let output = Command::new("docker").args(words).output().map_err(|e| e.to_string())?;
    output.status.code().ok_or_else(|| format!("docker {}: {}", words.join(" "), output.status))
}

/// Removes the images of a registry that is the tests' own. Layers of images count against the limit of the build cache,
/// and while they are there, the engine drops the other steps in their place, also those that a test has just built.
pub(crate) fn forget(registry: &str) -> Result<(), String> {
    let all = docker(&["images", "--format={{.Repository}}:{{.Tag}}"])?;
    let mut words = vec!["image", "rm", "--force"];
    words.extend(all.lines().filter(|image| image.starts_with(&format!("{registry}/"))));
    if words.len() > 3 { docker(&words).map(drop) } else { Ok(()) }
}

/// What the engine knows of a container or an image.
pub(crate) fn inspect(name: &str) -> Result<Value, String> {
    let text = docker(&["inspect", name])?;
    let mut all: Vec<Value> = serde_json::from_str(&text).map_err(|e| e.to_string())?;
    all.pop().ok_or_else(|| format!("{name}: nothing to inspect"))
}

/// An error unless the condition holds.
pub(crate) fn ensure(holds: bool, otherwise: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(otherwise()) }
}
