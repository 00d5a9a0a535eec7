//! Durations counted by the whole second, so that any percentile over any union of cells is exact
//! to the second without the single durations.

use serde::{Deserialize, Serialize};

/// How many durations there were of each length in whole seconds (rounded down); only lengths that
/// occurred.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Histogram {
    /// Their exact sum, milliseconds.
    pub sum_ms: i64,
    /// The longest, milliseconds.
    pub max_ms: u32,
    /// (Seconds, how many), ascending, none with 0.
    pub seconds: Vec<(u32, u32)>,
}

impl Histogram {
    /// Counts one duration, milliseconds.
    pub fn add(&mut self, ms: u32) {
        self.sum_ms += i64::from(ms);
        self.max_ms = self.max_ms.max(ms);
        let second = ms / 1_000;
        match self.seconds.binary_search_by_key(&second, |(second, _)| *second) {
            Ok(place) => self.seconds[place].1 += 1,
            Err(place) => self.seconds.insert(place, (second, 1)),
        }
    }

    /// How many.
    #[must_use]
    pub fn n(&self) -> u64 {
        self.seconds.iter().map(|(_, n)| u64::from(*n)).sum()
    }

    /// Adds what another one counted.
    pub fn merge(&mut self, other: &Self) {
        self.sum_ms += other.sum_ms;
        self.max_ms = self.max_ms.max(other.max_ms);
        for (second, n) in &other.seconds {
            match self.seconds.binary_search_by_key(second, |(second, _)| *second) {
                Ok(place) => self.seconds[place].1 += n,
                Err(place) => self.seconds.insert(place, (*second, *n)),
            }
        }
    }

    /// The nearest-rank percentile, whole seconds: that of [`crate::waits::nearest_rank`] over the
    /// durations themselves, rounded down. `percent` is 1..=100; `None` of nothing.
    #[must_use]
    pub fn percentile_s(&self, percent: u64) -> Option<u32> {
        let rank = (self.n() * percent).div_ceil(100);
        let mut below = 0;
        self.seconds.iter().find_map(|(second, n)| {
            below += u64::from(*n);
            (rank > 0 && below >= rank).then_some(*second)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::waits::nearest_rank;

    #[test]
    fn percentiles_are_those_of_the_durations_to_the_second() {
        let mut durations: Vec<u32> = (0..997_u32).map(|n| n.wrapping_mul(2_654_435_761) % 4_000_000).collect();
        let mut halves = [Histogram::default(), Histogram::default()];
        for (ix, ms) in durations.iter().enumerate() {
            halves[ix % 2].add(*ms);
        }
        durations.sort_unstable();
        let [mut all, other] = halves;
        all.merge(&other);
        assert_eq!((all.n(), all.sum_ms), (997, durations.iter().map(|ms| i64::from(*ms)).sum()));
        for percent in [1, 50, 90, 100] {
            let exact = nearest_rank(&durations, percent).unwrap();
            assert_eq!(all.percentile_s(percent as u64), Some(exact / 1_000));
        }
        assert_eq!(Histogram::default().percentile_s(50), None);
    }
}
