//! Situations of a service hall, drawn, with the truth known: who is there is found, who is not
//! there is not, whatever the lamps do.
//!
//! - `watch`: an eye watches a scene, its words are held against the truth
//! - `people`: who comes, sits, stands, leaves
//! - `lamps`: light that changes, over an empty hall and over people
//! - `nobody`: what moves and is nobody, what is left behind
//! - `demo`: the clip that is shown to people
//! - `faults`: pictures that are no pictures, a camera that is pushed

mod demo;
mod faults;
mod lamps;
mod nobody;
mod people;
mod watch;

use motion::scenes::{Actor, Look, Scene, hall};

/// A hall of a size that is drawn quickly.
fn small_hall(seed: u64) -> Scene {
    Scene::hall([384, 216], seed)
}

/// Comes, sits on a seat for a while, leaves.
fn guest(look: Look, at_s: f64, seat: [f32; 2], sits_s: f64) -> Actor {
    Actor::enters(look, at_s).walk(&[hall::AISLE, hall::before(seat), seat]).sit(sits_s).leave()
}
