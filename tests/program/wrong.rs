//! Wrong descriptions. What each is told stands in `tests/cmd/wrong.trycmd`; here is what all have in common.

use std::fs;

use crate::{files, fleet_of, repository, run};

#[test]
fn each_is_told_where_what_and_how_to_mend_it_and_nothing_is_written() {
    let descriptions = repository().join("tests/cmd/wrong.in");
    let session = fs::read_to_string(repository().join("tests/cmd/wrong.trycmd")).unwrap();
    for entry in fs::read_dir(descriptions).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        let directory = tempfile::tempdir().unwrap();
        fs::copy(&path, directory.path().join(name)).unwrap();

        let ran = run(directory.path(), &["gen", "--fleet", name]);
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{name}: {}", ran.err);
        assert_eq!(files(directory.path()).len(), 1, "{name}: something was written");
        assert!(session.contains(&format!("--fleet {name}\n")), "{name} is in no session");

        let mistakes = ran.err.matches("\nerror: ").count();
        let places = ran.err.lines().filter(|line| line.trim().starts_with(&format!("--> {name}:"))).count();
        assert_eq!(places, mistakes, "{name}: {}", ran.err);
        for line in ran.err.lines().filter(|line| line.starts_with("error: ") || line.contains("hint: ")) {
            assert!(!line.ends_with('.'), "{name}: {line}");
        }
    }
}

/// A name of 10 kB was taken wherever a variable is named.
#[test]
fn a_name_that_no_program_would_read_is_refused() {
    let name = |length: usize| "N".repeat(length);
    let keys = |name: &str| {
        [
            format!("env = {{ {name} = \"x\" }}"),
            format!("settings = [\"{name}\"]"),
            format!("secrets = [\"{name}\"]"),
            format!("secret_files = {{ {name} = \"/etc/x\" }}"),
            format!("labels = {{ {} = \"x\" }}", name.to_lowercase()),
        ]
    };
    let generated = |key: &str| {
        let directory = tempfile::tempdir().unwrap();
        let text = fleet_of(1, "1").replace("env = { RELEASE = \"1\" }", key);
        fs::write(directory.path().join("services.toml"), text).unwrap();
        run(directory.path(), &["gen"])
    };
    for key in keys(&name(255)) {
        let ran = generated(&key);
        assert_eq!(ran.code, Some(0), "{}", ran.err);
    }
    for key in keys(&name(256)).into_iter().chain(keys(&name(10_000))) {
        let ran = generated(&key);
        assert_eq!(ran.code, Some(2), "{key}");
        assert!(ran.err.contains("bytes long; at most 255 are allowed"), "{}", ran.err);
        assert!(ran.err.contains("--> services.toml:"), "{}", ran.err);
        assert!(ran.err.len() < 4000, "{}", ran.err);
    }
}

#[test]
fn a_file_name_cannot_write_an_instruction() {
    let directory = tempfile::tempdir().unwrap();
    let name = "a\nRUN evil\n#.toml";
    if fs::write(directory.path().join(name), fleet_of(1, "1")).is_err() {
        return crate::skipped("no such file names here");
    }
    let ran = run(directory.path(), &["gen", "--fleet", name]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let dockerfile = fs::read_to_string(directory.path().join("generated/s0/Dockerfile")).unwrap();
    assert!(!dockerfile.lines().any(|line| line.starts_with("RUN evil")), "{dockerfile}");
    assert_eq!(run(directory.path(), &["gen", "--check", "--fleet", name]).code, Some(0));
}

#[test]
fn bytes_that_are_no_text_are_told_with_their_place() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("services.toml"), b"[fleet]\nname = \"caf\xe9\"\n").unwrap();
    let ran = run(directory.path(), &["gen"]);
    assert_eq!(ran.code, Some(2));
    assert_eq!(ran.err, "error: services.toml:2:12: this is not UTF-8 text\nhint: save the file as UTF-8\n");
}

#[test]
fn a_byte_order_mark_and_crlf_are_no_mistakes() {
    let directory = tempfile::tempdir().unwrap();
    let text = format!("\u{feff}{}", fleet_of(2, "1").replace('\n', "\r\n"));
    fs::write(directory.path().join("services.toml"), text).unwrap();
    let ran = run(directory.path(), &["gen"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    for (path, content) in files(&directory.path().join("generated")) {
        assert!(!content.contains(&b'\r'), "{}", path.display());
    }
}

#[test]
fn a_message_is_a_screen_at_most() {
    let directory = tempfile::tempdir().unwrap();
    let long = format!("{}\u{202e}{}", "-".repeat(9_000), "x".repeat(60_000));
    let service = |i| format!("[services.s{i}]\nports = [0]\n[services.s{i}.python]\nmodule = \"{long}\"\n");
    let services = (0..30).map(service).collect::<Vec<_>>().concat();
    let text = format!("[fleet]\nname = \"shop\"\nimage = \"shop/{{name}}\"\n{services}");
    fs::write(directory.path().join("services.toml"), text).unwrap();
    let ran = run(directory.path(), &["gen"]);
    assert_eq!(ran.code, Some(2));
    assert_eq!(ran.err.matches("\nerror: ").count(), 20, "{}", ran.err);
    assert!(ran.err.ends_with("of which the first 20 are shown; nothing was written\n"), "{}", ran.err);
    assert!(ran.err.lines().all(|line| line.chars().count() < 500), "{}", ran.err);
    assert!(!ran.err.contains('\u{202e}'));
}

/// Bake turns texts into normal form C, and would not find the file.
#[test]
fn a_path_that_bake_would_change_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let text = fleet_of(1, "1").replace("s0/Dockerfile", "cafe\u{301}/Dockerfile");
    fs::write(directory.path().join("services.toml"), text).unwrap();
    let ran = run(directory.path(), &["gen"]);
    assert_eq!(ran.code, Some(2), "{}", ran.err);
    assert!(ran.err.contains("services.toml:") && ran.err.contains("normal form C"), "{}", ran.err);
}

/// What `gen` says of a description, without the excerpts.
fn messages(text: &str) -> Vec<String> {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("services.toml"), text).unwrap();
    let ran = run(directory.path(), &["gen", "--check", "--format", "json"]);
    assert_eq!(ran.code, Some(2), "{}", ran.err);
    let json: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    let errors = json["errors"].as_array().unwrap().iter();
    errors.map(|error| error["message"].as_str().unwrap().to_owned()).collect()
}

