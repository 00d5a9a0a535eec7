//! Reads a TOML document by hand, so that one reading shows every mistake with its line and key;
//! serde stops at the first.
//!
//! A [`Table`] remembers which keys it was asked for: what is left over is an unknown key, and the
//! keys asked for are the suggestions. So a reader asks for every key, whatever it found before.

mod value;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use toml::de::{DeTable, DeValue};

use super::mistakes::{Mistake, Mistakes, hint};
use value::Raw;
pub(super) use value::Value;

/// What a document comes from: turns offsets into lines and keeps the mistakes.
pub(super) struct Source {
    file: PathBuf,
    /// Offsets at which lines begin; none for variables.
    line_starts: Vec<usize>,
    /// Lines that are not TOML. What was meant there is not known, so nothing else is told of them,
    /// and a key that seems to be missing may be there.
    broken_lines: Vec<usize>,
    mistakes: RefCell<Vec<Mistake>>,
}

/// Where a value stands.
#[derive(Clone)]
pub(super) struct Place<'r> {
    source: &'r Source,
    line: Option<usize>,
    key: String,
}

/// A table of a document, or the variables of the environment.
pub(super) struct Table<'r> {
    /// Where it stands.
    pub(super) at: Place<'r>,
    entries: Entries<'r>,
    asked: Vec<&'static str>,
}

enum Entries<'r> {
    Toml(&'r DeTable<'r>),
    Variables(&'r BTreeMap<String, String>),
}

