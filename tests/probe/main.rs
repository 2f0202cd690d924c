//! The static programs, compiled from `templates/support/`: the probe, asked about real servers on loopback, and `start`.
//!
//! Needs gcc; where a compiler, an emulator or a server is missing, a test says so and passes.

#![allow(clippy::print_stderr)] // a skipped test says why

mod arguments;
mod binary;
mod databases;
mod grpc;
mod hostile;
mod http;
mod interpreters;
mod places;
mod servers;
mod start;
mod tls;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

/// What the Dockerfiles compile it with.
const STATIC: &[&str] = &[
    "-Os",
    "-static",
    "-nostdlib",
    "-ffreestanding",
    "-fno-pie",
    "-no-pie",
    "-fno-stack-protector",
    "-fno-asynchronous-unwind-tables",
    "-Wl,--build-id=none",
    "-s",
];

/// An ordinary program that ends itself, with a code of its own, at the first mistake.
const SANITIZED: &[&str] = &["-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"];

/// A probe and the words that start it: itself, or an emulator in front of it.
struct Probe {
    argv: Vec<PathBuf>,
    file: PathBuf,
}

impl Probe {
    fn run(&self, words: &[&str]) -> Output {
        let mut command = Command::new(&self.argv[0]);
        command.env("ASAN_OPTIONS", "exitcode=99").env("UBSAN_OPTIONS", "exitcode=99");
        command.args(&self.argv[1..]).args(words).output().expect("the probe starts")
    }
}

fn works(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok_and(|o| o.status.success())
}

/// The sources of a program, in one order everywhere.
fn sources(program: &str) -> Vec<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/support").join(program);
    let entries = std::fs::read_dir(directory).expect("the program is there");
    let mut sources: Vec<_> = entries.map(|entry| entry.expect("a file").path()).collect();
    sources.retain(|path| path.extension().is_some_and(|extension| extension == "c"));
    sources.sort();
    sources
}

/// Compiles the probe without a warning; what the compiler says otherwise.
fn compile(compiler: &str, flags: &[&str], name: &str) -> Result<PathBuf, String> {
    compile_of("probe", compiler, flags, name)
}

fn compile_of(program: &str, compiler: &str, flags: &[&str], name: &str) -> Result<PathBuf, String> {
    // Each test is a process of its own, and must not start what another one is just writing.
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let (own, file) = (directory.join(format!("{name}.{}", std::process::id())), directory.join(name));
    let output = Command::new(compiler)
        .args(["-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Wmissing-prototypes", "-Werror"])
        .args(flags)
        .arg("-o")
        .arg(&own)
        .args(sources(program))
        .output()
        .expect("the compiler starts");
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    std::fs::rename(own, &file).expect("the same directory");
    Ok(file)
}

fn native() -> bool {
    let known = cfg!(target_os = "linux") && cfg!(any(target_arch = "x86_64", target_arch = "aarch64"));
    if !known || !works("gcc") {
        eprintln!("skipped: no gcc for a Linux of this architecture");
    }
    known && works("gcc")
}

/// This machine's probe, compiled once.
fn probe() -> Option<&'static Probe> {
    static PROBE: OnceLock<Option<Probe>> = OnceLock::new();
    PROBE
        .get_or_init(|| {
            let file =
                native().then(|| compile("gcc", STATIC, "healthcheck").expect("the probe compiles"))?;
            Some(Probe { argv: vec![file.clone()], file })
        })
        .as_ref()
}

#[track_caller]
fn healthy(probe: &Probe, words: &[&str]) {
    let output = probe.run(words);
    assert_eq!(output.status.code(), Some(0), "{words:?}: {output:?}");
    assert!(output.stdout.is_empty() && output.stderr.is_empty(), "{words:?}: {output:?}");
}

#[track_caller]
fn unhealthy(probe: &Probe, words: &[&str], reason: &str) {
    let output = probe.run(words);
    assert_eq!(output.status.code(), Some(1), "{words:?}: {output:?}");
    assert_eq!(String::from_utf8_lossy(&output.stderr), format!("unhealthy: {reason}\n"), "{words:?}");
}
