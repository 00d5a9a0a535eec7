//! An hour without InfluxDB, on the outbox that is used: what gathers is sent, once, and soon.

use std::path::Path;
use std::time::{Duration, Instant};

use history::influx::mirror::{Clock, Engine, State};
use history::influx::{Bucket, Mirror};
use history::sqlite::Outbox;

use super::kit::{MadeUp, double, options, runtime, wall_ms};

const HOUR_S: i64 = 3_600;
const POINTS_A_SECOND: i64 = 50;
const CATCH_UP: Duration = Duration::from_secs(60);

/// Puts points into the outbox as the store does beside its rows: in a transaction of its own connection.
pub struct Writer {
    db: rusqlite::Connection,
    pub written: i64,
}

impl Writer {
    pub fn open(path: &Path) -> Self {
        drop(Outbox::open(path).unwrap());
        let db = rusqlite::Connection::open(path).unwrap();
        db.busy_timeout(Duration::from_secs(10)).unwrap();
        Self { db, written: 0 }
    }

    /// Until so many are written. Returns the longest that one transaction took.
    pub fn up_to(&mut self, n: i64) -> Duration {
        let began = Instant::now();
        let tx = self.db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).unwrap();
        {
            let mut put = tx
                .prepare_cached("INSERT INTO outbox (bucket, point, since_ms, line) VALUES (?1, ?2, ?3, ?4)")
                .unwrap();
            for i in self.written..n {
                let line = format!(
                    "waits_hour,counter=q{},officer=cb-{},service=s{},site=tam-ky date=20780i,hour=9i,waits_h=\"61:2,95:1,{i}:1\",\
                     waits_max_ms={i}i,waits_n=4i,waits_sum_ms=312000i {}",
                    i % 40,
                    i % 60,
                    i % 24,
                    1_790_000_000_000_000_000 + i
                );
                put.execute(rusqlite::params![Bucket::Hour as i64, i.to_be_bytes(), wall_ms(), line.as_bytes()])
                    .unwrap();
            }
        }
        tx.commit().unwrap();
        self.written = self.written.max(n);
        began.elapsed()
    }
}

#[test]
fn an_hour_without_a_server_loses_and_doubles_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("history.sqlite");
    let mut writer = Writer::open(&path);
    let double = double();
    let clock = MadeUp::starting_now();
    let began = clock.now_ms();
    let mut engine = Engine::new(options(&double), Outbox::open(&path).unwrap(), clock.clone()).unwrap();
    let status = engine.status();
    let runtime = runtime();
    double.down();
    loop {
        let wait = runtime.block_on(engine.step());
        clock.advance(wait.max(Duration::from_millis(1)));
        let elapsed_s = (clock.now_ms() - began) / 1_000;
        writer.up_to(elapsed_s.min(HOUR_S) * POINTS_A_SECOND);
        if elapsed_s >= HOUR_S {
            break;
        }
    }
    let all = HOUR_S * POINTS_A_SECOND;
    let State::Behind { since_ms, .. } = status.borrow().state.clone() else {
        panic!("not told: {:?}", *status.borrow())
    };
    assert!((0..5_000).contains(&(since_ms - began)));
    assert_eq!(status.borrow().sent, 0);

    double.up().unwrap();
    let (real, made_up) = (Instant::now(), clock.now_ms());
    while !(status.borrow().state == State::Live && status.borrow().points == 0) {
        let wait = runtime.block_on(engine.step());
        clock.advance(wait);
        assert!(real.elapsed() < CATCH_UP * 10, "{:?}", *status.borrow());
    }
    let waited = Duration::from_millis((clock.now_ms() - made_up).unsigned_abs());
    let took = real.elapsed() + waited;
    let rate = (all as f64 / real.elapsed().as_secs_f64()).round();
    eprintln!("{all} points caught up in {:?} + {waited:?} of waiting: {rate} points/s", real.elapsed());
    assert!(took <= CATCH_UP, "{took:?}");
    let told = status.borrow().clone();
    assert_eq!((told.sent, told.dead, told.dropped, told.expired), (all.unsigned_abs(), 0, 0, 0));
    let points = double.points("motcua_hour");
    let mut times: Vec<i64> = points.iter().map(|point| point.time - 1_790_000_000_000_000_000).collect();
    times.sort_unstable();
    assert!(times.into_iter().eq(0..all), "each exactly once");
}

#[test]
fn the_thread_sends_what_comes_and_stops_when_asked() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("history.sqlite");
    let mut writer = Writer::open(&path);
    let double = double();
    let mirror = Mirror::start(options(&double), &path).unwrap();
    writer.up_to(100);
    let began = Instant::now();
    while mirror.status().sent < 100 || mirror.status().state != State::Live || mirror.status().points > 0 {
        assert!(began.elapsed() < Duration::from_secs(30), "{:?}", mirror.status());
        std::thread::yield_now();
    }
    assert!(mirror.status().last_sent_ms.is_some());
    mirror.stop();
    writer.up_to(200);
    assert_eq!(double.count("motcua_hour"), 100);
    assert_eq!(Outbox::open(&path).unwrap().backlog().unwrap().points, 100);
}
