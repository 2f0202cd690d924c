//! The catalogue as a whole.

mod data;
mod entries;
mod moves;

use super::*;
use crate::date::Date;
use crate::image::ImageReference;

fn image(text: &str) -> ImageReference {
    text.parse().unwrap()
}

fn find(text: &str) -> Base {
    Catalogue::builtin().find(&image(text)).unwrap_or_else(|| panic!("{text} is not in the catalogue"))
}

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

fn today() -> Date {
    Catalogue::builtin().as_of()
}
