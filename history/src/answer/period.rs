//! Days, and what of time rows are by. Business days have neither zone nor daylight saving: they are
//! counted, and so are the hours on the wall.

use domain::facts::Date;
use jiff::civil;

use super::question::{By, Compare};
use super::shape::Range;

/// A day that has no counterpart in a comparison belongs to no row.
pub(super) const NOWHERE: u32 = u32::MAX;

/// Years 1 to 9999, about: further away nothing is asked.
pub(super) const DATES: std::ops::RangeInclusive<Date> = -719_162..=2_932_896;

/// The date as a date.
pub(super) fn civil(date: Date) -> civil::Date {
    let date = date.clamp(*DATES.start(), *DATES.end());
    civil::date(1970, 1, 1).saturating_add(jiff::Span::new().days(date))
}

/// Days since 1970-01-01.
pub(super) fn days(date: civil::Date) -> Date {
    let first = civil::date(1970, 1, 1);
    (date - first).get_days()
}

/// 1 (Monday) to 7.
pub(super) fn weekday(date: Date) -> u8 {
    // 1970-01-01 was a Thursday.
    (date.wrapping_add(3).rem_euclid(7) + 1) as u8
}

fn monday(date: Date) -> Date {
    date - i32::from(weekday(date) - 1)
}

/// Months since the year 0.
fn month(date: civil::Date) -> i32 {
    i32::from(date.year()) * 12 + i32::from(date.month()) - 1
}

/// `2026-11-23`.
pub(super) fn day_text(date: Date) -> String {
    let date = civil(date);
    format!("{:04}-{:02}-{:02}", date.year(), date.month(), date.day())
}

fn month_text(month: i32) -> String {
    format!("{:04}-{:02}", month.div_euclid(12), month.rem_euclid(12) + 1)
}

/// `2026-W48`, by the week's Monday: an ISO week belongs to the year of its Thursday.
pub(super) fn week_text(monday: Date) -> String {
    let thursday = civil(monday + 3);
    format!("{:04}-W{:02}", thursday.year(), (thursday.day_of_year() - 1) / 7 + 1)
}

/// First and last day of a month, months since the year 0.
fn month_range(month: i32) -> Option<Range> {
    let year = i16::try_from(month.div_euclid(12)).ok()?;
    let first = civil::Date::new(year, i8::try_from(month.rem_euclid(12) + 1).ok()?, 1).ok()?;
    Some(Range { from: days(first), to: days(first.last_of_month()) })
}

/// What a text names: a day, a week, a month or a year.
pub(super) fn named(text: &str) -> Option<Range> {
    let number = |text: &str, digits: usize| {
        let whole = text.len() == digits && text.bytes().all(|b| b.is_ascii_digit());
        whole.then(|| text.parse::<i16>().ok()).flatten()
    };
    let mut words = text.split('-');
    let year = number(words.next()?, 4).filter(|year| *year > 0)?;
    let (second, third) = (words.next(), words.next());
    if words.next().is_some() {
        return None;
    }
    match (second, third) {
        (None, _) => {
            let first = civil::Date::new(year, 1, 1).ok()?;
            Some(Range { from: days(first), to: days(first.last_of_year()) })
        }
        (Some(week), None) if week.starts_with('W') => {
            let week = i32::from(number(&week[1..], 2)?);
            let from = monday(days(civil::Date::new(year, 1, 4).ok()?)) + (week - 1) * 7;
            (week_text(from) == text).then_some(Range { from, to: from + 6 })
        }
        (Some(month), None) => {
            let month = number(month, 2).filter(|month| (1..=12).contains(month))?;
            month_range(i32::from(year) * 12 + i32::from(month) - 1)
        }
        (Some(month), Some(day)) => {
            let (month, day) = (number(month, 2)?, number(day, 2)?);
            let date = civil::Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
            Some(Range { from: days(date), to: days(date) })
        }
    }
}

/// How far a period lies before another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shift {
    Months(i32),
    Days(i32),
}

/// The period that another one is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Before {
    /// Its days.
    pub range: Range,
    /// The period that was asked for.
    of: Range,
    shift: Shift,
}

