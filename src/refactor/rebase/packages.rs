//! Debian packages that a RUN installs.

use super::shift::{Findings, Packages};
use crate::bases::{gone, renamed};
use crate::diagnostic::{Diagnostic, Span};
use crate::dockerfile::Edit;

/// What a RUN installs.
#[derive(Debug, Default)]
pub(super) struct Installed {
    /// Where names of packages stand.
    packages: Vec<Span>,
    /// Where packages come from that cannot be seen: another file, a command, a variable.
    elsewhere: Vec<Span>,
}

/// What a move means for the packages that a RUN installs.
pub(super) fn moved(text: &str, installed: &Installed, packages: &Packages, found: &mut Findings) {
    let release = match packages {
        Packages::Stay => return,
        Packages::Debian(old, new) => {
            rename(text, &installed.packages, (old, new), found);
            format!("Debian {new}")
        }
        Packages::ToDebian(new) => {
            for place in &installed.packages {
                let (name, place) = name_at(text, place);
                found.notes.extend(missing(name, &place, new));
            }
            format!("Debian {new}")
        }
        Packages::Unchecked(distribution, version) => {
            let release = format!("{distribution} {version}");
            if let Some(first) = installed.packages.first() {
                let message = format!("cannot check whether {release} has the packages installed here");
                let index = match *distribution {
                    "Ubuntu" => "packages.ubuntu.com",
                    "Debian" => "packages.debian.org",
                    _ => "pkgs.alpinelinux.org",
                };
                let hint = format!("look them up at {index}");
                found.notes.push(Diagnostic::new(name_at(text, first).1, message).hint(hint));
            }
            release
        }
    };
    for place in &installed.elsewhere {
        let message = format!("the packages that `{}` installs are not visible here", &text[place.clone()]);
        let hint = format!("check that {release} has them under the same names");
        found.notes.push(Diagnostic::new(place.clone(), message).hint(hint));
    }
}

/// The name at the beginning of `libaio1:arm64=0.3`.
fn name_at<'t>(text: &'t str, place: &Span) -> (&'t str, Span) {
    let word = &text[place.clone()];
    let end = word.find(['=', ':', '/']).unwrap_or(word.len());
    (&word[..end], place.start..place.start + end)
}

/// Renames packages from one Debian release to another.
fn rename(text: &str, installed: &[Span], (old, new): (&str, &str), found: &mut Findings) {
    for word in installed {
        let (name, place) = name_at(text, word);
        let rest = &text[place.end..word.end];
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
const APT: [&str; 5] = ["apt-get", "apt", "aptitude", "apt-mark", "apk"];

/// What they do with them.
const VERBS: [&str; 10] =
    ["install", "reinstall", "remove", "purge", "autoremove", "auto", "manual", "hold", "add", "del"];

/// What ends a command.
const OPERATORS: [char; 5] = [';', '|', '&', '(', ')'];

/// Where `apt-get install` and its like name packages, also by way of variables: of the same RUN, or of ENV and
/// ARG, whose values stand where `values` says.
pub(super) fn installed(
    text: &str,
    span: &Span,
    escape: char,
    values: &dyn Fn(&str) -> Option<Span>,
) -> Installed {
    let mut found = Installed::default();
    let mut state = State::Command;
    let mut piped: Option<Span> = None;
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
                _ if written.starts_with(OPERATORS) => {
                    piped = None;
                    State::Command
                }
                State::Packages if is_package(name) => {
                    let offset = start + written.find(name).unwrap_or_default();
                    found.packages.push(offset..offset + name.len());
                    State::Packages
                }
                State::Packages if name.starts_with(['$', '`']) => {
                    let assigned = variable(name)
                        .and_then(|name| assigned(text, span.start..start, name).or_else(|| values(name)));
                    match assigned {
                        Some(value) => found.value(text, &value, escape),
                        None => found.elsewhere.push(start..end_of(text, start + written.len())),
                    }
                    State::Packages
                }
                State::Apt if VERBS.contains(&name) => {
                    found.elsewhere.extend(piped.take());
                    State::Packages
                }
                State::Command if name == "xargs" => {
                    piped = Some(start..end);
                    State::Command
                }
                State::Command if APT.contains(&name.rsplit('/').next().unwrap_or_default()) => State::Apt,
                other => other,
            };
        }
        if !continued {
            state = State::Command;
        }
    }
    found
}

impl Installed {
    /// The names of the packages.
    pub(super) fn names<'t>(&self, text: &'t str) -> impl Iterator<Item = &'t str> {
        self.packages.iter().map(move |place| name_at(text, place).0)
    }

    /// Takes in the packages that the value of a variable names.
    fn value(&mut self, text: &str, value: &Span, escape: char) {
        for line in lines(text, value) {
            for word in words(&text[line.clone()]) {
                let (start, end) = (line.start + word.start, line.start + word.end);
                let written = text[start..end].trim_end_matches(escape);
                let name = written.trim_matches(['"', '\'']);
                let offset = start + written.find(name).unwrap_or_default();
                if is_package(name) {
                    self.packages.push(offset..offset + name.len());
                } else if !name.is_empty() && !name.starts_with('-') {
                    self.elsewhere.push(start..end_of(text, start + written.len()));
                }
            }
        }
    }
}

/// The end of a word, or of `$(…)` whose `$` it is.
fn end_of(text: &str, end: usize) -> usize {
    let close = text[end..].strip_prefix('(').and_then(|inside| inside.find([')', '\n']));
    close.map_or(end, |length| end + length + 2).min(text.len())
}

/// The name of `$NAME`, `${NAME}` or `${NAME[@]}`.
fn variable(word: &str) -> Option<&str> {
    let name = word.strip_prefix('$')?;
    let name = name.strip_prefix('{').and_then(|name| name.strip_suffix('}')).unwrap_or(name);
    let name = name.strip_suffix("[@]").unwrap_or(name);
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    (!name.is_empty() && name.chars().all(is_name)).then_some(name)
}

/// Where the value stands that the shell last gave to a variable: `NAME='a b'`.
fn assigned(text: &str, before: Span, name: &str) -> Option<Span> {
    let part = &text[before.clone()];
    let found = part.match_indices(name).filter(|(at, _)| {
        let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '$' | '{');
        part[at + name.len()..].starts_with('=') && !part[..*at].ends_with(is_word)
    });
    let start = found.last()?.0 + name.len() + 1;
    let value = &part[start..];
    let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''));
    let range = match quote {
        Some(quote) => 1..1 + value[1..].find(quote)?,
        None => 0..value.find(|c: char| c.is_whitespace() || OPERATORS.contains(&c)).unwrap_or(value.len()),
    };
    Some(before.start + start + range.start..before.start + start + range.end)
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
        let found = installed(text, &(0..text.len()), '\\', &|_| None).packages;
        let names: Vec<_> = found.into_iter().map(|at| &text[at]).collect();
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
