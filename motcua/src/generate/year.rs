//! A year as a centre lives it: when it is open, and how many come on which day.
//!
//! Holidays are those of Vietnam's labour code: New Year, Tết (its eve and the four days after), the
//! Hùng kings' day, 30 April, 1 May, 2 September and the day before it; one on a weekend is made up
//! for on the next working day. What a government decides besides (swapped working days, bridges) is
//! not foreseen.

use domain::facts::Date;
use jiff::civil;

use super::moon;
use crate::centre::Dice;

/// Visits of a centre in a year: 40,154 dossiers, as a provincial centre of 24 departments had in
/// 2016, each submitted and most of them collected or asked for.
pub(super) const VISITS: f64 = 65_000.0;
/// Monday to Friday: those who waited over the weekend come on Monday.
const WEEKDAYS: [f64; 5] = [1.28, 1.06, 0.98, 0.92, 0.80];
/// The last working days of a month: deadlines.
const MONTH_END: (usize, f64) = (3, 1.18);
/// By month: few around Tết, many when school is out and children are enrolled.
const MONTHS: [f64; 12] = [0.98, 0.86, 1.06, 1.02, 1.00, 1.10, 1.14, 1.12, 0.98, 0.98, 0.98, 0.96];
/// The weeks before and after Tết.
const NEAR_TET: (Date, Date, f64) = (7, 9, 0.68);
/// No two days are alike: deviation over mean.
const VARIATION: f64 = 0.07;

/// A day on which the centre is open.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Open {
    pub date: Date,
    pub visits: usize,
    /// 1..=12.
    pub month: u8,
}

/// The days of a year, and which of them are holidays.
#[derive(Debug, Clone)]
pub(super) struct Year {
    first: Date,
    last: Date,
    tet: Date,
    pub holidays: Vec<Date>,
}

impl Year {
    /// A year, 1990..=2099.
    pub(super) fn new(year: i16) -> Self {
        let on = |month, day| date_of(civil::date(year, month, day));
        // The first lunar month is the one in which the sun reaches 330 degrees, 19 February; the
        // third that of 30 degrees, 20 April. That holds after leap months too.
        let tet = moon::month_of(on(2, 19));
        let kings = moon::month_of(on(4, 20)) + 9;
        let mut holidays: Vec<Date> = (tet - 1..tet + 4).collect();
        holidays.extend([on(1, 1), kings, on(4, 30), on(5, 1), on(9, 1), on(9, 2)]);
        let mut taken: Vec<Date> = holidays.iter().copied().filter(|day| !is_weekend(*day)).collect();
        taken.sort_unstable();
        taken.dedup();
        for day in holidays.iter().filter(|day| is_weekend(**day)) {
            let instead = (day + 1..).find(|next| !is_weekend(*next) && !taken.contains(next));
            taken.extend(instead);
        }
        taken.sort_unstable();
        Self { first: on(1, 1), last: on(12, 31), tet, holidays: taken }
    }

    fn is_open(&self, date: Date) -> bool {
        !is_weekend(date) && self.holidays.binary_search(&date).is_err()
    }

    /// First day of the year, and how many it has.
    pub(super) fn span(&self) -> (Date, Date) {
        (self.first, self.last - self.first + 1)
    }

    /// The open days and how many come, `share` of a usual centre's year in all.
    pub(super) fn open_days(&self, share: f64, dice: &mut Dice) -> Vec<Open> {
        let days: Vec<Date> = (self.first..=self.last).filter(|date| self.is_open(*date)).collect();
        let weights: Vec<f64> =
            days.iter().map(|date| self.weight(*date) * (1.0 + VARIATION * dice.normal()).clamp(0.7, 1.35)).collect();
        let each = VISITS * share / weights.iter().sum::<f64>();
        let open = |(date, weight): (Date, f64)| {
            let month = civil_of(date).month() as u8;
            Open { date, visits: (weight * each).round() as usize, month }
        };
        days.into_iter().zip(weights).map(open).collect()
    }

    fn weight(&self, date: Date) -> f64 {
        let day = civil_of(date);
        let weekday = WEEKDAYS.get(day.weekday().to_monday_zero_offset() as usize).copied().unwrap_or(0.0);
        let left = (date + 1..=date_of(day.last_of_month())).filter(|later| self.is_open(*later)).count();
        let end = if left < MONTH_END.0 { MONTH_END.1 } else { 1.0 };
        let (before, after, calm) = NEAR_TET;
        let tet = if (self.tet - before..self.tet + after).contains(&date) { calm } else { 1.0 };
        weekday * end * tet * MONTHS[usize::from(day.month() as u8) - 1]
    }
}

/// Days since 1970-01-01.
pub(super) fn date_of(date: civil::Date) -> Date {
    let since = date.since((jiff::Unit::Day, civil::date(1970, 1, 1)));
    since.map_or(0, |span| span.get_days())
}

/// The date of so many days since 1970-01-01.
pub(super) fn civil_of(date: Date) -> civil::Date {
    civil::date(1970, 1, 1).saturating_add(jiff::Span::new().days(date))
}

fn is_weekend(date: Date) -> bool {
    matches!(civil_of(date).weekday(), civil::Weekday::Saturday | civil::Weekday::Sunday)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Dates as calendars printed in Vietnam have them; 2030 differs from China's by a day, and 2023
    /// has a leap month between Tết and the Hùng kings' day.
    #[test]
    fn feasts_are_where_printed_calendars_have_them() {
        let tet = [(2020, 1, 25), (2023, 1, 22), (2025, 1, 29), (2026, 2, 17), (2027, 2, 6), (2030, 2, 2)];
        for (year, month, day) in tet {
            assert_eq!(civil_of(Year::new(year).tet), civil::date(year, month, day), "{year}");
        }
        for (year, month, day) in [(2023, 4, 29), (2024, 4, 18), (2025, 4, 7), (2026, 4, 26)] {
            assert_eq!(civil_of(moon::month_of(date_of(civil::date(year, 4, 20))) + 9), civil::date(year, month, day));
        }
    }

    #[test]
    fn a_year_has_its_visits_and_its_mondays() {
        let year = Year::new(2026);
        let days = year.open_days(1.0, &mut Dice::new(1, 0));
        assert!((248..=252).contains(&days.len()), "{}", days.len());
        let all: usize = days.iter().map(|day| day.visits).sum();
        assert!((64_800..=65_200).contains(&all), "{all}");
        let mean = |wanted: i8| {
            let of: Vec<usize> = days
                .iter()
                .filter(|day| civil_of(day.date).weekday().to_monday_zero_offset() == wanted)
                .map(|day| day.visits)
                .collect();
            of.iter().sum::<usize>() / of.len()
        };
        assert!(mean(0) > mean(2) && mean(2) > mean(4));
        assert!(!days.iter().any(|day| year.holidays.contains(&day.date)));
    }
}