impl Before {
    /// The period to compare `of` with, as far as `of` has come: `until`, its last day.
    pub fn of(compare: Compare, of: Range, until: Date) -> Self {
        let (first, last) = (civil(of.from), civil(of.to));
        let whole_months = (first.day() == 1 && last == last.last_of_month()).then(|| month(last) - month(first) + 1);
        let shift = match (compare, whole_months) {
            (Compare::Previous, Some(months)) => Shift::Months(months),
            (Compare::Previous, None) => Shift::Days(of.to - of.from + 1),
            (Compare::Year, Some(_)) => Shift::Months(12),
            (Compare::Year, None) => Shift::Days(364),
        };
        let back = |date: Date| match shift {
            Shift::Days(days) => date - days,
            Shift::Months(months) => earlier(date, months, of.to == date),
        };
        Self { range: Range { from: back(of.from), to: back(until.min(of.to)) }, of, shift }
    }

    /// The day of the later period that a day of this one stands beside.
    fn later(&self, date: Date) -> Option<Date> {
        match self.shift {
            Shift::Days(days) => Some(date + days),
            Shift::Months(months) => {
                let there = month_range(month(civil(date)) + months)?;
                let day = there.from + i32::from(civil(date).day()) - 1;
                (day <= there.to).then_some(day)
            }
        }
    }

    fn later_month(&self, date: Date) -> i32 {
        match self.shift {
            Shift::Days(days) => month(civil(date + days)),
            Shift::Months(months) => month(civil(date)) + months,
        }
    }

    fn later_week(&self, date: Date) -> Option<Date> {
        let there = date + (self.of.from - self.range.from);
        (there <= self.of.to).then_some(monday(there))
    }
}

/// The same day of an earlier month, its last one where it is too short; `to_end`: its last one.
fn earlier(date: Date, months: i32, to_end: bool) -> Date {
    let there = civil(date);
    month_range(month(there) - months).map_or(date, |range| {
        let day = range.from + i32::from(there.day()) - 1;
        if to_end { range.to } else { day.min(range.to) }
    })
}

/// What of a date a row is of; what it is not by is 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
struct Key {
    month: i32,
    week: Date,
    day: Date,
    weekday: u8,
}

/// The times that rows are of, numbered in order: dates' part first, then hours.
#[derive(Debug, Clone)]
pub(super) struct Times {
    by: Vec<By>,
    keys: Vec<Key>,
    /// 24 where rows are by hour, else 1.
    pub hours: usize,
}

/// Days of a period, and to which dates' part each belongs.
#[derive(Debug, Clone)]
pub(super) struct Days {
    /// The period.
    pub range: Range,
    of: Vec<u32>,
}

impl Days {
    /// The number of a day's part of [`Times`]; [`NOWHERE`]: none.
    pub fn part(&self, date: Date) -> u32 {
        let place = usize::try_from(date - self.range.from).unwrap_or(usize::MAX);
        self.of.get(place).copied().unwrap_or(NOWHERE)
    }
}

impl Times {
    /// The times of a period.
    pub fn of(range: Range, by: &[By]) -> (Self, Days) {
        let by: Vec<By> = by.iter().copied().filter(|by| by.is_time()).collect();
        let mut times = Self { hours: if by.contains(&By::Hour) { 24 } else { 1 }, by, keys: Vec::new() };
        let of_days: Vec<Key> = (range.from..=range.to).map(|date| times.key(date)).collect();
        times.keys.clone_from(&of_days);
        times.keys.sort_unstable();
        times.keys.dedup();
        let days = Days { range, of: of_days.iter().map(|key| times.find(key)).collect() };
        (times, days)
    }

    /// The same times for the period that is compared.
    pub fn before(&self, before: &Before) -> Days {
        let key = |date: Date| {
            let day = before.later(date);
            if self.by.contains(&By::Day) {
                return day.map(|day| self.key(day));
            }
            let mut key = self.key(date);
            if self.by.contains(&By::Month) {
                key.month = before.later_month(date);
            }
            if self.by.contains(&By::Week) {
                key.week = before.later_week(date)?;
            }
            Some(key)
        };
        let range = before.range;
        let find = |date| key(date).map_or(NOWHERE, |key| self.find(&key));
        Days { range, of: (range.from..=range.to).map(find).collect() }
    }

    fn key(&self, date: Date) -> Key {
        let mut key = Key::default();
        for by in &self.by {
            match by {
                By::Month => key.month = month(civil(date)),
                By::Week => key.week = monday(date),
                By::Day => key.day = date,
                By::Weekday => key.weekday = weekday(date),
                _ => {}
            }
        }
        key
    }

