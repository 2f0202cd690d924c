//! What `gen` would change, for the summary of a job or a comment on a pull request.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::counted;
use super::markup::escaped;
use crate::sync::diff::unified;
use crate::sync::{Plan, PlannedFile};

/// A summary on GitHub holds 1 MiB, and nobody reads a tenth of it.
const MOST_BYTES: usize = 200_000;

/// The differences in Markdown: a folded diff for each service.
pub fn markdown(out: &mut dyn Write, plan: &Plan) -> io::Result<()> {
    let mut units: BTreeMap<&str, Vec<&PlannedFile>> = BTreeMap::new();
    for file in plan.differences() {
        units.entry(file.unit.as_deref().unwrap_or("the whole fleet")).or_default().push(file);
    }
    let files = counted(plan.files.len(), "file");
    let differing: usize = units.values().map(Vec::len).sum();
    if differing == 0 {
        return writeln!(out, "**dockwright**: {files}, all in sync");
    }
    writeln!(out, "**dockwright**: {files}, {differing} not in sync\n")?;
    let mut left = MOST_BYTES;
    for (unit, files) in &units {
        let mut states: Vec<_> = files.iter().map(|file| file.state.word()).collect();
        states.sort_unstable();
        states.dedup();
        writeln!(
            out,
            "<details><summary><code>{}</code>: {}, {}</summary>\n",
            escaped(unit),
            states.join(", "),
            counted(files.len(), "file"),
        )?;
        for file in files {
            let diff = unified(file);
            if diff.len() > left {
                writeln!(
                    out,
                    "`{}`: the diff is too long to show; run `dockwright gen --diff`\n",
                    file.path
                )?;
                continue;
            }
            left -= diff.len();
            let fence = fence(&diff);
            writeln!(out, "{fence}diff\n{}\n{fence}\n", diff.trim_end_matches('\n'))?;
        }
        writeln!(out, "</details>\n")?;
    }
    writeln!(out, "`dockwright gen` writes what services.toml says; `gen --check` explains each state.")
}

/// A fence that no line of a text closes.
fn fence(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    "`".repeat(longest.max(2) + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fence_is_longer_than_any_inside() {
        assert_eq!(fence("no ticks"), "```");
        assert_eq!(fence("+````\n"), "`````");
    }
}
