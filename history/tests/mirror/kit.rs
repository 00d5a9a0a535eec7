//! A spool in memory, a clock that is moved by waiting, and an InfluxDB to send to.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use history::Error;
use history::double::{Double, Fault, Options as DoubleOptions};
use history::influx::mirror::{Clock, Engine, Spool};
use history::influx::{Bucket, Options, Retention, Secret, Status};
use history::sqlite::{Backlog, Line};

pub const TIMEOUT: Duration = Duration::from_millis(400);

/// The machine's time, Unix milliseconds.
pub fn wall_ms() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap()
}

#[derive(Debug, Default)]
struct Held {
    lines: BTreeMap<i64, Line>,
    dead: Vec<(i64, String)>,
    next: i64,
}

/// What a durable outbox would keep, in memory.
#[derive(Debug, Clone, Default)]
pub struct MemorySpool(Arc<Mutex<Held>>);

impl MemorySpool {
    pub fn put(&self, bucket: Bucket, text: &str) {
        let mut held = self.0.lock().unwrap();
        held.next += 1;
        let seq = held.next;
        held.lines.insert(seq, Line { seq, bucket, text: text.into() });
    }

    pub fn waits(&self) -> usize {
        self.0.lock().unwrap().lines.len()
    }

    pub fn dead(&self) -> Vec<(i64, String)> {
        self.0.lock().unwrap().dead.clone()
    }
}

impl Spool for MemorySpool {
    fn next(&mut self, most: usize) -> Result<Vec<Line>, Error> {
        let held = self.0.lock().unwrap();
        let Some(bucket) = held.lines.values().next().map(|line| line.bucket) else { return Ok(Vec::new()) };
        Ok(held.lines.values().filter(|line| line.bucket == bucket).take(most).cloned().collect())
    }

    fn done(&mut self, seqs: &[i64]) -> Result<(), Error> {
        let mut held = self.0.lock().unwrap();
        held.lines.retain(|seq, _| !seqs.contains(seq));
        Ok(())
    }

    fn dead(&mut self, seq: i64, why: &str) -> Result<(), Error> {
        let mut held = self.0.lock().unwrap();
        held.lines.remove(&seq).unwrap();
        held.dead.push((seq, why.to_owned()));
        Ok(())
    }

    fn backlog(&self) -> Result<Backlog, Error> {
        let held = self.0.lock().unwrap();
        Ok(Backlog { points: held.lines.len() as u64, oldest_ms: None, dead: held.dead.len() as u64 })
    }
}

/// Waiting costs no time; it moves the clock.
#[derive(Debug, Clone)]
pub struct MadeUp(Arc<AtomicI64>);

impl MadeUp {
    pub fn starting_now() -> Self {
        Self(Arc::new(AtomicI64::new(wall_ms())))
    }

    pub fn advance(&self, lasts: Duration) {
        self.0.fetch_add(i64::try_from(lasts.as_millis()).unwrap(), Ordering::Relaxed);
    }
}

impl Clock for MadeUp {
    fn now_ms(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }

    async fn sleep(&self, lasts: Duration) {
        self.advance(lasts);
        tokio::task::yield_now().await;
    }
}

pub fn options(double: &Double) -> Options {
    Options {
        url: double.url(),
        org: "motcua".into(),
        token: Secret::new("double-token"),
        bucket_prefix: "motcua".into(),
        timeout: TIMEOUT,
        retention: Retention::default(),
    }
}

pub fn double() -> Double {
    Double::start(DoubleOptions::default()).unwrap()
}

pub fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

/// An InfluxDB, a spool with lines in it, and the mirror between them, one request at a time.
pub struct Bench {
    pub double: Double,
    pub spool: MemorySpool,
    pub clock: MadeUp,
    pub engine: Engine<MemorySpool, MadeUp>,
    runtime: tokio::runtime::Runtime,
}

impl Bench {
    pub fn new() -> Self {
        Self::with(double())
    }

    pub fn with(double: Double) -> Self {
        let (spool, clock) = (MemorySpool::default(), MadeUp::starting_now());
        let engine = Engine::new(options(&double), spool.clone(), clock.clone()).unwrap();
        Self { double, spool, clock, engine, runtime: runtime() }
    }

    /// With `n` lines that wait and these faults to come.
    pub fn facing(n: usize, faults: impl IntoIterator<Item = Fault>) -> Self {
        let bench = Self::new();
        for i in 0..n {
            bench.spool.put(Bucket::Hour, &line(i));
        }
        bench.double.script(faults);
        bench
    }

    /// One request, and how long the mirror wants to wait then; the made-up clock is moved by that.
    pub fn step(&mut self) -> Duration {
        let wait = self.runtime.block_on(self.engine.step());
        self.clock.advance(wait);
        wait
    }

    /// Until nothing waits any more.
    pub fn drain(&mut self) {
        for _ in 0..20_000 {
            if self.spool.waits() == 0 {
                self.step();
                return;
            }
            self.step();
        }
        panic!("{} lines still wait: {:?}", self.spool.waits(), self.status());
    }

    pub fn status(&self) -> Status {
        self.engine.status().borrow().clone()
    }

    /// Writes that came, with what was answered.
    pub fn writes(&self) -> Vec<u16> {
        let seen = self.double.seen();
        seen.iter().filter(|seen| seen.path == "/api/v2/write").map(|seen| seen.status).collect()
    }

    /// That exactly the lines `0..n` are there, each once.
    pub fn assert_has(&self, n: usize) {
        let mut there: Vec<String> =
            self.double.points("motcua_hour").iter().map(|p| p.tag("n").unwrap_or_default().to_owned()).collect();
        let mut wanted: Vec<String> = (0..n).map(|i| i.to_string()).collect();
        there.sort();
        wanted.sort();
        assert_eq!(there.len(), wanted.len());
        assert_eq!(there, wanted);
    }
}

/// Line `i`: a point of its own.
pub fn line(i: usize) -> String {
    format!("tickets_hour,n={i},site=tam-ky arrivals={i}i 1790000000000000000")
}
