//! Estimates on the board, and a model's way from the journal into it and into force.

use std::sync::atomic::AtomicBool;

use collector::engine::Group;
use collector::flow::Extent;
use collector::recover;
use collector::training::{Outcome, train, train_now};
use collector::{ops, snapshot};
use domain::Timestamp;
use domain::board::{Board, ServiceRow};
use mqtt_config::settings::Clock;

use crate::bench::{Bench, at, runtime};

/// Says so many days: one counter, a ticket every two minutes for five hours, and each is called when
/// the one before has had its two minutes and a bit.
fn days(bench: &mut Bench, days: i64) -> Timestamp {
    let mut end = at(0);
    for day in 0..days {
        let s = |second: i64| at(day * 86_400 + second);
        bench.say("x", s(-60), r#""type":"counter.opened","counter":"q1","services":["s"]"#);
        for n in 0..150_i64 {
            let come = n * 120;
            let call = come + 180 + n % 7 * 11;
            if n > 0 {
                bench.say(
                    "x",
                    s(come - 1),
                    &format!(r#""type":"ticket.finished","ticket":"A{}","counter":"q1""#, n - 1),
                );
            }
            let new = format!(r#""type":"ticket.issued","ticket":"A{n}","service":"s","priority":"normal""#);
            bench.say("x", s(come), &new);
            bench.say("x", s(call), &format!(r#""type":"ticket.called","ticket":"A{n}","counter":"q1""#));
            end = s(call);
        }
    }
    end
}

fn row(board: &Board) -> ServiceRow {
    board.services.iter().find(|row| row.service.as_str() == "s").unwrap().clone()
}

#[test]
fn a_model_is_trained_from_the_journal_written_down_and_in_force_after_a_start() {
    let mut bench = Bench::new(Clock::Event, 1);
    let end = days(&mut bench, 4);
    let before = bench.board(end);
    let plain = row(&before).estimate.expect("four days are enough for the queueing figures");
    assert!(plain.p50_s <= plain.p90_s && row(&before).estimate_reason.is_none());
    assert!(row(&before).promise.is_some_and(|promise| promise.n > 100 && promise.within <= promise.n));

    let journal = recover::journal_dir(bench.dir.path());
    let until = bench.door.journal().next_offset() - 1;
    let go_on = AtomicBool::new(false);
    let Outcome::Trained(model) = train(&journal, until, &go_on).unwrap() else { panic!("there is enough") };
    let Outcome::Trained(again) = train(&journal, until, &go_on).unwrap() else { panic!("there is enough") };
    assert_eq!(model, again, "the same journal, the same model");
    assert!(model.trained_until > end && model.rows >= 500, "{} rows", model.rows);

    let offset = bench.door.learned(&model, end).unwrap();
    bench.door.journal().flush().unwrap();
    let trained = row(&bench.board(end.plus(1_000))).estimate.unwrap();
    assert_ne!(trained, plain, "the board follows it");
    bench.keep();
    bench.say("x", end.plus(2_000), r#""type":"ticket.issued","ticket":"B1","service":"s","priority":"normal""#);
    let live = row(&bench.board(end.plus(2_000)));
    bench.say("y", end.plus(3_000), r#""type":"service.staffing","service":"s","open_counters":1"#);
    bench.door.journal().flush().unwrap();
    bench.engine.give(Group { records: bench.door.take_records() }).unwrap().unwrap();
    let Bench { dir, door, engine, .. } = bench;
    engine.stop();
    drop(door);

    // From the snapshot and from the first record: the same model, the same estimates.
    for _ in 0..2 {
        let opened = recover::open(&runtime(&dir, Clock::Event), 0).unwrap();
        assert_eq!(
            opened.door.model().map(|model| model.offset),
            if opened.snapshot > 0 { Some(offset) } else { None }
        );
        drop(opened);
        let boards = ops::boards(&runtime(&dir, Clock::Event), end.plus(2_000)).unwrap();
        let board = boards.iter().map(|text| serde_json::from_str::<Board>(text).unwrap());
        let found = board.into_iter().find(|board| board.site.as_str() == "x").unwrap();
        assert_eq!(row(&found), live);
        let _ = std::fs::remove_dir_all(snapshot::dir_of(dir.path()));
    }
}

#[test]
fn an_operator_trains_while_nothing_runs() {
    let mut bench = Bench::new(Clock::Event, 1);
    let end = days(&mut bench, 4);
    bench.door.journal().flush().unwrap();
    let refused = train_now(bench.dir.path(), end).unwrap_err().to_string();
    assert!(refused.contains("in use by another program"), "{refused}");
    let Bench { dir, door, engine, .. } = bench;
    engine.stop();
    drop(door);
    let done = train_now(dir.path(), end).unwrap();
    assert!(matches!(done.outcome, Outcome::Trained(_)) && done.offset.is_some());
    let before = ops::state_hash(dir.path()).unwrap();
    assert_eq!(ops::boards(&runtime(&dir, Clock::Event), end).unwrap().len(), 1);
    assert_eq!(ops::state_hash(dir.path()).unwrap(), before, "no ledger follows from it");
}

#[test]
fn too_little_trains_nothing_and_a_training_stops() {
    let mut bench = Bench::new(Clock::Event, 1);
    let end = days(&mut bench, 1);
    bench.show(end, Extent::Touched);
    let journal = recover::journal_dir(bench.dir.path());
    let until = bench.door.journal().next_offset() - 1;
    let outcome = train(&journal, until, &AtomicBool::new(false)).unwrap();
    assert!(matches!(outcome, Outcome::TooLittle { lessons: 150, days: 1 }), "{outcome:?}");
    assert!(matches!(train(&journal, u64::MAX, &AtomicBool::new(false)).unwrap(), Outcome::TooLittle { .. }));
    days(&mut bench, 4);
    bench.door.journal().flush().unwrap();
    assert!(matches!(train(&journal, u64::MAX, &AtomicBool::new(true)).unwrap(), Outcome::Stopped));
}

#[test]
fn a_model_that_cannot_be_asked_changes_nothing() {
    let mut bench = Bench::new(Clock::Event, 1);
    let end = days(&mut bench, 1);
    let before = row(&bench.board(end));
    let damaged = journal::NewRecord {
        kind: collector::record::Kind::Model as u8,
        rx_ms: end.ms(),
        at_ms: end.ms(),
        topic: b"",
        payload: b"of another version",
    };
    bench.door.journal().append(damaged);
    bench.door.journal().flush().unwrap();
    let Bench { dir, door, engine, .. } = bench;
    engine.stop();
    drop(door);
    let boards = ops::boards(&runtime(&dir, Clock::Event), end).unwrap();
    assert_eq!(row(&serde_json::from_str(&boards[0]).unwrap()), before);
}
