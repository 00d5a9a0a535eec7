//! Business days: which one an instant belongs to, in a site's own zone.

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::Timestamp;

const NOON_MIN: u16 = 720;
const DAY_MIN: u16 = 1_440;
const DAY_MS: i64 = 86_400_000;

/// One business day: `[start, end)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct BusinessDay {
    /// Days since 1970-01-01 of its date.
    pub date: i32,
    /// First instant.
    pub start: Timestamp,
    /// First instant of the next day.
    pub end: Timestamp,
    /// Whoever waited or was held at the end of the day before is still in line.
    #[serde(default)]
    pub keeps_queue: bool,
}

impl BusinessDay {
    /// Whether the instant lies in this day.
    #[must_use]
    pub fn contains(&self, at: Timestamp) -> bool {
        self.start <= at && at < self.end
    }

    /// `YYYY-MM-DD`.
    #[must_use]
    pub fn label(&self) -> String {
        let mut text = Timestamp::from_ms(i64::from(self.date) * DAY_MS).to_string();
        text.truncate(10);
        text
    }
}

/// Which business day an instant belongs to, in a site's own zone. Remembers the last answer,
/// because events come day by day.
#[derive(Debug, Clone)]
pub struct Calendar {
    zone: TimeZone,
    day_end_min: u16,
    keep_queue_overnight: bool,
    cached: Option<BusinessDay>,
}

impl Calendar {
    /// Days end so many minutes after midnight: up to noon of the next calendar day, after noon of
    /// the same.
    #[must_use]
    pub const fn new(zone: TimeZone, day_end_min: u16, keep_queue_overnight: bool) -> Self {
        Self { zone, day_end_min, keep_queue_overnight, cached: None }
    }

    /// The business day of an instant.
    pub fn day_of(&mut self, at: Timestamp) -> BusinessDay {
        if let Some(day) = self.cached.filter(|day| day.contains(at)) {
            return day;
        }
        let day = self.compute(at);
        self.cached = Some(day);
        day
    }

    /// The business day that `at` begins after the one `before`, and the start of the day before it.
    ///
    /// Where `day_end` or the zone was changed in between, the day begins where the other ended, and
    /// no date comes twice: the day is shorter or longer once.
    pub fn day_after(&mut self, before: Option<BusinessDay>, at: Timestamp) -> (BusinessDay, Timestamp) {
        let mut day = self.day_of(at);
        let Some(before) = before.filter(|before| before.end <= at) else {
            return (day, self.day_of(day.start.plus(-1)).start);
        };
        // Twice is enough for any change of hours and zone.
        for _ in 0..2 {
            if day.date <= before.date {
                day = BusinessDay { start: day.start, ..self.day_of(day.end) };
            }
        }
        day.start = day.start.max(before.end);
        let adjoins = day.start == before.end;
        (day, if adjoins { before.start } else { self.day_of(day.start.plus(-1)).start.max(before.end) })
    }

    /// The business day of a date.
    #[must_use]
    pub fn day(&self, date: i32) -> BusinessDay {
        // A day that ends after noon (a night shift is the next day's) starts on the evening
        // before its date; one that ends before noon reaches into the next morning.
        let first = if self.day_end_min > NOON_MIN { date.saturating_sub(1) } else { date };
        let edge = |date| self.instant(date, self.day_end_min);
        BusinessDay {
            date,
            start: edge(first),
            end: edge(first.saturating_add(1)),
            keeps_queue: self.keep_queue_overnight,
        }
    }

    /// The instant of a wall-clock time, minutes after midnight, on a date in the site's zone. 1440
    /// is the midnight at the end of the date. A time that summer time skips is as much later, one
    /// that comes twice is the first.
    #[must_use]
    pub(super) fn instant(&self, date: i32, minutes: u16) -> Timestamp {
        let (date, minutes) = if minutes < DAY_MIN { (date, minutes) } else { (date.saturating_add(1), 0) };
        let at = civil(date).at((minutes / 60) as i8, (minutes % 60) as i8, 0, 0);
        let instant = self.zone.to_ambiguous_timestamp(at).compatible();
        Timestamp::from_ms(instant.map_or(at_utc(at), jiff::Timestamp::as_millisecond))
    }

    /// Local time minus UTC at an instant, seconds.
    #[must_use]
    pub(super) fn utc_offset_s(&self, at: Timestamp) -> i32 {
        let at = jiff::Timestamp::from_millisecond(at.ms()).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        self.zone.to_offset(at).seconds()
    }

    /// The wall-clock time of an instant in the site's zone.
    pub(super) fn wall_clock(&self, at: Timestamp) -> jiff::civil::DateTime {
        let at = jiff::Timestamp::from_millisecond(at.ms()).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        self.zone.to_datetime(at)
    }

    fn compute(&self, at: Timestamp) -> BusinessDay {
        let date = days_since_epoch(self.wall_clock(at).date());
        let mut near = [date, date - 1, date + 1].into_iter().map(|date| self.day(date));
        near.find(|day| day.contains(at)).unwrap_or_else(|| {
            // Only at the very ends of the calendar: one day of UTC.
            let date = at.ms().div_euclid(DAY_MS);
            BusinessDay {
                date: i32::try_from(date).unwrap_or(0),
                start: Timestamp::from_ms(date * DAY_MS),
                end: Timestamp::from_ms((date + 1) * DAY_MS),
                keeps_queue: self.keep_queue_overnight,
            }
        })
    }
}

