//! What people are told of their wait: on the board, and each ticket's shown call time in the outlook.

use collector::flow::{Extent, Output};
use domain::SiteId;
use domain::Timestamp;
use domain::board::{Board, ServiceRow};
use domain::config::{OpeningHours, ServiceConfig, SiteConfig};
use domain::outlook::Outlook;
use mqtt_config::settings::Clock;

use crate::bench::{Bench, at};

/// A site that is open from 7:00 to 11:30 and from 13:30 to 17:00 on working days.
fn with_hours() -> SiteConfig {
    let mut config = SiteConfig::discovered(SiteId::new("x").unwrap(), "Asia/Ho_Chi_Minh");
    for (open_min, close_min) in [(420, 690), (810, 1_020)] {
        config.hours.push(OpeningHours { days: vec![1, 2, 3, 4, 5], open_min, close_min });
    }
    config.services.push(ServiceConfig {
        service: "s".parse().unwrap(),
        name: "S".into(),
        field: None,
        field_name: None,
        department: None,
        department_name: None,
        queue: domain::config::Queue::External,
        hours: Vec::new(),
    });
    config
}

/// Twenty calls from 8:00 on, one every five minutes; then `waiting` come within a minute.
fn morning(bench: &mut Bench, waiting: i64) -> Timestamp {
    bench.say("x", at(0), r#""type":"counter.opened","counter":"q1","services":["s"]"#);
    bench.say("x", at(0), r#""type":"counter.opened","counter":"q2","services":["s"]"#);
    for n in 0..20 {
        let issued = format!(r#""type":"ticket.issued","ticket":"A{n}","service":"s","priority":"normal""#);
        bench.say("x", at(n * 300), &issued);
        let counter = n % 2 + 1;
        bench.say("x", at(n * 300 + 200), &format!(r#""type":"ticket.called","ticket":"A{n}","counter":"q{counter}""#));
    }
    for n in 0..waiting {
        let issued = format!(r#""type":"ticket.issued","ticket":"B{n}","service":"s","priority":"elderly""#);
        bench.say("x", at(6_000 + n), &issued);
    }
    at(6_060)
}

fn service(text: &[u8]) -> ServiceRow {
    let board: Board = serde_json::from_slice(text).unwrap();
    board.services[0].clone()
}

fn whole(bench: &mut Bench, as_of: Timestamp) -> Output {
    bench.show(as_of, Extent::Whole { board: true }).remove(0)
}

fn outlook(output: &Output) -> Outlook {
    serde_json::from_slice(output.outlook.as_ref().expect("it is time for one")).unwrap()
}

#[test]
fn a_closed_service_says_so_at_the_minute_and_a_range_names_the_break() {
    let mut bench = Bench::new(Clock::Wall, 1);
    bench.door.configure(with_hours(), at(0)).unwrap();
    bench.door.turn_days(at(0));
    let now = morning(&mut bench, 6);
    let output = whole(&mut bench, now);
    let row = service(output.board.as_ref().unwrap());
    let estimate = row.estimate.expect("twenty calls are enough");
    assert!(estimate.p50_s.ms() > 0 && estimate.p50_s <= estimate.p90_s && estimate.p90_s.ms() % 1_000 == 0);
    assert_eq!((estimate.before_close, row.estimate_reason), (Some(true), None));
    let noon = Timestamp::parse("2026-11-23T11:30:00+07:00").unwrap();
    let closes = Some(noon);
    assert!(output.next_edge <= closes, "it is woken when it closes: {:?}", output.next_edge);

    let late = whole(&mut bench, noon.plus(-30_000));
    let row = service(late.board.as_ref().unwrap());
    assert_eq!(row.estimate.unwrap().resumes_at, Some(noon.plus(7_200_000)), "six are waiting: it runs past the break");
    // Nothing has happened but the time: an evaluation of what was touched has the row.
    let closed = bench.show(noon, Extent::Touched).remove(0);
    let delta: serde_json::Value = serde_json::from_slice(closed.delta.as_ref().unwrap()).unwrap();
    assert_eq!(delta["services"][0]["estimate_reason"], "closed_until");
    assert_eq!(delta["services"][0]["opens_at"], "2026-11-23T06:30:00.000Z");
    assert_eq!(delta["services"][0]["estimate"], serde_json::Value::Null);
}

#[test]
fn nobody_serving_is_null_with_its_reason() {
    let mut bench = Bench::new(Clock::Event, 1);
    let now = morning(&mut bench, 2);
    for counter in ["q1", "q2"] {
        bench.say("x", now, &format!(r#""type":"counter.closed","counter":"{counter}""#));
    }
    let output = whole(&mut bench, now);
    let row = service(output.board.as_ref().unwrap());
    assert_eq!((row.estimate, row.estimate_reason.as_deref()), (None, Some("no_open_counter")));
    let line = &outlook(&output).services[0].line;
    assert_eq!((line[0].p50_s, line[0].reason.as_deref()), (None, Some("no_open_counter")));
}

#[test]
fn the_outlook_tells_the_line_and_its_shown_call_times() {
    let mut bench = Bench::new(Clock::Wall, 1);
    let now = morning(&mut bench, 5);
    let output = whole(&mut bench, now);
    let first = outlook(&output);
    let board: Board = serde_json::from_slice(output.board.as_ref().unwrap()).unwrap();
    assert_eq!((first.seq, first.as_of, first.utc_offset_min), (board.seq, now, 420));
    assert_eq!((first.hours.as_ref(), first.services[0].waiting), (None, 5), "nobody said when it is open");
    let line = &first.services[0].line;
    let numbers: Vec<_> = line.iter().map(|waiting| waiting.ticket.to_string()).collect();
    assert_eq!(numbers, ["B0", "B1", "B2", "B3", "B4"]);
    assert!(
        line.iter()
            .all(|waiting| waiting.p50_s.is_some() && waiting.p50_s <= waiting.p90_s && waiting.reason.is_none())
    );
    assert_eq!((line[0].waited_s, line[0].priority), (60, domain::event::Priority::Elderly));
    let q = &first.counters[0];
    assert!(q.open && !q.resumes && q.services.len() == 1 && q.busy.is_some_and(|busy| busy.service.is_some()));

    // Not twice within five seconds; what is shown stands still a little later.
    assert!(whole(&mut bench, now.plus(4_000)).outlook.is_none());
    let second = outlook(&whole(&mut bench, now.plus(10_000)));
    let shown = |outlook: &Outlook| {
        let waiting = &outlook.services[0].line[4];
        (outlook.as_of.plus(i64::from(waiting.p50_s.unwrap()) * 1_000), waiting.reason.clone())
    };
    assert_eq!(shown(&second), shown(&first));

    // Both counters stop calling, one closes: it moves later, with a reason.
    bench.say("x", now.plus(11_000), r#""type":"counter.closed","counter":"q2""#);
    let later = outlook(&whole(&mut bench, now.plus(5_400_000)));
    let moved = shown(&later);
    assert!(moved.0 > shown(&first).0);
    assert_eq!(moved.1.as_deref(), Some("counter_closed"));
}

#[test]
fn an_outlook_in_which_nothing_moves_is_not_told_again_soon() {
    let mut bench = Bench::new(Clock::Wall, 1);
    bench.say("x", at(0), r#""type":"service.staffing","service":"s","open_counters":1"#);
    assert!(whole(&mut bench, at(0)).outlook.is_some());
    assert!(whole(&mut bench, at(30)).outlook.is_none());
    assert!(whole(&mut bench, at(60)).outlook.is_some());
}
