//! What a new entry finds in the description: bases, defaults, phases.

use std::borrow::Cow;

use toml::Table;

use crate::bases::Catalogue;
use crate::fleet::Fleet;
use crate::image::ImageReference;

/// The description that an entry goes into.
#[derive(Debug)]
pub struct Surroundings {
    /// The name of the fleet, which a Dockerfile in the root of the sources has too.
    pub(super) fleet: String,
    /// Labels that every image of the fleet has, by their names.
    pub(super) labels: Vec<(&'static str, String)>,
    /// The bases: name, build image, run image.
    pub(super) bases: Vec<(String, ImageReference, ImageReference)>,
    /// The user that images run as.
    pub(super) user: String,
    /// What every service has if it does not say otherwise.
    pub(super) defaults: Table,
    /// The programs of the fleet's services, by their whole paths.
    pub(super) programs: Vec<String>,
    /// The number of phases; 0 if the fleet has none.
    pub(super) phases: usize,
    /// The directory of each known Dockerfile, with its phase.
    pub(super) directories: Vec<(String, u8)>,
    /// What is known of images.
    pub(super) catalogue: Cow<'static, Catalogue>,
    /// The day on which an end of life is past.
    pub(super) today: crate::date::Date,
}

impl Surroundings {
    /// Those of a description; `text` is what the fleet was read from.
    pub fn of(fleet: &Fleet, text: &str, today: crate::date::Date) -> Self {
        let document: Table = toml::from_str(text).unwrap_or_default();
        let defaults =
            document.get("defaults").and_then(|value| value.as_table()).cloned().unwrap_or_default();
        let parent = |path: &str| path.rsplit_once('/').map_or("", |(parent, _)| parent).to_owned();
        let labels = [("source", &fleet.source), ("licenses", &fleet.licenses)];
        let labels = labels.into_iter().filter_map(|(name, value)| Some((name, value.as_ref()?.to_string())));
        Self {
            fleet: fleet.name.to_string(),
            labels: labels.collect(),
            bases: fleet
                .bases
                .iter()
                .map(|(name, base)| (name.to_string(), base.value.build.clone(), base.value.run.clone()))
                .collect(),
            user: fleet.user.to_string(),
            defaults,
            programs: fleet
                .services
                .iter()
                .flat_map(|service| &service.programs)
                .flat_map(|programs| &programs.paths)
                .map(ToString::to_string)
                .collect(),
            phases: fleet.phases.len(),
            directories: fleet.services.iter().map(|s| (parent(s.dockerfile.as_str()), s.phase)).collect(),
            catalogue: fleet.catalogue.clone(),
            today,
        }
    }

    /// None at all: the entry starts the description of a fleet.
    pub fn none(fleet: &str, today: crate::date::Date) -> Self {
        Self {
            fleet: fleet.to_owned(),
            labels: Vec::new(),
            bases: Vec::new(),
            user: "65532:65532".to_owned(),
            defaults: Table::new(),
            programs: Vec::new(),
            phases: 0,
            directories: Vec::new(),
            catalogue: Cow::Borrowed(Catalogue::builtin()),
            today,
        }
    }

    /// The phase of the services that lie beside a Dockerfile, or else the last one.
    pub(super) fn phase(&self, dockerfile: &str) -> Option<usize> {
        let parent = dockerfile.rsplit_once('/').map_or("", |(parent, _)| parent);
        let beside = self.directories.iter().find(|(directory, _)| directory == parent);
        (self.phases > 0).then(|| beside.map_or(self.phases, |(_, phase)| usize::from(*phase)))
    }
}
