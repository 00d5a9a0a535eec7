use std::collections::BTreeSet;
use std::path::Path;

use domain::board::{Board, Message};
use domain::event::Body;
use jsonschema::Validator;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::schemas::event::{ENVELOPE, EVENTS};
use super::*;
use crate::topics::{DeviceTopic, TABLE};
use crate::wire;

#[test]
fn the_committed_documents_are_these() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let documents = all();
    for document in &documents {
        let committed = std::fs::read_to_string(root.join(&document.path)).unwrap_or_default();
        let same = committed == document.text;
        assert!(same, "{} differs: cargo run -p motcua-mqtt-config --example write-docs", document.path);
    }
    let kept: BTreeSet<String> = std::fs::read_dir(root.join("docs/schemas"))
        .unwrap()
        .map(|entry| format!("docs/schemas/{}", entry.unwrap().file_name().into_string().unwrap()))
        .collect();
    let made = documents.into_iter().map(|document| document.path).filter(|path| path.starts_with("docs/schemas/"));
    assert_eq!(kept, made.collect());
}

#[test]
fn every_payload_of_the_table_has_a_schema_and_no_other() {
    let schemas: BTreeSet<&str> = schemas::all().into_iter().map(|(name, _)| name).collect();
    assert_eq!(schemas, TABLE.iter().map(|row| row.payload).collect());
}

#[test]
fn every_type_of_event_has_a_row() {
    let rows: Vec<&str> = EVENTS.iter().map(|row| row.code).collect();
    assert_eq!(rows, Body::TYPES);
}

fn schema(name: &str) -> Validator {
    let (_, schema) = schemas::all().into_iter().find(|(schema, _)| *schema == name).unwrap();
    jsonschema::draft202012::meta::validate(&schema).unwrap();
    jsonschema::draft202012::options().should_validate_formats(true).build(&schema).unwrap()
}

fn assert_fits(schema: &Validator, value: &Value) {
    if let Err(error) = schema.validate(value) {
        panic!("{error} at {} of {value:#}", error.instance_path());
    }
}

#[test]
fn every_schema_is_a_schema() {
    for (name, _) in schemas::all() {
        schema(name);
    }
}

/// An event with every field of its row.
fn full(code: &str) -> Value {
    let mut event = json!({
        "id": "01ARZ3NDEKTSV4RRFFQ69G5FAV", "boot": "b1", "seq": 1, "ts": "2026-11-23T01:02:03Z", "type": code,
    });
    let row = EVENTS.iter().find(|row| row.code == code).unwrap();
    for field in row.required.iter().chain(row.optional) {
        event[*field] = match *field {
            "ticket" => "A012".into(),
            "priority" => "normal".into(),
            "channel" => if code == "rating.pressed" { "qr" } else { "kiosk" }.into(),
            "purpose" => "submit".into(),
            "outcome" => "received".into(),
            "level" if code == "rating.pressed" => "neutral".into(),
            "level" | "duration_s" | "pts_s" => 0.5.into(),
            "open_counters" | "people" => 2.into(),
            "services" => json!(["s-1"]),
            _ => "x-1".into(),
        };
    }
    event
}

/// The rows of the document are what the reader of payloads asks for: no field more, none less.
#[test]
fn rows_and_reader_ask_for_the_same_fields() {
    let (schema, topic) = (schema("event"), DeviceTopic::parse("motcua/v1/s/gateway/g/evt").unwrap());
    for row in EVENTS {
        let full = full(row.code);
        assert_fits(&schema, &full);
        let event = wire::parse_event(&topic, full.to_string().as_bytes()).unwrap();
        let written: Value = serde_json::from_str(&wire::event_json(&event)).unwrap();
        let fields = |event: &Value| event.as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>();
        assert_eq!(fields(&written), fields(&full), "{}", row.code);
        for field in ENVELOPE.iter().chain(row.required).chain(row.optional) {
            let mut without = full.clone();
            without.as_object_mut().unwrap().remove(*field);
            let must = !row.optional.contains(field);
            assert_eq!(schema.is_valid(&without), !must, "{} {field}", row.code);
            let read = wire::parse_event(&topic, without.to_string().as_bytes());
            assert_eq!(read.is_err(), must, "{} {field}: {read:?}", row.code);
        }
    }
}

