//! Interrupted runs, two runs at once, and readers that have seen enough.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::{dockwright, files, fleet_of, run};

const SERVICES: usize = 200;

fn describe(directory: &Path, version: &str) {
    fs::write(directory.join("services.toml"), fleet_of(SERVICES, version)).unwrap();
}

/// A tree in sync with version 1 of a fleet, and how long writing it took. It is in memory where
/// there is such a directory: what is tested are moments, not disks.
fn tree() -> (TempDir, Duration) {
    let directory = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
    describe(directory.path(), "1");
    let started = Instant::now();
    assert_eq!(run(directory.path(), &["gen"]).code, Some(0));
    (directory, started.elapsed())
}

fn generated(directory: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    files(&directory.join("generated"))
}

fn temporary(files: &BTreeMap<PathBuf, Vec<u8>>) -> Vec<&PathBuf> {
    files.keys().filter(|path| path.to_string_lossy().contains(".tmp/")).collect()
}

fn start(directory: &Path) -> Child {
    let mut command = dockwright(directory, &["gen"]);
    command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Fails for a file that holds neither what one of the trees holds there, nor is temporary.
fn each_is_one_of(found: &BTreeMap<PathBuf, Vec<u8>>, trees: [&BTreeMap<PathBuf, Vec<u8>>; 2]) {
    for (path, content) in found.iter().filter(|(path, _)| !temporary(found).contains(path)) {
        assert!(trees.iter().any(|tree| tree.get(path) == Some(content)), "{} is torn", path.display());
    }
}

/// Waits until a file has another content, or the run is over.
fn wait_for_change(child: &mut Child, path: &Path) {
    let old = fs::read(path).unwrap();
    while child.try_wait().unwrap().is_none() && fs::read(path).unwrap() == old {
        std::thread::yield_now();
    }
}

#[test]
fn a_run_that_is_killed_leaves_each_file_old_or_new() {
    let (directory, _) = tree();
    let directory = directory.path();
    let mut old = generated(directory);
    let mut interrupted = 0;
    for round in 0..6_usize {
        describe(directory, &format!("round {round}"));
        let mut child = start(directory);
        // Moments all over a run, in an order that looks random: when this service is being written.
        wait_for_change(
            &mut child,
            &directory.join(format!("generated/s{}/Dockerfile", round * 133 % SERVICES)),
        );
        child.kill().unwrap();
        let killed = child.wait().unwrap().signal().is_some();

        let torn = generated(directory);
        assert_eq!(run(directory, &["gen"]).code, Some(0), "the next run completes the rest");
        assert_eq!(run(directory, &["gen", "--check"]).code, Some(0));
        let new = generated(directory);
        each_is_one_of(&torn, [&old, &new]);
        interrupted += usize::from(killed && torn != old);
        old = new;
    }
    assert!(interrupted > 0, "no run was killed while it wrote");

    assert_eq!(temporary(&generated(directory)), Vec::<&PathBuf>::new());
}

/// The directory in which a run keeps what is not in its place yet.
fn staging(root: &Path) -> Option<PathBuf> {
    let mut names = fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path());
    names.find(|path| path.extension().is_some_and(|end| end == "tmp"))
}

/// Kills `gen` at ever later moments of its writing, and looks at what lies there: nobody else can read it,
/// each file is old or new, and the next run leaves nothing of it, also where git ignores it.
#[allow(clippy::print_stderr)]
#[test]
fn what_a_killed_gen_leaves_is_private_and_gone_after_the_next() {
    use std::os::unix::fs::PermissionsExt;
    const KILLS: u32 = 16;
    let (directory, _) = tree();
    let directory = directory.path();
    fs::write(directory.join(".gitignore"), ".dockwright-*\n").unwrap();
    let root = directory.join("generated");
    let mut old = generated(directory);
    let (mut killed, mut left) = (0, 0);
    for attempt in 0..KILLS {
        describe(directory, &format!("attempt {attempt}"));
        let mut child = start(directory);
        while staging(&root).is_none() && child.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        sleep(Duration::from_micros(700) * attempt);
        child.kill().unwrap();
        killed += u32::from(child.wait().unwrap().signal().is_some());
        let found = generated(directory);
        if let Some(staging) = staging(&root) {
            let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode(&staging), 0o700);
            left += temporary(&found).len();
        }
        assert_eq!(run(directory, &["gen"]).code, Some(0));
        let new = generated(directory);
        each_is_one_of(&found, [&old, &new]);
        assert_eq!(temporary(&new), Vec::<&PathBuf>::new());
        old = new;
    }
    eprintln!("{KILLS} runs, {killed} killed, {left} temporary files left and removed");
    assert!(left > 0, "no run was killed while it wrote");
}

