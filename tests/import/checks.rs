//! Health checks and start commands as people write them, each with what an import makes of it.
//!
//! checks.txt holds both: the lines behind `>` take the place of their kind in a plain Dockerfile, and below them stands
//! what its entry says otherwise than that of the plain one. `SNAPSHOTS=overwrite` writes down what is said now.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::rc::Rc;

use dockwright::detect::View;
use dockwright::refactor::import::{Import, Source, Surroundings, Tree, import};
use toml::{Table, Value};

/// The service that all cases are about.
const SVC: [(&str, bool); 4] =
    [("svc", true), ("svc/app", true), ("svc/app/main.py", false), ("svc/requirements.txt", false)];

struct Svc;

impl Tree for Svc {
    fn is_directory(&self, path: &str) -> Option<bool> {
        SVC.iter().find(|(known, _)| *known == path).map(|(_, is_directory)| *is_directory)
    }

    fn entries(&self, path: &str) -> Vec<String> {
        let inside = |known: &str| Some(known.strip_prefix(path)?.strip_prefix('/')?.to_owned());
        SVC.iter().filter_map(|(known, _)| inside(known)).filter(|rest| !rest.contains('/')).collect()
    }

    fn text(&self, _: &str) -> Option<String> {
        None
    }

    fn view(&self) -> Rc<View> {
        Rc::default()
    }
}

#[test]
fn checks_and_commands() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/import/checks.txt");
    let cases = fs::read_to_string(&path).unwrap();
    let plain = imported("").unwrap();
    let mut actual = String::new();
    let mut count = 0;
    for case in cases.split("== ").skip(1) {
        let (name, rest) = case.split_once('\n').unwrap();
        let input: Vec<&str> = rest.lines().filter_map(|line| line.strip_prefix("> ")).collect();
        let _ = writeln!(actual, "{}== {name}", if count > 0 { "\n" } else { "" });
        for line in &input {
            let _ = writeln!(actual, "> {line}");
        }
        actual += &match imported(&input.join("\n")) {
            Ok(entry) => difference(&plain, &entry),
            Err(refusal) => refusal,
        };
        count += 1;
    }
    assert!(count >= 57, "{count}");
    let assert = snapbox::Assert::new().action_env("SNAPSHOTS");
    assert.eq(actual, snapbox::Data::read_from(&path, None).raw());
}

/// What comes of the plain Dockerfile with other lines, or why nothing does.
fn imported(lines: &str) -> Result<Import, String> {
    let mut text = String::from(
        "FROM python:3.13-slim-trixie\nWORKDIR /app\nCOPY svc/requirements.txt .\n\
         RUN pip install -r requirements.txt\nCOPY svc/app ./app\n",
    );
    for plain in [
        "EXPOSE 8000",
        "HEALTHCHECK CMD curl -f http://localhost:8000/health",
        "CMD [\"uvicorn\", \"app.main:app\", \"--host\", \"0.0.0.0\", \"--port\", \"8000\"]",
    ] {
        let keyword = plain.split(' ').next().unwrap();
        if !lines.lines().any(|line| line.starts_with(keyword)) {
            let _ = writeln!(text, "{plain}");
        }
    }
    text += lines;
    let source = Source {
        path: "svc/Dockerfile",
        dockerfile: "svc/Dockerfile",
        context: "",
        text: &text,
        target: None,
        name: None,
    };
    let around = Surroundings::none("fleet", "2026-11-22".parse().unwrap());
    import(source, &around, &Svc).map_err(|mistakes| {
        let told = |text: &str| format!("# refused: {text}\n");
        let hint = |hint: &str| format!("# hint: {hint}\n");
        let one =
            mistakes.iter().map(|m| told(&m.message) + &m.hint.as_deref().map(hint).unwrap_or_default());
        one.collect()
    })
}

/// The keys and the notes of an entry that another does not have.
fn difference(plain: &Import, entry: &Import) -> String {
    let mut text = String::new();
    let mut keys = |prefix: &str, old: &Table, new: &Table| {
        for (key, value) in new.iter().filter(|(key, value)| old.get(*key) != Some(value)) {
            let _ = writeln!(text, "{prefix}{key} = {value}");
        }
        for key in old.keys().filter(|key| !new.contains_key(*key)) {
            let _ = writeln!(text, "no {prefix}{key}");
        }
    };
    let outside = |table: &Table| {
        let all = table.iter().filter(|(key, _)| *key != "python");
        all.map(|(key, value)| (key.clone(), value.clone())).collect::<Table>()
    };
    keys("", &outside(&plain.table), &outside(&entry.table));
    let kind =
        |import: &Import| import.table.get("python").and_then(Value::as_table).cloned().unwrap_or_default();
    keys("python.", &kind(plain), &kind(entry));
    for note in
        entry.notes.iter().filter(|note| !plain.notes.iter().any(|other| other.message == note.message))
    {
        let _ = writeln!(text, "# {}", note.message);
    }
    text
}
