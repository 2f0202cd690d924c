//! The fleet: what `services.toml` may say, read, checked and resolved.
//!
//! `load` is the way in. It parses the text (`tree`), lays defaults, group and service over
//! each other, gives every value its type (`description`, `kind`, `words`), fills in what is
//! left open (`resolve`) and holds the services against each other (`checks`). It reports every
//! mistake it finds, each with its place, and performs no input or output.

mod at;
mod checks;
mod conform;
pub mod description;
pub mod kind;
pub mod model;
pub mod quantities;
mod resolve;
mod schema;
mod tree;
pub mod words;

pub use at::At;
pub use model::{Fleet, Service};
pub use schema::schema;

use crate::diagnostic::{Diagnostic, Span};

/// Reads a description.
///
/// # Errors
/// Every mistake in it, in the order of the text.
pub fn load(text: &str) -> Result<Fleet, Vec<Diagnostic>> {
    let document = tree::parse(text)?;
    let fleet = tree::split(&document, text).and_then(|tree| resolve::fleet(&tree));
    let mut mistakes = match fleet {
        Ok(fleet) => {
            let mistakes = checks::between_services(&fleet);
            if mistakes.is_empty() {
                return Ok(fleet);
            }
            mistakes
        }
        Err(first) => {
            // Types fail one at a time; the schema finds the rest of what has the wrong form.
            let mut all = conform::mistakes(&tree::with_sample_names(document), &schema());
            let known: Vec<_> = all.iter().map(|mistake| mistake.span.clone()).collect();
            let is_new =
                |span: &Span| known.iter().all(|other| span.end <= other.start || other.end <= span.start);
            all.extend(first.into_iter().filter(|mistake| is_new(&mistake.span)));
            all
        }
    };
    mistakes.sort_by_key(|mistake| mistake.span.start);
    Err(mistakes)
}
