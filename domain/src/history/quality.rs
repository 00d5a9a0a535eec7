//! How good the data of a site are: what came in, what was lost, and for which minutes somebody
//! listened.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::build::hour_of;
use super::{QualityCell, QualityMinute};
use crate::Timestamp;
use crate::calendar::{BusinessDay, Interval};

/// An event that is received later than this after it happened is late (contract section 5).
const LATE_MS: i64 = 60_000;
const MINUTE_MS: i64 = 60_000;

/// See the module; of the present business day and the one before.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SiteQuality {
    /// By minutes since 1970-01-01.
    minutes: BTreeMap<i64, Counts>,
    /// Stretches in which the collector listened, apart from each other, in order.
    listened: Vec<(Timestamp, Timestamp)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
struct Counts {
    accepted: u32,
    late: u32,
    lost: u32,
    dead_letters: u32,
}

impl SiteQuality {
    fn at(&mut self, at: Timestamp) -> &mut Counts {
        self.minutes.entry(at.ms().div_euclid(MINUTE_MS)).or_default()
    }

    /// An event that happened at `at` was taken in at `now`, by the site's clock.
    pub fn event(&mut self, at: Timestamp, now: Timestamp) {
        let counts = self.at(at);
        counts.accepted += 1;
        counts.late += u32::from(now.since(at) > LATE_MS);
    }

    /// Events were given up.
    pub fn lost(&mut self, at: Timestamp, n: u32) {
        self.at(at).lost += n;
    }

    /// Something could not be used.
    pub fn dead_letter(&mut self, at: Timestamp) {
        self.at(at).dead_letters += 1;
    }

    /// The collector listened from `from` to `to`. Stretches come in order; what overlaps the last
    /// one is joined to it.
    pub fn listened(&mut self, from: Timestamp, to: Timestamp) {
        match self.listened.last_mut() {
            Some((_, last)) if from <= *last => *last = to.max(*last),
            _ => self.listened.push((from, to)),
        }
    }

    /// Lets go of what lies before `keep_from`.
    pub fn forget(&mut self, keep_from: Timestamp) {
        self.minutes = self.minutes.split_off(&keep_from.ms().div_euclid(MINUTE_MS));
        self.listened.retain(|(_, to)| *to > keep_from);
    }

    /// Cells and minute rows of a day that is known up to `until`. `due` are its service hours;
    /// `None`: nobody said when the site is open.
    #[must_use]
    pub fn of_day(
        &self,
        day: BusinessDay,
        utc_offset_s: i32,
        until: Timestamp,
        due: Option<&[Interval]>,
    ) -> (Vec<QualityCell>, Vec<QualityMinute>) {
        let mut cells: BTreeMap<i64, QualityCell> = BTreeMap::new();
        let mut rows = Vec::new();
        let (first, last) = (day.start.ms().div_euclid(MINUTE_MS), day.end.ms().div_euclid(MINUTE_MS));
        let known = until.ms().div_euclid(MINUTE_MS);
        for minute in first..last {
            let from = Timestamp::from_ms(minute * MINUTE_MS);
            let is_due = due.map(|due| due.iter().any(|interval| interval.contains(from)));
            let counts = self.minutes.get(&minute).copied();
            let listened = minute < known && self.heard(from);
            let heard = counts.is_some_and(|counts| counts.accepted > 0) || listened;
            // Service hours that have not come yet are not missing.
            let due_now = is_due == Some(true) && minute < known;
            if counts.is_none() && !due_now && !(heard && due.is_none()) {
                continue;
            }
            let hour_of_day = (minute - first) / 60;
            let cell = cells.entry(hour_of_day).or_insert_with(|| QualityCell {
                hour: hour_of(from, utc_offset_s),
                due_min: due.map(|_| 0),
                ..QualityCell::default()
            });
            cell.due_min = cell.due_min.map(|min| min + u8::from(due_now));
            cell.heard_min += u8::from(heard && is_due != Some(false) && (due_now || due.is_none()));
            let Some(Counts { accepted, late, lost, dead_letters }) = counts else { continue };
            cell.accepted += accepted;
            cell.late += late;
            cell.lost += lost;
            cell.dead_letters += dead_letters;
            let minute = u16::try_from(minute - first).unwrap_or(u16::MAX);
            rows.push(QualityMinute { minute, accepted, late, lost, dead_letters });
        }
        if cells.is_empty() && due.is_some_and(<[Interval]>::is_empty) {
            // A holiday is not a day of which nothing is known.
            cells.insert(0, QualityCell { due_min: Some(0), ..QualityCell::default() });
        }
        (cells.into_values().collect(), rows)
    }

    fn heard(&self, from: Timestamp) -> bool {
        let to = from.plus(MINUTE_MS);
        let after = self.listened.partition_point(|(_, end)| *end < to);
        self.listened.get(after).is_some_and(|(began, _)| *began <= from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(s: i64) -> Timestamp {
        Timestamp::from_ms(s * 1_000)
    }

    fn day() -> BusinessDay {
        BusinessDay { date: 0, start: at(0), end: at(86_400), keeps_queue: false }
    }

    #[test]
    fn what_nobody_listened_to_is_not_heard_unless_it_came_later() {
        let mut quality = SiteQuality::default();
        quality.listened(at(8 * 3_600), at(8 * 3_600 + 600));
        quality.listened(at(8 * 3_600 + 600), at(8 * 3_600 + 1_200));
        quality.event(at(8 * 3_600 + 3_000), at(9 * 3_600));
        quality.lost(at(8 * 3_600 + 3_000), 3);
        let due = [Interval { open: at(8 * 3_600), close: at(10 * 3_600) }];
        let (cells, rows) = quality.of_day(day(), 0, at(9 * 3_600), Some(&due));
        let expected =
            QualityCell { hour: 8, due_min: Some(60), heard_min: 21, accepted: 1, late: 1, lost: 3, dead_letters: 0 };
        assert_eq!(cells, [expected]);
        assert_eq!(rows.len(), 1);
        let (holiday, _) = SiteQuality::default().of_day(day(), 0, at(86_400), Some(&[]));
        assert_eq!(holiday, [QualityCell { due_min: Some(0), ..QualityCell::default() }]);
        let (cells, _) = quality.of_day(day(), 0, at(86_400), Some(&due));
        assert_eq!((cells.len(), cells[1].due_min, cells[1].heard_min), (2, Some(60), 0));
    }
}
