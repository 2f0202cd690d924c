//! Small files in which every line doubles what the one before says, and long ones in which it adds up.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::Ran;
use super::hostile::{WALKS, run, watched};

/// Runs dockwright in the memory of a small machine.
fn run_in_4_gb(tree: &Path, arguments: &str) -> Ran {
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -v 4000000 && exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_dockwright")]);
    command.args(arguments.split(' ')).current_dir(tree);
    watched(command, tree, arguments)
}

/// Lines of which each says twice what the one before says.
fn doubled(first: &str, line: impl Fn(usize, usize) -> String) -> String {
    (1..40).fold(first.to_owned(), |text, at| text + &line(at, at - 1))
}

/// Small files, with the name of what doubles in them.
type Small = (&'static str, Vec<(String, String)>);

fn one(name: &str, text: String) -> Vec<(String, String)> {
    vec![(name.to_owned(), text)]
}

fn each(name: impl Fn(usize) -> String, text: impl Fn(usize) -> String) -> Vec<(String, String)> {
    (0..40).map(|at| (name(at), text(at))).collect()
}

fn with(mut files: Vec<(String, String)>, name: &str, text: &str) -> Vec<(String, String)> {
    files.push((name.to_owned(), text.to_owned()));
    files
}

/// Stages that each copy the one before to two places.
fn copies(first: &str, second: &str) -> String {
    let line = |at, before| {
        let copy = format!("COPY --from=s{before} /");
        format!("FROM debian:bookworm-slim AS s{at}\n{copy} {first}\n{copy} {second}\n")
    };
    doubled("FROM debian:bookworm-slim AS s0\nCOPY a /a\n", line) + "CMD [\"/a\"]\n"
}

/// Dockerfiles and sources that come to terabytes, or to as many steps, if somebody does what they say.
fn sources_that_double() -> Vec<Small> {
    let python = "FROM python:3.13-slim\nWORKDIR /app\nCOPY . .\n";
    let start = |command: &str| format!("{python}CMD {command}\n");
    vec![
        ("copies", one("Dockerfile", copies("/", "/"))),
        ("copies to two places", one("Dockerfile", copies("/x/", "/y/"))),
        ("ENV", {
            let line = |at, before| format!("ENV A{at}=$A{before}$A{before}\n");
            one("Dockerfile", doubled(&format!("{python}ENV A0=xx\n"), line) + "CMD python main.py $A39\n")
        }),
        ("ARG", {
            let line = |at, before| format!("ARG A{at}=$A{before}$A{before}\n");
            one("Dockerfile", doubled("ARG A0=xx\n", line) + "FROM $A39\nWORKDIR $A39\nCMD x\n")
        }),
        ("variables of a script", {
            let line = |at, before| format!("A{at}=\"$A{before}$A{before}\"\n");
            let script = doubled("#!/bin/sh\nA0=xx\n", line) + "exec python main.py $A39\n";
            with(one("entry.sh", script), "Dockerfile", &start("[\"./entry.sh\"]"))
        }),
        ("scripts that call scripts", {
            let files = each(
                |at| format!("s{at}.sh"),
                |at| {
                    let next = at + 1;
                    format!("#!/bin/sh\n./s{next}.sh\n. ./s{next}.sh\nexec ./s{next}.sh\n")
                },
            );
            with(files, "Dockerfile", &start("[\"./s0.sh\"]"))
        }),
        ("scripts of package.json", {
            let line = |at, before| format!(", \"s{before}\": \"npm run s{at} && npm run s{at}\"");
            let package = doubled("{\"name\": \"x\", \"scripts\": {\"start\": \"npm run s0\"", line);
            let files = one("package.json", package + ", \"s39\": \"node a.js\"}}\n");
            with(files, "Dockerfile", "FROM node:22\nCOPY . .\nRUN npm ci\nCMD [\"npm\", \"start\"]\n")
        }),
        ("requirements", {
            let files = each(|at| format!("r{at}.txt"), |at| format!("-r r{0}.txt\n-r r{0}.txt\n", at + 1));
            let text = format!("{python}RUN pip install -r r0.txt\nCMD python main.py\n");
            with(with(files, "main.py", "import flask\n"), "Dockerfile", &text)
        }),
        ("imports of Python", {
            let files = each(
                |at| format!("m{at}.py"),
                |at| {
                    let next = at + 1;
                    format!("import m{next}\nfrom m{next} import *\n")
                },
            );
            with(with(files, "main.py", "import m0\n"), "Dockerfile", &start("python main.py"))
        }),
        ("braces of a shell", {
            one("Dockerfile", format!("{python}RUN mkdir -p /{}\nCMD python main.py\n", "{a,b}".repeat(40)))
        }),
    ]
}

/// The same of Compose and bake files.
fn others_that_double() -> Vec<Small> {
    vec![
        ("aliases of YAML", {
            let line = |at, before| format!("x-a{at}: &a{at} [*a{before}, *a{before}]\n");
            let services = "services:\n  a:\n    image: debian:bookworm-slim\n    command: *a39\n";
            one("compose.yaml", doubled("x-a0: &a0 [x, x]\n", line) + services)
        }),
        ("merge keys of YAML", {
            let line = |at, before| format!("x-a{at}: &a{at}\n  <<: [*a{before}, *a{before}]\n  k{at}: 1\n");
            let services = "services:\n  a:\n    <<: *a39\n    image: debian:bookworm-slim\n";
            one("compose.yaml", doubled("x-a0: &a0 {k0: 1}\n", line) + services)
        }),
        ("included Compose files", {
            each(
                |at| if at == 0 { "compose.yaml".to_owned() } else { format!("c{at}.yaml") },
                |at| {
                    let next = at + 1;
                    format!("include:\n  - c{next}.yaml\n  - path: c{next}.yaml\n")
                },
            )
        }),
        ("services that extend those of a file", {
            let line = |at| format!("  s{at}:\n    extends: {{file: compose.yaml, service: s{}}}\n", at - 1);
            let services: String = (1..500).map(line).collect();
            one("compose.yaml", format!("services:\n  s0:\n    image: debian:bookworm-slim\n{services}"))
        }),
        ("variables of a bake file", {
            let line =
                |at, before| format!("variable \"A{at}\" {{ default = \"${{A{before}}}${{A{before}}}\" }}\n");
            let target = "target \"a\" { args = { X = \"${A39}\" } }\n";
            let bake = doubled("variable \"A0\" { default = \"xx\" }\n", line) + target;
            with(one("docker-bake.hcl", bake), "Dockerfile", "ARG X\nFROM debian:$X\n")
        }),
        ("functions of a bake file", {
            let line = |at, before| {
                format!(
                    "function \"f{before}\" {{\n  params = [a]\n  result = \"${{f{at}(a)}}${{f{at}(a)}}\"\n}}\n"
                )
            };
            let bake = doubled("target \"a\" { args = { X = f0(\"debian:bookworm-slim\") } }\n", line);
            with(one("docker-bake.hcl", bake), "Dockerfile", "ARG X\nFROM $X\n")
        }),
        ("groups of a bake file", {
            let line = |at, before| format!("group \"g{before}\" {{ targets = [\"g{at}\", \"g{at}\"] }}\n");
            with(one("docker-bake.hcl", doubled("", line)), "Dockerfile", "FROM debian:bookworm-slim\n")
        }),
        ("a matrix", {
            let values = "\"1\", ".repeat(10);
            let keys = (0..12).fold(String::new(), |keys, at| keys + &format!("  k{at} = [{values}]\n"));
            let bake = format!(
                "target \"a\" {{\n matrix = {{\n{keys} }}\n name = \"a-${{k0}}\"\n args = {{ X = \"${{k0}}\" }}\n}}\n"
            );
            with(one("docker-bake.hcl", bake), "Dockerfile", "ARG X\nFROM debian:$X\n")
        }),
    ]
}

#[test]
fn small_files_that_double_with_every_line_take_neither_time_nor_memory() {
    let mut runs = 0;
    for (what, files) in sources_that_double().into_iter().chain(others_that_double()) {
        let tree = tempfile::tempdir().unwrap();
        for (name, text) in &files {
            fs::write(tree.path().join(name), text).unwrap();
        }
        for arguments in WALKS {
            if arguments == "import Dockerfile" && !tree.path().join("Dockerfile").is_file() {
                continue;
            }
            let ran = run_in_4_gb(tree.path(), arguments);
            assert!(ran.code.is_some_and(|code| code <= 2), "{what}, {arguments}: {:?}", ran.code);
            let said = ran.out.len() + ran.err.len();
            assert!(said < 20_000, "{what}, {arguments}: {said} bytes");
            runs += 1;
        }
    }
    println!("{runs} runs");
}

/// Each of 8,000 stages takes over the variables of all before it: 32 million of them, in 7 GB.
#[test]
fn stages_that_take_over_too_much_from_each_other_are_refused() {
    let tree = tempfile::tempdir().unwrap();
    let stage = |at: usize| format!("FROM s{} AS s{at}\nENV A{at}=1\n", at - 1);
    let stages: String = (1..8_000).map(stage).collect();
    fs::write(tree.path().join("Dockerfile"), format!("FROM debian:bookworm-slim AS s0\n{stages}")).unwrap();
    for arguments in ["init --dry-run", "bases --used ."] {
        assert!(run_in_4_gb(tree.path(), arguments).code.is_some_and(|code| code <= 2), "{arguments}");
    }
    let imported = run_in_4_gb(tree.path(), "import Dockerfile");
    assert_eq!(imported.code, Some(2));
    let message = "error: the stages up to here take over too much from each other to be imported";
    assert!(imported.err.starts_with(message), "{}", imported.err);
    assert!(imported.err.contains("--> Dockerfile:"), "{}", imported.err);
}

#[test]
fn a_working_directory_that_is_longer_than_a_path_is_refused() {
    let tree = tempfile::tempdir().unwrap();
    let text = format!("FROM debian:bookworm-slim\n{}CMD [\"x\"]\n", "WORKDIR a\n".repeat(20_000));
    fs::write(tree.path().join("Dockerfile"), text).unwrap();
    let imported = run(tree.path(), "import Dockerfile");
    assert_eq!(imported.code, Some(2));
    let message = "error: this working directory is longer than the 4095 bytes that a path can have\n";
    assert!(imported.err.starts_with(message), "{}", imported.err);
    assert!(imported.err.contains("--> Dockerfile:2049:1"), "{}", imported.err);
    assert!(run(tree.path(), "init --dry-run").code.is_some_and(|code| code <= 2));
}
