//! Annotated CSV, as InfluxDB answers queries: bytes in, rows out, nothing kept but the row at hand.
//!
//! A cell is what its column's `#datatype` says. An empty cell is the column's default; where there
//! is none, it is [`Cell::Null`], and for a text the empty text (the format knows no difference).
//! An answer of status 200 can still tell an error: in a table of its own, at once or after rows.

mod records;

#[cfg(test)]
mod tests;

pub use records::Broken;
use records::{Record, Records};

use domain::Timestamp;

/// Why an answer is not what was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The server told an error instead of rows, or after some.
    #[error("the query failed: {0}")]
    Server(String),
    /// The form is wrong.
    #[error("the answer is no annotated CSV: {0}")]
    Form(String),
    /// A row is not what the question needs.
    #[error("the answer does not fit the question: {0}")]
    Row(String),
}

impl From<Broken> for Fault {
    fn from(broken: Broken) -> Self {
        Self::Form(broken.to_string())
    }
}

/// A value.
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Cell<'a> {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    /// Infinite and "not a number" occur.
    Float(f64),
    Text(&'a str),
    /// Nanoseconds since 1970-01-01.
    Time(i64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Bool,
    Int,
    Uint,
    Float,
    Text,
    Time,
}

#[derive(Debug)]
struct Column {
    name: String,
    kind: Kind,
    default: String,
}

/// What stands above the rows that come now.
#[derive(Debug, Default)]
enum Block {
    /// Nothing: annotations or a header are due.
    #[default]
    None,
    /// Some annotations, the header is due.
    Annotated,
    /// Rows of these columns.
    Rows(Vec<Column>),
    /// Rows that tell an error.
    Error,
}

/// The reader of one answer.
#[derive(Debug, Default)]
pub struct Decoder {
    records: Records,
    state: State,
}

#[derive(Debug, Default)]
struct State {
    /// Whether anything came at all.
    begun: bool,
    block: Block,
    kinds: Vec<String>,
    defaults: Vec<String>,
}

/// One row.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    columns: &'a [Column],
    record: Record<'a>,
}

impl<'a> Row<'a> {
    /// The value in a column; [`Cell::Null`] where there is no such column.
    ///
    /// # Errors
    /// When the cell is not of its column's type.
    pub fn get(&self, name: &str) -> Result<Cell<'a>, Fault> {
        let Some(place) = self.columns.iter().position(|column| column.name == name) else { return Ok(Cell::Null) };
        let column = &self.columns[place];
        let text = std::str::from_utf8(self.record.get(place).unwrap_or_default());
        let text = text.map_err(|_| Fault::Form(format!("{name:?} holds no text")))?;
        let text = if text.is_empty() { column.default.as_str() } else { text };
        value(column.kind, text).ok_or_else(|| Fault::Form(format!("{text:?} is no {:?} in {name:?}", column.kind)))
    }

    /// The name of the result that it belongs to; `_result` unless the query named it.
    ///
    /// # Errors
    /// When the cell is not of its column's type.
    pub fn result(&self) -> Result<&'a str, Fault> {
        match self.get("result")? {
            Cell::Text(name) => Ok(name),
            _ => Ok(""),
        }
    }

    /// The names of the columns, in the answer's order.
    pub fn columns(&self) -> impl Iterator<Item = &'a str> {
        self.columns.iter().map(|column| column.name.as_str())
    }
}

fn value(kind: Kind, text: &str) -> Option<Cell<'_>> {
    if kind == Kind::Text {
        return Some(Cell::Text(text));
    }
    if text.is_empty() {
        return Some(Cell::Null);
    }
    match kind {
        Kind::Bool => text.parse().ok().map(Cell::Bool),
        Kind::Int => text.parse().ok().map(Cell::Int),
        Kind::Uint => text.parse().ok().map(Cell::Uint),
        Kind::Float => text.parse().ok().map(Cell::Float),
        Kind::Time => time_ns(text).map(Cell::Time),
        Kind::Text => None,
    }
}

/// Nanoseconds of an instant with up to nine digits after the second.
fn time_ns(text: &str) -> Option<i64> {
    let Some((whole, rest)) = text.split_once('.') else {
        return Timestamp::parse(text)?.ms().checked_mul(1_000_000);
    };
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (digits, zone) = rest.split_at(digits);
    let places = u32::try_from(digits.len()).ok().filter(|places| (1..=9).contains(places))?;
    let below = digits.parse::<i64>().ok()? * 10_i64.pow(9 - places);
    Timestamp::parse(&[whole, zone].concat())?.ms().checked_mul(1_000_000)?.checked_add(below)
}

