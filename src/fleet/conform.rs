//! Every mistake of a description at once: the document held against its own schema.
//!
//! The TOML library stops at the first thing that does not fit a type. This walk is taken only
//! when it has, so that a good description costs nothing; it goes on after each mistake.

use serde_json::Value as Schema;
use toml::de::{DeTable, DeValue};

use super::schema::toml_value;
use super::tree::Value;
use super::words::check_format;
use crate::diagnostic::{Diagnostic, Span, nearest};

/// Everything in `document` that the schema does not allow, in the order of the file.
pub(super) fn mistakes(document: &Value<'_>, schema: &Schema) -> Vec<Diagnostic> {
    let mut walk = Walk { root: schema, key: None, found: Vec::new() };
    walk.value(document, &document.span(), schema);
    walk.found.sort_by_key(|mistake| mistake.span.start);
    walk.found
}

struct Walk<'s> {
    root: &'s Schema,
    /// The key whose value is looked at, as messages explain it.
    key: Option<String>,
    found: Vec<Diagnostic>,
}

impl<'s> Walk<'s> {
    /// Follows references, and enters the alternative that is of the value's own type.
    fn resolve(&self, mut schema: &'s Schema, value: &DeValue<'_>) -> &'s Schema {
        loop {
            if let Some(path) = schema["$ref"].as_str() {
                schema = self.root.pointer(path.trim_start_matches('#')).unwrap_or(&Schema::Null);
            } else if let Some([only]) = schema["allOf"].as_array().map(Vec::as_slice) {
                schema = only;
            } else if let Some(choices) = schema["anyOf"].as_array() {
                let fitting =
                    choices.iter().map(|choice| self.resolve(choice, value)).find(|c| type_fits(c, value));
                let mut possible = choices.iter().filter(|choice| choice["type"] != "null");
                schema = match (fitting, possible.next(), possible.next()) {
                    (Some(choice), ..) => choice,
                    (None, Some(only), None) => only,
                    _ => return schema,
                }
            } else {
                return schema;
            }
        }
    }

    fn value(&mut self, value: &Value<'_>, at: &Span, schema: &'s Schema) {
        let schema = self.resolve(schema, value.get_ref());
        if !type_fits(schema, value.get_ref()) {
            let message = format!("expected {}, found {}", expected(schema), type_name(value.get_ref()));
            let tables =
                schema["additionalProperties"].is_object().then(|| "write one table for each".to_owned());
            let hint = tables.or_else(|| self.key.clone());
            self.found.push(with_hint(Diagnostic::new(value.span(), message), hint));
            return;
        }
        match value.get_ref() {
            DeValue::Table(table) => self.table(table, at, schema),
            DeValue::Array(items) => {
                for item in items {
                    self.value(item, &item.span(), &schema["items"]);
                }
            }
            DeValue::String(text) => self.text(text, value.span(), schema),
            DeValue::Integer(_) | DeValue::Float(_) => self.number(value, schema),
            _ => {}
        }
    }

    fn table(&mut self, table: &DeTable<'_>, at: &Span, schema: &'s Schema) {
        let properties = schema["properties"].as_object();
        let start = self.found.len();
        for (key, value) in table {
            let name = key.get_ref().as_ref();
            if let Some(format) = schema["propertyNames"]["format"].as_str()
                && let Err(message) = check_format(format, name)
            {
                let mistake = Diagnostic::new(key.span(), message);
                self.found.push(with_hint(mistake, other_name(format, name)));
            }
            match properties.and_then(|known| known.get(name)) {
                Some(property) => {
                    let explanation = self.explanation(name, property);
                    let outer = std::mem::replace(&mut self.key, explanation);
                    self.value(value, &key.span(), property);
                    self.key = outer;
                }
                None if schema["additionalProperties"].is_object() => {
                    self.value(value, &key.span(), &schema["additionalProperties"]);
                }
                None => {
                    let known = properties.into_iter().flat_map(|p| p.keys()).map(String::as_str);
                    let mistake = Diagnostic::new(key.span(), format!("unknown key `{name}`"));
                    let mut mistake = with_nearest(mistake, name, known);
                    let other = || self.other_table(schema, name).unwrap_or_else(|| EVERY_KEY.to_owned());
                    mistake.hint.get_or_insert_with(other);
                    self.found.push(mistake);
                }
            }
        }
        let meant: Vec<_> = self.found[start..].iter().filter_map(|mistake| mistake.hint.clone()).collect();
        for key in schema["required"].as_array().into_iter().flatten().filter_map(Schema::as_str) {
            if !table.contains_key(key) && !meant.contains(&did_you_mean(key)) {
                let property = properties.and_then(|known| known.get(key));
                let hint = property.and_then(|property| {
                    self.keys_of(key, property).or_else(|| self.explanation(key, property))
                });
                let mistake = Diagnostic::new(at.clone(), format!("the key `{key}` is missing"));
                self.found.push(with_hint(mistake, hint));
            }
        }
    }

    fn text(&mut self, text: &str, span: Span, schema: &Schema) {
        if let Some(values) = allowed_values(schema) {
            if !values.contains(&text) {
                let mistake = Diagnostic::new(span, format!("{text:?} is not one of {}", values.join(", ")));
                self.found.push(with_nearest(mistake, text, values));
            }
        } else if let Some(format) = schema["format"].as_str()
            && let Err(message) = check_format(format, text)
        {
            self.found.push(with_hint(Diagnostic::new(span, message), self.key.clone()));
        }
    }

    fn number(&mut self, value: &Value<'_>, schema: &Schema) {
        let number = match value.get_ref() {
            // No bound of the schema is anywhere near the end of 32 bits.
            DeValue::Integer(integer) => {
                i32::from_str_radix(integer.as_str(), integer.radix()).map_or(f64::INFINITY, f64::from)
            }
            DeValue::Float(float) => float.as_str().replace('_', "").parse().unwrap_or(f64::NAN),
            _ => return,
        };
        let low = schema["minimum"].as_f64();
        let high = schema["maximum"].as_f64();
        // Written so that "not a number" is outside of every range.
        let inside = low.is_none_or(|low| number >= low) && high.is_none_or(|high| number <= high);
        if !inside {
            let range = match (low, high) {
                (Some(low), Some(high)) => format!("from {low} to {high}"),
                (Some(low), None) => format!("{low} or more"),
                (None, high) => format!("{} or less", high.unwrap_or_default()),
            };
            let mistake = Diagnostic::new(value.span(), format!("{number} is out of range: {range}"));
            self.found.push(with_hint(mistake, self.key.clone()));
        }
    }

    /// The keys that a missing table must have, each with an example.
    fn keys_of(&self, table: &str, schema: &'s Schema) -> Option<String> {
        let schema = self.resolve(schema, &DeValue::Table(DeTable::new()));
        let properties = schema["properties"].as_object()?;
        let keys = schema["required"].as_array()?.iter().filter_map(Schema::as_str);
        let keys = keys.map(|key| match properties.get(key).and_then(|key| key["examples"].get(0)) {
            Some(example) => format!("{key} = {}", toml_value(example)),
            None => format!("`{key}`"),
        });
        Some(format!("write [{table}] with {}", keys.collect::<Vec<_>>().join(" and ")))
    }

    /// Where a key of the first level belongs, if that is `[fleet]`.
    fn other_table(&self, schema: &Schema, key: &str) -> Option<String> {
        let fleet = self.resolve(&self.root["properties"]["fleet"], &DeValue::Table(DeTable::new()));
        let belongs = std::ptr::eq(schema, self.root) && fleet["properties"].get(key).is_some();
        belongs.then(|| format!("`{key}` belongs in [fleet]"))
    }

    /// What a key means: the first sentence of its documentation, and an example if it has one.
    fn explanation(&self, key: &str, schema: &Schema) -> Option<String> {
        let own = schema["description"].as_str();
        let meaning =
            own.or_else(|| self.root.pointer(schema["$ref"].as_str()?.get(1..)?)?["description"].as_str());
        let meaning = meaning?.replace('\n', " ");
        let first = meaning.split_once(". ").map_or(meaning.as_str(), |(first, _)| first);
        let example = schema["examples"].as_array().and_then(|examples| examples.first());
        let example = example.map(|it| format!(", such as {key} = {}", toml_value(it))).unwrap_or_default();
        Some(format!("`{key}`: {}{example}", first.trim_end_matches('.')))
    }
}

