//! What RUN takes from the image of a release of Debian or Ubuntu, and the image of a later one lacks or has already.

use super::packages;
use super::shift::Findings;
use crate::bases::Release;
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

const ADDUSER: &str = "use useradd, or install the package adduser first";
const ADDGROUP: &str = "use groupadd, or install the package adduser first";
const DELUSER: &str = "use userdel, or install the package adduser first";

/// By distribution, with the number of its release.
const LOST: [(&str, Lost); 8] = [
    ("debian", Lost { name: "adduser", since: 13, package: true, hint: ADDUSER }),
    ("debian", Lost { name: "addgroup", since: 13, package: true, hint: ADDGROUP }),
    ("debian", Lost { name: "deluser", since: 13, package: true, hint: DELUSER }),
    ("ubuntu", Lost { name: "adduser", since: 24, package: true, hint: ADDUSER }),
    ("ubuntu", Lost { name: "addgroup", since: 24, package: true, hint: ADDGROUP }),
    ("ubuntu", Lost { name: "deluser", since: 24, package: true, hint: DELUSER }),
    (
        "debian",
        Lost {
            name: "apt-key",
            since: 13,
            package: false,
            hint: "write the key to /etc/apt/keyrings, and name it with signed-by",
        },
    ),
    (
        "debian",
        Lost {
            name: "/etc/apt/sources.list",
            since: 12,
            package: false,
            hint: "the sources are in /etc/apt/sources.list.d/debian.sources, in another format",
        },
    ),
];

/// The first release of Ubuntu whose image has the user `ubuntu`, with the number 1000.
const UBUNTU_USER: u32 = 24;

/// Lists what the instructions of a stage use, if its base leaves a release that had it.
pub(super) fn notes(
    file: &Dockerfile<'_>,
    instructions: &[Instruction<'_>],
    (from, to): (&Release, &Release),
    found: &mut Findings,
) {
    let number = |release: &Release| release.version.split('.').next().and_then(|major| major.parse().ok());
    let (Some(old), Some(new)): (Option<u32>, Option<u32>) = (number(from), number(to)) else { return };
    let distribution = to.distribution.as_str();
    let image = format!("the image of {} {}", capitalised(distribution), to.version);
    let crossed = |(of, lost): &&(&str, Lost)| *of == distribution && old < lost.since && lost.since <= new;
    let mut gets_user = distribution == "ubuntu" && old < UBUNTU_USER && UBUNTU_USER <= new;
    let mut installed = false;
    for run in instructions.iter().filter(|instruction| instruction.keyword == Keyword::Run) {
        for line in packages::lines(file.text, &run.span) {
            let text = &file.text[line.clone()];
            if text.trim_start().starts_with('#') {
                continue;
            }
            let words: Vec<(usize, &str)> = words(text).collect();
            if words.iter().any(|(_, word)| *word == "userdel")
                && words.iter().any(|(_, word)| *word == "ubuntu")
            {
                gets_user = false;
            }
            if let Some(at) = words.iter().position(|(_, word)| is_thousand(word)).filter(|_| gets_user)
                && words[..at].iter().any(|(_, word)| ADDERS.contains(word))
            {
                let (start, word) = (line.start + words[at].0, words[at].1);
                let message = format!("1000 is the UID of the user `ubuntu` in {image}");
                let hint = "use another UID, or run `userdel --remove ubuntu` first";
                found.notes.push(Diagnostic::new(start..start + word.len(), message).hint(hint));
            }
            for (_, lost) in LOST.iter().filter(crossed) {
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
                let message = format!("`{}` is not in {image}", lost.name);
                let span = start..start + lost.name.len();
                found.notes.push(Diagnostic::new(span, message).hint(lost.hint));
            }
        }
    }
}

/// What makes users and groups.
const ADDERS: [&str; 4] = ["useradd", "groupadd", "adduser", "addgroup"];

/// `1000`, `--uid=1000`, `-u1000`.
fn is_thousand(word: &str) -> bool {
    let option = |c: char| c.is_ascii_alphabetic() || matches!(c, '-' | '=');
    word.trim_start_matches(option) == "1000"
}

/// The name of a distribution at the beginning of a sentence.
pub(super) fn capitalised(name: &str) -> String {
    name.get(..1).map(str::to_uppercase).unwrap_or_default() + name.get(1..).unwrap_or_default()
}

/// The words of a line of shell, and where each begins.
pub(super) fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
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
