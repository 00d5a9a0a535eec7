//! The state of every site after the events of a recording, folded one by one in their order.

use std::collections::BTreeMap;

use super::{Happening, Instant, What};

/// Every site that was heard of.
#[derive(Debug, Clone, Default)]
pub struct Oracle {
    sites: BTreeMap<String, Site>,
}

impl Oracle {
    /// Takes the next event; events come in the order in which they happened.
    pub fn apply(&mut self, happening: &Happening) {
        let site = self.sites.entry(happening.site.clone()).or_insert_with(|| Site::new(happening.at));
        site.apply(happening.at, &happening.what);
    }

    /// Every site by its id.
    pub fn sites(&self) -> impl Iterator<Item = (&str, &Site)> {
        self.sites.iter().map(|(id, site)| (id.as_str(), site))
    }

    /// One site; `None` when it was never heard of.
    #[must_use]
    pub fn site(&self, id: &str) -> Option<&Site> {
        self.sites.get(id)
    }
}

/// One site. All times in ms since 1970.
#[derive(Debug, Clone)]
pub struct Site {
    pub(super) as_of: Instant,
    pub(super) events: u64,
    pub(super) unmatched: u64,
    pub(super) services: BTreeMap<String, Service>,
    pub(super) counters: BTreeMap<String, Counter>,
    /// Of the present business day alone.
    tickets: BTreeMap<String, Ticket>,
    /// The last press of each rated ticket of the day.
    pub(super) rated: BTreeMap<String, &'static str>,
    /// Presses of the day that name a ticket which was never issued.
    pub(super) unbound: u64,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Service {
    /// When each ended, and how long it was.
    pub ended_waits: Vec<(i64, i64)>,
    pub issued: Vec<i64>,
    pub abandoned: Vec<i64>,
    pub staffing: Option<u64>,
    /// Number and begin of each, in the order in which they began.
    pub waiting: Vec<(String, i64)>,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Counter {
    pub open_since: Option<i64>,
    pub busy_since: Option<i64>,
    pub open: Vec<(i64, i64)>,
    pub busy: Vec<(i64, i64)>,
    pub ticket: Option<String>,
    /// How long each service of the day lasted.
    pub served: Vec<i64>,
}

#[derive(Debug, Clone)]
struct Ticket {
    service: String,
    stage: Stage,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Stage {
    Waiting { since: i64 },
    Called { counter: Option<String>, at: i64 },
    Over,
}

/// What ended a ticket's stay at a counter.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Served,
    Gone,
}

impl Site {
    fn new(at: Instant) -> Self {
        Self {
            as_of: at,
            events: 0,
            unmatched: 0,
            services: BTreeMap::new(),
            counters: BTreeMap::new(),
            tickets: BTreeMap::new(),
            rated: BTreeMap::new(),
            unbound: 0,
        }
    }

    fn apply(&mut self, at: Instant, what: &What) {
        assert!(at.ms >= self.as_of.ms, "events come in the order in which they happened");
        if at.day() > self.as_of.day() {
            self.begin_day(at);
        }
        self.as_of = at;
        self.events += 1;
        match what {
            What::Issued { ticket, service, .. } => self.issued(at.ms, ticket, service),
            What::Called { ticket, counter } => self.called(at.ms, ticket, counter.as_deref()),
            What::Finished { ticket, counter } => self.finished(at.ms, ticket, counter.as_deref()),
            What::Cancelled { ticket } => self.left(at.ms, ticket, false),
            What::NoShow { ticket, .. } => self.left(at.ms, ticket, true),
            What::Opened { counter } => {
                self.counter(counter).open_since.get_or_insert(at.ms);
            }
            What::Closed { counter } => self.counter(counter).close(at.ms),
            What::Staffing { service, open_counters } => self.service(service).staffing = Some(*open_counters),
            What::Rated { ticket, level } if self.tickets.contains_key(ticket) => {
                self.rated.insert(ticket.clone(), level);
            }
            What::Rated { .. } => self.unbound += 1,
        }
    }

    /// The business day ends at 00:00 of the office's clock: who waits still, waits no longer and
    /// is not counted; who was with a counter is archived with the day.
    fn begin_day(&mut self, at: Instant) {
        let midnight = at.ms - (at.ms + at.offset_ms).rem_euclid(86_400_000);
        self.tickets.clear();
        self.rated.clear();
        self.unbound = 0;
        self.services.values_mut().for_each(|service| service.waiting.clear());
        for counter in self.counters.values_mut() {
            counter.leave(midnight);
            counter.served.clear();
        }
    }

    fn service(&mut self, id: &str) -> &mut Service {
        self.services.entry(id.to_owned()).or_default()
    }

    fn counter(&mut self, id: &str) -> &mut Counter {
        self.counters.entry(id.to_owned()).or_default()
    }

    fn issued(&mut self, at: i64, number: &str, service: &str) {
        let ticket = Ticket { service: service.to_owned(), stage: Stage::Waiting { since: at } };
        let before = self.tickets.insert(number.to_owned(), ticket);
        assert!(before.is_none(), "{number} is issued twice on one day: the recordings have no such case");
        let service = self.service(service);
        service.issued.push(at);
        service.waiting.push((number.to_owned(), at));
    }

    fn called(&mut self, at: i64, number: &str, counter: Option<&str>) {
        let Some(ticket) = self.tickets.get_mut(number) else { return self.unmatched += 1 };
        let Stage::Waiting { since } = ticket.stage else { return };
        ticket.stage = Stage::Called { counter: counter.map(str::to_owned), at };
        let service = ticket.service.clone();
        let service = self.service(&service);
        service.waiting.retain(|(waiting, _)| waiting != number);
        service.ended_waits.push((at, at - since));
        let Some(counter) = counter else { return };
        if let Some(other) = self.counter(counter).ticket.clone() {
            self.end_at_counter(at, &other, End::Served);
        }
        let counter = self.counter(counter);
        counter.ticket = Some(number.to_owned());
        counter.busy_since = Some(at);
    }

    fn finished(&mut self, at: i64, number: &str, counter: Option<&str>) {
        if let Some(counter) = counter {
            self.counter(counter);
        }
        match self.tickets.get(number).map(|ticket| &ticket.stage) {
            None => self.unmatched += 1,
            Some(Stage::Waiting { .. }) => panic!("{number} ends uncalled: the recordings have no such case"),
            Some(Stage::Called { .. }) => self.end_at_counter(at, number, End::Served),
            Some(Stage::Over) => {}
        }
    }

    /// Cancelled, or called and not come.
    fn left(&mut self, at: i64, number: &str, no_show: bool) {
        let Some(ticket) = self.tickets.get(number) else { return self.unmatched += 1 };
        let service = ticket.service.clone();
        let waited = matches!(ticket.stage, Stage::Waiting { .. });
        if ticket.stage == Stage::Over {
            return;
        }
        self.end_at_counter(at, number, End::Gone);
        let service = self.service(&service);
        service.waiting.retain(|(waiting, _)| waiting != number);
        if waited || no_show {
            service.abandoned.push(at);
        }
    }

    fn end_at_counter(&mut self, at: i64, number: &str, end: End) {
        let Some(ticket) = self.tickets.get_mut(number) else { return };
        let Stage::Called { counter: Some(counter), at: called } = std::mem::replace(&mut ticket.stage, Stage::Over)
        else {
            return;
        };
        let counter = self.counter(&counter);
        counter.leave(at);
        if end == End::Served {
            counter.served.push(at - called);
        }
    }
}

impl Counter {
    fn leave(&mut self, at: i64) {
        self.ticket = None;
        if let Some(since) = self.busy_since.take() {
            self.busy.push((since, at));
        }
    }

    fn close(&mut self, at: i64) {
        if let Some(since) = self.busy_since.take() {
            self.busy.push((since, at));
        }
        if let Some(since) = self.open_since.take() {
            self.open.push((since, at));
        }
    }
}
