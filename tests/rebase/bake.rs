//! Bases that a bake file puts together: variables, functions of the file, matrices, in HCL and JSON.

use std::fs;

use super::cli::{DAY, dockwright, err, out, tree};

fn moved(name: &str, text: &str, arguments: &[&str]) -> (String, String) {
    let tree = tree(&[(name, text)]);
    let run = dockwright(tree.path(), &[&["rebase"], arguments, &[".", DAY]].concat());
    (format!("{}{}", out(&run), err(&run)), fs::read_to_string(tree.path().join(name)).unwrap())
}

/// Each text with `OLD` for `bookworm`, which becomes `trixie`.
const MOVED: [&str; 15] = [
    "variable \"REL\" { default = \"OLD\" }\ntarget \"a\" { args = { BASE = \"debian:${REL}\" } }\n",
    "variable \"REL\" {\n  default = \"OLD\"\n}\ntarget \"a\" { args = { BASE = \"debian:${REL}\", B2 = \"debian:${REL}-slim\" } }\n",
    "variable \"TAG\" { default = \"3.11-slim-OLD\" }\ntarget \"a\" { args = { BASE = \"python:${TAG}\" } }\n",
    "variable \"V\" { default = \"3.11\" }\ntarget \"a\" { args = { BASE = \"python:${V}-slim-OLD\", PY = V } }\n",
    "variable \"BASE\" { default = \"debian:OLD\" }\ntarget \"a\" {\n  args = { BASE = BASE, OTHER = \"${BASE}\" }\n  labels = { base = BASE }\n}\n",
    "variable \"REL\" { default = \"OLD\" }\nvariable \"BASE\" { default = \"debian:${REL}\" }\ntarget \"a\" { args = { BASE = BASE } }\n",
    "target \"a\" { contexts = { base = \"docker-image://debian:OLD\" } }\n",
    "variable \"REL\" { default = \"OLD\" }\ntarget \"a\" { contexts = { base = \"docker-image://debian:${REL}\" } }\n",
    "variable \"P\" { default = \"docker-image://debian\" }\ntarget \"a\" { contexts = { base = \"${P}:OLD\" } }\n",
    "function \"py\" {\n  params = [v]\n  result = \"python:${v}-slim-OLD\"\n}\ntarget \"a\" { args = { A = py(\"3.11\"), B = \"${py(\"3.12\")}\" } }\n",
    "function \"deb\" {\n  params = [rel, kind]\n  result = \"debian:${rel}-${kind}\"\n}\ntarget \"a\" { args = { A = deb(\"OLD\", \"slim\") } }\n",
    "target \"m\" {\n  name = \"m-${v}\"\n  matrix = { v = [\"3.11\", \"3.12\"] }\n  args = { A = \"python:${v}-slim-OLD\" }\n}\n",
    "target \"m\" {\n  name = \"m-${i.n}\"\n  matrix = {\n    i = [\n      { n = \"x\", rel = \"OLD\" }, # one\n      { n = \"y\", rel = \"OLD\" },\n    ]\n  }\n  args = { A = \"debian:${i.rel}-slim\" }\n}\n",
    "target \"m\" {\n  name = \"m-${replace(b, \":\", \"-\")}\"\n  matrix = { b = [\"debian:OLD\", \"alpine:3.22\"] }\n  args = { A = b }\n}\n",
    "target \"base\" { args = { A = \"debian:OLD\" } }\ntarget \"a\" { inherits = [\"base\"] }\n",
];

#[test]
fn what_is_written_in_the_file_moves_where_it_stands() {
    for text in MOVED {
        let before = text.replace("OLD", "bookworm");
        let (said, after) = moved("docker-bake.hcl", &before, &["debian12", "debian13"]);
        let wanted = text.replace("i.rel", "I.REL").replace("OLD", "trixie").replace("I.REL", "i.rel");
        assert_eq!(after, wanted, "{said}");
    }
}

#[test]
fn json_moves_alike() {
    let text = r#"{
  "variable": { "REL": { "default": "OLD" }, "BASE": { "default": "debian:${REL}" } },
  "function": { "py": { "params": ["v"], "result": "python:${v}-slim-OLD" } },
  "target": {
    "a": { "args": { "BASE": "${BASE}", "PY": "${py(\"3.11\")}" }, "contexts": { "b": "docker-image://debian:OLD" } },
    "m": { "name": "m-${v}", "matrix": { "v": ["3.11", "3.12"] }, "args": { "A": "python:${v}-OLD" } }
  }
}
"#;
    // JSON has no way to write a string inside of an expression without escapes, which only the engine reads.
    let simple = text
        .replace("\"PY\": \"${py(\\\"3.11\\\")}\"", "\"PY\": \"x\"")
        .replace("-slim-OLD\" } }", "-slim\" } }");
    let (said, after) =
        moved("docker-bake.json", &simple.replace("OLD", "bookworm"), &["debian12", "debian13"]);
    assert_eq!(after, simple.replace("OLD", "trixie"), "{said}");
    let (said, after) =
        moved("docker-bake.json", &text.replace("OLD", "bookworm"), &["debian12", "debian13"]);
    assert_eq!(after, text.replace("OLD", "bookworm"));
    assert!(said.contains("`python:${v}-slim-bookworm` names debian 12"), "{said}");
}

