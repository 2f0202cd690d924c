//! `dockwright lock`, `gen` and `status --registry` as their users run them, against registries on loopback.

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use super::real::{Registry, USER};
use super::server::{Server, digest, index, respond};

/// A directory with a fleet whose images lie in a registry.
pub(crate) struct Fleet {
    directory: TempDir,
    host: String,
}

/// What a run came to, with `HOST` for the registry, whose port differs from run to run.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    out: String,
    pub(crate) err: String,
}

impl Fleet {
    pub(crate) fn new(host: &str) -> Self {
        let text = format!(
            r#"[fleet]
name     = "shop"
image    = "shop/{{name}}"
tag      = "1"
registry = "{host}"
lock_age = 30

[bases]
redis = {{ build = "{host}/redis:7.2", run = "{host}/base:nonroot" }}
own   = {{ build = "{host}/redis:7.2", run = "shop/cache:1" }}

[services.cache]
dockerfile = "cache/Dockerfile"
base       = "redis"
programs   = {{ paths = ["/usr/local/bin/redis-server"] }}
ports      = [6379]
health     = {{ tcp = 6379 }}

[services.cache.native]
command = ["/usr/local/bin/redis-server"]

[services.basket]
dockerfile = "basket/Dockerfile"
base       = "own"
health     = {{ none = "a base" }}

[services.basket.bare]
"#
        );
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("services.toml"), text).unwrap();
        Self { directory, host: host.to_owned() }
    }

    fn path(&self, path: &str) -> std::path::PathBuf {
        self.directory.path().join(path)
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap()
    }

    fn edit(&self, path: &str, from: &str, to: &str) {
        let text = self.read(path);
        assert!(text.contains(from), "{text}");
        fs::write(self.path(path), text.replace(from, to)).unwrap();
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        self.run_with(arguments, &[])
    }

    pub(crate) fn run_with(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Ran {
        let output = Command::new(env!("CARGO_BIN_EXE_dockwright"))
            .args(arguments)
            .current_dir(self.directory.path())
            .env("DOCKER_CONFIG", self.directory.path().join("no-docker"))
            .envs(environment.iter().copied())
            .output()
            .unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace(&self.host, "HOST");
        Ran { code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) }
    }
}

/// An honest registry that has every tag for both platforms.
fn honest() -> Server {
    Server::start(|request, _, stream| {
        let content = index(&["arm64", "amd64"]);
        respond(stream, request, "200 OK", &[("Docker-Content-Digest", &digest(&content))], &content);
    })
}

fn from_lines(dockerfile: &str) -> Vec<String> {
    dockerfile.lines().filter(|line| line.starts_with("FROM ")).map(str::to_owned).collect()
}

#[test]
fn pins_are_written_and_stand_in_from_lines() {
    let server = honest();
    let fleet = Fleet::new(&server.host());
    let first = fleet.run(&["gen"]);
    assert_eq!(first.err, "hint: images are named by tag; `dockwright lock --update` pins them\n");
    assert_eq!(fleet.run(&["gen"]).err, "", "it says so once");
    assert!(from_lines(&fleet.read("generated/cache/Dockerfile"))[0].ends_with("/base:nonroot AS runtime"));
    assert!(server.seen().is_empty(), "gen asks nobody");

    let ran = fleet.run(&["lock", "--update"]);
    let start = &digest(&index(&["arm64", "amd64"]))[..19];
    assert_eq!(
        (ran.code, ran.out),
        (
            Some(0),
            format!(
                "added    HOST/base:nonroot {start}\nadded    HOST/redis:7.2 {start}\n2 images: 2 changed, 0 as before\n"
            )
        ),
        "{}",
        ran.err
    );
    assert_eq!(fleet.run(&["gen", "--check"]).code, Some(1), "the files name tags");
    let asked = server.seen().len();
    assert_eq!(fleet.run(&["gen"]).code, Some(0));
    let pin = digest(&index(&["arm64", "amd64"]));
    let lines = from_lines(&fleet.read("generated/cache/Dockerfile"));
    assert_eq!(lines[0], format!("FROM {}/base:nonroot@{pin} AS runtime", server.host()));
    assert!(lines.contains(&format!("FROM {}/redis:7.2@{pin} AS upstream", server.host())), "{lines:?}");
    let own = from_lines(&fleet.read("generated/basket/Dockerfile"));
    assert_eq!(own.last().unwrap(), "FROM shop/cache:1", "an image of the fleet has no pin");
    assert_eq!(fleet.run(&["gen", "--check"]).code, Some(0));
    assert_eq!(
        fleet.run(&["show", "cache"]).out,
        fleet.read("generated/cache/Dockerfile").replace(&server.host(), "HOST")
    );
    assert_eq!(server.seen().len(), asked, "only lock asks");
}

