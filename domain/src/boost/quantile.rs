//! The quantile of weighted values.

/// A quantile as a fraction of small whole numbers, so that "exactly nine in ten" can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Level {
    /// The share is `part / whole`, in lowest terms.
    part: u32,
    whole: u32,
}

/// A level is one of so many thousandths.
pub(super) const FINEST: u32 = 1000;

impl Level {
    /// The nearest thousandth of `share`, neither 0 nor 1. NaN gives the median.
    pub(super) fn of(share: f32) -> Self {
        let share = if share.is_nan() { 0.5 } else { f64::from(share) };
        let thousandths = (share * f64::from(FINEST)).round().clamp(1.0, f64::from(FINEST - 1)) as u32;
        let (mut divisor, mut rest) = (FINEST, thousandths);
        while rest != 0 {
            (divisor, rest) = (rest, divisor % rest);
        }
        Self { part: thousandths / divisor, whole: FINEST / divisor }
    }

    pub(super) const fn part(self) -> u32 {
        self.part
    }

    pub(super) const fn whole(self) -> u32 {
        self.whole
    }
}

/// The least value with at least `level` of the weight at or below it; where it is exactly `level`,
/// the middle between it and the next value (both ends minimise the check loss, and so does all
/// between). Weights are above 0 and sum to less than 2^32. Reorders the values. None: no values.
pub(super) fn quantile(values: &mut [(f32, u32)], level: Level) -> Option<f32> {
    let total: u64 = values.iter().map(|&(_, weight)| u64::from(weight)).sum();
    // Compared as weight × whole: no rounding.
    let (wanted, whole) = (total * u64::from(level.part), u64::from(level.whole));
    let (mut first, mut end, mut before) = (0, values.len(), 0_u64);
    let mut guess = f64::from(level.part) / f64::from(level.whole);
    while first < end {
        let middle = (first + ((end - first) as f64 * guess) as usize).min(end - 1);
        let (low, &mut (value, weight), _) =
            values[first..end].select_nth_unstable_by(middle - first, |a, b| a.0.total_cmp(&b.0));
        let under = before + low.iter().map(|&(_, weight)| u64::from(weight)).sum::<u64>();
        let with = under + u64::from(weight);
        if under * whole >= wanted {
            end = middle;
        } else if with * whole < wanted {
            (first, before) = (middle + 1, with);
        } else if with * whole == wanted {
            let next = values[middle + 1..].iter().map(|&(value, _)| value).reduce(f32::min);
            return Some(next.map_or(value, |next| value + (next - value) / 2.0));
        } else {
            return Some(value);
        }
        // The share of the weight found the place at once where weights are alike; where they are
        // not, halves find it in a number of steps that is bounded by the logarithm.
        guess = 0.5;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[(f32, u32)], share: f32) -> Option<f32> {
        quantile(&mut values.to_vec(), Level::of(share))
    }

    #[test]
    fn between_two_values_where_both_are_right() {
        let ten: Vec<(f32, u32)> = (0..10).rev().map(|i| (i as f32, 1)).collect();
        assert_eq!(of(&ten, 0.5), Some(4.5));
        assert_eq!(of(&ten, 0.9), Some(8.5));
        assert_eq!(of(&ten, 0.85), Some(8.0));
        assert_eq!(of(&ten, 0.99), Some(9.0));
        assert_eq!(of(&ten, 0.0), Some(0.0));
        assert_eq!(of(&[(3.0, 2)], 0.5), Some(3.0));
        assert_eq!(of(&[], 0.5), None);
    }

    #[test]
    fn a_weight_is_a_row_so_many_times() {
        let mut random = super::super::random::Random::of(3);
        for share in [0.1, 0.25, 0.5, 0.9] {
            for len in 1..60 {
                let weighted: Vec<(f32, u32)> =
                    (0..len).map(|_| (random.below(40) as f32, 1 + random.below(9))).collect();
                let repeated: Vec<(f32, u32)> = weighted
                    .iter()
                    .flat_map(|&(value, times)| std::iter::repeat_n((value, 1), times as usize))
                    .collect();
                assert_eq!(of(&weighted, share), of(&repeated, share), "{weighted:?}");
            }
        }
    }
}
