//! COPY and ADD: what a stage takes from the build context and from other stages.

use super::paths::{clean, join, looks_like_a_file, looks_like_a_program, parent, resolve};
use super::stage::{Copied, Stage, Taken, known, origin};
use super::walk::Walk;
use crate::dockerfile::{Base, Instruction, Keyword};

/// How the message begins about `COPY . .`.
pub(super) const WHOLE: &str = "the whole build context is copied";

impl Walk<'_> {
    pub(super) fn copy(&mut self, at: &mut Stage, instruction: &Instruction<'_>, line: usize) {
        let Some(copy) = instruction.as_copy() else { return };
        let escape = self.file.escape;
        let Some(destination) = known(&copy.destination.value, escape, &at.variables) else {
            return self.note(line, format!("`{}` is unknown, so this is left out", copy.destination.value));
        };
        if !copy.heredocs.is_empty() {
            self.note(line, "a file written inline in the Dockerfile is left out: add it to the sources");
        }
        if let Some(mode) = copy.chmod {
            self.note(line, format!("--chmod={} is not imported: files keep the mode they have", mode.value));
        }
        if let Some(owner) = copy.chown {
            self.note_once(line, format!("--chown={} is not imported: files are owned by root, and the service only writes to `writable` and `volumes`", owner.value));
        }
        for pattern in &copy.exclude {
            self.note(
                line,
                format!("--exclude={} is not imported: list the files you need in `sources`", pattern.value),
            );
        }
        let several = copy.sources.len() > 1;
        for word in &copy.sources {
            let Some(source) = known(&word.value, escape, &at.variables) else {
                self.note(line, format!("`{}` is unknown, so it is left out", word.value));
                continue;
            };
            if let Some(from) = copy.from {
                let from = self.stages.copy_source(from);
                let to = resolve(&at.workdir, &destination);
                let into = several || destination.ends_with('/') || at.has_directory(&to, self.tree);
                let named = source.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
                if copy.parents {
                    self.note(
                        line,
                        format!("--parents is not imported: `{source}` is taken for what lies at {to}"),
                    );
                }
                // A file that is copied into a directory keeps its name; a directory gives its content.
                let to = if into && self.is_file_of(&from, &source) { resolve(&to, named) } else { to };
                at.taken.push(Taken { from, source: resolve("/", &source), to, line });
            } else if source.contains("://") || source.starts_with("git@") {
                self.note(line, format!("`{source}` is downloaded: add it to the sources"));
            } else {
                if instruction.keyword == Keyword::Add && is_archive(&source) {
                    self.note(
                        line,
                        format!(
                            "ADD unpacks `{source}`, but dockwright copies it as it is: unpack it in the sources"
                        ),
                    );
                }
                let destination =
                    if copy.parents { below_parents(&destination, &source) } else { destination.clone() };
                self.copy_from_context(at, &source, &destination, several || copy.parents, line);
            }
        }
    }

    fn copy_from_context(
        &mut self,
        at: &mut Stage,
        source: &str,
        destination: &str,
        several: bool,
        line: usize,
    ) {
        let inner = clean(source);
        let from = join(self.context, &inner);
        let to = resolve(&at.workdir, destination);
        let ignored = join(self.context, ".dockerignore");
        if inner.is_empty() && self.tree.is_directory(&ignored) == Some(false) {
            self.note(
                line,
                format!("{ignored} is not read: `sources` and the usual patterns select what is copied"),
            );
        }
        if inner.contains(['*', '?', '[']) {
            let found = self.matching(&from);
            if found.is_empty() {
                self.note(line, format!("`{source}` matches no file, so it is left out"));
            }
            for path in found {
                self.place(at, path, &to, true);
            }
        } else if from.is_empty() {
            // `COPY . .`: services.toml names what it wants.
            let all = self.tree.entries("");
            let wanted: Vec<_> = all.into_iter().filter(|name| belongs_into_an_image(name)).collect();
            if wanted.is_empty() {
                self.note(line, format!("{WHOLE}: name in `sources` what the service needs of it"));
            } else {
                self.note(
                    line,
                    format!("{WHOLE}; `sources` names {} of it: keep what the service needs", wanted.len()),
                );
            }
            for name in wanted {
                // Here a directory keeps its name: it is content of the one that is copied.
                let directory = self.tree.is_directory(&name).unwrap_or(false);
                at.copied.push(Copied { to: resolve(&to, &name), from: name, directory });
            }
        } else {
            if self.tree.is_directory(&from).is_none()
                && self.tree.is_directory(&join(self.beside, &inner)).is_some()
            {
                let beside = self.beside;
                self.note(line, format!("`{source}` is not in the build context, but next to the Dockerfile: is it built with --context {beside}?"));
            }
            let into = several || destination.ends_with('/') || at.has_directory(&to, self.tree);
            self.place(at, from, &to, into);
        }
    }

    /// Whether a path of another stage or image is a file, going by what is known of it or by its name.
    fn is_file_of(&self, from: &Base, source: &str) -> bool {
        let path = resolve("/", source);
        let stage = match from {
            Base::Stage(index) => self.done.get(*index),
            _ => None,
        };
        match stage {
            Some(stage) if stage.has_directory(&path, self.tree) => false,
            Some(stage) if stage.has_file(&path, self.tree) => true,
            _ => !source.ends_with('/') && looks_like_a_program(&path),
        }
    }

    /// Records a path of the context; a file goes into a directory under its own name.
    fn place(&self, at: &mut Stage, from: String, to: &str, into: bool) {
        let directory = self.tree.is_directory(&from).unwrap_or_else(|| !looks_like_a_file(&from));
        let name = from.rsplit('/').next().unwrap_or(&from);
        // A directory gives its content, but what matched a pattern of several keeps apart.
        let to = if !directory && into { resolve(to, name) } else { to.to_owned() };
        if origin(&at.copied, &to).as_ref() == Some(&from) {
            return;
        }
        if directory
            && self.context.is_empty()
            && at.copied.iter().any(|other| other.to == to && other.directory)
        {
            // Two directories into one: each entry by itself.
            for entry in self.tree.entries(&from) {
                let (from, to) = (format!("{from}/{entry}"), resolve(&to, &entry));
                let directory = self.tree.is_directory(&from).unwrap_or(false);
                at.copied.push(Copied { from, to, directory });
            }
            return;
        }
        let copied = Copied { from, to, directory };
        if !at.copied.contains(&copied) {
            at.copied.push(copied);
        }
    }

    /// The paths of the tree that match a pattern in their last part.
    fn matching(&self, pattern: &str) -> Vec<String> {
        let (directory, last) = pattern.rsplit_once('/').unwrap_or(("", pattern));
        let Ok(glob) = globset::Glob::new(last) else { return Vec::new() };
        let glob = glob.compile_matcher();
        let entries = self.tree.entries(directory).into_iter();
        entries.filter(|name| glob.is_match(name)).map(|name| join(directory, &name)).collect()
    }
}

