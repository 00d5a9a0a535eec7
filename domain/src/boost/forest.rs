//! What was learned: trees to sum up.

use serde::{Deserialize, Serialize};

use super::bins::Binned;
use super::grow::GrownNode;

/// Trees walked side by side: the next step of one does not wait for that of another.
const TOGETHER: usize = 8;

/// Trees whose leaves' values are summed up. Small: some 6 bytes for each node and leaf when written
/// with postcard. One that comes from outside is asked [`Forest::is_sound`] before anything else.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Forest {
    /// What is predicted before any tree.
    base: f32,
    /// For each tree its nodes; it has one leaf more.
    sizes: Vec<u16>,
    /// The nodes of one tree after the other, in each parents before children.
    nodes: Vec<Node>,
    /// The leaves' values, in the same way.
    leaves: Vec<f32>,
    /// For each feature what the splits that ask for it gained: shares of the whole.
    gains: Vec<f32>,
}

/// A question: is the feature at most `threshold`?
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Node {
    /// Twice the feature's number, plus 1 where rows go left that do not know it.
    asks: u16,
    /// Left and right: the number of a node of the tree, or `!leaf`.
    children: [i16; 2],
    threshold: f32,
}

impl Node {
    const fn feature(self) -> usize {
        (self.asks >> 1) as usize
    }

    /// The answer to [`answerable`] figures: 0 for left, 1 for right. NaN is not at most anything.
    fn answer(self, figures: &[f32]) -> usize {
        let is_left = figures[usize::from(self.asks)] <= self.threshold;
        usize::from(!is_left)
    }
}

/// Each figure twice, once for the questions where not to know it leads right (NaN stays) and once for
/// those where it leads left (NaN becomes the least figure): `asks` is the place of what a node asks.
fn answerable(row: &[f32], width: usize) -> Vec<f32> {
    let known = row.iter().copied().chain(std::iter::repeat(f32::NAN)).take(width);
    known.flat_map(|figure| [figure, if figure.is_nan() { f32::NEG_INFINITY } else { figure }]).collect()
}

impl Forest {
    /// Always predicts `base`, whatever the `width` features say.
    pub(super) fn constant(base: f32, width: usize) -> Self {
        Self { base, sizes: Vec::new(), nodes: Vec::new(), leaves: Vec::new(), gains: vec![0.0; width] }
    }

    /// Adds a tree of at least one node.
    pub(super) fn push(&mut self, binned: &Binned, grown: &[GrownNode], values: &[f32]) {
        self.sizes.push(grown.len() as u16);
        self.leaves.extend_from_slice(values);
        self.nodes.extend(grown.iter().map(|GrownNode { split, children }| Node {
            asks: (split.feature as u16) << 1 | u16::from(split.missing_left),
            children: *children,
            threshold: binned.upper(split.feature as usize, split.bin),
        }));
    }

    /// Notes what each feature gained, as shares of the whole.
    pub(super) fn note_gains(&mut self, gains: &[f64]) {
        let whole: f64 = gains.iter().sum();
        if whole > 0.0 {
            self.gains = gains.iter().map(|gain| (gain / whole) as f32).collect();
        }
    }

    /// The prediction for a row of features; what is not known, or lies behind the row's end, is NaN.
    /// The forest must be sound ([`Forest::is_sound`]), as every trained one is.
    pub fn predict(&self, row: &[f32]) -> f32 {
        let figures = answerable(row, self.gains.len());
        let (mut first_node, mut first_leaf, mut sum) = (0, 0, self.base);
        for sizes in self.sizes.chunks(TOGETHER) {
            // A lane without a tree is at a leaf from the start.
            let (mut starts, mut at) = ([first_node; TOGETHER], [!0_i16; TOGETHER]);
            for ((start, at), size) in starts.iter_mut().zip(&mut at).zip(sizes) {
                (*start, *at) = (first_node, 0);
                first_node += usize::from(*size);
            }
            // Lanes at a leaf go on asking their first node and do not heed it: nothing to guess.
            while at.iter().any(|at| *at >= 0) {
                for (start, at) in starts.iter().zip(&mut at) {
                    let node = &self.nodes[start + (*at).max(0) as usize];
                    let next = node.children[node.answer(&figures)];
                    *at = if *at < 0 { *at } else { next };
                }
            }
            // In the order of the trees, as in training: the same sum to the bit.
            for (at, size) in at.iter().zip(sizes) {
                sum += self.leaves[first_leaf + usize::from(!*at as u16)];
                first_leaf += usize::from(*size) + 1;
            }
        }
        sum
    }

