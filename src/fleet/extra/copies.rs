//! What a copy into the final stage would bring, and what it would replace. Names and places tell: a shell under
//! another name, or within a directory that holds no programs elsewhere, is not seen.

use super::{Refusal, is_remote};
use crate::dockerfile::Copy;
use crate::fleet::model::Service;
use crate::kinds::{PROBE, START};
use crate::path::{AbsolutePath, RelativePath};

/// Links of a merged /usr, which a copy would replace by a directory.
const LINKS: [&str; 4] = ["/bin", "/lib", "/lib64", "/sbin"];

/// Directories that hold the programs of an image, a shell among them.
const PROGRAMS: [&str; 7] =
    ["/bin", "/busybox", "/sbin", "/usr/bin", "/usr/local/bin", "/usr/local/sbin", "/usr/sbin"];

/// Files by which every program finds its user and its libraries.
const OF_SYSTEM: [&str; 9] = [
    "/etc/group",
    "/etc/gshadow",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/ld.so.preload",
    "/etc/nsswitch.conf",
    "/etc/passwd",
    "/etc/shadow",
];

const SHELLS: [&str; 21] = [
    "ash", "bash", "busybox", "csh", "dash", "elvish", "fish", "hush", "ksh", "lksh", "mksh", "nu", "oksh",
    "posh", "pwsh", "rbash", "sh", "tcsh", "toybox", "yash", "zsh",
];

const MANAGERS: [&str; 13] = [
    "apk", "apt", "apt-get", "aptitude", "dnf", "dpkg", "microdnf", "opkg", "pacman", "rpm", "tdnf", "yum",
    "zypper",
];

pub(super) fn refused(copy: &Copy<'_, '_>, service: &Service) -> Option<Refusal> {
    let to = &*copy.destination.value;
    let refused = |message: String, hint: &str| Some((message, hint.to_owned()));
    if !is_plain(to) {
        return refused(format!("`{to}` is not a plain path"), "write it without variables, quotes or ..");
    }
    if clean(to) == "/" && !to.starts_with('/') {
        return refused(format!("`{to}` depends on the working directory"), "write an absolute path");
    }
    replaced(copy, service).or_else(|| owned(copy)).or_else(|| brought(copy))
}

/// Whether a destination is the path that it looks like.
fn is_plain(to: &str) -> bool {
    let to = if to == "/" { to } else { to.trim_end_matches('/') };
    to == "."
        || to.parse::<AbsolutePath>().is_ok()
        || to.trim_start_matches("./").parse::<RelativePath>().is_ok()
}

