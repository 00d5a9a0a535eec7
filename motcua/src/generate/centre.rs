//! One centre's year: its days in order, each as it came in.

use domain::calendar::{BusinessDay, Calendar};
use domain::config::SiteConfig;
use domain::{TicketNumber, Timestamp};

use super::day::{At, MINUTE, Said};
use super::plan::Plan;
use super::year::{Open, Year};
use super::{day, eyes, trouble};
use crate::centre::{Dice, Speaker};

/// Purposes of dice: each has a stream of its own.
const PLAN: u64 = 1;
const DAYS: u64 = 2;
const FIRST_DAY: u64 = 16;
const EACH_DAY: u64 = 4;

/// The collector listens from before the first until after the last, milliseconds after midnight.
const LISTENS_MS: (At, At) = (6 * 60 * MINUTE, 20 * 60 * MINUTE);

/// A centre and the days that are open.
#[derive(Debug)]
pub struct Centre {
    plan: Plan,
    calendar: Calendar,
    days: Vec<Open>,
    seed: u64,
}

/// One day as it came in.
#[derive(Debug)]
pub(super) struct DayOf {
    pub day: BusinessDay,
    /// In the order in which they were received.
    pub said: Vec<Said>,
    /// What each number was promised when it was taken.
    pub promises: Vec<(TicketNumber, (u32, u32))>,
    /// Nobody listened: from, to.
    pub off: Option<(Timestamp, Timestamp)>,
    /// Events that never came: when they were given up, and whose they were.
    pub lost: Vec<(Timestamp, Speaker)>,
}

impl DayOf {
    /// When somebody listened, in order; at least once.
    pub(super) fn listened(&self) -> Vec<(Timestamp, Timestamp)> {
        let (from, to) = (self.day.start.plus(LISTENS_MS.0), self.day.start.plus(LISTENS_MS.1));
        match self.off {
            None => vec![(from, to)],
            Some((off, on)) => vec![(from, off), (on, to)],
        }
    }
}

impl Centre {
    /// Centre number `n`, 0 the first, in a year, 1990..=2099.
    ///
    /// # Errors
    /// When the zone of Vietnam is not known here.
    pub fn new(n: usize, year: i16, seed: u64) -> anyhow::Result<Self> {
        // Neighbouring centres are as far apart as neighbouring seeds.
        let seed = seed.wrapping_mul(1_000_003).wrapping_add(n as u64);
        let year = Year::new(year);
        let plan = Plan::new(n, &year, &mut Dice::new(seed, PLAN))?;
        let days = year.open_days(1.0, &mut Dice::new(seed, DAYS));
        let calendar = plan.config.calendar()?;
        Ok(Self { plan, calendar, days, seed })
    }

    /// The same centre, but only the first so many of its open days.
    #[must_use]
    pub fn only(mut self, days: Option<usize>) -> Self {
        self.days.truncate(days.unwrap_or(usize::MAX));
        self
    }

    /// The site as configured.
    #[must_use]
    pub fn config(&self) -> &SiteConfig {
        &self.plan.config
    }

    /// The calendar of its business days.
    pub(super) fn calendar(&self) -> Calendar {
        self.calendar.clone()
    }

    /// Its days, in order.
    pub(super) fn days(&self) -> impl ExactSizeIterator<Item = DayOf> {
        self.days.iter().map(|open| self.day(*open))
    }

    fn day(&self, open: Open) -> DayOf {
        let of_day = FIRST_DAY + u64::from(open.date.unsigned_abs()) * EACH_DAY;
        let dice = |purpose| Dice::new(self.seed, of_day + purpose);
        let mut played = day::play(&self.plan, open, dice(0));
        eyes::look(&self.plan, open.date, &played.waiting, &mut dice(1), &mut played.said);
        let trouble = trouble::strike(&mut played.said, &mut dice(2));
        played.said.sort_by_key(|said| (said.rx, said.at));
        let day = self.calendar.day(open.date);
        let instant = |at: At| day.start.plus(at);
        DayOf {
            day,
            said: played.said,
            promises: played.promises,
            off: trouble.off.map(|(from, to)| (instant(from), instant(to))),
            lost: trouble.lost.into_iter().map(|(at, speaker)| (instant(at), speaker)).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use domain::event::Body;

    use super::*;

    #[test]
    fn a_centre_year_is_of_the_size_of_one() {
        let centre = Centre::new(0, 2026, 1).unwrap();
        let mut by_type: BTreeMap<&str, usize> = BTreeMap::new();
        let mut lost = 0;
        for day in centre.days() {
            day.said.iter().for_each(|said| *by_type.entry(said.body.type_code()).or_default() += 1);
            lost += day.lost.len();
            assert!(day.said.iter().all(|said| day.day.contains(day.day.start.plus(said.at))), "{}", day.day.label());
        }
        let all: usize = by_type.values().sum();
        println!("{all} events, {lost} lost: {by_type:?}");
        assert!((440_000..=560_000).contains(&all), "{all}");
        assert!((64_000..=66_000).contains(&by_type["ticket.issued"]));
        assert!((6_000..=7_000).contains(&by_type["rating.pressed"]));
        assert!(Body::TYPES.iter().filter(|code| **code != "service.staffing").all(|code| by_type.contains_key(code)));
        assert!(lost > 0);
    }

    #[test]
    fn a_seed_is_a_year() {
        let first = |n, seed| {
            let centre = Centre::new(n, 2026, seed).unwrap();
            centre.days().take(3).flat_map(|day| day.said).collect::<Vec<_>>()
        };
        assert_eq!(first(0, 1), first(0, 1));
        assert_ne!(first(0, 1), first(0, 2));
        assert_ne!(first(0, 1), first(1, 1));
    }
}
