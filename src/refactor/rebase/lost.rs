//! What RUN takes from the image of a Debian release, and the image of a later one lacks.

use super::packages;
use super::shift::Findings;
use crate::diagnostic::Diagnostic;
use crate::dockerfile::{Dockerfile, Instruction, Keyword};

/// A program or a file that the images have up to a release.
struct Lost {
    /// The word that names it.
    name: &'static str,
    /// The first release without it.
    since: u32,
    /// Whether it is a package of its own, which can be installed.
    package: bool,
    hint: &'static str,
}

const LOST: [Lost; 5] = [
    Lost {
        name: "adduser",
        since: 13,
        package: true,
        hint: "write useradd, or install the package adduser before",
    },
    Lost {
        name: "addgroup",
        since: 13,
        package: true,
        hint: "write groupadd, or install the package adduser before",
    },
    Lost {
        name: "deluser",
        since: 13,
        package: true,
        hint: "write userdel, or install the package adduser before",
    },
    Lost {
        name: "apt-key",
        since: 13,
        package: false,
        hint: "write the key to /etc/apt/keyrings, and name it with signed-by",
    },
    Lost {
        name: "/etc/apt/sources.list",
        since: 12,
        package: false,
        hint: "the sources are in /etc/apt/sources.list.d/debian.sources, in another format",
    },
];

/// Lists what the instructions of a stage use, if its base leaves a release that had it.
pub(super) fn notes(
    file: &Dockerfile<'_>,
    instructions: &[Instruction<'_>],
    (old, new): (&str, &str),
    found: &mut Findings,
) {
    let (Ok(old), Ok(new)) = (old.parse::<u32>(), new.parse::<u32>()) else { return };
    let crossed = |lost: &&Lost| old < lost.since && lost.since <= new;
    let mut installed = false;
    for run in instructions.iter().filter(|instruction| instruction.keyword == Keyword::Run) {
        for line in packages::lines(file.text, &run.span) {
            let text = &file.text[line.clone()];
            if text.trim_start().starts_with('#') {
                continue;
            }
            let words: Vec<(usize, &str)> = words(text).collect();
            for lost in LOST.iter().filter(crossed) {
                let Some(&(at, _)) = words.iter().find(|(_, word)| *word == lost.name) else { continue };
                let start = line.start + at;
                let before = file.text[run.span.start..start].rsplit(['&', ';', '|']).next();
                if before.is_some_and(|before| before.contains(" install ")) {
                    installed |= lost.package;
                    continue;
                }
                if installed && lost.package {
                    continue;
                }
                let message = format!("`{}` is not in the image of Debian {new}", lost.name);
                let span = start..start + lost.name.len();
                found.notes.push(Diagnostic::new(span, message).hint(lost.hint));
            }
        }
    }
}

/// The words of a line of shell, and where each begins.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let ends = |c: char| {
        c.is_whitespace() || matches!(c, ';' | '&' | '|' | '(' | ')' | '"' | '\'' | '>' | '<' | '`')
    };
    let mut at = 0;
    text.split(ends).map(move |word| {
        let start = at;
        at += word.len() + text[at + word.len()..].chars().next().map_or(0, char::len_utf8);
        (start, word)
    })
}
