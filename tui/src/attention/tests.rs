use serde_json::{Value, json};

use super::*;

/// A board of one service, one counter and its console, changed by what the test says.
fn board(service: &Value, counter: &Value, device: &Value) -> (Board, Timestamp) {
    let with = |mut row: Value, news: &Value| {
        for (key, value) in news.as_object().unwrap() {
            row[key] = value.clone();
        }
        row
    };
    let service = with(
        json!({"service": "dat-dai", "name": "Đất đai", "field": null, "department": null, "waiting": 0,
            "longest_wait_s": null, "next": [], "window_s": 900, "called": 0, "wait_mean_s": null, "wait_p50_s": null,
            "wait_p90_s": null, "arrivals": 0, "abandoned": 0, "open_counters": 1, "estimate": null,
            "estimate_reason": null, "opens_at": null}),
        service,
    );
    let counter = with(
        json!({"counter": "q5", "name": "Quầy 5", "place": null, "status": "open", "reason": null, "officer": null,
            "officer_name": null, "field": null, "services": ["dat-dai"], "ticket": null, "ticket_state": null,
            "since": "2026-11-23T01:00:00Z", "served": 0, "service_mean_s": null}),
        counter,
    );
    let device = with(
        json!({"device": "q5", "kind": "counter", "state": "ready", "age_s": 3, "skew_ms": 0, "gaps": 0, "flags": []}),
        device,
    );
    let board = json!({"site": "s", "name": "S", "seq": 1, "as_of": "2026-11-23T01:20:00Z", "business_day": "2026-11-23",
        "contacts": {}, "hours": [], "services": [service], "counters": [counter], "calls": [], "missed": [],
        "zones": [], "ratings": {"n": 0, "by_level": {}, "unbound": 0}, "devices": [device], "alerts": []});
    let board: Board = serde_json::from_value(board).unwrap();
    let as_of = board.as_of;
    (board, as_of)
}

fn counter(service: &Value, row: &Value, device: &Value) -> Option<(Level, Why)> {
    let (board, as_of) = board(service, row, device);
    of_counter(&board, &board.counters[0], as_of).map(|it| (it.level, it.why))
}

#[test]
fn a_long_wait_is_a_warning_and_a_very_long_one_critical() {
    let level = |waiting: u32, longest: Value, open: Value| {
        let changed = json!({"waiting": waiting, "longest_wait_s": longest, "open_counters": open});
        let (board, _) = board(&changed, &json!({}), &json!({}));
        of_service(&board.services[0]).map(|it| (it.level, it.why))
    };
    assert_eq!(level(0, json!(null), json!(0)), None, "nobody waits: a closed service is no trouble");
    assert_eq!(level(3, json!(899), json!(1)), None);
    assert_eq!(level(3, json!(900), json!(1)), Some((Level::Warning, Why::LongWait)));
    assert_eq!(level(3, json!(1800), json!(null)), Some((Level::Critical, Why::LongWait)));
    assert_eq!(level(1, json!(10), json!(0)), Some((Level::Warning, Why::NoOpenCounter)));
    assert_eq!(level(1, json!(300), json!(0)), Some((Level::Critical, Why::NoOpenCounter)));
    let lunch = json!({"waiting": 3, "longest_wait_s": 5_400, "open_counters": 0, "opens_at": "2026-11-23T06:30:00Z"});
    let (board, _) = board(&lunch, &json!({}), &json!({}));
    assert_eq!(of_service(&board.services[0]), None, "it is closed, and says until when");
}

#[test]
fn a_free_or_paused_counter_is_trouble_only_while_somebody_waits_for_it() {
    let (none, waits) = (json!({}), json!({"waiting": 4, "longest_wait_s": 840}));
    assert_eq!(counter(&none, &none, &none), None);
    let idle = Some((Level::Critical, Why::IdleWhileWaiting { waiting: 4 }));
    assert_eq!(counter(&waits, &none, &none), idle, "free for 20 minutes");
    let just_come = json!({"waiting": 4, "longest_wait_s": 30});
    assert_eq!(counter(&just_come, &none, &none), None, "free for 20 minutes, but nobody has waited for two");
    assert_eq!(counter(&waits, &json!({"since": "2026-11-23T01:19:00Z"}), &none), None, "free for one");
    let paused = json!({"status": "paused"});
    assert_eq!(counter(&none, &paused, &none), None);
    assert_eq!(counter(&waits, &paused, &none), Some((Level::Warning, Why::PausedWhileWaiting { waiting: 4 })));
    assert_eq!(counter(&waits, &json!({"status": "closed"}), &none), None);
    assert_eq!(counter(&waits, &json!({"since": null}), &none), None, "since when is not known");
}

#[test]
fn a_call_without_a_beginning_is_trouble_only_where_beginnings_are_told() {
    let called = json!({"ticket": "A012", "ticket_state": "called"});
    assert_eq!(counter(&json!({}), &called, &json!({})), None, "an old queue machine never says that service began");
    let (mut board, as_of) = board(&json!({}), &called, &json!({}));
    let mut other = board.counters[0].clone();
    other.ticket_state = Some(TicketStage::Serving);
    board.counters.push(other);
    let why = of_counter(&board, &board.counters[0], as_of).map(|it| it.why);
    assert_eq!(why, Some(Why::NotCome));
}

