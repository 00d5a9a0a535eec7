//! One point, made safe: whatever text it is given, it is one line that reads back as this point.

use influxdb2::models::{DataPoint, FieldValue, WriteDataPoint};
use unicode_normalization::UnicodeNormalization;

/// Measurement, tags, fields and time of one point. Names and texts are made safe as they come in:
/// Unicode in its composed form, no control characters, and in names no backslash (line protocol
/// has no way to write one before a comma, a space or an equals sign).
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    measurement: String,
    tags: Vec<(String, String)>,
    fields: Vec<(String, FieldValue)>,
    time_ns: i64,
}

impl Point {
    /// A point without tags and fields. `time_ns`: nanoseconds since 1970.
    #[must_use]
    pub fn new(measurement: &str, time_ns: i64) -> Self {
        let measurement = name(measurement);
        // `#` begins a comment, `_` is for InfluxDB's own, and a line must have a measurement.
        let measurement = if measurement.is_empty() || measurement.starts_with(['#', '_']) {
            format!("x{measurement}")
        } else {
            measurement
        };
        Self { measurement, tags: Vec::new(), fields: Vec::new(), time_ns }
    }

    /// Adds a tag; an empty one is left out. The last of one key counts.
    #[must_use]
    pub fn tag(mut self, key: &str, value: &str) -> Self {
        let (key, value) = (key_name(key), name(value));
        if !key.is_empty() && !value.is_empty() {
            self.tags.push((key, value));
        }
        self
    }

    /// Adds a tag where there is one.
    #[must_use]
    pub fn maybe_tag<T: AsRef<str>>(self, key: &str, value: Option<T>) -> Self {
        match value {
            Some(value) => self.tag(key, value.as_ref()),
            None => self,
        }
    }

    /// Adds a whole number.
    #[must_use]
    pub fn int(self, key: &str, value: impl Into<i64>) -> Self {
        self.field(key, FieldValue::I64(value.into()))
    }

    /// Adds a number with decimals. InfluxDB refuses the whole batch for a NaN: it is left out.
    #[must_use]
    pub fn float(self, key: &str, value: f64) -> Self {
        if value.is_finite() { self.field(key, FieldValue::F64(value)) } else { self }
    }

    /// Adds a yes or no.
    #[must_use]
    pub fn flag(self, key: &str, value: bool) -> Self {
        self.field(key, FieldValue::Bool(value))
    }

    /// Adds a text, which may be empty.
    #[must_use]
    pub fn text(self, key: &str, value: &str) -> Self {
        self.field(key, FieldValue::String(clean(value)))
    }

    fn field(mut self, key: &str, value: FieldValue) -> Self {
        let key = key_name(key);
        if !key.is_empty() {
            self.fields.push((key, value));
        }
        self
    }

    /// What the measurement is called.
    #[must_use]
    pub fn measurement(&self) -> &str {
        &self.measurement
    }

    /// Its line, without the newline; `None` of a point without a field, which is none.
    ///
    /// `influxdb2` writes it: tags and fields sorted, names escaped. It does not escape a backslash
    /// in a text, so that is done before.
    #[must_use]
    pub fn line(self) -> Option<Vec<u8>> {
        let mut builder = DataPoint::builder(self.measurement).timestamp(self.time_ns);
        for (key, value) in self.tags {
            builder = builder.tag(key, value);
        }
        for (key, value) in self.fields {
            let value = match value {
                FieldValue::String(text) => FieldValue::String(text.replace('\\', "\\\\")),
                other => other,
            };
            builder = builder.field(key, value);
        }
        let mut line = Vec::with_capacity(256);
        builder.build().ok()?.write_data_point_to(&mut line).ok()?;
        line.pop_if(|last| *last == b'\n');
        Some(line)
    }
}

/// Composed, and without what no reader shows: newlines above all.
fn clean(text: &str) -> String {
    if text.is_ascii() && !text.bytes().any(|byte| byte.is_ascii_control()) {
        return text.to_owned();
    }
    let seen = |letter: &char| !letter.is_control() && !matches!(letter, '\u{2028}' | '\u{2029}');
    text.nfc().filter(seen).collect()
}

/// A name or a tag's value: a backslash becomes a slash.
fn name(text: &str) -> String {
    let text = clean(text);
    if text.contains('\\') { text.replace('\\', "/") } else { text }
}

/// A key: those that InfluxDB keeps for itself get a letter in front.
fn key_name(text: &str) -> String {
    let text = name(text);
    if text == "time" || text.starts_with('_') { format!("x{text}") } else { text }
}
