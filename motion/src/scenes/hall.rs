//! The room: a service hall as a camera in a corner sees it, and its places.

use super::canvas::{Brush, Canvas, Ink};
use super::dice::Dice;
use super::shape::Shape;
use crate::{Kind, Tuning, Zone};

/// Index of the zone of the benches in [`zones`].
pub const WAITING: usize = 0;
/// Index of the zone of the first counter.
pub const COUNTER: usize = 1;
/// Index of the zone of the entrance.
pub const DOOR: usize = 2;
/// Index of the zone of the screen, which is not looked at.
pub const TV: usize = 3;

/// Where people come in: outside of the picture, right.
pub const ENTRANCE: [f32; 2] = [1.09, 0.68];
/// Free floor between entrance, benches and counters.
pub const AISLE: [f32; 2] = [0.68, 0.7];
/// Where the officer of the first counter sits.
pub const OFFICER: [f32; 2] = [0.135, 0.455];
/// Where a citizen stands at the first counter.
pub const AT_COUNTER: [f32; 2] = [0.235, 0.545];
/// Where a citizen stands at the second counter.
pub const AT_SECOND_COUNTER: [f32; 2] = [0.375, 0.55];
/// The screen on the wall: left, top, right, bottom.
pub const SCREEN: [f32; 4] = [0.5, 0.06, 0.645, 0.205];
/// The window.
pub const WINDOW: [f32; 4] = [0.71, 0.04, 0.87, 0.21];
/// Width over height of the pictures the hall is measured for.
pub const ASPECT: f32 = 16.0 / 9.0;

const HORIZON: f32 = 0.08;
const WALL_ENDS: f32 = 0.3;
const CORNER: f32 = 0.93;

/// A seat of the far row, 0..5 from the left: where the feet are of who sits there.
#[must_use]
pub fn far_seat(n: usize) -> [f32; 2] {
    [0.15 + 0.085 * n as f32, 0.635]
}

/// A seat of the near row, 0..5 from the left.
#[must_use]
pub fn front_seat(n: usize) -> [f32; 2] {
    [0.095 + 0.112 * n as f32, 0.885]
}

/// The place before a seat from which one sits down: free floor.
#[must_use]
pub fn before([x, y]: [f32; 2]) -> [f32; 2] {
    [x, y + 0.03]
}

/// How tall somebody is whose feet are at `y`, as a share of the picture's height.
#[must_use]
pub fn height(y: f32) -> f32 {
    0.7 * (y - HORIZON).max(0.05)
}

/// The zones of the hall: [`WAITING`], [`COUNTER`], [`DOOR`], [`TV`].
#[must_use]
pub fn zones() -> Vec<Zone> {
    let zone = |kind, polygon: &[[f64; 2]]| Zone { kind, polygon: polygon.to_vec(), tuning: Tuning::default() };
    vec![
        zone(Kind::Waiting, &[[0.08, 0.4], [0.6, 0.4], [0.64, 0.92], [0.02, 0.92], [0.03, 0.52], [0.08, 0.52]]),
        zone(Kind::Counter, &[[0.07, 0.17], [0.2, 0.17], [0.2, 0.38], [0.07, 0.38]]),
        zone(Kind::Entrance, &[[0.84, 0.26], [1.0, 0.3], [1.0, 0.8], [0.84, 0.8]]),
        zone(Kind::Ignore, &[[0.49, 0.04], [0.655, 0.04], [0.655, 0.225], [0.49, 0.225]]),
    ]
}

/// The colours of a hall.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Room {
    /// The wall.
    pub wall: Ink,
    /// The floor.
    pub floor: Ink,
    /// The seats.
    pub seats: Ink,
    /// The desks.
    pub wood: Ink,
    /// How clearly surfaces have a texture, as a share of their brightness.
    pub texture: f32,
}

impl Room {
    /// The demonstration's: warm and calm.
    pub const CALM: Self = Self {
        wall: Ink::rgb(226, 219, 203),
        floor: Ink::rgb(190, 181, 166),
        seats: Ink::rgb(74, 112, 150),
        wood: Ink::rgb(168, 122, 82),
        texture: 0.016,
    };

    /// Another one for each seed, bright ones and dark ones.
    #[must_use]
    pub fn of(seed: u64) -> Self {
        let mut dice = Dice::new(seed ^ 0x4001);
        let calm = Self::CALM;
        Self {
            wall: calm.wall.times(dice.between(0.6, 1.0)),
            floor: calm.floor.times(dice.between(0.5, 1.05)),
            seats: calm.seats.times(dice.between(0.6, 1.5)),
            wood: calm.wood.times(dice.between(0.6, 1.2)),
            texture: dice.between(0.03, 0.09),
        }
    }

