//! What the kind of a service asks for, and what it has no use for.

use super::kind::{Kind, Native, Python};
use super::model::{Health, Probe, Service};
use super::words::Line;
use crate::diagnostic::{Diagnostic, Span};

/// What a service gets wrong about its kind.
pub(super) fn of(service: &Service) -> Option<Diagnostic> {
    let own = match &service.kind {
        Kind::Python(kind) => python(service, kind),
        Kind::Java(java) => match &java.main {
            None if !service.sources.is_empty() => Some(
                Diagnostic::new(
                    service.name.span.clone(),
                    "nothing says which class the sources are compiled for",
                )
                .hint("set `main` of java"),
            ),
            Some(main) if service.sources.is_empty() => Some(
                Diagnostic::new(main.span.clone(), "there are no sources to compile the class from")
                    .hint("set `sources`"),
            ),
            _ => interpreter(service, "java"),
        },
        Kind::Node(_) => interpreter(service, "node"),
        Kind::Native(kind) => native(service, kind),
        Kind::Bare(_) => answers(service),
    };
    let own = own.or_else(|| no_paths(service));
    own.or_else(|| useless(service)).or_else(|| unanswerable(service))
}

/// A base image that is asked whether it answers.
fn answers(service: &Service) -> Option<Diagnostic> {
    let asked = matches!(&service.health, Health::Check { probe, .. } if !matches!(probe, Probe::Exec(_)));
    asked.then(|| {
        let message = format!("`{}` is a bare image, in which nothing answers", service.name.value);
        Diagnostic::new(service.name.span.clone(), message).hint("set health to { none = \"reason\" }")
    })
}

fn no_paths(service: &Service) -> Option<Diagnostic> {
    service.programs.as_ref().filter(|programs| programs.paths.is_empty())?;
    let message =
        format!("the `programs` of `{}` name no paths, so nothing of them is taken", service.name.value);
    Some(Diagnostic::new(service.name.span.clone(), message).hint("set programs.paths"))
}

/// A question that only the static probe can ask, in an image without it.
fn unanswerable(service: &Service) -> Option<Diagnostic> {
    let kind = match &service.kind {
        Kind::Python(_) => "python",
        Kind::Node(_) => "node",
        Kind::Java(_) | Kind::Native(_) | Kind::Bare(_) => return None,
    };
    let Health::Check { probe: Probe::Server { server, port }, .. } = &service.health else { return None };
    Some(
        Diagnostic::new(
            service.name.span.clone(),
            format!(
                "`{}` is asked as a {} server, which the static probe does, and a {kind} image has none",
                service.name.value,
                server.word(),
            ),
        )
        .hint(format!("set health to {{ tcp = {port} }}, or to an `exec` that asks more")),
    )
}

fn python(service: &Service, python: &Python) -> Option<Diagnostic> {
    let at = service.name.span.clone();
    let name = service.name.as_str();
    let said = [
        python.app.as_ref().map(|v| &v.span),
        python.module.as_ref().map(|v| &v.span),
        python.command.as_ref().map(|v| &v.span),
    ];
    let said: Vec<&Span> = said.into_iter().flatten().collect();
    if python.command.as_ref().is_some_and(|command| command.value.is_empty()) {
        return Some(
            Diagnostic::new(at, format!("nothing says what `{name}` starts")).hint("python.command is empty"),
        );
    }
    match said.as_slice() {
        [] => Some(
            Diagnostic::new(at, format!("nothing says what `{name}` starts"))
                .hint("set one of python.app, python.module and python.command"),
        ),
        [_] if python.app.is_some() && service.ports.is_empty() => Some(
            Diagnostic::new(at, format!("`{name}` serves an application, but has no port"))
                .hint("set `ports`"),
        ),
        [app] if python.app.is_some() && python.requirements.is_empty() && python.packages.is_empty() => {
            Some(
                Diagnostic::new((*app).clone(), "uvicorn serves the application, but nothing installs it")
                    .hint("set python.requirements or python.packages"),
            )
        }
        [_] => interpreter(service, "python"),
        [first, second, ..] => Some(
            Diagnostic::new((*second).clone(), "only one of app, module and command can be started")
                .related((*first).clone(), "the first one")
                .hint("take one of them away"),
        ),
    }
}

fn native(service: &Service, native: &Native) -> Option<Diagnostic> {
    let program = native.command.first().map_or("", Line::as_str);
    if !program.starts_with('/') {
        return Some(absolute_program(&native.command.span, program));
    }
    service.programs.is_none().then(|| {
        Diagnostic::new(service.name.span.clone(), format!("`{}` has no programs", service.name.value))
            .hint("set programs = { paths = [\"/usr/bin/…\"] }")
    })
}

/// A key that the kind's template would pass over in silence.
fn useless(service: &Service) -> Option<Diagnostic> {
    let (kind, programs, sources, directories) = match &service.kind {
        Kind::Python(_) | Kind::Native(_) => return None,
        Kind::Java(_) => ("java", false, true, true),
        Kind::Node(_) => ("node", false, true, true),
        Kind::Bare(_) => ("bare", false, false, false),
    };
    let said = [
        ("programs", !programs && service.programs.is_some()),
        ("sources", !sources && !service.sources.is_empty()),
        ("writable", !directories && !service.writable.is_empty()),
        ("volumes", !directories && !service.volumes.is_empty()),
    ];
    let (key, _) = said.into_iter().find(|(_, useless)| *useless)?;
    Some(
        Diagnostic::new(
            service.name.span.clone(),
            format!("`{}` has `{key}`, which a {kind} service has no use for", service.name.value),
        )
        .hint(format!("take `{key}` away, or make it a service of another kind")),
    )
}

fn interpreter(service: &Service, wanted: &str) -> Option<Diagnostic> {
    let found = service.base.interpreter.as_ref();
    found.is_none_or(|interpreter| interpreter.name != wanted).then(|| {
        let what = found.map_or("no known interpreter".to_owned(), |found| format!("only {}", found.path));
        Diagnostic::new(
            service.name.span.clone(),
            format!(
                "`{}` needs {wanted}, but its run image {} has {what}",
                service.name.value, service.base.run
            ),
        )
        .hint("name another base, or describe the image in [catalogue] if dockwright does not know it")
    })
}

pub(super) fn absolute_program(span: &Span, program: &str) -> Diagnostic {
    Diagnostic::new(span.clone(), format!("`{program}` is not an absolute path"))
        .hint("an image without a shell searches nothing: write the whole path of the program")
}
