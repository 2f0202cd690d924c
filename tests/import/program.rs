//! `dockwright import` as its users run it.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use dockwright::fleet;
use tempfile::TempDir;

const DESCRIPTION: &str = include_str!("cases/services.toml");

const ONE: &str = "FROM gcr.io/distroless/python3-debian13:nonroot\nCOPY one /app/one\nENV LEVEL=INFO MODE=x\nEXPOSE 9001\n\
USER 65532:65532\nHEALTHCHECK CMD [\"curl\", \"http://localhost:9001/health\"]\nENTRYPOINT [\"python3\", \"-m\", \"one.main\"]\n";

struct Tree(TempDir);

struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Tree {
    fn new(description: Option<&str>) -> Self {
        let tree = Self(tempfile::tempdir().unwrap());
        if let Some(text) = description {
            tree.write("services.toml", text);
        }
        tree
    }

    fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        fs::create_dir_all(self.path(path).parent().unwrap()).unwrap();
        fs::write(self.path(path), content).unwrap();
    }

    fn description(&self) -> String {
        fs::read_to_string(self.path("services.toml")).unwrap()
    }

    fn run(&self, arguments: &[&str]) -> Ran {
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
    assert!(ran.out.contains("3 services and a group of what they share"), "{}", ran.out);
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
    assert!(alone.err.contains("there is a service `one` already"), "{}", alone.err);
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
    let cases: [(&[&str], &str); 16] = [
        (&["go/Dockerfile"], "go/Dockerfile:3:6"),
        (&["shell/Dockerfile"], "shell/Dockerfile:2:1"),
        (&["front/Dockerfile"], "nginx serves what npm builds, for which services.toml has no kind"),
        (&["none/Dockerfile"], "hint: name the Dockerfile, not its service or directory"),
        (&["basket/Dockerfile"], "hint: remove [services.basket] to import it again"),
        (
            &["one/Dockerfile", "other/Dockerfile.one"],
            "`one/Dockerfile` and `other/Dockerfile.one` are both called `one`",
        ),
        (&["one/Dockerfile", "broken/Dockerfile"], "broken/Dockerfile:2:1"),
        (&["empty/Dockerfile"], "the file has no instructions"),
        (&["binary/Dockerfile"], "binary/Dockerfile:2: this is binary data"),
        (&["latin/Dockerfile"], "latin/Dockerfile:2:9: this is not UTF-8 text"),
        (&["script/Dockerfile"], "script/Dockerfile:2:1"),
        (&["compiled/Dockerfile"], "keep this Dockerfile by hand"),
        (&["musl/Dockerfile"], "the programs of alpine:3.22 need musl"),
        (&["basket/Dockerfile"], "there is a service `basket` already"),
        (&["none/Dockerfile"], "cannot read `none/Dockerfile`"),
        (&["one"], "cannot read `one`"),
    ];
    for (files, message) in cases {
        let ran = tree.run(&[&["import", "--write"], files].concat());
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{files:?}");
        assert!(ran.err.contains(message), "{files:?}: {}", ran.err);
        assert_eq!(tree.description(), DESCRIPTION, "{files:?}");
    }
    let ran = tree.run(&["import", "compiled/Dockerfile", "one/Dockerfile", "script/Dockerfile"]);
    for file in ["compiled/Dockerfile:4:6", "script/Dockerfile:2:1"] {
        assert!(ran.err.contains(file), "what is refused is told at once: {}", ran.err);
    }
    tree.write("services.toml", DESCRIPTION.replace("[fleet]", "[feet]"));
    assert_eq!(tree.run(&["import", "one/Dockerfile"]).code, Some(2));
}

#[test]
fn a_file_that_is_built_in_its_own_directory_is_told_so() {
    let tree = Tree::new(Some(DESCRIPTION));
    tree.write("one/Dockerfile", ONE.replace("COPY one /app/one", "COPY start.py /app/one/"));
    tree.write("one/start.py", "");
    let hint = "one/Dockerfile:2: `start.py` is not in the build context, but beside the Dockerfile: is it built with --context one?";
    let ran = tree.run(&["import", "one/Dockerfile"]);
    assert!(ran.err.contains(hint), "{}", ran.err);
    let ran = tree.run(&["import", "--context", "one", "one/Dockerfile"]);
    assert!(!ran.err.contains("--context"), "{}", ran.err);
}

#[test]
fn a_requirements_file_whose_path_cannot_be_said_is_left_out() {
    let tree = Tree::new(Some(DESCRIPTION));
    let run = "COPY more /app/more\nRUN pip install -r \"/app/more/all of it.txt\"\nENTRYPOINT";
    tree.write("one/Dockerfile", ONE.replace("ENTRYPOINT", run));
    let ran = tree.run(&["import", "--write", "one/Dockerfile"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let note = "services.toml cannot say the path `more/all of it.txt`, so it is left out";
    assert!(ran.err.contains(note), "{}", ran.err);
    assert!(!tree.description().contains("all of it"));
}
