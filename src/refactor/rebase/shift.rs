//! What a move means for the words of a file: interpreter paths, JRE paths, package names.

use crate::bases::{Base, PackageManager, renamed};
use crate::diagnostic::{Diagnostic, Span};
use crate::dockerfile::Edit;

/// What changes in the words of a stage whose base moves.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Shift {
    /// The minor versions of Python before and after: `3.11`, `3.13`.
    pub(super) python: Option<(String, String)>,
    /// The directory of the JRE before and after, as what stands before and behind the architecture.
    homes: Vec<[(String, String); 2]>,
    /// The numbers of the Debian releases before and after.
    pub(super) debian: Option<(String, String)>,
    /// What happens to the packages of the distribution.
    pub(super) packages: Packages,
    /// The code names of the releases before and after.
    suite: Option<(String, String)>,
    /// Whether /lib, /bin and /sbin become links.
    pub(super) merged_usr: bool,
    /// Paths of interpreters that are no longer there, with the one that is.
    lost: Vec<(String, String)>,
}

/// What a move means for the packages that are installed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum Packages {
    /// They stay.
    #[default]
    Stay,
    /// From one release of Debian to another, by number.
    Debian(String, String),
    /// To a release of Debian from one that is not known.
    ToDebian(String),
    /// To a release of a distribution of whose packages nothing is known: Ubuntu, Alpine.
    Unchecked(&'static str, String),
}

/// What is found in a text: what to change, and what a person has to look at.
#[derive(Debug, Default)]
pub(super) struct Findings {
    pub(super) edits: Vec<Edit>,
    pub(super) notes: Vec<Diagnostic>,
}

impl Packages {
    fn between(old: &Base, new: &Base) -> Self {
        let Some(to) = &new.release else { return Self::Stay };
        match &old.release {
            Some(from) if from == to => Self::Stay,
            // The names of one distribution are not those of another.
            Some(from) if from.distribution != to.distribution && to.distribution == "debian" => {
                Self::Unchecked("Debian", to.version.clone())
            }
            Some(from) if to.distribution == "debian" => {
                Self::Debian(from.version.clone(), to.version.clone())
            }
            Some(_) if to.distribution == "ubuntu" => Self::Unchecked("Ubuntu", to.version.clone()),
            None if to.distribution == "debian" => Self::ToDebian(to.version.clone()),
            _ if to.distribution == "alpine" => Self::Unchecked("Alpine", to.version.clone()),
            _ => Self::Stay,
        }
    }
}

impl Shift {
    pub(super) fn between(old: &Base, new: &Base) -> Self {
        let releases = old.release.as_ref().zip(new.release.as_ref()).filter(|(old, new)| old != new);
        let debian =
            releases.filter(|(old, new)| old.distribution == "debian" && new.distribution == "debian");
        Self {
            python: python(old, new),
            homes: homes(old, new),
            debian: debian.map(|(old, new)| (old.version.clone(), new.version.clone())),
            packages: Packages::between(old, new),
            suite: releases.map(|(old, new)| (old.name.clone(), new.name.clone())),
            merged_usr: old.merged_usr == Some(false) && new.merged_usr == Some(true),
            lost: lost(old, new),
        }
    }

    /// Whether nothing in a text can be concerned.
    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Looks through `text[span]`.
    pub(super) fn scan(&self, text: &str, span: &Span, found: &mut Findings) {
        let part = &text[span.clone()];
        self.python(part, span.start, found);
        for home in &self.homes {
            java(part, span.start, home, found);
        }
        self.releases(part, span.start, found);
        if let (Some((old, new)), true) = (&self.debian, self.homes.is_empty()) {
            openjdk(part, span.start, old, new, found);
        }
        for (old, new) in &self.lost {
            for at in paths(part, old) {
                let place = span.start + at..span.start + at + old.len();
                let message = format!("`{old}` does not exist in the new base, which has `{new}`");
                found.notes.push(Diagnostic::new(place, message).hint("use the path of the new base"));
            }
        }
    }

    /// Lists where `text[span]` names the old release, by its code name or its number.
    pub(super) fn names_of_release(&self, text: &str, span: &Span, found: &mut Findings) {
        self.releases(&text[span.clone()], span.start, found);
    }

    fn releases(&self, part: &str, offset: usize, found: &mut Findings) {
        let Some((old, new)) = &self.suite else { return };
        let named = whole(part, old).map(|at| at..at + old.len());
        let numbered = self.debian.iter().flat_map(|(number, _)| numbers(part, number));
        for place in named.chain(numbered) {
            let message = format!("`{}` is named here, but the new base is {new}", &part[place.clone()]);
            let hint = "this does not move with the base: check whether there is one for the new release";
            found.notes.push(Diagnostic::new(offset + place.start..offset + place.end, message).hint(hint));
        }
    }

