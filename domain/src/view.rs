//! From figures to the rows of a board: names from the site's file, reasons for what is not known.
//! The one definition of each row; who shows a figure shows it from here.

use hashbrown::HashMap;

use crate::board::{
    self, Board, CounterRatings, CounterRow, Estimate, Ingest, Promise, RatingTotals, ServiceRow, Shown, ZoneRow,
};
pub use crate::calendar::Opening;
use crate::calendar::{BusinessDay, Hours, Interval};
use crate::config::{Closure, ServiceConfig, SiteConfig};
use crate::crowd::{ZoneNow, ZonePlace};
use crate::event::{CounterStatus, ZoneKind};
use crate::ledger::CounterNow;
use crate::load::LoadFigures;
use crate::waits::WaitFigures;
use crate::{CounterId, OfficerId, Seconds, ServiceId, Timestamp};

/// A site's names and calendar, ready for look-ups.
#[derive(Debug, Clone)]
pub struct SiteNames {
    config: SiteConfig,
    hours: Hours,
    /// Of the services whose opening is not the site's, in the order of the file.
    own_hours: Vec<(ServiceId, Hours)>,
    services: HashMap<ServiceId, usize>,
    counters: HashMap<CounterId, usize>,
    officers: HashMap<OfficerId, usize>,
}

/// What is expected of a service, were it open and served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Expected {
    /// Of a ticket taken now.
    pub wait: Wait,
    /// How today's promised ranges held.
    pub promise: Option<Promise>,
}

/// The wait that a ticket taken now has before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Wait {
    /// Too little was seen to say.
    #[default]
    Unknown,
    /// The range.
    Within(Estimate),
    /// It is longer than the service is going to be open, as far as is known.
    Closed,
}

impl Wait {
    /// From a range of open time, milliseconds from `as_of` on: p50 and p90. A wait is told in whole
    /// seconds, rounded up.
    #[must_use]
    pub fn of_open_time(hours: &mut Hours, as_of: Timestamp, (p50_ms, p90_ms): (i64, i64)) -> Self {
        let p90_ms = p90_ms.max(p50_ms);
        let Some((p50, p90)) = hours.add_working(as_of, p50_ms).zip(hours.add_working(as_of, p90_ms)) else {
            return Self::Closed;
        };
        let seconds = |at: Timestamp| Seconds::from_ms((at.since(as_of) + 999).div_euclid(1_000) * 1_000);
        let before_close = (!hours.is_unsaid()).then_some(!p90.after_close);
        let resumes_at = p90.resumes_at;
        Self::Within(Estimate { p50_s: seconds(p50.at), p90_s: seconds(p90.at), resumes_at, before_close })
    }
}

/// Whether a site and its services are open, of one instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Openings {
    /// The site, and every service that is open when the site is.
    pub site: Opening,
    /// Services with hours or closures of their own, in the order of the file.
    own: Vec<(ServiceId, Opening)>,
    /// Planned closures that the instant lies in and that say why, in the order of the file.
    closures: Vec<Closure>,
}

impl Openings {
    /// Of a service.
    #[must_use]
    pub fn of(&self, service: ServiceId) -> Opening {
        self.own.iter().find(|(id, _)| *id == service).map_or(self.site, |(_, opening)| *opening)
    }

    /// Why a service is closed, where a planned closure says so.
    #[must_use]
    pub fn reason(&self, service: ServiceId) -> Option<&str> {
        self.closures.iter().find(|closure| closure.is_for(Some(service)))?.reason.as_deref()
    }
}

impl SiteNames {
    /// From a checked configuration.
    ///
    /// # Errors
    /// When the time zone is not known.
    pub fn new(config: SiteConfig) -> Result<Self, jiff::Error> {
        let hours = Hours::of_site(&config)?;
        let own = config.services.iter().filter(|service| has_own_hours(&config, service));
        let own_hours = own.map(|service| Ok((service.service, Hours::of_service(&config, service.service)?)));
        let own_hours = own_hours.collect::<Result<_, jiff::Error>>()?;
        let by = |ids: &mut dyn Iterator<Item = ServiceId>| ids.enumerate().map(|(at, id)| (id, at)).collect();
        let services = by(&mut config.services.iter().map(|service| service.service));
        let counters = config.counters.iter().enumerate().map(|(at, counter)| (counter.counter, at)).collect();
        let officers = config.officers.iter().enumerate().map(|(at, officer)| (officer.officer, at)).collect();
        Ok(Self { config, hours, own_hours, services, counters, officers })
    }

