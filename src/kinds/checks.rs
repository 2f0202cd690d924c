//! What the kind of a service asks for, and what it has no use for.

use super::health::without_tls;
use super::start::{never_set, wrong_command};
use super::{Lack, absent};
use crate::bases::CLibrary;
use crate::diagnostic::{Diagnostic, Span};
use crate::fleet::At;
use crate::fleet::model::{Base, Service};
use crate::path::{AbsolutePath, RelativePath};

/// What a service gets wrong about its kind.
pub(crate) fn of(service: &Service) -> Option<Diagnostic> {
    let own = service.kind.program().check(service);
    let own = own.or_else(|| no_paths(service));
    let own = own.or_else(|| useless(service));
    let own = own.or_else(|| absent::checked(service)).or_else(|| absent::unexpanded(service));
    let own = own.or_else(|| without_tls(service));
    let own = own.or_else(|| wrong_command(service));
    own.or_else(|| never_set(service))
}

fn no_paths(service: &Service) -> Option<Diagnostic> {
    service.programs.as_ref().filter(|programs| programs.paths.is_empty())?;
    let message = format!("the `programs` of `{}` list no paths, so nothing is copied", service.name.value);
    Some(Diagnostic::new(service.name.span.clone(), message).about(["programs"]).hint("set programs.paths"))
}

/// A key that the kind's template would pass over in silence.
fn useless(service: &Service) -> Option<Diagnostic> {
    let program = service.kind.program();
    let accepts = program.accepts();
    let said = [
        ("programs", !accepts.programs && service.programs.is_some()),
        ("sources", !accepts.sources && !service.sources.is_empty()),
        ("writable", !accepts.directories && !service.writable.is_empty()),
        ("volumes", !accepts.directories && !service.volumes.is_empty()),
    ];
    let (key, _) = said.into_iter().find(|(_, useless)| *useless)?;
    let kind = program.word();
    Some(
        Diagnostic::new(
            service.name.span.clone(),
            format!("`{}` has `{key}`, which has no effect on a {kind} service", service.name.value),
        )
        .about([key])
        .hint(format!("remove `{key}`, or change the kind of the service")),
    )
}

/// A run image without the interpreter that the kind starts.
pub(super) fn interpreter(base: &Base, wanted: &'static str) -> Option<Lack> {
    let found = base.interpreter.as_ref();
    found.is_none_or(|interpreter| interpreter.name != wanted).then(|| Lack {
        needs: wanted,
        found: found.map_or("no known interpreter".to_owned(), |found| format!("only {}", found.path)),
        hint: "choose another base, or describe the image in [catalogue] if it is unknown",
    })
}

/// A program that is started by its name alone.
pub(crate) fn absolute_program(span: &Span, program: &str) -> Diagnostic {
    Diagnostic::new(span.clone(), format!("`{program}` is not an absolute path"))
        .hint("an image without a shell has no PATH lookup: write the absolute path of the program")
}

/// A file that the program reads and that a directory to write to would hide.
pub(super) fn assets(service: &Service, assets: &[At<RelativePath>]) -> Option<Diagnostic> {
    let hides = |asset: &RelativePath| {
        let place: AbsolutePath = format!("/app/{asset}").parse().ok()?;
        service.owned_directories().into_iter().find(|directory| place.is_within(directory))
    };
    let (asset, directory) = assets.iter().find_map(|asset| Some((asset, hides(&asset.value)?)))?;
    let message = format!("`{directory}` would hide the asset `{}`", asset.value);
    Some(Diagnostic::new(asset.span.clone(), message).hint("choose another writable directory"))
}

/// A run image without the C library that the program is linked with.
pub(super) fn linked(base: &Base, hint: &'static str) -> Option<Lack> {
    let lack = || Lack { needs: "a C library", found: "none".to_owned(), hint };
    matches!(base.libc, Some(CLibrary::None)).then(lack)
}
