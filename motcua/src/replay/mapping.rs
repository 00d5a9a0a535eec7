//! A recorded queue becomes events: the mapping of contract section 6, as a pure function.
//!
//! | in the recording | events |
//! |---|---|
//! | a row | `ticket.issued`; `ticket.called` when it was called; then by its outcome `ticket.finished`, `ticket.cancelled` or `ticket.no_show`, nothing when that time is unknown |
//! | a counter's day | `counter.opened` 1 ms before its first call, `counter.closed` 1 ms after the last end of a call of that day |
//! | a snapshot of the counters | `service.staffing` |
//!
//! A call belongs to the day on which it was made, so one that ends after midnight closes its
//! counter after midnight. A counter that is called at again before that stays open.
//!
//! Events of one instant stand in this order: staffing, ends, calls of tickets issued earlier,
//! issues, calls of tickets issued at that instant. Within it cause goes before effect: a ticket
//! that ends at the very instant of its call or issue ends right after it, and such a call goes
//! before the longer ones of its group, because it has left the counter already.

use std::collections::BTreeMap;

use domain::event::{Body, CounterStatus, Priority};
use domain::{CounterId, ServiceId, SiteId, TicketNumber, Timestamp};

/// One row of a ticket file: one visit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visit {
    /// The row's own name, unique in its file.
    pub name: Box<str>,
    /// Where.
    pub site: SiteId,
    /// What the citizen reads.
    pub ticket: TicketNumber,
    /// For what.
    pub service: ServiceId,
    /// `appointment` or `normal`.
    pub priority: Priority,
    /// When the number was taken.
    pub issued: Timestamp,
    /// The offset from UTC that the row was written with then, seconds.
    pub offset_s: i32,
    /// The recording's own class, where it has more than `priority` can tell.
    pub class: u8,
    /// When it was called.
    pub called: Option<Call>,
    /// How and when it ended, when both are known.
    pub end: Option<(Ending, Timestamp)>,
}

/// A call to a counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Call {
    /// When.
    pub at: Timestamp,
    /// The recording's calendar day of it (days since 1970-01-01).
    pub day: i32,
    /// Where, if known.
    pub counter: Option<CounterId>,
}

/// How a visit ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Served to the end.
    Served,
    /// Left or withdrawn.
    Abandoned,
    /// Called and not come.
    NoShow,
}

/// One row of a counters file: how many counters served at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Staffing {
    /// When.
    pub at: Timestamp,
    /// The offset from UTC that the row was written with, seconds.
    pub offset_s: i32,
    /// Where.
    pub site: SiteId,
    /// Which service.
    pub service: ServiceId,
    /// Counters that serve it.
    pub open_counters: u32,
}

/// An event of a recording, before the device that sends it has numbered it.
#[derive(Debug, Clone, PartialEq)]
pub struct Mapped {
    /// When it happened.
    pub at: Timestamp,
    /// Where.
    pub site: SiteId,
    /// Whom it is about, in the recording's own words.
    pub subject: Box<str>,
    /// What.
    pub body: Body,
}

/// Place of an event among those of its instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Staffing,
    End,
    CounterClosed,
    CounterOpened,
    CallOfEarlier,
    Issue,
    CallOfNew,
}

/// Rank, whether the ticket stays on after this instant, row, step of that row.
type Place = (Rank, bool, usize, u8);

#[derive(Default)]
struct Sorter(Vec<(Timestamp, Place, Mapped)>);

impl Sorter {
    fn put(&mut self, place: Place, event: Mapped) {
        self.0.push((event.at, place, event));
    }

    fn in_order(mut self) -> Vec<Mapped> {
        self.0.sort_by_key(|(at, place, _)| (*at, *place));
        self.0.into_iter().map(|(_, _, event)| event).collect()
    }
}

/// Every event of a recording, in the order in which it is sent.
#[must_use]
pub fn events(visits: &[Visit], staffing: &[Staffing]) -> Vec<Mapped> {
    let mut sorter = told(visits, staffing);
    counter_days(visits, &mut sorter);
    sorter.in_order()
}

