//! The time of a recording's pictures.

/// A step back of up to so much is a picture out of order; more is a clock that begins anew.
const OUT_OF_ORDER_S: f64 = 1.0;
/// A step forward of more is a clock that leapt, not a hole.
const LONGEST_HOLE_S: f64 = 60.0;
/// The rate where a file says none.
const USUAL_STEP_S: f64 = 0.04;

/// Turns a file's time stamps into seconds from its first picture that always rise: stamps that
/// repeat, are missing, leap or begin anew take the usual step.
#[derive(Debug, Clone)]
pub(super) struct Times {
    step_s: f64,
    /// The stamp that counts as zero.
    base_s: Option<f64>,
    now_s: Option<f64>,
    /// Stamps in a row that did not rise.
    stuck: u32,
}

impl Times {
    /// For a file of this rate, where it says one.
    #[must_use]
    pub(super) fn new(frames_per_s: Option<f64>) -> Self {
        let rate = frames_per_s.filter(|rate| (0.1..=1000.0).contains(rate));
        Self { step_s: rate.map_or(USUAL_STEP_S, f64::recip), base_s: None, now_s: None, stuck: 0 }
    }

    /// The time of the next picture, by its stamp.
    pub(super) fn next(&mut self, stamp_s: Option<f64>) -> f64 {
        let stamp_s = stamp_s.filter(|stamp| stamp.is_finite());
        let now = match (self.now_s, stamp_s) {
            (None, _) => {
                self.base_s = stamp_s;
                0.0
            }
            (Some(last), None) => last + self.step_s,
            (Some(last), Some(stamp)) => self.after(last, stamp),
        };
        self.now_s = Some(now);
        now
    }

    fn after(&mut self, last: f64, stamp: f64) -> f64 {
        let time = stamp - *self.base_s.get_or_insert(stamp - last - self.step_s);
        if time <= last - OUT_OF_ORDER_S || time > last + LONGEST_HOLE_S {
            self.base_s = Some(stamp - last - self.step_s);
            return last + self.step_s;
        }
        if time > last {
            self.stuck = 0;
            return time;
        }
        // Once is a hiccup, which the next stamp makes good; more is a clock that stands.
        self.stuck += 1;
        last + if self.stuck > 2 { self.step_s } else { self.step_s / 2.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn times(stamps: &[Option<f64>]) -> Vec<f64> {
        let mut times = Times::new(Some(25.0));
        stamps.iter().map(|stamp| (times.next(*stamp) * 1000.0).round() / 1000.0).collect()
    }

    #[test]
    fn stamps_count_from_the_first_picture() {
        assert_eq!(times(&[Some(3.0), Some(3.1), Some(5.0), Some(30.0)]), [0.0, 0.1, 2.0, 27.0]);
    }

    #[test]
    fn stamps_that_are_missing_repeat_leap_or_begin_anew_take_a_step() {
        assert_eq!(times(&[Some(1.0), None, Some(1.08), Some(1.08), Some(1.12)]), [0.0, 0.04, 0.08, 0.1, 0.12]);
        assert_eq!(times(&[Some(0.0), Some(0.04), Some(90_000.0), Some(90_000.04)]), [0.0, 0.04, 0.08, 0.12]);
        assert_eq!(times(&[Some(50.0), Some(50.04), Some(0.0), Some(0.04)]), [0.0, 0.04, 0.08, 0.12]);
        assert_eq!(times(&[None, None, Some(7.0), Some(7.04)]), [0.0, 0.04, 0.08, 0.12]);
    }

    #[test]
    fn a_clock_that_stands_does_not_stop_time() {
        let all = times(&[Some(1.0); 252]);
        assert!((9.8..10.1).contains(&all[251]), "{}", all[251]);
    }

    proptest! {
        #[test]
        fn time_always_rises(stamps in prop::collection::vec(prop::option::of(-1e6..1e6f64), 1..200)) {
            let mut times = Times::new(None);
            let all: Vec<f64> = stamps.into_iter().map(|stamp| times.next(stamp)).collect();
            prop_assert!(all.windows(2).all(|pair| pair[0] < pair[1] && pair[1] - pair[0] <= 60.0));
        }
    }
}
