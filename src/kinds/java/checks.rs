//! What a Java service gets wrong about its keys, although every value has its type.

use super::{Java, Start};
use crate::diagnostic::{Diagnostic, Span};
use crate::fleet::At;
use crate::fleet::model::Service;
use crate::path::RelativePath;

/// The first of them.
pub(super) fn of(java: &Java, service: &Service) -> Option<Diagnostic> {
    sources(java, service).or_else(|| useless(java, service))
}

/// Sources without a class to compile, and the other way round.
fn sources(java: &Java, service: &Service) -> Option<Diagnostic> {
    match java.start() {
        Start::Version if !service.sources.is_empty() => {
            let message = "the sources have neither `build` nor `main`";
            let hint = "set `build` of java, or `main` for classes that the JDK alone compiles";
            Some(Diagnostic::new(service.name.span.clone(), message).about(["java"]).hint(hint))
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
            "`module` needs `build`",
            "set `build`, or remove `module`",
        ),
        (
            java.jar.is_some() && !is_built,
            java.main.as_ref().map(|main| main.span.clone()),
            "`main` has no effect on an existing jar, which starts the class of its manifest",
            "remove `main`, or set `build`",
        ),
        (
            !is_jar,
            java.layers.then(own),
            "`layers` needs a Spring Boot jar, and there is none",
            "set `build` or `jar`, or remove `layers`",
        ),
        (
            java.main.is_some(),
            java.layers.then(own),
            "`main` has no effect with `layers`, which starts the class of the Spring Boot jar",
            "remove `main` or `layers`",
        ),
        (
            matches!(start, Start::Version),
            (!java.arguments.is_empty()).then(own),
            "`arguments` needs a program, and this service is only a Java runtime",
            "set `build`, `jar` or `main`",
        ),
        (
            matches!(start, Start::Version),
            java.agent.as_ref().map(of),
            "`agent` needs a program, and this service is only a Java runtime",
            "set `build`, `jar` or `main`",
        ),
    ];
    cases
        .into_iter()
        .filter(|(applies, ..)| *applies)
        .find_map(|(_, span, message, hint)| Some(Diagnostic::new(span?, message).hint(hint)))
}
