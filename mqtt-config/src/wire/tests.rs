use DeadLetterReason as Why;
use domain::event::{Body, DeviceState, Event};
use domain::{CounterId, Timestamp};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::*;
use crate::topics::DeviceTopic;

pub(crate) mod arbitrary;

fn on(kind: &str, device: &str) -> DeviceTopic {
    DeviceTopic::parse(format!("motcua/v1/tam-ky/{kind}/{device}/evt")).unwrap()
}

fn gateway() -> DeviceTopic {
    on("gateway", "gw-1")
}

/// A good event with some fields replaced; `null` takes a field away.
fn with(changes: &Json) -> String {
    let mut event = json!({
        "id": "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b", "boot": "b1", "seq": 7, "ts": "2026-11-23T08:02:03.004+07:00",
        "type": "ticket.issued", "ticket": "A012", "service": "dat-dai", "priority": "normal"
    });
    for (key, value) in changes.as_object().unwrap() {
        match value {
            Json::Null => drop(event.as_object_mut().unwrap().remove(key)),
            value => event[key] = value.clone(),
        }
    }
    event.to_string()
}

fn read(changes: &Json) -> Result<Event, Refusal> {
    parse_event(&gateway(), with(changes).as_bytes())
}

fn refused(payload: &[u8]) -> (Why, String) {
    let refusal = parse_event(&gateway(), payload).unwrap_err();
    (refusal.reason, refusal.detail)
}

#[test]
fn an_event_is_read() {
    let event = read(&json!({"up_ms": 5, "channel": "kiosk", "new_field": {"a": [1, {}]}})).unwrap();
    assert_eq!(event.envelope.ts, Timestamp::parse("2026-11-23T01:02:03.004Z").unwrap());
    assert_eq!((event.envelope.seq, event.envelope.up_ms), (7, Some(5)));
    assert_eq!(event.body.type_code(), "ticket.issued");
}

#[test]
fn every_type_of_the_contract_is_read() {
    let fields = json!({
        "id": "01ARZ3NDEKTSV4RRFFQ69G5FAV", "boot": 3, "seq": 1, "ts": "2026-11-23T01:02:03Z", "ticket": "A1",
        "service": "s", "priority": "child", "counter": "q1", "open_counters": 2, "camera": "c", "zone": "z",
        "motion": "m", "duration_s": 2.5
    });
    for code in Body::TYPES {
        let mut event = fields.clone();
        event["type"] = (*code).into();
        event["level"] = if *code == "rating.pressed" { "neutral".into() } else { 0.5.into() };
        assert_eq!(parse_event(&gateway(), event.to_string().as_bytes()).unwrap().body.type_code(), *code);
    }
}

#[test]
fn a_field_of_another_type_is_an_unknown_field() {
    assert!(read(&json!({"level": {"no": "level"}, "people": -1, "to_service": 5})).is_ok());
}

