//! `dockwright build` from outside, with a `docker` that does as it is told.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Answers as buildx does; what `bake` does stands in the file `bake` beside it.
const DOCKER: &str = r#"#!/bin/sh
here=$(dirname "$0")
case "$1 $2" in
"buildx version") echo "github.com/docker/buildx $(cat "$here/version")" ;;
"buildx inspect") cat "$here/inspect" ;;
"buildx bake") echo "$*" >>"$here/calls"; . "$here/bake" ;;
*) echo "docker: unknown command: docker $1" >&2; exit 1 ;;
esac
"#;

/// A directory with the small fleet and a `docker`.
struct Place {
    directory: tempfile::TempDir,
}

impl Place {
    fn new(bake: &str) -> Self {
        let place = Self { directory: tempfile::tempdir().unwrap() };
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/build_fleet"), &place.path(""));
        fs::create_dir(place.path("bin")).unwrap();
        place.write("bin/docker", DOCKER);
        fs::set_permissions(place.path("bin/docker"), fs::Permissions::from_mode(0o755)).unwrap();
        place.write("bin/version", "v0.28.0 b1281b8");
        place.write("bin/inspect", "Name: default\nDriver: docker\nStatus: running\n");
        place.write("bin/bake", bake);
        assert!(place.command(&["gen"]).output().unwrap().status.success());
        place
    }

    fn path(&self, below: &str) -> PathBuf {
        self.directory.path().join(below)
    }

    fn write(&self, below: &str, text: &str) {
        fs::write(self.path(below), text).unwrap();
    }

    fn calls(&self) -> Vec<String> {
        fs::read_to_string(self.path("bin/calls")).unwrap_or_default().lines().map(str::to_owned).collect()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dockwright"));
        let path = format!("{}:/usr/bin:/bin", self.path("bin").display());
        command.args(arguments).current_dir(self.directory.path()).env("PATH", path);
        command
    }

    fn run(&self, arguments: &[&str]) -> (Option<i32>, String) {
        said(&self.command(arguments).output().unwrap())
    }
}

