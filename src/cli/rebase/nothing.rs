//! What `rebase` says if nothing moves.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use super::{Rebase, Scope};
use crate::bases::Catalogue;
use crate::cli::Outcome;
use crate::cli::source::{Description, Fault};
use crate::refactor::rebase::{self, RebasePlan, SourceFile};
use crate::report;

impl Rebase {
    /// With `--eol`, nothing past its end of life is good news; that FROM is nowhere is an error.
    pub(super) fn nothing_to_move(
        &self,
        out: &mut dyn Write,
        plan: &RebasePlan,
        texts: &BTreeMap<&str, &str>,
        files: &[SourceFile],
        description: Option<&Description>,
        scope: &Scope,
    ) -> anyhow::Result<Outcome> {
        let (sides, paths) = self.sides()?;
        let today = self.today.get();
        let Some((from, _)) = sides else {
            report::rebase::plan(out, plan, texts, today)?;
            let looked_at = looked_at(description.filter(|_| scope.described), files);
            writeln!(out, "{looked_at}: nothing is past its end of life")?;
            if paths.is_empty() {
                report::hint_line(out, "`dockwright rebase --eol .` also looks at hand-written files")?;
            }
            return Ok(Outcome::Clean);
        };
        let catalogue = description.map_or(Catalogue::builtin(), |d| d.fleet.catalogue.as_ref());
        let notes: Vec<_> = plan.files.iter().flat_map(|file| &file.notes).collect();
        if !notes.is_empty() {
            report::rebase::plan(out, plan, texts, today)?;
        }
        let mut unnamed = rebase::unnamed(files, catalogue);
        unnamed.retain(|image, _| {
            let quoted = format!("`{image}`");
            !notes.iter().any(|note| note.message.contains(&quoted))
        });
        report::rebase::unnamed(out, &unnamed, catalogue.as_of())?;
        let verb = if notes.is_empty() { "is based on" } else { "moves from" };
        let hint = "`dockwright bases --used` lists the base of each service";
        Err(Fault::plain(format!("nothing here {verb} `{from}`"), Some(hint.to_owned())).into())
    }
}

/// What a run for ends of life has looked at.
fn looked_at(described: Option<&Description>, files: &[SourceFile]) -> String {
    let catalogue =
        described.map_or(Catalogue::builtin(), |description| description.fleet.catalogue.as_ref());
    let mut images: BTreeSet<_> =
        files.iter().flat_map(|file| rebase::images(&file.text, file.language, catalogue).images).collect();
    let mut of = Vec::new();
    if let Some(Description { fleet, .. }) = described {
        images.extend(fleet.base_images().into_iter().cloned());
        of.push(report::counted(fleet.services.len(), "service"));
    }
    if described.is_none() || !files.is_empty() {
        of.push(report::counted(files.len(), "file"));
    }
    format!("{}, of {}", report::counted(images.len(), "image"), of.join(" and "))
}