    /// The empty room.
    pub(super) fn draw(&self, canvas: &mut Canvas) {
        self.surfaces(canvas);
        tiles(canvas, self.floor);
        self.wall_things(canvas);
        self.counter(canvas);
        for n in 0..5 {
            self.seat(canvas, far_seat(n), 0.08);
        }
        for n in 0..5 {
            self.seat(canvas, front_seat(n), 0.106);
        }
    }

    fn surfaces(&self, canvas: &mut Canvas) {
        let size = canvas.height as f32 / 360.0;
        let rough =
            |ink: Ink, grain_size: f32| Brush { grain: self.texture, grain_size: grain_size * size, ..Brush::of(ink) };
        // In stripes, each over the last one, a little brighter or darker: light falls off.
        for n in 0..24 {
            let (top, bottom) = (n as f32 / 24.0, 1.0);
            let floor = canvas.rectangle([-0.01, WALL_ENDS + top * 0.71, 1.01, WALL_ENDS + bottom * 0.71], 0.0);
            canvas.draw(&floor, &rough(self.floor.times(1.06 - 0.2 * (top - 0.45).abs()), 1.3));
            let wall = canvas.rectangle([-0.01, top * WALL_ENDS, 1.01, bottom * WALL_ENDS], 0.0);
            canvas.draw(&wall, &rough(self.wall.times(0.9 + 0.1 * top), 2.2));
        }
        let low = canvas.rectangle([-0.01, 0.225, CORNER, WALL_ENDS], 0.0);
        canvas.draw(&low, &rough(self.wall.times(0.84), 2.2));
        let side = canvas.polygon(&[[CORNER, -0.1], [1.1, -0.1], [1.1, 0.617], [CORNER, WALL_ENDS]]);
        canvas.draw(&side, &rough(self.wall.times(0.8), 2.2));
        let skirting = canvas.rectangle([-0.01, WALL_ENDS - 0.012, CORNER, WALL_ENDS], 0.0);
        canvas.draw(&skirting, &Brush::of(self.wood.times(0.7)));
        // The window's light on the floor, and the mat before the entrance.
        let light = canvas.polygon(&[[0.66, 0.36], [0.85, 0.36], [0.86, 0.56], [0.6, 0.56]]);
        canvas.draw(&light, &Brush::tint(1.09, 30.0 * size));
        let mat = canvas.polygon(&[[0.91, 0.61], [1.1, 0.61], [1.1, 0.77], [0.885, 0.77]]);
        canvas.draw(&mat, &Brush { grain: 0.2, ..Brush::of(Ink::rgb(112, 70, 62)) });
    }

    fn wall_things(&self, canvas: &mut Canvas) {
        let mut block = |area: [f32; 4], ink: Ink| {
            let shape = canvas.rectangle(area, 1.5);
            canvas.draw(&shape, &Brush::of(ink));
        };
        let [left, top, right, bottom] = WINDOW;
        block([left - 0.008, top - 0.014, right + 0.008, bottom + 0.014], Ink::rgb(238, 234, 226));
        block(WINDOW, Ink::rgb(196, 216, 226));
        block([left, top + 0.1, right, bottom], Ink::rgb(178, 202, 186));
        block([(left + right) / 2.0 - 0.004, top, (left + right) / 2.0 + 0.004, bottom], Ink::rgb(238, 234, 226));
        let [left, top, right, bottom] = SCREEN;
        block([left - 0.007, top - 0.012, right + 0.007, bottom + 0.012], Ink::rgb(34, 34, 38));
        block(SCREEN, Ink::rgb(60, 84, 110));
        // A banner with a line of writing, posters.
        block([0.06, 0.02, 0.405, 0.075], Ink::rgb(170, 40, 38));
        for n in 0..9 {
            let x = 0.085 + 0.034 * n as f32;
            block([x, 0.037, x + 0.024, 0.058], Ink::rgb(232, 196, 96));
        }
        for (x, paper) in [(0.425, Ink::rgb(236, 236, 228)), (0.472, Ink::rgb(214, 226, 232))] {
            block([x - 0.017, 0.11, x + 0.017, 0.195], paper);
            for n in 0..5 {
                let y = 0.12 + 0.015 * n as f32;
                block([x - 0.012, y, x + 0.011 - 0.003 * (n % 2) as f32, y + 0.006], paper.times(0.66));
            }
        }
    }

