//! The figures of contract section 5, computed from the fold's lists.

use std::collections::BTreeMap;

use super::fold::{Counter, Service};
use super::instant::day_text;
use super::{Instant, Site};

/// The window of the figures: `(as_of − 900 s, as_of]`.
pub const WINDOW_MS: i64 = 900_000;

/// One site at its `as_of`.
#[derive(Debug, Clone, PartialEq)]
pub struct SiteFigures {
    /// The time of its last event.
    pub as_of: Instant,
    /// `YYYY-MM-DD` of the office's clock.
    pub business_day: String,
    /// Every event so far.
    pub events: u64,
    /// Of these, those for a number that its day never issued.
    pub unmatched: u64,
    /// By service.
    pub services: BTreeMap<String, ServiceFigures>,
    /// By counter.
    pub counters: BTreeMap<String, CounterFigures>,
    /// Of the business day.
    pub ratings: RatingFigures,
}

/// The ratings of a business day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RatingFigures {
    /// Tickets that were rated.
    pub n: u64,
    /// Of these, by the level of the last press.
    pub by_level: BTreeMap<&'static str, u64>,
    /// Presses that name no ticket of the day.
    pub unbound: u64,
}

/// One service; times in ms, `None` is `null`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are the contract's, section 5")]
pub struct ServiceFigures {
    pub waiting: u64,
    pub longest_wait_ms: Option<i64>,
    pub next: Vec<String>,
    pub called: u64,
    pub wait_mean_ms: Option<i64>,
    pub wait_p50_ms: Option<i64>,
    pub wait_p90_ms: Option<i64>,
    pub arrivals: u64,
    pub abandoned: u64,
    pub open_counters: Option<u64>,
}

/// One counter; times in ms, `None` is `null`.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "the fields are the contract's, section 5")]
pub struct CounterFigures {
    pub status: &'static str,
    pub ticket: Option<String>,
    pub served: u64,
    pub service_mean_ms: Option<i64>,
    pub utilisation: Option<f64>,
}

impl Site {
    /// The figures at the site's `as_of`, the time of its last event.
    #[must_use]
    pub fn figures(&self) -> SiteFigures {
        let now = self.as_of.ms;
        let services = self.services.iter().map(|(id, service)| (id.clone(), service.figures(now))).collect();
        let counters = self.counters.iter().map(|(id, counter)| (id.clone(), counter.figures(now))).collect();
        SiteFigures {
            as_of: self.as_of,
            business_day: day_text(self.as_of.day()),
            events: self.events,
            unmatched: self.unmatched,
            services,
            counters,
            ratings: self.ratings(),
        }
    }
}

impl Site {
    fn ratings(&self) -> RatingFigures {
        let mut by_level = BTreeMap::new();
        self.rated.values().for_each(|level| *by_level.entry(*level).or_default() += 1);
        RatingFigures { n: self.rated.len() as u64, by_level, unbound: self.unbound }
    }
}

impl Service {
    fn figures(&self, now: i64) -> ServiceFigures {
        let inside = |at: &&i64| **at > now - WINDOW_MS && **at <= now;
        let count = |times: &[i64]| times.iter().filter(inside).count() as u64;
        let mut waits: Vec<i64> =
            self.ended_waits.iter().filter(|(end, _)| inside(&end)).map(|(_, wait)| *wait).collect();
        waits.sort_unstable();
        ServiceFigures {
            waiting: self.waiting.len() as u64,
            longest_wait_ms: self.waiting.iter().map(|(_, since)| now - since).max(),
            next: self.waiting.iter().take(3).map(|(number, _)| number.clone()).collect(),
            called: waits.len() as u64,
            wait_mean_ms: mean(&waits),
            wait_p50_ms: nearest_rank(&waits, 1, 2),
            wait_p90_ms: nearest_rank(&waits, 9, 10),
            arrivals: count(&self.issued),
            abandoned: count(&self.abandoned),
            open_counters: self.staffing,
        }
    }
}

impl Counter {
    fn figures(&self, now: i64) -> CounterFigures {
        let with_present = |past: &[(i64, i64)], since: Option<i64>| {
            let mut all = past.to_vec();
            all.extend(since.map(|since| (since, now)));
            all
        };
        let busy = with_present(&self.busy, self.busy_since);
        let mut open = with_present(&self.open, self.open_since);
        open.extend(&busy);
        let (busy_ms, open_ms) = (covered(busy, now), covered(open, now));
        CounterFigures {
            status: if self.open_since.is_some() { "open" } else { "closed" },
            ticket: self.ticket.clone(),
            served: self.served.len() as u64,
            service_mean_ms: mean(&self.served),
            utilisation: (open_ms > 0).then(|| busy_ms as f64 / open_ms as f64),
        }
    }
}

/// How much of the window the intervals cover; what overlaps counts once.
fn covered(mut intervals: Vec<(i64, i64)>, now: i64) -> i64 {
    intervals.sort_unstable();
    let mut reached = now - WINDOW_MS;
    let mut covered = 0;
    for (from, to) in intervals {
        let (from, to) = (from.max(reached), to.min(now));
        if to > from {
            covered += to - from;
            reached = to;
        }
    }
    covered
}

/// Rounded half up to a millisecond.
fn mean(values: &[i64]) -> Option<i64> {
    let n = values.len() as i64;
    (n > 0).then(|| (2 * values.iter().sum::<i64>() + n).div_euclid(2 * n))
}

/// The ceil(q·n)-th smallest, q = `over / under`.
fn nearest_rank(sorted: &[i64], over: usize, under: usize) -> Option<i64> {
    let rank = (sorted.len() * over).div_ceil(under);
    sorted.get(rank.checked_sub(1)?).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_and_means_on_paper() {
        assert_eq!(nearest_rank(&[], 1, 2), None);
        assert_eq!([nearest_rank(&[7], 1, 2), nearest_rank(&[7], 9, 10)], [Some(7), Some(7)]);
        let ten: Vec<i64> = (1..=10).collect();
        assert_eq!([nearest_rank(&ten, 1, 2), nearest_rank(&ten, 9, 10)], [Some(5), Some(9)]);
        let eleven: Vec<i64> = (1..=11).collect();
        assert_eq!([nearest_rank(&eleven, 1, 2), nearest_rank(&eleven, 9, 10)], [Some(6), Some(10)]);
        assert_eq!([mean(&[]), mean(&[1, 2]), mean(&[1, 1, 2]), mean(&[1, 2, 2])], [None, Some(2), Some(1), Some(2)]);
    }

    #[test]
    fn what_overlaps_counts_once_and_the_window_cuts() {
        let now = 10 * WINDOW_MS;
        assert_eq!(covered(vec![], now), 0);
        assert_eq!(covered(vec![(0, now)], now), WINDOW_MS);
        assert_eq!(covered(vec![(now - 10, now), (now - 20, now - 5), (now - 8, now - 6)], now), 20);
        assert_eq!(covered(vec![(now - WINDOW_MS - 5, now - WINDOW_MS + 5), (now - 3, now + 9)], now), 8);
    }
}
