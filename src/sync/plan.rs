//! The comparison of generated files with files on disk, and the resulting actions. Pure.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use super::header::{BodyHash, Seal, Sealed, inspect, normalise};
use super::{Found, Options, WantedFile, pins};
use crate::dockerfile::Dockerfile;
use crate::parallel;
use crate::path::{RelativePath, is_dockerfile};

/// How a file stands to its description.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// The file matches services.toml.
    InSync,
    /// It is not there.
    Missing,
    /// It is unedited, but the description or a template has changed since it was written.
    Stale,
    /// It was edited after it was written; the description has not changed.
    Edited,
    /// Only tags or digests of images were edited; the description has not changed.
    PinDrift,
    /// Only its line endings are wrong: it has CRLF where that does harm, or CRLF and LF.
    LineEnds,
    /// It was edited, and the description has changed as well.
    StaleAndEdited,
    /// It has no header of ours.
    NotOurs,
    /// It is ours, but nothing describes it any more.
    Orphaned,
    /// It is ours and was edited, but nothing describes it any more.
    OrphanedAndEdited,
}

impl State {
    /// The state in a word or three, for people and for programs.
    pub fn word(self) -> &'static str {
        match self {
            Self::InSync => "in sync",
            Self::Missing => "missing",
            Self::Stale => "stale",
            Self::Edited => "edited by hand",
            Self::PinDrift => "pin drift",
            Self::LineEnds => "line endings",
            Self::StaleAndEdited => "stale and edited by hand",
            Self::NotOurs => "not ours",
            Self::Orphaned => "orphaned",
            Self::OrphanedAndEdited => "orphaned and edited by hand",
        }
    }

    /// What has happened.
    pub fn explanation(self) -> &'static str {
        match self {
            Self::InSync => "the file matches services.toml",
            Self::Missing => "services.toml describes it, but it does not exist",
            Self::Stale => "services.toml or a template changed after it was written",
            Self::Edited => "it was changed after dockwright wrote it",
            Self::PinDrift => {
                "tags or digests of its images were changed after dockwright wrote it, and nothing else"
            }
            Self::LineEnds => {
                "its lines end in CRLF, which a script or heredoc keeps, or in CRLF and LF mixed"
            }
            Self::StaleAndEdited => "it was changed by hand, and services.toml changed as well",
            Self::NotOurs => "it does not have the header of a file generated from this services.toml",
            Self::Orphaned => "dockwright wrote it, but services.toml no longer describes it",
            Self::OrphanedAndEdited => {
                "dockwright wrote it and it was changed by hand, but services.toml no longer describes it"
            }
        }
    }

    /// What to do; `None` if there is nothing to do.
    pub fn remedy(self) -> Option<&'static str> {
        Some(match self {
            Self::InSync => return None,
            Self::Missing => "run `dockwright gen` to create it",
            Self::Stale => "run `dockwright gen` to update it",
            Self::PinDrift => {
                "`dockwright lock --adopt` accepts new digests; a new tag belongs in [bases]; `gen --force` undoes it"
            }
            Self::LineEnds => {
                "run `dockwright gen` to write it with LF; `text eol=lf` in .gitattributes keeps git from changing it"
            }
            Self::Edited | Self::StaleAndEdited => {
                "move the change into services.toml, then run `dockwright gen --force`; `gen --diff` shows what that undoes"
            }
            Self::NotOurs => {
                "keep it, or let `dockwright gen --force` replace it; `gen --diff` shows the difference"
            }
            Self::Orphaned => "run `dockwright gen` to remove it",
            Self::OrphanedAndEdited => "remove it by hand, or run `dockwright gen --force`",
        })
    }
}

/// What is to be done with a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Nothing: it is in sync.
    Keep,
    /// Write it where nothing is.
    Create,
    /// Write it over what is there.
    Replace,
    /// Remove it.
    Remove,
    /// Nothing, although it is not in sync.
    Leave(Reason),
}

/// Why a file that is not in sync is left alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// It is not ours, and nothing was forced.
    NotOurs,
    /// It was edited by hand, and nothing was forced.
    Edited,
    /// This other file of the same service is not ours.
    Beside(RelativePath),
    /// Only what is missing was asked for, and this (or the Dockerfile it belongs to) is there.
    MissingOnly,
    /// It is an orphan that was edited (or belongs to one), and nothing was forced.
    EditedOrphan,
}

