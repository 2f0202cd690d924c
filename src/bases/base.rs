//! The facts of one image reference, resolved: nothing in them is a pattern any more.

use std::collections::BTreeMap;

use serde::Serialize;

use super::entry::{CLibrary, CatalogueEntry, Interpreter, PackageManager, Release, Variation};
use crate::date::Date;

/// What is known of the image that a reference names.
///
/// [`entrypoint`](Self::entrypoint), [`cmd`](Self::cmd), [`user`](Self::user),
/// [`workdir`](Self::workdir) and [`env`](Self::env) are the fields of the image's configuration:
/// what a stage that starts from it inherits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Base {
    /// The catalogue's entry: `python3-debian13`.
    pub entry: String,
    /// Whether the tag is one that is published.
    pub tag: TagState,
    /// The flavour that the tag names: `nonroot`.
    pub flavour: Option<String>,
    /// The version that name or tag give, as written: `3.13.1`.
    pub version: Option<String>,
    /// The entry point; empty if there is none.
    pub entrypoint: Vec<String>,
    /// The command; empty if there is none.
    pub cmd: Vec<String>,
    /// The user, as the configuration has it: `0`, `65532`, empty for root.
    pub user: String,
    /// The user that the entry point changes to when it is started as root.
    pub runs_as: Option<String>,
    /// The working directory.
    pub workdir: String,
    /// The environment, by name.
    pub env: BTreeMap<String, String>,
    /// The language interpreters inside.
    pub interpreters: Vec<Interpreter>,
    /// The shell, if that is known.
    pub shell: Option<Shell>,
    /// The package manager, if that is known.
    pub package_manager: Option<PackageManager>,
    /// The C library, if that is known.
    pub libc: Option<CLibrary>,
    /// The release that the files come from, if that is known.
    pub release: Option<Release>,
    /// Whether /bin, /sbin and /lib are links into /usr, if that is known.
    pub merged_usr: Option<bool>,
    /// The platforms it is published for; empty if that is not known.
    pub platforms: Vec<String>,
    /// When its maintenance ends, if that is known.
    pub eol: Option<EndOfLife>,
}

/// Whether the catalogue knows a tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum TagState {
    /// The tag is one of those published (no tag is `latest`).
    Published,
    /// No such tag is published; the facts are those of the image, whatever the tag.
    Unknown,
    /// Only a digest is given, so flavour and version are unknown.
    Digest,
}

/// The shell of an image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Shell {
    /// There is none.
    None,
    /// Its absolute path.
    Path(String),
}

/// The day on which maintenance ends, and of what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EndOfLife {
    /// The last day.
    pub date: Date,
    /// What ends: `python 3.9`, or `debian 12 (bookworm), its release` if only that is known.
    pub of: String,
    /// The oldest version that the catalogue lists, if what ends is older: then `date` is the end of that one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
}

impl EndOfLife {
    /// Whether the last day has passed.
    pub fn is_past(&self, today: Date) -> bool {
        today > self.date
    }

    /// What has ended, and when, as far as that is known.
    pub fn when(&self) -> String {
        let Self { date, of, before } = self;
        match before {
            None => format!("{date} ({of})"),
            Some(before) => format!("before {before}, whose end is {date} ({of})"),
        }
    }
}

impl Base {
    /// The interpreter of a language: `python`, `java` or `node`.
    pub fn interpreter(&self, name: &str) -> Option<&Interpreter> {
        self.interpreters.iter().find(|interpreter| interpreter.name == name)
    }

    /// The path of the shell, if it is known that there is one.
    pub fn shell_path(&self) -> Option<&str> {
        match &self.shell {
            Some(Shell::Path(path)) => Some(path),
            Some(Shell::None) | None => None,
        }
    }

    /// The shell and the package manager, if it is known that there are any: `/bin/sh and apt`.
    pub fn tools(&self) -> Option<String> {
        let manager = self.package_manager.and_then(PackageManager::program);
        let tools: Vec<&str> = self.shell_path().into_iter().chain(manager).collect();
        (!tools.is_empty()).then(|| tools.join(" and "))
    }

