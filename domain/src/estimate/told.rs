//! The facts that an estimate follows from, small enough to keep those of two days.

use serde::{Deserialize, Serialize};

use crate::facts::{CounterIx, Fact, InLine, ServiceIx};
use crate::{TicketNumber, Timestamp};

/// One fact.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Told {
    pub at: Timestamp,
    pub what: What,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) enum What {
    Came {
        service: ServiceIx,
        ticket: TicketNumber,
        order: u32,
        class: u8,
    },
    /// Called from a line that it had joined at `since`.
    Called {
        service: ServiceIx,
        since: Timestamp,
        order: u32,
        counter: Option<CounterIx>,
    },
    Left {
        service: ServiceIx,
        since: Timestamp,
        order: u32,
    },
    /// A counter's ticket left, that had come at `from`.
    Free {
        counter: CounterIx,
        from: Timestamp,
    },
    Opened {
        counter: CounterIx,
    },
    Closed {
        counter: CounterIx,
    },
    Staffing {
        service: ServiceIx,
        open: u16,
    },
}

impl Told {
    /// What an estimate needs of a fact; `None` for others.
    pub fn of(fact: &Fact) -> Option<Self> {
        Some(match *fact {
            Fact::WaitBegan(InLine { service, ticket, since, order, priority }) => {
                Self { at: since, what: What::Came { service, ticket, order, class: priority as u8 } }
            }
            Fact::WaitEnded { line: InLine { service, since, order, .. }, at, called: true, counter } => {
                Self { at, what: What::Called { service, since, order, counter } }
            }
            Fact::WaitEnded { line: InLine { service, since, order, .. }, at, .. } => {
                Self { at, what: What::Left { service, since, order } }
            }
            Fact::BusyEnded(span) => Self { at: span.to, what: What::Free { counter: span.counter, from: span.from } },
            Fact::OpenBegan(span) => Self { at: span.from, what: What::Opened { counter: span.counter } },
            Fact::OpenEnded(span) => Self { at: span.to, what: What::Closed { counter: span.counter } },
            Fact::Staffing { service, open_counters, at, .. } => {
                let open = u16::try_from(open_counters).unwrap_or(u16::MAX);
                Self { at, what: What::Staffing { service, open } }
            }
            // Ratings, no-shows after a call and the door's counts tell nothing of a wait.
            Fact::Arrived { .. }
            | Fact::Abandoned { .. }
            | Fact::Missed { .. }
            | Fact::Archived { .. }
            | Fact::BusyBegan(_)
            | Fact::Served { .. }
            | Fact::Rated { .. }
            | Fact::Unbound { .. }
            | Fact::Parked
            | Fact::Rejected { .. } => return None,
        })
    }
}
