//! Light that changes: over an empty hall nobody appears, over people nobody is lost.

use motion::scenes::{Curve, Flicker, Habit, Lamp, Light, Look, Scene, Sun, hall};

use super::watch::watch;
use super::{guest, small_hall};

/// An hour of an empty room may have this many false seconds.
const FALSE_S_AN_HOUR: f64 = 60.0;
/// Seconds that each light is tried for.
const LASTS_S: f64 = 300.0;

/// Which of [`lights`] are tried over an empty hall, and which over people.
const EMPTY: &[&str] = &["steps", "ramps", "daylight", "two lamps", "flicker", "sun creeps"];
const PEOPLE: &[&str] = &["steps", "two lamps", "flicker", "sun creeps", "sun and clouds"];

/// Lamps of the whole hall, switched every half minute by 10 to 30 %.
fn switching() -> Curve {
    let levels = [0.8, 1.0, 1.2, 0.9, 0.7, 1.0, 1.3, 1.0, 0.85, 1.1, 0.8, 1.05, 1.0];
    let changes: Vec<(f64, f32)> = levels.iter().enumerate().map(|(n, v)| (40.0 + 31.3 * n as f64, *v)).collect();
    Curve::steps(1.0, &changes)
}

fn lamp(at: [f32; 2], reach: f32, share: f32, changes: &[(f64, f32)]) -> Lamp {
    Lamp { at, reach, share, level: Curve::steps(1.0, changes) }
}

/// What light does in a hall.
fn lights() -> Vec<(&'static str, Light)> {
    let usual = Light::default;
    let on_and_off: Vec<(f64, f32)> = (0..12).map(|n| (45.0 + 29.7 * f64::from(n), (n % 2) as f32)).collect();
    let ramps = Curve::through(&[
        (30.0, 1.0),
        (36.0, 1.25),
        (90.0, 1.25),
        (91.5, 0.9),
        (160.0, 0.9),
        (200.0, 1.1),
        (203.0, 0.8),
        (300.0, 1.0),
    ]);
    let day = Curve::through(&[(0.0, 0.7), (200.0, 1.2), (400.0, 0.75)]);
    let corners = vec![[0.30, 0.55], [0.46, 0.55], [0.42, 0.9], [0.2, 0.9]];
    let cloud = Curve::through(&[(80.0, 1.35), (84.0, 1.0), (140.0, 1.0), (146.0, 1.35), (250.0, 1.35), (251.0, 1.0)]);
    vec![
        ("steps", Light { ambient: switching(), ..usual() }),
        ("ramps", Light { ambient: ramps, ..usual() }),
        ("daylight", Light { ambient: day, ..usual() }),
        ("one lamp", Light { lamps: vec![lamp([0.3, 0.6], 0.3, 0.25, &on_and_off)], ..usual() }),
        (
            "two lamps",
            Light {
                lamps: vec![
                    lamp([0.1, 0.3], 0.25, 0.3, &on_and_off[..6]),
                    lamp([0.9, 0.5], 0.3, 0.3, &on_and_off[5..]),
                ],
                ..usual()
            },
        ),
        ("flicker", Light { flicker: Some(Flicker { strength: 0.03, hz: 1.37, bands: 2.0 }), ..usual() }),
        (
            "sun creeps",
            Light {
                suns: vec![Sun { corners: corners.clone(), creeps: [0.01, 0.004], gain: Curve::steady(1.35) }],
                ..usual()
            },
        ),
        ("sun and clouds", Light { suns: vec![Sun { corners, creeps: [0.004, 0.0], gain: cloud }], ..usual() }),
    ]
}

#[test]
fn nobody_appears_in_an_empty_hall_whatever_the_light_does() {
    let mut mistakes = Vec::new();
    for (n, (name, light)) in lights().into_iter().enumerate().filter(|(_, (name, _))| EMPTY.contains(name)) {
        for exposure_per_s in [0.0, 0.6] {
            let mut scene = small_hall(20 + n as u64);
            scene.light = light.clone();
            scene.sensor.exposure_per_s = exposure_per_s;
            let watched = watch(scene, LASTS_S);
            for (n, zone) in watched.zones.iter().enumerate() {
                let an_hour = zone.active_s(0) * 3_600.0 / LASTS_S;
                if an_hour > FALSE_S_AN_HOUR {
                    mistakes.push(format!(
                        "{name}, exposure {exposure_per_s}: zone {n}: {an_hour:.0} s an hour {:?}",
                        zone.motions
                    ));
                }
            }
        }
    }
    assert!(mistakes.is_empty(), "\n{}", mistakes.join("\n"));
}

/// Two who sit from 20 s on for four minutes.
fn with_people(seed: u64) -> Scene {
    let mut scene = small_hall(seed);
    scene.actors.push(guest(Look::of(seed), 15.0, hall::far_seat(1), 250.0));
    scene.actors.push(guest(Look::of(seed + 1), 18.0, hall::far_seat(3), 250.0).with(Habit::STILL));
    scene
}

#[test]
fn nobody_is_lost_and_nobody_stays_behind_when_lamps_switch_over_people() {
    let mut mistakes = Vec::new();
    for (n, (name, light)) in lights().into_iter().enumerate().filter(|(_, (name, _))| PEOPLE.contains(name)) {
        let mut scene = with_people(40 + n as u64);
        scene.light = light;
        let watched = watch(scene, 400.0);
        let (waiting, counter) = (&watched.zones[hall::WAITING], &watched.zones[hall::COUNTER]);
        let tally = waiting.tally(0);
        if tally.f1() < 0.98 || counter.active_s(0) > 3.0 {
            mistakes.push(format!(
                "{name}: {} {tally:?} {:?}, counter {:?}",
                tally.f1(),
                waiting.motions,
                counter.motions
            ));
        }
    }
    assert!(mistakes.is_empty(), "\n{}", mistakes.join("\n"));
}

#[test]
fn a_level_stays_when_a_lamp_switches() {
    let mut scene = with_people(60);
    scene.light.ambient = Curve::steps(1.0, &[(120.0, 0.78)]);
    let watched = watch(scene, 200.0);
    let zone = &watched.zones[hall::WAITING];
    let (before, after) = (zone.level(118.0).unwrap_or(-1.0), zone.level(128.0).unwrap_or(-1.0));
    assert!((before - after).abs() <= 0.04, "level {before} before, {after} after: {:?}", zone.levels);
}
