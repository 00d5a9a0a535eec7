//! An outlook for the unit tests.

use domain::outlook::Outlook;
use serde_json::json;

/// What `live/outlook` carries: twelve wait for the one service that the board has, with one
/// counter and five minutes a call.
pub fn outlook_text() -> Vec<u8> {
    outlook_json().to_string().into_bytes()
}

/// The same as a value.
pub fn outlook() -> Outlook {
    serde_json::from_value(outlook_json()).unwrap()
}

fn outlook_json() -> serde_json::Value {
    let ticket = |k: u32| {
        json!({"ticket": format!("A{:03}", 12 + k), "waited_s": (13 - k) * 60, "p50_s": k * 300, "p90_s": k * 400,
            "reason": if k == 12 { Some("counter_closed") } else { None }})
    };
    json!({"site": "tam-ky", "seq": 1, "as_of": "2026-11-23T01:00:00.100Z", "utc_offset_min": 420, "hours": null,
        "services": [{"service": "dat-dai", "waiting": 12, "line": (1..=12).map(ticket).collect::<Vec<_>>(),
            "interval_s": 300.0, "arrivals_per_h": vec![6.0; 24], "leave_per_min": 0.005, "no_show": 0.05}],
        "counters": [{"counter": "q5", "services": ["dat-dai"], "open": true,
            "busy": {"since_s": 60, "service": "dat-dai", "ticket": "A012"}}],
        "accuracy": {"by_ahead": [{"from": 1, "to": 4, "n": 120.5, "within": 110.0}, {"from": 15, "to": null, "n": 8.0, "within": 6.0}],
            "by_hour": [{"from_min": 420, "n": 40.0, "within": 35.0}], "today": []}})
}
