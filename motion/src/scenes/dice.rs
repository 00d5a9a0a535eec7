//! Seeded chance: numbers, and the texture that every surface is made of.

/// A row of random numbers that depends on its seed alone (splitmix64).
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// Dice that always fall the same way for the same seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed ^ 0x5DEE_CE66_D1CE_4E5B)
    }

    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        mixed(self.0)
    }

    /// 0 up to, but not, 1.
    pub fn unit(&mut self) -> f32 {
        unit_of(self.bits())
    }

    /// Between two numbers.
    pub fn between(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.unit()
    }

    /// One of `n`, which is not 0.
    pub fn one_of(&mut self, n: usize) -> usize {
        (self.bits() % n as u64) as usize
    }

    /// Near the normal distribution of mean 0 and deviation 1 (sum of four).
    pub fn normal(&mut self) -> f32 {
        (self.unit() + self.unit() + self.unit() + self.unit() - 2.0) * 3.0_f32.sqrt()
    }
}

fn mixed(bits: u64) -> u64 {
    let z = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

fn unit_of(bits: u64) -> f32 {
    (bits >> 40) as f32 / (1_u64 << 24) as f32
}

/// A random number 0..1 that belongs to a seed and a place in a row.
pub(super) fn chance(seed: u64, n: u64) -> f32 {
    unit_of(mixed(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ mixed(n.wrapping_add(0x1234_5678_9ABC_DEF1))))
}

/// A smooth random line through time: -1..1, with a new value each whole `t`.
pub(super) fn wander(seed: u64, t: f64) -> f32 {
    let whole = t.floor();
    let at = |n: f64| chance(seed, (n as i64) as u64) * 2.0 - 1.0;
    let part = (t - whole) as f32;
    let smooth = part * part * (3.0 - 2.0 * part);
    at(whole) + (at(whole + 1.0) - at(whole)) * smooth
}

const SIDE: usize = 64;

/// A tile of smooth noise, -1..1, that repeats without a seam: cloth, stone, plaster.
#[derive(Debug, Clone)]
pub(super) struct Grain(Vec<f32>);

impl Grain {
    pub(super) fn new(seed: u64) -> Self {
        let mut tile = vec![0.0; SIDE * SIDE];
        for (octave, (cells, weight)) in [(8, 0.5), (16, 0.35), (32, 0.3)].into_iter().enumerate() {
            let seed = seed.wrapping_add(octave as u64);
            for (n, value) in tile.iter_mut().enumerate() {
                let scale = cells as f32 / SIDE as f32;
                *value += weight * smooth(seed, cells, (n % SIDE) as f32 * scale, (n / SIDE) as f32 * scale);
            }
        }
        Self(tile)
    }

    /// The tile's value at a place in its own pixels, between its points too.
    pub(super) fn at(&self, x: f32, y: f32) -> f32 {
        let (fx, fy) = (x.floor(), y.floor());
        let (x0, y0) = (fx as i64 as usize % SIDE, fy as i64 as usize % SIDE);
        let (x1, y1) = ((x0 + 1) % SIDE, (y0 + 1) % SIDE);
        let (px, py) = (x - fx, y - fy);
        let top = self.0[y0 * SIDE + x0] * (1.0 - px) + self.0[y0 * SIDE + x1] * px;
        let bottom = self.0[y1 * SIDE + x0] * (1.0 - px) + self.0[y1 * SIDE + x1] * px;
        top * (1.0 - py) + bottom * py
    }
}

fn smooth(seed: u64, cells: usize, x: f32, y: f32) -> f32 {
    let (cx, cy) = (x as usize, y as usize);
    let at = |x: usize, y: usize| chance(seed, ((y % cells) * cells + x % cells) as u64) * 2.0 - 1.0;
    let ease = |p: f32| p * p * (3.0 - 2.0 * p);
    let (px, py) = (ease(x - cx as f32), ease(y - cy as f32));
    let top = at(cx, cy) * (1.0 - px) + at(cx + 1, cy) * px;
    let bottom = at(cx, cy + 1) * (1.0 - px) + at(cx + 1, cy + 1) * px;
    top * (1.0 - py) + bottom * py
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_falls_the_same_way() {
        let roll = |seed| {
            let mut dice = Dice::new(seed);
            [dice.unit(), dice.normal(), dice.between(3.0, 4.0)]
        };
        assert_eq!(roll(7), roll(7));
        assert_ne!(roll(7), roll(8));
    }

    #[test]
    fn normal_numbers_have_mean_none_and_deviation_one() {
        let mut dice = Dice::new(1);
        let all: Vec<f32> = (0..20_000).map(|_| dice.normal()).collect();
        let mean = all.iter().sum::<f32>() / all.len() as f32;
        let deviation = (all.iter().map(|v| (v - mean).powi(2)).sum::<f32>() / all.len() as f32).sqrt();
        assert!(mean.abs() < 0.03 && (deviation - 1.0).abs() < 0.03, "{mean} {deviation}");
    }

    #[test]
    fn grain_has_no_seam() {
        let grain = Grain::new(3);
        let side = SIDE as f32;
        assert!((grain.at(5.0, side - 0.01) - grain.at(5.0, 0.0)).abs() < 0.05);
        assert!((grain.at(-1.5, 7.0) - grain.at(side - 1.5, 7.0)).abs() < 1e-6);
    }
}
