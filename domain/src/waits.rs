//! Lines and waits: who waits for a service, and how long those waited who were called inside the
//! window. Exact: percentiles are nearest rank over every wait of the window.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::facts::{Change, Fact, InLine};
use crate::{Seconds, TicketNumber, Timestamp};

/// How many of the next numbers a board names.
pub const NEXT: usize = 3;

/// One service's line and window.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct ServiceWaits {
    /// Oldest wait first; ties in the order of the fold.
    line: VecDeque<InLine>,
    /// Waits that ended with a call, by the time of the call.
    called: VecDeque<(Timestamp, u32)>,
    /// The same waits, ascending.
    sorted: Vec<u32>,
    sum_ms: u64,
    arrivals: VecDeque<Timestamp>,
    abandoned: VecDeque<Timestamp>,
    staffing: Option<u32>,
    /// Nothing at or before this instant is counted any more.
    floor: Option<Timestamp>,
}

/// The figures of one service at one instant.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are those of the board's services")]
pub struct WaitFigures {
    pub waiting: u32,
    pub longest_wait_s: Option<Seconds>,
    pub next: Vec<TicketNumber>,
    pub called: u32,
    pub wait_mean_s: Option<Seconds>,
    pub wait_p50_s: Option<Seconds>,
    pub wait_p90_s: Option<Seconds>,
    pub arrivals: u32,
    pub abandoned: u32,
    pub staffing: Option<u32>,
}

impl ServiceWaits {
    /// Takes one change of this service in; others are ignored.
    pub fn apply(&mut self, change: &Change) {
        let holds = change.holds;
        match change.fact {
            Fact::Arrived { at, .. } => self.mark(at, holds, |waits| &mut waits.arrivals),
            Fact::Abandoned { at, .. } => self.mark(at, holds, |waits| &mut waits.abandoned),
            Fact::WaitBegan(line) => self.stand(line, holds),
            Fact::WaitEnded { line, at, called, .. } => {
                self.stand(line, !holds);
                if called {
                    self.count(at, wait_ms(&line, at), holds);
                }
            }
            Fact::Staffing { before, open_counters, .. } => {
                self.staffing = if holds { Some(open_counters) } else { before };
            }
            // Counters, ratings and the like are not a line's.
            _ => {}
        }
    }

    fn counts(&self, at: Timestamp) -> bool {
        self.floor.is_none_or(|floor| at > floor)
    }

    fn mark(&mut self, at: Timestamp, holds: bool, of: fn(&mut Self) -> &mut VecDeque<Timestamp>) {
        if !self.counts(at) {
            return;
        }
        let times = of(self);
        let place = times.partition_point(|other| *other <= at);
        if holds {
            times.insert(place, at);
        } else if place > 0 && times[place - 1] == at {
            times.remove(place - 1);
        }
    }

    fn stand(&mut self, line: InLine, stands: bool) {
        let key = |line: &InLine| (line.since, line.order);
        let place = self.line.partition_point(|other| key(other) < key(&line));
        if stands {
            self.line.insert(place, line);
        } else if self.line.get(place) == Some(&line) {
            self.line.remove(place);
        }
    }

    fn count(&mut self, at: Timestamp, wait_ms: u32, holds: bool) {
        if !self.counts(at) {
            return;
        }
        let place = self.called.partition_point(|entry| *entry < (at, wait_ms));
        let rank = self.sorted.partition_point(|other| *other < wait_ms);
        if holds {
            self.called.insert(place, (at, wait_ms));
            self.sorted.insert(rank, wait_ms);
            self.sum_ms += u64::from(wait_ms);
        } else if self.called.get(place) == Some(&(at, wait_ms)) {
            self.called.remove(place);
            self.sorted.remove(rank);
            self.sum_ms -= u64::from(wait_ms);
        }
    }

    /// Who waits, the longest wait first.
    pub fn line(&self) -> impl Iterator<Item = &InLine> {
        self.line.iter()
    }

    /// How many counters serve it, as a staffing system said last.
    #[must_use]
    pub const fn staffing(&self) -> Option<u32> {
        self.staffing
    }

    /// Lets go of what left the window `(as_of − window_ms, as_of]`. Instants only go forward.
    pub fn advance(&mut self, as_of: Timestamp, window_ms: i64) {
        let floor = as_of.plus(-window_ms);
        if self.floor.is_some_and(|before| before >= floor) {
            return;
        }
        self.floor = Some(floor);
        while let Some((_, wait_ms)) = self.called.pop_front_if(|(at, _)| *at <= floor) {
            let rank = self.sorted.partition_point(|other| *other < wait_ms);
            self.sorted.remove(rank);
            self.sum_ms -= u64::from(wait_ms);
        }
        while self.arrivals.pop_front_if(|at| *at <= floor).is_some() {}
        while self.abandoned.pop_front_if(|at| *at <= floor).is_some() {}
    }

    /// When the figures next change by time alone, `longest_wait_s` aside: the first edge of the
    /// window.
    #[must_use]
    pub fn next_edge(&self, window_ms: i64) -> Option<Timestamp> {
        let called = self.called.front().map(|(at, _)| *at);
        let firsts = [called, self.arrivals.front().copied(), self.abandoned.front().copied()];
        firsts.into_iter().flatten().min().map(|at| at.plus(window_ms))
    }