/// Two services of a fleet with a phase, the second as it is said.
fn with(service: &str) -> String {
    let fleet = fleet_of(1, "1").replace("[bases]", "phases = [\"One\"]\n[bases]");
    let fleet = fleet.replace("[services.s0]", "[services.s0]\nphase = 1");
    format!(
        "{fleet}\n[groups.web]\nmemory = \"1G\"\n[services.s1]\ndockerfile = \"s1/Dockerfile\"\n{service}\n\
         [services.s1.python]\nmodule = \"s1.main\"\n"
    )
}

/// Whether each of the errors is there, and no other.
#[track_caller]
fn are(found: &[String], expected: &[&str]) {
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for part in expected {
        assert!(found.iter().any(|message| message.contains(part)), "{part}: {found:#?}");
    }
}

#[test]
fn an_unknown_group_hides_no_other_error_and_brings_none() {
    let found = messages(&with("group = \"wbe\"\nphase = 9\nhealth = { tcp = 2 }\ndepends_on = [\"s9\"]"));
    are(&found, &["`wbe`", "phase 9", "port 2", "`s9`"]);
    are(&messages(&with("group = \"wbe\"")), &["`wbe`"]);
}

#[test]
fn a_wrong_health_check_hides_no_phase_dependency_or_network() {
    let keys = "phase = 9\nhealth = { tcp = 2, timeout = \"1s\", status = \"200\" }\ndepends_on = [\"s9\"]\nnetworks = [\"lan\"]";
    are(
        &messages(&with(keys)),
        &["phase 9", "port 2", "a health check needs a", "`status`", "`s9`", "`lan`"],
    );
}

#[test]
fn a_wrong_base_hides_no_other_error_and_is_no_unknown_one() {
    let fleet = with("phase = 9\nbase = \"other\"").replace(
        "[bases]\n",
        "[bases]\nother = { build = \"debian:trixie-slim\", rum = \"gcr.io/distroless/cc-debian13\" }\n",
    );
    are(&messages(&fleet), &["unknown key `rum`", "phase 9"]);
}

#[test]
fn who_waits_for_a_wrong_service_is_not_blamed() {
    let fleet = with("phase = 1\nhealth = { tcp = 2 }")
        .replace("[services.s0]", "[services.s0]\ndepends_on = [\"s1\"]");
    are(&messages(&fleet), &["port 2"]);
}

/// A mistake in one key pointed at the name of the service, and the reader had to look for the key.
#[test]
fn a_wrong_key_is_pointed_at_where_it_is_said() {
    let wrong = [
        ("memory = \"1M\"", "memory"),
        ("settings = [\"A\", \"B\", \"A\"]", "\"A\"]"),
        ("labels = { \"org.opencontainers.image.version\" = \"1\" }", "\"org.opencontainers.image.version\""),
        ("env = { DB_PASSWORD = \"hunter2\" }", "DB_PASSWORD"),
        ("settings = [\"KEY_FILE\"]\nsecrets = [\"KEY\"]", "\"KEY_FILE\""),
        ("health = { exec = [\"/usr/bin/healthcheck\"] }", "[\"/usr/bin/healthcheck\"]"),
        ("health = { exec = [\"/usr/bin/asker\", \"$HOSTNAME\"] }", "[\"/usr/bin/asker\""),
    ];
    for (key, at) in wrong {
        let mut fleet = fleet_of(1, "1").replace("env = { RELEASE = \"1\" }", key);
        if key.starts_with("health") {
            let kept = |line: &&str| *line == key || !line.starts_with("health");
            fleet = fleet.lines().filter(kept).collect::<Vec<_>>().join("\n");
        }
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("services.toml"), &fleet).unwrap();
        let ran = run(directory.path(), &["gen"]);
        assert_eq!(ran.code, Some(2), "{key}: {}", ran.err);
        let start = fleet.rfind(at).unwrap();
        let line = fleet[..start].matches('\n').count() + 1;
        let column = start - fleet[..start].rfind('\n').map_or(0, |end| end + 1) + 1;
        assert!(ran.err.contains(&format!("--> services.toml:{line}:{column}\n")), "{key}: {}", ran.err);
    }
}
