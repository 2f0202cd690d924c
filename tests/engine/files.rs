//! What an image must not have, and the records that scanners look for.

use dockwright::fleet::Service;

use crate::content::{Content, Kind, PACKAGES};
use crate::docker::ensure;
use crate::table::Finding;

const SHELLS: &[&str] =
    &["ash", "bash", "busybox", "csh", "dash", "fish", "ksh", "mksh", "rbash", "sh", "tcsh", "toybox", "zsh"];

const PACKAGE_MANAGERS: &[&str] = &[
    "apk",
    "apt",
    "apt-get",
    "aptitude",
    "corepack",
    "dnf",
    "dpkg",
    "dpkg-deb",
    "easy_install",
    "microdnf",
    "npm",
    "npx",
    "pip",
    "pip3",
    "pnpm",
    "rpm",
    "uv",
    "yarn",
    "yum",
];

/// No shell, no package manager, no file that makes its caller someone else.
pub(crate) fn nothing_superfluous(content: &Content) -> Finding {
    let mut found = Vec::new();
    for (path, entry) in &content.entries {
        let name = path.rsplit('/').next().unwrap_or_default();
        let starts = matches!(entry.kind, Kind::Link(_)) || entry.mode & 0o111 != 0;
        let is_file = !matches!(entry.kind, Kind::Directory);
        if is_file && starts && SHELLS.contains(&name) {
            found.push(format!("{path} is a shell"));
        }
        let is_library = path.contains("-packages/") || path.contains("/node_modules/");
        if (is_file || is_library) && starts && PACKAGE_MANAGERS.contains(&name) {
            found.push(format!("{path} is a package manager"));
        }
        if is_file && !matches!(entry.kind, Kind::Link(_)) && entry.mode & 0o6000 != 0 {
            found.push(format!("{path} has mode {:o}", entry.mode));
        }
    }
    ensure(found.is_empty(), || found.join(", "))?;
    Ok(format!("{}", content.entries.len()))
}

/// The service can write to the directories that it declares, and to nothing else: all is root's, and not for others to
/// write to. The home directory is the run image's own.
pub(crate) fn code_is_roots(service: &Service, content: &Content) -> Finding {
    let own: Vec<_> = service.owned_directories().iter().map(|path| path.as_str().to_owned()).collect();
    let is_own = |path: &str| path == "/home/nonroot" || own.iter().any(|directory| directory == path);
    let mut found = Vec::new();
    for (path, entry) in &content.entries {
        if matches!(entry.kind, Kind::Link(_)) || is_own(path) || path == "/tmp" || path.starts_with("/dev") {
            continue;
        }
        // Where anybody may write, only the owner may remove: these are the run image's, as /var/tmp.
        let is_sticky = matches!(entry.kind, Kind::Directory) && entry.mode & 0o1000 != 0;
        if entry.uid != 0 || (entry.mode & 0o002 != 0 && !is_sticky) {
            found.push(format!("{path} belongs to {} with mode {:o}", entry.uid, entry.mode));
        }
        if matches!(entry.kind, Kind::File) && path.starts_with("/app/") && entry.mode & 0o004 == 0 {
            found.push(format!("{path} cannot be read"));
        }
    }
    let sum = found.len();
    found.truncate(5);
    ensure(sum == 0, || format!("{sum}: {}", found.join(", ")))?;
    Ok("root".to_owned())
}

/// Packages that programs come from have records that scanners can read.
pub(crate) fn packages_are_recorded(service: &Service, content: &Content) -> Finding {
    let records = || content.packages.iter().filter(|(name, _)| !name.ends_with(".md5sums"));
    for (name, text) in records() {
        stanza(text).map_err(|why| format!("{PACKAGES}/{name}: {why}"))?;
    }
    for package in service.programs.iter().flat_map(|programs| &programs.packages) {
        let package = package.to_string();
        let recorded =
            records().any(|(_, text)| text.lines().any(|line| line == format!("Package: {package}")));
        ensure(recorded, || format!("no record of {package} in {PACKAGES}"))?;
    }
    Ok(records().count().to_string())
}

/// Whether a text is one control stanza with what a scanner needs; <https://manpages.debian.org/trixie/dpkg-dev/deb-control.5.en.html>
fn stanza(text: &str) -> Result<(), String> {
    for line in text.trim_end().lines() {
        let field = line.split_once(':').is_some_and(|(name, _)| {
            !name.is_empty() && name.bytes().all(|b| b.is_ascii_graphic()) && !name.starts_with(['#', '-'])
        });
        ensure(field || line.starts_with([' ', '\t']), || format!("not a field: {line:?}"))?;
    }
    for name in ["Package", "Version", "Architecture"] {
        let has = |line: &str| {
            line.split_once(": ").is_some_and(|(field, value)| field == name && !value.is_empty())
        };
        ensure(text.lines().filter(|line| has(line)).count() == 1, || format!("no {name}, or two"))?;
    }
    Ok(())
}
