//! What goes into a store and what it tells about itself.

use domain::facts::Date;

/// How a store is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Options {
    /// Keep an outbox: what changes here is also to be sent to InfluxDB. Turned on for a file that
    /// had none, everything that is kept is put into it; turned off, it is emptied.
    pub mirror: bool,
}

/// What one write changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Written {
    /// Rows added, changed or removed: 0 when everything was there already.
    pub rows: u64,
    /// Bytes of the packed rows among them.
    pub bytes: u64,
    /// Points put into the outbox.
    pub points: u64,
}

/// For how many days each table is kept, today included; `None`: for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Visits.
    pub visit_days: Option<u32>,
    /// Single ratings: personal data of officers.
    pub rating_days: Option<u32>,
    /// Minute rows.
    pub minute_days: Option<u32>,
    /// Hourly cells.
    pub hour_days: Option<u32>,
}

impl Default for Retention {
    /// Visits 25 months (a year and its predecessor), ratings 13 months, minutes 90 days, hours 10 years.
    fn default() -> Self {
        Self { visit_days: Some(762), rating_days: Some(397), minute_days: Some(90), hour_days: Some(3_653) }
    }
}

/// Rows that were older than the retention allows, and are gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[allow(missing_docs, reason = "the tables")]
pub struct LetGo {
    pub visits: u64,
    pub ratings: u64,
    pub minutes: u64,
    pub hours: u64,
}

/// What a table takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableSize {
    /// Its name.
    pub table: String,
    /// Rows.
    pub rows: u64,
    /// Bytes of the pages that it and its indices use in the file.
    pub bytes: u64,
    /// First and last business day in it; `None` where it has none or knows no days.
    pub days: Option<(Date, Date)>,
}

/// Which InfluxDB bucket a line belongs to: each has a retention of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Bucket {
    /// Hourly cells.
    Hour = 1,
    /// Visits.
    Raw = 2,
    /// Single ratings by officer.
    People = 3,
    /// Minute rows.
    Minute = 4,
}

impl Bucket {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Hour, Self::Raw, Self::People, Self::Minute];

    /// What follows the prefix in the bucket's name.
    #[must_use]
    pub const fn suffix(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Raw => "raw",
            Self::People => "people",
            Self::Minute => "minute",
        }
    }

    /// The bucket of a stored number.
    pub(crate) fn from_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|bucket| *bucket as i64 == number)
    }
}

/// A line that waits to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its place in the outbox: older ones are smaller, and no number is used twice.
    pub seq: i64,
    /// Where it goes.
    pub bucket: Bucket,
    /// One line of line protocol, without a line end.
    pub text: Vec<u8>,
}

/// How far the mirror is behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Backlog {
    /// Lines that wait.
    pub points: u64,
    /// Since when the oldest of them has waited, Unix milliseconds of the host's clock.
    pub oldest_ms: Option<i64>,
    /// Lines that the server refused for good.
    pub dead: u64,
}