const EVERY_KEY: &str = "`dockwright reference --format markdown` lists every key";

/// What a name that is none may be instead.
fn other_name(format: &str, name: &str) -> Option<String> {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let other: String = name.chars().map(plain).collect();
    (format == "name" && check_format(format, &other).is_ok()).then(|| format!("call it `{other}`"))
}

fn with_hint(mistake: Diagnostic, hint: Option<String>) -> Diagnostic {
    Diagnostic { hint, ..mistake }
}

fn with_nearest<'a>(mistake: Diagnostic, word: &str, known: impl IntoIterator<Item = &'a str>) -> Diagnostic {
    match nearest(word, known) {
        Some(near) => mistake.hint(did_you_mean(near)),
        None => mistake,
    }
}

fn did_you_mean(word: &str) -> String {
    format!("did you mean `{word}`?")
}

/// The values of an enumeration: `enum`, or a `oneOf` of constants.
fn allowed_values(schema: &Schema) -> Option<Vec<&str>> {
    let constants = || schema["oneOf"].as_array()?.iter().map(|choice| choice["const"].as_str()).collect();
    match schema["enum"].as_array() {
        Some(values) => values.iter().map(Schema::as_str).collect(),
        None => constants(),
    }
}

fn type_fits(schema: &Schema, value: &DeValue<'_>) -> bool {
    if let Some(choices) = schema["anyOf"].as_array() {
        return choices.iter().any(|choice| type_fits(choice, value));
    }
    if allowed_values(schema).is_some() {
        return value.is_str();
    }
    let fits = |name: &str| match name {
        "object" => value.is_table(),
        "array" => value.is_array(),
        "string" => value.is_str(),
        "boolean" => value.is_bool(),
        "integer" => value.is_integer(),
        "number" => value.is_integer() || value.is_float(),
        _ => false,
    };
    match &schema["type"] {
        Schema::String(name) => fits(name),
        Schema::Array(names) => names.iter().filter_map(Schema::as_str).any(fits),
        _ => true,
    }
}

fn expected(schema: &Schema) -> String {
    if let Some(choices) = schema["anyOf"].as_array() {
        return choices.iter().map(expected).collect::<Vec<_>>().join(" or ");
    }
    if let Some(values) = allowed_values(schema) {
        return format!("one of {}", values.join(", "));
    }
    let names = match &schema["type"] {
        Schema::String(name) => vec![name.as_str()],
        Schema::Array(names) => {
            names.iter().filter_map(Schema::as_str).filter(|name| *name != "null").collect()
        }
        _ => Vec::new(),
    };
    let words = names.iter().map(|name| match *name {
        "object" => "a table",
        "array" => "an array",
        "string" => "a string",
        "boolean" => "true or false",
        "integer" => "an integer",
        "number" => "a number",
        other => other,
    });
    words.collect::<Vec<_>>().join(" or ")
}

fn type_name(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::Table(_) => "a table",
        DeValue::Array(_) => "an array",
        DeValue::String(_) => "a string",
        DeValue::Boolean(_) => "a boolean",
        DeValue::Integer(_) => "an integer",
        DeValue::Float(_) => "a number",
        DeValue::Datetime(_) => "a date",
    }
}
