//! The fleet: what `services.toml` may say, read, checked and resolved.
//!
//! [`load`] is the way in. It parses the text ([`tree`]), lays defaults, group and service over
//! each other, gives every value its type ([`description`], [`kind`], [`words`]), fills in what is
//! left open ([`resolve`]) and holds the services against each other ([`checks`]). It reports every
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

use crate::diagnostic::Diagnostic;

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
            let document = toml::Spanned::new(document.span(), toml::de::DeValue::Table(document.into_inner()));
            let form = conform::mistakes(&document, &schema());
            if form.is_empty() { first } else { form }
        }
    };
    mistakes.sort_by_key(|mistake| mistake.span.start);
    Err(mistakes)
}
