//! What the ledger derives from events: small facts with a sign, so that a late event can take
//! back what was derived without it. Whoever counts facts never asks in which order they came.

use serde::{Deserialize, Serialize};

use crate::board::Ingest;
use crate::event::{DeadLetterReason, Priority, RatingLevel};
use crate::{TicketNumber, Timestamp};

/// A service's number within its site: the place where it was first named.
pub type ServiceIx = u16;
/// A counter's number within its site.
pub type CounterIx = u16;
/// A business day: days since 1970-01-01 of its date.
pub type Date = i32;

/// A fact, asserted or taken back.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Change {
    /// What.
    pub fact: Fact,
    /// `true`: it holds from now on; `false`: it never held.
    pub holds: bool,
}

/// Something that follows from the ordered run of a site's events.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fact {
    /// A number was taken.
    Arrived {
        /// For this service.
        service: ServiceIx,
        /// When.
        at: Timestamp,
    },
    /// A ticket joined a line.
    WaitBegan(InLine),
    /// A ticket left a line.
    WaitEnded {
        /// Where it had stood.
        line: InLine,
        /// When it left.
        at: Timestamp,
        /// It was called: the wait counts. Otherwise it left in another way.
        called: bool,
        /// Where it was called to, if that is known.
        counter: Option<CounterIx>,
    },
    /// Cancelled while waiting, or a no-show.
    Abandoned {
        /// For this service.
        service: ServiceIx,
        /// When.
        at: Timestamp,
    },
    /// A no-show, for the list of missed numbers.
    Missed {
        /// The number.
        ticket: TicketNumber,
        /// Where it was called to.
        counter: Option<CounterIx>,
        /// When.
        at: Timestamp,
    },
    /// A ticket was still open when its business day ended: it is over, for the reason `day_ended`.
    Archived {
        /// The number.
        ticket: TicketNumber,
        /// Of this service.
        service: ServiceIx,
        /// The business day that ended.
        date: Date,
        /// When it ended.
        at: Timestamp,
        /// How far the ticket had come.
        left: LeftAs,
    },
    /// A counter's status became `open`.
    OpenBegan(Span),
    /// A counter's status left `open`.
    OpenEnded(Span),
    /// A ticket came to a counter.
    BusyBegan(Span),
    /// A counter's ticket left, or the counter closed.
    BusyEnded(Span),
    /// A service ended by `finished` or by the counter's next call.
    Served {
        /// At this counter.
        counter: CounterIx,
        /// On this business day.
        date: Date,
        /// From `started`, else from `called`; `None` when neither was heard.
        service_ms: Option<i64>,
        /// Of this number.
        ticket: TicketNumber,
    },
    /// A ticket is rated (its last press).
    Rated {
        /// At this counter, where known.
        counter: Option<CounterIx>,
        /// On this business day.
        date: Date,
        /// How.
        level: RatingLevel,
        /// Of this number.
        ticket: TicketNumber,
    },
    /// A press that belongs to no ticket.
    Unbound {
        /// On this business day.
        date: Date,
    },
    /// How many counters serve a service, from a system that knows only that.
    Staffing {
        /// The service.
        service: ServiceIx,
        /// The number before, where there was one.
        before: Option<u32>,
        /// The number.
        open_counters: u32,
        /// When it was told.
        at: Timestamp,
    },
    /// An event waits for its ticket's issue.
    Parked,
    /// An event could not be used after all; its record in the journal.
    Rejected {
        /// Offset in the journal.
        offset: u64,
        /// Why.
        reason: DeadLetterReason,
    },
}

/// How far a ticket had come when its business day ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the names are those of a ticket's states")]
pub enum LeftAs {
    Waiting,
    Called,
    Serving,
    Held,
}

/// A place in a service's line: the earlier wait goes first, ties in the order of the fold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct InLine {
    /// The service.
    pub service: ServiceIx,
    /// The number.
    pub ticket: TicketNumber,
    /// When the wait began.
    pub since: Timestamp,
    /// Order of equal instants.
    pub order: u32,
    /// Its class.
    pub priority: Priority,
}

/// A stretch of a counter's time. While it lasts, `to` is its beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// The counter.
    pub counter: CounterIx,
    /// First instant.
    pub from: Timestamp,
    /// Last instant.
    pub to: Timestamp,
}

/// The parts of [`Ingest`] that follow from the fold: taken from `accepted` and added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FoldedIngest {
    /// Events waiting for their ticket's issue.
    pub unmatched: u64,
    /// Events that the fold refused.
    pub rejected: u64,
}

impl FoldedIngest {
    /// Counts one change.
    pub fn apply(&mut self, change: &Change) {
        let figure = match change.fact {
            Fact::Parked => &mut self.unmatched,
            Fact::Rejected { .. } => &mut self.rejected,
            _ => return,
        };
        *figure = if change.holds { *figure + 1 } else { figure.saturating_sub(1) };
    }

    /// What the board shows, given what was counted at the door.
    #[must_use]
    pub fn merge(&self, door: Ingest) -> Ingest {
        Ingest {
            accepted: door.accepted.saturating_sub(self.rejected),
            unmatched: self.unmatched,
            dead_letter: door.dead_letter + self.rejected,
            ..door
        }
    }
}
