//! Every row of the table of answers, against a server that gives them.

use std::time::Duration;

use history::double::{Fault, Options as DoubleOptions, What};
use history::influx::mirror::{Engine, State};
use history::influx::{Bucket, Options, Secret};

use super::kit::{Bench, MadeUp, MemorySpool, double, line, options};

const MINUTE: Duration = Duration::from_secs(60);

fn status(status: u16) -> What {
    What::Status { status, retry_after: None }
}

fn asks(retry_after: String) -> What {
    What::Status { status: 503, retry_after: Some(retry_after) }
}

#[test]
fn buckets_are_made_and_lines_arrive_compressed() {
    let mut bench = Bench::facing(12_000, []);
    bench.spool.put(Bucket::Raw, "visit,site=a wait=1i 1790000000000000000");
    bench.drain();
    bench.assert_has(12_000);
    assert_eq!(bench.double.count("motcua_raw"), 1);
    assert_eq!(bench.writes(), [204; 4], "5,000, 5,000, 2,000 and the other bucket's");
    assert!(bench.double.seen().iter().filter(|seen| seen.path == "/api/v2/write").all(|seen| seen.gzip));
    let days = |days: u64| Some(Duration::from_secs(days * 86_400));
    let buckets = bench.double.buckets();
    assert!(buckets.contains(&("motcua_minute".into(), days(90))), "{buckets:?}");
    assert_eq!(buckets.len(), 4);
    let told = bench.status();
    assert_eq!((told.state, told.points, told.sent, told.dead), (State::Live, 0, 12_001, 0));
}

#[test]
fn bad_lines_are_put_aside_and_the_rest_arrives() {
    let mut bench = Bench::facing(100, []);
    bench.spool.put(Bucket::Hour, "tickets_hour,site=a 1790000000000000000");
    bench.spool.put(Bucket::Hour, "tickets_hour,site=a arrivals=NaN 1790000000000000000");
    for i in 100..200 {
        bench.spool.put(Bucket::Hour, &line(i));
    }
    bench.drain();
    bench.assert_has(200);
    let dead = bench.spool.dead();
    assert_eq!(dead.iter().map(|(seq, _)| *seq).collect::<Vec<_>>(), [101, 102]);
    assert_eq!(bench.writes(), [400, 204], "the server named them, so that nothing had to be tried");
}

#[test]
fn what_somebody_must_mend_is_waited_for_and_nothing_is_dropped() {
    for code in [401, 403, 405, 302] {
        let mut bench = Bench::facing(10, [Fault::writes(3, status(code))]);
        let waits = [bench.step(), bench.step(), bench.step()];
        assert!(waits[0] >= MINUTE / 2 && waits[2] >= 2 * MINUTE && waits[2] <= 5 * MINUTE, "{code}: {waits:?}");
        let told = bench.status();
        assert!(matches!(told.state, State::Behind { ref why, .. } if why.contains(&code.to_string())), "{told:?}");
        assert_eq!((told.points, told.dead), (10, 0));
        bench.drain();
        bench.assert_has(10);
    }
}

#[test]
fn a_wrong_token_is_told_without_showing_it() {
    let double = double();
    let spool = MemorySpool::default();
    spool.put(Bucket::Hour, &line(0));
    let wrong = Options { token: Secret::new("wr0ng@:/%!#"), ..options(&double) };
    let mut engine = Engine::new(wrong.clone(), spool.clone(), MadeUp::starting_now()).unwrap();
    let wait = super::kit::runtime().block_on(engine.step());
    assert!(wait >= MINUTE / 2);
    assert_eq!((spool.waits(), spool.dead().len()), (1, 0));
    let told = format!("{:?} {wrong:?} {engine:?}", *engine.status().borrow());
    assert!(told.contains("401") && !told.contains("wr0ng"), "{told}");
}

#[test]
fn an_address_or_a_token_that_cannot_be_used_is_an_error() {
    let double = double();
    for url in ["", "/3242/23", "127.0.0.1:8086", "ftp://127.0.0.1", "http://"] {
        let wrong = Options { url: url.into(), ..options(&double) };
        assert!(Engine::new(wrong, MemorySpool::default(), MadeUp::starting_now()).is_err(), "{url}");
    }
    let wrong = Options { token: Secret::new("two\nlines"), ..options(&double) };
    assert!(Engine::new(wrong, MemorySpool::default(), MadeUp::starting_now()).is_err());
}

#[test]
fn a_bucket_that_was_deleted_is_made_again() {
    let mut bench = Bench::facing(10, []);
    bench.drain();
    bench.double.drop_bucket("motcua_hour");
    for i in 0..20 {
        bench.spool.put(Bucket::Hour, &line(i));
    }
    let wait = bench.step();
    assert!(wait <= Duration::from_secs(1), "{wait:?}");
    bench.drain();
    bench.assert_has(20);
}

