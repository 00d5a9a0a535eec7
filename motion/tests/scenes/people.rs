//! Who comes, sits, stands, leaves.

use motion::scenes::{Actor, Dice, Habit, Look, Scene, hall};

use super::watch::{Tally, p90, watch};
use super::{guest, small_hall};

/// Six minutes in which people come one by one, wait and leave.
fn busy(seed: u64) -> Scene {
    let mut dice = Dice::new(seed);
    let mut scene = small_hall(seed);
    for n in 0..9_u64 {
        let seat = if n % 2 == 0 { hall::far_seat(dice.one_of(5)) } else { hall::front_seat(dice.one_of(5)) };
        let at_s = 15.0 + 40.0 * n as f64;
        scene.actors.push(guest(Look::of(seed * 50 + n), at_s, seat, f64::from(dice.between(4.0, 14.0))));
    }
    scene
}

#[test]
fn people_who_come_wait_and_leave_are_seen() {
    let mut all = Tally::default();
    for seed in 1..=3 {
        let watched = watch(busy(seed), 380.0);
        let each: Vec<Tally> = [hall::WAITING, hall::DOOR].map(|zone| watched.zones[zone].tally(0)).to_vec();
        all = each.into_iter().fold(all, |a, b| a + b);
        let counter = &watched.zones[hall::COUNTER];
        // Heads of those on the far seats reach into it.
        assert!(counter.tally(0).false_ <= 3, "nobody comes to the counter: {:?}", counter.motions);
    }
    assert!(all.f1() >= 0.98, "{} {all:?}", all.f1());
}

#[test]
fn motion_begins_and_ends_when_people_do() {
    let (mut starts, mut ends) = (Vec::new(), Vec::new());
    for seed in 4..=6 {
        let watched = watch(busy(seed), 380.0);
        for zone in [hall::WAITING, hall::DOOR] {
            let (a, b) = watched.zones[zone].errors();
            starts.extend(a);
            ends.extend(b);
        }
    }
    assert!(starts.len() >= 60, "{} visits were seen", starts.len());
    assert!(p90(starts.clone()) <= 1.0, "{starts:?}");
    assert!(p90(ends.clone()) <= 1.5, "{ends:?}");
}

#[test]
fn a_man_at_a_counter_is_one_motion() {
    for (seed, habit) in [(1, Habit::USUAL), (2, Habit::STILL)] {
        let mut scene = small_hall(seed);
        scene.zones[hall::COUNTER].polygon = vec![[0.18, 0.2], [0.3, 0.2], [0.3, 0.57], [0.18, 0.57]];
        let man = Actor::enters(Look::of(seed), 20.0).walk(&[hall::AISLE, [0.5, 0.56], hall::AT_COUNTER]);
        scene.actors.push(man.with(habit).facing_away().stand(240.0).walk(&[[0.5, 0.58], hall::AISLE, hall::ENTRANCE]));
        let watched = watch(scene, 320.0);
        let zone = &watched.zones[hall::COUNTER];
        assert_eq!(zone.motions.len(), 1, "{habit:?} {:?} in truth {:?}", zone.motions, zone.visits());
        assert!(zone.tally(0).recall() >= 0.98, "{:?}", zone.tally(0));
    }
}

#[test]
fn who_sits_still_for_ten_minutes_stays() {
    for (seed, habit) in [(2, Habit::STILL), (3, Habit::ASLEEP)] {
        let mut scene = Scene::hall([512, 288], seed);
        scene.actors.push(guest(Look::of(seed + 7), 20.0, hall::far_seat(2), 600.0).with(habit));
        scene.actors.push(guest(Look::of(seed + 9), 260.0, hall::front_seat(4), 20.0));
        let watched = watch(scene, 700.0);
        let zone = &watched.zones[hall::WAITING];
        assert!(zone.tally(0).f1() >= 0.98, "{habit:?} {:?} {:?}", zone.tally(0), zone.motions);
    }
}

#[test]
fn an_officer_at_his_desk_is_there_for_as_long_as_he_is() {
    let mut scene = small_hall(5);
    let behind = [-0.06, 0.455];
    for (from_s, for_s) in [(15.0, 300.0), (400.0, 120.0)] {
        let officer = Actor::appears(Look::of(3), behind, from_s).walk(&[hall::OFFICER]).sit(for_s).walk(&[behind]);
        scene.actors.push(officer);
    }
    let watched = watch(scene, 600.0);
    let zone = &watched.zones[hall::COUNTER];
    assert!(zone.tally(0).f1() >= 0.98, "{:?} {:?} in truth {:?}", zone.tally(0), zone.motions, zone.visits());
}

#[test]
fn clothes_as_bright_as_the_floor_hide_nobody() {
    let mut all = Tally::default();
    for seed in 1..=4_u64 {
        let mut scene = small_hall(seed);
        let look = Look::of(seed).dressed_like(scene.room.floor, 0.93);
        scene.actors.push(guest(look, 20.0, hall::front_seat(seed as usize), 60.0));
        all = all + watch(scene, 130.0).zones[hall::WAITING].tally(0);
    }
    assert!(all.f1() >= 0.98, "{} {all:?}", all.f1());
}

#[test]
fn the_level_follows_the_share_that_people_cover() {
    let mut scene = small_hall(9);
    for n in 0..5_u64 {
        let at_s = 20.0 + 6.0 * n as f64;
        scene.actors.push(guest(Look::of(n + 60), at_s, hall::far_seat(n as usize), 120.0));
    }
    let watched = watch(scene, 260.0);
    let zone = &watched.zones[hall::WAITING];
    let (truth, said) = (zone.truly_covered(85.0, 110.0), zone.level(110.0).unwrap_or(-1.0));
    assert!((0.6..=1.5).contains(&(said / truth)), "level {said}, people cover {truth}");
    // Less than a twentieth of change is not told.
    assert!(zone.level(260.0).unwrap_or(1.0) <= 0.05, "{:?}", zone.levels.last());
}
