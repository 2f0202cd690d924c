//! Compilers: what they build is a program that services.toml has to have a kind for.

use super::super::stage::{Compiled, Stage};
use super::super::walk::Walk;
use super::{Call, kept};

/// What a build tool of no one language builds.
pub(in super::super) const MADE: &str = "what a Makefile says";

/// Declares the compilers that are told by the command alone: a function for each, its language, and the arguments
/// that make it compile something (any, if there are none).
macro_rules! compilers {
    ($($name:ident $language:expr, $verbs:expr;)+) => {
        $(pub(super) fn $name(_: &mut Walk<'_>, at: &mut Stage, call: &Call<'_>) {
            let verbs: &[&str] = &$verbs;
            if verbs.is_empty() || verbs.iter().any(|verb| call.has(verb)) {
                let (command, span) = (call.text(), call.span.clone());
                at.compiled.push(Compiled { language: $language, command, span });
            }
        })+
    };
}

compilers! {
    bazel "Bazel", ["build", "run"];
    c "C or C++", [];
    make MADE, [];
    cargo "Rust", ["build", "install", "zigbuild", "auditable"];
    dotnet ".NET", ["build", "publish", "msbuild"];
    elixir "Elixir", ["compile", "release"];
    go "Go", ["build", "install", "run"];
    haskell "Haskell", [];
    java "Java", [];
    rustc "Rust", [];
    swift "Swift", ["build"];
    zig "Zig", ["build", "build-exe"];
}

pub(super) fn javac(walk: &mut Walk<'_>, _: &mut Stage, call: &Call<'_>) {
    let options = call.arguments().iter().filter(|word| word.starts_with('-') && *word != "-d");
    let options: Vec<&str> = options.map(String::as_str).collect();
    if !options.is_empty() {
        walk.note(call.line, format!("javac's {} is not imported", options.join(" ")));
    }
}

pub(super) fn jar(walk: &mut Walk<'_>, at: &mut Stage, call: &Call<'_>) {
    let words = call.arguments();
    match words.iter().position(|word| word == "--main-class") {
        Some(main) => at.java_main = words.get(main + 1).cloned(),
        None => kept(walk, at, call),
    }
}
