//! What is wrong with `--mount` and `--device` of RUN.
//!
//! The rules are those of `commands_runmount.go` and `commands_rundevice.go` in moby/buildkit's
//! `frontend/dockerfile/instructions`.

use super::Words;
use crate::diagnostic::{Diagnostic, nearest};
use crate::dockerfile::instruction::{Flag, Pair, Word};
use crate::dockerfile::words::fields;

const KEYS: [&str; 19] = [
    "type",
    "from",
    "source",
    "src",
    "target",
    "dst",
    "destination",
    "readonly",
    "ro",
    "readwrite",
    "rw",
    "id",
    "sharing",
    "required",
    "size",
    "mode",
    "uid",
    "gid",
    "env",
];

const TYPES: [&str; 5] = ["bind", "cache", "tmpfs", "secret", "ssh"];

pub(super) fn mount(flag: &Flag<'_>, words: &Words<'_>) -> Option<Diagnostic> {
    let value = flag.value.as_ref().filter(|_| flag.name.value == "mount")?;
    if value.value.is_empty() || fields(&value.value).is_none() {
        let message = "`--mount` takes options separated by commas";
        let hint = "write `--mount=type=cache,target=/path`; a quote encloses a whole `name=value`";
        return Some(Diagnostic::new(flag.span.clone(), message).hint(hint));
    }
    let mut kind = Some("bind".to_owned());
    for option in &flag.options {
        if let Some(problem) = self::option(option, &mut kind, words) {
            return Some(problem);
        }
    }
    together(flag, &kind?, words)
}

/// What is wrong with an option; `kind` is what `type` said before it, if that is known.
fn option(option: &Pair<'_>, kind: &mut Option<String>, words: &Words<'_>) -> Option<Diagnostic> {
    let name = option.name.value.to_ascii_lowercase();
    if !KEYS.contains(&&*name) {
        let message = format!("`--mount` has no option `{}`", option.name.value);
        let diagnostic = Diagnostic::new(option.name.span.clone(), message);
        return Some(match nearest(&option.name.value, KEYS) {
            Some(known) => diagnostic.hint(format!("did you mean `{known}`")),
            None => diagnostic,
        });
    }
    let foreign = |kind: &str| {
        let message = format!("a mount of type {kind} has no `{name}`");
        Some(Diagnostic::new(option.name.span.clone(), message))
    };
    match (&*name, kind.as_deref()) {
        ("required", Some(kind)) if !matches!(kind, "secret" | "ssh") => return foreign(kind),
        ("size", Some(kind)) if kind != "tmpfs" => return foreign(kind),
        _ => {}
    }
    let Some(value) = &option.value else {
        let alone = matches!(&*name, "readonly" | "ro" | "readwrite" | "rw" | "required");
        let message = format!("the option `{name}` has no value");
        return (!alone).then(|| Diagnostic::new(option.name.span.clone(), message));
    };
    if name == "from" && value.value.find('$').is_some_and(|at| at + 1 < value.value.len()) {
        // `$` and any character: the frontend expands no variables here.
        return Some(
            Diagnostic::new(value.span.clone(), "variables are not expanded in the `from` of a mount")
                .hint("add a stage for the image: FROM $IMAGE AS name"),
        );
    }
    let text = words.known(value);
    if name == "type" {
        *kind = text.as_ref().map(|text| text.to_lowercase());
    }
    let text = text?;
    let valid = match &*name {
        "type" => TYPES.contains(&&*text.to_lowercase()),
        "sharing" => ["shared", "private", "locked"].contains(&&*text.to_lowercase()),
        "readonly" | "ro" | "readwrite" | "rw" | "required" => boolean(&text).is_some(),
        "mode" => digits(&text) && u32::from_str_radix(&text, 8).is_ok(),
        "uid" | "gid" => digits(&text) && text.parse::<u32>().is_ok(),
        "size" => is_size(&text),
        _ => true,
    };
    let message = format!("`{text}` is not a valid `{name}` of a mount");
    (!valid).then(|| Diagnostic::new(value.span.clone(), message))
}

