//! Learning a quantile from rows of figures: gradient boosting of small trees.
//!
//! A forest is a sum of small trees. Each tree is grown on what the sum so far gets wrong, and its
//! leaves are set to the quantile of what is left over in them (Friedman, "Greedy function
//! approximation: a gradient boosting machine", Annals of Statistics 29, 2001: TreeBoost with an
//! absolute loss; the check loss of Koenker & Bassett, "Regression quantiles", Econometrica 46,
//! 1978, in its place). Figures are first sorted into few bins, a split is looked for in sums per
//! bin, and the leaf that gains most is split next (Ke et al., "LightGBM", NIPS 2017).
//!
//! All sums are of whole numbers, every order is fixed and every draw comes from the seed: the same
//! table and settings give the same forest, byte for byte, on every machine. Nothing here starts a
//! thread; two forests may be trained from one [`Binned`] at the same time.

mod bins;
mod forest;
mod grow;
mod histogram;
mod quantile;
mod random;
mod train;

#[cfg(test)]
mod tests;

pub use bins::Binned;
pub use forest::Forest;
pub use train::train;

/// What is learned from: a row of figures for each case, and what came of it.
#[derive(Debug, Clone, Copy)]
pub struct Table<'a> {
    /// Figures (features) in a row.
    pub width: usize,
    /// The rows one after the other, `width * target.len()` figures. Not known: NaN.
    pub rows: &'a [f32],
    /// What came of each row. A row whose target is not finite teaches nothing.
    pub target: &'a [f32],
    /// How much each row counts; without it all count the same. Only the ratios matter. A row whose
    /// weight is not positive and finite teaches nothing.
    pub weight: Option<&'a [f32]>,
}

/// How a forest is trained. Values out of range are brought to the nearest that makes sense.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// The share of cases that should lie at or below the prediction: 0.5 is the median. Taken to
    /// the nearest thousandth.
    pub quantile: f32,
    /// Trees at most: a tree that finds nothing to split is left out.
    pub trees: u32,
    /// Leaves of a tree at most.
    pub leaves: u32,
    /// A leaf weighs at least as much as this many rows of mean weight.
    pub min_leaf: u32,
    /// How much of its correction a tree may make (the shrinkage), above 0.
    pub rate: f32,
    /// Share of the features that a tree may look at, drawn anew for each.
    pub feature_share: f32,
    /// Share of the rows that a tree is grown on, drawn anew for each, none of them twice.
    pub row_share: f32,
    /// Bins of a feature at most, for [`Binned::new`]: 2 to 255.
    pub bins: u16,
    /// Added to the weight of each side of a split, in rows of mean weight: sides with few rows then
    /// have to show more.
    pub l2: f32,
    /// One drawn question a feature instead of the best one: trees differ more, and their mean is
    /// steadier where days are few (Geurts, Ernst & Wehenkel, "Extremely randomized trees", Machine
    /// Learning 63, 2006).
    pub extra: bool,
    /// Where the draws of rows and features start.
    pub seed: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            quantile: 0.5,
            trees: 300,
            leaves: 31,
            min_leaf: 40,
            rate: 0.05,
            feature_share: 0.5,
            row_share: 0.8,
            bins: 63,
            l2: 0.0,
            extra: false,
            seed: 1,
        }
    }
}