    /// The configuration.
    #[must_use]
    pub const fn config(&self) -> &SiteConfig {
        &self.config
    }

    /// The business day of an instant.
    pub fn day_of(&mut self, at: Timestamp) -> BusinessDay {
        self.hours.day_of(at)
    }

    /// Length of the window, milliseconds.
    #[must_use]
    pub fn window_ms(&self) -> i64 {
        i64::from(self.config.window_s) * 1_000
    }

    fn service(&self, id: ServiceId) -> Option<&ServiceConfig> {
        self.services.get(&id).and_then(|at| self.config.services.get(*at))
    }

    /// Whether a counter serves a service: by its own word, else by the site's file.
    #[must_use]
    pub fn serves(&self, counter: CounterId, now: &CounterNow, service: ServiceId) -> bool {
        self.services_of(counter, now).contains(&service)
    }

    fn services_of<'a>(&'a self, counter: CounterId, now: &'a CounterNow) -> &'a [ServiceId] {
        let configured = || self.counters.get(&counter).map_or(&[][..], |at| &self.config.counters[*at].services);
        now.services.as_deref().unwrap_or_else(configured)
    }

    /// A service's row; `opening` is the service's own.
    #[must_use]
    pub fn service_row(
        &self,
        id: ServiceId,
        figures: WaitFigures,
        open_counters: Option<u32>,
        opening: Opening,
        expected: Expected,
    ) -> ServiceRow {
        let config = self.service(id);
        let (estimate, reason, opens_at) = match (opening, open_counters, expected.wait) {
            (Opening::ClosedUntil(at), ..) => (None, Some("closed_until"), at),
            (Opening::Open, Some(0), _) => (None, Some("no_open_counter"), None),
            (Opening::Open, _, Wait::Within(estimate)) => (Some(estimate), None, None),
            (Opening::Open, _, Wait::Closed) => (None, Some("closed_until"), None),
            (Opening::Open, _, Wait::Unknown) => (None, Some("not_enough_history"), None),
        };
        ServiceRow {
            service: id,
            name: config.map_or_else(|| id.to_string(), |config| config.name.clone()),
            field: config.and_then(|config| config.field_name.clone()),
            department: config.and_then(|config| config.department_name.clone()),
            waiting: figures.waiting,
            longest_wait_s: figures.longest_wait_s,
            next: figures.next,
            window_s: self.config.window_s,
            called: figures.called,
            wait_mean_s: figures.wait_mean_s,
            wait_p50_s: figures.wait_p50_s,
            wait_p90_s: figures.wait_p90_s,
            arrivals: figures.arrivals,
            abandoned: figures.abandoned,
            open_counters,
            estimate,
            estimate_reason: reason.map(str::to_owned),
            opens_at,
            closed_reason: None,
            promise: expected.promise.filter(|promise| promise.n > 0),
        }
    }

    /// A counter's row.
    #[must_use]
    pub fn counter_row(&self, id: CounterId, now: &CounterNow, load: &LoadFigures) -> CounterRow {
        let config = self.counters.get(&id).map(|at| &self.config.counters[*at]);
        let services = self.services_of(id, now).to_vec();
        let field = config.and_then(|config| config.field_name.clone());
        let field_of_first = || services.first().and_then(|id| self.service(*id)?.field_name.clone());
        let officer_name = now.officer.map(|officer| {
            let known = self.officers.get(&officer).map(|at| self.config.officers[*at].name.clone());
            known.unwrap_or_else(|| officer.to_string())
        });
        CounterRow {
            counter: id,
            name: config.map_or_else(|| id.to_string(), |config| config.name.clone()),
            place: config.and_then(|config| config.place.clone()),
            status: now.status,
            reason: now.reason.as_deref().map(str::to_owned),
            officer: now.officer,
            officer_name,
            field: field.or_else(field_of_first),
            services,
            ticket: now.ticket.map(|(number, _)| number),
            ticket_state: now.ticket.map(|(_, stage)| stage),
            since: now.since,
            served: load.served,
            service_mean_s: load.service_mean_s,
            utilisation: Shown::Figure(load.utilisation),
            ratings: Some(CounterRatings { n: load.rated, satisfied: load.satisfied }),
        }
    }

