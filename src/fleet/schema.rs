//! The JSON schema of `services.toml`, from the types that read it.

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::description::{FleetWide, ServiceTable};
use crate::kinds::Kind;

/// The schema as it is written down. A program carries this text and not what makes it; a test compares the two.
pub const SCHEMA: &str = include_str!("../../services.schema.json");

/// The same, read.
pub(super) fn written() -> Value {
    serde_json::from_str(SCHEMA).expect("a test reads the same text")
}

/// The schema (draft 7, which the TOML editors know) as JSON, made from the types.
pub fn schema() -> Value {
    let mut generator = SchemaSettings::draft07().into_generator();
    let mut root = generator.root_schema_for::<FleetWide>().to_value();
    let mut service = generator.root_schema_for::<ServiceTable>().to_value();
    let kinds = generator.root_schema_for::<Kind>().to_value();

    let mut definitions = Map::new();
    for part in [&mut root, &mut service] {
        if let Some(Value::Object(map)) = part.as_object_mut().and_then(|p| p.remove("definitions")) {
            definitions.extend(map);
        }
    }
    if let Some(map) = kinds["definitions"].as_object() {
        definitions.extend(map.clone());
    }
    for variant in kinds["oneOf"].as_array().into_iter().flatten() {
        let description = &variant["description"];
        for (name, table) in variant["properties"].as_object().into_iter().flatten() {
            service["properties"][name] = json!({ "description": description, "allOf": [table] });
        }
    }
    if let Some(service) = service.as_object_mut() {
        service.remove("$schema");
        service.remove("title");
    }
    definitions.insert("Service".to_owned(), service);

    let many = |what: &str| {
        json!({
            "description": what,
            "type": "object",
            "propertyNames": { "format": "name" },
            "additionalProperties": { "$ref": "#/definitions/Service" },
        })
    };
    root["title"] = json!("services.toml");
    root["description"] = json!("A fleet of services and their container images, as dockwright reads it.");
    root["properties"]["defaults"] = json!({
        "description": "Settings of every service, unless its group or the service itself sets them.",
        "$ref": "#/definitions/Service",
    });
    root["properties"]["groups"] = many(
        "Settings that several services share: a service joins with `group = \"NAME\"`. `{name}` in a string is replaced by the name of the service.",
    );
    root["properties"]["services"] = many("The services.");
    root["definitions"] = Value::Object(definitions);
    root
}

/// A JSON value in the notation of TOML.
pub fn toml_value(value: &Value) -> String {
    match value {
        Value::Array(items) => format!("[{}]", items.iter().map(toml_value).collect::<Vec<_>>().join(", ")),
        Value::Object(map) => {
            let items: Vec<_> =
                map.iter().map(|(key, value)| format!("{} = {}", toml_key(key), toml_value(value))).collect();
            format!("{{ {} }}", items.join(", "))
        }
        other => other.to_string(),
    }
}

/// A key, in quotes where TOML asks for them.
fn toml_key(key: &str) -> String {
    let bare = key.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b));
    if bare { key.to_owned() } else { format!("{key:?}") }
}
