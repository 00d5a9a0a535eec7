//! From a site's file to the intervals of one business day.

use crate::config::{OpeningHours, SiteConfig};
use crate::{ServiceId, Timestamp};

use super::Interval;
use super::day::{BusinessDay, Calendar, days_since_epoch};

/// What a file says of the opening of a site or of one of its services.
#[derive(Debug)]
pub(super) struct Rules {
    /// By weekday; `None` where nobody said: open whenever it is not closed.
    weekly: Option<Vec<OpeningHours>>,
    /// Dates without opening, as days since 1970-01-01.
    holidays: Vec<i32>,
    /// Planned closures.
    closures: Vec<Interval>,
}

impl Rules {
    /// Those of a service; `None`: those of the site.
    pub(super) fn new(config: &SiteConfig, service: Option<ServiceId>) -> Self {
        let own = config.services.iter().find(|of| Some(of.service) == service).map(|of| &of.hours);
        let weekly = own.filter(|hours| !hours.is_empty()).unwrap_or(&config.hours);
        let dates = config.holidays.iter().filter_map(|date| date.parse().ok());
        let closures = config.closures.iter().filter(|closure| closure.is_for(service) && closure.from < closure.to);
        Self {
            weekly: (!weekly.is_empty()).then(|| weekly.clone()),
            holidays: dates.map(days_since_epoch).collect(),
            closures: closures.map(|closure| Interval { open: closure.from, close: closure.to }).collect(),
        }
    }

    /// Nobody said when it is open.
    pub(super) const fn is_unsaid(&self) -> bool {
        self.weekly.is_none()
    }

    /// Nothing ever closes it.
    pub(super) const fn never_closes(&self) -> bool {
        self.weekly.is_none() && self.holidays.is_empty() && self.closures.is_empty()
    }

    /// The intervals of a business day: in order, apart from each other, inside the day.
    pub(super) fn intervals(&self, calendar: &Calendar, day: &BusinessDay) -> Vec<Interval> {
        let mut open = self.weekly.as_ref().map_or_else(|| self.unsaid(day), |hours| self.said(hours, calendar, day));
        for closure in &self.closures {
            if closure.open < day.end && day.start < closure.close {
                open = open.into_iter().flat_map(|interval| without(interval, *closure)).flatten().collect();
            }
        }
        open
    }

    fn unsaid(&self, day: &BusinessDay) -> Vec<Interval> {
        let whole = Interval { open: day.start, close: day.end };
        if self.holidays.contains(&day.date) { Vec::new() } else { vec![whole] }
    }

    /// Hours are of calendar days, a business day may have parts of two of them.
    fn said(&self, hours: &[OpeningHours], calendar: &Calendar, day: &BusinessDay) -> Vec<Interval> {
        let mut found = Vec::new();
        for date in day.date.saturating_sub(1)..=day.date.saturating_add(1) {
            if self.holidays.contains(&date) {
                continue;
            }
            // 1970-01-01 was a Thursday, ISO weekday 4.
            let weekday = (i64::from(date) + 3).rem_euclid(7) as u8 + 1;
            for hours in hours.iter().filter(|hours| hours.days.contains(&weekday)) {
                let at = |minutes| calendar.instant(date, minutes);
                let interval = Interval { open: at(hours.open_min), close: at(hours.close_min) };
                found.extend(interval.within(day.start, day.end));
            }
        }
        found.sort_unstable();
        joined(&found)
    }
}

/// Intervals in order that touch or overlap become one.
fn joined(sorted: &[Interval]) -> Vec<Interval> {
    let mut joined: Vec<Interval> = Vec::new();
    for interval in sorted {
        match joined.last_mut().filter(|last| interval.open <= last.close) {
            Some(last) => last.close = last.close.max(interval.close),
            None => joined.push(*interval),
        }
    }
    joined
}

/// What a closure leaves of an interval: before it and after it.
fn without(interval: Interval, closure: Interval) -> [Option<Interval>; 2] {
    [interval.within(Timestamp::MIN, closure.open), interval.within(closure.close, Timestamp::MAX)]
}
