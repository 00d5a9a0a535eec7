//! How good predictions were: the mean miss of the middle, the check loss of the upper end, and how
//! often it held, of the tickets that were called.

use serde::Serialize;

use super::rivals::{self, Case, RIVALS, band};
use super::{History, Prediction};

/// One row of the table: a method on a group of tickets.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Score {
    /// `motcua`, or one of the simple predictors.
    pub method: &'static str,
    /// Which tickets: `all`, so many people `ahead`, or the `first_30_min` of a site's day.
    pub group: &'static str,
    /// How many.
    pub n: usize,
    /// Mean of |wait − p50|, seconds.
    pub mae_s: f64,
    /// Mean of the check loss of p90 at 0.9, seconds (Koenker & Bassett, 1978).
    pub pinball90_s: f64,
    /// Share called no later than p90.
    pub coverage90: f64,
}

/// A group of tickets: its name and who belongs to it.
type Group = (&'static str, fn(&Case) -> bool);

const GROUPS: [Group; 6] = [
    ("all", |_| true),
    ("ahead_0", |case| band(case.ahead) == 0),
    ("ahead_1_4", |case| band(case.ahead) == 1),
    ("ahead_5_14", |case| band(case.ahead) == 2),
    ("ahead_15_up", |case| band(case.ahead) == 3),
    ("first_30_min", |case| case.early),
];

/// The table of a history's last `days` days (0: of all), by method and group. Groups without a
/// ticket that was called are left out.
#[must_use]
pub fn table(history: &History, predictions: &[Prediction], days: usize) -> Vec<Score> {
    let cases = rivals::cases(history);
    let first = first_day(&cases, days);
    let scored = || cases.iter().zip(predictions).filter(|(case, _)| case.day >= first);
    let mut table = Vec::new();
    for (method, rival) in std::iter::once(("motcua", None)).chain(RIVALS.into_iter().zip((0..).map(Some))) {
        for (group, belongs) in GROUPS {
            let of = scored().filter(|(case, _)| belongs(case)).filter_map(|(case, own)| {
                let said = rival.map_or(*own, |rival: usize| case.rivals[rival]);
                Some((case.wait_s?, f64::from(said.p50_ms) / 1_000.0, f64::from(said.p90_ms) / 1_000.0))
            });
            table.extend(score(method, group, of));
        }
    }
    table
}

fn first_day(cases: &[Case], days: usize) -> i32 {
    let mut all: Vec<i32> = cases.iter().map(|case| case.day).collect();
    all.sort_unstable();
    all.dedup();
    let first = if days == 0 { 0 } else { all.len().saturating_sub(days) };
    all.get(first).copied().unwrap_or(i32::MIN)
}

/// Of (wait, p50, p90), seconds.
fn score(method: &'static str, group: &'static str, of: impl Iterator<Item = (f64, f64, f64)>) -> Option<Score> {
    let (mut n, mut missed, mut loss, mut held) = (0_usize, 0.0, 0.0, 0_usize);
    for (wait, p50, p90) in of {
        n += 1;
        missed += (wait - p50).abs();
        loss += if wait > p90 { 0.9 * (wait - p90) } else { 0.1 * (p90 - wait) };
        held += usize::from(wait <= p90);
    }
    let per = |sum: f64, digits: f64| (sum / n as f64 * digits).round() / digits;
    (n > 0).then(|| Score {
        method,
        group,
        n,
        mae_s: per(missed, 100.0),
        pinball90_s: per(loss, 100.0),
        coverage90: per(held as f64, 10_000.0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_score_by_hand() {
        let of = [(100.0, 80.0, 120.0), (100.0, 110.0, 90.0)];
        let score = score("m", "g", of.into_iter()).unwrap();
        assert_eq!((score.n, score.mae_s, score.pinball90_s, score.coverage90), (2, 15.0, 5.5, 0.5));
        assert!(super::score("m", "g", std::iter::empty()).is_none());
    }

    #[test]
    fn the_last_days_are_days_with_tickets() {
        let case = |day| Case { ahead: 0, early: false, day, wait_s: None, rivals: [Prediction::default(); 3] };
        let cases = [1, 1, 4, 9].map(case);
        assert_eq!([0, 1, 2, 7].map(|days| first_day(&cases, days)), [1, 9, 4, 1]);
    }
}
