//! Shapes by their distance: soft edges and half pixels come for free.

/// A place in pixels of the full picture.
pub(super) type Point = [f32; 2];

/// A shape, in pixels of the full picture.
#[derive(Debug, Clone)]
pub(super) enum Shape {
    /// From one round end to another; a limb.
    Limb { a: Point, b: Point, ra: f32, rb: f32 },
    /// Centre and the two half axes; a head, a shadow.
    Oval { at: Point, rx: f32, ry: f32 },
    /// Upright, with round corners: two corners and their radius.
    Box { from: Point, to: Point, round: f32 },
    /// Any, by its corners.
    Corners(Vec<Point>),
}

impl Shape {
    /// How far outside (positive) or inside (negative) a place is, in pixels; near the edge exactly
    /// enough for its softness.
    pub(super) fn distance(&self, p: Point) -> f32 {
        match self {
            Self::Limb { a, b, ra, rb } => {
                let (pa, ba) = (minus(p, *a), minus(*b, *a));
                let along = (dot(pa, ba) / dot(ba, ba).max(1e-6)).clamp(0.0, 1.0);
                let off = [pa[0] - ba[0] * along, pa[1] - ba[1] * along];
                dot(off, off).sqrt() - (ra + (rb - ra) * along)
            }
            Self::Oval { at, rx, ry } => {
                let d = minus(p, *at);
                let k = ((d[0] / rx).powi(2) + (d[1] / ry).powi(2)).sqrt();
                let slope = ((d[0] / (rx * rx)).powi(2) + (d[1] / (ry * ry)).powi(2)).sqrt();
                if slope < 1e-6 { -rx.min(*ry) } else { k * (k - 1.0) / slope }
            }
            Self::Box { from, to, round } => {
                let middle = [(from[0] + to[0]) / 2.0, (from[1] + to[1]) / 2.0];
                let qx = (p[0] - middle[0]).abs() - (to[0] - from[0]) / 2.0 + round;
                let qy = (p[1] - middle[1]).abs() - (to[1] - from[1]) / 2.0 + round;
                let outside = (qx.max(0.0).powi(2) + qy.max(0.0).powi(2)).sqrt();
                outside + qx.max(qy).min(0.0) - round
            }
            Self::Corners(corners) => distance_to_corners(corners, p),
        }
    }

    /// Left, top, right, bottom.
    pub(super) fn bounds(&self) -> [f32; 4] {
        match self {
            Self::Limb { a, b, ra, rb } => {
                let r = ra.max(*rb);
                [a[0].min(b[0]) - r, a[1].min(b[1]) - r, a[0].max(b[0]) + r, a[1].max(b[1]) + r]
            }
            Self::Oval { at, rx, ry } => [at[0] - rx, at[1] - ry, at[0] + rx, at[1] + ry],
            Self::Box { from, to, .. } => [from[0], from[1], to[0], to[1]],
            Self::Corners(corners) => {
                let all = |pick: fn(f32, f32) -> f32, axis: usize, from: f32| {
                    corners.iter().map(|c| c[axis]).fold(from, pick)
                };
                let (least, most) = (f32::INFINITY, f32::NEG_INFINITY);
                [all(f32::min, 0, least), all(f32::min, 1, least), all(f32::max, 0, most), all(f32::max, 1, most)]
            }
        }
    }
}

fn distance_to_corners(corners: &[Point], p: Point) -> f32 {
    let mut nearest = f32::INFINITY;
    let mut inside = false;
    for (n, &b) in corners.iter().enumerate() {
        let a = corners[(n + corners.len() - 1) % corners.len()];
        let (ba, pa) = (minus(b, a), minus(p, a));
        let along = (dot(pa, ba) / dot(ba, ba).max(1e-6)).clamp(0.0, 1.0);
        let off = [pa[0] - ba[0] * along, pa[1] - ba[1] * along];
        nearest = nearest.min(dot(off, off));
        if (a[1] > p[1]) != (b[1] > p[1]) && p[0] < ba[0] * (p[1] - a[1]) / ba[1] + a[0] {
            inside = !inside;
        }
    }
    if inside { -nearest.sqrt() } else { nearest.sqrt() }
}

fn minus(a: Point, b: Point) -> Point {
    [a[0] - b[0], a[1] - b[1]]
}

fn dot(a: Point, b: Point) -> f32 {
    a[0] * b[0] + a[1] * b[1]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_negative_inside_and_pixels_outside() {
        let shapes = [
            Shape::Limb { a: [10.0, 10.0], b: [10.0, 30.0], ra: 5.0, rb: 5.0 },
            Shape::Oval { at: [10.0, 20.0], rx: 5.0, ry: 15.0 },
            Shape::Box { from: [5.0, 5.0], to: [15.0, 35.0], round: 2.0 },
            Shape::Corners(vec![[5.0, 5.0], [15.0, 5.0], [15.0, 35.0], [5.0, 35.0]]),
        ];
        for shape in shapes {
            assert!(shape.distance([10.0, 20.0]) <= -4.9, "{shape:?}");
            assert!((shape.distance([18.0, 20.0]) - 3.0).abs() < 0.9, "{shape:?}");
            assert_eq!(shape.bounds(), [5.0, 5.0, 15.0, 35.0]);
        }
    }
}
