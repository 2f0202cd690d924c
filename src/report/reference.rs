//! The reference of services.toml, from the same schema that editors use.

use std::fmt::Write;

use serde_json::Value;

use crate::fleet::toml_value;

/// Every key with its type, default and an example, as Markdown.
pub fn markdown(schema: &Value) -> String {
    let mut page = Page { schema, text: String::new(), open: Vec::new(), done: Vec::new() };
    page.text.push_str(INTRODUCTION);
    page.table("Top level", schema);
    while !page.open.is_empty() {
        let (name, heading) = page.open.remove(0);
        page.table(&heading, &schema["definitions"][&name]);
    }
    page.text
}

const INTRODUCTION: &str = "# services.toml\n\n\
    Every key of services.toml, from the same comments that editors show. This page is written by `dockwright reference --format markdown`.\n";

struct Page<'s> {
    schema: &'s Value,
    text: String,
    /// Tables that are named and not yet described.
    open: Vec<(String, String)>,
    done: Vec<(String, String)>,
}

impl Page<'_> {
    fn table(&mut self, heading: &str, table: &Value) {
        let required: Vec<&str> =
            table["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let Some(keys) = table["properties"].as_object().filter(|keys| !keys.is_empty()) else { return };
        let _ = writeln!(self.text, "\n## {heading}\n");
        if let Some(about) = table["description"].as_str() {
            let _ = writeln!(self.text, "{}\n", one_line(about));
        }
        self.text.push_str("| key | type | default | meaning |\n|---|---|---|---|\n");
        for (key, value) in keys {
            let kind = self.kind(key, value);
            let default = match &value["default"] {
                _ if required.contains(&key.as_str()) => "required".to_owned(),
                Value::Null => String::new(),
                default if is_empty(default) => String::new(),
                default => format!("`{}`", toml_value(default)),
            };
            let mut about = one_line(value["description"].as_str().unwrap_or_default());
            if let Some(example) = value["examples"].as_array().and_then(|examples| examples.first()) {
                let _ = write!(about, " Example: `{key} = {}`", toml_value(example));
            }
            let _ = writeln!(
                self.text,
                "| `{key}` | {kind} | {default} | {} |",
                about.trim().replace('|', "\\|")
            );
        }
    }

    /// The type of a value in a word or three; tables are described in a section of their own.
    fn kind(&mut self, key: &str, value: &Value) -> String {
        if let Some(name) = value["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
            return self.reference(key, name);
        }
        if let Some([only]) = value["allOf"].as_array().map(Vec::as_slice) {
            return self.kind(key, only);
        }
        if let Some(choices) = value["anyOf"].as_array() {
            let words: Vec<_> = choices
                .iter()
                .filter(|choice| choice["type"] != "null")
                .map(|choice| self.kind(key, choice))
                .collect();
            return words.join(" or ");
        }
        if let Some(values) = value["enum"].as_array() {
            return values
                .iter()
                .map(|value| format!("`{}`", toml_value(value)))
                .collect::<Vec<_>>()
                .join(" or ");
        }
        if let Some(values) = value["oneOf"].as_array() {
            let constants = values.iter().map(|value| format!("`{}`", toml_value(&value["const"])));
            return constants.collect::<Vec<_>>().join(" or ");
        }
        let names = match &value["type"] {
            Value::Array(names) => names.iter().filter_map(Value::as_str).find(|name| *name != "null"),
            name => name.as_str(),
        };
        match names.unwrap_or("any") {
            "array" => format!("array of {}", self.kind(key, &value["items"])),
            "object" if value["additionalProperties"].is_object() => {
                let each = self.kind(key, &value["additionalProperties"]);
                // A table of tables is written as a header for each.
                each.strip_prefix("table ")
                    .map_or_else(|| format!("table of {each}"), |see| format!("tables {see}"))
            }
            "string" => value["format"].as_str().map_or("string", |format| format).replace('-', " "),
            name => name.to_owned(),
        }
    }

    fn reference(&mut self, key: &str, name: &str) -> String {
        let definition = &self.schema["definitions"][name];
        if definition["properties"].as_object().is_none_or(serde_json::Map::is_empty) {
            return if definition["type"] == "object" {
                "empty table".to_owned()
            } else {
                self.kind(key, definition)
            };
        }
        // Two keys can have one type: its section is headed by the first of them.
        let first = self.done.iter().find(|(done, _)| done == name).map(|(_, key)| key.clone());
        let section = first.unwrap_or_else(|| {
            let heading = if name == "Service" { "A service".to_owned() } else { format!("`{key}`") };
            self.done.push((name.to_owned(), key.to_owned()));
            self.open.push((name.to_owned(), heading));
            key.to_owned()
        });
        if name == "Service" {
            "table (see [A service](#a-service))".to_owned()
        } else {
            format!("table (see [{section}](#{section}))")
        }
    }
}

fn is_empty(value: &Value) -> bool {
    value.as_array().is_some_and(Vec::is_empty) || value.as_object().is_some_and(serde_json::Map::is_empty)
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
