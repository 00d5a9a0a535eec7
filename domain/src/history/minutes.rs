//! Minute rows: what the board showed at the end of a minute, written only where it differs from
//! the minute before.

use serde::{Deserialize, Serialize};

use crate::event::CounterStatus;
use crate::{CameraId, CounterId, OfficerId, ServiceId, ZoneId};

/// The minute rows of a business day. `minute` counts from the day's first instant; a row holds
/// until the next one of the same key. Before the first row of a key nothing is known, a line is
/// empty and a counter closed.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Minutes {
    /// In the order of (`minute`, `service`).
    pub queues: Vec<QueueMinute>,
    /// In the order of (`minute`, `counter`).
    pub counters: Vec<CounterMinute>,
    /// In the order of (`minute`, `camera`, `zone`).
    pub zones: Vec<ZoneMinute>,
    /// In the order of `minute`; minutes in which something came in.
    pub quality: Vec<QualityMinute>,
}

/// A line at the end of a minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueMinute {
    /// The minute.
    pub minute: u16,
    /// The service.
    pub service: ServiceId,
    /// Who waited.
    pub waiting: u32,
    /// When the longest wait had begun, milliseconds since the business day began (before it where negative);
    /// `None`: nobody waited. The wait itself grows without a new row.
    pub oldest_ms: Option<i64>,
}

/// A counter at the end of a minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CounterMinute {
    /// The minute.
    pub minute: u16,
    /// The counter.
    pub counter: CounterId,
    /// Its status.
    pub status: CounterStatus,
    /// A ticket is with it.
    pub busy: bool,
    /// Who serves.
    pub officer: Option<OfficerId>,
}

/// A zone at the end of a minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ZoneMinute {
    /// The minute.
    pub minute: u16,
    /// The camera.
    pub camera: CameraId,
    /// The zone.
    pub zone: ZoneId,
    /// In thousandths; `None`: not known.
    pub level: Option<u16>,
    /// Whether there was motion; `None`: not known.
    pub motion: Option<bool>,
    /// People, where the camera counts them.
    pub people: Option<u32>,
}

/// What came in during a minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the fields are those of `QualityCell`")]
pub struct QualityMinute {
    pub minute: u16,
    pub accepted: u32,
    pub late: u32,
    pub lost: u32,
    pub dead_letters: u32,
}
