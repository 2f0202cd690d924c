//! What is wrong with a base is told once, at the base, with what to do about it.

use dockwright::diagnostic::Diagnostic;
use dockwright::{fleet, render};

/// A fleet of three Python services on the base `py`, which is in line 5.
fn described(base: &str) -> String {
    let service = |name: &str| {
        format!(
            "[services.{name}]\nbase = \"py\"\nports = [80]\nhealth = {{ tcp = 80 }}\nsources = [\"a\"]\n\
             [services.{name}.python]\nmodule = \"a\"\n"
        )
    };
    let services: String = ["a", "b", "c"].map(service).concat();
    format!("[fleet]\nname = \"f\"\nimage = \"f/{{name}}\"\n[bases]\npy = {base}\n{services}")
}

fn mistakes(base: &str) -> Vec<Diagnostic> {
    let text = described(base);
    let found = fleet::load(&text).err().unwrap_or_default();
    for mistake in &found {
        assert_eq!(text[..mistake.span.start].lines().count(), 5, "{mistake:?}");
    }
    found
}

/// The one mistake of a base, and its hint.
fn told(base: &str) -> (String, String) {
    let found = mistakes(base);
    assert_eq!(found.len(), 1, "{found:?}");
    (found[0].message.clone(), found[0].hint.clone().unwrap_or_default())
}

fn pair(build: &str, run: &str) -> String {
    format!("{{ build = \"{build}\", run = \"{run}\" }}")
}

const CC: &str = "gcr.io/distroless/cc-debian13:nonroot";
const PYTHON: &str = "gcr.io/distroless/python3-debian13:nonroot";

#[test]
fn a_run_image_with_a_shell_or_a_package_manager_is_refused() {
    for (build, run, tools, instead) in [
        ("python:3.13-slim-trixie", "python:3.13-slim-trixie", "/bin/sh and apt", CC),
        ("python:3.13-slim-trixie", "debian:trixie-slim", "/bin/sh and apt", CC),
        ("debian:trixie-slim", "gcr.io/distroless/python3-debian13:debug-nonroot", "/busybox/sh", PYTHON),
        ("debian:trixie-slim", "gcr.io/distroless/python3-debian13:debug", "/busybox/sh", PYTHON),
    ] {
        let (message, hint) = told(&pair(build, run));
        let wanted = format!("the run image {run} of `py` has {tools}; 3 services use it");
        assert_eq!(message, wanted);
        assert_eq!(
            hint,
            format!("run on {instead}, or say in `allow_shell` of the base why the service needs them")
        );
    }
}

#[test]
fn a_reason_allows_a_shell_and_is_in_the_dockerfile() {
    let base = format!(
        "{{ build = \"debian:trixie-slim\", run = \"{}\", allow_shell = \"a crash in March\" }}",
        PYTHON.replace(":nonroot", ":debug-nonroot")
    );
    let fleet = fleet::load(&described(&base)).unwrap();
    let text = render::dockerfile(&fleet, &fleet.services[0], None).unwrap();
    assert!(text.contains("\n# The base has a shell: a crash in March\n"), "{text}");
    let (message, _) = told(&base.replace("debug-", ""));
    assert!(message.starts_with("`py` has `allow_shell`, and its run image"), "{message}");
}

#[test]
fn status_lists_bases_with_a_shell() {
    let base = format!(
        "{{ build = \"debian:trixie-slim\", run = \"{}\", allow_shell = \"a crash in March\" }}",
        PYTHON.replace(":nonroot", ":debug-nonroot")
    );
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("services.toml"), described(&base)).unwrap();
    let ran = crate::run(directory.path(), &["status"]);
    let line = "\nBases with a shell:\n  py (gcr.io/distroless/python3-debian13:debug-nonroot): a crash in March; a, b, c\n";
    assert!(ran.out.contains(line), "{}{}", ran.out, ran.err);
    assert!(crate::run(directory.path(), &["status", "--format=markdown"]).out.contains("- py (gcr.io/"));
}

/// The interpreter of the image is the one that runs the program.
#[test]
fn nothing_installs_python_into_an_image_of_python() {
    let base =
        r#"{ build = "python:3.13-slim-trixie", run = "python:3.13-slim-trixie", allow_shell = "a try" }"#;
    let fleet = fleet::load(&described(base)).unwrap();
    let text = render::dockerfile(&fleet, &fleet.services[0], None).unwrap();
    assert!(!text.contains("apt-get install"), "{text}");
    assert!(text.contains("uv venv --python /usr/local/bin/python3 /opt/venv"), "{text}");
}

