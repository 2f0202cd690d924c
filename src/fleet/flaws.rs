//! What is wrong already: nothing that depends on it is reported a second time.

use std::collections::{HashMap, HashSet};

use super::model::Service;
use crate::diagnostic::nearest;

/// The keys of one service that are wrong.
#[derive(Debug, Default)]
pub(super) struct Wrong {
    keys: Vec<String>,
    /// The keys that are known, if the group of the service is not: it may set any other.
    said: Option<HashSet<String>>,
}

impl Wrong {
    /// What a wrong kind is called among the keys.
    pub(super) const KIND: &str = "kind";

    /// All keys but these, because nobody knows what the group sets.
    pub(super) fn but_for(said: HashSet<String>) -> Self {
        Self { keys: Vec::new(), said: Some(said) }
    }

    pub(super) fn add(&mut self, key: &str) {
        self.keys.push(key.to_owned());
    }

    /// Whether a key is wrong, or one that is no key may be meant as it.
    pub(super) fn has(&self, key: &str) -> bool {
        self.keys.iter().any(|wrong| nearest(wrong, [key]).is_some())
            || self.said.as_ref().is_some_and(|said| !said.contains(key))
    }

    pub(super) fn has_any<const N: usize>(&self, keys: [&str; N]) -> bool {
        keys.into_iter().any(|key| self.has(key))
    }

    pub(super) fn is_nothing(&self) -> bool {
        self.keys.is_empty() && self.said.is_none()
    }
}

/// What is wrong with the parts of a fleet by themselves.
#[derive(Debug, Default)]
pub(super) struct Flaws {
    /// Services that are described and not in the fleet: they have no name, or are not even tables.
    pub(super) lost: HashSet<String>,
    /// Services with stand-ins for keys that are wrong.
    pub(super) services: HashMap<String, Wrong>,
    /// Entries of the tables beside the services.
    pub(super) entries: Entries,
}

impl Flaws {
    /// Whether one of these keys of a service is wrong.
    pub(super) fn has<const N: usize>(&self, service: &Service, keys: [&str; N]) -> bool {
        self.services.get(service.name.as_str()).is_some_and(|wrong| wrong.has_any(keys))
    }
}

/// Entries of the tables beside the services that are wrong, such as `python` of `bases`.
#[derive(Debug, Default)]
pub(super) struct Entries {
    /// The names by table; the empty name stands for the whole table.
    names: HashMap<String, HashSet<String>>,
}

impl Entries {
    pub(super) fn add(&mut self, table: &str, name: &str) {
        self.names.entry(table.to_owned()).or_default().insert(name.to_owned());
    }

    pub(super) fn has(&self, table: &str, name: &str) -> bool {
        self.names.get(table).is_some_and(|names| names.contains(name) || names.contains(""))
    }

    pub(super) fn has_any_of(&self, table: &str) -> bool {
        self.names.contains_key(table)
    }
}
