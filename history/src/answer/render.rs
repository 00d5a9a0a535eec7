//! Answers as JSON and as CSV. The shapes are documented in `docs/http.md`; adding is welcome,
//! renaming is not.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::period::day_text;
use super::question::By;
use super::shape::{Answer, Column, Missing, Range, Row, Value};
use super::words::Lang;

/// A number as people write it: 12, not 12.0.
struct Number(f64);

/// Whole floats up to here are integers without doubt.
const WHOLE: f64 = 9_007_199_254_740_992.0;

impl Number {
    fn whole(&self) -> Option<i64> {
        (self.0.fract() == 0.0 && self.0.abs() <= WHOLE).then_some(self.0 as i64)
    }

    fn text(&self) -> String {
        self.whole().map_or_else(|| self.0.to_string(), |whole| whole.to_string())
    }
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.whole() {
            Some(whole) => serializer.serialize_i64(whole),
            None => serializer.serialize_f64(self.0),
        }
    }
}

struct Figure<'a>(&'a Value, Option<&'a Value>);

impl Serialize for Figure<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(value, before) = self;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("value", &value.value.map(Number))?;
        map.serialize_entry("n", &value.n)?;
        map.serialize_entry("completeness", &value.completeness.map(Number))?;
        map.serialize_entry("exact", &value.exact)?;
        if let Some(missing) = value.missing {
            map.serialize_entry("missing", missing.word())?;
        }
        if let Some(before) = before {
            map.serialize_entry("before", &Figure(before, None))?;
        }
        map.end()
    }
}

struct Group<'a>(&'a Answer, &'a Row);

impl Serialize for Group<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (by, member) in self.0.by.iter().zip(&self.1.group) {
            let number = member.code.as_ref().and_then(|code| code.parse::<u8>().ok());
            match number.filter(|_| matches!(by, By::Hour | By::Weekday)) {
                Some(number) => map.serialize_entry(by.word(), &number)?,
                None => map.serialize_entry(by.word(), &member.code)?,
            }
            if !by.is_time() {
                map.serialize_entry(&format!("{}_name", by.word()), &member.name.as_ref().or(member.code.as_ref()))?;
            }
        }
        map.end()
    }
}

struct Figures<'a>(&'a Answer, &'a Row);

impl Serialize for Figures<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(answer, row) = self;
        let mut map = serializer.serialize_map(Some(row.values.len()))?;
        for (ix, (column, value)) in answer.columns.iter().zip(&row.values).enumerate() {
            map.serialize_entry(column.key, &Figure(value, row.before.get(ix)))?;
        }
        map.end()
    }
}

struct OneRow<'a>(&'a Answer, &'a Row);

impl Serialize for OneRow<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("group", &Group(self.0, self.1))?;
        map.serialize_entry("figures", &Figures(self.0, self.1))?;
        map.end()
    }
}

struct Rows<'a>(&'a Answer);

impl Serialize for Rows<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.rows.iter().map(|row| OneRow(self.0, row)))
    }
}

struct Pairs<const N: usize>([(&'static str, &'static str); N]);

impl<const N: usize> Serialize for Pairs<N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0)
    }
}

struct Columns<'a>(&'a [Column]);

impl Serialize for Columns<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let pairs = |of: &Column| [("column", of.key), ("unit", of.unit.word()), ("vi", of.vi), ("en", of.en)];
        serializer.collect_seq(self.0.iter().map(|column| Pairs(pairs(column))))
    }
}

struct Compared(&'static str, Range);

impl Serialize for Compared {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(3))?;
        map.serialize_entry("with", self.0)?;
        map.serialize_entry("from", &day_text(self.1.from))?;
        map.serialize_entry("to", &day_text(self.1.to))?;
        map.end()
    }
}

impl Serialize for Answer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("figure", self.figure.word())?;
        map.serialize_entry("from", &day_text(self.range.from))?;
        map.serialize_entry("to", &day_text(self.range.to))?;
        map.serialize_entry("complete_to", &self.complete_to.map(day_text))?;
        map.serialize_entry("by", &self.by.iter().map(|by| by.word()).collect::<Vec<_>>())?;
        map.serialize_entry("compare", &self.compare.map(|(compare, range)| Compared(compare.word(), range)))?;
        map.serialize_entry("columns", &Columns(self.columns))?;
        map.serialize_entry("rows", &Rows(self))?;
        map.end()
    }
}

/// The answer as JSON:
/// `{figure, from, to, complete_to, by: [...], compare: null | {with, from, to}, columns: [{column,
/// unit, vi, en}], rows: [{group: {BY: code, BY_name: name}, figures: {COLUMN: {value, n,
/// completeness, exact, missing?, before?}}}]}`. Hours and weekdays are numbers, other group values
/// are texts; what is to nobody's account is `null`.
#[must_use]
pub fn to_json(answer: &Answer) -> String {
    serde_json::to_string(answer).expect("every key is a text and every number is finite")
}

/// A name as a cell that no spreadsheet takes for a formula.
fn tame(text: &str) -> String {
    let starts_one =
        text.trim_start_matches(' ').starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    if starts_one { format!("'{text}") } else { text.to_owned() }
}

