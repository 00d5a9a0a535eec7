//! Any order of delivery gives the state of the ordered run, over the day's end too, where the
//! queue is kept.

use std::collections::BTreeMap;

use domain::event::{Body, DeadLetterReason, RatingLevel};
use domain::waits::WaitFigures;
use domain::{CounterId, Timestamp};
use proptest::prelude::*;

use super::days::Step;
use super::overnight::Site;
use super::{DAY, HOUR, number, t};

const STEPS: [Step; 12] = [
    Step::Issued,
    Step::Issued,
    Step::Issued,
    Step::Called,
    Step::Called,
    Step::Started,
    Step::Finished,
    Step::NoShow,
    Step::Cancelled,
    Step::Held,
    Step::Returned,
    Step::Recalled,
];

/// An event: which one in order, when, what, and on which day it comes (0: its own, 1: the next).
type Event = (u64, i64, Body, i64);

fn midnight() -> i64 {
    Timestamp::parse("2026-11-23T00:00:00+07:00").unwrap().ms()
}

fn body(kind: u8, ticket: u8, level: u8) -> Body {
    let text = format!("A{ticket}");
    match STEPS.get(usize::from(kind)) {
        Some(step) => at_a_counter(step.body(&text), level),
        None => Body::RatingPressed {
            level: RatingLevel::ALL[usize::from(level) % 5],
            counter: None,
            ticket: Some(number(&text)),
            officer: None,
            channel: None,
        },
    }
}

/// Some calls name a counter, which ends whoever is there.
fn at_a_counter(body: Body, which: u8) -> Body {
    match body {
        Body::TicketCalled { ticket, officer, .. } if which < 3 => {
            Body::TicketCalled { ticket, counter: Some(CounterId::new(&format!("q{which}")).unwrap()), officer }
        }
        other => other,
    }
}

/// Three days of events around the day's end, in order, no two at one instant.
fn three_days() -> impl Strategy<Value = Vec<Event>> {
    let event = (1_i64..3 * HOUR, 0_u8..13, 0_u8..6, 0_u8..5, 0_i64..2);
    prop::collection::vec(event, 1..60).prop_map(|steps| {
        let mut at = midnight();
        let mut events = Vec::new();
        for (offset, (gap, kind, ticket, level, later)) in (1..).zip(steps) {
            at += gap;
            if at < midnight() + 3 * DAY {
                events.push((offset, at, body(kind, ticket, level), later));
            }
        }
        events
    })
}

type Seen = (WaitFigures, String, BTreeMap<u64, DeadLetterReason>);

/// Delivers events in the given order, those of a day on that day or on the next.
fn run(events: &[Event], late: bool) -> Seen {
    let mut site = Site::new(midnight());
    for day in 0..4 {
        site.turn(midnight() + day * DAY);
        let comes = |(_, at, _, later): &&Event| (at - midnight()) / DAY + if late { *later } else { 0 } == day;
        for (offset, at, body, _) in events.iter().filter(comes) {
            site.take(*offset, *at, body);
        }
    }
    site.settle();
    let as_of = midnight() + 3 * DAY + 1_000;
    site.waits.advance(t(as_of), 2 * DAY);
    let mut text = String::new();
    site.ledger.digest(&mut text);
    (site.waits.figures(t(as_of)), text, site.refused)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if super::Size::of_this_run().full { 100_000 } else { 1_000 }))]

    #[test]
    fn late_events_over_the_day_s_end_change_nothing_where_the_queue_is_kept(
        (events, shuffled) in three_days().prop_flat_map(|events| (Just(events.clone()), Just(events).prop_shuffle())),
    ) {
        prop_assert_eq!(run(&events, false), run(&shuffled, true));
    }
}
