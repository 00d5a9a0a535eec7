//! Growing one tree: the leaf that gains most is split next.

use std::ops::Range;

use super::bins::Binned;
use super::histogram::{Rules, Split, Sum, best_split, fill};
use super::random::Random;

/// A grown tree: questions, and which rows came into which leaf.
#[derive(Debug, Default)]
pub(super) struct Grown {
    /// Parents before children.
    pub(super) nodes: Vec<GrownNode>,
    /// The leaves' places in [`Grower::rows`].
    pub(super) leaves: Vec<Range<usize>>,
}

/// A question, and where its two answers lead.
#[derive(Debug, Clone, Copy)]
pub(super) struct GrownNode {
    pub(super) split: Split,
    /// Left and right: the number of a node, or `!leaf`.
    pub(super) children: [i16; 2],
}

impl Grown {
    /// The leaf of a row of the table.
    pub(super) fn leaf_of(&self, binned: &Binned, row: u32) -> usize {
        let mut next = if self.nodes.is_empty() { !0 } else { 0_i16 };
        while let Ok(node) = usize::try_from(next) {
            let GrownNode { split, children } = &self.nodes[node];
            let bin = binned.column(split.feature as usize)[row as usize];
            next = children[usize::from(!split.goes_left(bin))];
        }
        usize::from(!next as u16)
    }
}

/// A leaf that may still be split.
#[derive(Debug)]
struct Open {
    rows: Range<usize>,
    sum: Sum,
    /// Which histogram is its own.
    slot: usize,
    best: Option<Split>,
    /// Which answer of which node leads here.
    from: Option<(usize, usize)>,
}

/// Grows trees one after the other, on the same memory.
pub(super) struct Grower<'a> {
    binned: &'a Binned,
    rules: Rules,
    most_leaves: usize,
    /// The rows of the tree, those of a leaf side by side.
    pub(super) rows: Vec<u32>,
    /// The features of the tree, and what belongs to each.
    features: Vec<u32>,
    columns: Vec<&'a [u8]>,
    bins: Vec<usize>,
    /// Histograms, `stride` sums each: one for each leaf.
    histograms: Vec<Sum>,
    stride: usize,
    gathered: Vec<Sum>,
    right: Vec<u32>,
    /// Where questions are drawn.
    draws: Option<Random>,
}

impl<'a> Grower<'a> {
    pub(super) fn new(binned: &'a Binned, rules: Rules, most_leaves: usize, draws: Option<Random>) -> Self {
        Self {
            binned,
            rules,
            most_leaves,
            rows: Vec::new(),
            features: Vec::new(),
            columns: Vec::new(),
            bins: Vec::new(),
            histograms: Vec::new(),
            stride: 0,
            gathered: Vec::new(),
            right: Vec::new(),
            draws,
        }
    }

    /// Grows a tree on `self.rows` (those drawn for it) and on `features`; `sums` has a sum for each
    /// row of the table. None: nothing is gained by any question.
    pub(super) fn grow(&mut self, features: &[u32], sums: &[Sum]) -> Option<Grown> {
        self.features.clear();
        self.features.extend_from_slice(features);
        let binned = self.binned;
        self.columns.clear();
        self.columns.extend(features.iter().map(|&feature| binned.column(feature as usize)));
        self.bins.clear();
        self.bins.extend(features.iter().map(|&feature| binned.bins(feature as usize)));
        self.stride = self.bins.iter().sum();
        self.histograms.resize(self.stride * self.most_leaves, Sum::default());

        let mut open = vec![self.root(sums)];
        let mut grown = Grown::default();
        while open.len() < self.most_leaves
            && let Some((leaf, split)) = most_gaining(&open)
        {
            let is_last = open.len() + 1 == self.most_leaves;
            let node = grown.nodes.len();
            if let Some((parent, side)) = open[leaf].from {
                grown.nodes[parent].children[side] = node as i16;
            }
            grown.nodes.push(GrownNode { split, children: [!(leaf as i16), !(open.len() as i16)] });
            let [left, right] = self.part(&open[leaf], split, node, open.len(), is_last, sums);
            open[leaf] = left;
            open.push(right);
        }
        grown.leaves = open.into_iter().map(|leaf| leaf.rows).collect();
        (!grown.nodes.is_empty()).then_some(grown)
    }

