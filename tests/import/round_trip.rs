//! What dockwright wrote itself comes back as it was.

use std::fs;
use std::path::{Path, PathBuf};

use dockwright::date::Date;
use dockwright::refactor::import::{Source, Surroundings, Tree, import, insert, text};
use dockwright::sync::CommentStyle;
use dockwright::{fleet, lock, render, sync};

pub(crate) struct Nothing;

impl Tree for Nothing {
    fn is_directory(&self, _: &str) -> Option<bool> {
        None
    }

    fn entries(&self, _: &str) -> Vec<String> {
        Vec::new()
    }
}

fn dockerfiles(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(dockerfiles(&path));
        } else if path.file_name().unwrap().to_string_lossy().starts_with("Dockerfile")
            && !path.to_string_lossy().ends_with(".dockerignore")
        {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Everything of the description but its groups and services.
fn head(text: &str) -> &str {
    let end = text.find("\n[groups.").or_else(|| text.find("\n[services.")).unwrap();
    &text[..=end]
}

#[test]
fn the_whole_fleet_comes_back_byte_for_byte() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let description = fs::read_to_string(root.join("services.toml")).unwrap().replace("\r\n", "\n");
    let lucid = fleet::load(&description).unwrap();
    let pins = fs::read_to_string(root.join("services.lock")).ok();
    let pins = pins.map(|text| lock::Lock::parse(&text, lucid.name.as_str()).unwrap());
    let today: Date = "2026-11-22".parse().unwrap();
    let around = Surroundings::of(&lucid, &description, today);
    let generated = root.join("generated");
    let files = dockerfiles(&generated);
    assert_eq!(files.len(), 35);
    let mut wrong = Vec::new();
    for file in files {
        let old = fs::read_to_string(&file).unwrap().replace("\r\n", "\n");
        let path = file.strip_prefix(&generated).unwrap().to_str().unwrap().replace('\\', "/");
        let source =
            Source { path: &path, dockerfile: &path, context: "", text: &old, target: None, name: None };
        let imported =
            import(source, &around, &Nothing).unwrap_or_else(|mistakes| panic!("{path}: {mistakes:?}"));
        let name = imported.name.clone();
        let notes = imported.notes.clone();
        let entry = text(&[imported], &around, false, &[]);
        let whole = insert(head(&description), &entry);
        let fleet = fleet::load(&whole).unwrap_or_else(|mistakes| panic!("{path}: {mistakes:?}\n{entry:#?}"));
        let service = fleet.service(&name).unwrap();
        let new = render::dockerfile(&fleet, service, pins.as_ref()).unwrap();
        let new = sync::header::seal(&new, CommentStyle::Hash, &format!("services.toml [services.{name}]"));
        if new != old || !notes.is_empty() {
            let diff = similar::TextDiff::from_lines(&old, &new).unified_diff().to_string();
            wrong.push(format!("{path}\n{notes:?}\n{}\n{diff}", entry.services[0].1));
        }
    }
    assert!(wrong.is_empty(), "{} differ\n{}", wrong.len(), wrong.join("\n"));
}
