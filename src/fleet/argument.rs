//! References to environment variables in arguments: `{env:PORT}`.
//!
//! The program `start` of the image resolves them (`templates/support/start/`), by the same rules.

use super::words::{Argument, EnvName};

/// How a reference begins. Behind a `$` it is of a language of the program's own, such as that of the OpenTelemetry
/// collector.
const OPENING: &str = "{env:";

/// A variable that an argument refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable<'a> {
    /// Its name.
    pub name: EnvName,
    /// The value where it is not set or empty.
    pub default: Option<&'a str>,
}

/// The variables that a text refers to, or what is wrong with a reference.
pub(super) fn pieces(text: &str) -> Result<Vec<Variable<'_>>, String> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices(OPENING).filter(|(at, _)| !text[..*at].ends_with('$')) {
        let inner = &text[at + OPENING.len()..];
        let Some((inner, _)) = inner.split_once('}') else {
            return Err(format!("{text:?} has `{OPENING}` without a closing `}}`"));
        };
        let (name, default) = match inner.split_once(":-") {
            Some((name, default)) => (name, Some(default)),
            None => (inner, None),
        };
        let name = name.parse::<EnvName>().map_err(|_| {
            format!("`{OPENING}{inner}}}` names no variable: write {{env:NAME}} or {{env:NAME:-DEFAULT}}")
        })?;
        found.push(Variable { name, default });
    }
    Ok(found)
}

impl Argument {
    /// The variables that it refers to.
    pub fn variables(&self) -> Vec<Variable<'_>> {
        pieces(self.as_str()).unwrap_or_default()
    }
}

/// The variables that the argv of a program refers to.
pub(crate) fn variables(argv: &[String]) -> Vec<Variable<'_>> {
    argv.iter().flat_map(|argument| pieces(argument).unwrap_or_default()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_found_with_their_defaults() {
        let of = |text: &str| {
            let found = pieces(text).unwrap();
            found.into_iter().map(|v| (v.name.to_string(), v.default.map(str::to_owned))).collect::<Vec<_>>()
        };
        assert_eq!(of("--port={env:PORT}"), [("PORT".to_owned(), None)]);
        let two = [("A".to_owned(), Some("x:-y".to_owned())), ("B".to_owned(), Some(String::new()))];
        assert_eq!(of("{env:A:-x:-y}/{env:B:-}"), two);
        for plain in ["", "{}", "{env}", "${env:PORT}", "{ env:PORT }", "{ENV:PORT}", "a {env"] {
            assert!(of(plain).is_empty(), "{plain}");
        }
    }

    #[test]
    fn a_reference_that_is_none_is_refused() {
        for text in ["{env:}", "{env:PORT", "{env:1}", "{env:A-B}", "{env:A:=b}", "{env:{env:A}}"] {
            assert!(text.parse::<Argument>().is_err(), "{text}");
        }
    }
}
