//! What is there and is nobody: a place that somebody has left, another light, a thing left behind; and
//! the light behind those who are there.

use super::{Room, SMALLEST, USUAL_MS, median};
use crate::body::{Body, bodies};
use crate::grid::blur;
use crate::structure::{Structure, compare};

/// A place without the smallest movement for so long may be one that somebody has left.
const GHOST_MS: u32 = 1_500;
/// The model has so much more of the outline than the picture.
const GHOST_EDGES: f32 = 1.3;
/// How far around a cell the light is looked for, in cells.
const AROUND: usize = 8;
/// How often it is asked who is nobody, and whether it is only light: the second costs most of a look.
const ASK_MS: u32 = 400;
const COMPARE_MS: u32 = 1_000;
/// How often the model behind somebody follows the light around him.
const DRIFT_MS: u32 = 1_000;
/// Looks so far apart are compared: nobody who lives is the same in both.
const PAST_MS: u32 = 4_000;
/// What differs by no more than the empty room does, times this, is utterly still; after so long it is
/// no person, but what one has left behind.
const STILL: f32 = 1.2;
const FROZEN_MS: u32 = 90_000;
/// The same for a ghost in a place that was seen bare.
const TRUSTED_MS: u32 = 8_000;
/// Where the empty room differs by as much, stillness cannot be told.
const RESTLESS: f32 = 2.0;
/// Of what is only another light most cells keep their pattern: as many times those that do not, and at
/// least one cell of as many.
const SAME_OTHER: usize = 4;
const SAME_PART: usize = 4;

impl Room {
    /// Lets go of what is nobody: a place that somebody was in when it was learned and has left, whose
    /// outline is in the model and not in the picture; and what has not moved for long.
    pub(super) fn let_go(&mut self, now: &[f32], dt_ms: u32, rate: f32) {
        (self.asked_ms, self.compared_ms) = (self.asked_ms + dt_ms, self.compared_ms + dt_ms);
        if self.asked_ms < ASK_MS {
            return;
        }
        let part = 1.0 - (1.0 - rate).powf(self.asked_ms as f32 / USUAL_MS);
        self.asked_ms = 0;
        let quiet = |cell: &u32| self.quiet_ms[*cell as usize] > GHOST_MS;
        if !(0..now.len() as u32).any(|cell| self.there[cell as usize] == 1 && quiet(&cell)) {
            return;
        }
        let compares = self.compared_ms >= COMPARE_MS;
        if compares {
            self.compared_ms = 0;
        }
        for cell in self.ghosts(now, compares) {
            self.model[cell as usize] = now[cell as usize];
            self.there[cell as usize] = 0;
            self.left_ms.push((cell, self.quiet_ms[cell as usize]));
        }
        for (cell, now) in now.iter().enumerate() {
            let still = self.quiet_ms[cell] > self.still_ms[cell] || self.frozen_ms[cell] > FROZEN_MS;
            if self.there[cell] == 1 && still {
                self.model[cell] += part * (now - self.model[cell]);
            }
        }
    }

    /// Quiet cells of bodies that are nobody's.
    fn ghosts(&self, now: &[f32], compares: bool) -> Vec<u32> {
        let quiet = |cell: &u32| self.quiet_ms[*cell as usize] > GHOST_MS;
        let mut ghosts = Vec::new();
        let mut structure = None;
        for body in bodies(self.size, &self.there) {
            let still = body.cells.iter().filter(|cell| quiet(cell)).count();
            let bare = body.cells.iter().filter(|cell| self.bare[**cell as usize] == 1).count();
            let lives = bare * 2 >= body.cells.len()
                && body.cells.iter().any(|cell| self.frozen_ms[*cell as usize] < TRUSTED_MS);
            if still * 2 >= body.cells.len() {
                let model = body.contrast(self.size, &self.there, &self.model);
                let picture = body.contrast(self.size, &self.there, now);
                let left = !lives && model > GHOST_EDGES * picture + 1.0;
                let mut bare = || {
                    let structure = structure.get_or_insert_with(|| compare(self.size, now, &self.model));
                    is_bare(&body, structure, model > picture + 1.0)
                };
                if left || (compares && bare()) {
                    ghosts.extend(body.cells.into_iter().filter(quiet));
                }
            }
        }
        ghosts
    }

