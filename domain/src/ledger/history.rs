//! The two kept business days as history tells them: the log is folded once more, from its
//! beginning, by the very fold that makes the board, and each step is written down.

use hashbrown::HashMap;

use super::entry::{Entry, Kind, NO_TICKET};
use super::state::{Counter, Phase, Sink, State, Ticket};
use super::story::{Place, Story};
use super::told::{Call, DayTold};
use super::{Catalogue, Ledger};
use crate::config::BusinessDay;
use crate::event::{CounterStatus, DeadLetterReason, RatingLevel};
use crate::facts::{CounterIx, Fact, InLine, ServiceIx};
use crate::history::{Rating, Span, VisitEnd};
use crate::{ServiceId, TicketNumber, Timestamp};

impl Ledger {
    /// The business day before the present one, as far as it is kept, and the present one. What
    /// lasts is known up to `until`; `offset_s` is local time minus UTC at an instant, seconds.
    #[must_use]
    pub fn tell(&self, until: Timestamp, offset_s: impl Fn(Timestamp) -> i32) -> Vec<DayTold> {
        let mut teller = Teller::new(self, until, offset_s);
        let state = teller.run(self, self.log.len());
        teller.end(&state)
    }

    /// The stories of those who are still in line after the first entries, which are about to be let
    /// go: a visit that is kept over nights began before the days that are.
    pub(super) fn carry(&self, first: usize) -> Vec<Story> {
        let goes_on = |entry: &Entry| entry.kind == Kind::DayStarted && entry.keeps_queue();
        if !self.log[..first].iter().any(goes_on) {
            return Vec::new();
        }
        let mut teller = Teller::new(self, self.day.end, |_| 0);
        teller.run(self, first);
        let mut stories: Vec<Story> = teller.stories.into_values().filter(|story| story.ended.is_none()).collect();
        stories.sort_unstable_by_key(|story| story.number);
        stories
    }
}

/// Takes what the fold says.
#[derive(Default)]
struct Heard {
    facts: Vec<(Fact, bool)>,
    counters: Vec<CounterIx>,
}

impl Sink for Heard {
    fn fact(&mut self, fact: Fact) {
        self.facts.push((fact, true));
    }

    fn gone(&mut self, fact: Fact) {
        self.facts.push((fact, false));
    }

    fn reject(&mut self, _: Entry, _: DeadLetterReason) {}

    fn counter(&mut self, counter: CounterIx) {
        self.counters.push(counter);
    }
}

/// What a counter has been since an instant.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Since {
    at: Timestamp,
    status: CounterStatus,
    busy: bool,
    officer: u16,
}

impl Since {
    const fn of(counter: &Counter, at: Timestamp) -> Self {
        Self { at, status: counter.status, busy: counter.busy_from.is_some(), officer: counter.officer }
    }
}

struct Teller<'a> {
    names: &'a Catalogue,
    until: Timestamp,
    /// The day that is told now, and the ones before it.
    told: DayTold,
    before: Option<DayTold>,
    today: BusinessDay,
    utc_offset_s: i32,
    stories: HashMap<TicketNumber, Story>,
    counters: Vec<Since>,
    heard: Heard,
}

impl<'a> Teller<'a> {
    fn new(ledger: &'a Ledger, until: Timestamp, offset_s: impl Fn(Timestamp) -> i32) -> Self {
        let origin = &ledger.origin;
        let mut first =
            BusinessDay { date: origin.date, start: origin.base, end: ledger.day.start, keeps_queue: false };
        if first.date == ledger.day.date {
            first = ledger.day;
        }
        Self {
            names: &ledger.names,
            until,
            told: DayTold::new(first, offset_s(first.start), until),
            before: None,
            today: ledger.day,
            utc_offset_s: offset_s(ledger.day.start),
            stories: HashMap::new(),
            counters: Vec::new(),
            heard: Heard::default(),
        }
    }

    fn service(&self, ix: ServiceIx) -> Option<ServiceId> {
        self.names.services.get(ix).copied()
    }

    fn place(&self, state: &State, counter: Option<CounterIx>) -> Place {
        let Some(ix) = counter else { return (None, None) };
        let officer = state.counters.get(usize::from(ix)).and_then(|counter| self.names.officers.get(counter.officer));
        (self.names.counters.get(ix).copied(), officer.copied())
    }

