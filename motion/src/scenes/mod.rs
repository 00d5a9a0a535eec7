//! Drawn halls with people in them, and the truth about where they are.
//!
//! Real footage shows what is; a drawn hall shows what is asked: somebody who sits still for ten
//! minutes, a lamp that goes off at a known instant, both at once. It is seeded: the same [`Scene`]
//! gives the same pictures, so that a test can fail only because the code changed.
//!
//! ```
//! use motion::scenes::{Actor, Film, Look, Scene, hall};
//!
//! let mut scene = Scene::hall([320, 180], 1);
//! scene.actors.push(Actor::enters(Look::of(1), 2.0).walk(&[hall::AISLE, hall::front_seat(2)]).sit(60.0).leave());
//! let mut film = Film::new(scene);
//! let shot = film.shoot(30.0);
//! assert_eq!(shot.picture().width(), 320);
//! assert!(shot.covered(hall::WAITING) > 0.0);
//! ```
//!
//! - `scene`: what there is to see: [`Scene`], [`Span`]
//! - `film`: the camera's pictures of a scene, one after the other, with the truth
//! - `hall`: the room and its places
//! - `actor`: people and what they do; `figure`: how they look; `thing`: what they leave behind
//! - `light`: lamps, daylight, sun, flicker; `lively`: screens, plants, fans: what moves and is nobody
//! - `sensor`: noise, exposure, a codec's blocks, and everything that goes wrong with a picture
//! - `clips`: ready-made scenes for the demonstration and for benchmarks
//! - `canvas`, `shape`, `dice`: drawing

mod actor;
mod canvas;
mod clips;
mod dice;
mod figure;
mod film;
pub mod hall;
mod light;
mod lively;
mod scene;
mod sensor;
mod shape;
mod thing;

pub use actor::{Actor, Habit};
pub use canvas::Ink;
pub use clips::{DEMO_FPS, DEMO_S, bench, demo};
pub use dice::Dice;
pub use figure::Look;
pub use film::{Film, Shot};
pub use light::{Curve, Flicker, Lamp, Light, Sun};
pub use lively::Lively;
pub use scene::{Scene, Span};
pub use sensor::{Codec, Fault, Sensor};
pub use thing::{Thing, ThingKind};
