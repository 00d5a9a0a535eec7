//! What an answer looks like.

use domain::facts::Date;

use super::question::{By, Compare, Figure};

/// In what a column's values are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// How many.
    Count,
    /// People.
    People,
    /// Seconds; percentiles and greatest values in whole seconds or with up to three decimals.
    Seconds,
    /// A part of a whole, 0 to 1.
    Share,
}

impl Unit {
    /// Its word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::People => "people",
            Self::Seconds => "s",
            Self::Share => "share",
        }
    }
}

/// A column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Its name, for programs.
    pub key: &'static str,
    /// Its unit.
    pub unit: Unit,
    /// What people read over it.
    pub vi: &'static str,
    /// The same in English.
    pub en: &'static str,
    /// What exactly it is.
    pub means: &'static str,
}

/// Why there is no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// Nothing was heard in all of the group's hours, or there are none.
    NoData,
    /// It was listened to, but nothing happened that this could be a figure of.
    Nothing,
    /// Too few ratings to be shown by officer.
    TooFew,
    /// It cannot be told by these groups: nobody takes a number at a counter.
    NotOfGroup,
}

impl Missing {
    /// Its word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::NoData => "no_data",
            Self::Nothing => "nothing",
            Self::TooFew => "too_few",
            Self::NotOfGroup => "not_of_group",
        }
    }
}

/// A figure of a group.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Value {
    /// In its column's unit; `None`: missing, which is never 0.
    pub value: Option<f64>,
    /// Of how many observations: the count itself, the waits of a mean, the denominator of a share.
    pub n: u64,
    /// Which part of what was due is in it, 0 to 1; `None`: nobody knows what was due.
    pub completeness: Option<f64>,
    /// Whether it is what the raw events give, to the millisecond (percentiles: to the second).
    pub exact: bool,
    /// Why `value` is `None`.
    pub missing: Option<Missing>,
}

/// What a row is of, one for each of [`Answer::by`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The id, or the text of a time (`2026-11`, `7`); `None`: what is to nobody's account.
    pub code: Option<String>,
    /// The display name of an id, where one is known.
    pub name: Option<String>,
}

/// A row.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// What it is of.
    pub group: Vec<Member>,
    /// One for each of [`Answer::columns`].
    pub values: Vec<Value>,
    /// The same of the period it is compared with; empty where nothing is compared.
    pub before: Vec<Value>,
}

/// First and last business day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub struct Range {
    pub from: Date,
    pub to: Date,
}

/// An answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// What was asked for.
    pub figure: Figure,
    /// The range that was asked for.
    pub range: Range,
    /// The last day of it that has come: the last one that is stored of any of the sites, where that
    /// is before its end. `None`: nothing is stored up to its end or from its beginning on.
    pub complete_to: Option<Date>,
    /// What rows are by.
    pub by: Vec<By>,
    /// With what it is compared.
    pub compare: Option<(Compare, Range)>,
    /// The columns.
    pub columns: &'static [Column],
    /// The rows, in the order of their groups: times ascending, ids alphabetically, nobody's last.
    pub rows: Vec<Row>,
}
