//! The catalogue as its users meet it.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::date::Date;
use crate::image::ImageReference;

fn image(text: &str) -> ImageReference {
    text.parse().unwrap()
}

fn find(text: &str) -> Base {
    Catalogue::builtin().find(&image(text)).unwrap_or_else(|| panic!("{text} is not in the catalogue"))
}

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

fn today() -> Date {
    Catalogue::builtin().as_of()
}

/// A reference for each image of each entry, each version, each flavour and each kind of tag.
fn every_reference() -> Vec<ImageReference> {
    let catalogue = Catalogue::builtin();
    let mut all = Vec::new();
    for name in catalogue.names() {
        let entry = catalogue.entry(name).unwrap();
        let or_one = |keys: Vec<&String>| {
            if keys.is_empty() { vec!["1".to_owned()] } else { keys.into_iter().cloned().collect() }
        };
        for version in or_one(entry.versions.keys().collect()) {
            for flavour in or_one(entry.flavours.keys().collect()) {
                for (pattern, tag) in entry.images.iter().flat_map(|i| entry.tags.iter().map(move |t| (i, t)))
                {
                    let text = format!("{pattern}:{tag}")
                        .replace("{version}", &version)
                        .replace("{flavour}", &flavour)
                        .replace("{debian}", "bookworm")
                        .replace("{ubuntu}", "jammy")
                        .replace("{alpine}", "3.20")
                        .replace("{tool}", "3.9")
                        .replace("{arch}", "arm64")
                        .replace("{commit}", &"a".repeat(40))
                        .replace("{date}", "20251103");
                    all.push(image(&text));
                }
            }
        }
    }
    all
}

/// The data file as JSON, an entry a line, so that a change of an entry is a change of a line.
#[test]
fn what_is_embedded_is_the_data_file() {
    let mut file: toml::Table = toml::from_str(include_str!("catalogue.toml")).unwrap();
    let images = file["bases"].as_table().unwrap().iter();
    let images: toml::Table =
        images.filter_map(|(name, entry)| Some((name.clone(), entry.get("images")?.clone()))).collect();
    file.insert("images".to_owned(), images.into());
    let json = |value: &toml::Value| serde_json::to_string(value).unwrap();
    let lines = |table: &toml::Table| {
        let lines = table.iter().map(|(key, value)| match value {
            toml::Value::Table(entries) if key == "bases" => {
                let entries: Vec<_> =
                    entries.iter().map(|(name, entry)| format!("\"{name}\":{}", json(entry))).collect();
                format!("\"bases\":{{\n{}\n}}", entries.join(",\n"))
            }
            _ => format!("\"{key}\":{}", json(value)),
        });
        format!("{{\n{}\n}}\n", lines.collect::<Vec<_>>().join(",\n"))
    };
    snapbox::assert_data_eq!(lines(&file), snapbox::file!["catalogue.json"].raw());
}

#[test]
fn built_in_bases_are_known_published_and_maintained() {
    let catalogue = Catalogue::builtin();
    assert!(!catalogue.pairs().is_empty());
    for (name, images) in catalogue.pairs() {
        for image in [&images.build, &images.run] {
            let base = find(&image.to_string());
            assert_eq!(base.tag, TagState::Published, "{name}: {image}");
            assert!(!base.is_past_eol(today()), "{name}: {image}");
            assert!(catalogue.lists_version_of(image), "{name}: {image}");
            for platform in ["linux/amd64", "linux/arm64"] {
                assert!(base.platforms.iter().any(|known| known == platform), "{name}: {image}");
            }
        }
        assert!(catalogue.successor(&images.run).is_none(), "{name}: {}", images.run);
    }
}

/// Whose data or packages have to move by hand.
const BY_HAND: [&str; 7] =
    ["elasticsearch", "postgres", "postgres-alpine", "mysql", "mariadb", "centos", "rockylinux"];

/// Entries are read late, where a mistake could only end the program.
#[test]
fn every_entry_can_be_read() {
    let catalogue = Catalogue::builtin();
    for name in catalogue.names() {
        assert!(catalogue.entry(name).is_some(), "{name}");
    }
    assert!(catalogue.with(&BTreeMap::new()).is_ok());
}