/// `import`, `lock --adopt` and `rebase` write beside services.toml, `gen` below it.
#[test]
fn whatever_command_was_killed_the_next_that_writes_there_tidies_up() {
    let (tree, home) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let tree = tree.path();
    fs::write(tree.join("services.toml"), fleet_of(1, "1")).unwrap();
    fs::write(tree.join("services.lock"), "version = 1\nfleet = \"many\"\n").unwrap();
    fs::write(tree.join(".gitignore"), ".dockwright-*\ngenerated\n").unwrap();
    fs::create_dir(tree.join("old")).unwrap();
    fs::write(tree.join("old/Dockerfile"), "FROM debian:bookworm-slim\n").unwrap();
    let imported = "FROM gcr.io/distroless/python3-debian13:nonroot\nCOPY one /app/one\nEXPOSE 9001\n\
                    HEALTHCHECK CMD [\"curl\", \"http://localhost:9001/health\"]\n\
                    ENTRYPOINT [\"python3\", \"-m\", \"one.main\"]\n";
    fs::create_dir(tree.join("one")).unwrap();
    fs::write(tree.join("one/Dockerfile"), imported).unwrap();
    fs::write(tree.join("one/main.py"), "").unwrap();
    assert_eq!(run(tree, &["gen"]).code, Some(0));
    for (directory, arguments) in [
        ("generated", &["gen"][..]),
        (".", &["lock", "--adopt"]),
        (".", &["rebase", "debian12", "debian13", "old"]),
        (".", &["import", "--write", "one/Dockerfile"]),
    ] {
        let staging = tree.join(directory).join(".dockwright-1-abc.tmp");
        fs::create_dir(&staging).unwrap();
        for name in ["lock", "0"] {
            fs::write(staging.join(name), "half").unwrap();
        }
        let mut command = dockwright(tree, arguments);
        let output = command.env("XDG_STATE_HOME", home.path()).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {said}");
        assert!(!staging.exists(), "{arguments:?} leaves it");
    }
}

/// Kills `import` and `lock` at moments all over a run: the file that they write is old or new, and the next run leaves
/// nothing else.
#[allow(clippy::print_stderr)]
#[test]
fn a_command_that_writes_one_file_and_is_killed_leaves_it_old_or_new() {
    const KILLS: u32 = 24;
    let base = "FROM gcr.io/distroless/python3-debian13:nonroot";
    let digest = "1".repeat(64);
    let imported = format!(
        "{base}\nCOPY new /app/new\nEXPOSE 9001\nHEALTHCHECK CMD [\"curl\", \"http://localhost:9001/health\"]\n\
         ENTRYPOINT [\"python3\", \"-m\", \"new.main\"]\n"
    );
    for (arguments, written) in [
        (&["import", "--write", "new/Dockerfile"][..], "services.toml"),
        (&["lock", "--adopt"], "services.lock"),
    ] {
        let tree = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
        let tree = tree.path();
        fs::write(tree.join("services.toml"), fleet_of(1, "1")).unwrap();
        fs::create_dir(tree.join("new")).unwrap();
        fs::write(tree.join("new/Dockerfile"), &imported).unwrap();
        fs::write(tree.join("new/main.py"), "").unwrap();
        if written == "services.lock" {
            let pin = |image: &str, tag: &str| {
                format!(
                    "\n[[pin]]\nimage = \"{image}\"\ntag = \"{tag}\"\ndigest = \"sha256:{digest}\"\n\
                     platforms = [\"linux/amd64\", \"linux/arm64\"]\nresolved_at = \"2026-01-01\"\n"
                )
            };
            let pins = pin("debian", "trixie-slim") + &pin("gcr.io/distroless/python3-debian13", "nonroot");
            fs::write(tree.join(written), format!("version = 1\nfleet = \"many\"\n{pins}")).unwrap();
        }
        let generated = run(tree, &["gen"]);
        assert_eq!(generated.code, Some(0), "{}", generated.err);
        if written == "services.lock" {
            // A bot writes a digest where dockwright takes it over.
            let dockerfile = tree.join("generated/s0/Dockerfile");
            let text = fs::read_to_string(&dockerfile).unwrap();
            fs::write(&dockerfile, text.replacen(&digest, &"2".repeat(64), 1)).unwrap();
        }
        let path = tree.join(written);
        let old = fs::read(&path).unwrap();
        let started = Instant::now();
        let ran = run(tree, arguments);
        let length = started.elapsed();
        assert_ne!(ran.code, Some(2), "{arguments:?}: {}", ran.err);
        let new = fs::read(&path).unwrap();
        assert_ne!(old, new, "{arguments:?} writes nothing");
        let (mut killed, mut before, mut left) = (0, 0, 0);
        for attempt in 0..KILLS {
            fs::write(&path, &old).unwrap();
            let mut command = dockwright(tree, arguments);
            let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            sleep(length * attempt / KILLS);
            // It may have ended already.
            let _ = child.kill();
            killed += u32::from(child.wait().unwrap().signal().is_some());
            let found = fs::read(&path).unwrap();
            assert!(found == old || found == new, "{written} is torn");
            before += u32::from(found == old);
            left += u32::from(staging(tree).is_some());
            fs::write(&path, &old).unwrap();
            assert_eq!(run(tree, arguments).code, ran.code);
            assert!(staging(tree).is_none() && fs::read(&path).unwrap() == new);
        }
        eprintln!(
            "{}: {KILLS} runs, {killed} killed, {before} before the file was in place, {left} left temporary files",
            arguments[0]
        );
        assert!(killed > 0, "{arguments:?} was never killed");
    }
}

