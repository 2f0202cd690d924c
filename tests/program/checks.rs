//! What `gen --check` tells, and what it does not hide: to people, to programs and to reviewers of a pull request.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::{fleet_of, run};

/// A fleet of two services whose files are below `generated`.
fn generated() -> TempDir {
    let tree = tempfile::tempdir().unwrap();
    fs::write(tree.path().join("services.toml"), fleet_of(2, "1")).unwrap();
    assert_eq!(run(tree.path(), &["gen"]).code, Some(0));
    tree
}

fn edit(tree: &Path, path: &str, from: &str, to: &str) {
    let path = tree.join(path);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{text}");
    fs::write(path, text.replace(from, to)).unwrap();
}

/// A fleet with errors of three kinds at two services.
const WRONG: &str = "[fleet]\nname = \"shop\"\nimage = \"shop/{name}\"\n\
    [services.a]\nprograms = { paths = [\"/a\"] }\nports = [80]\nhealth = { tcp = 2 }\nbase = \"pyhton\"\n[services.a.native]\ncommand = [\"/a\"]\n";

#[test]
fn gen_of_a_service_updates_the_files_of_the_fleet_too() {
    let tree = generated();
    edit(tree.path(), "services.toml", "[services.s0]\n", "[services.s0]\nmemory = \"300M\"\n");
    let check = run(tree.path(), &["gen", "--check", "s0"]);
    assert_eq!(check.code, Some(1), "{}", check.out);
    assert!(check.out.starts_with("stale generated/compose.yaml\n"), "{}", check.out);
    assert_eq!(run(tree.path(), &["gen", "s0"]).code, Some(0));
    assert_eq!(run(tree.path(), &["gen", "--check"]).code, Some(0));
}

#[test]
fn gen_of_a_service_takes_no_compose_file_of_somebody_else_and_makes_none() {
    let tree = generated();
    let compose = tree.path().join("generated/compose.yaml");
    fs::write(&compose, "services: {}\n").unwrap();
    assert_eq!(run(tree.path(), &["gen", "--check", "s0"]).code, Some(0));
    assert_eq!(run(tree.path(), &["gen", "--force", "s0"]).code, Some(0));
    assert_eq!(fs::read_to_string(&compose).unwrap(), "services: {}\n");
    assert_eq!(run(tree.path(), &["gen", "--check"]).code, Some(1), "the whole fleet is another matter");

    fs::remove_file(&compose).unwrap();
    assert_eq!(run(tree.path(), &["gen", "s0"]).code, Some(0));
    assert!(!compose.exists());

    assert_eq!(run(tree.path(), &["gen"]).code, Some(0));
    edit(tree.path(), "generated/compose.yaml", "name: many", "name: mine");
    assert_eq!(
        run(tree.path(), &["gen", "--force", "s0"]).code,
        Some(1),
        "it is edited, and not of s0 alone"
    );
    assert!(fs::read_to_string(&compose).unwrap().contains("name: mine"));
}

#[test]
fn a_dockerfile_of_somebody_else_among_the_generated_ones_is_named() {
    let tree = generated();
    fs::write(tree.path().join("generated/s0/Dockerfile.stray"), "FROM scratch\n").unwrap();
    fs::write(tree.path().join("generated/s0/notes.txt"), "x\n").unwrap();
    let check = run(tree.path(), &["gen", "--check"]);
    assert_eq!(check.code, Some(0), "{}", check.out);
    let note = "hint: a file among the generated ones that services.toml does not describe: \
                generated/s0/Dockerfile.stray; `gen` leaves it alone\n";
    assert_eq!(check.err, note);
    assert_eq!(run(tree.path(), &["gen", "--check", "s0"]).err, "", "another run is about all");

    // Among sources, such a file is nobody's mistake.
    let tree = tempfile::tempdir().unwrap();
    fs::write(
        tree.path().join("services.toml"),
        fleet_of(1, "1").replace("[bases]", "output = \".\"\n[bases]"),
    )
    .unwrap();
    assert_eq!(run(tree.path(), &["gen"]).code, Some(0));
    fs::write(tree.path().join("s0/Dockerfile.dev"), "FROM scratch\n").unwrap();
    assert_eq!(run(tree.path(), &["gen", "--check"]).err.matches("Dockerfile.dev").count(), 0);
}

