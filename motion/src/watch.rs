//! One zone: from how much of it is covered to words.

use crate::{Cause, Tuning, Word};

/// The share of a zone that has to be covered to begin, and not to end.
const BEGINS: f32 = 0.015;
const STAYS: f32 = 0.7;
/// Fewer cells are noise.
const FEWEST: f32 = 2.0;
/// As many looks have to agree that something began; one, where looks are rarer than this.
const AGREE: u32 = 2;
const RARE_MS: i64 = 700;
/// How long nothing is seen before a motion has ended.
const HOLD_MS: i64 = 600;
/// A motion is not longer than this after the last look that saw it.
const AFTER_MS: i64 = 500;
/// Over which time the level is smoothed.
const SMOOTH_MS: f32 = 2_000.0;
/// A level is told when it has changed by as much, at most once in so many milliseconds (contract,
/// section 2).
const TOLD: f64 = 0.05;
const TOLD_MS: i64 = 1_000;

/// One zone that is watched.
#[derive(Debug, Clone)]
pub(crate) struct Watch {
    zone: usize,
    /// (index, share of the cell inside).
    cells: Vec<(u32, f32)>,
    weight: f32,
    begins: f32,
    hold_ms: i64,
    full_at: f32,
    state: State,
    level: Option<f32>,
    told: Option<(i64, f64)>,
}

#[derive(Debug, Clone, Copy)]
enum State {
    Empty,
    Perhaps { since_ms: i64, looks: u32 },
    There { motion: u64, began_ms: i64, seen_ms: i64, gone_ms: Option<i64>, most: f32 },
}

impl Watch {
    pub fn new(zone: usize, cells: Vec<(u32, f32)>, tuning: &Tuning) -> Self {
        let weight: f32 = cells.iter().map(|(_, share)| share).sum();
        let asked = tuning.min_area.map_or(BEGINS, |share| share as f32);
        Self {
            zone,
            begins: (asked * weight).max(FEWEST),
            cells,
            weight,
            hold_ms: tuning.hold_s.map_or(HOLD_MS, |s| (s * 1_000.0) as i64),
            full_at: tuning.full_at.map_or(1.0, |share| (share as f32).clamp(0.01, 1.0)),
            state: State::Empty,
            level: None,
            told: None,
        }
    }

    /// How full it is; `None` while that is not known.
    pub fn level(&self) -> Option<f64> {
        self.level.map(rounded)
    }

    /// Whether somebody is there.
    pub const fn is_there(&self) -> bool {
        matches!(self.state, State::There { .. })
    }

    /// Cells were let go as nobody's: whoever was there had left before, and was last seen then.
    pub fn left(&mut self, at_ms: i64, left: &[(u32, u32)]) {
        let State::There { began_ms, seen_ms, gone_ms: gone_ms @ None, .. } = &mut self.state else { return };
        let mine = left.iter().filter(|(cell, _)| self.cells.binary_search_by_key(cell, |(cell, _)| *cell).is_ok());
        if let Some(quiet_ms) = mine.map(|(_, quiet_ms)| i64::from(*quiet_ms)).min() {
            *seen_ms = (at_ms - quiet_ms).clamp(*began_ms, *seen_ms);
            *gone_ms = Some(*seen_ms);
        }
    }

    /// Takes a look in: `there` is 1 where something is. `known`: levels may be told.
    pub fn look(&mut self, at_ms: i64, dt_ms: i64, there: &[u8], known: bool, number: &mut u64, say: &mut Vec<Word>) {
        let covered: f32 =
            self.cells.iter().filter(|(cell, _)| there[*cell as usize] == 1).map(|(_, share)| share).sum();
        let full = if self.weight > 0.0 { (covered / self.weight / self.full_at).min(1.0) } else { 0.0 };
        let smooth = 1.0 - (-(dt_ms as f32) / SMOOTH_MS).exp();
        let level = self.level.map_or(full, |level| level + smooth * (full - level));
        self.level = Some(level);
        self.step(at_ms, dt_ms, covered, full, number, say);
        if known {
            self.tell(at_ms, rounded(level), say);
        }
    }

    fn step(&mut self, at_ms: i64, dt_ms: i64, covered: f32, full: f32, number: &mut u64, say: &mut Vec<Word>) {
        let begins = covered >= self.begins;
        match &mut self.state {
            State::There { seen_ms, gone_ms, most, .. } if covered >= self.begins * STAYS => {
                (*seen_ms, *gone_ms, *most) = (at_ms, None, most.max(full));
            }
            State::There { gone_ms, .. } => {
                let gone = *gone_ms.get_or_insert(at_ms);
                if at_ms - gone >= self.hold_ms {
                    self.end(Cause::Left, say);
                }
            }
            State::Empty | State::Perhaps { .. } if !begins => self.state = State::Empty,
            State::Empty => self.perhaps(at_ms, 1, at_ms, dt_ms, full, number, say),
            State::Perhaps { since_ms, looks } => {
                let (since_ms, looks) = (*since_ms, *looks + 1);
                self.perhaps(since_ms, looks, at_ms, dt_ms, full, number, say);
            }
        }
    }

    #[allow(clippy::too_many_arguments, reason = "one step of one machine, split for its length")]
    fn perhaps(
        &mut self,
        since_ms: i64,
        looks: u32,
        at_ms: i64,
        dt_ms: i64,
        full: f32,
        number: &mut u64,
        say: &mut Vec<Word>,
    ) {
        if looks < AGREE && dt_ms < RARE_MS {
            self.state = State::Perhaps { since_ms, looks };
            return;
        }
        *number += 1;
        self.state = State::There { motion: *number, began_ms: since_ms, seen_ms: at_ms, gone_ms: None, most: full };
        say.push(Word::Started { zone: self.zone, motion: *number, at_ms: since_ms, level: rounded(full) });
    }

    /// Whatever goes on ends; `cause` says how.
    pub fn end(&mut self, cause: Cause, say: &mut Vec<Word>) {
        let State::There { motion, began_ms, seen_ms, gone_ms, most } = self.state else {
            self.state = State::Empty;
            return;
        };
        self.state = State::Empty;
        let at_ms = match cause {
            Cause::Left => gone_ms.unwrap_or(seen_ms).min(seen_ms + AFTER_MS),
            Cause::Lost => seen_ms,
        };
        say.push(Word::Ended { zone: self.zone, motion, began_ms, at_ms, level: rounded(most), cause });
    }

    /// A recording is over: whoever is there was there to its end.
    pub fn over(&mut self, at_ms: i64, say: &mut Vec<Word>) {
        if let State::There { seen_ms, gone_ms: None, .. } = &mut self.state {
            *seen_ms = at_ms.min(*seen_ms + AFTER_MS);
        }
        self.end(Cause::Left, say);
    }

    /// Nothing is known of it any more.
    pub fn forget(&mut self, say: &mut Vec<Word>) {
        self.end(Cause::Lost, say);
        (self.level, self.told) = (None, None);
    }

    fn tell(&mut self, at_ms: i64, level: f64, say: &mut Vec<Word>) {
        let due = |(told_ms, told): (i64, f64)| at_ms - told_ms >= TOLD_MS && (level - told).abs() >= TOLD - 1e-9;
        if self.told.is_none_or(due) {
            self.told = Some((at_ms, level));
            say.push(Word::Level { zone: self.zone, at_ms, level });
        }
    }
}

fn rounded(level: f32) -> f64 {
    (f64::from(level.clamp(0.0, 1.0)) * 100.0).round() / 100.0
}