/// The same without `counter.opened` and `counter.closed`: the recording does not tell them, they
/// are concluded from a counter's whole day. Here nothing hangs on what happens later.
#[must_use]
pub fn events_as_told(visits: &[Visit], staffing: &[Staffing]) -> Vec<Mapped> {
    told(visits, staffing).in_order()
}

fn told(visits: &[Visit], staffing: &[Staffing]) -> Sorter {
    let mut sorter = Sorter::default();
    for (row, snapshot) in staffing.iter().enumerate() {
        let Staffing { at, site, service, open_counters, .. } = *snapshot;
        let body = Body::ServiceStaffing { service, open_counters };
        sorter.put((Rank::Staffing, false, row, 0), Mapped { at, site, subject: service.as_str().into(), body });
    }
    for (row, visit) in visits.iter().enumerate() {
        visit_events(row, visit, &mut sorter);
    }
    sorter
}

fn visit_events(row: usize, visit: &Visit, sorter: &mut Sorter) {
    let ticket = visit.ticket;
    let event = |at, body| Mapped { at, site: visit.site, subject: visit.name.clone(), body };
    let issued = Body::TicketIssued {
        ticket,
        service: visit.service,
        priority: visit.priority,
        channel: None,
        purpose: None,
        procedure: None,
    };
    sorter.put((Rank::Issue, false, row, 0), event(visit.issued, issued));

    let ended_at = visit.end.map(|(_, at)| at);
    let call_place = |at: Timestamp, step| {
        let rank = if at == visit.issued { Rank::CallOfNew } else { Rank::CallOfEarlier };
        (rank, ended_at != Some(at), row, step)
    };
    if let Some(Call { at, counter, .. }) = visit.called {
        sorter.put(call_place(at, 0), event(at, Body::TicketCalled { ticket, counter, officer: None }));
    }
    if let Some((ending, at)) = visit.end {
        let counter = visit.called.and_then(|call| call.counter);
        let body = match ending {
            Ending::Served => Body::TicketFinished { ticket, counter, outcome: None },
            Ending::Abandoned => Body::TicketCancelled { ticket, counter },
            Ending::NoShow => Body::TicketNoShow { ticket, counter },
        };
        let place = match visit.called {
            Some(call) if call.at == at => call_place(at, 1),
            None if visit.issued == at => (Rank::Issue, false, row, 1),
            _ => (Rank::End, false, row, 0),
        };
        sorter.put(place, event(at, body));
    }
}

/// A counter's first call and last end of one day.
struct CounterDay {
    first_call: Timestamp,
    last_end: Option<Timestamp>,
}

fn counter_days(visits: &[Visit], sorter: &mut Sorter) {
    let mut days: BTreeMap<(SiteId, CounterId, i32), CounterDay> = BTreeMap::new();
    for visit in visits {
        let Some(Call { at, day, counter: Some(counter) }) = visit.called else { continue };
        let known = days.entry((visit.site, counter, day)).or_insert(CounterDay { first_call: at, last_end: None });
        known.first_call = known.first_call.min(at);
        known.last_end = known.last_end.max(visit.end.map(|(_, ended)| ended));
    }
    let mut days = days.into_iter().peekable();
    while let Some(((site, counter, _), day)) = days.next() {
        let mut put = |rank, status, at| {
            let body = Body::CounterChanged { status, counter, officer: None, services: None, reason: None };
            sorter.put((rank, false, 0, 0), Mapped { at, site, subject: counter.as_str().into(), body });
        };
        put(Rank::CounterOpened, CounterStatus::Open, day.first_call.plus(-1));
        let next_opens = days
            .peek()
            .filter(|((next_site, next_counter, _), _)| (*next_site, *next_counter) == (site, counter))
            .map(|(_, next)| next.first_call.plus(-1));
        let closes = day.last_end.map(|ended| ended.plus(1));
        if let Some(at) = closes.filter(|at| next_opens.is_none_or(|opens| *at < opens)) {
            put(Rank::CounterClosed, CounterStatus::Closed, at);
        }
    }
}

#[cfg(test)]
#[path = "mapping_tests.rs"]
mod tests;
