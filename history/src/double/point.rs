//! A point as the double keeps it and shows it to tests.

use serde::{Deserialize, Serialize};

/// A field's value, with the type that the server would keep.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Value {
    Float(f64),
    Int(i64),
    Uint(u64),
    Bool(bool),
    Text(String),
}

impl Value {
    /// The server's word for its type in complaints.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Float(_) => "float",
            Self::Int(_) => "integer",
            Self::Uint(_) => "unsigned",
            Self::Bool(_) => "boolean",
            Self::Text(_) => "string",
        }
    }
}

/// One point. Its identity is (`measurement`, `tags`, `time`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// Its measurement, without escapes.
    pub measurement: String,
    /// Tags in the order of their keys.
    pub tags: Vec<(String, String)>,
    /// Nanoseconds since 1970-01-01.
    pub time: i64,
    /// Fields in the order of their keys.
    pub fields: Vec<(String, Value)>,
}

impl Point {
    /// The value of a tag.
    #[must_use]
    pub fn tag(&self, key: &str) -> Option<&str> {
        self.tags.iter().find(|(known, _)| known == key).map(|(_, value)| value.as_str())
    }

    /// The value of a field.
    #[must_use]
    pub fn field(&self, key: &str) -> Option<&Value> {
        self.fields.iter().find(|(known, _)| known == key).map(|(_, value)| value)
    }
}
