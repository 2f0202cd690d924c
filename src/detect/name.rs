//! Names for services and fleets, made from what directories and Compose files call them.

use std::collections::BTreeSet;

use super::view::ancestors;
use crate::fleet::words::Name;

/// The longest made name; a name may have 63 characters, and needs room for a number.
const LONGEST: usize = 56;

/// Parts of paths that tell nothing of a program.
const GENERAL: [&str; 5] = ["cmd", "src", "app", "main", "docker"];

/// The words of a text as a name, if there are any that can be one.
pub(super) fn of(text: &str) -> Option<String> {
    let mut name = String::new();
    for c in text.chars() {
        if c.is_ascii_alphanumeric() {
            name.push(c.to_ascii_lowercase());
        } else if !name.ends_with('-') {
            name.push('-');
        }
    }
    name.truncate(LONGEST);
    let name = name.trim_matches('-');
    name.parse::<Name>().is_ok().then(|| name.to_owned())
}

/// The name of a fleet, after its directory.
pub fn fleet(directory: &str) -> String {
    of(directory).unwrap_or_else(|| "fleet".to_owned())
}

/// A name that is not taken: the one wanted, with directories in front of it as far as that helps, and else a number.
pub fn unique(wanted: &str, directory: &str, taken: &BTreeSet<String>) -> String {
    let plain = of(wanted).unwrap_or_else(|| "service".to_owned());
    let is_free = |name: &String| !taken.contains(name);
    if is_free(&plain) {
        return plain;
    }
    let longer = ancestors(directory).filter_map(|above| {
        let last = above.rsplit('/').next().filter(|last| of(last).is_some_and(|last| last != plain))?;
        if GENERAL.contains(&last) {
            return None;
        }
        of(&format!("{last}-{plain}"))
    });
    let numbered = (2_u32..).map(|number| format!("{plain}-{number}"));
    longer.chain(numbered).find(is_free).unwrap_or(plain)
}
