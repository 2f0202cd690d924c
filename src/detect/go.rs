//! Go: packages that are programs, in the module that they belong to.

use super::view::{View, ancestors, inside, join, split};
use super::{Found, Key, Unit, ports, start};

pub(super) fn find(view: &View, unit: &Unit) -> Option<Found> {
    let module = ancestors(&unit.directory).find(|directory| view.has(directory, "go.mod"))?.to_owned();
    let all = programs(view, &module);
    let own = inside(&module, &unit.directory).unwrap_or("");
    let named = unit.facts.runs.iter().find_map(|run| built(run, &all));
    let below: Vec<&String> = all.iter().filter(|package| inside(own, package).is_some()).collect();
    let last = |package: &str| split(package).1 == unit.name;
    let (package, guess) = match below.as_slice() {
        _ if named.is_some() => (named?, None),
        _ if below.iter().any(|package| *package == own) => (own.to_owned(), None),
        [only] => ((*only).clone(), None),
        [] => return None,
        [first, ..] => {
            let same = below.iter().find(|package| last(package));
            let why = format!("there are {} programs, and nothing says which", below.len());
            ((*same.unwrap_or(first)).clone(), Some(why))
        }
    };
    let value = format!("./{package}");
    let key = Key { name: "package", value: value.into(), guess };
    let mut table: Vec<Key> = if package.is_empty() { Vec::new() } else { vec![key] };
    if unit.argv().is_some_and(|argv| start::name(&argv[0]) != "go") {
        table.extend(start::arguments(unit, 1));
    }
    if view.has(&join(&module, "vendor"), "modules.txt") {
        table.push(Key::sure("vendor", true));
    }
    let port = view.files(&join(&module, &package)).filter(|(path, _)| path.ends_with(".go")).find_map(
        |(path, text)| {
            let port = ports::behind(
                text,
                &[
                    "ListenAndServe(\":",
                    "Listen(\"tcp\", \":",
                    "Listen(\":",
                    "Run(\":",
                    "port = \"",
                    "defaultPort = \"",
                    "Addr: \":",
                ],
            )?;
            Some((port, format!("{path} names it")))
        },
    );
    Some(Found { kind: "go", directory: module, table, port, is_program: true, ..Found::default() })
}

/// The directories of a module that hold a program; the directory of the module itself is empty.
fn programs(view: &View, module: &str) -> Vec<String> {
    let nested =
        |path: &str| ancestors(split(path).0).any(|d| !d.is_empty() && view.has(&join(module, d), "go.mod"));
    let is_program = |text: &str| {
        let mut lines = text.lines().map(str::trim_end);
        lines.any(|line| line == "package main" || line.starts_with("package main "))
            && text.contains("func main()")
            && !text.contains("//go:build ignore")
    };
    let files = view.below(module).filter(|(path, text)| {
        path.ends_with(".go") && !path.ends_with("_test.go") && is_program(text) && !nested(path)
    });
    let mut directories: Vec<String> = files.map(|(path, _)| split(path).0.to_owned()).collect();
    directories.dedup();
    directories
}

/// The program that a command of a Dockerfile builds.
fn built(run: &str, programs: &[String]) -> Option<String> {
    let (_, rest) = run.split_once("go build").or_else(|| run.split_once("go install"))?;
    let words = rest.split_whitespace().take_while(|word| !matches!(*word, "&&" | ";" | "||"));
    let paths = words.filter_map(|word| {
        let word = word.trim_matches(['"', '\'']).trim_end_matches('/');
        let path = word.strip_prefix("./").unwrap_or(word);
        let path = if path.ends_with(".go") { split(path).0 } else { path };
        programs.iter().find(|program| *program == path && !path.is_empty())
    });
    paths.last().cloned()
}
