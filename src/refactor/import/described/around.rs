//! Files beside a program that a manifest describes: what is built is none, and what lies in its directory is an asset.

use toml::Table;

use super::super::draft::{Draft, unique};
use super::super::gather::OF_THE_BASE;
use super::super::paths::{is_within, join, relative, resolve};
use super::super::stage::Copied;
use crate::detect::Proposal;

impl Draft<'_> {
    pub(super) fn around_the_program(&mut self, found: &Proposal, argv: &[String], table: &mut Table) {
        self.forget_the_program(argv);
        self.forget_sources_of(&found.directory);
        // Where the directory is that of a workspace, what is built lies where the program or the context begins.
        let roots = [found.directory.as_str(), found.member.as_str(), self.source.context];
        let mut assets = Vec::new();
        for copied in std::mem::take(&mut self.sources) {
            // What commands make lies in no tree.
            let is_there = self.tree.is_directory(&copied.from).is_some();
            if is_there && !is_within(&found.directory, &copied.from) {
                assets.extend(self.asset(&copied, found, &roots, table));
            }
        }
        self.moved_where_it_is_built(found, &roots);
        unique(&mut assets);
        if !assets.is_empty() {
            table.insert("assets".to_owned(), assets.into());
        }
    }

    /// Takes back what was said of the program's own file: it is built, not copied.
    fn forget_the_program(&mut self, argv: &[String]) {
        let workdir = &self.last.workdir;
        for taken in &self.last.taken {
            let is_program = argv.iter().any(|word| is_within(&resolve(workdir, word), &taken.to));
            let told = ["is created by commands in another stage", OF_THE_BASE]
                .map(|told| format!("`{}` {told}", taken.source));
            let is_told = |message: &str| told.iter().any(|told| message.starts_with(told.as_str()));
            self.notes.retain(|note| !is_program || !is_told(&note.message));
        }
    }

    /// Where the manifest itself is in the image, everything is, and nobody says what the program reads.
    fn forget_sources_of(&mut self, directory: &str) {
        let manifests = ["Cargo.toml", "go.mod"].map(|name| join(directory, name));
        if self.sources.iter().any(|copied| manifests.contains(&copied.from)) {
            self.sources.clear();
            let message =
                "all sources lie in the final stage: name in `assets` what the program reads of them";
            self.note(self.from_line, message);
        }
    }

    /// What is copied beside the program, as an asset of a kind that has some. Tells what is elsewhere in the new image.
    fn asset(&mut self, copied: &Copied, found: &Proposal, roots: &[&str], table: &Table) -> Option<String> {
        let (from, to, workdir) = (&copied.from, &copied.to, &self.last.workdir);
        let Some(inner) = relative(&found.directory, from) else {
            let message = format!("`{from}` is not imported: it is outside the program's directory");
            self.note(self.from_line, message);
            return None;
        };
        let has_assets = matches!(found.kind, "go" | "rust");
        let message = if has_assets {
            let message = || format!("`{from}` was {to}, but assets go to the same path below /app");
            (*to != resolve(workdir, inner)).then(message)
        } else if table.contains_key("next") && !matches!(inner, "" | "public") {
            Some(format!("`{from}` is in the new image as far as the server of Next.js needs it"))
        } else {
            let message = || format!("`{from}` was {to}, and is not moved there");
            is_moved(copied, roots, workdir).then(message)
        };
        if let Some(message) = message {
            self.note(self.from_line, message);
        }
        has_assets.then(|| inner.to_owned())
    }

    /// Tells of files that a stage which builds has elsewhere than the sources do.
    fn moved_where_it_is_built(&mut self, found: &Proposal, roots: &[&str]) {
        let last = self.last;
        for stage in self.stages.iter().filter(|stage| !std::ptr::eq(*stage, last)) {
            for copied in &stage.copied {
                let (from, to) = (&copied.from, &copied.to);
                let is_deep = relative(&found.directory, from).is_some_and(|inner| inner.contains('/'));
                let is_there = self.tree.is_directory(from).is_some();
                if is_deep && is_there && is_moved(copied, roots, &stage.workdir) {
                    let message =
                        format!("`{from}` is put at {to} in a stage that builds, and is not moved there");
                    self.note(self.from_line, message);
                }
            }
        }
    }
}

/// Whether a file lies elsewhere than where it is among the sources, from each directory that these may begin in.
fn is_moved(copied: &Copied, roots: &[&str], workdir: &str) -> bool {
    let is_there =
        |root: &&str| relative(root, &copied.from).is_some_and(|inner| resolve(workdir, inner) == copied.to);
    !copied.directory && !roots.iter().any(is_there)
}
