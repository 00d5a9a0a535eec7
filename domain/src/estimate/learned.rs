//! What past days taught of one service. Bounded: hours, half hours, and the last 512 waits.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::state::{BANDS, Open, keep};

/// So many past waits are looked through for similar ones.
const PAST: usize = 512;
/// Days whose first and last calls are kept.
const DAYS: usize = 8;
/// Calls of a day that are kept in their order.
const SEQUENCE: usize = 512;
/// Pseudo-observations of a service nobody has seen: a service of ten minutes, as often as this.
const PRIOR: (f32, f32) = (600.0, 3.0);

/// A sum and its count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Mean {
    pub sum: f32,
    pub n: f32,
}

impl Mean {
    pub fn add(&mut self, value: f32) {
        self.sum += value;
        self.n += 1.0;
    }

    /// Older observations fade by `keep` with each new one.
    pub fn fade(&mut self, value: f32, keep: f32) {
        self.sum = self.sum * keep + value;
        self.n = self.n * keep + 1.0;
    }

    /// The mean, drawn towards `prior` as if that had been seen `weight` times.
    pub fn shrunk(&self, prior: f32, weight: f32) -> f32 {
        (self.sum + prior * weight) / (self.n + weight)
    }

    pub fn mean(&self, at_least: f32) -> f32 {
        if self.n >= at_least { self.sum / self.n } else { f32::NAN }
    }
}

/// A past ticket: what it met, and how long it waited.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Past {
    pub ahead: u16,
    /// Minutes of the day.
    pub minute: u16,
    /// Elapsed wait of the first in line, seconds.
    pub head_s: u16,
    pub open: u8,
    pub weekday: u8,
    pub wait_s: u16,
}

/// See the module.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Learned {
    /// Busy counter-seconds a call, overall and by hour of the day.
    pub spacing: Mean,
    pub spacing_by_hour: [Mean; 24],
    /// The same by how long the called had waited: who waits long, leaves.
    pub spacing_by_wait: [Mean; 6],
    /// The same of the services that share its counters.
    pub group_spacing: Mean,
    /// Waits by hour of the day, seconds.
    pub waits_by_hour: [Mean; 24],
    /// Calls and issues of a day by half hour (the first half of each hour, then the second), sums
    /// over `days`.
    pub calls_by_half: [[f32; 24]; 2],
    pub issues_by_half: [[f32; 24]; 2],
    pub open_by_half: [[Mean; 24]; 2],
    pub days: u16,
    /// First calls of past days.
    pub firsts: VecDeque<Open>,
    /// Last calls, with the weekday.
    pub lasts: VecDeque<(u8, Open)>,
    pub totals: VecDeque<u16>,
    /// The calls of past days in their order, units of two seconds, with the weekday.
    pub sequences: VecDeque<(u8, Box<[u16]>)>,
    /// Logarithm of wait over expectation.
    pub error: Mean,
    pub error_by_hour: [Mean; 24],
    /// Distance of that from its mean, by band of people ahead.
    pub spread: [Mean; BANDS],
    pub past: VecDeque<Past>,
    /// Share of tickets that left before they were called.
    pub left: Mean,
}

/// Bucket of a wait, seconds.
pub(super) fn wait_bucket(wait_s: f32) -> usize {
    [300.0, 900.0, 1_800.0, 3_600.0, 7_200.0].iter().take_while(|edge| wait_s >= **edge).count()
}

/// Half hour of an instant of the day.
pub(super) const fn half(at: Open) -> usize {
    let half = if at > 0 { at as usize / 1_800_000 } else { 0 };
    if half > 47 { 47 } else { half }
}

/// Hour of an instant of the day.
pub(super) const fn hour(at: Open) -> usize {
    half(at) / 2
}

impl Learned {
    /// Calls that were ever seen.
    pub fn seen(&self) -> f32 {
        self.waits_by_hour.iter().map(|mean| mean.n).sum()
    }

    pub fn spacing(&self) -> f32 {
        self.spacing.shrunk(PRIOR.0, PRIOR.1)
    }

    pub fn spacing_at(&self, at: Open) -> f32 {
        self.spacing_by_hour[hour(at)].shrunk(self.spacing(), 5.0)
    }

    pub fn spacing_after(&self, wait_s: f32) -> f32 {
        let all = self.spacing_by_wait.iter().fold((600.0, 1.0), |(sum, n), mean| (sum + mean.sum, n + mean.n));
        self.spacing_by_wait[wait_bucket(wait_s)].shrunk(all.0 / all.1, 4.0)
    }

    pub fn mean_wait(&self) -> f32 {
        let all = self.waits_by_hour.iter().fold((0.0, 0.0), |(sum, n), mean| (sum + mean.sum, n + mean.n));
        if all.1 > 4.0 { all.0 / all.1 } else { f32::NAN }
    }

