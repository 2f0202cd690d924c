//! Compilers: what they build is a program that services.toml has to have a kind for.

use super::super::stage::{Compiled, Stage};
use super::super::walk::Walk;
use super::{Call, kept};

/// What a build tool of no one language builds.
pub(in super::super) const MADE: &str = "what a Makefile says";

/// Declares the compilers that are told by the command alone: a function for each, its language, the arguments that
/// make it compile something (any, if there are none), and those that leave nothing. Everything else is kept.
macro_rules! compilers {
    ($($name:ident $language:expr, $verbs:expr, $quiet:expr;)+) => {
        $(pub(super) fn $name(walk: &mut Walk<'_>, at: &mut Stage, call: &Call<'_>) {
            compiler(walk, at, call, $language, &$verbs, &$quiet);
        })+
    };
}

compilers! {
    bazel "Bazel", ["build", "run"], ["clean", "fetch", "test", "version"];
    c "C or C++", [], [];
    cargo "Rust", ["build", "install", "zigbuild", "auditable"],
        ["chef", "check", "clean", "clippy", "fetch", "fmt", "init", "new", "test", "update", "vendor"];
    dotnet ".NET", ["build", "publish", "msbuild"], ["clean", "nuget", "restore", "test"];
    elixir "Elixir", ["compile", "release"], ["deps.get", "local.hex", "local.rebar"];
    go "Go", ["build", "install", "run"], ["clean", "env", "fmt", "list", "mod", "test", "version", "vet", "work"];
    haskell "Haskell", [], [];
    java "Java", [], [];
    rustc "Rust", [], [];
    swift "Swift", ["build"], ["package", "test"];
    zig "Zig", ["build", "build-exe"], ["version"];
}

fn compiler(
    walk: &mut Walk<'_>,
    at: &mut Stage,
    call: &Call<'_>,
    language: &'static str,
    verbs: &[&str],
    quiet: &[&str],
) {
    if verbs.is_empty() || verbs.iter().any(|verb| call.has(verb)) {
        if !call.has("--version") {
            let (command, span) = (call.text(), call.span.clone());
            at.compiled.push(Compiled { language, command, span });
        }
    } else if !call.verb().is_empty() && !quiet.contains(&call.verb()) {
        kept(walk, at, call);
    }
}

/// A Makefile, a justfile or a Taskfile may say anything.
pub(super) fn make(_: &mut Walk<'_>, at: &mut Stage, call: &Call<'_>) {
    if !call.has("--version") {
        at.compiled.push(Compiled { language: MADE, command: call.text(), span: call.span.clone() });
        call.may_install(at);
    }
}

pub(super) fn javac(walk: &mut Walk<'_>, at: &mut Stage, call: &Call<'_>) {
    call.only_for(at, "java");
    let options = call.arguments().iter().filter(|word| word.starts_with('-') && *word != "-d");
    let options: Vec<&str> = options.map(String::as_str).collect();
    if !options.is_empty() {
        walk.note(call.line, format!("javac's {} is not imported", options.join(" ")));
    }
}

pub(super) fn jar(walk: &mut Walk<'_>, at: &mut Stage, call: &Call<'_>) {
    let words = call.arguments();
    match words.iter().position(|word| word == "--main-class") {
        Some(main) => {
            call.only_for(at, "java");
            at.java_main = words.get(main + 1).cloned();
        }
        None => kept(walk, at, call),
    }
}
