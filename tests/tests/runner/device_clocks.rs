//! What was measured of a device's clock outlives the collector: what happened while none ran keeps
//! its time, though the device's own clock is hours off.

use std::time::{Duration, Instant as Clock};

use harness::mqtt::{Publisher, Version};
use harness::oracle::Instant;
use harness::program::{Motcua, board_until, command};
use harness::wait::eventually;
use serde_json::{Value, json};

const SITE: &str = "tam-ky";
const LIMIT: Duration = Duration::from_secs(60);
/// The device's clock is behind by as much, milliseconds.
const BEHIND_MS: i64 = 3 * 3_600_000;
/// Between the ticket and its call.
const WAIT: Duration = Duration::from_secs(2);
/// How long there is no collector after the call.
const AWAY: Duration = Duration::from_secs(6);

/// A queue machine without a clock of any worth, which counts the milliseconds since it began.
struct Machine {
    began: Clock,
    status: Publisher,
    evt: Publisher,
    seq: u64,
}

impl Machine {
    fn new(motcua: &Motcua) -> Self {
        let topic = |channel| format!("motcua/v1/{SITE}/gateway/machine/{channel}");
        Self {
            began: Clock::now(),
            status: Publisher::connect(motcua, Version::V5, &topic("status")),
            evt: Publisher::connect(motcua, Version::V5, &topic("evt")),
            seq: 0,
        }
    }

    /// What stands in each of its words; and the true time.
    fn word(&self) -> (Value, i64) {
        let now = Instant::now().ms;
        let ts = Instant { ms: now - BEHIND_MS, offset_ms: 0 }.to_string();
        (json!({"ts": ts, "boot": "b1", "up_ms": self.began.elapsed().as_millis() as u64}), now)
    }

    fn beat(&mut self) {
        let (mut word, _) = self.word();
        word["state"] = "ready".into();
        self.status.publish(&word.to_string());
    }

    /// Says what happens now; gives the true time of it.
    fn say(&mut self, what: Value) -> i64 {
        self.seq += 1;
        let (mut word, now) = self.word();
        word["id"] = format!("00000000-0000-4000-8000-{:012}", self.seq).into();
        word["seq"] = self.seq.into();
        word.as_object_mut().unwrap().extend(what.as_object().unwrap().clone());
        self.evt.publish(&word.to_string());
        now
    }
}

fn passes(time: Duration, what: &str) {
    let begin = Clock::now();
    eventually(LIMIT, what, || if begin.elapsed() >= time { Ok(()) } else { Err("not yet".to_owned()) });
}

/// When the events are said to have happened and were received, ms since 1970.
fn exported(motcua: &Motcua) -> Vec<(i64, i64)> {
    let text = command(&["export-events", "--data-dir", motcua.data.path().to_str().unwrap()]);
    let events = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let time = |event: &Value, name: &str| Instant::parse(event[name].as_str().unwrap()).unwrap().ms;
    events.map(|event| (time(&event, "at"), time(&event, "rx"))).collect()
}

#[test]
fn what_happens_while_no_collector_runs_keeps_its_time() {
    let motcua = Motcua::start(&["--discover"], None);
    let mut machine = Machine::new(&motcua);
    eventually(LIMIT, "the machine's clock to be measured", || {
        machine.beat();
        let row = motcua.board(SITE)?["devices"][0].clone();
        let skew = row["skew_ms"].as_i64().ok_or_else(|| row.to_string())?;
        if (skew + BEHIND_MS).abs() <= 1_000 { Ok(()) } else { Err(row.to_string()) }
    });
    let kept = motcua.data.path().join("device-clocks");
    eventually(LIMIT, "what was measured to be kept", || {
        if kept.is_file() { Ok(()) } else { Err("there is no such file".to_owned()) }
    });

    let ticket = json!({"type": "ticket.issued", "ticket": "A001", "service": "dat-dai", "priority": "normal"});
    let issued = machine.say(ticket);
    board_until(&motcua, SITE, LIMIT, "the ticket", |board| {
        if board["ingest"]["accepted"] == 1 { Ok(()) } else { Err(board["ingest"].to_string()) }
    });
    let still = motcua.stand_still().unwrap();
    motcua.kill_collector().unwrap();
    passes(WAIT, "the ticket's wait");
    let called = machine.say(json!({"type": "ticket.called", "ticket": "A001", "counter": "q1"}));
    passes(AWAY, "the time without a collector");
    drop(still);

    board_until(&motcua, SITE, LIMIT, "the call", |board| {
        let row = &board["services"][0];
        let wait = row["wait_mean_s"].as_f64().ok_or_else(|| row.to_string())?;
        let off = (wait * 1_000.0) as i64 - (called - issued);
        if off.abs() <= 1_000 { Ok(()) } else { Err(format!("the wait is {off} ms off")) }
    });
    let [(first, _), (second, received)] = exported(&motcua)[..] else { panic!("two events were said") };
    let off = (first - issued, second - called);
    assert!(off.0.abs() <= 1_000 && off.1.abs() <= 1_000, "{off:?} ms off");
    assert!(received - called >= 5_000, "the call came late, after {} ms", received - called);
    println!("at is {off:?} ms off, the call came after {} ms", received - called);
}
