//! Properties of any description, right or wrong.

use std::collections::BTreeMap;
use std::fs;
use std::sync::LazyLock;

use dockwright::fleet::{self, Fleet};
use dockwright::render;
use dockwright::sync::{Found, Options, plan};
use proptest::prelude::*;
use rayon::prelude::*;
use toml::{Table, Value};

use crate::agreement::{agrees, reads_back};
use crate::any_fleet::{AWKWARD, EVERY_KEY, any_fleet, hostile};
use crate::fleet_files;
use crate::{dockwright, files, repository};

fn load(text: &str) -> Fleet {
    fleet::load(text).unwrap_or_else(|mistakes| panic!("{mistakes:#?}\n{text}"))
}

/// Where a text stands in a description: the keys and indices that lead there.
type Place = Vec<String>;

/// Every place of a text, and with an empty last part every table that names things.
fn places(value: &Value, place: &Place, found: &mut Vec<Place>) {
    let below = |part: &str| place.iter().cloned().chain([part.to_owned()]).collect::<Place>();
    match value {
        Value::String(_) => found.push(place.clone()),
        Value::Array(items) => {
            for (i, item) in items.iter().enumerate() {
                places(item, &below(&i.to_string()), found);
            }
        }
        Value::Table(table) => {
            let named = ["bases", "networks", "groups", "services", "env", "labels"];
            if place.last().is_some_and(|key| named.contains(&key.as_str())) {
                found.push(below(""));
            }
            for (key, item) in table {
                places(item, &below(key), found);
            }
        }
        _ => {}
    }
}

