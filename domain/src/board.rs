//! The board: the live state of one site as screens see it (contract section 5), its deltas and
//! the one definition of [`fold`]: `fold(snapshot, deltas to S)` is the board whose `seq` is S.

mod public;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use self::public::Public;
use crate::event::{CounterStatus, DeviceKind, DeviceState, Priority, RatingLevel, ZoneKind};
use crate::storage::Storage;
use crate::{CameraId, CounterId, DeviceId, OfficerId, Seconds, ServiceId, SiteId, TicketNumber, Timestamp, ZoneId};

/// The live state of one site. Missing is `null`, never 0.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the fields are the contract's, section 5")]
pub struct Board {
    pub site: SiteId,
    pub name: String,
    pub seq: u64,
    pub as_of: Timestamp,
    /// `YYYY-MM-DD` in the site's zone.
    pub business_day: String,
    /// The IANA name of the site's zone: a screen shows instants in it, never in its own.
    #[serde(default = "utc")]
    pub time_zone: String,
    pub contacts: Contacts,
    pub hours: Vec<Hours>,
    pub services: Vec<ServiceRow>,
    pub counters: Vec<CounterRow>,
    pub calls: Vec<CallRow>,
    pub missed: Vec<MissedRow>,
    pub zones: Vec<ZoneRow>,
    /// Absent where no camera looks at a waiting area.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting_area: Option<WaitingArea>,
    pub ratings: RatingTotals,
    #[serde(default)]
    pub devices: Vec<DeviceRow>,
    #[serde(default)]
    pub alerts: Vec<AlertRow>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ingest: Option<Ingest>,
    /// Absent for `public`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub storage: Option<Storage>,
}

/// The zone of a board that does not name one.
fn utc() -> String {
    "UTC".to_owned()
}

/// Whom to ask.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contacts {
    /// Telephone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hotline: Option<String>,
    /// E-mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}

/// An opening interval of today, `HH:MM` in the site's zone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hours {
    /// From.
    pub open: String,
    /// To.
    pub close: String,
}

/// One service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the fields are the contract's, section 5")]
pub struct ServiceRow {
    pub service: ServiceId,
    pub name: String,
    pub field: Option<String>,
    pub department: Option<String>,
    pub waiting: u32,
    pub longest_wait_s: Option<Seconds>,
    pub next: Vec<TicketNumber>,
    pub window_s: u32,
    pub called: u32,
    pub wait_mean_s: Option<Seconds>,
    pub wait_p50_s: Option<Seconds>,
    pub wait_p90_s: Option<Seconds>,
    pub arrivals: u32,
    pub abandoned: u32,
    pub open_counters: Option<u32>,
    pub estimate: Option<Estimate>,
    pub estimate_reason: Option<String>,
    pub opens_at: Option<Timestamp>,
    /// Why it is closed, where a planned closure says so; absent else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_reason: Option<String>,
    /// How today's promised ranges held; absent while no promised ticket was called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promise: Option<Promise>,
}

/// The promised range: half of the tickets are called by `p50_s`, nine in ten by `p90_s`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the fields are the contract's, section 5")]
pub struct Estimate {
    pub p50_s: Seconds,
    pub p90_s: Seconds,
    /// The range runs past a break or past closing time: service goes on at this instant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resumes_at: Option<Timestamp>,
    /// Whether a ticket taken now is called before the site closes for the day, nine times in ten;
    /// `None` where no hours are known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before_close: Option<bool>,
}

/// How well the promised ranges of one business day held, over the tickets that were called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Promise {
    /// Tickets called that had been promised a range when they were taken.
    pub n: u32,
    /// Of these, called no later than the promised `p90_s`.
    pub within: u32,
}

/// One counter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the fields are the contract's, section 5")]
pub struct CounterRow {
    pub counter: CounterId,
    pub name: String,
    pub place: Option<String>,
    pub status: CounterStatus,
    pub reason: Option<String>,
    pub officer: Option<OfficerId>,
    pub officer_name: Option<String>,
    pub field: Option<String>,
    pub services: Vec<ServiceId>,
    pub ticket: Option<TicketNumber>,
    pub ticket_state: Option<TicketStage>,
    /// Start of the present (status, ticket, ticket_state); `null` before the first word.
    pub since: Option<Timestamp>,
    pub served: u32,
    pub service_mean_s: Option<Seconds>,
    /// Absent for `public`; `null` when not open inside the window.
    #[serde(default, skip_serializing_if = "Shown::is_hidden")]
    pub utilisation: Shown<f64>,
    /// Absent for `public`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ratings: Option<CounterRatings>,
}

