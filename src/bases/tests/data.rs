//! The embedded data: whole, consistent, in order.

use std::collections::{BTreeMap, BTreeSet};

use super::{find, image, today};
use crate::bases::*;
use crate::date::Date;
use crate::image::ImageReference;

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
    let mut file: toml::Table = toml::from_str(include_str!("../catalogue.toml")).unwrap();
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
    snapbox::assert_data_eq!(lines(&file), snapbox::file!["../catalogue.json"].raw());
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
fn packages_that_are_gone_stand_in_order() {
    let lists = [include_str!("../packages/last_in_11.txt"), include_str!("../packages/last_in_12.txt")];
    let [of_11, of_12] = lists.map(|list| {
        let all: Vec<&str> = list.lines().collect();
        assert!(
            all.is_sorted()
                && all.iter().all(|name| name.len() > 1 && name.is_ascii() && !name.contains(' '))
        );
        all
    });
    assert!(of_11.len() > 3_000 && of_12.len() > 5_000);
    assert!(of_11.iter().all(|name| gone(name, "12").is_some() && gone(name, "13").is_some()));
    assert!(of_12.iter().all(|name| gone(name, "12").is_none() && gone(name, "13").is_some()));
    let all: BTreeSet<&str> = of_11.into_iter().chain(of_12).collect();
    let others = all.iter().flat_map(|name| [format!("{name}x"), name[1..].to_owned()]);
    for name in others.chain(["\n".into(), "~".into(), "ümlaut".into()]) {
        assert_eq!(gone(&name, "13").is_some(), all.contains(name.as_str()), "{name:?}");
    }
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

/// An older version ends no later than the oldest that is listed; a tag of no known form still names its version.
#[test]
fn what_is_older_than_all_that_is_known_has_ended() {
    let today: Date = "2026-11-28".parse().unwrap();
    for (reference, of) in [
        ("redis:5", "redis 5"),
        ("mongo:3.4.24", "mongo 3.4.24"),
        ("debian:6", "debian 6"),
        ("nginx:1.14-alpine", "nginx 1.14"),
        ("python:3.9-alpine3.5", "python 3.9"),
        ("python:2.7-slim", "python 2.7"),
        ("ubuntu:14.04", "ubuntu 14.04 (trusty)"),
        ("alpine:3.12", "alpine 3.12"),
        ("postgres:14.8", "postgres 14"),
        ("postgres:9.4-alpine", "postgres 9.4"),
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
