//! What is installed for a Python program.

use std::collections::BTreeSet;

use serde_json::json;

use super::super::copies;
use super::super::view::{View, ancestors, inside, join};
use super::super::{Found, Key, Unit, start};
use crate::fleet::words::Requirement;

/// Requirements files, the most likely first.
const REQUIREMENTS: [&str; 6] = [
    "requirements.txt",
    "requirements/production.txt",
    "requirements/prod.txt",
    "requirements/base.txt",
    "requirements-prod.txt",
    "requirements/requirements.txt",
];

/// Debian packages that builds need, or people.
const OF_BUILDS: [&str; 20] = [
    "build-essential",
    "gcc",
    "g++",
    "make",
    "cmake",
    "git",
    "curl",
    "wget",
    "gnupg",
    "ca-certificates",
    "pkg-config",
    "vim",
    "procps",
    "python3",
    "rustc",
    "cargo",
    "bash",
    "python3-pip",
    "tzdata",
    "lsb-release",
];

/// What is installed, and the text that names it.
pub(super) fn install(view: &View, unit: &Unit, found: &mut Found) -> String {
    let directory = &unit.directory;
    let text = |directory: &str, name: &str| view.file(directory, name).unwrap_or_default().to_lowercase();
    let asked = Asked::of(view, unit);
    found.unknowns.extend(asked.lost.iter().cloned());
    found.unknowns.extend(version(view, unit));
    for lock in ["uv.lock", "poetry.lock"] {
        if view.has(directory, lock) && view.has(directory, "pyproject.toml") && asked.files.is_empty() {
            found.table.push(Key::sure("lock", lock));
            return text(directory, "pyproject.toml") + &text(directory, lock);
        }
    }
    if let Some(root) = workspace(view, directory).filter(|_| asked.files.is_empty())
        && let Some(names) = member(view, root, directory, found)
    {
        return names + &text(directory, "pyproject.toml");
    }
    let mut files = asked.below(directory, found);
    if files.is_empty() {
        files.extend(REQUIREMENTS.iter().find(|file| view.has(directory, file)).map(ToString::to_string));
    }
    let mut installed: String = files.iter().map(|file| text(&found.directory, file)).collect();
    let texts = files.iter().filter_map(|file| view.file(&found.directory, file));
    if let Some(path) = texts.flat_map(str::lines).find_map(local) {
        found.not_yet =
            Some(format!("its requirements name the directory {path}, which is not copied for them"));
    }
    if !files.is_empty() {
        found.table.push(Key::sure("requirements", files));
    } else if view.file(directory, "pyproject.toml").is_some_and(is_project) {
        found.table.push(Key::sure("requirements", vec!["pyproject.toml"]));
        installed = text(directory, "pyproject.toml");
    } else if view.has(directory, "Pipfile") {
        let why = "a Pipfile is not read: `pipenv requirements` converts it to requirements.txt";
        found.unknowns.push(("python.requirements", why.to_owned()));
    }
    found.unknowns.extend(without_wheels(&installed));
    if !asked.packages.is_empty() {
        installed.push_str(&asked.packages.join(" ").to_lowercase());
        found.table.push(Key::sure("packages", asked.packages));
    }
    installed
}

/// That every distribution needs a hash, if every requirements file has some and nothing else is installed: pip takes
/// one hash for it (pip.pypa.io/en/stable/topics/secure-installs), uv does not.
pub(super) fn required_hashes(view: &View, found: &Found) -> Option<Key> {
    let key = |name: &str| found.table.iter().find(|key| key.name == name);
    let files = key("requirements")?.value.as_array()?;
    let has_hashes =
        |file: &str| view.file(&found.directory, file).is_some_and(|text| text.contains("--hash="));
    let all = files.iter().filter_map(serde_json::Value::as_str).all(has_hashes);
    (all && key("packages").is_none()).then(|| Key::sure("require_hashes", true))
}

/// Distributions with native code that have never had wheels for Linux.
const WITHOUT_WHEELS: [&str; 4] = ["uwsgi", "mysqlclient", "psycopg2", "python-ldap"];

/// What is to be said of requirements that have to be compiled.
fn without_wheels(installed: &str) -> Option<(&'static str, String)> {
    let name = |line: &'_ str| {
        line.trim().split(['=', '<', '>', '~', '!', '[', ';', ' ']).next().map(ToOwned::to_owned)
    };
    let found = installed.lines().filter_map(name).find(|name| WITHOUT_WHEELS.contains(&name.as_str()))?;
    Some((
        "python.compile",
        format!("{found} has no wheels: name it in `compile` with its version, or take another one"),
    ))
}

