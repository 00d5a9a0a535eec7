//! The fold of contract section 2: what each entry does to tickets and counters, in order. Every
//! rule about a ticket's or a counter's life stands in this file and in `transitions.rs`.

use serde::{Deserialize, Serialize};

use super::entry::{Entry, Kind, NO_IX, NO_TICKET};
use crate::event::{CounterStatus, DeadLetterReason, Priority, RatingLevel};
use crate::facts::{Date, Fact, InLine, LeftAs, ServiceIx, Span};
use crate::{TicketNumber, Timestamp};

/// A press counts for the ticket that ended at the counter at most this long ago (contract
/// section 2).
pub(super) const RATING_GRACE_MS: i64 = 120_000;

/// Where a ticket stands. Exactly one of these at any time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) enum Phase {
    /// Spoken of, but not issued (yet).
    Unknown,
    Waiting,
    Called,
    Serving,
    Held,
    Finished,
    Cancelled,
    NoShow,
    /// Open when its business day ended (`day_ended`), as this.
    Archived(LeftAs),
    /// In line when its business day ended, and still: its life goes on in the next day's slot.
    WentOn,
}

impl Phase {
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Waiting | Self::Called | Self::Serving | Self::Held)
    }

    /// How an open ticket is left at its day's end; `None` for others.
    pub const fn left_as(self) -> Option<LeftAs> {
        match self {
            Self::Waiting => Some(LeftAs::Waiting),
            Self::Called => Some(LeftAs::Called),
            Self::Serving => Some(LeftAs::Serving),
            Self::Held => Some(LeftAs::Held),
            Self::Unknown | Self::Finished | Self::Cancelled | Self::NoShow | Self::Archived(_) | Self::WentOn => None,
        }
    }

    pub const fn is_final(self) -> bool {
        matches!(self, Self::Finished | Self::Cancelled | Self::NoShow)
    }
}

/// One ticket of one business day.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Ticket {
    pub number: TicketNumber,
    pub phase: Phase,
    pub service: ServiceIx,
    /// Where it is, or was last.
    pub counter: u16,
    pub priority: u8,
    /// Rating level + 1; 0: not rated.
    pub rating: u8,
    pub rating_counter: u16,
    /// Waits because of a transfer, and to which counter.
    pub moved: bool,
    pub moved_to: u16,
    /// Start of the present phase; while waiting, of the wait. Relative to the ledger's base, and
    /// before it for who has waited for days.
    pub since: i32,
    /// While waiting: order of equal `since`.
    pub order: u32,
    /// Last call; start of service; [`NEVER`] where there was none.
    pub called_at: u32,
    pub started_at: u32,
}

/// "Never" as a time relative to the base.
pub(super) const NEVER: u32 = u32::MAX;

impl Ticket {
    pub const fn unknown(number: TicketNumber) -> Self {
        Self {
            number,
            phase: Phase::Unknown,
            service: NO_IX,
            counter: NO_IX,
            priority: 0,
            rating: 0,
            rating_counter: NO_IX,
            moved: false,
            moved_to: NO_IX,
            since: 0,
            order: 0,
            called_at: NEVER,
            started_at: NEVER,
        }
    }

    fn rebased(self, ms: u32) -> Self {
        let earlier = |at: u32| if at == NEVER { NEVER } else { at.saturating_sub(ms) };
        Self {
            since: self.since.saturating_sub_unsigned(ms),
            called_at: earlier(self.called_at),
            started_at: earlier(self.started_at),
            ..self
        }
    }

    pub fn priority(&self) -> Priority {
        Priority::ALL.get(usize::from(self.priority)).copied().unwrap_or(Priority::Normal)
    }

    pub fn counter(&self) -> Option<u16> {
        (self.counter != NO_IX).then_some(self.counter)
    }
}

