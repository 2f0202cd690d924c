//! Variables in the values of a Compose file.

use std::collections::BTreeMap;

use crate::detect::view::View;
use crate::dockerfile::{Expansion, Variable, expand_body};

/// The variables of the file `.env` beside a Compose file. They say where things are; none of them is written down as
/// a value, since such a file may hold secrets.
pub(super) fn of_file(view: &View, directory: &str) -> Variables {
    let lines = view.file(directory, ".env").unwrap_or_default().lines();
    let pairs = lines.filter_map(|line| line.split_once('=')).filter(|(key, _)| !key.starts_with('#'));
    let mut all = Variables::new();
    for (key, value) in pairs {
        if let Some(value) = expanded(value.trim().trim_matches(['"', '\'']), &all) {
            all.insert(key.trim().to_owned(), value);
        }
    }
    all
}

pub(super) type Variables = BTreeMap<String, String>;

/// A text with the defaults of its variables: `${PORT:-80}`. A variable without one cannot be known.
pub(in super::super) fn plain(text: &str) -> Option<String> {
    expanded(text, &Variables::new())
}

/// The same, where some variables are known. `$$` is a dollar sign.
pub(super) fn expanded(text: &str, variables: &Variables) -> Option<String> {
    if !text.contains('$') {
        return Some(text.to_owned());
    }
    let value = |name: &str| variables.get(name).map_or(Variable::Required, |value| Variable::Set(value));
    let parts = text.split("$$").map(|part| match expand_body(&part.replace('\\', "\\\\"), &value) {
        Ok(Expansion::Known(all)) => Some(all),
        _ => None,
    });
    parts.collect::<Option<Vec<_>>>().map(|parts| parts.join("$"))
}

/// The variables that a text of Compose takes from elsewhere: `A` and `B` of `$A/${B:-x}`.
pub(in super::super) fn taken(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    for part in text.replace("$$", "").split('$').skip(1) {
        let part = part.strip_prefix('{').unwrap_or(part);
        let name: String = part.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
        if !name.is_empty() && !names.contains(&name) {
            names.push(name);
        }
    }
    names
}