/// The directory that a line of requirements installs from: `-e ../library`, `library @ ../library`.
fn local(line: &str) -> Option<&str> {
    let line = line.split(" #").next()?.trim();
    let line = ["-e ", "--editable ", "--editable="]
        .iter()
        .find_map(|start| line.strip_prefix(start))
        .unwrap_or(line);
    let path = line.split_once(" @ ").map_or(line, |(_, path)| path).trim();
    let path = path.strip_prefix("file:").unwrap_or(path);
    (path.starts_with("./") || path.starts_with("../") || path == ".").then_some(path)
}

fn is_project(text: &str) -> bool {
    text.parse::<toml::Table>().is_ok_and(|manifest| manifest.contains_key("project"))
}

/// The minor version of Python that the built-in base has.
const MINOR: u32 = 13;

/// What is to be said if a project or its Dockerfile asks for a Python that the built-in base does not have.
fn version(view: &View, unit: &Unit) -> Option<(&'static str, String)> {
    let minor = |text: &str| -> Option<u32> {
        let (_, rest) = text.split_once("3.")?;
        rest[..rest.bytes().take_while(u8::is_ascii_digit).count()].parse().ok()
    };
    let hint =
        "name a `base` with the interpreter of another image, such as python:3.MINOR-slim on cc-debian13";
    let manifest =
        view.file(&unit.directory, "pyproject.toml").and_then(|text| text.parse::<toml::Table>().ok());
    let asked =
        manifest.as_ref().and_then(|manifest| manifest.get("project")?.get("requires-python")?.as_str());
    if let Some(asked) =
        asked.filter(|asked| asked.starts_with(['>', '~', '=']) && minor(asked) > Some(MINOR))
    {
        return Some((
            "base",
            format!("pyproject.toml wants Python {asked}, and the built-in base has 3.{MINOR}: {hint}"),
        ));
    }
    let image = unit
        .facts
        .images
        .iter()
        .find(|image| image.split('@').next().is_some_and(|image| image.contains("python:3.")))?;
    let (_, tag) = image.rsplit_once("python:")?;
    let other = minor(tag).filter(|other| *other != MINOR)?;
    Some((
        "base",
        format!(
            "its Dockerfile has Python 3.{other}, and the built-in base 3.{MINOR}: if that matters, {hint}"
        ),
    ))
}

/// The root of uv's workspace that a directory is a member of.
fn workspace<'v>(view: &View, directory: &'v str) -> Option<&'v str> {
    view.file(directory, "pyproject.toml").filter(|text| is_project(text))?;
    ancestors(directory).skip(1).find(|above| {
        let manifest = view.file(above, "pyproject.toml").and_then(|text| text.parse::<toml::Table>().ok());
        let is_root = || Some(manifest?.get("tool")?.get("uv")?.get("workspace").is_some());
        view.has(above, "uv.lock") && is_root() == Some(true)
    })
}

/// Describes a member of a workspace. A member that needs others is installed with them, and one that needs none is
/// copied as it is. Says what the lock file pins.
fn member(view: &View, root: &str, directory: &str, found: &mut Found) -> Option<String> {
    let manifest: toml::Table = view.file(directory, "pyproject.toml")?.parse().ok()?;
    let name = manifest.get("project")?.get("name")?.as_str()?;
    let sources = manifest.get("tool").and_then(|tool| tool.get("uv")?.get("sources")?.as_table());
    let needs_others = sources.is_some_and(|sources| {
        sources.values().any(|source| source.get("workspace").and_then(toml::Value::as_bool) == Some(true))
    });
    let inner = inside(root, directory)?;
    root.clone_into(&mut found.directory);
    found.table.push(Key::sure("lock", "uv.lock"));
    found.table.push(Key::sure("package", name));
    let is_packaged = manifest.contains_key("build-system");
    if needs_others || (is_packaged && view.is_there(&join(directory, "src"))) {
        found.table.push(Key::sure("project", true));
    } else {
        found.keys.push(Key::sure("sources", json!([{ "from": inner, "to": "." }])));
    }
    Some(view.file(root, "uv.lock")?.to_lowercase())
}

/// What a Dockerfile installs.
#[derive(Default)]
struct Asked {
    /// Requirements files, below the root.
    files: Vec<String>,
    packages: Vec<String>,
    /// What cannot be carried over.
    lost: Vec<(&'static str, String)>,
}

impl Asked {
    fn of(view: &View, unit: &Unit) -> Self {
        let mut asked = Self::default();
        for words in &unit.facts.commands[..unit.facts.own_commands] {
            asked.apt(words);
            if words.first().is_some_and(|word| start::name(word) == "opentelemetry-bootstrap") {
                let why =
                    format!("its Dockerfile runs `{}`, which installs what no file names", words.join(" "));
                asked.lost.push(("python.packages", why));
            }
        }
        for words in &unit.facts.commands {
            if let Some(words) = pip(words) {
                asked.pip(view, unit, words);
            }
        }
        let mut seen = BTreeSet::new();
        asked.files.retain(|file| seen.insert(file.clone()));
        asked.packages.sort_unstable();
        asked.packages.dedup();
        asked
    }

