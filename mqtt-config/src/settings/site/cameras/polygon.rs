//! The outline of a zone.

use crate::settings::reader::Value;

type Point = [f64; 2];

/// More points than anybody draws; a traced outline would cost at every look.
const MOST_POINTS: usize = 100;

/// At least three points, in fractions of width and height, that enclose something and whose sides
/// do not cross.
pub(super) fn read(value: &Value<'_>) -> Option<Vec<Point>> {
    let items = value.list()?;
    let points: Vec<Point> = items.iter().filter_map(point).collect();
    if points.len() < items.len() {
        return None;
    }
    let fault = if points.len() < 3 {
        format!("has {} points; a polygon needs at least 3", points.len())
    } else if points.len() > MOST_POINTS {
        format!("has {} points; {MOST_POINTS} are the most", points.len())
    } else if let Some((first, second)) = crossing(&points) {
        format!("crosses itself: side {first} and side {second}; put its points in the order of its outline")
    } else if doubled_area(&points).abs() < f64::EPSILON {
        "encloses nothing: its points lie on one line".to_owned()
    } else {
        return Some(points);
    };
    value.at.mistake(fault);
    None
}

fn point(value: &Value<'_>) -> Option<Point> {
    let pair = value.list()?;
    let [x, y] = pair.as_slice() else {
        value.at.mistake("a point is two numbers: [x, y]");
        return None;
    };
    let (x, y) = (x.fraction(), y.fraction());
    Some([x?, y?])
}

/// The shoelace formula.
fn doubled_area(points: &[Point]) -> f64 {
    sides(points).map(|([x1, y1], [x2, y2])| x1 * y2 - x2 * y1).sum()
}

/// The numbers, from 1, of two sides that cross. Sides that only touch are no matter: a file may end
/// a polygon with its first point.
fn crossing(points: &[Point]) -> Option<(usize, usize)> {
    let sides: Vec<(Point, Point)> = sides(points).collect();
    for (at, &(a, b)) in sides.iter().enumerate() {
        for (other, &(c, d)) in sides.iter().enumerate().skip(at + 1) {
            let apart = turn(a, b, c) * turn(a, b, d) < 0.0 && turn(c, d, a) * turn(c, d, b) < 0.0;
            if apart {
                return Some((at + 1, other + 1));
            }
        }
    }
    None
}

/// The sides, each from one point to the next.
fn sides(points: &[Point]) -> impl Iterator<Item = (Point, Point)> {
    points.iter().copied().zip(points.iter().copied().cycle().skip(1))
}

/// On which side of a line a point lies, by its sign.
fn turn([ax, ay]: Point, [bx, by]: Point, [px, py]: Point) -> f64 {
    (bx - ax) * (py - ay) - (by - ay) * (px - ax)
}
