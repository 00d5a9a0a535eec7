//! Opening hours, and arithmetic in open time.

use std::sync::Arc;

use jiff::civil::DateTime;

use crate::config::SiteConfig;
use crate::{ServiceId, Timestamp};

use super::day::{BusinessDay, Calendar, at_utc};
use super::rules::Rules;
use super::{Interval, Opening};

/// How far ahead a next opening is looked for, business days: Tết is nine.
const AHEAD_DAYS: i32 = 14;
/// How far open time is counted, business days. Longer waits are no waits.
const COUNTED_DAYS: i32 = 366;
/// Business days that are kept: those ahead, and yesterday. A power of two.
const KEPT: usize = 16;

/// When a site, or a service of it, is open: intervals of instants, by business day. Nothing that
/// comes outside them breaks anything: open time is never negative.
///
/// Remembers the intervals of the last days it was asked for; they take 1 kB.
#[derive(Debug, Clone)]
pub struct Hours {
    pub(super) calendar: Calendar,
    rules: Arc<Rules>,
    kept: [Option<Kept>; KEPT],
}

#[derive(Debug, Clone)]
struct Kept {
    day: BusinessDay,
    intervals: Box<[Interval]>,
}

/// Where so much open time leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Landing {
    /// The instant; it is open then.
    pub at: Timestamp,
    /// It was closed on the way: when it opened again, the last time. For a start before opening or
    /// in a break that is the opening after it.
    pub resumes_at: Option<Timestamp>,
    /// The day's last closing lies before it: it is on a later business day.
    pub after_close: bool,
}

impl Hours {
    /// Of the whole site.
    ///
    /// # Errors
    /// When the time zone is not known.
    pub fn of_site(config: &SiteConfig) -> Result<Self, jiff::Error> {
        Self::new(config, None)
    }

    /// Of one service: its own hours where it has some, else the site's; less the closures of both.
    ///
    /// # Errors
    /// When the time zone is not known.
    pub fn of_service(config: &SiteConfig, service: ServiceId) -> Result<Self, jiff::Error> {
        Self::new(config, Some(service))
    }

    fn new(config: &SiteConfig, service: Option<ServiceId>) -> Result<Self, jiff::Error> {
        let rules = Arc::new(Rules::new(config, service));
        Ok(Self { calendar: config.calendar()?, rules, kept: std::array::from_fn(|_| None) })
    }

    /// Whether nobody said when it is open: then it is, but for holidays and closures, and every
    /// business day is one interval.
    #[must_use]
    pub fn is_unsaid(&self) -> bool {
        self.rules.is_unsaid()
    }

    /// The intervals of a business day, given by the days since 1970-01-01 of its date: in order,
    /// apart from each other, inside the day. None: closed all day.
    pub fn of_day(&mut self, date: i32) -> &[Interval] {
        &self.day(date).intervals
    }

    /// The same without remembering: for what is asked once a day.
    #[must_use]
    pub fn read_day(&self, date: i32) -> Vec<Interval> {
        self.rules.intervals(&self.calendar, &self.calendar.day(date))
    }

    /// Local time minus UTC at an instant, seconds.
    #[must_use]
    pub fn utc_offset_s(&self, at: Timestamp) -> i32 {
        self.calendar.utc_offset_s(at)
    }

    /// The business day of an instant.
    pub fn day_of(&mut self, at: Timestamp) -> BusinessDay {
        let guess = at.ms().div_euclid(86_400_000) as i32;
        // No zone and no end of day moves a date by more than two.
        let near = (guess - 2..=guess + 2).filter_map(|date| self.kept[slot(date)].as_ref());
        let found = near.map(|kept| kept.day).find(|day| day.contains(at));
        found.unwrap_or_else(|| self.calendar.day_of(at))
    }

    /// Whether it is open at `at`, and else when it opens next, within 14 days.
    pub fn opening(&mut self, at: Timestamp) -> Opening {
        let date = self.day_of(at).date;
        match self.after(date, at) {
            Some((_, interval)) if interval.contains(at) => Opening::Open,
            next => Opening::ClosedUntil(next.map(|(_, interval)| interval.open)),
        }
    }

