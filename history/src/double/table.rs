//! Answers as annotated CSV, with what is peculiar about the server's.

use super::point::Value;

/// A table of one result.
#[derive(Debug, Default)]
pub struct Table {
    /// Name and type of each column; none of them is in the group key.
    pub columns: Vec<(String, &'static str)>,
    /// The rows; `None`: null.
    pub rows: Vec<Vec<Option<Value>>>,
}

/// One result of a query: what one `yield` gives.
#[derive(Debug)]
pub struct Output {
    /// Its name.
    pub name: &'static str,
    /// Its tables.
    pub tables: Vec<Table>,
}

/// How the client wants it.
#[derive(Debug)]
pub struct Dialect {
    /// Whether there is a header row.
    pub header: bool,
    /// `datatype`, `group`, `default`, in the order in which they are printed.
    pub annotations: Vec<String>,
}

/// The server's word for a value's type.
pub fn kind(value: &Value) -> &'static str {
    match value {
        Value::Float(_) => "double",
        Value::Int(_) => "long",
        Value::Uint(_) => "unsignedLong",
        Value::Bool(_) => "boolean",
        Value::Text(_) => "string",
    }
}

/// The whole body.
pub fn csv(outputs: &[Output], dialect: &Dialect) -> String {
    let mut body = String::new();
    for output in outputs {
        let mut before: Option<&Table> = None;
        for (number, table) in output.tables.iter().enumerate() {
            // Tables of one form need no second header; around an empty one there always is one.
            let same = before.is_some_and(|other| {
                other.columns == table.columns && !other.rows.is_empty() && !table.rows.is_empty()
            });
            if !same {
                body.push_str(if before.is_some() { "\r\n" } else { "" });
                head(&mut body, output.name, table, number, dialect);
            }
            rows(&mut body, output.name, table, number, dialect);
            before = Some(table);
        }
        body.push_str("\r\n");
    }
    body
}

fn head(body: &mut String, name: &str, table: &Table, number: usize, dialect: &Dialect) {
    for annotation in &dialect.annotations {
        let cells = table.columns.iter().map(|(_, kind)| match annotation.as_str() {
            "datatype" => *kind,
            "group" => "false",
            _ => "",
        });
        let first = match annotation.as_str() {
            "datatype" => ["#datatype".to_owned(), "string".into(), "long".into()],
            "group" => ["#group".to_owned(), "false".into(), "false".into()],
            // An empty table has no row that could tell its number.
            _ => [
                "#default".to_owned(),
                name.to_owned(),
                if table.rows.is_empty() { number.to_string() } else { String::new() },
            ],
        };
        line(body, first.into_iter().chain(cells.map(str::to_owned)));
    }
    if dialect.header {
        let first = ["", "result", "table"].map(str::to_owned).into_iter();
        line(body, first.chain(table.columns.iter().map(|(name, _)| name.clone())));
    }
}

fn rows(body: &mut String, name: &str, table: &Table, number: usize, dialect: &Dialect) {
    let defaults = dialect.annotations.iter().any(|annotation| annotation == "default");
    for row in &table.rows {
        let result = if defaults { String::new() } else { name.to_owned() };
        let cells = row.iter().map(|cell| cell.as_ref().map_or_else(String::new, shown));
        line(body, [String::new(), result, number.to_string()].into_iter().chain(cells));
    }
}

fn shown(value: &Value) -> String {
    match value {
        // Never an exponent, never a trailing `.0`.
        Value::Float(number) if number.is_nan() => "NaN".into(),
        Value::Float(number) if number.is_infinite() => if *number > 0.0 { "+Inf" } else { "-Inf" }.into(),
        Value::Float(number) => number.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Uint(number) => number.to_string(),
        Value::Bool(yes) => yes.to_string(),
        Value::Text(text) => text.clone(),
    }
}

fn line(body: &mut String, cells: impl Iterator<Item = String>) {
    for (place, cell) in cells.enumerate() {
        if place > 0 {
            body.push(',');
        }
        let quoted = cell.contains([',', '"', '\r', '\n']) || cell.starts_with([' ', '\t']);
        if quoted {
            body.push_str(&format!("\"{}\"", cell.replace('"', "\"\"")));
        } else {
            body.push_str(&cell);
        }
    }
    body.push_str("\r\n");
}
