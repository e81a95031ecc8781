//! JSON Schema (draft 2020-12) of the documents, made from the field tables, for editors.
//!
//! A schema knows keys and forms; units, names and dimensions are checked by `tme check`.

use super::documents::DocumentKind;
use super::fields::{Field, Kind, Range};
use super::scenario_fields::{DISTRIBUTION, TRIGGER};
use serde_json::{Map, Value, json};

/// The schema of a kind of document, as text.
pub fn schema(kind: DocumentKind) -> String {
    let fields = || kind.header().iter().chain(kind.body());
    let mut root = object(fields(), &["kind"]);
    if let Value::Object(map) = &mut root {
        map.insert("$schema".to_string(), json!("https://json-schema.org/draft/2020-12/schema"));
        map.insert("title".to_string(), json!(format!("tme {}", kind.name())));
        map.insert(
            "$defs".to_string(),
            json!({
                "quantity": { "description": "a number and a unit in quotes, or a plain number", "type": ["string", "number"] },
                "sourced": with_source(vec![json!({ "$ref": "#/$defs/quantity" })]),
                "distribution": object(DISTRIBUTION.iter(), &["dist"]),
                "trigger": with_source(vec![
                    json!({ "type": "string" }),
                    json!({ "type": "array", "items": { "type": "string" } }),
                    object(TRIGGER.iter(), &[]),
                ]),
            }),
        );
        if let Some(Value::Object(properties)) = map.get_mut("properties") {
            properties.insert("kind".to_string(), json!({ "const": kind.name() }));
        }
    }
    // Printing a tree of strings and numbers cannot fail.
    serde_json::to_string_pretty(&root).unwrap_or_default()
}

