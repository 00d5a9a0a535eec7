//! What goes wrong: nobody listens for a while, a line is away, events never come.

use std::collections::HashMap;

use super::day::{At, MINUTE, Said};
use super::plan::{AFTERNOON, MORNING};
use crate::centre::{Dice, Speaker};

/// One of so many days has a stretch in which the centre's host is off; one of so many of these for
/// the rest of the day.
const OFF: f64 = 1.0 / 45.0;
const FOR_THE_DAY: f64 = 0.15;
/// Of what devices say meanwhile, so much is never told: those that keep no journal of their own.
const NEVER_TOLD: f64 = 0.06;
/// When devices tell what they kept, and when what is missing is given up, after the host is back.
pub(super) const TOLD_AFTER: At = 3_000;
pub(super) const GIVEN_UP_AFTER: At = 2 * MINUTE;
/// One of so many events comes late by itself, minutes.
const LATE: f64 = 0.003;
const LATE_MIN: (f64, f64) = (1.1, 12.0);

/// What is missing of a day.
#[derive(Debug, Default)]
pub(super) struct Trouble {
    /// Nobody listened: from, to.
    pub off: Option<(At, At)>,
    /// Events that never came: when they were given up, and whose they were.
    pub lost: Vec<(At, Speaker)>,
}

/// Makes a day's events late, or takes them away.
pub(super) fn strike(said: &mut Vec<Said>, dice: &mut Dice) -> Trouble {
    let mut trouble = Trouble::default();
    for late in said.iter_mut() {
        if dice.chance(LATE) {
            late.rx = late.at + (dice.between(LATE_MIN.0, LATE_MIN.1) * MINUTE as f64) as At;
        }
    }
    if dice.chance(OFF) {
        let (open, close) = (At::from(MORNING.0) * MINUTE, At::from(AFTERNOON.1) * MINUTE);
        let from = open + (dice.between(0.0, 0.85) * (close - open) as f64) as At;
        let to = if dice.chance(FOR_THE_DAY) {
            close + 60 * MINUTE
        } else {
            from + dice.between(10.0, 130.0) as At * MINUTE
        };
        trouble.off = Some((from, to));
        let mut left: HashMap<Speaker, usize> = HashMap::new();
        said.iter()
            .filter(|event| (from..to).contains(&event.rx))
            .for_each(|event| *left.entry(event.speaker).or_default() += 1);
        said.retain_mut(|event| {
            if !(from..to).contains(&event.rx) {
                return true;
            }
            event.rx = to + TOLD_AFTER;
            let left = left.entry(event.speaker).or_default();
            *left = left.saturating_sub(1);
            // A hole is seen by what comes after it.
            let told = *left == 0 || !dice.chance(NEVER_TOLD);
            if !told {
                trouble.lost.push((to + GIVEN_UP_AFTER, event.speaker));
            }
            told
        });
    }
    trouble
}