#[test]
fn what_passes_by_itself_is_sent_again() {
    for what in [status(408), status(429), status(502), status(503), status(504), What::Reset, What::DoneThenReset] {
        let mut bench = Bench::facing(10, [Fault::writes(5, what.clone())]);
        let waits: Vec<Duration> = (0..5).map(|_| bench.step()).collect();
        assert!(waits.iter().all(|wait| *wait > Duration::ZERO), "{what:?}: {waits:?}");
        assert!(waits[4] > waits[0] && waits[4] <= Duration::from_secs(15), "{what:?}: {waits:?}");
        assert!(matches!(bench.status().state, State::Behind { .. }));
        bench.drain();
        bench.assert_has(10);
        assert_eq!(bench.status().state, State::Live);
    }
}

#[test]
fn the_server_is_left_alone_as_long_as_it_asks() {
    let in_20_s = httpdate::fmt_http_date(std::time::SystemTime::now() + Duration::from_secs(20));
    let faults = [asks("7".into()), asks(in_20_s), asks("86400".into())].map(|what| Fault::writes(1, what));
    let mut bench = Bench::facing(10, faults);
    let waits = [bench.step(), bench.step(), bench.step()].map(|wait| wait.as_secs());
    assert!(waits[0] == 7 && (15..=20).contains(&waits[1]) && waits[2] == 120, "{waits:?}");
    bench.drain();
    bench.assert_has(10);
}

#[test]
fn an_answer_that_is_late_or_wrong_after_storing_doubles_nothing() {
    for what in [What::DoneBut(500), What::DoneBut(503), What::Slow(3_000), What::DoneThenReset] {
        let mut bench = Bench::facing(10, [Fault::writes(1, what.clone())]);
        assert!(bench.step() > Duration::ZERO, "{what:?}");
        bench.drain();
        bench.assert_has(10);
    }
}

#[test]
fn a_page_with_status_200_is_not_an_acknowledgement() {
    let mut bench = Bench::facing(10, [Fault::writes(1, What::Page)]);
    assert!(bench.step() >= MINUTE / 2);
    assert!(matches!(bench.status().state, State::Behind { ref why, .. } if why.contains("proxy")));
    assert_eq!(bench.spool.waits(), 10);
    bench.drain();
    bench.assert_has(10);
}

#[test]
fn a_server_that_fails_at_everything_costs_no_line() {
    let mut bench = Bench::facing(3_000, [Fault::writes(60, status(500))]);
    while bench.double.faults_left() > 0 {
        bench.step();
    }
    assert_eq!((bench.spool.waits(), bench.spool.dead().len()), (3_000, 0));
    bench.drain();
    bench.assert_has(3_000);
}

#[test]
fn too_many_at_once_are_halved() {
    let mut bench = Bench::facing(4_000, [Fault::writes(1_000, What::TooLarge(3_000))]);
    bench.drain();
    bench.assert_has(4_000);
    assert!(bench.writes().contains(&413) && bench.spool.dead().is_empty());
}

#[test]
fn of_a_partial_write_the_good_points_are_in_and_the_bad_one_is_known() {
    let mut bench = Bench::facing(10, []);
    bench.drain();
    bench.spool.put(Bucket::Hour, "tickets_hour,n=x,site=a arrivals=1.5 1790000000000000000");
    for i in 10..20 {
        bench.spool.put(Bucket::Hour, &line(i));
    }
    bench.drain();
    bench.assert_has(20);
    assert_eq!(bench.writes(), [204, 422]);
    let dead = bench.spool.dead();
    assert!(dead.len() == 1 && dead[0].0 == 11 && dead[0].1.contains("type conflict"), "{dead:?}");
    assert_eq!((bench.status().dropped, bench.status().sent), (0, 20));
}

#[test]
fn what_a_bucket_would_not_keep_is_not_sent() {
    let day = Duration::from_secs(86_400);
    let buckets = vec![("motcua_hour".to_owned(), Some(day))];
    let double = history::double::Double::start(DoubleOptions { buckets, ..DoubleOptions::default() }).unwrap();
    let mut bench = Bench::with(double);
    let now = super::kit::wall_ms();
    for hours in [100, 1, 50, 2] {
        let ns = (now - hours * 3_600_000) * 1_000_000;
        bench.spool.put(Bucket::Hour, &format!("tickets_hour,n={hours},site=a arrivals=1i {ns}"));
    }
    bench.drain();
    assert_eq!((bench.double.count("motcua_hour"), bench.status().expired, bench.status().sent), (2, 2, 2));
    assert_eq!(bench.writes(), [204]);
}
