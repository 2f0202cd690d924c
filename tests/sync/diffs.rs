//! Diffs, plain and for terminals.

use std::fs;
use std::process::Command;

use anstyle::{AnsiColor, Style};
use dockwright::sync::diff::{self, DiffStyles};
use dockwright::sync::{Found, Options, PlannedFile, plan};

use crate::{sealed, skipped, wanted};

const BODY: &str = "FROM a\nRUN one\nRUN two\nRUN three\nRUN four\nUSER 65532\n";

fn planned(old: Option<&str>) -> PlannedFile {
    let file = wanted("redis/Dockerfile", BODY, "redis");
    let mut found = Found::default();
    old.map(|old| found.files.insert(file.path.clone(), old.as_bytes().to_vec()));
    plan(vec![file], found, Options { force: true, ..Options::default() }).files.remove(0)
}

fn unified(file: &PlannedFile) -> String {
    diff::unified(file, file.path.as_str())
}

fn styled(file: &PlannedFile, styles: &DiffStyles) -> String {
    diff::styled(file, file.path.as_str(), styles)
}

fn text() -> String {
    sealed(&wanted("redis/Dockerfile", BODY, "redis"))
}

#[test]
fn a_changed_line_shows_with_its_neighbours() {
    let diff = unified(&planned(Some(&text().replace("USER 65532", "USER root"))));
    assert!(diff.starts_with("--- a/redis/Dockerfile\ton disk: edited by hand\n+++ b/redis/Dockerfile\tas services.toml describes it\n@@ -"), "{diff}");
    assert!(diff.contains("\n RUN four\n-USER root\n+USER 65532\n"), "{diff}");
    assert!(!diff.contains("FROM a"), "{diff}");
}

#[test]
fn line_ends_of_a_checkout_do_not_show() {
    let old = text().replace("USER 65532", "USER root").replace('\n', "\r\n");
    assert_eq!(unified(&planned(Some(&old))), unified(&planned(Some(&old.replace('\r', "")))));
}

#[test]
fn what_is_in_sync_has_no_diff() {
    assert_eq!(unified(&planned(Some(&text()))), "");
    assert_eq!(styled(&planned(Some(&text())), &DiffStyles::default()), "");
}

#[test]
fn a_new_file_comes_from_nowhere() {
    let diff = unified(&planned(None));
    let start = "--- /dev/null\n+++ b/redis/Dockerfile\tas services.toml describes it\n@@ -0,0 +1,8 @@\n";
    assert!(diff.starts_with(start), "{diff}");
}

#[test]
fn without_styles_the_terminal_shows_the_plain_diff() {
    for old in [None, Some("FROM x\nUSER root"), Some("")] {
        let file = planned(old);
        assert_eq!(styled(&file, &DiffStyles::default()), unified(&file), "{old:?}");
    }
}

#[test]
fn changed_words_are_marked_and_control_characters_are_shown() {
    let word = Style::new().bold();
    let styles = DiffStyles {
        added: AnsiColor::Green.on_default(),
        added_word: word,
        removed_word: word,
        ..DiffStyles::default()
    };
    let diff = styled(&planned(Some(&text().replace("USER 65532", "USER root"))), &styles);
    assert!(diff.contains(&format!("{word}65532{word:#}")), "{diff:?}");

    let diff = styled(&planned(Some("FROM a\u{1b}[2J\n")), &DiffStyles::default());
    assert!(diff.contains("FROM a\\u{1b}[2J"), "{diff:?}");
}

#[test]
fn the_diff_can_be_applied_by_git() {
    if Command::new("git").arg("--version").output().is_err() {
        skipped("no git here");
        return;
    }
    for old in [None, Some("FROM x\nUSER root"), Some("FROM a\nRUN one\nRUN 2\nRUN three\n")] {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("redis/Dockerfile");
        fs::create_dir(dir.path().join("redis")).unwrap();
        if let Some(old) = old {
            fs::write(&path, old).unwrap();
        }
        fs::write(dir.path().join("patch"), unified(&planned(old))).unwrap();
        let output = Command::new("git").args(["apply", "patch"]).current_dir(dir.path()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(fs::read_to_string(path).unwrap(), text());
    }
}

#[test]
fn giants_do_not_take_for_ever() {
    let lines: Vec<String> = (0..60_000).map(|i| format!("RUN {}", i * 7919 % 60_000)).collect();
    let old = lines.join("\n");
    let started = std::time::Instant::now();
    unified(&planned(Some(&old)));
    assert!(started.elapsed().as_secs() < 20);
}
