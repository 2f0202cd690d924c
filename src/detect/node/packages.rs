//! What installs the packages of a program, and what lies in them.

use serde_json::Value;

use super::super::view::{View, ancestors, inside, join};
use super::super::{Found, Key, Unit, start};

/// The version of Node that the built-in base has.
const NODE: u32 = 24;

/// What is to be said if a Dockerfile has another Node than the built-in base.
pub(super) fn version(unit: &Unit) -> Option<(&'static str, String)> {
    let image = unit.facts.images.iter().find_map(|image| image.split('@').next()?.rsplit_once("node:"))?;
    let major = image.1.split(['.', '-']).next()?.parse().ok().filter(|major: &u32| *major != NODE)?;
    let why = format!(
        "its Dockerfile has Node {major}, and the built-in base {NODE}: if that matters, name a `base` with another"
    );
    Some(("base", why))
}

/// What installs the packages, and from which directory: the one of the lock file, which may be that of a workspace.
pub(super) fn packages(view: &View, directory: &str, found: &mut Found) {
    const LOCKS: [(&str, &str); 6] = [
        ("package-lock.json", "npm"),
        ("npm-shrinkwrap.json", "npm"),
        ("pnpm-lock.yaml", "pnpm"),
        ("yarn.lock", "yarn"),
        ("bun.lock", "bun"),
        ("bun.lockb", "bun"),
    ];
    let lock = ancestors(directory)
        .find_map(|above| LOCKS.iter().find(|(lock, _)| view.has(above, lock)).map(|found| (above, *found)));
    let Some((above, (lock, manager))) = lock else {
        let why = "there is no lock file: `npm install --package-lock-only` makes one";
        return found.unknowns.push(("manager", why.to_owned()));
    };
    if manager == "bun" {
        let why =
            format!("{lock} is Bun's, and nothing reads it: `npm install --package-lock-only` makes npm's");
        found.not_yet = Some(why);
        return;
    }
    let is_classic = || view.file(above, lock).is_some_and(|text| text.contains("# yarn lockfile v1"));
    let manager = if manager == "yarn" && is_classic() { "yarn-classic" } else { manager };
    if manager != "npm" {
        found.table.push(Key::sure("manager", manager));
    }
    if lock == "npm-shrinkwrap.json" {
        found
            .unknowns
            .push(("manager", "npm-shrinkwrap.json must be renamed to package-lock.json".to_owned()));
    }
    let names_manager =
        || view.file(above, "package.json").is_some_and(|text| text.contains("\"packageManager\""));
    if matches!(manager, "pnpm" | "yarn") && !names_manager() {
        let why = format!("package.json needs `packageManager` with the version of {manager}");
        found.unknowns.push(("manager", why));
    }
    if above != directory {
        above.clone_into(&mut found.directory);
        found.table.push(Key::sure("workspace", inside(above, directory).unwrap_or(directory)));
    }
}

/// The file below `node_modules` that a program of a package is, as the lock file of npm says, and its arguments.
pub(super) fn installed(view: &View, found: &Found, words: &[String]) -> Option<(String, Vec<String>)> {
    let [program, arguments @ ..] = words else { return None };
    let (program, arguments) = match (start::name(program), arguments) {
        ("npx", [program, arguments @ ..]) => (program.as_str(), arguments),
        (program, arguments) => (program, arguments),
    };
    // What only development needs is not in the image.
    let lock: Value = serde_json::from_str(view.file(&found.directory, "package-lock.json")?).ok()?;
    let packages = lock.get("packages")?.as_object()?;
    let file =
        packages.iter().filter(|(_, package)| package.get("dev").is_none()).find_map(|(path, package)| {
            let file = package.get("bin")?.get(program)?.as_str()?;
            path.starts_with("node_modules/").then(|| join(path, file.trim_start_matches("./")))
        })?;
    Some((file, arguments.to_vec()))
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_version_is_that_of_the_catalogue() {
        let catalogue = include_str!("../../bases/catalogue.toml");
        let pair = catalogue.lines().find(|line| line.starts_with("node ")).expect("a pair");
        assert!(pair.contains(&format!("nodejs{}-debian13", super::NODE)), "{pair}");
    }
}
