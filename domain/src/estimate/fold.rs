//! How a fact changes what is known. In the order of the facts; each takes about a microsecond.

use super::Issued;
use super::learned::{hour, wait_bucket};
use super::queue::Queue;
use super::row::seconds;
use super::state::{Open, RECENT, State, Waiting, band, keep};
use crate::facts::{CounterIx, ServiceIx};

/// Longer pauses between two calls of a line are a closed counter, not a pace.
const LONGEST_SPACING_S: f32 = 1_800.0;
/// A pace of the day fades with this many busy seconds.
const PACE_S: f32 = 2_700.0;
/// Smallest expectation that an error is measured against, seconds.
pub(super) const OFFSET_S: f32 = 60.0;

/// Who came.
pub(super) struct Came {
    pub service: ServiceIx,
    pub ticket: crate::TicketNumber,
    pub order: u32,
    pub class: u8,
}

impl State {
    /// A ticket joins a line. `predict` says what it is promised.
    pub fn came(&mut self, at: Open, who: Came, predict: impl FnOnce(&Queue<'_>) -> Option<Issued>) -> Option<Issued> {
        let Came { service, ticket, order, class } = who;
        self.service(service);
        let queue = Queue { state: self, ix: service, class, at, place: None };
        let (expected, past) = (queue.walk(), queue.past());
        // In a line longer than any hall nobody is promised anything.
        let issued = if queue.ahead().len() > super::queue::LONG { None } else { predict(&queue) };
        let ahead = queue.ahead().len().min(usize::from(u16::MAX)) as u16;
        let promised = issued.as_ref().and_then(|issued| issued.range);
        let waiting = Waiting { ticket, since: at, order, class, expected, promised, past, ahead };
        self.issues.push(at);
        let partners = self.sharing.partners(service).to_vec();
        for ix in partners {
            self.service(ix).group_from.get_or_insert(at);
        }
        let service = self.service(service);
        service.issues.push(at);
        let place = service.line.partition_point(|other| (other.since, other.order) < (at, order));
        service.line.insert(place, waiting);
        service.busy_from.get_or_insert(at);
        service.group_from.get_or_insert(at);
        issued
    }

    /// A ticket that had joined its line at `since` is called.
    pub fn called(&mut self, at: Open, service: ServiceIx, place: (Open, u32), counter: Option<CounterIx>) {
        if let Some(counter) = counter {
            self.free(at, counter, None);
            let row = self.counter(counter);
            (row.busy, row.idle_from) = (Some((at, service)), None);
            self.sharing.called(service, counter);
        }
        let open = Queue { state: self, ix: service, class: 0, at, place: None }.open();
        let open = open.filter(|open| *open > 0.0).unwrap_or(1.0);
        let Some(waiting) = self.service(service).take(place) else { return };
        let wait = seconds(at - waiting.since).max(0.0);
        self.class_called(at, service, &waiting, wait);
        self.calls.push(at);
        keep(&mut self.waits, wait, RECENT);
        self.judge(service, &waiting, at);
        self.service(service).learn_call(at, &waiting, wait, open);
        self.learn_group(at, service, open);
    }

    /// A ticket leaves a line in another way.
    pub fn left(&mut self, service: ServiceIx, place: (Open, u32)) {
        let service = self.service(service);
        if service.take(place).is_some() {
            service.left += 1;
            service.learned.left.fade(1.0, 0.995);
            if service.line.is_empty() {
                service.busy_from = None;
            }
        }
    }

    /// A counter has nobody any more; `from`: only if its ticket had come then.
    pub fn free(&mut self, at: Open, counter: CounterIx, from: Option<Open>) {
        let Some((since, service)) = self.counter(counter).busy else { return };
        if from.is_some_and(|from| from != since) {
            return;
        }
        let row = self.counter(counter);
        (row.busy, row.idle_from) = (None, Some(at));
        let time = seconds(at - since).max(0.0);
        keep(&mut self.service_times, time, 50);
        self.service(service).note_service_time(time as u32);
    }

    /// Learns by how much a class goes before the normal one: two calls of both classes close
    /// together had lines of both, and the difference of their waits is the head start. A step
    /// towards each difference finds the median (stochastic approximation, Robbins & Monro 1951).
    fn class_called(&mut self, at: Open, service: ServiceIx, waiting: &Waiting, wait: f32) {
        const CLOSE_MS: Open = 120_000;
        const STEP_S: f32 = 2.0;
        let class = usize::from(waiting.class).min(super::state::CLASSES - 1);
        let near = |last: Option<(Open, f32)>| last.filter(|(told, wait)| at - told <= CLOSE_MS && *wait > 0.0);
        for other in 0..super::state::CLASSES {
            let Some((_, there)) = near(self.class_last[other]).filter(|_| wait > 0.0 && (other == 0) != (class == 0))
            else {
                continue;
            };
            let (of, difference) = if class == 0 { (other, wait - there) } else { (class, there - wait) };
            let step = if difference > self.head_start[of] { STEP_S } else { -STEP_S };
            self.head_start[of] = (self.head_start[of] + step).clamp(0.0, 3_600.0);
        }
        self.class_last[class] = Some((at, wait));
        keep(&mut self.class_waits[class], wait, 5);
        let ahead = seconds(waiting.since - self.effective(waiting.since, waiting.class));
        self.last_effective = Some((at, wait + ahead));
        let _ = service;
    }

    /// How its promise was kept. The upper bound moves after each: up by nine steps after a miss,
    /// down by one after a hit, so that it rests where nine in ten are inside (adaptive conformal
    /// inference, Gibbs & Candès 2021). The steps are long while few were judged, and up again as
    /// soon as the share of late falls.
    fn judge(&mut self, service: ServiceIx, waiting: &Waiting, at: Open) {
        const STEP: f32 = 0.0007;
        /// The share of late over about the last twenty.
        const LATE: f32 = 0.05;
        const FALLEN: f32 = 0.65;
        let Some(range) = waiting.promised else { return };
        let waited_ms = u32::try_from(i64::from(at) - i64::from(waiting.since)).unwrap_or(0);
        self.judged[0].push(super::Judged { order: waiting.order, range, waited_ms });
        let inside = waited_ms <= range.p90_ms;
        let band = band(usize::from(waiting.ahead));
        self.late_misses[band] += LATE * (f32::from(u8::from(!inside)) - self.late_misses[band]);
        let step = STEP + 0.04 / (10.0 + self.accuracy.by_band[band].n);
        let step = if inside { -step } else { 9.0 * step };
        let fallen = !inside && self.late_misses[band] > 1.0 - FALLEN;
        let moved = self.widen[band] + if fallen { 2.0 * step } else { step };
        self.widen[band] = moved.clamp(-0.4, 0.9);
        self.accuracy.note(band, hour(waiting.since), inside);
        let promise = &mut self.service(service).promise;
        promise.n += 1;
        promise.within += u32::from(inside);
    }

    /// The pace of the services that share counters with this one.
    fn learn_group(&mut self, at: Open, service: ServiceIx, open: f32) {
        let mut members = self.sharing.partners(service).to_vec();
        members.push(service);
        let stand = members.iter().any(|ix| !self.service(*ix).line.is_empty());
        for ix in members {
            let own = Queue { state: self, ix, class: 0, at, place: None }.open();
            let open = if ix == service { open } else { own.filter(|open| *open > 0.0).unwrap_or(1.0) };
            let member = self.service(ix);
            if let Some(from) = member.group_from {
                let busy = seconds(at - from).min(LONGEST_SPACING_S);
                member.learned.group_spacing.add(busy * open);
                let keep = (-busy / PACE_S).exp();
                let [sum, n] = member.group_pace;
                member.group_pace = [sum * keep + busy, n * keep + 1.0];
            }
            member.group_from = stand.then_some(at);
        }
    }
}

impl super::state::Service {
    fn take(&mut self, place: (Open, u32)) -> Option<Waiting> {
        // By its order alone, which no other ticket has: open time means something else as soon as
        // the site's hours are changed.
        let found = self.line.iter().position(|other| other.order == place.1)?;
        Some(self.line.remove(found))
    }