#[test]
fn errors_of_services_toml_are_in_every_format_on_standard_output() {
    let tree = tempfile::tempdir().unwrap();
    fs::write(tree.path().join("services.toml"), WRONG).unwrap();
    let check = |format| run(tree.path(), &["gen", "--check", "--format", format]);
    let text = check("text");
    assert_eq!((text.code, text.out.as_str()), (Some(2), ""));
    for format in ["json", "github", "markdown"] {
        let ran = check(format);
        assert_eq!((ran.code, &ran.err), (Some(2), &text.err), "{format}");
    }
    let json: serde_json::Value = serde_json::from_str(&check("json").out).unwrap();
    let errors = json["errors"].as_array().unwrap();
    assert_eq!(errors.len(), 2, "{json:#}");
    assert_eq!((errors[0]["path"].as_str(), errors[0]["line"].as_u64()), (Some("services.toml"), Some(7)));
    assert!(errors[1]["message"].as_str().unwrap().contains("pyhton"), "{json:#}");
    let github = check("github").out;
    assert!(github.starts_with("::error file=services.toml,line=7,col=18::"), "{github}");
    let markdown = check("markdown").out;
    assert!(
        markdown.starts_with("**dockwright** could not check the fleet:\n\n```text\nerror: "),
        "{markdown}"
    );
    assert!(markdown.contains("there is no base `pyhton`") && markdown.ends_with("\n```\n"), "{markdown}");
    assert!(!markdown.contains('\u{1b}'));
}

#[test]
fn a_missing_services_toml_is_in_every_format_on_standard_output() {
    let tree = tempfile::tempdir().unwrap();
    let check = |format| run(tree.path(), &["gen", "--check", "--format", format]).out;
    let json: serde_json::Value = serde_json::from_str(&check("json")).unwrap();
    let message = "cannot read `services.toml`: no such file or directory";
    assert_eq!(json["errors"][0]["message"], message);
    assert!(check("github").starts_with(&format!("::error title=dockwright::{message}; ")));
    assert!(check("markdown").contains(&format!("error: {message}\n")));
}

#[test]
fn the_services_toml_above_is_the_one_that_is_named() {
    let tree = generated();
    let ran = run(&tree.path().join("generated/s0"), &["gen", "--check"]);
    assert!(ran.err.ends_with("hint: name the one above: --fleet ../../services.toml\n"), "{}", ran.err);
    let ran = run(tempfile::tempdir().unwrap().path(), &["gen"]);
    assert!(ran.err.contains("dockwright init"), "{}", ran.err);
}

