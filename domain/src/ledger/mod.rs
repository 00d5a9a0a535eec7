//! One site's ledger: the ordered log of its ticket, counter and rating events, and the state that
//! follows from it.
//!
//! Events are folded in the order of (`at`, arrival), whatever order they came in. Most come in
//! order and are applied at once. A late one rewinds the state to a checkpoint before it, takes
//! back the facts that had followed, and folds forward again, so that the state is always that of
//! the ordered run. Two business days are kept: the present one and the one before.

mod days;
mod digest;
mod entry;
mod history;
mod kept;
mod state;
mod story;
mod told;
mod transitions;

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

use self::entry::{Catalogue, Entry, Kind, NO_TICKET};
use self::state::{Counter, Phase, Sink, State, Ticket};
use self::story::Story;
pub use self::told::DayTold;
use crate::config::BusinessDay;
use crate::event::{Body, CounterStatus, DeadLetterReason, Priority};
use crate::facts::{Change, CounterIx, Fact, ServiceIx};
use crate::{CounterId, OfficerId, ServiceId, TicketNumber, Timestamp};

/// A call whose event is older than this on arrival is not announced any more (contract section 5).
pub const ANNOUNCE_WITHIN_MS: i64 = 120_000;
/// As many checkpoints are kept, the further back the further apart.
const CHECKPOINTS: usize = 4;
/// After as many events in order, checkpoints are let go.
const CALM: u32 = 4_096;

/// A call that walls shall announce.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are those of the board's calls")]
pub struct Announcement {
    pub ticket: TicketNumber,
    pub counter: Option<CounterIx>,
    pub service: Option<ServiceIx>,
    pub priority: Option<Priority>,
    pub at: Timestamp,
    pub recall: bool,
}

/// What a counter is doing now.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "the fields are those of the board's counters")]
pub struct CounterNow {
    pub status: CounterStatus,
    /// Whether its status was ever told.
    pub spoken: bool,
    pub reason: Option<Box<str>>,
    pub officer: Option<OfficerId>,
    /// `None`: as configured.
    pub services: Option<Box<[ServiceId]>>,
    pub ticket: Option<(TicketNumber, crate::board::TicketStage)>,
    pub since: Option<Timestamp>,
}

impl Default for CounterNow {
    /// A counter nobody has heard of.
    fn default() -> Self {
        Self {
            status: CounterStatus::Closed,
            spoken: false,
            reason: None,
            officer: None,
            services: None,
            ticket: None,
            since: None,
        }
    }
}

/// What taking an event led to.
#[derive(Debug, Default)]
pub struct Taken {
    /// Facts asserted and taken back, in order.
    pub changes: Vec<Change>,
    /// Counters whose row may have changed; may repeat.
    pub counters: Vec<CounterIx>,
}

impl Taken {
    /// Empties the lists, keeping their room.
    pub fn clear(&mut self) {
        self.changes.clear();
        self.counters.clear();
    }
}

/// See the module.
#[derive(Debug, Clone)]
pub struct Ledger {
    names: Catalogue,
    today: Numbers,
    yesterday: Numbers,
    day: BusinessDay,
    log: Vec<Entry>,
    /// As many entries of `log` are in `state`.
    folded: usize,
    state: State,
    /// The state before the first entry of `log`.
    origin: Box<State>,
    /// What happened before it to whom is still in line then, for history; by number.
    carried: Vec<Story>,
    checkpoints: Vec<(usize, State)>,
    calm: u32,
    /// Offsets of entries that may turn out to be unusable: (entry, offset in the journal).
    doubtful: Vec<(Entry, u64)>,
    /// Offset of each ticket's first issue; 0: none yet.
    issues: Vec<u64>,
}