    fn python(&self, part: &str, offset: usize, found: &mut Findings) {
        let Some((old, new)) = &self.python else { return };
        for (at, _) in part.match_indices("python") {
            let Some(version) = version_at(&part[at + "python".len()..]) else { continue };
            let place = offset + at + "python".len()..offset + at + "python".len() + version.len();
            let behind = &part[place.end - offset..];
            if version == old && !behind.starts_with(char::is_alphanumeric) {
                match not_of_the_base(part, at, behind) {
                    None => found.edits.push(Edit::new(place, new.clone())),
                    Some(why) => {
                        let message = format!("`python{old}` is named here, but {why}");
                        let hint = format!("the new base has Python {new}: check that they match");
                        found.notes.push(Diagnostic::new(place, message).hint(hint));
                    }
                }
            } else if version.contains('.') && version != new {
                let message =
                    format!("Python {version} is named here; the old base has {old}, the new one {new}");
                found.notes.push(Diagnostic::new(place, message).hint("use the version of the new base"));
            }
        }
        let tight = old.replace('.', "");
        for word in [format!("cp{tight}"), format!("cpython-{tight}"), format!("python{tight}")] {
            for at in words(part, &word) {
                let place = offset + at..offset + at + word.len();
                let message = format!("`{word}` is built for Python {old}, but the new base has {new}");
                let hint = "use the file that is built for the new version";
                found.notes.push(Diagnostic::new(place, message).hint(hint));
            }
        }
        for at in words(part, old) {
            let before = &part[..at];
            if before.ends_with("python") || before.ends_with("==") {
                continue;
            }
            let place = offset + at..offset + at + old.len();
            let message = format!("`{old}` may be the Python version, which is {new} in the new base");
            found.notes.push(Diagnostic::new(place, message).hint("change it if it is"));
        }
    }
}

/// Why the Python named at `at` is none that the base brings, so that it does not move with the base.
fn not_of_the_base(part: &str, at: usize, behind: &str) -> Option<&'static str> {
    let blank = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ',' | ';' | '=' | '[' | ']');
    let start = part[..at].rfind(blank).map_or(0, |before| before + 1);
    let before = &part[start..at];
    // What stands before it in a list of paths is another one's.
    let path = before.rsplit(':').next().unwrap_or_default();
    if before.contains("://") {
        Some("the download has a version of its own")
    } else if ["conda", "pyenv", "mamba"].iter().any(|manager| path.contains(manager)) {
        Some("another program than the base provides it")
    } else if behind.starts_with("-distutils") || behind.starts_with("-lib2to3") {
        Some("Python has no such package from 3.12 on")
    } else {
        None
    }
}

/// Lists paths of a JDK from packages of a release that the new one does not have.
fn openjdk(part: &str, offset: usize, old: &str, new: &str, found: &mut Findings) {
    for (at, start) in part.match_indices("/java-") {
        let Some(version) = version_at(&part[at + start.len()..]) else { continue };
        let end = at + start.len() + version.len();
        let package = renamed(&format!("openjdk-{version}-jdk-headless"), old, new);
        if let (true, Some(package)) = (part[end..].starts_with("-openjdk"), package) {
            let message = format!("Debian {new} has no Java {version}, and so not this path");
            let hint = format!("look up its path in {package}");
            found.notes.push(Diagnostic::new(offset + at..offset + end, message).hint(hint));
        }
    }
}

/// The version that a text begins with: `3.11` of `3.11/site-packages`, `3.11.2` of `3.11.2-r0`.
fn version_at(text: &str) -> Option<&str> {
    let length = text.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b'.').count();
    let version = text[..length].trim_end_matches('.');
    version.starts_with(|c: char| c.is_ascii_digit()).then_some(version)
}

/// Where `word` stands alone: not inside a longer word or number.
fn words<'t>(text: &'t str, word: &'t str) -> impl Iterator<Item = usize> + 't {
    text.match_indices(word).map(|(at, _)| at).filter(move |&at| {
        let before = text[..at].chars().next_back();
        let mut after = text[at + word.len()..].chars();
        let next = after.next();
        let inside = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let dotted = next == Some('.') && after.next().is_some_and(|c| c.is_ascii_digit());
        !before.is_some_and(|c| inside(c) || c == '.') && !next.is_some_and(inside) && !dotted
    })
}