#[test]
fn a_version_in_a_variable_of_its_own_moves() {
    let text =
        "variable \"V\" { default = \"3.11\" }\ntarget \"a\" { args = { BASE = \"python:${V}-slim\" } }\n";
    let (said, after) = moved("docker-bake.hcl", text, &["python:3.11-slim", "python:3.13-slim"]);
    assert_eq!(after, text.replace("3.11", "3.13"), "{said}");
}

#[test]
fn what_would_change_something_else_is_left_with_its_place() {
    for (text, message) in [
        (
            "variable \"REL\" { default = \"bookworm\" }\ntarget \"a\" {\n  args = { BASE = \"debian:${REL}\" }\n  tags = [\"acme/a:${REL}\"]\n}\n",
            "docker-bake.hcl:1:29: `REL` is a part of a base that moves, and line 4 uses it for something else; change both by hand",
        ),
        (
            "target \"m\" {\n  name = \"m-${rel}\"\n  matrix = { rel = [\"bookworm\", \"trixie\"] }\n  args = { A = \"debian:${rel}\" }\n}\n",
            "docker-bake.hcl:3:22: `rel` is a part of a base that moves, and line 2 uses it",
        ),
        (
            "variable \"REL\" { default = \"bookworm\" }\ntarget \"a\" { args = { BASE = \"debian:${REL}\", OTHER = \"acme/${REL}:1\" } }\n",
            "`REL` is a part of a base that moves, and line 2 uses it",
        ),
        (
            "variable \"REL\" { default = \"bookworm\" }\ntarget \"a\" { args = { BASE = \"debian:${lower(REL)}-bookworm\" } }\n",
            "docker-bake.hcl:2:31: `debian:${lower(REL)}-bookworm` names debian 12 (bookworm); the rest is only known",
        ),
        (
            "target \"m\" {\n  name = \"m\"\n  matrix = { b = [\"debian:bookworm\", \"debian:trixie\"] }\n  args = { A = b }\n}\n",
            "docker-bake.hcl:3:20: `b` has two values `debian:trixie` afterwards",
        ),
    ] {
        let (said, after) = moved("docker-bake.hcl", text, &["debian12", "debian13"]);
        assert_eq!(after, text, "{said}");
        assert!(said.contains(message), "{message}\n{said}");
    }
}

#[test]
fn a_variable_that_is_set_over_a_default_moves_with_it() {
    let dockerfile = "ARG REL=bookworm\nFROM debian:${REL}\n";
    for bake in [
        "variable \"REL\" { default = \"bookworm\" }\ntarget \"a\" { args = { REL = REL } }\n",
        "variable \"R\" { default = \"bookworm\" }\ntarget \"a\" { args = { REL = \"${R}\" } }\ntarget \"b\" { args = { REL = R } }\n",
    ] {
        let tree = tree(&[("Dockerfile", dockerfile), ("docker-bake.hcl", bake)]);
        let run = dockwright(tree.path(), &["rebase", "debian12", "debian13", ".", DAY]);
        let text = |name: &str| fs::read_to_string(tree.path().join(name)).unwrap();
        assert_eq!(text("docker-bake.hcl"), bake.replace("bookworm", "trixie"), "{}{}", out(&run), err(&run));
        assert_eq!(text("Dockerfile"), dockerfile.replace("bookworm", "trixie"));
    }
    // One that is used for another argument as well stays, and the Dockerfile with it.
    let bake = "variable \"R\" { default = \"bookworm\" }\ntarget \"a\" { args = { REL = R, SUITE = R } }\n";
    let tree = tree(&[("Dockerfile", dockerfile), ("docker-bake.hcl", bake)]);
    let run = dockwright(tree.path(), &["rebase", "debian12", "debian13", ".", DAY]);
    assert!(out(&run).contains("`REL` is also set at docker-bake.hcl:2"), "{}{}", out(&run), err(&run));
    assert_eq!(fs::read_to_string(tree.path().join("Dockerfile")).unwrap(), dockerfile);
}

#[test]
fn variables_that_lead_to_many_others_end_in_time() {
    let level = |i: usize| {
        format!("variable \"V{i}\" {{ default = \"{}\" }}\n", format!("${{V{}}}", i + 1).repeat(60))
    };
    let variables: String = (0..7).map(level).collect();
    let text = format!(
        "{variables}variable \"V7\" {{ default = \"\" }}\ntarget \"a\" {{ args = {{ A = \"debian:${{V0}}bookworm\" }} }}\n"
    );
    let start = std::time::Instant::now();
    let (said, after) = moved("docker-bake.hcl", &text, &["debian12", "debian13"]);
    assert_eq!(after, text);
    assert!(said.contains("the rest is only known when the image is built"), "{said}");
    assert!(start.elapsed().as_secs() < 30, "{:?}", start.elapsed());
}
