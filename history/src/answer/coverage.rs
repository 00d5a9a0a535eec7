//! How complete the data of a group's hours are, and whether anything was heard in them at all.

use domain::SiteId;
use domain::facts::Date;
use domain::history::QualityCell;

use super::period::{Days, NOWHERE, weekday};
use super::shape::Range;

/// What was due and heard in a group's hours, all sites of a row together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Heard {
    /// Minutes of service hours; of a site without them, the minutes that were heard.
    pub due_min: u64,
    /// Minutes of these that are accounted for.
    pub heard_min: u64,
    /// Events that happened.
    pub accepted: u64,
    /// Events that never came.
    pub lost: u64,
    /// Hours of a site that were heard and had service hours, or in which somebody waited.
    pub hours: u64,
}

impl Heard {
    /// Whether there is anything that a count could be of.
    pub fn any(&self) -> bool {
        self.heard_min > 0 || self.accepted > 0
    }

    /// Which part of what was due is in the figures, 0 to 1: of the minutes, times of the events.
    /// Cut after the fourth decimal, so that only what is whole is told as 1.
    pub fn completeness(&self) -> Option<f64> {
        if self.due_min == 0 {
            return None;
        }
        let events = self.accepted + self.lost;
        let (came, events) = if events == 0 { (1, 1) } else { (self.accepted, events) };
        let heard = self.heard_min.min(self.due_min);
        let parts = u128::from(heard) * u128::from(came) * 10_000 / (u128::from(self.due_min) * u128::from(events));
        Some(parts as f64 / 10_000.0)
    }

    fn add(&mut self, cell: &QualityCell) {
        self.due_min += u64::from(cell.due_min.unwrap_or(cell.heard_min));
        self.heard_min += u64::from(cell.heard_min);
        self.accepted += u64::from(cell.accepted);
        self.lost += u64::from(cell.lost);
    }
}

/// What one site had stored.
#[derive(Debug, Clone)]
struct Stored {
    site: SiteId,
    /// Days of the period that are stored, by their place in it.
    days: Vec<bool>,
    weekdays: [Weekday; 7],
}

/// Stored days of one weekday, and their service hours.
#[derive(Debug, Clone, Copy, Default)]
struct Weekday {
    days: u64,
    due_min: [u64; 24],
}

/// See the module. Filled from the parts of a scan, in their order.
#[derive(Debug)]
pub(super) struct Coverage {
    days: Days,
    hours: usize,
    /// Rows are by site: one set of times for each.
    by_site: bool,
    times: usize,
    heard: Vec<Heard>,
    sites: Vec<Stored>,
    current: usize,
    /// The present day, and its hours that count for `Heard::hours`.
    day: Option<(usize, Date)>,
    counted: [bool; 24],
}

impl Coverage {
    /// For these sites over these days; `times` of them, `hours` a day.
    pub fn new(sites: &[SiteId], by_site: bool, days: Days, times: usize, hours: usize) -> Self {
        let length = usize::try_from(days.range.to - days.range.from + 1).unwrap_or(0);
        let stored =
            |site: &SiteId| Stored { site: *site, days: vec![false; length], weekdays: [Weekday::default(); 7] };
        Self {
            days,
            hours,
            by_site,
            times,
            heard: vec![Heard::default(); times * if by_site { sites.len() } else { 1 }],
            sites: sites.iter().map(stored).collect(),
            current: 0,
            day: None,
            counted: [false; 24],
        }
    }

    /// Something of a day is stored. Hours in which somebody waited count.
    pub fn stored(&mut self, site: SiteId, date: Date) {
        if self.sites.get(self.current).is_none_or(|stored| stored.site != site) {
            self.current = self.sites.iter().position(|stored| stored.site == site).unwrap_or(usize::MAX);
        }
        if self.day != Some((self.current, date)) {
            self.end_day();
            self.day = Some((self.current, date));
            let place = usize::try_from(date - self.days.range.from).unwrap_or(usize::MAX);
            let Some(stored) = self.sites.get_mut(self.current) else { return };
            let Some(day) = stored.days.get_mut(place) else { return };
            *day = true;
            stored.weekdays[usize::from(weekday(date) - 1)].days += 1;
        }
    }

    /// Somebody waited in an hour of the present day.
    pub fn waited(&mut self, hour: u8) {
        if let Some(counted) = self.counted.get_mut(usize::from(hour)) {
            *counted = true;
        }
    }

