//! Training: from rows and what came of them to a forest.

use super::Settings;
use super::bins::Binned;
use super::forest::Forest;
use super::grow::Grower;
use super::histogram::{Rules, Sum};
use super::quantile::{FINEST, Level, quantile};
use super::random::Random;

/// Leaves of a tree at most: nodes and leaves are numbered with 16 bits, one of them the sign.
const MOST_LEAVES: u32 = 1 << 14;

/// Rows at most, so that the sum of whole weights fits in 32 bits whatever the level.
pub(super) const MOST_ROWS: usize = (1 << 31) / FINEST as usize;

/// Trains a forest that predicts `settings.quantile` of `target` (and `weight`, see
/// [`super::Table`]) from the rows of `binned`. `progress` is told after each tree how many are done.
/// From rows that teach nothing comes a forest that always predicts 0.
///
/// # Panics
/// Where there is not one target, and one weight if there are any, for each row of `binned`.
pub fn train(
    binned: &Binned,
    target: &[f32],
    weight: Option<&[f32]>,
    settings: &Settings,
    progress: &mut dyn FnMut(u32),
) -> Forest {
    assert_eq!(target.len(), binned.rows(), "one target for each row");
    assert!(weight.is_none_or(|weight| weight.len() == binned.rows()), "one weight for each row");
    let weights = whole_weights(target, weight, Level::of(settings.quantile));
    let mut training = Training::new(binned, target, &weights, settings);
    let mut random = Random::of(settings.seed);
    for tree in 0..settings.trees {
        training.add_tree(&mut random);
        progress(tree + 1);
    }
    training.forest.note_gains(&training.gains);
    training.forest
}

/// Weights as multiples of `level.whole()` whose sum fits in 32 bits, 0 for rows that teach nothing.
/// The scale is a power of two, so that whole weights keep their ratios exactly.
fn whole_weights(target: &[f32], weight: Option<&[f32]>, level: Level) -> Vec<u32> {
    let most = (1_u64 << 31) as f64 / f64::from(level.whole());
    let of = |row: usize| {
        let weight = weight.map_or(1.0, |weight| f64::from(weight[row]));
        if target[row].is_finite() && weight.is_finite() && weight > 0.0 { weight } else { 0.0 }
    };
    let sum: f64 = (0..target.len()).map(of).sum();
    let mut scale = 1.0;
    while sum > 0.0 && sum * scale * 2.0 <= most {
        scale *= 2.0;
    }
    while sum * scale > most {
        scale /= 2.0;
    }
    let whole = |weight: f64| if weight > 0.0 { (weight * scale).round().max(1.0) as u32 * level.whole() } else { 0 };
    (0..target.len()).map(|row| whole(of(row))).collect()
}

/// The forest so far, and what the next tree is grown on.
struct Training<'a> {
    binned: &'a Binned,
    target: &'a [f32],
    weights: &'a [u32],
    settings: &'a Settings,
    level: Level,
    forest: Forest,
    /// What the splits by each feature gained.
    gains: Vec<f64>,
    /// Rows that teach.
    rows: Vec<u32>,
    /// Features that tell rows apart.
    features: Vec<u32>,
    /// What the forest so far predicts for each row.
    predicted: Vec<f32>,
    sums: Vec<Sum>,
    grower: Grower<'a>,
    left_out: Vec<u32>,
    residuals: Vec<(f32, u32)>,
}

impl<'a> Training<'a> {
    fn new(binned: &'a Binned, target: &'a [f32], weights: &'a [u32], settings: &'a Settings) -> Self {
        let rows: Vec<u32> = (0..target.len() as u32).filter(|&row| weights[row as usize] > 0).collect();
        let level = Level::of(settings.quantile);
        let mut residuals: Vec<(f32, u32)> =
            rows.iter().map(|&row| (target[row as usize], weights[row as usize])).collect();
        let base = quantile(&mut residuals, level).unwrap_or(0.0);
        let whole: u64 = weights.iter().map(|&weight| u64::from(weight)).sum();
        let mean = whole as f64 / rows.len().max(1) as f64;
        let least = (f64::from(settings.min_leaf.max(1)) * mean).ceil().clamp(1.0, f64::from(u32::MAX)) as u32;
        let rules = Rules { level, least, l2: f64::from(settings.l2.max(0.0)) * mean };
        let draws = settings.extra.then(|| Random::of(settings.seed ^ 0x5bd1_e995));
        Self {
            binned,
            target,
            weights,
            settings,
            level,
            forest: Forest::constant(base, binned.width()),
            gains: vec![0.0; binned.width()],
            rows,
            features: binned.telling(),
            predicted: vec![base; target.len()],
            sums: Vec::with_capacity(target.len()),
            grower: Grower::new(binned, rules, settings.leaves.clamp(2, MOST_LEAVES) as usize, draws),
            left_out: Vec::new(),
            residuals,
        }
    }

