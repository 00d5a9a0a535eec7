//! What waits have taught: for every ticket that was called, what was known when it was taken, and
//! how long it waited. A [`super::model::Model`] is trained on them.
//!
//! Bounded: [`MOST`] lessons are kept. When there are more, the most recent days stay whole and of
//! the older ones a fair draw remains, always the same for the same lessons.

use std::collections::BTreeMap;

use hashbrown::HashMap;

use super::{Row, WIDTH};
use crate::TicketNumber;
use crate::facts::{Date, ServiceIx};

/// Lessons at most: 36 MB of rows.
pub const MOST: usize = 72_000;
/// As many are left when some are let go, so that it is done now and then only.
const LEFT: usize = MOST - MOST / 16;
/// The most recent days stay whole as long as they hold no more than this.
const WHOLE: usize = MOST * 3 / 4;
/// Tickets at most whose wait has begun and not ended; whoever comes on top teaches nothing.
const UNDER_WAY: usize = 20_000;

/// Which wait of an installation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key {
    /// The site's number.
    pub site: u16,
    /// For this service.
    pub service: ServiceIx,
    /// The number taken.
    pub ticket: TicketNumber,
}

/// See the module.
#[derive(Debug, Clone, Default)]
pub struct Lessons {
    under_way: HashMap<Key, (Date, Box<Row>)>,
    days: BTreeMap<Date, Day>,
    /// Kept at present.
    kept: usize,
    /// Ever learned: gives each its lot.
    ever: u64,
}

/// The lessons of the tickets that were taken on one day, in the order of their calls.
#[derive(Debug, Clone, Default)]
struct Day {
    /// `WIDTH` figures each.
    rows: Vec<f32>,
    waits_s: Vec<f32>,
    /// Who draws a low one stays.
    lots: Vec<u64>,
}

impl Lessons {
    /// Nothing learned.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A ticket was taken on a business day (a wait began), and this was known.
    pub fn issued(&mut self, key: Key, day: Date, row: Box<Row>) {
        if self.under_way.len() < UNDER_WAY || self.under_way.contains_key(&key) {
            self.under_way.insert(key, (day, row));
        }
    }

    /// It was called after `wait_s` seconds of open time: a lesson.
    pub fn called(&mut self, key: Key, wait_s: f32) {
        let Some((date, row)) = self.under_way.remove(&key) else { return };
        if !wait_s.is_finite() || wait_s < 0.0 {
            return;
        }
        let day = self.days.entry(date).or_default();
        day.rows.extend_from_slice(row.as_slice());
        day.waits_s.push(wait_s);
        day.lots.push(lot(self.ever));
        self.ever += 1;
        self.kept += 1;
        if self.kept > MOST {
            self.let_go();
        }
    }

    /// It left the line in another way, or its wait never was.
    pub fn left(&mut self, key: Key) {
        self.under_way.remove(&key);
    }

    /// Forgets the tickets taken before `day` that nobody has called or seen leave.
    pub fn day_began(&mut self, day: Date) {
        self.under_way.retain(|_, (taken_on, _)| *taken_on >= day);
    }

    /// Lessons kept.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.kept
    }

    /// No lesson yet.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.kept == 0
    }

    /// Lessons ever learned, those let go among them.
    #[must_use]
    pub const fn ever(&self) -> u64 {
        self.ever
    }

    /// All rows one after the other, day by day.
    pub(super) fn rows(&self) -> Vec<f32> {
        let mut rows = Vec::with_capacity(self.kept * WIDTH);
        self.days.values().for_each(|day| rows.extend_from_slice(&day.rows));
        rows
    }

    /// The wait of each row, seconds.
    pub(super) fn waits_s(&self) -> Vec<f32> {
        self.days.values().flat_map(|day| day.waits_s.iter().copied()).collect()
    }

    /// Keeps the most recent days whole, and of the older ones those with the lowest lots.
    fn let_go(&mut self) {
        let mut whole = 0;
        let mut older_than = Date::MAX;
        for (date, day) in self.days.iter().rev() {
            if whole + day.waits_s.len() > WHOLE {
                break;
            }
            whole += day.waits_s.len();
            older_than = *date;
        }
        let older = || self.days.range(..older_than).map(|(_, day)| day);
        let mut lots: Vec<u64> = older().flat_map(|day| day.lots.iter().copied()).collect();
        let stay = (LEFT - whole).min(lots.len());
        if stay == lots.len() {
            return;
        }
        let (_, limit, _) = lots.select_nth_unstable(stay);
        let limit = *limit;
        self.days.range_mut(..older_than).for_each(|(_, day)| day.keep_below(limit));
        self.days.retain(|_, day| !day.lots.is_empty());
        self.kept = self.days.values().map(|day| day.lots.len()).sum();
    }
}

