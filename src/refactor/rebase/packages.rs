//! Debian packages that a RUN installs.

use super::shift::Findings;
use crate::bases::{gone, renamed};
use crate::diagnostic::{Diagnostic, Span};
use crate::dockerfile::Edit;

/// Renames the packages that `text[span]` installs, from one Debian release to another.
pub(super) fn rename(text: &str, span: &Span, escape: char, (old, new): (&str, &str), found: &mut Findings) {
    for place in installed(text, span, escape) {
        let word = &text[place.clone()];
        let name_end = word.find(['=', ':', '/']).unwrap_or(word.len());
        let (name, rest) = word.split_at(name_end);
        let place = place.start..place.start + name_end;
        let other = renamed(name, old, new);
        if let (None, Some(missing)) = (other, missing(name, &place, new)) {
            found.notes.push(missing);
            continue;
        }
        if rest.starts_with('=') {
            let message = format!("`{name}` is pinned to a version of Debian {old}");
            let hint = format!("pin the version that Debian {new} has, or drop the pin");
            found.notes.push(Diagnostic::new(place.clone(), message).hint(hint));
        }
        let Some(other) = other else { continue };
        if name.starts_with("openjdk-") {
            let message = format!("`{name}` becomes `{other}`, another version of Java");
            let hint = "compile with --release for the version that runs it";
            found.notes.push(Diagnostic::new(place.clone(), message).hint(hint));
        }
        found.edits.push(Edit::new(place, other));
    }
}

/// What to say of a package that a Debian release has no more.
pub(super) fn missing(name: &str, place: &Span, release: &str) -> Option<Diagnostic> {
    let gone = gone(name, release)?;
    let message = format!("Debian {release} has no package `{name}`");
    Some(Diagnostic::new(place.clone(), message).hint(gone.hint()))
}

/// The programs that take names of packages.
const APT: [&str; 4] = ["apt-get", "apt", "aptitude", "apt-mark"];

/// What they do with them.
const VERBS: [&str; 8] = ["install", "reinstall", "remove", "purge", "autoremove", "auto", "manual", "hold"];

/// What ends a command.
const OPERATORS: [char; 5] = [';', '|', '&', '(', ')'];

/// Where `apt-get install` and its like name packages.
fn installed(text: &str, span: &Span, escape: char) -> Vec<Span> {
    let mut packages = Vec::new();
    let mut state = State::Command;
    for line in lines(text, span) {
        let content = &text[line.clone()];
        // Neither a comment nor an empty line ends what is continued.
        if content.trim_start().starts_with('#') || content.trim().is_empty() {
            continue;
        }
        let continued = content.trim_end().ends_with(escape);
        for word in words(content) {
            let (start, end) = (line.start + word.start, line.start + word.end);
            let written = text[start..end].trim_end_matches(escape);
            let name = written.trim_matches(['"', '\'']);
            state = match state {
                _ if written.starts_with(OPERATORS) => State::Command,
                State::Packages if is_package(name) => {
                    let offset = start + written.find(name).unwrap_or_default();
                    packages.push(offset..offset + name.len());
                    State::Packages
                }
                State::Apt if VERBS.contains(&name) => State::Packages,
                State::Command if APT.contains(&name.rsplit('/').next().unwrap_or_default()) => State::Apt,
                other => other,
            };
        }
        if !continued {
            state = State::Command;
        }
    }
    packages
}

enum State {
    /// Outside of a call.
    Command,
    /// Behind `apt-get`, before what it shall do.
    Apt,
    /// Behind `install` and its like.
    Packages,
}

fn is_package(word: &str) -> bool {
    let name = word.split(['=', ':', '/']).next().unwrap_or_default();
    name.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"+-.".contains(&b))
}

/// The words between blanks, and the operators of the shell, which need no blanks around them.
fn words(line: &str) -> impl Iterator<Item = Span> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        at += line[at..].len() - line[at..].trim_start().len();
        let rest = &line[at..];
        let end = |c: char| c.is_whitespace() || OPERATORS.contains(&c);
        let operator = usize::from(rest.starts_with(OPERATORS));
        let length = if operator > 0 { operator } else { rest.find(end).unwrap_or(rest.len()) };
        let word = at..at + length;
        at = word.end;
        (length > 0).then_some(word)
    })
}

/// The lines of a stretch of text, without their ends.
pub(super) fn lines<'t>(text: &'t str, span: &Span) -> impl Iterator<Item = Span> + 't {
    let mut at = span.start;
    text[span.clone()].split_inclusive('\n').map(move |line| {
        let start = at;
        at += line.len();
        start..start + line.trim_end_matches(['\r', '\n']).len()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_of_an_installation_are_found() {
        let text = "apt-get update && apt-get install -y --no-install-recommends \\\n    libssl3 \\\n\n# libfuse2\n    'libicu72' libaio1:arm64 curl=8.1; echo libcups2 && (apt install libuv1)\n libcurl4\nRUN apt-get install libssl1.1&&apt-get purge -y libicu67;apt-mark hold libffi7|cat libicu63";
        let names: Vec<_> = installed(text, &(0..text.len()), '\\').into_iter().map(|at| &text[at]).collect();
        assert_eq!(
            names,
            [
                "libssl3",
                "libicu72",
                "libaio1:arm64",
                "curl=8.1",
                "libuv1",
                "libssl1.1",
                "libicu67",
                "libffi7"
            ]
        );
    }
}