#[test]
fn what_the_patterns_promise_is_found() {
    let all = every_reference();
    assert!(all.len() > 500, "{}", all.len());
    for reference in all {
        let base = find(&reference.to_string());
        assert_eq!(base.tag, TagState::Published, "{reference}");
        assert!(base.workdir.starts_with('/'), "{reference}");
        assert!(!base.platforms.is_empty(), "{reference}");
        assert!(base.shell.is_some(), "{reference}");
    }
}

#[test]
fn what_ended_has_a_successor_that_lives() {
    let catalogue = Catalogue::builtin();
    for reference in every_reference() {
        let base = find(&reference.to_string());
        let successor = catalogue.successor(&reference);
        // A server's new major version, the Java behind `openjdk:latest` and Python 3 for 2 are not ours to choose.
        let tag = reference.tag().unwrap_or_default();
        let is_other = BY_HAND.contains(&base.entry.as_str()) || base.version.as_deref() == Some("2.7");
        let excused = is_other
            || ["openjdk:latest", "java:latest", "java:jdk", "java:jre"]
                .contains(&reference.to_string().as_str())
            || tag.len() >= 40;
        if base.is_past_eol(today()) && !excused {
            assert!(successor.is_some(), "{reference} ended ({:?}) and has no successor", base.eol);
        }
        if let Some(successor) = successor {
            let next = find(&successor.to_string());
            assert_eq!(next.tag, TagState::Published, "{reference} -> {successor}");
            assert!(
                is_other || !next.is_past_eol(today()),
                "{reference} -> {successor}, which ended: {:?}",
                next.eol
            );
            // Of Node.js, the code names of long-term lines are flavours.
            let is_same = next.flavour == base.flavour || base.entry.starts_with("node");
            assert!(is_same, "{reference} -> {successor}");
        }
    }
}

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
fn a_successor_keeps_the_style_of_the_tag() {
    let digest = format!("@sha256:{}", "0".repeat(64));
    for (from, to) in [
        ("gcr.io/distroless/python3-debian12", Some("gcr.io/distroless/python3-debian13")),
        ("java:8-jre", Some("eclipse-temurin:8-jre")),
        ("java:7", Some("eclipse-temurin:8-jdk")),
        ("gcr.io/distroless/python3-debian12:latest", Some("gcr.io/distroless/python3-debian13:latest")),
        (
            "gcr.io/distroless/python3-debian12:nonroot-arm64",
            Some("gcr.io/distroless/python3-debian13:nonroot"),
        ),
        ("gcr.io/distroless/python3-debian12:arm64", Some("gcr.io/distroless/python3-debian13")),
        (
            &format!("gcr.io/distroless/cc-debian12:debug{digest}"),
            Some("gcr.io/distroless/cc-debian13:debug"),
        ),
        (&format!("gcr.io/distroless/cc-debian12{digest}"), None),
        ("gcr.io/distroless/java11-debian11:nonroot", Some("gcr.io/distroless/java17-debian13:nonroot")),
        ("gcr.io/distroless/nodejs18-debian12", Some("gcr.io/distroless/nodejs24-debian13")),
        ("gcr.io/distroless/nodejs20-debian13", Some("gcr.io/distroless/nodejs24-debian13")),
        ("python:3.9.18-slim-bullseye", Some("python:3.13-slim-trixie")),
        ("python:3.11.4-slim-bookworm", Some("python:3.11-slim-trixie")),
        ("docker.io/library/node:18-bookworm-slim", Some("docker.io/library/node:24-trixie-slim")),
        ("openjdk:17-jdk-slim", Some("eclipse-temurin:17-jdk")),
        ("docker.io/library/openjdk:8-jre", Some("docker.io/library/eclipse-temurin:8-jre")),
        ("alpine:3.18.4", Some("alpine:3.23")),
        ("debian:bookworm-20250101-slim", Some("debian:trixie-slim")),
        ("nginx:1.24-alpine", Some("nginx:stable-alpine")),
        ("python:3.13-slim-trixie", None),
        ("gcr.io/distroless/static-debian13:nonroot", None),
        ("gcr.io/distroless/static-debian12:nonsense", None),
    ] {
        let successor = Catalogue::builtin().successor(&image(from)).map(|image| image.to_string());
        assert_eq!(successor.as_deref(), to, "{from}");
    }
}

