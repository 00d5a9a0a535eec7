//! Ratings of a site: tickets rated on the business day, by their last press.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::board::RatingTotals;
use crate::event::RatingLevel;
use crate::facts::{Change, Date, Fact};

impl RatingLevel {
    /// Whether it is one of the two best levels.
    #[must_use]
    pub const fn satisfied(self) -> bool {
        matches!(self, Self::VerySatisfied | Self::Satisfied)
    }
}

/// The ratings of the present business day and the one before.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct SiteRatings {
    days: BTreeMap<Date, RatingTotals>,
}

impl SiteRatings {
    /// Takes one change in; whether the totals may have changed.
    pub fn apply(&mut self, change: &Change) -> bool {
        let sign = if change.holds { 1 } else { -1 };
        match change.fact {
            Fact::Rated { date, level, .. } => {
                let day = self.days.entry(date).or_default();
                day.n = day.n.saturating_add_signed(sign);
                let of_level = day.by_level.entry(level).or_default();
                *of_level = of_level.saturating_add_signed(sign);
                if *of_level == 0 {
                    day.by_level.remove(&level);
                }
                true
            }
            Fact::Unbound { date } => {
                let day = self.days.entry(date).or_default();
                day.unbound = day.unbound.saturating_add_signed(sign);
                true
            }
            // Lines, counters and the like are not ratings.
            _ => false,
        }
    }

    /// Lets go of days before `keep`.
    pub fn advance(&mut self, keep: Date) {
        if self.days.first_key_value().is_some_and(|(date, _)| *date < keep) {
            self.days = self.days.split_off(&keep);
        }
    }

    /// The totals of one business day.
    #[must_use]
    pub fn totals(&self, date: Date) -> RatingTotals {
        self.days.get(&date).cloned().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_corrected_press_counts_once() {
        let mut ratings = SiteRatings::default();
        let ticket = crate::TicketNumber::new("A1").unwrap();
        let rated = |level| Fact::Rated { counter: None, date: 7, level, ticket };
        ratings.apply(&Change { fact: rated(RatingLevel::Neutral), holds: true });
        ratings.apply(&Change { fact: rated(RatingLevel::Neutral), holds: false });
        ratings.apply(&Change { fact: rated(RatingLevel::Satisfied), holds: true });
        let totals = ratings.totals(7);
        assert_eq!((totals.n, totals.by_level.len(), totals.by_level[&RatingLevel::Satisfied]), (1, 1, 1));
        ratings.advance(8);
        assert_eq!(ratings.totals(7), RatingTotals::default());
    }
}
