//! Files and directories around a program: what its Dockerfile takes from elsewhere, what it reads, and where it writes.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::compose::Service;
use super::copies::{self, Copied, Tree};
use super::health::{CODE, is_code};
use super::units::Unit;
use super::view::{View, inside, join, split};
use super::{Found, Key, image, shared, writes};
use crate::fleet::quantities::Memory;

/// Kinds whose programs are compiled: only what is named goes into the image beside them.
const COMPILED: [&str; 4] = ["go", "rust", "java", "dotnet"];

/// Endings of files that only a build reads.
const OF_BUILDS: [&str; 12] = [
    "Makefile",
    "README.md",
    "LICENSE",
    "Dockerfile",
    "go.mod",
    "go.sum",
    "Cargo.toml",
    "Cargo.lock",
    "pom.xml",
    ".gradle",
    ".kts",
    ".csproj",
];

/// The keys of the service for them; those of the kind are added to its table.
pub(super) fn around(view: &View, unit: &Unit, found: &mut Found) -> Vec<Key> {
    let mut extra = Extra::default();
    if found.kind != "static" {
        let beside = beside(view, unit, found, &mut extra);
        if matches!(found.kind, "go" | "rust") {
            assets(view, unit, found, beside);
        }
    }
    if let Some((file, path)) = shared::required(view, &found.directory).filter(|_| found.kind == "node") {
        let why = format!("{file} loads {path}, which lies outside of `{}`", super::shown(&found.directory));
        found.unknowns.push(("sources", why));
    }
    for tree in &unit.facts.built {
        extra.build.extend(brought(view, unit, found, tree));
    }
    let mut keys: Vec<Key> = Vec::new();
    keys.extend(extra.key(image::signal(unit).filter(|_| found.kind != "static")));
    keys.extend(mounted(unit, found));
    keys.extend(writes::keys(view, unit, found, &keys));
    keys
}

/// Instructions that bring what lies outside of the service's directory.
#[derive(Default)]
struct Extra {
    build: BTreeSet<String>,
    last: BTreeSet<String>,
}

impl Extra {
    /// The key, with a line for the signal that stops the program.
    fn key(mut self, signal: Option<String>) -> Option<Key> {
        let mut table = serde_json::Map::new();
        let has_copies = !self.build.is_empty() || !self.last.is_empty();
        self.last.extend(signal);
        for (name, lines) in [("build", self.build), ("final", self.last)] {
            if !lines.is_empty() {
                table.insert(name.to_owned(), json!(lines));
            }
        }
        let guess = has_copies.then(|| "its Dockerfile copies them there".to_owned());
        (!table.is_empty()).then(|| Key { name: "extra", value: Value::Object(table), guess })
    }
}

/// What the image has beside the program, below its directory. What comes from elsewhere needs instructions.
fn beside(view: &View, unit: &Unit, found: &Found, extra: &mut Extra) -> Vec<String> {
    let Tree { workdir, copied, .. } = &unit.facts.tree;
    let is_compiled = COMPILED.contains(&found.kind);
    // Where `sources` name the program's own directory, nothing else of a directory above is copied.
    let has_sources = found.keys.iter().any(|key| key.name == "sources");
    let mut beside = Vec::new();
    for one in copied {
        let from = join(&unit.context, &one.from);
        let own = own_directory(found);
        let covered = if has_sources { own } else { &found.directory };
        // The directory itself, or one above it, is what the kind copies or builds.
        if inside(&from, own).is_some() || !view.is_there(&from) || (one.along && is_compiled) {
            if found.kind == "python" && inside(&from, covered).is_some_and(|inner| !inner.is_empty()) {
                let shared = shared::imported(view, &from, own);
                extra.last.extend(
                    shared.iter().filter_map(|path| copy(view, &join(&from, path), &join("/app", path))),
                );
            }
            continue;
        }
        let to = one.place(view.text(&from).is_some());
        let placed = inside(workdir, &to);
        if let Some(inner) = inside(covered, &from).filter(|inner| !inner.is_empty()) {
            if is_compiled && placed == Some(inner) && !is_of_build(&from) && !is_all_code(view, &from) {
                beside.push(inner.to_owned());
            }
            if !is_compiled || placed == Some(inner) || is_of_build(&from) {
                continue;
            }
        }
        // The image has no shell for a script.
        if is_of_build(&from) || is_code(&from) && is_compiled || is_script(view, &from) {
            continue;
        }
        // A file goes into a directory that is there.
        let is_into = placed.is_some_and(|inner| {
            view.text(&from).is_some() && view.below(&join(own, inner)).next().is_some()
        });
        let to = if is_into { join(&to, split(&from).1) } else { to.clone() };
        let target = match inside(workdir, &to) {
            Some(inner) => join("/app", inner),
            None => format!("/{to}"),
        };
        extra.last.extend(copy(view, &from, &target));
    }
    beside
}

