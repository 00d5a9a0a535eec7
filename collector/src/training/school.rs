//! The journal's way to lessons: the same ledger and the same estimator as the live ones, site by
//! site, without a dataflow.

use std::collections::{BTreeMap, BTreeSet};

use domain::calendar::Hours;
use domain::config::SiteConfig;
use domain::estimate::lessons::{Key, Lessons};
use domain::estimate::{Estimator, Place};
use domain::event::Body;
use domain::facts::{Change, Date, Fact, InLine};
use domain::ledger::{Ledger, Taken};
use domain::{SiteId, Timestamp};
use journal::Record;
use mqtt_config::topics::DeviceTopic;
use mqtt_config::wire;

use crate::record::{DayRecord, Kind, config_of, event_payload, site_of};

/// Events are put in their order over so long, by the time of their arrival: what comes in a few
/// seconds late from another device would cost the lessons it comes between.
const ORDERED_MS: i64 = 120_000;
/// Events that wait for it at most; the earliest goes on then.
const MOST_ORDERED: usize = 4_096;

/// See the module.
pub struct School {
    sites: BTreeMap<SiteId, Site>,
    lessons: Lessons,
    /// Days on which a wait began that taught something.
    days: BTreeSet<Date>,
    /// After everything that was taken in.
    until: Timestamp,
}

struct Site {
    number: u16,
    config: SiteConfig,
    hours: Hours,
    ledger: Option<Ledger>,
    taken: Taken,
    /// Events that an earlier one may yet come before: (when it happened, its record).
    coming: BTreeMap<(Timestamp, u64), Body>,
    estimator: Estimator,
}

impl School {
    /// Nothing taken in.
    pub const fn new(lessons: Lessons) -> Self {
        Self { sites: BTreeMap::new(), lessons, days: BTreeSet::new(), until: Timestamp::MIN }
    }

    /// What was learned.
    pub const fn lessons(&self) -> &Lessons {
        &self.lessons
    }

    /// On how many business days the waits began that taught something.
    pub fn days(&self) -> usize {
        self.days.len()
    }

    /// Everything that was learned happened before.
    pub const fn until(&self) -> Timestamp {
        self.until
    }

    /// Takes a record in. What the live way would refuse teaches nothing.
    pub fn take(&mut self, record: &Record<'_>) {
        match Kind::from_code(record.kind) {
            Some(Kind::Config) => self.configure(record),
            Some(Kind::Day) => self.day(record),
            Some(Kind::Event | Kind::Again) => self.event(record),
            // Nothing else is of a wait.
            _ => {}
        }
    }

    fn configure(&mut self, record: &Record<'_>) {
        let Ok(config) = config_of(record) else { return };
        let Ok(hours) = Hours::of_site(&config) else { return };
        let Ok(number) = u16::try_from(self.sites.len()) else { return };
        if let Some(site) = self.sites.get_mut(&config.site) {
            (site.config, site.hours) = (config, hours);
            site.know();
            return;
        }
        let (id, estimator) = (config.site, Estimator::new());
        self.sites.insert(
            id,
            Site { number, config, hours, ledger: None, taken: Taken::default(), coming: BTreeMap::new(), estimator },
        );
    }

    fn day(&mut self, record: &Record<'_>) {
        let site = site_of(record).and_then(|id| self.sites.get_mut(&id));
        let day = serde_json::from_slice::<DayRecord>(record.payload);
        let (Some(site), Ok(DayRecord { day, keep_from })) = (site, day) else { return };
        site.go_on(day.start, MOST_ORDERED, (&mut self.lessons, &mut self.days));
        if site.ledger.is_none() {
            site.ledger = Some(Ledger::before(day, keep_from));
            site.know();
        }
        if let Some(ledger) = &mut site.ledger {
            ledger.start_day(day, keep_from, &mut site.taken);
        }
        site.learn((&mut self.lessons, &mut self.days));
        // Whoever waits over night may still be called.
        self.lessons.day_began(day.date - 1);
    }

    fn event(&mut self, record: &Record<'_>) {
        let Some(payload) = event_payload(record) else { return };
        let Ok(topic) = DeviceTopic::parse(record.topic) else { return };
        let Ok(event) = wire::parse_event(&topic, payload) else { return };
        let Some(site) = self.sites.get_mut(&topic.site) else { return };
        let at = Timestamp::from_ms(record.at_ms);
        self.until = self.until.max(at.plus(1));
        site.coming.insert((at, record.offset), event.body);
        let before = Timestamp::from_ms(record.rx_ms).plus(-ORDERED_MS);
        site.go_on(before, MOST_ORDERED, (&mut self.lessons, &mut self.days));
    }

    /// Nothing more comes.
    pub fn end(&mut self) {
        for site in self.sites.values_mut() {
            site.go_on(Timestamp::MAX, MOST_ORDERED, (&mut self.lessons, &mut self.days));
        }
    }
}

impl Site {
    fn know(&mut self) {
        if let Some(ledger) = &mut self.ledger {
            let services = self.config.services.iter().map(|service| service.service);
            ledger.know(services, self.config.counters.iter().map(|counter| counter.counter));
        }
    }

    /// Takes up what happened before an instant, and the earliest where more than `most` wait.
    fn go_on(&mut self, before: Timestamp, most: usize, learned: (&mut Lessons, &mut BTreeSet<Date>)) {
        let mut left = self.coming.len();
        while let Some(first) = self.coming.first_entry()
            && (first.key().0 < before || left > most)
        {
            let ((at, offset), body) = first.remove_entry();
            left -= 1;
            if let Some(ledger) = &mut self.ledger {
                // When it arrived only decides what is announced, not what is.
                ledger.take(offset, at, at, &body, &mut self.taken);
            }
        }
        if let Some(ledger) = &mut self.ledger {
            ledger.settle(&mut self.taken);
        }
        self.learn(learned);
    }

    /// Takes what follows from the last records.
    fn learn(&mut self, (lessons, days): (&mut Lessons, &mut BTreeSet<Date>)) {
        let Self { number, hours, taken, estimator, .. } = self;
        let mut place = Place { hours, model: None };
        for Change { fact, holds } in taken.changes.drain(..) {
            let issued = estimator.apply(&Change { fact, holds }, &mut place);
            let key = |line: &InLine| Key { site: *number, service: line.service, ticket: line.ticket };
            match fact {
                // Where it is told again because something came late, what was known first stays.
                Fact::WaitBegan(line) if holds => {
                    if let Some(issued) = issued {
                        lessons.issued(key(&line), place.hours.day_of(line.since).date, issued.row);
                    }
                }
                Fact::WaitEnded { line, at, called: true, .. } if holds => {
                    let before = lessons.ever();
                    let open_ms = place.hours.working_between(line.since, at);
                    lessons.called(key(&line), open_ms as f32 / 1_000.0);
                    if lessons.ever() > before {
                        days.insert(place.hours.day_of(line.since).date);
                    }
                }
                Fact::WaitEnded { line, .. } if holds => lessons.left(key(&line)),
                _ => {}
            }
        }
        taken.clear();
    }
}