    /// Tells the first entries; the state after them.
    fn run(&mut self, ledger: &Ledger, first: usize) -> State {
        let mut state = (*ledger.origin).clone();
        let later = &ledger.state.tickets[state.tickets.len()..];
        state.tickets.extend(later.iter().map(|ticket| Ticket::unknown(ticket.number)));
        state.next.clone_from(&ledger.state.next);
        self.begin(&state, &ledger.carried);
        for entry in &ledger.log[..first] {
            self.step(&mut state, *entry);
        }
        state
    }

    /// The state before the first entry: who is in line or at a counter already, and what is known of
    /// them from before.
    fn begin(&mut self, state: &State, carried: &[Story]) {
        self.counters = state.counters.iter().map(|counter| Since::of(counter, state.base)).collect();
        for ticket in state.tickets.iter().filter(|ticket| ticket.phase.is_open()) {
            let known = carried.binary_search_by_key(&ticket.number, |story| story.number);
            let mut story = known.map_or_else(
                |_| Story::new(ticket.number, state.since(ticket), ticket.service, ticket.priority()),
                |place| carried[place],
            );
            story.place = self.place(state, ticket.counter());
            if ticket.phase == Phase::Waiting {
                story.wait = Some(line_of(state, ticket));
            }
            self.stories.insert(ticket.number, story);
        }
    }

    fn step(&mut self, state: &mut State, entry: Entry) {
        let ticket = if entry.speaks_of_ticket() { entry.ticket } else { NO_TICKET };
        let before = state.tickets.get(ticket as usize).copied();
        let mut heard = std::mem::take(&mut self.heard);
        state.apply(entry, &mut heard);
        let at = state.time(entry.at);
        let mut facts = heard.facts.iter().peekable();
        while let Some((fact, holds)) = facts.next() {
            let missed = matches!(facts.peek(), Some((Fact::Missed { .. }, true)));
            self.fact(state, entry, at, (*fact, *holds), missed);
        }
        if let Some(before) = before {
            self.moved(entry, at, (&before, &state.tickets[ticket as usize]));
        }
        heard.counters.sort_unstable();
        heard.counters.dedup();
        for ix in &heard.counters {
            self.counter(state, *ix, at);
        }
        (heard.facts, heard.counters) = (cleared(heard.facts), cleared(heard.counters));
        self.heard = heard;
        if entry.kind == Kind::DayStarted {
            self.next_day(at);
        }
    }

    fn fact(&mut self, state: &State, entry: Entry, at: Timestamp, (fact, holds): (Fact, bool), missed: bool) {
        match fact {
            Fact::Arrived { service, at } => self.arrived(state, entry, service, at),
            Fact::WaitBegan(line) => {
                if let Some(story) = self.stories.get_mut(&line.ticket) {
                    (story.wait, story.service) = (Some(line), line.service);
                }
            }
            Fact::WaitEnded { line, at, called, counter } => {
                self.wait_ended(state, line, at, called.then_some(counter))
            }
            Fact::Abandoned { service, at } => {
                let number = state.tickets.get(entry.ticket as usize).map(|ticket| ticket.number);
                let story = number.and_then(|number| self.stories.get(&number));
                let place = story.map_or((None, None), |story| story.place);
                let Some(service) = self.service(service) else { return };
                if missed {
                    self.told.builder.no_show(at, service, place);
                } else {
                    self.told.builder.cancelled(at, service);
                }
            }
            Fact::Served { counter, service_ms, ticket, .. } => self.served(counter, service_ms, ticket, at),
            Fact::Rated { counter, level, ticket, .. } => self.rated(entry, at, (counter, level, ticket), holds),
            Fact::Unbound { .. } => {
                let counter = entry.counter().and_then(|ix| self.names.counters.get(ix)).copied();
                let officer = entry.other().and_then(|ix| self.names.officers.get(ix)).copied();
                let rating = Rating { at, level: entry.level(), ticket: None, service: None, counter, officer };
                self.told.builder.rated(rating);
            }
            Fact::Archived { ticket, service, at, .. } => self.archived(ticket, service, at),
            // Counters are told by what they are (see `counter`), the rest is not history's.
            _ => {}
        }
    }