/// Whether a file is a script that a shell runs.
fn is_script(view: &View, path: &str) -> bool {
    let first = view.text(path).and_then(|text| text.lines().next()).unwrap_or_default();
    path.ends_with(".sh")
        || first.starts_with("#!") && first.split_whitespace().any(crate::shell::is_shell)
        || first.strip_prefix("#!").is_some_and(crate::shell::is_shell)
}

/// The directory of the program itself: the member of a workspace or module.
fn own_directory(found: &Found) -> &str {
    found.member.as_deref().unwrap_or(&found.directory)
}

/// Whether a directory holds nothing but code, or the vendored modules of Go.
fn is_all_code(view: &View, directory: &str) -> bool {
    let is_read = |path: &str| CODE.iter().any(|end| path.ends_with(end)) || is_of_build(path);
    split(directory).1 == "vendor"
        || view.text(directory).is_none() && view.below(directory).all(|(path, _)| is_read(path))
}

fn is_of_build(path: &str) -> bool {
    OF_BUILDS.iter().any(|end| path.ends_with(end))
}

/// An instruction that copies a path of the tree, if it can be written plainly.
fn copy(view: &View, from: &str, to: &str) -> Option<String> {
    let is_plain = |path: &str| {
        !path.is_empty() && path.bytes().all(|b| b.is_ascii_alphanumeric() || b"/-_.@+~".contains(&b))
    };
    // Directories of links on merged-/usr bases, and those of the engine.
    let is_reserved = ["/bin", "/lib", "/lib64", "/sbin", "/proc", "/sys", "/dev", "/tmp", "/run", "/root"]
        .iter()
        .any(|root| inside(root, to).is_some());
    let end = if view.text(from).is_some() { "" } else { "/" };
    (is_plain(from) && is_plain(to) && !is_reserved && to != "/")
        .then(|| format!("COPY {from}{end} {to}{end}"))
}

/// What a stage that builds takes from outside of the directory, at the same place beside the sources.
fn brought(view: &View, unit: &Unit, found: &Found, tree: &Tree) -> Vec<String> {
    let is_built =
        COMPILED.contains(&found.kind) || found.table.iter().any(|key| matches!(key.name, "output" | "next"));
    let Some(root) = root(view, unit, found, tree).filter(|_| is_built) else { return Vec::new() };
    let others = tree.copied.iter().filter_map(|one| {
        let from = join(&unit.context, &one.from);
        let is_own = inside(&found.directory, &from).is_some() || inside(&from, &found.directory).is_some();
        if is_own || !view.is_there(&from) {
            return None;
        }
        let to = one.place(view.text(&from).is_some());
        let to = relative(&root, &to)?;
        copy(view, &from, &format!("/{}", copies::place("src", &to)?))
    });
    others.collect()
}

/// Where the service's directory lies in a stage.
fn root(view: &View, unit: &Unit, found: &Found, tree: &Tree) -> Option<String> {
    tree.copied.iter().find_map(|one: &Copied| {
        let from = join(&unit.context, &one.from);
        let to = one.place(view.text(&from).is_some());
        if let Some(rest) = inside(&from, &found.directory) {
            return Some(join(&to, rest));
        }
        let rest = inside(&found.directory, &from)?;
        let root = to.strip_suffix(rest)?;
        (root.is_empty() || root.ends_with('/')).then(|| root.trim_end_matches('/').to_owned())
    })
}

/// The path from one directory to another place, upwards where it has to be.
fn relative(root: &str, to: &str) -> Option<String> {
    let mut up = String::new();
    for above in super::view::ancestors(root) {
        if let Some(rest) = inside(above, to) {
            return Some(format!("{up}{rest}"));
        }
        up.push_str("../");
    }
    None
}

/// The key `assets` of a compiled program: what its Dockerfile puts beside it, or else what its code names.
fn assets(view: &View, unit: &Unit, found: &mut Found, beside: Vec<String>) {
    if !beside.is_empty() {
        let all: BTreeSet<String> = beside.into_iter().collect();
        found.table.push(Key::sure("assets", all.into_iter().collect::<Vec<_>>()));
        return;
    }
    // A last stage that takes nothing but the program says that it reads nothing.
    let is_told = unit.is_built()
        && unit.facts.tree.copied.iter().all(|one| view.text(&join(&unit.context, &one.from)).is_some());
    if is_told && unit.facts.built.iter().any(|tree| !tree.copied.is_empty()) {
        return;
    }
    let named = named(view, found);
    if let Some((_, file)) = named.first() {
        let why = format!("{file} names {}", if named.len() == 1 { "it" } else { "them, or other files do" });
        let paths: BTreeSet<&String> = named.iter().map(|(path, _)| path).collect();
        found.table.push(Key::guessed("assets", json!(paths), why));
    }
}

