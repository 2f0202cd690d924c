//! `gen --recursive`: a repository of several fleets.

use std::fs;
use std::path::Path;

use super::run;

fn write(root: &Path, path: &str, text: &str) {
    fs::create_dir_all(root.join(path).parent().unwrap()).unwrap();
    fs::write(root.join(path), text).unwrap();
}

fn fleet(name: &str) -> String {
    format!(
        "[fleet]\nname = \"{name}\"\n[services.api]\nsources = [\"main.py\"]\nhealth = {{ none = \"prints\" }}\n\
         python.command = [\"/app/main.py\"]\n"
    )
}

/// Two fleets, and what is none: a directory that git ignores, and a hidden one.
fn monorepo() -> tempfile::TempDir {
    let tree = tempfile::tempdir().unwrap();
    let root = tree.path();
    for directory in ["a", "b/c/d/e/f", "ignored", ".hidden"] {
        write(
            root,
            &format!("{directory}/services.toml"),
            &fleet(directory.rsplit('/').next().unwrap().trim_matches('.')),
        );
        write(root, &format!("{directory}/main.py"), "\n");
    }
    write(root, ".gitignore", "ignored\n");
    tree
}

#[test]
fn every_fleet_below_is_written_and_checked() {
    let tree = monorepo();
    let missing = run(tree.path(), &["gen", "--check", "--recursive"]);
    assert_eq!(missing.code, Some(1), "{missing:?}");
    assert!(missing.out.contains("missing"), "{missing:?}");

    let written = run(tree.path(), &["gen", "-r"]);
    assert_eq!(written.code, Some(0), "{written:?}");
    assert!(tree.path().join("b/c/d/e/f/generated/compose.yaml").is_file());
    assert!(
        !tree.path().join("ignored/generated").exists() && !tree.path().join(".hidden/generated").exists()
    );

    let same = run(tree.path(), &["gen", "--check", "--recursive"]);
    assert_eq!(same.code, Some(0), "{same:?}");
    let expected = "a/services.toml:\n1 service, 4 files: all in sync\n\
                    b/c/d/e/f/services.toml:\n1 service, 4 files: all in sync\n";
    assert_eq!(same.out, expected);

    fs::remove_file(tree.path().join("a/generated/compose.yaml")).unwrap();
    assert_eq!(run(tree.path(), &["gen", "--check", "--recursive"]).code, Some(1));
    assert_eq!(
        run(tree.path(), &["gen", "--check", "--recursive", "--fleet", "b/services.toml"]).code,
        Some(0)
    );
}

#[test]
fn a_fleet_that_is_invalid_keeps_none_of_the_others() {
    let tree = monorepo();
    write(tree.path(), "a/services.toml", "[fleet]\nnmae = \"a\"\n");
    let ran = run(tree.path(), &["gen", "--recursive"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.err.contains("a/services.toml:2:1"), "{ran:?}");
    assert!(ran.err.ends_with("error: 1 of 2 fleets failed\n"), "{ran:?}");
    assert!(tree.path().join("b/c/d/e/f/generated/compose.yaml").is_file());
}

#[test]
fn what_makes_no_sense_for_several_fleets_is_refused() {
    let tree = monorepo();
    for arguments in [&["api"][..], &["--phase=1"], &["--out=x"], &["--format=json"]] {
        let ran = run(tree.path(), &[&["gen", "--check", "--recursive"], arguments].concat());
        assert_eq!(ran.code, Some(2), "{arguments:?}: {ran:?}");
    }
    let none = run(tempfile::tempdir().unwrap().path(), &["gen", "--recursive"]);
    assert_eq!(none.code, Some(2), "{none:?}");
    assert!(none.err.starts_with("error: cannot read `services.toml`"), "{none:?}");
    let elsewhere = run(tree.path(), &["gen", "--recursive", "--fleet", "nowhere/services.toml"]);
    assert_eq!(elsewhere.code, Some(2), "{elsewhere:?}");
    let message = "error: cannot read `nowhere/services.toml`: no such file or directory\n";
    assert!(elsewhere.err.starts_with(message), "{elsewhere:?}");
    let summary = run(tree.path(), &["gen", "--check", "--recursive", "--format=markdown"]);
    assert!(summary.out.starts_with("### `a/services.toml`\n\n**dockwright**: "), "{summary:?}");
    // The hint of what finds no fleet here names the way.
    let alone = run(tree.path(), &["gen", "--check"]);
    assert!(alone.err.contains("`dockwright gen --recursive` takes all of them"), "{alone:?}");
}

/// A directory that is passed over in silence may hold a fleet that nobody checks.
#[test]
fn a_directory_that_cannot_be_looked_into_is_an_error() {
    use std::os::unix::fs::PermissionsExt;

    let tree = monorepo();
    let closed = tree.path().join("b/c");
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).unwrap();
    let is_closed = fs::read_dir(&closed).is_err();
    let ran = run(tree.path(), &["gen", "--check", "--recursive"]);
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o755)).unwrap();
    // Root may look everywhere.
    if is_closed {
        assert_eq!(ran.code, Some(2), "{ran:?}");
        assert!(ran.err.starts_with("error: cannot read `./b/c`: permission denied\n"), "{ran:?}");
    }
}
