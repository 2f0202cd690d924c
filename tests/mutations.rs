//! Files that are read, with mistakes in them: nothing panics, every place lies in the text, and what is changed is
//! still what it was. The counts of a run are printed.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use dockwright::bases::Catalogue;
use dockwright::diagnostic::Diagnostic;
use dockwright::dockerfile::{Dockerfile, Stages};
use dockwright::fleet;
use dockwright::refactor::rebase::{Language, Rule, SourceFile, plan};

/// What is put into files: what means something in one of the languages, and what no editor shows.
const AWKWARD: [&str; 26] = [
    "\"",
    "'",
    "\\",
    "\\\n",
    "\n",
    "\r\n",
    "\t",
    "${",
    "}",
    "$",
    "%{",
    "<<EOF\n",
    "#",
    "[",
    "]",
    "{",
    ": ",
    "- ",
    "&a ",
    "*a",
    "|\n",
    "FROM debian:bookworm\n",
    "\u{202e}",
    "\u{feff}",
    "\u{2028}",
    "é",
];

/// Numbers that are the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit.max(1) as u64).unwrap()
    }

    /// A place between two characters.
    fn place(&mut self, text: &str) -> usize {
        let at = self.below(text.len() + 1);
        (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
    }

    /// A text with one to three mistakes.
    fn mutated(&mut self, text: &str) -> String {
        let mut text = text.to_owned();
        for _ in 0..=self.below(3) {
            let (one, other) = (self.place(&text), self.place(&text));
            let (start, end) = (one.min(other), one.max(other));
            match self.below(6) {
                0 => text.insert_str(start, AWKWARD[self.below(AWKWARD.len())]),
                1 => text.truncate(start),
                2 => {
                    let end = (start..=end.min(start + 8)).rev().find(|at| text.is_char_boundary(*at));
                    text.replace_range(start..end.unwrap_or(start), "");
                }
                3 => {
                    let part = text[start..end].chars().take(40).collect::<String>();
                    text.insert_str(start, &part);
                }
                4 => {
                    let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
                    let (one, other) = (self.below(lines.len()), self.below(lines.len()));
                    if !lines.is_empty() {
                        lines.swap(one, other);
                    }
                    text = lines.concat();
                }
                _ => text.insert_str(end, AWKWARD[self.below(AWKWARD.len())]),
            }
        }
        text
    }
}

/// The files below a directory of the repository whose names are wanted.
fn below(directory: &str, is_wanted: impl Fn(&str) -> bool) -> Vec<String> {
    let mut todo = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(directory)];
    let mut found: Vec<PathBuf> = Vec::new();
    while let Some(next) = todo.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                todo.push(path);
            } else if is_wanted(path.file_name().unwrap().to_str().unwrap()) {
                found.push(path);
            }
        }
    }
    found.sort();
    let texts = found.into_iter().filter_map(|path| fs::read_to_string(path).ok());
    texts.filter(|text| text.len() < 20_000).collect()
}

fn lie_in(text: &str, all: &[Diagnostic]) {
    for diagnostic in all {
        assert!(text.get(diagnostic.span.clone()).is_some(), "{diagnostic:?} of {text}");
    }
}

/// Moves a file, and says whether it changed.
fn moved(text: &str, language: Language, rule: &Rule<'_>) -> bool {
    let file = SourceFile { path: "f".to_owned(), text: text.to_owned(), language };
    let planned = plan(None, &[file], rule);
    let Some(file) = planned.files.first() else { return false };
    for all in [&file.notes, &file.unsure, &file.faults] {
        lie_in(text, all);
    }
    let after = file.apply(text).unwrap_or_else(|error| panic!("{error}: {text}"));
    if language == Language::Dockerfile && !file.edits.is_empty() && file.faults.is_empty() {
        assert!(file.unsure.is_empty(), "{text}");
        let (before, read) = (Dockerfile::read(text), Dockerfile::read(&after));
        assert!(read.problems.is_empty(), "{after}");
        assert_eq!(Stages::of(&before).stages.len(), Stages::of(&read).stages.len(), "{after}");
    }
    after != text
}

#[test]
fn a_file_with_mistakes_is_moved_or_left() {
    let rule = Rule::new("debian12", "debian13", &BTreeMap::new(), Catalogue::builtin()).unwrap();
    let mut random = Random(0x5eed_0001);
    let is_dockerfile = |name: &str| name.to_ascii_lowercase().contains("dockerfile");
    let dockerfiles = [below("tests/rebase/public", is_dockerfile), below("tests/corpus", |_| true)].concat();
    let others = [
        (Language::Compose, below("tests/rebase/public", |name| name.starts_with("compose"))),
        (Language::Yaml, below("tests/rebase/public", |name| name.starts_with("compose"))),
        (Language::Bake, below("tests/rebase/public", |name| name.starts_with("docker-bake"))),
        (Language::Environment, below("tests/rebase/public", |name| name == ".env")),
    ];
    for (language, texts) in [(Language::Dockerfile, dockerfiles)].into_iter().chain(others) {
        assert!(!texts.is_empty(), "{language:?}");
        let mut changed = 0;
        let rounds = if language == Language::Dockerfile { 3_000 } else { 500 };
        for round in 0..rounds {
            let text = random.mutated(&texts[round % texts.len()]);
            changed += usize::from(moved(&text, language, &rule));
        }
        assert!(changed > 0, "{language:?}: no mutated file moves any more");
        println!("{language:?}: {rounds} mutated files, {changed} of them moved");
    }
}

#[test]
fn a_description_with_mistakes_is_read_or_refused() {
    let mut random = Random(0x5eed_0002);
    let text = "[fleet]\nname = 'shop'\nimage = 'acme/{name}'\nphases = ['One']\nplatforms = ['linux/amd64']\n\n\
                [defaults]\nenv = { LOG = 'info' }\n\n[bases]\nown = { build = 'debian:12', run = 'debian:12' }\n\n\
                [services.web]\nphase = 1\nports = [8080]\npublish = ['127.0.0.1:80:8080']\nsources = ['m.py']\n\
                health = { http = '/ok' }\nwritable = ['/data']\nmemory = '64M'\n\n[services.web.python]\n\
                module = 'm'\nrequirements = ['r.txt']\n\n[services.job]\nphase = 1\nhealth = { none = 'x' }\n\
                sources = ['j.py']\n\n[services.job.python]\nmodule = 'j'\n";
    assert!(fleet::load(text).is_ok(), "{:?}", fleet::load(text).err());
    let (mut read, rounds) = (0, 1_500);
    for _ in 0..rounds {
        let text = random.mutated(text);
        match fleet::load(&text) {
            Ok(_) => read += 1,
            Err(mistakes) => {
                assert!(!mistakes.is_empty(), "{text}");
                lie_in(&text, &mistakes);
            }
        }
    }
    assert!(0 < read && read < rounds, "{read}");
    println!("services.toml: {rounds} mutated files, {read} of them still descriptions");
}
