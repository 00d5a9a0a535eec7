//! The mirror: a thread that empties the outbox into InfluxDB, whatever happens there.
//!
//! A line leaves the outbox when the server has said that it is stored, or that it never will be
//! (then it is put aside and counted). Everything else is sent again: a point is absolute, so that
//! twice is once. The thread has a connection of its own to the outbox and holds no lock while it
//! talks, so the live path never waits for a server.

use std::future::Future;
use std::path::Path;
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::sync::watch;

use super::buckets::{self, Kept};
use super::client::{self, Client};
use super::line::time_ns;
use super::options::Options;
use super::outcome::Outcome;
use super::work::{Pause, Verdict, Work};
use crate::Error;
use crate::sqlite::{Backlog, Line, Outbox};

/// Lines of one request at most.
const BATCH: usize = 5_000;
/// So often the outbox is looked at while it is empty.
const LOOK: Duration = Duration::from_secs(1);
/// The first wait after a failure that passes by itself, and the longest: it is part of the time in
/// which a backlog is caught up.
const MOMENT: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(15));
/// The same where somebody has to mend something.
const MINUTES: (Duration, Duration) = (Duration::from_secs(60), Duration::from_secs(300));
/// Counting a backlog of months takes a while: not more often.
const COUNT_MS: i64 = 2_000;
/// After so many batches in a row a size that was too large once is tried again.
const GROW_AFTER: u32 = 20;

/// What waits to be sent.
pub trait Spool {
    /// Up to `most` lines, oldest first, all of one bucket.
    ///
    /// # Errors
    /// When it cannot be read.
    fn next(&mut self, most: usize) -> Result<Vec<Line>, Error>;
    /// Forgets lines that are sent; for good when it returns.
    ///
    /// # Errors
    /// When it cannot be written.
    fn done(&mut self, seqs: &[i64]) -> Result<(), Error>;
    /// Puts aside a line that will never be taken.
    ///
    /// # Errors
    /// When it cannot be written.
    fn dead(&mut self, seq: i64, why: &str) -> Result<(), Error>;
    /// How much waits.
    ///
    /// # Errors
    /// When it cannot be read.
    fn backlog(&self) -> Result<Backlog, Error>;
}

impl Spool for Outbox {
    fn next(&mut self, most: usize) -> Result<Vec<Line>, Error> {
        Self::next(self, most)
    }

    fn done(&mut self, seqs: &[i64]) -> Result<(), Error> {
        Self::done(self, seqs)
    }

    fn dead(&mut self, seq: i64, why: &str) -> Result<(), Error> {
        Self::dead(self, seq, why)
    }

    fn backlog(&self) -> Result<Backlog, Error> {
        Self::backlog(self)
    }
}

/// The time, and waiting.
pub trait Clock {
    /// Unix milliseconds.
    fn now_ms(&self) -> i64;
    /// Waits.
    fn sleep(&self, lasts: Duration) -> impl Future<Output = ()>;
}

/// The machine's.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wall;

impl Clock for Wall {
    fn now_ms(&self) -> i64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    }

    fn sleep(&self, lasts: Duration) -> impl Future<Output = ()> {
        tokio::time::sleep(lasts)
    }
}

/// How the mirror stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum State {
    /// What is written here is there within a second or two.
    #[default]
    Live,
    /// It sends what has gathered.
    CatchingUp,
    /// It cannot send.
    Behind {
        /// Since when, Unix milliseconds.
        since_ms: i64,
        /// What is wrong; for people, in English, without secrets.
        why: String,
    },
}

/// What the mirror tells of itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Status {
    /// How it stands.
    pub state: State,
    /// Points that wait.
    pub points: u64,
    /// Since when the oldest of them has waited, Unix milliseconds.
    pub oldest_ms: Option<i64>,
    /// Lines that are put aside because the server will never take them.
    pub dead: u64,
    /// Points sent since the start.
    pub sent: u64,
    /// Points that the server did not take, without saying which, since the start.
    pub dropped: u64,
    /// Points not sent since the start, because the bucket would not have kept them any more.
    pub expired: u64,
    /// When the last ones arrived, Unix milliseconds.
    pub last_sent_ms: Option<i64>,
}

/// A running mirror; it ends when this is dropped. What was not sent then waits for the next start.
#[derive(Debug)]
pub struct Mirror {
    status: watch::Receiver<Status>,
    stop: watch::Sender<bool>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Mirror {
    /// Starts to empty the outbox of the store at `path`.
    ///
    /// # Errors
    /// When the outbox cannot be opened, or the address or the token cannot be used. That the
    /// server does not answer is no error: that is what an outbox is for.
    pub fn start(options: Options, path: &Path) -> Result<Self, Error> {
        let url = options.url.clone();
        let failed =
            |what: &str, error: std::io::Error| Error::Influx { url: url.clone(), why: format!("{what}: {error}") };
        let mut engine = Engine::new(options, Outbox::open(path)?, Wall)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| failed("no runtime for the mirror", error))?;
        let (stop, stopped) = watch::channel(false);
        let status = engine.status();
        let thread = thread::Builder::new()
            .name("influx-mirror".into())
            .spawn(move || runtime.block_on(until(stopped, engine.run())))
            .map_err(|error| failed("no thread for the mirror", error))?;
        Ok(Self { status, stop, thread: Some(thread) })
    }

