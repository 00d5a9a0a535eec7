//! How much of their open time counters were busy.

use super::super::shape::{Column, Unit, Value};
use super::super::tally::{Of, Sheet, Tally};
use super::column;
use crate::Part;
use crate::source::Cells;

/// See the module.
#[derive(Debug, Default)]
pub(in crate::answer) struct Utilisation {
    hours: u64,
    open_ms: u64,
    busy_ms: u64,
    paused_ms: u64,
    served: u64,
}

impl Tally for Utilisation {
    const PARTS: &'static [Part] = &[Part::Services, Part::Counters];
    const COLUMNS: &'static [Column] = &[
        column(
            "utilisation",
            Unit::Share,
            "Tỷ lệ bận",
            "Utilisation",
            "busy over open time; n: hours of a counter in which it was open or busy",
        ),
        column(
            "open_s",
            Unit::Seconds,
            "Thời gian mở",
            "Open",
            "time that counters were open, or busy outside it; overlap counts once",
        ),
        column("busy_s", Unit::Seconds, "Thời gian bận", "Busy", "time with a ticket, from its call to its end"),
        column("paused_s", Unit::Seconds, "Thời gian tạm ngưng", "Paused", "time paused and not busy"),
        column(
            "served",
            Unit::Count,
            "Đã phục vụ",
            "Served",
            "services that ended by `finished` or by the counter's next call",
        ),
    ];

    fn take(cells: &Cells<'_>, to: &mut Sheet<'_, Self>) {
        match cells {
            Cells::Services { keys, served, .. } => {
                for (cell, key) in keys.iter().enumerate() {
                    let Some(tally) = to.flow(*key) else { continue };
                    tally.served += u64::from(served[cell]);
                }
            }
            Cells::Counters(counters) => {
                for cell in *counters {
                    let Some(tally) = to.post(cell.hour, &cell.counter, cell.officer) else { continue };
                    tally.hours += 1;
                    tally.open_ms += u64::from(cell.open_ms);
                    tally.busy_ms += u64::from(cell.busy_ms);
                    tally.paused_ms += u64::from(cell.paused_ms);
                }
            }
            _ => {}
        }
    }

    fn touched(&self, _: &Of) -> bool {
        self.hours > 0 || self.served > 0
    }

    fn values(&mut self, of: &Of) -> Vec<Value> {
        let seconds = |ms: u64| of.seconds(of.known.then(|| i64::try_from(ms).unwrap_or(i64::MAX)), self.hours);
        vec![
            of.ratio(self.busy_ms as f64, self.open_ms as f64, self.hours),
            seconds(self.open_ms),
            seconds(self.busy_ms),
            seconds(self.paused_ms),
            of.count(self.served),
        ]
    }
}