/// A table. Only what makes it what it is must stand in the document itself: everything else may come from a parent or
/// from a file that it extends.
fn object<'a>(fields: impl Iterator<Item = &'a Field>, required: &[&str]) -> Value {
    let properties: Map<String, Value> =
        fields.filter(|f| f.built).map(|f| (f.key.to_string(), property(f))).collect();
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
        Kind::Bool => with_source(vec![json!({ "type": "boolean" })]),
        Kind::Text | Kind::File | Kind::Name(_) => with_source(vec![json!({ "type": "string" })]),
        Kind::Choice(words) => with_source(vec![json!({ "enum": words })]),
        Kind::Names(_) => with_source(vec![one_or_list()]),
        Kind::Lengths(_) => with_source(vec![json!({ "type": "array", "items": quantity() })]),
        Kind::Map(inner) => json!({ "type": "object", "additionalProperties": value(*inner, range) }),
        Kind::Things(fields) => {
            json!({ "type": "object", "additionalProperties": object(fields.iter(), &[]) })
        }
        Kind::Table(fields) => object(fields.iter(), &[]),
        Kind::List(fields) => json!({ "type": "array", "items": object(fields.iter(), &[]) }),
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

    /// Whether a value fits a schema, in the words of JSON Schema that ours use; else the first misfit.
    fn fits(root: &Value, schema: &Value, value: &Value, path: &str) -> Result<(), String> {
        let no = |why: String| Err(format!("{path}: {why}"));
        if let Some(name) = schema["$ref"].as_str() {
            return fits(root, root.pointer(&name[1..]).unwrap(), value, path);
        }
        if let Some(forms) = schema["anyOf"].as_array() {
            let tried: Vec<String> = forms.iter().filter_map(|f| fits(root, f, value, path).err()).collect();
            return if tried.len() < forms.len() { Ok(()) } else { Err(tried.join(", or ")) };
        }
        if schema["const"] != Value::Null && schema["const"] != *value {
            return no(format!("{value} is not {}", schema["const"]));
        }
        if schema["enum"].as_array().is_some_and(|words| !words.contains(value)) {
            return no(format!("{value} is none of {}", schema["enum"]));
        }
        let is = |kind: &Value| match kind.as_str().unwrap() {
            "object" => value.is_object(),
            "array" => value.is_array(),
            "string" => value.is_string(),
            "number" => value.is_number(),
            "integer" => value.as_f64().is_some_and(|v| v.fract() == 0.0),
            "boolean" => value.is_boolean(),
            other => panic!("type {other}"),
        };
        match &schema["type"] {
            Value::Array(kinds) if !kinds.iter().any(is) => return no(format!("{value} is no {kinds:?}")),
            kind @ Value::String(_) if !is(kind) => return no(format!("{value} is no {kind}")),
            _ => {}
        }
        if let Some(v) = value.as_f64() {
            let bound = |key: &str| schema[key].as_f64();
            if bound("minimum").is_some_and(|b| v < b)
                || bound("maximum").is_some_and(|b| v > b)
                || bound("exclusiveMinimum").is_some_and(|b| v <= b)
            {
                return no(format!("{v} is out of range"));
            }
        }
        for (i, entry) in value.as_array().into_iter().flatten().enumerate() {
            fits(root, &schema["items"], entry, &format!("{path}.{i}"))?;
        }
        let Some(table) = value.as_object() else { return Ok(()) };
        for key in schema["required"].as_array().into_iter().flatten() {
            if !table.contains_key(key.as_str().unwrap()) {
                return no(format!("{key} is missing"));
            }
        }
        for (key, entry) in table {
            let (own, others) = (&schema["properties"][key], &schema["additionalProperties"]);
            match (own, others) {
                (Value::Null, Value::Bool(false)) => return no(format!("there is no `{key}`")),
                (Value::Null, others) => fits(root, others, entry, &format!("{path}.{key}"))?,
                (own, _) => fits(root, own, entry, &format!("{path}.{key}"))?,
            }
        }
        Ok(())
    }

    fn valid(text: &str) -> Result<(), String> {
        let document: toml::Value = toml::from_str(text).unwrap();
        let value = serde_json::to_value(document).unwrap();
        let kind = DocumentKind::ALL.into_iter().find(|k| value["kind"] == k.name()).unwrap();
        let root: Value = serde_json::from_str(&schema(kind)).unwrap();
        fits(&root, &root, &value, kind.name())
    }

    fn documents(folder: &Path, out: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()) {
            if entry.is_dir() {
                documents(&entry, out);
            } else if entry.extension().is_some_and(|e| e == "toml") {
                out.push(entry);
            }
        }
    }

    #[test]
    fn every_shipped_document_fits_its_schema() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut all = Vec::new();
        documents(&root.join("configs"), &mut all);
        documents(&root.join("src/spec/template"), &mut all);
        assert!(all.len() >= 15, "{all:?}");
        for path in all {
            let fitting = valid(&std::fs::read_to_string(&path).unwrap());
            assert_eq!(fitting, Ok(()), "{}", path.display());
        }
    }

    #[test]
    fn what_no_document_may_hold_does_not_fit() {
        for (text, why) in [
            ("kind = \"scenario\"\nclok = 3", "there is no `clok`"),
            ("kind = \"scenario\"\nplace.a = { cell = \"x\", share = 2 }", "out of range"),
            ("kind = \"model\"\nflow.a = { kind = \"flee\" }", "none of"),
            ("kind = \"model\"\ntrait.a = { initial = { dist = \"norml\" } }", "none of"),
            ("kind = \"study\"\nsubjects = { table = \"mice.csv\" }", "there is no"),
        ] {
            let said = valid(text).unwrap_err();
            assert!(said.contains(why), "{text}: {said}");
        }
        // A kind that an heir has from its parent, and a value with its source wherever a value stands.
        let heir =
            "kind = \"model\"\n[flow]\na = { is_a = \"b\", carry = { value = true, source = \"A\" } }\n";
        assert_eq!(valid(heir), Ok(()));
    }

    #[test]
    fn keys_types_and_bounds_come_from_the_field_tables() {
        let root: Value = serde_json::from_str(&schema(DocumentKind::Scenario)).unwrap();
        let place = &root["properties"]["place"]["additionalProperties"];
        assert_eq!(place["additionalProperties"], json!(false));
        assert_eq!(place["properties"]["pattern"]["anyOf"][0]["enum"], json!(["packed", "random"]));
        assert_eq!(place["properties"]["share"]["anyOf"][0]["maximum"], json!(1));
        assert_eq!(root["properties"]["kind"], json!({ "const": "scenario" }));
        assert_eq!(root["properties"]["clock"]["properties"]["seed"]["default"], json!(1));
    }
}
