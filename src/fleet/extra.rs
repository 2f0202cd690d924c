//! Instructions of one's own in a generated Dockerfile: what our reader of Dockerfiles reads in each, and what would
//! break a promise of the file.

use super::at::At;
use super::description::Extra;
use super::model::Service;
use super::service_checks::is_never_admitted;
use super::words::{Instruction, Line};
use crate::diagnostic::Diagnostic;
use crate::dockerfile::{self, Dockerfile, Keyword, Mount, Run, Word};
use crate::image::ImageReference;
use crate::path::RelativePath;

mod copies;
mod variables;

/// Where an instruction goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// The stage that builds the program, before it does.
    Build,
    /// The final stage, before what dockwright says there at the end.
    Final,
}

/// What is wrong with an instruction, and what to do about it.
type Refusal = (String, String);

const BEFORE: &str = "FROM scratch\n";
const BEHIND: &str = "USER 1\n";

/// Reads `text` between two other instructions, whatever it does to them.
fn read<T>(text: &str, look: impl FnOnce(&Dockerfile<'_>) -> T) -> T {
    look(&Dockerfile::read(&format!("{BEFORE}{text}\n{BEHIND}")))
}

/// Refuses a text that is not one whole instruction in one line.
pub(super) fn check_form(text: &str) -> Result<(), String> {
    text.parse::<Line>()?;
    read(text, |file| {
        let [_, own, behind] = file.instructions.as_slice() else {
            let is_comment = text.trim_start().starts_with('#') || text.trim().is_empty();
            return Err(if is_comment {
                format!("{text:?} is empty or a comment, not a Dockerfile instruction")
            } else {
                format!("{text:?} continues on the next line: write the instruction on one line, without <<")
            });
        };
        if let Some(problem) = file.problems.first() {
            return Err(format!("{text:?}: {}", problem.message));
        }
        let is_whole = behind.keyword == Keyword::User
            && behind.span.start == BEFORE.len() + text.len() + 1
            && own.heredocs.is_empty();
        if is_whole { Ok(()) } else { Err(format!("{text:?} is not one instruction on one line")) }
    })
}

/// Looks at the instruction of a text that has passed [`check_form`].
fn of<T>(text: &Instruction, look: impl FnOnce(&dockerfile::Instruction<'_>) -> T) -> Option<T> {
    read(text.as_str(), |file| file.instructions.get(1).map(look))
}

impl Extra {
    fn all(&self) -> impl Iterator<Item = (Place, &At<Instruction>)> {
        let build = self.build.iter().map(|instruction| (Place::Build, instruction));
        build.chain(self.last.iter().map(|instruction| (Place::Final, instruction)))
    }

    /// What the instructions take from the build context.
    pub fn paths(&self) -> Vec<At<RelativePath>> {
        let of_one = |text: &At<Instruction>| {
            let paths = of(&text.value, |own| local(own).filter_map(|word| relative(&word.value)).collect());
            let paths: Vec<RelativePath> = paths.unwrap_or_default();
            paths.into_iter().map(|path| At::new(path, text.span.clone())).collect::<Vec<_>>()
        };
        self.all().flat_map(|(_, text)| of_one(text)).collect()
    }
}

/// Instructions that would break what a generated Dockerfile promises.
pub(super) fn check(service: &Service) -> Vec<Diagnostic> {
    let builder = service.kind.program().builder(service);
    let mut found = Vec::new();
    if let (None, Some(first)) = (builder, service.extra.build.first()) {
        let message = format!("no stage builds `{}`, so `extra.build` has no place", service.name.value);
        found.push(
            Diagnostic::new(first.span.clone(), message)
                .hint("add what the image needs in extra.final, or with `programs`"),
        );
    }
    for (place, text) in service.extra.all() {
        let refusal = of(&text.value, |own| refusal(place, own, builder, service));
        if let Some((message, hint)) = refusal.flatten() {
            found.push(Diagnostic::new(text.span.clone(), message).hint(hint));
        }
    }
    found
}

fn refusal(
    place: Place,
    own: &dockerfile::Instruction<'_>,
    builder: Option<&str>,
    service: &Service,
) -> Option<Refusal> {
    let keyword = own.keyword;
    if let Some((why, hint)) = misplaced(place, keyword) {
        return Some((format!("{keyword} {why}"), hint.to_owned()));
    }
    // A stage cannot copy from itself.
    let stage = builder.filter(|_| place == Place::Final);
    (own.as_run().and_then(|run| of_run(own, &run)))
        .or_else(|| froms(own).find_map(|from| unpinned(from, stage)))
        .or_else(|| local(own).find_map(|word| outside(word)))
        .or_else(|| remote(own))
        .or_else(|| {
            own.as_copy().filter(|_| place == Place::Final).and_then(|copy| copies::refused(&copy, service))
        })
        .or_else(|| variables::refused(place, own, service))
}

/// Why an instruction has no place there, and what to do instead.
fn misplaced(place: Place, keyword: Keyword) -> Option<(&'static str, &'static str)> {
    Some(match (place, keyword) {
        (_, Keyword::Add | Keyword::Arg | Keyword::Copy | Keyword::Env) | (Place::Build, Keyword::Run) => {
            return None;
        }
        (Place::Final, Keyword::Expose | Keyword::Label | Keyword::Stopsignal) => return None,
        (Place::Build, Keyword::Expose | Keyword::Label | Keyword::Stopsignal) => {
            ("has no effect in a stage that is not the final one", "move it to extra.final")
        }
        (Place::Final, Keyword::Run) => (
            "runs in the final stage, which has no shell and is for the target platform",
            "run it in extra.build, and copy its output with COPY --from",
        ),
        (_, Keyword::From) => (
            "starts another stage for everything that follows",
            "copy from an image by its digest: COPY --from=IMAGE@sha256:…",
        ),
        (_, Keyword::User) => ("changes the user for everything that follows", "set `user` of [fleet]"),
        (_, Keyword::Shell) => (
            "changes the shell for everything that follows",
            "use the exec form: RUN [\"/bin/bash\", \"-c\", \"…\"]",
        ),
        (_, Keyword::Workdir) => {
            ("changes the directory of every relative path that follows", "write absolute paths instead")
        }
        (_, Keyword::Entrypoint | Keyword::Cmd) => {
            ("changes the command of the image", "set the arguments or the command of the service's kind")
        }
        (_, Keyword::Healthcheck) => ("is another health check", "set `health`"),
        (_, Keyword::Volume) => ("creates anonymous volumes", "list the directory in `volumes`"),
        (_, Keyword::Onbuild) => ("defers an instruction to other images", "remove it"),
        (_, Keyword::Maintainer) => ("is deprecated", "set `labels`"),
        (_, Keyword::Unknown) => ("is not an instruction", "remove it"),
    })
}

fn of_run(own: &dockerfile::Instruction<'_>, run: &Run<'_, '_>) -> Option<Refusal> {
    let is_insecure = own.flag("security").is_some() || own.flag("device").is_some();
    let of_host = run.network.is_some_and(|network| network.value == "host");
    if is_insecure || of_host {
        let message = "RUN with more privileges than a build has by default".to_owned();
        return Some((message, "remove --security, --device or --network=host".to_owned()));
    }
    let mut bound = run.mounts.iter().filter(|mount| mount.kind() == "bind" && mount.from().is_none());
    if bound.any(|mount| mount.source().is_none()) {
        let message = "a mount of the whole build context".to_owned();
        return Some((message, "limit it to a path: --mount=type=bind,source=PATH,target=…".to_owned()));
    }
    let unclear = run.mounts.iter().flat_map(|mount| mount.options).find(|pair| {
        let words = [Some(&pair.name), pair.value.as_ref()];
        words.into_iter().flatten().any(|word| word.value.contains(['"', '\'', '\\']))
    });
    let kinds = ["bind", "cache", "tmpfs", "secret", "ssh"];
    let unknown = run.mounts.iter().any(|mount| !kinds.contains(&&*mount.kind()));
    (unclear.is_some() || unknown).then(|| {
        let message = "a mount with quotes, or of an unknown type".to_owned();
        (message, format!("write it without quotes; the types are {}", kinds.join(", ")))
    })
}

fn mounts<'i, 'a>(own: &'i dockerfile::Instruction<'a>) -> impl Iterator<Item = Mount<'i, 'a>> {
    own.mounts().filter(|mount| matches!(&*mount.kind(), "bind" | "cache"))
}

/// The stages and images that an instruction takes files from.
fn froms<'i>(own: &'i dockerfile::Instruction<'_>) -> impl Iterator<Item = &'i str> {
    let copied = own.as_copy().and_then(|copy| copy.from).map(|from| &*from.value);
    copied.into_iter().chain(mounts(own).filter_map(|mount| mount.from()).map(|from| &*from.value))
}

/// What an instruction takes from the build context.
fn local<'i, 'a>(own: &'i dockerfile::Instruction<'a>) -> impl Iterator<Item = &'i Word<'a>> {
    let copy = own.as_copy().filter(|copy| copy.from.is_none());
    let copied = copy.into_iter().flat_map(|copy| copy.sources).filter(|word| !is_remote(&word.value));
    let bound = own.mounts().filter(|mount| mount.kind() == "bind" && mount.from().is_none());
    copied.chain(bound.filter_map(|mount| mount.source()))
}

fn is_remote(source: &str) -> bool {
    source.contains("://") || source.starts_with("git@")
}

/// A path of the build context, which BuildKit takes with a slash in front too.
fn relative(path: &str) -> Option<RelativePath> {
    path.trim_start_matches("./").trim_start_matches('/').trim_end_matches('/').parse().ok()
}

fn outside(word: &Word<'_>) -> Option<Refusal> {
    if is_never_admitted(&word.value) {
        let message =
            format!("`{}` matches a pattern that is always excluded from the build context", word.value);
        return Some((message, "mount secrets: RUN --mount=type=secret, or rename the file".to_owned()));
    }
    // A path as services.toml knows it has no variables and patterns.
    relative(&word.value).is_none().then(|| {
        let message = format!("`{}` is not a plain path in the build context", word.value);
        (
            message,
            "write a file or directory below the root of the repository, without variables or *".to_owned(),
        )
    })
}

fn unpinned(from: &str, stage: Option<&str>) -> Option<Refusal> {
    let is_pinned = from.parse::<ImageReference>().is_ok_and(|image| image.digest().is_some());
    (!is_pinned && stage != Some(from)).then(|| {
        let hint = match stage {
            Some(stage) => format!("use the stage `{stage}`, or an image with its digest: IMAGE@sha256:…"),
            None => "use an image with its digest: IMAGE@sha256:…".to_owned(),
        };
        (format!("`{from}` is not pinned to a digest"), hint)
    })
}

fn remote(own: &dockerfile::Instruction<'_>) -> Option<Refusal> {
    let copy = own.as_copy()?;
    let source = copy.sources.iter().find(|word| is_remote(&word.value))?;
    if own.flag("keep-git-dir").is_some() {
        return Some((
            "the history of a repository would be in the image".to_owned(),
            "remove --keep-git-dir".to_owned(),
        ));
    }
    let is_checked = own.flag("checksum").is_some();
    (!is_checked).then(|| {
        let hint = "add its checksum: ADD --checksum=sha256:…".to_owned();
        (format!("`{}` has no checksum, and can change", source.value), hint)
    })
}

#[cfg(test)]
mod tests;