/// Options that do not go together.
fn together(flag: &Flag<'_>, kind: &str, words: &Words<'_>) -> Option<Diagnostic> {
    let is = |names: &[&str], option: &Pair<'_>| {
        names.iter().any(|name| option.name.value.eq_ignore_ascii_case(name))
    };
    let given = |names: &[&str]| {
        let last = flag.options.iter().rfind(|option| is(names, option))?;
        let value = last.value.as_ref()?;
        // What is not known may be empty, and what is empty is not given.
        words.known(value).filter(|value| !value.is_empty()).map(|_| last)
    };
    let unknown = flag.options.iter().any(|option| {
        let value = option.value.as_ref();
        value.is_some_and(|value| words.known(value).is_none())
    });
    let foreign = |option: &Pair<'_>| {
        let message = format!("a mount of type {kind} has no `{}`", option.name.value);
        Some(Diagnostic::new(option.name.span.clone(), message))
    };
    if matches!(kind, "bind" | "tmpfs")
        && let Some(option) = given(&["mode"]).or_else(|| given(&["uid"])).or_else(|| given(&["gid"]))
    {
        return foreign(option);
    }
    if kind != "cache"
        && let Some(option) = given(&["sharing"])
    {
        return foreign(option);
    }
    let target = given(&["target", "dst", "destination"]);
    let source = given(&["source", "src"]);
    if kind == "secret" {
        if let Some(option) = given(&["from"]) {
            return foreign(option);
        }
        if !unknown && target.is_none() && source.is_none() && given(&["id"]).is_none() {
            let message = "a secret needs an `id` or a `target`";
            return Some(Diagnostic::new(flag.span.clone(), message));
        }
        if let (Some(option), Some(_)) = (source, given(&["id"])) {
            let message = "`source` and `id` of a secret are the same: give one of them";
            return Some(Diagnostic::new(option.name.span.clone(), message));
        }
    }
    let root = target.and_then(|option| option.value.as_ref()).filter(|value| value.value == "/")?;
    let message = "nothing can be mounted at `/`";
    (!matches!(kind, "secret" | "ssh")).then(|| Diagnostic::new(root.span.clone(), message))
}

/// What is wrong with a `--device`: `vendor/class=name`, `name=…`, `required`.
pub(super) fn device(value: &Word<'_>) -> Option<Diagnostic> {
    let wrong = |message: String| Some(Diagnostic::new(value.span.clone(), message));
    let Some(fields) = fields(&value.value) else {
        return wrong("`--device` takes options separated by commas".to_owned());
    };
    let mut named = false;
    for field in fields {
        let bytes = field.iter().map(|at| value.value.as_bytes()[*at]).collect();
        let field = String::from_utf8(bytes).unwrap_or_default();
        let (key, text) = match field.split_once('=') {
            Some((key, text)) => (key.to_ascii_lowercase(), Some(text)),
            None => (field.to_ascii_lowercase(), None),
        };
        match (&*key, text) {
            ("required", None) => {}
            ("required", Some(text)) if boolean(text).is_some() => {}
            ("required", Some(text)) => return wrong(format!("`{text}` is not a valid value of `required`")),
            ("name", Some(_)) if named => return wrong("a device has two names".to_owned()),
            ("name", Some(text)) => named = !text.is_empty(),
            _ if named => return wrong(format!("`--device` has no option `{field}`")),
            _ => named = !field.is_empty(),
        }
    }
    None
}

/// A truth value as Go's `strconv.ParseBool` reads it.
pub(super) fn boolean(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

fn digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// A number of bytes with a unit, as the engine takes them: `64m`, `1.5 GiB`.
fn is_size(text: &str) -> bool {
    let Some(last) = text.rfind(|c: char| c.is_ascii_digit() || c == '.') else { return false };
    let (number, unit) = text.split_at(last + 1);
    let unit = unit.strip_prefix(' ').unwrap_or(unit).to_ascii_lowercase();
    let unit = unit.strip_suffix('b').map_or(&*unit, |unit| unit.strip_suffix('i').unwrap_or(unit));
    number.parse::<f64>().is_ok_and(|number| number >= 0.0)
        && matches!(unit, "" | "k" | "m" | "g" | "t" | "p")
}
