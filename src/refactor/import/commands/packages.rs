//! Package managers of distributions.

use super::super::alpine;
use super::super::stage::Stage;
use super::super::walk::Walk;
use super::Call;
use crate::shell::operands;

/// The flags that have a value in a word of its own.
const WITH_VALUE: [&str; 9] =
    ["-o", "-t", "-c", "-X", "-p", "-a", "--virtual", "--repository", "--target-release"];

pub(super) fn apt(walk: &mut Walk<'_>, at: &mut Stage, call: &Call<'_>) {
    for name in installed(call, "install") {
        let package = unpinned(walk, name, call.line);
        at.packages.push((package, call.line));
    }
}

/// Packages of Alpine, by the names that Debian has for them.
pub(super) fn apk(walk: &mut Walk<'_>, at: &mut Stage, call: &Call<'_>) {
    // `--virtual .build` names a set, not a package.
    for name in installed(call, "add").into_iter().filter(|name| !name.starts_with('.')) {
        let package = unpinned(walk, name, call.line);
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
pub(super) fn foreign(walk: &mut Walk<'_>, _: &mut Stage, call: &Call<'_>) {
    for name in installed(call, "install") {
        let message = format!("the package {name} of {} is not imported: find it in Debian", call.name());
        walk.note(call.line, message);
    }
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