    fn root(&mut self, sums: &[Sum]) -> Open {
        let rows = 0..self.rows.len();
        self.gather(rows.clone(), sums);
        let sum = Sum::total(&self.gathered);
        let mut root = Open { rows, sum, slot: 0, best: None, from: None };
        if self.rules.may_split(sum) {
            self.fill(&root);
            root.best = self.best(&root);
        }
        root
    }

    /// Parts a leaf in two. Only the smaller side is summed; what is left of the leaf's own sums
    /// without it are those of the larger.
    fn part(&mut self, leaf: &Open, split: Split, node: usize, free: usize, is_last: bool, sums: &[Sum]) -> [Open; 2] {
        let middle = leaf.rows.start + self.part_rows(leaf.rows.clone(), split);
        let open = |rows, sum, side| Open { rows, sum, slot: leaf.slot, best: None, from: Some((node, side)) };
        let mut left = open(leaf.rows.start..middle, split.left, 0);
        let mut right = open(middle..leaf.rows.end, leaf.sum.without(split.left), 1);
        // The leaves of a full tree are not split again.
        if is_last || !(self.rules.may_split(left.sum) || self.rules.may_split(right.sum)) {
            return [left, right];
        }
        let (small, large) =
            if left.rows.len() <= right.rows.len() { (&mut left, &mut right) } else { (&mut right, &mut left) };
        small.slot = free;
        self.gather(small.rows.clone(), sums);
        self.fill(small);
        self.subtract(small.slot, large.slot);
        for side in [small, large] {
            side.best = if self.rules.may_split(side.sum) { self.best(side) } else { None };
        }
        [left, right]
    }

    /// Brings the rows that go left to the front, both sides in their order; says how many they are.
    fn part_rows(&mut self, range: Range<usize>, split: Split) -> usize {
        let column = self.binned.column(split.feature as usize);
        let rows = &mut self.rows[range];
        self.right.resize(self.right.len().max(rows.len()), 0);
        let (mut left, mut right) = (0, 0);
        for i in 0..rows.len() {
            // Both are written and one of them counts: no branch to guess wrong.
            let row = rows[i];
            let goes_left = split.goes_left(column[row as usize]);
            rows[left] = row;
            self.right[right] = row;
            left += usize::from(goes_left);
            right += usize::from(!goes_left);
        }
        rows[left..].copy_from_slice(&self.right[..right]);
        left
    }

    fn gather(&mut self, rows: Range<usize>, sums: &[Sum]) {
        self.gathered.clear();
        self.gathered.extend(self.rows[rows].iter().map(|&row| sums[row as usize]));
    }

    /// Sums the gathered rows of `leaf` into its histogram.
    fn fill(&mut self, leaf: &Open) {
        let into = &mut self.histograms[leaf.slot * self.stride..][..self.stride];
        fill(&self.columns, &self.bins, &self.rows[leaf.rows.clone()], &self.gathered, into);
    }

    fn subtract(&mut self, small: usize, large: usize) {
        // The smaller side always has the newer histogram.
        let (old, new) = self.histograms.split_at_mut(small * self.stride);
        for (large, small) in old[large * self.stride..][..self.stride].iter_mut().zip(new) {
            *large = large.without(*small);
        }
    }

    fn best(&mut self, leaf: &Open) -> Option<Split> {
        let sums = &self.histograms[leaf.slot * self.stride..][..self.stride];
        best_split(&self.features, &self.bins, sums, leaf.sum, self.rules, self.draws.as_mut())
    }
}

/// Of leaves that gain the same, the first.
fn most_gaining(open: &[Open]) -> Option<(usize, Split)> {
    let mut most: Option<(usize, Split)> = None;
    for (leaf, split) in open.iter().enumerate().filter_map(|(leaf, open)| Some((leaf, open.best?))) {
        if most.is_none_or(|(_, best)| split.gain > best.gain) {
            most = Some((leaf, split));
        }
    }
    most
}