#[test]
fn what_our_programs_write_fits() {
    let boot = domain::BootId::new("b1").unwrap();
    let ts = domain::Timestamp::from_ms(0);
    let fits = |name: &str, text: String| assert_fits(&schema(name), &serde_json::from_str(&text).unwrap());
    let status = wire::Status::new(domain::event::DeviceState::Lost, ts, boot, Some(0));
    fits("status", wire::json(&status));
    fits("meta", wire::json(&wire::Meta { model: Some("K1".into()), heartbeat_s: 30 }));
    fits("ack", wire::json(&wire::Ack { boot, seq: 1, older: vec![wire::OlderAck { boot, seq: 7 }] }));
    let replay = wire::CommandAction::Replay { boot, from_seq: 1, to_seq: 2 };
    for action in [wire::CommandAction::Rebirth, wire::CommandAction::Identify, replay] {
        fits("command", wire::json(&wire::Command { id: "c".into(), exp: ts, action }));
    }
    fits("done", wire::json(&wire::Done { id: "c".into(), ok: true, missing: Some(2) }));
    let letter = wire::DeadLetter {
        offset: 1,
        rx: ts,
        topic: "x".into(),
        reason: domain::event::DeadLetterReason::BadTopic,
        detail: String::new(),
        payload: String::new(),
    };
    let site = domain::SiteId::new("s").unwrap();
    fits("dead-letters", wire::json(&wire::DeadLetters { site, total: 1, dead_letters: vec![letter] }));
}

#[test]
fn an_outlook_fits() {
    let full = json!({
        "site": "tam-ky", "seq": 7, "as_of": "2026-11-23T01:02:03.004Z", "utc_offset_min": 420, "left_out": 1,
        "hours": [{"open": "2026-11-23T00:00:00.000Z", "close": "2026-11-23T04:30:00.000Z"}],
        "services": [{"service": "dat-dai", "waiting": 2, "policy": "priority", "staffing": 2, "no_show": 0.05,
            "hours": [{"open": "2026-11-23T01:00:00.000Z", "close": "2026-11-23T03:00:00.000Z"}],
            "line": [{"ticket": "A013", "priority": "elderly", "waited_s": 60, "p50_s": -5, "p90_s": 300,
                "reason": "counter_closed"}],
            "service_time": {"n": 20, "quantiles_s": vec![60; 10]}, "interval_s": 300.5, "calls_every_s": 120,
            "arrivals_per_h": vec![4; 24], "priority_share": 0.1, "leave_per_min": 0.01}],
        "counters": [{"counter": "q5", "services": ["dat-dai"], "open": false, "resumes": true,
            "busy": {"since_s": 30, "service": "dat-dai", "ticket": "A012"}}],
        "accuracy": {"by_ahead": [{"from": 15, "to": null, "n": 10.5, "within": 9}], "today": [],
            "by_hour": [{"from_min": 420, "n": 10.5, "within": 9}]}
    });
    let (_, named) = schemas::all().into_iter().find(|(name, _)| *name == "outlook").unwrap();
    let typed: domain::outlook::Outlook = serde_json::from_value(full.clone()).unwrap();
    for outlook in [full, serde_json::to_value(&typed).unwrap()] {
        assert_fits(&schema("outlook"), &outlook);
        assert_named(&named, &outlook, "outlook");
    }
}

