//! Load: how busy a counter was inside the window, and what it did on the business day.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::facts::{Change, Date, Fact, Span};
use crate::{Seconds, Timestamp};

/// One counter's stretches and totals.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct CounterLoad {
    busy: Stretches,
    open: Stretches,
    /// At most the present business day and the one before.
    days: Vec<Day>,
}

/// Closed stretches inside the window, oldest first, and the one that still lasts.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Stretches {
    closed: VecDeque<(Timestamp, Timestamp)>,
    lasting: Option<Timestamp>,
    floor: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Day {
    date: Date,
    served: u32,
    /// Of these, with a known service time.
    timed: u32,
    service_ms: i64,
    rated: u32,
    satisfied: u32,
}

/// The figures of one counter at one instant.
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(missing_docs, reason = "the fields are those of the board's counters")]
pub struct LoadFigures {
    pub served: u32,
    pub service_mean_s: Option<Seconds>,
    /// Busy / open inside the window; `None` when not open in it.
    pub utilisation: Option<f64>,
    pub rated: u32,
    pub satisfied: u32,
}

impl CounterLoad {
    /// Takes one change of this counter in; others are ignored.
    pub fn apply(&mut self, change: &Change) {
        let holds = change.holds;
        match change.fact {
            Fact::BusyBegan(span) => self.busy.lasting = holds.then_some(span.from),
            Fact::BusyEnded(span) => self.busy.end(span, holds),
            Fact::OpenBegan(span) => self.open.lasting = holds.then_some(span.from),
            Fact::OpenEnded(span) => self.open.end(span, holds),
            Fact::Served { date, service_ms, .. } => {
                let sign = if holds { 1 } else { -1 };
                let day = self.day(date);
                day.served = day.served.saturating_add_signed(sign);
                if let Some(ms) = service_ms {
                    day.timed = day.timed.saturating_add_signed(sign);
                    day.service_ms += ms * i64::from(sign);
                }
            }
            Fact::Rated { date, level, .. } => {
                let sign = if holds { 1 } else { -1 };
                let day = self.day(date);
                day.rated = day.rated.saturating_add_signed(sign);
                if level.satisfied() {
                    day.satisfied = day.satisfied.saturating_add_signed(sign);
                }
            }
            // Lines and the like are not a counter's.
            _ => {}
        }
    }

    fn day(&mut self, date: Date) -> &mut Day {
        let place = self.days.partition_point(|day| day.date < date);
        if self.days.get(place).is_none_or(|day| day.date != date) {
            let day = Day { date, served: 0, timed: 0, service_ms: 0, rated: 0, satisfied: 0 };
            self.days.insert(place, day);
        }
        &mut self.days[place]
    }

    /// Lets go of what left the window `(as_of − window_ms, as_of]`, and of days before `keep`.
    pub fn advance(&mut self, as_of: Timestamp, window_ms: i64, keep: Date) {
        let floor = as_of.plus(-window_ms);
        self.busy.advance(floor);
        self.open.advance(floor);
        self.days.retain(|day| day.date >= keep);
    }

    /// When the figures stop changing with every instant: never while the counter is open, busy or
    /// has been so inside the window.
    #[must_use]
    pub fn moves(&self) -> bool {
        !(self.busy.is_empty() && self.open.is_empty())
    }

    /// The figures at `as_of` for the business day `today`.
    #[must_use]
    pub fn figures(&self, as_of: Timestamp, window_ms: i64, today: Date) -> LoadFigures {
        let window = (as_of.plus(-window_ms), as_of);
        let busy_ms = self.busy.total_ms(window);
        let open_ms = union_ms(&self.busy, &self.open, window);
        let day = self.days.iter().find(|day| day.date == today);
        LoadFigures {
            served: day.map_or(0, |day| day.served),
            service_mean_s: day.filter(|day| day.timed > 0).map(|day| {
                let n = i64::from(day.timed);
                Seconds::from_ms((day.service_ms + n / 2) / n)
            }),
            utilisation: (open_ms > 0).then(|| busy_ms as f64 / open_ms as f64),
            rated: day.map_or(0, |day| day.rated),
            satisfied: day.map_or(0, |day| day.satisfied),
        }
    }
}

impl Stretches {
    fn end(&mut self, span: Span, holds: bool) {
        self.lasting = (!holds).then_some(span.from);
        if self.floor.is_some_and(|floor| span.to <= floor) {
            return;
        }
        let stretch = (span.from, span.to);
        let place = self.closed.partition_point(|other| *other < stretch);
        if holds {
            self.closed.insert(place, stretch);
        } else if self.closed.get(place) == Some(&stretch) {
            self.closed.remove(place);
        }
    }

