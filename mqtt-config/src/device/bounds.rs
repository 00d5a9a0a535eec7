//! How much an outbox keeps.

use std::time::Duration;

/// How much is kept while nobody acknowledges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Events, at most.
    pub events: usize,
    /// Bytes of memory, at most; the disk holds about as much.
    pub bytes: usize,
    /// How long an event is kept, by the time that the device has been running: a clock that jumps
    /// throws nothing away.
    pub age: Option<Duration>,
    /// What gives way.
    pub when_full: WhenFull,
}

/// What gives way when there is no more room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhenFull {
    /// The oldest event is dropped, counted and told: a device in the hall works on.
    DropOldest,
    /// The new event is refused: whoever reads a file can read it again later.
    Refuse,
}

impl Default for Bounds {
    /// 100,000 events, 32 MiB, 7 days; the oldest gives way.
    fn default() -> Self {
        Self {
            events: 100_000,
            bytes: 32 * 1024 * 1024,
            age: Some(Duration::from_secs(7 * 86_400)),
            when_full: WhenFull::DropOldest,
        }
    }
}