/// A figure that may be absent (not for this reader), `null` (not known) or a value.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Shown<T> {
    /// The key is absent.
    #[default]
    Hidden,
    /// The key is there: `null` or a value.
    Figure(Option<T>),
}

impl<T> Shown<T> {
    /// Whether the key is absent.
    pub const fn is_hidden(&self) -> bool {
        matches!(self, Self::Hidden)
    }
}

impl<T: Serialize> Serialize for Shown<T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Hidden | Self::Figure(None) => serializer.serialize_none(),
            Self::Figure(Some(value)) => value.serialize(serializer),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Shown<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::<T>::deserialize(deserializer).map(Self::Figure)
    }
}

/// What the ticket at a counter is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TicketStage {
    /// Called, on its way.
    Called,
    /// In service.
    Serving,
}

/// Ratings of one counter, business day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CounterRatings {
    /// Tickets rated.
    pub n: u32,
    /// Of these, the two best levels.
    pub satisfied: u32,
}

/// One call, as the wall shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the fields are the contract's, section 5")]
pub struct CallRow {
    pub call_seq: u64,
    pub ticket: TicketNumber,
    pub counter: Option<CounterId>,
    pub service: Option<ServiceId>,
    pub priority: Option<Priority>,
    pub ts: Timestamp,
    pub recall: bool,
}

/// A number that was called and did not come.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the fields are the contract's, section 5")]
pub struct MissedRow {
    pub ticket: TicketNumber,
    pub counter: Option<CounterId>,
    pub ts: Timestamp,
}

/// One zone of one camera.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the fields are the contract's, section 5")]
pub struct ZoneRow {
    pub camera: CameraId,
    pub zone: ZoneId,
    pub kind: ZoneKind,
    pub counter: Option<CounterId>,
    /// 0..1; `null` when never heard or the camera is offline.
    pub level: Option<f64>,
    pub motion: Option<bool>,
    pub people: Option<u32>,
    pub as_of: Option<Timestamp>,
}

/// Ratings of the site, business day.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RatingTotals {
    /// Tickets rated.
    pub n: u32,
    /// Of these, by level; a level nobody pressed is absent.
    pub by_level: BTreeMap<RatingLevel, u32>,
    /// Presses that belong to no ticket.
    pub unbound: u32,
}

/// One device.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the fields are the contract's, section 5")]
pub struct DeviceRow {
    pub device: DeviceId,
    pub kind: DeviceKind,
    pub state: Option<DeviceState>,
    pub age_s: Option<u64>,
    pub skew_ms: Option<i64>,
    pub gaps: u64,
    pub flags: Vec<String>,
}

/// How full the waiting area is as a whole: all zones of kind `waiting` together.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct WaitingArea {
    /// The mean of the known zones' levels, weighted by seats where every one of them says how many it
    /// has; 0..1, two decimals. `None`: of none is it known.
    pub level: Option<f64>,
    /// The people of all zones; `None` unless every one of them is counted.
    pub people: Option<u32>,
    /// How many zones there are.
    pub zones: u32,
    /// Of how many it is known how full they are.
    pub known: u32,
}

/// Something that a supervisor should look at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the fields are the contract's, section 5")]
pub struct AlertRow {
    pub alert: String,
    pub rule: String,
    pub severity: String,
    pub counter: Option<CounterId>,
    #[serde(default)]
    pub camera: Option<CameraId>,
    #[serde(default)]
    pub zone: Option<ZoneId>,
    pub since: Timestamp,
    pub acknowledged_by: Option<String>,
}

/// How the site's events were taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Ingest {
    /// Used.
    pub accepted: u64,
    /// Came again, since the process began.
    pub duplicate: u64,
    /// Arrived over 60 s after they happened.
    pub late: u64,
    /// Waiting for their ticket's issue, now.
    pub unmatched: u64,
    /// Could not be used.
    pub dead_letter: u64,
}

/// A message of the WebSocket and of `live/delta`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[allow(clippy::large_enum_variant, reason = "read once and folded at once; never kept in bulk")]
pub enum Message {
    /// The whole board, always first.
    Snapshot {
        /// The board's `seq`.
        seq: u64,
        /// The board.
        board: Board,
    },
    /// Only what changed.
    Delta(Delta),
    /// Nothing changed; the collector lives.
    Alive {
        /// The board's `seq`.
        seq: u64,
        /// The collector's clock.
        as_of: Timestamp,
    },
}

