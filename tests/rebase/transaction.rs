//! All files change or none, whatever happens on the way.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use dockwright::sync::transaction::{Exclusive, FileChange, Recovery, is_pending};
use dockwright::sync::{CommentStyle, StateDirectory, header};
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

/// A user's own directory for journals.
struct Home(tempfile::TempDir);

impl Home {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn state(&self) -> StateDirectory {
        StateDirectory::at(self.directory())
    }

    fn directory(&self) -> PathBuf {
        self.0.path().join("dockwright")
    }

    fn begin(&self, root: &Path) -> (Exclusive, Recovery) {
        Exclusive::begin(&self.state(), root).unwrap()
    }

    fn refused(&self, root: &Path) -> String {
        Exclusive::begin(&self.state(), root).unwrap_err().to_string()
    }

    fn journals(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.directory()).into_iter().flatten();
        entries.map(|entry| entry.unwrap().path()).collect()
    }

    /// Leaves this journal for a directory.
    fn leave(&self, root: &Path, journal: &[u8]) -> PathBuf {
        let (exclusive, _) = self.begin(root);
        let path = self.journals().remove(0);
        drop(exclusive);
        fs::write(&path, journal).unwrap();
        #[cfg(unix)]
        fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        path
    }
}

fn generated(body: &str) -> String {
    header::seal(body, CommentStyle::Hash, "services.toml [services.x]")
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
    let (tree, home) = (tree(2), Home::new());
    fs::write(tree.path().join("s1/Dockerfile"), generated("FROM a\n")).unwrap();
    let (exclusive, recovery) = home.begin(tree.path());
    assert_eq!(recovery, Recovery::Nothing);
    let old = fs::read_to_string(tree.path().join("s0/Dockerfile")).unwrap();
    let gone = fs::read_to_string(tree.path().join("s1/Dockerfile")).unwrap();
    exclusive
        .commit(&[
            change("s0/Dockerfile", Some(&old), Some("new\n")),
            change("s1/Dockerfile", Some(&gone), None),
            change("s2/deep/Dockerfile", None, Some(&generated("FROM c\n"))),
        ])
        .unwrap();
    assert_eq!(fs::read_to_string(tree.path().join("s0/Dockerfile")).unwrap(), "new\n");
    assert!(!tree.path().join("s1/Dockerfile").exists());
    assert_eq!(fs::read_to_string(tree.path().join("s2/deep/Dockerfile")).unwrap(), generated("FROM c\n"));
    assert!(!is_pending(&home.state(), tree.path()).unwrap());
    assert_eq!(home.journals(), Vec::<PathBuf>::new());
    let left: Vec<_> = fs::read_dir(tree.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "{left:?}");
}

#[test]
fn a_file_that_changed_underneath_stops_everything() {
    let (tree, home) = (tree(3), Home::new());
    let (exclusive, _) = home.begin(tree.path());
    let changes: Vec<_> = (0..3)
        .map(|index| {
            let old = format!("FROM debian:bookworm-slim\nLABEL n={index}\n");
            change(&format!("s{index}/Dockerfile"), Some(&old), Some("new\n"))
        })
        .collect();
    fs::write(tree.path().join("s2/Dockerfile"), "somebody else's\n").unwrap();
    let error = exclusive.commit(&changes).unwrap_err();
    assert!(error.to_string().contains("changed while dockwright was running"), "{error}");
    assert_eq!(moved(tree.path(), 2), 0);
    assert_eq!(fs::read_to_string(tree.path().join("s2/Dockerfile")).unwrap(), "somebody else's\n");
}

#[test]
fn a_failure_in_the_middle_is_undone() {
    let (tree, home) = (tree(2), Home::new());
    let (exclusive, _) = home.begin(tree.path());
    let mut changes: Vec<_> = (0..2)
        .map(|index| {
            let old = format!("FROM debian:bookworm-slim\nLABEL n={index}\n");
            change(&format!("s{index}/Dockerfile"), Some(&old), Some("new\n"))
        })
        .collect();
    // A directory where the first of two files is made: no permission could make this work.
    changes.push(change("s2", None, Some(&generated("FROM a\n"))));
    changes.push(change("s2/Dockerfile", None, Some(&generated("FROM a\n"))));
    exclusive.commit(&changes).unwrap_err();
    assert_eq!(moved(tree.path(), 2), 0);
    assert!(!tree.path().join("s2").exists());
    assert!(!is_pending(&home.state(), tree.path()).unwrap());
}

