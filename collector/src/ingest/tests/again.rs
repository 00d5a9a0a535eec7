//! Dead letters run again: once, in whichever order, over restarts.

use super::*;

/// Runs every letter of the journal again.
fn run_all(door: &mut Door, dir: &Path, now: Timestamp) -> Vec<Ran> {
    door.journal().flush().unwrap();
    let end = door.journal().next_offset();
    let mut reader = Reader::open(dir, 1).unwrap();
    let mut ran = Vec::new();
    while let Some(record) = reader.next_record().unwrap().filter(|record| record.offset < end) {
        if record.kind == Kind::DeadLetter as u8 {
            ran.push(door.run_again(&record, now));
        }
    }
    ran
}

fn event(id: u32, seq: u64, service: &str) -> Inbound {
    message(GATEWAY, payload(id, "b", seq, NOW, &issued(id, service)))
}

const UNKNOWN_SERVICE: Ran = Ran::Refused(DeadLetterReason::UnknownService);

#[test]
fn a_letter_counts_once_when_its_service_is_known_and_its_device_may_repeat_it() {
    let dir = tempfile::tempdir().unwrap();
    let mut door = hue(dir.path());
    door.message(&event(1, 1, "dat-dai"), NOW, true);
    door.message(&event(2, 2, "thue"), NOW, true);
    assert_eq!((counts(&door), reasons(&door)), ((1, 0, 1), vec!["unknown_service"]));
    assert_eq!(run_all(&mut door, dir.path(), NOW), [UNKNOWN_SERVICE]);

    let later = NOW.plus(3_600_000);
    door.configure(config("hue", &["dat-dai", "thue"]), later).unwrap();
    door.message(&event(2, 2, "thue"), later, true);
    assert_eq!(counts(&door), (1, 1, 1), "a repeat of the letter, before it is run");
    door.take_records();
    assert_eq!(run_all(&mut door, dir.path(), later), [Ran::Counted]);
    assert_eq!((counts(&door), reasons(&door)), ((2, 1, 0), vec![]));
    let records = door.take_records();
    let told: Vec<_> = records
        .iter()
        .filter_map(|record| match &record.item {
            Item::Event { at, now, .. } => Some((*at, *now)),
            _ => None,
        })
        .collect();
    assert_eq!(told, [(NOW, later)], "it happened when it happened");
    door.message(&event(2, 2, "thue"), later, true);
    door.message(&event(2, 9, "thue"), later, true);
    assert_eq!(run_all(&mut door, dir.path(), later), [Ran::Before]);
    assert_eq!(counts(&door), (2, 3, 0));

    door.journal().flush().unwrap();
    let elsewhere = copy(dir.path());
    let mut restarted = replayed(elsewhere.path());
    assert_eq!(bytes(&restarted), bytes(&door));
    assert_eq!(run_all(&mut restarted, elsewhere.path(), later), [Ran::Before]);
    restarted.message(&event(2, 2, "thue"), later, true);
    assert_eq!(counts(&restarted), (2, 1, 0));
}

#[test]
fn letters_of_a_site_that_was_not_there_count_once_however_often_they_came() {
    let dir = tempfile::tempdir().unwrap();
    let mut door = opened(dir.path());
    for _ in 0..3 {
        door.message(&event(1, 1, "dat-dai"), NOW, true);
    }
    door.message(&event(2, 2, "dat-dai"), NOW, true);
    assert_eq!(door.unplaced, 4);
    let later = NOW.plus(60_000);
    door.configure(config("hue", &["dat-dai"]), later).unwrap();
    door.turn_days(later);
    // The device was never told that they are safe, so it says one of them again first.
    door.message(&event(2, 2, "dat-dai"), later, true);
    assert_eq!(run_all(&mut door, dir.path(), later), [Ran::Counted, Ran::Known, Ran::Known, Ran::Known]);
    assert_eq!((counts(&door), door.unplaced), ((2, 3, 0), 0));
    let ack = door.sites()[0].dedupe.sequences.ack(DeviceKind::Gateway, DeviceId::new("g1").unwrap());
    assert_eq!(ack.unwrap().seq, 2, "the device may let go of both");
    assert_eq!(run_all(&mut door, dir.path(), later), [Ran::Before; 4]);
    door.journal().flush().unwrap();
    let elsewhere = copy(dir.path());
    assert_eq!(bytes(&replayed(elsewhere.path())), bytes(&door));
}

#[test]
fn what_cannot_be_run_again_says_why_and_stays() {
    let dir = tempfile::tempdir().unwrap();
    let mut door = hue(dir.path());
    door.message(&event(1, 1, "dat-dai"), NOW, true);
    let padded = format!(r#"{},"padding":"{}""#, issued(2, "thue"), "x".repeat(5_000));
    door.message(&message(GATEWAY, payload(2, "b", 2, NOW, &padded)), NOW, true);
    door.message(&event(1, 3, "thue"), NOW, true);
    door.message(&message(GATEWAY, "{"), NOW, true);
    door.message(&message("motcua/v1/hue/printer/p/evt", "{}"), NOW, true);
    door.message(&message("motcua/v1/hue/kiosk/k1/status", "{}"), NOW, true);
    door.message(&event(9, 9, "thue"), NOW, true);
    assert_eq!(counts(&door), (1, 0, 6));
    let ran = run_all(&mut door, dir.path(), NOW);
    let refused = |reason| Ran::Refused(reason);
    let expected = [
        Ran::Cut,
        refused(DeadLetterReason::Conflict),
        refused(DeadLetterReason::BadJson),
        Ran::NoEvent,
        Ran::NoEvent,
        UNKNOWN_SERVICE,
    ];
    assert_eq!(ran, expected);
    assert_eq!(counts(&door), (1, 0, 6));
    let late = NOW.plus(40 * DAY_MS);
    door.turn_days(late);
    door.configure(config("hue", &["dat-dai", "thue"]), late).unwrap();
    assert_eq!(run_all(&mut door, dir.path(), late).last(), Some(&Ran::TooOld));
    assert_eq!(counts(&door), (1, 0, 6));
}

#[test]
fn where_to_look_for_letters_that_wait_for_a_name() {
    let dir = tempfile::tempdir().unwrap();
    let mut door = hue(dir.path());
    assert_eq!(door.first_waiting(), None);
    door.message(&message(GATEWAY, "{"), NOW, true);
    assert_eq!(door.first_waiting(), None, "no configuration makes that an event");
    let first = door.message(&event(1, 1, "thue"), NOW, true);
    door.message(&event(2, 2, "thue"), NOW, true);
    assert_eq!(door.first_waiting(), first);
    door.configure(config("hue", &["dat-dai", "thue"]), NOW).unwrap();
    run_all(&mut door, dir.path(), NOW);
    assert_eq!(door.first_waiting(), None);
    let elsewhere = message("motcua/v1/da-nang/kiosk/k1/evt", payload(5, "b", 1, NOW, &issued(1, "dat-dai")));
    let first = door.message(&elsewhere, NOW, true);
    assert_eq!(door.first_waiting(), first);
}
