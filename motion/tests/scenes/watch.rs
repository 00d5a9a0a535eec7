//! An eye watches a drawn hall, and its words are held against the truth.

use motion::scenes::{Film, Scene};
use motion::{Eye, Word};

/// What an eye said of a scene, and what was true.
pub struct Watched {
    pub zones: Vec<Zone>,
}

/// One zone: words and truth.
#[derive(Default)]
pub struct Zone {
    /// From and until, seconds; one that was open at the end lasts until the end.
    pub motions: Vec<(f64, f64)>,
    /// Second and level, as they were said.
    pub levels: Vec<(f64, f64)>,
    /// The share that people cover, at each look.
    truth: Vec<(f64, f32)>,
    lasts_s: usize,
}

/// Seconds of a kind; micro figures are sums of them.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Tally {
    pub hit: usize,
    pub missed: usize,
    pub false_: usize,
}

impl Tally {
    /// 1 where there is nothing to find and nothing was found.
    pub fn f1(self) -> f64 {
        let all = 2 * self.hit + self.missed + self.false_;
        if all == 0 { 1.0 } else { 2.0 * self.hit as f64 / all as f64 }
    }

    /// The share of the occupied seconds that was seen.
    pub fn recall(self) -> f64 {
        self.hit as f64 / (self.hit + self.missed).max(1) as f64
    }
}

impl std::ops::Add for Tally {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { hit: self.hit + other.hit, missed: self.missed + other.missed, false_: self.false_ + other.false_ }
    }
}

/// Five looks a second, as is usual.
const LOOKS_PER_S: f64 = 5.0;
/// A second is occupied when half of its looks have people on this share of the zone.
const SOMEBODY: f32 = 0.015;

/// Lets an eye watch a scene for a while.
pub fn watch(scene: Scene, for_s: f64) -> Watched {
    let mut eye = Eye::new(scene.zones.clone()).expect("the hall's zones can be watched");
    let lasts_s = for_s.ceil() as usize;
    let mut zones: Vec<Zone> = scene.zones.iter().map(|_| Zone { lasts_s, ..Zone::default() }).collect();
    let mut film = Film::new(scene);
    let mut words = Vec::new();
    for n in 0..(for_s * LOOKS_PER_S) as usize {
        let at_s = n as f64 / LOOKS_PER_S;
        let shot = film.shoot(at_s);
        for (n, zone) in zones.iter_mut().enumerate() {
            zone.truth.push((at_s, shot.covered(n)));
        }
        eye.look((at_s * 1_000.0) as i64, &shot.picture(), &mut words);
    }
    eye.end((for_s * 1_000.0) as i64, &mut words);
    words.iter().for_each(|word| take_down(word, &mut zones));
    Watched { zones }
}

fn take_down(word: &Word, zones: &mut [Zone]) {
    let s = |ms: i64| ms as f64 / 1_000.0;
    match *word {
        Word::Started { .. } => {}
        Word::Ended { zone, began_ms, at_ms, .. } => zones[zone].motions.push((s(began_ms), s(at_ms))),
        Word::Level { zone, at_ms, level } => zones[zone].levels.push((s(at_ms), level)),
    }
}

impl Zone {
    /// Seconds in which the truth is sure, from one second on.
    pub fn tally(&self, from_s: usize) -> Tally {
        let mut tally = Tally::default();
        for second in from_s..self.lasts_s {
            match (self.occupied(second), self.active_in(second) >= 0.5) {
                (Some(true), true) => tally.hit += 1,
                (Some(true), false) => tally.missed += 1,
                (Some(false), true) => tally.false_ += 1,
                (Some(false), false) | (None, _) => {}
            }
        }
        tally
    }

    /// Seconds of the film in which the zone was said to be occupied, from one second on.
    pub fn active_s(&self, from_s: usize) -> f64 {
        (from_s..self.lasts_s).map(|second| self.active_in(second)).sum()
    }

    /// Whether it was said to be occupied at a moment.
    pub fn is_active(&self, at_s: f64) -> bool {
        self.motions.iter().any(|(from, until)| (*from..*until).contains(&at_s))
    }

    /// The level that was last said before a moment.
    pub fn level(&self, at_s: f64) -> Option<f64> {
        self.levels.iter().rev().find(|(s, _)| *s <= at_s).map(|(_, level)| *level)
    }

    /// The mean share that people cover in a stretch of time.
    pub fn truly_covered(&self, from_s: f64, until_s: f64) -> f64 {
        let some = self.truth.iter().filter(|(s, _)| (from_s..until_s).contains(s));
        let (sum, n) = some.fold((0.0, 0), |(sum, n), (_, share)| (sum + f64::from(*share), n + 1));
        sum / f64::from(n.max(1))
    }

    /// Whether somebody is there in a second; `None` where he comes or goes.
    fn occupied(&self, second: usize) -> Option<bool> {
        let in_it = |(s, _): &&(f64, f32)| *s as usize == second;
        let (mut all, mut with, mut any) = (0, 0, 0);
        for (_, share) in self.truth.iter().filter(in_it) {
            all += 1;
            with += usize::from(*share >= SOMEBODY);
            any += usize::from(*share > 0.0);
        }
        if with * 2 >= all && all > 0 { Some(true) } else { (any == 0).then_some(false) }
    }

    fn active_in(&self, second: usize) -> f64 {
        let (from, until) = (second as f64, second as f64 + 1.0);
        self.motions.iter().map(|(a, b)| (b.min(until) - a.max(from)).max(0.0)).sum::<f64>().min(1.0)
    }

    /// For each time that somebody comes (people on the zone after at least 3 s without): from when
    /// to when.
    pub fn visits(&self) -> Vec<(f64, f64)> {
        let mut visits: Vec<(f64, f64)> = Vec::new();
        for (s, _) in self.truth.iter().filter(|(_, share)| *share >= SOMEBODY) {
            match visits.last_mut() {
                Some(last) if s - last.1 < 3.0 => last.1 = *s,
                _ => visits.push((*s, *s)),
            }
        }
        visits.iter().map(|(from, until)| (*from, until + 1.0 / LOOKS_PER_S)).collect()
    }

    /// How far beginnings are from the truth, and ends: one of each a visit that was seen.
    pub fn errors(&self) -> (Vec<f64>, Vec<f64>) {
        let of = |(from, until): (f64, f64)| {
            let mut seen = self.motions.iter().filter(|(a, b)| *a < until && *b > from);
            let first = *seen.next()?;
            let last = seen.next_back().copied().unwrap_or(first);
            Some(((first.0 - from).abs(), (last.1 - until).abs()))
        };
        self.visits().into_iter().filter_map(of).unzip()
    }
}

/// Nearest rank: 9 of 10 are not above it.
pub fn p90(mut all: Vec<f64>) -> f64 {
    all.sort_by(f64::total_cmp);
    let rank = (all.len() as f64 * 0.9).ceil() as usize;
    all.get(rank.saturating_sub(1)).copied().unwrap_or(0.0)
}
