//! How good the promised waits were: by the hour of the call that ended the wait.

use super::super::durations::Durations;
use super::super::shape::{Column, Unit, Value};
use super::super::tally::{Of, Sheet, Tally};
use super::column;
use crate::Part;
use crate::source::Cells;

/// See the module.
#[derive(Debug, Default)]
pub(in crate::answer) struct Estimates {
    promised: u64,
    within_p90: u64,
    within_p50: u64,
    error_ms: i64,
    errors: Durations,
}

impl Tally for Estimates {
    const PARTS: &'static [Part] = &[Part::Estimates];
    const COLUMNS: &'static [Column] = &[
        column("promised", Unit::Count, "Đã hứa", "Promised", "first calls of tickets that had been promised a range"),
        column(
            "within_p90",
            Unit::Share,
            "Không quá p90",
            "Within p90",
            "share called no later than the promised p90: nine in ten, where promises are right",
        ),
        column(
            "within_p50",
            Unit::Share,
            "Không quá p50",
            "Within p50",
            "share called no later than the promised p50: half, where promises are right",
        ),
        column(
            "bias_s",
            Unit::Seconds,
            "Lệch trung bình",
            "Bias",
            "mean of wait − promised p50; above 0: people waited longer than promised",
        ),
        column("abs_error_mean_s", Unit::Seconds, "Sai số trung bình", "Mean error", "mean of |wait − promised p50|"),
        column(
            "abs_error_p90_s",
            Unit::Seconds,
            "Sai số: 9/10 không quá",
            "Error, p90",
            "nine in ten of |wait − promised p50| were no greater: nearest rank, whole seconds",
        ),
    ];

    fn take(cells: &Cells<'_>, to: &mut Sheet<'_, Self>) {
        let Cells::Estimates { keys, promised, within_p90, within_p50, error_ms, errors } = cells else { return };
        for (cell, key) in keys.iter().enumerate() {
            let Some(tally) = to.flow(*key) else { continue };
            tally.promised += u64::from(promised[cell]);
            tally.within_p90 += u64::from(within_p90[cell]);
            tally.within_p50 += u64::from(within_p50[cell]);
            tally.error_ms += error_ms[cell];
            tally.errors.take(errors, cell);
        }
    }

    fn touched(&self, _: &Of) -> bool {
        self.promised > 0
    }

    fn values(&mut self, of: &Of) -> Vec<Value> {
        let n = self.promised;
        let bias = (n > 0).then(|| (self.error_ms as f64 / n as f64).round() as i64);
        vec![
            of.count(n),
            of.share(self.within_p90, n),
            of.share(self.within_p50, n),
            of.seconds(bias, n),
            of.seconds(self.errors.mean_ms(), self.errors.n),
            of.number(self.errors.percentile_s(90).map(f64::from), self.errors.n),
        ]
    }
}
