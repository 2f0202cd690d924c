//! services.toml as it is before an import.

use std::path::Path;

use crate::cli::source::{Description, Fault, read, says_something};
use crate::cli::{Today, compose_files, init};
use crate::path::DirectoryPath;
use crate::refactor::import::Surroundings;

/// What is there: nothing, comments, or a description, even one without services.
pub(super) struct Begun {
    pub(super) text: Option<String>,
    pub(super) description: Option<Description>,
}

impl Begun {
    pub(super) fn load(path: &Path) -> Result<Self, Fault> {
        let text = path.exists().then(|| read(path)).transpose()?;
        let is_begun = text.as_ref().is_some_and(|text| says_something(text));
        let description = is_begun.then(|| Description::load_begun(path)).transpose()?;
        Ok(Self { text, description })
    }

    pub(super) fn output(&self) -> Option<&DirectoryPath> {
        self.description.as_ref().map(|description| &description.fleet.output)
    }

    pub(super) fn surroundings(&self, root: &Path) -> Surroundings {
        match &self.description {
            Some(Description { fleet, text, .. }) => Surroundings::of(fleet, text, Today::of_the_clock()),
            None => Surroundings::none(&init::name(root), Today::of_the_clock()),
        }
    }

    /// The names of the groups.
    pub(super) fn groups(&self) -> Vec<String> {
        let text = self.text.as_deref().unwrap_or_default();
        let document: toml::Table = toml::from_str(text).unwrap_or_default();
        let groups = document.get("groups").and_then(|value| value.as_table());
        groups.map(|groups| groups.keys().cloned().collect()).unwrap_or_default()
    }

    /// What entries are added to: the description, or a new one below the comments.
    pub(super) fn start(&self, root: &Path) -> String {
        if let Some(description) = &self.description {
            return description.text.clone();
        }
        let comments = self.text.as_deref().unwrap_or_default();
        let end = if comments.is_empty() || comments.ends_with('\n') { "" } else { "\n" };
        format!("{comments}{end}{}", new_description(root))
    }
}

/// A description without services, named after its directory. A Compose file that somebody wrote stays theirs.
fn new_description(root: &Path) -> String {
    let name = init::name(root);
    let mut text = format!("[fleet]\nname   = \"{name}\"\nimage  = \"{name}/{{name}}\"\noutput = \".\"\n");
    if let Some(own) = compose_files::by_hand(root) {
        text.extend(["compose = false  # ", own, " is your own: Compose would prefer compose.yaml of gen\n"]);
    }
    text
}
