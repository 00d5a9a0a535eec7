//! Panes, their rows and the state of their view.

use std::fmt;

use domain::{CameraId, CounterId, DeviceId, ServiceId, ZoneId};
use serde::{Deserialize, Serialize};

pub use crate::filter::Filter;

/// A pane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "each is the board's list of that name")]
pub enum Pane {
    Services,
    Counters,
    Calls,
    Ratings,
    Zones,
    Devices,
    DeadLetters,
    Alerts,
}

impl Pane {
    /// Every pane; the first has key `1`.
    pub const ALL: [Self; 8] = [
        Self::Services,
        Self::Counters,
        Self::Calls,
        Self::Ratings,
        Self::Zones,
        Self::Devices,
        Self::DeadLetters,
        Self::Alerts,
    ];

    /// Place in [`Pane::ALL`].
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }

    /// What its rows can be sorted by; the first is the default.
    #[must_use]
    pub const fn columns(self) -> &'static [Column] {
        use Column as C;
        match self {
            Self::Services => &[
                C::LongestWait,
                C::Waiting,
                C::WaitMean,
                C::WaitP90,
                C::Estimate,
                C::Promise,
                C::Arrivals,
                C::Called,
                C::OpenCounters,
                C::Name,
            ],
            Self::Counters => &[
                C::Trouble,
                C::Name,
                C::Status,
                C::Officer,
                C::Ticket,
                C::Since,
                C::Utilisation,
                C::Served,
                C::ServiceMean,
            ],
            Self::Calls => &[C::Time, C::Ticket, C::Counter, C::Service],
            Self::Ratings => &[C::Satisfaction, C::Rated, C::Name],
            Self::Zones => &[C::Level, C::Name, C::Kind, C::Age],
            Self::Devices => &[C::Trouble, C::Name, C::Kind, C::State, C::Age, C::Gaps, C::Skew],
            Self::DeadLetters => &[C::Time, C::Reason, C::Topic],
            Self::Alerts => &[C::Severity, C::Time, C::Rule, C::Counter],
        }
    }
}

/// What rows can be sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "each is the board's field of that name; the others say what they are")]
pub enum Column {
    /// What needs a person comes first.
    Trouble,
    Name,
    Waiting,
    LongestWait,
    WaitMean,
    WaitP90,
    Estimate,
    /// Share of today's tickets called within what they were promised.
    Promise,
    Arrivals,
    Called,
    OpenCounters,
    Status,
    Officer,
    Ticket,
    Since,
    Utilisation,
    Served,
    ServiceMean,
    /// When: of a call, a dead letter, an alert.
    Time,
    Counter,
    Service,
    /// Share of the two best levels.
    Satisfaction,
    /// Tickets rated.
    Rated,
    Level,
    Kind,
    State,
    Age,
    Gaps,
    Skew,
    Reason,
    Topic,
    Severity,
    Rule,
}

/// By what the rows are sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sort {
    /// The column.
    pub column: Column,
    /// Against the column's natural direction (the most telling first).
    pub reversed: bool,
}

/// A row, by what it is of and never by its place.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowId {
    /// Of the services.
    Service(ServiceId),
    /// Of the counters, and of the ratings counter by counter.
    Counter(CounterId),
    /// Of the calls: `call_seq`.
    Call(u64),
    /// Of the zones.
    Zone(CameraId, ZoneId),
    /// Of the devices.
    Device(DeviceId),
    /// Of the dead letters: its offset in the journal.
    DeadLetter(u64),
    /// Of the alerts.
    Alert(String),
}

impl fmt::Display for RowId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Service(id) => id.fmt(f),
            Self::Counter(id) => id.fmt(f),
            Self::Call(seq) | Self::DeadLetter(seq) => write!(f, "#{seq}"),
            Self::Zone(camera, zone) => write!(f, "{camera}+{zone}"),
            Self::Device(id) => id.fmt(f),
            Self::Alert(alert) => alert.fmt(f),
        }
    }
}

/// The state of one pane's view.
#[derive(Debug, Clone, PartialEq)]
pub struct PaneState {
    /// Which rows are shown.
    pub filter: Filter,
    /// In which order.
    pub sort: Sort,
    /// The row under the cursor.
    pub selected: Option<RowId>,
    /// First row shown, if the selected one allows it; draw from `Model::first_row`.
    pub scroll: usize,
    /// The rows in the order that holds still; read `Model::rows`.
    pub order: Vec<RowId>,
    /// The data would order the rows otherwise by now.
    pub order_is_old: bool,
}

impl PaneState {
    /// The pane as it first stands.
    #[must_use]
    pub fn new(pane: Pane) -> Self {
        Self {
            filter: Filter::default(),
            sort: Sort { column: pane.columns()[0], reversed: false },
            selected: None,
            scroll: 0,
            order: Vec::new(),
            order_is_old: false,
        }
    }
}
