//! Sums per bin, and the best split that they show.

use std::cmp::Ordering;

use super::bins::MISSING;
use super::quantile::Level;
use super::random::Random;

/// Bins of a feature at most: what a byte can name.
const MOST_BINS: usize = 256;

/// Features summed in one pass over the rows: the rows' sums are read once for all of them, and
/// neighbouring rows of one bin do not wait for each other.
const TOGETHER: usize = 4;

/// The weight of some rows, and of those among them whose target lies below the prediction. Both
/// halves of one number, because adding them is what training does most. Weights sum to less than
/// 2^32, so neither half runs into the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Sum(u64);

impl Sum {
    /// A row whose weight is a multiple of `level.whole()`. Where the prediction is exactly right, the
    /// row pulls neither way: it counts as below for the share that should lie below.
    pub(super) fn of(weight: u32, target: f32, predicted: f32, level: Level) -> Self {
        let below = match target.partial_cmp(&predicted) {
            Some(Ordering::Less) => weight,
            Some(Ordering::Equal) => weight / level.whole() * level.part(),
            _ => 0,
        };
        Self(u64::from(weight) << 32 | u64::from(below))
    }

    pub(super) const fn weight(self) -> u32 {
        (self.0 >> 32) as u32
    }

    pub(super) const fn below(self) -> u32 {
        self.0 as u32
    }

    pub(super) const fn plus(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }

    /// Without `part`, which is part of it.
    pub(super) const fn without(self, part: Self) -> Self {
        Self(self.0 - part.0)
    }

    pub(super) fn total(all: &[Self]) -> Self {
        all.iter().fold(Self::default(), |sum, one| sum.plus(*one))
    }
}

/// What a split must satisfy, and what it is worth.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules {
    pub(super) level: Level,
    /// Least weight of a side.
    pub(super) least: u32,
    /// Added to the weight of each side.
    pub(super) l2: f64,
}

impl Rules {
    /// How much the check loss falls, to second order, when the rows of `sum` move by one step of
    /// their own: the square of the gradient over the weight. Up to the division all is exact.
    fn worth(self, sum: Sum) -> (f64, f64) {
        let weight = f64::from(sum.weight());
        let gradient = f64::from(sum.below()) * f64::from(self.level.whole()) - weight * f64::from(self.level.part());
        (gradient * gradient, weight + self.l2)
    }

    /// The worth of two sides, with one division for both.
    fn worth_of_two(self, left: Sum, right: Sum) -> f64 {
        let ((a, b), (c, d)) = (self.worth(left), self.worth(right));
        (a * d + c * b) / (b * d)
    }

    fn worth_of_one(self, sum: Sum) -> f64 {
        let (square, weight) = self.worth(sum);
        square / weight
    }

    /// Can rows of this weight be split at all?
    pub(super) fn may_split(self, sum: Sum) -> bool {
        u64::from(sum.weight()) >= 2 * u64::from(self.least) && sum.below() != 0 && sum.below() != sum.weight()
    }
}

/// A question that parts the rows of a leaf.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Split {
    /// What is gained; comparable within a training.
    pub(super) gain: f64,
    pub(super) feature: u32,
    /// Rows up to this bin go left.
    pub(super) bin: u8,
    /// Where rows go that do not know the feature.
    pub(super) missing_left: bool,
    /// The rows that go left.
    pub(super) left: Sum,
}

impl Split {
    pub(super) const fn goes_left(&self, bin: u8) -> bool {
        if bin == MISSING { self.missing_left } else { bin <= self.bin }
    }
}

/// Sums a leaf's rows by bin: `columns` are the chosen features' bins by row of the table, `into`
/// holds the bins of one feature after the other, as many as `bins` says.
pub(super) fn fill(columns: &[&[u8]], bins: &[usize], rows: &[u32], sums: &[Sum], mut into: &mut [Sum]) {
    let mut scratch = [[0_u64; MOST_BINS]; TOGETHER];
    for (columns, bins) in columns.chunks(TOGETHER).zip(bins.chunks(TOGETHER)) {
        for (sums, &bins) in scratch.iter_mut().zip(bins) {
            sums[..bins].fill(0);
        }
        if let Ok(four) = <&[&[u8]; TOGETHER]>::try_from(columns) {
            accumulate(*four, rows, sums, &mut scratch);
        } else {
            for (column, scratch) in columns.iter().zip(&mut scratch) {
                accumulate([*column], rows, sums, std::array::from_mut(scratch));
            }
        }
        for (sums, &bins) in scratch.iter().zip(bins) {
            let (own, rest) = into.split_at_mut(bins);
            for (own, sum) in own.iter_mut().zip(sums) {
                *own = Sum(*sum);
            }
            into = rest;
        }
    }
}

