//! The pieces that schemas are built of.

use domain::ids::MAX_ID_LEN;
use serde_json::{Map, Value, json};

use crate::wire::MAX_EXACT;

const DRAFT: &str = "https://json-schema.org/draft/2020-12/schema";

/// Makes a schema a document of its own.
pub(super) fn titled(title: &str, mut schema: Value) -> Value {
    schema["$schema"] = DRAFT.into();
    schema["title"] = title.into();
    schema
}

/// An object; fields that are not named are allowed and ignored.
pub(super) fn object(meaning: &str, required: &[(&str, Value)], optional: &[(&str, Value)]) -> Value {
    let named = |(name, schema): &(&str, Value)| ((*name).to_owned(), schema.clone());
    let properties: Map<String, Value> = required.iter().chain(optional).map(named).collect();
    let required: Vec<&str> = required.iter().map(|(name, _)| *name).collect();
    json!({"type": "object", "description": meaning, "properties": properties, "required": required})
}

pub(super) fn one_of(meaning: &str, variants: Vec<Value>) -> Value {
    json!({"description": meaning, "oneOf": variants})
}

pub(super) fn list(meaning: &str, item: Value) -> Value {
    json!({"type": "array", "description": meaning, "items": item})
}

/// The value or `null`: not known, or nothing there.
pub(super) fn nullable(schema: Value) -> Value {
    json!({"anyOf": [schema, {"type": "null"}]})
}

pub(super) fn text(meaning: &str) -> Value {
    json!({"type": "string", "description": meaning})
}

pub(super) fn id(meaning: &str) -> Value {
    json!({"type": "string", "description": meaning, "pattern": format!("^[a-z0-9-]{{1,{MAX_ID_LEN}}}$")})
}

pub(super) fn ticket_number() -> Value {
    let meaning = "What the citizen reads; unique for site and business day.";
    json!({"type": "string", "description": meaning, "pattern": "^[A-Z0-9][A-Z0-9-]{0,11}$"})
}

/// 1 to 64 printable ASCII characters.
pub(super) fn token(meaning: &str) -> Value {
    json!({"type": "string", "description": meaning, "pattern": "^[!-~]{1,64}$"})
}

pub(super) fn boot() -> Value {
    let mut boot = token("The run of the device; it may be written as a whole number.");
    boot["type"] = json!(["string", "integer"]);
    boot["minimum"] = 0.into();
    boot
}

pub(super) fn integer(meaning: &str, from: u64) -> Value {
    json!({"type": "integer", "description": meaning, "minimum": from, "maximum": MAX_EXACT})
}

/// A place in a device's sequence.
pub(super) fn seq(meaning: &str) -> Value {
    integer(meaning, 1)
}

/// A number from 0.
pub(super) fn number(meaning: &str, to: Option<u32>) -> Value {
    let mut number = json!({"type": "number", "description": meaning, "minimum": 0});
    if let Some(to) = to {
        number["maximum"] = to.into();
    }
    number
}

/// A duration, with up to three decimals.
pub(super) fn seconds(meaning: &str) -> Value {
    json!({"type": "number", "description": format!("{meaning} In seconds, with up to three decimals.")})
}

pub(super) fn instant(meaning: &str) -> Value {
    let meaning = format!("{meaning} RFC 3339 with an offset; written in UTC with milliseconds.");
    json!({"type": "string", "format": "date-time", "description": meaning})
}

pub(super) fn codes<T: Copy>(meaning: &str, all: &[T], code: fn(T) -> &'static str) -> Value {
    let codes: Vec<&str> = all.iter().map(|value| code(*value)).collect();
    json!({"description": meaning, "enum": codes})
}
