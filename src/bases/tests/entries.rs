//! What is known of an image, from its reference.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{date, find, image, today};
use crate::bases::*;

#[test]
fn distroless_python_is_known_to_the_last_path() {
    let base = find("gcr.io/distroless/python3-debian13:nonroot");
    assert_eq!(base.entrypoint, ["/usr/bin/python3.13"]);
    assert_eq!((base.user.as_str(), base.workdir.as_str()), ("65532", "/home/nonroot"));
    assert_eq!(base.interpreter("python").unwrap().path, "/usr/bin/python3.13");
    assert_eq!(base.shell, Some(Shell::None));
    assert_eq!(base.package_manager, Some(PackageManager::None));
    assert_eq!(base.libc, Some(CLibrary::Glibc("2.41".to_owned())));
    assert_eq!(base.merged_usr, Some(true));
    assert_eq!(base.platforms, ["linux/amd64", "linux/arm64", "linux/riscv64"]);
    assert_eq!(base.env["LANG"], "C.UTF-8");
    assert!(!base.is_past_eol(today()));
    assert_eq!(find("gcr.io/distroless/python3"), find("gcr.io/distroless/python3-debian13:latest"));
}

#[test]
fn debug_images_keep_what_they_are_for() {
    let java = find("gcr.io/distroless/java21-debian13:debug");
    assert_eq!(java.entrypoint, ["/usr/bin/java", "-jar"]);
    let home = java.interpreter("java").unwrap().home.as_deref();
    assert_eq!(home, Some("/usr/lib/jvm/temurin-21-jdk-{arch}"));
    assert_eq!(find("gcr.io/distroless/java-base-debian13:debug").entrypoint, ["/busybox/sh"]);
    assert_eq!(find("gcr.io/distroless/nodejs24-debian13:debug").entrypoint, ["/nodejs/bin/node"]);
    assert!(!find("gcr.io/distroless/nodejs24-debian13").env.contains_key("LANG"));
}

#[test]
fn the_tag_decides_user_directory_and_shell() {
    let facts = |tag: &str| {
        let base = find(&format!("gcr.io/distroless/cc-debian13{tag}"));
        (base.user.clone(), base.workdir.clone(), base.shell_path().map(str::to_owned), base.entrypoint)
    };
    let owned = |user: &str, workdir: &str| (user.to_owned(), workdir.to_owned());
    let busybox = || Some("/busybox/sh".to_owned());
    let (user, workdir) = owned("0", "/");
    assert_eq!(facts(""), (user.clone(), workdir.clone(), None, vec![]));
    assert_eq!(facts(":debug"), (user, workdir, busybox(), vec!["/busybox/sh".to_owned()]));
    let (user, workdir) = owned("65532", "/home/nonroot");
    assert_eq!(facts(":nonroot-arm64"), (user.clone(), workdir.clone(), None, vec![]));
    assert_eq!(facts(":debug-nonroot"), (user, workdir, busybox(), vec!["/busybox/sh".to_owned()]));
    let python = find("gcr.io/distroless/python3-debian13:debug");
    assert_eq!(python.entrypoint, ["/usr/bin/python3.13"], "images with an interpreter keep it");
}

#[test]
fn versions_and_releases_come_from_the_tag() {
    let release = |text: &str| find(text).release.map(|release| release.name);
    let python = |text: &str| find(text).interpreter("python").unwrap().clone();
    for (text, version, on) in [
        ("python:3.11-slim-bookworm", Some("3.11"), Some("bookworm")),
        ("docker.io/library/python:3.13.1-trixie", Some("3.13"), Some("trixie")),
        ("python:3.13-alpine3.22", Some("3.13"), Some("3.22")),
        ("python:3.11-slim", Some("3.11"), None),
        ("python:3", None, None),
        ("python", None, None),
    ] {
        assert_eq!(python(text).version.as_deref(), version, "{text}");
        assert_eq!(release(text).as_deref(), on, "{text}");
    }
    assert!(python("python:3.11-slim").aliases.contains(&"/usr/local/bin/python3.11".to_owned()));
    assert_eq!(find("python:3.13-alpine3.22").libc, Some(CLibrary::Musl("1.2.5".to_owned())));
    assert_eq!(find("python:3.13-alpine").libc, None, "which Alpine it is today is not known");
    assert_eq!(release("debian:12-slim").as_deref(), Some("bookworm"));
    assert_eq!(release("mongo:7.0.5").as_deref(), Some("jammy"));
    assert_eq!(release("node:12").as_deref(), None);
    assert_eq!(
        find("gcr.io/distroless/java17-debian12").interpreter("java").unwrap().home.as_deref(),
        Some("/usr/lib/jvm/java-17-openjdk-{arch}")
    );
}