    /// The requirements files as the service names them. If one lies above the program's directory, paths start there,
    /// and the program is copied by `sources`.
    fn below(&self, directory: &str, found: &mut Found) -> Vec<String> {
        let holds_all = |above: &&str| {
            self.files.iter().all(|file| inside(above, file).is_some_and(|rest| !rest.is_empty()))
        };
        let root = ancestors(directory).find(holds_all).unwrap_or_default();
        if let Some(inner) = inside(root, directory).filter(|inner| !inner.is_empty()) {
            root.clone_into(&mut found.directory);
            found.keys.push(Key::sure("sources", json!([{ "from": inner, "to": "." }])));
        }
        self.files.iter().filter_map(|file| inside(root, file)).map(ToOwned::to_owned).collect()
    }

    fn pip(&mut self, view: &View, unit: &Unit, words: &[String]) {
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let file = match word.as_str() {
                "-r" | "--requirement" => words.next().cloned(),
                _ => word
                    .strip_prefix("--requirement=")
                    .or_else(|| word.strip_prefix("-r"))
                    .map(ToOwned::to_owned),
            };
            match file.map(|file| origin(view, unit, &file)) {
                Some(Some(file)) => self.files.push(file),
                None if takes_value(word) => drop(words.next()),
                None if is_package(word) => self.packages.push(word.clone()),
                _ => {}
            }
        }
    }

    /// Debian packages of the image that a program may start or load.
    fn apt(&mut self, words: &[String]) {
        let [tool, rest @ ..] = words else { return };
        if !matches!(start::name(tool), "apt-get" | "apt" | "apk") {
            return;
        }
        let is_install = rest.iter().any(|word| word == "install" || word == "add");
        let packages: Vec<&str> = rest
            .iter()
            .map(String::as_str)
            .filter(|word| !word.starts_with(['-', '.', '$']) && !matches!(*word, "install" | "add"))
            .filter(|word| !OF_BUILDS.contains(word) && !word.contains("-dev") && !word.ends_with("-headers"))
            .filter(|word| !["libstdc++", "libgcc", "libffi"].iter().any(|name| word.starts_with(name)))
            .collect();
        if is_install && !packages.is_empty() {
            let why = format!(
                "its Dockerfile installs {}: name in `programs` what it starts or loads",
                packages.join(", ")
            );
            self.lost.push(("programs", why));
        }
    }
}

/// Whether a word of `pip install` is a distribution that the program may need.
fn is_package(word: &str) -> bool {
    const TOOLS: [&str; 7] = ["pip", "setuptools", "wheel", "uv", "poetry", "pipenv", "virtualenv"];
    let is_path = word.starts_with(['-', '.', '/']) || word.contains("://");
    !is_path && !TOOLS.contains(&word) && word.parse::<Requirement>().is_ok()
}

/// The words behind `pip install` or `uv pip sync`.
fn pip(words: &[String]) -> Option<&[String]> {
    let at = words.iter().position(|word| word == "install" || word == "sync")?;
    let is_pip = words[..at].iter().any(|word| start::name(word).starts_with("pip"));
    is_pip.then(|| &words[at + 1..])
}

fn takes_value(word: &str) -> bool {
    [
        "-t",
        "--target",
        "--prefix",
        "-i",
        "--index-url",
        "--extra-index-url",
        "-c",
        "--constraint",
        "-f",
        "--find-links",
        "--trusted-host",
        "--timeout",
        "--retries",
        "--platform",
    ]
    .contains(&word)
}

/// The path of a requirements file below the root, that a Dockerfile names by where it was copied to.
fn origin(view: &View, unit: &Unit, written: &str) -> Option<String> {
    let directory = &unit.directory;
    let trees = || std::iter::once(&unit.facts.tree).chain(&unit.facts.built);
    let copied = trees().find_map(|tree| {
        let place = copies::place(&tree.workdir, written)?;
        tree.copied.iter().find_map(|one| {
            let from = join(&unit.context, &one.from);
            let rest = inside(&one.place(view.text(&from).is_some()), &place)?.to_owned();
            let path = join(&from, &rest);
            view.text(&path).map(|_| path)
        })
    });
    copied.or_else(|| super::placed(view, directory, written).map(|path| join(directory, &path)))
}
