//! Programs that an image cannot have, as far as the description alone tells: a distroless image holds no tools, and
//! what is not taken into it is not there.

use crate::diagnostic::Diagnostic;
use crate::fleet::model::{Health, Probe, Service};
use crate::fleet::words::Line;

/// Tools of the command line that health checks are written with.
const TOOLS: [&str; 12] =
    ["ash", "bash", "busybox", "curl", "dash", "grep", "nc", "netcat", "ps", "pgrep", "sh", "wget"];

/// A health check that runs a program which is not in the image.
pub(super) fn checked(service: &Service) -> Option<Diagnostic> {
    let Health::Check { probe: Probe::Exec(command), span, .. } = &service.health else { return None };
    let program = command.first().map(Line::as_str).filter(|program| !may_have(service, program))?;
    let (reason, hint) = absent(service, program)?;
    let message = format!("the health check of `{}` runs `{program}`, {reason}", service.name.value);
    Some(Diagnostic::new(span.clone(), message).hint(hint))
}

/// Why the image does not have a program, and what to do instead; `None` where it may have it.
fn absent(service: &Service, program: &str) -> Option<(&'static str, String)> {
    let name = program.rsplit('/').next().unwrap_or(program);
    let other = service.base.interpreter.as_ref().filter(|found| {
        name.starts_with(&found.name)
            && found.path != program
            && !found.aliases.iter().any(|alias| alias == program)
    });
    if let Some(interpreter) = other {
        let hint = format!("the interpreter of {} is {}", service.base.run, interpreter.path);
        return Some(("which its image does not have", hint));
    }
    if program == "/usr/bin/healthcheck" {
        let port = service.ports.first().map_or(8080, |port| port.get());
        let hint = format!("set what it asks: health = {{ tcp = {port} }}");
        return Some(("which only a check by http, tcp or grpc brings along", hint));
    }
    TOOLS.contains(&name).then(|| {
        let hint = "set its request: health = { http = \"/health\" }, or add the program to `programs`";
        ("and a distroless image has no such tool", hint.to_owned())
    })
}

/// A health check with a variable of the shell: it is started without one, which would leave the variable as it is.
pub(super) fn unexpanded(service: &Service) -> Option<Diagnostic> {
    const SHELLS: [&str; 11] =
        ["ash", "bash", "busybox", "dash", "java", "node", "perl", "python", "ruby", "sh", "zsh"];
    let Health::Check { probe: Probe::Exec(command), span, .. } = &service.health else { return None };
    let name = command.first()?.as_str().rsplit('/').next()?;
    let plain = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    if SHELLS.contains(&plain) {
        return None;
    }
    let variable = command.iter().skip(1).find_map(|word| {
        let (_, behind) = word.as_str().split_once('$')?;
        let name = behind.trim_start_matches('{');
        let end = name.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(name.len());
        (name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')).then(|| name[..end].to_owned())
    })?;
    let message = format!(
        "the health check of `{}` names the variable `${variable}`, and no shell puts its value in",
        service.name.value
    );
    let hint = "leave it out, or let a script of the service ask";
    Some(Diagnostic::new(span.clone(), message).hint(hint))
}

/// Whether the image may have a program: what it is based on is not known, or something brings it.
pub(super) fn may_have(service: &Service, program: &str) -> bool {
    let run = &service.base.run;
    let is_distroless =
        run.name().contains("distroless/") && !run.tag().is_some_and(|tag| tag.contains("debug"));
    let is_of_system = ["/bin/", "/sbin/", "/usr/bin/", "/usr/sbin/", "/usr/local/bin/"]
        .iter()
        .any(|d| program.starts_with(d));
    if !is_distroless || !is_of_system {
        return true;
    }
    let paths = service.programs.iter().flat_map(|programs| &programs.paths);
    let brings = |pattern: &str| {
        let known = pattern.split('*').next().unwrap_or(pattern).trim_end_matches('/');
        // `/bin` is `/usr/bin`.
        let (plain, merged) = (program, format!("/usr{program}"));
        plain.starts_with(known) || merged.starts_with(known)
    };
    paths.into_iter().any(|path| brings(path.as_str()))
        || service.sources.iter().any(|source| brings(source.to.as_str()))
}
