//! The demonstration's clip: what it promises to who shows it.

use std::path::Path;

use motion::scenes::{DEMO_FPS, DEMO_S, Film, demo, hall};

use super::watch::watch;

/// When each zone has people, and that the clip may be repeated without a jump.
#[test]
fn it_ends_as_it_begins_and_every_zone_has_its_people() {
    let mut film = Film::new(demo());
    let mut seen = [0_u32; 3];
    let frames = (DEMO_S * DEMO_FPS) as u32;
    for n in (0..frames).filter(|n| n % 5 == 0 || n + 1 == frames) {
        let shot = film.shoot(f64::from(n) / DEMO_FPS);
        for zone in [hall::WAITING, hall::COUNTER, hall::DOOR] {
            let covered = shot.covered(zone);
            seen[zone] += u32::from(covered > 0.015);
            let at_the_seam = n == 0 || n + 1 == frames;
            assert!(!at_the_seam || covered == 0.0, "zone {zone} is empty in frame {n}");
        }
    }
    assert!(seen[hall::WAITING] > 120 && seen[hall::COUNTER] > 140 && seen[hall::DOOR] > 20, "{seen:?}");
}

#[test]
fn its_zones_are_those_of_the_hall() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../motcua/templates/hall.zones.toml");
    let text = std::fs::read_to_string(&file).expect("the clip's zones lie beside it");
    for zone in hall::zones() {
        let polygon = format!("polygon = {:?}", zone.polygon);
        assert!(text.contains(&polygon), "{} lacks {polygon}", file.display());
    }
}

#[test]
fn an_eye_sees_its_people() {
    let watched = watch(demo(), DEMO_S);
    for zone in [hall::WAITING, hall::COUNTER, hall::DOOR] {
        let zone = &watched.zones[zone];
        assert!(zone.tally(0).f1() >= 0.98, "{:?} {:?} in truth {:?}", zone.tally(0), zone.motions, zone.visits());
    }
}
