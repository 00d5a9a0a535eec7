//! A ticket's life: waiting → called → serving → finished, with every shortcut that real offices
//! take. Missing steps are implied; repeats change nothing; after a final state only `recalled`
//! and `returned` reopen (contract section 2).

use super::entry::{Entry, Kind, NO_IX, NO_TICKET};
use super::state::{NEVER, Phase, Sink, State, Ticket, since};
use crate::facts::{Fact, Span};

impl State {
    fn ticket(&mut self, ix: u32) -> &mut Ticket {
        &mut self.tickets[ix as usize]
    }

    /// Applies an event of an issued ticket. `at` is not before the issue.
    pub(super) fn ticket_moved(&mut self, entry: Entry, at: u32, sink: &mut impl Sink) {
        let ix = entry.ticket;
        let phase = self.ticket(ix).phase;
        let reopens = matches!(entry.kind, Kind::Recalled | Kind::Returned);
        if !(phase.is_open() || phase.is_final() && reopens) {
            return;
        }
        if phase == Phase::NoShow {
            // It came after all: no longer one of the missed.
            sink.gone(self.missed(ix));
        }
        match entry.kind {
            Kind::Called => self.called(entry, at, sink),
            // A recall ends no wait: a ticket that still waits goes on waiting.
            Kind::Recalled if phase != Phase::Waiting => self.called(entry, at, sink),
            Kind::Started => self.started(entry, at, sink),
            Kind::Finished => self.finished(entry, at, sink),
            Kind::NoShow => self.no_show(entry, at, sink),
            Kind::Cancelled => self.cancelled(ix, at, sink),
            Kind::Held if phase != Phase::Held => {
                self.wait_ends(ix, at, false, sink);
                self.leave_counter(ix, at, sink);
                self.enter(ix, Phase::Held, at);
            }
            Kind::Returned if phase != Phase::Waiting => {
                self.leave_counter(ix, at, sink);
                self.wait_begins(ix, at, sink);
            }
            Kind::Transferred => self.transferred(entry, at, sink),
            // Repeats of a state already reached, and kinds that are not a ticket's.
            _ => {}
        }
    }

    fn enter(&mut self, ix: u32, phase: Phase, at: u32) {
        let ticket = self.ticket(ix);
        ticket.phase = phase;
        ticket.since = since(at);
    }

    /// Called, or recalled from held or a final state. At the counter where it already is: a
    /// repeat, which changes nothing.
    fn called(&mut self, entry: Entry, at: u32, sink: &mut impl Sink) {
        let ix = entry.ticket;
        let before = *self.ticket(ix);
        let with_counter = matches!(before.phase, Phase::Called | Phase::Serving);
        let counter = entry.counter().or(if before.phase == Phase::Waiting { None } else { before.counter() });
        if with_counter && counter == before.counter() {
            return;
        }
        self.come_to(ix, counter, at, true, sink);
        if let (Some(counter), Some(officer)) = (counter, entry.other()) {
            self.counter_mut(counter).officer = officer;
        }
    }

    /// The ticket is called to `counter` at `at`: its wait ends there, it leaves where it was, and
    /// whoever is with that counter is finished.
    fn come_to(&mut self, ix: u32, counter: Option<u16>, at: u32, called: bool, sink: &mut impl Sink) {
        self.wait_ends_at(ix, at, called, counter, sink);
        self.leave_counter(ix, at, sink);
        let ticket = self.ticket(ix);
        ticket.counter = counter.unwrap_or(NO_IX);
        ticket.called_at = at;
        ticket.started_at = NEVER;
        self.enter(ix, Phase::Called, at);
        let Some(counter) = counter else { return };
        let occupant = self.counter_mut(counter).ticket;
        if occupant != NO_TICKET {
            self.end_service(occupant, at, sink);
        }
        let now = self.time(at);
        let row = self.counter_mut(counter);
        row.ticket = ix;
        row.since = Some(now);
        row.busy_from = Some(now);
        sink.fact(Fact::BusyBegan(Span { counter, from: now, to: now }));
        sink.counter(counter);
    }

    /// Takes the ticket from the counter it is with, if it is with one.
    fn leave_counter(&mut self, ix: u32, at: u32, sink: &mut impl Sink) {
        let Some(counter) = self.ticket(ix).counter() else { return };
        if self.counter_mut(counter).ticket != ix {
            return;
        }
        let now = self.time(at);
        self.busy_ends(counter, now, sink);
        let row = self.counter_mut(counter);
        row.ticket = NO_TICKET;
        row.since = Some(now);
        sink.counter(counter);
    }

