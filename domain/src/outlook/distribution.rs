//! A distribution of durations in eleven numbers.

use serde::{Deserialize, Serialize};

/// The probabilities at which a [`Distribution`] is known.
pub const QUANTILES: [f64; 10] = [0.05, 0.15, 0.25, 0.35, 0.45, 0.55, 0.65, 0.75, 0.85, 0.95];

/// No duration is longer than this: a counter that was forgotten is not a service time.
const LONGEST_S: f64 = 8.0 * 3_600.0;

/// Durations as their quantiles at [`QUANTILES`], and from how many they were learned. Between
/// them the inverse distribution function is straight; below the first it begins at 0; beyond the
/// last the tail is exponential, with the mean that the last two quantiles have in an exponential
/// distribution: `(q95 − q85) / ln 3`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Distribution {
    /// How many durations it was learned from.
    pub n: u32,
    /// Seconds, not falling.
    pub quantiles_s: [f32; 10],
}

impl Distribution {
    /// From durations in seconds, in any order; `None` when there are none, or one is not a number.
    /// Quantiles are the nearest ranks (`ceil(q·n)`-th smallest).
    #[must_use]
    pub fn of(mut seconds: Vec<f32>) -> Option<Self> {
        if seconds.is_empty() || seconds.iter().any(|s| !s.is_finite() || *s < 0.0) {
            return None;
        }
        seconds.sort_unstable_by(f32::total_cmp);
        let n = seconds.len();
        // 0.55 × 100 is a little over 55 in binary.
        let rank = |q: f64| seconds[((q * n as f64 - 1e-6).ceil() as usize).clamp(1, n) - 1];
        Some(Self { n: u32::try_from(n).unwrap_or(u32::MAX), quantiles_s: QUANTILES.map(rank) })
    }

    /// Whether the numbers make a distribution: finite, not negative, not falling, not all 0.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        let q = &self.quantiles_s;
        q.iter().all(|s| s.is_finite() && *s >= 0.0) && q.windows(2).all(|pair| pair[0] <= pair[1]) && q[9] > 0.0
    }

    /// Mean of the exponential tail, seconds.
    fn tail_s(&self) -> f64 {
        f64::from(self.quantiles_s[9] - self.quantiles_s[8]) / 3.0_f64.ln()
    }

    /// The duration below which the share `u` (0..1) lies, seconds.
    #[must_use]
    pub fn at(&self, u: f64) -> f64 {
        let q = |place: usize| f64::from(self.quantiles_s[place]);
        let seconds = if u < 0.05 {
            q(0) * u / 0.05
        } else if u < 0.95 {
            let steps = (u - 0.05) * 10.0;
            let place = (steps as usize).min(8);
            q(place) + (q(place + 1) - q(place)) * (steps - place as f64)
        } else {
            q(9) + self.tail_s() * (0.05 / (1.0 - u)).ln()
        };
        seconds.min(LONGEST_S)
    }

    /// The share of durations that are at most `seconds`.
    #[must_use]
    pub fn share_below(&self, seconds: f64) -> f64 {
        let q = |place: usize| f64::from(self.quantiles_s[place]);
        if seconds < q(0) {
            return 0.05 * seconds / q(0);
        }
        if seconds >= q(9) {
            let tail = self.tail_s();
            return if tail > 0.0 { 1.0 - 0.05 * (-(seconds - q(9)) / tail).exp() } else { 1.0 };
        }
        let place = (0..9).rev().find(|place| q(*place) <= seconds).unwrap_or(0);
        let width = q(place + 1) - q(place);
        0.05 + 0.1 * (place as f64 + if width > 0.0 { (seconds - q(place)) / width } else { 1.0 })
    }

    /// What is left of a duration that has lasted `elapsed_s` already: the draw `u` (0..1) among
    /// those that are longer. Nothing when none is known to be longer.
    #[must_use]
    pub fn left_at(&self, elapsed_s: f64, u: f64) -> f64 {
        let gone = self.share_below(elapsed_s);
        if gone >= 1.0 {
            return 0.0;
        }
        (self.at(gone + (1.0 - gone) * u) - elapsed_s).max(0.0)
    }

    /// The mean, seconds: the area under [`Self::at`].
    #[must_use]
    pub fn mean_s(&self) -> f64 {
        let q = |place: usize| f64::from(self.quantiles_s[place]);
        let middle: f64 = (0..9).map(|place| 0.1 * (q(place) + q(place + 1)) / 2.0).sum();
        0.05 * q(0) / 2.0 + middle + 0.05 * (q(9) + self.tail_s())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exponential(mean: f32) -> Distribution {
        Distribution { n: 1_000, quantiles_s: QUANTILES.map(|q| (-(1.0 - q).ln()) as f32 * mean) }
    }

    #[test]
    fn the_quantiles_are_those_of_the_durations() {
        let it = Distribution::of((1..=100_u8).map(f32::from).collect()).unwrap();
        assert_eq!(it.quantiles_s, [5.0, 15.0, 25.0, 35.0, 45.0, 55.0, 65.0, 75.0, 85.0, 95.0]);
        assert_eq!(it.at(0.5), 50.0);
        assert_eq!(Distribution::of(Vec::new()), None);
        assert_eq!(Distribution::of(vec![1.0, f32::NAN]), None);
        assert!(it.is_sound());
        assert!(!Distribution { n: 0, quantiles_s: [0.0; 10] }.is_sound());
    }

    #[test]
    fn share_and_duration_are_inverse() {
        let it = exponential(300.0);
        for percent in 1..100 {
            let u = f64::from(percent) / 100.0;
            assert!((it.share_below(it.at(u)) - u).abs() < 1e-6, "{u}");
        }
    }

    #[test]
    fn an_exponential_keeps_its_mean_and_has_no_memory() {
        let it = exponential(300.0);
        assert!((it.mean_s() / 300.0 - 1.0).abs() < 0.02, "{}", it.mean_s());
        let mean_left = |elapsed: f64| {
            (0..1_000).map(|k| it.left_at(elapsed, (f64::from(k) + 0.5) / 1_000.0)).sum::<f64>() / 1_000.0
        };
        for elapsed in [0.0, 300.0, 1_200.0] {
            assert!((mean_left(elapsed) / 300.0 - 1.0).abs() < 0.05, "{elapsed}: {}", mean_left(elapsed));
        }
    }

    #[test]
    fn one_length_only_is_a_distribution_too() {
        let it = Distribution::of(vec![60.0; 5]).unwrap();
        assert_eq!((it.at(0.5), it.at(0.99)), (60.0, 60.0));
        assert_eq!(it.left_at(20.0, 0.7), 40.0);
        assert_eq!(it.left_at(90.0, 0.7), 0.0);
    }
}