/// The tickets of one business day by number: indices into [`State::tickets`], which holds the
/// numbers themselves.
#[derive(Debug, Clone, Default)]
struct Numbers {
    table: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

impl Numbers {
    /// The index of a number; a new ticket's when it was never spoken of.
    fn ix(&mut self, number: TicketNumber, tickets: &mut Vec<Ticket>, issues: &mut Vec<u64>) -> u32 {
        let hash = self.hasher.hash_one(number);
        if let Some(ix) = self.table.find(hash, |ix| tickets[*ix as usize].number == number) {
            return *ix;
        }
        let ix = tickets.len() as u32;
        grow(tickets);
        tickets.push(Ticket::unknown(number));
        grow(issues);
        issues.push(0);
        let hasher = &self.hasher;
        self.table.insert_unique(hash, ix, |ix| hasher.hash_one(tickets[*ix as usize].number));
        ix
    }
}

impl Ledger {
    /// A ledger whose first business day is `day`.
    #[must_use]
    pub fn new(day: BusinessDay) -> Self {
        let state = State::new(day.start, day.date);
        Self {
            names: Catalogue::default(),
            today: Numbers::default(),
            yesterday: Numbers::default(),
            day,
            log: Vec::new(),
            folded: 0,
            origin: Box::new(state.clone()),
            carried: Vec::new(),
            state,
            checkpoints: Vec::new(),
            calm: 0,
            doubtful: Vec::new(),
            issues: Vec::new(),
        }
    }

    /// A site's first ledger, which begins with the day before its first one (that began at
    /// `keep_from`), so that an event of the evening before finds its place.
    #[must_use]
    pub fn before(day: BusinessDay, keep_from: Timestamp) -> Self {
        Self::new(BusinessDay { date: day.date - 1, start: keep_from, end: day.start, keeps_queue: false })
    }

    /// The present business day.
    #[must_use]
    pub const fn day(&self) -> BusinessDay {
        self.day
    }

    /// Numbers the services and counters of a configuration before any event names them.
    pub fn know(&mut self, services: impl Iterator<Item = ServiceId>, counters: impl Iterator<Item = CounterId>) {
        services.for_each(|service| {
            self.names.services.intern(&service);
        });
        counters.for_each(|counter| {
            self.names.counters.intern(&counter);
        });
    }

    /// The service's number, if it was ever named.
    #[must_use]
    pub fn service_ix(&self, service: &ServiceId) -> Option<ServiceIx> {
        self.names.services.find(service)
    }

    /// The counter's number, if it was ever named.
    #[must_use]
    pub fn counter_ix(&self, counter: &CounterId) -> Option<CounterIx> {
        self.names.counters.find(counter)
    }

    /// The service of a number.
    #[must_use]
    pub fn service_id(&self, ix: ServiceIx) -> Option<ServiceId> {
        self.names.services.get(ix).copied()
    }

    /// The counter of a number.
    #[must_use]
    pub fn counter_id(&self, ix: CounterIx) -> Option<CounterId> {
        self.names.counters.get(ix).copied()
    }

    /// How many services and counters have been named.
    #[must_use]
    pub fn named(&self) -> (usize, usize) {
        (self.names.services.len(), self.names.counters.len())
    }

    /// What a counter is doing now.
    #[must_use]
    pub fn counter_now(&self, ix: CounterIx) -> Option<CounterNow> {
        self.names.counters.get(ix)?;
        let counter = self.state.counters.get(usize::from(ix)).copied().unwrap_or(Counter::UNKNOWN);
        let ticket = (counter.ticket != NO_TICKET).then(|| self.state.tickets[counter.ticket as usize]);
        Some(CounterNow {
            status: counter.status,
            spoken: counter.spoken,
            reason: self.names.reasons.get(counter.reason).cloned(),
            officer: self.names.officers.get(counter.officer).copied(),
            services: self.names.service_sets.get(counter.services).cloned(),
            ticket: ticket.map(|ticket| {
                let serving = ticket.phase == Phase::Serving;
                (
                    ticket.number,
                    if serving { crate::board::TicketStage::Serving } else { crate::board::TicketStage::Called },
                )
            }),
            since: counter.since,
        })
    }

