//! The pictures of a scene, one after the other, with the truth.

use super::canvas::Canvas;
use super::figure;
use super::scene::Scene;
use super::sensor::{Camera, Fault};
use crate::{Kind, Picture, Zone};

/// A camera that films a scene.
#[derive(Debug, Clone)]
pub struct Film {
    scene: Scene,
    empty: Canvas,
    canvas: Canvas,
    lamps: Vec<Vec<f32>>,
    camera: Camera,
    zones: Vec<Rows>,
}

/// One picture with the truth.
#[derive(Debug, Clone, Copy)]
pub struct Shot<'a> {
    film: &'a Film,
}

impl Film {
    /// Sets everything up; nothing is filmed yet.
    #[must_use]
    pub fn new(scene: Scene) -> Self {
        let mut empty = Canvas::new(scene.size, scene.colour, scene.seed);
        scene.room.draw(&mut empty);
        Self {
            canvas: empty.clone(),
            empty,
            lamps: scene.light.maps(scene.size),
            camera: Camera::new(scene.sensor, scene.size, scene.seed),
            zones: scene.zones.iter().map(|zone| Rows::of(zone, &scene.zones, scene.size)).collect(),
            scene,
        }
    }

    /// Films one picture. Moments must not go back: exposure and codec remember.
    pub fn shoot(&mut self, at_s: f64) -> Shot<'_> {
        self.draw(at_s);
        let faults = self.scene.faults.iter().filter(|(span, _)| span.has(at_s));
        let faults: Vec<Fault> = faults.map(|(_, fault)| *fault).collect();
        self.camera.take(&self.canvas.luma, at_s, &faults);
        Shot { film: self }
    }

    fn draw(&mut self, at_s: f64) {
        let (scene, canvas) = (&self.scene, &mut self.canvas);
        canvas.become_(&self.empty);
        for (n, lively) in scene.lively.iter().enumerate() {
            lively.draw(canvas, scene.seed.wrapping_add(n as u64 * 101), at_s);
        }
        let posed = scene.actors.iter().enumerate().filter_map(|(n, actor)| {
            Some((actor, actor.pose(at_s, scene.seed.wrapping_mul(1_009).wrapping_add(n as u64))?))
        });
        let mut posed: Vec<_> = posed.collect();
        posed.sort_by(|(_, a), (_, b)| a.foot[1].total_cmp(&b.foot[1]));
        for (actor, pose) in &posed {
            figure::draw_shadow(canvas, &actor.look, pose);
        }
        let mut things: Vec<_> = scene.things.iter().filter_map(|t| Some((t, t.place(at_s)?))).collect();
        things.sort_by(|(_, a), (_, b)| a[1].total_cmp(&b[1]));
        let mut things = things.into_iter().peekable();
        for (actor, pose) in &posed {
            while let Some((thing, place)) = things.next_if(|(_, place)| place[1] <= pose.foot[1]) {
                thing.draw(canvas, place);
            }
            figure::draw(canvas, &actor.look, pose);
        }
        things.for_each(|(thing, place)| thing.draw(canvas, place));
        scene.light.shine(canvas, &self.lamps, at_s);
    }
}

impl<'a> Shot<'a> {
    /// The brightness, as an eye gets it.
    ///
    /// # Panics
    /// Never: a scene's size is that of its picture.
    #[must_use]
    pub fn picture(&self) -> Picture<'a> {
        let [width, height] = self.film.scene.size;
        Picture::new(self.film.camera.picture(), width, height, width).expect("a scene is of a picture's size")
    }

    /// Rows of brightness, then both colour planes of half the width and height: raw video as
    /// `yuv420p`. Grey where the scene has no colour. Of even sizes only.
    pub fn write_yuv420p(&self, to: &mut Vec<u8>) {
        to.extend_from_slice(self.film.camera.picture());
        match &self.film.canvas.colour {
            Some(colour) => {
                let bytes = colour.cb.iter().chain(&colour.cr).map(|v| (v + 0.5) as u8);
                to.extend(bytes);
            }
            None => to.resize(to.len() + self.film.camera.picture().len() / 2, 128),
        }
    }

    /// The share of a zone that people cover, 0..1: seen ones, without their shadows, and without
    /// what an ignored zone cuts out.
    #[must_use]
    pub fn covered(&self, zone: usize) -> f32 {
        self.film.zones.get(zone).map_or(0.0, |rows| rows.share(&self.film.canvas.people, self.film.canvas.width))
    }
}

