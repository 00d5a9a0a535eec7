//! With `--discover` anybody on this machine may send as a device and hear what is for everybody;
//! the boards are for the dashboard's account alone, and only the collector writes live topics.

use std::thread;

use harness::mqtt::{listen, publish};
use harness::program::{Motcua, board_until};

const SITE: &str = "tam-ky";
const FORGED: &[u8] = br#"{"forged":true}"#;
const EVT: &str = "motcua/v1/tam-ky/gateway/machine/evt";

fn event(seq: u32, rest: &str) -> Vec<u8> {
    let ts = format!("2026-11-23T01:00:{seq:02}Z");
    format!(r#"{{"id":"00000000-0000-4000-8000-{seq:012}","boot":"b1","seq":{seq},"ts":"{ts}",{rest}}}"#).into_bytes()
}

#[test]
fn anonymous_clients_hear_calls_but_no_board() {
    let motcua = Motcua::recorded("Asia/Ho_Chi_Minh");
    let heard = thread::scope(|scope| {
        let listening = scope.spawn(|| listen(&motcua, "motcua/v1/+/live/#", 8, None));
        publish(
            &motcua,
            EVT,
            &event(1, r#""type":"ticket.issued","ticket":"A001","service":"s","priority":"normal""#),
            &[],
        );
        publish(&motcua, EVT, &event(2, r#""type":"ticket.called","ticket":"A001","counter":"q5""#), &[]);
        for topic in ["live/calls", "live/board", "host/collector/status"] {
            publish(&motcua, &format!("motcua/v1/{SITE}/{topic}"), FORGED, &["-r"]);
        }
        listening.join().unwrap()
    });
    let topics: Vec<&str> = heard.iter().filter_map(|line| line.split(' ').next()).collect();
    let count = |end: &str| topics.iter().filter(|topic| topic.ends_with(end)).count();
    assert_eq!(count("/live/board") + count("/live/delta") + count("/live/dead-letters"), 0, "{topics:?}");
    assert!(count("/live/calls") > 0 && count("/live/counter/q5") > 0, "{topics:?}");
    assert!(heard.iter().all(|line| !line.contains("forged")), "{heard:?}");
    board_until(&motcua, SITE, std::time::Duration::from_secs(5), "the call", |board| {
        if board["calls"][0]["ticket"] == "A001" { Ok(()) } else { Err(board["calls"].to_string()) }
    });
    let kept = listen(&motcua, "motcua/v1/+/host/#", 1, None);
    assert!(kept.iter().all(|line| !line.contains("forged")), "{kept:?}");
    println!("{} messages heard by an anonymous client: {topics:?}", heard.len());
}
