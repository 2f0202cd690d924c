//! Dockerfiles in the many ways people write them, and what becomes of each.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use dockwright::bases::Catalogue;
use dockwright::diagnostic::Diagnostic;
use dockwright::refactor::rebase::{Language, Rule, SourceFile, plan};
use snapbox::{Data, assert_data_eq};

fn corpus() -> Vec<SourceFile> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let mut files: Vec<_> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .map(|path| SourceFile {
            text: fs::read_to_string(&path).unwrap(),
            path: path.file_name().unwrap().to_str().unwrap().to_owned(),
            language: Language::of(path.file_name().unwrap().to_str().unwrap()).unwrap(),
        })
        .collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

/// Each file after the move, with what is said about it below.
fn results(from: &str, to: &str) -> BTreeMap<String, String> {
    let files = corpus();
    let rule = Rule::new(from, to, &BTreeMap::new(), Catalogue::builtin()).unwrap();
    let plan = plan(None, &files, &rule);
    let mut results = BTreeMap::new();
    for file in &files {
        let planned = plan.files.iter().find(|planned| planned.path == file.path);
        let mut text = planned.map_or(file.text.clone(), |planned| planned.apply(&file.text).unwrap());
        if let Some(planned) = planned {
            for (word, notes) in
                [("look at", &planned.notes), ("left", &planned.unsure), ("broken", &planned.faults)]
            {
                for Diagnostic { span, message, hint, .. } in notes {
                    let line = file.text[..span.start].matches('\n').count() + 1;
                    let hint = hint.as_deref().unwrap_or("-");
                    let _ = write!(text, "\n#> {word}, line {line}: {message}; {hint}");
                }
            }
        }
        results.insert(file.path.clone(), text);
    }
    results
}

fn compare(from: &str, to: &str, golden: &str) {
    let all: String = results(from, to).into_iter().fold(String::new(), |mut all, (path, text)| {
        // Line ends and the byte-order mark are shown, so that the golden file is plain text.
        let text = text.replace('\r', "\\r").replace('\u{feff}', "\\u{feff}");
        let _ = writeln!(all, "===== {path}\n{text}");
        all
    });
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rebase").join(golden);
    assert_data_eq!(all, Data::read_from(&path, None).raw());
}

#[test]
fn debian_12_to_13() {
    compare("debian12", "debian13", "debian12-to-13.txt");
}

#[test]
fn a_pattern_moves_what_it_matches_and_what_has_to_match() {
    compare("gcr.io/distroless/*-debian12*", "gcr.io/distroless/*-debian13*", "pattern.txt");
}

#[test]
fn one_image_to_another() {
    compare("debian:bookworm-slim", "debian:trixie-slim", "image.txt");
}

#[test]
fn a_second_move_finds_nothing() {
    let rule = Rule::new("debian12", "debian13", &BTreeMap::new(), Catalogue::builtin()).unwrap();
    let files = corpus();
    let first = plan(None, &files, &rule);
    let moved: Vec<_> = files
        .iter()
        .filter_map(|file| {
            let planned = first.files.iter().find(|planned| planned.path == file.path)?;
            planned
                .unsure
                .is_empty()
                .then(|| SourceFile { text: planned.apply(&file.text).unwrap(), ..file.clone() })
        })
        .collect();
    assert!(moved.len() > 15);
    let second = plan(None, &moved, &rule);
    let edits: Vec<_> = second.files.iter().filter(|file| !file.edits.is_empty()).collect();
    assert!(edits.is_empty(), "{edits:#?}");
}
