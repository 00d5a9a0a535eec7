//! How good the data are.

use super::super::shape::{Column, Unit, Value};
use super::super::tally::{Of, Sheet, Tally};
use super::column;
use crate::Part;
use crate::source::Cells;

/// See the module.
#[derive(Debug, Default)]
pub(in crate::answer) struct Quality {
    accepted: u64,
    late: u64,
    lost: u64,
    dead_letters: u64,
}

impl Tally for Quality {
    const PARTS: &'static [Part] = &[Part::Quality];
    const COLUMNS: &'static [Column] = &[
        column("accepted", Unit::Count, "Đã nhận", "Accepted", "events that happened and came in"),
        column("late", Unit::Count, "Đến muộn", "Late", "of these, received over 60 s after they happened"),
        column("lost", Unit::Count, "Bị mất", "Lost", "events that devices had numbered and that never came"),
        column("dead_letters", Unit::Count, "Không dùng được", "Dead letters", "what could not be used"),
        column(
            "heard_share",
            Unit::Share,
            "Có nghe",
            "Heard",
            "share of the minutes that were due which are accounted for; n: minutes that were due",
        ),
    ];

    fn take(cells: &Cells<'_>, to: &mut Sheet<'_, Self>) {
        let Cells::Quality(cells) = cells else { return };
        for cell in *cells {
            let Some(tally) = to.whole(cell.hour) else { continue };
            tally.accepted += u64::from(cell.accepted);
            tally.late += u64::from(cell.late);
            tally.lost += u64::from(cell.lost);
            tally.dead_letters += u64::from(cell.dead_letters);
        }
    }

    fn touched(&self, _: &Of) -> bool {
        self.accepted + self.lost + self.dead_letters > 0
    }

    fn values(&mut self, of: &Of) -> Vec<Value> {
        let heard = of.heard;
        vec![
            of.count(self.accepted),
            of.count(self.late),
            of.count(self.lost),
            of.count(self.dead_letters),
            of.share(heard.heard_min.min(heard.due_min), heard.due_min),
        ]
    }
}
