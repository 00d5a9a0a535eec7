//! What the room looks like without anybody, and what in it is different now.

mod left;

use crate::grid::{Size, count};
use crate::structure::{Structure, compare};

/// What was measured with looks 200 ms apart is carried over to other rates by time.
const USUAL_MS: f32 = 200.0;
/// How much of a difference is learned at a usual look: at first, always, after a change of light.
const AT_FIRST: f32 = 0.3;
const ALWAYS: f32 = 0.04;
const AFTER_LIGHT: f32 = 0.2;
/// How much of what is left behind, or of a place that somebody has left.
const LET_GO: f32 = 0.15;
/// How much of a cell's noise.
const NOISE: f32 = 0.05;
/// How long the room is looked at before it counts as known, and how long light may settle.
const FIRST_MS: u32 = 2_000;
const SETTLES_MS: u32 = 2_000;
/// The smallest difference that counts, in grey levels, and in the cell's own mean noise.
const SMALLEST: f32 = 9.0;
const NOISES: f32 = 6.0;
/// The same for what moves from one look to the next.
const MOVES: f32 = 6.0;
const MOVE_NOISES: f32 = 4.0;
/// So much of the picture, or so many grey levels all over, is light until proven otherwise.
const WIDE: f32 = 0.2;
const SHIFTED: f32 = 6.0;
/// So much of it in one look, all in one direction, is nothing else.
const EVERYWHERE: f32 = 0.7;
const SWITCHED: f32 = 15.0;
/// So much of the picture is no person.
const FLOODED: f32 = 0.5;
/// How long such a picture has to stand still to be the room from now on.
const FLOOD_MS: u32 = 1_800;
/// Where nobody is and nothing moves for so long, nobody is in the model.
const BARE_MS: u32 = 2_500;
/// As many lights of the same room are remembered.
const LIGHTS: usize = 4;

/// One camera's room.
#[derive(Debug, Clone)]
pub(crate) struct Room {
    size: Size,
    /// Cells that are not looked at.
    ignored: Vec<u8>,
    /// For how long something without the smallest movement stays there, a cell.
    still_ms: Vec<u32>,
    /// How readily a cell counts; 1 is usual.
    sensitivity: Vec<f32>,
    /// The room in the present light.
    model: Vec<f32>,
    /// Its other lights, the oldest first.
    lights: Vec<Vec<f32>>,
    /// The mean difference of each cell while nobody is there.
    noise: Vec<f32>,
    /// How much of the light around it has changed since the model behind somebody followed.
    drift: Vec<f32>,
    /// 0 where somebody or something was meanwhile.
    drifts: Vec<u8>,
    drift_ms: u32,
    before: Option<Vec<f32>>,
    /// For how long nothing has moved around a cell.
    quiet_ms: Vec<u32>,
    /// A look of a while ago, and for how long what is there has been utterly like it.
    past: Vec<f32>,
    past_ms: u32,
    frozen_ms: Vec<u32>,
    /// 1 where nobody and nothing was for long once: no place that somebody has left.
    bare: Vec<u8>,
    /// Cells let go at this look, and for how long nobody had been there.
    left_ms: Vec<(u32, u32)>,
    /// 1 where something is.
    there: Vec<u8>,
    age_ms: u32,
    settles_ms: u32,
    flood_ms: u32,
    flooded_ms: u32,
    /// Since it was last asked who of them is nobody, and whether light explains them.
    asked_ms: u32,
    compared_ms: u32,
    marks: Vec<u8>,
    counted: Vec<u8>,
}

/// What the zones ask of each cell.
#[derive(Debug, Clone)]
pub(crate) struct Rules {
    /// 1 where nobody looks.
    pub ignored: Vec<u8>,
    /// For how long something without the smallest movement stays there.
    pub still_ms: Vec<u32>,
    /// How readily a cell counts; 1 is usual.
    pub sensitivity: Vec<f32>,
}

/// What a look was good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Saw {
    /// What is there, and what is not.
    Room,
    /// Most of the picture is unlike the room, and it is not (yet) known why.
    Flood,
    /// The picture is another one, and is the room from now on.
    Anew,
}

/// The difference of a look to the model.
struct Difference {
    cells: Vec<f32>,
    /// The median of it: a light that falls on everything alike.
    shift: f32,
    /// 1 where it is more than noise.
    raw: Vec<u8>,
    share: f32,
}

