//! Any text is read without a panic, and every span lies in it. The property tests in
//! `tests/dockerfile_properties.rs` ask the same of random texts in every run of the tests.

#![no_main]

use dockwright::dockerfile::{Dockerfile, Edit, Stages, apply};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let file = Dockerfile::read(text);
    let mut edits = Vec::new();
    for instruction in &file.instructions {
        for word in &instruction.arguments {
            assert!(text.get(word.span.clone()).is_some());
        }
        instruction.as_copy();
        instruction.as_run();
        instruction.as_healthcheck();
        edits.push(Edit::new(instruction.span.clone(), &text[instruction.span.clone()]));
    }
    assert_eq!(apply(text, &edits).as_deref(), Ok(text));
    let stages = Stages::of(&file);
    if let Some(last) = stages.stages.len().checked_sub(1) {
        stages.config(last, &|_| None);
    }
});