#[test]
fn an_explicit_null_is_an_absent_field() {
    let event = with(&json!({})).replace('}', r#","up_ms":null,"purpose":null}"#);
    assert!(parse_event(&gateway(), event.as_bytes()).is_ok());
    let event = with(&json!({"ticket": null})).replace('}', r#","ticket":null}"#);
    assert_eq!(refused(event.as_bytes()).0, Why::MissingField);
}

#[test]
fn boot_may_be_a_number() {
    assert_eq!(read(&json!({"boot": 42})), read(&json!({"boot": "42"})));
}

/// Contract section 1, the list of dead letters, field by field.
#[test]
fn what_cannot_be_used_has_a_reason_and_names_the_field() {
    for (changes, reason, field) in [
        (json!({"id": null}), Why::MissingField, "id"),
        (json!({"id": "x"}), Why::BadId, "id"),
        (json!({"id": 5}), Why::WrongField, "id"),
        (json!({"boot": null}), Why::MissingField, "boot"),
        (json!({"boot": ""}), Why::BadId, "boot"),
        (json!({"boot": 1.5}), Why::WrongField, "boot"),
        (json!({"seq": null}), Why::MissingField, "seq"),
        (json!({"seq": 0}), Why::WrongField, "seq"),
        (json!({"seq": -1}), Why::WrongField, "seq"),
        (json!({"seq": 1.0}), Why::WrongField, "seq"),
        (json!({"seq": "1"}), Why::WrongField, "seq"),
        (json!({"seq": 1_u64 << 53}), Why::WrongField, "seq"),
        (json!({"ts": null}), Why::BadTime, "ts"),
        (json!({"ts": 1_700_000_000}), Why::BadTime, "ts"),
        (json!({"ts": "2026-11-23T08:02:03"}), Why::BadTime, "ts"),
        (json!({"up_ms": -1}), Why::WrongField, "up_ms"),
        (json!({"type": null}), Why::MissingField, "type"),
        (json!({"type": 1}), Why::WrongField, "type"),
        (json!({"type": "ticket.eaten"}), Why::UnknownType, "type"),
        (json!({"type": "ticket"}), Why::UnknownType, "type"),
        (json!({"ticket": null}), Why::MissingField, "ticket"),
        (json!({"ticket": "a012"}), Why::BadId, "ticket"),
        (json!({"service": "Đất đai"}), Why::BadId, "service"),
        (json!({"priority": null}), Why::MissingField, "priority"),
        (json!({"priority": "vip"}), Why::WrongField, "priority"),
        (json!({"channel": "button"}), Why::WrongField, "channel"),
        (json!({"procedure": []}), Why::WrongField, "procedure"),
        (json!({"type": "counter.opened"}), Why::MissingField, "counter"),
        (json!({"type": "counter.opened", "counter": "q1", "services": "s"}), Why::WrongField, "services"),
        (json!({"type": "counter.opened", "counter": "q1", "services": ["s", 1]}), Why::WrongField, "services"),
        (json!({"type": "counter.opened", "counter": "q1", "services": ["S"]}), Why::BadId, "services"),
        (json!({"type": "service.staffing", "open_counters": -2}), Why::WrongField, "open_counters"),
        (json!({"type": "service.staffing", "open_counters": 1_u64 << 32}), Why::WrongField, "open_counters"),
        (json!({"type": "rating.pressed", "level": "great"}), Why::WrongField, "level"),
        (json!({"type": "rating.pressed"}), Why::MissingField, "level"),
        (json!({"type": "camera.occupancy", "camera": "c", "zone": "z"}), Why::MissingField, "level"),
        (json!({"type": "camera.occupancy", "camera": "c", "zone": "z", "level": 1.01}), Why::WrongField, "level"),
        (json!({"type": "camera.occupancy", "camera": "c", "zone": "z", "level": -0.1}), Why::WrongField, "level"),
    ] {
        let refusal = read(&changes).unwrap_err();
        assert_eq!(refusal.reason, reason, "{changes}: {refusal}");
        assert!(refusal.detail.starts_with(&format!("{field}: ")), "{changes}: {refusal}");
        assert!(refusal.detail.chars().count() <= MAX_TEXT_CHARS, "{refusal}");
    }
}

#[test]
fn a_motion_has_its_level_and_its_end_has_its_duration() {
    let motion = |code: &str, level: Option<f64>, duration_s: Option<f64>| {
        let refused = read(&json!({"type": code, "camera": "c", "zone": "z", "motion": "m", "level": level,
            "duration_s": duration_s}));
        refused.map_err(|refusal| refusal.reason).err()
    };
    assert_eq!(motion("camera.motion_started", Some(0.5), None), None);
    assert_eq!(motion("camera.motion_started", None, None), Some(Why::MissingField));
    assert_eq!(motion("camera.motion_ended", Some(0.5), Some(2.0)), None);
    assert_eq!(motion("camera.motion_ended", Some(0.5), None), Some(Why::MissingField));
    assert_eq!(motion("camera.motion_ended", Some(0.5), Some(-1.0)), Some(Why::WrongField));
}

#[test]
fn what_is_no_json_object_has_a_reason() {
    let good = with(&json!({}));
    for (payload, reason) in [
        (b"".as_slice(), Why::BadJson),
        (b"hello", Why::BadJson),
        (b"{\"id\":\"\xff\"}", Why::BadJson),
        (b"{\"reason\":\"a\\u0000b\"}", Why::BadJson),
        (b"{\"x\":\"\\ud800\"}", Why::BadJson),
        (b"{\"x\":NaN}", Why::BadJson),
        (b"{\"a\":1,}", Why::BadJson),
        (b"\0{}", Why::BadJson),
        (&good.as_bytes()[..good.len() - 1], Why::BadJson),
        (&format!("{good}x").into_bytes(), Why::BadJson),
        (b"[1,2]", Why::NotAnObject),
        (b"\"text\"", Why::NotAnObject),
        (b"null", Why::NotAnObject),
        (b"5", Why::NotAnObject),
    ] {
        assert_eq!(refused(payload).0, reason, "{}", String::from_utf8_lossy(payload));
    }
}

#[test]
fn a_number_that_no_one_can_hold_is_a_wrong_field() {
    let event = with(&json!({})).replace('}', r#","level":1e999}"#);
    assert_eq!(refused(event.as_bytes()), (Why::WrongField, refused(event.as_bytes()).1));
    assert!(refused(event.as_bytes()).1.starts_with("level: "));
}

#[test]
fn a_key_twice_is_refused_whether_ours_or_not() {
    let twice = |extra: &str| refused(with(&json!({})).replace('}', extra).as_bytes());
    assert_eq!(twice(r#","ticket":"A012"}"#), (Why::DuplicateKey, "ticket".into()));
    assert_eq!(twice(r#","up_ms":null,"up_ms":1}"#), (Why::DuplicateKey, "up_ms".into()));
    assert_eq!(twice(r#","x":1,"y":2,"x":3}"#), (Why::DuplicateKey, "x".into()));
    assert_eq!(twice(r#","x":1,"\u0078":3}"#), (Why::DuplicateKey, "x".into()));
}

#[test]
fn a_number_that_is_cut_is_not_believed() {
    let whole = r#"{"boot":"b1","seq":1234,"id":7}"#;
    let seq = |payload: &str| parse_event(&gateway(), payload.as_bytes()).unwrap_err().seq;
    assert_eq!(seq(whole), Some(1234));
    for end in 0..whole.len() {
        // Believed once another key shows that it is whole.
        let expected = (end >= whole.find("\"id\"").unwrap() + 4).then_some(1234);
        assert_eq!(seq(&whole[..end]), expected, "{}", &whole[..end]);
    }
    assert_eq!(seq(r#"{"boot":"b1","seq":12x34,"id":7}"#), None);
}

#[test]
fn a_refusal_still_has_its_place_in_the_sequence() {
    for payload in [
        with(&json!({"ticket": "a"})),
        with(&json!({})).replace('}', ",\"ticket\":1}"),
        with(&json!({"type": null})).replace('}', ",\"x\":"),
        with(&json!({"reason": "x".repeat(MAX_PAYLOAD)})),
    ] {
        let refusal = parse_event(&gateway(), payload.as_bytes()).unwrap_err();
        assert_eq!((refusal.boot.map(|boot| boot.to_string()), refusal.seq), (Some("b1".into()), Some(7)), "{refusal}");
    }
}

#[test]
fn sixteen_kib_is_the_limit() {
    let fill = |bytes: usize| with(&json!({})).replace('}', &format!(",\"x\":\"{}\"}}", "a".repeat(bytes)));
    let spare = MAX_PAYLOAD - fill(0).len();
    assert!(parse_event(&gateway(), fill(spare).as_bytes()).is_ok());
    assert_eq!(refused(fill(spare + 1).as_bytes()).0, Why::TooLarge);
}

#[test]
fn depth_is_refused_before_the_stack_notices() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let deep = format!("{{\"x\":{}1{}}}", open.repeat(2_000), close.repeat(2_000));
        assert_eq!(refused(deep.as_bytes()).0, Why::BadJson);
        let bomb = format!("{{\"services\":{}", open.repeat(25_000));
        assert_eq!(refused(bomb.as_bytes()).0, Why::TooLarge);
    }
}

#[test]
fn long_reasons_are_cut_at_a_character() {
    let event = read(&json!({"type": "ticket.held", "reason": "ế".repeat(200)})).unwrap();
    let Body::TicketHeld { reason: Some(reason), .. } = event.body else { panic!("{event:?}") };
    assert_eq!(&*reason, "ế".repeat(MAX_TEXT_CHARS));
}

#[test]
fn a_counters_own_topic_says_which_counter() {
    let called = |device: &str, counter: Json| {
        let payload = with(&json!({"type": "ticket.called", "counter": counter}));
        let event = parse_event(&on("counter", device), payload.as_bytes()).unwrap();
        (check_device(&on("counter", device), &event).map_err(|refusal| refusal.reason), event.body)
    };
    let (allowed, body) = called("q5", Json::Null);
    let Body::TicketCalled { counter, .. } = body else { panic!("{body:?}") };
    assert_eq!((allowed, counter), (Ok(()), CounterId::new("q5").ok()));
    assert_eq!(called("q5", "q5".into()).0, Ok(()));
    assert_eq!(called("q5", "q6".into()).0, Err(Why::WrongDevice));
}

/// Contract section 1: which kind may say what.
#[test]
fn a_device_speaks_only_for_itself() {
    let all = json!({"counter": "dev", "camera": "dev", "zone": "z", "motion": "m", "duration_s": 2.5,
        "open_counters": 1});
    let may = |kind: &str, code: &str| {
        let mut changes = all.clone();
        changes["type"] = code.into();
        changes["level"] = if code == "rating.pressed" { "neutral".into() } else { 0.5.into() };
        let topic = on(kind, "dev");
        let event = parse_event(&topic, with(&changes).as_bytes()).unwrap();
        match check_device(&topic, &event) {
            Ok(()) => true,
            Err(refusal) => {
                assert_eq!((refusal.reason, refusal.seq), (Why::WrongDevice, Some(7)));
                false
            }
        }
    };
    for code in Body::TYPES {
        let family = code.split('.').next().unwrap();
        assert!(may("gateway", code) && may("host", code), "{code}");
        assert!(!may("wall", code), "{code}");
        assert_eq!(may("kiosk", code), ["ticket.issued", "ticket.cancelled"].contains(code), "{code}");
        assert_eq!(may("rating", code), *code == "rating.pressed", "{code}");
        assert_eq!(may("camera", code), family == "camera", "{code}");
        assert_eq!(may("counter", code), ["ticket", "counter", "rating"].contains(&family), "{code}");
    }
    let other = with(&json!({"type": "camera.offline", "camera": "cam-2"}));
    let event = parse_event(&on("camera", "cam-1"), other.as_bytes()).unwrap();
    assert!(check_device(&on("camera", "cam-1"), &event).is_err());
}

#[test]
fn status_meta_and_done_are_read() {
    let status = parse_status(br#"{"state":"ready","ts":"2026-11-23T01:02:03Z","boot":9,"fw":"1.2"}"#).unwrap();
    assert_eq!((status.state, status.up_ms, status.boot.as_str()), (DeviceState::Ready, None, "9"));
    assert_eq!(parse_status(json(&status).as_bytes()), Ok(status));
    assert_eq!(parse_status(br#"{"state":"asleep"}"#).unwrap_err().reason, Why::WrongField);
    assert_eq!(parse_meta(b"{}").unwrap().heartbeat_s, 30);
    assert_eq!(parse_meta(br#"{"heartbeat_s":0}"#).unwrap_err().reason, Why::WrongField);
    let done = parse_done(br#"{"id":"c1","ok":false,"missing":[3,4]}"#).unwrap();
    assert_eq!((&*done.id, done.ok, done.missing), ("c1", false, Some(2)));
    assert_eq!(parse_done(json(&done).as_bytes()), Ok(done));
    assert_eq!(parse_done(br#"{"id":"c1"}"#).unwrap_err().reason, Why::MissingField);
}

#[test]
fn a_cameras_state_speaks_of_that_camera() {
    let topic = on("camera", "cam-1");
    let state = |camera: &str| format!(r#"{{{camera}"zone":"z","level":0.25,"ts":"2026-11-23T01:02:03Z"}}"#);
    let occupancy = parse_occupancy(&topic, state("").as_bytes()).unwrap();
    assert_eq!((occupancy.camera.as_str(), occupancy.level, occupancy.people), ("cam-1", 0.25, None));
    let other = parse_occupancy(&topic, state(r#""camera":"cam-2","#).as_bytes());
    assert_eq!(other.unwrap_err().reason, Why::WrongDevice);
}

#[test]
fn what_the_collector_writes_a_device_reads() {
    let boot = BootId::new("b2").unwrap();
    let ack = Ack { boot, seq: 9, older: vec![OlderAck { boot: BootId::new("b1").unwrap(), seq: 4 }] };
    assert_eq!(json(&ack), r#"{"boot":"b2","seq":9,"older":[{"boot":"b1","seq":4}]}"#);
    assert_eq!(parse_ack(json(&ack).as_bytes()), Ok(ack));
    let action = CommandAction::Replay { boot, from_seq: 1, to_seq: 3 };
    let command = Command { id: "c1".into(), exp: Timestamp::from_ms(0), action };
    let text = r#"{"id":"c1","exp":"1970-01-01T00:00:00.000Z","type":"replay","boot":"b2","from_seq":1,"to_seq":3}"#;
    assert_eq!(json(&command), text);
    assert_eq!(parse_command(text.as_bytes()), Ok(command));
    assert_eq!(parse_ack(b"{").unwrap_err().reason, Why::BadJson);
    assert_eq!(parse_command(br#"{"type":"dance"}"#).unwrap_err().reason, Why::WrongField);
}

#[test]
fn a_simple_display_gets_at_most_256_bytes() {
    let longest = CounterDisplay {
        ticket: domain::TicketNumber::new("ABCDEFGHIJKL").ok(),
        ticket_state: Some(domain::board::TicketStage::Serving),
        status: domain::event::CounterStatus::Paused,
        since: Some(Timestamp::MAX),
        as_of: Timestamp::MAX,
    };
    assert!(json(&longest).len() <= 256, "{}", json(&longest));
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(event in arbitrary::event()) {
        prop_assert_eq!(parse_event(&gateway(), event_json(&event).as_bytes()), Ok(event));
    }

    #[test]
    fn no_bytes_panic(bytes: Vec<u8>) {
        let _ = parse_event(&gateway(), &bytes);
        let _ = (parse_status(&bytes), parse_meta(&bytes), parse_done(&bytes));
        let _ = (parse_ack(&bytes), parse_command(&bytes), parse_occupancy(&on("camera", "c"), &bytes));
    }

    /// Closer to the mark: a good event with one piece of it overwritten, cut out or repeated.
    #[test]
    fn no_damage_panics(event in arbitrary::event(), at: prop::sample::Index, len in 0..20_usize, with: Vec<u8>) {
        let mut bytes = event_json(&event).into_bytes();
        let from = at.index(bytes.len());
        let to = (from + len).min(bytes.len());
        bytes.splice(from..to, with);
        if let Err(refusal) = parse_event(&on("counter", "q1"), &bytes) {
            prop_assert!(refusal.detail.chars().count() <= MAX_TEXT_CHARS);
        }
    }
}