/// One counter.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Counter {
    pub status: CounterStatus,
    /// Whether its status was ever told.
    pub spoken: bool,
    pub reason: u16,
    pub officer: u16,
    pub services: u16,
    /// The ticket that is with it.
    pub ticket: u32,
    /// The ticket that ended here last, and when.
    pub last_ended: u32,
    pub last_ended_at: Timestamp,
    /// Start of the present (status, ticket, ticket's phase).
    pub since: Option<Timestamp>,
    pub open_from: Option<Timestamp>,
    pub busy_from: Option<Timestamp>,
}

impl Counter {
    pub const UNKNOWN: Self = Self {
        status: CounterStatus::Closed,
        spoken: false,
        reason: NO_IX,
        officer: NO_IX,
        services: NO_IX,
        ticket: NO_TICKET,
        last_ended: NO_TICKET,
        last_ended_at: Timestamp::MIN,
        since: None,
        open_from: None,
        busy_from: None,
    };
}

/// The state after some prefix of the ordered log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct State {
    pub base: Timestamp,
    pub date: Date,
    pub tickets: Vec<Ticket>,
    /// Where the queue is kept over night: the slot of each ticket's number in the day after;
    /// [`NO_TICKET`], or too short, where there is none.
    pub next: Vec<u32>,
    pub counters: Vec<Counter>,
    pub staffing: Vec<Option<u32>>,
    /// Events of tickets that are not issued yet, with their business day.
    pub parked: Vec<(Entry, Date)>,
    pub order: u32,
}

/// Takes what the fold derives.
pub(super) trait Sink {
    fn fact(&mut self, fact: Fact);
    /// A fact that holds no longer, by the fold itself.
    fn gone(&mut self, fact: Fact);
    /// The entry could not be used after all.
    fn reject(&mut self, entry: Entry, reason: DeadLetterReason);
    /// The counter's row changed.
    fn counter(&mut self, counter: u16);
}

impl State {
    pub const fn new(base: Timestamp, date: Date) -> Self {
        Self {
            base,
            date,
            tickets: Vec::new(),
            next: Vec::new(),
            counters: Vec::new(),
            staffing: Vec::new(),
            parked: Vec::new(),
            order: 0,
        }
    }

    pub fn time(&self, at: u32) -> Timestamp {
        self.base.plus(i64::from(at))
    }

    /// Since when the ticket is in its present phase.
    pub fn since(&self, ticket: &Ticket) -> Timestamp {
        self.base.plus(i64::from(ticket.since))
    }

    pub fn counter_mut(&mut self, ix: u16) -> &mut Counter {
        let ix = usize::from(ix);
        if self.counters.len() <= ix {
            self.counters.resize(ix + 1, Counter::UNKNOWN);
        }
        &mut self.counters[ix]
    }

    /// Applies the next entry of the ordered log.
    pub fn apply(&mut self, entry: Entry, sink: &mut impl Sink) {
        match entry.kind {
            Kind::Issued => self.issued(entry, sink),
            Kind::Opened | Kind::Paused | Kind::Closed => self.counter_changed(entry, sink),
            Kind::Staffing => self.staffing(entry, sink),
            Kind::Rating => self.rated(entry, sink),
            Kind::DayStarted => self.day_started(entry, sink),
            _ if self.tickets[entry.ticket as usize].phase == Phase::Unknown => {
                self.parked.push((entry, self.date));
                sink.fact(Fact::Parked);
            }
            _ => self.ticket_moved(entry, entry.at, sink),
        }
    }

    fn issued(&mut self, entry: Entry, sink: &mut impl Sink) {
        let ticket = &self.tickets[entry.ticket as usize];
        if ticket.phase.is_open() {
            sink.reject(entry, DeadLetterReason::TicketExists);
            return;
        }
        if ticket.phase == Phase::NoShow {
            // The number lives on in another's hand: the one who missed it is not to be looked for.
            let missed = self.missed(entry.ticket);
            sink.gone(missed);
        }
        let ticket = &mut self.tickets[entry.ticket as usize];
        *ticket = Ticket { service: entry.other, priority: entry.priority() as u8, ..Ticket::unknown(ticket.number) };
        sink.fact(Fact::Arrived { service: entry.other, at: self.time(entry.at) });
        self.wait_begins(entry.ticket, entry.at, sink);
        if self.parked.iter().any(|(parked, _)| parked.ticket == entry.ticket) {
            let (mine, others): (Vec<_>, Vec<_>) =
                self.parked.drain(..).partition(|(parked, _)| parked.ticket == entry.ticket);
            self.parked = others;
            for (parked, _) in mine {
                // It took effect when the number came to be, not before: no wait is negative.
                sink.gone(Fact::Parked);
                self.ticket_moved(parked, parked.at.max(entry.at), sink);
            }
        }
    }

