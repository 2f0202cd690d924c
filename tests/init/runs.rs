//! Runs of the program in a directory: what is written, and what is not looked at.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use dockwright::fleet;

/// Runs the program in a directory.
fn init(directory: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dockwright"));
    command.arg("init").args(arguments).current_dir(directory).output().unwrap()
}

fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

#[test]
fn a_second_run_adds_what_is_new_and_changes_nothing_else() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    write(root, "a/main.py", "if __name__ == '__main__': pass\n");
    write(root, "a/requirements.txt", "");
    write(root, "c/package.json", "{\"scripts\":{\"start\":\"node c.js\"}}");
    write(root, "c/Dockerfile", "FROM node\n");
    assert!(init(root, &[]).status.success());
    let first = fs::read_to_string(root.join("services.toml")).unwrap();
    assert_eq!(String::from_utf8_lossy(&init(root, &[]).stdout), "services.toml: nothing new\n");
    assert_eq!(fs::read_to_string(root.join("services.toml")).unwrap(), first);

    let renamed = first.replace("[services.a", "[services.alpha");
    fs::write(root.join("services.toml"), &renamed).unwrap();
    write(root, "b/main.py", "if __name__ == '__main__': pass\n");
    write(root, "b/requirements.txt", "");
    assert!(init(root, &[]).status.success());
    let second = fs::read_to_string(root.join("services.toml")).unwrap();
    let added = second.strip_prefix(renamed.as_str()).expect("what was there is there still");
    assert!(added.contains("[services.b]") && !added.contains("[services.a]"), "{added}");
    fleet::load(&second).unwrap();
}

#[test]
fn a_dry_run_writes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    write(directory.path(), "a/main.py", "if __name__ == '__main__': pass\n");
    write(directory.path(), "a/requirements.txt", "");
    let output = init(directory.path(), &["--dry-run"]);
    assert!(output.status.success() && String::from_utf8_lossy(&output.stdout).contains("[services.a]"));
    assert!(!directory.path().join("services.toml").exists());
}

#[test]
fn what_git_ignores_and_links_are_not_looked_at() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    write(root, ".gitignore", "ignored\n");
    for place in ["ignored/a", "node_modules/b", "tests/c", "vendor/d", ".hidden/e"] {
        write(root, &format!("{place}/main.py"), "if __name__ == '__main__': pass\n");
        write(root, &format!("{place}/requirements.txt"), "");
    }
    #[cfg(unix)]
    std::os::unix::fs::symlink("ignored/a", root.join("link")).unwrap();
    let output = init(root, &[]);
    assert_eq!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stdout));
    assert!(!root.join("services.toml").exists());
}

/// A service that is there already is one that a new one can depend on.
#[test]
fn a_second_run_keeps_dependencies_on_what_is_described() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    let program = "if __name__ == '__main__': pass\n";
    write(root, "a/main.py", program);
    write(root, "a/requirements.txt", "");
    write(root, "a/Dockerfile", "FROM python:3.13\nEXPOSE 80\n");
    write(root, "compose.yaml", "services:\n  a:\n    build: a\n");
    assert!(init(root, &[]).status.success());
    write(root, "b/main.py", program);
    write(root, "b/requirements.txt", "");
    write(root, "b/Dockerfile", "FROM python:3.13\nEXPOSE 81\n");
    write(root, "compose.yaml", "services:\n  a:\n    build: a\n  b:\n    build: b\n    depends_on: [a]\n");
    assert!(init(root, &[]).status.success());
    let text = fs::read_to_string(root.join("services.toml")).unwrap();
    let (_, added) = text.split_once("[services.b]").unwrap();
    assert!(added.contains("depends_on = [\"a\"]"), "{text}");
}

