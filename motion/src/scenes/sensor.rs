//! What a camera makes of a scene: noise, exposure, a codec's blocks, and what goes wrong.

use super::dice::{Dice, chance};

/// How a camera sees.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sensor {
    /// Deviation of the noise at middle brightness, in steps of 8 bits.
    pub noise: f32,
    /// Share of the way to its aim that exposure goes each second; 0 is a fixed exposure.
    pub exposure_per_s: f32,
    /// What compression leaves of the picture.
    pub codec: Option<Codec>,
}

impl Default for Sensor {
    fn default() -> Self {
        Self { noise: 2.0, exposure_per_s: 0.0, codec: Some(Codec::USUAL) }
    }
}

/// What compression makes of a picture: blocks that do not change are repeated as they are, and
/// every key frame draws all of them anew, a little brighter or darker.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Codec {
    /// Seconds from a key frame to the next.
    pub key_every_s: f64,
    /// A block whose pixels differ by less (root of the mean square) is repeated.
    pub repeats_below: f32,
    /// How far a key frame may shift the brightness of a block.
    pub pulse: f32,
}

impl Codec {
    /// H.264 at a usual rate.
    pub const USUAL: Self = Self { key_every_s: 2.0, repeats_below: 3.5, pulse: 1.0 };
    /// A rate that is far too low: pulses that everybody sees.
    pub const POOR: Self = Self { key_every_s: 4.0, repeats_below: 6.0, pulse: 3.0 };
}

/// What goes wrong with the picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fault {
    /// One grey, as decoders give before the first key frame.
    Grey,
    /// Nothing but noise: no light, or the lens is covered tightly.
    Black,
    /// Something dark hangs before the lens.
    Covered,
    /// From a row on, that row is repeated: what a decoder makes of lost slices.
    Smear,
    /// The same picture again and again.
    Frozen,
    /// The camera has been pushed by this many pixels, right and down.
    Pushed([i32; 2]),
}

const SIDE: usize = 8;
const POOL: usize = 1 << 15;

/// A camera at work.
#[derive(Debug, Clone)]
pub(super) struct Camera {
    sensor: Sensor,
    width: usize,
    pool: Vec<f32>,
    exposure: f32,
    aim: Option<f32>,
    frame: u64,
    key: Option<u64>,
    last_s: f64,
    seen: Vec<u8>,
    given: Vec<u8>,
}

impl Camera {
    pub(super) fn new(sensor: Sensor, [width, height]: [usize; 2], seed: u64) -> Self {
        let mut dice = Dice::new(seed ^ 0x0015E);
        Self {
            sensor,
            width,
            pool: (0..POOL + width).map(|_| dice.normal()).collect(),
            exposure: 1.0,
            aim: None,
            frame: seed,
            key: None,
            last_s: f64::NEG_INFINITY,
            seen: vec![0; width * height],
            given: vec![0; width * height],
        }
    }

    /// The last picture that was taken.
    pub(super) fn picture(&self) -> &[u8] {
        &self.given
    }

    /// Takes a picture of what is before the lens; `faults` are those of the moment.
    pub(super) fn take(&mut self, luma: &[f32], at_s: f64, faults: &[Fault]) {
        self.frame += 1;
        if faults.contains(&Fault::Frozen) {
            return;
        }
        self.expose(luma, at_s);
        self.sense(luma, faults);
        for fault in faults {
            match *fault {
                Fault::Grey => self.seen.fill(128),
                Fault::Smear => smear(&mut self.seen, self.width, self.frame),
                Fault::Pushed(by) => push(&mut self.seen, self.width, by),
                Fault::Black | Fault::Covered | Fault::Frozen => {}
            }
        }
        self.compress(at_s);
        self.last_s = at_s;
    }

    fn expose(&mut self, luma: &[f32], at_s: f64) {
        let some = luma.iter().step_by(37);
        let mean = some.clone().sum::<f32>() / some.len() as f32;
        let aim = *self.aim.get_or_insert(mean);
        let passed = (at_s - self.last_s).clamp(0.0, 1.0) as f32;
        let follows = (self.sensor.exposure_per_s * passed).min(1.0);
        self.exposure += (aim / mean.max(1.0) - self.exposure) * follows;
    }

    fn sense(&mut self, luma: &[f32], faults: &[Fault]) {
        let (gain, floor) = match faults {
            _ if faults.contains(&Fault::Black) => (0.0, 17.0),
            _ if faults.contains(&Fault::Covered) => (0.06, 22.0),
            _ => (self.exposure, 0.0),
        };
        let rows = self.seen.chunks_exact_mut(self.width).zip(luma.chunks_exact(self.width));
        for (y, (seen, row)) in rows.enumerate() {
            let from = (chance(self.frame, y as u64) * POOL as f32) as usize;
            let noise = &self.pool[from..from + self.width];
            for ((out, value), noise) in seen.iter_mut().zip(row).zip(noise) {
                let light = value * gain + floor;
                // More light has more noise, and less beside its brightness.
                let much = self.sensor.noise * (0.55 + light * (0.45 / 128.0));
                *out = (light + noise * much + 0.5).clamp(0.0, 255.0) as u8;
            }
        }
    }

