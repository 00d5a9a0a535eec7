//! A site as configured: what the fold and the board need to know of it. Reading and checking the
//! file is `mqtt-config::settings`; a value of [`SiteConfig`] has been checked.

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::board::Contacts;
use crate::event::ZoneKind;
use crate::{CameraId, CounterId, DepartmentId, FieldId, OfficerId, ServiceId, SiteId, Timestamp, ZoneId};

/// One site, checked. Recorded in the journal whenever it changes, so that the journal alone
/// decides every board.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SiteConfig {
    /// Its id.
    pub site: SiteId,
    /// Its name, as people read it.
    pub name: String,
    /// IANA name of its time zone, for example `Asia/Ho_Chi_Minh`.
    pub time_zone: String,
    /// Minutes after midnight at which a business day ends; 0 is midnight. Up to noon it belongs
    /// to the next calendar day, after noon to the same.
    #[serde(default)]
    pub day_end_min: u16,
    /// Whoever waits or is held when a business day ends stays in line over night.
    #[serde(default)]
    pub keep_queue_overnight: bool,
    /// Length of the window of waits and load, seconds.
    #[serde(default = "default_window_s")]
    pub window_s: u32,
    /// Whom to ask.
    #[serde(default)]
    pub contacts: Contacts,
    /// Opening hours by weekday.
    #[serde(default)]
    pub hours: Vec<OpeningHours>,
    /// Days without opening, `YYYY-MM-DD`.
    #[serde(default)]
    pub holidays: Vec<String>,
    /// Services, in the order of the file.
    #[serde(default)]
    pub services: Vec<ServiceConfig>,
    /// Counters, in the order of the file.
    #[serde(default)]
    pub counters: Vec<CounterConfig>,
    /// Officers.
    #[serde(default)]
    pub officers: Vec<OfficerConfig>,
    /// Camera zones.
    #[serde(default)]
    pub zones: Vec<ZoneConfig>,
    /// `--discover`: services, counters, officers and zones appear when first seen; names are ids.
    #[serde(default)]
    pub discover: bool,
}

const fn default_window_s() -> u32 {
    900
}

/// One opening interval.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpeningHours {
    /// Weekdays, 1 = Monday … 7 = Sunday (ISO 8601).
    pub days: Vec<u8>,
    /// Minutes after midnight.
    pub open_min: u16,
    /// Minutes after midnight, after `open_min`.
    pub close_min: u16,
}

/// Who numbers and chooses for a service (contract section 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Queue {
    /// Devices number and call; motcua follows.
    #[default]
    External,
    /// The collector numbers and chooses.
    Motcua,
}

/// One service with the field and department it belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "ids and their names")]
pub struct ServiceConfig {
    pub service: ServiceId,
    pub name: String,
    pub field: Option<FieldId>,
    pub field_name: Option<String>,
    pub department: Option<DepartmentId>,
    pub department_name: Option<String>,
    #[serde(default)]
    pub queue: Queue,
}

/// One counter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "ids and their names")]
pub struct CounterConfig {
    pub counter: CounterId,
    pub name: String,
    pub place: Option<String>,
    pub department: Option<DepartmentId>,
    /// What it serves when `counter.opened` does not say.
    #[serde(default)]
    pub services: Vec<ServiceId>,
    /// The field shown over it; `None`: that of its first service.
    pub field_name: Option<String>,
}

/// One officer, from and to (inclusive) `YYYY-MM-DD`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "ids and their names")]
pub struct OfficerConfig {
    pub officer: OfficerId,
    pub name: String,
    pub department: Option<DepartmentId>,
    pub from: Option<String>,
    pub to: Option<String>,
}

/// One zone of one camera. `polygon` is in fractions of width and height from the top left.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "ids and their names")]
pub struct ZoneConfig {
    pub camera: CameraId,
    pub zone: ZoneId,
    pub kind: ZoneKind,
    pub counter: Option<CounterId>,
    #[serde(default)]
    pub polygon: Vec<[f64; 2]>,
}

