//! When the simulated centre is open: always now.
//!
//! On a working day between 08:30 and 16:00 the hours are the ordinary ones, from 07:00. At any
//! other time the doors opened some three hours ago, so that there is a morning to look back on
//! and a hall that lives. Either way it stays open (an evening shift takes over) until shortly
//! before the end of the business day, which is put as far away as its label allows: never over
//! noon, so that a day has the date on which it opened. Half an hour later the next day opens.

use std::fmt::Write;

use domain::Timestamp;
use jiff::civil::{DateTime, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Span, Zoned};

/// Minutes after midnight.
type Minutes = i64;

const MINUTE_MS: i64 = 60_000;
const DAY: Minutes = 24 * 60;
const NOON: Minutes = 12 * 60;
/// The ordinary hours.
const OPEN: Minutes = 7 * 60;
const CLOSE: Minutes = 17 * 60;
/// A start between these meets an ordinary day that has been going on for a while and has not
/// nearly ended.
const ORDINARY: std::ops::Range<Minutes> = 8 * 60 + 30..16 * 60;
/// How long before the start the doors opened otherwise.
const MORNING: Minutes = 3 * 60;
/// Special hours begin at a half of an hour.
const STEP: Minutes = 30;
/// From the end of a business day to the next opening, and no visitor that long before the end.
const GAP: Minutes = 30;
const LAST_ADMISSION: Minutes = 50;
/// When the hours on the wall are extended into the evening, before they run out.
const EXTEND: Minutes = 15;
const DAYS: [(&str, Weekday); 7] = [
    ("mon", Weekday::Monday),
    ("tue", Weekday::Tuesday),
    ("wed", Weekday::Wednesday),
    ("thu", Weekday::Thursday),
    ("fri", Weekday::Friday),
    ("sat", Weekday::Saturday),
    ("sun", Weekday::Sunday),
];

/// The hours of a demonstration that began at some instant.
#[derive(Debug, Clone, PartialEq)]
pub struct Hours {
    zone: TimeZone,
    /// Local date and time of the first opening.
    opened: DateTime,
    /// Minutes after midnight at which a business day ends.
    day_end: Minutes,
    ordinary: bool,
}

/// One business day of the simulated centre.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Day {
    /// The doors open.
    pub open: Timestamp,
    /// The last number is given.
    pub last: Timestamp,
    /// The business day ends; the hall is empty before.
    pub end: Timestamp,
    /// Whether it is an ordinary day, whose middle is noon.
    pub ordinary: bool,
}

impl Hours {
    /// The hours for somebody who begins to look at `start`.
    #[must_use]
    pub fn at(start: Timestamp, zone: TimeZone) -> Self {
        let now = local(start, &zone).datetime();
        let minutes = minutes_of(now.time());
        let weekend = matches!(now.weekday(), Weekday::Saturday | Weekday::Sunday);
        if !weekend && ORDINARY.contains(&minutes) {
            let opened = now.date().to_datetime(clock(OPEN));
            return Self { zone, opened, day_end: OPEN - GAP, ordinary: true };
        }
        let before = now.saturating_sub(Span::new().minutes(MORNING));
        // A day that would open at the stroke of its own beginning opens a little later.
        let minutes = (minutes_of(before.time()) / STEP * STEP).max(GAP);
        let opened = before.date().to_datetime(clock(minutes));
        Self { zone, opened, day_end: (minutes - GAP).min(NOON), ordinary: false }
    }

    /// Whether these are the hours of an ordinary working day.
    #[must_use]
    pub fn is_ordinary(&self) -> bool {
        self.ordinary
    }

    /// `HH:MM` of the first opening.
    #[must_use]
    pub fn opened(&self) -> String {
        text(minutes_of(self.opened.time()))
    }

    /// Business day number `n` from the first, 0.
    #[must_use]
    pub fn day(&self, n: u32) -> Day {
        let date = self.opened.date().saturating_add(Span::new().days(n));
        let next = date.saturating_add(Span::new().days(1));
        let opened = if n == 0 { self.opened } else { date.to_datetime(clock(self.day_end + GAP)) };
        let end = self.instant(next.to_datetime(clock(self.day_end)));
        Day { open: self.instant(opened), last: end.plus(-LAST_ADMISSION * MINUTE_MS), end, ordinary: self.ordinary }
    }

    fn instant(&self, at: DateTime) -> Timestamp {
        let instant = self.zone.to_ambiguous_timestamp(at).compatible();
        Timestamp::from_ms(instant.map_or(0, jiff::Timestamp::as_millisecond))
    }

    /// `day_end` for the site's file.
    #[must_use]
    pub fn day_end_toml(&self) -> String {
        format!("day_end = \"{}\"\n", text(self.day_end))
    }

