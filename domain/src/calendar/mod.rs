//! When a site works: business days, and opening hours as intervals of instants. The one place that
//! turns hours, holidays and planned closures into time; the board, the estimates and what is
//! learned from past days ask here.

mod day;
mod hours;
mod rules;
#[cfg(test)]
mod tests;

pub use day::{BusinessDay, Calendar};
pub use hours::{Hours, Landing};

use crate::Timestamp;

/// Whether a site or a service is open at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opening {
    /// Open, or nobody said when it is.
    Open,
    /// Closed until then, where a next opening is known.
    ClosedUntil(Option<Timestamp>),
}

/// A time of opening: `[open, close)`, never empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Interval {
    /// First instant.
    pub open: Timestamp,
    /// The first instant after it.
    pub close: Timestamp,
}

impl Interval {
    /// Whether the instant lies in it.
    #[must_use]
    pub fn contains(&self, at: Timestamp) -> bool {
        self.open <= at && at < self.close
    }

    /// Its part in `[from, to)`, where there is one.
    fn within(self, from: Timestamp, to: Timestamp) -> Option<Self> {
        let part = Self { open: self.open.max(from), close: self.close.min(to) };
        (part.open < part.close).then_some(part)
    }
}
