//! What would be with more counters: asked once, answered where it was asked.

use domain::ServiceId;
use domain::board::Public;
use domain::outlook::Answer;
use tui::keys::{Code, Stroke};
use tui::message::{Action, Effect, What};
use tui::model::{Overlay, Pane, RowId, Trouble, WhatIf, WhatIfAnswer};

use super::Desk;

fn asked(desk: &Desk) -> &WhatIf {
    match &desk.model.overlay {
        Some(Overlay::WhatIf { asked, .. }) => asked,
        other => panic!("{other:?}"),
    }
}

fn asks(action: &Action) -> Option<(ServiceId, u32)> {
    action.effects.iter().find_map(|effect| match effect {
        Effect::AskWhatIf { service, more } => Some((*service, *more)),
        _ => None,
    })
}

fn answer() -> Answer {
    let text = r#"{"site":"tam-ky","seq":1,"as_of":"2026-11-23T02:30:00.000Z","changes":[],"horizon_min":240,"runs":300,
        "seed":0,"services":[]}"#;
    serde_json::from_str(text).unwrap()
}

#[test]
fn a_question_is_of_the_service_under_the_cursor() {
    let mut desk = Desk::new();
    desk.types("1jj");
    let Some(RowId::Service(service)) = desk.selected() else { panic!("a service is selected") };
    assert_eq!(asks(&desk.types("n")), Some((service, 1)));
    // Asked already: not twice.
    assert_eq!(asks(&desk.types("n")), None);
    desk.say(What::Answered { service, more: 1, answer: Ok(answer()) });
    assert_eq!(asked(&desk).answer, WhatIfAnswer::Known(Box::new(answer())));
    assert_eq!(asks(&desk.types("n")), Some((service, 2)));
    // An answer to the question before is none to this one.
    desk.say(What::Answered { service, more: 1, answer: Ok(answer()) });
    assert_eq!(asked(&desk).answer, WhatIfAnswer::Asked);
    desk.say(What::Answered { service, more: 2, answer: Err(Trouble::Busy) });
    assert_eq!(asked(&desk).answer, WhatIfAnswer::Refused(Trouble::Busy));
    desk.press(Code::Esc);
    assert_eq!(desk.model.overlay, None);
    let late = desk.say(What::Answered { service, more: 2, answer: Ok(answer()) });
    assert_eq!((late, &desk.model.overlay), (Action::none(), &None), "nobody looks any more");
}

#[test]
fn a_counter_stands_for_its_service_and_nothing_for_the_first() {
    let mut desk = Desk::new();
    desk.types("2j");
    let Some(RowId::Counter(id)) = desk.selected() else { panic!("a counter is selected") };
    let serves = desk.board().counters.iter().find(|row| row.counter == id).unwrap().services[0];
    assert_eq!(asks(&desk.types("n")), Some((serves, 1)));
    desk.press(Code::Esc);
    desk.types("8");
    desk.press(Code::Esc);
    let Some(RowId::Service(first)) = desk.model.rows(Pane::Services).first().cloned() else { panic!("services") };
    let with_control = desk.say(What::Key(Stroke::ctrl('n')));
    assert_eq!(asks(&with_control), Some((first, 1)));
}

#[test]
fn whom_the_server_would_refuse_is_told_without_asking() {
    let mut desk = Desk::new();
    desk.hears(Public::make_public);
    let action = desk.types("1jn");
    assert_eq!(asks(&action), None);
    assert_eq!(asked(&desk).answer, WhatIfAnswer::Refused(Trouble::Forbidden));
}

#[test]
fn more_and_more_counters_begin_again_at_one() {
    let mut desk = Desk::new();
    desk.types("1jn");
    let counts: Vec<u32> = (0..5)
        .map(|_| {
            let WhatIf { service, more, .. } = *asked(&desk);
            desk.say(What::Answered { service, more, answer: Ok(answer()) });
            asks(&desk.types("n")).unwrap().1
        })
        .collect();
    assert_eq!(counts, [2, 3, 4, 1, 2]);
}
