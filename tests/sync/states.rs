//! Each state, and what is done about it.

use dockwright::sync::{Action, Found, Options, Plan, Reason, State, WantedFile, plan};
use proptest::prelude::*;

use crate::{sealed, shared, wanted};

const FULL: Options = Options { force: false, missing_only: false, full: true };
const FORCE: Options = Options { force: true, ..FULL };
const MISSING: Options = Options { missing_only: true, ..FULL };

fn found(files: &[(&str, String)]) -> Found {
    let mut found = Found::default();
    for (path, text) in files {
        found.files.insert(path.parse().unwrap(), text.clone().into_bytes());
    }
    found
}

/// State and action of the one wanted file when `old` is on disk.
fn one(old: Option<String>, options: Options) -> (State, Action) {
    let files: Vec<_> = old.into_iter().map(|text| ("Dockerfile", text)).collect();
    let plan = plan(vec![wanted("Dockerfile", "FROM a\n", "redis")], found(&files), options);
    (plan.files[0].state, plan.files[0].action.clone())
}

fn states(plan: &Plan) -> Vec<(&str, State, Action)> {
    plan.files.iter().map(|file| (file.path.as_str(), file.state, file.action.clone())).collect()
}

#[test]
fn each_state_is_told_from_the_others() {
    let new = sealed(&wanted("Dockerfile", "FROM a\n", "redis"));
    let old = sealed(&wanted("Dockerfile", "FROM b\n", "redis"));
    let hash = new.lines().nth(1).unwrap();
    for (what, text, state) in [
        ("the same", new.clone(), State::InSync),
        ("checked out with CRLF", new.replace('\n', "\r\n"), State::InSync),
        ("written from another body", old.clone(), State::Stale),
        ("the same with CRLF", old.replace('\n', "\r\n"), State::Stale),
        ("another entry", sealed(&wanted("Dockerfile", "FROM a\n", "valkey")), State::Stale),
        ("an edited first line", new.replace("then run", "then Run"), State::Stale),
        ("an edited body", new.replace("FROM a", "FROM a AS x"), State::Edited),
        ("a lone carriage return", new.replace("FROM a", "FROM a\r "), State::Edited),
        ("no last newline", new.trim_end().to_owned(), State::Edited),
        ("a line above the header", format!("# mine\n{new}"), State::Edited),
        ("the header twice", format!("{new}{new}"), State::Edited),
        (
            "a garbled hash above the wanted body",
            new.replace(hash, "# dockwright:body=sha256:?"),
            State::Stale,
        ),
        ("an edit of an older one", old.replace("FROM b", "FROM c"), State::StaleAndEdited),
        (
            "a conflict of a merge",
            format!("<<<<<<< ours\n{new}=======\n{old}>>>>>>> theirs\n"),
            State::Edited,
        ),
        (
            "a conflict in the header",
            new.replace(hash, &format!("<<<<<<< ours\n{hash}\n=======\n{hash}0\n>>>>>>> theirs")),
            State::Edited,
        ),
        ("a foreign file", "FROM a\n".to_owned(), State::NotOurs),
        ("an empty file", String::new(), State::NotOurs),
        ("no hash line", new.replace(&format!("{hash}\n"), ""), State::NotOurs),
        ("a header in the middle", format!("FROM x\n{new}"), State::NotOurs),
    ] {
        assert_eq!(one(Some(text), FULL).0, state, "{what}");
    }
    assert_eq!(one(None, FULL), (State::Missing, Action::Create));
}

#[test]
fn bytes_that_are_no_text_are_an_edit() {
    let file = wanted("Dockerfile", "FROM a\n", "redis");
    let mut found = Found::default();
    let mut bytes = sealed(&file).into_bytes();
    bytes.push(0xff);
    found.files.insert(file.path.clone(), bytes);
    assert_eq!(plan(vec![file], found, FULL).files[0].state, State::Edited);
}

#[test]
fn words_are_distinct_and_every_difference_has_a_remedy() {
    let all = [
        State::InSync,
        State::Missing,
        State::Stale,
        State::Edited,
        State::PinDrift,
        State::LineEnds,
        State::StaleAndEdited,
        State::NotOurs,
        State::Orphaned,
        State::OrphanedAndEdited,
    ];
    let words: std::collections::HashSet<_> = all.iter().map(|state| state.word()).collect();
    assert_eq!(words.len(), all.len());
    for state in all {
        assert_eq!(state.remedy().is_none(), state == State::InSync, "{state:?}");
        assert!(!state.explanation().ends_with('.'));
    }
}

#[test]
fn a_foreign_dockerfile_keeps_our_allow_list_away() {
    let files = || vec![wanted("D", "FROM a\n", "x"), wanted("D.dockerignore", "*\n", "x")];
    let tree = || found(&[("D", "FROM mine\n".to_owned())]);
    let path = files()[0].path.clone();
    let left = plan(files(), tree(), FULL);
    assert_eq!(
        states(&left),
        [
            ("D", State::NotOurs, Action::Leave(Reason::NotOurs)),
            ("D.dockerignore", State::Missing, Action::Leave(Reason::Beside(path))),
        ]
    );
    assert_eq!((left.changes().count(), left.differences().count()), (0, 2));
    let forced = plan(files(), tree(), FORCE);
    assert_eq!(
        states(&forced),
        [("D", State::NotOurs, Action::Replace), ("D.dockerignore", State::Missing, Action::Create)]
    );
}

