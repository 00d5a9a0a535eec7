//! A checker for the part of JSON Schema that `docs/openapi.json` uses. Stricter than the standard:
//! a property that the schema does not name is a violation, so that nothing goes out undocumented.

use serde_json::Value;

/// What of `value` does not fit `schema`, each with its place.
pub fn violations(document: &Value, schema: &Value, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    Checker { document, found: &mut found }.check(schema, value, "");
    found
}

struct Checker<'a> {
    document: &'a Value,
    found: &'a mut Vec<String>,
}

impl Checker<'_> {
    fn check(&mut self, schema: &Value, value: &Value, at: &str) {
        if let Some(name) = schema["$ref"].as_str() {
            let document = self.document;
            let target = document.pointer(name.trim_start_matches('#')).unwrap_or_else(|| panic!("{name}"));
            return self.check(target, value, at);
        }
        if let Some(choices) = schema["oneOf"].as_array() {
            let fitting = choices.iter().filter(|one| violations(self.document, one, value).is_empty()).count();
            self.expect(fitting == 1, at, || format!("fits {fitting} of {}", choices.len()));
            return;
        }
        self.expect(fits_type(&schema["type"], value), at, || format!("{value} is not {}", schema["type"]));
        if let Some(codes) = schema["enum"].as_array() {
            self.expect(codes.contains(value), at, || format!("{value} is not of {codes:?}"));
        }
        if let (Some(least), Some(number)) = (schema["minimum"].as_f64(), value.as_f64()) {
            self.expect(number >= least, at, || format!("{number} is below {least}"));
        }
        for (place, item) in value.as_array().into_iter().flatten().enumerate() {
            self.check(&schema["items"], item, &format!("{at}/{place}"));
        }
        if let Some(properties) = schema["properties"].as_object() {
            for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
                self.expect(value.get(name).is_some(), at, || format!("{name} is missing"));
            }
            for (name, item) in value.as_object().into_iter().flatten() {
                match properties.get(name) {
                    Some(property) => self.check(property, item, &format!("{at}/{name}")),
                    None => self.expect(false, at, || format!("{name} is not in the schema")),
                }
            }
        }
    }

    fn expect(&mut self, holds: bool, at: &str, say: impl FnOnce() -> String) {
        if !holds {
            self.found.push(format!("{at}: {}", say()));
        }
    }
}

fn fits_type(types: &Value, value: &Value) -> bool {
    let fits = |name: &Value| match name.as_str() {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("boolean") => value.is_boolean(),
        Some("null") => value.is_null(),
        Some("number") => value.is_number(),
        Some("integer") => value.is_i64() || value.is_u64(),
        _ => panic!("unknown type {name}"),
    };
    types.as_array().map_or_else(|| types.is_null() || fits(types), |all| all.iter().any(fits))
}
