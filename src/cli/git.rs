//! What git knows of a work tree.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The files below `root` with changes that are not committed, by path; `None` where there is no
/// work tree, or no git.
pub(super) fn uncommitted(root: &Path) -> Option<HashSet<PathBuf>> {
    let top = run(root, &["rev-parse", "--show-toplevel"])?;
    let top = PathBuf::from(String::from_utf8(top).ok()?.trim_end_matches(['\r', '\n']));
    let status = run(
        root,
        &[
            "--no-optional-locks",
            "status",
            "--porcelain",
            "--no-renames",
            "-z",
            "--untracked-files=all",
            "--",
            ".",
        ],
    )?;
    let entries = status.split(|byte| *byte == 0).filter(|entry| entry.len() > 3);
    Some(entries.map(|entry| top.join(String::from_utf8_lossy(&entry[3..]).as_ref())).collect())
}

fn run(root: &Path, arguments: &[&str]) -> Option<Vec<u8>> {
    let output = Command::new("git").arg("-C").arg(root).args(arguments).output().ok()?;
    output.status.success().then_some(output.stdout)
}
