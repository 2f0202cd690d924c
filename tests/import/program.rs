//! `dockwright import` as its users run it.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use dockwright::fleet;
use tempfile::TempDir;

const DESCRIPTION: &str = include_str!("cases/services.toml");

const ONE: &str = "FROM gcr.io/distroless/python3-debian13:nonroot\nCOPY one /app/one\nENV LEVEL=INFO MODE=x\nEXPOSE 9001\n\
USER 65532:65532\nHEALTHCHECK CMD [\"curl\", \"http://localhost:9001/health\"]\nENTRYPOINT [\"python3\", \"-m\", \"one.main\"]\n";

pub(super) struct Tree(TempDir);

pub(super) struct Ran {
    pub(super) code: Option<i32>,
    pub(super) out: String,
    pub(super) err: String,
}

impl Tree {
    pub(super) fn new(description: Option<&str>) -> Self {
        let tree = Self(tempfile::tempdir().unwrap());
        if let Some(text) = description {
            tree.write("services.toml", text);
        }
        tree
    }

    pub(super) fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    pub(super) fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        fs::create_dir_all(self.path(path).parent().unwrap()).unwrap();
        fs::write(self.path(path), content).unwrap();
    }

    pub(super) fn description(&self) -> String {
        fs::read_to_string(self.path("services.toml")).unwrap()
    }

    pub(super) fn run(&self, arguments: &[&str]) -> Ran {
        let output = Command::new(env!("CARGO_BIN_EXE_dockwright"))
            .args(arguments)
            .current_dir(self.0.path())
            .output()
            .unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ran { code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) }
    }
}

/// What is left of a text if the lines of another one, in their order, are taken out.
fn without(text: &str, lines: &str) -> String {
    let mut open = lines.lines().peekable();
    text.split_inclusive('\n')
        .filter(|line| open.next_if_eq(&line.trim_end_matches('\n')).is_none())
        .collect()
}

