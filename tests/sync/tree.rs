//! Reading and writing a real tree: what is refused, what is left alone, what fails.

use std::fs::{self, File};
use std::path::Path;
use std::thread;
use std::time::{Duration, SystemTime};

use dockwright::sync::{Applied, Options, Output, Plan, State, SyncError, WantedFile, apply, plan, read};
use tempfile::TempDir;

use crate::{output, sealed, shared, skipped, wanted};

const FULL: Options = Options { force: false, missing_only: false, full: true };

fn service(name: &str, body: &str) -> Vec<WantedFile> {
    vec![
        wanted(&format!("{name}/Dockerfile"), body, name),
        wanted(&format!("{name}/Dockerfile.dockerignore"), "*\n!src\n", name),
    ]
}

fn look(root: &Path, files: Vec<WantedFile>) -> Plan {
    let found = read(&output(root), &files, FULL).unwrap();
    plan(files, found, FULL)
}

/// Reads, compares and writes; all of it has to succeed.
fn generate(root: &Path, files: Vec<WantedFile>) -> usize {
    let plan = look(root, files);
    let Applied { changed, errors } = apply(&output(root), &plan);
    assert!(errors.is_empty(), "{errors:?}");
    changed.len()
}

/// The one reason why nothing may be written.
fn refusal(root: &Path, path: &str) -> SyncError {
    let before = listing(root);
    let mut errors = read(&output(root), &[wanted(path, "FROM a\n", "x")], FULL).unwrap_err();
    assert_eq!(listing(root), before);
    assert_eq!(errors.len(), 1, "{errors:?}");
    errors.remove(0)
}

fn listing(root: &Path) -> Vec<String> {
    let mut all: Vec<String> = ignore::WalkBuilder::new(root)
        .standard_filters(false)
        .build()
        .flatten()
        .skip(1)
        .map(|entry| entry.path().strip_prefix(root).unwrap().display().to_string().replace('\\', "/"))
        .collect();
    all.sort();
    all
}

fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

#[test]
fn the_first_run_writes_all_and_the_second_nothing() {
    let dir = TempDir::new().unwrap();
    let root = dir.path().join("generated");
    let files = || [service("a", "FROM a\n"), vec![shared("compose.yaml", "services: {}\n")]].concat();
    assert_eq!(generate(&root, files()), 3);
    let past = SystemTime::now() - Duration::from_secs(3600);
    File::options().write(true).open(root.join("a/Dockerfile")).unwrap().set_modified(past).unwrap();
    assert_eq!(generate(&root, files()), 0);
    let modified = fs::metadata(root.join("a/Dockerfile")).unwrap().modified().unwrap();
    assert!(modified < SystemTime::now() - Duration::from_secs(3000));
    assert_eq!(listing(&root), ["a", "a/Dockerfile", "a/Dockerfile.dockerignore", "compose.yaml"]);
    assert_eq!(fs::read_to_string(root.join("a/Dockerfile")).unwrap(), sealed(&files()[0]));
}

#[test]
fn looking_writes_nothing() {
    let dir = TempDir::new().unwrap();
    let root = dir.path().join("generated");
    assert_eq!(look(&root, service("a", "FROM a\n")).differences().count(), 2);
    assert!(!root.exists());
}

#[test]
fn a_checkout_with_crlf_is_left_alone() {
    let dir = TempDir::new().unwrap();
    generate(dir.path(), service("a", "FROM a\n"));
    let path = dir.path().join("a/Dockerfile");
    let text = fs::read_to_string(&path).unwrap().replace('\n', "\r\n");
    fs::write(&path, &text).unwrap();
    assert_eq!(generate(dir.path(), service("a", "FROM a\n")), 0);
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
}

#[test]
fn orphans_and_their_empty_directories_are_removed() {
    let dir = TempDir::new().unwrap();
    let root = dir.path().join("generated");
    generate(&root, [service("a", "FROM a\n"), service("deep/b", "FROM b\n")].concat());
    generate(&root, [service("a", "FROM a\n"), service("c", "FROM c\n")].concat());
    write(&root, "c/notes.txt", "mine\n");
    generate(&root, service("a", "FROM a\n"));
    assert_eq!(listing(&root), ["a", "a/Dockerfile", "a/Dockerfile.dockerignore", "c", "c/notes.txt"]);
}