    /// The zones of the site's file; a discovered site's are those that were heard of.
    pub fn zones(&self) -> impl Iterator<Item = ZonePlace> + '_ {
        self.config.zones.iter().filter(|zone| zone.kind != ZoneKind::Ignore).map(|zone| ZonePlace {
            camera: zone.camera,
            zone: zone.zone,
            kind: zone.kind,
            counter: zone.counter,
        })
    }

    /// Opening hours of a business day as people read them, less the closures of the whole site;
    /// empty when it is closed all day and where nobody said.
    #[must_use]
    pub fn hours(&self, day: &BusinessDay) -> Vec<board::Hours> {
        if self.hours.is_unsaid() {
            return Vec::new();
        }
        let clock = |at| {
            let time = self.hours.wall_clock(at);
            format!("{:02}:{:02}", time.hour(), time.minute())
        };
        let shown = |interval: Interval| {
            // Midnight at the end of a day, not at its beginning.
            let close = Some(clock(interval.close)).filter(|close| close != "00:00");
            board::Hours { open: clock(interval.open), close: close.unwrap_or_else(|| "24:00".to_owned()) }
        };
        self.hours.read_day(day.date).into_iter().map(shown).collect()
    }

    /// Opening hours of the site, for arithmetic.
    #[must_use]
    pub const fn site_hours(&self) -> &Hours {
        &self.hours
    }

    /// Opening hours of a service: its own where the file has some, else the site's.
    pub fn service_hours(&mut self, id: ServiceId) -> &mut Hours {
        let own = self.own_hours.iter_mut().find(|(service, _)| *service == id);
        own.map_or(&mut self.hours, |(_, hours)| hours)
    }

    /// Whether the site is open at `at`, and else when it opens next (within 14 days).
    pub fn opening(&mut self, at: Timestamp) -> Opening {
        self.hours.opening(at)
    }

    /// The same of a service.
    pub fn service_opening(&mut self, id: ServiceId, at: Timestamp) -> Opening {
        self.service_hours(id).opening(at)
    }

    /// The same of the site and all its services.
    pub fn openings(&mut self, at: Timestamp) -> Openings {
        let own = self.own_hours.iter_mut().map(|(id, hours)| (*id, hours.opening(at)));
        let closures = self.config.closures.iter().filter(|closure| closure.reason.is_some() && closure.contains(at));
        Openings { own: own.collect(), site: self.hours.opening(at), closures: closures.cloned().collect() }
    }

    /// When one of them next opens or closes after `at`, within 14 days.
    pub fn next_change(&mut self, at: Timestamp) -> Option<Timestamp> {
        let own = self.own_hours.iter_mut().filter_map(|(_, hours)| hours.next_change(at)).min();
        self.hours.next_change(at).into_iter().chain(own).min()
    }

    /// An empty board of this site.
    #[must_use]
    pub fn board(&self, seq: u64, as_of: Timestamp, day: &BusinessDay) -> Board {
        Board {
            site: self.config.site,
            name: self.config.name.clone(),
            seq,
            as_of,
            business_day: day.label(),
            time_zone: self.config.time_zone.clone(),
            contacts: self.config.contacts.clone(),
            hours: self.hours(day),
            services: Vec::new(),
            counters: Vec::new(),
            calls: Vec::new(),
            missed: Vec::new(),
            zones: Vec::new(),
            ratings: RatingTotals::default(),
            devices: Vec::new(),
            alerts: Vec::new(),
            ingest: Some(Ingest::default()),
            storage: None,
            waiting_area: None,
        }
    }
}

/// Whether a service may be open when its site is not, or the other way round.
fn has_own_hours(config: &SiteConfig, service: &ServiceConfig) -> bool {
    !service.hours.is_empty() || config.closures.iter().any(|closure| closure.services.contains(&service.service))
}

/// A zone's row.
#[must_use]
pub fn zone_row(place: ZonePlace, now: ZoneNow) -> ZoneRow {
    ZoneRow {
        camera: place.camera,
        zone: place.zone,
        kind: place.kind,
        counter: place.counter,
        level: now.level,
        motion: now.motion,
        people: now.people,
        as_of: now.as_of,
    }
}

