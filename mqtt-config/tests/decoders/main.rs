//! Everything of this crate that reads bytes of others, given the kept corpus and inputs made
//! worse from it; and that the work grows no faster than the input.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

include!("../../../fuzz/hammer.rs");

mod judge;

use std::time::{Duration, Instant};

const TRIES: usize = 20_000;

#[test]
fn r8_events() {
    hammer("event", TRIES, judge::event);
}

#[test]
fn r8_what_devices_say_of_themselves() {
    hammer("status", TRIES, judge::status);
    hammer("meta", TRIES, judge::meta);
    hammer("camera", TRIES, judge::camera);
}

#[test]
fn r8_what_the_collector_says_to_devices_and_their_answers() {
    hammer("ack", TRIES, judge::ack);
    hammer("command", TRIES, judge::command);
    hammer("done", TRIES, judge::done);
}

#[test]
fn r8_topics() {
    hammer("topic", TRIES, judge::topics);
}

#[test]
fn r8_site_files() {
    hammer("site", TRIES / 10, judge::site);
}

#[test]
fn r8_work_grows_no_faster_than_the_input() {
    let shapes: [fn(usize) -> String; 4] = [
        |n| "[".repeat(n),
        |n| format!("{{\"a\":{}", "{\"a\":".repeat(n)),
        |n| format!("{{\"type\":\"{}\"}}", "\\u0041".repeat(n)),
        |n| (0..n).map(|key| format!("{}\"k{key}\":1", if key == 0 { "{" } else { "," })).collect::<String>() + "}",
    ];
    let spent = |input: &[u8]| {
        let began = Instant::now();
        (0..20).for_each(|_| judge::event(input));
        began.elapsed()
    };
    for shape in shapes {
        let (small, large) = (shape(1_000), shape(10_000));
        let (few, many) = (spent(small.as_bytes()), spent(large.as_bytes()));
        // Ten times the input; a square would be a hundred times the work.
        assert!(many < few * 60 + Duration::from_millis(300), "{few:?} and {many:?}: {}", &small[..20]);
    }
}
