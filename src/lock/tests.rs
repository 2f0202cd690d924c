//! Locks as they are read, written and compared.

use super::*;
use proptest::prelude::*;

fn image(text: &str) -> ImageReference {
    text.parse().unwrap()
}

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

fn digest(digit: char) -> String {
    format!("sha256:{}", digit.to_string().repeat(64))
}

fn pin(digit: char, resolved_at: Date) -> Pin {
    let platforms = ["linux/amd64", "linux/arm64"].map(str::to_owned).to_vec();
    Pin { digest: digest(digit), platforms, resolved_at }
}

fn lock() -> Lock {
    let mut lock = Lock::new("lucid");
    lock.record(&image("redis:7.2"), pin('b', date("2026-11-20")));
    lock.record(&image("gcr.io/distroless/cc-debian13"), pin('a', date("2026-11-22")));
    lock
}

#[test]
fn the_file_is_sorted_and_plain() {
    let expected = format!(
        r#"# Written by `dockwright lock`: the digest of each tag in services.toml.
version = 1
fleet = "lucid"

[[pin]]
image = "gcr.io/distroless/cc-debian13"
digest = "{}"
platforms = ["linux/amd64", "linux/arm64"]
resolved_at = "2026-11-22"

[[pin]]
image = "redis"
tag = "7.2"
digest = "{}"
platforms = ["linux/amd64", "linux/arm64"]
resolved_at = "2026-11-20"
"#,
        digest('a'),
        digest('b')
    );
    assert_eq!(lock().to_string(), expected);
    assert_eq!(Lock::parse(&expected, "lucid"), Ok(lock()));
    assert_eq!(Lock::parse(&expected.replace('\n', "\r\n"), "lucid"), Ok(lock()));
}

/// Whatever got past the reader of manifests is one value in the file.
#[test]
fn no_value_of_a_registry_is_more_than_a_value() {
    let evil =
        "linux/amd64\"]\nresolved_at = \"2026-11-20\"\n\n[[pin]]\nimage = \"evil\"\nplatforms = [\"x/y";
    let mut hostile = pin('b', date("2026-11-20"));
    hostile.platforms[0] = evil.to_owned();
    let mut lock = Lock::new("lucid");
    lock.record(&image("redis:7.2"), hostile);
    let text: toml::Table = lock.to_string().parse().unwrap();
    let pins = text["pin"].as_array().unwrap();
    assert_eq!((pins.len(), pins[0]["platforms"][0].as_str()), (1, Some(evil)));
    assert!(Lock::parse(&lock.to_string(), "lucid").is_err());
}

#[test]
fn an_image_is_pinned_by_its_tag() {
    let pinned = |text: &str| lock().pinned(&image(text)).map(|image| image.to_string());
    assert_eq!(pinned("redis:7.2"), Some(format!("redis:7.2@{}", digest('b'))));
    assert_eq!(
        pinned("gcr.io/distroless/cc-debian13"),
        Some(format!("gcr.io/distroless/cc-debian13@{}", digest('a')))
    );
    assert_eq!(pinned("redis:7.4"), None);
    let by_hand = format!("redis:7.4@{}", digest('c'));
    assert_eq!(pinned(&by_hand), Some(by_hand));
}

#[test]
fn what_is_missing_and_superfluous_is_told() {
    let needed = [image("redis:7.2"), image("mongo:7.0"), image(&format!("alpine@{}", digest('c')))];
    let difference = lock().compare(&needed, &[]);
    assert_eq!(difference.missing, [image("mongo:7.0")]);
    assert_eq!(difference.superfluous, [image("gcr.io/distroless/cc-debian13")]);
    let mut lock = lock();
    lock.keep_only(&needed);
    assert_eq!(lock.pins().len(), 1);
    assert!(lock.compare(&[image("redis:7.2")], &[]).is_empty());
}

#[test]
fn a_pin_that_lacks_a_platform_is_told() {
    let platforms = ["linux/amd64", "linux/s390x"].map(str::to_owned);
    let lacking = lock().compare(&[image("redis:7.2")], &platforms).lacking;
    assert_eq!(lacking, [(image("redis:7.2"), vec!["linux/s390x".to_owned()])]);
    assert!(lock().compare(&[image("redis:7.2")], &platforms[..1]).lacking.is_empty());
}

#[test]
fn age_is_counted_in_days() {
    let old = |days, today| {
        lock().older_than(days, date(today)).map(|(i, age)| (i.to_string(), age)).collect::<Vec<_>>()
    };
    assert_eq!(old(7, "2026-11-27"), []);
    assert_eq!(old(7, "2026-11-28"), [("redis:7.2".to_owned(), 8)]);
    assert_eq!(old(0, "2026-01-01"), [], "a pin from the future has no age");
}