/// How many counters serve a service: those open and serving it; else what a staffing system said
/// last; else none of those that could; `None` when nobody ever said.
#[must_use]
pub fn open_counters<'a>(
    names: &SiteNames,
    counters: impl Iterator<Item = (CounterId, &'a CounterNow)>,
    service: ServiceId,
    staffing: Option<u32>,
) -> Option<u32> {
    let mut told = false;
    let mut open = 0;
    for (id, now) in counters {
        if names.serves(id, now, service) {
            told |= now.spoken;
            open += u32::from(now.status == CounterStatus::Open);
        }
    }
    if open > 0 { Some(open) } else { staffing.or(told.then_some(0)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SiteId;
    use crate::config::OpeningHours;
    use crate::waits::ServiceWaits;

    fn names() -> SiteNames {
        let mut config = SiteConfig::discovered(SiteId::new("x").unwrap(), "Asia/Ho_Chi_Minh");
        for (open_min, close_min) in [(420, 690), (810, 1_020)] {
            config.hours.push(OpeningHours { days: vec![1, 2, 3, 4, 5], open_min, close_min });
        }
        config.holidays.push("2026-11-24".into());
        SiteNames::new(config).unwrap()
    }

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    #[test]
    fn hours_know_lunch_weekends_and_holidays() {
        let mut names = names();
        let until = |text| Opening::ClosedUntil(Some(at(text)));
        // 2026-11-23 is a Monday.
        assert_eq!(names.opening(at("2026-11-23T08:00:00+07:00")), Opening::Open);
        assert_eq!(names.opening(at("2026-11-23T11:30:00+07:00")), until("2026-11-23T13:30:00+07:00"));
        assert_eq!(names.opening(at("2026-11-23T17:00:00+07:00")), until("2026-11-25T07:00:00+07:00"));
        assert_eq!(names.opening(at("2026-11-28T09:00:00+07:00")), until("2026-11-30T07:00:00+07:00"));
        let day = names.day_of(at("2026-11-23T08:00:00+07:00"));
        assert_eq!(names.hours(&day)[0], board::Hours { open: "07:00".into(), close: "11:30".into() });
    }

    #[test]
    fn hours_on_the_board_are_less_the_closures() {
        let closed = |from, to, services: &[ServiceId]| Closure {
            from: at(from),
            to: at(to),
            services: services.to_vec(),
            reason: None,
        };
        let mut config = names().config().clone();
        let service = ServiceId::new("dat-dai").unwrap();
        config.closures = vec![
            closed("2026-11-23T10:00:00+07:00", "2026-11-23T14:00:00+07:00", &[]),
            closed("2026-11-25T07:00:00+07:00", "2026-11-25T17:00:00+07:00", &[]),
            closed("2026-11-26T07:00:00+07:00", "2026-11-26T17:00:00+07:00", &[service]),
        ];
        let shown = |config: &SiteConfig, text| {
            let mut names = SiteNames::new(config.clone()).unwrap();
            let day = names.day_of(at(text));
            let hours = names.hours(&day).into_iter();
            hours.map(|hours| format!("{}–{}", hours.open, hours.close)).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(shown(&config, "2026-11-23T12:00:00+07:00"), "07:00–10:00 14:00–17:00");
        assert_eq!(shown(&config, "2026-11-25T12:00:00+07:00"), "", "the whole day");
        assert_eq!(shown(&config, "2026-11-26T12:00:00+07:00"), "07:00–11:30 13:30–17:00", "one service");
        config.hours = vec![OpeningHours { days: vec![5], open_min: 0, close_min: 1_440 }];
        assert_eq!(shown(&config, "2026-11-27T12:00:00+07:00"), "00:00–24:00");
        config.hours.clear();
        assert_eq!(shown(&config, "2026-11-27T12:00:00+07:00"), "", "nobody said");
    }

    #[test]
    fn a_closed_service_says_so_while_the_site_is_open() {
        let mut config = names().config().clone();
        let [closed, open] = ["dat-dai", "ho-tich"].map(|id| ServiceId::new(id).unwrap());
        let (from, to) = (at("2026-11-23T09:00:00+07:00"), at("2026-11-23T12:00:00+07:00"));
        config.closures.push(Closure { from, to, services: vec![closed], reason: Some("Kiểm kê".into()) });
        config.services = [closed, open].map(service_of).to_vec();
        let mut names = SiteNames::new(config).unwrap();
        let openings = names.openings(from);
        let row = |id| {
            let (figures, opening) = (ServiceWaits::default().figures(from), openings.of(id));
            let row = names.service_row(id, figures, Some(2), opening, Expected::default());
            (row.estimate_reason.unwrap_or_default(), row.opens_at)
        };
        assert_eq!(row(closed), ("closed_until".to_owned(), Some(at("2026-11-23T13:30:00+07:00"))));
        assert_eq!(row(open), ("not_enough_history".to_owned(), None));
        assert_eq!([closed, open].map(|id| openings.reason(id)), [Some("Kiểm kê"), None]);
        assert_eq!(names.openings(to).reason(closed), None, "it is lunch");
    }

    #[test]
    fn a_range_is_told_in_the_clock_s_time_and_names_the_break_it_runs_past() {
        let mut names = names();
        let from = at("2026-11-23T11:00:00.400+07:00");
        let id = ServiceId::new("dat-dai").unwrap();
        let mut wait = |p50_ms, p90_ms| Wait::of_open_time(names.service_hours(id), from, (p50_ms, p90_ms));
        let minutes = |minutes: i64| Seconds::from_ms(minutes * 60_000);
        let within = |p50, p90, resumes_at, before_close| {
            Wait::Within(Estimate { p50_s: p50, p90_s: p90, resumes_at, before_close: Some(before_close) })
        };
        let noon = Some(at("2026-11-23T13:30:00+07:00"));
        assert_eq!(wait(600_000, 600_001), within(minutes(10), Seconds::from_ms(601_000), None, true));
        assert_eq!(wait(600_000, 3_600_000), within(minutes(10), minutes(180), noon, true));
        assert_eq!(wait(0, -1), within(minutes(0), minutes(0), None, true));
        let wednesday = Some(at("2026-11-25T07:00:00+07:00"));
        assert_eq!(wait(60_000, 14_400_000), within(minutes(1), minutes(2_640), wednesday, false));
        assert_eq!(wait(60_000, 4 * i64::from(u32::MAX)), Wait::Closed);
        let row = |open, opening, wait| {
            let expected = Expected { wait, promise: Some(Promise { n: 0, within: 0 }) };
            let row = names.service_row(id, ServiceWaits::default().figures(from), open, opening, expected);
            assert_eq!(row.promise, None);
            (row.estimate.is_some(), row.estimate_reason)
        };
        let known = within(minutes(1), minutes(2), None, true);
        assert_eq!(row(None, Opening::Open, known), (true, None), "unknown staffing is not nobody");
        assert_eq!(row(Some(0), Opening::Open, known), (false, Some("no_open_counter".into())));
        assert_eq!(row(Some(1), Opening::ClosedUntil(noon), known), (false, Some("closed_until".into())));
        assert_eq!(row(Some(1), Opening::Open, Wait::Closed), (false, Some("closed_until".into())));
    }

    fn service_of(service: ServiceId) -> ServiceConfig {
        ServiceConfig {
            service,
            name: service.to_string(),
            field: None,
            field_name: None,
            department: None,
            department_name: None,
            queue: crate::config::Queue::External,
            hours: Vec::new(),
        }
    }

    #[test]
    fn nobody_serves_is_not_nobody_said() {
        let names = names();
        let service = ServiceId::new("dat-dai").unwrap();
        let counter = CounterId::new("q1").unwrap();
        let now = |status, spoken| CounterNow {
            status,
            spoken,
            reason: None,
            officer: None,
            services: Some([service].into()),
            ticket: None,
            since: None,
        };
        let count = |now: &CounterNow, staffing| open_counters(&names, [(counter, now)].into_iter(), service, staffing);
        assert_eq!(open_counters(&names, std::iter::empty(), service, None), None);
        assert_eq!(count(&now(CounterStatus::Open, true), Some(5)), Some(1));
        assert_eq!(count(&now(CounterStatus::Closed, true), Some(5)), Some(5));
        assert_eq!(count(&now(CounterStatus::Closed, true), None), Some(0));
        assert_eq!(count(&now(CounterStatus::Closed, false), None), None);
    }
}
