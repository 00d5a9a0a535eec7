//! Builds a [`Day`] from what happened on it. Every figure of history is made here, from the same
//! facts as the board's.

use std::collections::BTreeMap;

use super::{
    CounterMinute, Day, FlowCell, FlowKey, Hour, QualityCell, QualityMinute, QueueMinute, Rating, ServicePlace, Visit,
    ZoneCell, ZoneMinute, lines, spans,
};
use crate::calendar::BusinessDay;
use crate::estimate::Judged;
use crate::event::{CounterStatus, RatingLevel};
use crate::{CounterId, DepartmentId, OfficerId, ServiceId, Timestamp};

/// A stretch of a counter's time in which nothing about it changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The counter.
    pub counter: CounterId,
    /// Who served there.
    pub officer: Option<OfficerId>,
    /// Its status.
    pub status: CounterStatus,
    /// A ticket was with it.
    pub busy: bool,
    /// First instant.
    pub from: Timestamp,
    /// First instant after it.
    pub to: Timestamp,
}

/// A stretch of time in which somebody stood in a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stood {
    pub service: ServiceId,
    pub from: Timestamp,
    /// First instant in which nobody stood there any more; `None`: still there.
    pub to: Option<Timestamp>,
}

/// See the module. Things may be told in any order; what lies outside the day is cut off.
#[derive(Debug)]
pub struct Builder {
    day: BusinessDay,
    utc_offset_s: i32,
    /// What lasts is known up to here, never after the day's end.
    until: Timestamp,
    flow: BTreeMap<FlowKey, FlowCell>,
    stood: Vec<Stood>,
    spans: Vec<Span>,
    done: Day,
}

impl Builder {
    /// Of a business day that began with local time `utc_offset_s` seconds ahead of UTC, known up
    /// to `until`.
    #[must_use]
    pub fn new(day: BusinessDay, utc_offset_s: i32, until: Timestamp) -> Self {
        let until = until.min(day.end).max(day.start);
        let done = Day { date: day.date, start: day.start, utc_offset_s, ..Day::default() };
        Self { day, utc_offset_s, until, flow: BTreeMap::new(), stood: Vec::new(), spans: Vec::new(), done }
    }

    /// The hour of the clock on the wall.
    #[must_use]
    pub fn hour(&self, at: Timestamp) -> Hour {
        hour_of(at, self.utc_offset_s)
    }

    fn cell(
        &mut self,
        at: Timestamp,
        service: Option<ServiceId>,
        place: (Option<CounterId>, Option<OfficerId>),
    ) -> Option<&mut FlowCell> {
        if !self.day.contains(at) {
            return None;
        }
        let key = FlowKey { hour: self.hour(at), service, counter: place.0, officer: place.1 };
        Some(self.flow.entry(key).or_insert_with(|| FlowCell::new(key)))
    }

    /// A number was taken.
    pub fn arrived(&mut self, at: Timestamp, service: ServiceId) {
        if let Some(cell) = self.cell(at, Some(service), (None, None)) {
            cell.arrivals += 1;
        }
    }

    /// Cancelled while waiting.
    pub fn cancelled(&mut self, at: Timestamp, service: ServiceId) {
        if let Some(cell) = self.cell(at, Some(service), (None, None)) {
            cell.cancelled += 1;
        }
    }

    /// Called and not come.
    pub fn no_show(&mut self, at: Timestamp, service: ServiceId, place: (Option<CounterId>, Option<OfficerId>)) {
        if let Some(cell) = self.cell(at, Some(service), place) {
            cell.no_shows += 1;
        }
    }

    /// Still there when the day ended.
    pub fn day_ended(&mut self, service: ServiceId) {
        let last = self.day.end.plus(-1);
        if let Some(cell) = self.cell(last, Some(service), (None, None)) {
            cell.day_ended += 1;
        }
    }