/// Reads a document with `read`; gives every mistake that it told, and every place that is not TOML,
/// in the order of the lines.
pub(super) fn read<T>(file: &Path, text: &str, read: impl FnOnce(Table<'_>) -> Option<T>) -> (Option<T>, Vec<Mistake>) {
    let (document, errors) = DeTable::parse_recoverable(text);
    let line_starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
    let mut source =
        Source { file: file.to_owned(), line_starts, broken_lines: Vec::new(), mistakes: RefCell::default() };
    source.tell_what_is_not_toml(&errors);
    let at = Place { source: &source, line: Some(1), key: String::new() };
    let value = read(Table { at, entries: Entries::Toml(document.get_ref()), asked: Vec::new() });
    let mut mistakes = source.mistakes.into_inner();
    mistakes.sort_by_key(|mistake| mistake.line);
    (value, mistakes)
}

/// Reads the variables of the environment with `read`; they stand without `MOTCUA_` and in lower
/// case.
pub(super) fn read_variables<T>(
    variables: &BTreeMap<String, String>,
    read: impl FnOnce(Table<'_>) -> T,
) -> (T, Vec<Mistake>) {
    let source = Source {
        file: PathBuf::from("environment"),
        line_starts: Vec::new(),
        broken_lines: Vec::new(),
        mistakes: RefCell::default(),
    };
    let at = Place { source: &source, line: None, key: String::new() };
    let value = read(Table { at, entries: Entries::Variables(variables), asked: Vec::new() });
    (value, source.mistakes.into_inner())
}

/// The value when there were no mistakes, all of them otherwise.
pub(super) fn whole<T>((value, mistakes): (Option<T>, Vec<Mistake>), file: &Path) -> Result<T, Mistakes> {
    match (Mistakes::new(mistakes), value) {
        (None, Some(value)) => Ok(value),
        (Some(mistakes), _) => Err(mistakes),
        (None, None) => Err(Mistake::of_file(file, "cannot be read").into()),
    }
}

impl Source {
    /// Records where the document is not TOML: one slip makes the parser stumble several times in
    /// its line, or over an open bracket in every line after it; the first time tells.
    fn tell_what_is_not_toml(&mut self, errors: &[toml::de::Error]) {
        let mut latest = (0, "");
        for error in errors {
            let line = error.span().and_then(|span| self.line(span.start)).unwrap_or(1);
            if self.broken_lines.contains(&line) {
                continue;
            }
            self.broken_lines.push(line);
            if latest != (line - 1, error.message()) {
                let message = format!("not TOML: {}", error.message().trim());
                let mistake = Mistake { line: Some(line), ..Mistake::of_file(&self.file, message) };
                self.mistakes.borrow_mut().push(mistake);
            }
            latest = (line, error.message());
        }
    }

    /// The line, from 1, of an offset; `None` for variables.
    fn line(&self, offset: usize) -> Option<usize> {
        Some(self.line_starts.partition_point(|start| *start <= offset)).filter(|line| *line > 0)
    }

    fn is_environment(&self) -> bool {
        self.line_starts.is_empty()
    }
}

impl<'r> Place<'r> {
    /// Records a mistake here.
    pub(super) fn mistake(&self, message: impl Into<String>) {
        if self.line.is_some_and(|line| self.source.broken_lines.contains(&line)) {
            return;
        }
        let mistake =
            Mistake { file: self.source.file.clone(), line: self.line, key: self.key.clone(), message: message.into() };
        self.source.mistakes.borrow_mut().push(mistake);
    }

    /// Its line, from 1; `None` for a variable.
    pub(super) fn line(&self) -> Option<usize> {
        self.line
    }

    /// The key as it is written in the file's headers.
    pub(super) fn key(&self) -> &str {
        &self.key
    }

    /// Whether a variable was read and not a file.
    pub(super) fn is_variable(&self) -> bool {
        self.source.is_environment()
    }

    /// Whether every line around it was understood, so that what is not there is not there.
    pub(super) fn all_is_read(&self) -> bool {
        self.source.broken_lines.is_empty()
    }

    /// `line 12`, for a message about another place of the same file.
    pub(super) fn line_text(&self) -> String {
        self.line.map_or_else(|| "the environment".to_owned(), |line| format!("line {line}"))
    }

    /// The place of a key below this one.
    fn below(&self, key: &str, offset: usize) -> Self {
        let key = match (self.source.is_environment(), self.key.as_str()) {
            (true, _) => format!("MOTCUA_{}", key.to_ascii_uppercase()),
            (false, "") => key.to_owned(),
            (false, above) => format!("{above}.{key}"),
        };
        Self { source: self.source, line: self.source.line(offset), key }
    }
}

impl<'r> Table<'r> {
    /// The value of a key, when it is there.
    pub(super) fn get(&mut self, key: &'static str) -> Option<Value<'r>> {
        self.asked.push(key);
        match self.entries {
            Entries::Toml(table) => {
                let (name, value) = table.get_key_value(key)?;
                let at = self.at.below(key, name.span().start);
                Some(Value { at, raw: Raw::Toml(value.get_ref()) })
            }
            Entries::Variables(variables) => {
                let raw = Raw::Variable(variables.get(key)?);
                Some(Value { at: self.at.below(key, 0), raw })
            }
        }
    }

    /// The value of a key that must be there.
    pub(super) fn need(&mut self, key: &'static str) -> Option<Value<'r>> {
        let value = self.get(key);
        if value.is_none() && self.at.all_is_read() {
            let missing = Place { line: self.at.line, ..self.at.below(key, 0) };
            missing.mistake(format!("is missing; write `{key} = …`"));
        }
        value
    }

    /// The tables of `[[key]]`; none when there are none.
    pub(super) fn tables(&mut self, key: &'static str) -> Vec<Table<'r>> {
        let Some(value) = self.get(key) else { return Vec::new() };
        let Raw::Toml(DeValue::Array(array)) = value.raw else {
            value.at.mistake(format!("must be tables, written as `[[{}]]`", value.at.key));
            return Vec::new();
        };
        let element = |item: &'r toml::Spanned<DeValue<'r>>| {
            let at = Place { line: value.at.source.line(item.span().start), ..value.at.clone() };
            Value { at, raw: Raw::Toml(item.get_ref()) }.table()
        };
        array.iter().filter_map(element).collect()
    }

    /// Records every key that nobody asked for.
    pub(super) fn finish(self) {
        let unknown = |name: &str, offset: usize| {
            if !self.asked.contains(&name) {
                let hint = hint(name, self.asked.iter().copied());
                self.at.below(name, offset).mistake(format!("unknown key `{name}`{hint}"));
            }
        };
        match self.entries {
            Entries::Toml(table) => table.iter().for_each(|(name, _)| unknown(name.get_ref(), name.span().start)),
            Entries::Variables(variables) => variables.keys().for_each(|name| unknown(name, 0)),
        }
    }
}
