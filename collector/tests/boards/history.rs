//! History is a projection of the journal: what is told live, in whatever order and however often,
//! is what the journal tells when it is read again.

use std::collections::BTreeMap;

use collector::engine::Group;
use collector::flow::{Extent, Told};
use collector::history::project;
use domain::facts::Date;
use domain::history::Day;
use domain::{SiteId, Timestamp};
use mqtt_config::settings::Clock;
use proptest::prelude::*;

use super::bench::{Act, Bench, acts, at};

/// The latest word of each day, as a store keeps it.
type Days = BTreeMap<(SiteId, Date), Day>;

fn keep(days: &mut Days, told: Told) {
    days.extend(told.days.into_iter().map(|day| ((told.site, day.date), day)));
}

fn told_live(bench: &mut Bench, acts: &[Act]) -> Days {
    let mut now = at(0);
    for act in acts {
        match act {
            Act::Say(gap, rest) => {
                // Days turn on the way: a minute of the story is three hours of the clock.
                now = now.plus(gap * 180_000);
                bench.say("x", now, rest);
                if gap % 7 == 0 {
                    bench.say("x", now.plus(-gap * 90_000), r#""type":"ticket.recalled","ticket":"A1""#);
                }
            }
            Act::Show(board) => {
                bench.door.tell_history();
                let records = bench.door.take_records();
                bench.engine.give(Group { records }).unwrap().unwrap();
                if !bench.door.sites().is_empty() {
                    bench.show(now, Extent::Whole { board: *board });
                }
            }
        }
    }
    bench.door.tell_history();
    bench.door.journal().flush().unwrap();
    let records = bench.door.take_records();
    bench.engine.give(Group { records }).unwrap().unwrap();
    // The engine works off its groups in order; a board comes after what was told before it.
    if !bench.door.sites().is_empty() {
        bench.show(now.plus(1_000), Extent::Whole { board: true });
    }
    let mut days = Days::new();
    bench.take_told().into_iter().for_each(|told| keep(&mut days, told));
    days
}

fn read_again(bench: &Bench) -> Days {
    let mut days = Days::new();
    let mut take = |told| {
        keep(&mut days, told);
        Ok(true)
    };
    project(bench.dir.path(), Clock::Event, None, &mut |_| {}, &mut take).unwrap();
    days
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn what_was_told_live_is_what_the_journal_tells(acts in acts()) {
        let mut bench = Bench::new(Clock::Event, 1);
        let live = told_live(&mut bench, &acts);
        prop_assert_eq!(live, read_again(&bench));
    }
}

#[test]
fn a_days_visits_are_told_with_everything_that_is_known_of_them() {
    let mut bench = Bench::new(Clock::Event, 1);
    let say = |bench: &mut Bench, s: i64, rest: &str| bench.say("x", at(s), rest);
    say(&mut bench, 0, r#""type":"counter.opened","counter":"q1","officer":"nv-1","services":["dat-dai"]"#);
    let issued = r#""type":"ticket.issued","ticket":"A1","service":"dat-dai","priority":"elderly","channel":"kiosk","purpose":"submit""#;
    say(&mut bench, 10, issued);
    say(&mut bench, 70, r#""type":"ticket.called","ticket":"A1","counter":"q1""#);
    say(&mut bench, 80, r#""type":"ticket.recalled","ticket":"A1","counter":"q1""#);
    say(&mut bench, 95, r#""type":"ticket.started","ticket":"A1","counter":"q1""#);
    say(&mut bench, 195, r#""type":"ticket.finished","ticket":"A1","counter":"q1","outcome":"received""#);
    say(&mut bench, 200, r#""type":"rating.pressed","level":"very_satisfied","counter":"q1""#);
    let days = told_live(&mut bench, &[]);
    let day = days.values().next().unwrap();
    let visit = serde_json::to_value(day.visits[0]).unwrap();
    let expected = serde_json::json!({
        "ticket": "A1", "nth": 0, "issued": at(10), "ended": at(195), "end": {"served": "received"},
        "service": "dat-dai", "last_service": null, "counter": "q1", "officer": "nv-1", "channel": "kiosk",
        "purpose": "submit", "priority": "elderly", "first_wait_ms": 60_000, "waits_ms": 60_000, "calls": 1,
        "walk_ms": 25_000, "service_ms": 100_000, "recalls": 1, "transfers": 0, "holds": 0, "promised_ms": null,
        "rating": "very_satisfied",
    });
    assert_eq!(visit, expected);
    let local = Timestamp::parse("2026-11-23T00:00:00+07:00").unwrap();
    assert_eq!(
        (day.start, day.utc_offset_s, day.flow.iter().map(|cell| cell.key.hour).max()),
        (local, 25_200, Some(8))
    );
}