impl Room {
    pub fn new(size: Size, rules: Rules, first: &[f32]) -> Self {
        let n = size.cells();
        let Rules { ignored, still_ms, sensitivity } = rules;
        Self {
            size,
            ignored,
            still_ms,
            sensitivity,
            model: first.to_vec(),
            lights: Vec::new(),
            noise: vec![1.5; n],
            drift: vec![0.0; n],
            drifts: vec![1; n],
            drift_ms: 0,
            before: None,
            quiet_ms: vec![0; n],
            past: first.to_vec(),
            past_ms: 0,
            left_ms: Vec::new(),
            frozen_ms: vec![0; n],
            bare: vec![0; n],
            there: vec![0; n],
            age_ms: 0,
            settles_ms: 0,
            flood_ms: 0,
            flooded_ms: 0,
            asked_ms: 0,
            compared_ms: 0,
            marks: vec![0; n],
            counted: Vec::new(),
        }
    }

    /// 1 where something is.
    pub fn there(&self) -> &[u8] {
        &self.there
    }

    /// Cells that were let go at the last look, and for how long nobody had been there.
    pub fn left(&self) -> &[(u32, u32)] {
        &self.left_ms
    }

    /// The spread of the model's brightness, in grey levels.
    pub fn spread(&self) -> f32 {
        spread(&self.model)
    }

    /// What moved between two looks is not known over a gap.
    pub fn gap(&mut self) {
        self.before = None;
    }

    /// Looks; `dt_ms` after the last time. `there` is new unless it saw a flood.
    pub fn look(&mut self, now: &[f32], dt_ms: u32) -> Saw {
        self.age_ms = self.age_ms.saturating_add(dt_ms);
        self.left_ms.clear();
        let moved = self.move_on(now, dt_ms);
        let difference = self.differ(now);
        let shifted = difference.shift.abs() > SHIFTED;
        let saw = if difference.share > WIDE || shifted { self.light(now, &difference) } else { None };
        if let Some(saw) = saw {
            (self.flood_ms, self.flooded_ms) = (0, 0);
            return saw;
        }
        count(self.size, &difference.raw, 1, &mut self.counted);
        let found = self.counted.iter().filter(|n| **n >= 5).count();
        if found as f32 > FLOODED * self.looked_at() {
            if let Some(saw) = self.flood(now, moved, dt_ms) {
                return saw;
            }
        } else {
            (self.flood_ms, self.flooded_ms) = (0, 0);
        }
        for ((there, n), ignored) in self.there.iter_mut().zip(&self.counted).zip(&self.ignored) {
            *there = u8::from(*n >= 5 && *ignored == 0);
        }
        self.learn(now, &difference, dt_ms);
        Saw::Room
    }

    fn looked_at(&self) -> f32 {
        self.ignored.iter().filter(|ignored| **ignored == 0).count().max(1) as f32
    }

    /// What has moved since the last look; the share of the picture that has.
    fn move_on(&mut self, now: &[f32], dt_ms: u32) -> f32 {
        let before = self.before.replace(now.to_vec());
        let Some(before) = before else { return 0.0 };
        let steps: Vec<f32> = now.iter().zip(&before).map(|(now, before)| now - before).collect();
        let shift = median(&steps, |_| true);
        for (cell, step) in steps.iter().enumerate() {
            let step = (step - shift).abs();
            let noise = self.noise[cell];
            self.marks[cell] = u8::from(step > MOVES.max(MOVE_NOISES * noise));
        }
        count(self.size, &self.marks, 2, &mut self.counted);
        for (quiet, n) in self.quiet_ms.iter_mut().zip(&self.counted) {
            *quiet = if *n >= 2 { 0 } else { quiet.saturating_add(dt_ms) };
        }
        self.marks.iter().map(|mark| f32::from(*mark)).sum::<f32>() / self.looked_at()
    }

    fn differ(&self, now: &[f32]) -> Difference {
        let cells: Vec<f32> = now.iter().zip(&self.model).map(|(now, model)| now - model).collect();
        let free = self.there.iter().filter(|there| **there == 0).count();
        let mostly_free = free * 5 > cells.len();
        let shift = median(&cells, |cell| !mostly_free || self.there[cell] == 0);
        let mut raw = vec![0; cells.len()];
        let mut n = 0;
        for cell in 0..cells.len() {
            if self.ignored[cell] == 0 && (cells[cell] - shift).abs() > self.threshold(cell) {
                raw[cell] = 1;
                n += 1;
            }
        }
        Difference { cells, shift, raw, share: n as f32 / self.looked_at() }
    }

