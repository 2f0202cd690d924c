//! Moving files to other base images.
//!
//! [`plan`] is pure: texts and a [`Rule`] in, edits of spans out. What is certain is edited: references
//! in FROM (through defaults of build arguments as well), COPY and RUN, in Compose and bake files and
//! in `[bases]` of services.toml, and what follows from a move (versions in interpreter paths, JRE
//! directories, renamed packages, targets behind links). What needs a person is listed, and a file
//! with a reference that nobody can be sure of is left as it is.

mod builds;
mod built;
mod description;
mod glob;
mod handwritten;
mod language;
mod lost;
mod mentions;
mod moves;
mod needs;
mod overrides;
mod packages;
mod parents;
mod rule;
mod scripts;
mod shift;
mod slim;
mod sources;
mod versions;
mod word;

use std::collections::{BTreeMap, BTreeSet};

use crate::bases::{self, Catalogue, Change, EndOfLife, Release};
use crate::diagnostic::Diagnostic;
use crate::dockerfile::{Edit, EditError, apply};
use crate::fleet::Fleet;
use crate::image::ImageReference;
use crate::parallel;
use builds::Builds;
use description::Placed;
use handwritten::Outcome;
use moves::{Movement, Mover};

pub use language::{Language, is_template};
pub use rule::{Role, Rule, RuleError, Target};

/// A file that may hold references.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// Its path, as people know it.
    pub path: String,
    /// What it holds.
    pub text: String,
    /// How it is read.
    pub language: Language,
}

/// What is to be moved, and what follows from it.
#[derive(Debug, Default)]
pub struct RebasePlan {
    /// The images that move, in the order of their names.
    pub moves: Vec<Move>,
    /// The files with something to be done or to be said, in the order given; services.toml first.
    pub files: Vec<FilePlan>,
}

/// An image that moves.
#[derive(Debug)]
pub struct Move {
    /// Before.
    pub from: ImageReference,
    /// After.
    pub to: ImageReference,
    /// When the old one ends, or has ended.
    pub eol: Option<EndOfLife>,
    /// When the new one ends, or has ended.
    pub new_eol: Option<EndOfLife>,
    /// Whether the catalogue has the new image.
    pub is_known: bool,
    /// The image like the new one that is maintained longest, if that is another one.
    pub newest: Option<(ImageReference, EndOfLife)>,
    /// Why the catalogue cannot say that the new one exists.
    pub doubt: Option<String>,
    /// Other images that become the new one as well, although they are of another flavour.
    pub twins: Vec<ImageReference>,
    /// What happens to the data of a database.
    pub data: Vec<String>,
    /// The bases of the description that it is in, and what for.
    pub bases: BTreeSet<(String, Role)>,
    /// What is different.
    pub changes: Vec<Change>,
    /// The files that it is in.
    pub files: BTreeSet<String>,
    /// The services of the description that stand on it.
    pub services: BTreeSet<String>,
}

/// What is to be done with a file.
#[derive(Debug)]
pub struct FilePlan {
    /// Its path, as given.
    pub path: String,
    /// What changes.
    pub edits: Vec<Edit>,
    /// What a person has to look at.
    pub notes: Vec<Diagnostic>,
    /// Why the file is left as it is.
    pub unsure: Vec<Diagnostic>,
    /// Why nothing may be changed at all.
    pub faults: Vec<Diagnostic>,
    /// Whether a reference in it is meant, even if it does not move in the end.
    pub meant: bool,
}

impl FilePlan {
    /// The text with all changes.
    ///
    /// # Errors
    /// If `text` is not the one that was planned for.
    pub fn apply(&self, text: &str) -> Result<String, EditError> {
        apply(text, &self.edits)
    }
}

impl RebasePlan {
    /// Whether nothing is meant.
    pub fn is_empty(&self) -> bool {
        self.moves.is_empty() && !self.files.iter().any(|file| file.meant)
    }

    /// Takes in what is to be done with a file.
    fn take(
        &mut self,
        moves: &mut BTreeMap<(ImageReference, ImageReference), Move>,
        path: &str,
        mut outcome: Outcome,
    ) {
        // A file is moved as a whole or not at all.
        if !outcome.unsure.is_empty() {
            outcome.edits.clear();
            outcome.notes.clear();
            outcome.moves.clear();
        }
        for movement in outcome.moves.drain(..) {
            let key = (movement.from.clone(), movement.to.clone());
            let entry = moves.entry(key).or_insert_with(|| Move {
                from: movement.from.clone(),
                to: movement.to.clone(),
                eol: movement.old.as_ref().and_then(|base| base.eol.clone()),
                is_known: movement.new.is_some(),
                new_eol: movement.new.as_ref().and_then(|base| base.eol.clone()),
                newest: None,
                doubt: None,
                twins: Vec::new(),
                data: data_of(&movement),
                bases: BTreeSet::new(),
                changes: movement.changes.clone(),
                files: BTreeSet::new(),
                services: BTreeSet::new(),
            });
            entry.files.insert(path.to_owned());
        }
        let Outcome { edits, notes, unsure, faults, meant, .. } = outcome;
        if !(edits.is_empty() && notes.is_empty() && unsure.is_empty() && faults.is_empty()) {
            self.files.push(FilePlan { path: path.to_owned(), edits, notes, unsure, faults, meant });
        }
    }
}

/// A description that takes part in a move.
#[derive(Debug, Clone, Copy)]
pub struct Description<'d> {
    /// Its path, as people know it.
    pub path: &'d str,
    /// What it holds.
    pub text: &'d str,
    /// What it describes.
    pub fleet: &'d Fleet,
}