#[test]
fn long_is_what_is_long_at_this_counter() {
    let visit = |since: &str, mean: Value| {
        let row = json!({"ticket": "A012", "ticket_state": "serving", "since": since, "service_mean_s": mean});
        counter(&json!({}), &row, &json!({}))
    };
    let long = Some((Level::Warning, Why::LongService));
    assert_eq!(visit("2026-11-23T00:45:00Z", json!(420)), long);
    assert_eq!(visit("2026-11-23T00:45:00Z", json!(1200)), None, "35 minutes are usual where 20 are the mean");
    assert_eq!(visit("2026-11-23T01:10:00Z", json!(null)), None);
}

#[test]
fn a_lost_console_is_the_counters_trouble_unless_it_is_closed() {
    let lost = json!({"state": "lost"});
    assert_eq!(counter(&json!({}), &json!({}), &lost), Some((Level::Warning, Why::DeviceGone)));
    assert_eq!(counter(&json!({}), &json!({"status": "closed"}), &lost), None);
}

#[test]
fn an_alert_names_its_counter_until_somebody_has_taken_it() {
    let (mut board, as_of) = board(&json!({}), &json!({}), &json!({}));
    let alert = json!({"alert": "a", "rule": "counter_unattended", "severity": "critical", "counter": "q5",
        "since": "2026-11-23T01:10:00Z", "acknowledged_by": null});
    board.alerts.push(serde_json::from_value(alert).unwrap());
    let found = of_counter(&board, &board.counters[0], as_of);
    assert_eq!(found, Some(Attention { level: Level::Critical, why: Why::Alert, for_ms: 600_000 }));
    board.alerts[0].acknowledged_by = Some("an".into());
    assert_eq!(of_counter(&board, &board.counters[0], as_of), None);
}

#[test]
fn one_lost_button_of_sixty_is_not_a_lost_kiosk() {
    let device = |news: &Value| {
        let (board, _) = board(&json!({}), &json!({}), news);
        of_device(&board.devices[0]).map(|it| (it.level, it.why))
    };
    assert_eq!(device(&json!({"kind": "rating", "state": "lost"})), Some((Level::Warning, Why::DeviceGone)));
    assert_eq!(device(&json!({"kind": "kiosk", "state": "lost"})), Some((Level::Critical, Why::DeviceGone)));
    assert_eq!(device(&json!({"kind": "wall", "flags": ["muted"]})), Some((Level::Warning, Why::DeviceFlag)));
    assert_eq!(device(&json!({"kind": "gateway", "flags": ["best_effort"]})), None);
    assert_eq!(device(&json!({"state": "sleeping"})), None, "it rests on purpose");
}

fn zone(news: &Value) -> ZoneRow {
    let mut row = json!({"camera": "cam-1", "zone": "quay-5", "kind": "counter", "counter": "q5", "level": 0.0,
        "motion": false, "people": null, "as_of": "2026-11-23T01:10:00Z"});
    for (key, value) in news.as_object().unwrap() {
        row[key] = value.clone();
    }
    serde_json::from_value(row).unwrap()
}

#[test]
fn nobody_is_called_away_whom_no_camera_misses() {
    let away = |row: &Value, zones: &[Value]| {
        let (mut board, _) = board(&json!({}), row, &json!({}));
        board.zones = zones.iter().map(zone).collect();
        is_away(&board, &board.counters[0])
    };
    let open = json!({});
    assert!(away(&open, &[json!({})]));
    assert!(!away(&open, &[]), "no camera looks");
    assert!(!away(&open, &[json!({"counter": "q6"})]), "another counter's");
    assert!(!away(&open, &[json!({"motion": true})]) && !away(&open, &[json!({"level": 0.3})]));
    assert!(!away(&open, &[json!({}), json!({"camera": "cam-2", "level": null})]), "one of two is dark");
    assert!(!away(&json!({"status": "closed"}), &[json!({})]));
}

#[test]
fn a_camera_without_a_picture_is_told_once_and_only_when_it_sees_nothing() {
    let dark = json!({"level": null, "motion": null});
    let told = |zones: &[Value], device: &Value| {
        let (mut board, as_of) = board(&json!({}), &json!({}), device);
        board.zones = zones.iter().map(zone).collect();
        without_picture(&board, as_of).map(|(_, it)| (it.why, it.for_ms)).collect::<Vec<_>>()
    };
    let lost = vec![(Why::NoPicture, 600_000)];
    let other = json!({"level": null, "zone": "cho"});
    assert_eq!(told(&[dark.clone(), other], &json!({})), lost);
    assert_eq!(told(&[dark.clone(), json!({"zone": "cho"})], &json!({})), []);
    assert_eq!(told(&[json!({"level": null, "as_of": null})], &json!({})), [], "it has never spoken");
    let gone = json!({"device": "cam-1", "kind": "camera", "state": "lost"});
    assert_eq!(told(&[dark], &gone), [], "its device is told of already");
}
