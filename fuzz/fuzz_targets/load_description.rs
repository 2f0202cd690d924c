//! Any text is a fleet that can be rendered, or at least one mistake within the text. The property
//! tests in `tests/program/properties.rs` ask the same of random texts in every run of the tests.

#![no_main]

use dockwright::{fleet, render};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| match fleet::load(text) {
    Ok(fleet) => {
        let services: Vec<_> = fleet.services.iter().collect();
        let files = render::files(&fleet, &services, None, true, "services.toml");
        assert!(files.is_ok_and(|files| files.len() >= 2 * services.len()));
    }
    Err(mistakes) => {
        assert!(!mistakes.is_empty());
        for mistake in mistakes {
            assert!(mistake.span.start <= text.len(), "{mistake:?}");
        }
    }
});
