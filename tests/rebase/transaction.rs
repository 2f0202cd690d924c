//! All files change or none, whatever happens on the way.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use dockwright::sync::transaction::{Exclusive, FileChange, Recovery, is_pending};
use sha2::Digest;

fn tree(count: usize) -> tempfile::TempDir {
    let tree = tempfile::tempdir().unwrap();
    for index in 0..count {
        let directory = tree.path().join(format!("s{index}"));
        fs::create_dir(&directory).unwrap();
        fs::write(directory.join("Dockerfile"), format!("FROM debian:bookworm-slim\nLABEL n={index}\n"))
            .unwrap();
    }
    tree
}

fn change(path: &str, old: Option<&str>, new: Option<&str>) -> FileChange {
    let bytes = |text: Option<&str>| text.map(|text| text.as_bytes().to_vec());
    FileChange { path: PathBuf::from(path), old: bytes(old), new: bytes(new) }
}

/// How many files of the tree have moved.
fn moved(root: &Path, count: usize) -> usize {
    let is_moved = |index: &usize| {
        let text = fs::read_to_string(root.join(format!("s{index}/Dockerfile"))).unwrap();
        let whole = ["FROM debian:bookworm-slim", "FROM debian:trixie-slim"]
            .map(|from| format!("{from}\nLABEL n={index}\n"));
        assert!(whole.contains(&text), "{text}");
        text == whole[1]
    };
    (0..count).filter(is_moved).count()
}

#[test]
fn files_are_written_created_and_removed_together() {
    let tree = tree(2);
    let (exclusive, recovery) = Exclusive::begin(tree.path()).unwrap();
    assert_eq!(recovery, Recovery::Nothing);
    let old = fs::read_to_string(tree.path().join("s0/Dockerfile")).unwrap();
    let gone = fs::read_to_string(tree.path().join("s1/Dockerfile")).unwrap();
    exclusive
        .commit(&[
            change("s0/Dockerfile", Some(&old), Some("new\n")),
            change("s1/Dockerfile", Some(&gone), None),
            change("s2/deep/Dockerfile", None, Some("created\n")),
        ])
        .unwrap();
    assert_eq!(fs::read_to_string(tree.path().join("s0/Dockerfile")).unwrap(), "new\n");
    assert!(!tree.path().join("s1/Dockerfile").exists());
    assert_eq!(fs::read_to_string(tree.path().join("s2/deep/Dockerfile")).unwrap(), "created\n");
    assert!(!is_pending(tree.path()));
    assert!(!tree.path().join(".dockwright-journal").exists());
}

#[test]
fn a_file_that_changed_underneath_stops_everything() {
    let tree = tree(3);
    let (exclusive, _) = Exclusive::begin(tree.path()).unwrap();
    let changes: Vec<_> = (0..3)
        .map(|index| {
            let old = format!("FROM debian:bookworm-slim\nLABEL n={index}\n");
            change(&format!("s{index}/Dockerfile"), Some(&old), Some("new\n"))
        })
        .collect();
    fs::write(tree.path().join("s2/Dockerfile"), "somebody else's\n").unwrap();
    let error = exclusive.commit(&changes).unwrap_err();
    assert!(error.to_string().contains("changed while dockwright ran"), "{error}");
    assert_eq!(moved(tree.path(), 2), 0);
    assert_eq!(fs::read_to_string(tree.path().join("s2/Dockerfile")).unwrap(), "somebody else's\n");
}

#[test]
fn a_failure_in_the_middle_is_undone() {
    let tree = tree(2);
    // A file where a directory is wanted: no permission could make this work.
    fs::write(tree.path().join("file"), "x").unwrap();
    let (exclusive, _) = Exclusive::begin(tree.path()).unwrap();
    let mut changes: Vec<_> = (0..2)
        .map(|index| {
            let old = format!("FROM debian:bookworm-slim\nLABEL n={index}\n");
            change(&format!("s{index}/Dockerfile"), Some(&old), Some("new\n"))
        })
        .collect();
    let long = format!("{}/Dockerfile", "n".repeat(300));
    changes.push(change(&long, None, Some("impossible\n")));
    exclusive.commit(&changes).unwrap_err();
    assert_eq!(moved(tree.path(), 2), 0);
    assert!(!is_pending(tree.path()));
}