    /// Takes an event in. `now` is the time of its arrival: the collector's clock, or with
    /// `--clock event` the site's. Returns the announcement that it makes, if any.
    ///
    /// An event of a day before the two that are kept changes nothing any more.
    pub fn take(
        &mut self,
        offset: u64,
        at: Timestamp,
        now: Timestamp,
        body: &Body,
        taken: &mut Taken,
    ) -> Option<Announcement> {
        let relative = u32::try_from(at.since(self.state.base)).ok()?;
        let ticket = ticket_of(body).map_or(NO_TICKET, |number| self.ticket_ix(number, at));
        let entry = self.names.entry(relative, ticket, body)?;
        self.remember_offset(entry, offset);
        self.insert(entry, taken);
        let announces = matches!(entry.kind, Kind::Called | Kind::Recalled) && now.since(at) <= ANNOUNCE_WITHIN_MS;
        if !announces {
            return None;
        }
        self.settle(taken);
        self.announcement(entry, at)
    }

    /// Folds whatever late events have left open. Figures are exact after it.
    pub fn settle(&mut self, taken: &mut Taken) {
        while let Some(entry) = self.log.get(self.folded).copied() {
            self.fold_next(entry, taken);
        }
    }

    fn ticket_ix(&mut self, number: TicketNumber, at: Timestamp) -> u32 {
        if at >= self.day.start {
            return self.today_ix(number);
        }
        let known = self.state.tickets.len();
        let ix = self.yesterday.ix(number, &mut self.state.tickets, &mut self.issues);
        if self.day.keeps_queue && ix as usize == known {
            self.make_room_for(ix);
        }
        ix
    }

    fn today_ix(&mut self, number: TicketNumber) -> u32 {
        self.today.ix(number, &mut self.state.tickets, &mut self.issues)
    }

    /// Keeps the journal's offset of what may have to be named as a dead letter later: a second
    /// issue of a number (and then the first one too), and events of numbers not issued yet.
    fn remember_offset(&mut self, entry: Entry, offset: u64) {
        if !entry.speaks_of_ticket() || entry.kind == Kind::Rating {
            return;
        }
        let first = &mut self.issues[entry.ticket as usize];
        match (entry.kind, *first) {
            (Kind::Issued, 0) => {
                *first = offset;
                // Where the queue is kept, the number may be in line from the day before.
                if !self.state.next.is_empty() {
                    self.doubtful.push((entry, offset));
                }
            }
            (Kind::Issued, _) => {
                self.doubt_first_issue(entry.ticket);
                self.doubtful.push((entry, offset));
            }
            (_, 0) => self.doubtful.push((entry, offset)),
            _ => {}
        }
    }

    /// The first issue of the ticket to arrive may turn out to be a second one. (As long as it is
    /// not doubted, it is the only one in the log.)
    fn doubt_first_issue(&mut self, ticket: u32) {
        let first = self.issues[ticket as usize];
        let issued = |entry: &&Entry| entry.kind == Kind::Issued && entry.ticket == ticket;
        if first != 0
            && !self.doubtful.iter().any(|(_, offset)| *offset == first)
            && let Some(entry) = self.log.iter().find(issued)
        {
            self.doubtful.push((*entry, first));
        }
    }

    fn insert(&mut self, entry: Entry, taken: &mut Taken) {
        if self.log.last().is_none_or(|last| last.at <= entry.at) {
            grow(&mut self.log);
            self.log.push(entry);
            self.calm += 1;
            if self.calm == CALM {
                self.checkpoints = Vec::new();
            }
            if self.folded + 1 == self.log.len() {
                self.fold_next(entry, taken);
            }
            return;
        }
        self.calm = 0;
        let place = self.log.partition_point(|other| other.at <= entry.at);
        if place < self.folded {
            self.rewind(place, taken);
        }
        grow(&mut self.log);
        self.log.insert(place, entry);
    }

    fn fold_next(&mut self, entry: Entry, taken: &mut Taken) {
        let mut sink = Collector { taken, doubtful: &self.doubtful };
        self.state.apply(entry, &mut sink);
        self.folded += 1;
    }

