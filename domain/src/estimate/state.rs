//! What an estimator knows of a site: today's lines and calls, and what past days taught it. Every
//! figure follows from the ordered facts alone.
//!
//! Instants are *open* milliseconds since the business day began ([`Open`]): a lunch break is no
//! slowness, so it has no length here.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::learned::{Learned, Past};
use crate::board::Promise;
use crate::event::Priority;
use crate::facts::{CounterIx, Date, ServiceIx};
use crate::{TicketNumber, Timestamp};

/// Open milliseconds since the business day began; before it for who has waited since yesterday.
pub(super) type Open = i32;
/// So many classes of priority there are.
pub(super) const CLASSES: usize = Priority::ALL.len();
/// Bands of people ahead: nobody, 1–4, 5–14, 15 and more.
pub(super) const BANDS: usize = 4;
/// Last waits, gaps and errors that are kept of a service.
pub(super) const RECENT: usize = 20;

/// The band of a number of people ahead.
pub(super) const fn band(ahead: usize) -> usize {
    match ahead {
        0 => 0,
        1..=4 => 1,
        5..=14 => 2,
        _ => 3,
    }
}

/// One site.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct State {
    pub date: Option<Date>,
    /// When the business day began.
    pub start: Timestamp,
    /// 0 = Monday.
    pub weekday: u8,
    pub services: Vec<Service>,
    pub counters: Vec<Counter>,
    /// Calls and issues of the day at the whole site.
    pub calls: Vec<Open>,
    pub issues: Vec<Open>,
    /// Waits of the site's last calls, newest last, seconds.
    pub waits: VecDeque<f32>,
    /// How long each class waited of late, seconds.
    pub class_waits: [VecDeque<f32>; CLASSES],
    /// Last call of each class: when, and how long it had waited.
    pub class_last: [Option<(Open, f32)>; CLASSES],
    /// By how much a class goes before one of the class `normal`, learned, seconds.
    pub head_start: [f32; CLASSES],
    /// Last call: when, and its wait counted with the head start.
    pub last_effective: Option<(Open, f32)>,
    pub sharing: super::sharing::Sharing,
    /// Service times of the site, newest last, seconds.
    pub service_times: VecDeque<f32>,
    /// How far the upper bound is moved, in logarithms, by band of people ahead.
    pub widen: [f32; BANDS],
    /// Share of promises missed of late, by band.
    pub late_misses: [f32; BANDS],
    pub accuracy: super::Accuracy,
    /// Promises that were judged today, and on the business day before.
    pub judged: [Vec<super::Judged>; 2],
}

/// One service.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Service {
    /// Who waits, first come first.
    pub line: Vec<Waiting>,
    /// Calls and issues of the day.
    pub calls: Vec<Open>,
    pub issues: Vec<Open>,
    pub left: u32,
    /// Waits of the day's last calls, newest last, seconds.
    pub waits: VecDeque<f32>,
    /// Counters that serve it, as told: when it was told, how many.
    pub staffing: VecDeque<(Open, u16)>,
    /// Logarithms of wait over expectation of the last calls of the day.
    pub errors: VecDeque<(Open, f32)>,
    /// Since when the line has not been empty, and since the last call of it.
    pub busy_from: Option<Open>,
    /// The same for the services that share counters with it.
    pub group_from: Option<Open>,
    /// Today's pace, fading: busy seconds, calls, busy counter-seconds.
    pub pace: [f32; 3],
    /// The same of the services that share counters with it: busy seconds, calls.
    pub group_pace: [f32; 2],
    /// Service times, newest last, seconds; and ascending.
    pub times: VecDeque<u32>,
    pub sorted_times: Vec<u32>,
    pub promise: Promise,
    pub learned: Learned,
}

/// Who waits.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Waiting {
    pub ticket: TicketNumber,
    pub since: Open,
    pub order: u32,
    pub class: u8,
    /// Expected when it came, seconds; for learning from the error.
    pub expected: f32,
    /// The range that was promised, open milliseconds after `since`.
    pub promised: Option<super::Range>,
    /// What its wait is learned with.
    pub past: Past,
    pub ahead: u16,
}

/// One counter.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Counter {
    pub open: bool,
    /// Since when it serves, and for which service.
    pub busy: Option<(Open, ServiceIx)>,
    /// Since when it has nobody.
    pub idle_from: Option<Open>,
}

impl State {
    pub fn service(&mut self, ix: ServiceIx) -> &mut Service {
        let ix = usize::from(ix);
        if self.services.len() <= ix {
            self.services.resize_with(ix + 1, Service::default);
        }
        &mut self.services[ix]
    }

    pub fn counter(&mut self, ix: CounterIx) -> &mut Counter {
        let ix = usize::from(ix);
        if self.counters.len() <= ix {
            self.counters.resize(ix + 1, Counter::default());
        }
        &mut self.counters[ix]
    }