#[test]
fn the_digest_of_a_bot_is_adopted() {
    let mut lock = lock();
    let newer = image(&format!("redis:7.2@{}", digest('d')));
    assert!(lock.adopt(&newer, date("2026-11-23")));
    assert_eq!(lock.pin(&newer).unwrap().resolved_at, date("2026-11-23"));
    assert_eq!(lock.pinned(&image("redis:7.2")), Some(newer.clone()));
    assert!(!lock.adopt(&newer, date("2026-11-24")), "it is there already");
    assert!(!lock.adopt(&image("redis:7.2"), date("2026-11-24")));
    assert!(!lock.adopt(&image(&format!("mongo:7@{}", digest('d'))), date("2026-11-24")));
}

/// The messages of a text, each with the text it points at.
fn mistakes(text: &str) -> Vec<(String, String)> {
    let mistakes = Lock::parse(text, "lucid").unwrap_err();
    mistakes.into_iter().map(|mistake| (text[mistake.span].to_owned(), mistake.message)).collect()
}

#[test]
fn every_mistake_is_told_where_it_is() {
    let text = lock()
        .to_string()
        .replace("\"redis\"", "\"Redis\"")
        .replace(&digest('a'), "sha256:a")
        .replacen("linux/amd64", "amd64", 1)
        .replace("2026-11-20", "yesterday");
    let found = mistakes(&text);
    let places: Vec<_> = found.iter().map(|(place, _)| place.as_str()).collect();
    assert_eq!(places, ["\"sha256:a\"", "\"amd64\"", "\"Redis\"", "\"yesterday\""]);
    assert_eq!(found[1].1, "`amd64` is not a platform such as linux/arm64");
}

#[test]
fn a_lock_that_is_not_ours_is_refused() {
    let text = lock().to_string();
    assert_eq!(
        mistakes(&text.replace("lucid", "other")),
        [("\"other\"".to_owned(), "this is the lock of the fleet `other`, not of `lucid`".to_owned())]
    );
    assert_eq!(
        mistakes(&text.replace("version = 1", "version = 2")),
        [("2".to_owned(), "this dockwright does not support version 2 of the lock".to_owned())]
    );
    assert_eq!(mistakes(&text.replace("tag =", "tga =")).len(), 1);
    assert_eq!(mistakes(&text.replace("\"redis\"", "\"redis:7\""))[0].0, "\"redis:7\"");
    assert_eq!(mistakes("").len(), 1);
}

#[test]
fn two_pins_of_one_image_are_shown_together() {
    let text = lock().to_string();
    let pin = text.rsplit_once("[[pin]]").unwrap().1;
    let mistakes = Lock::parse(&format!("{text}\n[[pin]]{pin}"), "lucid").unwrap_err();
    assert_eq!(mistakes[0].message, "redis:7.2 is pinned twice");
    assert_eq!(mistakes[0].related.as_ref().unwrap().1, "it is pinned here as well");
}

#[test]
fn a_merge_conflict_is_told_as_one() {
    let text = lock().to_string().replace("[[pin]]", "<<<<<<< HEAD\n[[pin]]");
    assert!(Lock::parse(&text, "lucid").unwrap_err()[0].hint.as_ref().unwrap().contains("merge conflict"));
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in ".{0,200}") {
        let _ = Lock::parse(&text, "lucid");
    }

    #[test]
    fn any_damage_is_read_or_refused(at in 0usize..500, with in ".{0,4}") {
        let mut text = lock().to_string();
        text.replace_range(at.min(text.len())..(at + 3).min(text.len()), &with);
        if let Err(mistakes) = Lock::parse(&text, "lucid") {
            for mistake in mistakes {
                prop_assert!(text.get(mistake.span).is_some());
            }
        }
    }

    #[test]
    fn what_is_written_is_read(names in proptest::collection::btree_set("[a-z]{1,8}(/[a-z0-9]{1,5})?(:[a-z0-9._-]{0,5}[a-z0-9])?", 0..6), days in 0u32..40_000, fleet in "\\PC{0,12}") {
        let mut lock = Lock::new(&fleet);
        for name in names.iter().filter(|name| name.parse::<ImageReference>().is_ok()) {
            lock.record(&image(name), pin('e', Date::from_unix_days(days)));
        }
        prop_assert_eq!(Lock::parse(&lock.to_string(), &fleet), Ok(lock));
    }
}