    fn counter(&self, canvas: &mut Canvas) {
        let depth = 0.51;
        let front = |ink: Ink| Brush { depth, hides: true, grain: self.texture * 2.0, ..Brush::of(ink) };
        let shadow = canvas.rectangle([-0.02, 0.49, 0.43, 0.53], 6.0);
        canvas.draw(&shadow, &Brush::tint(0.72, 12.0));
        let desk = canvas.rectangle([-0.02, 0.385, 0.41, 0.508], 2.0);
        canvas.draw(&desk, &front(self.wood));
        for n in 0..13 {
            let x = 0.013 + 0.032 * n as f32;
            let slat = canvas.rectangle([x, 0.41, x + 0.003, 0.495], 0.0);
            canvas.draw(&slat, &front(self.wood.times(0.86)));
        }
        let top = canvas.polygon(&[[-0.02, 0.372], [0.4, 0.372], [0.415, 0.398], [-0.02, 0.398]]);
        canvas.draw(&top, &front(self.wood.times(1.3)));
        for (n, x) in [0.135_f32, 0.3].into_iter().enumerate() {
            let monitor = canvas.rectangle([x + 0.042, 0.315, x + 0.075, 0.368], 1.5);
            canvas.draw(&monitor, &front(Ink::rgb(52, 54, 58)));
            let foot = canvas.rectangle([x + 0.055, 0.366, x + 0.062, 0.382], 0.0);
            canvas.draw(&foot, &front(Ink::rgb(52, 54, 58)));
            let sign = canvas.rectangle([x - 0.03, 0.1, x + 0.03, 0.155], 2.0);
            canvas.draw(&sign, &Brush::of(Ink::rgb(42, 40, 42)));
            digit(canvas, x, 0.1275, n);
        }
    }

    fn seat(&self, canvas: &mut Canvas, [x, y]: [f32; 2], wide: f32) {
        let tall = height(y);
        let part = |up: [f32; 2], inset: f32| {
            [x - wide / 2.0 + inset, y - up[0] * tall, x + wide / 2.0 - inset, y - up[1] * tall]
        };
        let brush = |ink: Ink| Brush { depth: y - 0.015, hides: true, round: 0.12, ..Brush::of(ink) };
        let size = canvas.height as f32 / 360.0;
        let shade = canvas.rectangle(part([0.06, -0.02], 0.0), 4.0);
        canvas.draw(&shade, &Brush::tint(0.74, 14.0 * size));
        let bar = canvas.rectangle(part([0.235, 0.205], -0.004), 0.0);
        canvas.draw(&bar, &brush(Ink::rgb(120, 122, 126)));
        let leg = canvas.rectangle([x - 0.003, y - 0.21 * tall, x + 0.003, y - 0.01 * tall], 0.0);
        canvas.draw(&leg, &brush(Ink::rgb(96, 98, 102)));
        let back = canvas.rectangle(part([0.56, 0.33], 0.004), 5.0 * size);
        canvas.draw(&back, &brush(self.seats));
        let hole = canvas.rectangle(part([0.53, 0.5], 0.012), 2.0 * size);
        canvas.draw(&hole, &brush(self.seats.times(0.8)));
        let pan = canvas.rectangle(part([0.31, 0.235], 0.002), 4.0 * size);
        canvas.draw(&pan, &brush(self.seats.times(1.14)));
    }
}

/// Joints of the tiles, which meet at the horizon.
fn tiles(canvas: &mut Canvas, floor: Ink) {
    let joint = Brush { opacity: 0.5, ..Brush::of(floor.times(0.84)) };
    let thin = 0.45 * canvas.height as f32 / 360.0;
    let on_floor = WALL_ENDS - HORIZON;
    for n in -14..=14 {
        let below = 0.5 + 0.15 * n as f32;
        let above = 0.5 + (below - 0.5) * on_floor / (1.0 - HORIZON);
        let (a, b) = (canvas.pixels([above, WALL_ENDS]), canvas.pixels([below, 1.0]));
        let is_seen = (0.0..=CORNER).contains(&above);
        if is_seen {
            canvas.draw(&Shape::Limb { a, b, ra: thin * 0.6, rb: thin * 1.6 }, &joint);
        }
    }
    for n in 0..13 {
        let y = HORIZON + (1.0 - HORIZON) / (1.05 + 0.25 * n as f32);
        let right = if y < 0.61 { CORNER + (y - WALL_ENDS) * 0.536 } else { 1.01 };
        if y > WALL_ENDS + 0.01 {
            let (a, b) = (canvas.pixels([-0.01, y]), canvas.pixels([right, y]));
            canvas.draw(&Shape::Limb { a, b, ra: thin, rb: thin }, &joint);
        }
    }
}

/// A lit "1" or "2".
fn digit(canvas: &mut Canvas, x: f32, y: f32, n: usize) {
    let (w, h) = (0.009, 0.016);
    let all = [[-w, -h, w, -h], [w, -h, w, 0.0], [-w, 0.0, w, 0.0], [-w, 0.0, -w, h], [-w, h, w, h], [w, 0.0, w, h]];
    let lit: &[usize] = if n == 0 { &[1, 5] } else { &[0, 1, 2, 3, 4] };
    let thick = 1.1 * canvas.height as f32 / 360.0;
    for &segment in lit {
        let [x0, y0, x1, y1] = all[segment];
        let (a, b) = (canvas.pixels([x + x0, y + y0]), canvas.pixels([x + x1, y + y1]));
        canvas.draw(&Shape::Limb { a, b, ra: thick, rb: thick }, &Brush::of(Ink::rgb(236, 78, 60)));
    }
}