#[test]
fn an_image_moves_to_another_release_and_back() {
    let on = |from: &str, release: &str| {
        Catalogue::builtin().on_release(&image(from), release).map(|image| image.to_string())
    };
    for (old, new) in [
        ("gcr.io/distroless/python3-debian12:nonroot", "gcr.io/distroless/python3-debian13:nonroot"),
        ("gcr.io/distroless/java21-debian12", "gcr.io/distroless/java21-debian13"),
        ("debian:bookworm-slim", "debian:trixie-slim"),
        ("python:3.13-slim-bookworm", "python:3.13-slim-trixie"),
        ("node:24-bookworm-slim", "node:24-trixie-slim"),
    ] {
        assert_eq!(on(old, "debian13").as_deref(), Some(new));
        assert_eq!(on(new, "bookworm").as_deref(), Some(old));
        assert_eq!(on(old, "bookworm"), None, "it is there already");
    }
    assert_eq!(on("debian:12-slim", "trixie").as_deref(), Some("debian:13-slim"));
    assert_eq!(
        on("gcr.io/distroless/nodejs18-debian12", "trixie").as_deref(),
        Some("gcr.io/distroless/nodejs24-debian13")
    );
    assert_eq!(on("gcr.io/distroless/java25-debian13", "bookworm"), None, "it was never published there");
    assert_eq!(on("alpine:3.20", "trixie"), None);
}

#[test]
fn the_builder_follows_version_and_release() {
    let variant = |from: &str, version, release| {
        Catalogue::builtin().variant(&image(from), version, release).map(|image| image.to_string())
    };
    assert_eq!(
        variant("python:3.11-slim-bookworm", Some("3.13"), Some("trixie")).as_deref(),
        Some("python:3.13-slim-trixie")
    );
    assert_eq!(
        variant("python:3.11-slim", Some("3.13"), Some("trixie")).as_deref(),
        Some("python:3.13-slim")
    );
    assert_eq!(variant("python:3.13-slim", Some("3.13"), None), None);
    assert_eq!(
        variant("maven:3.9-eclipse-temurin-17-jammy", Some("21"), Some("noble")).as_deref(),
        Some("maven:3.9-eclipse-temurin-21-noble")
    );
}

#[test]
fn a_move_tells_what_it_implies() {
    let changes = changes(
        &find("gcr.io/distroless/python3-debian12:latest"),
        &find("gcr.io/distroless/python3-debian13:nonroot"),
    );
    let interpreter = changes.iter().find_map(|change| match change {
        Change::Interpreter { from, to } => Some((from.path.as_str(), to.path.as_str())),
        _ => None,
    });
    assert_eq!(interpreter, Some(("/usr/bin/python3.11", "/usr/bin/python3.13")));
    assert!(changes.contains(&Change::CLibrary {
        from: CLibrary::Glibc("2.36".to_owned()),
        to: CLibrary::Glibc("2.41".to_owned())
    }));
    assert!(changes.contains(&Change::MergedUsr(true)));
    assert!(changes.contains(&Change::User { from: "0".to_owned(), to: "65532".to_owned() }));
    let renamed = changes.iter().find_map(|change| match change {
        Change::PackagesRenamed(packages) => Some(packages.contains(&("libssl3", "libssl3t64"))),
        _ => None,
    });
    assert_eq!(renamed, Some(true));
}

#[test]
fn what_a_move_loses_is_told() {
    let slim = find("debian:trixie-slim");
    let distroless = find("gcr.io/distroless/java17-debian13");
    let changes = changes(&slim, &distroless);
    assert!(changes.contains(&Change::ShellLost("/bin/sh".to_owned())));
    assert!(
        changes.contains(&Change::PackageManager { from: PackageManager::Apt, to: PackageManager::None })
    );
    assert!(
        changes.contains(&Change::PlatformsLost(vec!["linux/arm/v7".to_owned(), "linux/386".to_owned()]))
    );
    assert_eq!(super::changes(&slim, &slim), []);
}

#[test]
fn packages_are_renamed_both_ways() {
    assert_eq!(renamed("libssl3", "12", "13"), Some("libssl3t64"));
    assert_eq!(renamed("libssl3t64", "13", "12"), Some("libssl3"));
    assert_eq!(renamed("libssl1.1", "11", "13"), Some("libssl3t64"));
    assert_eq!(renamed("libffi8", "12", "13"), None);
    assert_eq!(renamed("ffmpeg", "12", "13"), None);
    assert_eq!(renamed("libssl3", "12", "14"), None);
}

