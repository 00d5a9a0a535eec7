//! The outlook of a site: who waits, when each is called as people are shown it, which counters
//! serve, and what was learned. What is shown for a ticket begins anew after a start.

use domain::calendar::{Hours, Opening};
use domain::estimate::{Estimator, Habits, Place, Standing};
use domain::facts::{Change, CounterIx, Fact, InLine, ServiceIx};
use domain::ledger::CounterNow;
use domain::outlook::{
    Accuracy, Busy, CounterOutlook, Distribution, MOST_LISTED, Moved, Outlook, Policy, ServiceOutlook, Shown, Waiting,
};
use domain::view::{SiteNames, open_counters};
use domain::{ServiceId, TicketNumber, Timestamp};
use hashbrown::HashMap;

use super::{SiteState, Step};

/// An outlook is given at most this often...
const EVERY_MS: i64 = 5_000;
/// ...and one in which nothing moved at least this often.
const IDLE_EVERY_MS: i64 = 60_000;
/// A counter that was open this long before a break began opens again after it.
const BEFORE_BREAK_MS: i64 = 900_000;
/// Fewer service times than this tell no distribution.
const LEAST_TIMES: usize = 10;

/// What is kept of one site.
#[derive(Default)]
pub struct Prospects {
    services: Vec<Service>,
    counters: Vec<Counter>,
    /// What is shown for those who wait.
    shown: HashMap<(ServiceIx, TicketNumber), Shown>,
    given: Option<Outlook>,
}

#[derive(Default)]
struct Service {
    /// Who waits, by since when.
    line: Vec<InLine>,
    staffing: Option<u32>,
}

#[derive(Default)]
struct Counter {
    now: CounterNow,
    /// The call that its ticket came with: when, who, for what.
    call: Option<(Timestamp, TicketNumber, ServiceIx)>,
    /// It was open then, while the site was.
    open_at: Option<Timestamp>,
}

impl Prospects {
    /// Begins with what a snapshot kept.
    pub fn restore(&mut self, state: &SiteState) {
        let service = |waits: &domain::waits::ServiceWaits| Service {
            line: waits.line().copied().collect(),
            staffing: waits.staffing(),
        };
        self.services = state.waits.iter().map(service).collect();
    }

    /// Takes a change in.
    pub fn apply(&mut self, change: &Change) {
        let holds = change.holds;
        match change.fact {
            Fact::WaitBegan(line) => self.service(line.service).stand(line, holds),
            Fact::WaitEnded { line, at, called, counter } => {
                self.service(line.service).stand(line, !holds);
                if let Some(counter) = counter.filter(|_| called && holds) {
                    self.counter(counter).call = Some((at, line.ticket, line.service));
                }
            }
            Fact::Staffing { service, before, open_counters, .. } => {
                self.service(service).staffing = if holds { Some(open_counters) } else { before };
            }
            // What else happens moves nobody's place in line.
            _ => {}
        }
    }

    /// Takes the counters in that may have changed.
    pub fn counters(&mut self, counters: &[(CounterIx, CounterNow)]) {
        for (ix, now) in counters {
            self.counter(*ix).now = now.clone();
        }
    }