fn by_header(by: By, lang: Lang) -> &'static str {
    match (by, lang) {
        (By::Site, Lang::Vi) => "Trung tâm",
        (By::Month, Lang::Vi) => "Tháng",
        (By::Week, Lang::Vi) => "Tuần",
        (By::Day, Lang::Vi) => "Ngày",
        (By::Weekday, Lang::Vi) => "Thứ (1 = thứ Hai)",
        (By::Hour, Lang::Vi) => "Giờ",
        (By::Department, Lang::Vi) => "Cơ quan",
        (By::Field, Lang::Vi) => "Lĩnh vực",
        (By::Service, Lang::Vi) => "Thủ tục",
        (By::Counter, Lang::Vi) => "Quầy",
        (By::Officer, Lang::Vi) => "Cán bộ",
        (By::Camera, Lang::Vi) => "Camera",
        (By::Zone, Lang::Vi) => "Khu vực",
        (By::Site, Lang::En) => "Centre",
        (By::Month, Lang::En) => "Month",
        (By::Week, Lang::En) => "Week",
        (By::Day, Lang::En) => "Day",
        (By::Weekday, Lang::En) => "Weekday (1 = Monday)",
        (By::Hour, Lang::En) => "Hour",
        (By::Department, Lang::En) => "Department",
        (By::Field, Lang::En) => "Field",
        (By::Service, Lang::En) => "Service",
        (By::Counter, Lang::En) => "Counter",
        (By::Officer, Lang::En) => "Officer",
        (By::Camera, Lang::En) => "Camera",
        (By::Zone, Lang::En) => "Zone",
    }
}

fn unit_header(column: &Column, lang: Lang) -> String {
    let unit = match (column.unit, lang) {
        (super::shape::Unit::Seconds, Lang::Vi) => " (giây)",
        (super::shape::Unit::Seconds, Lang::En) => " (s)",
        (super::shape::Unit::Share, Lang::Vi) => " (tỷ lệ 0–1)",
        (super::shape::Unit::Share, Lang::En) => " (share 0–1)",
        _ => "",
    };
    let name = if lang == Lang::Vi { column.vi } else { column.en };
    format!("{name}{unit}")
}

fn headers(answer: &Answer, lang: Lang) -> Vec<String> {
    let vi = lang == Lang::Vi;
    let mut cells = Vec::new();
    for by in &answer.by {
        cells.push(by_header(*by, lang).to_owned());
        if !by.is_time() {
            cells.push(format!("{}: {}", by_header(*by, lang), if vi { "tên" } else { "name" }));
        }
    }
    let (of_value, of_before): (&[&str], &[&str]) = if vi {
        (
            &["", " – số trường hợp", " – mức đầy đủ", " – chính xác"],
            &[" – kỳ trước", " – kỳ trước: số trường hợp", " – kỳ trước: mức đầy đủ", " – kỳ trước: chính xác"],
        )
    } else {
        (
            &["", " – n", " – completeness", " – exact"],
            &[" – before", " – before: n", " – before: completeness", " – before: exact"],
        )
    };
    for column in answer.columns {
        let name = unit_header(column, lang);
        cells.extend(of_value.iter().map(|what| format!("{name}{what}")));
        if answer.compare.is_some() {
            cells.extend(of_before.iter().map(|what| format!("{name}{what}")));
        }
    }
    cells
}

fn value_cells(value: &Value, cells: &mut Vec<String>) {
    let text = |number: Option<f64>| number.map_or_else(String::new, |number| Number(number).text());
    cells.push(text(value.value));
    // A figure that these groups cannot tell is of nothing at all.
    let of_group = value.missing != Some(Missing::NotOfGroup);
    cells.push(if of_group { value.n.to_string() } else { String::new() });
    cells.push(text(value.completeness));
    cells.push(if value.exact { "1" } else { "0" }.to_owned());
}

/// The answer as CSV (RFC 4180, UTF-8 with a byte order mark, so that spreadsheets read
/// Vietnamese): a header, a line a row. Each group has a column with its id and, where it is not a
/// time, one with its name; each figure has four: value, n, completeness, exact (1 or 0), and four
/// more of the period it is compared with. Missing is an empty cell. Ids and names never begin a
/// formula: what would, has a `'` before it. Numbers have a decimal point and stay numbers.
#[must_use]
pub fn to_csv(answer: &Answer, lang: Lang) -> String {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    let mut write =
        |cells: &[String]| writer.write_record(cells).expect("a Vec takes every line, and lines are equally long");
    write(&headers(answer, lang));
    for row in &answer.rows {
        let mut cells = Vec::new();
        for (by, member) in answer.by.iter().zip(&row.group) {
            let code = member.code.as_deref().unwrap_or_default();
            cells.push(tame(code));
            if !by.is_time() {
                cells.push(tame(member.name.as_deref().unwrap_or(code)));
            }
        }
        for (ix, value) in row.values.iter().enumerate() {
            value_cells(value, &mut cells);
            if let Some(before) = row.before.get(ix) {
                value_cells(before, &mut cells);
            }
        }
        write(&cells);
    }
    let bytes = writer.into_inner().expect("a Vec can always be flushed");
    format!("\u{feff}{}", String::from_utf8_lossy(&bytes))
}
