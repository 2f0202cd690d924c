//! Go: packages that are programs, in the module that they belong to.

use std::collections::BTreeSet;

use super::view::{View, ancestors, inside, join, resolve, split};
use super::{Found, Key, Unit, listens, ports, start};
use crate::kinds::go::modules;
use crate::shell;

/// Modules with C in them.
const WITH_C: [&str; 2] = ["github.com/mattn/go-sqlite3", "github.com/confluentinc/confluent-kafka-go"];

/// Calls and names behind which a port stands.
const PORTS: [&str; 8] = [
    "ListenAndServe(\":",
    "Listen(\"tcp\", \":",
    "Listen(\":",
    "Run(\":",
    "port = \"",
    "defaultPort = \"",
    "Addr: \":",
    "default:0.0.0.0:",
];

pub(super) fn find(view: &View, unit: &Unit) -> Option<Found> {
    let declared = ancestors(&unit.directory).find(|directory| view.has(directory, "go.mod"));
    let module = declared.or_else(|| undeclared(view, unit))?.to_owned();
    let all = programs(view, &module);
    let own = inside(&module, &unit.directory).unwrap_or("");
    let program = unit.program_file();
    let named = named(unit, &all, program);
    let mut below: Vec<&String> = all.iter().filter(|package| inside(own, package).is_some()).collect();
    let last = |package: &str| split(package).1 == unit.name;
    // A Dockerfile that lies elsewhere names its program.
    if below.is_empty() && named.is_none() {
        below.extend(
            all.iter().filter(|package| {
                unit.is_built() && !package.is_empty() && Some(split(package).1) == program
            }),
        );
    }
    let started = below.iter().find(|package| program == Some(split(package).1));
    let (package, guess) = match below.as_slice() {
        _ if named.is_some() => named?,
        _ if below.iter().any(|package| *package == own) => (own.to_owned(), None),
        [only] => ((*only).clone(), None),
        [] => return None,
        _ if started.is_some() => (started.map(ToString::to_string)?, None),
        [first, ..] => {
            let same = below.iter().find(|package| last(package));
            let why = format!("there are {} programs to choose from", below.len());
            ((*same.unwrap_or(first)).clone(), Some(why))
        }
    };
    let value = format!("./{package}");
    let mut found = Found { kind: "go", is_program: true, ..Found::default() };
    found.others = below.into_iter().filter(|other| **other != package).cloned().collect();
    if !package.is_empty() {
        // Where no Dockerfile chooses, each program is a service of its own.
        let guess = guess.filter(|_| unit.is_built());
        found.table.push(Key { name: "package", value: value.into(), guess });
    }
    let manifest = view.file(&module, "go.mod").unwrap_or_default();
    found.table.extend(flags(view, unit, &module, manifest));
    if unit.argv().is_some_and(|argv| start::name(&argv[0]) != "go") {
        found.table.extend(start::arguments(unit, 1));
    }
    if declared.is_none() {
        found.unknowns.push(("go", without_module(view, &module)));
    }
    for path in modules::replaced(manifest).filter(|path| resolve(&module, path).is_none()) {
        let why =
            format!("go.mod replaces a module by {path}, which lies outside of `{}`", super::shown(&module));
        found.unknowns.push(("directory", why));
    }
    let member = join(&module, &package);
    found.port = view.files(&member).filter(|(path, _)| path.ends_with(".go")).find_map(|(path, text)| {
        let port = ports::behind(text, &PORTS).or_else(|| flag(text))?;
        Some((port, format!("{path} names it")))
    });
    let listens = || listens::of_go(view, &module, manifest, &member);
    found.port = found.port.or_else(|| listens().map(|(port, path)| (port, format!("{path} names it"))));
    found.member = Some(member);
    found.directory.clone_from(&module);
    beside(view, &module, manifest, &mut found);
    Some(found)
}

/// The modules beside the program's own that its build needs: those that its go.mod names by their directories, and
/// those of a workspace if it needs one of them. All are then below the directory of the service.
fn beside(view: &View, module: &str, manifest: &str, found: &mut Found) {
    let has_manifest = |directory: &String| directory != module && view.has(directory, "go.mod");
    let mut others: BTreeSet<String> =
        modules::replaced(manifest).filter_map(|path| resolve(module, path)).filter(has_manifest).collect();
    let workspace = ancestors(module).find(|directory| view.has(directory, "go.work"));
    let workspace = workspace.filter(|root| {
        let used = members(view, root);
        used.iter().any(|one| one == module)
            && used.iter().any(|one| one != module && requires(view, manifest, one))
    });
    others.extend(workspace.into_iter().flat_map(|root| members(view, root)).filter(has_manifest));
    if others.is_empty() {
        return;
    }
    let root = ancestors(workspace.unwrap_or(module))
        .find(|root| others.iter().all(|one| inside(root, one).is_some()));
    let root = root.unwrap_or_default();
    let below = |directory: &str| {
        let path = inside(root, directory).unwrap_or(directory);
        if path.is_empty() { ".".to_owned() } else { path.to_owned() }
    };
    let own = below(module);
    let mut listed: Vec<String> = others.iter().map(|one| below(one)).collect();
    found.table.insert(0, Key::sure("modules", listed.clone()));
    if own != "." {
        found.table.insert(0, Key::sure("module", own.as_str()));
        listed.insert(0, own);
        let files = ["go.work", "go.work.sum"]
            .into_iter()
            .filter(|file| workspace == Some(root) && view.has(root, file));
        listed.extend(files.map(ToOwned::to_owned));
        let is_all = listed.iter().any(|path| path == ".");
        found.keys.extend((!is_all).then(|| Key::sure("sources", listed)));
    }
    root.clone_into(&mut found.directory);
}