    /// The outlook as of an instant; `None` when it is not time for one, or nothing moved.
    pub fn look(
        &mut self,
        as_of: Timestamp,
        step: &Step,
        names: &mut SiteNames,
        learned: (&mut Estimator, Place<'_>),
    ) -> Option<Box<Outlook>> {
        let site_open = step.openings.as_ref().is_none_or(|openings| openings.site == Opening::Open);
        for counter in self.counters.iter_mut().filter(|counter| site_open && counter.is_open()) {
            counter.open_at = Some(as_of);
        }
        if step.again {
            self.given = None;
        }
        let age = self.given.as_ref().map_or(i64::MAX, |given| as_of.since(given.as_of).saturating_abs());
        if age < EVERY_MS {
            return None;
        }
        let outlook = self.make(as_of, step, names, learned);
        let same = |given: &Outlook| {
            (&given.hours, &given.services, &given.counters) == (&outlook.hours, &outlook.services, &outlook.counters)
        };
        if age < IDLE_EVERY_MS && self.given.as_ref().is_some_and(same) {
            return None;
        }
        self.given = Some(outlook.clone());
        Some(Box::new(outlook))
    }

    fn make(
        &mut self,
        as_of: Timestamp,
        step: &Step,
        names: &mut SiteNames,
        (estimator, mut place): (&mut Estimator, Place<'_>),
    ) -> Outlook {
        let hours = hours_from(as_of, place.hours, step.day.keeps_queue);
        let date = place.hours.day_of(as_of).date;
        let mut services = Vec::new();
        for (ix, id) in (0..).zip(step.named.services.iter().copied()) {
            let standing = estimator.line(ix, as_of, &mut place);
            let habits = estimator.habits(ix, date, place.hours);
            let line = self.line(ix, as_of, step, names, &standing);
            let own = hours_from(as_of, names.service_hours(id), step.day.keeps_queue);
            let own = Some(own).filter(|own| *own != hours).flatten();
            let waiting = u32::try_from(standing.len()).unwrap_or(u32::MAX);
            services.push(ServiceOutlook { line, waiting, hours: own, ..self.habits(id, ix, habits) });
        }
        let lines = &self.services;
        self.shown.retain(|(ix, ticket), _| {
            let line = lines.get(usize::from(*ix)).map_or(&[][..], |service| &service.line);
            line.iter().any(|line| line.ticket == *ticket)
        });
        let utc_offset_min = place.hours.utc_offset_min(as_of);
        let counters = self.counters_at(as_of, step, place.hours);
        let site = step.names.config().site;
        let accuracy = Accuracy::of(estimator.accuracy(), as_of, place.hours);
        Outlook { site, seq: 0, as_of, utc_offset_min, hours, services, counters, left_out: 0, accuracy }
    }

    /// The line of a service with the call times that are shown.
    fn line(
        &mut self,
        ix: ServiceIx,
        as_of: Timestamp,
        step: &Step,
        names: &mut SiteNames,
        standing: &[Standing],
    ) -> Vec<Waiting> {
        let id = step.named.services[usize::from(ix)];
        let service = self.services.get(usize::from(ix));
        let named = step.named.counters.iter().copied();
        let counters = named.zip(self.counters.iter().map(|counter| &counter.now));
        let open = open_counters(names, counters, id, service.and_then(|service| service.staffing));
        let is_open = step.openings.as_ref().is_none_or(|openings| openings.of(id) == Opening::Open);
        let line = service.map_or(&[][..], |service| &service.line);
        let hours = names.service_hours(id);
        // Both are in the order of the waits' beginnings; one that only one of them knows is passed over.
        let mut later = standing.iter();
        let pairs = line.iter().filter_map(|line| {
            let mut rest = later.clone();
            let found = rest.find(|standing| standing.ticket == line.ticket)?;
            later = rest;
            Some((line, found))
        });
        let waiting = |(line, standing): (&InLine, &Standing)| {
            let key = (ix, line.ticket);
            let before = self.shown.get(&key).copied();
            let (shown, why_not) = match call_time(hours, as_of, standing) {
                // Nothing moves in a break.
                _ if !is_open && before.is_some() => (before, None),
                _ if is_open && open == Some(0) => (None, Some("no_open_counter")),
                Ok(fresh) => {
                    let shown = before
                        .map_or_else(|| Shown::first(as_of, fresh, open), |before| before.after(as_of, fresh, open));
                    self.shown.insert(key, shown);
                    (Some(shown), None)
                }
                Err(why) => (None, Some(why)),
            };
            let reason = shown.and_then(Shown::moved).map(Moved::code).or(why_not).map(str::to_owned);
            let times = shown.map(|shown| shown.at(as_of));
            Waiting::new(as_of, (line.ticket, line.priority), line.since, times, reason)
        };
        pairs.take(MOST_LISTED).map(waiting).collect()
    }

    fn habits(&self, id: ServiceId, ix: ServiceIx, habits: Habits) -> ServiceOutlook {
        let times = habits.service_times_s;
        let enough = times.len() >= LEAST_TIMES;
        let service_time = enough.then(|| Distribution::of(times.into_iter().map(|s| s as f32).collect())).flatten();
        ServiceOutlook {
            service: id,
            waiting: 0,
            line: Vec::new(),
            policy: Policy::Fcfs,
            hours: None,
            service_time: service_time.filter(Distribution::is_sound),
            interval_s: habits.interval_s,
            calls_every_s: habits.calls_every_s,
            staffing: self.services.get(usize::from(ix)).and_then(|service| service.staffing),
            arrivals_per_h: habits.arrivals_per_h,
            priority_share: None,
            leave_per_min: habits.leave_per_min,
            no_show: None,
        }
    }

    fn counters_at(&self, as_of: Timestamp, step: &Step, hours: &mut Hours) -> Vec<CounterOutlook> {
        let date = hours.day_of(as_of).date;
        let closed_at = hours.of_day(date).iter().map(|it| it.close).filter(|close| *close <= as_of).max();
        let opens_again = |at: Timestamp| closed_at.is_some_and(|closed| closed.since(at) <= BEFORE_BREAK_MS);
        let site_open = step.openings.as_ref().is_none_or(|openings| openings.site == Opening::Open);
        let row = |(counter, id): (&Counter, &domain::CounterId)| {
            let serves = |service: &&ServiceId| step.names.serves(*id, &counter.now, **service);
            let open = counter.is_open();
            CounterOutlook {
                counter: *id,
                services: step.named.services.iter().filter(serves).copied().collect(),
                open,
                resumes: !open && !site_open && counter.open_at.is_some_and(opens_again),
                busy: counter.busy(as_of, &step.named.services),
            }
        };
        self.counters.iter().zip(&step.named.counters).map(row).collect()
    }

    fn service(&mut self, ix: ServiceIx) -> &mut Service {
        let ix = usize::from(ix);
        if self.services.len() <= ix {
            self.services.resize_with(ix + 1, Service::default);
        }
        &mut self.services[ix]
    }

    fn counter(&mut self, ix: CounterIx) -> &mut Counter {
        let ix = usize::from(ix);
        if self.counters.len() <= ix {
            self.counters.resize_with(ix + 1, Counter::default);
        }
        &mut self.counters[ix]
    }
}

impl Service {
    fn stand(&mut self, line: InLine, stands: bool) {
        let key = |line: &InLine| (line.since, line.order);
        let place = self.line.partition_point(|other| key(other) < key(&line));
        if stands {
            self.line.insert(place, line);
        } else if self.line.get(place) == Some(&line) {
            self.line.remove(place);
        }
    }
}

impl Counter {
    fn is_open(&self) -> bool {
        self.now.status == domain::event::CounterStatus::Open
    }

    /// What it is busy with; `None` when it could call.
    fn busy(&self, as_of: Timestamp, services: &[ServiceId]) -> Option<Busy> {
        let (ticket, _) = self.now.ticket?;
        let call = self.call.filter(|(_, called, _)| *called == ticket);
        // Without the call, what is known is since when it is served: a little less.
        let called_at = call.map(|(at, ..)| at).or(self.now.since);
        let since_s = called_at.map_or(0, |at| as_of.since(at).max(0) / 1_000);
        Some(Busy {
            since_s: u32::try_from(since_s).unwrap_or(u32::MAX),
            service: call.and_then(|(.., service)| services.get(usize::from(service)).copied()),
            ticket: Some(ticket),
        })
    }
}

/// When a ticket is expected to be called, p50 and p90; else why nobody can say.
fn call_time(hours: &mut Hours, as_of: Timestamp, standing: &Standing) -> Result<(Timestamp, Timestamp), &'static str> {
    let range = standing.range.ok_or("not_enough_history")?;
    let mut at = |ms: u32| hours.add_working(as_of, i64::from(ms)).map(|landing| landing.at);
    at(range.p50_ms).zip(at(range.p90_ms)).ok_or("closed_until")
}

/// When a site or a service serves from an instant on, as far as those who wait now can live to see
/// it; `None` where no hours are known.
fn hours_from(as_of: Timestamp, hours: &mut Hours, keeps_queue: bool) -> Option<Vec<domain::outlook::Opening>> {
    if hours.is_unsaid() {
        return None;
    }
    let date = hours.day_of(as_of).date;
    let last = if keeps_queue { date + 1 } else { date };
    let mut intervals: Vec<domain::outlook::Opening> = Vec::new();
    for date in date..=last {
        intervals.extend(
            hours.of_day(date).iter().filter(|it| as_of < it.close).map(|it| domain::outlook::Opening::from(*it)),
        );
    }
    Some(intervals)
}
