//! What moves and is nobody, and what is left behind.

use motion::scenes::{Actor, Codec, Lively, Look, Scene, Span, Thing, hall};

use super::watch::watch;
use super::{guest, small_hall};

fn plant(foot: [f32; 2], sway: f32) -> Lively {
    Lively::Plant { foot, size: 0.3, sway }
}

/// Whole picture, so that everything that moves is in a zone.
fn whole(seed: u64, lively: Vec<Lively>) -> Scene {
    let mut scene = small_hall(seed);
    scene.zones[hall::WAITING].polygon = vec![[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]];
    scene.lively = lively;
    scene
}

#[test]
fn screens_in_an_ignored_zone_plants_and_fans_are_nobody() {
    let screen = Lively::Screen { area: hall::SCREEN, every_s: 4.0 };
    let fan = Lively::Fan { at: [0.34, 0.18], radius: 0.06, hz: 1.3 };
    let cases = [
        ("screen", vec![screen]),
        ("plant", vec![plant([0.915, 0.4], 0.02)]),
        ("fan", vec![fan]),
        ("reflection", vec![Lively::Reflection { area: hall::WINDOW, every_s: 9.0, strength: 0.35 }]),
    ];
    let mut mistakes = Vec::new();
    for (n, (name, lively)) in cases.into_iter().enumerate() {
        let watched = watch(whole(80 + n as u64, lively), 300.0);
        for (n, zone) in watched.zones.iter().enumerate().filter(|(_, zone)| !zone.motions.is_empty()) {
            mistakes.push(format!("{name}: zone {n}: {:?}", zone.motions));
        }
    }
    assert!(mistakes.is_empty(), "\n{}", mistakes.join("\n"));
}

#[test]
fn key_frames_that_pulse_and_noise_are_nobody() {
    for (seed, noise, codec) in [(95, 3.0, Some(Codec::POOR)), (96, 9.0, None), (97, 1.0, Some(Codec::POOR))] {
        let mut scene = small_hall(seed);
        scene.sensor.noise = noise;
        scene.sensor.codec = codec;
        let watched = watch(scene, 300.0);
        for zone in &watched.zones {
            assert_eq!(zone.motions, [], "noise {noise}, {codec:?}");
        }
    }
}

#[test]
fn somebody_is_seen_through_noise_and_pulses() {
    for (seed, noise, codec) in [(98, 3.0, Some(Codec::POOR)), (99, 8.0, None)] {
        let mut scene = small_hall(seed);
        scene.sensor.noise = noise;
        scene.sensor.codec = codec;
        scene.actors.push(guest(Look::of(seed), 30.0, hall::front_seat(2), 120.0));
        let tally = watch(scene, 220.0).zones[hall::WAITING].tally(0);
        assert!(tally.f1() >= 0.98, "noise {noise}, {codec:?}: {tally:?}");
    }
}

/// Seconds after which somebody who does not move at all is part of the room, in these scenes.
const STILL_S: f64 = 60.0;

#[test]
fn a_bag_that_is_left_is_let_go() {
    let mut scene = small_hall(101);
    scene.zones[hall::WAITING].tuning.still_s = Some(STILL_S);
    let owner = guest(Look::of(4), 20.0, hall::front_seat(4), 20.0);
    scene.things.push(Thing::bag([0.6, 0.885], Span::new(34.0, 900.0)));
    let left_s = owner.now_s();
    scene.actors.push(owner);
    // Somebody comes after it has been let go: he is seen, and he goes.
    let again_s = left_s + 3.0 * STILL_S;
    scene.actors.push(guest(Look::of(5), again_s, hall::far_seat(1), 20.0));
    let watched = watch(scene, again_s + 120.0);
    let zone = &watched.zones[hall::WAITING];
    let (from, until) = (left_s + 2.0 * STILL_S, again_s);
    assert!(!zone.is_active(from) && !zone.is_active(until), "{:?}, left at {left_s}", zone.motions);
    assert!(zone.is_active(again_s + 20.0) && !zone.is_active(again_s + 115.0), "{:?}", zone.motions);
}

#[test]
fn a_chair_that_is_moved_is_let_go_and_leaves_no_ghost() {
    let mut scene = small_hall(102);
    scene.zones[hall::WAITING].tuning.still_s = Some(STILL_S);
    scene.things.push(Thing::chair([0.56, 0.6], [0.61, 0.66], 43.0));
    let mover = Actor::enters(Look::of(6), 36.0).walk(&[hall::AISLE, [0.58, 0.64], [0.6, 0.67]]);
    let mover = mover.stand(3.0).leave();
    let left_s = mover.now_s();
    scene.actors.push(mover);
    let watched = watch(scene, left_s + 4.0 * STILL_S);
    let zone = &watched.zones[hall::WAITING];
    assert!(!zone.motions.is_empty(), "he was seen");
    let late = zone.active_s((left_s + 2.0 * STILL_S) as usize);
    assert_eq!(late, 0.0, "{:?}, left at {left_s}", zone.motions);
}