impl Day {
    fn keep_below(&mut self, limit: u64) {
        let mut kept = 0;
        for at in 0..self.lots.len() {
            if self.lots[at] < limit {
                self.lots[kept] = self.lots[at];
                self.waits_s[kept] = self.waits_s[at];
                self.rows.copy_within(at * WIDTH..(at + 1) * WIDTH, kept * WIDTH);
                kept += 1;
            }
        }
        self.lots.truncate(kept);
        self.waits_s.truncate(kept);
        self.rows.truncate(kept * WIDTH);
    }
}

/// A lot of a lesson: no two are the same (a mixed number can be unmixed), and none goes before
/// another by its place. The mixing of SplitMix64 (Steele, Lea & Flood, OOPSLA 2014).
const fn lot(of: u64) -> u64 {
    let mut lot = of.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    lot = (lot ^ (lot >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    lot = (lot ^ (lot >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    lot ^ (lot >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(number: usize) -> Key {
        Key { site: 0, service: 0, ticket: TicketNumber::new(&number.to_string()).unwrap() }
    }

    fn learn(lessons: &mut Lessons, date: Date, number: usize) {
        lessons.issued(key(number), date, Box::new([number as f32; WIDTH]));
        lessons.called(key(number), number as f32);
    }

    #[test]
    fn only_who_was_called_teaches_and_once() {
        let mut lessons = Lessons::new();
        for number in 1..=3 {
            lessons.issued(key(number), 1, Box::new([number as f32; WIDTH]));
        }
        lessons.left(key(2));
        for number in [3, 2, 1, 1, 7] {
            lessons.called(key(number), 60.0);
        }
        assert_eq!(lessons.waits_s(), [60.0, 60.0]);
        assert_eq!(lessons.rows().chunks(WIDTH).map(|row| row[0]).collect::<Vec<_>>(), [3.0, 1.0]);
    }

    #[test]
    fn who_waited_over_the_day_s_end_is_forgotten() {
        let mut lessons = Lessons::new();
        lessons.issued(key(1), 1, Box::new([0.0; WIDTH]));
        lessons.issued(key(2), 2, Box::new([0.0; WIDTH]));
        lessons.day_began(2);
        lessons.called(key(1), 5.0);
        lessons.called(key(2), 6.0);
        assert_eq!(lessons.waits_s(), [6.0]);
    }

    #[test]
    fn the_newest_days_stay_whole_and_the_older_ones_thin_out_evenly() {
        let mut lessons = Lessons::new();
        let a_day = MOST / 4;
        for number in 0..11 * a_day {
            learn(&mut lessons, (number / a_day) as Date, number);
        }
        assert!(lessons.len() <= MOST && lessons.len() >= WHOLE, "{}", lessons.len());
        let waits = lessons.waits_s();
        assert_eq!(waits.len(), lessons.len());
        let of_day = |day: usize| waits.iter().filter(|wait| **wait as usize / a_day == day).count();
        assert_eq!((of_day(10), of_day(9)), (a_day, a_day));
        let older: Vec<usize> = (0..8).map(of_day).collect();
        let (least, most) = (older.iter().min().unwrap(), older.iter().max().unwrap());
        assert!(*least > 0 && *most < 2 * *least, "{older:?}");
        assert!(lessons.rows().chunks(WIDTH).zip(&waits).all(|(row, wait)| row[WIDTH - 1] == *wait));
    }

    #[test]
    fn one_day_alone_does_not_go_over_the_limit() {
        let mut lessons = Lessons::new();
        (0..MOST + 100).for_each(|number| learn(&mut lessons, 5, number));
        assert!(lessons.len() <= MOST && lessons.len() >= LEFT, "{}", lessons.len());
    }
}
