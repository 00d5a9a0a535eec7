//! Pictures that are no pictures, a camera that is pushed.

use motion::scenes::{Fault, Habit, Look, Scene, Span, hall};

use super::watch::watch;
use super::{guest, small_hall};

/// Each fault for a moment, for some seconds, and again.
fn with(fault: Fault, mut scene: Scene) -> Scene {
    for (from_s, for_s) in [(60.0, 0.5), (90.0, 2.0), (110.0, 0.2), (125.0, 8.0)] {
        scene.faults.push((Span::new(from_s, from_s + for_s), fault));
    }
    scene
}

const FAULTS: [Fault; 5] = [Fault::Grey, Fault::Black, Fault::Covered, Fault::Smear, Fault::Frozen];

#[test]
fn pictures_that_are_none_are_no_motion() {
    let mut mistakes = Vec::new();
    for (n, fault) in FAULTS.into_iter().enumerate().filter(|(_, fault)| *fault != Fault::Smear) {
        let watched = watch(with(fault, small_hall(110 + n as u64)), 200.0);
        for (n, zone) in watched.zones.iter().enumerate().filter(|(_, zone)| !zone.motions.is_empty()) {
            mistakes.push(format!("{fault:?}: zone {n}: {:?}", zone.motions));
        }
    }
    assert!(mistakes.is_empty(), "\n{}", mistakes.join("\n"));
}

#[test]
fn nobody_is_lost_over_pictures_that_are_none() {
    let mut mistakes = Vec::new();
    for (n, fault) in FAULTS.into_iter().enumerate() {
        let mut scene = small_hall(120 + n as u64);
        scene.actors.push(guest(Look::of(n as u64), 20.0, hall::far_seat(2), 150.0).with(Habit::STILL));
        let watched = watch(with(fault, scene), 240.0);
        let zone = &watched.zones[hall::WAITING];
        if zone.tally(0).f1() < 0.95 || zone.is_active(235.0) {
            mistakes.push(format!("{fault:?}: {:?} {:?} in truth {:?}", zone.tally(0), zone.motions, zone.visits()));
        }
    }
    assert!(mistakes.is_empty(), "\n{}", mistakes.join("\n"));
}
