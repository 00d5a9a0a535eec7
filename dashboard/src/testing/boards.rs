//! Boards and deltas for the unit tests.

use domain::board::{Board, Delta, Message};
use domain::{SiteId, Timestamp};
use serde_json::{Value, json};

pub fn site_id() -> SiteId {
    SiteId::new("tam-ky").unwrap()
}

fn at(seq: u64) -> Timestamp {
    Timestamp::from_ms(1_795_395_600_000 + i64::try_from(seq).unwrap() * 100)
}

fn counter(served: u64) -> Value {
    json!({"counter": "q5", "name": "Quầy 5", "place": "Tầng 1", "status": "open", "reason": null, "officer": "cb-1",
        "officer_name": "Trần Thị B", "field": "Đất đai", "services": ["dat-dai"], "ticket": "A012",
        "ticket_state": "serving", "since": at(0), "served": served, "service_mean_s": 420,
        "utilisation": 0.73, "ratings": {"n": 4, "satisfied": 4}})
}

fn service(waiting: u64) -> Value {
    json!({"service": "dat-dai", "name": "Đất đai", "field": "Đất đai", "department": "tn-mt", "waiting": waiting,
        "longest_wait_s": 1260, "next": ["A013"], "window_s": 900, "called": 12, "wait_mean_s": 640.5,
        "wait_p50_s": 600, "wait_p90_s": 1210, "arrivals": 15, "abandoned": 1, "open_counters": 2,
        "estimate": null, "estimate_reason": "not_enough_history", "opens_at": null, "promise": {"n": 140, "within": 129}})
}

fn ingest(accepted: u64) -> Value {
    json!({"accepted": accepted, "duplicate": 12, "late": 3, "unmatched": 0, "dead_letter": 1})
}

/// A board in which every list has a row; its figures follow from `seq`.
pub fn board(seq: u64) -> Board {
    let board = json!({"site": "tam-ky", "name": "Tam Kỳ", "seq": seq, "as_of": at(seq), "business_day": "2026-11-23",
        "time_zone": "Asia/Ho_Chi_Minh",
        "contacts": {"hotline": "1022"}, "hours": [{"open": "07:00", "close": "11:30"}],
        "services": [service(seq)], "counters": [counter(seq)],
        "calls": [{"call_seq": 991, "ticket": "A012", "counter": "q5", "service": "dat-dai", "priority": "normal",
            "ts": at(0), "recall": false}],
        "missed": [{"ticket": "A009", "counter": "q5", "ts": at(0)}],
        "zones": [{"camera": "cam-1", "zone": "waiting", "kind": "waiting", "counter": null, "level": 0.42,
            "motion": true, "people": null, "as_of": at(0)}],
        "waiting_area": {"level": 0.42, "people": null, "zones": 1, "known": 1},
        "ratings": {"n": 31, "by_level": {"satisfied": 31}, "unbound": 2},
        "devices": [{"device": "kiosk-1", "kind": "kiosk", "state": "ready", "age_s": 3, "skew_ms": 12, "gaps": 0,
            "flags": []}],
        "alerts": [{"alert": "a1", "rule": "counter_unattended", "severity": "warning", "counter": "q7",
            "camera": "cam-1", "zone": "quay-7", "since": at(0), "acknowledged_by": null}],
        "ingest": ingest(seq),
        "storage": {"state": "low", "since": at(0), "accepting": true, "days_left": 12, "free_bytes": 1048576,
            "backup_at": null}});
    serde_json::from_value(board).unwrap()
}

/// What `live/board` carries.
pub fn board_text(seq: u64) -> Vec<u8> {
    serde_json::to_vec(&board(seq)).unwrap()
}

/// The delta between `board(prev)` and `board(seq)`.
pub fn delta(prev: u64, seq: u64) -> Delta {
    let delta = json!({"prev": prev, "seq": seq, "as_of": at(seq), "services": [service(seq)],
        "counters": [counter(seq)], "ingest": ingest(seq)});
    serde_json::from_value(delta).unwrap()
}

/// What `live/delta` carries.
pub fn delta_text(prev: u64, seq: u64) -> String {
    serde_json::to_string(&Message::Delta(delta(prev, seq))).unwrap()
}

/// What `live/delta` carries when nothing happens.
pub fn alive_text(seq: u64) -> String {
    serde_json::to_string(&Message::Alive { seq, as_of: at(seq) }).unwrap()
}