    /// Whether its last day is known and has passed.
    pub fn is_past_eol(&self, today: Date) -> bool {
        self.eol.as_ref().is_some_and(|eol| eol.is_past(today))
    }

    /// The facts of an entry about one of its images, before those of a tag.
    pub(super) fn of_entry(name: &str, image: &str, facts: &CatalogueEntry, tag: TagState) -> Self {
        Self {
            entry: name.to_owned(),
            tag,
            flavour: None,
            version: None,
            entrypoint: facts.entrypoint.clone().unwrap_or_default(),
            cmd: facts.cmd.clone().unwrap_or_default(),
            user: facts.user.clone().unwrap_or_default(),
            runs_as: facts.runs_as.clone(),
            workdir: facts.workdir.clone().unwrap_or_else(|| "/".to_owned()),
            env: facts.env.clone(),
            interpreters: facts.interpreters.clone().unwrap_or_default(),
            shell: facts.shell.as_deref().map(Shell::of),
            package_manager: facts.package_manager,
            libc: facts.libc.clone(),
            release: None,
            merged_usr: facts.merged_usr,
            platforms: facts.platforms.clone().unwrap_or_default(),
            eol: facts.eol.map(|date| EndOfLife { date, of: image.to_owned(), before: None }),
        }
    }

    /// Applies the facts of a version or flavour.
    pub(super) fn vary(&mut self, variation: &Variation, of: &str) {
        replace(&mut self.entrypoint, variation.entrypoint.as_ref());
        replace(&mut self.cmd, variation.cmd.as_ref());
        replace(&mut self.user, variation.user.as_ref());
        replace(&mut self.workdir, variation.workdir.as_ref());
        replace(&mut self.interpreters, variation.interpreters.as_ref());
        replace(&mut self.platforms, variation.platforms.as_ref());
        self.env.extend(variation.env.clone());
        if let Some(shell) = &variation.shell {
            self.shell = Some(Shell::of(shell));
        }
        if let Some(date) = variation.eol {
            self.ends(date, of.to_owned());
        }
    }

    /// Fills in facts of the release that the entry does not have.
    pub(super) fn stand_on(&mut self, release: &Release) {
        self.libc.get_or_insert_with(|| release.libc.clone());
        self.merged_usr.get_or_insert(release.merged_usr);
        let is_known = self.eol.is_some() || self.entry == release.distribution;
        let of = if is_known { release.to_string() } else { format!("{release}, its release") };
        self.ends(release.eol, of);
        self.release = Some(release.clone());
    }

    /// Fills `{version}` in the facts about interpreters, and drops those without a version.
    pub(super) fn fill_version(&mut self, version: Option<&str>) {
        let fill = |text: &str| match version {
            Some(version) => Some(text.replace("{version}", version)),
            None => (!text.contains("{version}")).then(|| text.to_owned()),
        };
        self.interpreters.retain_mut(|interpreter| {
            interpreter.version = interpreter.version.as_deref().and_then(fill);
            interpreter.home = interpreter.home.as_deref().and_then(fill);
            interpreter.aliases = interpreter.aliases.iter().filter_map(|alias| fill(alias)).collect();
            fill(&interpreter.path).map(|path| interpreter.path = path).is_some()
        });
    }

    /// Of several ends, the first counts.
    pub(super) fn ends(&mut self, date: Date, of: String) {
        if self.eol.as_ref().is_none_or(|eol| date < eol.date) {
            self.eol = Some(EndOfLife { date, of, before: None });
        }
    }
}

impl Shell {
    fn of(text: &str) -> Self {
        if text == "none" { Self::None } else { Self::Path(text.to_owned()) }
    }
}

fn replace<T: Clone>(slot: &mut T, value: Option<&T>) {
    if let Some(value) = value {
        slot.clone_from(value);
    }
}
