//! What people thought of it. An officer is never judged by a handful of presses.

use super::super::shape::{Column, Unit, Value};
use super::super::tally::{Of, Sheet, Tally};
use super::column;
use crate::Part;
use crate::source::Cells;

/// Fewer ratings of an officer are counted and not told apart.
pub const LEAST_OF_OFFICER: u64 = 20;

/// See the module.
#[derive(Debug, Default)]
pub(in crate::answer) struct Ratings {
    levels: [u64; 5],
    unbound: u64,
}

impl Tally for Ratings {
    const PARTS: &'static [Part] = &[Part::Ratings];
    const COLUMNS: &'static [Column] = &[
        column("rated", Unit::Count, "Đánh giá", "Rated", "tickets that are rated, each by its last press"),
        column(
            "satisfied",
            Unit::Share,
            "Hài lòng",
            "Satisfied",
            "share of the two best levels; by officer only of 20 ratings or more",
        ),
        column(
            "level_very_satisfied",
            Unit::Count,
            "Rất hài lòng",
            "Very satisfied",
            "ratings of this level alone; by officer only of 20 ratings or more",
        ),
        column(
            "level_satisfied",
            Unit::Count,
            "Mức hài lòng",
            "Level satisfied",
            "ratings of this level alone; by officer only of 20 ratings or more",
        ),
        column(
            "level_neutral",
            Unit::Count,
            "Bình thường",
            "Neutral",
            "ratings of this level alone; by officer only of 20 ratings or more",
        ),
        column(
            "level_dissatisfied",
            Unit::Count,
            "Không hài lòng",
            "Dissatisfied",
            "ratings of this level alone; by officer only of 20 ratings or more",
        ),
        column(
            "level_very_dissatisfied",
            Unit::Count,
            "Rất không hài lòng",
            "Very dissatisfied",
            "ratings of this level alone; by officer only of 20 ratings or more",
        ),
        column(
            "unbound",
            Unit::Count,
            "Không gắn với số",
            "Unbound",
            "presses that belong to no ticket; they count only here",
        ),
    ];

    fn take(cells: &Cells<'_>, to: &mut Sheet<'_, Self>) {
        let Cells::Ratings { keys, ratings, unbound } = cells else { return };
        for (cell, key) in keys.iter().enumerate() {
            let Some(tally) = to.flow(*key) else { continue };
            for (level, n) in tally.levels.iter_mut().zip(ratings[cell]) {
                *level += u64::from(n);
            }
            tally.unbound += u64::from(unbound[cell]);
        }
    }

    fn touched(&self, _: &Of) -> bool {
        self.unbound > 0 || self.levels.iter().any(|n| *n > 0)
    }

    fn values(&mut self, of: &Of) -> Vec<Value> {
        let rated = self.levels.iter().sum();
        let hidden = of.of_officer && rated > 0 && rated < LEAST_OF_OFFICER;
        let mut values = vec![of.count(rated)];
        if hidden {
            values.extend([of.too_few(rated); 6]);
        } else {
            values.push(of.share(self.levels[0] + self.levels[1], rated));
            values.extend(self.levels.iter().map(|n| of.count(*n)));
        }
        values.push(of.count(self.unbound));
        values
    }
}