#[test]
fn the_first_end_counts() {
    let eol = |text: &str| find(text).eol.map(|eol| (eol.date.to_string(), eol.of));
    let is = |date: &str, of: &str| Some((date.to_owned(), of.to_owned()));
    assert_eq!(eol("gcr.io/distroless/python3-debian12:nonroot"), is("2026-04-30", "python3-debian12"));
    assert_eq!(eol("gcr.io/distroless/static-debian12"), is("2026-09-30", "static-debian12"));
    assert_eq!(eol("python:3.9-slim-bookworm"), is("2025-10-31", "python 3.9"));
    assert_eq!(eol("python:3.13-slim-bullseye"), is("2026-08-31", "debian 11 (bullseye)"));
    assert_eq!(eol("redis:7.2-alpine"), None);
}

#[test]
fn the_last_day_is_not_past() {
    let base = find("gcr.io/distroless/python3-debian12");
    assert!(!base.is_past_eol(date("2026-04-30")));
    assert!(base.is_past_eol(date("2026-05-01")));
}

#[test]
fn unknown_tags_are_told_from_known_ones() {
    assert_eq!(find("gcr.io/distroless/python3-debian12:arm64").tag, TagState::Unknown);
    assert_eq!(find("python:3.13-slim-squeeze").tag, TagState::Unknown);
    let digest = format!("gcr.io/distroless/static-debian13@sha256:{}", "0".repeat(64));
    assert_eq!(find(&digest).tag, TagState::Digest);
    for text in [
        "gcr.io/distroless/java8-debian12",
        "gcr.io/distroless/java21-debian11",
        "ghcr.io/someone/python:3.13",
        "python/python",
        "scratch",
    ] {
        assert_eq!(Catalogue::builtin().find(&image(text)), None, "{text}");
    }
}

#[test]
fn a_fleet_adds_and_overrides_entries() {
    let added: BTreeMap<String, CatalogueEntry> = toml::from_str(
        r#"
        ours = { extends = "python3-debian13", images = ["registry.lan/python3"], env = { TZ = "UTC" } }
        python3-debian12 = { eol = "2027-01-31" }
        "#,
    )
    .unwrap();
    let catalogue = Catalogue::builtin().with(&added).unwrap();
    let ours = catalogue.find(&image("registry.lan/python3:nonroot")).unwrap();
    assert_eq!((ours.entry.as_str(), ours.user.as_str()), ("ours", "65532"));
    assert_eq!((ours.env["TZ"].as_str(), ours.env["LANG"].as_str()), ("UTC", "C.UTF-8"));
    let longer = catalogue.find(&image("gcr.io/distroless/python3-debian12")).unwrap();
    assert_eq!(longer.eol.unwrap().date, date("2027-01-31"));
    assert_eq!(longer.entrypoint, ["/usr/bin/python3.11"]);
}

#[test]
fn an_entry_that_makes_no_sense_is_refused() {
    for (text, message, hint) in [
        (
            "a = { images = ['x/{vers}'] }",
            "`{vers}` in `x/{vers}` of the catalogue entry `a` is not a placeholder of a pattern",
            Some("use {version}, {flavour}, {debian}, {ubuntu}, {alpine}, {arch}, {commit}, {date} or {any}"),
        ),
        (
            "a = { extends = 'python3-debain13' }",
            "the catalogue entry `a` extends `python3-debain13`, which does not exist",
            Some("did you mean `python3-debian13`?"),
        ),
        ("a = { extends = 'b' }\nb = { extends = 'a' }", "the catalogue entry `a` extends itself", None),
        (
            "a = { release = 'trixi' }",
            "the catalogue entry `a` names the unknown release `trixi`",
            Some("did you mean `trixie`?"),
        ),
    ] {
        let added: BTreeMap<String, CatalogueEntry> = toml::from_str(text).unwrap();
        let error = Catalogue::builtin().with(&added).unwrap_err();
        assert_eq!(error.to_string(), message);
        assert_eq!(error.hint().as_deref(), hint, "{message}");
        assert_eq!(error.entry(), "a");
    }
    assert!(toml::from_str::<CatalogueEntry>("libc = 'uclibc 1'").is_err());
    assert!(toml::from_str::<CatalogueEntry>("usr = '65532'").is_err());
}

proptest! {
    #[test]
    fn any_reference_has_an_answer(
        name in r"(gcr\.io/distroless/)?(python|node|debian|java|static|nodejs|openjdk)[0-9]{0,2}(-debian1[0-9])?",
        tag in "[0-9a-z][0-9a-z._-]{0,30}",
        release in "[a-z0-9.]{0,9}",
    ) {
        let reference = image(&format!("{name}:{tag}"));
        let catalogue = Catalogue::builtin();
        catalogue.find(&reference);
        catalogue.successor(&reference);
        catalogue.on_release(&reference, &release);
        catalogue.variant(&reference, Some("3.13"), Some("trixie"));
    }

    #[test]
    fn any_pattern_is_read_or_refused(text in ".{0,40}", with in ".{0,20}") {
        let entry = CatalogueEntry {
            images: vec!["x".to_owned()],
            tags: vec![text, format!("{{version}}{with}")],
            ..CatalogueEntry::default()
        };
        if let Ok(catalogue) = Catalogue::builtin().with(&BTreeMap::from([("x".to_owned(), entry)])) {
            catalogue.successor(&image("x:1.2"));
        }
    }
}