#[test]
fn two_runs_do_not_work_at_once() {
    let (tree, home) = (tree(1), Home::new());
    let (first, _) = home.begin(tree.path());
    assert!(home.refused(tree.path()).contains("another dockwright"));
    drop(first);
    home.begin(tree.path());
}

/// The lock on the directory is the same for all users.
#[cfg(unix)]
#[test]
fn two_users_do_not_work_at_once() {
    let (tree, one, other) = (tree(1), Home::new(), Home::new());
    let (first, _) = one.begin(tree.path());
    assert!(other.refused(tree.path()).contains("another dockwright"));
    drop(first);
    other.begin(tree.path());
}

/// A whole journal of these changes: path, what the file held, what it shall hold.
fn journal_of(changes: &[(&str, Option<&str>, &str)]) -> Vec<u8> {
    let hex = |bytes: &[u8]| {
        sha2::Sha256::digest(bytes).iter().fold(String::new(), |mut text, byte| {
            write!(text, "{byte:02x}").unwrap();
            text
        })
    };
    let mut journal = String::from("dockwright journal 1\n");
    for (path, old, new) in changes {
        let old = old.map_or_else(|| "null".to_owned(), |old| format!("\"{}\"", hex(old.as_bytes())));
        write!(journal, "{{\"path\":\"{path}\",\"old\":{old},\"new\":{}}}\n{new}", new.len()).unwrap();
    }
    journal.push_str("end\n");
    let hash = hex(journal.as_bytes());
    (journal + &hash).into_bytes()
}

fn dockwright(home: &Home, directory: &Path, arguments: &[&str]) -> std::process::Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dockwright"));
    command.args(arguments).current_dir(directory).env("XDG_STATE_HOME", home.0.path());
    command.output().unwrap()
}

/// The attack: a repository brings a journal that writes `.git/config`, and a command runs at the next
/// `git status`, also if the arguments of `rebase` are wrong.
#[test]
fn a_journal_that_lies_in_a_tree_is_never_obeyed() {
    let (tree, home) = (tree(1), Home::new());
    let old = fs::read_to_string(tree.path().join("s0/Dockerfile")).unwrap();
    let journal = journal_of(&[
        (".git/config", None, "[core]\nfsmonitor = touch obeyed\n"),
        (".github/workflows/x.yml", None, "on: push\n"),
        ("s0/Dockerfile", Some(&old), "FROM evil\n"),
    ]);
    let path = tree.path().join(".dockwright-journal");
    fs::write(&path, &journal).unwrap();
    for (arguments, code) in [
        (&["rebase", "nonsense", "debian13", "."][..], 2),
        (&["rebase", "debian12", "debian13", "nowhere"], 2),
        (&["rebase", "debian12", "debian13", ".", "--dry-run"], 1),
        (&["rebase", "debian12", "debian13", "."], 0),
    ] {
        let ran = dockwright(&home, tree.path(), arguments);
        let said = String::from_utf8_lossy(&ran.stderr);
        assert_eq!(ran.status.code(), Some(code), "{said}");
        let is_told = said.contains("warning: `.dockwright-journal` is ignored");
        assert!(is_told || code == 2, "{said}");
        assert!(!tree.path().join(".git").exists() && !tree.path().join(".github").exists());
    }
    assert_eq!(fs::read(&path).unwrap(), journal);
    assert_eq!(moved(tree.path(), 1), 1);
}

/// Whatever a journal of the user's own says, a recovery does no more than a run could.
#[test]
fn a_recovery_does_no_more_than_a_run_could() {
    let mine = generated("FROM a\n");
    for (path, old, new) in [
        (".git/config", None, mine.as_str()),
        (".git/hooks/Dockerfile", None, &mine),
        ("../x", None, &mine),
        ("/tmp/x", None, &mine),
        (".github/workflows/x.yml", None, "on: push\n"),
        ("s0/Dockerfile", Some("what it never held"), "new\n"),
    ] {
        let (tree, home) = (tree(1), Home::new());
        let root = tree.path();
        let journal = home.leave(root, &journal_of(&[("s0/new/Dockerfile", None, &mine), (path, old, new)]));
        home.refused(root);
        assert!(journal.exists() && !root.join(".git").exists() && !root.join(".github").exists(), "{path}");
        assert!(!root.join("s0/new").exists() && !root.parent().unwrap().join("x").exists(), "{path}");
        assert_eq!(moved(root, 1), 0);
    }
}