    fn learn_call(&mut self, at: Open, waiting: &Waiting, wait: f32, open: f32) {
        if let Some(from) = self.busy_from {
            let busy = seconds(at - self.calls.last().map_or(from, |last| from.max(*last)));
            let spacing = busy.min(LONGEST_SPACING_S) * open;
            self.learned.spacing.add(spacing);
            self.learned.spacing_by_hour[hour(at)].add(spacing);
            self.learned.spacing_by_wait[wait_bucket(wait)].fade(spacing, 0.995);
            let keep = (-busy / PACE_S).exp();
            let [sum, n, counters] = self.pace;
            self.pace = [sum * keep + busy, n * keep + 1.0, counters * keep + spacing];
        }
        if self.line.is_empty() {
            self.busy_from = None;
        }
        let error = ((wait + OFFSET_S) / (waiting.expected + OFFSET_S)).ln();
        self.learned.spread[band(usize::from(waiting.ahead))].fade((error - self.learned.error()).abs(), 0.99);
        self.learned.error.fade(error, 0.99);
        self.learned.error_by_hour[hour(at)].fade(error, 0.97);
        keep(&mut self.errors, (at, error), RECENT);
        keep(&mut self.waits, wait, 10);
        self.calls.push(at);
        self.learned.left.fade(0.0, 0.995);
        self.learned.waits_by_hour[hour(waiting.since)].add(wait);
        let wait_s = wait.min(65_535.0) as u16;
        self.learned.remember(super::learned::Past { wait_s, ..waiting.past });
    }
}
