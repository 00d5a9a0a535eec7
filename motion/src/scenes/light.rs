//! Lamps, daylight, sun, flicker: everything that changes a picture without anybody moving.

use super::canvas::{Brush, Canvas};

/// A value through time: straight lines between given moments, level before and after them.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve(Vec<(f64, f32)>);

impl Curve {
    /// Always the same.
    #[must_use]
    pub fn steady(value: f32) -> Self {
        Self(vec![(0.0, value)])
    }

    /// Through these (second, value), in order of time.
    #[must_use]
    pub fn through(points: &[(f64, f32)]) -> Self {
        Self(points.to_vec())
    }

    /// Begins with `first` and changes within a tenth of a second, as a lamp does, at each second.
    #[must_use]
    pub fn steps(first: f32, changes: &[(f64, f32)]) -> Self {
        let mut points = vec![(0.0, first)];
        let mut now = first;
        for &(at_s, value) in changes {
            points.extend([(at_s, now), (at_s + 0.1, value)]);
            now = value;
        }
        Self(points)
    }

    /// The value at a moment; 1 of a curve without points.
    #[must_use]
    pub fn at(&self, s: f64) -> f32 {
        let after = self.0.partition_point(|(moment, _)| *moment <= s);
        match (after.checked_sub(1).and_then(|n| self.0.get(n)), self.0.get(after)) {
            (Some(&(t0, a)), Some(&(t1, b))) => a + (b - a) * ((s - t0) / (t1 - t0)) as f32,
            (Some(&(_, value)), None) | (None, Some(&(_, value))) => value,
            (None, None) => 1.0,
        }
    }
}

/// One lamp among others: bright below it, less farther away.
#[derive(Debug, Clone, PartialEq)]
pub struct Lamp {
    /// Where it shines, in fractions.
    pub at: [f32; 2],
    /// How far, as a share of the picture's width.
    pub reach: f32,
    /// What it adds there: 0.3 is 30 % of the room's light.
    pub share: f32,
    /// 0 off, 1 on.
    pub level: Curve,
}

/// Light through a window on the floor or the wall, whose edge creeps.
#[derive(Debug, Clone, PartialEq)]
pub struct Sun {
    /// Its corners at the beginning, in fractions.
    pub corners: Vec<[f32; 2]>,
    /// Fractions a minute by which it creeps.
    pub creeps: [f32; 2],
    /// What it multiplies brightness with; 1 is no sun.
    pub gain: Curve,
}

/// What mains light looks like to a camera: dark bands that run through the rows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Flicker {
    /// 0.03 is 3 % of the brightness.
    pub strength: f32,
    /// Bands a second that pass.
    pub hz: f64,
    /// Bands in the picture at once.
    pub bands: f32,
}

/// The light of a scene.
#[derive(Debug, Clone, PartialEq)]
pub struct Light {
    /// What falls on everything; 1 is usual.
    pub ambient: Curve,
    /// Lamps that add to it.
    pub lamps: Vec<Lamp>,
    /// Patches of sun.
    pub suns: Vec<Sun>,
    /// Mains light.
    pub flicker: Option<Flicker>,
}

impl Default for Light {
    fn default() -> Self {
        Self { ambient: Curve::steady(1.0), lamps: Vec::new(), suns: Vec::new(), flicker: None }
    }
}

impl Light {
    /// Lights the canvas as it is at a moment; `maps` are those of [`maps`](Self::maps).
    pub(super) fn shine(&self, canvas: &mut Canvas, maps: &[Vec<f32>], at_s: f64) {
        for sun in &self.suns {
            let creep = |axis: usize| sun.creeps[axis] * (at_s / 60.0) as f32;
            let corners: Vec<_> = sun.corners.iter().map(|c| [c[0] + creep(0), c[1] + creep(1)]).collect();
            let shape = canvas.polygon(&corners);
            canvas.draw(&shape, &Brush::tint(sun.gain.at(at_s), 4.0));
        }
        let ambient = self.ambient.at(at_s);
        let levels: Vec<f32> = self.lamps.iter().map(|lamp| lamp.level.at(at_s)).collect();
        let (width, height) = (canvas.width, canvas.height);
        for (y, row) in canvas.luma.chunks_exact_mut(width).enumerate() {
            let band = self.flicker.map_or(1.0, |f| {
                let turns = (f.hz * at_s).fract() as f32 + f.bands * y as f32 / height as f32;
                1.0 + f.strength * (turns * std::f32::consts::TAU).sin()
            });
            if levels.is_empty() {
                row.iter_mut().for_each(|v| *v *= ambient * band);
                continue;
            }
            for (x, value) in row.iter_mut().enumerate() {
                let lamps: f32 = maps.iter().zip(&levels).map(|(map, level)| map[y * width + x] * level).sum();
                *value *= (ambient + lamps) * band;
            }
        }
        if let Some(colour) = &mut canvas.colour {
            let all =
                (ambient + levels.iter().zip(&self.lamps).map(|(l, lamp)| l * lamp.share * 0.5).sum::<f32>()).min(1.15);
            let tint = |v: &mut f32| *v = 128.0 + (*v - 128.0) * all;
            colour.cb.iter_mut().for_each(tint);
            colour.cr.iter_mut().for_each(tint);
        }
    }

    /// How much of each lamp falls on each pixel.
    pub(super) fn maps(&self, [width, height]: [usize; 2]) -> Vec<Vec<f32>> {
        let of = |lamp: &Lamp| {
            let place = |i: usize| {
                let dx = (i % width) as f32 / width as f32 - lamp.at[0];
                let dy = ((i / width) as f32 / height as f32 - lamp.at[1]) * height as f32 / width as f32;
                lamp.share * (-(dx * dx + dy * dy) / (lamp.reach * lamp.reach)).exp()
            };
            (0..width * height).map(place).collect()
        };
        self.lamps.iter().map(of).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_is_level_outside_and_straight_inside() {
        let curve = Curve::through(&[(10.0, 1.0), (20.0, 2.0)]);
        assert_eq!([curve.at(0.0), curve.at(15.0), curve.at(99.0)], [1.0, 1.5, 2.0]);
        let lamp = Curve::steps(1.0, &[(5.0, 0.8), (9.0, 1.1)]);
        assert_eq!([lamp.at(4.99), lamp.at(5.2), lamp.at(8.9), lamp.at(9.2)], [1.0, 0.8, 0.8, 1.1]);
    }
}
