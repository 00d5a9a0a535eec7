//! One value and the ways to understand it; each tells its own mistake.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;

use toml::de::DeValue;

use super::{Entries, Place, Table};
use crate::settings::mistakes::hint;

/// Longest text of a key: a name on a wall, not a story.
const MAX_TEXT_CHARS: usize = 200;

/// The value of one key, not yet understood.
#[derive(Clone)]
pub(in crate::settings) struct Value<'r> {
    /// Where it stands.
    pub(in crate::settings) at: Place<'r>,
    pub(super) raw: Raw<'r>,
}

#[derive(Clone, Copy)]
pub(super) enum Raw<'r> {
    Toml(&'r DeValue<'r>),
    /// A variable's text: numbers and lists are read from it.
    Variable(&'r str),
}

impl<'r> Value<'r> {
    /// A text of at most 200 characters, not blank, on one line.
    pub(in crate::settings) fn text(&self) -> Option<&'r str> {
        let text = match self.raw {
            Raw::Toml(DeValue::String(text)) => text.as_ref(),
            Raw::Variable(text) => text,
            Raw::Toml(other) => return self.wrong_type("a text in quotes", other),
        };
        if text.trim().is_empty() {
            self.at.mistake("is empty; write a text or leave the key out");
        } else if text.chars().any(char::is_control) {
            self.at.mistake("holds a control character or a line end");
        } else if text.chars().count() > MAX_TEXT_CHARS {
            self.at.mistake(format!("is longer than {MAX_TEXT_CHARS} characters"));
        } else {
            return Some(text);
        }
        None
    }

    /// A text that is understood by its type.
    pub(in crate::settings) fn parse<T: FromStr<Err: Display>>(&self) -> Option<T> {
        let parsed = self.text()?.parse::<T>();
        parsed.map_err(|error| self.at.mistake(error.to_string())).ok()
    }

    /// One of a list of words.
    pub(in crate::settings) fn one_of<T: Copy>(&self, words: &[(&'static str, T)]) -> Option<T> {
        let text = self.text()?;
        let found = words.iter().find(|(word, _)| *word == text);
        if found.is_none() {
            let hint = hint(text, words.iter().map(|(word, _)| *word));
            let list: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            self.at.mistake(format!("`{text}` is none of {}{hint}", list.join(", ")));
        }
        found.map(|(_, value)| *value)
    }

    /// A whole number in a range.
    pub(in crate::settings) fn whole(&self, range: RangeInclusive<i64>) -> Option<i64> {
        let number = match self.raw {
            Raw::Toml(DeValue::Integer(digits)) => i64::from_str_radix(digits.as_str(), digits.radix()).ok(),
            Raw::Variable(text) => text.trim().parse().ok(),
            Raw::Toml(other) => return self.wrong_type("a whole number", other),
        };
        let number = number.filter(|number| range.contains(number));
        if number.is_none() {
            self.at.mistake(format!("must be a whole number from {} to {}", range.start(), range.end()));
        }
        number
    }

    /// A number from 0 to 1.
    pub(in crate::settings) fn fraction(&self) -> Option<f64> {
        self.number(&(0.0..=1.0))
    }

    /// A number in a range.
    pub(in crate::settings) fn number(&self, range: &RangeInclusive<f64>) -> Option<f64> {
        let number = match self.raw {
            Raw::Toml(DeValue::Float(digits)) => digits.as_str().parse().ok(),
            Raw::Toml(DeValue::Integer(digits)) => digits.as_str().parse().ok(),
            Raw::Variable(text) => text.trim().parse().ok(),
            Raw::Toml(other) => return self.wrong_type("a number", other),
        };
        let number = number.filter(|number: &f64| range.contains(number));
        if number.is_none() {
            self.at.mistake(format!("must be a number from {} to {}", range.start(), range.end()));
        }
        number
    }

    /// `true` or `false`.
    pub(in crate::settings) fn flag(&self) -> Option<bool> {
        match self.raw {
            Raw::Toml(DeValue::Boolean(flag)) => Some(*flag),
            Raw::Variable(text) => {
                let flag = text.trim().parse().ok();
                if flag.is_none() {
                    self.at.mistake("must be true or false");
                }
                flag
            }
            Raw::Toml(other) => self.wrong_type("true or false", other),
        }
    }

    /// The text of a date or time, with or without quotes.
    pub(in crate::settings) fn date_time_text(&self) -> Option<String> {
        match self.raw {
            Raw::Toml(DeValue::Datetime(date)) => Some(date.to_string()),
            _ => self.text().map(str::to_owned),
        }
    }

    /// A date, as `2026-09-02` with or without quotes.
    pub(in crate::settings) fn date(&self) -> Option<jiff::civil::Date> {
        let text = self.date_time_text()?;
        // jiff reads more than dates (a time after it, a zone); the plain form is ten characters.
        let date = text.parse().ok().filter(|_| text.len() == 10);
        if date.is_none() {
            self.at.mistake(format!("`{text}` is not a date; write it as \"2026-09-02\""));
        }
        date
    }

    /// The elements of a list; a variable's are separated by commas.
    pub(in crate::settings) fn list(&self) -> Option<Vec<Value<'r>>> {
        match self.raw {
            Raw::Toml(DeValue::Array(array)) => {
                let element = |item: &'r toml::Spanned<DeValue<'r>>| {
                    let at = Place { line: self.at.source.line(item.span().start), ..self.at.clone() };
                    Value { at, raw: Raw::Toml(item.get_ref()) }
                };
                Some(array.iter().map(element).collect())
            }
            Raw::Variable(text) => {
                let part = |part: &'r str| Value { at: self.at.clone(), raw: Raw::Variable(part.trim()) };
                Some(text.split(',').map(part).collect())
            }
            Raw::Toml(other) => self.wrong_type("a list in [ ]", other),
        }
    }

    /// A table.
    pub(in crate::settings) fn table(&self) -> Option<Table<'r>> {
        match self.raw {
            Raw::Toml(DeValue::Table(table)) => {
                Some(Table { at: self.at.clone(), entries: Entries::Toml(table), asked: Vec::new() })
            }
            Raw::Toml(other) => self.wrong_type("a table", other),
            Raw::Variable(_) => {
                self.at.mistake("cannot be set by a variable");
                None
            }
        }
    }

    fn wrong_type<T>(&self, wanted: &str, found: &DeValue<'_>) -> Option<T> {
        let found = match found {
            DeValue::String(_) => "a text",
            DeValue::Integer(_) => "a whole number",
            DeValue::Float(_) => "a number",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a date or time",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        self.at.mistake(format!("must be {wanted}, not {found}"));
        None
    }
}
