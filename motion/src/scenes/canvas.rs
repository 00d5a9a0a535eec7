//! What is drawn on: brightness, colour where it is wanted, who is a person and what stands in front.

use super::dice::Grain;
use super::shape::{Point, Shape};

/// A colour as a camera gives it: brightness and two colour differences, 8 bits' range.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ink {
    /// Brightness, 16 (black) to 235 (white).
    pub y: f32,
    /// Blue difference, 128 is none.
    pub cb: f32,
    /// Red difference, 128 is none.
    pub cr: f32,
}

impl Ink {
    /// From red, green, blue, 0..255 (BT.601, video range).
    #[must_use]
    pub const fn rgb(r: u8, g: u8, b: u8) -> Self {
        let (r, g, b) = (r as f32, g as f32, b as f32);
        Self {
            y: 16.0 + 0.2568 * r + 0.5041 * g + 0.0979 * b,
            cb: 128.0 - 0.1482 * r - 0.2910 * g + 0.4392 * b,
            cr: 128.0 + 0.4392 * r - 0.3678 * g - 0.0714 * b,
        }
    }

    /// The same colour, brighter or darker.
    #[must_use]
    pub fn times(self, gain: f32) -> Self {
        let tint = gain.min(1.0);
        Self { y: self.y * gain, cb: 128.0 + (self.cb - 128.0) * tint, cr: 128.0 + (self.cr - 128.0) * tint }
    }
}

/// How a shape is laid on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Brush {
    pub ink: Ink,
    /// 0..1.
    pub opacity: f32,
    /// Width of the edge in pixels: 1 is sharp.
    pub soft: f32,
    /// How far in front it stands: what is drawn is hidden where something nearer is.
    pub depth: f32,
    /// Strength of the grain as a share of the brightness.
    pub grain: f32,
    /// Pixels a point of the grain.
    pub grain_size: f32,
    /// Where the grain is fixed: it moves with its wearer.
    pub grain_at: Point,
    /// How much darker the edges left and right are, as of something round.
    pub round: f32,
    /// Multiplies what is there with `ink.y` / 128 rather than covering it: a shadow, a sun patch.
    pub tints: bool,
    /// It is a person.
    pub person: bool,
    /// What is drawn later and farther away than `depth` is hidden by it.
    pub hides: bool,
}

impl Brush {
    pub(super) const fn of(ink: Ink) -> Self {
        Self {
            ink,
            opacity: 1.0,
            soft: 1.0,
            depth: f32::INFINITY,
            grain: 0.0,
            grain_size: 1.0,
            grain_at: [0.0, 0.0],
            round: 0.0,
            tints: false,
            person: false,
            hides: false,
        }
    }

    /// Multiplies brightness by `gain` where it is laid on fully.
    pub(super) const fn tint(gain: f32, soft: f32) -> Self {
        Self { soft, tints: true, ..Self::of(Ink { y: 128.0 * gain, cb: 128.0, cr: 128.0 }) }
    }
}

/// Colour planes of half the width and height.
#[derive(Debug, Clone)]
pub(super) struct Colour {
    pub cb: Vec<f32>,
    pub cr: Vec<f32>,
}

/// A picture in the making.
#[derive(Debug, Clone)]
pub(super) struct Canvas {
    pub width: usize,
    pub height: usize,
    pub luma: Vec<f32>,
    pub colour: Option<Colour>,
    /// 1 where a person is seen.
    pub people: Vec<u8>,
    depth: Vec<f32>,
    grain: Grain,
}

impl Canvas {
    pub(super) fn new([width, height]: [usize; 2], colour: bool, seed: u64) -> Self {
        let half = (width / 2) * (height / 2);
        Self {
            width,
            height,
            luma: vec![16.0; width * height],
            colour: colour.then(|| Colour { cb: vec![128.0; half], cr: vec![128.0; half] }),
            people: vec![0; width * height],
            depth: vec![0.0; width * height],
            grain: Grain::new(seed),
        }
    }

    /// Becomes what `other` is, without taking new memory. Sizes are the same.
    pub(super) fn become_(&mut self, other: &Self) {
        self.luma.copy_from_slice(&other.luma);
        self.people.fill(0);
        self.depth.copy_from_slice(&other.depth);
        if let (Some(mine), Some(others)) = (&mut self.colour, &other.colour) {
            mine.cb.copy_from_slice(&others.cb);
            mine.cr.copy_from_slice(&others.cr);
        }
    }

