//! What the disk can refuse: each is one message, exit code 2, and no file that is neither old nor new.

use std::fs::{self, File};
use std::path::Path;

use tempfile::TempDir;

use crate::{Ran, dockwright, files, fleet_of, run, skipped};

/// A directory with the description of `count` services.
fn described(count: usize) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("services.toml"), fleet_of(count, "1")).unwrap();
    directory
}

fn refused(ran: &Ran, message: &str, hint: &str) {
    assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{}", ran.err);
    assert!(ran.err.starts_with(&format!("error: {message}\n")), "{}", ran.err);
    assert!(ran.err.contains(&format!("hint: {hint}")), "{}", ran.err);
}

#[test]
fn a_directory_in_place_of_a_file_and_the_other_way_round() {
    let directory = described(3);
    fs::create_dir_all(directory.path().join("generated/s0/Dockerfile")).unwrap();
    fs::write(directory.path().join("generated/s1"), "").unwrap();
    let before = files(directory.path());
    let ran = run(directory.path(), &["gen"]);
    refused(
        &ran,
        "`generated/s0/Dockerfile` is a directory, not a file",
        "move it away, or give the service",
    );
    assert!(ran.err.contains("error: `generated/s1` is a file, not a directory\n"), "{}", ran.err);
    assert_eq!(files(directory.path()), before);
}

#[test]
fn the_output_directory_is_a_file() {
    let directory = described(1);
    fs::write(directory.path().join("generated"), "mine").unwrap();
    refused(&run(directory.path(), &["gen"]), "`generated` is a file, not a directory", "move it away");
}

#[cfg(unix)]
#[test]
fn a_symbolic_link_in_place_of_a_directory() {
    let directory = described(2);
    let elsewhere = tempfile::tempdir().unwrap();
    fs::create_dir(directory.path().join("generated")).unwrap();
    std::os::unix::fs::symlink(elsewhere.path(), directory.path().join("generated/s0")).unwrap();
    let ran = run(directory.path(), &["gen"]);
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.err.starts_with(
            "error: `generated/s0` is a symbolic link, and dockwright does not write through links\n"
        ),
        "{}",
        ran.err
    );
    assert!(ran.err.contains("hint: replace the link"), "{}", ran.err);
    assert_eq!((files(elsewhere.path()).len(), directory.path().join("generated/s1").exists()), (0, false));
}

/// dockwright as somebody who may not do everything; `None` if that cannot be had.
#[cfg(unix)]
fn run_as_nobody(directory: &Path, arguments: &[&str]) -> Option<Ran> {
    use std::os::unix::fs::MetadataExt;
    use std::os::unix::process::CommandExt;

    const NOBODY: u32 = 65534;
    let mut command = dockwright(directory, arguments);
    let is_root = tempfile::NamedTempFile::new().unwrap().path().metadata().unwrap().uid() == 0;
    if is_root {
        for path in [directory.to_owned(), directory.join("services.toml")] {
            std::os::unix::fs::chown(path, Some(NOBODY), Some(NOBODY)).ok()?;
        }
        command.uid(NOBODY).gid(NOBODY);
    }
    command.output().ok().map(|output| Ran::of(&output))
}

#[cfg(unix)]
#[test]
fn no_permission() {
    use std::os::unix::fs::PermissionsExt;
    let mode = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    let hint = "change its owner or its mode";

    let directory = described(2);
    let output = directory.path().join("generated");
    fs::create_dir(&output).unwrap();
    mode(&output, 0o555);
    let Some(ran) = run_as_nobody(directory.path(), &["gen"]) else {
        return skipped("cannot become another user");
    };
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.err.contains("error: cannot write `generated/s0/Dockerfile`: permission denied\n"),
        "{}",
        ran.err
    );
    assert!(ran.err.contains(hint), "{}", ran.err);
    assert_eq!(files(&output).len(), 0);
    // Where only the directories below may be written to, files wait beside their places.
    for service in ["s0", "s1"] {
        fs::create_dir(output.join(service)).unwrap();
        mode(&output.join(service), 0o777);
    }
    let ran = run_as_nobody(directory.path(), &["gen", "s0"]).unwrap();
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert_eq!(files(&output).len(), 2);
    mode(&output, 0o777);

    let description = directory.path().join("services.toml");
    mode(&description, 0o000);
    let ran = run_as_nobody(directory.path(), &["gen"]).unwrap();
    refused(&ran, "cannot read `services.toml`: permission denied", "change its owner or its mode");
}

