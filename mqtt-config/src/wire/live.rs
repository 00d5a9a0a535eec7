//! What screens read besides the board and its deltas: `live/counter`, `live/calls`,
//! `live/dead-letters`.

use domain::board::{CallRow, CounterRow, TicketStage};
use domain::event::{CounterStatus, DeadLetterReason};
use domain::{SiteId, TicketNumber, Timestamp};
use serde::{Deserialize, Serialize};

/// How many calls `live/calls` and the board show.
pub const CALLS_SHOWN: usize = 20;

/// One counter, for a simple display: at most 256 bytes of JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CounterDisplay {
    /// The ticket at the counter.
    pub ticket: Option<TicketNumber>,
    /// Whether it was called or is in service.
    pub ticket_state: Option<TicketStage>,
    /// The counter's status.
    pub status: CounterStatus,
    /// Start of the present state.
    pub since: Option<Timestamp>,
    /// The collector's clock.
    pub as_of: Timestamp,
}

impl CounterDisplay {
    /// What the display over this counter shows.
    #[must_use]
    pub const fn of(row: &CounterRow, as_of: Timestamp) -> Self {
        Self { ticket: row.ticket, ticket_state: row.ticket_state, status: row.status, since: row.since, as_of }
    }
}

/// The last [`CALLS_SHOWN`] calls of the business day, newest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Calls {
    /// The collector's clock.
    pub as_of: Timestamp,
    /// The rows of the board.
    pub calls: Vec<CallRow>,
}

/// The newest payloads of a site that could not be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadLetters {
    /// The site.
    pub site: SiteId,
    /// How many there were in all.
    pub total: u64,
    /// The newest, newest first.
    pub dead_letters: Vec<DeadLetter>,
}

/// One payload that could not be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadLetter {
    /// Its place in the journal.
    pub offset: u64,
    /// When it was received.
    pub rx: Timestamp,
    /// The topic it came on.
    pub topic: String,
    /// Why it could not be used.
    pub reason: DeadLetterReason,
    /// Which field, and what is wrong with it.
    pub detail: String,
    /// Its first [`super::KEPT_OF_DEAD_LETTER`] bytes as text.
    pub payload: String,
}
