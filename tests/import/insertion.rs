//! Where entries go in services.toml, and what else becomes of it.

use std::fs;

use dockwright::fleet;

use super::tree::{DESCRIPTION, ONE, Tree};

/// What is left of a text if the lines of another one, in their order, are taken out.
fn without(text: &str, lines: &str) -> String {
    let mut open = lines.lines().peekable();
    text.split_inclusive('\n')
        .filter(|line| open.next_if_eq(&line.trim_end_matches('\n')).is_none())
        .collect()
}

#[test]
fn entries_go_behind_the_services_of_their_phase_and_every_other_byte_stays() {
    let old = DESCRIPTION.replace("# The basket", "# ── Services ──\n\n# The basket");
    let tree = Tree::new(Some(&old));
    tree.write("store/Dockerfile.one", ONE);
    let ran = tree.run(&["import", "--write", "store/Dockerfile.one"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(ran.out.starts_with("added     [services.one]\n"), "{}", ran.out);
    let new = tree.description();
    let at = new.find("[services.one]").unwrap();
    assert!(
        new.find("[services.store.native]").unwrap() < at && at < new.find("# ── Services").unwrap(),
        "{new}"
    );
    assert!(without(&new, &old).contains("[services.one.python]"), "every old line is there, in order");
    let fleet = fleet::load(&new).unwrap();
    assert_eq!(fleet.service("one").unwrap().phase, 1, "as what lies beside it");
    let ran = tree.run(&["gen", "--diff", "one"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.out.contains("+ENTRYPOINT [\"/opt/venv/bin/python3\", \"-m\", \"one.main\"]"), "{}", ran.out);
}

#[test]
fn the_hint_shows_the_old_file_against_the_new_wherever_it_lies() {
    for description in [Some(DESCRIPTION), None] {
        let tree = Tree::new(description);
        tree.write("web/Dockerfile.one", ONE);
        let ran = tree.run(&["import", "--write", "web/Dockerfile.one"]);
        let hint = ran.out.lines().find_map(|line| line.strip_prefix("hint: `dockwright ")).unwrap();
        let words: Vec<_> = hint.split('`').next().unwrap().split(' ').collect();
        let ran = tree.run(&words);
        assert!(ran.out.contains("--- a/web/Dockerfile.one"), "{hint}: {}{}", ran.out, ran.err);
        assert!(ran.out.contains("-ENTRYPOINT [\"python3\", \"-m\", \"one.main\"]"), "{hint}: {}", ran.out);
    }
}

#[test]
fn line_ends_stay_what_they_are() {
    let old = DESCRIPTION.replace('\n', "\r\n");
    let tree = Tree::new(Some(&old));
    tree.write("one/Dockerfile", ONE);
    assert_eq!(tree.run(&["import", "--write", "one/Dockerfile"]).code, Some(0));
    let new = tree.description();
    assert_eq!(new.matches('\n').count(), new.matches("\r\n").count());
    assert!(new.starts_with(&old), "the last phase is at the end");
}

#[test]
fn what_several_share_becomes_a_group() {
    let tree = Tree::new(Some(DESCRIPTION));
    for (name, port) in [("one", "9001"), ("two", "9002"), ("three", "9003")] {
        tree.write(&format!("shop/Dockerfile.{name}"), ONE.replace("one", name).replace("9001", port));
    }
    let files = ["shop/Dockerfile.one", "shop/Dockerfile.two", "shop/Dockerfile.three"];
    let ran = tree.run(&[&["import", "--write"], &files[..]].concat());
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(ran.out.contains("3 services and a group for what they share"), "{}", ran.out);
    let new = tree.description();
    let group = &new[new.find("[groups.shop]").unwrap()..new.find("# The store").unwrap()];
    assert!(group.contains("env    = { LEVEL = \"INFO\", MODE = \"x\" }"), "{group}");
    assert!(group.contains("http = \"/health\""), "{group}");
    assert!(without(&new, DESCRIPTION).contains("group      = \"shop\""));
    let fleet = fleet::load(&new).unwrap();
    let three = fleet.service("three").unwrap();
    assert_eq!(three.ports[0].get(), 9003);
    assert_eq!(three.env.len(), 2);
    let alone = tree.run(&["import", "shop/Dockerfile.one"]);
    assert!(alone.err.contains("there is already a service `one`"), "{}", alone.err);
}

#[test]
fn without_a_description_the_output_is_one() {
    let tree = Tree::new(None);
    tree.write("one/Dockerfile", ONE);
    let ran = tree.run(&["import", "one/Dockerfile"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let fleet = fleet::load(&ran.out).unwrap();
    assert_eq!(fleet.services.len(), 1);
    assert!(!tree.path("services.toml").exists());
    assert_eq!(tree.run(&["import", "--write", "one/Dockerfile"]).code, Some(0));
    assert_eq!(tree.description(), ran.out);
}

#[test]
fn a_description_without_services_is_begun() {
    let fleet_only = "[fleet]\nname = 'shop'\nimage = 'shop/{name}'\n";
    for begun in ["", "# mine", "\n# mine\n\n", fleet_only] {
        let tree = Tree::new(Some(begun));
        tree.write("one/Dockerfile", ONE);
        let ran = tree.run(&["import", "--write", "one/Dockerfile"]);
        assert_eq!(ran.code, Some(0), "{begun:?}: {}", ran.err);
        let text = tree.description();
        assert!(text.starts_with(begun), "{text}");
        assert_eq!(fleet::load(&text).unwrap().services.len(), 1);
    }
}

#[test]
fn a_compose_file_of_ones_own_is_not_generated() {
    let compose = "services:\n  one:\n    build: one\n";
    for (file, text, is_own) in [
        ("compose.yaml", compose, true),
        ("compose.yml", compose, true),
        ("docker-compose.yml", compose, true),
        ("docker-compose.yaml", compose, true),
        // Compose does not look for it.
        ("docker-compose.dev.yaml", compose, false),
    ] {
        let tree = Tree::new(None);
        tree.write("one/Dockerfile", ONE);
        tree.write("one/main.py", "");
        tree.write(file, text);
        let run = tree.run(&["import", "--write", "--context", ".", "one/Dockerfile"]);
        assert_eq!(run.code, Some(0), "{}", run.err);
        assert_eq!(tree.description().contains("\ncompose = false  # "), is_own, "{}", tree.description());
        let generated = tree.run(&["gen", "--force"]);
        assert_eq!(generated.code, Some(0), "{}{}", generated.out, generated.err);
        assert_eq!(fs::read_to_string(tree.path(file)).unwrap(), text);
        assert_eq!(tree.path("compose.yaml").exists(), !is_own || file == "compose.yaml");
        let checked = tree.run(&["gen", "--check"]);
        assert_eq!(checked.code, Some(0), "{}{}", checked.out, checked.err);
    }
    // One that comes later is told.
    let tree = Tree::new(None);
    tree.write("one/Dockerfile", ONE);
    tree.write("one/main.py", "");
    assert_eq!(tree.run(&["import", "--write", "--context", ".", "one/Dockerfile"]).code, Some(0));
    tree.write("docker-compose.yml", compose);
    let generated = tree.run(&["gen", "--force"]);
    let warning = "warning: Compose reads the generated compose.yaml instead of docker-compose.yml: `compose = false` in [fleet] keeps yours";
    assert!(generated.err.contains(warning), "{}", generated.err);
    // One that dockwright wrote is generated again.
    let tree = Tree::new(None);
    tree.write("one/Dockerfile", ONE);
    tree.write("one/main.py", "");
    assert_eq!(tree.run(&["import", "--write", "--context", ".", "one/Dockerfile"]).code, Some(0));
    assert_eq!(tree.run(&["gen", "--force"]).code, Some(0));
    fs::remove_file(tree.path("services.toml")).unwrap();
    tree.write("one/Dockerfile", ONE);
    assert_eq!(tree.run(&["import", "--write", "--context", ".", "one/Dockerfile"]).code, Some(0));
    assert!(!tree.description().contains("compose = false"), "{}", tree.description());
}
