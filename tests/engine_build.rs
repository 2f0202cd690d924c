//! `dockwright build` on a real engine, and against a real registry. Skipped where there is none.
#![cfg(unix)]

use std::fs;
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{sleep, spawn};
use std::time::{Duration, Instant};

/// Says why a test that needs more than this machine gives did not run.
#[allow(clippy::print_stderr)]
fn skipped(why: &str) {
    eprintln!("skipped: {why}");
}

fn succeeds(program: &str, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// The images that the small fleet stands on; without them a build would go to the network.
fn has_engine() -> bool {
    let images = ["debian:trixie-slim", "node:24-trixie-slim", "gcr.io/distroless/base-debian13:nonroot"];
    let answers = succeeds("docker", &["info"]) && succeeds("docker", &["buildx", "version"]);
    if !answers {
        skipped("no Docker Engine with buildx answers");
    } else if !images.iter().all(|image| succeeds("docker", &["image", "inspect", image])) {
        skipped("the engine does not have the images that the fleet stands on");
        return false;
    }
    answers
}

fn has_registry() -> bool {
    let has = succeeds("docker-registry", &["--version"]);
    if !has {
        skipped("docker-registry is not installed");
    }
    has
}

/// The small fleet in a directory of its own, with names of images that no other test has.
struct Fleet {
    directory: tempfile::TempDir,
    prefix: String,
}

impl Fleet {
    fn new(name: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let prefix = format!("dockwright-mini-{name}");
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/build_fleet"), directory.path());
        let fleet = Self { directory, prefix };
        fleet.replace("services.toml", "dockwright-mini", &fleet.prefix);
        assert!(fleet.command(&["gen"]).output().unwrap().status.success());
        fleet
    }

    fn path(&self, below: &str) -> PathBuf {
        self.directory.path().join(below)
    }

    fn replace(&self, below: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.path(below)).unwrap();
        assert!(text.contains(from));
        fs::write(self.path(below), text.replace(from, to)).unwrap();
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dockwright"));
        command.args(arguments).current_dir(self.directory.path());
        command
    }

    fn run(&self, arguments: &[&str]) -> (Option<i32>, String) {
        said(&self.command(arguments).output().unwrap())
    }

    /// Pushes what can be built of the fleet.
    fn push(&self, registry: &Registry) -> (Option<i32>, String) {
        self.push_to(&registry.address, registry)
    }

    /// Pushes to an address, as the user of a registry.
    fn push_to(&self, address: &str, registry: &Registry) -> (Option<i32>, String) {
        let own = format!("linux/{}", if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" });
        let mut command = self.command(&["build", "--push", "--stamp", "stamped", "--attest", "provenance"]);
        command.args(["--platform", &own, "--registry", address, "under", "over", "aside"]);
        said(&command.env("DOCKER_CONFIG", registry.path("client")).output().unwrap())
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        let filter = format!("reference=*{}/*", self.prefix);
        let anywhere = format!("reference=*/{}/*", self.prefix);
        let mut list = Command::new("docker");
        list.args([
            "image",
            "ls",
            "--format",
            "{{.Repository}}:{{.Tag}}",
            "--filter",
            &filter,
            "--filter",
            &anywhere,
        ]);
        let Ok(output) = list.output() else { return };
        for image in String::from_utf8_lossy(&output.stdout).lines() {
            let _gone = succeeds("docker", &["image", "rm", image]);
        }
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

/// A registry on the loopback interface.
struct Registry {
    directory: tempfile::TempDir,
    address: String,
    process: Option<Child>,
}

impl Registry {
    /// A registry that stores below `storage`, or in a directory of its own; `more` is added to its
    /// settings.
    fn start(storage: Option<&Path>, more: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let storage = storage.map_or_else(|| directory.path().join("data"), Path::to_owned);
        fs::create_dir(directory.path().join("client")).unwrap();
        let mut registry = Self { directory, address: String::new(), process: None };
        // A port that is free now may be another test's a moment later.
        while registry.process.is_none() {
            let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            registry.address = format!("127.0.0.1:{port}");
            let id = registry.directory.path().display();
            let settings = format!(
                "version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {}}}}}\nhttp: {{addr: '{}', headers: {{X-Id: ['{id}']}}}}\n{}",
                storage.display(),
                registry.address,
                more.replace("DIRECTORY", &id.to_string()),
            );
            fs::write(registry.path("settings.yml"), settings).unwrap();
            registry.resume();
            if !registry.answers_itself() {
                registry.stop();
            }
        }
        registry
    }

    /// Whether it has the port, and not the registry of another test.
    fn answers_itself(&self) -> bool {
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let answer = agent.get(format!("http://{}/v2/", self.address)).call();
        let id = self.directory.path().display().to_string();
        answer.is_ok_and(|answer| answer.headers().get("X-Id").is_some_and(|found| *found == *id))
    }

    fn path(&self, below: &str) -> PathBuf {
        self.directory.path().join(below)
    }

    fn resume(&mut self) {
        let mut command = Command::new("docker-registry");
        command.arg("serve").arg(self.path("settings.yml")).stdout(Stdio::null()).stderr(Stdio::null());
        self.process = Some(command.spawn().unwrap());
        let start = Instant::now();
        while std::net::TcpStream::connect(&self.address).is_err() {
            assert!(start.elapsed() < Duration::from_secs(10), "the registry does not come up");
            sleep(Duration::from_millis(20));
        }
    }

    fn stop(&mut self) {
        if let Some(mut process) = self.process.take() {
            // One that did not get the port has ended already.
            let _ended = process.kill();
            process.wait().unwrap();
        }
    }

    /// What the client says to this registry who it is.
    fn log_in(&self, user_and_password_in_base64: &str) {
        let config =
            format!(r#"{{"auths":{{"{}":{{"auth":"{user_and_password_in_base64}"}}}}}}"#, self.address);
        fs::write(self.path("client/config.json"), config).unwrap();
    }

    /// Whether it has both tags of an image, as image indexes.
    fn has(&self, image: &str) -> bool {
        ["test", "stamped"].iter().all(|tag| {
            let url = format!("http://{}/v2/{image}/manifests/{tag}", self.address);
            let request = ureq::get(&url).header("Accept", "application/vnd.oci.image.index.v1+json");
            request.call().is_ok_and(|answer| answer.status() == 200)
        })
    }

    fn assert_has_all(&self, fleet: &Fleet) {
        for name in ["under", "over", "aside"] {
            assert!(self.has(&format!("{}/{name}", fleet.prefix)), "{name} is not there");
        }
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        self.stop();
    }
}

#[test]
fn one_image_stands_on_another_and_one_failure_leaves_the_rest() {
    if !has_engine() {
        return;
    }
    let fleet = Fleet::new("local");
    let (code, text) = fleet.run(&["build", "--keep-going"]);
    assert_eq!(code, Some(1), "{text}");
    let dockerfile = fs::read_to_string(fleet.path("generated/broken/Dockerfile")).unwrap();
    let line = dockerfile.lines().position(|line| line.starts_with("RUN npm run build")).unwrap() + 1;
    for expected in [
        format!("--> generated/broken/Dockerfile:{line}"),
        "  | a piece is missing".into(),
        "3 of 4 built".into(),
    ] {
        assert!(text.contains(&expected), "{expected:?} is not in\n{text}");
    }
    let layers = |name: &str| {
        let image = format!("{}/{name}:test", fleet.prefix);
        let mut inspect = Command::new("docker");
        inspect.args([
            "image",
            "inspect",
            "--format",
            "{{range .RootFS.Layers}}{{println .}}{{end}}",
            &image,
        ]);
        let (code, text) = said(&inspect.output().unwrap());
        assert_eq!(code, Some(0), "{text}");
        text.trim().to_owned()
    };
    let (under, over) = (layers("under"), layers("over"));
    // `under` is in no registry, so `over` was built from what the same call built. Layers are counted and not
    // compared: an engine whose cache holds two results of a step may take another one for each image.
    let (under, over): (Vec<&str>, Vec<&str>) = (under.lines().collect(), over.lines().collect());
    assert!(over.first() == under.first() && over.len() > under.len(), "`over` does not stand on `under`");

    fleet.replace("front/package.json", "&& exit 3", "&& mkdir -p dist && touch dist/index.html");
    let (code, text) = fleet.run(&["build"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("4 built in"), "{text}");
}

#[test]
fn an_interrupt_cancels_the_build() {
    if !has_engine() {
        return;
    }
    let fleet = Fleet::new("interrupt");
    fleet.replace("front/package.json", "echo looking for", "sleep 613 && echo looking for");
    let mut command = fleet.command(&["build", "broken"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let runs = |what: &str| succeeds("pgrep", &["-f", what]);
    let start = Instant::now();
    while !runs("^sleep 613") {
        assert!(start.elapsed() < Duration::from_secs(120), "the step did not begin");
        sleep(Duration::from_millis(100));
    }
    assert!(succeeds("kill", &["-TERM", &child.id().to_string()]));
    let (code, text) = said(&child.wait_with_output().unwrap());
    assert_eq!(code, Some(130), "{text}");
    let start = Instant::now();
    while runs("^sleep 613") {
        assert!(start.elapsed() < Duration::from_secs(20), "the step goes on");
        sleep(Duration::from_millis(100));
    }
}

#[test]
fn both_tags_are_pushed_and_a_wrong_password_is_refused() {
    if !has_engine() || !has_registry() {
        return;
    }
    let fleet = Fleet::new("password");
    let registry = Registry::start(None, "");
    let (code, text) = fleet.push(&registry);
    assert_eq!(code, Some(0), "{text}");
    registry.assert_has_all(&fleet);
    drop(registry);

    let locked = Registry::start(None, "auth: {htpasswd: {realm: test, path: DIRECTORY/client/users}}\n");
    // user:right, by `htpasswd -B`
    let user = "user:$2y$05$VATSI4K5FVmlWuxa5Occ4Ocy.kaUj4RA38Yq7/LpD6AuY6EOx0Che\n";
    fs::write(locked.path("client/users"), user).unwrap();
    locked.log_in("dXNlcjp3cm9uZw==");
    let (code, text) = fleet.push(&locked);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("was built, but not exported: failed to push"), "{text}");
    assert!(text.contains("401 Unauthorized") && text.contains("hint: log in with `docker login`"), "{text}");
    locked.log_in("dXNlcjpyaWdodA==");
    let (code, text) = fleet.push(&locked);
    assert_eq!(code, Some(0), "{text}");
}

/// Stands before a registry, and answers once in its place: to the first question of the client after a tag that the
/// builder has pushed. A client that pushes nothing of its own is not disturbed.
struct InFront {
    address: String,
    refused: Arc<Mutex<usize>>,
}

impl InFront {
    fn start(registry: &Registry) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (refused, behind) = (Arc::new(Mutex::new(0)), registry.address.clone());
        let count = Arc::clone(&refused);
        // It ends with the test.
        spawn(move || {
            for client in listener.incoming().flatten() {
                let (count, behind) = (Arc::clone(&count), behind.clone());
                spawn(move || drop(Self::answer(client, &behind, &count)));
            }
        });
        Self { address, refused }
    }

    fn answer(mut client: TcpStream, behind: &str, refused: &Mutex<usize>) -> io::Result<()> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            client.read_exact(&mut byte)?;
            head.push(byte[0]);
            // A client that tries TLS first.
            if head[0] == 0x16 {
                return client.write_all(b"HTTP/1.0 400 Bad Request\r\n\r\n");
            }
        }
        let head = String::from_utf8_lossy(&head).into_owned();
        let is_meant = head.starts_with("HEAD ") && head.contains("/over/manifests/stamped ");
        if is_meant && head.contains("User-Agent: docker/") {
            let mut refused = refused.lock().unwrap();
            *refused += 1;
            if *refused == 1 {
                let answer =
                    b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
                return client.write_all(answer);
            }
        }
        // One question a connection, so that each is looked at.
        let mut registry = TcpStream::connect(behind)?;
        registry.write_all(head.replacen("\r\n", "\r\nConnection: close\r\n", 1).as_bytes())?;
        let (mut from, mut to) = (client.try_clone()?, registry.try_clone()?);
        spawn(move || {
            io::copy(&mut from, &mut to)?;
            to.shutdown(Shutdown::Write)
        });
        io::copy(&mut registry, &mut client)?;
        client.shutdown(Shutdown::Both)
    }
}

/// A registry without locks answers so when a tag is asked for while it is written.
#[test]
fn a_registry_that_is_in_trouble_once_is_asked_again() {
    if !has_engine() || !has_registry() {
        return;
    }
    let fleet = Fleet::new("trouble");
    let registry = Registry::start(None, "");
    let front = InFront::start(&registry);
    let (code, text) = fleet.push_to(&front.address, &registry);
    assert_eq!(code, Some(0), "{text}");
    registry.assert_has_all(&fleet);
    let is_repeated = text.contains("trying again") && text.contains("500 Internal Server Error");
    assert_eq!(is_repeated, *front.refused.lock().unwrap() > 0, "{text}");
}

/// What came of a push to a registry that ends as soon as it has something of the first image.
fn push_to_one_that_ends(fleet: &Fleet) -> (Registry, (Option<i32>, String)) {
    let registry = Registry::start(None, "");
    let repositories = registry.path("data").join("docker/registry/v2/repositories");
    let pid = registry.process.as_ref().unwrap().id().to_string();
    let below = |directory: &Path| -> Vec<PathBuf> {
        fs::read_dir(directory).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
    };
    let watcher = std::thread::spawn(move || {
        let start = Instant::now();
        while below(&repositories).iter().all(|owner| below(owner).is_empty()) {
            assert!(start.elapsed() < Duration::from_secs(120), "nothing was pushed");
            sleep(Duration::from_millis(1));
        }
        assert!(succeeds("kill", &["-KILL", &pid]));
    });
    let pushed = fleet.push(&registry);
    watcher.join().unwrap();
    (registry, pushed)
}

#[test]
fn after_a_registry_was_gone_a_second_run_finishes_the_rest() {
    if !has_engine() || !has_registry() {
        return;
    }
    let fleet = Fleet::new("gone");
    // A push that was quicker than the end of the registry shows nothing.
    let (mut registry, (code, text)) = (0..3)
        .map(|_| push_to_one_that_ends(&fleet))
        .find(|(_, (code, _))| *code != Some(0))
        .expect("a push that does not end in time");
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("failed to push") && text.contains("hint: when the registry is back"), "{text}");
    registry.stop();
    registry.resume();
    let (code, text) = fleet.push(&registry);
    assert_eq!(code, Some(0), "{text}");
    registry.assert_has_all(&fleet);
}

/// A file system of so many KiB, as long as it lives.
struct Disk(tempfile::TempDir);

impl Disk {
    fn new(size: &str) -> Option<Self> {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().to_str().unwrap();
        succeeds("mount", &["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs", path])
            .then(|| Self(directory))
    }

    fn path(&self) -> &str {
        self.0.path().to_str().unwrap()
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _unmounted = succeeds("umount", &["-l", self.path()]);
    }
}

#[test]
fn after_a_full_disk_a_second_run_finishes_the_rest() {
    if !has_engine() || !has_registry() {
        return;
    }
    let Some(disk) = Disk::new("1m") else {
        skipped("only root may mount a small file system");
        return;
    };
    let fleet = Fleet::new("full");
    let registry = Registry::start(Some(disk.0.path()), "");
    let (code, text) = fleet.push(&registry);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("500 Internal Server Error") && text.contains("often a full disk"), "{text}");
    assert!(succeeds("mount", &["-o", "remount,size=500m", disk.path()]));
    // What it wrote last may be empty, and it trips over that itself.
    assert!(succeeds("find", &[disk.path(), "-type", "f", "-size", "0", "-delete"]));
    let (code, text) = fleet.push(&registry);
    assert_eq!(code, Some(0), "{text}");
    registry.assert_has_all(&fleet);
}
