//! Ready-made scenes: the demonstration's hall, and twelve and more for benchmarks.

use super::actor::{Actor, Habit};
use super::canvas::Ink;
use super::dice::Dice;
use super::figure::Look;
use super::hall;
use super::light::{Curve, Lamp, Light};
use super::lively::Lively;
use super::scene::Scene;
use super::sensor::Sensor;

/// Seconds of the demonstration's clip; it ends as it begins.
pub const DEMO_S: f64 = 90.0;
/// Its pictures a second.
pub const DEMO_FPS: f64 = 10.0;

/// The demonstration's hall: an officer comes to the first counter, citizens come, wait, are served
/// and leave; at the end the hall is as empty as at the beginning.
#[must_use]
pub fn demo() -> Scene {
    let mut scene = Scene::hall([640, 360], 11);
    scene.colour = true;
    scene.room = hall::Room::CALM;
    scene.sensor = Sensor { noise: 0.6, exposure_per_s: 0.0, codec: None };
    scene.lively = vec![
        Lively::Screen { area: hall::SCREEN, every_s: 6.0 },
        Lively::Plant { foot: [0.915, 0.40], size: 0.24, sway: 0.0 },
    ];
    // A cloud passes.
    let cloud = Curve::through(&[(0.0, 1.0), (25.0, 1.0), (35.0, 0.95), (60.0, 0.95), (72.0, 1.0)]);
    let desk = Lamp { at: [0.2, 0.3], reach: 0.22, share: 0.06, level: Curve::steady(1.0) };
    scene.light = Light { ambient: cloud, lamps: vec![desk], ..Light::default() };
    scene.actors = demo_people();
    scene
}

fn demo_people() -> Vec<Actor> {
    let look = |seed: u64, top: Ink| Look { top, pattern: 0.05, hair: Ink::rgb(34, 29, 27), ..Look::of(seed) };
    let uniform = Look { bottom: Ink::rgb(50, 54, 70), ..look(3, Ink::rgb(126, 160, 190)) };
    let behind = [-0.06, 0.455];
    let officer = Actor::appears(uniform, behind, 2.0).walk(&[hall::OFFICER]).sit_until(84.0).walk(&[behind]);
    let seat = |actor: Actor, place: [f32; 2]| actor.walk(&[hall::AISLE, hall::before(place), place]);
    let lady = look(5, Ink::rgb(178, 84, 84));
    let lady = seat(Actor::enters(lady, 3.0), hall::far_seat(3)).sit_until(28.0);
    let lady = lady.walk(&[[0.52, 0.6], hall::AT_COUNTER]).facing_away().stand_until(52.0);
    let lady = lady.walk(&[[0.5, 0.58], hall::AISLE, hall::ENTRANCE]);
    let elder = Look { hair: Ink::rgb(168, 166, 164), tall: 0.94, ..look(8, Ink::rgb(222, 216, 200)) };
    let elder = seat(Actor::enters(elder, 9.0), hall::front_seat(1)).with(Habit::STILL).sit_until(74.0).leave();
    let student = seat(Actor::enters(look(13, Ink::rgb(86, 126, 110)), 14.0), hall::front_seat(3)).sit_until(58.0);
    let student = student.walk(&[[0.6, 0.75], [0.52, 0.6], hall::AT_COUNTER]).facing_away().stand_until(72.0);
    let student = student.walk(&[[0.5, 0.58], hall::AISLE, hall::ENTRANCE]);
    let mother = seat(Actor::enters(look(21, Ink::rgb(206, 178, 108)), 24.0), hall::far_seat(1)).sit_until(70.0);
    let mother = mother.walk(&[hall::before(hall::far_seat(4))]).leave();
    let asks = Actor::enters(look(34, Ink::rgb(70, 82, 116)), 34.0).walk(&[hall::AISLE, hall::AT_SECOND_COUNTER]);
    let asks = asks.facing_away().stand(9.0).walk(&[hall::AISLE, hall::ENTRANCE]);
    let late = seat(Actor::enters(look(55, Ink::rgb(150, 120, 158)), 46.0), hall::far_seat(4)).sit_until(76.0).leave();
    vec![officer, lady, elder, student, mother, asks, late]
}

/// One of many halls for a benchmark, of `for_s` seconds: other colours, people and hours for each
/// seed; somebody moves nearly all the time.
#[must_use]
pub fn bench(size: [usize; 2], seed: u64, for_s: f64) -> Scene {
    let mut dice = Dice::new(seed ^ 0xBE7C);
    let mut scene = Scene::hall(size, seed);
    scene.colour = true;
    scene.sensor = Sensor { noise: 3.0, exposure_per_s: 0.3, codec: None };
    scene.lively = vec![
        Lively::Screen { area: hall::SCREEN, every_s: 5.0 },
        Lively::Plant { foot: [0.915, 0.40], size: 0.24, sway: 0.01 },
    ];
    let behind = [-0.06, 0.455];
    let officer = Actor::appears(Look::of(seed), behind, 1.0).walk(&[hall::OFFICER]).sit(for_s);
    scene.actors.push(officer);
    let mut at_s = f64::from(dice.between(0.0, 3.0));
    for n in 0.. {
        if at_s > for_s {
            break;
        }
        let place = if dice.unit() < 0.5 { hall::far_seat(dice.one_of(5)) } else { hall::front_seat(dice.one_of(5)) };
        let waits_s = f64::from(dice.between(5.0, 40.0));
        let somebody = Actor::enters(Look::of(seed * 100 + n), at_s).walk(&[hall::AISLE, hall::before(place), place]);
        scene.actors.push(somebody.sit(waits_s).leave());
        at_s += f64::from(dice.between(4.0, 12.0));
    }
    scene
}