    fn arrived(&mut self, state: &State, entry: Entry, service: ServiceIx, at: Timestamp) {
        let ticket = &state.tickets[entry.ticket as usize];
        let mut story = Story::new(ticket.number, at, service, entry.priority());
        (story.channel, story.purpose) = (entry.channel(), entry.purpose());
        if let Some(before) = self.stories.remove(&ticket.number) {
            // The number was given out again.
            story.nth = before.nth.saturating_add(1);
            self.over(&before);
        }
        self.stories.insert(ticket.number, story);
        if let Some(service) = self.service(service) {
            self.told.builder.arrived(at, service);
        }
    }

    /// A wait ended; `called` to a counter, where that is known.
    fn wait_ended(&mut self, state: &State, line: InLine, at: Timestamp, called: Option<Option<CounterIx>>) {
        let place = called.map(|counter| self.place(state, counter));
        if let Some(story) = self.stories.get_mut(&line.ticket) {
            story.wait = None;
            story.service = line.service;
            if let Some(place) = place {
                story.called(u32::try_from(at.since(line.since).max(0)).unwrap_or(u32::MAX), line.order, place);
            }
        }
        let Some(service) = self.service(line.service) else { return };
        self.told.builder.stood(service, line.since, Some(at));
        if let Some(place) = place {
            self.told.calls.push(Call { from: line.since, at, service, place, order: line.order });
        }
    }

    fn served(&mut self, counter: CounterIx, service_ms: Option<i64>, ticket: TicketNumber, at: Timestamp) {
        let Some(story) = self.stories.get_mut(&ticket) else { return };
        let ms = service_ms.map(|ms| u32::try_from(ms.max(0)).unwrap_or(u32::MAX));
        story.service_ms = ms;
        story.place.0 = self.names.counters.get(counter).copied().or(story.place.0);
        let (place, service) = (story.place, story.service);
        // Also that of a ticket that made room for the next one.
        story.ended = Some((at, VisitEnd::Served(None)));
        if let Some(service) = self.service(service) {
            self.told.builder.served(at, service, place, ms);
        }
    }

    fn rated(
        &mut self,
        entry: Entry,
        at: Timestamp,
        (counter, level, ticket): (Option<CounterIx>, RatingLevel, TicketNumber),
        holds: bool,
    ) {
        let named = entry.other().and_then(|ix| self.names.officers.get(ix)).copied();
        let counter = counter.and_then(|ix| self.names.counters.get(ix)).copied();
        let Some(story) = self.stories.get_mut(&ticket) else { return };
        let service = self.names.services.get(story.service).copied();
        let officer = named.or(story.place.1);
        let rating = Rating { at, level, ticket: Some(ticket), service, counter: counter.or(story.place.0), officer };
        story.rating = holds.then_some(rating);
    }

    fn archived(&mut self, ticket: TicketNumber, service: ServiceIx, at: Timestamp) {
        if let Some(story) = self.stories.get_mut(&ticket) {
            story.ended = Some((at, VisitEnd::DayEnded));
        }
        if let Some(service) = self.service(service) {
            self.told.builder.day_ended(service);
        }
    }

