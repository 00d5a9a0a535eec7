//! What cannot be used is kept, counted and listed with its reason; and what only looks wrong is
//! no dead letter.

use std::time::Duration;

use harness::mqtt::{listen, publish};
use harness::program::{Motcua, board_until};
use harness::wait::eventually;
use serde_json::{Value, json};

const SITE: &str = "tam-ky";
const SOON: Duration = Duration::from_secs(5);

/// A device that numbers its events.
struct Device<'a> {
    motcua: &'a Motcua,
    topic: String,
    seq: u64,
}

impl<'a> Device<'a> {
    fn new(motcua: &'a Motcua, kind: &str, device: &str) -> Self {
        Self { motcua, topic: format!("motcua/v1/{SITE}/{kind}/{device}/evt"), seq: 0 }
    }

    /// The next event of this device: the envelope, and over it `fields` (`null` takes one away).
    fn event(&mut self, fields: Value) -> Value {
        self.seq += 1;
        let kind: u64 = self.topic.bytes().map(u64::from).sum();
        let mut event = json!({"id": format!("00000000-0000-4000-{kind:04}-{:012}", self.seq), "boot": "b1",
            "seq": self.seq, "ts": format!("2026-11-23T01:{:02}:{:02}Z", self.seq / 60, self.seq % 60)});
        for (name, value) in fields.as_object().unwrap() {
            event[name] = value.clone();
        }
        event.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        event
    }

    fn send(&mut self, fields: Value) {
        let event = self.event(fields).to_string();
        self.send_raw(event.as_bytes());
    }

    fn send_raw(&self, payload: &[u8]) {
        publish(self.motcua, &self.topic, payload, &[]);
    }

    /// Sends what cannot be used.
    fn refused(&self, reason: &'static str, payload: &[u8]) -> Refused {
        self.send_raw(payload);
        Refused { reason, topic: self.topic.clone(), payload: payload.to_vec() }
    }
}

/// What cannot be used, and why.
struct Refused {
    reason: &'static str,
    topic: String,
    payload: Vec<u8>,
}

impl Refused {
    fn is_listed(&self, letter: &Value) {
        assert_eq!((&letter["reason"], &letter["topic"]), (&json!(self.reason), &json!(self.topic)), "{letter}");
        assert!(letter["rx"].is_string() && letter["detail"].is_string(), "{letter}");
        let kept = letter["payload"].as_str().unwrap();
        let sent = String::from_utf8_lossy(&self.payload);
        assert!(sent.starts_with(kept) && kept.len() >= sent.len().min(4_000), "{kept:?} is kept of {sent:?}");
    }
}

fn listed(motcua: &Motcua, total: usize, what: &str) -> Vec<Value> {
    eventually(SOON, &format!("{total} dead letters ({what})"), || {
        let letters = motcua.dead_letters(SITE)?;
        let list = letters["dead_letters"].as_array().cloned().unwrap_or_default();
        if letters["total"] == total && list.len() == total { Ok(list) } else { Err(letters.to_string()) }
    })
}

fn issued(ticket: &str) -> Value {
    json!({"type": "ticket.issued", "ticket": ticket, "service": "dat-dai", "priority": "normal"})
}

fn with(mut fields: Value, name: &str, value: Value) -> Value {
    fields[name] = value;
    fields
}

#[test]
fn every_reason_is_counted_and_listed() {
    let motcua = Motcua::recorded("Asia/Ho_Chi_Minh");
    let mut machine = Device::new(&motcua, "gateway", "machine");
    machine.send(issued("A001"));
    let mut refused = unreadable(&mut machine);
    refused.extend(wrong_fields(&mut machine));
    refused.extend(wrong_devices(&motcua));
    refused.extend(contradictions(&mut machine));
    let newest_first = listed(&motcua, refused.len(), "all of them");
    for (refused, letter) in refused.iter().rev().zip(&newest_first) {
        refused.is_listed(letter);
    }
    board_until(&motcua, SITE, SOON, "every dead letter", |board| {
        let ingest = &board["ingest"];
        let right = ingest["dead_letter"] == refused.len() && ingest["accepted"] == 2;
        if right { Ok(()) } else { Err(format!("{} were sent: {ingest}", refused.len())) }
    });
    println!("{} dead letters, each listed with its reason", refused.len());
}