    /// The instant that so much open time leads to, milliseconds, counted from `from` or from the
    /// next opening after it; less than none is none. Where the time is used up with a closing, it
    /// is the next opening. `None`: it never opens for so long, as far as is known.
    pub fn add_working(&mut self, from: Timestamp, working_ms: i64) -> Option<Landing> {
        let mut left = working_ms.max(0);
        let mut landing = Landing { at: from, resumes_at: None, after_close: false };
        if self.rules.never_closes() {
            return Some(Landing { at: from.plus(left), ..landing });
        }
        let mut date = self.day_of(from).date;
        let last = date.saturating_add(COUNTED_DAYS);
        loop {
            let (on, interval) = self.after(date, landing.at).filter(|(on, _)| *on <= last)?;
            if landing.at < interval.open {
                landing.at = interval.open;
                landing.resumes_at = Some(interval.open);
                landing.after_close |= on > date;
            }
            let room = interval.close.since(landing.at);
            if left < room {
                return Some(Landing { at: landing.at.plus(left), ..landing });
            }
            left -= room;
            landing.at = interval.close;
            date = on;
        }
    }

    /// Open time between two instants, milliseconds; none when `to` is not after `from`. Counted for
    /// a year at most.
    pub fn working_between(&mut self, from: Timestamp, to: Timestamp) -> i64 {
        if self.rules.never_closes() || to <= from {
            return to.since(from).max(0);
        }
        let first = self.day_of(from).date;
        let last = self.day_of(to).date.min(first.saturating_add(COUNTED_DAYS));
        let mut sum = 0;
        for date in first..=last {
            let parts = self.of_day(date).iter().filter_map(|interval| interval.within(from, to));
            sum += parts.map(|part| part.close.since(part.open)).sum::<i64>();
        }
        sum
    }

    /// When it next opens or closes after `at`. `None`: not within 14 days.
    pub fn next_change(&mut self, at: Timestamp) -> Option<Timestamp> {
        if self.rules.never_closes() {
            return None;
        }
        let date = self.day_of(at).date;
        let (mut on, mut stretch) = self.after(date, at)?;
        if at < stretch.open {
            return Some(stretch.open);
        }
        // What is open when a day ends may go on into the next.
        while on <= date.saturating_add(AHEAD_DAYS) {
            match self.after(on, stretch.close) {
                Some((next, interval)) if interval.open == stretch.close => (on, stretch) = (next, interval),
                _ => return Some(stretch.close),
            }
        }
        None
    }

    /// When the business day of `at` closes for the last time, be it before `at`. `None`: closed all
    /// day, or still open when the day ends.
    pub fn last_close(&mut self, at: Timestamp) -> Option<Timestamp> {
        let date = self.day_of(at).date;
        let close = self.of_day(date).last()?.close;
        let goes_on = self.of_day(date.saturating_add(1)).first().is_some_and(|next| next.open == close);
        (!goes_on).then_some(close)
    }

    /// For how long it has been open at `at`, milliseconds. `None`: closed, or nobody knows since
    /// when.
    pub fn since_open(&mut self, at: Timestamp) -> Option<i64> {
        if self.rules.never_closes() {
            return None;
        }
        let date = self.day_of(at).date;
        let mut open = self.of_day(date).iter().find(|interval| interval.contains(at))?.open;
        for before in (date.saturating_sub(AHEAD_DAYS)..date).rev() {
            match self.of_day(before).last() {
                Some(interval) if interval.close == open => open = interval.open,
                _ => return Some(at.since(open)),
            }
        }
        None
    }

    /// The wall-clock time of an instant in the site's zone.
    #[must_use]
    pub fn wall_clock(&self, at: Timestamp) -> DateTime {
        self.calendar.wall_clock(at)
    }

    /// Minutes that the site's local time is ahead of UTC at an instant.
    #[must_use]
    pub fn utc_offset_min(&self, at: Timestamp) -> i16 {
        let ahead_ms = at_utc(self.calendar.wall_clock(at)).saturating_sub(at.ms());
        (ahead_ms.div_euclid(60_000)) as i16
    }

    /// The first interval that ends after `at`, on the business day `date` or within 14 days.
    fn after(&mut self, date: i32, at: Timestamp) -> Option<(i32, Interval)> {
        (date..date.saturating_add(AHEAD_DAYS)).find_map(|date| {
            let interval = self.of_day(date).iter().find(|interval| at < interval.close)?;
            Some((date, *interval))
        })
    }

    fn day(&mut self, date: i32) -> &Kept {
        let Self { calendar, rules, kept } = self;
        let place = &mut kept[slot(date)];
        if place.as_ref().is_some_and(|kept| kept.day.date != date) {
            *place = None;
        }
        place.get_or_insert_with(|| {
            let day = calendar.day(date);
            Kept { day, intervals: rules.intervals(calendar, &day).into() }
        })
    }
}

const fn slot(date: i32) -> usize {
    date.rem_euclid(KEPT as i32) as usize
}
