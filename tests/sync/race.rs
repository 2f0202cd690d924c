//! Somebody swaps directories for links while files are written.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use dockwright::sync::transaction::{Exclusive, FileChange};
use dockwright::sync::{Options, Output, StateDirectory, WantedFile, apply, plan, read};
use rustix::fs::{CWD, RenameFlags, renameat_with};
use tempfile::TempDir;

use crate::{skipped, wanted};

/// How often the tree is written while it is attacked; an attack that works gets out in one of two.
const ROUNDS: usize = 60;

const SERVICES: usize = 12;

fn files(round: usize) -> Vec<WantedFile> {
    let body = format!("FROM a:{round}\n");
    (0..SERVICES)
        .flat_map(|i| ["Dockerfile", "deep/Dockerfile"].map(|name| (i, name)))
        .map(|(i, name)| wanted(&format!("s{i}/{name}"), &body, &i.to_string()))
        .collect()
}

/// Swaps two names in one step, again and again.
fn swap(one: &Path, other: &Path, is_over: &AtomicBool, swaps: &AtomicUsize) {
    while !is_over.load(Ordering::Relaxed) {
        if renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE).is_ok() {
            swaps.fetch_add(1, Ordering::Relaxed);
        }
        thread::yield_now();
    }
}

/// Writes the tree in many rounds while `attacked` is swapped for a link to a directory outside of it.
#[allow(clippy::print_stderr)]
fn attack(attacked: &str) {
    let dir = tempfile::tempdir_in("/dev/shm").or_else(|_| TempDir::new()).unwrap();
    let (root, outside) = (dir.path().join("tree"), dir.path().join("outside"));
    fs::create_dir_all(outside.join("deep")).unwrap();
    fs::create_dir_all(root.join("generated/s0")).unwrap();
    let link = dir.path().join("link");
    symlink(&outside, &link).unwrap();
    let attacked = root.join(attacked);
    if renameat_with(CWD, &attacked, CWD, &link, RenameFlags::EXCHANGE).is_err() {
        return skipped("this file system swaps no names");
    }
    renameat_with(CWD, &attacked, CWD, &link, RenameFlags::EXCHANGE).unwrap();
    let (is_over, swaps, mut stopped) = (AtomicBool::new(false), AtomicUsize::new(0), 0);
    thread::scope(|scope| {
        scope.spawn(|| swap(&attacked, &link, &is_over, &swaps));
        for round in 0..ROUNDS {
            let files = files(round);
            // An error is as good as a success, as long as nothing gets out.
            let written = Output::below(&root, &"generated".parse().unwrap()).ok().and_then(|output| {
                let options = Options { force: round % 2 == 0, full: true, ..Options::default() };
                let found = read(&output, &files, options).ok()?;
                Some(apply(&output, &plan(files, found, options)).errors.len())
            });
            stopped += usize::from(written != Some(0));
        }
        is_over.store(true, Ordering::Relaxed);
    });
    let mut escaped = Vec::new();
    for directory in [outside.clone(), outside.join("deep")] {
        let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
        escaped.extend(entries.filter(|path| *path != outside.join("deep")));
    }
    let swaps = swaps.into_inner();
    eprintln!("{ROUNDS} rounds, {swaps} swaps, {stopped} runs stopped, {} files escaped", escaped.len());
    assert_eq!(escaped, Vec::<std::path::PathBuf>::new());
    assert!(swaps > 0, "nothing was swapped");
}

#[test]
fn a_directory_swapped_for_a_link_lets_no_file_out() {
    attack("generated/s0");
}

#[test]
fn the_output_directory_swapped_for_a_link_lets_no_file_out() {
    attack("generated");
}

/// The same for `rebase`: the file outside has the name and the content that the run expects to change.
#[allow(clippy::print_stderr)]
#[test]
fn a_directory_swapped_while_a_move_is_written_lets_no_change_out() {
    const OLD: &str = "FROM a:0\n";
    let (mut swapped, mut stopped, mut escaped) = (0, 0, 0);
    for _ in 0..ROUNDS {
        let dir = tempfile::tempdir_in("/dev/shm").or_else(|_| TempDir::new()).unwrap();
        let [root, outside, link] = ["tree", "outside", "link"].map(|name| dir.path().join(name));
        let state = StateDirectory::at(dir.path().join("state"));
        let names: Vec<_> = (0..SERVICES).map(|i| format!("s{i}/Dockerfile")).collect();
        for path in names.iter().map(|name| root.join(name)).chain([outside.join("Dockerfile")]) {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, OLD).unwrap();
        }
        symlink(&outside, &link).unwrap();
        // One of the last that is written.
        let attacked = root.join(format!("s{}", SERVICES - 1));
        let (is_over, swaps) = (AtomicBool::new(false), AtomicUsize::new(0));
        thread::scope(|scope| {
            scope.spawn(|| swap(&attacked, &link, &is_over, &swaps));
            let change = |name: &String| FileChange {
                path: name.into(),
                old: Some(OLD.into()),
                new: Some(b"FROM a:1\n".to_vec()),
            };
            let changes: Vec<_> = names.iter().map(change).collect();
            let written =
                Exclusive::begin(&state, &root).and_then(|(exclusive, _)| exclusive.commit(&changes));
            stopped += usize::from(written.is_err());
            is_over.store(true, Ordering::Relaxed);
        });
        swapped += swaps.into_inner();

        escaped += usize::from(fs::read_to_string(outside.join("Dockerfile")).unwrap() != OLD);
        escaped += fs::read_dir(&outside).unwrap().count() - 1;
    }
    eprintln!("{ROUNDS} rounds, {swapped} swaps, {stopped} runs stopped, {escaped} changes escaped");
    assert_eq!(escaped, 0);
    if swapped == 0 {
        skipped("this file system swaps no names");
    }
}