    /// What the event did to its own ticket, beyond the facts.
    fn moved(&mut self, entry: Entry, at: Timestamp, (before, after): (&Ticket, &Ticket)) {
        let Some(story) = self.stories.get_mut(&after.number) else { return };
        let with_counter = matches!(before.phase, Phase::Called | Phase::Serving);
        let service = self.names.services.get(before.service).copied();
        let again = match entry.kind {
            Kind::Recalled => before.phase.is_open(),
            Kind::Called => with_counter && before.counter == after.counter,
            _ => false,
        };
        if again {
            story.recalls = story.recalls.saturating_add(1);
            service.into_iter().for_each(|service| self.told.builder.recalled(at, service, story.place));
        }
        if entry.kind == Kind::Started && before.phase != Phase::Serving && after.phase == Phase::Serving {
            story.place.0 = after.counter().and_then(|ix| self.names.counters.get(ix)).copied().or(story.place.0);
            if after.called_at != super::state::NEVER {
                let ms = after.started_at.saturating_sub(after.called_at);
                story.walk_ms = Some(ms);
                service.into_iter().for_each(|service| self.told.builder.walked(at, service, story.place, ms));
            }
        }
        let waits_anew = after.phase == Phase::Waiting && (before.since, before.order) != (after.since, after.order);
        if entry.kind == Kind::Transferred && waits_anew {
            story.transfers = story.transfers.saturating_add(1);
            let from = if with_counter { story.place } else { (None, None) };
            service.into_iter().for_each(|service| self.told.builder.transferred(at, service, from));
        }
        if after.phase == Phase::Held && before.phase != Phase::Held {
            story.holds = story.holds.saturating_add(1);
        }
        if after.phase.is_open() {
            story.ended = None;
        } else if before.phase != after.phase || entry.kind == Kind::Issued {
            let end = match after.phase {
                Phase::Finished => VisitEnd::Served(if entry.kind == Kind::Finished { entry.outcome() } else { None }),
                Phase::NoShow => VisitEnd::NoShow,
                Phase::Cancelled if before.phase == Phase::Waiting => VisitEnd::Abandoned,
                Phase::Cancelled => VisitEnd::Cancelled,
                _ => return,
            };
            story.ended = Some((at, end));
        }
    }

    /// Something of a counter may have changed.
    fn counter(&mut self, state: &State, ix: CounterIx, at: Timestamp) {
        let Some(counter) = state.counters.get(usize::from(ix)) else { return };
        let now = Since::of(counter, at);
        let slot = usize::from(ix);
        if self.counters.len() <= slot {
            self.counters.resize(slot + 1, Since::of(&Counter::UNKNOWN, state.base));
        }
        if (Since { at, ..self.counters[slot] }) != now {
            self.span(ix, at);
            self.counters[slot] = now;
        }
    }

    /// What a counter has been ends at `to`.
    fn span(&mut self, ix: CounterIx, to: Timestamp) {
        let Since { at: from, status, busy, officer } = self.counters[usize::from(ix)];
        let Some(counter) = self.names.counters.get(ix).copied() else { return };
        if status != CounterStatus::Closed || busy {
            let officer = self.names.officers.get(officer).copied();
            self.told.builder.span(Span { counter, officer, status, busy, from, to });
        }
    }

    fn spans_end(&mut self, to: Timestamp) {
        for ix in 0..self.counters.len() {
            self.span(ix as CounterIx, to);
            self.counters[ix].at = to;
        }
    }

    /// A visit whose story goes on no more; one that is not over is none.
    fn over(&mut self, story: &Story) {
        if let Some(rating) = story.rating {
            self.told.builder.rated(rating);
        }
        if let Some(visit) = story.visit(|ix| self.service(ix)) {
            self.told.visits.push((visit, story.order));
        }
    }

    /// What is over belongs to the day that is told; what goes on stays.
    fn close(&mut self) -> HashMap<TicketNumber, Story> {
        let stories = std::mem::take(&mut self.stories);
        let mut go_on = HashMap::new();
        for (number, story) in stories {
            if let Some((line, service)) = story.wait.and_then(|line| Some((line, self.service(line.service)?))) {
                self.told.builder.stood(service, line.since, None);
            }
            self.over(&story);
            if story.ended.is_none() {
                go_on.insert(number, Story { rating: None, ..story });
            }
        }
        go_on
    }

    fn next_day(&mut self, at: Timestamp) {
        self.spans_end(at);
        self.stories = self.close();
        let next = DayTold::new(self.today, self.utc_offset_s, self.until);
        self.before = Some(std::mem::replace(&mut self.told, next));
    }

    fn end(mut self, state: &State) -> Vec<DayTold> {
        self.spans_end(self.until.max(state.base));
        drop(self.close());
        self.before.into_iter().chain([self.told]).collect()
    }
}

fn cleared<T>(mut list: Vec<T>) -> Vec<T> {
    list.clear();
    list
}

fn line_of(state: &State, ticket: &Ticket) -> InLine {
    InLine {
        service: ticket.service,
        ticket: ticket.number,
        since: state.since(ticket),
        order: ticket.order,
        priority: ticket.priority(),
    }
}
