//! What ends a run, for programs, workflows and summaries: on standard output, in the format that was asked for.

use std::io::{self, Write};

use serde::Serialize;

use super::counted;
use super::markup::{fence, property};

/// An error, and where it is if it is in a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The file that it is in.
    pub path: Option<String>,
    /// The line, counted from 1.
    pub line: Option<usize>,
    /// The column, counted from 1.
    pub column: Option<usize>,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
}

impl Problem {
    /// An error that is in no text.
    pub fn new(message: String, hint: Option<String>) -> Self {
        Self { path: None, line: None, column: None, message, hint }
    }
}

/// For programs.
pub fn json(out: &mut dyn Write, errors: &[Problem]) -> io::Result<()> {
    #[derive(Serialize)]
    struct Report<'e> {
        errors: &'e [Problem],
    }
    serde_json::to_writer_pretty(&mut *out, &Report { errors })?;
    writeln!(out)
}

/// For a GitHub workflow: an annotation for each, at the level `error` or `warning`.
pub fn github(out: &mut dyn Write, level: &str, problems: &[Problem]) -> io::Result<()> {
    for Problem { path, line, column, message: what, hint } in problems {
        let hint = hint.as_ref().map(|hint| format!("; {hint}")).unwrap_or_default();
        let text = message(&format!("{what}{hint}"));
        match (path, line, column) {
            (Some(path), Some(line), Some(column)) => {
                writeln!(out, "::{level} file={},line={line},col={column}::{text}", property(path))?;
            }
            _ => writeln!(out, "::{level} title=dockwright::{text}")?,
        }
    }
    Ok(())
}

/// A workflow command ends at a line break.
fn message(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// For the summary of a job: what people are shown, without its colours.
pub fn markdown(out: &mut dyn Write, shown: &str) -> io::Result<()> {
    let text = anstream::adapter::strip_str(shown).to_string();
    let fence = fence(&text);
    writeln!(out, "**dockwright** could not check the fleet:\n\n{fence}text\n{}\n{fence}", text.trim_end())
}

/// For the summary of a job: what may fail a build, as a list.
pub fn warnings(out: &mut dyn Write, warnings: &[Problem]) -> io::Result<()> {
    if warnings.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n**{}**\n", counted(warnings.len(), "warning"))?;
    for Problem { path, line, message, hint, .. } in warnings {
        let place =
            path.as_ref().zip(*line).map(|(path, line)| format!("`{path}:{line}`: ")).unwrap_or_default();
        let hint = hint.as_ref().map(|hint| format!("; {hint}")).unwrap_or_default();
        writeln!(out, "- {place}{message}{hint}")?;
    }
    Ok(())
}