    /// Whether somebody waits: then the figures change with every instant.
    #[must_use]
    pub fn somebody_waits(&self) -> bool {
        !self.line.is_empty()
    }

    /// The figures at `as_of`; [`Self::advance`] has been called with the same instant.
    #[must_use]
    pub fn figures(&self, as_of: Timestamp) -> WaitFigures {
        let n = self.sorted.len() as u64;
        let mean = (n > 0).then(|| (self.sum_ms + n / 2) / n);
        WaitFigures {
            waiting: self.line.len() as u32,
            longest_wait_s: self.line.front().map(|first| Seconds::from_ms(as_of.since(first.since).max(0))),
            next: self.line.iter().take(NEXT).map(|line| line.ticket).collect(),
            called: n as u32,
            wait_mean_s: mean.map(|ms| Seconds::from_ms(ms as i64)),
            wait_p50_s: nearest_rank(&self.sorted, 50).map(|ms| Seconds::from_ms(i64::from(ms))),
            wait_p90_s: nearest_rank(&self.sorted, 90).map(|ms| Seconds::from_ms(i64::from(ms))),
            arrivals: self.arrivals.len() as u32,
            abandoned: self.abandoned.len() as u32,
            staffing: self.staffing,
        }
    }
}

/// A wait is never negative and never longer than 49 days.
fn wait_ms(line: &InLine, at: Timestamp) -> u32 {
    u32::try_from(at.since(line.since).max(0)).unwrap_or(u32::MAX)
}

/// The nearest-rank percentile: the ⌈q·n⌉-th smallest (Hyndman & Fan, "Sample Quantiles in
/// Statistical Packages", 1996, definition 1). `None` of nothing. `percent` is 1..=100.
#[must_use]
pub fn nearest_rank(sorted: &[u32], percent: usize) -> Option<u32> {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.checked_sub(1)?).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Priority;

    const fn at(s: i64) -> Timestamp {
        Timestamp::from_ms(s * 1_000)
    }

    fn line(number: &str, since: i64, order: u32) -> InLine {
        InLine {
            service: 0,
            ticket: TicketNumber::new(number).unwrap(),
            since: at(since),
            order,
            priority: Priority::Normal,
        }
    }

    fn holds(fact: Fact) -> Change {
        Change { fact, holds: true }
    }

    fn called(number: &str, since: i64, at_s: i64) -> Fact {
        Fact::WaitEnded { line: line(number, since, 0), at: at(at_s), called: true, counter: None }
    }

    #[test]
    fn nearest_rank_is_the_ceiling() {
        assert_eq!(nearest_rank(&[], 50), None);
        assert_eq!(nearest_rank(&[7], 90), Some(7));
        assert_eq!(nearest_rank(&[1, 2], 50), Some(1));
        assert_eq!(nearest_rank(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 90), Some(9));
        assert_eq!(nearest_rank(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], 90), Some(10));
    }

    #[test]
    fn the_window_is_open_at_its_start_and_closed_at_its_end() {
        let mut waits = ServiceWaits::default();
        for (number, since, end) in [("A1", 0, 100), ("A2", 0, 101), ("A3", 10, 1_000)] {
            waits.apply(&holds(called(number, since, end)));
        }
        assert_eq!(waits.next_edge(900_000), Some(at(1_000)));
        waits.advance(at(1_000), 900_000);
        let figures = waits.figures(at(1_000));
        assert_eq!((figures.called, figures.wait_p50_s), (2, Some(Seconds::from_ms(101_000))));
        assert_eq!(figures.wait_mean_s, Some(Seconds::from_ms(545_500)));
    }

    #[test]
    fn what_is_taken_back_never_was() {
        let mut waits = ServiceWaits::default();
        let began = Fact::WaitBegan(line("A1", 5, 0));
        let facts = [began, Fact::Arrived { service: 0, at: at(5) }, called("A1", 5, 65)];
        facts.iter().for_each(|fact| waits.apply(&holds(*fact)));
        facts.iter().rev().for_each(|fact| waits.apply(&Change { fact: *fact, holds: false }));
        waits.advance(at(70), 900_000);
        let nothing = ServiceWaits::default().figures(at(70));
        assert_eq!(waits.figures(at(70)), nothing);
        assert_eq!((nothing.longest_wait_s, nothing.wait_p90_s, nothing.called), (None, None, 0));
    }

    #[test]
    fn the_line_is_first_come_first_named() {
        let mut waits = ServiceWaits::default();
        for (number, since, order) in [("A4", 9, 4), ("A2", 5, 2), ("A1", 5, 1), ("A3", 7, 3)] {
            waits.apply(&holds(Fact::WaitBegan(line(number, since, order))));
        }
        let figures = waits.figures(at(20));
        assert_eq!(figures.next.iter().map(TicketNumber::as_str).collect::<Vec<_>>(), ["A1", "A2", "A3"]);
        assert_eq!((figures.waiting, figures.longest_wait_s), (4, Some(Seconds::from_ms(15_000))));
    }
}