    fn find(&self, key: &Key) -> u32 {
        self.keys.binary_search(key).ok().and_then(|ix| u32::try_from(ix).ok()).unwrap_or(NOWHERE)
    }

    /// How many times there are.
    pub fn len(&self) -> usize {
        self.keys.len() * self.hours
    }

    /// Whether rows are by any time.
    pub fn any(&self) -> bool {
        !self.by.is_empty()
    }

    /// What people read of a time.
    pub fn text(&self, time: usize, by: By) -> Option<String> {
        let key = self.keys.get(time / self.hours)?;
        match by {
            By::Month => Some(month_text(key.month)),
            By::Week => Some(week_text(key.week)),
            By::Day => Some(day_text(key.day)),
            By::Weekday => Some(key.weekday.to_string()),
            By::Hour => Some((time % self.hours).to_string()),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(from: &str, to: &str) -> Range {
        Range { from: named(from).unwrap().from, to: named(to).unwrap().to }
    }

    fn before(compare: Compare, from: &str, to: &str, until: &str) -> [String; 2] {
        let before = Before::of(compare, range(from, to), named(until).unwrap().to).range;
        [day_text(before.from), day_text(before.to)]
    }

    #[test]
    fn names_of_days_weeks_months_and_years() {
        for date in -800..40_000 {
            let text = week_text(monday(date));
            let week = named(&text).unwrap();
            assert!((week.from..=week.to).contains(&date) && weekday(week.from) == 1, "{date} {text}");
            assert_eq!(named(&day_text(date)), Some(Range { from: date, to: date }));
        }
        assert_eq!(week_text(monday(named("2027-01-03").unwrap().from)), "2026-W53");
        assert_eq!(named("2028-02"), Some(range("2028-02-01", "2028-02-29")));
        assert_eq!(named("2026"), Some(range("2026-01-01", "2026-12-31")));
        for bad in
            ["", "26", "2026-13", "2025-W53", "2026-W00", "2026-02-29", "2026-1-1", "2026-01-01-01", "2026-Wé", "+026"]
        {
            assert_eq!(named(bad), None, "{bad}");
        }
    }

    #[test]
    fn the_period_before() {
        use Compare::{Previous, Year};
        // Whole months with whole months, however long they are.
        assert_eq!(before(Previous, "2026-03", "2026-03", "2026-03"), ["2026-02-01", "2026-02-28"]);
        assert_eq!(before(Previous, "2026-01", "2026-03", "2026-03"), ["2025-10-01", "2025-12-31"]);
        // As far as the present month has come.
        assert_eq!(before(Previous, "2026-11", "2026-11", "2026-11-23"), ["2026-10-01", "2026-10-23"]);
        assert_eq!(before(Previous, "2026-03", "2026-03", "2026-03-30"), ["2026-02-01", "2026-02-28"]);
        assert_eq!(before(Year, "2028-02", "2028-02", "2028-02"), ["2027-02-01", "2027-02-28"]);
        // Anything else by days.
        assert_eq!(before(Previous, "2026-W48", "2026-W48", "2026-W48"), ["2026-11-16", "2026-11-22"]);
        assert_eq!(before(Previous, "2026-11-10", "2026-11-19", "2026-11-12"), ["2026-10-31", "2026-11-02"]);
        // 52 weeks: a 29 February and a week 53 have their counterparts.
        assert_eq!(before(Year, "2028-02-29", "2028-02-29", "2028-02-29"), ["2027-03-02", "2027-03-02"]);
        assert_eq!(before(Year, "2026-W53", "2026-W53", "2026-W53"), ["2025-12-29", "2026-01-04"]);
    }

    #[test]
    fn days_of_a_longer_month_before_have_no_counterpart() {
        let (feb, jan) = (range("2026-02", "2026-02"), named("2026-01-31").unwrap().from);
        let before = Before::of(Compare::Previous, feb, feb.to);
        let part = |by: &[By], date| Times::of(feb, by).0.before(&before).part(date);
        assert_eq!(part(&[By::Day], jan), NOWHERE);
        assert_eq!(part(&[By::Day], jan - 30), 0);
        assert_eq!(part(&[By::Month], jan), 0);
        assert_eq!(part(&[By::Weekday], jan), 5);
    }
}