/// The pixels of a zone: row, first and past the last column.
#[derive(Debug, Clone)]
struct Rows {
    rows: Vec<(usize, usize, usize)>,
    pixels: usize,
}

impl Rows {
    fn of(zone: &Zone, all: &[Zone], [width, height]: [usize; 2]) -> Self {
        let holes: Vec<&Zone> = all.iter().filter(|z| z.kind == Kind::Ignore && zone.kind != Kind::Ignore).collect();
        let mut rows = Vec::new();
        for y in 0..height {
            let place = |x: usize| [(x as f64 + 0.5) / width as f64, (y as f64 + 0.5) / height as f64];
            let is_in = |x: usize| inside(zone, place(x)) && !holes.iter().any(|hole| inside(hole, place(x)));
            let mut x = 0;
            while x < width {
                let from = x;
                while x < width && is_in(x) {
                    x += 1;
                }
                if x > from {
                    rows.push((y, from, x));
                }
                x += 1;
            }
        }
        Self { pixels: rows.iter().map(|(_, from, to)| to - from).sum(), rows }
    }

    fn share(&self, people: &[u8], width: usize) -> f32 {
        let count = |(y, from, to): &(usize, usize, usize)| -> usize {
            people[y * width + from..y * width + to].iter().map(|v| usize::from(*v)).sum()
        };
        self.rows.iter().map(count).sum::<usize>() as f32 / self.pixels.max(1) as f32
    }
}

fn inside(zone: &Zone, [x, y]: [f64; 2]) -> bool {
    let corners = &zone.polygon;
    let mut is_in = false;
    for (n, b) in corners.iter().enumerate() {
        let a = corners[(n + corners.len() - 1) % corners.len()];
        if (a[1] > y) != (b[1] > y) && x < (b[0] - a[0]) * (y - a[1]) / (b[1] - a[1]) + a[0] {
            is_in = !is_in;
        }
    }
    is_in
}

#[cfg(test)]
mod tests {
    use super::super::{Actor, Light, Look, Scene, hall};
    use super::*;

    const SIZE: [usize; 2] = [320, 180];

    #[test]
    fn the_same_scene_gives_the_same_pictures() {
        let film = || {
            let mut scene = Scene::hall(SIZE, 3);
            scene.actors.push(Actor::enters(Look::of(1), 0.5).walk(&[hall::AISLE]).leave());
            let mut film = Film::new(scene);
            let mut all = Vec::new();
            (0..20).for_each(|n| film.shoot(f64::from(n) * 0.2).write_yuv420p(&mut all));
            all
        };
        assert_eq!(film(), film());
    }

    #[test]
    fn who_sits_on_a_bench_covers_the_waiting_zone_and_no_other() {
        let mut scene = Scene::hall(SIZE, 3);
        scene.actors.push(Actor::appears(Look::of(1), hall::far_seat(1), 0.0).sit(60.0));
        let mut film = Film::new(scene);
        let shot = film.shoot(30.0);
        assert!((0.01..0.2).contains(&shot.covered(hall::WAITING)), "{}", shot.covered(hall::WAITING));
        assert_eq!([shot.covered(hall::COUNTER), shot.covered(hall::DOOR)], [0.0, 0.0]);
    }

    #[test]
    fn lamps_change_brightness_and_nobody_is_there() {
        let mut scene = Scene::hall(SIZE, 3);
        scene.light = Light { ambient: super::super::Curve::steps(1.0, &[(5.0, 0.8)]), ..Light::default() };
        let mut film = Film::new(scene);
        let mean = |film: &mut Film, at_s: f64| {
            let shot = film.shoot(at_s);
            assert_eq!(shot.covered(hall::WAITING), 0.0);
            let mut all = Vec::new();
            shot.write_yuv420p(&mut all);
            all[..320 * 180].iter().map(|v| f64::from(*v)).sum::<f64>() / (320.0 * 180.0)
        };
        let (before, after) = (mean(&mut film, 4.0), mean(&mut film, 6.0));
        assert!((after / before - 0.8).abs() < 0.02, "{before} {after}");
    }
}