    fn compress(&mut self, at_s: f64) {
        let Some(codec) = self.sensor.codec else {
            self.given.copy_from_slice(&self.seen);
            return;
        };
        let key = (at_s / codec.key_every_s).max(0.0).floor() as u64;
        let renewed = self.key.replace(key) != Some(key);
        let height = self.seen.len() / self.width;
        for top in (0..height).step_by(SIDE) {
            for left in (0..self.width).step_by(SIDE) {
                let block = Block { left, top, right: (left + SIDE).min(self.width), bottom: (top + SIDE).min(height) };
                let nth = (top * self.width + left) as u64;
                let shift = ((chance(key, nth) * 2.0 - 1.0) * codec.pulse).round() as i16;
                if renewed || block.differs(&self.seen, &self.given, self.width) >= codec.repeats_below {
                    block.copy(&self.seen, &mut self.given, self.width, shift);
                }
            }
        }
    }
}

struct Block {
    left: usize,
    top: usize,
    right: usize,
    bottom: usize,
}

impl Block {
    fn differs(&self, a: &[u8], b: &[u8], width: usize) -> f32 {
        let mut sum = 0_u32;
        for y in self.top..self.bottom {
            let row = y * width + self.left..y * width + self.right;
            sum += a[row.clone()].iter().zip(&b[row]).map(|(a, b)| u32::from(a.abs_diff(*b)).pow(2)).sum::<u32>();
        }
        (sum as f32 / ((self.right - self.left) * (self.bottom - self.top)) as f32).sqrt()
    }

    fn copy(&self, from: &[u8], to: &mut [u8], width: usize, shift: i16) {
        for y in self.top..self.bottom {
            let row = y * width + self.left..y * width + self.right;
            for (to, from) in to[row.clone()].iter_mut().zip(&from[row]) {
                *to = (i16::from(*from) + shift).clamp(0, 255) as u8;
            }
        }
    }
}

fn smear(picture: &mut [u8], width: usize, frame: u64) {
    let height = picture.len() / width;
    let from = (height as f32 * (0.2 + 0.5 * chance(frame, 99))) as usize;
    for y in from + 1..height {
        picture.copy_within(from * width..(from + 1) * width, y * width);
    }
}

fn push(picture: &mut [u8], width: usize, [right, down]: [i32; 2]) {
    let was = picture.to_vec();
    let height = (picture.len() / width) as i32;
    for (i, pixel) in picture.iter_mut().enumerate() {
        let x = ((i % width) as i32 - right).clamp(0, width as i32 - 1);
        let y = ((i / width) as i32 - down).clamp(0, height - 1);
        *pixel = was[y as usize * width + x as usize];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: [usize; 2] = [64, 48];

    fn taken(sensor: Sensor, luma: f32, faults: &[Fault], at_s: &[f64]) -> Vec<Vec<u8>> {
        let mut camera = Camera::new(sensor, SIZE, 1);
        let luma = vec![luma; 64 * 48];
        let mut take = |at: &f64| {
            camera.take(&luma, *at, faults);
            camera.picture().to_vec()
        };
        at_s.iter().map(&mut take).collect()
    }

    #[test]
    fn noise_has_the_deviation_that_was_asked() {
        let picture = &taken(Sensor { noise: 4.0, exposure_per_s: 0.0, codec: None }, 128.0, &[], &[0.0])[0];
        let mean = picture.iter().map(|v| f32::from(*v)).sum::<f32>() / picture.len() as f32;
        let deviation =
            (picture.iter().map(|v| (f32::from(*v) - mean).powi(2)).sum::<f32>() / picture.len() as f32).sqrt();
        assert!((mean - 128.0).abs() < 0.5 && (deviation - 4.0).abs() < 0.3, "{mean} {deviation}");
    }

    #[test]
    fn a_codec_repeats_what_does_not_change_until_its_key_frame() {
        let sensor = Sensor { noise: 1.0, exposure_per_s: 0.0, codec: Some(Codec::USUAL) };
        let pictures = taken(sensor, 100.0, &[], &[0.0, 0.2, 1.9, 2.1]);
        assert_eq!(pictures[0], pictures[1]);
        assert_eq!(pictures[0], pictures[2]);
        assert_ne!(pictures[0], pictures[3]);
    }

    #[test]
    fn a_grey_picture_is_grey_and_a_black_one_black() {
        let sensor = Sensor { codec: None, ..Sensor::default() };
        assert!(taken(sensor, 100.0, &[Fault::Grey], &[0.0])[0].iter().all(|v| *v == 128));
        assert!(taken(sensor, 100.0, &[Fault::Black], &[0.0])[0].iter().all(|v| *v < 30));
    }
}