/// Plans the move of a description, if there is one, and of files. The work is shared among the
/// processors; the result does not depend on their number.
pub fn plan(description: Option<Description<'_>>, files: &[SourceFile], rule: &Rule<'_>) -> RebasePlan {
    let mut plan = RebasePlan::default();
    let mut moved = BTreeMap::new();
    if let Some(description) = description {
        let (outcome, placed) = description::plan(description.text, description.fleet, &Mover::new(rule));
        plan.take(&mut moved, description.path, outcome);
        for Placed { base, role, movement } in placed {
            let Some(image) = moved.get_mut(&(movement.from.clone(), movement.to.clone())) else { continue };
            let services = description.fleet.services.iter();
            let based = services.filter(|service| service.base_name.as_str() == base);
            image.services.extend(based.map(|service| service.name.to_string()));
            image.bases.insert((base, role));
        }
    }
    // What is found out about an image is kept for the files that follow.
    let outcomes =
        parallel::map_with(files.iter().collect(), || Mover::new(rule), |mover, file| outcome(file, mover));
    let mut outcomes: Vec<Outcome> = outcomes.into_iter().collect();
    let builds = Builds::of(files);
    overrides::settle(files, &builds, &mut outcomes);
    parents::follow(files, &builds, rule.catalogue, &mut outcomes);
    scripts::look(files, &mut outcomes);
    versions::look(files, &mut outcomes);
    for (outcome, file) in outcomes.into_iter().zip(files) {
        plan.take(&mut moved, &file.path, outcome);
    }
    plan.moves = moved.into_values().collect();
    find_twins(&mut plan.moves, rule.catalogue);
    for image in &mut plan.moves {
        image.newest = rule.catalogue.newest_like(&image.to);
        image.doubt = rule.catalogue.doubt(&image.to);
        if let Some(description) = description {
            without_foreign_platforms(image, description.fleet);
        }
    }
    plan
}

/// Notes which images of several flavours become one: who builds on the full image and runs on the slim one may want
/// to keep both.
fn find_twins(moves: &mut [Move], catalogue: &Catalogue) {
    let flavour = |image: &ImageReference| -> BTreeSet<String> {
        let words = image.tag().unwrap_or_default().split('-');
        let is_flavour = |word: &&str| {
            word.starts_with(|c: char| c.is_ascii_alphabetic())
                && catalogue.release(word).is_none()
                && *word != "latest"
        };
        words.filter(is_flavour).map(str::to_owned).collect()
    };
    let all: Vec<(ImageReference, ImageReference)> =
        moves.iter().map(|movement| (movement.from.clone(), movement.to.clone())).collect();
    for movement in moves {
        let own = flavour(&movement.from);
        let twins = all.iter().filter(|(from, to)| *to == movement.to && flavour(from) != own);
        movement.twins = twins.map(|(from, _)| from.clone()).collect();
    }
}

/// What a move means for the data that a database has written.
fn data_of(movement: &Movement) -> Vec<String> {
    let order = movement.changes.iter().find_map(|change| match change {
        Change::CLibrary { from, to } if bases::sorts_by_c_library(&movement.to) => Some(format!(
            "PostgreSQL sorts text with the C library, and {from} becomes {to}: reindex, then ALTER DATABASE … \
             REFRESH COLLATION VERSION"
        )),
        _ => None,
    });
    // A database that is dumped and restored is indexed anew.
    bases::data_upgrade(&movement.from, &movement.to).or(order).into_iter().collect()
}

/// Platforms that the fleet is not built for are none of its concern.
fn without_foreign_platforms(image: &mut Move, fleet: &Fleet) {
    for change in &mut image.changes {
        if let Change::PlatformsLost(lost) = change {
            lost.retain(|lost| fleet.platforms.iter().any(|platform| platform.as_str() == lost));
        }
    }
    image.changes.retain(|change| !matches!(change, Change::PlatformsLost(lost) if lost.is_empty()));
}

/// The images that a file stands on.
pub struct Named {
    /// Their names.
    pub images: BTreeSet<ImageReference>,
    /// Why the file cannot be read, so that none of them is known.
    pub broken: Option<Diagnostic>,
}

/// The images that a file stands on: those that a Dockerfile builds on or copies from, and in a Compose or
/// bake file those that somebody else publishes.
pub fn images(text: &str, language: Language, catalogue: &Catalogue) -> Named {
    match language {
        Language::Dockerfile => Named { images: sources::images(text, catalogue), broken: None },
        _ => mentions::images(text, language, catalogue),
    }
}

/// The images that a Compose or bake file builds itself.
pub fn built_images(text: &str, language: Language) -> BTreeSet<ImageReference> {
    let builds = mentions::built(text, language).builds;
    // A service of Compose may have an image alone.
    let is_built = |build: &&mentions::Build| {
        language == Language::Bake || build.context.is_some() || build.dockerfile.is_some() || build.vague
    };
    builds
        .iter()
        .filter(is_built)
        .flat_map(|build| &build.images)
        .filter_map(|image| image.parse().ok())
        .collect()
}

/// The images of files whose tags name no release, with the one that they stand on today.
pub fn unnamed<'c>(files: &[SourceFile], catalogue: &'c Catalogue) -> BTreeMap<ImageReference, &'c Release> {
    let all = files.iter().flat_map(|file| images(&file.text, file.language, catalogue).images);
    all.filter_map(|image| Some((catalogue.unnamed_release(&image)?, image)))
        .map(|(release, image)| (image, release))
        .collect()
}

fn outcome(file: &SourceFile, mover: &Mover<'_, '_>) -> Outcome {
    match file.language {
        Language::Dockerfile => handwritten::plan(&file.text, mover),
        _ => mentions::plan(&file.text, file.language, mover),
    }
}