    /// Counts for how long what is there has not lived.
    pub(super) fn freeze(&mut self, now: &[f32], dt_ms: u32) {
        self.past_ms += dt_ms;
        if self.past_ms < PAST_MS {
            return;
        }
        let steps: Vec<f32> = now.iter().zip(&self.past).map(|(now, past)| now - past).collect();
        let shift = median(&steps, |cell| self.there[cell] == 0);
        let step = |cell: usize| (steps[cell] - shift).abs();
        let free = (0..now.len()).filter(|cell| self.there[*cell] == 0 && self.ignored[*cell] == 0);
        let (sum, n) = free.fold((0.0, 0), |(sum, n), cell| (sum + step(cell).min(SMALLEST), n + 1));
        let usual = sum / (n as f32).max(1.0);
        for (frozen, there) in self.frozen_ms.iter_mut().zip(&self.there) {
            *frozen *= u32::from(*there);
        }
        for body in bodies(self.size, &self.there) {
            let sum: f32 = body.cells.iter().map(|cell| step(*cell as usize)).sum();
            let still = usual < RESTLESS && sum / body.cells.len() as f32 <= STILL * usual + 0.1;
            for cell in &body.cells {
                let frozen = &mut self.frozen_ms[*cell as usize];
                *frozen = if still { frozen.saturating_add(self.past_ms) } else { 0 };
            }
        }
        self.past.copy_from_slice(now);
        self.past_ms = 0;
    }

    /// The model in the light of now, as the free cells (1) around each cell show it: brighter by as much,
    /// or by the same factor, whichever explains them better.
    pub(super) fn lit(&self, now: &[f32], free: &[f32]) -> Vec<f32> {
        let mean = |of: &dyn Fn(usize) -> f32| {
            let of: Vec<f32> = (0..now.len()).map(|cell| of(cell) * free[cell]).collect();
            let mut mean = Vec::new();
            blur(self.size, &of, AROUND, &mut mean);
            mean
        };
        let (weights, present, before) = (mean(&|_| 1.0), mean(&|cell| now[cell]), mean(&|cell| self.model[cell]));
        let added: Vec<f32> = (0..now.len())
            .map(|cell| (self.model[cell] + (present[cell] - before[cell]) / (weights[cell] + 1e-3)).clamp(0.0, 255.0))
            .collect();
        let times: Vec<f32> = (0..now.len())
            .map(|cell| (self.model[cell] * (present[cell] + 1e-3) / (before[cell] + 1e-3)).clamp(0.0, 255.0))
            .collect();
        let off = |lit: &[f32]| -> f32 { (0..now.len()).map(|cell| (now[cell] - lit[cell]).abs() * free[cell]).sum() };
        if off(&times) < off(&added) { times } else { added }
    }

    /// The model behind those who are there follows the light as the cells around it do.
    pub(super) fn follow_drift(&mut self, dt_ms: u32) {
        self.drift_ms += dt_ms;
        if self.drift_ms < DRIFT_MS {
            return;
        }
        self.drift_ms = 0;
        if self.there.contains(&1) {
            let free: Vec<f32> = self.drifts.iter().map(|drifts| f32::from(*drifts)).collect();
            let steps: Vec<f32> = self.drift.iter().zip(&free).map(|(drift, free)| drift * free).collect();
            let (mut around, mut weights) = (Vec::new(), Vec::new());
            blur(self.size, &steps, 8, &mut around);
            blur(self.size, &free, 8, &mut weights);
            for cell in (0..self.model.len()).filter(|cell| self.there[*cell] == 1) {
                self.model[cell] = (self.model[cell] + around[cell] / (weights[cell] + 1e-3)).clamp(0.0, 255.0);
            }
        }
        self.drift.fill(0.0);
        self.drifts.fill(1);
    }
}

/// Whether a body has the pattern of the room, and is nobody: another light on it, or, where its outline
/// is more the model's, a place that was left in another light.
fn is_bare(body: &Body, structure: &Structure, outlined_before: bool) -> bool {
    let of = |marks: &[u8]| body.cells.iter().filter(|cell| marks[**cell as usize] == 1).count();
    let (same, other) = (of(&structure.same), of(&structure.other));
    let more = if outlined_before { other } else { SAME_OTHER * other };
    same > more && same * SAME_PART >= body.cells.len()
}