#[test]
fn a_foreign_allow_list_keeps_our_dockerfile_away() {
    let files = vec![wanted("D", "FROM a\n", "x"), wanted("D.dockerignore", "*\n", "x")];
    let plan = plan(files, found(&[("D.dockerignore", "node_modules\n".to_owned())]), FULL);
    assert_eq!(plan.changes().count(), 0);
}

#[test]
fn another_service_is_not_concerned() {
    let files = vec![wanted("A", "FROM a\n", "a"), wanted("B", "FROM b\n", "b")];
    let plan = plan(files, found(&[("A", "FROM mine\n".to_owned())]), FULL);
    assert_eq!(plan.changes().map(|file| file.path.as_str()).collect::<Vec<_>>(), ["B"]);
}

#[test]
fn missing_writes_whole_services_and_shared_files_that_are_not_there() {
    let files = vec![
        wanted("there", "FROM a\n", "there"),
        wanted("there.dockerignore", "*\n", "there"),
        wanted("stale", "FROM b\n", "stale"),
        wanted("absent", "FROM c\n", "absent"),
        wanted("absent.dockerignore", "*\n", "absent"),
        shared("compose.yaml", "services: {}\n"),
        shared("docker-bake.hcl", "group {}\n"),
    ];
    let tree = found(&[
        ("there", "FROM mine\n".to_owned()),
        ("stale", sealed(&wanted("stale", "FROM old\n", "stale"))),
        ("compose.yaml", sealed(&shared("compose.yaml", "services: {old: {}}\n"))),
        ("gone/Dockerfile", sealed(&wanted("gone/Dockerfile", "FROM old\n", "gone"))),
    ]);
    let plan = plan(files, tree, MISSING);
    let written: Vec<_> = plan.changes().map(|file| file.path.as_str()).collect();
    assert_eq!(written, ["absent", "absent.dockerignore", "docker-bake.hcl"]);
}

#[test]
fn orphans_go_unless_they_were_edited() {
    let files = || vec![wanted("kept", "FROM a\n", "kept")];
    let ours = |path: &str| sealed(&wanted(path, "FROM x\n", "gone"));
    let tree = || {
        found(&[
            ("gone", ours("gone")),
            ("gone.dockerignore", ours("gone.dockerignore")),
            ("mine", ours("mine").replace("FROM x", "FROM y")),
            ("mine.dockerignore", ours("mine.dockerignore")),
            ("other", ours("other").replace("services.toml", "elsewhere/services.toml")),
            ("foreign", "FROM x\n".to_owned()),
        ])
    };
    let left = || Action::Leave(Reason::EditedOrphan);
    assert_eq!(
        states(&plan(files(), tree(), FULL))[1..],
        [
            ("gone", State::Orphaned, Action::Remove),
            ("gone.dockerignore", State::Orphaned, Action::Remove),
            ("mine", State::OrphanedAndEdited, left()),
            ("mine.dockerignore", State::Orphaned, left()),
        ]
    );
    assert_eq!(plan(files(), tree(), FORCE).changes().filter(|f| f.action == Action::Remove).count(), 4);
    assert_eq!(plan(files(), tree(), Options::default()).files.len(), 1);
}

/// What a plan leaves on disk.
fn after(before: &Found, plan: &Plan) -> Found {
    let mut after = before.clone();
    for file in plan.changes() {
        match &file.new {
            Some(new) => after.files.insert(file.path.clone(), new.clone().into_bytes()),
            None => after.files.remove(&file.path),
        };
    }
    after
}

/// A body, or what somebody made of the file that holds it.
fn any_content() -> impl Strategy<Value = (WantedFile, Option<Vec<u8>>)> {
    let path = prop_oneof![Just("a"), Just("a.dockerignore"), Just("b"), Just("b.dockerignore"), Just("c")];
    let body = prop_oneof!["[A-Z]{0,3}\n", any::<String>()];
    (path, body, 0..6_u8, any::<Vec<u8>>()).prop_map(|(path, body, kind, bytes)| {
        let unit = &path[..1];
        let file = if unit == "c" { shared(path, &body) } else { wanted(path, &body, unit) };
        let text = sealed(&file);
        let old = match kind {
            0 => None,
            1 => Some(bytes),
            2 => Some(text.into_bytes()),
            3 => Some([text.as_bytes(), &bytes].concat()),
            4 => Some(text.replace('\n', "\r\n").into_bytes()),
            _ => Some(sealed(&wanted(path, "FROM other\n", unit)).into_bytes()),
        };
        (file, old)
    })
}

proptest! {
    #[test]
    fn a_forced_plan_leaves_all_in_sync(contents in prop::collection::vec(any_content(), 0..6)) {
        let mut tree = Found::default();
        let mut files: Vec<WantedFile> = Vec::new();
        for (file, old) in contents {
            if files.iter().all(|other| other.path != file.path) {
                old.map(|old| tree.files.insert(file.path.clone(), old));
                files.push(file);
            }
        }
        let first = plan(files.clone(), tree.clone(), FORCE);
        let second = plan(files.clone(), after(&tree, &first), FORCE);
        prop_assert_eq!(second.differences().count(), 0);

        // Without force nothing foreign changes, and a second run finds nothing more to do.
        let first = plan(files.clone(), tree.clone(), FULL);
        prop_assert!(first.changes().all(|file| file.state != State::NotOurs));
        let second = plan(files, after(&tree, &first), FULL);
        prop_assert_eq!(second.changes().count(), 0);
    }
}
