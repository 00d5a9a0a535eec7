//! What light cannot do: change what edges there are. A lamp, a cloud or a shadow makes brighter or
//! darker, and keeps the pattern of what it falls on; a person brings a pattern of his own.
//!
//! Local normalised correlation of the high-pass picture against the model: Lewis, "Fast Normalized
//! Cross-Correlation", 1995; as a test against light: Jacques, Jung, Musse, "Background subtraction and
//! shadow detection in grayscale video sequences", SIBGRAPI 2005.

use crate::grid::{Size, blur, count};

/// Radius of what is "around" a cell, in cells.
const AROUND: usize = 3;
/// Radius of a window of correlation.
const WINDOW: usize = 2;
/// Variance of a window from which on it has a pattern at all, in squared grey levels.
const PATTERN: f32 = 12.0;
/// Correlation below which a pattern is another one.
const SAME: f32 = 0.6;
/// How much stronger or weaker light alone makes a pattern's variance.
const STRONGER: f32 = 6.0;
/// Cells darker or brighter have lost their pattern to the sensor's limits.
const DARK: f32 = 5.0;
const BRIGHT: f32 = 250.0;

/// Cells by what became of their pattern; 0 or 1 each. Cells without a pattern are neither.
#[derive(Debug, Clone, Default)]
pub(crate) struct Structure {
    /// Another pattern than before.
    pub other: Vec<u8>,
    /// The same, brighter or darker.
    pub same: Vec<u8>,
}

pub(crate) fn compare(size: Size, now: &[f32], before: &[f32]) -> Structure {
    let (now_high, before_high) = (high(size, now), high(size, before));
    let product = |a: &[f32], b: &[f32]| -> Vec<f32> {
        let products: Vec<f32> = a.iter().zip(b).map(|(a, b)| a * b).collect();
        let mut mean = Vec::new();
        blur(size, &products, WINDOW, &mut mean);
        mean
    };
    let both = product(&now_high, &before_high);
    let (now_var, before_var) = (product(&now_high, &now_high), product(&before_high, &before_high));
    let lost: Vec<u8> = now
        .iter()
        .zip(before)
        .map(|(a, b)| u8::from(!(DARK..=BRIGHT).contains(a) || !(DARK..=BRIGHT).contains(b)))
        .collect();
    let mut near_lost = Vec::new();
    count(size, &lost, 1, &mut near_lost);
    let mut found = Structure { other: vec![0; now.len()], same: vec![0; now.len()] };
    for cell in 0..now.len() {
        let (a, b) = (now_var[cell].max(0.0), before_var[cell].max(0.0));
        if a.max(b) <= PATTERN {
            continue;
        }
        let alike = both[cell] / (a * b + 1e-3).sqrt();
        let another = alike < SAME || a > STRONGER * b + PATTERN || b > STRONGER * a + PATTERN;
        if !another {
            found.same[cell] = 1;
        } else if near_lost[cell] < 2 {
            found.other[cell] = 1;
        }
    }
    found
}

/// Without what is the same all around.
fn high(size: Size, cells: &[f32]) -> Vec<f32> {
    let mut around = Vec::new();
    blur(size, cells, AROUND, &mut around);
    cells.iter().zip(&around).map(|(cell, around)| cell - around).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Size = Size { w: 40, h: 30 };

    /// A wall with a pattern, and a box of another one.
    fn wall(gain: f32, with_box: bool) -> Vec<f32> {
        let cell = |at: usize| {
            let (x, y) = (at % SIZE.w, at / SIZE.w);
            if with_box && (10..20).contains(&x) && (8..22).contains(&y) {
                return gain * if (x / 2 + y) % 3 == 0 { 150.0 } else { 60.0 };
            }
            gain * if (x + y) % 4 < 2 { 90.0 } else { 120.0 }
        };
        (0..SIZE.cells()).map(cell).collect()
    }

    fn sum(marks: &[u8]) -> usize {
        marks.iter().map(|mark| usize::from(*mark)).sum()
    }

    #[test]
    fn a_lamp_keeps_the_pattern() {
        for gain in [0.6, 1.6] {
            let found = compare(SIZE, &wall(gain, false), &wall(1.0, false));
            assert_eq!(sum(&found.other), 0);
            assert!(sum(&found.same) > 1_000);
        }
    }

    #[test]
    fn a_thing_brings_another_pattern_in_any_light() {
        let found = compare(SIZE, &wall(0.6, true), &wall(1.0, false));
        let inside = |at: &usize| (12..18).contains(&(at % SIZE.w)) && (10..20).contains(&(at / SIZE.w));
        let missed = (0..SIZE.cells()).filter(inside).filter(|at| found.other[*at] == 0).count();
        assert!(missed < 6, "{missed} of 60 cells");
    }
}
