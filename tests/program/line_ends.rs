//! A checkout whose lines end in CRLF, as git makes one on Windows with `core.autocrlf`.

use std::fs;

use crate::{files, repository, run};

#[test]
fn every_generated_file_with_crlf_is_in_sync_or_told_by_its_line_ends() {
    let tree = tempfile::tempdir().unwrap();
    fs::copy(repository().join("services.toml"), tree.path().join("services.toml")).unwrap();
    for (path, content) in files(&repository().join("generated")) {
        let target = tree.path().join("generated").join(path);
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::write(target, String::from_utf8(content).unwrap().replace('\n', "\r\n")).unwrap();
    }
    let check = run(tree.path(), &["gen", "--check"]);
    let told: Vec<_> = check.out.lines().take_while(|line| !line.starts_with("hint: ")).collect();
    assert_eq!(told, ["line ends dockwright/packages.sh"], "{}", check.err);
    assert!(check.out.contains("hint: line ends: run `dockwright gen` to write it with LF"), "{}", check.out);

    let diff = run(tree.path(), &["gen", "--diff"]);
    assert!(
        diff.out.starts_with("--- a/dockwright/packages.sh\n") && diff.out.contains("\r\n+"),
        "{}",
        diff.out
    );

    assert_eq!(run(tree.path(), &["gen"]).code, Some(0));
    let check = run(tree.path(), &["gen", "--check"]);
    assert_eq!(check.code, Some(0), "{}", check.out);
}
