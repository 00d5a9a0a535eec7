//! What the same history looks like to the simple predictors of a wait, each with what it knows when
//! the ticket is taken and nothing later. They are what most products do, and what the literature
//! measures against (Ibrahim & Whitt, "Real-time delay estimation based on delay history",
//! Manufacturing & Service Operations Management 11, 2009).
//!
//! None of them has an upper end of its own. It is given the fairest simple one: the middle, moved by
//! what nine in ten of its last misses stayed below, with as many people ahead.

use std::collections::{BTreeMap, VecDeque};

use domain::event::Body;
use domain::{ServiceId, SiteId, TicketNumber, Timestamp};

use super::{History, Prediction};

/// People ahead times the smoothed time between two calls; the wait so far of the one who stands
/// first in line; the wait of the one who was called last.
pub const RIVALS: [&str; 3] = ["people_ahead_times_service_time", "head_of_line", "last_to_enter_service"];

/// How much the newest time between two calls counts.
const SMOOTHING: f64 = 0.1;
/// Before the first two calls of a service: a guess of five minutes, seconds.
const FIRST_SERVICE_S: f64 = 300.0;
/// Misses that are remembered of each rival and band.
const MISSES: usize = 500;
/// The first half hour of a site's day, from its first ticket.
const MORNING_MS: i64 = 30 * 60_000;

/// What is asked about a ticket, and what came of it.
#[derive(Debug, Clone, Copy)]
pub struct Case {
    /// Who stood in line for the same service when it was taken.
    pub ahead: usize,
    /// It was taken in the first half hour of the site's day.
    pub early: bool,
    /// The calendar day where it was taken, days since 1970-01-01.
    pub day: i32,
    /// Until the call, seconds; `None` when it was never called.
    pub wait_s: Option<f64>,
    /// In the order of [`RIVALS`].
    pub rivals: [Prediction; 3],
}

/// The band of a number of people ahead: nobody, 1 to 4, 5 to 14, 15 and more.
pub const fn band(ahead: usize) -> usize {
    match ahead {
        0 => 0,
        1..=4 => 1,
        5..=14 => 2,
        _ => 3,
    }
}

/// One service's line.
#[derive(Default)]
struct Line {
    /// In order of issue.
    waiting: BTreeMap<usize, Timestamp>,
    /// The last call, where somebody was left in line.
    busy_since: Option<Timestamp>,
    service_s: Option<f64>,
    last_wait_s: f64,
    day: i32,
}

/// The last misses of each rival by band, seconds: below zero where it was quicker than said.
#[derive(Default)]
struct Misses([[VecDeque<f64>; 4]; 3]);

/// The cases of a history, ticket by ticket.
pub fn cases(history: &History) -> Vec<Case> {
    let visits = history.visits();
    let mut lines: BTreeMap<(SiteId, ServiceId), Line> = BTreeMap::new();
    let mut mornings: BTreeMap<(SiteId, i32), Timestamp> = BTreeMap::new();
    let mut misses = Misses::default();
    let mut cases: Vec<Case> = Vec::with_capacity(visits.len());
    for event in history.events() {
        let Some((ticket, step)) = step(&event.body) else { continue };
        let visit = &visits[ticket];
        let line = lines.entry((visit.site, visit.service)).or_default();
        match step {
            Step::Issued => {
                let local_ms = event.at.ms() + i64::from(visit.offset_s) * 1_000;
                let day = local_ms.div_euclid(86_400_000) as i32;
                let morning = *mornings.entry((visit.site, day)).or_insert(event.at);
                line.day_is(day);
                let ahead = line.waiting.len();
                let middles = line.middles(event.at);
                cases.push(Case {
                    ahead,
                    early: event.at.since(morning) < MORNING_MS,
                    day,
                    wait_s: visit.called.map(|call| seconds_between(visit.issued, call.at)),
                    rivals: std::array::from_fn(|rival| misses.range(rival, band(ahead), middles[rival])),
                });
                line.waiting.insert(ticket, event.at);
            }
            Step::Called => {
                line.called(ticket, event.at);
                if let Some(case) = cases.get(ticket) {
                    misses.learn(case);
                }
            }
            Step::Ended => drop(line.waiting.remove(&ticket)),
        }
    }
    cases
}

enum Step {
    Issued,
    Called,
    Ended,
}

fn step(body: &Body) -> Option<(usize, Step)> {
    let (ticket, step) = match body {
        Body::TicketIssued { ticket, .. } => (ticket, Step::Issued),
        Body::TicketCalled { ticket, .. } => (ticket, Step::Called),
        Body::TicketFinished { ticket, .. }
        | Body::TicketCancelled { ticket, .. }
        | Body::TicketNoShow { ticket, .. } => (ticket, Step::Ended),
        _ => return None,
    };
    Some((place(ticket)?, step))
}

/// Tickets of a history are numbered by their place in it.
fn place(ticket: &TicketNumber) -> Option<usize> {
    ticket.as_str().parse::<usize>().ok()?.checked_sub(1)
}

fn seconds_between(from: Timestamp, to: Timestamp) -> f64 {
    to.since(from).max(0) as f64 / 1_000.0
}

impl Line {
    /// What each rival says, seconds.
    fn middles(&self, at: Timestamp) -> [f64; 3] {
        let each_s = self.service_s.unwrap_or(FIRST_SERVICE_S);
        let first = self.waiting.values().next();
        [self.waiting.len() as f64 * each_s, first.map_or(0.0, |since| seconds_between(*since, at)), self.last_wait_s]
    }

    /// Nobody stays in line over night, whether it was told or not.
    fn day_is(&mut self, day: i32) {
        if std::mem::replace(&mut self.day, day) != day {
            self.waiting.clear();
            self.busy_since = None;
        }
    }

    fn called(&mut self, ticket: usize, at: Timestamp) {
        let Some(since) = self.waiting.remove(&ticket) else { return };
        self.last_wait_s = seconds_between(since, at);
        if let Some(busy) = self.busy_since {
            let took_s = seconds_between(busy, at);
            self.service_s = Some(self.service_s.map_or(took_s, |kept| kept + SMOOTHING * (took_s - kept)));
        }
        self.busy_since = (!self.waiting.is_empty()).then_some(at);
    }
}

impl Misses {
    fn range(&self, rival: usize, band: usize, middle_s: f64) -> Prediction {
        let misses = &self.0[rival][band];
        let mut sorted: Vec<f64> = misses.iter().copied().collect();
        let high_s = match (misses.len() * 9).div_ceil(10).checked_sub(1) {
            None => middle_s * 2.0,
            Some(rank) => middle_s + *sorted.select_nth_unstable_by(rank, f64::total_cmp).1,
        };
        let ms = |seconds: f64| (seconds.max(0.0) * 1_000.0).round() as u32;
        Prediction { p50_ms: ms(middle_s), p90_ms: ms(high_s.max(middle_s)) }
    }

    fn learn(&mut self, case: &Case) {
        let Some(wait_s) = case.wait_s else { return };
        for (misses, said) in self.0.iter_mut().zip(&case.rivals) {
            let misses = &mut misses[band(case.ahead)];
            if misses.len() == MISSES {
                misses.pop_front();
            }
            misses.push_back(wait_s - f64::from(said.p50_ms) / 1_000.0);
        }
    }
}