#[test]
fn a_journal_is_obeyed_only_if_the_arguments_are_right() {
    let (tree, home) = (tree(2), Home::new());
    let old = fs::read_to_string(tree.path().join("s0/Dockerfile")).unwrap();
    let new = old.replace("bookworm", "trixie");
    // As the program keys it: below XDG_STATE_HOME.
    let journal = home.leave(tree.path(), &journal_of(&[("s0/Dockerfile", Some(&old), &new)]));
    for wrong in
        [&["rebase", "nonsense", "debian13", "."][..], &["rebase", "debian12", "debian13", "nowhere"]]
    {
        assert_eq!(dockwright(&home, tree.path(), wrong).status.code(), Some(2));
        assert_eq!(moved(tree.path(), 2), 0);
        assert!(journal.exists());
    }
    let ran = dockwright(&home, tree.path(), &["rebase", "debian12", "debian13", ".", "--dry-run"]);
    assert!(String::from_utf8_lossy(&ran.stderr).contains("has not been completed"));
    let ran = dockwright(&home, tree.path(), &["rebase", "debian12", "debian13", "."]);
    let said = String::from_utf8_lossy(&ran.stderr);
    assert!(said.contains("Completed an interrupted run: 1 file changed\n"), "{said}");
    assert!(
        said.contains(&format!("  written  {}\n", Path::new("s0").join("Dockerfile").display())),
        "{said}"
    );
    assert_eq!((moved(tree.path(), 2), journal.exists()), (2, false));
}

/// A link of a tree may lead a run there as well.
#[test]
fn a_run_changes_nothing_below_git() {
    let (tree, home) = (tree(1), Home::new());
    fs::create_dir(tree.path().join(".git")).unwrap();
    fs::write(tree.path().join(".git/x"), "FROM debian:bookworm\n").unwrap();
    let (exclusive, _) = home.begin(tree.path());
    let changes = [change(".git/x", Some("FROM debian:bookworm\n"), Some("FROM debian:trixie\n"))];
    let error = exclusive.commit(&changes).unwrap_err();
    assert!(error.to_string().ends_with("contains `.git`, where dockwright does not write"), "{error}");
    assert_eq!(fs::read_to_string(tree.path().join(".git/x")).unwrap(), "FROM debian:bookworm\n");
}

#[cfg(unix)]
#[test]
fn a_recovery_does_not_write_through_a_link() {
    let (tree, elsewhere, home) = (tree(1), tempfile::tempdir().unwrap(), Home::new());
    let old = fs::read_to_string(tree.path().join("s0/Dockerfile")).unwrap();
    let root = tree.path();
    let whole =
        journal_of(&[("s0/Dockerfile", Some(&old), "new\n"), ("link/x", None, &generated("FROM a\n"))]);
    let journal = home.leave(root, &whole);
    std::os::unix::fs::symlink(elsewhere.path(), root.join("link")).unwrap();
    assert!(home.refused(root).contains("link"));
    fs::remove_file(root.join("link")).unwrap();
    fs::write(elsewhere.path().join("Dockerfile"), &old).unwrap();
    fs::remove_file(root.join("s0/Dockerfile")).unwrap();
    std::os::unix::fs::symlink(elsewhere.path().join("Dockerfile"), root.join("s0/Dockerfile")).unwrap();
    assert!(home.refused(root).contains("s0/Dockerfile"));
    assert!(!elsewhere.path().join("x").exists() && journal.exists());
    assert_eq!(fs::read_to_string(elsewhere.path().join("Dockerfile")).unwrap(), old);
}

#[test]
fn a_file_of_the_same_name_is_not_lost() {
    let (tree, home) = (tree(1), Home::new());
    let path = home.leave(tree.path(), b"notes of mine\n");
    assert!(home.refused(tree.path()).ends_with("is not a dockwright journal"));
    assert_eq!(fs::read_to_string(&path).unwrap(), "notes of mine\n");
}