impl SiteConfig {
    /// A site nobody configured: names are ids (`serve --discover`).
    #[must_use]
    pub fn discovered(site: SiteId, time_zone: &str) -> Self {
        Self {
            site,
            name: site.to_string(),
            time_zone: time_zone.to_owned(),
            day_end_min: 0,
            keep_queue_overnight: false,
            window_s: default_window_s(),
            contacts: Contacts::default(),
            hours: Vec::new(),
            holidays: Vec::new(),
            services: Vec::new(),
            counters: Vec::new(),
            officers: Vec::new(),
            zones: Vec::new(),
            discover: true,
        }
    }

    /// The calendar of the site's business days.
    ///
    /// # Errors
    /// When the time zone is not known.
    pub fn calendar(&self) -> Result<Calendar, jiff::Error> {
        Ok(Calendar {
            zone: TimeZone::get(&self.time_zone)?,
            day_end_min: self.day_end_min,
            keep_queue_overnight: self.keep_queue_overnight,
            cached: None,
        })
    }
}

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
        let mut text = Timestamp::from_ms(i64::from(self.date) * 86_400_000).to_string();
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

    /// The instant of a wall-clock time on a date, in the site's zone.
    #[must_use]
    pub fn instant(&self, date: i32, minutes: u16) -> Timestamp {
        let midnight = jiff::civil::date(1970, 1, 1).checked_add(jiff::Span::new().days(date));
        let hour = i8::try_from(minutes / 60).unwrap_or(0).min(23);
        let minute = if minutes >= 1_440 { 59 } else { i8::try_from(minutes % 60).unwrap_or(0) };
        let at = midnight.unwrap_or(jiff::civil::date(1970, 1, 1)).at(hour, minute, 0, 0);
        let instant = self.zone.to_ambiguous_timestamp(at).compatible();
        Timestamp::from_ms(instant.map_or(at_utc(at), jiff::Timestamp::as_millisecond))
    }

    fn compute(&self, at: Timestamp) -> BusinessDay {
        let civil = jiff::Timestamp::from_millisecond(at.ms()).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        let date = civil.to_zoned(self.zone.clone()).date();
        // A day that ends after noon (a night shift is the next day's) starts on the evening
        // before its date; one that ends before noon reaches into the next morning.
        let shift = if self.day_end_min > 720 { -1 } else { 0 };
        let edge = |days_on: i64| {
            let from = date.checked_add(jiff::Span::new().days(days_on)).unwrap_or(date);
            let hour = i8::try_from(self.day_end_min / 60).unwrap_or(0);
            let minute = i8::try_from(self.day_end_min % 60).unwrap_or(0);
            let at = from.at(hour, minute, 0, 0);
            let instant = self.zone.to_ambiguous_timestamp(at).compatible();
            (from, instant.map_or(at_utc(at), jiff::Timestamp::as_millisecond))
        };
        for days_on in [-1, 0, 1] {
            let (from, start) = edge(days_on);
            let (_, end) = edge(days_on + 1);
            if start <= at.ms() && at.ms() < end {
                let label = from.checked_add(jiff::Span::new().days(-shift)).unwrap_or(from);
                let epoch = jiff::civil::date(1970, 1, 1);
                let date = label.since(epoch).map_or(0, |span| span.get_days());
                let (start, end) = (Timestamp::from_ms(start), Timestamp::from_ms(end));
                return BusinessDay { date, start, end, keeps_queue: self.keep_queue_overnight };
            }
        }
        // Only at the very ends of the calendar: one day of UTC.
        let date = at.ms().div_euclid(86_400_000);
        BusinessDay {
            date: i32::try_from(date).unwrap_or(0),
            start: Timestamp::from_ms(date * 86_400_000),
            end: Timestamp::from_ms((date + 1) * 86_400_000),
            keeps_queue: self.keep_queue_overnight,
        }
    }
}

/// Where the zone has no answer (the ends of the calendar), UTC has one.
fn at_utc(at: jiff::civil::DateTime) -> i64 {
    TimeZone::UTC.to_timestamp(at).map_or(0, jiff::Timestamp::as_millisecond)
}

#[cfg(test)]
mod tests {
    use super::*;

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