    /// Can this forest be asked about rows of `width` features? A forest that was read from outside
    /// may name nodes that do not exist or lead in a circle; every trained one is sound.
    pub fn is_sound(&self, width: usize) -> bool {
        let nodes: usize = self.sizes.iter().map(|&size| usize::from(size)).sum();
        if self.gains.len() != width || self.nodes.len() != nodes || self.leaves.len() != nodes + self.sizes.len() {
            return false;
        }
        let mut rest = self.nodes.as_slice();
        let trees = self.sizes.iter().all(|&size| {
            let (tree, after) = rest.split_at(usize::from(size));
            rest = after;
            is_tree(tree, width)
        });
        let figures = self.leaves.iter().chain(&self.gains);
        trees && self.base.is_finite() && figures.into_iter().all(|figure| figure.is_finite())
    }

    /// For each feature which share of what all splits gained was gained by asking for it: how much
    /// the predictions owe to it. All 0 where nothing was learned, otherwise they sum to 1.
    pub fn gain_by_feature(&self) -> &[f32] {
        &self.gains
    }

    /// How many trees were worth growing.
    pub fn trees(&self) -> usize {
        self.sizes.len()
    }
}

/// Each node but the first, and each leaf, is led to exactly once, from a node before it.
fn is_tree(nodes: &[Node], width: usize) -> bool {
    let mut is_reached = vec![false; 2 * nodes.len() + 1];
    let (node_is_reached, leaf_is_reached) = is_reached.split_at_mut(nodes.len());
    let mut reach = |from: usize, child: i16| {
        let place = match usize::try_from(child) {
            Ok(node) if node > from => node_is_reached.get_mut(node),
            Ok(_) => None,
            Err(_) => leaf_is_reached.get_mut(usize::from(!child as u16)),
        };
        place.is_some_and(|place| !std::mem::replace(place, true))
    };
    !nodes.is_empty()
        && nodes.iter().enumerate().all(|(from, node)| {
            node.feature() < width && !node.threshold.is_nan() && node.children.iter().all(|child| reach(from, *child))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(feature: u16, threshold: f32, children: [i16; 2]) -> Node {
        Node { asks: feature << 1, children, threshold }
    }

    /// Two trees on two features.
    fn forest() -> Forest {
        Forest {
            base: 10.0,
            sizes: vec![2, 1],
            nodes: vec![node(0, 0.5, [!0, 1]), node(1, 2.0, [!1, !2]), node(1, 0.0, [!1, !0])],
            leaves: vec![1.0, 2.0, 3.0, 100.0, 200.0],
            gains: vec![0.5, 0.5],
        }
    }

    #[test]
    fn trees_are_summed_up() {
        let forest = forest();
        assert_eq!(forest.predict(&[0.5, 0.0]), 211.0);
        assert_eq!(forest.predict(&[0.6, 2.0]), 112.0);
        assert_eq!(forest.predict(&[f32::NAN, f32::NAN]), 113.0);
    }

    #[test]
    fn a_broken_forest_is_told_from_a_sound_one() {
        assert!(forest().is_sound(2));
        assert!(!forest().is_sound(1) && !forest().is_sound(3), "another width");
        type Breaks = fn(&mut Forest);
        let broken: [(&str, Breaks); 13] = [
            ("a circle", |f| f.nodes[1].children[0] = 0),
            ("a node that leads to itself", |f| f.nodes[1].children[0] = 1),
            ("a node of the next tree", |f| f.nodes[0].children[0] = 2),
            ("a leaf of the next tree", |f| f.nodes[0].children[0] = !3),
            ("a leaf that is reached twice", |f| f.nodes[0].children[0] = !1),
            ("a feature that does not exist", |f| f.nodes[0].asks = 4),
            ("a threshold that is none", |f| f.nodes[0].threshold = f32::NAN),
            ("a value without end", |f| f.leaves[0] = f32::INFINITY),
            ("no base", |f| f.base = f32::NAN),
            ("a leaf too few", |f| f.leaves.truncate(4)),
            ("a node too many", |f| f.nodes.push(f.nodes[0])),
            ("sizes of other trees", |f| f.sizes = vec![1, 2]),
            ("a tree without a question", |f| {
                f.sizes.push(0);
                f.leaves.push(0.0);
            }),
        ];
        for (what, breaks) in broken {
            let mut forest = forest();
            breaks(&mut forest);
            assert!(!forest.is_sound(2), "{what}");
        }
    }
}
