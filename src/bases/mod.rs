//! The catalogue of base images: what each starts, as whom, with what inside, and until when.
//!
//! The facts are data: `catalogue.toml` holds them with their sources and the day on which they were
//! true, and services.toml may add to them. A reference is looked up by patterns, so one entry
//! covers all tags of an image; what is not known stays `None`, it is never guessed.

mod base;
mod catalogue;
mod data;
mod entry;
mod moves;
mod packages;
mod pattern;
mod since;
mod successor;
mod tags;

pub use base::{Base, EndOfLife, Shell, TagState};
pub use catalogue::{Catalogue, CatalogueError, Images};
pub(crate) use catalogue::{numbers, short_name};
pub use data::{data_upgrade, sorts_by_c_library};
pub use entry::{CLibrary, CLibraryError, CatalogueEntry, Interpreter, PackageManager, Release, Variation};
pub use moves::{Change, changes};
pub use packages::{Gone, gone, renamed};
pub use since::Since;

#[cfg(test)]
mod tests;