    /// The opening hours for the site's file, as they are told at `now`: an ordinary day's are
    /// extended shortly before they run out.
    #[must_use]
    pub fn toml(&self, now: Timestamp) -> String {
        let now = local(now, &self.zone).datetime();
        let closes = self.opened.date().to_datetime(clock(CLOSE - EXTEND));
        if self.ordinary && now < closes {
            let days: Vec<&str> = DAYS[..5].iter().map(|(name, _)| *name).collect();
            return interval(&days, OPEN, CLOSE);
        }
        let first = self.opened.date().weekday();
        let (today, others): (Vec<_>, Vec<_>) = DAYS.iter().partition(|(_, day)| *day == first);
        let names = |days: Vec<&(&'static str, Weekday)>| days.iter().map(|(name, _)| *name).collect::<Vec<_>>();
        let (today, others) = (names(today), names(others));
        let until = self.day_end - GAP;
        let mut all = interval(&today, minutes_of(self.opened.time()), DAY);
        if until > 0 {
            all += &interval(&others, 0, until);
        }
        all + &interval(&others, self.day_end + GAP, DAY)
    }
}

fn local(at: Timestamp, zone: &TimeZone) -> Zoned {
    jiff::Timestamp::from_millisecond(at.ms()).unwrap_or_default().to_zoned(zone.clone())
}

fn minutes_of(time: Time) -> Minutes {
    i64::from(time.hour()) * 60 + i64::from(time.minute())
}

fn clock(minutes: Minutes) -> Time {
    let part = |value: i64| i8::try_from(value).unwrap_or(0);
    Time::new(part(minutes / 60 % 24), part(minutes % 60), 0, 0).unwrap_or_default()
}

fn text(minutes: Minutes) -> String {
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

fn interval(days: &[&str], open: Minutes, close: Minutes) -> String {
    let days: Vec<String> = days.iter().map(|day| format!("\"{day}\"")).collect();
    let mut block = String::new();
    // Writing to a String cannot fail.
    let _ = writeln!(
        block,
        "[[hours]]\ndays = [{}]\nopen = \"{}\"\nclose = \"{}\"\n",
        days.join(", "),
        text(open),
        text(close)
    );
    block
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone() -> TimeZone {
        TimeZone::get("Asia/Ho_Chi_Minh").unwrap()
    }

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(&format!("{text}:00+07:00")).unwrap()
    }

    fn hours(start: &str) -> Hours {
        Hours::at(at(start), zone())
    }

    #[test]
    fn a_working_day_is_ordinary() {
        // 2026-11-23 is a Monday.
        for start in ["2026-11-23T08:30", "2026-11-24T15:59", "2026-11-27T11:40"] {
            let hours = hours(start);
            assert!(hours.is_ordinary(), "{start}");
            assert_eq!(hours.opened(), "07:00");
            assert!(hours.toml(at(start)).contains("open = \"07:00\"\nclose = \"17:00\""));
        }
        let hours = hours("2026-11-23T15:30");
        assert!(hours.toml(at("2026-11-23T16:50")).contains("[\"mon\"]\nopen = \"07:00\"\nclose = \"24:00\""));
        assert_eq!(hours.day(0).end, at("2026-11-24T06:30"));
        assert_eq!(hours.day(1).open, at("2026-11-24T07:00"));
    }

    #[test]
    fn nights_and_weekends_have_special_hours() {
        let opened = |start| {
            let hours = hours(start);
            assert!(!hours.is_ordinary(), "{start}");
            (hours.day(0).open, hours.day(0).end)
        };
        assert_eq!(opened("2026-11-23T23:30"), (at("2026-11-23T20:30"), at("2026-11-24T12:00")));
        assert_eq!(opened("2026-11-24T00:05"), (at("2026-11-23T21:00"), at("2026-11-24T12:00")));
        assert_eq!(opened("2026-11-24T03:10"), (at("2026-11-24T00:30"), at("2026-11-25T00:00")));
        assert_eq!(opened("2026-11-22T10:00"), (at("2026-11-22T07:00"), at("2026-11-23T06:30")));
        assert_eq!(opened("2026-11-23T07:10"), (at("2026-11-23T04:00"), at("2026-11-24T03:30")));
    }

    /// Every quarter of an hour of a fortnight.
    #[test]
    fn whenever_it_begins_the_hall_lives_for_hours() {
        for quarter in 0..14 * 96 {
            let start = at("2026-11-16T00:00").plus(quarter * 15 * MINUTE_MS + 61_000);
            let hours = Hours::at(start, zone());
            let day = hours.day(0);
            let (morning, left) = (start.since(day.open) / MINUTE_MS, day.last.since(start) / MINUTE_MS);
            assert!((90..=9 * 60).contains(&morning), "{start}: opened {morning} min ago");
            assert!(left >= 7 * 60, "{start}: {left} min left");
            let next = hours.day(1).open;
            assert_eq!(next.since(day.end), GAP * MINUTE_MS);
        }
    }

    #[test]
    fn the_file_says_open_while_it_is() {
        let template = crate::centre::TEMPLATE;
        for quarter in 0..7 * 96 {
            let start = at("2026-11-16T00:00").plus(quarter * 15 * MINUTE_MS + 61_000);
            let hours = Hours::at(start, zone());
            let text = crate::centre::site_text(template, &hours, start);
            let site = mqtt_config::settings::read_site(std::path::Path::new("song-may.toml"), &text).unwrap();
            let mut names = domain::view::SiteNames::new(site).unwrap();
            let (day, label) = (names.day_of(start), names.day_of(hours.day(0).open));
            assert_eq!(day, label, "{start}: now and the opening are of one business day");
            assert_eq!(day.end, hours.day(0).end);
            assert_eq!(day.label(), hours.opened.date().to_string(), "{start}");
            for at in [start, start.plus(20 * MINUTE_MS)] {
                assert_eq!(names.opening(at), domain::view::Opening::Open, "{start} {at}");
            }
        }
    }
}