/// A file, its state, and what is to be done with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedFile {
    /// Where, below the output directory.
    pub path: RelativePath,
    /// The service it belongs to, if it is one service's.
    pub unit: Option<String>,
    /// The entry it comes from; for an orphan, the one its header names.
    pub entry: String,
    /// How it stands to its description.
    pub state: State,
    /// What is to be done.
    pub action: Action,
    /// Whether it is in sync, but for lines that end in CRLF.
    pub is_crlf: bool,
    /// What was found; not kept for a file in sync.
    pub old: Option<Vec<u8>>,
    /// What is wanted; `None` for an orphan, and not kept for a file in sync.
    pub new: Option<String>,
}

/// What is to be done with a tree.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    /// Every wanted file in the order given, then orphans by path.
    pub files: Vec<PlannedFile>,
    /// Build files that are neither wanted nor ours.
    pub strays: Vec<RelativePath>,
}

impl Plan {
    /// The same for a run of some services, in which files of the whole fleet are updated if they are ours and
    /// unedited. The rest is left to a run of all.
    #[must_use]
    pub fn of_some(mut self, is_of_fleet: impl Fn(&PlannedFile) -> bool) -> Self {
        let elsewhere = [State::Missing, State::NotOurs];
        self.files.retain(|file| !elsewhere.contains(&file.state) || !is_of_fleet(file));
        for file in self.files.iter_mut().filter(|file| is_edited(file.state) && is_of_fleet(file)) {
            file.action = Action::Leave(Reason::Edited);
        }
        self
    }

    /// The selected files that are not in sync.
    pub fn differences(&self) -> impl Iterator<Item = &PlannedFile> {
        self.files
            .iter()
            .filter(|file| file.state != State::InSync && file.action != Action::Leave(Reason::MissingOnly))
    }

    /// The files that applying the plan writes or removes.
    pub fn changes(&self) -> impl Iterator<Item = &PlannedFile> {
        self.files
            .iter()
            .filter(|file| matches!(file.action, Action::Create | Action::Replace | Action::Remove))
    }
}

/// Compares generated files with those on disk.
pub fn plan(wanted: Vec<WantedFile>, mut found: Found, options: Options) -> Plan {
    let descriptions: HashSet<&str> = wanted.iter().map(|file| description(&file.entry)).collect();
    let descriptions: HashSet<String> = descriptions.into_iter().map(str::to_owned).collect();
    let pairs: Vec<_> = wanted
        .into_iter()
        .map(|file| {
            let old = found.files.remove(&file.path);
            (file, old)
        })
        .collect();
    let mut files = parallel::map(pairs, |(file, old)| compare(file, old));
    decide(&mut files, options);
    if options.full {
        files.extend(orphans(std::mem::take(&mut found.files), &descriptions, options));
    }
    Plan { files, strays: found.strays }
}

/// Finds the state of one file. What to do about it depends on its neighbours: see [`decide`].
fn compare(wanted: WantedFile, old: Option<Vec<u8>>) -> PlannedFile {
    let seal = Seal::new(&wanted.body, wanted.comment, &wanted.entry);
    let (state, new) = match &old {
        Some(old) if seal.is(old) => (State::InSync, None),
        Some(old) => {
            let new = seal.text();
            (state_of(old, &new, seal.hash, &wanted), Some(new))
        }
        None => (State::Missing, Some(seal.text())),
    };
    let in_sync = state == State::InSync;
    PlannedFile {
        is_crlf: in_sync && new.is_some(),
        path: wanted.path,
        unit: wanted.unit,
        entry: wanted.entry,
        state,
        action: Action::Keep,
        old: old.filter(|_| !in_sync),
        new: new.filter(|_| !in_sync),
    }
}

/// The state of a file that does not hold `new` byte for byte.
fn state_of(old: &[u8], new: &str, hash: BodyHash, wanted: &WantedFile) -> State {
    let old = text_of(old);
    if normalise(&old) == new {
        // With CRLF, as git writes it on Windows, a file is read as with LF; but git never mixes the two.
        let is_the_same = is_all_crlf(&old) && !keeps_carriage_returns(wanted);
        return if is_the_same { State::InSync } else { State::LineEnds };
    }
    let Some(sealed) = inspect(&old) else { return State::NotOurs };
    if description(&sealed.entry) != description(&wanted.entry) {
        return State::NotOurs;
    }
    if sealed.actual == hash {
        // The edit is what the description says by now.
        return State::Stale;
    }
    let stale = sealed.recorded.is_some_and(|recorded| recorded != hash);
    match (sealed.is_edited(), stale) {
        (true, false) if pins::is_drift(&old, new) => State::PinDrift,
        (true, true) => State::StaleAndEdited,
        (true, false) => State::Edited,
        // Without an edit or a new body it is the header's first line that differs.
        (false, _) => State::Stale,
    }
}