/// What changed between the boards `prev` and `seq`. Rows are replaced whole by their key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the fields are the contract's, sections 4 and 5")]
pub struct Delta {
    pub prev: u64,
    pub seq: u64,
    pub as_of: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub business_day: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contacts: Option<Contacts>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<Vec<Hours>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub services: Vec<ServiceRow>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub counters: Vec<CounterRow>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<CallRow>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missed: Vec<MissedRow>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub zones: Vec<ZoneRow>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting_area: Option<WaitingArea>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ratings: Option<RatingTotals>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub devices: Vec<DeviceRow>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alerts: Vec<AlertRow>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ingest: Option<Ingest>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub storage: Option<Storage>,
    #[serde(default, skip_serializing_if = "Removed::is_empty")]
    pub removed: Removed,
}

/// Keys of rows that are gone. A zone's key is `camera+zone`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[allow(missing_docs, reason = "one list for each list of the board")]
pub struct Removed {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub services: Vec<ServiceId>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub counters: Vec<CounterId>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<u64>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missed: Vec<TicketNumber>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub zones: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub devices: Vec<DeviceId>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alerts: Vec<String>,
}

impl Removed {
    /// Whether nothing is gone.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A row of one of the board's lists.
trait Row {
    type Key: Ord + Clone;
    fn key(&self) -> Self::Key;
}

macro_rules! rows {
    ($($row:ty, $key:ty, |$it:ident| $get:expr;)*) => {
        $(impl Row for $row {
            type Key = $key;
            fn key(&self) -> $key {
                let $it = self;
                $get
            }
        })*
    };
}

rows! {
    ServiceRow, ServiceId, |row| row.service;
    CounterRow, CounterId, |row| row.counter;
    CallRow, u64, |row| row.call_seq;
    MissedRow, TicketNumber, |row| row.ticket;
    ZoneRow, String, |row| format!("{}+{}", row.camera, row.zone);
    DeviceRow, DeviceId, |row| row.device;
    AlertRow, String, |row| row.alert.clone();
}

/// Replaces rows in place; a new row goes to the end.
fn fold_rows<R: Row>(rows: &mut Vec<R>, changed: Vec<R>, removed: &[R::Key]) {
    if !removed.is_empty() {
        rows.retain(|row| !removed.contains(&row.key()));
    }
    for new in changed {
        let key = new.key();
        match rows.iter_mut().find(|row| row.key() == key) {
            Some(row) => *row = new,
            None => rows.push(new),
        }
    }
}

/// The delta does not follow the board: a `resync` is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("delta follows board {delta_prev}, but the board is {board_seq}")]
pub struct Gap {
    /// The board's `seq`.
    pub board_seq: u64,
    /// The delta's `prev`.
    pub delta_prev: u64,
}

/// Applies a delta to a board.
///
/// # Errors
/// When `delta.prev` is not the board's `seq`; the board is unchanged then.
pub fn fold(board: &mut Board, delta: Delta) -> Result<(), Gap> {
    if delta.prev != board.seq {
        return Err(Gap { board_seq: board.seq, delta_prev: delta.prev });
    }
    board.seq = delta.seq;
    board.as_of = delta.as_of;
    if let Some(name) = delta.name {
        board.name = name;
    }
    if let Some(day) = delta.business_day {
        board.business_day = day;
    }
    if let Some(zone) = delta.time_zone {
        board.time_zone = zone;
    }
    if let Some(contacts) = delta.contacts {
        board.contacts = contacts;
    }
    if let Some(hours) = delta.hours {
        board.hours = hours;
    }
    if delta.waiting_area.is_some() {
        board.waiting_area = delta.waiting_area;
    }
    if let Some(ratings) = delta.ratings {
        board.ratings = ratings;
    }
    if delta.ingest.is_some() {
        board.ingest = delta.ingest;
    }
    if delta.storage.is_some() {
        board.storage = delta.storage;
    }
    let gone = delta.removed;
    fold_rows(&mut board.services, delta.services, &gone.services);
    fold_rows(&mut board.counters, delta.counters, &gone.counters);
    fold_rows(&mut board.calls, delta.calls, &gone.calls);
    board.calls.sort_by_key(|row| std::cmp::Reverse(row.call_seq));
    fold_rows(&mut board.missed, delta.missed, &gone.missed);
    fold_rows(&mut board.zones, delta.zones, &gone.zones);
    fold_rows(&mut board.devices, delta.devices, &gone.devices);
    fold_rows(&mut board.alerts, delta.alerts, &gone.alerts);
    Ok(())
}