    /// How it stands.
    #[must_use]
    pub fn status(&self) -> Status {
        let mut status = self.status.borrow().clone();
        if self.thread.as_ref().is_some_and(thread::JoinHandle::is_finished) {
            // A fault of ours: it must not look like a mirror that has nothing to do.
            let since_ms = status.last_sent_ms.unwrap_or_default();
            status.state = State::Behind { since_ms, why: "the mirror has ended; restart motcua".into() };
        }
        status
    }

    /// Ends it, in the middle of a request if there is one, and waits for that.
    pub fn stop(self) {
        drop(self);
    }
}

impl Drop for Mirror {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the mirror to InfluxDB ended badly; what it did not send waits for the next start");
        }
    }
}

async fn until(mut stopped: watch::Receiver<bool>, run: impl Future<Output = ()>) {
    tokio::select! {
        // An error says that the handle is gone, which is a stop too.
        _ = stopped.wait_for(|stop| *stop) => {}
        () = run => {}
    }
}

/// What the thread does. It may be dropped at any await and made anew: the outbox is all its memory.
#[derive(Debug)]
pub struct Engine<S, C> {
    spool: S,
    clock: C,
    client: Client,
    kept: Option<Kept>,
    work: Option<Work>,
    most: usize,
    smooth: u32,
    tries: u32,
    /// The bucket was not found, and it was made or looked for since.
    looked_again: bool,
    status: watch::Sender<Status>,
    counted_ms: Option<i64>,
    random: fastrand::Rng,
}

impl<S: Spool, C: Clock> Engine<S, C> {
    /// Puts it together; connects to nothing yet.
    ///
    /// # Errors
    /// When the address or the token cannot be used.
    pub fn new(options: Options, spool: S, clock: C) -> Result<Self, Error> {
        Ok(Self {
            spool,
            clock,
            client: Client::new(options)?,
            kept: None,
            work: None,
            most: BATCH,
            smooth: 0,
            tries: 0,
            looked_again: false,
            status: watch::Sender::new(Status::default()),
            counted_ms: None,
            random: fastrand::Rng::new(),
        })
    }

    /// How it stands, as it goes on.
    #[must_use]
    pub fn status(&self) -> watch::Receiver<Status> {
        self.status.subscribe()
    }

    /// Sends for ever.
    pub async fn run(&mut self) {
        loop {
            let wait = self.step().await;
            if wait > Duration::ZERO {
                self.clock.sleep(wait).await;
            }
        }
    }

    /// One request, or none where there is nothing to send. How long to wait after it.
    pub async fn step(&mut self) -> Duration {
        if self.kept.is_none()
            && let Err(wait) = self.provide().await
        {
            return wait;
        }
        match self.send().await {
            Ok(wait) => wait,
            // The disk, not the server. Nothing is lost: what is not noted is sent again.
            Err(error) => self.pause(Pause::Moment(error.to_string(), None)),
        }
    }

    /// Buckets made or looked at. A token that may not is no hindrance: they may be there.
    async fn provide(&mut self) -> Result<(), Duration> {
        match buckets::provide(&self.client).await {
            Ok(kept) => self.kept = Some(kept),
            Err(Outcome::Busy { why, after }) => return Err(self.pause(Pause::Moment(why, after))),
            Err(Outcome::Failed(why)) => return Err(self.pause(Pause::Moment(why, None))),
            Err(other) => {
                tracing::warn!(url = self.client.options.url, ?other, "buckets cannot be looked at or made");
                self.kept = Some(Kept::configured(&self.client));
            }
        }
        Ok(())
    }

    async fn send(&mut self) -> Result<Duration, Error> {
        if self.work.is_none() {
            self.work = self.fetch()?;
        }
        let Some(work) = &mut self.work else {
            self.at_ease()?;
            return Ok(LOOK);
        };
        let Some(lines) = work.lines() else {
            self.work = None;
            return Ok(Duration::ZERO);
        };
        let bucket = work.bucket();
        let body = match client::packed(lines) {
            Ok(body) => body,
            Err(error) => return Ok(self.pause(Pause::Moment(error.to_string(), None))),
        };
        let outcome = self.client.write(bucket, body).await;
        let verdict = work.judge(outcome);
        let finished = work.lines().is_none();
        let wait = self.apply(verdict)?;
        if finished {
            self.work = None;
        }
        self.count(false)?;
        Ok(wait)
    }

