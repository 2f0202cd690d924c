//! Code outside of a program's directory that the program loads.

use std::collections::BTreeSet;

use super::health::is_code;
use super::view::{View, inside, join, split};

/// The modules and packages of Python in a directory that code in another one below it imports, and that do not lie
/// there; paths below the first directory.
pub(super) fn imported(view: &View, above: &str, own: &str) -> Vec<String> {
    let mut names: BTreeSet<&str> = BTreeSet::new();
    for (_, text) in view.below(own).filter(|(path, _)| path.ends_with(".py")) {
        names.extend(text.lines().filter_map(top));
    }
    let module = |directory: &str, name: &str| {
        let file = format!("{name}.py");
        if view.has(directory, &file) {
            return Some(file);
        }
        let package = join(directory, name);
        let has_code = view.files(&package).any(|(path, _)| path.ends_with(".py"));
        has_code.then(|| name.to_owned())
    };
    let is_own = |name: &str| module(own, name).is_some() || module(&join(own, "src"), name).is_some();
    let others = names.into_iter().filter(|name| !is_own(name));
    // The package that the program itself lies in is no other one.
    others
        .filter_map(|name| module(above, name))
        .filter(|path| inside(&join(above, path), own).is_none())
        .collect()
}

/// The first part of what a line imports.
fn top(line: &str) -> Option<&str> {
    let rest =
        line.trim_start().strip_prefix("from ").or_else(|| line.trim_start().strip_prefix("import "))?;
    let name = rest.trim_start().split([' ', '.', ',', ';']).next()?.trim();
    (!name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')).then_some(name)
}

/// The first file of Node in a directory that loads another one by a path that leads out of it, and the path.
pub(super) fn required<'v>(view: &'v View, own: &str) -> Option<(&'v str, &'v str)> {
    view.below(own).filter(|(path, _)| is_code(path)).find_map(|(path, text)| {
        let here = join(own, split(path).0);
        let mut written = text.lines().filter_map(loaded);
        written
            .find(|written| {
                let target = super::view::resolve(&here, written);
                target.is_some_and(|target| inside(own, &target).is_none() && is_module(view, &target))
            })
            .map(|written| (path, written))
    })
}

/// The path above the own directory that a line loads.
fn loaded(line: &str) -> Option<&str> {
    let (_, rest) = ["require(", "from ", "import "].iter().find_map(|word| line.split_once(word))?;
    let rest = rest.trim_start();
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\'' | '`'))?;
    rest[1..].split(quote).next().filter(|path| path.starts_with("../"))
}

fn is_module(view: &View, path: &str) -> bool {
    view.is_there(path)
        || [".js", ".ts", ".mjs", ".json"].iter().any(|end| view.is_there(&format!("{path}{end}")))
}
