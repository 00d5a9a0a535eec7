//! Durations of a group: their mean is exact, their percentiles are exact to the second.

use crate::source::Histograms;

/// Durations of one group, gathered from cells.
#[derive(Debug, Clone, Default)]
pub(super) struct Durations {
    /// How many.
    pub n: u64,
    sum_ms: i64,
    max_ms: u32,
    lengths: Lengths,
}

/// Whole seconds.
#[derive(Debug, Clone)]
enum Lengths {
    /// A small group: each duration, in any order.
    Few(Vec<u32>),
    /// A large group: how many of each second, and (second, how many) of what is longer than
    /// [`LONG`], in any order.
    Many(Vec<u32>, Vec<(u32, u32)>),
}

impl Default for Lengths {
    fn default() -> Self {
        Self::Few(Vec::new())
    }
}

/// From so many durations on, they are counted by the second: then the counts take less room.
const MANY: u64 = 1_024;
/// Longer durations than these nine hours are rare, and kept apart.
const LONG: usize = 1 << 15;

impl Durations {
    /// Takes in the durations of one cell.
    pub fn take(&mut self, of: &Histograms<'_>, cell: usize) {
        let from = if cell == 0 { 0 } else { of.ends[cell - 1] as usize };
        let to = of.ends[cell] as usize;
        if from >= to {
            return;
        }
        let (seconds, counts) = (&of.seconds[from..to], &of.counts[from..to]);
        self.n += counts.iter().map(|n| u64::from(*n)).sum::<u64>();
        self.sum_ms += of.sum_ms[cell];
        self.max_ms = self.max_ms.max(of.max_ms[cell]);
        if self.n > MANY {
            self.lengths.count();
        }
        match &mut self.lengths {
            Lengths::Few(few) => {
                for (second, n) in seconds.iter().zip(counts) {
                    few.extend(std::iter::repeat_n(*second, *n as usize));
                }
            }
            Lengths::Many(by_second, long) => {
                for (second, n) in seconds.iter().zip(counts) {
                    count(by_second, long, *second, *n);
                }
            }
        }
    }

    /// Milliseconds, rounded to the nearest as on the board.
    pub fn mean_ms(&self) -> Option<i64> {
        let n = i64::try_from(self.n).ok().filter(|n| *n > 0)?;
        Some((self.sum_ms + n / 2).div_euclid(n))
    }

    /// The longest, milliseconds.
    pub fn max_ms(&self) -> Option<u32> {
        (self.n > 0).then_some(self.max_ms)
    }

    /// How many lasted at least so long.
    pub fn at_least(&self, least: u32) -> u64 {
        match &self.lengths {
            Lengths::Few(few) => few.iter().filter(|second| **second >= least).count() as u64,
            Lengths::Many(by_second, long) => {
                let counted = by_second.get(least as usize..).unwrap_or_default();
                let beyond = long.iter().filter(|(second, _)| *second >= least);
                counted.iter().map(|n| u64::from(*n)).sum::<u64>() + beyond.map(|(_, n)| u64::from(*n)).sum::<u64>()
            }
        }
    }

    /// The nearest-rank percentile, whole seconds.
    pub fn percentile_s(&mut self, percent: u64) -> Option<u32> {
        let rank = (self.n * percent).div_ceil(100).checked_sub(1)?;
        match &mut self.lengths {
            Lengths::Few(few) => {
                let place = usize::try_from(rank).ok().filter(|place| *place < few.len())?;
                Some(*few.select_nth_unstable(place).1)
            }
            Lengths::Many(by_second, long) => {
                long.sort_unstable();
                let short = (0..).zip(by_second.iter().copied());
                let mut below = 0;
                short.chain(long.iter().copied()).find_map(|(second, n)| {
                    below += u64::from(n);
                    (below > rank).then_some(second)
                })
            }
        }
    }
}

impl Lengths {
    /// From now on by the second.
    fn count(&mut self) {
        let Self::Few(few) = self else { return };
        let (mut by_second, mut long) = (Vec::new(), Vec::new());
        for second in few.iter() {
            count(&mut by_second, &mut long, *second, 1);
        }
        *self = Self::Many(by_second, long);
    }
}

#[inline]
fn count(by_second: &mut Vec<u32>, long: &mut Vec<(u32, u32)>, second: u32, n: u32) {
    let place = second as usize;
    if let Some(counted) = by_second.get_mut(place) {
        *counted = counted.saturating_add(n);
    } else if place < LONG {
        by_second.resize((place + 1).next_power_of_two(), 0);
        by_second[place] = n;
    } else {
        long.push((second, n));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::history::Histogram;

    #[test]
    fn small_and_large_groups_are_those_of_the_histogram() {
        for (cells, each, span) in [(1, 1, 9), (3, 300, 5_000), (40, 60, 4_000_000), (9, 500, 90_000_000), (2, 0, 1)] {
            let mut whole = Histogram::default();
            let mut durations = Durations::default();
            let mut random = fastrand_like(cells * 31 + each);
            for _ in 0..cells {
                let mut cell = Histogram::default();
                for _ in 0..each {
                    cell.add(random() % span);
                }
                let (seconds, counts): (Vec<u32>, Vec<u32>) = cell.seconds.iter().copied().unzip();
                let ends = [seconds.len() as u32];
                let columns = Histograms {
                    sum_ms: &[cell.sum_ms],
                    max_ms: &[cell.max_ms],
                    ends: &ends,
                    seconds: &seconds,
                    counts: &counts,
                };
                durations.take(&columns, 0);
                whole.merge(&cell);
            }
            assert_eq!(durations.n, whole.n());
            assert_eq!(durations.max_ms(), (whole.n() > 0).then_some(whole.max_ms));
            for percent in [1, 50, 90, 99, 100] {
                assert_eq!(durations.percentile_s(percent), whole.percentile_s(percent), "{cells} {each} {percent}");
            }
            let over =
                |least| whole.seconds.iter().filter(|(s, _)| *s >= least).map(|(_, n)| u64::from(*n)).sum::<u64>();
            for least in [0, 1, 900, 3_600, 40_000] {
                assert_eq!(durations.at_least(least), over(least));
            }
        }
    }

    fn fastrand_like(mut seed: u32) -> impl FnMut() -> u32 {
        move || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            seed.rotate_left(16) ^ seed.wrapping_mul(2_654_435_761)
        }
    }
}
