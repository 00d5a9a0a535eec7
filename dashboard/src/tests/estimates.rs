//! The range that a wall shows, in the server's words and in the scripts': `web/tests/estimates.json`
//! is made here, and the scripts are held to it.

use std::fmt::Write as _;
use std::path::Path;

use domain::Seconds;
use domain::board::Estimate;
use domain::shown::Range;

/// Seconds about every edge there is, and some of the middle.
const ENDS: [f64; 22] = [
    0.0, 0.001, 45.5, 59.999, 60.0, 60.001, 119.9, 120.0, 300.001, 540.0, 599.999, 600.0, 600.001, 660.0, 900.0,
    900.001, 1_000.5, 1_200.0, 3_540.0, 3_600.001, 10_800.0, 36_000.0,
];

fn estimate(p50_s: f64, p90_s: f64) -> Estimate {
    let seconds = |value: f64| Seconds::from_ms((value * 1_000.0).round() as i64);
    Estimate { p50_s: seconds(p50_s), p90_s: seconds(p90_s), resumes_at: None, before_close: None }
}

fn row(text: &mut String, (p50_s, p90_s): (f64, f64), Range { from, to }: Range) {
    let comma = if text.ends_with('[') { "" } else { "," };
    write!(text, "{comma}\n    [{p50_s}, {p90_s}, {from}, {to}]").unwrap();
}

/// Estimates that drift down and up and tremble, as a queue's do; always the same.
fn course(mut seed: u64) -> impl Iterator<Item = (f64, f64)> {
    let mut noise = move || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((seed >> 40) % 200) as f64 - 100.0
    };
    (0..160_i32).map(move |n| {
        let drift = f64::from((n - 80).abs()) * 25.0;
        let p50 = (drift + noise()).max(0.0);
        (p50, p50 * 1.5 + noise().abs())
    })
}

fn cases() -> String {
    let mut text = String::from("{\n  \"first\": [");
    for (at, low) in ENDS.into_iter().enumerate() {
        for high in ENDS[at..].iter().step_by(3) {
            row(&mut text, (low, *high), Range::of(&estimate(low, *high)));
        }
    }
    for seed in 1..=2 {
        write!(text, "\n  ],\n  \"course {seed}\": [").unwrap();
        let mut shown: Option<Range> = None;
        for (p50_s, p90_s) in course(seed) {
            let estimate = estimate(p50_s, p90_s);
            let next = shown.map_or_else(|| Range::of(&estimate), |shown| shown.after(&estimate));
            row(&mut text, (p50_s, p90_s), next);
            shown = Some(next);
        }
    }
    text.push_str("\n  ]\n}\n");
    text
}

#[test]
fn the_scripts_are_held_to_the_server_s_own_ranges() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("web/tests/estimates.json");
    let made = cases();
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, &made).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(made == kept, "{} is old: UPDATE_GOLDEN=1 writes it", path.display());
}
