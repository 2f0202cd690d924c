//! What a run keeps beside the tree, and what becomes of it when the run is killed.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use dockwright::sync::{Options, apply, plan, read, replace};
use tempfile::TempDir;

use crate::{output, wanted};

const FULL: Options = Options { force: false, missing_only: false, full: true };

/// What a killed run leaves in a directory.
fn left_behind(directory: &Path) -> PathBuf {
    let staging = directory.join(".dockwright-1-abc.tmp");
    fs::create_dir_all(&staging).unwrap();
    for name in ["lock", "0", "17"] {
        fs::write(staging.join(name), "half").unwrap();
    }
    staging
}

fn generate(root: &Path) {
    let files = vec![wanted("a/Dockerfile", "FROM a\n", "a")];
    let output = output(root);
    let found = read(&output, &files, FULL).unwrap();
    let plan = plan(files, found, FULL);
    let applied = apply(&output, &plan);
    assert!(applied.errors.is_empty(), "{:?}", applied.errors);
}

#[test]
fn what_a_killed_run_left_is_removed_by_the_next_also_where_git_ignores_it() {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join(".gitignore"), ".*\n*.tmp\n").unwrap();
    let staging = left_behind(dir.path());
    generate(dir.path());
    assert!(!staging.exists());
    let staging = left_behind(dir.path());
    generate(dir.path());
    assert!(!staging.exists(), "a run that has nothing to write removes it as well");
}

/// `import` and `lock` write one file.
#[test]
fn what_a_killed_run_left_is_removed_by_a_command_that_writes_one_file() {
    let dir = TempDir::new().unwrap();
    let staging = left_behind(dir.path());
    replace(&dir.path().join("services.lock"), None, "version = 1\n").unwrap();
    assert!(!staging.exists());
}

#[test]
fn what_a_living_run_needs_and_what_others_put_there_stays() {
    let dir = TempDir::new().unwrap();
    let staging = left_behind(dir.path());
    let lock = File::options().write(true).open(staging.join("lock")).unwrap();
    lock.lock().unwrap();
    generate(dir.path());
    assert_eq!(fs::read_dir(&staging).unwrap().count(), 3);
    drop(lock);
    fs::write(staging.join("notes"), "mine").unwrap();
    generate(dir.path());
    let left: Vec<_> = fs::read_dir(&staging).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["notes"]);
}

#[cfg(unix)]
#[test]
fn a_link_of_that_name_is_not_followed() {
    let (dir, elsewhere) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    for name in ["lock", "0"] {
        fs::write(elsewhere.path().join(name), "mine").unwrap();
    }
    std::os::unix::fs::symlink(elsewhere.path(), dir.path().join(".dockwright-1-abc.tmp")).unwrap();
    generate(dir.path());
    assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 2);
}

#[cfg(unix)]
#[test]
fn one_file_is_not_written_through_a_link() {
    let (dir, elsewhere) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let target = elsewhere.path().join("profile");
    fs::write(&target, "mine").unwrap();
    let path = dir.path().join("services.lock");
    std::os::unix::fs::symlink(&target, &path).unwrap();
    let errors = replace(&path, Some(b"mine"), "version = 1\n").unwrap_err();
    assert!(errors[0].to_string().contains("is a symbolic link"), "{}", errors[0]);
    assert_eq!(fs::read_to_string(&target).unwrap(), "mine");
}