    /// Makes sure that the ticket is with a counter: a call that was never heard is implied at
    /// this instant; a counter that was not known, or another one, is believed.
    fn imply_called(&mut self, entry: Entry, at: u32, sink: &mut impl Sink) {
        let ix = entry.ticket;
        let ticket = *self.ticket(ix);
        let at_counter = matches!(ticket.phase, Phase::Called | Phase::Serving);
        let elsewhere = entry.counter().is_some_and(|counter| Some(counter) != ticket.counter());
        if !at_counter || elsewhere {
            let (called_at, started_at, phase) = (ticket.called_at, ticket.started_at, ticket.phase);
            self.come_to(ix, entry.counter(), at, true, sink);
            if at_counter {
                // It only learns its counter; it was called when it was called.
                let ticket = self.ticket(ix);
                (ticket.called_at, ticket.started_at, ticket.phase) = (called_at, started_at, phase);
            } else {
                self.ticket(ix).called_at = NEVER;
            }
        }
    }

    fn started(&mut self, entry: Entry, at: u32, sink: &mut impl Sink) {
        if self.ticket(entry.ticket).phase == Phase::Serving {
            return;
        }
        self.imply_called(entry, at, sink);
        self.enter(entry.ticket, Phase::Serving, at);
        self.ticket(entry.ticket).started_at = at;
        if let Some(counter) = self.ticket(entry.ticket).counter() {
            let now = self.time(at);
            self.counter_mut(counter).since = Some(now);
            sink.counter(counter);
        }
    }

    fn finished(&mut self, entry: Entry, at: u32, sink: &mut impl Sink) {
        self.imply_called(entry, at, sink);
        self.end_service(entry.ticket, at, sink);
    }

    /// Service ends: by `finished`, or because the counter called the next ticket.
    fn end_service(&mut self, ix: u32, at: u32, sink: &mut impl Sink) {
        let ticket = *self.ticket(ix);
        self.leave_counter(ix, at, sink);
        self.enter(ix, Phase::Finished, at);
        let Some(counter) = ticket.counter() else { return };
        let began = if ticket.started_at == NEVER { ticket.called_at } else { ticket.started_at };
        let service_ms = (began != NEVER).then(|| i64::from(at) - i64::from(began));
        sink.fact(Fact::Served { counter, date: self.date, service_ms, ticket: ticket.number });
        self.ended_at_counter(ix, counter, at);
    }

    fn ended_at_counter(&mut self, ix: u32, counter: u16, at: u32) {
        let now = self.time(at);
        let row = self.counter_mut(counter);
        row.last_ended = ix;
        row.last_ended_at = now;
    }

    fn no_show(&mut self, entry: Entry, at: u32, sink: &mut impl Sink) {
        let ix = entry.ticket;
        let phase = self.ticket(ix).phase;
        if phase == Phase::Waiting {
            // Nobody is missed without having been called.
            self.come_to(ix, entry.counter(), at, true, sink);
        }
        self.leave_counter(ix, at, sink);
        self.enter(ix, Phase::NoShow, at);
        if self.ticket(ix).counter().is_none() {
            self.ticket(ix).counter = entry.counter;
        }
        sink.fact(Fact::Abandoned { service: self.ticket(ix).service, at: self.time(at) });
        sink.fact(self.missed(ix));
    }

    /// The fact that a no-show is missed.
    pub(super) fn missed(&self, ix: u32) -> Fact {
        let ticket = &self.tickets[ix as usize];
        Fact::Missed { ticket: ticket.number, counter: ticket.counter(), at: self.since(ticket) }
    }

    fn cancelled(&mut self, ix: u32, at: u32, sink: &mut impl Sink) {
        let ticket = *self.ticket(ix);
        self.wait_ends(ix, at, false, sink);
        self.leave_counter(ix, at, sink);
        self.enter(ix, Phase::Cancelled, at);
        if ticket.phase == Phase::Waiting {
            sink.fact(Fact::Abandoned { service: ticket.service, at: self.time(at) });
        }
    }

    /// Moved on: a new wait begins, the visit goes on.
    fn transferred(&mut self, entry: Entry, at: u32, sink: &mut impl Sink) {
        let ix = entry.ticket;
        let ticket = *self.ticket(ix);
        let service = entry.other().unwrap_or(ticket.service);
        let there = service == ticket.service && entry.counter == ticket.moved_to;
        if ticket.phase == Phase::Waiting && ticket.moved && there {
            return;
        }
        self.wait_ends(ix, at, false, sink);
        self.leave_counter(ix, at, sink);
        self.ticket(ix).service = service;
        self.wait_begins(ix, at, sink);
        let ticket = self.ticket(ix);
        (ticket.moved, ticket.moved_to) = (true, entry.counter);
    }
}