fn unreadable(machine: &mut Device) -> Vec<Refused> {
    // Each a new event: the number of an unreadable one may be read all the same.
    let mut text = || machine.event(issued("A002")).to_string();
    let large = text().replacen('{', &format!(r#"{{"note":"{}","#, "x".repeat(17 * 1024)), 1);
    let twice = text().replacen('{', r#"{"ticket":"A003","#, 1);
    let cut = text().replace('}', "");
    let not_utf8 = [text().replace('}', r#","note":""#).as_bytes(), &[0xff, 0xfe], br#""}"#].concat();
    vec![
        machine.refused("too_large", large.as_bytes()),
        machine.refused("bad_json", cut.as_bytes()),
        machine.refused("bad_json", &not_utf8),
        machine.refused("not_an_object", b"[1,2]"),
        machine.refused("not_an_object", b"7"),
        machine.refused("duplicate_key", twice.as_bytes()),
    ]
}

fn wrong_fields(machine: &mut Device) -> Vec<Refused> {
    let cases = [
        ("missing_field", "ticket", Value::Null),
        ("missing_field", "service", Value::Null),
        ("missing_field", "id", Value::Null),
        ("missing_field", "boot", Value::Null),
        ("missing_field", "seq", Value::Null),
        ("missing_field", "type", Value::Null),
        ("wrong_field", "priority", json!("vip")),
        ("wrong_field", "ticket", json!(5)),
        ("wrong_field", "seq", json!("one")),
        ("unknown_type", "type", json!("ticket.eaten")),
        ("bad_id", "service", json!("Đất đai")),
        ("bad_id", "service", json!("x".repeat(33))),
        ("bad_id", "ticket", json!("a001")),
        ("bad_id", "ticket", json!("A0123456789012")),
        ("bad_time", "ts", json!("yesterday")),
        ("bad_time", "ts", json!("2026-11-23T01:02:03")),
    ];
    let send = |(reason, field, value): (&'static str, &str, Value)| {
        let payload = machine.event(with(issued("A002"), field, value)).to_string();
        machine.refused(reason, payload.as_bytes())
    };
    cases.into_iter().map(send).collect()
}

fn wrong_devices(motcua: &Motcua) -> Vec<Refused> {
    let cases = [
        ("counter", "q5", json!({"type": "counter.opened", "counter": "q6"})),
        ("counter", "q7", json!({"type": "ticket.called", "ticket": "A001", "counter": "q6"})),
        ("camera", "cam-1", json!({"type": "camera.online", "camera": "cam-2"})),
        ("rating", "tablet", issued("A002")),
        ("kiosk", "kiosk-1", json!({"type": "ticket.called", "ticket": "A001", "counter": "q5"})),
    ];
    let send = |(kind, device, fields): (&str, &str, Value)| {
        let mut device = Device::new(motcua, kind, device);
        let payload = device.event(fields).to_string();
        device.refused("wrong_device", payload.as_bytes())
    };
    cases.into_iter().map(send).collect()
}

fn contradictions(machine: &mut Device) -> Vec<Refused> {
    let first = machine.event(issued("A010"));
    machine.send_raw(first.to_string().as_bytes());
    let same_seq =
        with(with(first.clone(), "ticket", json!("A011")), "id", json!("00000000-0000-4000-9000-000000000001"));
    let same_id = with(machine.event(issued("A012")), "id", first["id"].clone());
    let open_still = machine.event(issued("A010"));
    let cases = [("conflict", same_seq), ("conflict", same_id), ("ticket_exists", open_still)];
    cases.map(|(reason, event)| machine.refused(reason, event.to_string().as_bytes())).into()
}

#[test]
fn a_number_that_is_never_issued_ends_as_unknown_ticket() {
    let motcua = Motcua::recorded("Asia/Ho_Chi_Minh");
    let mut machine = Device::new(&motcua, "gateway", "machine");
    let on = |day: u32, fields: Value| with(fields, "ts", json!(format!("2026-11-{day:02}T01:00:00Z")));
    machine.send(on(23, issued("A001")));
    machine.send(on(23, json!({"type": "ticket.finished", "ticket": "A099"})));
    let unmatched = |n: u64, dead: u64| {
        move |board: &Value| {
            let ingest = &board["ingest"];
            if ingest["unmatched"] == n && ingest["dead_letter"] == dead { Ok(()) } else { Err(ingest.to_string()) }
        }
    };
    board_until(&motcua, SITE, SOON, "one unmatched", unmatched(1, 0));
    machine.send(on(24, issued("A001")));
    board_until(&motcua, SITE, SOON, "one unmatched on the next day still", unmatched(1, 0));
    machine.send(on(25, issued("A001")));
    let letters = listed(&motcua, 1, "unknown_ticket");
    assert_eq!(letters[0]["reason"], "unknown_ticket", "{letters:?}");
    board_until(&motcua, SITE, SOON, "one dead letter", unmatched(0, 1));
}

#[test]
fn a_call_before_its_issue_is_announced_and_waits_for_it() {
    let motcua = Motcua::recorded("Asia/Ho_Chi_Minh");
    let mut machine = Device::new(&motcua, "gateway", "machine");
    machine.send(issued("A001"));
    machine.send(json!({"type": "ticket.called", "ticket": "A002", "counter": "q5"}));
    board_until(&motcua, SITE, SOON, "the call", |board| {
        let call = &board["calls"][0];
        let row = &board["services"][0];
        let seen = call["ticket"] == "A002" && call["counter"] == "q5" && board["ingest"]["unmatched"] == 1;
        let no_wait = row["called"] == 0 && row["wait_mean_s"].is_null();
        if seen && no_wait { Ok(()) } else { Err(board.to_string()) }
    });
    // Its issue was on its way longer: it happened before the call.
    let issue = machine.event(with(issued("A002"), "ts", json!("2026-11-23T01:00:01.500Z")));
    machine.send_raw(issue.to_string().as_bytes());
    board_until(&motcua, SITE, SOON, "the wait", |board| {
        let row = &board["services"][0];
        let matched = board["ingest"]["unmatched"] == 0 && board["ingest"]["dead_letter"] == 0;
        let wait = row["called"] == 1 && row["wait_mean_s"] == 0.5 && row["arrivals"] == 2 && row["waiting"] == 1;
        if matched && wait { Ok(()) } else { Err(board.to_string()) }
    });
}

#[test]
fn what_only_looks_wrong_is_used() {
    let motcua = Motcua::recorded("Asia/Ho_Chi_Minh");
    let mut machine = Device::new(&motcua, "gateway", "machine");
    machine.send(with(issued("A001"), "colour", json!("unknown fields are ignored")));
    machine.send_raw(b"");
    let retained = machine.event(issued("A002")).to_string();
    publish(&motcua, &machine.topic, retained.as_bytes(), &["-r"]);
    let again = machine.event(issued("A003")).to_string();
    machine.send_raw(again.as_bytes());
    machine.send_raw(again.as_bytes());
    board_until(&motcua, SITE, SOON, "three tickets", |board| {
        let ingest = &board["ingest"];
        let counted = ingest["accepted"] == 3 && ingest["dead_letter"] == 0 && ingest["duplicate"] == 1;
        if counted && board["services"][0]["waiting"] == 3 { Ok(()) } else { Err(board.to_string()) }
    });
    eventually(SOON, "the retained copy to be cleared", || match listen(&motcua, &machine.topic, 1, Some(1)) {
        kept if kept.is_empty() => Ok(()),
        kept => Err(format!("the broker keeps {kept:?}")),
    });
}
