use super::State::{Building, Built, Failed, Waiting};
use super::printed::KEPT;
use super::*;
use crate::engine::stream::{Piece, Splitter};

/// What buildx 0.13.1 wrote while it built `a`, `c` on top of it, and `b`, `d` and `e`, of which
/// `b` and `e` cannot be built and `d` takes long.
const FIVE: &str = include_str!("../../../tests/streams/five.json");
/// `b` alone, for which bake names no target.
const ALONE: &str = include_str!("../../../tests/streams/alone.json");
/// `a` pushed under two tags, and `gone` to a registry that does not answer.
const PUSH: &str = include_str!("../../../tests/streams/push.json");

fn scope(names: &[&str]) -> Scope {
    Scope { number: 1, names: names.iter().map(|&name| name.to_owned()).collect() }
}

fn replay(stream: &str, names: &[&str], arrival: Arrival) -> (Progress, Vec<Change>) {
    let mut progress = Progress::new(names.iter().copied(), arrival);
    let pieces = Splitter::default().push(stream.as_bytes());
    let mut changes = Vec::new();
    for (second, piece) in pieces.into_iter().enumerate() {
        if let Piece::Event(event) = piece {
            changes.extend(progress.apply(event, &scope(names), Duration::from_secs(second as u64)));
        }
    }
    (progress, changes)
}

fn states(progress: &Progress) -> Vec<State> {
    progress.services().iter().map(|service| service.state).collect()
}

#[test]
fn each_service_ends_as_it_did() {
    let (progress, changes) = replay(FIVE, &["a", "b", "c", "d", "e", "unheard"], Arrival::Exported);
    // `d` was cancelled, which is no failure of its own.
    assert_eq!(states(&progress), [Built, Failed, Built, Building, Failed, Waiting]);
    let ended = changes.iter().filter(|change| matches!(change, Change::Ended { .. })).count();
    assert_eq!(ended, progress.services().iter().filter(|it| matches!(it.state, Built | Failed)).count());
    assert!(progress.services()[0].is_from_cache());
}

#[test]
fn the_last_lines_of_a_failed_step_are_kept() {
    let (progress, _) = replay(ALONE, &["b"], Arrival::Exported);
    let step = progress.services()[0].failed_step().unwrap();
    assert_eq!(step.name.number(), Some((Some("builder"), 5)));
    assert_eq!(progress.last_lines(step), ["first line", "cannot find the thing"]);
    assert!(step.error().unwrap().ends_with("exit code: 3"));
}

#[test]
fn an_image_counts_once_it_is_in_the_registry() {
    let (progress, _) = replay(PUSH, &["a", "gone"], Arrival::Pushed);
    assert_eq!(states(&progress), [Built, Failed]);
    let before_the_push = &PUSH[..PUSH.find("pushing layers").unwrap()];
    let (progress, _) = replay(before_the_push, &["a", "gone"], Arrival::Pushed);
    assert_eq!(states(&progress)[0], Building);
    let step = progress.services()[0].current().unwrap();
    assert!(step.name.is_export());
    assert!(progress.detail(step).is_some());
    // Each node of a farm exports; that is only a part of the image.
    let (progress, _) = replay(PUSH, &["a", "gone"], Arrival::Merged);
    assert_eq!(states(&progress), [Building, Failed]);
}

#[test]
fn a_step_of_pip_says_which_package_it_is_at() {
    let mut progress = Progress::new(["a"], Arrival::Exported);
    let vertex = Vertex {
        digest: "d".to_owned(),
        name: "[build 2/3] RUN pip install".to_owned(),
        started: Some("t".to_owned()),
        ..Vertex::default()
    };
    progress.apply(Event { vertexes: vec![vertex], ..Event::default() }, &scope(&["a"]), Duration::ZERO);
    let data =
        b"Collecting numpy==2.1 (from -r requirements.txt)\n  Downloading numpy-2.1-cp313.whl (16 MB)\n";
    let logs = vec![Log { vertex: "d".to_owned(), data: data.to_vec() }];
    progress.apply(Event { logs, ..Event::default() }, &scope(&["a"]), Duration::ZERO);
    let step = progress.services()[0].current().unwrap();
    assert_eq!(progress.detail(step).as_deref(), Some("Downloading numpy-2.1-cp313.whl (16 MB)"));
}

#[test]
fn a_cache_that_is_not_there_is_no_failure() {
    let vertex = |name: &str, error: &str| Vertex {
        digest: name.to_owned(),
        name: name.to_owned(),
        started: Some("t".to_owned()),
        completed: Some("t".to_owned()),
        error: error.to_owned(),
        ..Vertex::default()
    };
    let mut progress = Progress::new(["a"], Arrival::Exported);
    let vertexes = vec![
        vertex("importing cache manifest from registry.example/cache", "not found"),
        vertex("exporting to image", ""),
    ];
    progress.apply(Event { vertexes, ..Event::default() }, &scope(&["a"]), Duration::ZERO);
    assert_eq!(states(&progress), [Built]);
}

#[test]
fn what_succeeds_is_built_whatever_was_heard() {
    let (mut progress, _) = replay(FIVE, &["a", "b", "c", "d", "e", "unheard"], Arrival::Exported);
    assert_eq!(
        progress.succeed(&scope(&["a", "b", "c", "d", "e", "unheard"]), Duration::from_secs(9)).len(),
        4
    );
    assert_eq!(states(&progress), [Built; 6]);
}

#[test]
fn logs_keep_no_control_characters_and_no_more_than_the_end() {
    let mut progress = Progress::new(["a"], Arrival::Exported);
    let data: String = format!("{}line\u{1b}[1m 49\n", "line\n".repeat(49));
    progress.log(&Log { vertex: "d".to_owned(), data: data.into_bytes() }, &scope(&["a"]));
    progress.log(&Log { vertex: "d".to_owned(), data: b"half".to_vec() }, &scope(&["a"]));
    progress.log(&Log { vertex: "d".to_owned(), data: b" and half\rover".to_vec() }, &scope(&["a"]));
    let step = progress.services[0].step("d", StepName::new("x", |_| false), 1).clone();
    let lines = progress.last_lines(&step);
    assert_eq!(lines.len(), KEPT + 1);
    assert_eq!(lines[KEPT - 1], "line[1m 49");
    assert_eq!(lines[KEPT], "half and halfover");
}
