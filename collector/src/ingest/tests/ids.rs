//! For how long an event that comes again is known, and what happens after.

use super::*;

/// Says the event `id` of the first day at the beginning of day `n`, as event `seq` of `boot`.
fn say(door: &mut Door, n: i64, boot: &str, seq: u64, ticket: u32) {
    let now = NOW.plus(n * DAY_MS);
    door.turn_days(now);
    door.message(&message(GATEWAY, payload(1, boot, seq, NOW, &issued(ticket, "dat-dai"))), now, true);
}

#[test]
fn an_event_is_known_by_its_id_for_35_days_whatever_its_device_calls_it() {
    let dir = tempfile::tempdir().unwrap();
    let mut door = hue(dir.path());
    say(&mut door, 0, "b", 1, 1);
    for day in 1..=34 {
        say(&mut door, day, "c", 30 + day as u64, 1);
    }
    assert_eq!(counts(&door), (1, 34, 0));
    say(&mut door, 34, "d", 1, 2);
    assert_eq!((counts(&door), reasons(&door)), ((1, 34, 1), vec!["conflict"]));
    assert_eq!(door.ids_kept_days(NOW.plus(34 * DAY_MS)), 35);
}

#[test]
fn later_its_place_tells_and_without_that_nobody_can() {
    let dir = tempfile::tempdir().unwrap();
    let mut door = hue(dir.path());
    say(&mut door, 0, "b", 1, 1);
    // The device goes on, so its boot is remembered.
    for day in 1..=38 {
        let now = NOW.plus(day * DAY_MS);
        door.turn_days(now);
        let seq = day as u64 + 1;
        door.message(&message(GATEWAY, payload(100 + day as u32, "b", seq, now, &issued(7, "dat-dai"))), now, true);
    }
    say(&mut door, 38, "b", 1, 1);
    assert_eq!(counts(&door), (39, 1, 0), "the same place");
    say(&mut door, 38, "new", 1, 1);
    assert_eq!(counts(&door), (40, 1, 0), "forgotten: it counts as a new event");
}

#[test]
fn memory_is_bounded_over_all_sites_and_yesterday_stays() {
    let dir = tempfile::tempdir().unwrap();
    let mut door = opened(dir.path());
    for site in ["a", "b"] {
        door.configure(config(site, &["dat-dai"]), NOW).unwrap();
    }
    door.most_ids = 100;
    for day in 0..6_i64 {
        let now = NOW.plus(day * DAY_MS);
        door.turn_days(now);
        for (site, events) in [("a", 20), ("b", 5)] {
            for n in 0..events {
                let id = 1_000 * day as u32 + n + if site == "b" { 500 } else { 0 };
                let seq = u64::from(n) + 1;
                let event = payload(id + 1, &format!("b{day}"), seq, now, &issued(n, "dat-dai"));
                door.message(&message(&format!("motcua/v1/{site}/gateway/g/evt"), event), now, true);
            }
        }
    }
    let now = NOW.plus(6 * DAY_MS);
    door.turn_days(now);
    let ids = |ix: usize| door.sites()[ix].dedupe.ids.len();
    assert!(ids(0) + ids(1) <= 100, "{} {}", ids(0), ids(1));
    assert_eq!(ids(1), 30, "the small site keeps all of its days");
    assert!((2..6).contains(&door.ids_kept_days(now)), "{}", door.ids_kept_days(now));
    door.journal().flush().unwrap();
    let again = copy(dir.path());
    let mut replaying = opened(again.path());
    replaying.most_ids = 100;
    let mut reader = Reader::open(again.path(), 1).unwrap();
    while let Some(record) = reader.next_record().unwrap() {
        replaying.replay(&record).unwrap();
    }
    assert_eq!(bytes(&replaying), bytes(&door));
    door.most_ids = 1;
    door.make_room(now.plus(-DAY_MS));
    assert!(door.sites().iter().all(|site| site.dedupe.ids.keeps(domain::dedupe::day_of(now) - 1)));
    assert_eq!(door.sites()[0].dedupe.ids.len(), 20, "yesterday's");
}
