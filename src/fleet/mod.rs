//! The fleet: `services.toml`, parsed, checked and resolved.
//!
//! `load` is the way in. It parses the text (`tree`), lays defaults, group and service over
//! each other, gives every value its type (`description`, `kinds`, `words`), fills in what is
//! left open (`draft`, `resolve`) and holds the services against each other (`fleet_checks`). It reports every
//! mistake it finds, each with its place, and performs no input or output.

pub(crate) mod argument;
mod at;
mod base_checks;
mod bases;
mod conform;
pub mod description;
mod draft;
mod extra;
mod flaws;
mod fleet_checks;
mod health;
mod locate;
pub mod model;
mod names;
mod place;
mod ports;
pub mod quantities;
mod resolve;
mod runtime_checks;
mod schema;
pub(crate) mod secrecy;
mod service_checks;
mod syntax;
mod tree;
mod wide;
pub mod words;

pub use at::At;
pub use model::{Fleet, Service};
pub(crate) use names::Names;
pub(crate) use runtime_checks::platforms_of;
pub use schema::{SCHEMA, schema, toml_value};

use crate::bases::Catalogue;
use crate::diagnostic::{Diagnostic, Span};
use crate::parallel;
use resolve::Resolved;
use toml::de::DeTable;

/// Reads a description.
///
/// # Errors
/// Every mistake in it, in the order of the text.
pub fn load(text: &str) -> Result<Fleet, Vec<Diagnostic>> {
    read(text, true)
}

/// Reads a description that may have no services yet.
///
/// # Errors
/// Every mistake in it, in the order of the text.
pub fn load_begun(text: &str) -> Result<Fleet, Vec<Diagnostic>> {
    let document = DeTable::parse(text).ok();
    let is_catalogue = document.is_some_and(|document| {
        !document.get_ref().is_empty() && document.get_ref().keys().all(|key| key.get_ref() == "catalogue")
    });
    if is_catalogue { read(&format!("{text}{NO_FLEET}"), false) } else { read(text, false) }
}

/// What stands in for the fleet of a file that only tells of base images. It is behind everything, so places stay.
const NO_FLEET: &str = "
[fleet]
name = 'none'
image = '{name}'
phases = ['One']
platforms = ['linux/amd64']
";

fn read(text: &str, needs_services: bool) -> Result<Fleet, Vec<Diagnostic>> {
    // Every fleet stands on bases, so the catalogue is read meanwhile.
    let (document, _) = parallel::both(|| syntax::parse(text), Catalogue::builtin);
    let Resolved { fleet, flaws, form, meaning: mut mistakes } = match tree::split(document?, text) {
        Ok(tree) => resolve::fleet(tree, text),
        Err(form) => Resolved { form, ..Resolved::default() },
    };
    if let Some(fleet) = &fleet {
        mistakes.extend(fleet_checks::between(fleet, &flaws));
        if needs_services && fleet.services.is_empty() && flaws.lost.is_empty() && form.is_empty() {
            let mistake = Diagnostic::new(0..0, "the fleet has no services");
            mistakes.push(mistake.hint("add a [services.NAME] table"));
        }
    }
    if !form.is_empty() {
        mistakes.extend(all_of_form(syntax::parse(text)?, form));
    }
    match fleet {
        Some(fleet) if mistakes.is_empty() => Ok(fleet),
        _ => {
            locate::keys(&mut mistakes, text);
            // What a group gets wrong, every service of it does.
            mistakes.sort_by(|a, b| (a.span.start, &a.message).cmp(&(b.span.start, &b.message)));
            mistakes.dedup();
            Err(mistakes)
        }
    }
}

/// Types fail one at a time: the schema finds the rest of what has the wrong form, and says it
/// better. What it does not know is added.
fn all_of_form(document: toml::Spanned<toml::de::DeTable<'_>>, first: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let mut all = conform::mistakes(&tree::with_sample_names(document), &schema::written());
    let starts: Vec<usize> = all.iter().map(|mistake| mistake.span.start).collect();
    let is_new = |span: &Span| {
        starts.get(starts.partition_point(|start| *start < span.start)).is_none_or(|start| *start > span.end)
    };
    // The two say at different places what is missing: at the table, and at its name.
    let missing: Vec<String> = all.iter().map(|mistake| mistake.message.clone()).collect();
    let is_said = |message: &str| {
        let key = message.strip_prefix("missing field ");
        key.is_some_and(|key| missing.contains(&format!("the key {key} is missing")))
    };
    let rest = first.into_iter().filter(|mistake| is_new(&mistake.span) && !is_said(&mistake.message));
    all.extend(rest);
    all
}