    fn threshold(&self, cell: usize) -> f32 {
        SMALLEST.max(NOISES * self.noise[cell]) / self.sensitivity[cell]
    }

    /// A wide change: is it light? Then the model follows it and those who are there stay.
    fn light(&mut self, now: &[f32], difference: &Difference) -> Option<Saw> {
        let structure = compare(self.size, now, &self.model);
        let (mut same, mut other, mut flat) = (0, 0, 0);
        for cell in (0..now.len()).filter(|cell| difference.raw[*cell] == 1) {
            match (structure.same[cell], structure.other[cell]) {
                (1, _) => same += 1,
                (_, 1) => other += 1,
                _ => flat += 1,
            }
        }
        let known = self.known_light(now);
        let all = same + other + flat;
        // Nobody covers all of the picture between two looks, all of it brighter or all of it darker.
        let brighter = difference.cells.iter().filter(|step| **step > 0.0).count();
        let one_way = brighter.max(now.len() - brighter) * 10 > now.len() * 9;
        let everywhere = one_way && (difference.share > EVERYWHERE || difference.shift.abs() > SWITCHED);
        let keeps = same * 2 > other * 3 || other * 20 <= all || everywhere;
        match known {
            Some((light, shift, share)) if share > if keeps { 0.8 } else { 0.7 } => self.turn_to(light, shift, now),
            _ if everywhere => self.follow(now, difference, &Structure { other: vec![0; now.len()], ..structure }),
            _ if keeps => self.follow(now, difference, &structure),
            _ => return None,
        }
        Some(Saw::Room)
    }

    /// The light of before that looks most like now: which, how much brighter, how much of it agrees.
    fn known_light(&self, now: &[f32]) -> Option<(usize, f32, f32)> {
        let agrees = |light: &Vec<f32>| {
            let steps: Vec<f32> = now.iter().zip(light).map(|(now, light)| now - light).collect();
            let shift = median(&steps, |_| true);
            let same = steps.iter().filter(|step| (**step - shift).abs() < SMALLEST).count();
            (shift, same as f32 / steps.len() as f32)
        };
        let lights = self.lights.iter().enumerate().map(|(ix, light)| (ix, agrees(light)));
        let near = lights.filter(|(_, (shift, _))| shift.abs() <= 8.0);
        near.max_by(|a, b| a.1.1.total_cmp(&b.1.1)).map(|(ix, (shift, share))| (ix, shift, share))
    }

    /// Back to a light that is known.
    #[allow(clippy::needless_range_loop, reason = "one cell of several maps at once")]
    fn turn_to(&mut self, light: usize, shift: f32, now: &[f32]) {
        let mut model = self.lights[light].clone();
        model.iter_mut().for_each(|cell| *cell += shift);
        self.remember();
        self.model = model;
        self.settles_ms = SETTLES_MS;
        for cell in 0..now.len() {
            let differs = (now[cell] - self.model[cell]).abs() > self.threshold(cell);
            self.marks[cell] = u8::from(differs && self.ignored[cell] == 0);
        }
        count(self.size, &self.marks, 1, &mut self.counted);
        for ((there, n), ignored) in self.there.iter_mut().zip(&self.counted).zip(&self.ignored) {
            *there = u8::from(*n >= 5 && *ignored == 0);
        }
    }

    /// A light that is new.
    fn follow(&mut self, now: &[f32], difference: &Difference, structure: &Structure) {
        self.remember();
        self.settles_ms = SETTLES_MS;
        let (mut other, mut same) = (Vec::new(), Vec::new());
        count(self.size, &structure.other, 2, &mut other);
        count(self.size, &structure.same, 2, &mut same);
        let comes = |cell: usize| other[cell] > 11 && difference.raw[cell] == 1;
        // What the light does where nobody was and nobody comes, and so behind those who are there.
        let free: Vec<f32> =
            (0..now.len()).map(|cell| f32::from(u8::from(self.there[cell] == 0 && !comes(cell)))).collect();
        let around = self.lit(now, &free);
        for cell in 0..now.len() {
            let bare = same[cell] >= 10 && (now[cell] - around[cell]).abs() < self.threshold(cell);
            let stays = self.there[cell] == 1 && !bare;
            self.marks[cell] = u8::from((stays || comes(cell)) && self.ignored[cell] == 0);
        }
        count(self.size, &self.marks, 1, &mut self.counted);
        for cell in 0..now.len() {
            self.there[cell] = u8::from(self.counted[cell] >= 5);
            self.model[cell] = if self.there[cell] == 1 { around[cell] } else { now[cell] };
        }
    }

