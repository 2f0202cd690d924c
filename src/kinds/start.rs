//! Programs whose arguments refer to environment variables: the image has no shell that could put their values in, so
//! a static program does, and becomes the program.

use std::collections::BTreeSet;

use crate::diagnostic::Diagnostic;
use crate::fleet::argument::variables;
use crate::fleet::description::SecretsAs;
use crate::fleet::model::Service;
use crate::fleet::words::{Argument, EnvName};

/// Where the static program lies in an image.
pub(crate) const START: &str = "/usr/bin/start";

/// Variables that every container has.
const ALWAYS: [&str; 3] = ["HOME", "HOSTNAME", "PATH"];

/// The argv that a container starts for one that may refer to environment variables.
pub(crate) fn started(argv: Vec<String>) -> Vec<String> {
    if variables(&argv).is_empty() { argv } else { std::iter::once(START.to_owned()).chain(argv).collect() }
}

/// A command before the start, as an argv.
pub(crate) fn command(arguments: &[Argument]) -> Vec<String> {
    arguments.iter().map(ToString::to_string).collect()
}

/// Everything that containers of the service start.
fn argvs(service: &Service) -> impl Iterator<Item = Vec<String>> {
    let before = service.before.iter().map(|arguments| command(arguments));
    std::iter::once(service.kind.program().entrypoint(service)).chain(before)
}

/// Whether something that the service starts refers to environment variables.
pub(crate) fn wants_start(service: &Service) -> bool {
    argvs(service).any(|argv| !variables(&argv).is_empty())
}

/// A variable that an argument needs and that nothing sets.
pub(super) fn never_set(service: &Service) -> Option<Diagnostic> {
    let of_kind = service.kind.program().env(service);
    let files = service.secrets.iter().filter(|_| service.secrets_as == SecretsAs::File);
    let files: BTreeSet<String> = files.map(|name| format!("{name}_FILE")).collect();
    let is_set = |name: &EnvName| {
        service.env.contains_key(name)
            || service.settings.contains(name)
            || (service.secrets_as == SecretsAs::Env && service.secrets.contains(name))
            || files.contains(name.as_str())
            || of_kind.iter().any(|(own, _)| *own == name.as_str())
            || ALWAYS.contains(&name.as_str())
    };
    let name = argvs(service).find_map(|argv| {
        let needed = variables(&argv).into_iter().filter(|variable| variable.default.is_none());
        needed.map(|variable| variable.name).find(|name| !is_set(name))
    })?;
    let message = format!("`{name}` is not set, but an argument of `{}` refers to it", service.name.value);
    let hint = if service.secrets.contains(&name) {
        format!("a secret is a file: use {{env:{name}_FILE}}, or set secrets_as = \"env\"")
    } else {
        format!("add it to `settings` or `env`, or give it a default: {{env:{name}:-DEFAULT}}")
    };
    let reference = format!("{{env:{name}}}");
    let said = service.references.iter().find(|text| text.contains(&reference));
    let span = said.map_or_else(|| service.name.span.clone(), |text| text.span.clone());
    Some(Diagnostic::new(span, message).hint(hint))
}

/// A command before the start that is no program.
pub(super) fn wrong_command(service: &Service) -> Option<Diagnostic> {
    if service.image_only && !service.before.is_empty() {
        let message =
            format!("`{}` is a base for other images, so `before` has no effect", service.name.value);
        return Some(Diagnostic::new(service.before[0].span.clone(), message).hint("remove `before`"));
    }
    service.before.iter().find_map(|command| {
        let program = command.first().map_or("", Argument::as_str);
        if program.is_empty() {
            let message = "the command is empty";
            return Some(
                Diagnostic::new(command.span.clone(), message)
                    .hint("write an absolute program and its arguments"),
            );
        }
        (!program.starts_with('/')).then(|| super::absolute_program(&command.span, program))
    })
}
