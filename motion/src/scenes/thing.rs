//! What people leave behind or move, and what is nobody.

use super::canvas::{Brush, Canvas, Ink};
use super::hall;
use super::scene::Span;
use super::shape::Shape;

/// Something that stands in the room for a while.
#[derive(Debug, Clone, PartialEq)]
pub struct Thing {
    /// What it is.
    pub kind: ThingKind,
    /// Where it stands, in fractions, and from which second on: it slides there within two seconds,
    /// but for the first place.
    pub places: Vec<(f64, [f32; 2])>,
    /// When it is there.
    pub there: Span,
}

/// What it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ThingKind {
    /// Dark, knee-high.
    Bag,
    /// Light, hip-high, with a back.
    Chair,
}

impl Thing {
    /// A bag that is left at a place.
    #[must_use]
    pub fn bag(place: [f32; 2], there: Span) -> Self {
        Self { kind: ThingKind::Bag, places: vec![(0.0, place)], there }
    }

    /// A chair that always stands there and is moved once.
    #[must_use]
    pub fn chair(from: [f32; 2], to: [f32; 2], at_s: f64) -> Self {
        Self {
            kind: ThingKind::Chair,
            places: vec![(0.0, from), (at_s, to)],
            there: Span::new(f64::NEG_INFINITY, f64::INFINITY),
        }
    }

    /// Where it stands, if it is there.
    pub(super) fn place(&self, at_s: f64) -> Option<[f32; 2]> {
        if !self.there.has(at_s) {
            return None;
        }
        let mut now = self.places.first()?.1;
        for &(from_s, place) in &self.places[1..] {
            let part = ((at_s - from_s) / 2.0).clamp(0.0, 1.0) as f32;
            now = [now[0] + (place[0] - now[0]) * part, now[1] + (place[1] - now[1]) * part];
        }
        Some(now)
    }

    pub(super) fn draw(&self, canvas: &mut Canvas, place: [f32; 2]) {
        let [x, y] = canvas.pixels(place);
        let tall = hall::height(place[1]) * canvas.height as f32;
        let at = |dx: f32, up: f32| [x + dx * tall, y - up * tall];
        canvas
            .draw(&Shape::Oval { at: at(0.03, 0.0), rx: tall * 0.16, ry: tall * 0.04 }, &Brush::tint(0.7, tall * 0.05));
        let brush = |ink: Ink| Brush {
            depth: place[1],
            grain: 0.1,
            grain_at: [x, y],
            grain_size: 1.5,
            round: 0.2,
            ..Brush::of(ink)
        };
        match self.kind {
            ThingKind::Bag => {
                let body = Shape::Box { from: at(-0.11, 0.2), to: at(0.11, 0.0), round: tall * 0.03 };
                canvas.draw(&body, &brush(Ink::rgb(58, 42, 40)));
                let strap = Shape::Limb { a: at(-0.06, 0.2), b: at(0.05, 0.25), ra: tall * 0.012, rb: tall * 0.012 };
                canvas.draw(&strap, &brush(Ink::rgb(38, 30, 30)));
            }
            ThingKind::Chair => {
                for side in [-0.11, 0.11] {
                    let leg = Shape::Limb { a: at(side, 0.27), b: at(side, 0.0), ra: tall * 0.013, rb: tall * 0.013 };
                    canvas.draw(&leg, &brush(Ink::rgb(70, 66, 62)));
                }
                let back = Shape::Box { from: at(-0.14, 0.56), to: at(0.14, 0.33), round: tall * 0.04 };
                let seat = Shape::Box { from: at(-0.15, 0.3), to: at(0.15, 0.23), round: tall * 0.03 };
                canvas.draw(&back, &brush(Ink::rgb(196, 150, 104)));
                canvas.draw(&seat, &brush(Ink::rgb(212, 168, 120)));
            }
        }
    }
}
