//! What there is to see.

use super::actor::Actor;
use super::hall;
use super::light::Light;
use super::lively::Lively;
use super::sensor::{Fault, Sensor};
use super::thing::Thing;
use crate::Zone;

/// A stretch of time, seconds from the film's beginning: from, and up to but not, until.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Span {
    /// First second.
    pub from_s: f64,
    /// The first that is no longer in it.
    pub until_s: f64,
}

impl Span {
    /// From one second until another.
    #[must_use]
    pub const fn new(from_s: f64, until_s: f64) -> Self {
        Self { from_s, until_s }
    }

    /// Whether a moment is in it.
    #[must_use]
    pub fn has(&self, at_s: f64) -> bool {
        (self.from_s..self.until_s).contains(&at_s)
    }
}

/// A hall, who comes, what the light does and what the camera makes of it. Everything is open: a
/// test takes [`Scene::hall`] and adds what it is about.
#[derive(Debug, Clone)]
pub struct Scene {
    /// Width and height in pixels.
    pub size: [usize; 2],
    /// Whether colour is drawn too; an eye looks at brightness alone.
    pub colour: bool,
    /// Everything that is left to chance depends on it.
    pub seed: u64,
    /// How the room looks.
    pub room: hall::Room,
    /// What is watched: the truth is told of these.
    pub zones: Vec<Zone>,
    /// Who comes.
    pub actors: Vec<Actor>,
    /// What is left behind.
    pub things: Vec<Thing>,
    /// What moves and is nobody.
    pub lively: Vec<Lively>,
    /// Lamps and sun.
    pub light: Light,
    /// Noise, exposure, codec.
    pub sensor: Sensor,
    /// What goes wrong, and when.
    pub faults: Vec<(Span, Fault)>,
}

impl Scene {
    /// An empty hall under steady light, seen by a usual camera, with the zones of [`hall::zones`].
    #[must_use]
    pub fn hall(size: [usize; 2], seed: u64) -> Self {
        Self {
            size,
            colour: false,
            seed,
            room: hall::Room::of(seed),
            zones: hall::zones(),
            actors: Vec::new(),
            things: Vec::new(),
            lively: Vec::new(),
            light: Light::default(),
            sensor: Sensor::default(),
            faults: Vec::new(),
        }
    }
}
