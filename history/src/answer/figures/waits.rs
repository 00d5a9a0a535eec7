//! How long people waited until they were called, by the hour of the call.

use super::super::durations::Durations;
use super::super::shape::{Column, Unit, Value};
use super::super::tally::{Of, Sheet, Tally};
use super::column;
use crate::Part;
use crate::source::Cells;

/// See the module.
#[derive(Debug, Default)]
pub(in crate::answer) struct Waits {
    waits: Durations,
    walks: u64,
    walks_ms: i64,
}

impl Tally for Waits {
    const PARTS: &'static [Part] = &[Part::Waits];
    const COLUMNS: &'static [Column] = &[
        column(
            "called",
            Unit::Count,
            "Đã gọi",
            "Called",
            "waits that ended with a call; a transferred ticket waits once more",
        ),
        column("wait_mean_s", Unit::Seconds, "Chờ trung bình", "Mean wait", "mean of these waits, to the millisecond"),
        column(
            "wait_p50_s",
            Unit::Seconds,
            "Chờ: trung vị",
            "Median wait",
            "half of these waits were no longer: nearest rank, whole seconds",
        ),
        column(
            "wait_p90_s",
            Unit::Seconds,
            "Chờ: 9/10 không quá",
            "Wait, p90",
            "nine in ten of these waits were no longer: nearest rank, whole seconds",
        ),
        column("wait_max_s", Unit::Seconds, "Chờ lâu nhất", "Longest wait", "the longest of these waits"),
        column(
            "over_15_min",
            Unit::Share,
            "Chờ từ 15 phút",
            "Waited 15 min or longer",
            "share of these waits of 15 minutes or longer",
        ),
        column(
            "over_30_min",
            Unit::Share,
            "Chờ từ 30 phút",
            "Waited 30 min or longer",
            "share of these waits of 30 minutes or longer",
        ),
        column(
            "over_60_min",
            Unit::Share,
            "Chờ từ 60 phút",
            "Waited 60 min or longer",
            "share of these waits of 60 minutes or longer",
        ),
        column(
            "walk_mean_s",
            Unit::Seconds,
            "Đi tới quầy trung bình",
            "Mean walk",
            "mean time from the call to the start of service, where the start was told",
        ),
    ];

    fn take(cells: &Cells<'_>, to: &mut Sheet<'_, Self>) {
        let Cells::Waits { keys, waits, walks } = cells else { return };
        let mut walked_to = 0;
        for (cell, key) in keys.iter().enumerate() {
            let walked_from = walked_to;
            walked_to = walks.ends[cell] as usize;
            let Some(tally) = to.flow(*key) else { continue };
            tally.waits.take(waits, cell);
            tally.walks += walks.counts[walked_from..walked_to].iter().map(|n| u64::from(*n)).sum::<u64>();
            tally.walks_ms += walks.sum_ms[cell];
        }
    }

    fn touched(&self, _: &Of) -> bool {
        self.waits.n > 0 || self.walks > 0
    }

    fn values(&mut self, of: &Of) -> Vec<Value> {
        let n = self.waits.n;
        let whole = |s: Option<u32>| of.number(s.map(f64::from), n);
        let over = |waits: &Durations, minutes: u32| of.share(waits.at_least(minutes * 60), n);
        let walk_mean = (self.walks > 0).then(|| (self.walks_ms as f64 / self.walks as f64).round() as i64);
        vec![
            of.count(n),
            of.seconds(self.waits.mean_ms(), n),
            whole(self.waits.percentile_s(50)),
            whole(self.waits.percentile_s(90)),
            of.seconds(self.waits.max_ms().map(i64::from), n),
            over(&self.waits, 15),
            over(&self.waits, 30),
            over(&self.waits, 60),
            of.seconds(walk_mean, self.walks),
        ]
    }
}
