//! The variables that an instruction sets: values that belong elsewhere, and those that the build or the start of the
//! service depends on.

use super::{Place, Refusal};
use crate::dockerfile::{Instruction, Keyword, PLATFORM_ARGUMENTS, Pair};
use crate::fleet::model::Service;
use crate::fleet::secrecy;
use crate::fleet::words::EnvName;

/// The first variable that has no place there.
pub(super) fn refused(place: Place, own: &Instruction<'_>, service: &Service) -> Option<Refusal> {
    if !matches!(own.keyword, Keyword::Arg | Keyword::Env) {
        return None;
    }
    own.pairs.iter().find_map(|pair| {
        named(own.keyword, pair)
            .or_else(|| (place == Place::Build).then(|| of_target(pair, service)).flatten())
            .or_else(|| (own.keyword == Keyword::Env).then(|| search_path(pair)).flatten())
            .or_else(|| {
                (place == Place::Final && own.keyword == Keyword::Env).then(|| last(pair, service)).flatten()
            })
    })
}

/// A name that no variable of the file can have.
fn named(keyword: Keyword, pair: &Pair<'_>) -> Option<Refusal> {
    let name = &*pair.name.value;
    if name.parse::<EnvName>().is_err() {
        let message = format!("`{name}` is not a valid variable name");
        return Some((message, "use letters, digits and underscores".to_owned()));
    }
    if PLATFORM_ARGUMENTS.contains(&name) && (keyword == Keyword::Env || pair.value.is_some()) {
        return Some((
            format!("`{name}` is set by the builder"),
            format!("write ARG {name} without a value"),
        ));
    }
    let value = pair.value.as_ref().map(|word| word.value.as_ref()).unwrap_or_default();
    secrecy::sign(name, value).map(|sign| {
        let message = format!("`{name}` {}", sign.refuses());
        (message, "list it in `secrets`, or mount it: RUN --mount=type=secret".to_owned())
    })
}

/// A variable by which the build chooses its target.
fn of_target(pair: &Pair<'_>, service: &Service) -> Option<Refusal> {
    let name = &*pair.name.value;
    let own = service.kind.program().target_variables();
    own.contains(&name.to_ascii_lowercase().as_str()).then(|| {
        let message = format!("`{name}` chooses what is built, which the target platform decides");
        (message, "set it for one command: RUN NAME=VALUE COMMAND, or remove it".to_owned())
    })
}

/// A search path that loses what the base has in it.
fn search_path(pair: &Pair<'_>) -> Option<Refusal> {
    let keeps = |value: &str| value.contains("$PATH") || value.contains("${PATH}");
    let is_lost =
        &*pair.name.value == "PATH" && !pair.value.as_ref().is_some_and(|value| keeps(&value.value));
    is_lost.then(|| {
        let message = "`PATH` without the directories of the base".to_owned();
        (message, "extend it: ENV PATH=/opt/tool/bin:$PATH".to_owned())
    })
}

/// A variable of the image that the start depends on, or that has a value already, which would be the one that stays.
fn last(pair: &Pair<'_>, service: &Service) -> Option<Refusal> {
    let name = &*pair.name.value;
    if name.starts_with("LD_") || ["GCONV_PATH", "GLIBC_TUNABLES", "PYTHONHOME"].contains(&name) {
        let message = format!("`{name}` changes what code every program of the image loads");
        return Some((message, "remove it; `env` can set it for the service".to_owned()));
    }
    let of_kind = service.kind.program().env(service);
    let is_set =
        service.env.keys().any(|own| own.as_str() == name) || of_kind.iter().any(|(own, _)| *own == name);
    is_set
        .then(|| (format!("`{name}` is set later, and the later value stays"), "set it in `env`".to_owned()))
}