/// Contract section 5, its example with every list filled.
fn board() -> Value {
    json!({
        "site": "tam-ky", "name": "n", "seq": 81_234, "as_of": "2026-11-23T01:02:03.004Z", "business_day": "2026-11-23",
        "contacts": {"hotline": "1", "email": "e"}, "hours": [{"open": "07:00", "close": "11:30"}],
        "services": [{"service": "dat-dai", "name": "n", "field": "f", "department": "d", "waiting": 7,
            "longest_wait_s": 1260, "next": ["A013"], "window_s": 900, "called": 12, "wait_mean_s": 640.5,
            "wait_p50_s": 600, "wait_p90_s": 1210, "arrivals": 15, "abandoned": 1, "open_counters": 2,
            "estimate": {"p50_s": 900, "p90_s": 1500, "resumes_at": "2026-11-23T06:30:00.000Z", "before_close": true},
            "estimate_reason": null, "opens_at": null, "closed_reason": "Kiểm kê", "promise": {"n": 140, "within": 129}}],
        "counters": [{"counter": "q5", "name": "n", "place": "p", "status": "open", "reason": null, "officer": "o",
            "officer_name": "n", "field": "f", "services": ["dat-dai"], "ticket": "A012", "ticket_state": "serving",
            "since": "2026-11-23T01:02:03.004Z", "served": 12, "service_mean_s": 420, "utilisation": 0.73,
            "ratings": {"n": 4, "satisfied": 4}}],
        "calls": [{"call_seq": 991, "ticket": "A012", "counter": "q5", "service": "dat-dai", "priority": "normal",
            "ts": "2026-11-23T01:02:03.004Z", "recall": false}],
        "missed": [{"ticket": "A009", "counter": "q5", "ts": "2026-11-23T01:02:03.004Z"}],
        "zones": [{"camera": "cam-1", "zone": "waiting", "kind": "waiting", "counter": null, "level": 0.42,
            "motion": true, "people": null, "as_of": "2026-11-23T01:02:03.004Z"}],
        "ratings": {"n": 31, "by_level": {"very_satisfied": 20}, "unbound": 2},
        "devices": [{"device": "kiosk-1", "kind": "kiosk", "state": "ready", "age_s": 3, "skew_ms": -12, "gaps": 0,
            "flags": ["clock_untrusted"]}],
        "alerts": [{"alert": "a", "rule": "r", "severity": "warning", "counter": "q7",
            "camera": "cam-1", "zone": "waiting", "since": "2026-11-23T01:02:03.004Z", "acknowledged_by": null}],
        "ingest": {"accepted": 120_345, "duplicate": 12, "late": 3, "unmatched": 0, "dead_letter": 0}
    })
}

/// Every key that the type writes is one that the schema names, at every depth.
fn assert_named(schema: &Value, value: &Value, at: &str) {
    let variants = schema.get("anyOf").and_then(Value::as_array);
    let schema = variants.map_or(schema, |variants| &variants[0]);
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                let named =
                    schema["properties"].get(name).unwrap_or_else(|| panic!("{at}.{name} is not in the schema"));
                assert_named(named, field, &format!("{at}.{name}"));
            }
        }
        Value::Array(items) => items.iter().for_each(|item| assert_named(&schema["items"], item, at)),
        _ => {}
    }
}

#[test]
fn the_board_and_its_messages_fit() {
    let (_, board_schema) = schemas::all().into_iter().find(|(name, _)| *name == "board").unwrap();
    assert_fits(&schema("board"), &board());
    let typed: Board = serde_json::from_value(board()).unwrap();
    let written = serde_json::to_value(&typed).unwrap();
    assert_fits(&schema("board"), &written);
    assert_named(&board_schema, &written, "board");

    let mut delta = board();
    delta.as_object_mut().unwrap().remove("site");
    delta["type"] = "delta".into();
    delta["prev"] = 81_233.into();
    delta["removed"] = json!({"zones": ["cam-1+waiting"], "calls": [990], "services": ["s"], "missed": ["A001"]});
    let snapshot = json!({"type": "snapshot", "seq": 81_234, "board": written});
    let alive = json!({"type": "alive", "seq": 1, "as_of": "2026-11-23T01:02:03.004Z"});
    for message in [delta, snapshot, alive] {
        assert_fits(&schema("message"), &message);
        let typed: Message = serde_json::from_value(message).unwrap();
        assert_fits(&schema("message"), &serde_json::to_value(&typed).unwrap());
    }
    let row = &typed.counters[0];
    let display = serde_json::to_value(wire::CounterDisplay::of(row, typed.as_of)).unwrap();
    assert_fits(&schema("counter-display"), &display);
    let calls = serde_json::to_value(wire::Calls { as_of: typed.as_of, calls: typed.calls }).unwrap();
    assert_fits(&schema("calls"), &calls);
}

proptest! {
    #[test]
    fn every_event_fits(event in wire::tests::arbitrary::event()) {
        let event: Value = serde_json::from_str(&wire::event_json(&event)).unwrap();
        thread_local!(static SCHEMA: Validator = schema("event"));
        SCHEMA.with(|schema| assert_fits(schema, &event));
    }
}
