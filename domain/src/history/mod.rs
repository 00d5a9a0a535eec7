//! What is kept of a business day for good: its visits, and by the hour what the board showed.
//!
//! A [`Day`] follows from the ordered run of the day's events, like the board; it is built anew as a
//! whole whenever something of the day changes, so that writing it twice changes nothing.

mod build;
mod histogram;
mod lines;
mod minutes;
mod quality;
mod seen;
mod spans;

use serde::{Deserialize, Serialize};

pub use self::build::{Builder, Span};
pub use self::histogram::Histogram;
pub use self::minutes::{CounterMinute, Minutes, QualityMinute, QueueMinute, ZoneMinute};
pub use self::quality::SiteQuality;
pub use self::seen::SiteSeen;
use crate::event::{Channel, Outcome, Priority, Purpose, RatingLevel, ZoneKind};
use crate::facts::Date;
use crate::{CameraId, CounterId, DepartmentId, FieldId, OfficerId, ServiceId, TicketNumber, Timestamp, ZoneId};

/// An hour of the clock on the site's wall, 0..=23, of a business day.
pub type Hour = u8;

/// One business day of one site.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Day {
    /// Its date: days since 1970-01-01.
    pub date: Date,
    /// Its first instant.
    pub start: Timestamp,
    /// Local time minus UTC when it began, seconds; for Vietnam 25,200.
    pub utc_offset_s: i32,
    /// Visits that have ended, in the order of (`issued`, `ticket`, `nth`).
    pub visits: Vec<Visit>,
    /// Presses that count, in the order of (`at`, `ticket`).
    pub ratings: Vec<Rating>,
    /// What tickets did, in the order of their keys; only where something happened.
    pub flow: Vec<FlowCell>,
    /// Lines, in the order of (`hour`, `service`); hours in which somebody waited.
    pub queues: Vec<QueueCell>,
    /// Counters' time, in the order of (`hour`, `counter`, `officer`); hours in which one was open or busy.
    pub counters: Vec<CounterCell>,
    /// What the cameras saw, in the order of (`hour`, `camera`, `zone`); hours in which something was known.
    pub zones: Vec<ZoneCell>,
    /// How good the data are, in the order of `hour`; hours with service hours or with an event.
    pub quality: Vec<QualityCell>,
    /// Where each service that is named above belonged on that day, in the order of `service`.
    pub services: Vec<ServicePlace>,
    /// Department of each counter that is named above, in the order of `counter`.
    pub counter_places: Vec<(CounterId, Option<DepartmentId>)>,
    /// What the board showed minute by minute, where it changed.
    pub minutes: Minutes,
}

/// Where a service belonged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "ids of the site's file")]
pub struct ServicePlace {
    pub service: ServiceId,
    pub field: Option<FieldId>,
    pub department: Option<DepartmentId>,
}

/// How a visit ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VisitEnd {
    /// Service ended, with its outcome where that was told.
    Served(Option<Outcome>),
    /// Called and not come.
    NoShow,
    /// Left or withdrawn while waiting.
    Abandoned,
    /// Withdrawn at a counter or while held.
    Cancelled,
    /// Still there when the business day ended.
    DayEnded,
}

/// One visit: a number from its issue to its end. A number that is given out again on the same day
/// is another visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visit {
    /// What the citizen read.
    pub ticket: TicketNumber,
    /// 0 for the number's first visit of the day, 1 for the next.
    pub nth: u16,
    /// When the number was taken.
    pub issued: Timestamp,
    /// When the visit ended.
    pub ended: Timestamp,
    /// How.
    pub end: VisitEnd,
    /// The service it was taken for.
    pub service: ServiceId,
    /// The service it ended with, where it was transferred.
    pub last_service: Option<ServiceId>,
    /// Where it was called to last, and who served there.
    pub counter: Option<CounterId>,
    /// See `counter`.
    pub officer: Option<OfficerId>,
    /// Where the number was taken.
    pub channel: Option<Channel>,
    /// What for.
    pub purpose: Option<Purpose>,
    /// Its class.
    pub priority: Priority,
    /// The first wait, milliseconds; `None`: it was never called.
    pub first_wait_ms: Option<u32>,
    /// All waits that ended with a call, milliseconds.
    pub waits_ms: u32,
    /// As many waits ended with a call.
    pub calls: u16,
    /// From the last call to the start of service, milliseconds; `None` where the start was not told.
    pub walk_ms: Option<u32>,
    /// Of service, milliseconds, as on the board: from `started`, else from `called`.
    pub service_ms: Option<u32>,
    /// Called once more.
    pub recalls: u16,
    /// Moved on.
    pub transfers: u16,
    /// Parked.
    pub holds: u16,
    /// What was promised for the wait that ended last with a call: half the tickets, nine in ten are
    /// called within, milliseconds of open time.
    pub promised_ms: Option<(u32, u32)>,
    /// Its rating.
    pub rating: Option<RatingLevel>,
}

