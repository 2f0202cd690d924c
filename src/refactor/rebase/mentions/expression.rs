//! What the expressions of a bake file say: strings, variables, functions of the file and the values of a matrix.
//!
//! An expression has one value, or several in a target with a matrix. Each is a row of [`Segment`]s, the literals
//! that it is made of, so that it can be changed where it is written. What else HCL can say (conditions, its own
//! functions) only the engine works out.

use std::cell::Cell;
use std::collections::HashMap;

use super::super::word::Segment;
use super::hcl::{Kind, next, string, template};
use crate::diagnostic::Span;

/// A value, as the literals that it is made of.
pub(super) type Value = Vec<Segment>;

/// What names stand for while an expression is read.
type Bindings<'t> = HashMap<&'t str, Value>;

/// More values than this are not looked through.
const MOST: usize = 256;
/// Deeper than this, a variable leads to itself.
const DEEPEST: usize = 8;
/// More expressions than this are not read in one file.
const STEPS: u32 = 200_000;

/// A function of the file.
#[derive(Debug)]
struct Function<'t> {
    parameters: Vec<&'t str>,
    result: Span,
}

/// The names that expressions of a file can use.
#[derive(Debug, Default)]
pub(super) struct Names<'t> {
    text: &'t str,
    variables: HashMap<&'t str, Span>,
    functions: HashMap<&'t str, Function<'t>>,
    matrices: HashMap<&'t str, Span>,
    /// How many expressions were read: variables that lead to many others do not take for ever
    steps: Cell<u32>,
}

/// The text of a value.
pub(super) fn text_of(value: &[Segment]) -> String {
    value.iter().map(|segment| segment.text.as_str()).collect()
}

impl<'t> Names<'t> {
    pub(super) fn of(text: &'t str) -> Self {
        Self { text, ..Self::default() }
    }

    pub(super) fn variable(&mut self, name: &'t str, default: Span) {
        self.variables.insert(name, default);
    }

    pub(super) fn matrix(&mut self, target: &'t str, values: Span) {
        self.matrices.insert(target, values);
    }

    /// Takes in the parameters or the result of a function; one with more to say stays unknown.
    pub(super) fn function(&mut self, name: &'t str, key: &str, value: Span) {
        let unknown = Function { parameters: Vec::new(), result: 0..0 };
        let parameters = (key == "params").then(|| self.items(&value)).flatten();
        let parameters = parameters.map(|items| items.into_iter().map(|item| unquoted(&self.text[item])));
        let function = self.functions.entry(name).or_insert(unknown);
        match (key, parameters) {
            ("params", Some(names)) => function.parameters = names.collect(),
            ("result", _) => function.result = value,
            _ => drop(self.functions.remove(name)),
        }
    }

    /// The values that an expression of a target can have; none if only the engine works them out.
    pub(super) fn values(&self, expression: &Span, target: Option<&str>) -> Vec<Value> {
        let mut values: Vec<Value> = Vec::new();
        for bindings in self.rows(target) {
            match self.value(expression, &bindings, 0) {
                Some(value) if values.contains(&value) => {}
                Some(value) => values.push(value),
                None => return Vec::new(),
            }
        }
        values
    }