/// Where the name of a release stands, also between points, underscores and hyphens:
/// `tool_1.0.bookworm_amd64.deb`.
fn whole<'t>(text: &'t str, name: &'t str) -> impl Iterator<Item = usize> + 't {
    text.match_indices(name).map(|(at, _)| at).filter(move |&at| {
        let around = [text[..at].chars().next_back(), text[at + name.len()..].chars().next()];
        !around.into_iter().flatten().any(|c| c.is_ascii_alphanumeric())
    })
}

/// Where a release of Debian is named by its number: `debian/12`, `Debian_12`, `debian12`.
fn numbers<'t>(text: &'t str, number: &'t str) -> impl Iterator<Item = Span> + 't {
    let distribution = "debian";
    let starts = text.char_indices().map(|(at, _)| at).filter(move |&at| {
        text.get(at..at + distribution.len()).is_some_and(|name| name.eq_ignore_ascii_case(distribution))
    });
    starts.filter_map(move |at| {
        let behind = &text[at + distribution.len()..];
        let after = behind.strip_prefix(['/', '_', '-', ':', '.']).unwrap_or(behind).strip_prefix(number)?;
        (!after.starts_with(|c: char| c.is_ascii_digit())).then(|| at..text.len() - after.len())
    })
}

/// Where `path` stands as a whole path.
fn paths<'t>(text: &'t str, path: &'t str) -> impl Iterator<Item = usize> + 't {
    text.match_indices(path).map(|(at, _)| at).filter(move |&at| {
        let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
        !text[..at].chars().next_back().is_some_and(|c| part(c) || c == '/')
            && !text[at + path.len()..].starts_with(part)
    })
}

/// The Python of an image: its own, or the one that its release has as a package.
fn python(old: &Base, new: &Base) -> Option<(String, String)> {
    let version = |base: &Base| match base.interpreter("python") {
        Some(python) => python.version.clone(),
        None if base.package_manager == Some(PackageManager::Apt) => {
            Some(base.release.as_ref()?.python.clone())
        }
        None => None,
    };
    let (old, new) = (version(old)?, version(new)?);
    (old != new).then_some((old, new))
}

fn homes(old: &Base, new: &Base) -> Vec<[(String, String); 2]> {
    let split = |home: &Option<String>| {
        let (before, behind) = home.as_deref()?.split_once("{arch}")?;
        Some((before.to_owned(), behind.to_owned()))
    };
    let pair = |old: &crate::bases::Interpreter| {
        let new = new.interpreter(&old.name)?;
        let homes = [split(&old.home)?, split(&new.home)?];
        (homes[0] != homes[1]).then_some(homes)
    };
    old.interpreters.iter().filter_map(pair).collect()
}

/// Paths of interpreters that only the old base has. Python's carry their version, which `python` sees to.
fn lost(old: &Base, new: &Base) -> Vec<(String, String)> {
    let mut lost = Vec::new();
    for before in &old.interpreters {
        let Some(after) = new.interpreter(&before.name) else { continue };
        let there = |path: &String| *path == after.path || after.aliases.contains(path);
        let versioned = |path: &str| path.ends_with(before.version.as_deref().unwrap_or("\0"));
        let gone = [&before.path].into_iter().chain(&before.aliases).filter(|path| !there(path));
        let same_directory = parent(&before.path) == parent(&after.path);
        lost.extend(
            gone.filter(|path| !(same_directory && versioned(path)))
                .map(|path| (path.clone(), after.path.clone())),
        );
        if let (Some(old), Some(new)) = (&before.home, &after.home)
            && old != new
            && !(old.contains("{arch}") && new.contains("{arch}"))
        {
            let start = |home: &String| home.split("{arch}").next().unwrap_or_default().to_owned();
            lost.push((start(old), start(new)));
        }
    }
    lost
}

fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(parent, _)| parent)
}

/// Moves `/usr/lib/jvm/java-17-openjdk-arm64` to where the new base has its JRE.
fn java(part: &str, offset: usize, [old, new]: &[(String, String); 2], found: &mut Findings) {
    for (at, _) in part.match_indices(old.0.as_str()) {
        let arch_start = at + old.0.len();
        let arch = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '$' | '{' | '}');
        let arch_end = part[arch_start..].find(|c| !arch(c)).map_or(part.len(), |length| arch_start + length);
        if !part[arch_end..].starts_with(old.1.as_str()) || arch_end == arch_start {
            continue;
        }
        found.edits.push(Edit::new(offset + at..offset + arch_start, new.0.clone()));
        if old.1 != new.1 {
            found.edits.push(Edit::new(offset + arch_end..offset + arch_end + old.1.len(), new.1.clone()));
        }
    }
}