    /// When a ticket would have come without its head start.
    pub fn effective(&self, since: Open, class: u8) -> Open {
        let ahead = self.head_start.get(usize::from(class)).copied().unwrap_or(0.0);
        since.saturating_sub((ahead * 1_000.0) as Open)
    }

    /// A business day begins at `start`, `length` open milliseconds after the one before did.
    pub fn start_day(&mut self, date: Date, start: Timestamp, length: Open) {
        self.start = start;
        if self.date.is_some() {
            let weekday = self.weekday;
            self.services.iter_mut().for_each(|service| service.end_day(weekday, length));
        }
        self.date = Some(date);
        // 1970-01-01 was a Thursday.
        self.weekday = (date + 3).rem_euclid(7) as u8;
        self.calls.clear();
        self.issues.clear();
        self.waits.clear();
        self.last_effective = None;
        self.class_last = Default::default();
        self.sharing.start_day();
        self.counters.iter_mut().for_each(|counter| {
            counter.idle_from = None;
            counter.busy = None;
        });
        self.accuracy.start_day();
        self.judged[1] = std::mem::take(&mut self.judged[0]);
    }
}

impl State {
    /// Bytes it takes, about.
    pub fn size_bytes(&self) -> usize {
        let lists = (self.calls.capacity() + self.issues.capacity()) * size_of::<Open>();
        let services = self.services.iter().map(Service::size_bytes).sum::<usize>();
        let judged = self.judged.iter().map(Vec::capacity).sum::<usize>() * size_of::<super::Judged>();
        size_of::<Self>() + lists + judged + services + self.counters.capacity() * size_of::<Counter>()
    }
}

impl Service {
    fn size_bytes(&self) -> usize {
        let lists = self.calls.capacity() + self.issues.capacity() + self.times.capacity() * 2;
        let learned = self.learned.past.capacity() * size_of::<Past>()
            + self.learned.sequences.iter().map(|(_, calls)| 32 + calls.len() * 2).sum::<usize>();
        size_of::<Self>() + lists * 4 + self.line.capacity() * size_of::<Waiting>() + learned
    }

    fn end_day(&mut self, weekday: u8, length: Open) {
        if !self.issues.is_empty() || !self.calls.is_empty() {
            self.learned.end_day(weekday, &self.calls, &self.issues);
        }
        self.calls.clear();
        self.issues.clear();
        self.waits.clear();
        self.errors.clear();
        self.staffing.clear();
        self.left = 0;
        self.pace = Default::default();
        self.group_pace = Default::default();
        (self.busy_from, self.group_from) = (None, None);
        self.promise = Promise::default();
        for waiting in &mut self.line {
            waiting.since = waiting.since.saturating_sub(length);
        }
    }

    /// How many counters serve it, if that was told within the last half hour of opening.
    pub fn told_open(&self, now: Open) -> Option<u16> {
        self.staffing.back().filter(|(at, _)| now - at < 1_800_000).map(|(_, open)| *open)
    }

    /// Counters that served it on average over the last `ms`, by what was told.
    pub fn mean_open(&self, now: Open, ms: Open) -> Option<f32> {
        let from = now - ms;
        let (mut sum, mut length) = (0.0, 0.0);
        let mut until = now;
        for (at, open) in self.staffing.iter().rev() {
            let part = (until - (*at).max(from)).max(0) as f32;
            sum += part * f32::from(*open);
            length += part;
            until = *at;
            if *at <= from {
                break;
            }
        }
        if length > 0.0 { Some(sum / length) } else { self.staffing.back().map(|(_, open)| f32::from(*open)) }
    }

    pub fn note_staffing(&mut self, at: Open, open: u16) {
        self.staffing.push_back((at, open));
        // One before the last hour says what held at its beginning.
        while self.staffing.get(1).is_some_and(|(second, _)| *second < at - 3_600_000) {
            self.staffing.pop_front();
        }
        self.learned.staffing(at, open);
    }

    pub fn note_service_time(&mut self, seconds: u32) {
        const KEPT: usize = 128;
        if self.times.len() == KEPT
            && let Some(oldest) = self.times.pop_front()
            && let Ok(place) = self.sorted_times.binary_search(&oldest)
        {
            self.sorted_times.remove(place);
        }
        self.times.push_back(seconds);
        let place = self.sorted_times.partition_point(|other| *other < seconds);
        self.sorted_times.insert(place, seconds);
    }
}

/// Keeps the last `most`.
pub(super) fn keep<T>(list: &mut VecDeque<T>, item: T, most: usize) {
    if list.len() == most {
        list.pop_front();
    }
    list.push_back(item);
}

/// How many instants of an ascending list lie after `from`.
pub(super) fn after(list: &[Open], from: Open) -> usize {
    list.len() - list.partition_point(|at| *at <= from)
}