#[test]
fn json_counts_the_files_of_each_state() {
    let tree = generated();
    edit(tree.path(), "generated/s0/Dockerfile", "USER 65532", "USER 0");
    let ran = run(tree.path(), &["gen", "--check", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    let all = json["files"].as_array().unwrap().len();
    assert_eq!(json["states"], serde_json::json!({ "edited by hand": 1, "in sync": all - 1 }));
    assert_eq!((&json["differences"], &json["errors"]), (&1.into(), &serde_json::json!([])));
}

#[test]
fn markdown_says_what_to_do_and_which_side_of_a_diff_is_which() {
    let tree = generated();
    edit(tree.path(), "generated/s0/Dockerfile", "USER 65532:65532", "USER root");
    edit(tree.path(), "services.toml", "[services.s1", "[services.s2");
    edit(tree.path(), "services.toml", "s1/Dockerfile", "s2/Dockerfile");
    let ran = run(tree.path(), &["gen", "--check", "--format", "markdown"]);
    let lines: Vec<_> = ran.out.lines().collect();
    let starts = |start: &str| lines.iter().any(|line| line.starts_with(start));
    assert!(starts("**dockwright**: 2 services, "), "{}", ran.out);
    assert!(starts("- **edited by hand**: ") && ran.out.contains("gen --force"), "{}", ran.out);
    assert!(starts("- **orphaned**: run `dockwright gen`"), "{}", ran.out);
    assert!(starts("In each diff, `-` is the file as it is, and `+` is what services.toml describes"));
    let headings = lines.iter().filter_map(|line| line.strip_prefix("<details><summary>"));
    let headings: Vec<_> = headings.map(|heading| heading.split(',').next().unwrap()).collect();
    let expected = [
        "<code>s0</code>: edited by hand",
        "<code>s1</code>: orphaned",
        "<code>s2</code>: missing",
        "the whole fleet: stale",
    ];
    assert_eq!(headings, expected, "{}", ran.out);
    assert!(lines.contains(&"--- a/generated/s0/Dockerfile\ton disk: edited by hand"), "{}", ran.out);
    assert!(lines.contains(&"+++ b/generated/s0/Dockerfile\tas services.toml describes it"), "{}", ran.out);
}

#[test]
fn a_diff_of_a_new_tree_shows_build_helpers_in_a_line_each() {
    let tree = tempfile::tempdir().unwrap();
    let text = fleet_of(1, "1")
        .replace("[services.s0.python]\nmodule = \"s0.main\"", "[services.s0.native]\ncommand = [\"/s\"]");
    let text = text.replace("dockerfile = \"s0", "programs = { paths = [\"/s\"] }\ndockerfile = \"s0");
    fs::write(tree.path().join("services.toml"), text.replace("base   = \"python\"\n", "")).unwrap();
    let ran = run(tree.path(), &["gen", "--diff"]);
    let lines: Vec<_> = ran.out.lines().filter(|line| line.contains("generated/dockwright/")).collect();
    assert!(lines.len() > 5, "{}{}", ran.out, ran.err);
    for line in &lines {
        assert!(
            line.starts_with("# generated/dockwright/") && line.contains(": a new build helper of "),
            "{line}"
        );
    }
    assert!(
        ran.out.contains("+++ b/generated/s0/Dockerfile\tas services.toml describes it\n"),
        "{}",
        ran.out
    );

    // What somebody put into one is shown.
    assert_eq!(run(tree.path(), &["gen"]).code, Some(0));
    edit(tree.path(), "generated/dockwright/closure.pl", "use strict;", "use strict; # mine");
    let ran = run(tree.path(), &["gen", "--diff"]);
    assert!(ran.out.contains("\n-use strict; # mine"), "{}", ran.out);
}

#[test]
fn what_a_service_lacks_in_the_tree_is_in_every_format() {
    let tree = generated();
    let text = fleet_of(2, "1").replace(
        "module = \"s0.main\"",
        "module = \"s0.main\"\nrequirements = [\"s0/requirements.txt\", \"s0/x.txt\"]",
    );
    fs::write(tree.path().join("services.toml"), text).unwrap();
    fs::create_dir_all(tree.path().join("s0")).unwrap();
    fs::write(tree.path().join("s0/x.txt"), "").unwrap();
    assert_eq!(run(tree.path(), &["gen"]).code, Some(0));
    let check = |format| run(tree.path(), &["gen", "--check", "--format", format]);
    let absent = "there is no `s0/requirements.txt` in the build context: a file of `s0`";
    let github = check("github");
    assert_eq!(github.code, Some(0), "the generated files are right: {}", github.out);
    let line = github.out.lines().find(|line| line.contains(absent)).unwrap();
    assert!(line.starts_with("::warning file=services.toml,line="), "{line}");
    let json: serde_json::Value = serde_json::from_str(&check("json").out).unwrap();
    let warnings = json["warnings"].as_array().unwrap();
    assert!(warnings.iter().any(|warning| warning["message"] == absent), "{json:#}");
    assert!(check("markdown").out.contains(&format!("`: {absent}; ")), "{}", check("markdown").out);
}
