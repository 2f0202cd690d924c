//! What a COPY and the lines of a RUN name of the old base.

use super::Planner;
use crate::diagnostic::{Diagnostic, Span};
use crate::dockerfile::{Base, Copy, Edit, Instruction, Keyword};
use crate::refactor::rebase::moves::Fate;
use crate::refactor::rebase::packages;
use crate::refactor::rebase::shift::{Findings, Shift};

impl<'a> Planner<'_, '_, 'a, '_> {
    pub(super) fn copy(&self, instruction: &Instruction<'a>, shift: &Shift, found: &mut Findings) {
        let Some(copy) = instruction.as_copy() else { return };
        let text = self.file.text;
        let source_shift = match copy.from.map(|from| (from, self.stages.copy_source(from))) {
            Some((_, Base::Stage(index))) => self.root(index).map(|movement| movement.shift.clone()),
            Some((_, Base::Image(image))) => match self.mover.fate(&image) {
                Fate::Moves(movement) => Some(movement.shift.clone()),
                _ => None,
            },
            _ => None,
        };
        let stays = self.copied(&copy, source_shift.as_ref(), shift, found);
        let target = &*copy.destination.value;
        if stays {
            let message = format!("`{target}` is left unchanged, because the files copied there do not move");
            let hint = "copy it from the new version, to the path where the new base looks for it";
            found.notes.push(Diagnostic::new(copy.destination.span.clone(), message).hint(hint));
        } else {
            shift.scan(text, &copy.destination.span, found);
        }
        if shift.merged_usr {
            self.behind_links(instruction, &copy, found);
        }
        for heredoc in copy.heredocs {
            let mut inside = Findings::default();
            shift.scan(text, &heredoc.body, &mut inside);
            for edit in inside.edits {
                let message = format!("the file written here names `{}`", &text[edit.span.clone()]);
                let hint = format!("`{}` in the new base", edit.replacement);
                found.notes.push(Diagnostic::new(edit.span, message).hint(hint));
            }
            found.notes.extend(inside.notes);
        }
    }

    /// Looks through the sources of a COPY, and says whether they stay those of the old version.
    fn copied(
        &self,
        copy: &Copy<'_, 'a>,
        source_shift: Option<&Shift>,
        shift: &Shift,
        found: &mut Findings,
    ) -> bool {
        let text = self.file.text;
        let mut stays = false;
        for source in &copy.sources {
            if copy.from.is_none() {
                shift.names_of_release(text, &source.span, found);
            }
            if let Some(shift) = source_shift {
                shift.scan(text, &source.span, found);
                if source.value.contains(".so.") && shift.debian.is_some() {
                    let message = format!("the shared library `{}` may have another version", source.value);
                    let hint = "look up its name in the new release";
                    found.notes.push(Diagnostic::new(source.span.clone(), message).hint(hint));
                }
            } else if shift
                .python
                .as_ref()
                .is_some_and(|(old, _)| source.value.contains(&format!("python{old}")))
            {
                // What does not move fits nowhere else either.
                stays = copy.from.is_some();
                let message = format!("`{}` refers to the old Python version", source.value);
                let hint = "check that it is made for the version of the new base";
                found.notes.push(Diagnostic::new(source.span.clone(), message).hint(hint));
            }
        }
        stays
    }

    /// Moves the destination of a COPY below /usr where the new base has links.
    fn behind_links(&self, instruction: &Instruction<'a>, copy: &Copy<'_, 'a>, found: &mut Findings) {
        let text = self.file.text;
        let target = &*copy.destination.value;
        let may_be_directory = || {
            copy.sources.iter().any(|source| instruction.keyword == Keyword::Add || !is_file(&source.value))
        };
        if target.chars().all(|c| c == '/') && !target.is_empty() && may_be_directory() {
            let message = "the new base has links at /bin, /sbin, /lib and /lib64: a directory of that name cannot be copied there";
            let hint = "if the sources contain one, move its content below usr/";
            found.notes.push(Diagnostic::new(copy.destination.span.clone(), message).hint(hint));
        }
        let is_linked = |directory: &&str| {
            target.strip_prefix(*directory).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        if ["/bin", "/sbin", "/lib", "/lib64"].iter().any(is_linked) {
            let at = copy.destination.span.start;
            if text[at..].starts_with(target) {
                found.edits.push(Edit::new(at..at, "/usr"));
            } else {
                let message = format!("`{target}` is behind a link in the new base");
                found
                    .notes
                    .push(Diagnostic::new(copy.destination.span.clone(), message).hint("copy to /usr"));
            }
        }
    }

    /// Looks through an instruction line by line, comments left out.
    pub(super) fn lines(&self, instruction: &Instruction<'a>, shift: &Shift, found: &mut Findings) {
        let text = self.file.text;
        let mut here = Findings::default();
        for line in packages::lines(text, &instruction.span) {
            if !text[line.clone()].trim_start().starts_with('#') {
                shift.scan(text, &line, &mut here);
            }
        }
        if instruction.keyword == Keyword::Run {
            let mut renames = Findings::default();
            let values = |name: &str| self.value(name, instruction);
            let installed = packages::installed(text, &instruction.span, self.file.escape, &values);
            packages::moved(text, &installed, &shift.packages, &mut renames);
            let covered = |span: &Span| {
                renames.edits.iter().any(|edit| edit.span.start <= span.start && span.end <= edit.span.end)
            };
            here.edits.retain(|edit| !covered(&edit.span));
            here.edits.append(&mut renames.edits);
            here.notes.append(&mut renames.notes);
        }
        // The image that is mounted from moves as a whole or not at all.
        for from in instruction.mounts().filter_map(|mount| mount.from()) {
            let inside = |span: &Span| from.span.start <= span.start && span.end <= from.span.end;
            here.edits.retain(|edit| !inside(&edit.span));
            here.notes.retain(|note| !inside(&note.span));
        }
        // Files of another stage or image that are mounted here are of its versions.
        let mounts =
            instruction.mounts().filter_map(|mount| Some((mount.span, mount.from()?, mount.source()?)));
        for (_, from, source) in mounts {
            let shifted = match self.stages.mount_source(from) {
                Base::Stage(index) => {
                    self.root(index).is_some_and(|other| other.shift.python == shift.python)
                }
                _ => false,
            };
            if !shifted {
                let inside = |span: &Span| source.span.start <= span.start && span.end <= source.span.end;
                let (kept, dropped): (Vec<_>, Vec<_>) =
                    here.edits.into_iter().partition(|edit| !inside(&edit.span));
                here.edits = kept;
                for edit in dropped {
                    let message = format!("the mounted `{}` may be for another version", source.value);
                    found.notes.push(Diagnostic::new(edit.span, message).hint("check what is mounted"));
                }
            }
        }
        found.edits.append(&mut here.edits);
        found.notes.append(&mut here.notes);
    }
}

/// Whether the ending of a name says that it is a file.
fn is_file(name: &str) -> bool {
    const ENDINGS: [&str; 22] = [
        "sh", "bash", "py", "pl", "rb", "js", "mjs", "ts", "json", "toml", "yaml", "yml", "txt", "md",
        "lock", "conf", "cfg", "ini", "jar", "war", "pem", "sql",
    ];
    name.rsplit_once('.').is_some_and(|(stem, ending)| {
        !stem.is_empty() && !stem.ends_with('/') && ENDINGS.contains(&ending.to_ascii_lowercase().as_str())
    })
}
