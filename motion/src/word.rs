//! What an eye says.

/// A word of an eye. Times are those given to [`Eye::look`](crate::Eye::look), in milliseconds;
/// zones are numbered in the order in which they were given.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Word {
    /// Movement or presence begins in a zone.
    Started {
        /// Which zone.
        zone: usize,
        /// Its number: from 1, of this eye, never used twice.
        motion: u64,
        /// When it began, which is at or before the look at which it was noticed.
        at_ms: i64,
        /// How full the zone was then, 0..1.
        level: f64,
    },
    /// It has ended.
    Ended {
        /// Which zone.
        zone: usize,
        /// The number of its beginning.
        motion: u64,
        /// When it began.
        began_ms: i64,
        /// When it ended: not the end of the time for which the eye held on.
        at_ms: i64,
        /// The highest level in between, 0..1.
        level: f64,
        /// Why.
        cause: Cause,
    },
    /// How full a zone is: the first time, and then after a change of at least 0.05, at most once a
    /// second a zone.
    Level {
        /// Which zone.
        zone: usize,
        /// When.
        at_ms: i64,
        /// 0..1, two decimals.
        level: f64,
    },
}

/// Why a motion ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// Nobody is there any more.
    Left,
    /// The picture is gone: nobody knows.
    Lost,
}