    /// Keeps the present light, in the place of one that is much like it.
    fn remember(&mut self) {
        let alike = |light: &Vec<f32>| {
            let same = light.iter().zip(&self.model).filter(|(a, b)| (**a - **b).abs() < 6.0).count();
            same * 10 >= light.len() * 9
        };
        let mut lights = std::mem::take(&mut self.lights);
        lights.retain(|light| !alike(light));
        if lights.len() >= LIGHTS {
            lights.remove(0);
        }
        lights.push(self.model.clone());
        self.lights = lights;
    }

    /// Most of the picture is unlike the room. One that stands still is the room from now on; what
    /// moves on is somebody right before the camera.
    fn flood(&mut self, now: &[f32], moved: f32, dt_ms: u32) -> Option<Saw> {
        self.flood_ms = if moved < 0.1 { self.flood_ms.saturating_add(dt_ms) } else { 0 };
        self.flooded_ms = self.flooded_ms.saturating_add(dt_ms);
        if self.flood_ms > FLOOD_MS {
            (self.flood_ms, self.flooded_ms) = (0, 0);
            self.remember();
            self.model.copy_from_slice(now);
            self.there.fill(0);
            self.bare.fill(0);
            self.settles_ms = SETTLES_MS;
            return Some(Saw::Anew);
        }
        (self.flooded_ms <= 2 * FLOOD_MS).then_some(Saw::Flood)
    }

    #[allow(clippy::needless_range_loop, reason = "one cell of several maps at once")]
    fn learn(&mut self, now: &[f32], difference: &Difference, dt_ms: u32) {
        let looks = (dt_ms as f32 / USUAL_MS).clamp(0.05, 10.0);
        let part = |a: f32| 1.0 - (1.0 - a).powf(looks);
        let usual = match (self.age_ms > FIRST_MS, self.settles_ms > 0) {
            (false, _) => part(AT_FIRST),
            (_, true) => part(AFTER_LIGHT),
            _ => part(ALWAYS),
        };
        let noise = part(NOISE);
        self.settles_ms = self.settles_ms.saturating_sub(dt_ms);
        // Cells beside somebody are partly his.
        count(self.size, &self.there, 1, &mut self.counted);
        for cell in 0..now.len() {
            if self.counted[cell] == 0 {
                let off = (difference.cells[cell] - difference.shift).abs();
                self.noise[cell] += noise * (off - self.noise[cell]);
                let step = usual * difference.cells[cell];
                self.model[cell] += step;
                self.drift[cell] += step;
            }
            if self.counted[cell] == 0 && self.quiet_ms[cell] >= BARE_MS && self.age_ms >= BARE_MS {
                self.bare[cell] = 1;
            }
            self.drifts[cell] &= u8::from(self.counted[cell] == 0 && difference.raw[cell] == 0);
        }
        self.follow_drift(dt_ms);
        self.freeze(now, dt_ms);
        self.let_go(now, dt_ms, LET_GO);
    }
}

/// The median of the cells that count, to a whole grey level and by interpolation within it.
fn median(cells: &[f32], counts: impl Fn(usize) -> bool) -> f32 {
    let mut bins = [0_u32; 511];
    let mut n = 0;
    for (cell, value) in cells.iter().enumerate() {
        if counts(cell) {
            // Truncation of what is above zero: rounding down without a call.
            bins[((value + 255.5) as i32).clamp(0, 510) as usize] += 1;
            n += 1;
        }
    }
    let mut below = 0;
    for (bin, here) in bins.iter().enumerate() {
        if *here > 0 && (below + here) * 2 >= n {
            let within = (n as f32 / 2.0 - below as f32) / *here as f32;
            return bin as f32 - 255.5 + within;
        }
        below += here;
    }
    0.0
}

/// The standard deviation of the cells.
pub(crate) fn spread(cells: &[f32]) -> f32 {
    let n = cells.len().max(1) as f32;
    let mean = cells.iter().sum::<f32>() / n;
    (cells.iter().map(|cell| (cell - mean) * (cell - mean)).sum::<f32>() / n).sqrt()
}