    /// How good an hour of the present day is.
    pub fn quality(&mut self, cell: &QualityCell) {
        let Some((site, date)) = self.day else { return };
        if let Some(time) = self.time(site, date, cell.hour) {
            self.heard[time].add(cell);
        }
        let hour = usize::from(cell.hour);
        if cell.due_min != Some(0) && (cell.heard_min > 0 || cell.accepted > 0) {
            self.waited(cell.hour);
        }
        if let (Some(stored), Some(due)) = (self.sites.get_mut(site), cell.due_min)
            && let Some(minutes) = stored.weekdays[usize::from(weekday(date) - 1)].due_min.get_mut(hour)
        {
            *minutes += u64::from(due);
        }
    }

    fn end_day(&mut self) {
        let Some((site, date)) = self.day.take() else { return };
        for hour in 0..24_u8 {
            if std::mem::take(&mut self.counted[usize::from(hour)])
                && let Some(time) = self.time(site, date, hour)
            {
                self.heard[time].hours += 1;
            }
        }
    }

    fn time(&self, site: usize, date: Date, hour: u8) -> Option<usize> {
        let part = self.days.part(date);
        if part == NOWHERE || site >= self.sites.len() {
            return None;
        }
        let hour = if self.hours > 1 { usize::from(hour) } else { 0 };
        let time = part as usize * self.hours + hour;
        let first = if self.by_site { site * self.times } else { 0 };
        (hour < self.hours).then_some(first + time)
    }

    /// Whether some site has days missing between its first one and `until` whose weekday is not
    /// stored even once in the period: then the weeks before it tell what was due.
    pub fn wants_weeks_before(&self, firsts: &[Option<Date>], until: Date) -> Vec<SiteId> {
        let wants = |(stored, first): (&Stored, &Option<Date>)| {
            let unknown = |date: Date| stored.weekdays[usize::from(weekday(date) - 1)].days == 0;
            missing(stored, *first, self.days.range, until).any(unknown).then_some(stored.site)
        };
        self.sites.iter().zip(firsts).filter_map(wants).collect()
    }

    /// The service hours of a day before the period, to reckon with for missing days.
    pub fn week_before(&mut self, site: SiteId, date: Date, cells: &[QualityCell]) {
        let Some(stored) = self.sites.iter_mut().find(|stored| stored.site == site) else { return };
        let weekday = &mut stored.weekdays[usize::from(weekday(date) - 1)];
        weekday.days += 1;
        for cell in cells {
            if let Some(minutes) = weekday.due_min.get_mut(usize::from(cell.hour)) {
                *minutes += u64::from(cell.due_min.unwrap_or(0));
            }
        }
    }

    /// All parts have been seen: days that are not stored count as due, each like the average of
    /// its weekday. A weekday that is stored less than half as often as the most frequent one is no
    /// working day (a Sunday that was worked once).
    pub fn finish(&mut self, firsts: &[Option<Date>], until: Date) {
        self.end_day();
        for (site, first) in firsts.iter().enumerate().take(self.sites.len()) {
            let stored = &self.sites[site];
            let most = stored.weekdays.iter().map(|weekday| weekday.days).max().unwrap_or(0);
            let weekdays = stored.weekdays;
            let dates: Vec<Date> = missing(stored, *first, self.days.range, until).collect();
            for date in dates {
                let weekday = weekdays[usize::from(weekday(date) - 1)];
                if weekday.days == 0 || weekday.days * 2 < most {
                    continue;
                }
                for hour in 0..24_u8 {
                    let due = weekday.due_min[usize::from(hour)];
                    if due > 0
                        && let Some(time) = self.time(site, date, hour)
                    {
                        self.heard[time].due_min += (due + weekday.days / 2) / weekday.days;
                    }
                }
            }
        }
    }

    /// Of a time of a row; `site`: its site's place among those asked, where rows are by site.
    pub fn heard(&self, site: Option<SiteId>, time: usize) -> Heard {
        let place = site.and_then(|site| self.sites.iter().position(|stored| stored.site == site)).unwrap_or(0);
        self.heard.get(place * self.times + time).copied().unwrap_or_default()
    }
}

/// Days of `range` from the site's first one to `until` that are not stored.
fn missing(stored: &Stored, first: Option<Date>, range: Range, until: Date) -> impl Iterator<Item = Date> + '_ {
    let from = first.unwrap_or(Date::MAX).max(range.from);
    let dates = from..=until.min(range.to);
    dates.filter(move |date| {
        let place = usize::try_from(date - range.from).unwrap_or(usize::MAX);
        stored.days.get(place) == Some(&false)
    })
}