#[test]
fn an_interrupt_ends_quietly() {
    let (directory, duration) = tree();
    let old = generated(directory.path());
    describe(directory.path(), "2");
    let mut child = start(directory.path());
    sleep(duration / 3);
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    let status = child.wait().unwrap();
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(said, "");
    assert!(!sent.success() || status.signal() == Some(2) || status.success(), "{status}");

    let torn = generated(directory.path());
    assert_eq!(run(directory.path(), &["gen"]).code, Some(0));
    each_is_one_of(&torn, [&old, &generated(directory.path())]);
}

#[test]
fn two_runs_at_once_write_the_same() {
    let (directory, _) = tree();
    describe(directory.path(), "2");
    let both = [start(directory.path()), start(directory.path())];
    for mut child in both {
        let status = child.wait().unwrap();
        let mut said = String::new();
        child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        assert!(status.success(), "{said}");
    }
    assert_eq!(run(directory.path(), &["gen", "--check"]).code, Some(0));
    assert_eq!(temporary(&generated(directory.path())), Vec::<&PathBuf>::new());
}

#[test]
fn two_runs_of_two_descriptions_at_once_tear_nothing() {
    let (directory, _) = tree();
    let old = generated(directory.path());
    let mut trees = Vec::new();
    let mut children = Vec::new();
    for version in ["2", "3"] {
        describe(directory.path(), version);
        let apart = directory.path().join(version);
        assert_eq!(run(directory.path(), &["gen", "--out", version]).code, Some(0));
        trees.push(files(&apart));
        children.push(start(directory.path()));
        sleep(Duration::from_millis(30));
    }
    for child in &mut children {
        // A file that the other run changed meanwhile is left alone and told.
        assert!(matches!(child.wait().unwrap().code(), Some(0 | 2)));
    }
    for (path, content) in generated(directory.path()) {
        let known = [&old, &trees[0], &trees[1]].iter().any(|tree| tree.get(&path) == Some(&content));
        assert!(known, "{} is torn", path.display());
    }
    assert_eq!(run(directory.path(), &["gen"]).code, Some(0));
    assert_eq!(generated(directory.path()), trees[1]);
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let (directory, _) = tree();
    describe(directory.path(), "2");
    for arguments in
        [&["gen", "--diff"][..], &["gen", "--check", "--format", "json"], &["bases", "--format", "json"]]
    {
        let mut command = dockwright(directory.path(), arguments);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut first = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
        let mut said = String::new();
        child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        assert_eq!((child.wait().unwrap().code(), said.as_str()), (Some(0), ""), "{arguments:?}");
        assert!(!first.is_empty());
    }
}
