//! What `gen` would change, for the summary of a job or a comment on a pull request.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::changes::{Place, remedies, total};
use super::counted;
use super::markup::{escaped, fence};
use super::patch::{is_helper, patch};
use crate::file_path::shown_in;
use crate::sync::{Plan, PlannedFile};

/// A summary on GitHub holds 1 MiB, and nobody reads a tenth of it.
const MOST_BYTES: usize = 200_000;

/// The differences in Markdown: what to do about each state, and a folded diff for each service.
pub fn markdown(out: &mut dyn Write, plan: &Plan, place: Place<'_>) -> io::Result<()> {
    let mut units: BTreeMap<String, Vec<&PlannedFile>> = BTreeMap::new();
    for file in plan.differences() {
        units.entry(heading(file)).or_default().push(file);
    }
    let differing: usize = units.values().map(Vec::len).sum();
    if differing == 0 {
        return writeln!(out, "**dockwright**: {}, all in sync", total(plan));
    }
    writeln!(out, "**dockwright**: {}, {differing} not in sync\n", total(plan))?;
    for (state, remedy) in remedies(plan.differences(), place.fleet_options) {
        writeln!(out, "- **{state}**: {remedy}")?;
    }
    writeln!(
        out,
        "\nIn each diff, `-` is the file as it is, and `+` is what services.toml describes: after an edit by hand, \
         it shows what {} would undo.\n",
        place.fleet_options.put_into("`dockwright gen --force`")
    )?;
    let mut left = MOST_BYTES;
    for (unit, files) in &units {
        let mut states: Vec<_> = files.iter().map(|file| file.state.word()).collect();
        states.sort_unstable();
        states.dedup();
        writeln!(
            out,
            "<details><summary>{unit}: {}, {}</summary>\n",
            states.join(", "),
            counted(files.len(), "file"),
        )?;
        for file in files {
            let path = shown_in(place.root, file.path.as_str());
            let diff = patch(file, &path, None);
            if diff.len() > left {
                let message =
                    place.fleet_options.put_into("the diff is too long to show; run `dockwright gen --diff`");
                writeln!(out, "`{path}`: {message}\n")?;
                continue;
            }
            left -= diff.len();
            let fence = fence(&diff);
            writeln!(out, "{fence}diff\n{}\n{fence}\n", diff.trim_end_matches('\n'))?;
        }
        writeln!(out, "</details>\n")?;
    }
    Ok(())
}

/// What a file belongs to, in HTML. The entry of a file that nothing describes any more is in its header.
fn heading(file: &PlannedFile) -> String {
    let of_entry = || file.entry.split_once(" [services.")?.1.strip_suffix(']');
    match file.unit.as_deref().or_else(of_entry) {
        Some(service) => format!("<code>{}</code>", escaped(service)),
        None if is_helper(file) => "build helpers".to_owned(),
        None => "the whole fleet".to_owned(),
    }
}
