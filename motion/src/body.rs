//! Connected cells, and whether they are somebody or the place that somebody has left.

use crate::grid::Size;

/// One connected group of marked cells.
#[derive(Debug, Clone)]
pub(crate) struct Body {
    pub cells: Vec<u32>,
}

/// All groups of cells marked 1, by their four neighbours.
pub(crate) fn bodies(size: Size, marks: &[u8]) -> Vec<Body> {
    let mut left = marks.to_vec();
    let mut found = Vec::new();
    for start in 0..left.len() {
        if left[start] == 0 {
            continue;
        }
        left[start] = 0;
        let mut cells = vec![start as u32];
        let mut next = 0;
        while let Some(cell) = cells.get(next).copied() {
            next += 1;
            for other in neighbours(size, cell as usize) {
                if left[other] == 1 {
                    left[other] = 0;
                    cells.push(other as u32);
                }
            }
        }
        found.push(Body { cells });
    }
    found
}

fn neighbours(size: Size, cell: usize) -> impl Iterator<Item = usize> {
    let (x, y) = (cell % size.w, cell / size.w);
    let left = (x > 0).then(|| cell - 1);
    let right = (x + 1 < size.w).then(|| cell + 1);
    let above = (y > 0).then(|| cell - size.w);
    let below = (y + 1 < size.h).then(|| cell + size.w);
    [left, right, above, below].into_iter().flatten()
}

impl Body {
    /// The mean contrast across its outline: from one cell inside it to one outside, in grey levels.
    pub fn contrast(&self, size: Size, marks: &[u8], values: &[f32]) -> f32 {
        let at = |x: i64, y: i64| {
            let x = x.clamp(0, size.w as i64 - 1) as usize;
            let y = y.clamp(0, size.h as i64 - 1) as usize;
            y * size.w + x
        };
        let (mut sum, mut n) = (0.0, 0);
        for cell in &self.cells {
            let (x, y) = ((*cell as usize % size.w) as i64, (*cell as usize / size.w) as i64);
            for (dx, dy) in [(1, 0), (-1, 0), (0, 1), (0, -1)] {
                let outside = at(x + dx, y + dy);
                if outside != *cell as usize && marks[outside] == 0 {
                    sum += (values[at(x - dx, y - dy)] - values[at(x + 2 * dx, y + 2 * dy)]).abs();
                    n += 1;
                }
            }
        }
        if n == 0 { 0.0 } else { sum / n as f32 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_touches_is_one_body_and_its_outline_is_seen() {
        let size = Size { w: 12, h: 10 };
        let mut marks = vec![0; size.cells()];
        let mut values = vec![50.0; size.cells()];
        for y in 2..7 {
            for x in 3..7 {
                (marks[y * 12 + x], values[y * 12 + x]) = (1, 90.0);
            }
        }
        marks[9 * 12 + 11] = 1;
        let found = bodies(size, &marks);
        assert_eq!(found.iter().map(|body| body.cells.len()).collect::<Vec<_>>(), [20, 1]);
        assert!((found[0].contrast(size, &marks, &values) - 40.0).abs() < 1e-3);
        assert!(found[0].contrast(size, &marks, &vec![50.0; size.cells()]) < 1e-3);
    }
}
