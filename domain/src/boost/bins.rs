//! Features sorted into bins, once for all trainings on the same rows.

use super::Table;
use super::train::MOST_ROWS;

/// The bin of a figure that is not known.
pub(super) const MISSING: u8 = 0;

/// A table whose figures are replaced by the numbers of their bins: bin 0 for what is not known,
/// then up to 255 bins in ascending order, with about as many rows in each.
#[derive(Debug, Clone)]
pub struct Binned {
    rows: usize,
    /// Feature by feature, a byte a row.
    columns: Vec<u8>,
    /// For each feature the highest figure of each of its bins but the last, which has no upper end.
    /// A feature that is nowhere known has no bins.
    bounds: Vec<Vec<f32>>,
    /// For each feature: does it tell rows apart at all?
    tells: Vec<bool>,
}

impl Binned {
    /// Sorts the figures of `table` into at most `bins` bins a feature (2 to 255).
    ///
    /// # Panics
    /// Where `table.rows` are not `width` figures for each target, `width` is above 32,767, or there are more
    /// than two million rows.
    pub fn new(table: &Table<'_>, bins: u16) -> Self {
        let (width, rows) = (table.width, table.target.len());
        assert_eq!(table.rows.len(), width * rows, "a table has `width` figures for each target");
        assert!(width < 1 << 15, "a table has fewer than 32,768 features");
        assert!(rows <= MOST_ROWS, "a table has at most {MOST_ROWS} rows");
        let bins = usize::from(bins.clamp(2, 255));
        let mut columns = vec![MISSING; width * rows];
        let mut known = Vec::with_capacity(rows);
        let (mut bounds, mut tells) = (Vec::with_capacity(width), Vec::with_capacity(width));
        for feature in 0..width {
            let figures = || table.rows.iter().skip(feature).step_by(width).take(rows);
            known.clear();
            // Adding 0 turns the negative zero into the other one: they are the same figure.
            known.extend(figures().filter(|figure| !figure.is_nan()).map(|figure| figure + 0.0));
            known.sort_unstable_by(f32::total_cmp);
            let upper = upper_bounds(&known, bins);
            if !known.is_empty() {
                let column = &mut columns[feature * rows..(feature + 1) * rows];
                for (bin, figure) in column.iter_mut().zip(figures()) {
                    *bin = bin_of(&upper, *figure);
                }
            }
            tells.push(!known.is_empty() && (!upper.is_empty() || known.len() < rows));
            bounds.push(upper);
        }
        Self { rows, columns, bounds, tells }
    }

    /// Rows of the table.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Features of the table.
    pub fn width(&self) -> usize {
        self.bounds.len()
    }

    /// The bins of `feature` in each row.
    pub(super) fn column(&self, feature: usize) -> &[u8] {
        &self.columns[feature * self.rows..(feature + 1) * self.rows]
    }

    /// How many bins `feature` has, that of what is not known among them.
    pub(super) fn bins(&self, feature: usize) -> usize {
        self.bounds[feature].len() + 2
    }

    /// The highest figure of a bin that is not [`MISSING`].
    pub(super) fn upper(&self, feature: usize, bin: u8) -> f32 {
        self.bounds[feature].get(usize::from(bin) - 1).copied().unwrap_or(f32::INFINITY)
    }

    /// The features by which rows can be told apart.
    pub(super) fn telling(&self) -> Vec<u32> {
        (0..self.width()).filter(|&feature| self.tells[feature]).map(|feature| feature as u32).collect()
    }
}

fn bin_of(upper: &[f32], figure: f32) -> u8 {
    if figure.is_nan() { MISSING } else { 1 + upper.partition_point(|&bound| bound < figure) as u8 }
}

/// Where one bin ends and the next begins, between figures that differ. A figure with more rows than
/// a bin should have gets a bin of its own; the others share what is left evenly.
fn upper_bounds(sorted: &[f32], bins: usize) -> Vec<f32> {
    let runs: Vec<(f32, usize)> = sorted.chunk_by(|a, b| a == b).map(|run| (run[0], run.len())).collect();
    let fair = sorted.len().div_ceil(bins);
    let is_big = |count: usize| runs.len() <= bins || count >= fair;
    // What the figures without a bin of their own still have to share.
    let big = runs.iter().filter(|run| is_big(run.1)).count();
    let mut small_rows: usize = runs.iter().filter(|run| !is_big(run.1)).map(|run| run.1).sum();
    let mut small_bins = bins.saturating_sub(big).max(1);
    let mut upper = Vec::new();
    let mut filled = 0;
    for pair in runs.windows(2) {
        let ((figure, count), (next, next_count)) = (pair[0], pair[1]);
        filled += count;
        let share = small_rows as f64 / small_bins as f64;
        let full = !is_big(count) && filled as f64 >= share;
        if is_big(count) || is_big(next_count) || full {
            if !is_big(count) {
                small_rows -= filled.min(small_rows);
                small_bins = small_bins.saturating_sub(1).max(1);
            }
            upper.push(between(figure, next));
            filled = 0;
            if upper.len() + 1 == bins {
                break;
            }
        }
    }
    upper
}

/// The middle of two figures, or the lower where no figure of this precision lies between.
fn between(low: f32, high: f32) -> f32 {
    let middle = (f64::midpoint(f64::from(low), f64::from(high))) as f32;
    if middle >= low && middle < high { middle } else { low }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(rows: &[f32]) -> Table<'_> {
        Table { width: 1, rows, target: rows, weight: None }
    }

    #[test]
    fn few_figures_have_a_bin_each() {
        let binned = Binned::new(&table(&[2.0, f32::NAN, -1.0, 2.0, 0.0, -0.0]), 63);
        assert_eq!(binned.column(0), [3, MISSING, 1, 3, 2, 2]);
        assert_eq!((binned.upper(0, 1), binned.upper(0, 2), binned.upper(0, 3)), (-0.5, 1.0, f32::INFINITY));
    }

    #[test]
    fn many_figures_share_bins_evenly_and_a_frequent_one_has_its_own() {
        let mut figures: Vec<f32> = (0..1000).map(|i| (i * 7919 % 1000) as f32).collect();
        figures.extend([500.0; 1000]);
        let binned = Binned::new(&table(&figures), 21);
        let mut sizes = vec![0; binned.bins(0)];
        binned.column(0).iter().for_each(|&bin| sizes[usize::from(bin)] += 1);
        assert_eq!(sizes.iter().max(), Some(&1001));
        let others: Vec<_> = sizes[1..].iter().filter(|&&size| size != 1001).collect();
        assert!(others.len() <= 20 && others.iter().all(|&&size| size <= 53), "{sizes:?}");
    }

    #[test]
    fn bounds_lie_between_figures_that_differ() {
        let next = f32::from_bits(1.0_f32.to_bits() + 1);
        let figures = [f32::NEG_INFINITY, 1.0, next, f32::INFINITY];
        let binned = Binned::new(&table(&figures), 63);
        assert_eq!(binned.column(0), [1, 2, 3, 4]);
        for (figure, bin) in figures.iter().zip(1_u8..) {
            assert!(*figure <= binned.upper(0, bin) && (bin == 1 || *figure > binned.upper(0, bin - 1)));
        }
    }

    #[test]
    fn a_figure_that_is_the_same_in_all_rows_tells_nothing() {
        assert!(Binned::new(&table(&[1.0, 1.0]), 63).telling().is_empty());
        assert!(Binned::new(&table(&[f32::NAN, f32::NAN]), 63).telling().is_empty());
        assert_eq!(Binned::new(&table(&[1.0, f32::NAN]), 63).telling(), [0]);
    }
}
