//! Compose files that somebody wrote, where `gen` would write its own.

use std::fs;
use std::path::Path;

use super::source::read;
use crate::{outputs, sync};

/// The first Compose file of a directory that dockwright did not write, by its name.
pub(super) fn by_hand(directory: &Path) -> Option<&'static str> {
    first_by_hand(directory, &outputs::COMPOSE_NAMES)
}

/// The first of them beside the one that `gen` writes.
pub(super) fn beside_ours(directory: &Path) -> Option<&'static str> {
    let names: Vec<_> = outputs::COMPOSE_NAMES.into_iter().filter(|name| *name != outputs::COMPOSE).collect();
    first_by_hand(directory, &names)
}

fn first_by_hand(directory: &Path, names: &[&'static str]) -> Option<&'static str> {
    let is_by_hand = |name: &&&'static str| {
        let path = directory.join(name);
        let is_there = fs::symlink_metadata(&path).is_ok();
        is_there && !read(&path).is_ok_and(|text| sync::header::inspect(&text).is_some())
    };
    names.iter().find(is_by_hand).copied()
}
