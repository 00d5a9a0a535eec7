//! What moves and is nobody: screens, plants, fans, what passes behind a window.

use std::f32::consts::TAU;

use super::canvas::{Brush, Canvas, Ink};
use super::dice::{chance, wander};
use super::shape::Shape;

/// Something that moves by itself and is nobody.
#[derive(Debug, Clone, PartialEq)]
pub enum Lively {
    /// A screen with changing pictures: left, top, right, bottom in fractions, and seconds a picture.
    Screen {
        /// Where.
        area: [f32; 4],
        /// Seconds for which one picture stays.
        every_s: f64,
    },
    /// A plant in a pot, or a tree, in moving air.
    Plant {
        /// Where it stands, in fractions.
        foot: [f32; 2],
        /// Its height as a share of the picture's.
        size: f32,
        /// How far its leaves swing, as a share of its height; 0 is a still one.
        sway: f32,
    },
    /// A fan on the wall or at the ceiling.
    Fan {
        /// Its middle, in fractions.
        at: [f32; 2],
        /// Its half width as a share of the picture's height.
        radius: f32,
        /// Turns a second.
        hz: f64,
    },
    /// Faint shapes that pass behind a window or in a shining wall.
    Reflection {
        /// Where.
        area: [f32; 4],
        /// Seconds from one to the next.
        every_s: f64,
        /// 0..1: how clearly it is seen.
        strength: f32,
    },
}

impl Lively {
    pub(super) fn draw(&self, canvas: &mut Canvas, seed: u64, at_s: f64) {
        match *self {
            Self::Screen { area, every_s } => screen(canvas, area, every_s, seed, at_s),
            Self::Plant { foot, size, sway } => plant(canvas, foot, size, sway, (seed, at_s)),
            Self::Fan { at, radius, hz } => fan(canvas, at, radius, (hz * at_s).fract() as f32),
            Self::Reflection { area, every_s, strength } => {
                reflection(canvas, area, (at_s / every_s, strength), seed);
            }
        }
    }
}

fn screen(canvas: &mut Canvas, area: [f32; 4], every_s: f64, seed: u64, at_s: f64) {
    let [left, top, right, bottom] = area;
    let page = (at_s / every_s).floor() as u64;
    let roll = |n: u64| chance(seed ^ 0x7E1E, page * 16 + n);
    let tone = |a: f32, b: f32, c: f32| Ink::rgb((a * 255.0) as u8, (b * 255.0) as u8, (c * 255.0) as u8);
    let all = canvas.rectangle(area, 0.0);
    canvas.draw(&all, &Brush::of(tone(0.15 + 0.35 * roll(0), 0.25 + 0.35 * roll(1), 0.35 + 0.4 * roll(2))));
    let (w, h) = (right - left, bottom - top);
    for n in 0..3 {
        let x = left + w * (0.06 + 0.55 * roll(3 + n));
        let y = top + h * (0.15 + 0.25 * n as f32);
        let bar = canvas.rectangle([x, y, (x + w * 0.35).min(right), y + h * 0.14], 0.0);
        canvas.draw(&bar, &Brush::of(tone(0.5 + 0.5 * roll(7), 0.5 + 0.5 * roll(8), 0.4 + 0.5 * roll(9))));
    }
    // A line of text that runs along the bottom.
    let run = (at_s * 0.4).fract() as f32;
    let text = [left + w * 0.7 * run, bottom - h * 0.14, left + w * (0.7 * run + 0.3), bottom - h * 0.06];
    let text = canvas.rectangle(text, 0.0);
    canvas.draw(&text, &Brush::of(Ink::rgb(235, 235, 225)));
}

fn plant(canvas: &mut Canvas, foot: [f32; 2], size: f32, sway: f32, (seed, at_s): (u64, f64)) {
    let place = canvas.pixels(foot);
    let tall = size * canvas.height as f32;
    let depth = foot[1];
    let pot = Shape::Limb {
        a: [place[0], place[1] - tall * 0.04],
        b: [place[0], place[1] - tall * 0.22],
        ra: tall * 0.09,
        rb: tall * 0.12,
    };
    let clay = Brush { depth, round: 0.25, hides: true, ..Brush::of(Ink::rgb(150, 92, 64)) };
    canvas.draw(&pot, &clay);
    for n in 0..11_u64 {
        let roll = |k: u64| chance(seed ^ 0x9A1F, n * 8 + k);
        let lean = (n as f32 / 10.0 - 0.5) * 2.0;
        let wind = wander(seed.wrapping_add(n / 3), at_s * 0.8) * 0.7
            + (TAU * (at_s * 0.9).fract() as f32 + n as f32).sin() * 0.3;
        let tip = [
            place[0] + tall * (lean * 0.34 + sway * wind),
            place[1] - tall * (0.62 + 0.36 * roll(1) - 0.18 * lean.abs() + sway * 0.3 * wind),
        ];
        let stem = [place[0] + tall * lean * 0.06, place[1] - tall * 0.24];
        let middle = [(stem[0] * 0.45 + tip[0] * 0.55), (stem[1] * 0.45 + tip[1] * 0.55) - tall * 0.03];
        let green = Ink::rgb(52, 104, 58).times(0.75 + 0.6 * roll(2));
        let leaf = Brush { depth, grain: 0.12, grain_size: 1.5, grain_at: tip, ..Brush::of(green) };
        canvas.draw(&Shape::Limb { a: stem, b: middle, ra: tall * 0.012, rb: tall * 0.04 }, &leaf);
        canvas.draw(&Shape::Limb { a: middle, b: tip, ra: tall * 0.04, rb: tall * 0.006 }, &leaf);
    }
}

fn fan(canvas: &mut Canvas, at: [f32; 2], radius: f32, turn: f32) {
    let middle = canvas.pixels(at);
    let long = radius * canvas.height as f32;
    for blade in 0..3 {
        let angle = TAU * (turn + blade as f32 / 3.0);
        let tip = [middle[0] + long * angle.cos(), middle[1] + long * 0.55 * angle.sin()];
        canvas.draw(
            &Shape::Limb { a: middle, b: tip, ra: long * 0.06, rb: long * 0.16 },
            &Brush::of(Ink::rgb(88, 84, 80)),
        );
    }
    canvas.draw(&Shape::Oval { at: middle, rx: long * 0.16, ry: long * 0.13 }, &Brush::of(Ink::rgb(60, 58, 56)));
}

fn reflection(canvas: &mut Canvas, area: [f32; 4], (times, strength): (f64, f32), seed: u64) {
    let [left, top, right, bottom] = area;
    // It passes in the first third of its time.
    let along = (times.fract() * 3.0) as f32;
    if along >= 1.0 {
        return;
    }
    let back = chance(seed ^ 0x4EF1, times.floor() as u64) < 0.5;
    let along = if back { 1.0 - along } else { along };
    let middle = canvas.pixels([left + (right - left) * along, (top + bottom) / 2.0]);
    let (rx, ry) = ((right - left) * 0.12 * canvas.width as f32, (bottom - top) * 0.4 * canvas.height as f32);
    let inside = canvas.pixels([left, top]);
    let end = canvas.pixels([right, bottom]);
    // What is cut off by the window's frame is not seen.
    let fits = middle[0] - rx > inside[0] && middle[0] + rx < end[0];
    if fits {
        let dark = Brush { opacity: strength, soft: rx * 0.8, ..Brush::of(Ink::rgb(40, 44, 50)) };
        canvas.draw(&Shape::Oval { at: middle, rx: rx * 0.6, ry: ry * 0.8 }, &dark);
    }
}