/// One press that counts: a ticket's last one, or one that belongs to no ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the fields are those of a press and of the ticket it belongs to")]
pub struct Rating {
    pub at: Timestamp,
    pub level: RatingLevel,
    /// `None`: it is bound to no ticket, and counts only as that.
    pub ticket: Option<TicketNumber>,
    pub service: Option<ServiceId>,
    pub counter: Option<CounterId>,
    pub officer: Option<OfficerId>,
}

/// What a cell of [`FlowCell`]s is of. What happened to nobody's account has `None` there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the names say it")]
pub struct FlowKey {
    pub hour: Hour,
    pub service: Option<ServiceId>,
    pub counter: Option<CounterId>,
    pub officer: Option<OfficerId>,
}

/// What happened to tickets in one hour, each thing in the hour of its own instant: a wait in the
/// hour of the call that ended it, a service time in the hour in which it ended. Sums over cells
/// give exact figures of any hours, services, counters and officers together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FlowCell {
    /// Of this.
    pub key: FlowKey,
    /// Numbers taken. (No counter, no officer.)
    pub arrivals: u32,
    /// Cancelled while waiting. (No counter, no officer.)
    pub cancelled: u32,
    /// Called and not come.
    pub no_shows: u32,
    /// Still in line, called or held when the business day ended. (In its last hour.)
    pub day_ended: u32,
    /// Waits that ended with a call.
    pub waits: Histogram,
    /// From call to start of service.
    pub walks: Histogram,
    /// Service times, of `served` those where it is known.
    pub services: Histogram,
    /// Services that ended by `finished` or the counter's next call.
    pub served: u32,
    /// Called once more.
    pub recalls: u32,
    /// Moved on from here.
    pub transfers: u32,
    /// Calls whose ticket had been promised a range...
    pub promised: u32,
    /// ...of these, called no later than the promised p90, ...
    pub within_p90: u32,
    /// ...no later than the promised p50.
    pub within_p50: u32,
    /// Wait − promised p50, milliseconds of open time, summed. A break has no length in a promise.
    pub error_ms: i64,
    /// Its absolute values.
    pub errors: Histogram,
    /// Ratings by level, best first, in the order of `RatingLevel::ALL`.
    pub ratings: [u32; 5],
    /// Presses that belong to no ticket.
    pub unbound: u32,
}

impl FlowCell {
    /// A cell in which nothing happened yet.
    #[must_use]
    pub fn new(key: FlowKey) -> Self {
        Self {
            key,
            arrivals: 0,
            cancelled: 0,
            no_shows: 0,
            day_ended: 0,
            waits: Histogram::default(),
            walks: Histogram::default(),
            services: Histogram::default(),
            served: 0,
            recalls: 0,
            transfers: 0,
            promised: 0,
            within_p90: 0,
            within_p50: 0,
            error_ms: 0,
            errors: Histogram::default(),
            ratings: [0; 5],
            unbound: 0,
        }
    }
}

/// A service's line in one hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueCell {
    /// The hour.
    pub hour: Hour,
    /// The service.
    pub service: ServiceId,
    /// People × milliseconds that they waited inside the hour: over its length the mean of `waiting`.
    pub waited_ms: i64,
    /// The most that waited at once.
    pub most: u32,
    /// The longest that somebody in line had waited at any instant of it, milliseconds.
    pub longest_ms: u32,
}

/// A counter's time in one hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CounterCell {
    /// The hour.
    pub hour: Hour,
    /// The counter.
    pub counter: CounterId,
    /// Who served there.
    pub officer: Option<OfficerId>,
    /// Open, or busy outside it, milliseconds; overlap counts once.
    pub open_ms: u32,
    /// Busy, milliseconds.
    pub busy_ms: u32,
    /// Paused and not busy, milliseconds.
    pub paused_ms: u32,
}

/// What a camera saw of a zone in one hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ZoneCell {
    /// The hour.
    pub hour: Hour,
    /// The camera.
    pub camera: CameraId,
    /// The zone.
    pub zone: ZoneId,
    /// Its kind.
    pub kind: ZoneKind,
    /// So long the level was known, milliseconds.
    pub known_ms: u32,
    /// Level (in thousandths) × milliseconds: over `known_ms` the mean level.
    pub level_ms: i64,
    /// So long there was motion, milliseconds.
    pub motion_ms: u32,
    /// The most people that were counted at once, where the camera counts them.
    pub most_people: Option<u32>,
}

/// How good the data of one hour are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct QualityCell {
    /// The hour.
    pub hour: Hour,
    /// Service hours inside it, minutes; `None`: the site has none configured.
    pub due_min: Option<u8>,
    /// Minutes of it that are accounted for: the collector listened, or an event of that minute
    /// came in later. Of the service hours, where there are some; else of the hour.
    pub heard_min: u8,
    /// Events that happened in it.
    pub accepted: u32,
    /// Of these, received over 60 s later.
    pub late: u32,
    /// Events that devices had numbered and that never came, by the hour in which they were given up.
    pub lost: u32,
    /// What could not be used, by the hour of its arrival.
    pub dead_letters: u32,
}
