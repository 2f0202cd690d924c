//! Descriptions far larger than any fleet: refused or read, in time that grows with their size.

use std::fs;
use std::time::{Duration, Instant};

use dockwright::{fleet, render};

use crate::{fleet_of, run};

fn time(work: impl Fn()) -> Duration {
    let started = Instant::now();
    work();
    started.elapsed()
}

/// Fails if eight times the size takes far more than eight times the time; were it quadratic, it
/// would be 64 times. On a busy machine one measurement may be wrong, but not five.
fn grows_with_size(what: &str, work: impl Fn(usize)) {
    const SIZE: usize = 150;
    let mut measured = Vec::new();
    for _ in 0..5 {
        let (one, eight) = (time(|| work(SIZE)), time(|| work(8 * SIZE)));
        if eight < one.max(Duration::from_millis(1)) * 30 {
            return;
        }
        measured.push((one, eight));
    }
    panic!("{what}: once, and eight times as many: {measured:?}");
}

#[test]
fn a_valid_fleet_grows_with_its_services() {
    grows_with_size("load and render", |count| {
        let fleet = fleet::load(&fleet_of(count, "1")).unwrap();
        let services: Vec<_> = fleet.services.iter().collect();
        assert_eq!(
            render::files(&fleet, &services, None, true, "services.toml").unwrap().len(),
            2 * count + 2
        );
    });
}

/// A fleet with other lines; `change` is told how many services have begun.
fn with_lines(count: usize, change: impl Fn(usize, &str) -> String) -> String {
    let mut service = 0;
    let mut text = String::new();
    for line in fleet_of(count, "1").lines() {
        service += usize::from(line.starts_with("dockerfile"));
        text += &change(service, line);
        text.push('\n');
    }
    text
}

#[test]
fn so_do_mistakes() {
    let mistakes = |text: &str| fleet::load(text).unwrap_err().len();
    grows_with_size("unknown keys", |count| {
        assert_eq!(mistakes(&fleet_of(count, "1").replace("env =", "evn =")), count);
    });
    grows_with_size("unknown bases", |count| {
        let text = fleet_of(count, "1").replace("\nenv =", "\nbase = \"pyhton\"\nenv =");
        assert_eq!(mistakes(&text), count);
    });
    grows_with_size("unknown services", |count| {
        let text = fleet_of(count, "1").replace("\nenv =", "\ndepends_on = [\"nobody\"]\nenv =");
        assert_eq!(mistakes(&text), count);
    });
    grows_with_size("one Dockerfile for all", |count| {
        let text = with_lines(count, |_, line| match line.strip_prefix("dockerfile") {
            Some(_) => "dockerfile = \"Dockerfile\"".to_owned(),
            None => line.to_owned(),
        });
        assert_eq!(mistakes(&text), count - 1);
    });
    grows_with_size("a chain that bites its tail", |count| {
        let text = with_lines(count, |service, line| match line.strip_prefix("dockerfile") {
            Some(_) => format!("{line}\ndepends_on = [\"s{}\"]", service % count),
            None => line.to_owned(),
        });
        assert_eq!(mistakes(&text), 1);
    });
    grows_with_size("syntax errors", |count| {
        mistakes(&"x\n".repeat(count * 10));
        mistakes(&"[".repeat(count * 10));
        mistakes(&"a = \"\n".repeat(count * 10));
        mistakes(&"a = 1\n".repeat(count * 10));
    });
}

#[test]
fn fifty_megabytes_are_refused_or_read() {
    const SIZE: usize = 50 << 20;
    let directory = tempfile::tempdir().unwrap();
    let gen_of = |content: &[u8]| {
        fs::write(directory.path().join("services.toml"), content).unwrap();
        run(directory.path(), &["gen", "--check"])
    };

    let string = format!("{}\n[services.s0.labels]\nlong = \"{}", fleet_of(1, "1"), "x".repeat(SIZE));
    let ran = gen_of(string.as_bytes());
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.err.len() < 1000 && ran.err.contains("--> services.toml:20:"),
        "{}",
        &ran.err[..1000.min(ran.err.len())]
    );

    let comment = format!("{}# {}\n", fleet_of(1, "1"), "x".repeat(SIZE));
    let ran = gen_of(comment.as_bytes());
    assert_eq!(ran.code, Some(1), "{}", ran.err);

    let mut state = 1_u64;
    let noise = std::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        state.to_be_bytes()[0]
    });
    let noise = noise.take(1 << 16).collect::<Vec<u8>>().repeat(SIZE >> 16);
    let ran = gen_of(&noise);
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("this is not UTF-8 text"), "{}", ran.err);
}

#[test]
fn what_is_larger_than_any_description_is_not_read() {
    let directory = tempfile::tempdir().unwrap();
    let file = fs::File::create(directory.path().join("services.toml")).unwrap();
    file.set_len(100 << 20).unwrap();
    let ran = run(directory.path(), &["gen"]);
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.err.starts_with("error: cannot read `services.toml`: it is larger than 64 MiB\nhint: "),
        "{}",
        ran.err
    );
}
