//! What the cameras saw, zone by zone.

use super::super::shape::{Column, Unit, Value};
use super::super::tally::{Of, Sheet, Tally, decimals};
use super::{column, float};
use crate::Part;
use crate::source::Cells;

/// See the module.
#[derive(Debug, Default)]
pub(in crate::answer) struct Zones {
    hours: u64,
    known_ms: u64,
    level_ms: i64,
    motion_ms: u64,
    counted: u64,
    people: u32,
}

impl Tally for Zones {
    const PARTS: &'static [Part] = &[Part::Zones];
    const COLUMNS: &'static [Column] = &[
        column(
            "level_mean",
            Unit::Share,
            "Mức độ trung bình",
            "Mean level",
            "mean level over the time in which it was known; n: hours in which it was",
        ),
        column(
            "motion",
            Unit::Share,
            "Có chuyển động",
            "Motion",
            "share of the known time with motion; n: hours in which it was known",
        ),
        column("known_s", Unit::Seconds, "Thời gian biết", "Known", "time in which the level was known"),
        column(
            "people_max",
            Unit::People,
            "Đông nhất",
            "Most people",
            "the most people counted at once, where the camera counts them",
        ),
    ];

    fn take(cells: &Cells<'_>, to: &mut Sheet<'_, Self>) {
        let Cells::Zones(zones) = cells else { return };
        for cell in *zones {
            let Some(tally) = to.view(cell.hour, cell.camera, cell.zone) else { continue };
            tally.hours += 1;
            tally.known_ms += u64::from(cell.known_ms);
            tally.level_ms += cell.level_ms;
            tally.motion_ms += u64::from(cell.motion_ms);
            if let Some(people) = cell.most_people {
                tally.counted += 1;
                tally.people = tally.people.max(people);
            }
        }
    }

    fn touched(&self, _: &Of) -> bool {
        self.hours > 0
    }

    fn values(&mut self, of: &Of) -> Vec<Value> {
        let known = self.known_ms as f64;
        let level = (self.known_ms > 0).then(|| decimals(float(self.level_ms) / 1_000.0 / known));
        vec![
            of.number(level, self.hours),
            of.ratio(self.motion_ms as f64, known, self.hours),
            of.seconds((self.hours > 0).then_some(i64::try_from(self.known_ms).unwrap_or(i64::MAX)), self.hours),
            of.number((self.counted > 0).then_some(f64::from(self.people)), self.counted),
        ]
    }
}