    pub fn wait_begins(&mut self, ix: u32, at: u32, sink: &mut impl Sink) {
        self.order += 1;
        let order = self.order;
        let ticket = &mut self.tickets[ix as usize];
        ticket.phase = Phase::Waiting;
        ticket.moved = false;
        ticket.since = since(at);
        ticket.order = order;
        sink.fact(Fact::WaitBegan(self.in_line(ix)));
    }

    fn in_line(&self, ix: u32) -> InLine {
        let ticket = &self.tickets[ix as usize];
        InLine {
            service: ticket.service,
            ticket: ticket.number,
            since: self.since(ticket),
            order: ticket.order,
            priority: ticket.priority(),
        }
    }

    /// Ends the wait of a ticket that waits; nothing for others.
    pub fn wait_ends(&mut self, ix: u32, at: u32, called: bool, sink: &mut impl Sink) {
        self.wait_ends_at(ix, at, called, None, sink);
    }

    /// The same, at a counter.
    pub fn wait_ends_at(&mut self, ix: u32, at: u32, called: bool, counter: Option<u16>, sink: &mut impl Sink) {
        if self.tickets[ix as usize].phase == Phase::Waiting {
            sink.fact(Fact::WaitEnded { line: self.in_line(ix), at: self.time(at), called, counter });
        }
    }

    fn counter_changed(&mut self, entry: Entry, sink: &mut impl Sink) {
        let at = self.time(entry.at);
        let (services, reason) = entry.services_and_reason();
        let status = match entry.kind {
            Kind::Opened => CounterStatus::Open,
            Kind::Paused => CounterStatus::Paused,
            _ => CounterStatus::Closed,
        };
        let ix = entry.counter;
        let before = *self.counter_mut(ix);
        let counter = self.counter_mut(ix);
        counter.status = status;
        counter.spoken = true;
        counter.reason = reason.unwrap_or(NO_IX);
        if status == CounterStatus::Closed {
            counter.officer = NO_IX;
        } else if before.status == CounterStatus::Closed {
            // A fresh opening says everything anew; who served before has gone.
            counter.officer = entry.other;
            counter.services = services.unwrap_or(NO_IX);
        } else {
            counter.officer = entry.other().unwrap_or(before.officer);
            counter.services = services.unwrap_or(before.services);
        }
        if status != before.status || !before.spoken {
            counter.since = Some(at);
        }
        match (before.open_from, status) {
            (None, CounterStatus::Open) => {
                counter.open_from = Some(at);
                sink.fact(Fact::OpenBegan(Span { counter: ix, from: at, to: at }));
            }
            (Some(from), CounterStatus::Paused | CounterStatus::Closed) => {
                counter.open_from = None;
                sink.fact(Fact::OpenEnded(Span { counter: ix, from, to: at }));
            }
            (None, _) | (Some(_), CounterStatus::Open) => {}
        }
        if status == CounterStatus::Closed {
            self.busy_ends(ix, at, sink);
        }
        sink.counter(ix);
    }

    /// Ends a counter's busy time; nothing when it is not busy.
    pub fn busy_ends(&mut self, ix: u16, at: Timestamp, sink: &mut impl Sink) {
        if let Some(from) = self.counter_mut(ix).busy_from.take() {
            sink.fact(Fact::BusyEnded(Span { counter: ix, from, to: at }));
        }
    }

    fn staffing(&mut self, entry: Entry, sink: &mut impl Sink) {
        let ix = usize::from(entry.other);
        if self.staffing.len() <= ix {
            self.staffing.resize(ix + 1, None);
        }
        let before = self.staffing[ix].replace(entry.ticket);
        let at = self.time(entry.at);
        sink.fact(Fact::Staffing { service: entry.other, before, open_counters: entry.ticket, at });
    }