    pub fn error(&self) -> f32 {
        self.error.shrunk(0.0, 3.0)
    }

    /// Mean distance of a wait's logarithm from what is expected. A long line averages the services
    /// before one, a short one does not.
    pub fn spread(&self, band: usize) -> f32 {
        const PRIOR: [f32; BANDS] = [0.6, 0.45, 0.3, 0.25];
        self.spread[band].shrunk(PRIOR[band], 8.0)
    }

    pub fn error_at(&self, at: Open) -> f32 {
        self.error_by_hour[hour(at)].shrunk(self.error(), 3.0)
    }

    /// Calls of a usual day in a half hour.
    pub fn usual_calls(&self, half: usize) -> f32 {
        if self.days == 0 { f32::NAN } else { self.calls_by_half[half % 2][(half / 2).min(23)] / f32::from(self.days) }
    }

    pub fn usual_issues(&self, half: usize) -> f32 {
        if self.days == 0 { f32::NAN } else { self.issues_by_half[half % 2][(half / 2).min(23)] / f32::from(self.days) }
    }

    pub fn usual_open(&self, half: usize) -> f32 {
        self.open_by_half[half % 2][(half / 2).min(23)].mean(1.0)
    }

    /// Median of the first calls of the last five days.
    pub fn first_call(&self) -> Option<Open> {
        let mut firsts: Vec<Open> = self.firsts.iter().rev().take(5).copied().collect();
        firsts.sort_unstable();
        let middle = firsts.len().checked_sub(1)? / 2;
        Some(if firsts.len() % 2 == 1 { firsts[middle] } else { (firsts[middle] + firsts[middle + 1]) / 2 })
    }

    /// Mean last call, days of the same weekday three times.
    pub fn last_call(&self, weekday: u8) -> Option<f32> {
        let weights = self.lasts.iter().map(|(day, at)| (if *day == weekday { 3.0 } else { 1.0 }, *at as f32));
        let (sum, n) = weights.fold((0.0, 0.0), |(sum, n), (weight, at)| (sum + weight * at, n + weight));
        (n > 0.0).then(|| sum / n)
    }

    /// When the call number `place` (from 0) of the day is made, and how long after the call number
    /// `done` that is: means over past days that had as many, days of the same weekday three times;
    /// seconds, NaN without one.
    pub fn usual_call(&self, weekday: u8, place: usize, done: usize) -> (f32, f32) {
        let (mut at, mut gap, mut n) = (0.0, 0.0, 0.0);
        for (day, calls) in &self.sequences {
            let Some(call) = calls.get(place) else { continue };
            let weight = if *day == weekday { 3.0 } else { 1.0 };
            let from = calls[done.saturating_sub(1).min(place)];
            at += weight * f32::from(*call) * 2.0;
            gap += weight * f32::from(call.saturating_sub(from)) * 2.0;
            n += weight;
        }
        if n > 0.0 { (at / n, gap / n) } else { (f32::NAN, f32::NAN) }
    }

    pub fn staffing(&mut self, at: Open, open: u16) {
        self.open_by_half[half(at) % 2][hour(at)].fade(f32::from(open), 0.995);
    }

    pub fn remember(&mut self, past: Past) {
        keep(&mut self.past, past, PAST);
    }

    pub fn end_day(&mut self, weekday: u8, calls: &[Open], issues: &[Open]) {
        // Weeks fade: a habit of last month still counts, one of last year does not.
        const FADE: f32 = 0.97;
        if self.days >= 30 {
            self.calls_by_half.iter_mut().chain(&mut self.issues_by_half).flatten().for_each(|sum| *sum *= FADE);
            self.days = 29;
        }
        self.days += 1;
        calls.iter().for_each(|at| self.calls_by_half[half(*at) % 2][hour(*at)] += 1.0);
        issues.iter().for_each(|at| self.issues_by_half[half(*at) % 2][hour(*at)] += 1.0);
        if let (Some(first), Some(last)) = (calls.first(), calls.last()) {
            keep(&mut self.firsts, *first, DAYS);
            keep(&mut self.lasts, (weekday, *last), DAYS);
            let sequence = calls.iter().take(SEQUENCE).map(|at| (*at / 2_000).clamp(0, 65_535) as u16);
            keep(&mut self.sequences, (weekday, sequence.collect()), DAYS);
            keep(&mut self.totals, calls.len().min(usize::from(u16::MAX)) as u16, 5);
        }
        // What was learned of pace fades over months.
        const MONTH: f32 = 0.98;
        for mean in self.spacing_by_hour.iter_mut().chain([&mut self.spacing, &mut self.group_spacing]) {
            if mean.n > 200.0 {
                mean.sum *= MONTH;
                mean.n *= MONTH;
            }
        }
    }
}