/// Puts `text` at a place: as a value, or as the name of the table's first entry.
fn put(value: &mut Value, place: &[String], change: &dyn Fn(&str) -> String) {
    match (value, place) {
        (Value::String(text), []) => *text = change(text),
        (Value::Array(items), [index, rest @ ..]) => {
            put(&mut items[index.parse::<usize>().unwrap()], rest, change);
        }
        (Value::Table(table), [key]) if key.is_empty() => {
            let first = table.keys().next().unwrap().clone();
            let entry = table.remove(&first).unwrap();
            table.insert(change(&first), entry);
        }
        (Value::Table(table), [key, rest @ ..]) => put(table.get_mut(key).unwrap(), rest, change),
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_place_of_a_text_is_known() {
    let mut found = Vec::new();
    places(&EVERY_KEY.parse::<Table>().unwrap().into(), &Vec::new(), &mut found);
    assert!(found.len() > 90, "{}", found.len());
    for service in &load(EVERY_KEY).services {
        agrees(&load(EVERY_KEY), service);
    }
}

/// What the files of a fleet are made of: the keywords of each Dockerfile, by its path and by the service's name, and
/// the number of lines of all files.
struct Made {
    keywords: Vec<(String, String, Vec<String>)>,
    lines: usize,
}

/// Fails unless the files of a fleet read back as it is described.
fn made(fleet: &Fleet) -> Made {
    let files = fleet_files::agree(fleet);
    let keywords = fleet.services.iter().map(|service| {
        let path = service.dockerfile.value.to_string();
        let file = files.iter().find(|file| file.path.as_str() == path).unwrap();
        (path, service.name.to_string(), reads_back(fleet, service, &file.body))
    });
    Made { keywords: keywords.collect(), lines: files.iter().map(|file| file.body.lines().count()).sum() }
}

/// A service that another one depends on, and one without anything.
const NEIGHBOURS: [&str; 2] = ["store", "base"];

/// The descriptions to put texts into: the whole one, under an empty name, and for each service one of its own, with
/// two neighbours that the text must leave alone. Of all services, one text would be read back twenty times.
static DESCRIPTIONS: LazyLock<BTreeMap<String, (Value, Made)>> = LazyLock::new(|| {
    let every: Table = EVERY_KEY.parse().unwrap();
    let of = |name: &str| {
        let mut description = every.clone();
        let services = description["services"].as_table_mut().unwrap();
        services.retain(|other, _| name.is_empty() || other == name || NEIGHBOURS.contains(&other));
        // `toml` sorts tables, so the fleet to compare with is written by it as well.
        let usual = made(&load(&toml::to_string(&description).unwrap()));
        (description.into(), usual)
    };
    let services = every["services"].as_table().unwrap().keys().map(String::as_str);
    services.chain([""]).map(|name| (name.to_owned(), of(name))).collect()
});

/// The description to put a text at this place of [`EVERY_KEY`] into.
fn description_for(place: &Place) -> &'static (Value, Made) {
    match place.as_slice() {
        [table, service, ..] if table == "services" => &DESCRIPTIONS[service],
        _ => &DESCRIPTIONS[""],
    }
}

/// Fails unless the files of a fleet read back as it is described, and have the instructions of another one with other
/// texts.
fn adds_nothing(fleet: &Fleet, usual: &Made) {
    let made = made(fleet);
    assert_eq!(made.keywords.len(), usual.keywords.len());
    for (path, name, keywords) in &made.keywords {
        let by_path = usual.keywords.iter().find(|(other, _, _)| other == path);
        if let Some((_, _, twin)) =
            by_path.or_else(|| usual.keywords.iter().find(|(_, other, _)| other == name))
        {
            assert_eq!(keywords, twin);
        }
    }
    // An empty text may take a comment away; none may add a line.
    assert!(made.lines <= usual.lines);
}

/// Every text of a description, times every awkward one.
#[test]
fn an_awkward_text_anywhere_is_refused_or_read_back() {
    let mut all = Vec::new();
    places(&DESCRIPTIONS[""].0, &Vec::new(), &mut all);
    let long = ["x".repeat(16_001), "x".repeat(70_000), "\"".repeat(15_990)];
    let is_read = |place: &Place, text: &str| {
        let (description, usual) = description_for(place);
        let mut description = description.clone();
        put(&mut description, place, &|_| text.to_owned());
        let fleet = fleet::load(&toml::to_string(&description).unwrap());
        if let Ok(fleet) = &fleet {
            adds_nothing(fleet, usual);
        }
        fleet.is_ok()
    };
    let texts: Vec<&str> = AWKWARD.into_iter().chain(long.iter().map(String::as_str)).collect();
    let read: usize =
        all.par_iter().map(|place| texts.iter().filter(|text| is_read(place, text)).count()).sum();
    let refused = all.len() * texts.len() - read;
    assert!(read > 100 && refused > 1000, "{read} were read back, {refused} refused");
    println!("{} places, {} descriptions: {read} read back, {refused} refused", all.len(), read + refused);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_hostile_text_anywhere_is_refused_or_read_back(
        at in any::<prop::sample::Index>(), text in hostile(), way in 0..3_u8
    ) {
        let mut all = Vec::new();
        places(&DESCRIPTIONS[""].0, &Vec::new(), &mut all);
        let place = at.get(&all);
        let (description, usual) = description_for(place);
        let mut description = description.clone();
        put(&mut description, place, &|old| match way {
            0 => text.clone(),
            1 => format!("{old}{text}"),
            _ => format!("{text}{old}"),
        });
        let written = toml::to_string(&description).unwrap();
        let Ok(fleet) = fleet::load(&written) else { return Ok(()) };
        adds_nothing(&fleet, usual);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_valid_fleet_is_rendered_as_it_says_and_a_second_run_finds_nothing_to_do(text in any_fleet()) {
        let fleet = load(&text);
        fleet_files::agree(&fleet);
        for service in &fleet.services {
            agrees(&fleet, service);
        }
        let services: Vec<_> = fleet.services.iter().collect();
        let wanted = || render::files(&fleet, &services, None, true, "services.toml").unwrap();
        let options = Options { full: true, ..Options::default() };
        let mut found = Found::default();
        for file in plan(wanted(), Found::default(), options).changes() {
            found.files.insert(file.path.clone(), file.new.clone().unwrap().into_bytes());
        }
        prop_assert_eq!(found.files.len(), wanted().len());
        prop_assert_eq!(plan(wanted(), found, options).differences().count(), 0);
        prop_assert_eq!(wanted(), wanted());
    }

    #[test]
    fn any_bytes_are_a_description_or_mistakes(bytes in any::<Vec<u8>>(), text in hostile()) {
        check_any(&String::from_utf8_lossy(&bytes));
        check_any(&text);
    }

    #[test]
    fn so_are_those_of_a_description_that_was_garbled(
        cuts in prop::collection::vec((any::<prop::sample::Index>(), 0..40_usize, hostile()), 1..4)
    ) {
        let mut text = EVERY_KEY.to_owned();
        for (at, length, put) in cuts {
            let floor = |at: usize| (0..=at.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap();
            let start = floor(at.index(text.len() + 1));
            let end = floor(start + length).max(start);
            text.replace_range(start..end, &put);
        }
        check_any(&text);
    }
}

/// Whatever a text says, it is a fleet that can be rendered, or at least one mistake within the text.
fn check_any(text: &str) {
    match fleet::load(text) {
        Ok(fleet) => {
            fleet_files::agree(&fleet);
            fleet.services.iter().for_each(|service| agrees(&fleet, service));
        }
        Err(mistakes) => {
            assert!(!mistakes.is_empty());
            for mistake in mistakes {
                assert!(
                    mistake.span.start <= text.len() && mistake.span.end <= text.len() + 1,
                    "{mistake:?}\n{text}"
                );
                assert!(!mistake.message.is_empty() && !mistake.message.ends_with('.'), "{mistake:?}");
            }
        }
    }
}

#[test]
fn neither_place_nor_time_nor_language_matter() {
    let description = repository().join("services.toml");
    let trees = [("UTC", "C"), ("Asia/Tokyo", "tr_TR.UTF-8"), ("America/St_Johns", "de_DE.UTF-8")].map(
        |(zone, language)| {
            let directory = tempfile::tempdir().unwrap();
            let out = directory.path().join("out");
            let arguments = ["gen", "--fleet", description.to_str().unwrap(), "--out", out.to_str().unwrap()];
            let mut command = dockwright(directory.path(), &arguments);
            command.env("TZ", zone).env("LANG", language).env("LC_ALL", language);
            assert!(command.status().unwrap().success());
            files(&out)
        },
    );
    assert!(trees[0].len() > 70);
    assert!(trees[0] == trees[1] && trees[1] == trees[2]);
    // The committed tree comes from the same description.
    for (path, content) in &trees[0] {
        let committed = fs::read_to_string(repository().join("generated").join(path)).unwrap();
        let content = String::from_utf8(content.clone()).unwrap();
        // The bake file says where the sources are, seen from where it lies.
        let is_bake = path.ends_with("docker-bake.hcl");
        let of_place =
            |line: &&str| is_bake && (line.contains("dockwright:body=") || line.contains("default = \"."));
        let same = committed
            .lines()
            .filter(|line| !of_place(line))
            .eq(content.lines().filter(|line| !of_place(line)));
        assert!(same, "{}", path.display());
    }
}