/// The directories of a workspace's modules.
fn members(view: &View, root: &str) -> Vec<String> {
    let text = view.file(root, "go.work").unwrap_or_default();
    modules::used(text).into_iter().filter_map(|path| resolve(root, path)).collect()
}

/// Whether a go.mod requires the module in a directory.
fn requires(view: &View, manifest: &str, directory: &str) -> bool {
    let text = view.file(directory, "go.mod").unwrap_or_default();
    let path = text.lines().find_map(|line| line.trim().strip_prefix("module ")).map(str::trim);
    path.is_some_and(|path| manifest.split_whitespace().any(|word| word == path))
}

/// The directory of a program without a go.mod, which a Dockerfile builds.
fn undeclared<'u>(view: &View, unit: &'u Unit) -> Option<&'u str> {
    let directory = unit.directory.as_str();
    (unit.is_built() && !programs(view, directory).is_empty()).then_some(directory)
}

/// What is missing for a program without a go.mod.
fn without_module(view: &View, directory: &str) -> String {
    const OLD: [(&str, &str); 4] = [
        ("Gopkg.lock", "dep"),
        ("glide.yaml", "Glide"),
        ("vendor/vendor.json", "govendor"),
        ("Godeps/Godeps.json", "Godep"),
    ];
    let old = OLD.iter().find(|(file, _)| view.is_there(&join(directory, file)));
    let why = old.map_or_else(String::new, |(file, tool)| format!(", and Go does not read {tool}'s {file}"));
    format!("there is no go.mod{why}: `go mod init` and `go mod tidy` make one")
}

/// How it is built.
fn flags(view: &View, unit: &Unit, module: &str, manifest: &str) -> Vec<Key> {
    let mut keys = Vec::new();
    let commands = unit.facts.commands.iter();
    let tags = commands.filter(|words| words.first().is_some_and(|word| word == "go")).find_map(|words| {
        let tags = shell::option(words, &["-tags", "--tags"])?;
        let tags: Vec<&str> = tags.split([',', ' ']).filter(|tag| !tag.is_empty()).collect();
        let is_plain = |tag: &&str| tag.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'.');
        (!tags.is_empty() && tags.iter().all(is_plain)).then(|| Key::sure("tags", tags))
    });
    keys.extend(tags);
    if view.has(&join(module, "vendor"), "modules.txt") {
        keys.push(Key::sure("vendor", true));
    }
    if unit.facts.runs.iter().any(|run| run.contains("CGO_ENABLED=1")) {
        keys.push(Key::sure("cgo", true));
    } else if let Some(name) = WITH_C.iter().find(|name| manifest.contains(**name)) {
        let is_off = unit.facts.runs.iter().any(|run| run.contains("CGO_ENABLED=0"))
            || [&unit.facts.env, &unit.facts.build_env]
                .iter()
                .any(|env| env.get("CGO_ENABLED").is_some_and(|value| value == "0"));
        if !is_off {
            keys.push(Key::guessed("cgo", true, format!("{name} is written in C")));
        }
    }
    keys
}

/// The default of a flag for the port: `flag.Int("port", 8080, …)`, `flag.StringVar(&port, "port", "8080", …)`.
fn flag(text: &str) -> Option<u16> {
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    let flags = code.filter_map(|line| line.split_once("flag.").map(|(_, rest)| rest));
    flags.filter(|rest| rest.starts_with("Int") || rest.starts_with("String")).find_map(|rest| {
        let (_, rest) = rest.split_once('"')?;
        let (name, rest) = rest.split_once('"')?;
        let default = rest.trim_start_matches([',', ' ']).split(',').next()?;
        let port = default.trim_matches([' ', '"', ':']).parse().ok()?;
        name.to_lowercase().ends_with("port").then_some(port)
    })
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

/// The program that a Dockerfile names, and why if that is a guess: the one that it builds, or of several the one that
/// it starts.
fn named(unit: &Unit, all: &[String], program: Option<&str>) -> Option<(String, Option<String>)> {
    let mut built: Vec<String> = unit.facts.runs.iter().flat_map(|run| built(run, all)).collect();
    built.dedup();
    let is = |name: &str| built.iter().find(|package| split(package).1 == name);
    match built.as_slice() {
        [] => unit.program.clone().map(|program| (program, None)),
        [only] => Some((only.clone(), None)),
        [.., last] => Some(match program.and_then(is).or_else(|| is(&unit.name)) {
            Some(one) => (one.clone(), None),
            None => (last.clone(), Some(format!("its Dockerfile builds {} programs", built.len()))),
        }),
    }
}

/// The programs that a command of a Dockerfile builds.
fn built(run: &str, programs: &[String]) -> Vec<String> {
    let Some((_, rest)) = run.split_once("go build").or_else(|| run.split_once("go install")) else {
        return Vec::new();
    };
    let words = rest.split_whitespace().take_while(|word| !matches!(*word, "&&" | ";" | "||"));
    let paths = words.filter_map(|word| {
        let word = word.trim_matches(['"', '\'']).trim_end_matches('/');
        let path = word.strip_prefix("./").unwrap_or(word);
        let path = if path.ends_with(".go") { split(path).0 } else { path };
        programs.iter().find(|program| *program == path && !path.is_empty())
    });
    paths.cloned().collect()
}