/// Files and directories that the code names and that are there, with the file that names each; what is embedded in
/// the program aside.
fn named(view: &View, found: &Found) -> Vec<(String, String)> {
    let own = own_directory(found);
    let mut all: Vec<(String, String)> = Vec::new();
    for (path, text) in view.below(own).filter(|(path, _)| is_code(path)) {
        for literal in
            literals(text).filter(|literal| literal.len() > 2 && !literal.contains(['%', ' ', '{']))
        {
            let plain = literal.trim_start_matches("./").trim_end_matches(['/', '*']);
            let plain = plain.split('*').next().unwrap_or(plain).trim_end_matches('/');
            let is_data = !plain.is_empty()
                && !plain.starts_with(['/', '.'])
                && (plain.contains('/') || plain.contains('.') || literal.contains('/'));
            let there = join(&found.directory, plain);
            let is_file = view.text(&there).is_some();
            let is_embedded = text.contains(&format!("go:embed {plain}"))
                || text.contains(&format!("include_str!(\"{literal}"))
                || text.contains(&format!("include_bytes!(\"{literal}"));
            let holds_code = |path: &str| is_code(path) || is_of_build(path);
            let is_code = if is_file {
                holds_code(plain)
            } else {
                view.below(&there).any(|(path, _)| holds_code(path))
            };
            if is_data && !is_embedded && !is_code && view.is_there(&there) && !split(plain).1.is_empty() {
                all.push((plain.to_owned(), path.to_owned()));
            }
        }
    }
    all.sort_unstable();
    all.dedup_by(|a, b| a.0 == b.0);
    // A directory holds what lies below it.
    let paths: Vec<String> = all.iter().map(|(path, _)| path.clone()).collect();
    all.retain(|(path, _)| !paths.iter().any(|other| other != path && inside(other, path).is_some()));
    all
}

/// What stands between double quotes.
fn literals(text: &str) -> impl Iterator<Item = &str> {
    text.lines().flat_map(|line| line.split('"').skip(1).step_by(2))
}

/// Volumes, and files that a Compose file mounts.
fn mounted(unit: &Unit, found: &mut Found) -> Vec<Key> {
    let service = unit.compose.as_ref();
    let workdir = &unit.facts.tree.workdir;
    // The working directory of the old image is /app in the new one.
    let place = |path: &str| match inside(workdir, path.trim_matches('/')) {
        Some(inner) if !workdir.is_empty() => join("/app", inner),
        _ => path.trim_end_matches('/').to_owned(),
    };
    let mut volumes: BTreeSet<String> = BTreeSet::new();
    for (service, mount) in
        service.into_iter().flat_map(|service| service.mounts.iter().map(move |one| (service, one)))
    {
        if mount.is_volume() {
            let path = place(&mount.target);
            // Packages and build output of development are no data.
            let is_data =
                !["node_modules", "target", "vendor", "bin", "obj", ".cache"].contains(&split(&path).1);
            volumes.extend(Some(path).filter(|path| is_data && path != "/app" && path != "/tmp"));
            continue;
        }
        let source = super::view::resolve(split(&service.file).0, &mount.source);
        let is_sources = source.as_deref().is_some_and(|source| {
            inside(source, own_directory(found)).is_some() || inside(own_directory(found), source).is_some()
        });
        if !is_sources && found.kind != "static" {
            let why = format!("{} mounts {} at {}", service.file, mount.source, mount.target);
            found.unknowns.push(("sources", why));
        }
    }
    let tmpfs = service.into_iter().flat_map(|service| &service.tmpfs);
    let writable: BTreeSet<String> =
        tmpfs.map(|path| place(path.split(':').next().unwrap_or(path))).collect();
    let mut keys = Vec::new();
    // Without a size, it is there anyway.
    keys.extend(sized_tmp(service).map(|size| Key::sure("tmp", json!({ "size": size }))));
    let writable: Vec<String> = writable.into_iter().filter(|path| path != "/tmp").collect();
    let declared: BTreeSet<String> = unit.facts.volumes.iter().map(|path| place(path)).collect();
    let is_free = |path: &&String| !matches!(path.as_str(), "/app" | "/tmp" | "") && !volumes.contains(*path);
    let declared: Vec<&String> =
        declared.iter().filter(is_free).filter(|path| path.starts_with('/')).collect();
    let is_declared = !declared.is_empty() && found.kind != "static";
    if is_declared {
        let all: BTreeSet<&String> = volumes.iter().chain(declared).collect();
        keys.push(Key::guessed("volumes", json!(all), "a VOLUME of its Dockerfile"));
    } else if !volumes.is_empty() {
        keys.push(Key::sure("volumes", json!(volumes)));
    }
    if !writable.is_empty() {
        keys.push(Key::sure("writable", json!(writable)));
    }
    keys
}

/// The size of a /tmp in memory, as the key says it: `/tmp:size=128m`.
fn sized_tmp(service: Option<&Service>) -> Option<String> {
    let options = service?.tmpfs.iter().find_map(|path| path.strip_prefix("/tmp:"))?;
    let size = options.split(',').find_map(|option| option.strip_prefix("size="))?.to_uppercase();
    size.parse::<Memory>().is_ok().then_some(size)
}