#[test]
fn two_runs_do_not_work_at_once() {
    let tree = tree(1);
    let (first, _) = Exclusive::begin(tree.path()).unwrap();
    let error = Exclusive::begin(tree.path()).unwrap_err();
    assert!(error.to_string().contains("another dockwright"), "{error}");
    drop(first);
    Exclusive::begin(tree.path()).unwrap();
}

/// A whole journal that writes one file.
fn journal_for(path: &str, new: &str) -> Vec<u8> {
    let length = new.len();
    let mut journal =
        format!("dockwright journal 1\n{{\"path\":\"{path}\",\"old\":null,\"new\":{length}}}\n{new}end\n")
            .into_bytes();
    let mut hash = String::new();
    for byte in sha2::Sha256::digest(&journal) {
        write!(hash, "{byte:02x}").unwrap();
    }
    journal.extend(hash.as_bytes());
    journal
}

#[test]
fn a_journal_that_leads_out_is_not_followed() {
    let tree = tree(1);
    let root = tree.path().join("s0");
    fs::write(root.join(".dockwright-journal"), journal_for("../x", "x")).unwrap();
    let (_, recovery) = Exclusive::begin(&root).unwrap();
    assert_eq!(recovery, Recovery::Dropped);
    assert!(!tree.path().join("x").exists());
}

#[cfg(unix)]
#[test]
fn a_journal_does_not_write_through_a_link() {
    let (tree, elsewhere) = (tree(1), tempfile::tempdir().unwrap());
    let root = tree.path().join("s0");
    std::os::unix::fs::symlink(elsewhere.path(), root.join("link")).unwrap();
    fs::write(root.join(".dockwright-journal"), journal_for("link/x", "x")).unwrap();
    let error = Exclusive::begin(&root).unwrap_err();
    assert!(error.to_string().contains('`') && error.to_string().contains("link"), "{error}");
    assert!(!elsewhere.path().join("x").exists());
    assert!(root.join(".dockwright-journal").exists());
}

#[test]
fn a_file_of_the_same_name_is_not_lost() {
    let tree = tree(1);
    let path = tree.path().join(".dockwright-journal");
    fs::write(&path, "notes of mine\n").unwrap();
    let error = Exclusive::begin(tree.path()).unwrap_err();
    assert!(error.to_string().ends_with("is not a journal of dockwright"), "{error}");
    assert_eq!(fs::read_to_string(&path).unwrap(), "notes of mine\n");
}

/// To open a pipe would wait until somebody writes into it.
#[cfg(unix)]
#[test]
fn a_pipe_or_a_link_is_no_journal() {
    let tree = tree(1);
    let path = tree.path().join(".dockwright-journal");
    assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
    let error = Exclusive::begin(tree.path()).unwrap_err();
    assert!(error.to_string().ends_with("is not a journal of dockwright"), "{error}");
    fs::remove_file(&path).unwrap();
    let target = tree.path().join("target");
    fs::write(&target, "").unwrap();
    std::os::unix::fs::symlink(&target, &path).unwrap();
    Exclusive::begin(tree.path()).unwrap_err();
    assert!(target.exists() && path.is_symlink());
}

/// Kills runs at ever later moments. Each time, the next run leaves all files moved.
#[test]
fn a_run_that_is_killed_is_completed_by_the_next() {
    const COUNT: usize = 200;
    const ATTEMPTS: u32 = 12;
    let command = |tree: &Path| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dockwright"));
        command.args(["rebase", "debian12", "debian13", "."]).current_dir(tree);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command
    };
    let whole = tree(COUNT);
    let start = Instant::now();
    assert!(command(whole.path()).status().unwrap().success());
    let length = start.elapsed();
    for attempt in 0..ATTEMPTS {
        let tree = tree(COUNT);
        let mut run = command(tree.path()).spawn().unwrap();
        std::thread::sleep(length * attempt / ATTEMPTS);
        // It may have ended already.
        let _ = run.kill();
        run.wait().unwrap();
        moved(tree.path(), COUNT);
        command(tree.path()).status().unwrap();
        assert_eq!(moved(tree.path(), COUNT), COUNT);
        assert!(!tree.path().join(".dockwright-journal").exists());
    }
}