fn said(output: &Output) -> (Option<i32>, String) {
    let text = [&output.stdout[..], &output.stderr[..]].concat();
    (output.status.code(), String::from_utf8(text).unwrap())
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            fs::create_dir(&target).unwrap();
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// A line of `bake` that reports a step.
fn step(name: &str, error: &str) -> String {
    let step = format!(
        r#"{{"vertexes":[{{"digest":"{name}","name":"{name}","started":"t","completed":"t","error":"{error}"}}]}}"#
    );
    format!("echo '{step}' >&2\n")
}

#[test]
fn without_docker_it_says_how_to_get_it() {
    let place = Place::new("exit 0");
    fs::remove_file(place.path("bin/docker")).unwrap();
    let output = place.command(&["build"]).env("PATH", place.path("bin")).output().unwrap();
    let (code, text) = said(&output);
    assert_eq!(code, Some(2));
    assert!(
        text.contains("no `docker` on the PATH") && text.contains("hint: install Docker Engine"),
        "{text}"
    );
}

#[test]
fn without_buildx_or_with_an_old_one_it_says_how_to_get_it() {
    let place = Place::new("exit 0");
    place.write("bin/version", "v0.12.1 30feaa1");
    let (code, text) = place.run(&["build"]);
    assert_eq!(code, Some(2));
    assert!(text.contains("buildx v0.12.1 is too old") && text.contains("docker-buildx"), "{text}");
    place.write("bin/docker", "#!/bin/sh\necho 'docker: unknown command: docker buildx' >&2\nexit 1\n");
    let (code, text) = place.run(&["build"]);
    assert_eq!(code, Some(2));
    assert!(text.contains("has no buildx") && text.contains("hint: install buildx 0.13 or later"), "{text}");
}

#[test]
fn an_engine_that_does_not_answer_is_not_asked_to_build() {
    let place = Place::new("exit 0");
    place.write(
        "bin/inspect",
        "Name: default\nDriver:\nError: Cannot connect to the Docker daemon at unix:///x\n",
    );
    let (code, text) = place.run(&["build"]);
    assert_eq!((code, place.calls().len()), (Some(2), 0));
    assert!(text.contains("no engine responds: Cannot connect"), "{text}");
}

/// Forty seconds are waited for an answer, and what was asked is ended with all that it started.
#[test]
fn an_engine_that_hangs_is_not_waited_for() {
    let place = Place::new("exit 0");
    let docker = DOCKER.replace("cat \"$here/inspect\"", "sleep 1000 & echo $$ $! >\"$here/asleep\"; wait");
    place.write("bin/docker", &docker);
    let start = Instant::now();
    let (code, text) = place.run(&["build"]);
    assert_eq!((code, place.calls().len()), (Some(2), 0), "{text}");
    assert!(text.contains("error: ") && text.contains("hint: "), "{text}");
    assert!(start.elapsed() < Duration::from_secs(90), "{:?}", start.elapsed());
    let asleep = fs::read_to_string(place.path("bin/asleep")).unwrap();
    assert_gone(&asleep.split_whitespace().map(str::to_owned).collect::<Vec<_>>());
}

#[test]
fn what_is_emulated_is_said_before_the_build() {
    let place = Place::new("exit 0");
    let service = "\n[services.slow]\nimage_only = false\n[services.slow.python]\ncommand = [\"-c\", \"pass\"]\n\
                   compile = [\"psycopg2==2.9.11\"]\nbuild_packages = [\"gcc\"]\n";
    let text = fs::read_to_string(place.path("services.toml")).unwrap();
    place.write("services.toml", &(text + service));
    assert_eq!(place.run(&["gen"]).0, Some(0));
    let emulated = "warning: `slow` compiles psycopg2==2.9.11 on the target platform, which a builder of another \
                    architecture emulates";
    for arguments in [&["build", "slow"][..], &["build", "--dry-run", "slow"]] {
        let (code, text) = place.run(arguments);
        assert_eq!(code, Some(0), "{text}");
        assert!(text.contains(emulated), "{text}");
    }
    let (_, text) = place.run(&["build", "aside"]);
    assert!(!text.contains("emulates"), "{text}");
}

#[test]
fn files_that_are_not_in_sync_are_not_built() {
    let place = Place::new("exit 0");
    let bake_file = place.path("generated/docker-bake.hcl");
    fs::write(&bake_file, fs::read_to_string(&bake_file).unwrap() + "\n# a change\n").unwrap();
    let (code, text) = place.run(&["build", "under"]);
    assert_eq!((code, place.calls().len()), (Some(1), 0));
    assert!(text.contains("not in sync with services.toml: generated/docker-bake.hcl"), "{text}");
    assert!(text.contains("hint: run `dockwright gen`"), "{text}");
}

/// `BuildKit` would name one of them a build, after minutes.
#[test]
fn sources_that_are_not_there_are_said_at_once_and_nothing_is_built() {
    let place = Place::new("exit 0");
    fs::remove_file(place.path("front/package-lock.json")).unwrap();
    let (code, text) = place.run(&["build"]);
    assert_eq!((code, place.calls().len()), (Some(2), 0), "{text}");
    for expected in [
        "error: there is no `front/package-lock.json` in the build context: a file of `broken`",
        "--> services.toml:",
        "hint: `npm ci` needs it",
        "1 error in services.toml; nothing was built",
    ] {
        assert!(text.contains(expected), "{expected:?} is not in\n{text}");
    }
    // What lacks nothing is built.
    let (code, text) = place.run(&["build", "--keep-going"]);
    assert_eq!((code, place.calls().len()), (Some(1), 3), "{text}");
    assert!(text.contains("broken  failed     there is no `front/package-lock.json`"), "{text}");
    assert!(text.contains("3 of 4 built in"), "{text}");
    let (code, _) = place.run(&["build", "aside"]);
    assert_eq!(code, Some(0));
}

#[test]
fn what_would_be_run_is_printed_and_not_run() {
    let place = Place::new("exit 0");
    let arguments =
        ["build", "--dry-run", "--push", "--stamp", "20261122-1200", "--attest", "provenance", "under"];
    let (code, text) = place.run(&arguments);
    assert_eq!((code, place.calls().len()), (Some(0), 0));
    let mut lines = text.lines();
    let command = lines.next().unwrap();
    assert!(command.starts_with("cd generated && TREE="), "{command}");
    assert!(
        command.ends_with("REGISTRY=docker.io STAMP=20261122-1200 PROVENANCE=true SBOM=false docker buildx bake --file docker-bake.hcl --push under"),
        "{command}"
    );
    let image = "under  docker.io/dockwright-mini/under:test, :20261122-1200 for linux/arm64, linux/amd64";
    assert_eq!(lines.collect::<Vec<_>>(), [image]);
}

/// Other drivers than `docker` keep an image to themselves that nothing loads.
#[test]
fn a_fleet_of_one_platform_is_loaded_also_where_it_is_not_the_machine_s() {
    let place = Place::new("exit 0");
    let text = fs::read_to_string(place.path("services.toml")).unwrap();
    let foreign = if cfg!(target_arch = "aarch64") { "linux/amd64" } else { "linux/arm64" };
    let only = text.replace(r#"["linux/arm64", "linux/amd64"]"#, &format!("[{foreign:?}]"));
    assert_ne!(text, only);
    fs::write(place.path("services.toml"), only).unwrap();
    assert_eq!(place.run(&["gen"]).0, Some(0));
    let shown = |more: &[&str]| place.run(&[&["build", "--dry-run"], more, &["under"]].concat()).1;
    assert!(shown(&[]).lines().next().unwrap().ends_with(" --load under"), "{}", shown(&[]));
    assert!(!shown(&["--push"]).contains("--load"));
}

/// One call for each service that can be built, and none for the others or for what stands on them.
#[test]
fn what_would_be_run_to_keep_going_is_what_is_run() {
    let place = Place::new("exit 0");
    let shown = |arguments: &[&str]| {
        let (code, text) = place.run(&[&["build", "--dry-run"], arguments].concat());
        let calls: Vec<String> =
            text.lines().filter_map(|line| Some(line.split_once(" docker ")?.1.replace('\'', ""))).collect();
        (code, calls, text)
    };
    let made = |arguments: &[&str]| {
        let _ = fs::remove_file(place.path("bin/calls"));
        let (code, _) = place.run(&[&["build"], arguments].concat());
        let mut calls: Vec<String> =
            place.calls().iter().map(|call| call.replace(" --progress=rawjson", "")).collect();
        calls.sort();
        (code, calls)
    };
    let agree = |arguments: &[&str]| {
        let (code, mut calls, text) = shown(arguments);
        calls.sort();
        assert_eq!((code, calls.clone()), made(arguments), "{text}");
        (code, calls.len(), text)
    };
    let (code, calls, _) = agree(&[]);
    assert_eq!((code, calls), (Some(0), 1));
    let (code, calls, _) = agree(&["--keep-going"]);
    assert_eq!((code, calls), (Some(0), 4));
    fs::remove_file(place.path("front/package-lock.json")).unwrap();
    let (code, calls, text) = agree(&["--keep-going"]);
    assert_eq!((code, calls), (Some(1), 3), "{text}");
    assert!(!text.contains("dockwright-mini/broken"), "{text}");
    assert_eq!(place.run(&["build", "--dry-run"]).0, Some(2));
    // What stands on a service that is refused is not built either.
    let text = fs::read_to_string(place.path("services.toml")).unwrap();
    let copies =
        "base       = \"plain\"\nextra      = { final = [\"COPY nothere /etc/\"] }\n[services.under.bare]";
    place.write("services.toml", &text.replace("base       = \"plain\"\n[services.under.bare]", copies));
    assert_eq!(place.run(&["gen", "--force"]).0, Some(0));
    let (code, calls, text) = agree(&["--keep-going"]);
    assert_eq!((code, calls), (Some(1), 1), "{text}");
}

/// A variable that means something else to whoever set it sends no image elsewhere.
#[test]
fn the_environment_does_not_decide_where_images_go() {
    let bake = r#"echo "$REGISTRY $STAMP $TREE $CACHE_TO" >>"$here/variables""#;
    let place = Place::new(bake);
    let run = |arguments: &[&str]| {
        let mut command = place.command(arguments);
        command.envs([
            ("REGISTRY", "evil.example"),
            ("STAMP", "evil"),
            ("TREE", "/evil"),
            ("CACHE_TO", "type=inline"),
        ]);
        said(&command.output().unwrap())
    };
    let arguments = ["build", "--push", "--stamp", "1", "under"];
    let (code, built) = run(&arguments);
    assert_eq!(code, Some(0), "{built}");
    let (_, shown) = run(&[&arguments[..], &["--dry-run"]].concat());
    let image = "under  docker.io/dockwright-mini/under:test, :1 for linux/arm64, linux/amd64\n";
    for text in [&built, &shown] {
        assert!(text.contains(image), "{text}");
        assert!(text.contains("warning: REGISTRY=evil.example in the environment is ignored"), "{text}");
        assert!(text.contains("hint: use --registry instead"), "{text}");
    }
    assert!(built.find("pushing to docker.io:\n").unwrap() < built.find("1 built in").unwrap(), "{built}");
    assert!(
        shown.contains(" REGISTRY=docker.io STAMP=1 ") && shown.contains(" CACHE_TO=type=inline "),
        "{shown}"
    );
    let variables = fs::read_to_string(place.path("bin/variables")).unwrap();
    let tree = place.path("").canonicalize().unwrap();
    assert_eq!(variables, format!("docker.io 1 {} type=inline\n", tree.display()));
}

#[test]
fn all_is_built_in_one_call() {
    let place = Place::new("exit 0");
    let (code, text) = place.run(&["build", "--platform", "linux/arm64"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.lines().last().unwrap().starts_with("4 built in"), "{text}");
    let call = "buildx bake --file docker-bake.hcl --set *.platform=linux/arm64 --load under over aside broken --progress=rawjson";
    assert_eq!(place.calls(), [call]);
}

#[test]
fn a_failure_shows_its_line_its_output_and_what_was_not_reached() {
    let bake = step("[under] exporting to image", "")
        + r#"echo '{"logs":[{"vertex":"[broken build 5/5] RUN npm run build","data":"YSBwaWVjZSBpcyBtaXNzaW5nCg=="}]}' >&2"#
        + "\n"
        + &step("[broken build 5/5] RUN npm run build", "exit code: 3")
        + "exit 1\n";
    let place = Place::new(&bake);
    let (code, text) = place.run(&["build"]);
    assert_eq!(code, Some(1));
    let generated = fs::read_to_string(place.path("generated/broken/Dockerfile")).unwrap();
    let line = generated.lines().position(|line| line.starts_with("RUN npm run build")).unwrap() + 1;
    for expected in [
        "error: `broken` was not built: exit code: 3",
        &format!("--> generated/broken/Dockerfile:{line}"),
        "  | a piece is missing",
        "broken  failed     generated/broken/Dockerfile:",
        ": exit code: 3: a piece is missing\n",
        "over    not built  the build ended before",
        "1 of 4 built in",
        "hint: `--keep-going`",
    ] {
        assert!(text.contains(expected), "{expected:?} is not in\n{text}");
    }
}

#[test]
fn keep_going_builds_what_can_be_built() {
    let bake = "case \"$*\" in *'under --progress'*)\n".to_owned()
        + &step("[2/2] COPY a /a", "\\\"/a\\\": not found")
        + "exit 1 ;; esac\n"
        + &step("exporting to image", "");
    let place = Place::new(&bake);
    let (code, text) = place.run(&["build", "--keep-going", "--platform", "linux/amd64"]);
    assert_eq!(code, Some(1));
    // `over` stands on `under`, and is not asked for.
    assert_eq!(place.calls().len(), 3, "{:?}", place.calls());
    assert!(text.contains("over    not built  based on under, which was not built"), "{text}");
    assert!(text.contains("2 of 4 built in"), "{text}");
    let output = place.command(&["build", "--keep-going", "--format", "json"]).output().unwrap();
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&report["built"], &report["total"]), (&2.into(), &4.into()));
    assert_eq!(report["services"][0]["service"], "under");
    assert_eq!(report["services"][0]["result"], "failed");
    assert!(report["services"][0]["cause"].as_str().unwrap().contains("\"/a\": not found"), "{report}");
    let output = place.command(&["build", "--keep-going", "--format", "markdown"]).output().unwrap();
    let table = String::from_utf8(output.stdout).unwrap();
    assert!(table.contains("| `over` | not built | based on under, which was not built |"), "{table}");
}

#[test]
fn an_engine_that_takes_one_connection_only_is_asked_again() {
    let bake = r#"if [ ! -e "$here/asked" ]; then touch "$here/asked"; echo "ERROR: only one connection allowed" >&2; exit 1; fi
"#;
    let place = Place::new(bake);
    let (code, text) = place.run(&["build", "under"]);
    assert_eq!((code, place.calls().len()), (Some(0), 2), "{text}");
    assert!(!text.contains("failed"), "{text}");
}

#[test]
fn what_a_build_says_moves_no_cursor() {
    let place = Place::new(&(step("[under 2/2] RUN \\u001b[2Jx", "\\u001b[2Jbad") + "exit 1\n"));
    let (code, text) = place.run(&["build", "under"]);
    assert_eq!(code, Some(1));
    assert!(!text.contains('\u{1b}'), "{text:?}");
    // Nor where colours are wanted, and nothing turns the words around.
    place.write("bin/bake", &(step("[under 2/2] RUN x", "\\u001b[2Jbad\\u202e\\u0007") + "exit 1\n"));
    let output = place.command(&["build", "under"]).env("CLICOLOR_FORCE", "1").output().unwrap();
    let (_, text) = said(&output);
    assert!(text.contains("bad\\u{202e}") && !text.contains("\u{1b}[2J"), "{text:?}");
    assert!(!text.contains(['\u{7}', '\u{202e}']), "{text:?}");
}

/// Starts a build whose `docker` never ends, and waits until it has written its numbers.
#[expect(clippy::zombie_processes, reason = "whoever asked for it waits for it")]
fn endless(bake: &str) -> (Place, Child, Vec<String>) {
    let place = Place::new(bake);
    let mut command = place.command(&["build", "under"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let numbers = place.path("bin/numbers");
    let start = Instant::now();
    loop {
        let text = fs::read_to_string(&numbers).unwrap_or_default();
        if text.ends_with("ready\n") {
            return (
                place,
                child,
                text.split_whitespace().filter(|word| *word != "ready").map(str::to_owned).collect(),
            );
        }
        assert!(start.elapsed() < Duration::from_secs(30), "docker was not started");
        sleep(Duration::from_millis(20));
    }
}

fn signal(name: &str, process: &str) -> bool {
    Command::new("kill").args([name, process]).stderr(Stdio::null()).status().unwrap().success()
}

fn assert_gone(processes: &[String]) {
    assert_eq!(processes.len(), 2);
    let start = Instant::now();
    while processes.iter().any(|process| signal("-0", process)) {
        assert!(start.elapsed() < Duration::from_secs(5), "a process is left of {processes:?}");
        sleep(Duration::from_millis(20));
    }
}

#[test]
fn an_interrupt_leaves_no_process() {
    for name in ["-INT", "-TERM", "-HUP"] {
        let (_place, child, processes) = endless("sleep 600 & echo $$ $! ready >\"$here/numbers\"; wait\n");
        assert!(signal(name, &child.id().to_string()));
        let (code, text) = said(&child.wait_with_output().unwrap());
        assert_eq!(code, Some(130), "{name}: {text}");
        assert!(text.contains("interrupted: 0 of 1 built"), "{text}");
        assert_gone(&processes);
    }
}

#[test]
fn a_second_interrupt_ends_what_does_not_listen() {
    let bake =
        "trap '' TERM INT; (trap '' TERM INT; sleep 600) & echo $$ $! ready >\"$here/numbers\"; wait; wait\n";
    let (_place, child, processes) = endless(bake);
    let process = child.id().to_string();
    let start = Instant::now();
    assert!(signal("-TERM", &process));
    sleep(Duration::from_millis(500));
    assert!(signal("-0", &processes[0]), "it was given no time");
    assert!(signal("-TERM", &process));
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(130));
    assert!(start.elapsed() < Duration::from_secs(8));
    assert_gone(&processes);
}
