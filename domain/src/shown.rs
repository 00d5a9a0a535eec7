//! What people read of an estimate: a range in whole minutes, rounded up, that stands still.
//!
//! Nobody is angry about being called early, so both ends are rounded up, never down: to the
//! minute as far as ten, then to five of them, for no estimate is truer than that. A range on a
//! wall that changes with every event is not believed; [`Range::after`] lets it become longer at
//! once, and shorter only when it is so for certain.

use crate::Timestamp;
use crate::board::Estimate;

const MINUTE: i64 = 60_000;
/// Up to this many minutes each counts; from here on only every fifth does.
const EACH: i64 = 10;
/// Minutes of the wider steps.
const STEP: i64 = 5;
/// A range becomes shorter when the estimate is below the step shown by this part of the step: 12 s
/// of a minute, one minute of five.
const CLEARLY: i64 = 5;

/// The expected wait as people read it: `10–25` minutes. Both ends are at least 1, and `to` is not
/// less than `from`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// Half of the tickets are called within so many minutes.
    pub from: u32,
    /// Nine in ten are.
    pub to: u32,
}

impl Range {
    /// The range of an estimate, with nothing shown before it.
    #[must_use]
    pub fn of(estimate: &Estimate) -> Self {
        let to = up(estimate.p90_s.ms());
        Self { from: up(estimate.p50_s.ms()).min(to), to }
    }

    /// What stands after `self` was shown and the estimate has become this one. A longer wait is
    /// shown at once; a shorter one when the estimate has left the step shown clearly enough, so
    /// that one which wavers about an edge does not make the display flicker. What is shown is
    /// never less than [`Range::of`] the estimate.
    #[must_use]
    pub fn after(self, estimate: &Estimate) -> Self {
        let to = hold(self.to, estimate.p90_s.ms());
        Self { from: hold(self.from, estimate.p50_s.ms()).min(to), to }
    }

    /// Nine in ten are called within a minute: there is no wait to speak of.
    #[must_use]
    pub const fn is_now(self) -> bool {
        self.to <= 1
    }
}

/// Milliseconds as minutes shown: rounded up to a step, at least one.
fn up(ms: i64) -> u32 {
    let minutes = (ms.max(1) - 1) / MINUTE + 1;
    let shown = if minutes <= EACH { minutes } else { (minutes - 1) / STEP * STEP + STEP };
    u32::try_from(shown).unwrap_or(u32::MAX)
}

/// `shown`, or the step of `ms` when that is longer or clearly shorter.
fn hold(shown: u32, ms: i64) -> u32 {
    let now = up(ms);
    let minutes = i64::from(shown);
    let step = if minutes <= EACH { MINUTE } else { STEP * MINUTE };
    let clearly_shorter = ms <= minutes * MINUTE - step - step / CLEARLY;
    if now > shown || clearly_shorter { now } else { shown }
}

/// When one ticket is called, as the citizen who holds it reads it. What was told stands: it moves
/// earlier by [`CallTime::WORTH_TELLING_MS`] or more, and later only for a reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallTime {
    /// Half of such tickets are called by then; a whole minute.
    pub from: Timestamp,
    /// Nine in ten are; a whole minute, not before `from`.
    pub to: Timestamp,
}

impl CallTime {
    /// The least change worth telling to somebody who waits: 5 minutes.
    pub const WORTH_TELLING_MS: i64 = STEP * MINUTE;

    /// What is told first.
    #[must_use]
    pub fn of(now: Timestamp, estimate: &Estimate) -> Self {
        let range = Range::of(estimate);
        let at = |minutes: u32| whole_minute(now.plus(i64::from(minutes) * MINUTE));
        Self { from: at(range.from), to: at(range.to) }
    }

    /// What is told at `now`, when the estimate has become this one. `delayed`: something that
    /// everybody can see has made the wait longer since `self` was told, such as a counter that
    /// closed or citizens with priority. Without it, what was told moves later only when it is over
    /// and the ticket still waits: it is never of the past.
    #[must_use]
    pub fn after(self, now: Timestamp, estimate: &Estimate, delayed: bool) -> Self {
        let new = Self::of(now, estimate);
        let later = new.to.since(self.to);
        let is_over = self.to < now;
        if is_over || later <= -Self::WORTH_TELLING_MS || (delayed && later >= Self::WORTH_TELLING_MS) {
            return new;
        }
        let from = self.from.max(whole_minute(now)).min(self.to);
        Self { from, to: self.to }
    }
}