    /// What the names of a target's matrix stand for, row by row.
    fn rows(&self, target: Option<&str>) -> Vec<Bindings<'t>> {
        let one = vec![Bindings::new()];
        let matrix = target.and_then(|target| self.matrices.get(target));
        let Some(entries) = matrix.and_then(|matrix| self.entries(matrix)) else { return one };
        let mut rows = one;
        for (name, list) in entries {
            let Some(items) = self.items(&list) else { continue };
            let choices: Vec<Bindings<'t>> = items.iter().map(|item| self.choice(name, item)).collect();
            if choices.is_empty() || choices.len() * rows.len() > MOST {
                return vec![Bindings::new()];
            }
            let with = |row: &Bindings<'t>, choice: &Bindings<'t>| {
                row.iter().chain(choice).map(|(name, value)| (*name, value.clone())).collect()
            };
            rows = rows.iter().flat_map(|row| choices.iter().map(|choice| with(row, choice))).collect();
        }
        rows
    }

    /// What a name of a matrix stands for in one row: `v`, or `v.key` for each key of an object.
    fn choice(&self, name: &'t str, item: &Span) -> Bindings<'t> {
        let literal = |item: &Span| self.value(item, &Bindings::new(), 0);
        match self.entries(item) {
            // The text has no `name.key` to borrow but that of its uses, so those are looked for.
            Some(entries) => entries
                .into_iter()
                .filter_map(|(key, value)| Some((self.member(name, key)?, literal(&value)?)))
                .collect(),
            None => literal(item).map(|value| (name, value)).into_iter().collect(),
        }
    }

    /// `name.key`, as it stands in the text.
    fn member(&self, name: &str, key: &str) -> Option<&'t str> {
        let member = format!("{name}.{key}");
        let at = self.text.find(&member)?;
        Some(&self.text[at..at + member.len()])
    }

    fn value(&self, expression: &Span, bindings: &Bindings<'t>, depth: usize) -> Option<Value> {
        let written = &self.text[expression.clone()];
        let start = expression.start + written.len() - written.trim_start().len();
        let written = written.trim();
        let place = start..start + written.len();
        self.steps.set(self.steps.get().saturating_add(1));
        if depth > DEEPEST || written.is_empty() || self.steps.get() > STEPS {
            return None;
        }
        if written.starts_with('"') {
            let whole = string(written).is_ok_and(|(length, _)| length == written.len());
            return if whole {
                self.template(&(place.start + 1..place.end - 1), bindings, depth)
            } else {
                None
            };
        }
        if written.chars().all(is_name) {
            return match bindings.get(written) {
                Some(value) => Some(value.clone()),
                None => self.value(self.variables.get(written)?, &Bindings::new(), depth + 1),
            }
            .map(as_variable);
        }
        let (name, arguments) = written.strip_suffix(')')?.split_once('(')?;
        let function = self.functions.get(name.trim_end())?;
        let begin = place.start + name.len() + 1;
        let arguments = self.list(&(begin..begin + arguments.len()))?;
        if arguments.len() != function.parameters.len() {
            return None;
        }
        let given = function.parameters.iter().zip(&arguments);
        let given = given.map(|(name, argument)| Some((*name, self.value(argument, bindings, depth + 1)?)));
        self.value(&function.result, &given.collect::<Option<_>>()?, depth + 1)
    }

    /// The value of a string, without its quotes.
    fn template(&self, place: &Span, bindings: &Bindings<'t>, depth: usize) -> Option<Value> {
        let inner = &self.text[place.clone()];
        if inner.contains('\\') || inner.contains("%{") || inner.contains("$${") {
            return None;
        }
        let literal = |range: Span| Segment {
            text: inner[range.clone()].to_owned(),
            span: place.start + range.start..place.start + range.end,
            variable: false,
        };
        let (mut value, mut at) = (Vec::new(), 0);
        while let Some(dollar) = inner[at..].find("${").map(|found| at + found) {
            let end = dollar + template(&inner[dollar..]).ok()?;
            if dollar > at {
                value.push(literal(at..dollar));
            }
            let expression = place.start + dollar + 2..place.start + end - 1;
            value.extend(as_variable(self.value(&expression, bindings, depth + 1)?));
            at = end;
        }
        if at < inner.len() {
            value.push(literal(at..inner.len()));
        }
        Some(value)
    }

    /// The places of the items of `[a, b]`.
    pub(super) fn items(&self, place: &Span) -> Option<Vec<Span>> {
        self.list(&self.inside(place, '[', ']')?)
    }

    /// The keys of `{ a = 1, b = 2 }` with the places of their values.
    pub(super) fn entries(&self, place: &Span) -> Option<Vec<(&'t str, Span)>> {
        let pairs = self.list(&self.inside(place, '{', '}')?)?;
        let entry = |pair: Span| {
            let mut at = pair.start;
            let key = next(self.text, at).ok()??.place;
            at = key.end;
            let assign = next(self.text, at).ok()??;
            let key = unquoted(&self.text[key]);
            matches!(assign.kind, Kind::Assign).then_some((key, assign.place.end..pair.end))
        };
        pairs.into_iter().map(entry).collect()
    }

    fn inside(&self, place: &Span, open: char, close: char) -> Option<Span> {
        let written = &self.text[place.clone()];
        let start = place.start + written.len() - written.trim_start().len();
        let inner = written.trim().strip_prefix(open)?.strip_suffix(close)?;
        Some(start + 1..start + 1 + inner.len())
    }

    /// The places between commas and line ends, outside of brackets.
    fn list(&self, place: &Span) -> Option<Vec<Span>> {
        let (mut items, mut depth, mut at) = (Vec::new(), 0_usize, place.start);
        let mut item: Option<Span> = None;
        while let Some(token) = next(&self.text[..place.end], at).ok()? {
            at = token.place.end;
            match token.kind {
                Kind::Separator if depth == 0 => items.extend(item.take()),
                Kind::Separator => {}
                kind => {
                    match kind {
                        Kind::Open => depth += 1,
                        Kind::Close => depth = depth.checked_sub(1)?,
                        _ => {}
                    }
                    item.get_or_insert_with(|| token.place.clone()).end = token.place.end;
                }
            }
        }
        items.extend(item);
        Some(items)
    }
}

/// A value as the content of a variable.
fn as_variable(value: Value) -> Value {
    value.into_iter().map(|segment| Segment { variable: true, ..segment }).collect()
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '.')
}

fn unquoted(written: &str) -> &str {
    written.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(written)
}