#[test]
fn packages_that_a_release_has_no_more_are_known() {
    let instead = |package, release| gone(package, release).map(|gone| gone.instead);
    assert_eq!(instead("ruby3.1", "13"), Some(vec!["ruby3.3"]));
    assert_eq!(instead("libpcre3", "13"), Some(vec![]));
    assert_eq!(instead("openjdk-17-jdk", "13"), Some(vec!["openjdk-21-jdk", "openjdk-25-jdk"]));
    assert_eq!(instead("openjdk-17-jdk", "12"), None);
    assert_eq!(instead("netcat", "12"), Some(vec![]), "two others provide it, so apt chooses none");
    assert_eq!(instead("libssl3", "13"), None, "libssl3t64 provides it");
    assert_eq!(instead("postgresql-client-13", "12"), Some(vec![]), "names of 13 do not help there");
    assert_eq!(instead("curl", "13"), None);
    assert_eq!(instead("of-somebody-else", "13"), None);
    assert_eq!(instead("ruby3.1", "14"), None);
}

#[test]
fn packages_that_are_gone_stand_in_order() {
    let of_11 = include_str!("packages/last_in_11.txt");
    let of_12 = include_str!("packages/last_in_12.txt");
    for names in [of_11, of_12] {
        assert!(names.lines().is_sorted());
        assert!(names.lines().all(|name| !name.is_empty() && !name.contains(' ')));
        let first_and_last = [names.lines().next().unwrap(), names.lines().last().unwrap()];
        assert!(first_and_last.iter().all(|name| gone(name, "13").is_some()), "{first_and_last:?}");
    }
    assert!(of_11.lines().all(|name| gone(name, "12").is_some()));
    assert!(of_12.lines().all(|name| gone(name, "12").is_none() && gone(name, "13").is_some()));
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

#[test]
fn releases_have_several_names() {
    let name = |text: &str| Catalogue::builtin().release(text).map(|release| release.name.as_str());
    for text in ["trixie", "debian13", "debian:13", "debian-13"] {
        assert_eq!(name(text), Some("trixie"), "{text}");
    }
    assert_eq!((name("alpine3.22"), name("3.22")), (Some("3.22"), Some("3.22")));
    assert_eq!((name("debian14"), name("debian"), name("")), (None, None, None));
}

#[test]
fn every_fact_of_releases_is_consistent() {
    let catalogue = Catalogue::builtin();
    for release in catalogue.releases() {
        let successor = release.successor.as_deref().map(|name| catalogue.release(name).unwrap());
        assert!(successor.is_none_or(|next| next.eol > today() && next.distribution == release.distribution));
        assert!(release.eol > today() || successor.is_some(), "{release}");
    }
    assert!(!catalogue.sources().is_empty());
}

#[test]
fn the_schema_describes_every_key() {
    let schema = serde_json::to_value(schemars::schema_for!(CatalogueEntry)).unwrap();
    assert_eq!(schema["additionalProperties"], false);
    for (key, property) in schema["properties"].as_object().unwrap() {
        assert!(property["description"].is_string(), "{key}");
    }
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

/// An older version ends no later than the oldest that is listed; a tag of no known form still names its version.
#[test]
fn what_is_older_than_all_that_is_known_has_ended() {
    let today: Date = "2026-11-28".parse().unwrap();
    for (reference, of) in [
        ("redis:5", "redis 5, older than 6.0"),
        ("mongo:3.4.24", "mongo 3.4.24, older than 3.6"),
        ("debian:6", "debian 6, older than 7"),
        ("nginx:1.14-alpine", "nginx 1.14, older than 1.24"),
        ("python:3.9-alpine3.5", "python 3.9"),
        ("python:2.7-slim", "python 2.7"),
        ("ubuntu:14.04", "ubuntu 14.04 (trusty)"),
        ("alpine:3.12", "alpine 3.12"),
        ("postgres:14.8", "postgres 14"),
        ("postgres:9.4-alpine", "postgres 9.4, older than 9.5"),
        ("mysql:5.7.44", "mysql 5.7"),
        ("mariadb:10.4", "mariadb 10.4"),
        ("centos:7", "centos"),
        ("java:8-jre", "java"),
    ] {
        let end = find(reference).eol.unwrap_or_else(|| panic!("{reference}"));
        assert!(end.is_past(today), "{reference}: {end:?}");
        assert_eq!(end.of, of, "{reference}");
    }
    for reference in
        ["redis:8", "mongo:8", "debian:14", "postgres:18", "python:latest", "nginx:stable", "node:lts"]
    {
        assert!(!find(reference).is_past_eol(today), "{reference}");
    }
}
