//! Debian packages that have another name in another release, and those that a release has no more.
//!
//! Sources of the names: the 64-bit `time_t` transition of Debian 13 (release notes of trixie; wiki
//! ReleaseGoals/64bit-time), which renamed libraries on every architecture, and the changed
//! sonames of each release (packages.debian.org). Only names that are sure are listed. What is gone was
//! taken from the indices of Debian 11, 12 and 13 (main, amd64) by `gone.py`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

/// The releases of the tables below, and the last of them.
const RELEASES: [&str; 3] = ["11", "12", NEWEST];
const NEWEST: &str = "13";

/// Names in each of the releases.
const NAMES: &[[&str; 3]] = &[
    ["gcc-10-base", "gcc-12-base", "gcc-14-base"],
    ["libaio1", "libaio1", "libaio1t64"],
    ["libapt-pkg6.0", "libapt-pkg6.0", "libapt-pkg7.0"],
    ["libarchive13", "libarchive13", "libarchive13t64"],
    ["libasound2", "libasound2", "libasound2t64"],
    ["libatk-bridge2.0-0", "libatk-bridge2.0-0", "libatk-bridge2.0-0t64"],
    ["libatk1.0-0", "libatk1.0-0", "libatk1.0-0t64"],
    ["libatspi2.0-0", "libatspi2.0-0", "libatspi2.0-0t64"],
    ["libavcodec58", "libavcodec59", "libavcodec61"],
    ["libavformat58", "libavformat59", "libavformat61"],
    ["libavutil56", "libavutil57", "libavutil59"],
    ["libcups2", "libcups2", "libcups2t64"],
    ["libcurl3-gnutls", "libcurl3-gnutls", "libcurl3t64-gnutls"],
    ["libcurl4", "libcurl4", "libcurl4t64"],
    ["libdb5.3", "libdb5.3", "libdb5.3t64"],
    ["libevent-2.1-7", "libevent-2.1-7", "libevent-2.1-7t64"],
    ["libffi7", "libffi8", "libffi8"],
    ["libfuse2", "libfuse2", "libfuse2t64"],
    ["libgdbm6", "libgdbm6", "libgdbm6t64"],
    ["libglib2.0-0", "libglib2.0-0", "libglib2.0-0t64"],
    ["libgnutls30", "libgnutls30", "libgnutls30t64"],
    ["libgtk-3-0", "libgtk-3-0", "libgtk-3-0t64"],
    ["libhogweed6", "libhogweed6", "libhogweed6t64"],
    ["libicu67", "libicu72", "libicu76"],
    ["libldap-2.4-2", "libldap-2.5-0", "libldap2"],
    ["libmagic1", "libmagic1", "libmagic1t64"],
    ["libnettle8", "libnettle8", "libnettle8t64"],
    ["libpng16-16", "libpng16-16", "libpng16-16t64"],
    ["libpython3.9", "libpython3.11", "libpython3.13"],
    ["libreadline8", "libreadline8", "libreadline8t64"],
    ["libssl1.1", "libssl3", "libssl3t64"],
    ["libswresample3", "libswresample4", "libswresample5"],
    ["libswscale5", "libswscale6", "libswscale8"],
    ["libtiff5", "libtiff6", "libtiff6"],
    ["libtirpc3", "libtirpc3", "libtirpc3t64"],
    ["libuv1", "libuv1", "libuv1t64"],
    ["libwebp6", "libwebp7", "libwebp7"],
    ["openjdk-17-jdk-headless", "openjdk-17-jdk-headless", "openjdk-21-jdk-headless"],
    ["openjdk-17-jre-headless", "openjdk-17-jre-headless", "openjdk-21-jre-headless"],
    ["python3.9", "python3.11", "python3.13"],
    ["python3.9-dev", "python3.11-dev", "python3.13-dev"],
    ["python3.9-venv", "python3.11-venv", "python3.13-venv"],
];

/// The name that `package` of one Debian release has in another: `libssl3` of 12 is `libssl3t64`
/// in 13. `None` if the name stays, or if one of the releases is not in the table.
///
/// Releases are given by number: `12`, `13`.
pub fn renamed(package: &str, from: &str, to: &str) -> Option<&'static str> {
    let (from, to) = (column(from)?, column(to)?);
    let names = NAMES.iter().find(|names| names[from] == package)?;
    (names[to] != package).then_some(names[to])
}

/// The packages that a later release has no more, by the last release that has them. Files and lists are in the order of
/// bytes: every package of every service is looked for.
static GONE: LazyLock<[(&str, Vec<&str>); 2]> = LazyLock::new(|| {
    [("11", include_str!("packages/last_in_11.txt")), ("12", include_str!("packages/last_in_12.txt"))]
        .map(|(release, names)| (release, names.lines().collect()))
});

/// The packages of the newest release that differ from one that is gone in their numbers alone, by what they share
/// with it.
static NEW: LazyLock<BTreeMap<String, Vec<&str>>> = LazyLock::new(|| {
    let mut new: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for name in include_str!("packages/new_in_13.txt").lines() {
        new.entry(form(name)).or_default().push(name);
    }
    new
});

/// The most of them that are named.
const MOST: usize = 3;

/// A package that a release has no more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gone {
    /// What the release has that differs in its numbers alone: `ruby3.3` for `ruby3.1`.
    pub instead: Vec<&'static str>,
}

impl Gone {
    /// What to do about it. Another version of a program is another program, so that is for people to say.
    pub fn hint(&self) -> String {
        match self.instead.as_slice() {
            [] => "find what replaces it".to_owned(),
            names => format!(
                "it has {}",
                names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" and ")
            ),
        }
    }
}

/// Whether a Debian release, given by number, has no package of this name any more; `None` if it has, as far
/// as is known.
pub fn gone(package: &str, release: &str) -> Option<Gone> {
    let (last, _) = GONE.iter().find(|(_, names)| names.binary_search(&package).is_ok())?;
    if column(release)? <= column(last)? {
        return None;
    }
    let alike = (release == NEWEST).then(|| NEW.get(&form(package))).flatten();
    Some(Gone { instead: alike.into_iter().flatten().take(MOST).copied().collect() })
}

/// What stays of a name when its numbers change: `libruby#.#` of `libruby3.1` and of `libruby3.3t64`.
fn form(name: &str) -> String {
    let name = name.replace("t64", "");
    let mut form = String::new();
    for part in name.split_inclusive(|c: char| c.is_ascii_digit()) {
        let text = part.trim_end_matches(|c: char| c.is_ascii_digit());
        form.push_str(text);
        if text.len() < part.len() && (!text.is_empty() || !form.ends_with('#')) {
            form.push('#');
        }
    }
    form
}

/// All packages with another name in another release, as (old, new).
pub(super) fn all_renamed(from: &str, to: &str) -> Vec<(&'static str, &'static str)> {
    let (Some(from), Some(to)) = (column(from), column(to)) else { return Vec::new() };
    NAMES.iter().map(|names| (names[from], names[to])).filter(|(old, new)| old != new).collect()
}

fn column(release: &str) -> Option<usize> {
    RELEASES.iter().position(|number| *number == release)
}