fn accumulate<const N: usize>(columns: [&[u8]; N], rows: &[u32], sums: &[Sum], into: &mut [[u64; MOST_BINS]; N]) {
    // One length for all, so that one comparison a row serves every column.
    let len = columns.iter().map(|column| column.len()).min().unwrap_or(0);
    let columns = columns.map(|column| &column[..len]);
    for (&row, sum) in rows.iter().zip(sums) {
        let row = row as usize;
        if row < len {
            for (column, into) in columns.iter().zip(&mut *into) {
                into[usize::from(column[row])] += sum.0;
            }
        }
    }
}

/// The best split of a leaf of the sum `total` by its bins; of equals the first. `features` names
/// the chosen features, in the order of `bins` and `sums`. With `draws`, each feature is asked one
/// question only, drawn between its least and its greatest bin in this leaf.
pub(super) fn best_split(
    features: &[u32],
    bins: &[usize],
    mut sums: &[Sum],
    total: Sum,
    rules: Rules,
    mut draws: Option<&mut Random>,
) -> Option<Split> {
    let mut best = Best { worth: 0.0, split: None, only: None };
    for (&feature, &bins) in features.iter().zip(bins) {
        let (own, rest) = sums.split_at(bins);
        sums = rest;
        let (missing, known) = (own[usize::from(MISSING)], &own[1..]);
        best.only = draws.as_mut().map(|draws| drawn_bin(known, draws));
        if missing.weight() == 0 {
            best.scan(feature, &known[..known.len() - 1], Sum::default(), total, rules, None);
        } else {
            // Behind the last bin only what is not known is left: that, too, is a question.
            best.scan(feature, known, Sum::default(), total, rules, Some(false));
            best.scan(feature, &known[..known.len() - 1], missing, total, rules, Some(true));
        }
    }
    let split = best.split?;
    let gain = best.worth - rules.worth_of_one(total);
    // Less than this is the rounding of the divisions, not a gain.
    (gain > best.worth * 1e-12).then_some(Split { gain, ..split })
}

/// A bin between the least and the greatest that have rows.
fn drawn_bin(known: &[Sum], draws: &mut Random) -> usize {
    let least = known.iter().position(|sum| sum.0 != 0).unwrap_or(0);
    let greatest = known.iter().rposition(|sum| sum.0 != 0).unwrap_or(0);
    least + draws.below((greatest - least).max(1) as u32) as usize
}

struct Best {
    worth: f64,
    split: Option<Split>,
    /// The one bin whose end is tried.
    only: Option<usize>,
}

impl Best {
    /// Tries each end of a bin, with `left` on the left from the start. Where no row of the leaf lacks
    /// the feature, later ones that do follow the heavier side.
    fn scan(
        &mut self,
        feature: u32,
        bins: &[Sum],
        mut left: Sum,
        total: Sum,
        rules: Rules,
        missing_left: Option<bool>,
    ) {
        for (bin, sum) in bins.iter().enumerate() {
            left = left.plus(*sum);
            // An empty bin asks what the one before it asked.
            let asked = self.only.map_or(sum.0 != 0, |only| only == bin);
            if !asked || left.weight() < rules.least {
                continue;
            }
            let right = total.without(left);
            if right.weight() < rules.least {
                break;
            }
            let worth = rules.worth_of_two(left, right);
            if worth > self.worth {
                let missing_left = missing_left.unwrap_or(left.weight() >= right.weight());
                self.worth = worth;
                // The first of `bins` is bin 1: bin 0 is that of what is not known.
                let bin = (bin + 1) as u8;
                self.split = Some(Split { gain: 0.0, feature, bin, missing_left, left });
            }
        }
    }
}
