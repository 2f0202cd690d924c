//! Dockerfiles as people write them, each beside the entry that comes of it.
//!
//! `SNAPSHOTS=overwrite` writes down what is said now.

use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use dockwright::detect::View;
use dockwright::diagnostic::Diagnostic;
use dockwright::fleet;
use dockwright::refactor::import::{Import, Source, Surroundings, Tree, import, insert, text};

struct Directory(PathBuf);

impl Tree for Directory {
    fn is_directory(&self, path: &str) -> Option<bool> {
        fs::metadata(self.0.join(path)).ok().map(|metadata| metadata.is_dir())
    }

    fn entries(&self, path: &str) -> Vec<String> {
        let entries = fs::read_dir(self.0.join(path)).into_iter().flatten().flatten();
        let mut names: Vec<String> = entries
            .filter_map(|entry| entry.file_name().into_string().ok())
            // The entries that are expected lie beside.
            .filter(|name| {
                let is_manifest = ["pyproject.toml", "Cargo.toml"].contains(&name.as_str());
                is_manifest || Path::new(name).extension().is_none_or(|extension| extension != "toml")
            })
            .collect();
        names.sort();
        names
    }

    fn text(&self, path: &str) -> Option<String> {
        fs::read_to_string(self.0.join(path)).ok()
    }

    fn view(&self) -> Rc<View> {
        let mut view = View::default();
        let mut open = vec![String::new()];
        while let Some(directory) = open.pop() {
            for name in self.entries(&directory) {
                let path = if directory.is_empty() { name } else { format!("{directory}/{name}") };
                match self.is_directory(&path) {
                    Some(true) => open.push(path),
                    _ => view.add(path.clone(), self.text(&path)),
                }
            }
        }
        Rc::new(view)
    }
}

#[test]
fn the_corpus() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/import/cases");
    let description = fs::read_to_string(cases.join("services.toml")).unwrap();
    let shop = fleet::load(&description).unwrap();
    // What is past its end of life depends on the day.
    let around = Surroundings::of(&shop, &description, "2026-11-22".parse().unwrap());
    let assert = snapbox::Assert::new().action_env("SNAPSHOTS");
    let mut count = 0;
    for entry in fs::read_dir(&cases).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if !name.ends_with(".Dockerfile") {
            continue;
        }
        count += 1;
        let file = fs::read_to_string(&path).unwrap();
        let source =
            Source { path: &name, dockerfile: &name, context: "", text: &file, target: None, name: None };
        let actual = match import(source, &around, &Directory(cases.clone())) {
            Ok(imported) => accepted(imported, &description, &around),
            Err(mistakes) => mistakes.iter().map(|mistake| refused(&file, mistake)).collect(),
        };
        assert.eq(actual, snapbox::Data::read_from(&path.with_extension("toml"), None).raw());
    }
    assert!(count >= 12);
}

/// The entry and its notes. The entry is valid as it is: below the description, it loads.
fn accepted(imported: Import, description: &str, around: &Surroundings) -> String {
    let notes: Vec<String> =
        imported.notes.iter().map(|note| format!("# {}: {}\n", note.line, note.message)).collect();
    let notes = notes.concat();
    let entry = insert("", &text(&[imported], around, false, &[]));
    fleet::load(&format!("{description}\n{entry}"))
        .unwrap_or_else(|mistakes| panic!("{mistakes:?}\n{entry}"));
    format!("{entry}\n{notes}")
}

/// The line that a refusal points to, what it says, and the hint.
fn refused(text: &str, mistake: &Diagnostic) -> String {
    let line = text[..mistake.span.start].matches('\n').count() + 1;
    let hint = mistake.hint.as_deref().unwrap_or("none");
    format!("# refused, {line}: {}\n# hint: {hint}\n", mistake.message)
}

/// Whole trees of strangers, each in a directory of its own, without a description: the entry is one.
#[test]
fn trees_of_strangers() {
    let trees = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/import/trees");
    let around = Surroundings::none("fleet", "2026-11-22".parse().unwrap());
    let assert = snapbox::Assert::new().action_env("SNAPSHOTS");
    let mut count = 0;
    for entry in fs::read_dir(&trees).unwrap() {
        let path = entry.unwrap().path();
        if !path.is_dir() {
            continue;
        }
        count += 1;
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let file = fs::read_to_string(path.join("Dockerfile")).unwrap();
        let place = format!("{name}/Dockerfile");
        let source = Source {
            path: &place,
            dockerfile: &place,
            context: &name,
            text: &file,
            target: None,
            name: None,
        };
        let actual = match import(source, &around, &Directory(trees.clone())) {
            Ok(imported) => accepted(imported, NEW, &around),
            Err(mistakes) => mistakes.iter().map(|mistake| refused(&file, mistake)).collect(),
        };
        assert.eq(actual, snapbox::Data::read_from(&trees.join(format!("{name}.toml")), None).raw());
    }
    assert!(count >= 10, "{count}");
}

/// The description that an entry begins.
const NEW: &str = "[fleet]\nname = \"f\"\nimage = \"f/{name}\"\noutput = \".\"\n";
