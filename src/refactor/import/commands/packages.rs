//! Package managers of distributions.

use super::super::alpine;
use super::super::stage::{Finding, Stage};
use super::super::walk::Walk;
use super::{Call, kept};
use crate::shell::operands;

/// The flags that have a value in a word of its own.
const WITH_VALUE: [&str; 9] =
    ["-o", "-t", "-c", "-X", "-p", "-a", "--virtual", "--repository", "--target-release"];

/// Packages called as modules of Python are, and are none: the interpreter itself, and what installs and builds.
const NO_MODULES: [&str; 14] = [
    "all",
    "apt",
    "dbg",
    "dev",
    "distutils",
    "full",
    "minimal",
    "pip",
    "pkg-resources",
    "poetry",
    "setuptools",
    "venv",
    "virtualenv",
    "wheel",
];

/// Verbs that leave no more than the packages that are there anyway.
const UPKEEP: [&str; 22] = [
    "autoclean",
    "autoremove",
    "cache",
    "check-update",
    "clean",
    "del",
    "dist-upgrade",
    "fix",
    "full-upgrade",
    "info",
    "list",
    "lr",
    "makecache",
    "policy",
    "purge",
    "ref",
    "refresh",
    "remove",
    "show",
    "update",
    "upgrade",
    "upgrade-minimal",
];

pub(super) fn apt(walk: &mut Walk<'_>, at: &mut Stage, call: &Call<'_>) {
    for name in others(walk, at, call, "install") {
        let package = unpinned(walk, name, call.line);
        if !module(walk, at, call, &package, "python3-") {
            at.packages.push((package, call.line));
        }
    }
}

/// A package that is a module of the distribution's own Python, which another Python of the image does not see.
fn module(walk: &mut Walk<'_>, at: &mut Stage, call: &Call<'_>, package: &str, start: &str) -> bool {
    let Some(name) = package.strip_prefix(start).filter(|name| !NO_MODULES.contains(name)) else {
        return false;
    };
    let has_own = at.image.as_ref().is_some_and(|image| {
        image.name().rsplit('/').next() == Some("python")
            || image.tag().is_some_and(|tag| tag.starts_with("python"))
    });
    if has_own {
        let message = format!(
            "the package {package} is for the distribution's own Python, and is not imported: add `{name}` to python.packages if the service needs it"
        );
        walk.note(call.line, message);
        return true;
    }
    let message = format!(
        "the package {package} is a Python package of the distribution, which a virtual environment does not see"
    );
    let hint = "install it with pip, by its name on PyPI";
    at.modules.push(Finding { message, hint: hint.to_owned(), span: call.span.clone() });
    true
}

pub(super) fn dpkg(walk: &mut Walk<'_>, at: &mut Stage, call: &Call<'_>) {
    const INSTALLS: [&str; 6] = ["-i", "--install", "-R", "--unpack", "-x", "--extract"];
    if call.file.is_some() || INSTALLS.iter().any(|flag| call.has(flag)) {
        kept(walk, at, call);
    }
}

/// The time zones are known without it.
pub(super) fn reconfigure(walk: &mut Walk<'_>, at: &mut Stage, call: &Call<'_>) {
    if !call.has("tzdata") {
        kept(walk, at, call);
    }
}

/// Packages of Alpine, by the names that Debian has for them.
pub(super) fn apk(walk: &mut Walk<'_>, at: &mut Stage, call: &Call<'_>) {
    // `--virtual .build` names a set, not a package.
    for name in others(walk, at, call, "add").into_iter().filter(|name| !name.starts_with('.')) {
        let package = unpinned(walk, name, call.line);
        if module(walk, at, call, &package, "py3-") {
            continue;
        }
        match alpine::in_debian(&package) {
            alpine::Debian::Package(debian) => {
                if debian != package {
                    walk.note(call.line, format!("Alpine's package {package} is {debian} in Debian"));
                }
                at.packages.push((debian, call.line));
            }
            alpine::Debian::Included => {}
            alpine::Debian::Unknown => walk.note(
                call.line,
                format!(
                    "Alpine's package {package} is not imported: find the Debian package that replaces it"
                ),
            ),
        }
    }
}

/// Packages of distributions that no base of a fleet is built on.
pub(super) fn foreign(walk: &mut Walk<'_>, at: &mut Stage, call: &Call<'_>) {
    let verb = if call.has("in") { "in" } else { "install" };
    for name in others(walk, at, call, verb) {
        let message = format!("the package {name} of {} is not imported: find it in Debian", call.name());
        walk.note(call.line, message);
    }
}

/// The packages that are installed. Everything else that leaves something is kept.
fn others<'c>(walk: &mut Walk<'_>, at: &mut Stage, call: &'c Call<'_>, verb: &str) -> Vec<&'c str> {
    let names = installed(call, verb);
    let words = operands(call.arguments(), &WITH_VALUE);
    let is_upkeep = words.first().is_none_or(|word| UPKEEP.contains(word));
    if !words.contains(&verb) && !is_upkeep {
        kept(walk, at, call);
    }
    names
}

fn installed<'c>(call: &'c Call<'_>, verb: &str) -> Vec<&'c str> {
    let mut words = operands(call.arguments(), &WITH_VALUE);
    match words.iter().position(|word| *word == verb) {
        Some(at) => words.split_off(at + 1),
        None => Vec::new(),
    }
}

/// The name of a package without version and architecture: `curl=7.88.1-10`, `gcc:amd64`, `libpq~=16`.
fn unpinned(walk: &mut Walk<'_>, name: &str, line: usize) -> String {
    let plain = name.split(['=', ':', '~', '<', '>']).next().unwrap_or_default();
    if plain.len() < name.len() {
        walk.note(line, format!("{name} becomes {plain}, its package in the new release"));
    }
    plain.to_owned()
}