#[test]
fn a_lock_that_lacks_or_has_too_much_fails_the_check() {
    let server = honest();
    let fleet = Fleet::new(&server.host());
    fleet.run(&["lock", "--update"]);
    fleet.run(&["gen"]);
    fleet.edit("services.lock", "tag = \"7.2\"", "tag = \"7.0\"");
    fleet.run(&["gen"]);
    let ran = fleet.run(&["gen", "--check"]);
    assert_eq!(ran.code, Some(1));
    assert_eq!(
        ran.err,
        "warning: services.lock has no pin of HOST/redis:7.2, which services.toml uses\n\
         warning: services.lock pins HOST/redis:7.0, which services.toml does not use\n\
         hint: run `dockwright lock --update`\n"
    );
    let ran = fleet.run(&["lock", "--update", "redis:7.3"]);
    assert_eq!(ran.code, Some(2));
    let ran = fleet.run(&["lock", "--update", &format!("{}/redis", server.host())]);
    assert!(
        ran.out.contains("added    HOST/redis:7.2") && ran.out.contains("removed  HOST/redis:7.0"),
        "{ran:?}"
    );
    fleet.run(&["gen"]);
    assert_eq!(fleet.run(&["gen", "--check"]).code, Some(0));
}

#[test]
fn a_pin_that_lacks_a_platform_of_the_fleet_fails_the_check() {
    let server = honest();
    let fleet = Fleet::new(&server.host());
    fleet.run(&["lock", "--update"]);
    fleet.run(&["gen"]);
    fleet.edit("services.lock", "\"linux/amd64\", \"linux/arm64\"", "\"linux/amd64\"");
    let ran = fleet.run(&["gen", "--check"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert_eq!(
        ran.err,
        "warning: services.lock: the pin of HOST/base:nonroot is not for linux/arm64\n\
         warning: services.lock: the pin of HOST/redis:7.2 is not for linux/arm64\n\
         hint: run `dockwright lock --update`\n"
    );
    fleet.run(&["lock", "--update"]);
    assert_eq!(fleet.run(&["gen", "--check"]).code, Some(0));
}

#[test]
fn an_old_pin_is_a_warning() {
    let server = honest();
    let fleet = Fleet::new(&server.host());
    fleet.run(&["lock", "--update"]);
    let text = fleet.read("services.lock");
    let today = text.lines().find_map(|line| line.strip_prefix("resolved_at = ")).unwrap().to_owned();
    fleet.edit("services.lock", &today, "\"2024-01-01\"");
    fleet.run(&["gen"]);
    let ran = fleet.run(&["gen", "--check"]);
    assert_eq!(ran.code, Some(0));
    assert!(ran.err.starts_with("warning: services.lock: the pin of HOST/base:nonroot is "), "{}", ran.err);
    fleet.edit("services.toml", "lock_age = 30", "lock_age = 40000");
    assert_eq!(fleet.run(&["gen", "--check"]).err, "");
}

#[test]
fn a_lock_of_another_fleet_or_a_broken_one_stops_gen_and_is_written_anew() {
    let server = honest();
    let fleet = Fleet::new(&server.host());
    fleet.run(&["lock", "--update"]);
    let good = fleet.read("services.lock");
    for (broken, message) in [
        (good.replace("\"shop\"", "\"lucid\""), "the lock of the fleet `lucid`, not of `shop`"),
        (good.replace("[[pin]]", "<<<<<<< HEAD\n[[pin]]"), "merge conflict"),
    ] {
        fs::write(fleet.path("services.lock"), &broken).unwrap();
        let ran = fleet.run(&["gen"]);
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""));
        assert!(ran.err.contains(message) && ran.err.contains("services.lock:"), "{}", ran.err);
        assert!(!fleet.path("generated").exists());
        assert_eq!(fleet.run(&["lock", "--update", "redis"]).code, Some(2), "not in parts");
        assert_eq!(fleet.read("services.lock"), broken);
        assert_eq!(fleet.run(&["lock", "--update"]).code, Some(0));
        assert_eq!(fleet.read("services.lock"), good);
    }
}

