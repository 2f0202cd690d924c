//! What one stage builds and another one takes: whether it fits the other's base.

use super::shift::Findings;
use crate::bases::{Base, CLibrary};
use crate::diagnostic::{Diagnostic, Span};
use crate::dockerfile::{Copy, Instruction, Keyword};

/// The base of a stage before and after the move.
pub(super) struct Moved<'b> {
    pub(super) image: String,
    pub(super) before: Option<&'b Base>,
    pub(super) after: Option<&'b Base>,
}

/// The C libraries of two bases, if the first is older than what the second builds for.
pub(super) fn older_library<'b>(run: &'b Base, build: &'b Base) -> Option<(&'b CLibrary, &'b CLibrary)> {
    let (have, need) = (run.libc.as_ref()?, build.libc.as_ref()?);
    let numbers =
        |version: &str| version.split('.').map(str::parse::<u32>).collect::<Result<Vec<_>, _>>().ok();
    match (have, need) {
        (CLibrary::Glibc(old), CLibrary::Glibc(new)) | (CLibrary::Musl(old), CLibrary::Musl(new)) => {
            (numbers(old)? < numbers(new)?).then_some((have, need))
        }
        _ => None,
    }
}

/// What to say if the move puts a newer C library below what is built than below where it runs. The move is at
/// fault where all that the image builds needs that library.
pub(super) fn library(
    source: &Moved<'_>,
    target: &Moved<'_>,
    place: &Span,
    built: &[Instruction<'_>],
) -> Option<(bool, Diagnostic)> {
    let (have, need) = older_library(target.after?, source.after?)?;
    let was_so =
        target.before.zip(source.before).is_some_and(|(run, build)| older_library(run, build).is_some());
    if was_so {
        return None;
    }
    let is_native = source.after?.entry == "rust" && !runs(built, &["musl"]);
    let message = format!("`{}` builds for {need}, but `{}` has {have}", source.image, target.image);
    let hint = "programs built for a newer C library do not start: move both";
    Some((is_native, Diagnostic::new(place.clone(), message).hint(hint)))
}

/// Lists a virtual environment or packages of Python that are taken to a base of another version. The one that
/// they are made with is not moved: it may be wanted for other reasons.
pub(super) fn python(
    copy: &Copy<'_, '_>,
    source: &Moved<'_>,
    target: &Moved<'_>,
    built: &[Instruction<'_>],
    found: &mut Findings,
) {
    let version = |base: Option<&Base>| base?.interpreter("python")?.version.clone();
    let minor = |version: String| version.split('.').take(2).collect::<Vec<_>>().join(".");
    let (Some(made), Some(before), Some(after)) = (
        version(source.after).map(minor),
        version(target.before).map(minor),
        version(target.after).map(minor),
    ) else {
        return;
    };
    if made == after {
        return;
    }
    for path in &copy.sources {
        let name = path.value.trim_end_matches('/');
        let is_made = name.contains("-packages")
            || name.rsplit('/').next().is_some_and(|last| last.contains("venv"))
            || (runs(built, &[name]) && runs(built, &["venv", "virtualenv", "--target", "--prefix"]));
        if !is_made {
            continue;
        }
        let message = if before == after {
            format!("`{name}` is created with Python {made}, but this base has {after}")
        } else {
            format!("`{name}` is created with Python {made}; the old base has {before}, the new one {after}")
        };
        let hint = "create it with the version that runs it";
        found.notes.push(Diagnostic::new(path.span.clone(), message).hint(hint));
    }
}

/// Whether a RUN names one of some words.
fn runs(instructions: &[Instruction<'_>], words: &[&str]) -> bool {
    let runs = instructions.iter().filter(|instruction| instruction.keyword == Keyword::Run);
    let mut texts = runs.flat_map(|run| run.arguments.iter().map(|word| &*word.value));
    texts.any(|text| words.iter().any(|word| text.contains(word)))
}
