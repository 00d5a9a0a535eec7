//! The ordinary clock: what happens now, told by a plain MQTT 3.1.1 client, is on the board at once.

use std::time::{Duration, Instant as Clock};

use harness::mqtt::{Publisher, Version};
use harness::oracle::Instant;
use harness::program::Motcua;
use harness::wait::eventually;

const EVENTS: usize = 20;

#[test]
fn what_happens_now_is_on_the_board_within_a_second() {
    let motcua = Motcua::start(&["--discover"], None);
    let mut machine = Publisher::connect(&motcua, Version::V311, "motcua/v1/tam-ky/gateway/machine/evt");
    // The first event also opens the site; the promise is for those after.
    machine.publish(&issued_now(1));
    eventually(Duration::from_secs(10), "the site", || motcua.board("tam-ky"));

    let mut took = Vec::new();
    for seq in 2..=EVENTS {
        machine.publish(&issued_now(seq));
        let begin = Clock::now();
        eventually(Duration::from_secs(10), &format!("ticket {seq} on the board"), || {
            let row = motcua.board("tam-ky")?["services"][0].clone();
            if row["waiting"] == seq && row["arrivals"] == seq { Ok(()) } else { Err(row.to_string()) }
        });
        took.push(begin.elapsed());
    }
    let board = motcua.board("tam-ky").unwrap();
    let row = &board["services"][0];
    assert_eq!((&row["service"], &row["next"][0]), (&"dat-dai".into(), &"A001".into()));
    assert_eq!((&board["ingest"]["accepted"], &board["ingest"]["dead_letter"]), (&EVENTS.into(), &0.into()));
    let longest = row["longest_wait_s"].as_f64().unwrap();
    assert!((0.0..60.0).contains(&longest), "the first has waited {longest} s");
    took.sort_unstable();
    // Other tests share the machine: one slow event says nothing, most of them do.
    let (usual, slowest) = (took[took.len() / 2], took[took.len() - 1]);
    assert!(usual < Duration::from_secs(1), "{took:?}");
    println!("{EVENTS} events, on the board within {usual:?}, the slowest {slowest:?}");
}

fn issued_now(seq: usize) -> String {
    let now = Instant::now();
    format!(
        r#"{{"id":"00000000-0000-4000-8000-{seq:012}","boot":"b1","seq":{seq},"ts":"{now}","type":"ticket.issued","ticket":"A{seq:03}","service":"dat-dai","priority":"normal"}}"#
    )
}