/// Where `--parents` puts a source: its directories behind `/./` are kept, or all of them. Of a directory, its own name
/// too, since a directory gives its content.
fn below_parents(destination: &str, source: &str) -> String {
    let kept = source.rsplit_once("/./").map_or(source, |(_, kept)| kept);
    let kept = clean(kept);
    let directories = if looks_like_a_file(&kept) { parent(&kept) } else { &kept };
    format!("{}/{directories}/", destination.trim_end_matches('/'))
}

/// Whether ADD unpacks a file of this name: a tar archive, compressed or not.
fn is_archive(name: &str) -> bool {
    const ENDINGS: [&str; 9] =
        [".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz", ".tar.zst", ".tzst"];
    ENDINGS.iter().any(|ending| name.ends_with(ending))
}

/// What has no place in an image, although `COPY .` takes it along.
fn belongs_into_an_image(name: &str) -> bool {
    let refused = ["tests", "test", "docs", "node_modules", "__pycache__", "generated", "dockwright"];
    !name.starts_with('.')
        && !refused.contains(&name)
        && !name.starts_with("Dockerfile")
        && !name.ends_with(".Dockerfile")
        && !name.starts_with("docker-compose")
        && !name.starts_with("services.")
        && !name.to_ascii_lowercase().ends_with(".md")
}
