//! Commands about files and directories.

use super::super::paths::{is_within, resolve};
use super::super::stage::{Made, Stage};
use super::super::walk::Walk;
use super::{Call, kept};
use crate::shell::{operands, time_zone};

/// Where a system's own certification authorities are.
const AUTHORITIES: &str = "/usr/local/share/ca-certificates";

pub(super) fn mkdir(_: &mut Walk<'_>, at: &mut Stage, call: &Call<'_>) {
    let names = operands(call.arguments(), &["-m", "--mode"]).into_iter().flat_map(braces);
    let paths: Vec<_> = names.map(|path| resolve(call.workdir, &path)).collect();
    make(at, paths, false, Some(call.line));
}

/// The time zone of the system becomes a variable, unless the Dockerfile sets that itself.
pub(super) fn link(walk: &mut Walk<'_>, at: &mut Stage, call: &Call<'_>) {
    match time_zone(call.words) {
        Some(_) if at.env.contains_key("TZ") => {}
        Some(zone) if !zone.contains('$') => {
            at.env.insert("TZ".to_owned(), (Some(zone.to_owned()), call.line));
        }
        _ => kept(walk, at, call),
    }
}

pub(super) fn install(walk: &mut Walk<'_>, at: &mut Stage, call: &Call<'_>) {
    if !call.has("-d") {
        return kept(walk, at, call);
    }
    let names = operands(call.arguments(), &["-o", "-g", "-m"]);
    let paths = names.into_iter().map(|path| resolve(call.workdir, path)).collect();
    make(at, paths, call.has("-o"), None);
}

fn make(at: &mut Stage, paths: Vec<String>, owned: bool, line: Option<usize>) {
    at.known_directories.extend(paths.iter().cloned());
    at.directories.extend(paths.into_iter().map(|path| Made { path, owned, line }));
}

/// What was copied and is removed again is not there. A part of it is more than housekeeping.
pub(super) fn rm(walk: &mut Walk<'_>, at: &mut Stage, call: &Call<'_>) {
    let paths = operands(call.arguments(), &[]);
    for path in &paths {
        let path = resolve(call.workdir, path);
        at.copied.retain(|copied| !is_within(&copied.to, &path));
        at.taken.retain(|taken| !is_within(&taken.to, &path));
    }
    let copied = at.copied.iter().map(|copied| &copied.to);
    let taken = at.taken.iter().map(|taken| &taken.to).filter(|to| *to != "/");
    if touches(&paths, call.workdir, &copied.chain(taken)) {
        kept(walk, at, call);
    }
}

/// Code belongs to root, whoever it is given to. Directories that commands make are the service's anyway.
pub(super) fn chown(walk: &mut Walk<'_>, at: &mut Stage, call: &Call<'_>) {
    let operands = operands(call.arguments(), &["--from", "--reference"]);
    let paths = operands.get(1..).unwrap_or_default();
    let copied = at.copied.iter().map(|copied| &copied.to);
    if touches(paths, call.workdir, &copied.chain(at.taken.iter().map(|taken| &taken.to))) {
        let message = format!(
            "`{}` is not imported: files are owned by root, and the service only writes to `writable` and `volumes`",
            call.text()
        );
        walk.note(call.line, message);
    }
}

pub(super) fn chmod(walk: &mut Walk<'_>, at: &mut Stage, call: &Call<'_>) {
    let operands = operands(call.arguments(), &[]);
    let Some((mode, paths)) = operands.split_first() else { return };
    let closed = mode.bytes().all(|b| b.is_ascii_digit()) && mode.ends_with('0');
    if touches(paths, call.workdir, &at.copied.iter().map(|copied| &copied.to)) {
        kept(walk, at, call);
    } else if closed && touches(paths, call.workdir, &at.directories.iter().map(|made| &made.path)) {
        let message = format!("`{}` is not imported: directories have the mode 0755", call.text());
        walk.note(call.line, message);
    }
}

/// Whether one of some paths is another, a part of it, or a directory around it.
fn touches<'p>(paths: &[&str], workdir: &str, others: &(impl Iterator<Item = &'p String> + Clone)) -> bool {
    paths.iter().any(|path| {
        let path = resolve(workdir, path);
        others.clone().any(|other| is_within(&path, other) || is_within(other, &path))
    })
}

/// The script of generated Dockerfiles that collects programs with their libraries.
pub(super) fn script(walk: &mut Walk<'_>, at: &mut Stage, call: &Call<'_>) {
    match call.arguments() {
        [script, root, _, tree] if script.ends_with("closure.sh") && tree.starts_with('=') => {
            // The libraries of a tree that is taken on its own, and of nothing else
            at.libraries = Some(root.clone());
        }
        [script, root, _, paths @ ..] if script.ends_with("closure.sh") => {
            at.closure = Some((root.clone(), paths.to_vec()));
        }
        _ => kept(walk, at, call),
    }
}

/// The caches of Python, which never enter an image.
const CACHES: [&str; 4] = ["*.pyc", "*.pyo", "*.py[co]", "__pycache__"];

/// What `find` looks for leaves nothing; what it deletes or runs may.
pub(super) fn find(walk: &mut Walk<'_>, at: &mut Stage, call: &Call<'_>) {
    const ACTIONS: [&str; 7] = ["-delete", "-exec", "-execdir", "-fprint", "-fprintf", "-ok", "-okdir"];
    let words = call.arguments();
    let Some(action) = words.iter().position(|word| ACTIONS.contains(&word.as_str())) else {
        if call.file.is_some() {
            kept(walk, at, call);
        }
        return;
    };
    let removes = words[action] == "-delete" || words.get(action + 1).is_some_and(|word| word == "rm");
    let is_of_caches =
        words.iter().any(|word| CACHES.contains(&word.trim_matches('*')) || CACHES.contains(&word.as_str()));
    let paths: Vec<&str> =
        words.iter().take_while(|word| !word.starts_with(['-', '(', '!'])).map(String::as_str).collect();
    let files = at.copied.iter().map(|copied| &copied.to).chain(at.taken.iter().map(|taken| &taken.to));
    let is_of_the_service = paths.is_empty() || touches(&paths, call.workdir, &files);
    if !(removes && (is_of_caches || !is_of_the_service)) {
        kept(walk, at, call);
    }
}

/// A virtual environment that is activated changes nothing: its programs are named by their whole path.
pub(super) fn source(walk: &mut Walk<'_>, at: &mut Stage, call: &Call<'_>) {
    if !call.verb().ends_with("/activate") {
        kept(walk, at, call);
    }
}

/// The authorities that every image has are there without it.
pub(super) fn authorities(walk: &mut Walk<'_>, at: &mut Stage, call: &Call<'_>) {
    if at.copied.iter().any(|copied| is_within(&copied.to, AUTHORITIES)) {
        kept(walk, at, call);
    }
}

/// `mkdir -p /app/{logs,data}`
fn braces(path: &str) -> Vec<String> {
    let parts = path.split_once('{').and_then(|(start, rest)| Some((start, rest.split_once('}')?)));
    match parts {
        Some((start, (list, end))) => list.split(',').map(|name| format!("{start}{name}{end}")).collect(),
        None => vec![path.to_owned()],
    }
}
