//! How the promised ranges of a site held, as it is told.

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::calendar::Hours;
use crate::estimate;

/// The bands of people ahead: from, to (`None`: and more).
const BANDS: [(u32, Option<u32>); 4] = [(0, Some(0)), (1, Some(4)), (5, Some(14)), (15, None)];
const HOUR_MS: i64 = 3_600_000;

/// How many tickets were called no later than they had been promised when they were taken. What
/// nothing is known of is left out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Accuracy {
    /// By how many people were ahead; older days count less.
    pub by_ahead: Vec<Ahead>,
    /// By the time of the day at which the ticket was taken; older days count less.
    pub by_hour: Vec<Hour>,
    /// The same as `by_ahead`, of the present business day.
    pub today: Vec<Ahead>,
}

/// One band of people ahead.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Ahead {
    /// From so many.
    pub from: u32,
    /// To so many; `None`: and more.
    pub to: Option<u32>,
    /// Tickets called that had a promised range; older days count less.
    pub n: f32,
    /// Of these, called no later than promised.
    pub within: f32,
}

/// One hour of open time.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Hour {
    /// When it begins on a day like today, local minutes after midnight. A break is not counted: an
    /// hour that it cuts goes on after it.
    pub from_min: u16,
    /// See [`Ahead::n`].
    pub n: f32,
    /// See [`Ahead::within`].
    pub within: f32,
}

impl Accuracy {
    /// From what the estimator counted, for the business day of `as_of`. `None` while nothing was.
    #[must_use]
    pub fn of(counted: &estimate::Accuracy, as_of: Timestamp, hours: &mut Hours) -> Option<Self> {
        let told = |kept: estimate::Kept| (tenths(kept.n), tenths(kept.within));
        let by_ahead = |bands: &[estimate::Kept; 4]| {
            let rows = BANDS.iter().zip(bands).map(|((from, to), kept)| {
                let (n, within) = told(*kept);
                Ahead { from: *from, to: *to, n, within }
            });
            rows.filter(|row| row.n > 0.0).collect::<Vec<_>>()
        };
        let day = hours.day_of(as_of);
        let mut by_hour = Vec::new();
        for (hour, kept) in (0..).zip(counted.by_hour) {
            let (n, within) = told(kept);
            // A day that is shorter than usual has no such hour.
            let Some(landing) = hours.add_working(day.start, hour * HOUR_MS).filter(|_| n > 0.0) else { continue };
            let wall = hours.wall_clock(landing.at);
            let from_min = wall.hour() as u16 * 60 + wall.minute() as u16;
            let told = by_hour.iter().any(|row: &Hour| row.from_min == from_min);
            if landing.at < day.end && !told {
                by_hour.push(Hour { from_min, n, within });
            }
        }
        let told = Self { by_ahead: by_ahead(&counted.by_band), by_hour, today: by_ahead(&counted.today) };
        (!told.by_ahead.is_empty()).then_some(told)
    }
}

/// Faded counts are told to a tenth of a ticket.
fn tenths(count: f32) -> f32 {
    (count * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SiteId;
    use crate::config::{OpeningHours, SiteConfig};
    use crate::estimate::Kept;

    #[test]
    fn hours_of_open_time_are_told_by_the_clock() {
        let mut config = SiteConfig::discovered(SiteId::new("x").unwrap(), "Asia/Ho_Chi_Minh");
        for (open_min, close_min) in [(420, 690), (810, 1_020)] {
            config.hours.push(OpeningHours { days: vec![1, 2, 3, 4, 5], open_min, close_min });
        }
        let mut hours = Hours::of_site(&config).unwrap();
        let as_of = Timestamp::parse("2026-11-23T15:00:00+07:00").unwrap();
        let mut counted = estimate::Accuracy::default();
        assert_eq!(Accuracy::of(&counted, as_of, &mut hours), None);
        counted.by_band[1] = Kept { n: 10.04, within: 9.0 };
        counted.today[3] = Kept { n: 2.0, within: 2.0 };
        for hour in [0, 4, 5] {
            counted.by_hour[hour] = Kept { n: 1.0, within: 0.98 };
        }
        let told = Accuracy::of(&counted, as_of, &mut hours).unwrap();
        assert_eq!(told.by_ahead, [Ahead { from: 1, to: Some(4), n: 10.0, within: 9.0 }]);
        assert_eq!(told.today, [Ahead { from: 15, to: None, n: 2.0, within: 2.0 }]);
        let begins: Vec<_> = told.by_hour.iter().map(|hour| (hour.from_min, hour.within)).collect();
        assert_eq!(begins, [(420, 1.0), (660, 1.0), (840, 1.0)], "7:00, 11:00, and 14:00 after the break");
    }
}
