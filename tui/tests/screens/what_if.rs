//! The window of a what-if: asked, answered, not known, refused.

use serde_json::{Value, json};
use tui::keys::Stroke;
use tui::message::What;
use tui::model::{Colours, Lang, Model, Overlay, Settings, Size, Trouble};
use tui::sample::{HEARD_MS, say};

use super::golden::check;
use super::{SMALL, WIDE, text};

fn asked(size: Size, settings: Settings) -> Model {
    let mut model = tui::sample::model(size, settings, 40);
    for key in ['1', 'j', 'n'] {
        say(&mut model, HEARD_MS + 100, What::Key(Stroke::char(key)));
    }
    model
}

/// The server's word on the question that the model has asked: as things are, and then.
fn told(model: &mut Model, answer: Result<[Value; 2], Trouble>) {
    let Some(Overlay::WhatIf { asked, .. }) = &model.overlay else { panic!("nothing was asked") };
    let (service, more) = (asked.service, asked.more);
    let answer = answer.map(|[base, changed]| {
        let gain = json!({"mean_s": 1204.5, "se_s": 41.0, "runs": 300});
        let answer = json!({"id": 1, "summary": {"vi": "…", "en": "…"}, "site": "tam-ky", "seq": 1,
            "as_of": model.as_of, "changes": [], "horizon_min": 240, "runs": 300, "seed": 0,
            "services": [{"service": service, "base": base, "changed": changed, "gain": gain}]});
        serde_json::from_value(answer).expect("it is an answer")
    });
    say(model, HEARD_MS + 200, What::Answered { service, more, answer });
}

fn range(p50: u32, p90: u32) -> Value {
    json!({"p50_s": p50, "p90_s": p90, "p50_se_s": 20, "p90_se_s": 40, "reason": null})
}

fn unknown(reason: &str) -> Value {
    json!({"p50_s": null, "p90_s": null, "p50_se_s": null, "p90_se_s": null, "reason": reason})
}

fn forecast(wait: Value, empty: Value, waiting: [u32; 3]) -> Value {
    let waiting: Vec<Value> = [30, 60, 120]
        .iter()
        .zip(waiting)
        .map(|(min, p90)| json!({"after_min": min, "p50": p90 / 2, "p90": p90}))
        .collect();
    json!({"wait_now": wait.clone(), "wait_next_hour": wait, "waiting": waiting, "empty": empty, "abandoned": 0.12,
        "no_show": null})
}

fn sooner() -> [Value; 2] {
    [
        forecast(range(1_500, 2_490), range(3_600, 4_230), [12, 14, 3]),
        forecast(range(660, 1_080), range(1_200, 1_500), [5, 3, 0]),
    ]
}

#[test]
fn a_question_is_being_reckoned_then_answered() {
    let mut model = asked(SMALL, Settings::default());
    check("what-if-asked", &model);
    told(&mut model, Ok(sooner()));
    check("what-if", &model);
    let screen = text(&model);
    assert!(screen.contains("42′ → 18′"), "{screen}");
}

#[test]
fn in_english_without_colour_and_in_ascii() {
    let settings = Settings { lang: Lang::En, ascii: true, colours: Colours::None, ..Settings::default() };
    let mut model = asked(WIDE, settings);
    told(&mut model, Ok(sooner()));
    assert!(text(&model).is_ascii());
    check("what-if", &model);
}

#[test]
fn what_is_not_known_is_said_and_why() {
    let mut model = asked(SMALL, Settings::default());
    let base = forecast(unknown("no_open_counter"), unknown("not_enough_history"), [12, 14, 3]);
    told(&mut model, Ok([base, forecast(range(0, 0), unknown("closed"), [5, 3, 0])]));
    check("what-if-unknown", &model);
    let mut model = asked(SMALL, Settings::default());
    told(&mut model, Err(Trouble::Busy));
    check("what-if-busy", &model);
}
