//! The values of a row from the things in it.

use domain::history::QualityCell;
use history::answer::{By, Figure, Question};

use super::super::world::{Thing, What};
use super::hours::Hour;

type Value = (Option<f64>, u64);

/// A row.
pub struct Looked<'a> {
    pub question: &'a Question,
    pub things: Vec<&'a Thing>,
    pub hours: Vec<&'a Hour>,
    /// Hours over which a line's mean is taken.
    pub line_hours: u64,
    /// Something was heard, or happened.
    pub known: bool,
}

fn nearest(of: &[i64], percent: usize) -> Option<f64> {
    let mut of = of.to_vec();
    of.sort_unstable();
    let rank = (of.len() * percent).div_ceil(100);
    (rank > 0).then(|| (of[rank - 1] / 1_000) as f64)
}

fn mean_s(of: &[i64]) -> Option<f64> {
    let mean = of.iter().sum::<i64>() as f64 / of.len() as f64;
    (!of.is_empty()).then(|| (mean + 0.5).floor() / 1_000.0)
}

fn most(of: &[i64], unit: f64) -> Option<f64> {
    of.iter().max().map(|most| *most as f64 / unit)
}

fn share(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| part / whole)
}

impl Looked<'_> {
    /// In the order of the figure's columns.
    pub fn values(&self) -> Vec<Value> {
        match self.question.figure {
            Figure::Waits => self.waits(),
            Figure::Load => self.load(),
            Figure::Ratings => self.ratings(),
            Figure::Utilisation => self.utilisation(),
            Figure::Abandonment => self.abandonment(),
            Figure::Estimates => self.estimates(),
            Figure::Zones => self.zones(),
            Figure::Quality => self.quality(),
        }
    }

    fn n(&self, is: fn(&What) -> bool) -> u64 {
        self.things.iter().filter(|thing| is(&thing.what)).count() as u64
    }

    fn each(&self, of: fn(&What) -> Option<i64>) -> Vec<i64> {
        self.things.iter().filter_map(|thing| of(&thing.what)).collect()
    }

    fn total(&self, of: fn(&What) -> Option<i64>) -> f64 {
        self.each(of).iter().sum::<i64>() as f64
    }

    fn count(&self, n: u64) -> Value {
        (self.known.then_some(n as f64), if self.known { n } else { 0 })
    }

    fn counted(&self, is: fn(&What) -> bool) -> Value {
        self.count(self.n(is))
    }

    fn is_by(&self, by: By) -> bool {
        let only = &self.question.only;
        let named = if by == By::Officer { only.officer.is_some() } else { only.counter.is_some() };
        named || self.question.by.contains(&by)
    }

    fn calls(&self) -> Vec<i64> {
        self.each(|what| if let What::Call(wait, _) = what { Some(i64::from(*wait)) } else { None })
    }

    fn waits(&self) -> Vec<Value> {
        let calls = self.calls();
        let walks = self.each(|what| if let What::Walk(ms) = what { Some(i64::from(*ms)) } else { None });
        let n = calls.len() as u64;
        let over = |minutes: i64| {
            let over = calls.iter().filter(|ms| **ms >= minutes * 60_000).count();
            (share(over as f64, n as f64), n)
        };
        vec![
            self.count(n),
            (mean_s(&calls), n),
            (nearest(&calls, 50), n),
            (nearest(&calls, 90), n),
            (most(&calls, 1_000.0), n),
            over(15),
            over(30),
            over(60),
            (mean_s(&walks), walks.len() as u64),
        ]
    }

    fn load(&self) -> Vec<Value> {
        let timed = self.each(|what| if let What::Served(Some(ms)) = what { Some(i64::from(*ms)) } else { None });
        let of = timed.len() as u64;
        let waited = self.total(|what| if let What::Line { waited_ms, .. } = what { Some(*waited_ms) } else { None });
        let fullest = self.each(|what| if let What::Line { most, .. } = what { Some(i64::from(*most)) } else { None });
        let longest = self
            .each(|what| if let What::Line { longest_ms, .. } = what { Some(i64::from(*longest_ms)) } else { None });
        let lines = fullest.len() as u64;
        let mut of_line = [
            self.counted(|what| matches!(what, What::Arrival)),
            (share(waited, self.line_hours as f64 * 3_600_000.0), self.line_hours),
            (self.known.then(|| most(&fullest, 1.0).unwrap_or(0.0)), lines),
            (most(&longest, 1_000.0), lines),
        ];
        if self.is_by(By::Counter) || self.is_by(By::Officer) {
            of_line = [(None, 0); 4];
        }
        let [arrivals, mean, fullest, longest] = of_line;
        vec![
            arrivals,
            self.count(self.calls().len() as u64),
            self.counted(|what| matches!(what, What::Served(_))),
            (mean_s(&timed), of),
            (nearest(&timed, 50), of),
            (nearest(&timed, 90), of),
            mean,
            fullest,
            longest,
            self.counted(|what| matches!(what, What::Recall)),
            self.counted(|what| matches!(what, What::Transfer)),
        ]
    }

    fn ratings(&self) -> Vec<Value> {
        let level = |level: usize| {
            self.things.iter().filter(|thing| matches!(thing.what, What::Rating(other) if other == level)).count()
                as u64
        };
        let rated: u64 = (0..5).map(level).sum();
        let hidden = self.is_by(By::Officer) && (1..20).contains(&rated);
        let satisfied = (share((level(0) + level(1)) as f64, rated as f64), rated);
        let levels = std::iter::once(satisfied).chain((0..5).map(|ix| self.count(level(ix))));
        let mut values = vec![self.count(rated)];
        values.extend(levels.map(|value| if hidden { (None, rated) } else { value }));
        values.push(self.counted(|what| matches!(what, What::Unbound)));
        values
    }

    fn utilisation(&self) -> Vec<Value> {
        let posts = self.n(|what| matches!(what, What::Post { .. }));
        let open = self.total(|what| if let What::Post { open, .. } = what { Some(i64::from(*open)) } else { None });
        let busy = self.total(|what| if let What::Post { busy, .. } = what { Some(i64::from(*busy)) } else { None });
        let paused =
            self.total(|what| if let What::Post { paused, .. } = what { Some(i64::from(*paused)) } else { None });
        let time = |ms: f64| (self.known.then_some(ms / 1_000.0), posts);
        let served = self.counted(|what| matches!(what, What::Served(_)));
        vec![(share(busy, open), posts), time(open), time(busy), time(paused), served]
    }

    fn abandonment(&self) -> Vec<Value> {
        let arrivals = self.n(|what| matches!(what, What::Arrival));
        let cancelled = self.n(|what| matches!(what, What::Cancelled));
        let left = cancelled + self.n(|what| matches!(what, What::NoShow));
        let rate = (share(left as f64, arrivals as f64), arrivals);
        let mut of_line = [self.count(arrivals), self.count(left), rate, self.count(cancelled)];
        if self.is_by(By::Counter) || self.is_by(By::Officer) {
            of_line = [(None, 0); 4];
        }
        let no_shows = self.counted(|what| matches!(what, What::NoShow));
        of_line.into_iter().chain([no_shows, self.counted(|what| matches!(what, What::DayEnded))]).collect()
    }

    fn estimates(&self) -> Vec<Value> {
        let errors = self.each(|what| match what {
            What::Call(wait, Some((p50, _))) => Some(i64::from(*wait) - i64::from(*p50)),
            _ => None,
        });
        let absolute: Vec<i64> = errors.iter().map(|ms| ms.abs()).collect();
        let n = errors.len() as u64;
        let p90 = self.n(|what| matches!(what, What::Call(wait, Some((_, p90))) if wait <= p90));
        let p50 = self.n(|what| matches!(what, What::Call(wait, Some((p50, _))) if wait <= p50));
        let bias = errors.iter().sum::<i64>() as f64 / n as f64;
        vec![
            self.count(n),
            (share(p90 as f64, n as f64), n),
            (share(p50 as f64, n as f64), n),
            ((n > 0).then(|| bias.round() / 1_000.0), n),
            (mean_s(&absolute), n),
            (nearest(&absolute, 90), n),
        ]
    }

    fn zones(&self) -> Vec<Value> {
        let known = self.total(|what| if let What::View { known, .. } = what { Some(i64::from(*known)) } else { None });
        let level = self.total(|what| if let What::View { level, .. } = what { Some(*level) } else { None });
        let motion =
            self.total(|what| if let What::View { motion, .. } = what { Some(i64::from(*motion)) } else { None });
        let people = self.each(|what| match what {
            What::View { people: Some(people), .. } => Some(i64::from(*people)),
            _ => None,
        });
        let n = self.things.len() as u64;
        vec![
            (share(level / 1_000.0, known), n),
            (share(motion, known), n),
            ((n > 0).then_some(known / 1_000.0), n),
            (most(&people, 1.0), people.len() as u64),
        ]
    }

    fn quality(&self) -> Vec<Value> {
        let sum =
            |of: fn(&QualityCell) -> u32| self.count(self.hours.iter().map(|hour| u64::from(of(&hour.cell))).sum());
        let due: u64 = self.hours.iter().map(|hour| hour.due).sum();
        let heard: u64 = self.hours.iter().map(|hour| hour.heard).sum();
        vec![
            sum(|cell| cell.accepted),
            sum(|cell| cell.late),
            sum(|cell| cell.lost),
            sum(|cell| cell.dead_letters),
            (share(heard.min(due) as f64, due as f64), due),
        ]
    }
}