    fn advance(&mut self, floor: Timestamp) {
        self.floor = Some(self.floor.map_or(floor, |before| before.max(floor)));
        // They end in the order in which they begin, as good as always; one that does not stays a
        // little longer, cut to the window.
        while self.closed.pop_front_if(|(_, to)| *to <= floor).is_some() {}
    }

    fn is_empty(&self) -> bool {
        self.lasting.is_none() && self.closed.is_empty()
    }

    /// The stretches cut to the window, in order of their beginning.
    fn inside(&self, (from, to): (Timestamp, Timestamp)) -> impl Iterator<Item = (i64, i64)> + '_ {
        let lasting = self.lasting.map(|begin| (begin, to));
        self.closed.iter().copied().chain(lasting).filter_map(move |(begin, end)| {
            let (begin, end) = (begin.max(from).ms(), end.min(to).ms());
            (begin < end).then_some((begin, end))
        })
    }

    fn total_ms(&self, window: (Timestamp, Timestamp)) -> i64 {
        covered_ms(self.inside(window))
    }
}

/// Time covered by either; what both cover counts once.
fn union_ms(a: &Stretches, b: &Stretches, window: (Timestamp, Timestamp)) -> i64 {
    let (mut a, mut b) = (a.inside(window).peekable(), b.inside(window).peekable());
    covered_ms(std::iter::from_fn(|| match (a.peek(), b.peek()) {
        (Some(first), Some(other)) if other < first => b.next(),
        (Some(_), _) => a.next(),
        (None, _) => b.next(),
    }))
}

/// Time covered by stretches that come in the order of their beginning.
fn covered_ms(stretches: impl Iterator<Item = (i64, i64)>) -> i64 {
    let mut covered = 0;
    let mut reached = i64::MIN;
    for (begin, end) in stretches {
        covered += (end - begin.max(reached)).max(0);
        reached = reached.max(end);
    }
    covered
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::RatingLevel;

    const fn at(s: i64) -> Timestamp {
        Timestamp::from_ms(s * 1_000)
    }

    fn span(from: i64, to: i64) -> Span {
        Span { counter: 0, from: at(from), to: at(to) }
    }

    fn load(facts: &[Fact]) -> CounterLoad {
        let mut load = CounterLoad::default();
        facts.iter().for_each(|fact| load.apply(&Change { fact: *fact, holds: true }));
        load
    }

    fn number() -> crate::TicketNumber {
        crate::TicketNumber::new("A1").unwrap()
    }

    #[test]
    fn busy_outside_open_counts_as_open_too() {
        let load = load(&[
            Fact::OpenBegan(span(0, 0)),
            Fact::BusyBegan(span(50, 50)),
            Fact::OpenEnded(span(0, 100)),
            Fact::BusyEnded(span(50, 150)),
        ]);
        let figures = load.figures(at(200), 900_000, 0);
        assert_eq!(figures.utilisation, Some(100.0 / 150.0));
        assert_eq!(load.figures(at(200), 60_000, 0).utilisation, Some(1.0));
        assert_eq!(load.figures(at(200), 50_000, 0).utilisation, None);
    }

    #[test]
    fn what_lasts_counts_up_to_now() {
        let load = load(&[Fact::OpenBegan(span(0, 0)), Fact::BusyBegan(span(75, 75))]);
        assert_eq!(load.figures(at(100), 900_000, 0).utilisation, Some(0.25));
    }

    #[test]
    fn taken_back_facts_leave_nothing() {
        let facts = [
            Fact::BusyBegan(span(0, 0)),
            Fact::BusyEnded(span(0, 30)),
            Fact::Served { counter: 0, date: 0, service_ms: Some(30_000), ticket: number() },
            Fact::Rated { counter: Some(0), date: 0, level: RatingLevel::Satisfied, ticket: number() },
        ];
        let mut load = load(&facts);
        assert_eq!(load.figures(at(60), 900_000, 0).service_mean_s, Some(Seconds::from_ms(30_000)));
        facts.iter().rev().for_each(|fact| load.apply(&Change { fact: *fact, holds: false }));
        let none = LoadFigures { served: 0, service_mean_s: None, utilisation: None, rated: 0, satisfied: 0 };
        assert_eq!(load.figures(at(60), 900_000, 0), none);
        assert!(!load.moves());
    }
}
