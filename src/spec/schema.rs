//! JSON Schema (draft 2020-12) of the documents, made from the field tables, for editors.
//!
//! A schema knows keys and forms; units, names and dimensions are checked by `tme check`.

use super::documents::DocumentKind;
use super::fields::{Field, Kind, Range};
use super::scenario_fields::{DISTRIBUTION, TRIGGER};
use serde_json::{Map, Value, json};

/// The schema of a kind of document, as text.
pub fn schema(kind: DocumentKind) -> String {
    let fields: Vec<&Field> = kind.header().iter().chain(kind.body()).collect();
    let mut root = object(fields.into_iter());
    if let Value::Object(map) = &mut root {
        map.insert("$schema".to_string(), json!("https://json-schema.org/draft/2020-12/schema"));
        map.insert("title".to_string(), json!(format!("tme {}", kind.name())));
        map.insert(
            "$defs".to_string(),
            json!({
                "quantity": { "description": "a number and a unit in quotes, or a plain number", "type": ["string", "number"] },
                "sourced": with_source(vec![json!({ "$ref": "#/$defs/quantity" })]),
                "distribution": object(DISTRIBUTION.iter()),
                "trigger": { "anyOf": [
                    { "type": "string" },
                    { "type": "array", "items": { "type": "string" } },
                    object(TRIGGER.iter()),
                ] },
            }),
        );
        if let Some(Value::Object(properties)) = map.get_mut("properties") {
            properties.insert("kind".to_string(), json!({ "const": kind.name() }));
        }
    }
    // Printing a tree of strings and numbers cannot fail.
    serde_json::to_string_pretty(&root).unwrap_or_default()
}

fn object<'a>(fields: impl Iterator<Item = &'a Field>) -> Value {
    let (mut properties, mut required) = (Map::new(), Vec::new());
    for field in fields {
        properties.insert(field.key.to_string(), property(field));
        // What an heir inherits or a file it extends gives need not stand in the document itself.
        if field.key == "kind" || field.key == "dist" {
            required.push(field.key);
        }
    }
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}

fn property(field: &Field) -> Value {
    let mut out = value(field.kind, field.range);
    if let Value::Object(map) = &mut out {
        let mut text = field.text.to_string();
        if let Kind::Quantity(d) = field.kind {
            text += &format!("; {}", d.describe());
        }
        if field.required {
            text += "; required";
        }
        map.insert("description".to_string(), json!(text));
        let default = field.default.trim_matches('"');
        if !default.is_empty() {
            let literal = serde_json::from_str(field.default).unwrap_or_else(|_| json!(default));
            map.insert("default".to_string(), literal);
        }
    }
    out
}

fn value(kind: Kind, range: Range) -> Value {
    let quantity = || json!({ "$ref": "#/$defs/quantity" });
    let one_or_list =
        || json!({ "anyOf": [{ "type": "string" }, { "type": "array", "items": { "type": "string" } }] });
    match kind {
        Kind::Quantity(_) | Kind::InUnit(_) => json!({ "$ref": "#/$defs/sourced" }),
        Kind::Drawn(_) => {
            json!({ "anyOf": [{ "$ref": "#/$defs/sourced" }, { "$ref": "#/$defs/distribution" }] })
        }
        Kind::Number => with_source(vec![bounded("number", range)]),
        Kind::Whole => with_source(vec![bounded("integer", range)]),
        Kind::Bool => json!({ "type": "boolean" }),
        Kind::Text | Kind::File | Kind::Name(_) => json!({ "type": "string" }),
        Kind::Choice(words) => json!({ "enum": words }),
        Kind::Names(_) => one_or_list(),
        Kind::Lengths(_) => json!({ "type": "array", "items": quantity() }),
        Kind::Map(inner) => json!({ "type": "object", "additionalProperties": value(*inner, range) }),
        Kind::Things(fields) => json!({ "type": "object", "additionalProperties": object(fields.iter()) }),
        Kind::Table(fields) => object(fields.iter()),
        Kind::List(fields) => json!({ "type": "array", "items": object(fields.iter()) }),
        Kind::Trigger => json!({ "$ref": "#/$defs/trigger" }),
        Kind::Special(words) => json!({ "$comment": words }),
    }
}

fn bounded(kind: &str, range: Range) -> Value {
    match range {
        Range::Any if kind == "integer" => json!({ "type": kind, "minimum": 0 }),
        Range::Any => json!({ "type": kind }),
        Range::Positive => json!({ "type": kind, "exclusiveMinimum": 0 }),
        Range::NotNegative => json!({ "type": kind, "minimum": 0 }),
        Range::Share => json!({ "type": kind, "minimum": 0, "maximum": 1 }),
        Range::Bias => json!({ "type": kind, "minimum": -1, "maximum": 1 }),
        Range::AtLeastOne => json!({ "type": kind, "minimum": 1 }),
    }
}

/// A value, or the value with its source, range and note.
fn with_source(mut forms: Vec<Value>) -> Value {
    let bare = if forms.len() == 1 { forms[0].clone() } else { json!({ "anyOf": forms.clone() }) };
    forms.push(json!({
        "type": "object",
        "properties": {
            "value": bare,
            "source": { "type": "string", "pattern": "^[SDKA]($|[^A-Za-z0-9])" },
            "range": { "type": "array", "minItems": 2, "maxItems": 2 },
            "note": { "type": "string" },
        },
        "required": ["value"],
        "additionalProperties": false,
    }));
    json!({ "anyOf": forms })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::{Path, PathBuf};

    fn file(kind: DocumentKind) -> PathBuf {
        let name = format!("configs/schema/{}.json", kind.name());
        Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
    }

    #[test]
    fn shipped_schemas_are_current() {
        for kind in DocumentKind::ALL {
            let shipped = std::fs::read_to_string(file(kind)).unwrap_or_default();
            let name = kind.name();
            assert!(
                shipped.trim_end() == schema(kind),
                "configs/schema/{name}.json is old: tme schema {name} > configs/schema/{name}.json"
            );
        }
    }

    #[test]
    fn keys_types_and_bounds_come_from_the_field_tables() {
        let root: Value = serde_json::from_str(&schema(DocumentKind::Scenario)).unwrap();
        let place = &root["properties"]["place"]["additionalProperties"];
        assert_eq!(place["additionalProperties"], json!(false));
        assert_eq!(place["properties"]["pattern"]["enum"], json!(["packed", "random"]));
        assert_eq!(place["properties"]["share"]["anyOf"][0]["maximum"], json!(1));
        assert_eq!(root["properties"]["kind"], json!({ "const": "scenario" }));
        assert_eq!(root["properties"]["clock"]["properties"]["seed"]["default"], json!(1));
    }
}