#[test]
fn the_image_of_a_service_with_a_shell_needs_a_reason_of_its_own() {
    let text = "[fleet]\nname = \"f\"\nimage = \"f/{name}\"\n[bases]\n\
        below = { build = \"debian:trixie-slim\", run = \"gcr.io/distroless/base-debian13:debug\", allow_shell = \"a try\" }\n\
        above = { build = \"debian:trixie-slim\", run = \"f/low:latest\" }\n\
        [services.low]\nbase = \"below\"\nimage_only = true\nhealth = { none = \"a base\" }\n[services.low.bare]\n\
        [services.high]\nbase = \"above\"\nimage_only = true\nhealth = { none = \"a base\" }\n[services.high.bare]\n";
    let found = fleet::load(text).unwrap_err();
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].message, "the run image f/low:latest of `above` is that of `low`, which has a shell");
}

#[test]
fn a_misspelt_tag_is_told_once_at_its_base() {
    for (build, meant) in [
        ("python:3.11-slim-bokworm", "python:3.11-slim-bookworm"),
        ("python:3.11-bookworm-slim", "python:3.11-slim-bookworm"),
    ] {
        let (message, hint) = told(&pair(build, CC));
        assert_eq!(
            message,
            format!("there is no image `{build}`, the build image of `py`; 3 services use it")
        );
        assert_eq!(hint, format!("did you mean `{meant}`?"));
    }
    let (message, _) = told(&pair("python:3.8-slim-trixie", CC));
    assert!(message.contains("3.8 ended on 2024-10-07, before debian 13 (trixie) came out"), "{message}");
}

#[test]
fn a_version_newer_than_the_catalogue_is_a_doubt() {
    let fleet = fleet::load(&described(&pair("python:3.99-slim-trixie", CC))).unwrap();
    assert_eq!(fleet.doubts.len(), 1, "{:?}", fleet.doubts);
    assert!(fleet.doubts[0].message.starts_with("`python` 3.99 is newer than the catalogue of "));
    assert!(fleet::load(&described(&pair("python:3.11-slim-bookworm", CC))).unwrap().doubts.is_empty());
}

#[test]
fn what_all_services_lack_is_told_once_at_the_base() {
    let (message, hint) = told(&pair("debian:trixie-slim", CC));
    assert_eq!(
        message,
        format!("the run image {CC} of `py` has no known interpreter, and its 3 services need python")
    );
    assert_eq!(hint, format!("run on {PYTHON}, which fits the build image"));
}

/// The base is right for others, so the service names the wrong one.
#[test]
fn what_one_of_several_lacks_is_told_at_the_service() {
    let native = "[services.d]\nbase = \"py\"\nhealth = { none = \"x\" }\n[services.d.native]\ncommand = [\"/usr/bin/env\"]\n\
        [services.d.programs]\npaths = [\"/usr/bin/env\"]\n";
    let text = format!("{}{native}", described(&pair("debian:trixie-slim", CC)));
    let found = fleet::load(&text).unwrap_err();
    let messages: Vec<_> = found.iter().map(|mistake| mistake.message.as_str()).collect();
    assert_eq!(found.len(), 3, "{messages:?}");
    assert!(messages[0].starts_with("`a` needs python, but its run image"), "{messages:?}");
}

/// What a hint names passes the check that gave it.
#[test]
fn hints_of_bases_name_images_that_fit() {
    for (build, run, instead) in [
        ("python:3.11-alpine", CC, "build on python:3.11-slim-trixie, which fits the run image"),
        ("python:3.13-slim-trixie", PYTHON, "build on debian:trixie-slim, which fits the run image"),
        (
            "python:3.13-slim-trixie",
            "gcr.io/distroless/cc-debian12:nonroot",
            "build on python:3.13-slim-bookworm, which fits the run image",
        ),
    ] {
        let (_, hint) = told(&pair(build, run));
        assert_eq!(hint, instead);
    }
}

/// No other image has mongod.
#[test]
fn a_hint_keeps_the_image_that_programs_come_from() {
    let text = "[fleet]\nname = \"f\"\nimage = \"f/{name}\"\n[bases]\n\
        db = { build = \"mongo:7.0\", run = \"gcr.io/distroless/base-debian11:nonroot\" }\n\
        [services.db]\nbase = \"db\"\nports = [27017]\nhealth = { tcp = 27017 }\n[services.db.native]\ncommand = [\"/usr/bin/mongod\"]\n\
        [services.db.programs]\npaths = [\"/usr/bin/mongod\"]\n";
    let found = fleet::load(text).unwrap_err();
    assert_eq!(found.len(), 1, "{found:?}");
    let hint = found[0].hint.as_deref().unwrap();
    assert_eq!(hint, "run on gcr.io/distroless/base-debian13:nonroot, which fits the build image");
}