#[test]
fn digests_of_a_bot_are_adopted() {
    let server = honest();
    let fleet = Fleet::new(&server.host());
    fleet.run(&["lock", "--update"]);
    fleet.run(&["gen"]);
    let (old, new) = (digest(&index(&["arm64", "amd64"])), format!("sha256:{}", "b".repeat(64)));
    let redis = |digest: &str| format!("redis:7.2@{digest}");
    fleet.edit("generated/cache/Dockerfile", &redis(&old), &redis(&new));

    let ran = fleet.run(&["gen", "--check"]);
    assert_eq!(ran.code, Some(1));
    assert!(
        ran.out.starts_with(
            "pin drift generated/cache/Dockerfile\nhint: pin drift: `dockwright lock --adopt` accepts"
        ),
        "{}",
        ran.out
    );
    assert_eq!(fleet.run(&["gen"]).code, Some(1), "it is not undone");

    let ran = fleet.run(&["lock", "--adopt"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(ran.out.starts_with("updated  HOST/redis:7.2 "), "{}", ran.out);
    let lock = fleet.read("services.lock");
    assert!(lock.contains(&new) && lock.contains(&old), "the other pin stays");
    assert_eq!(fleet.run(&["gen"]).code, Some(0));
    assert!(fleet.read("generated/basket/Dockerfile").contains(&redis(&new)), "the other files follow");
    assert_eq!(fleet.run(&["gen", "--check"]).code, Some(0));
    assert!(fleet.run(&["lock", "--adopt"]).out.starts_with("2 images: 0 changed"));
}

#[test]
fn what_cannot_be_adopted_is_told() {
    let server = honest();
    let fleet = Fleet::new(&server.host());
    let ran = fleet.run(&["lock", "--adopt"]);
    assert_eq!(ran.code, Some(2));
    assert_eq!(ran.err, "error: there is no `services.lock`\nhint: run `dockwright lock --update` first\n");
    fleet.run(&["lock", "--update"]);
    fleet.run(&["gen"]);
    let (lock, old) = (fleet.read("services.lock"), digest(&index(&["arm64", "amd64"])));
    let other = |digit: &str| format!("redis:7.2@sha256:{}", digit.repeat(64));
    fleet.edit("generated/cache/Dockerfile", &format!("redis:7.2@{old}"), &other("b"));
    fleet.edit("generated/basket/Dockerfile", &format!("redis:7.2@{old}"), &other("c"));
    let ran = fleet.run(&["lock", "--adopt"]);
    assert_eq!((ran.code, fleet.read("services.lock")), (Some(2), lock.clone()));
    assert!(ran.err.contains("have different digests for one image"), "{}", ran.err);

    fleet.run(&["gen", "--force"]);
    fleet.edit("generated/cache/Dockerfile", "redis:7.2@", "redis:7.4@");
    let ran = fleet.run(&["lock", "--adopt"]);
    assert_eq!((ran.code, fleet.read("services.lock")), (Some(1), lock));
    assert!(ran.out.starts_with("left     generated/cache/Dockerfile: HOST/redis:7.4@"), "{}", ran.out);
}

/// Offline, every image of a registry fails alike.
#[test]
fn what_is_wrong_with_a_registry_is_said_once() {
    // A port that nothing listens on.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let host = format!("localhost:{}", listener.local_addr().unwrap().port());
    drop(listener);
    let fleet = Fleet::new(&host);
    let ran = fleet.run(&["lock", "--update"]);
    let images = "HOST/base:nonroot, HOST/redis:7.2";
    let expected = format!(
        "error: HOST cannot be reached: connection refused (for {images})\n\
         hint: check the network; behind a proxy, set HTTPS_PROXY\n"
    );
    assert_eq!((ran.code, ran.err), (Some(2), expected));
    let ran = fleet.run(&["status", "--registry"]);
    assert!(ran.err.contains("(for shop/cache:1, shop/basket:1)\nhint"), "{}", ran.err);
}

#[test]
fn whatever_a_registry_does_wrong_nothing_is_written() {
    type Answer = fn(&super::server::Request, &mut std::net::TcpStream);
    let cases: [(&str, Answer); 5] = [
        // A platform that closes its string and goes on with a pin of its own.
        ("HOST sent a manifest that is not valid: `linux/amd64", |request, stream| {
            let content = index(&["amd64\"]\n\n[[pin]]\nimage = \"evil", "arm64"]);
            respond(stream, request, "200 OK", &[("Docker-Content-Digest", &digest(&content))], &content);
        }),
        ("HOST/base:nonroot does not exist", |request, stream| {
            respond(stream, request, "404 Not Found", &[], b"");
        }),
        ("HOST/base:nonroot is not published for linux/arm64", |request, stream| {
            let content = index(&["amd64"]);
            respond(stream, request, "200 OK", &[("Docker-Content-Digest", &digest(&content))], &content);
        }),
        ("HOST sent content for HOST/base:nonroot with the digest", |request, stream| {
            respond(
                stream,
                request,
                "200 OK",
                &[("Docker-Content-Digest", &digest(b"x"))],
                &index(&["amd64"]),
            );
        }),
        ("HOST sent a manifest that is not valid", |request, stream| {
            respond(stream, request, "200 OK", &[("Docker-Content-Digest", &digest(b"garbage"))], b"garbage");
        }),
    ];
    for (message, answer) in cases {
        let server = Server::start(move |request, _, stream| answer(request, stream));
        let fleet = Fleet::new(&server.host());
        let ran = fleet.run(&["lock", "--update"]);
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{message}");
        assert!(ran.err.starts_with(&format!("error: {message}")), "{}", ran.err);
        assert!(!fleet.path("services.lock").exists(), "{message}");
    }
}

/// Makes a pipe that nobody writes to.
#[cfg(unix)]
fn pipe(path: &std::path::Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

#[cfg(unix)]
#[test]
fn a_pipe_as_lock_or_as_docker_s_configuration_is_not_waited_for() {
    let server = honest();
    let fleet = Fleet::new(&server.host());
    let config = fleet.path("docker");
    fs::create_dir(&config).unwrap();
    pipe(&config.join("config.json"));
    let ran = fleet.run_with(&["lock", "--update"], &[("DOCKER_CONFIG", config.to_str().unwrap())]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.err.contains("config.json cannot be read: it is not a regular file"), "{}", ran.err);

    pipe(&fleet.path("services.lock"));
    for arguments in [&["gen", "--check"][..], &["lock", "--update"], &["build", "--dry-run"]] {
        let ran = fleet.run(arguments);
        assert_eq!(ran.code, Some(2), "{ran:?}");
        assert!(ran.err.contains("cannot read `services.lock`: it is not a regular file"), "{}", ran.err);
    }
    fs::remove_file(fleet.path("services.lock")).unwrap();
    std::os::unix::fs::symlink("/dev/zero", fleet.path("services.lock")).unwrap();
    assert!(fleet.run(&["gen", "--check"]).err.contains("the link leads out of its directory"));
}

#[cfg(unix)]
#[test]
fn a_helper_whose_grandchild_keeps_the_pipe_is_not_waited_for() {
    use std::os::unix::fs::PermissionsExt as _;
    let server = Server::start(|request, _, stream| {
        if request.header("authorization") == Some("Basic YWRhOnNlY3JldA==") {
            let content = index(&["arm64", "amd64"]);
            return respond(stream, request, "200 OK", &[], &content);
        }
        respond(stream, request, "401 Unauthorized", &[("WWW-Authenticate", "Basic realm=x")], b"");
    });
    let fleet = Fleet::new(&server.host());
    let config = fleet.path("docker");
    fs::create_dir(&config).unwrap();
    fs::write(config.join("config.json"), r#"{"credsStore": "lingers"}"#).unwrap();
    let helper = config.join("docker-credential-lingers");
    let script = "#!/bin/sh\nsleep 600 &\necho $! >>\"$0.numbers\"\necho '{\"Username\": \"ada\", \"Secret\": \"secret\"}'\n";
    fs::write(&helper, script).unwrap();
    fs::set_permissions(&helper, fs::Permissions::from_mode(0o755)).unwrap();
    let start = std::time::Instant::now();
    let path = format!("{}:{}", config.display(), std::env::var("PATH").unwrap());
    let environment = [("PATH", path.as_str()), ("DOCKER_CONFIG", config.to_str().unwrap())];
    let ran = fleet.run_with(&["lock", "--update"], &environment);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(start.elapsed() < std::time::Duration::from_secs(20), "{:?}", start.elapsed());
    let alive = |number: &str| {
        let mut kill = Command::new("kill");
        kill.args(["-0", number]).stderr(std::process::Stdio::null()).status().unwrap().success()
    };
    for number in fs::read_to_string(config.join("docker-credential-lingers.numbers")).unwrap().lines() {
        while alive(number) {
            assert!(start.elapsed() < std::time::Duration::from_secs(20), "{number} is left");
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
    }
}

#[test]
fn an_update_follows_a_push_to_a_real_registry() {
    let Some(registry) = Registry::start(false) else { return };
    let fleet = Fleet::new(&registry.host);
    let both = ["amd64", "arm64"];
    registry.push_index("redis", "7.2", &both, "2026-11-01T00:00:00Z");
    registry.push_index("base", "nonroot", &both, "2026-11-01T00:00:00Z");
    assert_eq!(fleet.run(&["lock", "--update"]).code, Some(0));
    assert!(fleet.run(&["lock", "--update"]).out.ends_with("2 images: 0 changed, 2 as before\n"));
    let pushed = registry.push_index("redis", "7.2", &both, "2026-11-02T00:00:00Z");
    let ran = fleet.run(&["lock", "--update"]);
    assert!(ran.out.starts_with("updated  HOST/redis:7.2 sha256:"), "{ran:?}");
    assert!(ran.out.ends_with("2 images: 1 changed, 1 as before\n"), "{}", ran.out);
    assert!(fleet.read("services.lock").contains(&pushed));
    registry.push_index("redis", "7.2", &["amd64"], "2026-11-03T00:00:00Z");
    let ran = fleet.run(&["lock", "--update", "redis"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.starts_with("error: HOST/redis:7.2 is not published for linux/arm64\n"), "{}", ran.err);
    assert!(fleet.read("services.lock").contains(&pushed), "what was pinned stays");
}

#[test]
fn the_status_is_what_the_registry_has() {
    let Some(registry) = Registry::start(false) else { return };
    let fleet = Fleet::new(&registry.host);
    let table = |ran: Ran| ran.out;
    assert!(table(fleet.run(&["status", "--registry"])).contains("Currently built            0"));
    registry.push_index("shop/cache", "1", &["arm64"], "2026-11-01T00:00:00Z");
    let out = table(fleet.run(&["status", "--registry"]));
    assert!(out.contains("Currently built            1"), "{out}");
    assert!(out.contains("  shop/cache:1  linux/arm64 since 2026-11-01\n"), "{out}");
    assert!(
        table(fleet.run(&["status"])).contains("Currently built            0"),
        "unasked, the description counts"
    );
    let json: serde_json::Value =
        serde_json::from_str(&table(fleet.run(&["status", "--registry", "--format", "json"]))).unwrap();
    let cache = &json["phases"][0]["services"][0];
    assert_eq!(cache["published"]["platforms"][0], "linux/arm64");
    let markdown = table(fleet.run(&["status", "--registry", "--format", "markdown"]));
    assert!(markdown.contains("| built: linux/arm64 since 2026-11-01 |"), "{markdown}");

    let gone = Fleet::new("127.0.0.1:9");
    let ran = gone.run(&["status", "--registry"]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""));
    assert!(Path::new(&gone.path("services.toml")).exists());
}

#[test]
fn the_password_of_docker_login_opens_a_registry() {
    let Some(registry) = Registry::start(true) else { return };
    for (repository, tag) in [("redis", "7.2"), ("base", "nonroot")] {
        registry.push_index(repository, tag, &["amd64", "arm64"], "2026-11-01T00:00:00Z");
    }
    let fleet = Fleet::new(&registry.host);
    let lock = |user| {
        let config = registry.docker_config(user);
        fleet.run_with(&["lock", "--update"], &[("DOCKER_CONFIG", &config.to_string_lossy())])
    };
    for (user, said) in [
        (
            None,
            "error: HOST denied access to redis without a password\nhint: if it is private, run `docker login HOST`",
        ),
        (
            Some("ada:wrong"),
            "error: HOST denied access to redis with the stored password\nhint: run `docker login HOST` again",
        ),
    ] {
        let ran = lock(user);
        assert_eq!(ran.code, Some(2));
        assert!(ran.err.contains(said), "{}", ran.err);
        assert!(!fleet.path("services.lock").exists());
    }
    let ran = lock(Some(USER));
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(fleet.read("services.lock").contains("digest = \"sha256:"));
}

#[test]
fn the_bot_of_the_documentation_finds_every_pin() {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/lock.md")).unwrap();
    let (_, rest) = page.split_once("\n```json\n").unwrap();
    let (configuration, _) = rest.split_once("```").unwrap();
    let configuration: serde_json::Value = serde_json::from_str(configuration).unwrap();
    let pattern = configuration["customManagers"][0]["matchStrings"][0].as_str().unwrap();
    let pattern = regex::Regex::new(pattern).unwrap();

    let server = honest();
    let fleet = Fleet::new(&server.host());
    assert_eq!(fleet.run(&["lock", "--update"]).code, Some(0));
    let lock = fleet.read("services.lock");
    let found: Vec<_> = pattern
        .captures_iter(&lock)
        .map(|found| (found["depName"].replace(&fleet.host, "HOST"), found["currentValue"].to_owned()))
        .collect();
    assert_eq!(
        found,
        [("HOST/base".to_owned(), "nonroot".to_owned()), ("HOST/redis".to_owned(), "7.2".to_owned())]
    );
    assert_eq!(lock.matches("sha256:").count(), found.len(), "{lock}");
}