    /// Takes the state back to before the entry at `place`, and the facts of what follows it.
    fn rewind(&mut self, place: usize, taken: &mut Taken) {
        let end = self.folded;
        self.checkpoints.retain(|(at, _)| *at <= place);
        let (start, mut state) = match self.checkpoints.last() {
            Some((at, state)) => (*at, state.clone()),
            None => (0, (*self.origin).clone()),
        };
        // An earlier state does not know the numbers that were first named after it.
        let later = &self.state.tickets[state.tickets.len()..];
        state.tickets.extend(later.iter().map(|ticket| Ticket::unknown(ticket.number)));
        state.next.clone_from(&self.state.next);
        self.state = state;
        self.folded = start;
        let mut unused = Taken::default();
        while self.folded < place {
            self.fold_next(self.log[self.folded], &mut unused);
            unused.clear();
        }
        if start < place {
            self.checkpoints.push((place, self.state.clone()));
            self.thin_checkpoints();
        }
        let there = self.state.clone();
        let mut told = Taken::default();
        while self.folded < end {
            self.fold_next(self.log[self.folded], &mut told);
        }
        taken.counters.append(&mut told.counters);
        taken.changes.extend(told.changes.iter().rev().map(|change| Change { holds: !change.holds, ..*change }));
        self.state = there;
        self.folded = place;
    }

    /// Lets go of the checkpoint whose neighbours are closest, so that they stay spread.
    fn thin_checkpoints(&mut self) {
        if self.checkpoints.len() <= CHECKPOINTS {
            return;
        }
        let gap = |at: usize| {
            let before = if at == 0 { 0 } else { self.checkpoints[at - 1].0 };
            self.checkpoints[at + 1].0 - before
        };
        if let Some(at) = (0..self.checkpoints.len() - 1).min_by_key(|at| gap(*at)) {
            self.checkpoints.remove(at);
        }
    }

    /// The announcement of a call that has just been folded in its place.
    fn announcement(&self, entry: Entry, at: Timestamp) -> Option<Announcement> {
        let ticket = self.state.tickets[entry.ticket as usize];
        let here = matches!(ticket.phase, Phase::Called | Phase::Serving);
        let known = ticket.phase != Phase::Unknown;
        let recall = match entry.kind {
            // A call that has been overtaken (ended, returned, moved elsewhere) is history.
            Kind::Called if !known || here && ticket.called_at == entry.at => false,
            Kind::Called if here && entry.counter().is_none_or(|counter| counter == ticket.counter) => true,
            Kind::Recalled if here || !known || ticket.phase == Phase::Waiting => true,
            _ => return None,
        };
        Some(Announcement {
            ticket: ticket.number,
            counter: entry.counter().or(ticket.counter()),
            service: known.then_some(ticket.service),
            priority: known.then(|| ticket.priority()),
            at,
            recall,
        })
    }
}

/// The ticket that an event speaks of.
fn ticket_of(body: &Body) -> Option<TicketNumber> {
    match body {
        Body::TicketIssued { ticket, .. }
        | Body::TicketCalled { ticket, .. }
        | Body::TicketRecalled { ticket, .. }
        | Body::TicketStarted { ticket, .. }
        | Body::TicketFinished { ticket, .. }
        | Body::TicketNoShow { ticket, .. }
        | Body::TicketCancelled { ticket, .. }
        | Body::TicketHeld { ticket, .. }
        | Body::TicketReturned { ticket, .. }
        | Body::TicketTransferred { ticket, .. } => Some(*ticket),
        Body::RatingPressed { ticket, .. } => *ticket,
        // Counters, staffing and cameras speak of no ticket.
        _ => None,
    }
}

/// Grows by an eighth instead of doubling: a country's ledgers live side by side.
fn grow<T>(log: &mut Vec<T>) {
    if log.len() == log.capacity() {
        log.reserve_exact((log.len() / 8).max(16));
    }
}

/// Writes what the fold says into a [`Taken`].
struct Collector<'a> {
    taken: &'a mut Taken,
    doubtful: &'a [(Entry, u64)],
}

impl Sink for Collector<'_> {
    fn fact(&mut self, fact: Fact) {
        self.taken.changes.push(Change { fact, holds: true });
    }

    fn gone(&mut self, fact: Fact) {
        self.taken.changes.push(Change { fact, holds: false });
    }

    fn reject(&mut self, entry: Entry, reason: DeadLetterReason) {
        let offset = self.doubtful.iter().rev().find(|(doubt, _)| *doubt == entry).map_or(0, |(_, offset)| *offset);
        self.fact(Fact::Rejected { offset, reason });
    }

    fn counter(&mut self, counter: CounterIx) {
        self.taken.counters.push(counter);
    }
}
