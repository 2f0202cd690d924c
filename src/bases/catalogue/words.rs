//! The words of the patterns of names and tags.

use std::collections::BTreeMap;

use crate::bases::entry::{Release, Variation};
use crate::bases::pattern::Vocabulary;

/// What a pattern can refer to.
pub(super) struct Words<'c> {
    pub(super) releases: &'c BTreeMap<String, Release>,
    /// The flavours of the entry; a name has none.
    pub(super) flavours: Option<&'c BTreeMap<String, Variation>>,
}

impl Vocabulary for Words<'_> {
    fn is_release(&self, distribution: &str, name: &str) -> bool {
        self.releases.get(name).is_some_and(|release| release.distribution == distribution)
    }

    fn flavour<'t>(&self, text: &'t str) -> Option<&'t str> {
        let prefixes = self.flavours?.keys().filter(|key| text.starts_with(key.as_str()));
        prefixes.map(String::len).max().map(|length| &text[..length])
    }
}
