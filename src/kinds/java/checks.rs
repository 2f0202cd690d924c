//! What a Java service gets wrong about its keys, although every value has its type.

use super::{Java, Start};
use crate::diagnostic::{Diagnostic, Span};
use crate::fleet::At;
use crate::fleet::model::Service;
use crate::kinds::checks::interpreter;
use crate::path::RelativePath;

/// The first of them.
pub(super) fn of(java: &Java, service: &Service) -> Option<Diagnostic> {
    sources(java, service).or_else(|| useless(java, service)).or_else(|| interpreter(service, "java"))
}

/// Sources without a class to compile, and the other way round.
fn sources(java: &Java, service: &Service) -> Option<Diagnostic> {
    match java.start() {
        Start::Version if !service.sources.is_empty() => {
            let message = "nothing says what the sources are made into";
            let hint = "set `build` of java, or `main` for classes that the JDK alone compiles";
            Some(Diagnostic::new(service.name.span.clone(), message).hint(hint))
        }
        Start::Compiled(main) if service.sources.is_empty() => Some(
            Diagnostic::new(main.span.clone(), "there are no sources to compile the class from")
                .hint("set `sources`, or `build` if Maven or Gradle compiles it"),
        ),
        _ => None,
    }
}

/// Keys that say nothing beside the others.
fn useless(java: &Java, service: &Service) -> Option<Diagnostic> {
    let own = || service.name.span.clone();
    let of = |at: &At<RelativePath>| at.span.clone();
    let (start, is_built) = (java.start(), java.build.is_some());
    let is_jar = is_built || java.jar.is_some();
    let cases: [(bool, Option<Span>, &str, &str); 6] = [
        (
            !is_built,
            java.module.as_ref().map(of),
            "`module` names a part of a build, and nothing is built",
            "set `build`, or take `module` away",
        ),
        (
            java.jar.is_some() && !is_built,
            java.main.as_ref().map(|main| main.span.clone()),
            "a jar that is there is started by its manifest, not by `main`",
            "take `main` away, or set `build`",
        ),
        (
            !is_jar,
            java.layers.then(own),
            "`layers` takes a jar of Spring Boot apart, and there is none",
            "set `build` or `jar`, or take `layers` away",
        ),
        (
            java.main.is_some(),
            java.layers.then(own),
            "a jar of Spring Boot that is taken apart is started by itself, not by `main`",
            "take `main` or `layers` away",
        ),
        (
            matches!(start, Start::Version),
            (!java.arguments.is_empty()).then(own),
            "`arguments` are those of a program, and this is the Java runtime alone",
            "set `build`, `jar` or `main`",
        ),
        (
            matches!(start, Start::Version),
            java.agent.as_ref().map(of),
            "an agent is loaded into a program, and this is the Java runtime alone",
            "set `build`, `jar` or `main`",
        ),
    ];
    cases
        .into_iter()
        .filter(|(applies, ..)| *applies)
        .find_map(|(_, span, message, hint)| Some(Diagnostic::new(span?, message).hint(hint)))
}