/// A path from the root, without `.`, `..` and doubled slashes.
fn clean(path: &str) -> String {
    let mut parts = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

fn last(path: &str) -> &str {
    path.trim_end_matches('/').rsplit('/').next().unwrap_or_default()
}

/// Where the copies may lie: at the destination, or below it if that is a directory. The working directory of a
/// relative one is `/` or `/app`.
fn targets(copy: &Copy<'_, '_>) -> Vec<String> {
    let to = &*copy.destination.value;
    let roots: &[&str] = if to.starts_with('/') { &[""] } else { &["", "/app/"] };
    let mut all = Vec::new();
    for root in roots {
        let place = format!("{root}{to}");
        all.push(clean(&place));
        for source in &copy.sources {
            let below = if copy.parents { &source.value } else { last(&source.value) };
            all.push(clean(&format!("{place}/{below}")));
        }
    }
    all
}

fn is_within(path: &str, directory: &str) -> bool {
    path.strip_prefix(directory).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// What is at the destination already.
fn replaced(copy: &Copy<'_, '_>, service: &Service) -> Option<Refusal> {
    let to = &*copy.destination.value;
    let targets = targets(copy);
    let refused = |message: String, hint: &str| Some((message, hint.to_owned()));
    let among = |paths: &[&str]| {
        targets.iter().find(|target| paths.iter().any(|path| is_within(target, path))).cloned()
    };
    if among(&LINKS).is_some() {
        return refused(
            format!("`{to}` is below a symbolic link of the base"),
            "copy to the same path below /usr",
        );
    }
    if let Some(target) = among(&[PROBE, START]) {
        return refused(format!("`{target}` is a program that dockwright adds"), "copy to another path");
    }
    if let Some(target) = among(&OF_SYSTEM) {
        return refused(
            format!("`{target}` decides which users and libraries the programs of the image find"),
            "copy to another path; `user` of [fleet] is a number and needs no entry",
        );
    }
    let programs = programs(service);
    if let Some(target) = targets.iter().find(|target| programs.contains(target)) {
        return refused(format!("`{target}` is the program of the service"), "copy to another path");
    }
    // A directory that is copied there brings programs nobody has named.
    holds_programs(&clean(to)).then(|| {
        let path = clean(to);
        let hint = format!("name each file there: {}/NAME", path.trim_end_matches('/'));
        (format!("`{to}` holds the programs of the image"), hint)
    })
}

/// What the service starts: the program, and what it is told to run of what the kind builds.
fn programs(service: &Service) -> Vec<String> {
    let kind = service.kind.program();
    let is_built = kind.builder(service).is_some();
    let argv = kind.entrypoint(service);
    let mut words = argv.iter();
    let program = words.next().cloned();
    let below = words.flat_map(|word| word.split(':')).filter(|path| is_built && path.starts_with("/app/"));
    program.into_iter().chain(below.map(str::to_owned)).collect()
}

/// Whose the copies are, and who may change them.
fn owned(copy: &Copy<'_, '_>) -> Option<Refusal> {
    if copy.chown.is_some_and(|owner| !["0", "0:0", "root", "root:root"].contains(&&*owner.value)) {
        let hint = "remove --chown, or list the directory in `writable` if the service writes to it";
        return Some(("the files would not be owned by root".to_owned(), hint.to_owned()));
    }
    let mode = &*copy.chmod?.value;
    let is_fixed = u32::from_str_radix(mode, 8).is_ok_and(|mode| mode & !0o755 == 0);
    (!is_fixed).then(|| {
        let message =
            format!("`--chmod={mode}` may let others than root change the files, or run them as root");
        (message, "use 755 or 644, in digits".to_owned())
    })
}

/// What the copies are.
fn brought(copy: &Copy<'_, '_>) -> Option<Refusal> {
    let to = &*copy.destination.value;
    let sources = || copy.sources.iter().map(|word| &*word.value).filter(|source| !is_remote(source));
    if copy.from.is_some() {
        if let Some(source) = sources().find(|source| source.contains(['$', '"', '\''])) {
            let message = format!("`{source}` is not a plain path");
            return Some((message, "write it without variables and quotes".to_owned()));
        }
        if let Some(source) = sources().find(|source| holds_programs(&clean(source))) {
            let message = format!("`{source}` holds programs, a shell among them");
            let hint = "name each file: COPY --from=… /usr/bin/NAME /usr/bin/NAME".to_owned();
            return Some((message, hint));
        }
    }
    sources().chain([to]).find_map(|path| {
        let name = last(path);
        let hint = if is_pattern(name) {
            "name each file, or its directory"
        } else {
            "run it in extra.build instead"
        };
        let gives = |what: &str| Some((format!("`{name}` would give the image {what}"), hint.to_owned()));
        if SHELLS.iter().any(|shell| may_be(name, shell)) {
            return gives("a shell");
        }
        MANAGERS.iter().any(|manager| may_be(name, manager)).then(|| gives("a package manager")).flatten()
    })
}

/// Whether a path of an image may be a directory that holds programs, or one that holds such a directory.
fn holds_programs(path: &str) -> bool {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    PROGRAMS.iter().any(|directory| {
        let names: Vec<&str> = directory.split('/').skip(1).collect();
        parts.len() <= names.len() && parts.iter().zip(names).all(|(part, name)| may_match(part, name))
    })
}

const SPECIAL: [char; 5] = ['*', '?', '[', ']', '\\'];

fn is_pattern(part: &str) -> bool {
    part.contains(SPECIAL)
}

/// Whether a part of a path may match a name: it begins and ends as the part does around what is a pattern.
fn may_match(part: &str, name: &str) -> bool {
    match (part.find(SPECIAL), part.rfind(SPECIAL)) {
        (Some(first), Some(last)) => name.starts_with(&part[..first]) && name.ends_with(&part[last + 1..]),
        _ => part == name,
    }
}

/// Whether a file of that name may be a program, of whatever version: `bash5`, `busybox.static`.
fn may_be(file: &str, program: &str) -> bool {
    if is_pattern(file) {
        return may_match(file, program);
    }
    let plain =
        file.trim_end_matches("static").trim_end_matches(|c: char| c.is_ascii_digit() || ".-".contains(c));
    plain == program
}
