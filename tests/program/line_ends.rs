//! A checkout whose lines end in CRLF, as git makes one on Windows with `core.autocrlf`.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::{files, repository, run};

const SCRIPT: &str = "generated/dockwright/packages.sh";

/// This repository's fleet, as git writes it there.
fn checkout() -> TempDir {
    let tree = tempfile::tempdir().unwrap();
    fs::copy(repository().join("services.toml"), tree.path().join("services.toml")).unwrap();
    for (path, content) in files(&repository().join("generated")) {
        let target = tree.path().join("generated").join(path);
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::write(target, String::from_utf8(content).unwrap().replace('\n', "\r\n")).unwrap();
    }
    tree
}

fn told(tree: &Path) -> Vec<String> {
    let check = run(tree, &["gen", "--check"]);
    check.out.lines().take_while(|line| !line.starts_with("hint: ")).map(str::to_owned).collect()
}

#[test]
fn every_generated_file_with_crlf_is_in_sync_or_told_by_its_line_ends() {
    let tree = checkout();
    assert_eq!(told(tree.path()), [format!("line endings {SCRIPT}")]);
    let check = run(tree.path(), &["gen", "--check"]);
    assert!(
        check.out.contains("hint: line endings: run `dockwright gen` to write it with LF"),
        "{}",
        check.out
    );
    let note = "hint: the lines of 79 files end in CRLF, which builds accept; `generated/** text eol=lf` in \
                .gitattributes keeps git from changing them\n";
    assert_eq!(check.err, note);

    assert_eq!(run(tree.path(), &["gen"]).code, Some(0));
    let check = run(tree.path(), &["gen", "--check"]);
    assert_eq!(check.code, Some(0), "{}", check.out);
}

#[test]
fn a_diff_of_line_ends_alone_is_one_line() {
    let tree = checkout();
    let diff = run(tree.path(), &["gen", "--diff"]).out;
    let line = format!("# {SCRIPT}: only line endings differ: ");
    assert!(diff.starts_with(&line) && diff.ends_with("end in CRLF, all should end in LF\n"), "{diff}");
    assert_eq!(diff.lines().count(), 1, "{diff}");
    let markdown = run(tree.path(), &["gen", "--check", "--format", "markdown"]).out;
    assert!(markdown.contains(&format!("\n{line}")) && !markdown.contains("\n+set -eu"), "{markdown}");
}

#[test]
fn crlf_and_lf_in_one_file_is_no_checkout() {
    let tree = tempfile::tempdir().unwrap();
    fs::write(tree.path().join("services.toml"), crate::fleet_of(1, "1")).unwrap();
    assert_eq!(run(tree.path(), &["gen"]).code, Some(0));
    let path = tree.path().join("generated/s0/Dockerfile");
    let text = fs::read_to_string(&path).unwrap();
    for mixed in [text.replacen('\n', "\r\n", 3), text.replace('\n', "\r\r\n")] {
        fs::write(&path, mixed).unwrap();
        assert_eq!(told(tree.path()), ["line endings generated/s0/Dockerfile"]);
        assert_eq!(run(tree.path(), &["gen"]).code, Some(0));
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
    }
}

/// BuildKit drops the carriage return at the end of an instruction, and copies it with the text of a heredoc.
#[test]
fn a_heredoc_with_crlf_is_not_in_sync() {
    let tree = tempfile::tempdir().unwrap();
    let site = "[fleet]\nname = \"shop\"\nimage = \"shop/{name}\"\n\
                [services.site]\nports = [8080]\nhealth = { http = \"/\" }\n[services.site.static]\n";
    fs::write(tree.path().join("services.toml"), site).unwrap();
    let ran = run(tree.path(), &["gen"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    for path in ["generated/site/Dockerfile", "generated/site/Dockerfile.dockerignore"] {
        let path = tree.path().join(path);
        fs::write(&path, fs::read_to_string(&path).unwrap().replace('\n', "\r\n")).unwrap();
    }
    let check = run(tree.path(), &["gen", "--check"]);
    assert!(check.out.starts_with("line endings generated/site/Dockerfile\nhint: "), "{}", check.out);
    assert!(check.err.starts_with("hint: the lines of 1 file end in CRLF"), "{}", check.err);
}

/// As the hooks of pre-commit and `git diff --check` want it: one newline at the end, and no blanks before any.
#[test]
fn every_generated_file_ends_in_one_newline_and_no_line_in_a_blank() {
    let mut all = files(&repository().join("generated"));
    all.extend(files(&repository().join("tests/kinds")));
    let generated = all.iter().filter(|(path, _)| path.extension().is_none_or(|end| end != "toml"));
    let mut count = 0;
    for (path, content) in generated {
        let text = String::from_utf8(content.clone()).unwrap();
        let is_whole = text.ends_with('\n') && !text.ends_with("\n\n");
        assert!(is_whole && !text.starts_with('\n'), "{}", path.display());
        assert!(text.lines().all(|line| line.trim_end() == line), "{}", path.display());
        count += 1;
    }
    assert!(count > 90, "{count}");
}

/// A file that an editor left without its last newline was edited; one that nobody may write to is replaced, as its
/// directory allows it, and keeps its mode.
#[cfg(unix)]
#[test]
fn a_file_without_its_last_newline_is_edited_and_a_read_only_one_is_replaced() {
    use std::os::unix::fs::PermissionsExt;
    let tree = tempfile::tempdir().unwrap();
    let tree = tree.path();
    fs::write(tree.join("services.toml"), crate::fleet_of(1, "1")).unwrap();
    assert_eq!(run(tree, &["gen"]).code, Some(0));
    let path = tree.join("generated/s0/Dockerfile");
    let whole = fs::read_to_string(&path).unwrap();
    fs::write(&path, whole.trim_end()).unwrap();
    let check = run(tree, &["gen", "--check"]);
    assert!(
        check.code == Some(1) && check.out.starts_with("edited by hand generated/s0/Dockerfile"),
        "{}",
        check.out
    );
    assert_eq!(run(tree, &["gen", "--force"]).code, Some(0));
    assert_eq!(fs::read_to_string(&path).unwrap(), whole);

    fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).unwrap();
    fs::write(tree.join("services.toml"), crate::fleet_of(1, "2")).unwrap();
    assert_eq!(run(tree, &["gen"]).code, Some(0));
    assert_ne!(fs::read_to_string(&path).unwrap(), whole);
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o444);
    assert_eq!(run(tree, &["gen", "--check"]).code, Some(0));
}
