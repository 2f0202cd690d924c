//! What dockwright wrote itself is in the description already.

use std::rc::Rc;

use std::fs;
use std::path::{Path, PathBuf};

use dockwright::detect::View;
use dockwright::fleet;
use dockwright::refactor::import::{Source, Surroundings, Tree, import};

pub(crate) struct Nothing;

impl Tree for Nothing {
    fn is_directory(&self, _: &str) -> Option<bool> {
        None
    }

    fn entries(&self, _: &str) -> Vec<String> {
        Vec::new()
    }

    fn text(&self, _: &str) -> Option<String> {
        None
    }

    fn view(&self) -> Rc<View> {
        Rc::default()
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

#[test]
fn what_dockwright_wrote_is_not_imported() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let description = fs::read_to_string(root.join("services.toml")).unwrap();
    let lucid = fleet::load(&description).unwrap();
    let around = Surroundings::of(&lucid, &description, "2026-11-22".parse().unwrap());
    let generated = root.join("generated");
    let files = dockerfiles(&generated);
    assert_eq!(files.len(), 35);
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let path = file.strip_prefix(&generated).unwrap().to_str().unwrap().replace('\\', "/");
        let source =
            Source { path: &path, dockerfile: &path, context: "", text: &text, target: None, name: None };
        let mistakes = import(source, &around, &Nothing).err().unwrap_or_default();
        assert_eq!(
            mistakes[0].message, "dockwright wrote this file, so there is nothing to import",
            "{path}"
        );
    }
}
