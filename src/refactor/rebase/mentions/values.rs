//! The values that a bake file gives to its variables and build arguments.

use std::collections::HashMap;

use crate::diagnostic::Span;

/// A build argument that a Compose or bake file sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Argument {
    pub(in super::super) name: String,
    /// Where its value begins
    pub(in super::super) at: usize,
    /// The value while the environment sets no variable; `None` if only the engine can work it out
    pub(in super::super) value: Option<String>,
}

/// A build argument, or the default of a variable, with the place of its value.
#[derive(Debug)]
pub(super) struct Setting<'t> {
    pub(super) variable: bool,
    pub(super) name: &'t str,
    pub(super) place: Span,
}

/// What a bake file sets.
#[derive(Debug, Default)]
pub(super) struct Settings<'t> {
    all: Vec<Setting<'t>>,
    variables: HashMap<&'t str, &'t str>,
}

impl<'t> Settings<'t> {
    pub(super) fn add(&mut self, text: &'t str, setting: Option<Setting<'t>>) {
        let Some(setting) = setting else { return };
        if setting.variable {
            self.variables.insert(setting.name, &text[setting.place.clone()]);
        }
        self.all.push(setting);
    }

    /// The build arguments; `null` leaves one to the Dockerfile.
    pub(super) fn arguments(&self, text: &str) -> Vec<Argument> {
        let arguments = self.all.iter().filter(|setting| !setting.variable);
        let set = arguments.filter(|setting| &text[setting.place.clone()] != "null");
        set.map(|setting| Argument {
            name: setting.name.to_owned(),
            at: setting.place.start,
            value: self.value(&text[setting.place.clone()], 0),
        })
        .collect()
    }

    /// What an expression says: a string, a variable, or a string with variables in it.
    pub(super) fn value(&self, expression: &str, depth: usize) -> Option<String> {
        let variable = |name: &str| self.value(self.variables.get(name.trim())?, depth + 1);
        if depth > 8 {
            return None;
        }
        let Some(mut rest) = expression.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) else {
            return variable(expression);
        };
        if rest.contains(['"', '\\']) || rest.contains("%{") || rest.contains("$${") {
            return None;
        }
        let mut value = String::new();
        while let Some((before, behind)) = rest.split_once("${") {
            let (name, after) = behind.split_once('}')?;
            value.push_str(before);
            value.push_str(&variable(name)?);
            rest = after;
        }
        Some(value + rest)
    }
}