    /// The next lines, without those that their bucket would not keep.
    fn fetch(&mut self) -> Result<Option<Work>, Error> {
        loop {
            let lines = self.spool.next(self.most)?;
            let now_ns = self.clock.now_ms().saturating_mul(1_000_000);
            let kept = self.kept;
            let over = |line: &Line| {
                let seconds = kept.and_then(|kept| kept.seconds(line.bucket));
                let oldest = seconds.map(|seconds| now_ns.saturating_sub(seconds.saturating_mul(1_000_000_000)));
                time_ns(&line.text).zip(oldest).is_some_and(|(time, oldest)| time < oldest)
            };
            let (expired, lines): (Vec<Line>, Vec<Line>) = lines.into_iter().partition(over);
            if expired.is_empty() {
                return Ok(Work::new(lines));
            }
            self.spool.done(&expired.iter().map(|line| line.seq).collect::<Vec<_>>())?;
            let points = u64::try_from(expired.len()).unwrap_or(u64::MAX);
            self.status.send_modify(|status| status.expired += points);
            if let Some(work) = Work::new(lines) {
                return Ok(Some(work));
            }
        }
    }

    /// Notes what an answer decided.
    fn apply(&mut self, verdict: Verdict) -> Result<Duration, Error> {
        for (seq, why) in &verdict.dead {
            tracing::warn!(seq, why, "InfluxDB refuses a line: put aside");
            self.spool.dead(*seq, why)?;
        }
        if !verdict.done.is_empty() {
            self.spool.done(&verdict.done)?;
            let sent = u64::try_from(verdict.done.len()).unwrap_or(u64::MAX).saturating_sub(verdict.dropped);
            let now = self.clock.now_ms();
            self.status.send_modify(|status| {
                status.sent += sent;
                status.dropped += verdict.dropped;
                status.last_sent_ms = Some(now);
            });
        }
        if verdict.dropped > 0 {
            tracing::warn!(points = verdict.dropped, "InfluxDB took a batch without these");
        }
        self.size(&verdict);
        if verdict.pause == Pause::No {
            if !verdict.done.is_empty() {
                (self.tries, self.looked_again) = (0, false);
                self.status.send_if_modified(|status| {
                    let was_behind = matches!(status.state, State::Behind { .. });
                    if was_behind {
                        status.state = State::CatchingUp;
                    }
                    was_behind
                });
            }
            return Ok(Duration::ZERO);
        }
        Ok(self.pause(verdict.pause))
    }

    /// Smaller batches after a 413, and by and by larger ones again.
    fn size(&mut self, verdict: &Verdict) {
        if let Some(too_many) = verdict.too_many {
            (self.most, self.smooth) = ((too_many / 2).max(1), 0);
        } else if !verdict.done.is_empty() && self.most < BATCH {
            self.smooth += 1;
            if self.smooth >= GROW_AFTER {
                (self.most, self.smooth) = ((self.most * 2).min(BATCH), 0);
            }
        }
    }

    /// How long to wait, and that it is told.
    fn pause(&mut self, pause: Pause) -> Duration {
        let (why, wait) = match pause {
            Pause::No => return Duration::ZERO,
            Pause::Moment(why, after) => {
                let wait = self.back_off(MOMENT);
                (why, after.map_or(wait, |after| after.max(wait)))
            }
            Pause::Minutes(why, true) if !self.looked_again => {
                (self.looked_again, self.kept) = (true, None);
                (why, Duration::from_secs(1))
            }
            Pause::Minutes(why, _) => (why, self.back_off(MINUTES)),
        };
        let now = self.clock.now_ms();
        tracing::debug!(why, wait_ms = wait.as_millis(), "the mirror waits");
        self.status.send_modify(|status| {
            let since_ms = match status.state {
                State::Behind { since_ms, .. } => since_ms,
                _ => {
                    tracing::warn!(why, "InfluxDB is not reached; what is not sent is kept");
                    now
                }
            };
            status.state = State::Behind { since_ms, why };
        });
        // What cannot be counted now will be when it can be read again.
        let _ = self.count(false);
        wait
    }

    /// Twice as long from time to time, up to the longest, and of that between half and all.
    fn back_off(&mut self, (first, longest): (Duration, Duration)) -> Duration {
        let wait = first.saturating_mul(1 << self.tries.min(16)).min(longest);
        self.tries += 1;
        wait.mul_f64(0.5 + self.random.f64() / 2.0)
    }

    /// Everything is sent.
    fn at_ease(&mut self) -> Result<(), Error> {
        self.tries = 0;
        let was_live = self.status.borrow().state == State::Live;
        if !was_live {
            tracing::info!("InfluxDB has everything");
            self.status.send_modify(|status| status.state = State::Live);
        }
        self.count(!was_live)
    }

    /// What waits, counted from time to time.
    fn count(&mut self, now: bool) -> Result<(), Error> {
        let now_ms = self.clock.now_ms();
        // A clock that was set back counts as time that went by.
        if !now && self.counted_ms.is_some_and(|at| (0..COUNT_MS).contains(&(now_ms - at))) {
            return Ok(());
        }
        self.counted_ms = Some(now_ms);
        let backlog = self.spool.backlog()?;
        self.status.send_modify(|status| {
            (status.points, status.oldest_ms, status.dead) = (backlog.points, backlog.oldest_ms, backlog.dead);
            let gathered = usize::try_from(backlog.points).is_ok_and(|points| points <= BATCH);
            if status.state == State::Live && !gathered {
                status.state = State::CatchingUp;
            }
        });
        Ok(())
    }
}
