//! A zone as cells.

use crate::grid::Size;
use crate::{Kind, Unusable, Zone};

/// Points a cell is probed at, along each side.
const PROBES: usize = 4;

/// Checks the polygons.
pub(crate) fn check(zones: &[Zone]) -> Result<(), Unusable> {
    for (number, zone) in zones.iter().enumerate() {
        if zone.polygon.iter().flatten().any(|at| !(0.0..=1.0).contains(at)) {
            return Err(Unusable::Outside(number));
        }
        if zone.polygon.len() < 3 || doubled_area(&zone.polygon).abs() < 1e-9 {
            return Err(Unusable::Empty(number));
        }
    }
    Ok(())
}

/// The shoelace formula.
fn doubled_area(points: &[[f64; 2]]) -> f64 {
    let next = points.iter().cycle().skip(1);
    points.iter().zip(next).map(|([x1, y1], [x2, y2])| x1 * y2 - x2 * y1).sum()
}

/// The cells of a zone, without those that are not looked at: (index, share of the cell inside).
pub(crate) fn cells(zone: &Zone, ignored: &[u8], size: Size) -> Vec<(u32, f32)> {
    let shares = (0..size.cells()).map(|cell| (cell as u32, share(&zone.polygon, cell, size)));
    shares.filter(|(cell, share)| *share > 0.0 && ignored[*cell as usize] == 0).collect()
}

/// Cells that lie at least half in a zone of kind `ignore`.
pub(crate) fn ignored(zones: &[Zone], size: Size) -> Vec<u8> {
    let mut marks = vec![0; size.cells()];
    for zone in zones.iter().filter(|zone| zone.kind == Kind::Ignore) {
        for (cell, mark) in marks.iter_mut().enumerate() {
            if share(&zone.polygon, cell, size) >= 0.5 {
                *mark = 1;
            }
        }
    }
    marks
}

fn share(polygon: &[[f64; 2]], cell: usize, size: Size) -> f32 {
    let (x, y) = (cell % size.w, cell / size.w);
    let mut inside = 0;
    for k in 0..PROBES * PROBES {
        let at = |cell: usize, k: usize, n: usize| (cell as f64 + (k as f64 + 0.5) / PROBES as f64) / n as f64;
        inside += u32::from(contains(polygon, at(x, k % PROBES, size.w), at(y, k / PROBES, size.h)));
    }
    inside as f32 / (PROBES * PROBES) as f32
}

/// The even-odd rule.
fn contains(polygon: &[[f64; 2]], x: f64, y: f64) -> bool {
    let next = polygon.iter().cycle().skip(1);
    let crosses = polygon
        .iter()
        .zip(next)
        .filter(|([x1, y1], [x2, y2])| (*y1 > y) != (*y2 > y) && x < (x2 - x1) * (y - y1) / (y2 - y1) + x1);
    crosses.count() % 2 == 1
}
