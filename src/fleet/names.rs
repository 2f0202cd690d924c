//! The names that something of a fleet can have, and which one a wrong name was meant to be.

use std::cell::Cell;

use crate::diagnostic::{Diagnostic, Span, few, nearest};

/// How many wrong names have a hint: to compare every wrong name of a giant fleet with every known
/// one would take for ever, and nobody reads as many.
const PATIENCE: usize = 50;

/// How many known names a hint lists.
const LISTED: usize = 8;

/// What to do with a container that is no service.
const ELSEWHERE: &str = "what the fleet does not build, such as a database, goes into compose.override.yaml";

/// The names that a service may refer to while it is read by itself.
pub(super) struct Known<'a> {
    pub(super) bases: Names<'a>,
    pub(super) groups: Names<'a>,
}

/// The known names of bases, groups, networks or services.
pub(crate) struct Names<'a> {
    what: &'static str,
    known: Vec<&'a str>,
    patience: Cell<usize>,
}

impl<'a> Names<'a> {
    /// The known names of `what`.
    pub(crate) fn new(what: &'static str, known: impl Iterator<Item = &'a str>) -> Self {
        let mut known: Vec<_> = known.collect();
        known.sort_unstable();
        Self { what, known, patience: Cell::new(PATIENCE) }
    }

    /// A name that is none of them, with the nearest one.
    pub(super) fn unknown(&self, name: &str, span: Span) -> Diagnostic {
        let what = self.what;
        let mistake = Diagnostic::new(span, format!("there is no {what} `{name}`"));
        let Some(patience) = self.patience.get().checked_sub(1) else { return mistake };
        self.patience.set(patience);
        let hint = self.near(name).unwrap_or_else(|| match what {
            "service" => format!("{}; {ELSEWHERE}", self.listed(name)),
            _ => self.listed(name),
        });
        mistake.hint(hint)
    }

    /// What may be meant by a name that is none of them.
    pub(crate) fn hint(&self, name: &str) -> String {
        self.near(name).unwrap_or_else(|| self.listed(name))
    }

    fn near(&self, name: &str) -> Option<String> {
        nearest(name, self.known.iter().copied()).map(|near| format!("did you mean `{near}`?"))
    }

    /// The known names, and where a new one is described.
    fn listed(&self, name: &str) -> String {
        if self.known.is_empty() {
            return format!("describe it in [{}s.{name}]", self.what);
        }
        let known = few(self.known.iter(), LISTED);
        match self.what {
            "base" => format!("add [bases.{name}], or use one of these: {known}"),
            _ => format!("known: {known}"),
        }
    }
}