    /// A place in fractions as pixels.
    pub(super) fn pixels(&self, [x, y]: [f32; 2]) -> Point {
        [x * self.width as f32, y * self.height as f32]
    }

    /// A rectangle of fractions: left, top, right, bottom.
    pub(super) fn rectangle(&self, [left, top, right, bottom]: [f32; 4], round: f32) -> Shape {
        Shape::Box { from: self.pixels([left, top]), to: self.pixels([right, bottom]), round }
    }

    /// A polygon of fractions.
    pub(super) fn polygon(&self, corners: &[[f32; 2]]) -> Shape {
        Shape::Corners(corners.iter().map(|c| self.pixels(*c)).collect())
    }

    /// Draws a shape.
    pub(super) fn draw(&mut self, shape: &Shape, brush: &Brush) {
        let [left, top, right, bottom] = shape.bounds();
        let reach = brush.soft;
        let columns = span(left - reach, right + reach, self.width);
        for y in span(top - reach, bottom + reach, self.height) {
            for x in columns.clone() {
                let place = [x as f32 + 0.5, y as f32 + 0.5];
                let covers = cover(shape, place, brush);
                let i = y * self.width + x;
                if covers <= 0.0 || self.depth[i] > brush.depth {
                    continue;
                }
                let was = self.luma[i];
                self.luma[i] = was + (self.value(was, place, [left, right], brush) - was) * covers;
                if brush.person && covers > 0.5 {
                    self.people[i] = 1;
                }
                if brush.hides && covers > 0.5 {
                    self.depth[i] = brush.depth;
                }
            }
        }
        if !brush.tints {
            self.draw_colour(shape, brush);
        }
    }

    fn value(&self, was: f32, place: Point, [left, right]: [f32; 2], brush: &Brush) -> f32 {
        if brush.tints {
            return was * brush.ink.y / 128.0;
        }
        let mut value = brush.ink.y;
        if brush.grain > 0.0 {
            let at = |axis: usize| (place[axis] - brush.grain_at[axis]) / brush.grain_size;
            value *= 1.0 + brush.grain * self.grain.at(at(0), at(1));
        }
        if brush.round > 0.0 {
            let across = (place[0] - (left + right) / 2.0) / ((right - left) / 2.0).max(1.0);
            // Light comes from the left above.
            value *= 1.0 - brush.round * (across + 0.35).powi(2).min(1.2);
        }
        value
    }

    fn draw_colour(&mut self, shape: &Shape, brush: &Brush) {
        let (width, height) = (self.width / 2, self.height / 2);
        let Some(colour) = &mut self.colour else { return };
        let [left, top, right, bottom] = shape.bounds().map(|side| side / 2.0);
        let reach = brush.soft;
        let columns = span(left - reach, right + reach, width);
        for y in span(top - reach, bottom + reach, height) {
            for x in columns.clone() {
                let covers = cover(shape, [x as f32 * 2.0 + 1.0, y as f32 * 2.0 + 1.0], brush);
                let behind = self.depth[y * 2 * self.width + x * 2] > brush.depth;
                if covers > 0.0 && !behind {
                    let i = y * width + x;
                    colour.cb[i] += (brush.ink.cb - colour.cb[i]) * covers;
                    colour.cr[i] += (brush.ink.cr - colour.cr[i]) * covers;
                }
            }
        }
    }
}

fn cover(shape: &Shape, place: Point, brush: &Brush) -> f32 {
    (0.5 - shape.distance(place) / brush.soft).clamp(0.0, 1.0) * brush.opacity
}

fn span(from: f32, to: f32, most: usize) -> std::ops::Range<usize> {
    let low = from.floor().max(0.0) as usize;
    low..(to.ceil().max(0.0) as usize).min(most).max(low)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_front_hides_what_is_behind() {
        let mut canvas = Canvas::new([32, 32], true, 1);
        let all = canvas.rectangle([0.0, 0.0, 1.0, 1.0], 0.0);
        let left = canvas.rectangle([0.0, 0.0, 0.5, 1.0], 0.0);
        canvas.draw(&left, &Brush { depth: 0.6, hides: true, ..Brush::of(Ink::rgb(0, 0, 200)) });
        let person = Brush { depth: 0.5, person: true, ..Brush::of(Ink::rgb(200, 200, 200)) };
        canvas.draw(&all, &person);
        assert_eq!((canvas.people[16 * 32 + 8], canvas.people[16 * 32 + 24]), (0, 1));
        assert!(canvas.luma[16 * 32 + 8] < 60.0 && canvas.luma[16 * 32 + 24] > 150.0);
    }
}
