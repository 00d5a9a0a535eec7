//! What a device answers to the command to say something again.

use domain::dedupe::{Ack, Span};
use domain::event::DeviceKind;
use domain::{BootId, DeviceId};

use super::*;

fn span(from_seq: u64, to_seq: u64) -> Span {
    let (device, boot) = (DeviceId::new("g1").unwrap(), BootId::new("b").unwrap());
    Span { kind: DeviceKind::Gateway, device, boot, from_seq, to_seq }
}

fn say(door: &mut Door, seq: u32) {
    let text = payload(seq, "b", seq.into(), NOW, &issued(seq, "dat-dai"));
    door.message(&message(GATEWAY, text), NOW, true);
}

/// Mark and gaps of the device.
fn stands(door: &Door) -> (u64, u64) {
    let Span { kind, device, .. } = span(1, 1);
    let sequences = &door.sites()[0].dedupe.sequences;
    (sequences.ack(kind, device).map_or(0, |Ack { seq, .. }| seq), sequences.gaps(kind, device))
}

fn done(door: &mut Door, text: &str) {
    let done = wire::parse_done(text.as_bytes()).unwrap();
    door.done(0, &span(2, 8), &done, NOW);
}

#[test]
fn what_was_lost_on_the_way_is_not_given_up_with_what_is_not_to_be_had() {
    let dir = tempfile::tempdir().unwrap();
    let mut door = hue(dir.path());
    [1, 9].into_iter().for_each(|seq| say(&mut door, seq));
    // It has 6, 7 and 8; 8 is lost once more.
    [6, 7].into_iter().for_each(|seq| say(&mut door, seq));
    done(&mut door, r#"{"id":"c","ok":true,"missing":4}"#);
    assert_eq!(stands(&door), (1, 0), "five are missing, and the device has one of them");
    done(&mut door, r#"{"id":"c","ok":true}"#);
    assert_eq!(stands(&door), (1, 0));
    say(&mut door, 8);
    done(&mut door, r#"{"id":"c","ok":true,"missing":4}"#);
    assert_eq!(stands(&door), (9, 4));
    say(&mut door, 3);
    assert_eq!(counts(&door), (6, 0, 0), "what comes after all counts");
}

#[test]
fn a_device_that_cannot_say_again_gives_up_what_is_not_here() {
    let dir = tempfile::tempdir().unwrap();
    let mut door = hue(dir.path());
    [1, 5, 9].into_iter().for_each(|seq| say(&mut door, seq));
    done(&mut door, r#"{"id":"c","ok":false}"#);
    assert_eq!(stands(&door), (9, 6));
}