#[test]
fn entries_go_behind_the_services_of_their_phase_and_every_other_byte_stays() {
    let old = DESCRIPTION.replace("# The basket", "# ── Services ──\n\n# The basket");
    let tree = Tree::new(Some(&old));
    tree.write("store/Dockerfile.one", ONE);
    let ran = tree.run(&["import", "--write", "store/Dockerfile.one"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(ran.out.starts_with("added     [services.one]\n"), "{}", ran.out);
    let new = tree.description();
    let at = new.find("[services.one]").unwrap();
    assert!(
        new.find("[services.store.native]").unwrap() < at && at < new.find("# ── Services").unwrap(),
        "{new}"
    );
    assert!(without(&new, &old).contains("[services.one.python]"), "every old line is there, in order");
    let fleet = fleet::load(&new).unwrap();
    assert_eq!(fleet.service("one").unwrap().phase, 1, "as what lies beside it");
    let ran = tree.run(&["gen", "--diff", "one"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.out.contains("+ENTRYPOINT [\"/opt/venv/bin/python3\", \"-m\", \"one.main\"]"), "{}", ran.out);
}

#[test]
fn the_hint_shows_the_old_file_against_the_new_wherever_it_lies() {
    for description in [Some(DESCRIPTION), None] {
        let tree = Tree::new(description);
        tree.write("web/Dockerfile.one", ONE);
        let ran = tree.run(&["import", "--write", "web/Dockerfile.one"]);
        let hint = ran.out.lines().find_map(|line| line.strip_prefix("hint: `dockwright ")).unwrap();
        let words: Vec<_> = hint.split('`').next().unwrap().split(' ').collect();
        let ran = tree.run(&words);
        assert!(ran.out.contains("--- a/web/Dockerfile.one"), "{hint}: {}{}", ran.out, ran.err);
        assert!(ran.out.contains("-ENTRYPOINT [\"python3\", \"-m\", \"one.main\"]"), "{hint}: {}", ran.out);
    }
}

#[test]
fn line_ends_stay_what_they_are() {
    let old = DESCRIPTION.replace('\n', "\r\n");
    let tree = Tree::new(Some(&old));
    tree.write("one/Dockerfile", ONE);
    assert_eq!(tree.run(&["import", "--write", "one/Dockerfile"]).code, Some(0));
    let new = tree.description();
    assert_eq!(new.matches('\n').count(), new.matches("\r\n").count());
    assert!(new.starts_with(&old), "the last phase is at the end");
}

#[test]
fn what_several_share_becomes_a_group() {
    let tree = Tree::new(Some(DESCRIPTION));
    for (name, port) in [("one", "9001"), ("two", "9002"), ("three", "9003")] {
        tree.write(&format!("shop/Dockerfile.{name}"), ONE.replace("one", name).replace("9001", port));
    }
    let files = ["shop/Dockerfile.one", "shop/Dockerfile.two", "shop/Dockerfile.three"];
    let ran = tree.run(&[&["import", "--write"], &files[..]].concat());
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(ran.out.contains("3 services and a group for what they share"), "{}", ran.out);
    let new = tree.description();
    let group = &new[new.find("[groups.shop]").unwrap()..new.find("# The store").unwrap()];
    assert!(group.contains("env    = { LEVEL = \"INFO\", MODE = \"x\" }"), "{group}");
    assert!(group.contains("http = \"/health\""), "{group}");
    assert!(without(&new, DESCRIPTION).contains("group      = \"shop\""));
    let fleet = fleet::load(&new).unwrap();
    let three = fleet.service("three").unwrap();
    assert_eq!(three.ports[0].get(), 9003);
    assert_eq!(three.env.len(), 2);
    let alone = tree.run(&["import", "shop/Dockerfile.one"]);
    assert!(alone.err.contains("there is already a service `one`"), "{}", alone.err);
}

#[test]
fn without_a_description_the_output_is_one() {
    let tree = Tree::new(None);
    tree.write("one/Dockerfile", ONE);
    let ran = tree.run(&["import", "one/Dockerfile"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let fleet = fleet::load(&ran.out).unwrap();
    assert_eq!(fleet.services.len(), 1);
    assert!(!tree.path("services.toml").exists());
    assert_eq!(tree.run(&["import", "--write", "one/Dockerfile"]).code, Some(0));
    assert_eq!(tree.description(), ran.out);
}

#[test]
fn copies_are_relative_to_the_context() {
    let tree = Tree::new(Some(DESCRIPTION));
    tree.write("services/one/Dockerfile", ONE.replace("COPY one /app/one", "COPY . /app/one"));
    tree.write("services/one/main.py", "");
    let ran = tree.run(&["import", "--context", "services/one", "services/one/Dockerfile"]);
    assert!(
        ran.out.contains("sources    = [{ from = \"services/one\", to = \"one\" }]"),
        "{}{}",
        ran.out,
        ran.err
    );
}

#[test]
fn wrong_input_is_told_and_nothing_changes() {
    let tree = Tree::new(Some(DESCRIPTION));
    tree.write("one/Dockerfile", ONE);
    tree.write("other/Dockerfile.one", ONE);
    tree.write("broken/Dockerfile", "FROM debian\nCOPT a b\nCOPY x\n");
    tree.write("empty/Dockerfile", "");
    tree.write("binary/Dockerfile", b"FROM x\n\x00\x01");
    tree.write("latin/Dockerfile", b"FROM x\nLABEL a=\xe9\n");
    tree.write("script/Dockerfile", "FROM debian:13\nENTRYPOINT [\"/start.sh\"]\n");
    tree.write("basket/Dockerfile", ONE);
    tree.write(
        "compiled/Dockerfile",
        "FROM golang:1.24-alpine AS build\nCOPY . .\nRUN go build -o /hi .\nFROM scratch\nCOPY --from=build /hi /hi\nENTRYPOINT [\"/hi\"]\n",
    );
    tree.write(
        "musl/Dockerfile",
        "FROM alpine:3.22 AS tools\nFROM gcr.io/distroless/base-debian13:nonroot\nCOPY --from=tools /usr/bin/curl /usr/bin/curl\nENTRYPOINT [\"/usr/bin/curl\", \"http://x\"]\n",
    );
    tree.write(
        "front/Dockerfile",
        "FROM node:24 AS build\nWORKDIR /app\nCOPY front/package.json .\nCOPY front .\nRUN npm ci && npm run build\nFROM nginx:1.28\nCOPY --from=build /app/dist /usr/share/nginx/html\n",
    );
    tree.write("front/package.json", "{}");
    tree.write("shell/Dockerfile", "FROM python:3.13\nENTRYPOINT [\"sh\", \"start\"]\n");
    tree.write(
        "go/Dockerfile",
        "FROM golang:1.25 AS build\nRUN go build -o /x .\nFROM gcr.io/distroless/static-debian13\nCOPY --from=build /x /x\nENTRYPOINT [\"/x\"]\n",
    );
    let cases: [(&[&str], &str); 18] = [
        (&["go/Dockerfile"], "go/Dockerfile:2:1"),
        (&["shell/Dockerfile"], "shell/Dockerfile:2:1"),
        (&["front/Dockerfile"], "nginx serves a front end built by npm, for which services.toml has no kind"),
        (&["none/Dockerfile"], "hint: name the Dockerfile, not its service or directory"),
        (&["basket/Dockerfile"], "hint: remove [services.basket] to import it again"),
        (&["services.toml"], "`services.toml` is not a Dockerfile: it has no FROM"),
        (&["one/Dockerfile", "one/../one/Dockerfile"], "`one/../one/Dockerfile` is named twice"),
        (&["--name", "basket", "one/Dockerfile"], "there is already a service `basket`"),
        (&["one/Dockerfile", "broken/Dockerfile"], "broken/Dockerfile:2:1"),
        (&["empty/Dockerfile"], "the file has no instructions"),
        (&["binary/Dockerfile"], "binary/Dockerfile:2: this is binary data"),
        (&["latin/Dockerfile"], "latin/Dockerfile:2:9: this is not UTF-8 text"),
        (&["script/Dockerfile"], "script/Dockerfile:2:1"),
        (&["compiled/Dockerfile"], "(Go), but its manifest is not here"),
        (&["musl/Dockerfile"], "the programs of alpine:3.22 need musl"),
        (&["basket/Dockerfile"], "there is already a service `basket`"),
        (&["none/Dockerfile"], "cannot read `none/Dockerfile`"),
        (&["one"], "`one` is a directory, not a Dockerfile\nhint: name the file in it: one/Dockerfile"),
    ];
    for (files, message) in cases {
        let ran = tree.run(&[&["import", "--write"], files].concat());
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{files:?}");
        assert!(ran.err.contains(message), "{files:?}: {}", ran.err);
        assert_eq!(tree.description(), DESCRIPTION, "{files:?}");
    }
    let ran = tree.run(&["import", "compiled/Dockerfile", "one/Dockerfile", "script/Dockerfile"]);
    for file in ["compiled/Dockerfile:3:1", "script/Dockerfile:2:1"] {
        assert!(ran.err.contains(file), "what is refused is told at once: {}", ran.err);
    }
    tree.write("services.toml", DESCRIPTION.replace("[fleet]", "[feet]"));
    assert_eq!(tree.run(&["import", "one/Dockerfile"]).code, Some(2));
}

#[test]
fn a_file_that_is_built_in_its_own_directory_has_its_context_there() {
    let tree = Tree::new(Some(DESCRIPTION));
    tree.write("one/Dockerfile", ONE.replace("COPY one /app/one", "COPY start.py /app/one/"));
    tree.write("one/start.py", "");
    let ran = tree.run(&["import", "one/Dockerfile"]);
    assert!(
        ran.err.contains("one/Dockerfile:1: the build context is one: --context names another one"),
        "{}",
        ran.err
    );
    assert!(
        ran.out.contains("{ from = \"one/start.py\", to = \"one/start.py\" }")
            || ran.out.contains("[\"one/start.py\"]"),
        "{}",
        ran.out
    );
    let ran = tree.run(&["import", "--context", ".", "one/Dockerfile"]);
    let hint = "one/Dockerfile:2: `start.py` is not in the build context, but next to the Dockerfile: is it built with --context one?";
    assert!(ran.err.contains(hint), "{}", ran.err);
    let ran = tree.run(&["import", "--context", "one", "one/Dockerfile"]);
    assert!(!ran.err.contains("--context"), "{}", ran.err);
}

/// A Dockerfile is built in the directory that a file names, or else in the one that has what it copies.
#[test]
fn the_build_context_is_the_one_that_files_name() {
    let everything = "FROM python:3.13-slim\nWORKDIR /app\nCOPY . .\nRUN pip install -r requirements.txt\nEXPOSE 80\nUSER 65532\nCMD [\"python\", \"main.py\"]\n";
    let compose = "services:\n  api:\n    build:\n      context: ..\n      dockerfile: docker/Dockerfile\n";
    let bake = "target \"api\" {\n  context = \"shop\"\n  dockerfile = \"../deploy/Dockerfile.api\"\n}\n";
    let workflow = "jobs:\n  x:\n    steps:\n      - uses: docker/build-push-action@v6\n        with:\n          context: shop\n          file: ci/api.Dockerfile\n";
    // The Dockerfile, a file that names its context, and where its requirements lie.
    let cases = [
        ("Dockerfile", None, "requirements.txt"),
        ("shop/Dockerfile", None, "shop/requirements.txt"),
        ("shop/docker/Dockerfile", None, "shop/requirements.txt"),
        ("docker/Dockerfile", Some(("docker/compose.yaml", compose)), "requirements.txt"),
        ("deploy/Dockerfile.api", Some(("docker-bake.hcl", bake)), "shop/requirements.txt"),
        ("ci/api.Dockerfile", Some((".github/workflows/build.yml", workflow)), "shop/requirements.txt"),
    ];
    for (path, named, requirements) in cases {
        let tree = Tree::new(None);
        tree.write(path, everything);
        let main = requirements.replace("requirements.txt", "main.py");
        tree.write(requirements, "requests==2\n");
        tree.write(&main, "");
        if let Some((file, text)) = named {
            tree.write(file, text);
        }
        let ran = tree.run(&["import", path]);
        assert_eq!(ran.code, Some(0), "{path}: {}", ran.err);
        assert!(
            ran.out.contains(&format!("requirements = [\"{requirements}\"]")),
            "{path}: {}{}",
            ran.out,
            ran.err
        );
        // `init` finds the same files; it reads no bake files and workflows.
        if named.is_some_and(|(file, _)| !file.ends_with("compose.yaml")) {
            continue;
        }
        let ran = tree.run(&["init", "--dry-run"]);
        assert_eq!(ran.code, Some(0), "{path}: {}", ran.err);
        let (directory, _) = requirements.rsplit_once('/').unwrap_or((".", ""));
        assert!(
            ran.out.contains(&format!("directory  = \"{directory}\""))
                || ran.out.contains(&format!("directory = \"{directory}\"")),
            "{path}: {}",
            ran.out
        );
    }
}

/// A service is called after what it is, not after how it is built.
#[test]
fn a_directory_that_only_builds_names_no_service() {
    let cases = [
        ("docker/Dockerfile", "shop"),
        ("orders/docker/Dockerfile.prod", "orders"),
        ("packaging/docker/alpine/Dockerfile", "shop"),
        ("Dockerfile", "shop"),
        ("orders/Dockerfile.worker", "worker"),
    ];
    for (path, name) in cases {
        let tree = Tree::new(Some("[fleet]\nname = \"shop\"\nimage = \"shop/{name}\"\n"));
        tree.write(path, ONE);
        let ran = tree.run(&["import", path]);
        assert!(ran.out.contains(&format!("[services.{name}]\n")), "{path}: {}{}", ran.out, ran.err);
    }
    let tree = Tree::new(None);
    tree.write("Dockerfile", format!("{ONE}LABEL org.opencontainers.image.title=\"My Shop\"\n"));
    let ran = tree.run(&["import", "Dockerfile"]);
    assert!(ran.out.contains("[services.my-shop]\n"), "{}", ran.out);
    let ran = tree.run(&["import", "--name", "2024", "Dockerfile"]);
    assert!(ran.err.contains("is a value in YAML, not a name\nhint: --name takes"), "{}", ran.err);
}

#[test]
fn a_requirements_file_whose_path_cannot_be_said_is_refused() {
    let tree = Tree::new(Some(DESCRIPTION));
    let run = "COPY more /app/more\nRUN pip install -r \"/app/more/all of it.txt\"\nENTRYPOINT";
    tree.write("one/Dockerfile", ONE.replace("ENTRYPOINT", run));
    let ran = tree.run(&["import", "--write", "one/Dockerfile"]);
    assert_eq!(ran.code, Some(2), "{}", ran.err);
    let message = "services.toml cannot express the path `more/all of it.txt` of these requirements";
    assert!(ran.err.contains(message), "{}", ran.err);
    assert_eq!(tree.description(), DESCRIPTION);
}

const PYTHON: &str = "FROM python:3.13-slim\nWORKDIR /srv\nCOPY one one\nUSER 65532\nEXPOSE 8000\n";

#[test]
fn a_command_line_that_only_a_shell_can_run_is_refused() {
    let tree = Tree::new(None);
    let cases = [
        ("CMD python -m one.main 2>&1 | tee /tmp/log", "for `|`"),
        ("CMD python migrate.py || python -m one.main", "for `||`"),
        ("CMD python other.py & python -m one.main", "for `&`"),
        ("CMD python -m one.main --workers $(nproc)", "for `$(`"),
        ("CMD ['python', 'main.py']", "this is not the exec form"),
        ("CMD python -m one.main --name ${NAME%.*}", "needs a shell for `${NAME%.*}`"),
        ("CMD cd one && python -m main", "the program starts in /srv/one"),
    ];
    for (command, message) in cases {
        tree.write("one/Dockerfile", format!("{PYTHON}{command}\n"));
        let ran = tree.run(&["import", "--write", "one/Dockerfile"]);
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{command}: {}", ran.err);
        assert!(ran.err.contains(message), "{command}: {}", ran.err);
        assert!(!tree.path("services.toml").exists());
    }
}

#[test]
fn a_program_that_nothing_installs_is_refused() {
    let tree = Tree::new(None);
    for command in
        ["CMD [\"opentelemetry-instrument\", \"python\", \"main.py\"]", "CMD python -m uvicorn one:app"]
    {
        let plain = PYTHON.lines().filter(|line| !line.contains("pip")).collect::<Vec<_>>().join("\n");
        tree.write("one/Dockerfile", format!("{plain}\n{command}\n"));
        let ran = tree.run(&["import", "--write", "one/Dockerfile"]);
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{command}: {}", ran.err);
        assert!(ran.err.contains("but nothing here installs it"), "{command}: {}", ran.err);
    }
}

#[test]
fn what_stands_around_the_program_is_told() {
    let tree = Tree::new(None);
    let cases = [
        ("CMD LOG=1 python -m one.main > /var/log/x", "LOG=1 is not imported: set it in `env`"),
        ("CMD LOG=1 python -m one.main > /var/log/x", "its output goes to the engine, not to /var/log/x"),
        (
            "CMD [\"env\", \"LOG=1\", \"python\", \"-m\", \"one.main\"]",
            "LOG=1 is not imported: set it in `env`",
        ),
        (
            "CMD python other.py && exec python -m one.main; echo over",
            "`python other.py` runs before the service, as a service of its own in compose.yaml",
        ),
    ];
    for (command, message) in cases {
        tree.write("one/Dockerfile", format!("{PYTHON}{command}\n"));
        let ran = tree.run(&["import", "one/Dockerfile"]);
        assert_eq!(ran.code, Some(0), "{command}: {}", ran.err);
        assert!(ran.err.contains(&format!("one/Dockerfile:6: {message}\n")), "{command}: {}", ran.err);
        assert!(ran.out.contains("module = \"one.main\""), "{command}: {}", ran.out);
    }
}

#[test]
fn java_is_imported_only_if_its_command_line_can_be_said() {
    let build = "FROM eclipse-temurin:21-jdk AS build\nWORKDIR /src\nCOPY app app\n\
        RUN javac -d out app/Main.java && jar --create --file app.jar --main-class org.x.Main -C out .\n\
        FROM eclipse-temurin:21-jre\nCOPY --from=build /src/app.jar /app/app.jar\nUSER 65532\nEXPOSE 9090\n";
    let tree = Tree::new(None);
    let said =
        [r#"["java", "-jar", "/app/app.jar"]"#, r#"["java", "-Xmx1g", "-cp", "/app/app.jar", "org.x.Main"]"#];
    let refused = [
        (r#"["java", "-cp", "/app/app.jar", "org.x.Other"]"#, "`org.x.Other`"),
        (r#"["java", "-cp", "/app/app.jar:/app/conf", "org.x.Main"]"#, "`-cp /app/app.jar:/app/conf`"),
    ];
    for command in said {
        tree.write("one/Dockerfile", format!("{build}ENTRYPOINT {command}\n"));
        let ran = tree.run(&["import", "one/Dockerfile"]);
        assert_eq!(ran.code, Some(0), "{command}: {}", ran.err);
        assert!(
            ran.out.contains("main    = \"org.x.Main\"") || ran.out.contains("main = \"org.x.Main\""),
            "{}",
            ran.out
        );
    }
    for (command, word) in refused {
        tree.write("one/Dockerfile", format!("{build}ENTRYPOINT {command}\n"));
        let ran = tree.run(&["import", "one/Dockerfile"]);
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{command}: {}", ran.err);
        assert!(ran.err.contains(&format!("{word} has no key in services.toml")), "{command}: {}", ran.err);
    }
}

#[test]
fn a_description_without_services_is_begun() {
    let fleet_only = "[fleet]\nname = 'shop'\nimage = 'shop/{name}'\n";
    for begun in ["", "# mine", "\n# mine\n\n", fleet_only] {
        let tree = Tree::new(Some(begun));
        tree.write("one/Dockerfile", ONE);
        let ran = tree.run(&["import", "--write", "one/Dockerfile"]);
        assert_eq!(ran.code, Some(0), "{begun:?}: {}", ran.err);
        let text = tree.description();
        assert!(text.starts_with(begun), "{text}");
        assert_eq!(fleet::load(&text).unwrap().services.len(), 1);
    }
}

#[test]
fn a_health_check_keeps_its_path_behind_a_port_that_is_a_variable() {
    let tree = Tree::new(None);
    let cases = [
        ("ENV PORT=8000\n", "$PORT/live", "health     = { http = \"/live\" }"),
        ("ENV PORT=8001\n", "${PORT}/live", "health     = { http = \"/live\", port = 8001 }"),
        ("", "${PORT:-8000}/live", "health     = { http = \"/live\" }"),
        ("", "$PORT/live", "health     = { http = \"/live\" }"),
    ];
    for (env, address, health) in cases {
        let check =
            format!("HEALTHCHECK CMD curl -f http://localhost:{address} || exit 1\nCMD python -m one.main\n");
        tree.write("one/Dockerfile", format!("{PYTHON}{env}{check}"));
        let ran = tree.run(&["import", "one/Dockerfile"]);
        assert!(ran.out.contains(health), "{address}: {}{}", ran.out, ran.err);
    }
}

#[test]
fn volumes_and_options_move_with_the_working_directory() {
    let tree = Tree::new(None);
    let rest = "VOLUME /srv/data\nCMD [\"python\", \"main.py\", \"--dir\", \"/srv/data\", \"--config=/srv/one/x.json\"]\n";
    tree.write("one/Dockerfile", format!("{PYTHON}{rest}"));
    let ran = tree.run(&["import", "one/Dockerfile"]);
    assert!(ran.out.contains("volumes    = [\"/app/data\"]"), "{}", ran.out);
    let command = "[\"main.py\", \"--dir\", \"/app/data\", \"--config=/app/one/x.json\"]";
    assert!(ran.out.contains(command), "{}", ran.out);
}

#[test]
fn one_refusal_does_not_stop_the_others() {
    let tree = Tree::new(Some(DESCRIPTION));
    tree.write("one/Dockerfile", ONE);
    tree.write("go/Dockerfile", "FROM golang:1.25\nRUN go build -o /x .\nENTRYPOINT [\"/x\"]\n");
    tree.write("basket/Dockerfile", ONE);
    let files = ["import", "--write", "--keep-going", "go/Dockerfile", "basket/Dockerfile", "one/Dockerfile"];
    let ran = tree.run(&files);
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    assert!(ran.err.contains("go/Dockerfile:2:1"), "{}", ran.err);
    assert!(ran.err.contains("there is already a service `basket`"), "{}", ran.err);
    assert!(ran.err.ends_with("2 Dockerfiles of 3 cannot be imported\n"), "{}", ran.err);
    assert!(tree.description().contains("[services.one.python]"));
    let ran = tree.run(&["import", "--keep-going", "go/Dockerfile"]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "nothing is left: {}", ran.err);
}

#[test]
fn a_name_is_given_to_one_service() {
    let tree = Tree::new(Some(DESCRIPTION));
    tree.write("other/Dockerfile.basket", ONE);
    let ran = tree.run(&["import", "--name", "second", "other/Dockerfile.basket"]);
    assert!(ran.out.starts_with("[services.second]\n"), "{}{}", ran.out, ran.err);
    assert_eq!(tree.run(&["import", "--name", "No Name", "other/Dockerfile.basket"]).code, Some(2));
    assert_eq!(
        tree.run(&["import", "--name", "x", "other/Dockerfile.basket", "other/Dockerfile.basket"]).code,
        Some(2)
    );
}

#[test]
fn the_stage_of_target_is_imported_and_stages_that_are_no_ancestors_contribute_nothing() {
    let tree = Tree::new(Some(DESCRIPTION));
    tree.write("one/requirements.txt", "requests\n");
    tree.write("one/tests.txt", "pytest\n");
    let stages = "FROM python:3.13-slim AS base\nWORKDIR /app\nCOPY one one\nRUN pip install -r one/requirements.txt\n\
        FROM base AS test\nRUN pip install -r one/tests.txt\nCMD [\"python\", \"-m\", \"one.tests\"]\n\
        FROM base\nCMD [\"python\", \"-m\", \"one.main\"]\n";
    tree.write("one/Dockerfile", stages);
    let ran = tree.run(&["import", "one/Dockerfile"]);
    assert!(ran.out.contains("requirements = [\"one/requirements.txt\"]"), "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("\"one.main\"") && !ran.out.contains("tests.txt"), "{}", ran.out);
    let ran = tree.run(&["import", "--target", "test", "one/Dockerfile"]);
    assert!(ran.out.contains("\"one.tests\"") && ran.out.contains("one/tests.txt"), "{}{}", ran.out, ran.err);
    let ran = tree.run(&["import", "--target", "prod", "one/Dockerfile"]);
    assert!(ran.err.contains("there is no stage `prod`"), "{}", ran.err);
    assert!(ran.err.contains("hint: its stages are base, test"), "{}", ran.err);
}

#[test]
fn a_destination_that_is_a_directory_already_takes_the_file_into_it() {
    let tree = Tree::new(None);
    tree.write("a/requirements.txt", "");
    tree.write("a/app.py", "");
    tree.write("src/agents/one.py", "");
    tree.write("tools.py", "");
    let file = "FROM python:3.12-slim\nWORKDIR /app\nCOPY a/requirements.txt /app\nCOPY a /app\nCOPY src src\n\
        COPY tools.py src/agents\nRUN pip install -r requirements.txt\nCMD [\"python3\", \"app.py\"]\n";
    tree.write("a/Dockerfile", file);
    let ran = tree.run(&["import", "a/Dockerfile"]);
    assert!(ran.out.contains("requirements = [\"a/requirements.txt\"]"), "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("{ from = \"a\", to = \".\" }"), "{}", ran.out);
    assert!(ran.out.contains("{ from = \"tools.py\", to = \"src/agents/tools.py\" }"), "{}", ran.out);
}

#[test]
fn what_is_compiled_without_a_manifest_is_refused_with_what_to_do() {
    let tree = Tree::new(None);
    let cases = [
        ("FROM golang:1.25\nRUN go build -o /x .\nENTRYPOINT [\"/x\"]\n", "(Go)", "dockwright init DIR"),
        (
            "FROM rust:1.90 AS b\nRUN cargo build --release\nFROM debian:13\nCOPY --from=b /target/release/x /usr/local/bin/x\nCMD [\"x\"]\n",
            "(Rust)",
            "dockwright init DIR",
        ),
        (
            "FROM debian:13\nRUN gcc -o /x x.c\nCMD [\"/x\"]\n",
            "no kind for C or C++",
            "keep this Dockerfile by hand",
        ),
        (
            "FROM eclipse-temurin:21 AS b\nRUN ant dist\nFROM eclipse-temurin:21-jre\nCOPY --from=b /t/x.jar /x.jar\nCMD [\"java\", \"-jar\", \"/x.jar\"]\n",
            "(Java)",
            "dockwright init DIR",
        ),
    ];
    for (file, language, hint) in cases {
        tree.write("one/Dockerfile", file);
        let ran = tree.run(&["import", "--write", "one/Dockerfile"]);
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{file}");
        assert!(ran.err.contains(language) && ran.err.contains(hint), "{file}: {}", ran.err);
    }
}

#[test]
fn what_is_compiled_is_described_by_its_manifest() {
    let tree = Tree::new(None);
    tree.write("one/go.mod", "module example.org/one\n");
    tree.write("one/main.go", "package main\n\nfunc main() {}\n");
    tree.write("one/Dockerfile", "FROM golang:1.25\nRUN go build -o /x .\nEXPOSE 80\nENTRYPOINT [\"/x\"]\n");
    let ran = tree.run(&["import", "--write", "one/Dockerfile"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(tree.description().contains("[services.one.go]"), "{}", tree.description());
}

#[test]
fn a_build_that_has_a_kind_is_refused_with_the_table_that_describes_it() {
    let tree = Tree::new(None);
    let java = |command: &str| {
        format!(
            "FROM maven:3 AS b\nRUN {command}\nFROM eclipse-temurin:21-jre\nCOPY --from=b /t/x.jar /x.jar\n\
             CMD [\"java\", \"-jar\", \"/x.jar\"]\n"
        )
    };
    let dotnet = "FROM mcr.microsoft.com/dotnet/sdk:9.0 AS b\nRUN dotnet publish -o /app\n\
        FROM mcr.microsoft.com/dotnet/aspnet:9.0\nCOPY --from=b /app /app\nENTRYPOINT [\"dotnet\", \"x.dll\"]\n";
    let there =
        "FROM mcr.microsoft.com/dotnet/aspnet:9.0\nCOPY app /app\nENTRYPOINT [\"dotnet\", \"/app/x.dll\"]\n";
    for (file, message, table) in [
        (
            java("mvn -q package"),
            "`mvn -q package` builds the program (Java)",
            "java = { build = \"maven\" }",
        ),
        (
            java("./mvnw package"),
            "`./mvnw package` builds the program (Java)",
            "java = { build = \"maven\" }",
        ),
        (java("./gradlew bootJar"), "`./gradlew bootJar` builds", "java = { build = \"gradle\" }"),
        (
            dotnet.to_owned(),
            "`dotnet publish -o /app` builds the program (.NET)",
            "dotnet = { project = \"…\" }",
        ),
        (
            there.to_owned(),
            "`dotnet` starts a program that is published elsewhere",
            "dotnet = { project = \"…\" }",
        ),
    ] {
        tree.write("one/Dockerfile", &file);
        let ran = tree.run(&["import", "one/Dockerfile"]);
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{file}");
        assert!(ran.err.contains(message) && ran.err.contains(table), "{file}: {}", ran.err);
    }
}

#[test]
fn arguments_of_a_java_program_are_carried_over() {
    let tree = Tree::new(None);
    tree.write(
        "one/Dockerfile",
        "FROM openjdk:17-jdk-slim AS build\nCOPY one /src/one\n\
         RUN javac -d /classes $(find /src -name '*.java') && \\\n    \
         jar --create --file /app.jar --main-class one.Main -C /classes .\n\
         FROM gcr.io/distroless/java17-debian12:nonroot\nCOPY --from=build /app.jar /app/app.jar\nEXPOSE 7000\n\
         ENTRYPOINT [\"java\", \"-Xmx1g\", \"-jar\", \"/app/app.jar\", \"--port=7000\", \"x\"]\n",
    );
    let ran = tree.run(&["import", "one/Dockerfile"]);
    assert!(ran.out.contains("arguments = [\"--port=7000\", \"x\"]"), "{}{}", ran.out, ran.err);
}

#[test]
fn an_installer_of_a_lock_file_never_ends_in_an_entry_without_dependencies() {
    let tree = Tree::new(None);
    let cases = [
        ("uv sync --locked", "finds no uv.lock that comes from the build context"),
        ("poetry install --only main", "finds no poetry.lock that comes from the build context"),
        ("pipenv install --deploy", "for which services.toml has no key"),
        ("pip install .", "no pyproject.toml with a [project] comes from the build context"),
    ];
    for (install, message) in cases {
        tree.write(
            "one/Dockerfile",
            PYTHON.replace("EXPOSE", &format!("RUN {install}\nEXPOSE")) + "CMD python -m one.main\n",
        );
        let ran = tree.run(&["import", "one/Dockerfile"]);
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{install}");
        assert!(ran.err.contains(message), "{install}: {}", ran.err);
    }
}

#[test]
fn a_compose_file_of_ones_own_is_not_generated() {
    let compose = "services:\n  one:\n    build: one\n";
    for (file, text, is_own) in [
        ("compose.yaml", compose, true),
        ("compose.yml", compose, true),
        ("docker-compose.yml", compose, true),
        ("docker-compose.yaml", compose, true),
        // Compose does not look for it.
        ("docker-compose.dev.yaml", compose, false),
    ] {
        let tree = Tree::new(None);
        tree.write("one/Dockerfile", ONE);
        tree.write("one/main.py", "");
        tree.write(file, text);
        let run = tree.run(&["import", "--write", "--context", ".", "one/Dockerfile"]);
        assert_eq!(run.code, Some(0), "{}", run.err);
        assert_eq!(tree.description().contains("\ncompose = false  # "), is_own, "{}", tree.description());
        let generated = tree.run(&["gen", "--force"]);
        assert_eq!(generated.code, Some(0), "{}{}", generated.out, generated.err);
        assert_eq!(fs::read_to_string(tree.path(file)).unwrap(), text);
        assert_eq!(tree.path("compose.yaml").exists(), !is_own || file == "compose.yaml");
        let checked = tree.run(&["gen", "--check"]);
        assert_eq!(checked.code, Some(0), "{}{}", checked.out, checked.err);
    }
    // One that comes later is told.
    let tree = Tree::new(None);
    tree.write("one/Dockerfile", ONE);
    tree.write("one/main.py", "");
    assert_eq!(tree.run(&["import", "--write", "--context", ".", "one/Dockerfile"]).code, Some(0));
    tree.write("docker-compose.yml", compose);
    let generated = tree.run(&["gen", "--force"]);
    let warning = "warning: Compose reads the generated compose.yaml instead of docker-compose.yml: `compose = false` in [fleet] keeps yours";
    assert!(generated.err.contains(warning), "{}", generated.err);
    // One that dockwright wrote is generated again.
    let tree = Tree::new(None);
    tree.write("one/Dockerfile", ONE);
    tree.write("one/main.py", "");
    assert_eq!(tree.run(&["import", "--write", "--context", ".", "one/Dockerfile"]).code, Some(0));
    assert_eq!(tree.run(&["gen", "--force"]).code, Some(0));
    fs::remove_file(tree.path("services.toml")).unwrap();
    tree.write("one/Dockerfile", ONE);
    assert_eq!(tree.run(&["import", "--write", "--context", ".", "one/Dockerfile"]).code, Some(0));
    assert!(!tree.description().contains("compose = false"), "{}", tree.description());
}

#[test]
fn who_copies_everything_is_built_where_the_files_of_its_commands_lie() {
    for (dockerfile, files, context) in [
        (
            "FROM python:3.13-slim\nWORKDIR /app\nCOPY . /app/\nCMD [\"python\", \"m.py\"]\n",
            &["m.py", "infra/x.tf"][..],
            "",
        ),
        (
            "FROM python:3.13-slim\nCOPY . /app/\nWORKDIR /app\nRUN pip install -r requirements.txt\nCMD [\"python\", \"/app/m.py\"]\n",
            &["requirements.txt", "m.py", "infra/m.txt"],
            "",
        ),
        (
            "FROM python:3.13-slim\nWORKDIR /app\nCOPY . .\nCMD [\"python\", \"m.py\"]\n",
            &["m.py", "infra/docker/m.py"],
            "infra/docker",
        ),
        (
            "FROM python:3.13-slim\nWORKDIR /app\nCOPY . .\nCMD [\"uvicorn\", \"shop.main:app\"]\n",
            &["shop/main.py", "infra/x.tf"],
            "",
        ),
    ] {
        let tree = Tree::new(None);
        tree.write("infra/docker/Dockerfile", format!("{dockerfile}EXPOSE 80\n"));
        for file in files {
            tree.write(file, "x");
        }
        let run = tree.run(&["import", "infra/docker/Dockerfile"]);
        let wanted = format!("the build context is {context}: ");
        assert_eq!(run.err.contains("the build context is"), !context.is_empty(), "{dockerfile}{}", run.err);
        assert!(context.is_empty() || run.err.contains(&wanted), "{dockerfile}{}", run.err);
    }
}

#[test]
fn the_ports_of_an_upstream_image_are_carried_over() {
    for (lines, ports) in [
        ("FROM postgres:16\n", "ports      = [5432]"),
        ("FROM redis:7\nEXPOSE 7000\nCMD [\"redis-server\", \"--port\", \"7000\"]\n", "ports      = [7000]"),
    ] {
        let tree = Tree::new(None);
        tree.write("db/Dockerfile", lines);
        let run = tree.run(&["import", "db/Dockerfile"]);
        assert!(run.out.contains(ports), "{}{}", run.out, run.err);
    }
}

#[test]
fn a_command_of_an_image_that_nobody_knows_is_refused_with_its_name() {
    for (image, message) in [
        ("quay.io/jupyter/base-notebook", "the command comes from `quay.io/jupyter/base-notebook`"),
        ("scratch", "the image has no command to run"),
    ] {
        let tree = Tree::new(None);
        tree.write("a/Dockerfile", format!("ARG BASE={image}\nFROM $BASE\nENV A=1\n"));
        let run = tree.run(&["import", "a/Dockerfile"]);
        assert!(run.code == Some(2) && run.err.contains(message), "{}", run.err);
    }
}

#[test]
fn twins_get_names_after_their_directories_as_init_gives_them() {
    let tree = Tree::new(None);
    for directory in ["a/web", "b/web", "c/web"] {
        tree.write(&format!("{directory}/Dockerfile"), ONE);
        tree.write(&format!("{directory}/one/main.py"), "");
    }
    let ran = tree.run(&["import", "--write", "a/web/Dockerfile", "b/web/Dockerfile"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(ran.out.starts_with("added     [services.web]\nadded     [services.b-web]\n"), "{}", ran.out);
    assert!(
        ran.err.contains(
            "b/web/Dockerfile:1: the service is called `b-web`, because another one is called `web`"
        ),
        "{}",
        ran.err
    );
    // So does a later run, which still refuses what is described.
    let ran = tree.run(&["import", "c/web/Dockerfile"]);
    assert!(ran.out.contains("[services.c-web]"), "{}{}", ran.out, ran.err);
    let ran = tree.run(&["import", "b/web/Dockerfile"]);
    assert_eq!(ran.code, Some(2), "{}", ran.out);
    assert!(ran.err.contains("there is already a service `b-web` with this Dockerfile"), "{}", ran.err);
}

#[test]
fn a_build_whose_context_changes_is_told_with_the_file_that_names_it() {
    let tree = Tree::new(None);
    tree.write("web/one/Dockerfile", ONE);
    tree.write("web/one/one/main.py", "");
    tree.write("docker-compose.yml", "services:\n  one:\n    build: ./web/one\n");
    tree.write("web/compose.yaml", "services:\n  one:\n    build: one\n");
    tree.write(
        ".github/workflows/images.yaml",
        "jobs:\n  a:\n    steps:\n      - uses: docker/build-push-action@v6\n        with:\n          context: web/one\n",
    );
    let ran = tree.run(&["import", "web/one/Dockerfile"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let told = |file: &str, change: &str| {
        format!(
            "web/one/Dockerfile:1: {file} builds it in web/one, but the context of the new file is the directory of services.toml: set {change} there\n"
        )
    };
    for line in [
        told("web/compose.yaml", "`context: ..` and `dockerfile: web/one/Dockerfile`"),
        told("docker-compose.yml", "`context: .` and `dockerfile: web/one/Dockerfile`"),
        told(".github/workflows/images.yaml", "`context: .` and `file: web/one/Dockerfile`"),
    ] {
        assert!(ran.err.contains(&line), "{line}{}", ran.err);
    }
    tree.write(
        "docker-compose.yml",
        "services:\n  one:\n    build: { context: ., dockerfile: web/one/Dockerfile }\n",
    );
    fs::remove_file(tree.path("web/compose.yaml")).unwrap();
    fs::remove_file(tree.path(".github/workflows/images.yaml")).unwrap();
    let ran = tree.run(&["import", "web/one/Dockerfile"]);
    assert!(!ran.err.contains("builds it in"), "{}", ran.err);
}

#[test]
fn a_front_end_that_npm_builds_beside_a_server_is_refused() {
    const PACKAGE: &str =
        "{\"name\": \"s\", \"scripts\": {\"start\": \"node index.js\", \"build\": \"true\"}}";
    for (run, told) in [
        ("cd client && npm i && npm run build", Some("npm run build")),
        ("npm ci --prefix client && npm run build --prefix=client", Some("npm run build --prefix=client")),
        ("yarn --cwd client install && yarn --cwd client build", Some("yarn --cwd client build")),
        ("pnpm -C client run build:web", Some("pnpm -C client run build:web")),
        ("cd client && npm ci", None),
        ("npm --prefix client test", None),
    ] {
        let tree = Tree::new(None);
        for directory in ["", "client/"] {
            tree.write(&format!("{directory}package.json"), PACKAGE);
            tree.write(&format!("{directory}package-lock.json"), "{}");
        }
        tree.write("index.js", "require('http').createServer().listen(8080)\n");
        tree.write(
            "Dockerfile",
            format!("FROM node:24\nWORKDIR /srv\nCOPY package*.json ./\nRUN npm ci\nCOPY . .\nRUN {run}\nEXPOSE 8080\nCMD [\"node\", \"index.js\"]\n"),
        );
        let (import, init) = (tree.run(&["import", "Dockerfile"]), tree.run(&["init", "--dry-run"]));
        let Some(told) = told else {
            assert_eq!(import.code, Some(0), "{run}: {}", import.err);
            assert!(!init.err.contains("front end"), "{run}: {}", init.err);
            continue;
        };
        let message = format!("its Dockerfile runs `{told}` in `client`, and the entry does not: ");
        assert_eq!((import.code, import.out.as_str()), (Some(2), ""), "{run}");
        assert!(import.err.contains(&message), "{run}: {}", import.err);
        assert!(init.err.contains(&message), "{run}: {}", init.err);
    }
    // What its own package makes is not refused, but told.
    let tree = Tree::new(None);
    tree.write("package.json", PACKAGE);
    tree.write("package-lock.json", "{}");
    tree.write("index.js", "require('http').createServer().listen(8080)\n");
    tree.write("Dockerfile", "FROM node:24\nWORKDIR /srv\nCOPY . .\nRUN npm ci && npm run build\nEXPOSE 8080\nCMD [\"node\", \"index.js\"]\n");
    let ran = tree.run(&["import", "Dockerfile"]);
    assert!(
        ran.err.contains("node.output: its Dockerfile runs `npm run build`: set `output`"),
        "{}",
        ran.err
    );
}

#[test]
fn values_with_credentials_are_not_imported() {
    let tree = Tree::new(None);
    let key = format!("AKIA{}", "EXAMPLE7".repeat(2));
    tree.write(
        "one/Dockerfile",
        ONE.replace("MODE=x", &format!("SOURCE=postgres://u:hidden@db/x ACCESS={key}")),
    );
    tree.write("one/main.py", "");
    let ran = tree.run(&["import", "--context", ".", "one/Dockerfile"]);
    assert!(ran.out.contains("secrets    = [\"ACCESS\", \"SOURCE\"]"), "{}{}", ran.out, ran.err);
    assert!(!ran.out.contains("hidden") && !ran.out.contains(&key), "{}", ran.out);
    assert!(ran.err.contains("ENV SOURCE contains credentials: its value is not imported"), "{}", ran.err);
}

#[test]
fn options_of_node_are_kept_out_of_the_health_check() {
    let tree = Tree::new(None);
    tree.write(
        "package.json",
        "{\"name\": \"s\", \"scripts\": {\"start\": \"node -r ./trace.js main.js --fast\"}}",
    );
    tree.write("package-lock.json", "{}");
    tree.write("trace.js", "");
    tree.write("main.js", "require('http').createServer().listen(8080)\n");
    tree.write(
        "Dockerfile",
        "FROM node:24\nWORKDIR /app\nCOPY . .\nRUN npm ci\nEXPOSE 8080\nCMD [\"npm\", \"start\"]\n",
    );
    let init = tree.run(&["init", "--dry-run"]);
    assert!(
        init.out.contains("options   = [\"-r\",\"./trace.js\"]")
            || init.out.contains("options   = [\"-r\", \"./trace.js\"]"),
        "{}",
        init.out
    );
    let ran = tree.run(&["import", "--write", "Dockerfile"]);
    assert!(tree.description().contains("options   = [\"-r\", \"./trace.js\"]"), "{}", tree.description());
    assert!(!ran.err.contains("starts the server alone"), "{}", ran.err);
    assert_eq!(tree.run(&["gen", "--force"]).code, Some(0));
    let generated = fs::read_to_string(tree.path("Dockerfile")).unwrap();
    let start = "ENTRYPOINT [\"/nodejs/bin/node\", \"-r\", \"./trace.js\", \"/app/main.js\", \"--fast\"]";
    assert!(generated.contains(start) && !generated.contains("NODE_OPTIONS"), "{generated}");
}

#[test]
fn what_the_new_build_does_by_itself_is_not_told() {
    let tree = Tree::new(None);
    tree.write("net/web/Dockerfile", "FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build\nWORKDIR /source\nCOPY *.cs ./\nCOPY *.csproj ./\nRUN dotnet publish -o /app\nFROM mcr.microsoft.com/dotnet/aspnet:10.0\nWORKDIR /app\nCOPY --from=build /app ./\nEXPOSE 8080\nENTRYPOINT [\"dotnet\", \"web.dll\"]\n");
    tree.write("net/web/web.csproj", "<Project Sdk=\"Microsoft.NET.Sdk.Web\"></Project>");
    tree.write("net/web/Program.cs", "");
    tree.write("net/global.json", "{}");
    let ran = tree.run(&["import", "--context", "net/web", "net/web/Dockerfile"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(!ran.err.contains("is not moved there"), "{}", ran.err);
    assert!(ran.err.contains("`directory` is net, above the build context net/web"), "{}", ran.err);
    tree.write("go/Dockerfile", "FROM golang:1.26 AS build\nWORKDIR /src\nENV CGO_ENABLED=0 GOOS=linux\nCOPY . .\nRUN go build -o /web .\nFROM scratch\nCOPY --from=build /web /web\nEXPOSE 8080\nENTRYPOINT [\"/web\"]\n");
    tree.write("go/go.mod", "module web\n\ngo 1.26\n");
    tree.write("go/main.go", "package main\n\nfunc main() {}\n");
    let ran = tree.run(&["import", "go/Dockerfile"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(!ran.err.contains("CGO_ENABLED") && !ran.err.contains("GOOS"), "{}", ran.err);
}

#[test]
fn the_archive_of_the_program_is_no_library() {
    let tree = Tree::new(None);
    tree.write("Dockerfile", "FROM gradle:8-jdk21 AS build\nWORKDIR /src\nCOPY . .\nRUN gradle bootJar\nFROM eclipse-temurin:21-jre\nCOPY --from=build /src/build/libs/web.jar /app/web.jar\nEXPOSE 8080\nENTRYPOINT [\"java\", \"-jar\", \"/app/web.jar\"]\n");
    tree.write("build.gradle", "plugins { id 'org.springframework.boot' version '3.5.0' }\n");
    tree.write("settings.gradle", "rootProject.name = 'web'\n");
    tree.write("gradlew", "");
    tree.write("src/main/java/Web.java", "class Web { public static void main(String[] a) {} }\n");
    let ran = tree.run(&["import", "Dockerfile"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(!ran.err.contains("libraries and interpreters"), "{}", ran.err);
}
