//! From messages to boards, without a broker: the door, the journal and the dataflow as they are.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod bench;
mod expected;
mod hall;
mod history;
mod snapshots;
mod trained;

use bench::{Act, Bench, acts, at, runtime};
use bytes::Bytes;
use collector::engine::Group;
use collector::flow::{Extent, Item, Output, Record};
use collector::ingest::Door;
use collector::{ops, recover};
use domain::Seconds;
use domain::board::{Board, Delta, Message, fold};
use domain::event::Priority;
use journal::{Journal, Options};
use mqtt_config::session::{Inbound, Qos};
use mqtt_config::settings::Clock;
use proptest::prelude::*;

#[test]
fn the_board_says_what_the_contract_says() {
    let mut bench = Bench::new(Clock::Event, 1);
    bench.say("tam-ky", at(0), r#""type":"counter.opened","counter":"q5","officer":"nv-1","services":["dat-dai"]"#);
    bench.say("tam-ky", at(0), r#""type":"ticket.issued","ticket":"A001","service":"dat-dai","priority":"elderly""#);
    bench.say("tam-ky", at(10), r#""type":"ticket.issued","ticket":"A002","service":"dat-dai","priority":"normal""#);
    bench.say("tam-ky", at(60), r#""type":"ticket.called","ticket":"A001","counter":"q5""#);
    bench.say("tam-ky", at(90), r#""type":"ticket.started","ticket":"A001""#);
    bench.say("tam-ky", at(100), r#""type":"camera.occupancy","camera":"cam-1","zone":"waiting","level":0.42"#);
    let board = bench.board(at(100));
    assert_eq!((board.business_day.as_str(), board.as_of), ("2026-11-23", at(100)));
    let service = &board.services[0];
    assert_eq!((service.waiting, service.called, service.arrivals, service.open_counters), (1, 1, 2, Some(1)));
    assert_eq!(service.longest_wait_s, Some(Seconds::from_ms(90_000)));
    assert_eq!(
        (service.wait_p50_s, service.wait_mean_s),
        (Some(Seconds::from_ms(60_000)), Some(Seconds::from_ms(60_000)))
    );
    assert_eq!((service.estimate, service.estimate_reason.as_deref()), (None, Some("not_enough_history")));
    let counter = &board.counters[0];
    assert_eq!(serde_json::to_value(counter.ticket_state).unwrap(), "serving");
    assert_eq!((counter.since, counter.utilisation), (Some(at(90)), domain::board::Shown::Figure(Some(0.4))));
    assert_eq!(board.calls[0].priority, Some(Priority::Elderly));
    assert_eq!((board.zones[0].level, board.ingest.unwrap().accepted), (Some(0.42), 6));
}

#[test]
fn nothing_is_counted_twice_and_nothing_is_silent() {
    let mut bench = Bench::new(Clock::Event, 1);
    let issued = r#""type":"ticket.issued","ticket":"A001","service":"s","priority":"normal""#;
    bench.say("x", at(0), issued);
    let line = |id: u32, seq: u32, ticket: &str| {
        format!(
            r#"{{"id":"00000000-0000-0000-0000-{id:012}","boot":"b","seq":{seq},"ts":"{}","type":"ticket.issued","ticket":"{ticket}","service":"s","priority":"normal"}}"#,
            at(0)
        )
    };
    bench.raw("x", at(1), &line(1, 1, "A001"));
    bench.raw("x", at(1), &line(1, 1, "A009"));
    bench.raw("x", at(1), &line(7, 1, "A001"));
    bench.raw("x", at(1), "{");
    let ingest = bench.board(at(2)).ingest.unwrap();
    assert_eq!((ingest.accepted, ingest.duplicate, ingest.dead_letter), (1, 1, 3));
    let reasons: Vec<_> = bench.door.sites()[0].letters.listed().iter().map(|letter| letter.reason.code()).collect();
    assert_eq!(reasons, ["bad_json", "conflict", "conflict"]);
}

#[test]
fn several_workers_give_the_same_boards() {
    let run = |workers| {
        let mut bench = Bench::new(Clock::Event, workers);
        for n in 0..60 {
            let site = format!("site-{}", n % 7);
            bench.say(
                &site,
                at(n),
                &format!(r#""type":"ticket.issued","ticket":"A{n}","service":"s","priority":"normal""#),
            );
        }
        let mut boards: Vec<_> =
            bench.show(at(99), Extent::Whole { board: true }).into_iter().map(|out| out.board).collect();
        boards.sort();
        boards
    };
    assert_eq!(run(1), run(3));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn deltas_fold_to_the_board_and_the_journal_gives_it_again(acts in acts()) {
        let mut bench = Bench::new(Clock::Event, 1);
        let mut now = at(0);
        bench.say("x", now, r#""type":"service.staffing","service":"s1","open_counters":1"#);
        let mut folded = bench.board(now);
        for act in acts {
            match act {
                Act::Say(gap, rest) => {
                    now = now.plus(gap * 1_000);
                    bench.say("x", now, &rest);
                }
                Act::Show(board) => {
                    let extent = if board { Extent::Whole { board: true } } else { Extent::Touched };
                    follow(&mut folded, bench.show(now, extent).remove(0));
                }
            }
        }
        follow(&mut folded, bench.show(now, Extent::Whole { board: false }).remove(0));
        bench.say("x", now, r#""type":"service.staffing","service":"s1","open_counters":2"#);
        let output = bench.show(now, Extent::Whole { board: true }).remove(0);
        let live: Board = serde_json::from_slice(output.board.as_deref().unwrap()).unwrap();
        follow(&mut folded, output);
        prop_assert_eq!(by_key(folded), by_key(live.clone()));

        // The same journal, read by another process, gives the same board.
        let Bench { dir, door, engine, .. } = bench;
        engine.stop();
        drop(door);
        let again = ops::boards(&runtime(&dir, Clock::Event), now).unwrap();
        let mut again: Board = serde_json::from_str(&again[0]).unwrap();
        again.seq = live.seq;
        again.devices.clone_from(&live.devices);
        prop_assert_eq!(again, live);
        prop_assert_eq!(ops::state_hash(dir.path()).unwrap(), ops::state_hash(dir.path()).unwrap());
    }
}

fn follow(board: &mut Board, output: Output) {
    if let Some(text) = output.delta {
        let Message::Delta(delta) = serde_json::from_slice(&text).unwrap() else { panic!("{text:?}") };
        let _: &Delta = &delta;
        fold(board, delta).unwrap();
    }
    if let Some(text) = output.board {
        let whole: Board = serde_json::from_slice(&text).unwrap();
        assert_eq!(by_key(board.clone()), by_key(whole), "the folded board is the published one");
    }
}

/// Lists whose order is not part of the fold.
fn by_key(mut board: Board) -> Board {
    board.services.sort_by_key(|row| row.service);
    board.counters.sort_by_key(|row| row.counter);
    board.missed.sort_by_key(|row| row.ticket);
    board.zones.sort_by_key(|row| (row.camera, row.zone));
    board.devices.sort_by_key(|row| row.device);
    board
}

#[test]
fn a_new_day_takes_the_calls_away() {
    let mut bench = Bench::new(Clock::Event, 1);
    bench.say("x", at(0), r#""type":"service.staffing","service":"s1","open_counters":1"#);
    let mut board = bench.board(at(0));
    bench.say("x", at(0), r#""type":"ticket.called","ticket":"A1","counter":"q1""#);
    follow(&mut board, bench.show(at(0), Extent::Touched).remove(0));
    assert_eq!(board.calls.len(), 1);
    bench.say("x", at(57_600), r#""type":"service.staffing","service":"s1","open_counters":2"#);
    follow(&mut board, bench.show(at(57_600), Extent::Whole { board: false }).remove(0));
    assert_eq!((board.business_day.as_str(), board.calls.len()), ("2026-11-24", 0));
}

#[test]
fn what_was_refused_once_is_a_repeat_ever_after() {
    let mut bench = Bench::new(Clock::Event, 1);
    let line = |seq: u32, rest: &str| {
        format!(r#"{{"id":"00000000-0000-0000-0000-{seq:012}","boot":"b","seq":{seq},"ts":"{}",{rest}}}"#, at(0))
    };
    let good = line(1, r#""type":"service.staffing","service":"s1","open_counters":1"#);
    let bad_id = line(2, r#""type":"ticket.issued","ticket":"a b","service":"s1","priority":"normal""#);
    for payload in [&good, &bad_id, &bad_id] {
        bench.raw("x", at(1), payload);
    }
    let ingest = bench.board(at(2)).ingest.unwrap();
    assert_eq!((ingest.accepted, ingest.duplicate, ingest.dead_letter), (1, 1, 1));
    let Bench { dir, door, engine, .. } = bench;
    engine.stop();
    drop(door);
    let (journal, _) = Journal::open(&recover::journal_dir(dir.path()), Options::default()).unwrap();
    let mut door = Door::new(journal, Clock::Event, Some("Asia/Ho_Chi_Minh".into()));
    let mut reader = journal::Reader::open(&recover::journal_dir(dir.path()), 1).unwrap();
    while let Some(record) = reader.next_record().unwrap() {
        door.replay(&record).unwrap();
    }
    let message = |payload: &str| Inbound {
        topic: Bytes::from_static(b"motcua/v1/x/gateway/g1/evt"),
        payload: Bytes::from(payload.to_owned()),
        qos: Qos::AtLeastOnce,
        retain: false,
        dup: true,
        ack: None,
    };
    for payload in [&bad_id, &good] {
        door.message(&message(payload), at(3), true);
    }
    let ingest = door.sites()[0].ingest;
    assert_eq!((ingest.accepted, ingest.duplicate, ingest.dead_letter), (1, 2, 1));
}

#[test]
fn what_cannot_be_used_is_kept_also_where_its_place_is_taken() {
    let mut bench = Bench::new(Clock::Event, 1);
    let line = |ticket: &str| {
        let (id, ts) = ("00000000-0000-0000-0000-000000000001", at(0));
        format!(
            r#"{{"id":"{id}","boot":"b","seq":1,"ts":"{ts}","type":"ticket.issued","ticket":"{ticket}","service":"s","priority":"normal"}}"#
        )
    };
    // Accepted; the same place with what is unusable, with another unusable one, and with another
    // event; each of them said twice.
    for ticket in ["A1", "a 1", "a 1", "a 2", "a 2", "A2", "A2", "A1"] {
        bench.raw("x", at(1), &line(ticket));
    }
    let ingest = bench.board(at(2)).ingest.unwrap();
    assert_eq!((ingest.accepted, ingest.duplicate, ingest.dead_letter), (1, 4, 3));
}

#[test]
fn a_number_missed_on_both_sides_of_midnight_stands_once() {
    let mut bench = Bench::new(Clock::Event, 1);
    let missed = |bench: &mut Bench, s| {
        bench.say("x", at(s), r#""type":"ticket.issued","ticket":"A1","service":"s","priority":"normal""#);
        bench.say("x", at(s + 60), r#""type":"ticket.called","ticket":"A1","counter":"q1""#);
        bench.say("x", at(s + 120), r#""type":"ticket.no_show","ticket":"A1""#);
    };
    // 23:50 and 00:05.
    missed(&mut bench, 57_000);
    missed(&mut bench, 57_900);
    let rows = bench.board(at(58_100)).missed;
    assert_eq!(rows.iter().map(|row| row.ts).collect::<Vec<_>>(), [at(58_020)]);
}

#[test]
fn a_worker_that_fails_is_noticed() {
    let bench = Bench::new(Clock::Event, 2);
    let broken = Item::Configure("{}".to_owned());
    bench.engine.give(Group { records: vec![Record { site: 0, item: broken }] }).unwrap().unwrap();
    // The process ends then, and its supervisor starts it anew: a dataflow without one of its
    // workers would show a part of the truth.
    while !bench.engine.is_gone() {
        std::thread::yield_now();
    }
}
