//! Wanted against found, from outside: states, writing, diffs.

mod diffs;
#[cfg(unix)]
mod race;
mod staging;
mod states;
mod tree;

use std::path::Path;

use dockwright::sync::{CommentStyle, Output, WantedFile};

/// An output directory.
fn output(root: &Path) -> Output {
    Output::named(root).unwrap()
}

/// A wanted file of the service `unit`.
fn wanted(path: &str, body: &str, unit: &str) -> WantedFile {
    WantedFile {
        path: path.parse().unwrap(),
        body: body.to_owned(),
        comment: CommentStyle::Hash,
        entry: format!("services.toml [services.{unit}]"),
        unit: Some(unit.to_owned()),
    }
}

/// A wanted file of the whole fleet.
fn shared(path: &str, body: &str) -> WantedFile {
    WantedFile { unit: None, entry: "services.toml".to_owned(), ..wanted(path, body, "") }
}

/// What is written for a wanted file.
fn sealed(file: &WantedFile) -> String {
    dockwright::sync::header::seal(&file.body, file.comment, &file.entry)
}

/// Says why a test that needs more than this machine gives did not run.
#[allow(clippy::print_stderr)]
fn skipped(why: &str) {
    eprintln!("skipped: {why}");
}