/// Whether a carriage return gets further than to whoever reads the file: a shell takes it for a part of its commands,
/// and BuildKit copies it with the text of a heredoc.
fn keeps_carriage_returns(wanted: &WantedFile) -> bool {
    let is_script = wanted.path.as_str().rsplit_once('.').is_some_and(|(_, end)| end == "sh");
    let has_heredoc = || Dockerfile::read(&wanted.body).instructions.iter().any(|it| !it.heredocs.is_empty());
    is_script || is_dockerfile(wanted.path.file_name()) && has_heredoc()
}

fn is_all_crlf(text: &str) -> bool {
    text.split_inclusive('\n').all(|line| line.strip_suffix("\r\n").is_some_and(|line| !line.ends_with('\r')))
}

/// The text of a file. A byte that is no UTF-8 is none of ours and shows as an edit.
pub(super) fn text_of(bytes: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}

/// What the files of one service have to do with each other.
#[derive(Default)]
struct Unit {
    lead_is_missing: bool,
    foreign: Option<RelativePath>,
}

fn decide(files: &mut [PlannedFile], options: Options) {
    let mut units: HashMap<String, Unit> = HashMap::new();
    for file in files.iter() {
        let Some(name) = &file.unit else { continue };
        let unit = units
            .entry(name.clone())
            .or_insert_with(|| Unit { lead_is_missing: file.state == State::Missing, foreign: None });
        if file.state == State::NotOurs && unit.foreign.is_none() {
            unit.foreign = Some(file.path.clone());
        }
    }
    for file in files {
        let unit = file.unit.as_ref().and_then(|name| units.get(name));
        file.action = action_for(file, unit, options);
    }
}

fn action_for(file: &PlannedFile, unit: Option<&Unit>, options: Options) -> Action {
    if file.state == State::InSync {
        return Action::Keep;
    }
    let asked_for = match unit {
        Some(unit) => unit.lead_is_missing,
        None => file.state == State::Missing,
    };
    if options.missing_only && !asked_for {
        return Action::Leave(Reason::MissingOnly);
    }
    if !options.force {
        if file.state == State::NotOurs {
            return Action::Leave(Reason::NotOurs);
        }
        if is_edited(file.state) {
            return Action::Leave(Reason::Edited);
        }
        if let Some(foreign) = unit.and_then(|unit| unit.foreign.as_ref()) {
            return Action::Leave(Reason::Beside(foreign.clone()));
        }
    }
    if file.state == State::Missing { Action::Create } else { Action::Replace }
}

fn is_edited(state: State) -> bool {
    matches!(state, State::Edited | State::PinDrift | State::StaleAndEdited)
}

/// Files that are ours and were not wanted.
///
/// A header that names another description belongs to another fleet, whose tree may lie in ours.
fn orphans(
    found: impl IntoIterator<Item = (RelativePath, Vec<u8>)>,
    descriptions: &HashSet<String>,
    options: Options,
) -> Vec<PlannedFile> {
    let mut orphans: Vec<PlannedFile> = found
        .into_iter()
        .filter_map(|(path, old)| {
            let sealed = inspect(&text_of(&old))?;
            descriptions.contains(description(&sealed.entry)).then(|| orphan(path, sealed, old, options))
        })
        .collect();
    let left: HashSet<String> = orphans
        .iter()
        .filter(|file| file.action == Action::Leave(Reason::EditedOrphan))
        .map(|file| format!("{}.dockerignore", file.path))
        .collect();
    // An edited Dockerfile keeps the allow-list that it was built with.
    for file in &mut orphans {
        if file.action == Action::Remove && left.contains(file.path.as_str()) {
            file.action = Action::Leave(Reason::EditedOrphan);
        }
    }
    orphans
}

fn orphan(path: RelativePath, sealed: Sealed, old: Vec<u8>, options: Options) -> PlannedFile {
    let edited = sealed.is_edited();
    let action = if options.missing_only {
        Action::Leave(Reason::MissingOnly)
    } else if edited && !options.force {
        Action::Leave(Reason::EditedOrphan)
    } else {
        Action::Remove
    };
    let state = if edited { State::OrphanedAndEdited } else { State::Orphaned };
    let (entry, old) = (sealed.entry, Some(old));
    PlannedFile { path, unit: None, entry, state, action, is_crlf: false, old, new: None }
}

/// The file that an entry lies in: `services.toml` of `services.toml [services.redis]`.
fn description(entry: &str) -> &str {
    entry.split_once(" [").map_or(entry, |(file, _)| file)
}