#[test]
fn only_what_is_ours_and_of_this_fleet_is_an_orphan() {
    let dir = TempDir::new().unwrap();
    let ours = sealed(&wanted("x", "FROM a\n", "gone"));
    for path in [
        "foreign/notes.txt",
        ".hidden/Dockerfile",
        "ignored/Dockerfile",
        "other/generated/Dockerfile",
        "found/Dockerfile.x",
        "found/x.dockerignore",
        "found/dockwright/probe.c",
    ] {
        write(dir.path(), path, &ours);
    }
    write(dir.path(), "handwritten/Dockerfile", "FROM scratch\n");
    write(dir.path(), ".gitignore", "/ignored\n");
    write(dir.path(), "other/services.toml", "");
    let plan = look(dir.path(), service("a", "FROM a\n"));
    let orphans: Vec<_> =
        plan.files.iter().filter(|f| f.state == State::Orphaned).map(|f| f.path.as_str()).collect();
    assert_eq!(orphans, ["found/Dockerfile.x", "found/dockwright/probe.c", "found/x.dockerignore"]);
}

#[test]
fn an_output_directory_that_git_ignores_is_looked_through_all_the_same() {
    let dir = TempDir::new().unwrap();
    write(dir.path(), ".gitignore", "generated/\n");
    let root = dir.path().join("generated");
    generate(&root, [service("a", "FROM a\n"), service("b", "FROM b\n")].concat());
    assert_eq!(generate(&root, service("a", "FROM a\n")), 2);
}

#[test]
fn a_directory_in_the_place_of_a_file_is_refused() {
    let dir = TempDir::new().unwrap();
    fs::create_dir_all(dir.path().join("a/Dockerfile")).unwrap();
    let error = refusal(dir.path(), "a/Dockerfile");
    assert!(matches!(error, SyncError::Directory { .. }), "{error}");
    assert!(error.to_string().contains("a/Dockerfile"));
}

#[test]
fn a_file_in_the_place_of_a_directory_is_refused() {
    let dir = TempDir::new().unwrap();
    write(dir.path(), "a", "");
    assert!(matches!(refusal(dir.path(), "a/b/Dockerfile"), SyncError::NotADirectory { .. }));
    assert!(matches!(refusal_of_root(&dir.path().join("a")), SyncError::NotADirectory { .. }));
    assert!(matches!(refusal_of_root(&dir.path().join("a/b")), SyncError::NotADirectory { .. }));
}

fn refusal_of_root(root: &Path) -> SyncError {
    Output::named(root).unwrap_err()
}

#[test]
fn every_refused_path_is_reported_and_nothing_is_written() {
    let dir = TempDir::new().unwrap();
    fs::create_dir_all(dir.path().join("a/Dockerfile")).unwrap();
    write(dir.path(), "b", "");
    let files = [service("a", ""), service("b", ""), service("c", "")].concat();
    let errors = read(&output(dir.path()), &files, FULL).unwrap_err();
    assert_eq!(errors.len(), 2, "{errors:?}");
    assert!(errors.iter().all(|error| error.hint().is_some()));
    assert!(!dir.path().join("c").exists());
}

#[test]
fn two_wanted_files_in_one_place_are_refused() {
    let dir = TempDir::new().unwrap();
    let files = [wanted("D", "", "a"), wanted("D", "", "b")];
    let errors = read(&output(dir.path()), &files, FULL).unwrap_err();
    assert!(matches!(errors[..], [SyncError::SameFile { .. }]), "{errors:?}");
    let files = [wanted("D", "", "a"), wanted("D/Dockerfile", "", "b")];
    let errors = read(&output(dir.path()), &files, FULL).unwrap_err();
    assert!(matches!(errors[..], [SyncError::FileAndDirectory { .. }]), "{errors:?}");
}

