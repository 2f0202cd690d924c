//! Bulk changes of files that people wrote, as edits of spans: every other byte stays.

pub mod import;
pub mod rebase;