    fn rated(&mut self, entry: Entry, sink: &mut impl Sink) {
        let date = self.date;
        let bound = if entry.ticket == NO_TICKET {
            entry.counter().and_then(|counter| self.ticket_rated_at(counter, self.time(entry.at)))
        } else {
            // A press that names a ticket means that ticket or none.
            let phase = self.tickets[entry.ticket as usize].phase;
            (!matches!(phase, Phase::Unknown | Phase::Archived(_) | Phase::WentOn)).then_some(entry.ticket)
        };
        let Some(ix) = bound else {
            sink.fact(Fact::Unbound { date });
            return;
        };
        self.unrate(ix, sink);
        let ticket = &mut self.tickets[ix as usize];
        ticket.rating = entry.arg + 1;
        ticket.rating_counter = entry.counter().unwrap_or(ticket.counter);
        let counter = (ticket.rating_counter != NO_IX).then_some(ticket.rating_counter);
        let ticket = ticket.number;
        sink.fact(Fact::Rated { counter, date, level: entry.level(), ticket });
    }

    /// Which ticket a press at a counter belongs to: the one in service; else the one that ended
    /// at most 120 s ago, as long as it has no rating; else the one on its way (a system that does
    /// not tell when service starts); else the one that just ended, corrected.
    fn ticket_rated_at(&self, counter: u16, at: Timestamp) -> Option<u32> {
        let counter = self.counters.get(usize::from(counter))?;
        let phase = |ix: u32| (ix != NO_TICKET).then(|| self.tickets[ix as usize].phase);
        let ended = (counter.last_ended != NO_TICKET && at.since(counter.last_ended_at) <= RATING_GRACE_MS)
            .then_some(counter.last_ended);
        if phase(counter.ticket) == Some(Phase::Serving) {
            return Some(counter.ticket);
        }
        let unrated = ended.filter(|ix| self.tickets[*ix as usize].rating == 0);
        let present = (counter.ticket != NO_TICKET).then_some(counter.ticket);
        unrated.or(present).or(ended)
    }

    /// Takes back the ticket's rating, if it has one: the last press counts.
    fn unrate(&mut self, ix: u32, sink: &mut impl Sink) {
        let ticket = self.tickets[ix as usize];
        if let Some(level) = ticket.rating.checked_sub(1) {
            let level = RatingLevel::ALL[usize::from(level)];
            let counter = (ticket.rating_counter != NO_IX).then_some(ticket.rating_counter);
            sink.gone(Fact::Rated { counter, date: self.date, level, ticket: ticket.number });
        }
    }

    /// Moves the base forward by `ms`; `ticket` gives each ticket its new number.
    pub fn rebase(&mut self, ms: u32, tickets: &[u32]) {
        self.base = self.base.plus(i64::from(ms));
        let kept = self.tickets.iter().enumerate().filter(|(ix, _)| tickets[*ix] != NO_TICKET);
        self.tickets = kept.map(|(_, ticket)| ticket.rebased(ms)).collect();
        let links = self.next.iter().enumerate().filter(|(ix, _)| tickets[*ix] != NO_TICKET);
        self.next = links.map(|(_, next)| tickets.get(*next as usize).copied().unwrap_or(NO_TICKET)).collect();
        if self.next.iter().all(|next| *next == NO_TICKET) {
            self.next = Vec::new();
        }
        for counter in &mut self.counters {
            for ix in [&mut counter.ticket, &mut counter.last_ended] {
                *ix = tickets.get(*ix as usize).copied().unwrap_or(NO_TICKET);
            }
        }
        self.parked.iter_mut().for_each(|(entry, _)| *entry = entry.rebased(ms, tickets));
    }
}

/// A time of the log as a phase's start: the log is never longer than a month.
pub(super) fn since(at: u32) -> i32 {
    i32::try_from(at).unwrap_or(i32::MAX)
}
