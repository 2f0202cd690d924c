//! YAML files as plain data.

use std::borrow::Cow;
use std::collections::BTreeMap;

use saphyr_parser::{Event, ScalarStyle};
use serde_json::{Map, Value};

use crate::yaml;

/// The deepest document that is read.
const DEEPEST: usize = 64;

/// The values that aliases of one document may come to, counted again for each of them.
const ALIASED: usize = 100_000;

/// A mapping or a sequence that is being read: the key that waits for its value, and its anchor.
type Open = (Value, Option<String>, usize);

/// A YAML file as plain data: scalars are strings, aliases are what they stand for, and `<<` brings in the keys of
/// another mapping.
pub(super) fn document(text: &str) -> Option<Value> {
    let mut stack: Vec<Open> = Vec::new();
    let mut anchors: BTreeMap<usize, Value> = BTreeMap::new();
    let mut left = ALIASED;
    let (_, events) = yaml::events(text.trim_start_matches('\u{feff}')).ok()?;
    for (event, _) in events {
        let (done, anchor) = match event {
            Event::MappingStart(anchor, _) if stack.len() < DEEPEST => {
                stack.push((Value::Object(Map::new()), None, anchor));
                continue;
            }
            Event::SequenceStart(anchor, _) if stack.len() < DEEPEST => {
                stack.push((Value::Array(Vec::new()), None, anchor));
                continue;
            }
            Event::MappingStart(..) | Event::SequenceStart(..) => return None,
            Event::MappingEnd | Event::SequenceEnd => {
                let (done, _, anchor) = stack.pop()?;
                (merged(done), anchor)
            }
            Event::Scalar(content, ScalarStyle::Plain, anchor, _)
                if matches!(&*content, "~" | "null" | "") =>
            {
                (Value::Null, anchor)
            }
            Event::Scalar(content, _, anchor, _) => (Value::String(Cow::into_owned(content)), anchor),
            Event::Alias(anchor) => {
                let value = anchors.get(&anchor).cloned().unwrap_or(Value::Null);
                left = left.checked_sub(weight(&value))?;
                (value, 0)
            }
            _ => continue,
        };
        if anchor > 0 {
            anchors.insert(anchor, done.clone());
        }
        match stack.last_mut() {
            None => return Some(done),
            Some((Value::Array(items), ..)) => items.push(done),
            Some((Value::Object(map), key, _)) => match key.take() {
                Some(key) => drop(map.insert(key, done)),
                None => *key = Some(done.as_str().unwrap_or_default().to_owned()),
            },
            Some(_) => return None,
        }
    }
    None
}

/// How many values a value holds.
fn weight(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(weight).sum(),
        Value::Object(map) => map.values().map(weight).sum(),
        _ => 0,
    }
}

/// A mapping with the keys of those that it merges; its own come first.
fn merged(mut value: Value) -> Value {
    let Some(map) = value.as_object_mut() else { return value };
    let others = match map.remove("<<") {
        Some(Value::Array(others)) => others,
        Some(other) => vec![other],
        None => Vec::new(),
    };
    for other in others {
        let Value::Object(other) = other else { continue };
        for (key, value) in other {
            map.entry(key).or_insert(value);
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::*;

    #[test]
    fn aliases_and_merges_are_what_they_stand_for() {
        let text = "x: &x {a: 1, b: {c: 2}}\ny:\n  <<: *x\n  a: 3\nz: [*x, &s q, *s]\n";
        let document = document(text).unwrap();
        assert_eq!(document["y"], serde_json::json!({ "a": "3", "b": { "c": "2" } }));
        assert_eq!(document["z"][0]["a"], "1");
        assert_eq!(document["z"][2], "q");
    }

    #[test]
    fn aliases_of_aliases_end_somewhere() {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for at in 1..12 {
            let alias = format!("*a{}, ", at - 1).repeat(10);
            let _ = writeln!(text, "a{at}: &a{at} [{}]", alias.trim_end_matches(", "));
        }
        assert!(document(&text).is_none());
    }
}