    fn add_tree(&mut self, random: &mut Random) {
        let features = self.draw(random);
        let level = self.level;
        // The gradient of the check loss: its size is given by the side on which the target lies.
        self.sums.clear();
        self.sums.extend(
            self.target.iter().zip(&self.predicted).zip(self.weights).map(|((y, f), w)| Sum::of(*w, *y, *f, level)),
        );
        let Some(tree) = self.grower.grow(&features, &self.sums) else { return };
        let mut values = Vec::with_capacity(tree.leaves.len());
        for leaf in &tree.leaves {
            let value = self.leaf_value(leaf.clone());
            for &row in &self.grower.rows[leaf.clone()] {
                self.predicted[row as usize] += value;
            }
            values.push(value);
        }
        for &row in &self.left_out {
            self.predicted[row as usize] += values[tree.leaf_of(self.binned, row)];
        }
        for node in &tree.nodes {
            self.gains[node.split.feature as usize] += node.split.gain;
        }
        self.forest.push(self.binned, &tree.nodes, &values);
    }

    /// Draws the rows and the features of a tree.
    fn draw(&mut self, random: &mut Random) -> Vec<u32> {
        let share = |share: f32, of: usize| {
            let wanted = (f64::from(share.clamp(0.0, 1.0)) * of as f64).round() as usize;
            wanted.clamp(1.min(of), of)
        };
        let wanted = share(self.settings.row_share, self.rows.len());
        random.part(&self.rows, wanted, &mut self.grower.rows, &mut self.left_out);
        let wanted = share(self.settings.feature_share, self.features.len());
        let (mut features, mut others) = (Vec::new(), Vec::new());
        random.part(&self.features, wanted, &mut features, &mut others);
        features
    }

    /// The quantile of what is left over in a leaf, times the rate.
    fn leaf_value(&mut self, leaf: std::ops::Range<usize>) -> f32 {
        self.residuals.clear();
        self.residuals.extend(self.grower.rows[leaf].iter().map(|&row| {
            let row = row as usize;
            (self.target[row] - self.predicted[row], self.weights[row])
        }));
        quantile(&mut self.residuals, self.level).unwrap_or(0.0) * self.settings.rate.max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::boost::Table;

    #[test]
    fn a_row_of_the_table_is_predicted_as_in_training() {
        let mut random = Random::of(5);
        let mut figure = || if random.below(10) == 0 { f32::NAN } else { random.below(500) as f32 };
        let rows: Vec<f32> = (0..6 * 700).map(|_| figure()).collect();
        let target: Vec<f32> =
            rows.chunks(6).map(|row| row[0].max(20.0) / 7.0 + row[3].max(0.0) * f32::from(row[5] < 100.0)).collect();
        let binned = Binned::new(&Table { width: 6, rows: &rows, target: &target, weight: None }, 31);
        let settings = Settings { trees: 21, leaves: 9, min_leaf: 5, row_share: 0.6, ..Settings::default() };
        let weights = whole_weights(&target, None, Level::of(0.5));
        let mut training = Training::new(&binned, &target, &weights, &settings);
        let mut random = Random::of(settings.seed);
        (0..settings.trees).for_each(|_| training.add_tree(&mut random));
        assert_eq!(training.forest.trees(), 21);
        for (row, predicted) in rows.chunks(6).zip(&training.predicted) {
            assert_eq!(training.forest.predict(row).to_bits(), predicted.to_bits());
        }
    }

    #[test]
    fn weights_become_whole_numbers_of_the_same_ratios() {
        let level = Level::of(0.9);
        let whole = whole_weights(&[0.0; 4], Some(&[1.0, 3.0, 0.5, -1.0]), level);
        assert_eq!((whole[1], whole[2] * 2, whole[3]), (whole[0] * 3, whole[0], 0));
        assert!(whole.iter().map(|&w| u64::from(w)).sum::<u64>() < 1 << 32);
        assert_eq!(whole_weights(&[0.0; 2], Some(&[1e30, 1e-30]), level)[1], 10);
        assert_eq!(whole_weights(&[f32::NAN], None, level), [0]);
    }
}