/// The date of a number of days since 1970-01-01, held to what the calendar can say.
fn civil(date: i32) -> jiff::civil::Date {
    let epoch = jiff::civil::date(1970, 1, 1);
    let span = jiff::Span::new().try_days(date);
    let end = if date < 0 { jiff::civil::Date::MIN } else { jiff::civil::Date::MAX };
    span.and_then(|span| epoch.checked_add(span)).unwrap_or(end)
}

/// Days since 1970-01-01 of a date.
pub(super) fn days_since_epoch(date: jiff::civil::Date) -> i32 {
    date.since(jiff::civil::date(1970, 1, 1)).map_or(0, |span| span.get_days())
}

/// Where the zone has no answer (the ends of the calendar), UTC has one.
pub(super) fn at_utc(at: jiff::civil::DateTime) -> i64 {
    TimeZone::UTC.to_timestamp(at).map_or(0, jiff::Timestamp::as_millisecond)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SiteId;
    use crate::config::SiteConfig;

    fn day(zone: &str, day_end_min: u16, at: &str) -> (String, String, String) {
        let mut config = SiteConfig::discovered(SiteId::new("x").unwrap(), zone);
        config.day_end_min = day_end_min;
        let day = config.calendar().unwrap().day_of(Timestamp::parse(at).unwrap());
        (day.label(), day.start.to_string(), day.end.to_string())
    }

    fn expect(label: &str, start: &str, end: &str) -> (String, String, String) {
        (label.into(), format!("{start}:00.000Z"), format!("{end}:00.000Z"))
    }

    #[test]
    fn days_follow_the_site_s_zone() {
        let hcm = |at| day("Asia/Ho_Chi_Minh", 0, at);
        assert_eq!(hcm("2026-11-22T17:00:00Z"), expect("2026-11-23", "2026-11-22T17:00", "2026-11-23T17:00"));
        assert_eq!(hcm("2026-11-22T16:59:59Z"), expect("2026-11-22", "2026-11-21T17:00", "2026-11-22T17:00"));
    }

    #[test]
    fn a_day_may_end_in_the_small_hours_or_in_the_evening() {
        assert_eq!(
            day("UTC", 180, "2026-11-23T02:59:00Z"),
            expect("2026-11-22", "2026-11-22T03:00", "2026-11-23T03:00")
        );
        assert_eq!(
            day("UTC", 1080, "2026-11-23T17:59:00Z"),
            expect("2026-11-23", "2026-11-22T18:00", "2026-11-23T18:00")
        );
        assert_eq!(
            day("UTC", 1080, "2026-11-23T18:00:00Z"),
            expect("2026-11-24", "2026-11-23T18:00", "2026-11-24T18:00")
        );
    }

    #[test]
    fn a_day_end_that_is_changed_makes_one_day_longer_or_shorter_and_none_twice() {
        let calendar = |day_end_min| {
            let mut config = SiteConfig::discovered(SiteId::new("x").unwrap(), "UTC");
            config.day_end_min = day_end_min;
            config.calendar().unwrap()
        };
        let at = |text: &str| Timestamp::parse(text).unwrap();
        let shown = |(day, keep_from): (BusinessDay, Timestamp)| {
            (day.label(), day.start.to_string(), day.end.to_string(), keep_from.to_string())
        };
        let expect = |label: &str, times: [&str; 3]| {
            let [start, end, keep_from] = times.map(|time| format!("2026-11-{time}:00.000Z"));
            (label.to_owned(), start, end, keep_from)
        };
        let midnight = calendar(0).day_of(at("2026-11-23T12:00:00Z"));
        let longer = calendar(390).day_after(Some(midnight), midnight.end);
        assert_eq!(shown(longer), expect("2026-11-24", ["24T00:00", "25T06:30", "23T00:00"]));
        let morning = calendar(390).day_of(at("2026-11-23T12:00:00Z"));
        let shorter = calendar(0).day_after(Some(morning), morning.end);
        assert_eq!(shown(shorter), expect("2026-11-24", ["24T06:30", "25T00:00", "23T06:30"]));
        let next = calendar(0).day_after(Some(midnight), midnight.end);
        assert_eq!(shown(next), expect("2026-11-24", ["24T00:00", "25T00:00", "23T00:00"]));
        let after_a_gap = calendar(0).day_after(Some(midnight), at("2026-11-26T12:00:00Z"));
        assert_eq!(shown(after_a_gap), expect("2026-11-26", ["26T00:00", "27T00:00", "25T00:00"]));
        let first = calendar(0).day_after(None, at("2026-11-23T12:00:00Z"));
        assert_eq!(shown(first), expect("2026-11-23", ["23T00:00", "24T00:00", "22T00:00"]));
    }

    #[test]
    fn a_day_of_summer_time_has_23_hours() {
        let (_, start, end) = day("Europe/Warsaw", 0, "2020-03-29T12:00:00Z");
        assert_eq!((start.as_str(), end.as_str()), ("2020-03-28T23:00:00.000Z", "2020-03-29T22:00:00.000Z"));
    }
}