    /// Somebody stood in a line; `to` is `None` while it lasts.
    pub fn stood(&mut self, service: ServiceId, from: Timestamp, to: Option<Timestamp>) {
        self.stood.push(Stood { service, from, to });
    }

    /// A wait that had begun at `from` ended with a call at `at`, to `place`.
    pub fn called(
        &mut self,
        (from, at): (Timestamp, Timestamp),
        service: ServiceId,
        place: (Option<CounterId>, Option<OfficerId>),
        judged: Option<Judged>,
    ) {
        let Some(cell) = self.cell(at, Some(service), place) else { return };
        cell.waits.add(duration(from, at));
        if let Some(Judged { range, waited_ms, .. }) = judged {
            let error = i64::from(waited_ms) - i64::from(range.p50_ms);
            cell.promised += 1;
            cell.within_p50 += u32::from(waited_ms <= range.p50_ms);
            cell.within_p90 += u32::from(waited_ms <= range.p90_ms);
            cell.error_ms += error;
            cell.errors.add(u32::try_from(error.unsigned_abs()).unwrap_or(u32::MAX));
        }
    }

    /// Service began at `at`, so long after the call, milliseconds.
    pub fn walked(
        &mut self,
        at: Timestamp,
        service: ServiceId,
        place: (Option<CounterId>, Option<OfficerId>),
        ms: u32,
    ) {
        if let Some(cell) = self.cell(at, Some(service), place) {
            cell.walks.add(ms);
        }
    }

    /// Service ended at `at`, after so many milliseconds, where that is known.
    pub fn served(
        &mut self,
        at: Timestamp,
        service: ServiceId,
        place: (Option<CounterId>, Option<OfficerId>),
        service_ms: Option<u32>,
    ) {
        let Some(cell) = self.cell(at, Some(service), place) else { return };
        cell.served += 1;
        if let Some(ms) = service_ms {
            cell.services.add(ms);
        }
    }

    /// Called once more.
    pub fn recalled(&mut self, at: Timestamp, service: ServiceId, place: (Option<CounterId>, Option<OfficerId>)) {
        if let Some(cell) = self.cell(at, Some(service), place) {
            cell.recalls += 1;
        }
    }

    /// Moved on from `service`.
    pub fn transferred(&mut self, at: Timestamp, service: ServiceId, place: (Option<CounterId>, Option<OfficerId>)) {
        if let Some(cell) = self.cell(at, Some(service), place) {
            cell.transfers += 1;
        }
    }

    /// A press that counts.
    pub fn rated(&mut self, rating: Rating) {
        let Some(cell) = self.cell(rating.at, rating.service, (rating.counter, rating.officer)) else { return };
        if rating.ticket.is_none() {
            cell.unbound += 1;
        } else if let Some(level) = RatingLevel::ALL.iter().position(|level| *level == rating.level) {
            cell.ratings[level] += 1;
        }
        self.done.ratings.push(rating);
    }

    /// A visit that ended on the day.
    pub fn visit(&mut self, visit: Visit) {
        if self.day.contains(visit.ended) || visit.ended == self.day.end {
            self.done.visits.push(visit);
        }
    }

    /// A stretch of a counter's time; stretches of one counter do not overlap.
    pub fn span(&mut self, span: Span) {
        let (from, to) = (span.from.max(self.day.start), span.to.min(self.until));
        if from < to {
            self.spans.push(Span { from, to, ..span });
        }
    }

    /// What the cameras saw.
    pub fn zones(&mut self, cells: Vec<ZoneCell>, minutes: Vec<ZoneMinute>) {
        self.done.zones = cells;
        self.done.minutes.zones = minutes;
    }

    /// How good the data are.
    pub fn quality(&mut self, cells: Vec<QualityCell>, minutes: Vec<QualityMinute>) {
        self.done.quality = cells;
        self.done.minutes.quality = minutes;
    }