#[test]
fn twins_and_reserved_names_are_refused() {
    let dir = TempDir::new().unwrap();
    for (one, other) in [
        ("D", "d"),
        ("a/D", "A/D"),
        ("caf\u{e9}/D", "cafe\u{301}/D"),
        ("a/D.dockerignore", "a/d.dockerignore"),
    ] {
        let files = [wanted(one, "", "a"), wanted(other, "", "b")];
        let errors = read(&output(dir.path()), &files, FULL).unwrap_err();
        assert!(matches!(errors[..], [SyncError::SameFile { .. }]), "{errors:?}");
    }
    let files = [wanted("D", "", "a"), wanted("d/Dockerfile", "", "b")];
    let errors = read(&output(dir.path()), &files, FULL).unwrap_err();
    assert!(matches!(errors[..], [SyncError::FileAndDirectory { .. }]), "{errors:?}");
    for path in [".git/Dockerfile", "a/.GIT/hooks/D", ".dockwright-journal", ".dockwright-1-2.tmp/D"] {
        assert!(matches!(refusal(dir.path(), path), SyncError::Reserved { .. }), "{path}");
    }
    let own = [dir.path().join("services.toml"), dir.path().join("services.lock")];
    for path in ["services.toml", "services.lock", "Services.Lock"] {
        let output = output(dir.path()).keeping(own.iter().map(|own| &**own));
        let errors = read(&output, &[wanted(path, "", "a")], FULL).unwrap_err();
        assert!(matches!(errors[..], [SyncError::Taken { .. }]), "{path}: {errors:?}");
    }
}

#[test]
fn a_giant_is_not_read() {
    let dir = TempDir::new().unwrap();
    File::create(dir.path().join("D")).unwrap().set_len(1 << 40).unwrap();
    assert!(matches!(refusal(dir.path(), "D"), SyncError::TooLarge { .. }));
}

#[test]
fn a_file_that_changed_meanwhile_is_left_alone() {
    let dir = TempDir::new().unwrap();
    let files = [service("a", "FROM a\n"), service("b", "FROM b\n"), service("c", "FROM c\n")].concat();
    generate(dir.path(), service("a", "FROM old\n"));
    let plan = look(dir.path(), files.clone());
    write(dir.path(), "a/Dockerfile", "FROM mine\n");
    write(dir.path(), "b/Dockerfile", "FROM mine\n");
    let applied = apply(&output(dir.path()), &plan);
    assert_eq!(applied.errors.len(), 2);
    assert!(applied.errors.iter().all(|error| matches!(error, SyncError::Changed { .. })));
    assert_eq!(fs::read_to_string(dir.path().join("a/Dockerfile")).unwrap(), "FROM mine\n");
    assert_eq!(fs::read_to_string(dir.path().join("b/Dockerfile")).unwrap(), "FROM mine\n");
    assert_eq!(fs::read_to_string(dir.path().join("c/Dockerfile")).unwrap(), sealed(&files[4]));
}

#[test]
fn an_orphan_that_changed_meanwhile_is_left_alone() {
    let dir = TempDir::new().unwrap();
    generate(dir.path(), [service("a", "FROM a\n"), service("b", "FROM b\n")].concat());
    let plan = look(dir.path(), service("a", "FROM a\n"));
    write(dir.path(), "b/Dockerfile", "FROM mine\n");
    assert_eq!(apply(&output(dir.path()), &plan).errors.len(), 1);
    assert_eq!(listing(&dir.path().join("b")), ["Dockerfile"]);
}

#[test]
fn a_failure_names_its_file_and_the_others_are_written() {
    let dir = TempDir::new().unwrap();
    let plan = look(dir.path(), [service("a", "FROM a\n"), service("b", "FROM b\n")].concat());
    // A file where the directory has to be made stops everybody, root as well.
    write(dir.path(), "a", "");
    let applied = apply(&output(dir.path()), &plan);
    assert_eq!((applied.changed.len(), applied.errors.len()), (2, 2));
    assert!(applied.errors[0].to_string().contains("/a"), "{}", applied.errors[0]);
    assert_eq!(listing(dir.path()), ["a", "b", "b/Dockerfile", "b/Dockerfile.dockerignore"]);
}