/// The instant, or the next whole minute after it. Zones are whole minutes apart, so it is one on
/// every clock.
fn whole_minute(at: Timestamp) -> Timestamp {
    Timestamp::from_ms(at.ms().saturating_add(MINUTE - 1).div_euclid(MINUTE) * MINUTE)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Seconds;

    fn estimate(p50_ms: i64, p90_ms: i64) -> Estimate {
        let (p50_s, p90_s) = (Seconds::from_ms(p50_ms), Seconds::from_ms(p90_ms));
        Estimate { p50_s, p90_s, resumes_at: None, before_close: None }
    }

    fn minutes(from: i64, to: i64) -> Estimate {
        estimate(from * MINUTE, to * MINUTE)
    }

    fn range(from: u32, to: u32) -> Range {
        Range { from, to }
    }

    #[test]
    fn ends_are_rounded_up_to_the_minute_and_past_ten_to_five() {
        for (ms, shown) in [
            (0, 1),
            (1, 1),
            (60_000, 1),
            (60_001, 2),
            (600_000, 10),
            (600_001, 15),
            (660_000, 15),
            (900_000, 15),
            (960_000, 20),
            (3_600_000, 60),
            (3_600_001, 65),
            (-5, 1),
        ] {
            assert_eq!(up(ms), shown, "{ms} ms");
        }
        assert_eq!(Range::of(&minutes(10, 25)), range(10, 25));
        assert!(Range::of(&estimate(3_000, 59_000)).is_now() && !Range::of(&estimate(3_000, 61_000)).is_now());
    }

    #[test]
    fn what_wavers_about_an_edge_stands_still() {
        let shown = range(10, 15);
        for p90 in [14 * MINUTE, 10 * MINUTE, 9 * MINUTE + 1, 15 * MINUTE] {
            assert_eq!(shown.after(&estimate(9 * MINUTE, p90)), shown, "{p90}");
        }
        assert_eq!(shown.after(&minutes(9, 16)), range(10, 20), "longer: at once");
        assert_eq!(shown.after(&minutes(8, 9)), range(8, 9), "shorter: clearly");
        assert_eq!(range(5, 6).after(&estimate(5 * MINUTE - 70_000, 5 * MINUTE)), range(5, 6));
        assert_eq!(range(5, 6).after(&estimate(5 * MINUTE - 72_000, 5 * MINUTE - 12_000)), range(4, 5));
        assert_eq!(range(15, 20).after(&estimate(570_000, 570_000)), range(10, 10), "never from more than to");
    }

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_ms(1_795_395_600_000 + minute * MINUTE)
    }

    #[test]
    fn a_ticket_s_time_moves_later_only_for_a_reason() {
        let told = CallTime::of(at(0).plus(1), &minutes(10, 25));
        assert_eq!(told, CallTime { from: at(11), to: at(26) }, "whole minutes, rounded up");
        let told = CallTime::of(at(0), &minutes(10, 25));
        assert_eq!(told.after(at(5), &minutes(10, 30), false), told, "nothing has closed");
        assert_eq!(told.after(at(5), &minutes(10, 20), true), told, "it would be the same");
        assert_eq!(told.after(at(5), &minutes(15, 30), true), CallTime { from: at(20), to: at(35) });
        assert_eq!(told.after(at(5), &minutes(5, 15), false), CallTime { from: at(10), to: at(20) });
        assert_eq!(
            told.after(at(14), &minutes(2, 10), false),
            CallTime { from: at(14), to: at(25) },
            "not of the past"
        );
        assert_eq!(told.after(at(26), &minutes(1, 2), false), CallTime { from: at(27), to: at(28) }, "it is over");
    }

    proptest! {
        #[test]
        fn never_less_than_the_estimate_and_never_far_from_it(
            course in proptest::collection::vec((0_i64..7_200_000, 0_i64..3_600_000), 1..40)
        ) {
            let mut shown: Option<Range> = None;
            for (p50, more) in course {
                let estimate = estimate(p50, p50 + more);
                let new = Range::of(&estimate);
                let held = shown.map_or(new, |shown| shown.after(&estimate));
                prop_assert!(1 <= held.from && held.from <= held.to);
                prop_assert!(held.to >= new.to && i64::from(held.to) * MINUTE >= p50 + more);
                prop_assert!(held.to <= new.to + 5 && held.from <= new.from + 5);
                prop_assert_eq!(held.after(&estimate), held, "the same estimate again changes nothing");
                shown = Some(held);
            }
        }

        #[test]
        fn what_a_ticket_is_told_is_never_of_the_past(
            course in proptest::collection::vec((0_i64..600_000, 0_i64..1_800_000, 0_i64..3_600_000, any::<bool>()), 1..40)
        ) {
            let mut now = at(0);
            let mut told: Option<CallTime> = None;
            for (passed, p50, more, delayed) in course {
                now = now.plus(passed);
                let estimate = estimate(p50, p50 + more);
                let next = told.map_or(CallTime::of(now, &estimate), |told| told.after(now, &estimate, delayed));
                prop_assert!(next.from <= next.to && next.to >= now);
                if let Some(told) = told.filter(|told| !delayed && told.to >= now) {
                    prop_assert!(next.to <= told.to, "later without a reason");
                }
                told = Some(next);
            }
        }
    }
}
