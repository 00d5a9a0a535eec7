//! Pictures as a coarse grid of cells, and neighbourhoods in it.

use crate::Picture;

/// Cells along the longer side. A person who fills a hundredth of the picture is still a dozen cells.
const LONGER: usize = 160;
/// Rows of pixels that are read of one row of cells: enough to average noise away.
const ROWS: usize = 4;

/// How many cells there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Size {
    pub w: usize,
    pub h: usize,
}

impl Size {
    /// The grid for a picture: cells as square as its pixels, none finer than a pixel.
    pub fn of(picture: &Picture<'_>) -> Self {
        let (w, h) = (picture.width(), picture.height());
        let longer = LONGER.min(w.max(h));
        let other = |side: usize| ((side * longer + w.max(h) / 2) / w.max(h)).max(8);
        Self { w: other(w), h: other(h) }
    }

    pub const fn cells(self) -> usize {
        self.w * self.h
    }
}

/// Where each cell begins in a picture of some size.
#[derive(Debug, Clone)]
pub(crate) struct Sampler {
    size: Size,
    picture: (usize, usize),
    columns: Vec<(usize, usize)>,
    rows: Vec<(usize, usize)>,
    sums: Vec<u32>,
}

impl Sampler {
    pub fn new(size: Size, picture: &Picture<'_>) -> Self {
        let (w, h) = (picture.width(), picture.height());
        let cut = |n: usize, of: usize| -> Vec<(usize, usize)> {
            (0..n).map(|i| (i * of / n, ((i + 1) * of / n).max(i * of / n + 1))).collect()
        };
        Self { size, picture: (w, h), columns: cut(size.w, w), rows: cut(size.h, h), sums: vec![0; w] }
    }

    pub const fn fits(&self, picture: &Picture<'_>) -> bool {
        self.picture.0 == picture.width() && self.picture.1 == picture.height()
    }

    /// The mean brightness of each cell, 0..255.
    pub fn sample(&mut self, picture: &Picture<'_>, into: &mut [f32]) {
        for (cells, (from, to)) in into.chunks_exact_mut(self.size.w).zip(&self.rows) {
            self.sums.fill(0);
            let rows = (to - from).min(ROWS);
            for k in 0..rows {
                let row = picture.row(from + k * (to - from) / rows);
                for (sum, pixel) in self.sums.iter_mut().zip(row) {
                    *sum += u32::from(*pixel);
                }
            }
            for (cell, (from, to)) in cells.iter_mut().zip(&self.columns) {
                let sum: u32 = self.sums[*from..*to].iter().sum();
                *cell = sum as f32 / ((to - from) * rows) as f32;
            }
        }
    }
}

/// The mean over (2r+1)x(2r+1) cells around each cell; at the border over those that there are.
pub(crate) fn blur(size: Size, from: &[f32], r: usize, into: &mut Vec<f32>) {
    let Size { w, h } = size;
    let mut across = vec![0.0_f32; from.len()];
    for (row, out) in from.chunks_exact(w).zip(across.chunks_exact_mut(w)) {
        slide(row, r, out, w);
    }
    into.clear();
    into.resize(from.len(), 0.0);
    // Down, a whole row at a time: the sums of the columns slide.
    let mut sums = vec![0.0_f32; w];
    let add = |sums: &mut [f32], y: usize, sign: f32| {
        for (sum, value) in sums.iter_mut().zip(&across[y * w..(y + 1) * w]) {
            *sum += sign * value;
        }
    };
    for y in 0..=r.min(h - 1) {
        add(&mut sums, y, 1.0);
    }
    for y in 0..h {
        if y > 0 && y + r < h {
            add(&mut sums, y + r, 1.0);
        }
        if y > r {
            add(&mut sums, y - r - 1, -1.0);
        }
        let n = (y + r).min(h - 1) - y.saturating_sub(r) + 1;
        for (out, sum) in into[y * w..(y + 1) * w].iter_mut().zip(&sums) {
            *out = sum / n as f32;
        }
    }
}

fn slide(row: &[f32], r: usize, out: &mut [f32], w: usize) {
    let mut sum: f32 = row[..=r.min(w - 1)].iter().sum();
    for x in 0..w {
        if x > 0 && x + r < w {
            sum += row[x + r];
        }
        if x > r {
            sum -= row[x - r - 1];
        }
        let n = (x + r).min(w - 1) - x.saturating_sub(r) + 1;
        out[x] = sum / n as f32;
    }
}

/// How many of the marks (0 or 1) lie in the (2r+1)x(2r+1) cells around each cell, `r` up to 7.
pub(crate) fn count(size: Size, marks: &[u8], r: usize, into: &mut Vec<u8>) {
    let Size { w, h } = size;
    let mut across = vec![0_u8; marks.len()];
    for (row, out) in marks.chunks_exact(w).zip(across.chunks_exact_mut(w)) {
        out.copy_from_slice(row);
        for k in 1..=r.min(w - 1) {
            for (out, mark) in out[k..].iter_mut().zip(row) {
                *out += mark;
            }
            for (out, mark) in out.iter_mut().zip(&row[k..]) {
                *out += mark;
            }
        }
    }
    into.clear();
    into.extend_from_slice(&across);
    for k in 1..=r.min(h - 1) {
        for (out, mark) in into[k * w..].iter_mut().zip(&across) {
            *out += mark;
        }
        for (out, mark) in into.iter_mut().zip(&across[k * w..]) {
            *out += mark;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slow(size: Size, from: &[f32], r: usize, x: usize, y: usize) -> f32 {
        let (mut sum, mut n) = (0.0, 0.0);
        for yy in y.saturating_sub(r)..=(y + r).min(size.h - 1) {
            for xx in x.saturating_sub(r)..=(x + r).min(size.w - 1) {
                sum += from[yy * size.w + xx];
                n += 1.0;
            }
        }
        sum / n
    }

    #[test]
    fn neighbourhoods_are_those_of_the_definition() {
        let size = Size { w: 13, h: 9 };
        let marks: Vec<u8> = (0..size.cells()).map(|i| u8::from(i * 7 % 5 == 0)).collect();
        let values: Vec<f32> = marks.iter().map(|mark| f32::from(*mark)).collect();
        let (mut blurred, mut counted) = (Vec::new(), Vec::new());
        for r in [1, 2, 7] {
            blur(size, &values, r, &mut blurred);
            count(size, &marks, r, &mut counted);
            for y in 0..size.h {
                for x in 0..size.w {
                    let at = y * size.w + x;
                    assert!((blurred[at] - slow(size, &values, r, x, y)).abs() < 1e-4, "{r} {x} {y}");
                    let cells =
                        ((x + r).min(12) - x.saturating_sub(r) + 1) * ((y + r).min(8) - y.saturating_sub(r) + 1);
                    let slow = slow(size, &values, r, x, y) * cells as f32;
                    assert_eq!(f32::from(counted[at]), slow.round(), "{r} {x} {y}");
                }
            }
        }
    }

    #[test]
    fn a_cell_is_the_mean_of_its_pixels() {
        let luma: Vec<u8> = (0..320 * 240).map(|i| if i % 320 < 160 { 40 } else { 200 }).collect();
        let picture = Picture::new(&luma, 320, 240, 320).unwrap();
        let size = Size::of(&picture);
        assert_eq!(size, Size { w: 160, h: 120 });
        let mut cells = vec![0.0; size.cells()];
        Sampler::new(size, &picture).sample(&picture, &mut cells);
        assert_eq!((cells[0], cells[79], cells[80], cells[159]), (40.0, 40.0, 200.0, 200.0));
    }
}