#[test]
fn two_runs_at_once_leave_every_file_whole() {
    let dir = TempDir::new().unwrap();
    let files = |body: &str| (0..40).flat_map(|i| service(&format!("s{i}"), body)).collect::<Vec<_>>();
    for round in 0..5 {
        let bodies = [format!("FROM a{round}\n"), format!("FROM b{round}\n")];
        thread::scope(|scope| {
            for body in &bodies {
                let (root, files) = (dir.path(), files(body));
                scope.spawn(move || {
                    let found = read(&output(root), &files, FULL).unwrap();
                    let plan = plan(files, found, FULL);
                    let applied = apply(&output(root), &plan);
                    assert!(applied.errors.iter().all(|e| matches!(e, SyncError::Changed { .. })));
                });
            }
        });
        let sides = bodies.each_ref().map(|body| files(body).iter().map(sealed).collect::<Vec<_>>());
        for (i, file) in files("").iter().enumerate() {
            let text = fs::read_to_string(dir.path().join(file.path.as_str())).unwrap();
            assert!(text == sides[0][i] || text == sides[1][i], "{}", file.path);
        }
        assert_eq!(listing(dir.path()).len(), 120, "a temporary file was left");
    }
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::process::Command;

    use super::*;

    #[test]
    fn a_directory_behind_a_link_is_refused() {
        let dir = TempDir::new().unwrap();
        let root = dir.path().join("generated");
        write(dir.path(), "outside/Dockerfile", "FROM mine\n");
        write(&root, "inside/Dockerfile", "FROM mine\n");
        symlink("../outside", root.join("a")).unwrap();
        symlink("inside", root.join("b")).unwrap();
        symlink("nowhere", root.join("c")).unwrap();
        for path in ["a/Dockerfile", "a/new/Dockerfile", "b/Dockerfile", "c/Dockerfile"] {
            assert!(matches!(refusal(&root, path), SyncError::Link { .. }), "{path}");
        }
        assert_eq!(fs::read_to_string(dir.path().join("outside/Dockerfile")).unwrap(), "FROM mine\n");
    }

    #[test]
    fn gen_force_writes_through_no_link() {
        let dir = TempDir::new().unwrap();
        let root = dir.path().join("generated");
        write(dir.path(), "outside", "mine\n");
        write(&root, "inside", "mine as well\n");
        for (link, target) in
            [("D.out", "../outside"), ("D.in", "inside"), ("D.nowhere", "nowhere"), ("D.loop", "D.loop")]
        {
            symlink(target, root.join(link)).unwrap();
        }
        let files: Vec<_> =
            ["D.out", "D.in", "D.nowhere", "D.loop"].map(|path| wanted(path, "FROM a\n", path)).into();
        let plan = look(&root, files.clone());
        assert!(plan.files.iter().all(|file| file.state == State::NotOurs), "{:?}", plan.files);
        assert_eq!(apply(&output(&root), &plan).changed.len(), 0, "links are left alone without --force");
        let found = read(&output(&root), &files, FULL).unwrap();
        let forced = dockwright::sync::plan(files.clone(), found, Options { force: true, ..FULL });
        let applied = apply(&output(&root), &forced);
        assert_eq!((applied.changed.len(), applied.errors.len()), (4, 0), "{:?}", applied.errors);
        assert_eq!(fs::read_to_string(dir.path().join("outside")).unwrap(), "mine\n");
        assert_eq!(fs::read_to_string(root.join("inside")).unwrap(), "mine as well\n");
        for file in &files {
            let path = root.join(file.path.as_str());
            assert!(!path.is_symlink(), "{}", path.display());
            assert_eq!(fs::read_to_string(path).unwrap(), sealed(file));
        }
        assert!(!root.join("nowhere").exists());
    }

    #[test]
    fn a_link_that_appears_meanwhile_is_not_followed_out() {
        let dir = TempDir::new().unwrap();
        let root = dir.path().join("generated");
        fs::create_dir(dir.path().join("outside")).unwrap();
        fs::create_dir(&root).unwrap();
        let plan = look(&root, service("a", "FROM a\n"));
        symlink("../outside", root.join("a")).unwrap();
        let errors = apply(&output(&root), &plan).errors;
        assert_eq!(errors.len(), 2);
        assert!(errors.iter().all(|error| matches!(error, SyncError::Link { .. })), "{errors:?}");
        assert_eq!(listing(&dir.path().join("outside")).len(), 0);
    }

    #[test]
    fn an_output_directory_of_the_description_is_no_link() {
        let dir = TempDir::new().unwrap();
        fs::create_dir_all(dir.path().join("tree")).unwrap();
        symlink("..", dir.path().join("tree/generated")).unwrap();
        let below = Output::below(&dir.path().join("tree"), &"generated".parse().unwrap()).unwrap();
        let errors = read(&below, &service("a", "FROM a\n"), FULL).unwrap_err();
        assert!(matches!(errors[..], [SyncError::Link { .. }]), "{errors:?}");
        // A link that is named on the command line is meant.
        generate(&dir.path().join("tree/generated"), service("a", "FROM a\n"));
        assert!(dir.path().join("a/Dockerfile").exists());
        symlink("nowhere", dir.path().join("D")).unwrap();
        assert!(matches!(refusal_of_root(&dir.path().join("D")), SyncError::Dangling { .. }));
    }

    #[test]
    fn a_pipe_is_refused_instead_of_waited_for() {
        let dir = TempDir::new().unwrap();
        let made = Command::new("mkfifo").arg(dir.path().join("D")).status();
        if !made.is_ok_and(|status| status.success()) {
            skipped("no mkfifo here");
            return;
        }
        assert!(matches!(refusal(dir.path(), "D"), SyncError::NotRegular { .. }));
    }

    #[test]
    fn modes_stay_and_new_files_are_for_everybody_to_read() {
        let dir = TempDir::new().unwrap();
        let mode = |path: &str| fs::metadata(dir.path().join(path)).unwrap().permissions().mode() & 0o777;
        generate(dir.path(), service("a", "FROM old\n"));
        write(dir.path(), "plain", "");
        assert_eq!(mode("a/Dockerfile"), mode("plain"));
        fs::set_permissions(dir.path().join("a/Dockerfile"), fs::Permissions::from_mode(0o750)).unwrap();
        generate(dir.path(), service("a", "FROM a\n"));
        assert_eq!(mode("a/Dockerfile"), 0o750);
    }

    #[test]
    fn without_permission_the_message_says_so() {
        let dir = TempDir::new().unwrap();
        generate(dir.path(), service("a", "FROM old\n"));
        let plan = look(dir.path(), service("a", "FROM a\n"));
        let directory = dir.path().join("a");
        fs::set_permissions(&directory, fs::Permissions::from_mode(0o555)).unwrap();
        if fs::write(directory.join("try"), "").is_ok() {
            skipped("permissions do not bind this user");
            return;
        }
        let message = apply(&output(dir.path()), &plan).errors[0].to_string();
        fs::set_permissions(&directory, fs::Permissions::from_mode(0o755)).unwrap();
        assert!(message.contains("a/Dockerfile") && message.contains("ermission denied"), "{message}");
    }

    /// A tiny file system of its own, or `None` where mounting is not allowed.
    struct Tmpfs(TempDir);

    impl Tmpfs {
        fn new(options: &str) -> Option<Self> {
            let dir = TempDir::new().unwrap();
            let mount = Command::new("mount")
                .args(["-t", "tmpfs", "-o", options, "tmpfs"])
                .arg(dir.path())
                .output()
                .is_ok_and(|output| output.status.success());
            if !mount {
                skipped("mounting is not allowed here");
            }
            mount.then_some(Self(dir))
        }
    }

    impl Drop for Tmpfs {
        fn drop(&mut self) {
            let _ = Command::new("umount").arg(self.0.path()).output();
        }
    }

    #[test]
    fn a_full_disk_leaves_whole_files_and_one_message() {
        let Some(disk) = Tmpfs::new("size=64k") else { return };
        let root = disk.0.path();
        let body = "RUN something\n".repeat(1000);
        let files: Vec<_> = (0..10).map(|i| wanted(&format!("D{i}"), &body, &i.to_string())).collect();
        let plan = look(root, files.clone());
        let applied = apply(&output(root), &plan);
        assert_eq!(applied.errors.len(), 1, "{:?}", applied.errors);
        let message = applied.errors[0].to_string();
        assert!(message.contains("no space left"), "{message}");
        assert!(applied.errors[0].hint().is_some());
        assert!(!applied.changed.is_empty());
        assert_eq!(listing(root).len(), applied.changed.len(), "a temporary file was left");
        for (file, wanted) in applied.changed.iter().zip(&files) {
            assert_eq!(fs::read_to_string(root.join(file.path.as_str())).unwrap(), sealed(wanted));
        }
    }

    #[test]
    fn a_read_only_disk_gives_one_message() {
        let Some(disk) = Tmpfs::new("size=64k") else { return };
        let root = disk.0.path();
        generate(root, service("a", "FROM old\n"));
        let remounted = Command::new("mount").args(["-o", "remount,ro"]).arg(root).status().unwrap();
        assert!(remounted.success());
        let plan = look(root, [service("a", "FROM a\n"), service("b", "FROM b\n")].concat());
        let applied = apply(&output(root), &plan);
        assert_eq!((applied.changed.len(), applied.errors.len()), (0, 1));
        let message = applied.errors[0].to_string();
        assert!(message.contains("read-only file system"), "{message}");
    }
}