impl Decoder {
    /// Takes the next bytes of the answer and shows each row that they complete.
    ///
    /// # Errors
    /// What `take` says; an error that the answer tells; a wrong form. Nothing more may be pushed then.
    pub fn push(&mut self, bytes: &[u8], take: &mut dyn FnMut(&Row<'_>) -> Result<(), Fault>) -> Result<(), Fault> {
        let Self { records, state } = self;
        state.begun |= !bytes.is_empty();
        records.push(bytes, |record| state.record(record, take))
    }

    /// The answer has ended.
    ///
    /// # Errors
    /// When that is too early.
    pub fn end(self) -> Result<(), Fault> {
        self.records.end()?;
        match self.state.block {
            _ if !self.state.begun => Err(Fault::Form("it is empty".into())),
            Block::Annotated => Err(Fault::Form("it ends without a header".into())),
            Block::Error => Err(Fault::Server("it does not say why".into())),
            Block::None | Block::Rows(_) => Ok(()),
        }
    }
}

impl State {
    fn record(&mut self, record: Record<'_>, take: &mut dyn FnMut(&Row<'_>) -> Result<(), Fault>) -> Result<(), Fault> {
        if record.is_blank() {
            return match std::mem::take(&mut self.block) {
                Block::Annotated => Err(Fault::Form("annotations without a header".into())),
                Block::Error => Err(Fault::Server("it does not say why".into())),
                Block::None | Block::Rows(_) => Ok(()),
            };
        }
        if record.get(0).is_some_and(|cell| cell.starts_with(b"#")) {
            return self.annotation(record);
        }
        match &self.block {
            Block::None | Block::Annotated => self.header(record),
            Block::Error => Err(Fault::Server(String::from_utf8_lossy(record.get(1).unwrap_or_default()).into_owned())),
            Block::Rows(columns) if record.len() == columns.len() => take(&Row { columns, record }),
            Block::Rows(columns) => {
                Err(Fault::Form(format!("a row has {} cells, its header {}", record.len(), columns.len())))
            }
        }
    }

    fn annotation(&mut self, record: Record<'_>) -> Result<(), Fault> {
        if !matches!(self.block, Block::Annotated) {
            self.block = Block::Annotated;
            self.kinds.clear();
            self.defaults.clear();
        }
        match record.get(0) {
            Some(b"#datatype") => self.kinds = record.texts(),
            Some(b"#default") => self.defaults = record.texts(),
            // `#group` says how rows were grouped, which is in their values as well.
            _ => {}
        }
        Ok(())
    }

    fn header(&mut self, record: Record<'_>) -> Result<(), Fault> {
        let names = record.texts();
        if names.iter().skip(1).map(String::as_str).eq(["error", "reference"]) {
            self.block = Block::Error;
            return Ok(());
        }
        if self.kinds.is_empty() || !matches!(self.block, Block::Annotated) {
            return Err(Fault::Form("it has no annotations".into()));
        }
        if self.kinds.len() != names.len() || !(self.defaults.is_empty() || self.defaults.len() == names.len()) {
            return Err(Fault::Form("its annotations are not as long as its header".into()));
        }
        let mut columns = Vec::with_capacity(names.len());
        for (place, name) in names.into_iter().enumerate() {
            let kind = if place == 0 { Kind::Text } else { kind(&self.kinds[place])? };
            // The first cell of the row of defaults is its own name.
            let default = self.defaults.get(place).filter(|_| place > 0).cloned().unwrap_or_default();
            columns.push(Column { name, kind, default });
        }
        self.block = Block::Rows(columns);
        Ok(())
    }
}

fn kind(name: &str) -> Result<Kind, Fault> {
    match name {
        "boolean" => Ok(Kind::Bool),
        "long" => Ok(Kind::Int),
        "unsignedLong" => Ok(Kind::Uint),
        "double" => Ok(Kind::Float),
        "string" | "duration" | "base64Binary" => Ok(Kind::Text),
        "dateTime:RFC3339" | "dateTime:RFC3339Nano" => Ok(Kind::Time),
        other => Err(Fault::Form(format!("nothing is known of the type {other:?}"))),
    }
}
