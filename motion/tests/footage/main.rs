//! Real footage with truth: what the project promises of its eye, measured.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![allow(clippy::print_stdout, reason = "what was measured, and why something was skipped")]

mod clip;

use clip::{Clip, Score, footage, score};

const LOOKS: f64 = 5.0;

fn plain(_: f64, _: f64, _: f64, pixel: f64) -> f64 {
    pixel
}

fn told(name: &str, clip: &Clip, light: impl Fn(f64, f64, f64, f64) -> f64) -> (Score, Score) {
    let intervals = clip.watch(LOOKS, light);
    let (mut real, mut control) = (Score::default(), Score::default());
    for (number, zone) in clip.truth.zones.iter().enumerate() {
        let score = score(&intervals, number, zone);
        println!("{name:24} {:12} {:8} {score:?} {}", zone.zone, zone.kind, clip::wrong(&intervals, number, zone));
        match zone.kind.as_str() {
            "real" => real = real.add(score),
            "control" => control = control.add(score),
            _ => {}
        }
    }
    println!("{name:24} F1 {:.4}", real.f1());
    (real, control)
}

#[test]
fn people_and_cars_are_seen_by_the_second_and_trees_are_not() {
    let Some(dir) = footage() else { return };
    let mut all = Score::default();
    for name in ["highway", "plaza-a"] {
        let (real, control) = told(name, &Clip::read(&dir, name), plain);
        assert_eq!(control.starts, 0, "{name}: trees, a road's shoulder, a building");
        all = all.add(real);
    }
    println!("micro F1 {:.4}", all.f1());
    assert!(all.f1() >= 0.98, "{:.4}", all.f1());
}

#[test]
fn lamps_in_an_empty_room_are_nobody() {
    let Some(dir) = footage() else { return };
    let (_, control) = told("empty-lights-dev", &Clip::read(&dir, "empty-lights-dev"), plain);
    assert_eq!(control.starts, 0);
}

/// Switches: the value of the last one before `s`.
fn at(s: f64, switches: &[(f64, f64)], else_: f64) -> f64 {
    switches.iter().rev().find(|(when, _)| s >= *when).map_or(else_, |(_, value)| *value)
}

/// A lamp's cone on the picture, 0..1.
fn cone(x: f64, y: f64, (cx, cy): (f64, f64)) -> f64 {
    (-((x - cx) / 0.35).powi(2) - ((y - cy) / 0.45).powi(2)).exp()
}

#[test]
fn other_lamps_are_nobody_either() {
    let Some(dir) = footage() else { return };
    let clip = Clip::read(&dir, "empty-lights-dev");
    // The clip's own light changes begin at 15 s: three lights before, twelve on top.
    let steps = |s, _, _, pixel| pixel + 255.0 * at(s, &[(4.0, -0.2), (8.0, 0.1), (11.0, 0.0)], 0.0);
    let gains = |s, _, _, pixel| pixel * at(s, &[(4.0, 0.6), (8.0, 1.4), (11.0, 1.0), (30.0, 0.5), (50.0, 1.3)], 1.0);
    let lamp =
        |s, x, y, pixel| pixel * (1.0 + at(s, &[(4.0, 0.6), (9.0, 0.0), (32.0, 0.6)], 0.0) * cone(x, y, (0.7, 0.3)));
    let dark =
        |s, x, y, pixel| pixel * (1.0 - at(s, &[(4.0, 0.5), (9.0, 0.0), (32.0, 0.5)], 0.0) * cone(x, y, (0.3, 0.4)));
    let ramp = |s: f64, _, _, pixel| pixel + 50.0 * ((s - 3.0) / 6.0).clamp(0.0, 1.0);
    let told = [
        told("steps", &clip, steps).1,
        told("gains", &clip, gains).1,
        told("lamp", &clip, lamp).1,
        told("dark", &clip, dark).1,
        told("ramp", &clip, ramp).1,
    ];
    let all = told.into_iter().fold(Score::default(), Score::add);
    let hours = 5.0 * clip.truth.duration_s / 3_600.0;
    let an_hour = f64::from(all.false_active) / hours;
    println!("{an_hour:.0} false active seconds an hour, four zones together");
    assert!(an_hour <= 60.0);
}

#[test]
fn light_over_people_loses_nobody_and_invents_nobody() {
    let Some(dir) = footage() else { return };
    for name in ["highway", "plaza-a"] {
        let clip = Clip::read(&dir, name);
        let gains = |s, _, _, pixel| pixel * at(s, &[(26.0, 0.7), (38.0, 1.0), (46.0, 1.3)], 1.0);
        let steps =
            |s, _, _, pixel| pixel + 255.0 * at(s, &[(25.0, -0.12), (33.0, 0.1), (41.0, 0.0), (49.0, -0.15)], 0.0);
        let lamp = |s, x, y, pixel| {
            pixel * (1.0 + at(s, &[(26.0, 0.5), (38.0, 0.0), (46.0, 0.5)], 0.0) * cone(x, y, (0.6, 0.6)))
        };
        for (light, (real, _)) in [
            ("gains", told(&format!("{name} gains"), &clip, gains)),
            ("steps", told(&format!("{name} steps"), &clip, steps)),
            ("lamp", told(&format!("{name} lamp"), &clip, lamp)),
        ] {
            assert!(real.f1() >= 0.94, "{name} {light}: {:.4}", real.f1());
        }
    }
}
