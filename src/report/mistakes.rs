//! The mistakes of a description, for programs and workflows.

use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;

use super::changes::property;
use super::place;
use crate::diagnostic::Diagnostic;
use crate::file_path::shown;

/// Each mistake with its place, for programs.
pub fn json(out: &mut dyn Write, path: &Path, text: &str, mistakes: &[Diagnostic]) -> io::Result<()> {
    #[derive(Serialize)]
    struct Report<'m> {
        mistakes: Vec<Mistake<'m>>,
    }
    #[derive(Serialize)]
    struct Mistake<'m> {
        path: String,
        line: usize,
        column: usize,
        message: &'m str,
        hint: Option<&'m str>,
    }
    let mistakes = mistakes.iter().map(|mistake| {
        let (line, column) = place(text, mistake.span.start);
        let (message, hint) = (mistake.message.as_str(), mistake.hint.as_deref());
        Mistake { path: shown(path).to_string(), line, column, message, hint }
    });
    serde_json::to_writer_pretty(&mut *out, &Report { mistakes: mistakes.collect() })?;
    writeln!(out)
}

/// Each mistake as an annotation of a GitHub workflow.
pub fn github(out: &mut dyn Write, path: &Path, text: &str, mistakes: &[Diagnostic]) -> io::Result<()> {
    for mistake in mistakes {
        let (line, column) = place(text, mistake.span.start);
        let hint = mistake.hint.as_ref().map(|hint| format!("; {hint}")).unwrap_or_default();
        writeln!(
            out,
            "::error file={},line={line},col={column}::{}",
            property(&shown(path).to_string()),
            message(&format!("{}{hint}", mistake.message)),
        )?;
    }
    Ok(())
}

/// A workflow command ends at a line break.
fn message(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}