/// A shell with a small file system of its own at `disk`, or `None` if the system gives none.
#[cfg(target_os = "linux")]
fn with_disk(directory: &Path, options: &str, script: &str) -> Option<Ran> {
    let script = format!("mount -t tmpfs -o {options} tmpfs disk || exit 99\n{script}");
    let output = std::process::Command::new("unshare")
        .args(["--mount", "--map-root-user", "sh", "-c", &script])
        .env("DOCKWRIGHT", env!("CARGO_BIN_EXE_dockwright"))
        .current_dir(directory)
        .output()
        .ok()?;
    let ran = Ran::of(&output);
    let denied = ran.code == Some(99) || ran.err.starts_with("unshare:");
    (!denied).then_some(ran)
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_and_then_room() {
    let directory = described(60);
    fs::create_dir(directory.path().join("disk")).unwrap();
    let script = "\"$DOCKWRIGHT\" gen --out disk; echo \"code $?\"
        find disk -name '.dockwright-*'
        mount -o remount,size=100m disk && \"$DOCKWRIGHT\" gen --out disk | tail -1
        \"$DOCKWRIGHT\" gen --out disk --check";
    let Some(ran) = with_disk(directory.path(), "size=200k", script) else {
        return skipped("no file system of one's own here");
    };
    assert!(ran.err.contains("no space left on device\n"), "{}", ran.err);
    assert!(
        ran.err.contains("hint: free disk space, and run the command again: it completes the rest\n"),
        "{}",
        ran.err
    );
    assert_eq!(ran.err.matches("error: ").count(), 1, "{}", ran.err);
    assert!(ran.out.contains("\ncode 2\n60 services, "), "no temporary file is left: {}", ran.out);
    assert!(ran.out.ends_with("60 services, 122 files: all in sync\n"), "{}", ran.out);
}

/// A rename does not lead from one disk to another.
#[cfg(target_os = "linux")]
#[test]
fn a_disk_mounted_in_the_tree() {
    let directory = described(20);
    fs::create_dir_all(directory.path().join("disk/s3")).unwrap();
    let script = "mkdir disk/s3; mount -t tmpfs tmpfs disk/s3 || exit 99
        \"$DOCKWRIGHT\" gen --out disk 2>&1 | tail -1
        \"$DOCKWRIGHT\" gen --out disk --check
        stat -c %a disk/s3/Dockerfile disk/s4/Dockerfile
        find disk -name '.dockwright-*'";
    let Some(ran) = with_disk(directory.path(), "size=100m", script) else {
        return skipped("no file system of one's own here");
    };
    let expected =
        "20 services, 42 files: 42 changed, 0 in sync\n20 services, 42 files: all in sync\n644\n644\n";
    assert_eq!(ran.out, expected, "{}", ran.err);
}

#[cfg(target_os = "linux")]
#[test]
fn a_read_only_disk() {
    let directory = described(3);
    fs::create_dir(directory.path().join("disk")).unwrap();
    let Some(ran) = with_disk(directory.path(), "ro", "\"$DOCKWRIGHT\" gen --out disk") else {
        return skipped("no file system of one's own here");
    };
    assert_eq!(ran.code, Some(2), "{}", ran.err);
    assert!(ran.err.contains("read-only file system\nhint: mount it read-write"), "{}", ran.err);
    assert_eq!(ran.err.matches("error: ").count(), 1, "{}", ran.err);
}

#[cfg(target_os = "linux")]
#[test]
fn output_that_cannot_be_written() {
    let directory = described(1);
    let full = File::options().write(true).open("/dev/full").unwrap();
    let ran = Ran::of(&dockwright(directory.path(), &["show", "s0"]).stdout(full).output().unwrap());
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.starts_with("error: "), "{}", ran.err);
}
