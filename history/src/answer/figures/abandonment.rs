//! Who left without being served.

use super::super::shape::{Column, Unit, Value};
use super::super::tally::{Of, Sheet, Tally};
use super::column;
use crate::Part;
use crate::source::Cells;

/// See the module.
#[derive(Debug, Default)]
pub(in crate::answer) struct Abandonment {
    arrivals: u64,
    cancelled: u64,
    no_shows: u64,
    day_ended: u64,
}

impl Tally for Abandonment {
    const PARTS: &'static [Part] = &[Part::Tickets];
    const COLUMNS: &'static [Column] = &[
        column("arrivals", Unit::Count, "Lấy số", "Arrivals", "numbers taken; nobody takes one at a counter"),
        column(
            "abandoned",
            Unit::Count,
            "Bỏ về",
            "Abandoned",
            "cancelled while waiting, or called and not come; not told by counter or officer, where only the latter is known",
        ),
        column(
            "abandonment",
            Unit::Share,
            "Tỷ lệ bỏ về",
            "Abandonment",
            "abandoned over arrivals; an hour in which more leave than come is over 1",
        ),
        column("cancelled", Unit::Count, "Hủy khi chờ", "Cancelled", "cancelled while waiting"),
        column("no_shows", Unit::Count, "Vắng mặt", "No-shows", "called and not come"),
        column(
            "day_ended",
            Unit::Count,
            "Còn lại cuối ngày",
            "Left at the day's end",
            "still in line, called or held when the business day ended; not in `abandoned`",
        ),
    ];

    fn take(cells: &Cells<'_>, to: &mut Sheet<'_, Self>) {
        let Cells::Tickets { keys, arrivals, cancelled, no_shows, day_ended, .. } = cells else { return };
        for (cell, key) in keys.iter().enumerate() {
            let Some(tally) = to.flow(*key) else { continue };
            tally.arrivals += u64::from(arrivals[cell]);
            tally.cancelled += u64::from(cancelled[cell]);
            tally.no_shows += u64::from(no_shows[cell]);
            tally.day_ended += u64::from(day_ended[cell]);
        }
    }

    fn touched(&self, of: &Of) -> bool {
        let of_line = self.arrivals + self.cancelled > 0;
        self.no_shows > 0 || self.day_ended > 0 || (!of.at_counter && of_line)
    }

    fn values(&mut self, of: &Of) -> Vec<Value> {
        let abandoned = self.cancelled + self.no_shows;
        let rest = [of.count(self.no_shows), of.count(self.day_ended)];
        let of_line = if of.at_counter {
            [of.not_of_group(); 4]
        } else {
            let share = of.share(abandoned, self.arrivals);
            [of.count(self.arrivals), of.count(abandoned), share, of.count(self.cancelled)]
        };
        of_line.into_iter().chain(rest).collect()
    }
}