/// What cannot be looked into may hold services, so it is said.
#[cfg(unix)]
#[test]
fn what_cannot_be_read_is_told() {
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::process::CommandExt;

    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    write(root, "a/main.py", "if __name__ == '__main__': pass\n");
    write(root, "a/requirements.txt", "");
    write(root, "b/main.py", "");
    let mode = |path: &Path, mode: u32| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    mode(root, 0o755);
    let state = tempfile::tempdir().unwrap();
    // Whose it is matters: the state of a run is kept there.
    let _ = std::os::unix::fs::chown(state.path(), Some(65534), Some(65534));
    mode(&root.join("b"), 0o000);
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dockwright"));
        // Root reads everything, and so tries as nobody.
        if fs::read_dir(root.join("b")).is_ok() {
            command.uid(65534).gid(65534);
        }
        command.args(arguments).current_dir(root).env("XDG_STATE_HOME", state.path()).output()
    };
    if !run(&["--version"]).is_ok_and(|output| output.status.success()) {
        mode(&root.join("b"), 0o755);
        return println!("skipped: nobody cannot start the program from here");
    }
    let said = |arguments: &[&str]| {
        let output = run(arguments).unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let init = said(&["init", "--dry-run"]);
    let import = said(&["import", "b/Dockerfile"]);
    let rebase = said(&["rebase", "debian12", "debian13", "--dry-run", "."]);
    mode(&root.join("b"), 0o755);
    let message = "warning: cannot read `./b`: permission denied; nothing in it is described\n";
    assert!(init.0 == Some(0) && init.1.contains(message), "{init:?}");
    let remedy = "permission denied\nhint: change its owner or its mode\n";
    assert!(
        import.0 == Some(2) && import.1 == format!("error: cannot read `b/Dockerfile`: {remedy}"),
        "{import:?}"
    );
    assert!(rebase.0 == Some(2) && rebase.1.ends_with(&format!("/b`: {remedy}")), "{rebase:?}");
}

#[test]
fn several_directories_are_described_beside_each_other() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    for name in ["a", "b", "c"] {
        write(root, &format!("{name}/main.py"), "app = FastAPI()\n");
        write(root, &format!("{name}/requirements.txt"), "fastapi\nuvicorn\n");
    }
    let output = init(root, &["a", "b"]);
    assert!(output.status.success(), "{output:?}");
    let text = fs::read_to_string(root.join("services.toml")).unwrap();
    assert!(
        text.contains("[services.a]") && text.contains("[services.b]") && !text.contains("[services.c]"),
        "{text}"
    );
    assert!(init(root, &["b", "c"]).status.success());
    let more = fs::read_to_string(root.join("services.toml")).unwrap();
    assert!(more.starts_with(&text) && more.contains("[services.c]"), "{more}");
    let refused = init(&root.join("a"), &[".", "../b"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(
        String::from_utf8_lossy(&refused.stderr).contains("is not below the current directory"),
        "{refused:?}"
    );
}

#[test]
fn a_second_run_adds_a_new_member_of_a_workspace_that_is_described() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    write(root, "Cargo.toml", "[workspace]\nmembers = [\"a\"]\n");
    write(root, "Cargo.lock", "");
    let main = "fn main() { TcpListener::bind(\"0.0.0.0:8080\"); }\n";
    for name in ["a", "b"] {
        write(root, &format!("{name}/Cargo.toml"), &format!("[package]\nname = \"{name}\"\n"));
        write(root, &format!("{name}/src/main.rs"), main);
        assert!(init(root, &[]).status.success());
        assert_eq!(String::from_utf8_lossy(&init(root, &[]).stdout), "services.toml: nothing new\n");
    }
    let text = fs::read_to_string(root.join("services.toml")).unwrap();
    assert_eq!(
        (text.matches("[services.a]").count(), text.matches("[services.b]").count()),
        (1, 1),
        "{text}"
    );
}

#[test]
fn a_lock_file_that_git_ignores_is_there() {
    let tree = tempfile::tempdir().expect("a directory");
    write(tree.path(), ".gitignore", "Cargo.lock\n");
    write(tree.path(), "web/Cargo.toml", "[package]\nname = \"web\"\n[dependencies]\naxum = \"0.8\"\n");
    write(tree.path(), "web/Cargo.lock", "version = 4\n");
    write(tree.path(), "web/src/main.rs", "fn main() { axum::serve(TcpListener::bind(\"0.0.0.0:8080\")) }\n");
    let out = init(tree.path(), &["--dry-run"]);
    let (text, list) = (String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
    assert!(text.contains("[services.web.rust]"), "{text}{list}");
    assert!(!list.contains("Cargo.lock"), "{list}");
}
