//! What git knows of a work tree.
//!
//! The tree is not trusted, and its `.git` is a part of it: an archive can bring one whose configuration names commands
//! that `git status` runs. So every setting that names one is taken out of the way.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The files below `root` with changes that are not committed, by path; `None` where there is no
/// work tree, or no git.
pub(super) fn uncommitted(root: &Path) -> Option<HashSet<PathBuf>> {
    let top = run(root, &["rev-parse", "--show-toplevel"])?;
    let top = PathBuf::from(String::from_utf8(top).ok()?.trim_end_matches(['\r', '\n']));
    // A filter compares files that look changed; a monitor is asked which are; a submodule has a configuration of its own.
    let filters = run(root, &["config", "--includes", "--name-only", "-z", "--get-regexp", r"^filter\."]);
    let filters = String::from_utf8(filters.unwrap_or_default()).ok()?;
    let without: Vec<String> = filters
        .split('\0')
        .filter_map(|key| key.rsplit_once('.'))
        .flat_map(|(filter, _)| ["clean=", "process=", "required=false"].map(|key| format!("{filter}.{key}")))
        .flat_map(|setting| ["-c".to_owned(), setting])
        .collect();
    let settings = without.iter().map(String::as_str);
    let status = [
        "--no-optional-locks",
        "status",
        "--porcelain",
        "--no-renames",
        "-z",
        "--untracked-files=all",
        "--ignore-submodules=all",
        "--",
        ".",
    ];
    let status = run(root, &settings.chain(status).collect::<Vec<_>>())?;
    let entries = status.split(|byte| *byte == 0).filter(|entry| entry.len() > 3);
    Some(entries.map(|entry| top.join(String::from_utf8_lossy(&entry[3..]).as_ref())).collect())
}

fn run(root: &Path, arguments: &[&str]) -> Option<Vec<u8>> {
    let mut git = Command::new("git");
    git.args(["-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-C"]).arg(root);
    // What a partial clone lacks is not fetched.
    git.env("GIT_ALLOW_PROTOCOL", "none").env("GIT_NO_LAZY_FETCH", "1");
    let output = git.args(arguments).output().ok()?;
    output.status.success().then_some(output.stdout)
}