    /// The day. `service` and `counter` tell where they belong.
    #[must_use]
    pub fn finish(
        mut self,
        service: impl Fn(ServiceId) -> ServicePlace,
        counter: impl Fn(CounterId) -> Option<DepartmentId>,
    ) -> Day {
        let clock = Clock { start: self.day.start, until: self.until, utc_offset_s: self.utc_offset_s };
        self.stood.sort_unstable_by_key(|stood| (stood.service, stood.from, stood.to));
        let (queues, queue_minutes) = lines::lines(&self.stood, clock);
        self.spans.sort_unstable_by_key(|span| (span.counter, span.from));
        let (counters, counter_minutes): (_, Vec<CounterMinute>) = spans::spans(&self.spans, clock);
        let queue_minutes: Vec<QueueMinute> = queue_minutes;
        let mut day = self.done;
        day.visits.sort_unstable_by_key(|visit| (visit.issued, visit.ticket, visit.nth));
        day.ratings.sort_unstable_by_key(|rating| (rating.at, rating.ticket, rating.counter));
        day.flow = self.flow.into_values().collect();
        (day.queues, day.minutes.queues) = (queues, queue_minutes);
        (day.counters, day.minutes.counters) = (counters, counter_minutes);
        day.services = named_services(&day).into_iter().map(service).collect();
        day.counter_places = named_counters(&day).into_iter().map(|id| (id, counter(id))).collect();
        day
    }
}

/// Where the minutes and hours of a day lie.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    pub start: Timestamp,
    pub until: Timestamp,
    pub utc_offset_s: i32,
}

impl Clock {
    /// The parts of `[from, to)` inside each hour: (hour, first instant, first instant after it).
    pub fn hours(self, from: Timestamp, to: Timestamp) -> impl Iterator<Item = (Hour, Timestamp, Timestamp)> {
        const HOUR_MS: i64 = 3_600_000;
        let mut at = from.max(self.start);
        let to = to.min(self.until);
        std::iter::from_fn(move || {
            (at < to).then(|| {
                let local = at.ms() + i64::from(self.utc_offset_s) * 1_000;
                let next = at.plus(HOUR_MS - local.rem_euclid(HOUR_MS)).min(to);
                let part = (hour_of(at, self.utc_offset_s), at, next);
                at = next;
                part
            })
        })
    }

    /// The minute in which an instant lies; what was before the day lies in its first.
    pub fn minute(self, at: Timestamp) -> u16 {
        u16::try_from(at.since(self.start).max(0) / 60_000).unwrap_or(u16::MAX)
    }

    /// Minutes that are over: rows are only of these.
    pub fn minutes_over(self) -> u16 {
        self.minute(self.until)
    }
}

/// The hour of the clock on the wall.
pub(super) fn hour_of(at: Timestamp, utc_offset_s: i32) -> Hour {
    ((at.ms().div_euclid(1_000) + i64::from(utc_offset_s)).rem_euclid(86_400) / 3_600) as Hour
}

/// Between two instants, milliseconds: never negative, at most 49 days.
pub(crate) fn duration(from: Timestamp, to: Timestamp) -> u32 {
    u32::try_from(to.since(from).max(0)).unwrap_or(u32::MAX)
}

fn named_services(day: &Day) -> Vec<ServiceId> {
    let flow = day.flow.iter().filter_map(|cell| cell.key.service);
    let visits = day.visits.iter().flat_map(|visit| [Some(visit.service), visit.last_service]).flatten();
    let lines = day.queues.iter().map(|cell| cell.service);
    let mut named: Vec<ServiceId> = flow.chain(visits).chain(lines).collect();
    named.sort_unstable();
    named.dedup();
    named
}

fn named_counters(day: &Day) -> Vec<CounterId> {
    let flow = day.flow.iter().filter_map(|cell| cell.key.counter);
    let visits = day.visits.iter().filter_map(|visit| visit.counter);
    let spans = day.counters.iter().map(|cell| cell.counter);
    let mut named: Vec<CounterId> = flow.chain(visits).chain(spans).collect();
    named.sort_unstable();
    named.dedup();
    named
}
