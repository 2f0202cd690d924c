//! Compose files that somebody wrote, where `gen` would write its own.

use std::fs;
use std::path::Path;

use super::source::read;
use crate::{outputs, sync};

/// The Compose file of a directory that dockwright did not write, by its name.
pub(super) fn by_hand(directory: &Path) -> Option<&'static str> {
    let is_by_hand = |name: &&&str| {
        let path = directory.join(name);
        let is_there = fs::symlink_metadata(&path).is_ok();
        is_there && !read(&path).is_ok_and(|text| sync::header::inspect(&text).is_some())
    };
    outputs::COMPOSE_NAMES.iter().find(is_by_hand).copied()
}
