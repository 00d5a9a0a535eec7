//! R21: poison and a long queue wait for a collector that was away.

use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use harness::http;
use harness::program::Motcua;
use harness::torture::Scenario;
use harness::wait::eventually;
use harness::wire::{Heard, Hello, Link};
use serde_json::{Value, json};

use crate::check::ZONE;

const SITE: &str = "backlog";
/// What the collector holds un-acknowledged at most, and what its last read may add.
const UNACKED: u64 = 22_000;
const PROGRESS: Duration = Duration::from_secs(120);
const KIB: usize = 1024;

#[test]
fn r21_poison_and_a_long_queue_are_drained_once_without_a_loop() {
    let scenario = Scenario::begin("R21");
    let queued = scenario.size(20_000, 100_000);
    let motcua = Motcua::recorded(ZONE);
    // A collector that is killed stays away while its supervisor stands still.
    let still = motcua.stand_still().unwrap();
    motcua.kill("collector").unwrap();
    let sent = fill(&motcua, queued);
    drop(still);
    let begin = Instant::now();
    let mut most_unacked = 0;
    eventually(PROGRESS, "everything queued on the board", || {
        most_unacked = most_unacked.max(unacked(&motcua));
        let ingest = motcua.board(SITE)?["ingest"].clone();
        let count = |key: &str| ingest[key].as_u64().unwrap_or_default();
        let all = count("accepted") == sent.good && count("dead_letter") == sent.bad && count("duplicate") == 0;
        if all { Ok(()) } else { Err(format!("{} good, {} bad were sent: {ingest}", sent.good, sent.bad)) }
    });
    // The collector's start is in it.
    let drained_s = begin.elapsed().as_secs_f64();
    let connections = motcua.log().matches("Connected to the broker.").count();
    assert_eq!(connections, 2, "the collector connected once in each life");
    assert_eq!(motcua.log().matches("panicked").count(), 0);
    assert!(most_unacked <= UNACKED, "{most_unacked} messages were un-acknowledged");
    scenario.tell(json!({"what": "messages queued while the collector was away", "n": queued, "accepted": sent.good,
        "dead_letters": sent.bad, "refused_by_the_broker": sent.refused, "lost": 0, "reconnects": 0,
        "drained_s": drained_s, "drained_per_s": (queued as f64 / drained_s).round(), "unacked_max": most_unacked}));
}

/// What must come out of what was sent.
struct Sent {
    good: u64,
    bad: u64,
    /// Larger than the broker takes: it cuts the sender off.
    refused: u64,
}

fn fill(motcua: &Motcua, queued: u64) -> Sent {
    let mut sent = Sent { good: 0, bad: 0, refused: 0 };
    let mut machine = Machine::connect(motcua);
    while sent.good + sent.bad < queued {
        let made = sent.good + sent.bad;
        match made % 1_000 {
            // Over the client libraries' usual limit, a good event all the same.
            100 => sent.good += machine.say(Some(11 * KIB)),
            // Kept as dead letters: too large, much too large, not JSON.
            200 => sent.bad += machine.say_raw(&vec![b'x'; 64 * KIB + 1]),
            300 => sent.bad += machine.say_raw(&vec![b'{'; 120 * KIB]),
            400 => sent.bad += machine.say_raw(b"\0"),
            // Ignored: nothing was said.
            500 => {
                machine.say_raw(b"");
                sent.good += machine.say(None);
            }
            _ => sent.good += machine.say(None),
        }
    }
    machine.catch_up(0);
    // Beyond what the broker takes: it must not come through, and whoever sent it is cut off.
    let mut link = Machine::connect(motcua).link;
    drop(link.publish(&topic(), &vec![b'x'; 129 * KIB], false));
    sent.refused += 1;
    let cut = eventually(PROGRESS, "the broker to cut off who sent too much", || match link.hear(SHORT) {
        Err(_) => Ok(true),
        Ok(_) => Err("it listens".to_owned()),
    });
    assert!(cut);
    sent
}

const SHORT: Duration = Duration::from_millis(20);

fn topic() -> String {
    format!("motcua/v1/{SITE}/gateway/machine/evt")
}

/// An old queue machine that never waits for the collector.
struct Machine {
    link: Link,
    seq: u64,
    on_the_way: u64,
}

impl Machine {
    fn connect(motcua: &Motcua) -> Self {
        let hello = Hello { client: "machine", keep_alive_s: 60, will: None };
        let link = Link::open((Ipv4Addr::LOCALHOST, motcua.mqtt_port), hello).unwrap();
        Self { link, seq: 0, on_the_way: 0 }
    }

    /// A ticket of its own, as large as is asked; gives 1.
    fn say(&mut self, size: Option<usize>) -> u64 {
        self.seq += 1;
        let seq = self.seq;
        let at = harness::oracle::Instant { ms: 1_795_392_000_000 + seq as i64, offset_ms: 0 };
        let mut event = json!({"id": format!("00000000-0000-4000-8000-{seq:012}"), "boot": "b1", "seq": seq,
            "ts": at.to_string(), "type": "ticket.issued", "ticket": format!("A{seq}"), "service": "dat-dai",
            "priority": "normal"});
        if let Some(size) = size {
            event["note"] = Value::from("x".repeat(size));
        }
        self.say_raw(event.to_string().as_bytes())
    }

    fn say_raw(&mut self, payload: &[u8]) -> u64 {
        self.link.publish(&topic(), payload, false).unwrap();
        self.on_the_way += 1;
        self.catch_up(2_000);
        1
    }

    /// Waits until at most so many are not taken by the broker yet.
    fn catch_up(&mut self, most: u64) {
        let begin = Instant::now();
        while self.on_the_way > most {
            assert!(begin.elapsed() < PROGRESS, "the broker takes nothing any more");
            let heard = self.link.hear(SHORT).unwrap();
            self.on_the_way -= heard.iter().filter(|one| matches!(one, Heard::Taken(_))).count() as u64;
        }
    }
}

/// What the collector says of itself; 0 while it says nothing.
fn unacked(motcua: &Motcua) -> u64 {
    let Ok(metrics) = http::get(&motcua.http, "/metrics") else { return 0 };
    let line = metrics.body.lines().find_map(|line| line.strip_prefix("motcua_collector_messages_unacked "));
    line.and_then(|number| number.parse::<f64>().ok()).map_or(0, |number| number as u64)
}
