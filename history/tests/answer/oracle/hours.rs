//! Service hours, what was heard of them, and what a missing day is reckoned to have had.

use std::collections::BTreeSet;

use domain::facts::Date;
use domain::history::QualityCell;
use history::answer::Question;

use super::super::world::{Thing, What};

/// Service hours and what was heard of them, hour by hour; missing days reckoned.
#[derive(Debug, Clone)]
pub struct Hour {
    pub site: &'static str,
    pub date: Date,
    pub hour: u8,
    pub due: u64,
    pub heard: u64,
    pub cell: QualityCell,
}

impl Hour {
    /// Whether anything of it was heard.
    pub fn any(&self) -> bool {
        self.heard > 0 || self.cell.accepted > 0
    }
}

/// Which part of what was due came.
pub fn completeness(hours: &[&Hour]) -> Option<f64> {
    let sum = |of: fn(&Hour) -> u64| hours.iter().map(|hour| of(hour)).sum::<u64>() as f64;
    let (due, heard) = (sum(|hour| hour.due), sum(|hour| hour.heard));
    let (accepted, lost) = (sum(|hour| u64::from(hour.cell.accepted)), sum(|hour| u64::from(hour.cell.lost)));
    let came = if accepted + lost > 0.0 { accepted / (accepted + lost) } else { 1.0 };
    (due > 0.0).then(|| heard.min(due) / due * came)
}

/// All hours of the range.
pub fn hours(question: &Question, things: &[Thing]) -> Vec<Hour> {
    let mut hours = Vec::new();
    let sites: BTreeSet<&'static str> = things.iter().map(|thing| thing.site).collect();
    let last = things.iter().map(|thing| thing.date).max().unwrap_or(Date::MIN);
    for site in sites {
        let of_site: Vec<&Thing> = things.iter().filter(|thing| thing.site == site).collect();
        heard(&of_site, &mut hours);
        missing(question, &of_site, last, &mut hours);
    }
    hours.retain(|hour| (question.from..=question.to).contains(&hour.date));
    hours
}

/// Hours that a site has rows of.
fn heard(of_site: &[&Thing], hours: &mut Vec<Hour>) {
    for thing in of_site {
        if let What::Quality(cell) = &thing.what {
            let (site, date, hour) = (thing.site, thing.date, thing.hour);
            let due = u64::from(cell.due_min.unwrap_or(cell.heard_min));
            hours.push(Hour { site, date, hour, due, heard: u64::from(cell.heard_min), cell: *cell });
        }
    }
}

/// Hours of the days that a site should have and has not.
fn missing(question: &Question, of_site: &[&Thing], last: Date, hours: &mut Vec<Hour>) {
    let site = of_site[0].site;
    let stored: BTreeSet<Date> = of_site.iter().map(|thing| thing.date).collect();
    let first = *stored.first().unwrap();
    let weekday = |date: Date| (date + 3).rem_euclid(7);
    let in_range: Vec<Date> =
        stored.iter().copied().filter(|date| (question.from..=question.to).contains(date)).collect();
    let missing: Vec<Date> =
        (question.from.max(first)..=question.to.min(last)).filter(|date| !stored.contains(date)).collect();
    let lacks = missing.iter().any(|date| !in_range.iter().any(|other| weekday(*other) == weekday(*date)));
    let looked: Vec<Date> = stored
        .iter()
        .copied()
        .filter(|date| in_range.contains(date) || (lacks && (question.from - 28..question.from).contains(date)))
        .collect();
    let most = (0..7).map(|day| looked.iter().filter(|date| weekday(**date) == day).count()).max().unwrap_or(0);
    for date in missing {
        let alike: Vec<Date> = looked.iter().copied().filter(|other| weekday(*other) == weekday(date)).collect();
        if alike.is_empty() || alike.len() * 2 < most {
            continue;
        }
        for hour in 0..24 {
            let due = of_site.iter().filter(|thing| alike.contains(&thing.date) && thing.hour == hour);
            let due: u64 = due
                .map(
                    |thing| {
                        if let What::Quality(cell) = &thing.what { u64::from(cell.due_min.unwrap_or(0)) } else { 0 }
                    },
                )
                .sum();
            let mean = (due as f64 / alike.len() as f64).round() as u64;
            hours.push(Hour { site, date, hour, due: mean, heard: 0, cell: QualityCell::default() });
        }
    }
}