#[cfg(unix)]
#[test]
fn journals_are_their_users_alone() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let (tree, home) = (tree(1), Home::new());
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let set = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    let (exclusive, _) = home.begin(tree.path());
    let journal = home.journals().remove(0);
    assert_eq!((mode(&home.directory()), mode(&journal)), (0o700, 0o600));
    drop(exclusive);

    // Whoever can write here, as in a state directory below /tmp, could have put it there.
    let not_own = "so its journals are not trusted";
    home.leave(tree.path(), b"");
    set(&journal, 0o666);
    assert!(home.refused(tree.path()).ends_with(not_own));
    fs::remove_file(&journal).unwrap();
    set(&home.directory(), 0o777);
    assert!(home.refused(tree.path()).ends_with(not_own));
    let moved = |arguments| dockwright(&home, tree.path(), arguments).status.code();
    assert_eq!(moved(&["rebase", "debian12", "debian13", "."]), Some(2));
    assert_eq!(moved(&["rebase", "debian12", "debian13", ".", "--dry-run"]), Some(1), "looking is allowed");
    set(&home.directory(), 0o700);

    // A pipe would be waited for, and a link leads to what somebody else wrote.
    assert!(Command::new("mkfifo").arg(&journal).status().unwrap().success());
    assert!(home.refused(tree.path()).ends_with(not_own));
    fs::remove_file(&journal).unwrap();
    fs::write(tree.path().join("target"), "").unwrap();
    symlink(tree.path().join("target"), &journal).unwrap();
    assert!(home.refused(tree.path()).ends_with(not_own));
    fs::remove_dir_all(home.directory()).unwrap();
    symlink(tree.path(), home.directory()).unwrap();
    assert!(home.refused(tree.path()).ends_with(not_own));
}

#[cfg(unix)]
#[test]
fn without_a_home_that_can_be_written_to_nothing_is_moved() {
    let (tree, home) = (tree(1), Home::new());
    // A file in place of the directory stops everybody, root as well.
    fs::write(home.directory(), "").unwrap();
    let ran = dockwright(&home, tree.path(), &["rebase", "debian12", "debian13", "."]);
    let said = String::from_utf8_lossy(&ran.stderr);
    assert_eq!(ran.status.code(), Some(2), "{said}");
    assert!(said.contains("hint: set XDG_STATE_HOME to a directory that you own"), "{said}");
    assert_eq!(moved(tree.path(), 1), 0);
    // Looking needs no home.
    fs::remove_file(home.directory()).unwrap();
    let ran = dockwright(&home, tree.path(), &["rebase", "debian12", "debian13", ".", "--dry-run"]);
    assert_eq!(ran.status.code(), Some(1));
    assert!(!home.directory().exists());
}

/// Kills runs at ever later moments. Each time, the next run leaves all files moved.
#[allow(clippy::print_stderr)]
#[test]
fn a_run_that_is_killed_is_completed_by_the_next() {
    const COUNT: usize = 200;
    const ATTEMPTS: u32 = 12;
    let home = Home::new();
    let command = |tree: &Path| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dockwright"));
        command.args(["rebase", "debian12", "debian13", "."]).current_dir(tree);
        command.env("XDG_STATE_HOME", home.0.path()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    };
    let whole = tree(COUNT);
    let start = Instant::now();
    assert!(command(whole.path()).status().unwrap().success());
    let length = start.elapsed();
    let (mut killed, mut completed) = (0, 0);
    for attempt in 0..ATTEMPTS {
        let tree = tree(COUNT);
        let mut run = command(tree.path()).spawn().unwrap();
        std::thread::sleep(length * attempt / ATTEMPTS);
        // It may have ended already.
        let _ = run.kill();
        killed += u32::from(run.wait().unwrap().code().is_none());
        moved(tree.path(), COUNT);
        completed += usize::from(!home.journals().is_empty());
        let next = command(tree.path()).stderr(Stdio::piped()).output().unwrap();
        let said = String::from_utf8_lossy(&next.stderr);
        // A run that was killed at its end has left nothing to move.
        let has_moved = next.status.success() || said.contains("nothing here is based on");
        assert!(has_moved, "{}: {said}", next.status);
        assert_eq!(moved(tree.path(), COUNT), COUNT);
        assert_eq!(home.journals(), Vec::<PathBuf>::new());
        assert_eq!(fs::read_dir(tree.path()).unwrap().count(), COUNT, "something was left in the tree");
    }
    eprintln!("{ATTEMPTS} runs, {killed} killed, {completed} with a journal left");
}
